/* Drawing sequences with ProteinMPNN and its sisters.
 * SPDX-License-Identifier: MIT
 *
 * The published code decodes one residue of all samples at a time. Here residues that do not see each other's letters go
 * together: the wave of a residue is one more than the greatest wave of the neighbours that come before it in its
 * sample's order, and all residues of a wave, of all samples of a group, are rows of the same products. The numbers are
 * the same; a row's bits do not depend on the rows beside it. */
#include <math.h>
#include <string.h>

#include "folding/mpnn.h"

enum {
  C = PLEAT_MESSAGE_C,
  LETTERS = PLEAT_MPNN_LETTERS,
  DRAWN = PLEAT_TARGET_DRAWN,
  LAYERS = PLEAT_MPNN_LAYERS,
  ROWS = 48,            /* of one product */
  GROUP = 8,            /* samples decoded together, */
  GROUP_RESIDUES = 4096 /* and residues that they may have in all: states of a group stay near the processor */
};

/* Places in the stream: 0..L-1 order the residues; from here on each residue has 32 for its letter. */
static const uint64_t letter_places = (uint64_t)1 << 32;

typedef struct designing {
  const pleat_design_task *task;
  const pleat_mpnn_encoded *e;
  const int32_t *group; /* (L) */
  int64_t samples;      /* of a group */
  int64_t first;        /* sample of the task with which item 0 begins */
} designing;

/* One group of samples being decoded; S samples, (s, i) at s L + i. */
typedef struct sampler {
  pleat_run *run;
  const designing *d;
  const pleat_backbone *b;
  int64_t begin, samples, length;    /* begin: the first one's number in the task */
  int32_t *order, *rank, *unit;      /* (S,L); unit: how many draws come before the residue's */
  int32_t *wave, *ready;             /* (S,L); ready: the wave in which the letter is drawn */
  int32_t *letter;                   /* (S,L) -1: not drawn yet */
  int32_t *item, *wave_start, waves; /* (S,L) by wave; (L + 1) */
  float *state[LAYERS];              /* (S,L,C) what neighbours that come later see */
  float *logits;                     /* (S,L,21) */
  float *h, *node, *rows, *row_logits, *mask; /* of the rows in work */
  int32_t *edge, *encoded, *earlier; /* (ROWS,K) */
} sampler;

static void take_sampler(pleat_run *run, const designing *d, sampler *s) {
  size_t all = (size_t)(d->samples * s->length) * sizeof(int32_t);
  int64_t seen = ROWS * (int64_t)d->e->graph.neighbours;
  int32_t **tables[] = {&s->order, &s->rank, &s->unit, &s->wave, &s->ready, &s->letter, &s->item};
  int32_t **indices[] = {&s->edge, &s->encoded, &s->earlier};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) *tables[i] = pleat_run_take_bytes(run, all);
  for (size_t i = 0; i < 3; i++) *indices[i] = pleat_run_take_bytes(run, (size_t)seen * sizeof(int32_t));
  s->wave_start = pleat_run_take_bytes(run, (size_t)(s->length + 1) * sizeof(int32_t));
  for (int l = 0; l < LAYERS; l++) s->state[l] = pleat_run_take(run, d->samples * s->length * C);
  s->logits = pleat_run_take(run, d->samples * s->length * LETTERS);
  s->h = pleat_run_take(run, ROWS * C);
  s->node = pleat_run_take(run, ROWS * C);
  s->rows = pleat_run_take(run, ROWS * C);
  s->row_logits = pleat_run_take(run, ROWS * LETTERS);
  s->mask = pleat_run_take(run, ROWS);
}

/* ---- When each residue is decoded ---- */

/* First wave in which all that residue i of sample s sees is there. Members of its own group it sees without a letter. */
static int32_t first_wave(const sampler *s, int64_t sample, int32_t i) {
  const pleat_message_graph *graph = &s->d->e->graph;
  const int32_t *rank = s->rank + sample * s->length, *group = s->d->group;
  int32_t wave = 0;
  for (int k = 0; k < graph->neighbours; k++) {
    int32_t j = graph->index[(int64_t)i * graph->neighbours + k];
    if (rank[j] >= rank[i]) continue;
    bool tied = group[i] >= 0 && group[j] == group[i];
    int32_t after = (tied ? s->wave : s->ready)[sample * s->length + j] + 1;
    if (after > wave) wave = after;
  }
  return wave;
}

/* Steps from .. to-1 of the order are one draw. */
static void finish_unit(const sampler *s, int64_t sample, int64_t from, int64_t to, int32_t unit) {
  const int32_t *order = s->order + sample * s->length;
  int32_t last = 0;
  for (int64_t step = from; step < to; step++) {
    int32_t wave = s->wave[sample * s->length + order[step]];
    if (wave > last) last = wave;
  }
  for (int64_t step = from; step < to; step++) {
    s->ready[sample * s->length + order[step]] = last;
    s->unit[sample * s->length + order[step]] = unit;
  }
}

static void schedule_sample(const sampler *s, int64_t sample) {
  const int32_t *order = s->order + sample * s->length, *group = s->d->group;
  int32_t unit = 0;
  for (int64_t from = 0, step = 0; step < s->length; step++) {
    int32_t i = order[step];
    s->wave[sample * s->length + i] = first_wave(s, sample, i);
    if (step + 1 < s->length && group[i] >= 0 && group[order[step + 1]] == group[i]) continue;
    finish_unit(s, sample, from, step + 1, unit++);
    from = step + 1;
  }
}

/* Sorts all residues by wave: waves are at most as many as residues. */
static void sort_waves(sampler *s) {
  int64_t count = s->samples * s->length;
  memset(s->wave_start, 0, (size_t)(s->length + 1) * sizeof *s->wave_start);
  for (int64_t at = 0; at < count; at++) s->wave_start[s->wave[at] + 1]++;
  for (int64_t w = 0; w < s->length; w++) {
    if (s->wave_start[w + 1]) s->waves = (int32_t)w + 1;
    s->wave_start[w + 1] += s->wave_start[w];
  }
  for (int64_t at = count; at-- > 0;) s->item[--s->wave_start[s->wave[at] + 1]] = (int32_t)at;
  for (int64_t w = 0; w < s->length; w++) s->wave_start[w] = s->wave_start[w + 1];
  s->wave_start[s->length] = (int32_t)count;
}

/* ---- One residue's states ---- */

static void see_neighbours(const sampler *s, int64_t at, int64_t row) {
  const pleat_message_graph *graph = &s->d->e->graph;
  int64_t k = graph->neighbours, sample = at / s->length, i = at % s->length;
  const int32_t *rank = s->rank + sample * s->length;
  for (int64_t n = 0; n < k; n++) {
    int32_t j = graph->index[i * k + n];
    bool before = rank[j] < rank[i];
    s->edge[row * k + n] = (int32_t)(i * k + n);
    s->encoded[row * k + n] = before ? -1 : j;
    s->earlier[row * k + n] = before ? (int32_t)(sample * s->length + j) : -1;
  }
}

static void start_rows(const sampler *s, const int32_t *item, int64_t count) {
  const pleat_mpnn_encoded *e = s->d->e;
  for (int64_t row = 0; row < count; row++) {
    int64_t i = item[row] % s->length;
    memcpy(s->h + row * C, e->h + i * C, C * sizeof(float));
    memcpy(s->node + row * C, e->node + i * C, C * sizeof(float));
    memcpy(s->state[0] + (int64_t)item[row] * C, e->encoded[0] + i * C, C * sizeof(float));
    s->mask[row] = s->b->mask[i];
    see_neighbours(s, item[row], row);
  }
}

static void scatter(const sampler *s, const int32_t *item, int64_t count, const float *rows, int width, float *to) {
  if (pleat_run_idle(s->run)) return;
  for (int64_t row = 0; row < count; row++)
    memcpy(to + (int64_t)item[row] * width, rows + row * width, (size_t)width * sizeof *to);
}

/* Rows item[0 .. count-1] of one wave: their states for those that come later, and their logits. */
static void decode_rows(const sampler *s, const int32_t *item, int64_t count) {
  const pleat_mpnn *m = s->d->e->model;
  if (!pleat_run_idle(s->run)) start_rows(s, item, count);
  for (int l = 0; l < LAYERS; l++) {
    pleat_mpnn_rows rows = {.count = count, .node = l ? NULL : s->node, .mask = s->mask, .edge = s->edge,
                            .encoded = s->encoded, .earlier = s->earlier, .states = s->state[l]};
    if (l) {
      pleat_op_linear(s->run, &m->decoder[l].node.part[PLEAT_MPNN_PART_NEIGHBOUR], count, s->h, C, NULL, s->rows, C);
      scatter(s, item, count, s->rows, C, s->state[l]);
    }
    pleat_mpnn_decoder_forward(s->run, s->d->e, l, &rows, s->h);
  }
  pleat_op_linear(s->run, &m->out, count, s->h, C, NULL, s->row_logits, LETTERS);
  scatter(s, item, count, s->row_logits, LETTERS, s->logits);
}

/* ---- Letters ---- */

/* Residues that get one letter. */
typedef struct unit {
  const int32_t *member;
  const float *weight; /* NULL: 1 */
  int64_t count;
} unit;

static unit unit_of(const sampler *s, const int32_t *residue) {
  const pleat_target_ties *ties = &s->b->ties;
  int32_t g = s->d->group[*residue];
  if (g < 0) return (unit){residue, NULL, 1};
  return (unit){ties->member + ties->start[g], ties->weight + ties->start[g], ties->start[g + 1] - ties->start[g]};
}

/* probs (20): softmax of (sum of weighted logits + bias) / temperature without X. The bias is the last member's, as
 * published. */
static void fill_probs(const sampler *s, int64_t sample, const unit *u, float *probs) {
  const float *bias = s->b->bias + (int64_t)u->member[u->count - 1] * LETTERS;
  double z[LETTERS], most = -INFINITY, sum = 0;
  for (int a = 0; a < LETTERS; a++) {
    float total = 0;
    for (int64_t m = 0; m < u->count; m++)
      total += (u->weight ? u->weight[m] : 1) * s->logits[(sample * s->length + u->member[m]) * LETTERS + a];
    z[a] = (double)(total + bias[a]) / s->d->task->temperature;
    if (a < DRAWN && z[a] > most) most = z[a];
  }
  for (int a = 0; a < DRAWN; a++) sum += exp(z[a] - most);
  for (int a = 0; a < DRAWN; a++) probs[a] = (float)(exp(z[a] - most) / sum);
}

/* Exponential draw of a letter: stored, or of the stream at a place that the residue alone decides. */
static double exponential(const sampler *s, int64_t sample, int64_t residue, int a) {
  const pleat_array *stored = s->d->task->draws[PLEAT_DRAW_EXPONENTIAL];
  int64_t step = s->unit[sample * s->length + residue], b = s->begin + sample;
  if (stored) return stored->data[(step * (int64_t)stored->shape[1] + b) * DRAWN + a];
  pleat_random stream = pleat_design_stream(s->d->task, b);
  return -log((double)pleat_random_uniform(&stream, letter_places + (uint64_t)residue * 32 + (uint64_t)a));
}

/* The letter of greatest p / q with q exponential: letter a with probability p(a). */
static int32_t draw(const sampler *s, int64_t sample, int64_t residue, const float *probs) {
  int32_t best = 0;
  double most = -1;
  for (int a = 0; a < DRAWN; a++) {
    double each = probs[a] / exponential(s, sample, residue, a);
    if (each > most) most = each, best = a;
  }
  return best;
}

/* Row (sample, residue) of an output of `width` columns. */
static float *output(const sampler *s, const char *name, int64_t sample, int64_t residue, int width) {
  return pleat_result_find(s->d->task->result, name) + ((s->begin + sample) * s->length + residue) * width;
}

static void set_letter(const sampler *s, int64_t sample, int64_t residue, int32_t letter) {
  int64_t at = sample * s->length + residue;
  s->letter[at] = letter;
  for (int l = 0; l < LAYERS; l++)
    for (int c = 0; c < C; c++) s->state[l][at * C + c] += s->d->e->letters[l][letter * C + c];
  *output(s, "S", sample, residue, 1) = (float)letter;
}

/* One draw for all designed members; fixed ones keep their letters. */
static void draw_unit(const sampler *s, int64_t sample, int64_t residue) {
  const int32_t self = (int32_t)residue;
  unit u = unit_of(s, &self);
  float probs[DRAWN];
  int32_t letter = -1;
  for (int64_t m = 0; m < u.count; m++) {
    int64_t i = u.member[m];
    bool designed = s->b->mask[i] * s->b->designed[i] > 0;
    if (designed && letter < 0) {
      fill_probs(s, sample, &u, probs);
      letter = draw(s, sample, u.member[0], probs);
    }
    if (designed) {
      memcpy(output(s, "sampling_probs", sample, i, DRAWN), probs, sizeof probs);
      pleat_mpnn_log_softmax(s->logits + (sample * s->length + i) * LETTERS, output(s, "log_probs", sample, i, LETTERS));
    }
    set_letter(s, sample, i, designed ? letter : s->b->letter[i]);
  }
}

static void draw_wave(const sampler *s, int32_t wave) {
  for (int32_t at = s->wave_start[wave]; at < s->wave_start[wave + 1]; at++) {
    int32_t item = s->item[at];
    if (s->ready[item] == wave && s->letter[item] < 0) draw_unit(s, item / s->length, item % s->length);
  }
}

/* ---- A group of samples ---- */

static void start_sampler(sampler *s) {
  for (int64_t sample = 0; sample < s->samples; sample++) {
    int64_t at = sample * s->length;
    const pleat_mpnn_draws draws = pleat_mpnn_draws_of(s->d->task, s->begin + sample);
    pleat_mpnn_order(s->run, s->b, s->d->group, &draws, s->order + at, s->rank + at);
    if (pleat_run_idle(s->run)) return;
    schedule_sample(s, sample);
    for (int64_t i = 0; i < s->length; i++) {
      *output(s, "decoding_order", sample, i, 1) = (float)s->order[at + i];
      s->letter[at + i] = -1;
    }
  }
  sort_waves(s);
}

static void design_group(pleat_run *run, void *argument, int64_t item) {
  const designing *d = argument;
  sampler s = {.run = run, .d = d, .b = d->task->backbone, .length = d->task->backbone->length};
  size_t mark = pleat_arena_mark(run->arena);
  s.begin = d->first + item * d->samples;
  s.samples = s.begin + d->samples < d->task->samples ? d->samples : d->task->samples - s.begin;
  take_sampler(run, d, &s);
  start_sampler(&s);
  if (pleat_run_idle(run)) {
    decode_rows(&s, NULL, ROWS);
    run->flops *= (double)(d->samples * s.length) / ROWS;
  }
  for (int32_t wave = 0; !pleat_run_idle(run) && wave < s.waves; wave++) {
    for (int32_t at = s.wave_start[wave]; at < s.wave_start[wave + 1]; at += ROWS) {
      int32_t left = s.wave_start[wave + 1] - at;
      decode_rows(&s, s.item + at, left < ROWS ? left : ROWS);
    }
    draw_wave(&s, wave);
  }
  pleat_arena_release(run->arena, mark);
}

/* Samples of a group: few enough for memory, and so many groups that every thread has one. */
static int64_t group_size(const pleat_run *run, const pleat_design_task *task) {
  int64_t size = GROUP_RESIDUES / task->backbone->length, share = (task->samples + run->threads - 1) / run->threads;
  if (size > GROUP) size = GROUP;
  if (size > share) size = share;
  return size > 0 ? size : 1;
}

void pleat_mpnn_design(pleat_run *run, const void *weights, const pleat_design_task *task) {
  pleat_mpnn_encoded e;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_mpnn_encode(run, weights, task->backbone, &e);
  designing d = {task, &e, pleat_mpnn_groups(run, task->backbone), group_size(run, task), 0};
  int64_t batch = 4 * run->threads * d.samples; /* between looks at the progress callback */
  for (; d.first < task->samples && !run->status; d.first += batch) {
    int64_t left = task->samples - d.first;
    pleat_run_progress(run, 0.1 + 0.9 * (double)d.first / (double)task->samples, "sequences");
    pleat_run_for(run, ((left < batch ? left : batch) + d.samples - 1) / d.samples, design_group, &d);
  }
  pleat_arena_release(run->arena, mark);
}
