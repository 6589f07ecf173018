/* Frame2seq: a masked language model of sequence on a backbone, three networks averaged.
 * SPDX-License-Identifier: MIT
 *
 * Akpinaroglu et al. 2023, package frame2seq 0.0.8 (code and weights MIT). One pass gives all letters at once: fixed
 * residues are given to the networks, the others are masked, and letters are drawn residue by residue from the average
 * of the three networks' logits. */
#include <math.h>
#include <string.h>

#include "folding/frame2seq_network.h"
#include "lib/trace.h"

enum { NETWORKS = 3, LETTERS = PLEAT_TARGET_LETTERS, DRAWN = PLEAT_TARGET_DRAWN, UNKNOWN = PLEAT_TARGET_UNKNOWN };

typedef struct frame2seq {
  pleat_frame2seq_network networks[NETWORKS];
} frame2seq;

static pleat_status pack(pleat_context *context, void *weights) {
  frame2seq *w = weights;
  for (int n = 0; n < NETWORKS; n++) PLEAT_TRY(pleat_frame2seq_pack(context, &w->networks[n]));
  return PLEAT_OK;
}

static void unload(pleat_context *context, void *weights) {
  frame2seq *w = weights;
  for (int n = 0; n < NETWORKS; n++) pleat_frame2seq_unload(context, &w->networks[n]);
}

/* ---- What the model cannot do ---- */

static bool has_several_chains(const pleat_backbone *backbone) {
  for (int64_t i = 1; i < backbone->length; i++)
    if (backbone->chain[i] != backbone->chain[0]) return true;
  return false;
}

static int64_t count_complete(const pleat_backbone *backbone) {
  int64_t count = 0;
  for (int64_t i = 0; i < backbone->length; i++) {
    const float *there = backbone->atom_mask + i * PLEAT_TARGET_ATOMS;
    count += there[0] > 0 && there[1] > 0 && there[2] > 0;
  }
  return count;
}

/* Sets the run's status when the target is none for this model. */
static bool refuses(pleat_run *run, const pleat_design_task *task) {
  const pleat_backbone *backbone = task->backbone;
  const pleat_array *draws = task->draws[PLEAT_DRAW_EXPONENTIAL];
  const char *why = NULL;
  if (has_several_chains(backbone)) why = "Frame2seq knows one chain; name it (--parse_these_chains_only A)";
  if (!why && !count_complete(backbone)) why = "no residue has its N, CA and C";
  if (!why && draws && draws->shape[0] < (size_t)backbone->length)
    why = "the stored draws exponential have fewer steps than there are residues";
  if (why && !run->status)
    run->status = pleat_status_fail(run->context, PLEAT_ERROR_INPUT, "%s: %s", backbone->name, why);
  return run->status != PLEAT_OK;
}

/* ---- Logits ---- */

/* One run's arrays. */
typedef struct job {
  const frame2seq *weights;
  const pleat_design_task *task;
  pleat_frame2seq_features features;
  int32_t *given; /* (L) letters that the networks see, 20: none */
  float *logits;  /* (L,21), the average */
  float *each;    /* (L,21) of one network */
} job;

static void take_job(pleat_run *run, job *j) {
  int64_t length = j->task->backbone->length;
  j->features.length = length;
  j->features.mask = pleat_run_take(run, length);
  j->features.single = pleat_run_take(run, length * PLEAT_FRAME2SEQ_SINGLE);
  j->features.frames = pleat_run_take(run, length * 12);
  j->features.atoms = pleat_run_take_bytes(run, (size_t)length * PLEAT_FRAME2SEQ_ATOMS * 3 * sizeof(double));
  j->given = pleat_run_take_bytes(run, (size_t)length * sizeof *j->given);
  j->logits = pleat_run_take(run, length * LETTERS);
  j->each = pleat_run_take(run, length * LETTERS);
  if (!pleat_run_idle(run)) pleat_frame2seq_features_fill(j->task->backbone, &j->features);
}

/* The average of the networks for the letters given; `done` and `share` of the run's progress. */
static void average(pleat_run *run, job *j, double done, double share) {
  int64_t count = j->features.length * LETTERS;
  for (int n = 0; n < NETWORKS; n++) {
    pleat_frame2seq_pass pass = {&j->features, j->given, n + 1, done + share * n / NETWORKS, share / NETWORKS};
    pleat_frame2seq_forward(run, &j->weights->networks[n], &pass, j->each);
    if (pleat_run_idle(run)) continue;
    for (int64_t i = 0; i < count; i++) j->logits[i] = n ? j->logits[i] + j->each[i] : j->each[i];
  }
  if (pleat_run_idle(run)) return;
  for (int64_t i = 0; i < count; i++) j->logits[i] /= NETWORKS;
  pleat_trace_emit(run, j->logits, 1, j->features.length, LETTERS, 0, "logits");
}

/* Letters of fixed residues are given, the others masked. */
static void give_fixed(const job *j) {
  const pleat_backbone *backbone = j->task->backbone;
  for (int64_t i = 0; i < backbone->length; i++)
    j->given[i] = backbone->designed[i] > 0 ? UNKNOWN : backbone->letter[i];
}

static void log_softmax(const float *logits, float *to) {
  double most = -INFINITY, sum = 0;
  for (int k = 0; k < LETTERS; k++) most = fmax(most, logits[k]);
  for (int k = 0; k < LETTERS; k++) sum += exp(logits[k] - most);
  for (int k = 0; k < LETTERS; k++) to[k] = (float)(logits[k] - most - log(sum));
}

/* ---- Design ---- */

/* The tied positions that residue i draws with: its group's members, or itself alone. */
typedef struct party {
  const int32_t *member;
  const float *weight;
  int64_t count;
} party;

static bool drawn(const job *j, int64_t i) { return j->task->backbone->designed[i] > 0 && j->features.mask[i] > 0; }

/* logits + bias, over temperature: of tied positions the weighted sum of logits and the mean bias. */
static void tempered(const job *j, const party *p, double *to) {
  const float *bias = j->task->backbone->bias;
  for (int k = 0; k < DRAWN; k++) {
    double logit = 0, shift = 0;
    for (int64_t m = 0; m < p->count; m++) {
      int64_t at = (int64_t)p->member[m] * LETTERS + k;
      logit += (double)p->weight[m] * j->logits[at];
      shift += bias[at];
    }
    to[k] = (logit + shift / (double)p->count) / j->task->temperature;
  }
}

/* Probabilities over the 20 letters; X is never drawn. */
static void softmax(const double *x, double *to) {
  double most = x[0], sum = 0;
  for (int k = 1; k < DRAWN; k++) most = fmax(most, x[k]);
  for (int k = 0; k < DRAWN; k++) sum += to[k] = exp(x[k] - most);
  for (int k = 0; k < DRAWN; k++) to[k] /= sum;
}

/* A number of the exponential distribution for letter k of the draw at residue i: stored, or from the stream. */
static double exponential(const job *j, const pleat_random *stream, int64_t b, int64_t i, int k) {
  const pleat_array *stored = j->task->draws[PLEAT_DRAW_EXPONENTIAL];
  if (stored) return stored->data[((size_t)i * stored->shape[1] + (size_t)b) * DRAWN + (size_t)k];
  return -log(pleat_random_uniform(stream, (uint64_t)i * DRAWN + (uint64_t)k));
}

/* The letter of the greatest p / e, e exponential, which is a draw from p. */
static int draw(const job *j, const double *x, int64_t b, int64_t i) {
  pleat_random stream = pleat_design_stream(j->task, b);
  double best = -INFINITY;
  int letter = 0;
  for (int k = 0; k < DRAWN; k++) {
    double each = x[k] - log(exponential(j, &stream, b, i, k));
    if (!(each > best)) continue;
    best = each;
    letter = k;
  }
  return letter;
}

/* One letter for all: that of a fixed member, else drawn once. */
static void draw_party(const job *j, const party *p) {
  const pleat_backbone *backbone = j->task->backbone;
  float *letters = pleat_result_find(j->task->result, "S");
  float *probabilities = pleat_result_find(j->task->result, "sampling_probs");
  double x[DRAWN], each[DRAWN];
  int fixed = -1;
  for (int64_t m = 0; m < p->count && fixed < 0; m++)
    if (!(backbone->designed[p->member[m]] > 0)) fixed = backbone->letter[p->member[m]];
  if (fixed == UNKNOWN) fixed = -1;
  tempered(j, p, x);
  softmax(x, each);
  for (int64_t b = 0; b < j->task->samples; b++) {
    int letter = fixed >= 0 ? fixed : draw(j, x, b, p->member[0]);
    for (int64_t m = 0; m < p->count; m++) {
      int64_t at = b * backbone->length + p->member[m];
      if (!drawn(j, p->member[m])) continue;
      letters[at] = (float)letter;
      for (int k = 0; k < DRAWN; k++) probabilities[at * DRAWN + k] = fixed >= 0 ? k == fixed : (float)each[k];
    }
  }
}

/* Residues that aren't drawn keep their letter, with log probability 0 as in the other design models. */
static void start_samples(const job *j) {
  const pleat_backbone *backbone = j->task->backbone;
  float *letters = pleat_result_find(j->task->result, "S");
  float *log_probs = pleat_result_find(j->task->result, "log_probs");
  for (int64_t b = 0; b < j->task->samples; b++)
    for (int64_t i = 0; i < backbone->length; i++) {
      int64_t at = b * backbone->length + i;
      letters[at] = (float)backbone->letter[i];
      if (drawn(j, i)) log_softmax(j->logits + i * LETTERS, log_probs + at * LETTERS);
    }
}

/* All groups, then all residues that are in none; `tied` (L) is scratch. */
static void draw_all(const job *j, bool *tied) {
  const pleat_target_ties *ties = &j->task->backbone->ties;
  const float one = 1;
  memset(tied, 0, (size_t)j->features.length * sizeof *tied);
  start_samples(j);
  for (int64_t g = 0; g < ties->count; g++) {
    int64_t first = ties->start[g];
    for (int64_t m = first; m < ties->start[g + 1]; m++) tied[ties->member[m]] = true;
    draw_party(j, &(party){ties->member + first, ties->weight + first, ties->start[g + 1] - first});
  }
  for (int32_t i = 0; i < j->features.length; i++)
    if (!tied[i] && drawn(j, i)) draw_party(j, &(party){&i, &one, 1});
}

static void design_forward(pleat_run *run, const void *weights, const pleat_design_task *task) {
  job j = {.weights = weights, .task = task};
  size_t mark = pleat_arena_mark(run->arena);
  if (refuses(run, task)) return;
  take_job(run, &j);
  bool *tied = pleat_run_take_bytes(run, (size_t)j.features.length * sizeof *tied);
  if (!pleat_run_idle(run)) give_fixed(&j);
  average(run, &j, 0, 1);
  if (!pleat_run_idle(run)) draw_all(&j, tied);
  pleat_arena_release(run->arena, mark);
}

/* ---- Score ---- */

static void store_row(const job *j, int64_t i) {
  float *logits = pleat_result_find(j->task->result, "logits");
  float *log_probs = pleat_result_find(j->task->result, "log_probs");
  for (int64_t b = 0; b < j->task->samples; b++) {
    int64_t at = (b * j->features.length + i) * LETTERS;
    memcpy(logits + at, j->logits + i * LETTERS, LETTERS * sizeof *logits);
    log_softmax(j->logits + i * LETTERS, log_probs + at);
  }
}

/* Every residue given all others: a pass for each. */
static void score_each(pleat_run *run, job *j) {
  const pleat_backbone *backbone = j->task->backbone;
  int64_t length = backbone->length;
  for (int64_t i = 0; i < length; i++) {
    if (!pleat_run_idle(run)) {
      memcpy(j->given, backbone->letter, (size_t)length * sizeof *j->given);
      j->given[i] = UNKNOWN;
    }
    average(run, j, (double)i / (double)length, 1 / (double)length);
    if (!pleat_run_idle(run)) store_row(j, i);
  }
}

/* One pass: all residues masked but, with use_sequence, the fixed ones. */
static void score_together(pleat_run *run, job *j) {
  if (!pleat_run_idle(run)) {
    give_fixed(j);
    for (int64_t i = 0; i < j->features.length && !j->task->use_sequence; i++) j->given[i] = UNKNOWN;
  }
  average(run, j, 0, 1);
  for (int64_t i = 0; i < j->features.length && !pleat_run_idle(run); i++) store_row(j, i);
}

static void score_forward(pleat_run *run, const void *weights, const pleat_design_task *task) {
  job j = {.weights = weights, .task = task};
  size_t mark = pleat_arena_mark(run->arena);
  if (refuses(run, task)) return;
  take_job(run, &j);
  if (task->single && task->use_sequence)
    score_each(run, &j);
  else
    score_together(run, &j);
  pleat_arena_release(run->arena, mark);
}

#define NETWORK(n) offsetof(frame2seq, networks) + (n) * sizeof(pleat_frame2seq_network)
const pleat_model_def pleat_model_frame2seq = {
  .name = "frame2seq",
  .title = "Frame2seq: sequences for the backbone of one chain, all residues at once",
  .task = "design",
  .notes = "One chain, without ligands. Gaps and insertion codes are not seen: a residue's place is its index in the "
           "chain. Residues without N, CA or C are hidden from the others and keep their letter; modified residues "
           "count as their parent and unknown ones (X) as residues without a letter, where the published code drops "
           "both. Fixed residues are given to the model and kept, which the published code leaves to chance; X never "
           "comes. Of alternate locations the one of highest occupancy counts. Score: all masked but the fixed "
           "residues, as published when none is; single with the sequence: each residue given all others, a pass for each.",
  .heeds = " symmetry_residues symmetry_weights ",
  .files = {"frame2seq-1", "frame2seq-2", "frame2seq-3"},
  .weights_size = sizeof(frame2seq),
  .tables = {PLEAT_FRAME2SEQ_TABLES(0, NETWORK(0), pleat_frame2seq_layer_rows, pleat_frame2seq_edge_rows),
             PLEAT_FRAME2SEQ_TABLES(1, NETWORK(1), pleat_frame2seq_wide_layer_rows, pleat_frame2seq_wide_edge_rows),
             PLEAT_FRAME2SEQ_TABLES(2, NETWORK(2), pleat_frame2seq_wide_layer_rows, pleat_frame2seq_wide_edge_rows)},
  .pack = pack,
  .unload = unload,
  .design = {.outputs = {{"S", 2, {-2, -1}},
                         {"log_probs", 3, {-2, -1, LETTERS}},
                         {"sampling_probs", 3, {-2, -1, DRAWN}}},
             .forward = design_forward},
  .score = {.outputs = {{"logits", 3, {-2, -1, LETTERS}}, {"log_probs", 3, {-2, -1, LETTERS}}},
            .forward = score_forward},
};
