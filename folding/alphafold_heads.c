/* Heads and confidences; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_heads.h"

#include <math.h>
#include <string.h>

#include "folding/gated_attention.h"
#include "lib/team.h"
#include "lib/trace.h"

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

pleat_status pleat_alphafold_heads_load(pleat_context *context, const pleat_weight_scope *scope,
                                        pleat_alphafold_heads *h) {
  *h = (pleat_alphafold_heads){0};
  PLEAT_TRY(pleat_norm_load(context, scope, "predicted_lddt_head/input_layer_norm", 0, &h->plddt_norm));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/act_0", h->plddt_norm.channels, 0, &h->plddt_1));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/act_1", h->plddt_1.linear.out, 0, &h->plddt_2));
  PLEAT_TRY(pleat_dense_load(context, scope, "predicted_lddt_head/logits", h->plddt_2.linear.out, PLEAT_PLDDT_BINS,
                             &h->plddt));
  PLEAT_TRY(pleat_dense_load(context, scope, "distogram_head/half_logits", 0, PLEAT_DISTANCE_BINS, &h->distance));
  PLEAT_TRY(pleat_dense_load(context, scope, "masked_msa_head/logits", 0, 0, &h->masked_msa));
  PLEAT_TRY(pleat_dense_load(context, scope, "experimentally_resolved_head/logits", 0, 37, &h->resolved));
  h->has_error = pleat_weights_scope_has(scope, "predicted_aligned_error_head/logits//weights");
  if (!h->has_error) return PLEAT_OK;
  return pleat_dense_load(context, scope, "predicted_aligned_error_head/logits", h->distance.linear.in,
                          PLEAT_ERROR_BINS, &h->error);
}

void pleat_alphafold_heads_free(pleat_context *context, pleat_alphafold_heads *h) {
  pleat_dense *layers[] = {&h->plddt_1, &h->plddt_2, &h->plddt, &h->distance, &h->masked_msa, &h->resolved, &h->error};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) pleat_dense_free(context, layers[i]);
}

/* p = softmax(logits) in double. */
static void probabilities(const float *logits, int count, double *p) {
  double most = -INFINITY, sum = 0;
  for (int b = 0; b < count; b++) most = fmax(most, logits[b]);
  for (int b = 0; b < count; b++) sum += p[b] = exp(logits[b] - most);
  for (int b = 0; b < count; b++) p[b] /= sum;
}

/* ---- pLDDT ---- */

void pleat_alphafold_plddt_logits(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *s,
                                  float *logits) {
  size_t mark = pleat_arena_mark(run->arena);
  float *n = pleat_run_take(run, length * h->plddt_norm.channels);
  float *a = pleat_run_take(run, length * h->plddt_1.linear.out);
  float *b = pleat_run_take(run, length * h->plddt_2.linear.out);
  pleat_norm_forward(run, &h->plddt_norm, length, s, n);
  pleat_dense_relu(run, &h->plddt_1, 0, length, n, "predicted_lddt_head/act_0", a);
  pleat_dense_relu(run, &h->plddt_2, 0, length, a, "predicted_lddt_head/act_1", b);
  pleat_dense_forward(run, &h->plddt, length, b, PLEAT_ACTIVATION_NONE, logits);
  pleat_trace_emit(run, logits, length, h->plddt.linear.out, 0, 0, "predicted_lddt_head/logits/out");
  pleat_arena_release(run->arena, mark);
}

void pleat_alphafold_plddt(int64_t length, const float *logits, float *plddt) {
  for (int64_t i = 0; i < length; i++) {
    double p[PLEAT_PLDDT_BINS], sum = 0;
    probabilities(logits + i * PLEAT_PLDDT_BINS, PLEAT_PLDDT_BINS, p);
    for (int b = 0; b < PLEAT_PLDDT_BINS; b++) sum += p[b] * (b + 0.5) / PLEAT_PLDDT_BINS;
    plddt[i] = (float)(100 * sum);
  }
}

/* ---- Distances ---- */

typedef struct transpose_work {
  int64_t length, first, channels;
  const float *z;
  float *to; /* (count,L,Z): z(j, first + i) */
} transpose_work;

static void transpose_part(void *argument, int64_t begin, int64_t end, int thread) {
  const transpose_work *work = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++)
    for (int64_t j = 0; j < work->length; j++)
      memcpy(work->to + (i * work->length + j) * work->channels,
             work->z + (j * work->length + work->first + i) * work->channels, (size_t)work->channels * sizeof(float));
}

void pleat_alphafold_distance_logits(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *z,
                                     const int64_t first_count[2], float *logits) {
  int64_t first = first_count[0], rows = first_count[1] * length, channels = h->distance.linear.in;
  size_t mark = pleat_arena_mark(run->arena);
  float *other = pleat_run_take(run, rows * channels);
  transpose_work work = {length, first, channels, z, other};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, first_count[1], 1, transpose_part, &work);
  pleat_dense_forward(run, &h->distance, rows, z + first * length * channels, PLEAT_ACTIVATION_NONE, logits);
  pleat_dense_add(run, &h->distance, rows, other, logits);
  pleat_arena_release(run->arena, mark);
}

/* ---- Aligned errors ---- */

typedef struct error_shares {
  double of[PLEAT_ERROR_BINS]; /* of a bin in the TM score: 1 / (1 + (error / d0)^2) */
} error_shares;

typedef struct error_work {
  int64_t length, residues, first; /* row of the logits */
  int chains;
  const int32_t *asym;
  const float *logits;              /* (count,L,64) */
  error_shares all, real;           /* d0 of all positions, of residues */
  const error_shares *pair;         /* (chains,chains) or NULL */
  float *pae;                       /* (L,L) or NULL */
  double *tm[4];                    /* (L) of each row aligned on: mean over all, over other chains; residues' two */
  double *to_chain;                 /* (L,chains) mean over each chain's residues */
} error_work;

static double bin_center(int bin) { return 0.25 + 0.5 * bin; }

static void fill_shares(int64_t count, error_shares *shares) {
  double residues = count > 19 ? (double)count : 19, d0 = 1.24 * cbrt(residues - 15) - 1.8;
  for (int b = 0; b < PLEAT_ERROR_BINS; b++) shares->of[b] = 1 / (1 + bin_center(b) * bin_center(b) / (d0 * d0));
}

static double expect(const double *p, const error_shares *shares) {
  double sum = 0;
  for (int b = 0; b < PLEAT_ERROR_BINS; b++) sum += p[b] * shares->of[b];
  return sum;
}

static bool is_other(const error_work *work, int64_t i, int64_t j) {
  return work->asym && work->asym[i] != work->asym[j];
}

/* A sum over all, then one over other chains. */
typedef struct error_sums {
  double all, between;
  int64_t count, others;
} error_sums;

static void add_score(error_sums *sums, double tm, bool other) {
  sums->all += tm;
  sums->between += other ? tm : 0;
  sums->count++;
  sums->others += other;
}

static void keep_sums(const error_work *work, int64_t i, int first, const error_sums *sums) {
  work->tm[first][i] = sums->all / (1e-8 + (double)sums->count);
  work->tm[first + 1][i] = sums->between / (1e-8 + (double)sums->others);
}

static void error_row(const error_work *work, int64_t i, const float *logits) {
  error_sums all = {0}, real = {0};
  for (int64_t j = 0; j < work->length; j++) {
    double p[PLEAT_ERROR_BINS], error = 0;
    bool other = is_other(work, i, j), both = i < work->residues && j < work->residues;
    probabilities(logits + j * PLEAT_ERROR_BINS, PLEAT_ERROR_BINS, p);
    for (int b = 0; b < PLEAT_ERROR_BINS; b++) error += p[b] * bin_center(b);
    if (work->pae) work->pae[i * work->length + j] = (float)error;
    add_score(&all, expect(p, &work->all), other);
    if (both) add_score(&real, expect(p, &work->real), other);
    if (!both || !work->pair) continue;
    int a = work->asym[i] - 1, b = work->asym[j] - 1;
    work->to_chain[i * work->chains + b] += expect(p, &work->pair[a * work->chains + b]);
  }
  keep_sums(work, i, 0, &all);
  keep_sums(work, i, 2, &real);
}

static void error_part(void *argument, int64_t begin, int64_t end, int thread) {
  const error_work *work = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    error_row(work, work->first + row, work->logits + row * work->length * PLEAT_ERROR_BINS);
}

static double most_of(const double *x, int64_t count) {
  double most = 0;
  for (int64_t i = 0; i < count; i++) most = fmax(most, x[i]);
  return most;
}

/* ---- Pairs of chains ---- */

static int64_t chain_length(const error_work *work, int chain) {
  int64_t count = 0;
  for (int64_t i = 0; i < work->residues; i++) count += work->asym[i] == chain + 1;
  return count;
}

static void take_pairs(pleat_run *run, error_work *work) {
  int n = work->chains;
  error_shares *shares = pleat_run_take_bytes(run, (size_t)(n * n) * sizeof *shares);
  work->to_chain = pleat_run_take_bytes(run, (size_t)(work->length * n) * sizeof *work->to_chain);
  work->pair = shares;
  if (pleat_run_idle(run)) return;
  memset(work->to_chain, 0, (size_t)(work->length * n) * sizeof *work->to_chain);
  for (int a = 0; a < n; a++)
    for (int b = 0; b < n; b++)
      fill_shares(chain_length(work, a) + (a == b ? 0 : chain_length(work, b)), &shares[a * n + b]);
}

/* The best residue to align on, of either chain. */
static void keep_pairs(const error_work *work, double *pairs) {
  int n = work->chains;
  memset(pairs, 0, (size_t)(n * n) * sizeof *pairs);
  for (int b = 0; b < n; b++) {
    double count = 1e-8 + (double)chain_length(work, b);
    for (int64_t i = 0; i < work->residues; i++) {
      int a = work->asym[i] - 1;
      double tm = work->to_chain[i * n + b] / count;
      pairs[a * n + b] = fmax(pairs[a * n + b], tm);
      pairs[b * n + a] = fmax(pairs[b * n + a], tm);
    }
  }
}

/* ---- All of it ---- */

static void keep_scores(const error_work *work, pleat_aligned_error *error) {
  error->ptm = most_of(work->tm[0], work->length);
  error->iptm = most_of(work->tm[1], work->length);
  error->residue_ptm = most_of(work->tm[2], work->residues);
  error->residue_iptm = most_of(work->tm[3], work->residues);
  if (error->pairs) keep_pairs(work, error->pairs);
}

/* Each rank's rows to all. */
static void gather_rows(pleat_run *run, const error_work *work) {
  const int64_t both = sizeof(double) / sizeof(float);
  if (work->pae) pleat_ranks_gather_shares(run, work->length, work->length, work->pae);
  for (int k = 0; k < 4; k++) pleat_ranks_gather_shares(run, work->length, both, (float *)work->tm[k]);
  if (work->to_chain) pleat_ranks_gather_shares(run, work->length, both * work->chains, (float *)work->to_chain);
}

void pleat_alphafold_error(pleat_run *run, const pleat_alphafold_heads *h, int64_t length, const float *z,
                           const int32_t *asym, pleat_aligned_error *error) {
  int64_t channels = h->error.linear.in, chunk = pleat_run_chunk_rows(run) / (length > 0 ? length : 1);
  size_t mark = pleat_arena_mark(run->arena);
  error_work work = {.length = length, .residues = error->residues ? error->residues : length, .chains = error->chains,
                     .asym = asym, .pae = error->pae};
  pleat_span own = pleat_ranks_own_share(run, length);
  chunk = lesser(chunk > 1 ? chunk : 1, own.count);
  float *logits = pleat_run_take(run, chunk * length * PLEAT_ERROR_BINS);
  work.logits = logits;
  for (int k = 0; k < 4; k++) work.tm[k] = pleat_run_take_bytes(run, (size_t)length * sizeof *work.tm[k]);
  if (error->pairs) take_pairs(run, &work);
  fill_shares(length, &work.all);
  fill_shares(work.residues, &work.real);
  for (int64_t first = 0; first < own.count; first += chunk) {
    int64_t count = lesser(chunk, own.count - first);
    const float *rows = z + first * length * channels;
    work.first = own.first + first;
    pleat_dense_forward(run, &h->error, count * length, rows, PLEAT_ACTIVATION_NONE, logits);
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, count, 1, error_part, &work);
  }
  gather_rows(run, &work);
  error->ptm = error->iptm = error->residue_ptm = error->residue_iptm = 0;
  if (!pleat_run_idle(run)) keep_scores(&work, error);
  pleat_arena_release(run->arena, mark);
}
