/* Embedding of features; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_embed.h"

#include <string.h>

#include "lib/team.h"
#include "lib/trace.h"

enum {
  RECYCLE_BINS = 15,
  FARTHEST = 32,                                      /* residues apart that relative positions tell from more */
  CHAIN_BIN = 2 * FARTHEST + 1,                       /* multimer: another chain */
  SAME_ENTITY = CHAIN_BIN + 1,                        /* row of the weight for residues of the same sequence */
  FIRST_COPY = SAME_ENTITY + 1,                       /* first of the rows for which copy it is */
  FARTHEST_COPY = 2,
  RELATIVE_MONOMER = CHAIN_BIN,                       /* 65 */
  RELATIVE_MULTIMER = FIRST_COPY + 2 * FARTHEST_COPY + 2, /* 73 */
  EXTRA_TYPES = 23,
  MSA_FEATURES = 49
};

pleat_status pleat_alphafold_embed_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                        pleat_alphafold_embed *e) {
  const char *relative = multimer ? "~_relative_encoding/position_activations" : "pair_activiations";
  int features = multimer ? 21 : 22;
  *e = (pleat_alphafold_embed){.multimer = multimer};
  PLEAT_TRY(pleat_dense_load(context, scope, "preprocess_1d", features, 0, &e->target));
  PLEAT_TRY(pleat_dense_load(context, scope, "left_single", features, 0, &e->left));
  int c = e->target.linear.out, z = e->left.linear.out;
  PLEAT_TRY(pleat_dense_load(context, scope, "preprocess_msa", MSA_FEATURES, c, &e->msa));
  PLEAT_TRY(pleat_dense_load(context, scope, "right_single", features, z, &e->right));
  PLEAT_TRY(pleat_dense_load(context, scope, "prev_pos_linear", RECYCLE_BINS, z, &e->recycled_beta));
  int bins = multimer ? RELATIVE_MULTIMER : RELATIVE_MONOMER;
  PLEAT_TRY(pleat_dense_load(context, scope, relative, bins, z, &e->relative));
  PLEAT_TRY(pleat_dense_load(context, scope, "extra_msa_activations", EXTRA_TYPES + 2, 0, &e->extra));
  PLEAT_TRY(pleat_norm_load(context, scope, "prev_msa_first_row_norm", c, &e->recycled_row));
  return pleat_norm_load(context, scope, "prev_pair_norm", z, &e->recycled_pair);
}

void pleat_alphafold_embed_free(pleat_context *context, pleat_alphafold_embed *e) {
  pleat_dense *layers[] = {&e->target, &e->msa, &e->left, &e->right, &e->recycled_beta, &e->relative, &e->extra};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) pleat_dense_free(context, layers[i]);
}

int pleat_alphafold_distance_bin(float squared, int bins) {
  int bin = -1;
  for (int b = 0; b < bins; b++) {
    float lower = 3.25f + 1.25f * (float)b;
    if (squared == lower * lower) return -1;
    if (squared > lower * lower) bin = b;
  }
  return bin >= 0 && squared < 1e8f ? bin : -1;
}

/* y += scale * row `row` of the layer's weight. */
static void add_row(const pleat_dense *dense, int row, float scale, float *y) {
  const float *weight = dense->weight + (int64_t)row * dense->linear.out;
  for (int c = 0; c < dense->linear.out; c++) y[c] += scale * weight[c];
}

static void add_vector(const float *x, int count, float *y) {
  for (int c = 0; c < count; c++) y[c] += x[c];
}

/* ---- Pairs ---- */

typedef struct pair_work {
  const pleat_alphafold_embed *embed;
  const pleat_alphafold_input *input;
  const pleat_alphafold_state *state;
  const float *left, *right; /* (L,Z) */
  int64_t first;             /* row of z */
} pair_work;

static int64_t clip(int64_t x, int64_t most) { return x < -most ? -most : x > most ? most : x; }

static void add_relative(const pleat_alphafold_embed *e, const pleat_alphafold_input *in, int64_t i, int64_t j,
                         float *z) {
  int64_t offset = clip((int64_t)in->index[i] - in->index[j], FARTHEST) + FARTHEST;
  add_vector(e->relative.bias, e->relative.linear.out, z);
  if (!e->multimer) {
    add_row(&e->relative, (int)offset, 1, z);
    return;
  }
  bool same_entity = in->entity[i] == in->entity[j];
  int64_t copy = clip((int64_t)in->sym[i] - in->sym[j], FARTHEST_COPY) + FARTHEST_COPY;
  add_row(&e->relative, in->asym[i] == in->asym[j] ? (int)offset : CHAIN_BIN, 1, z);
  if (same_entity) add_row(&e->relative, SAME_ENTITY, 1, z);
  add_row(&e->relative, FIRST_COPY + (same_entity ? (int)copy : 2 * FARTHEST_COPY + 1), 1, z);
}

static float square_distance(const float a[3], const float b[3]) {
  float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return x * x + y * y + z * z;
}

/* z(i,j), which holds the recycled pair normed, += all else. */
static void pair_part(void *argument, int64_t begin, int64_t end, int thread) {
  const pair_work *work = argument;
  const pleat_alphafold_embed *e = work->embed;
  int64_t length = work->input->length;
  int channels = e->left.linear.out;
  (void)thread;
  for (int64_t i = work->first + begin; i < work->first + end; i++)
    for (int64_t j = 0; j < length; j++) {
      float *z = work->state->z + ((i - work->first) * length + j) * channels;
      int bin = -1;
      if (work->state->started) {
        const float *beta = work->state->beta;
        bin = pleat_alphafold_distance_bin(square_distance(beta + 3 * i, beta + 3 * j), RECYCLE_BINS);
      } else
        memcpy(z, e->recycled_pair.bias, (size_t)channels * sizeof *z); /* the norm of zeros */
      add_vector(work->left + i * channels, channels, z);
      add_vector(work->right + j * channels, channels, z);
      add_vector(e->recycled_beta.bias, channels, z);
      if (bin >= 0) add_row(&e->recycled_beta, bin, 1, z);
      add_relative(e, work->input, i, j, z);
    }
}

static void embed_pairs(pleat_run *run, const pleat_alphafold_embed *e, const pleat_alphafold_input *in,
                        const pleat_alphafold_state *state) {
  int64_t length = in->length, channels = e->left.linear.out;
  pleat_span rows = pleat_ranks_own_share(run, length);
  size_t mark = pleat_arena_mark(run->arena);
  float *left = pleat_run_take(run, length * channels), *right = pleat_run_take(run, length * channels);
  pair_work work = {e, in, state, left, right, rows.first};
  pleat_dense_forward(run, &e->left, length, in->target, PLEAT_ACTIVATION_NONE, left);
  pleat_dense_forward(run, &e->right, length, in->target, PLEAT_ACTIVATION_NONE, right);
  pleat_trace_emit(run, left, length, channels, 0, 0, "evoformer/left_single/out");
  pleat_trace_emit(run, right, length, channels, 0, 0, "evoformer/right_single/out");
  if (state->started) pleat_norm_forward(run, &e->recycled_pair, rows.count * length, state->z, state->z);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows.count, 1, pair_part, &work);
  pleat_arena_release(run->arena, mark);
}

/* ---- Alignment ---- */

typedef struct row_work {
  const float *x; /* (L,C), added to each row of m (S,L,C) */
  float *m;
  int64_t size; /* L C */
} row_work;

static void row_part(void *argument, int64_t begin, int64_t end, int thread) {
  const row_work *work = argument;
  (void)thread;
  for (int64_t s = begin; s < end; s++)
    for (int64_t k = 0; k < work->size; k++) work->m[s * work->size + k] += work->x[k];
}

static void embed_alignment(pleat_run *run, const pleat_alphafold_embed *e, const pleat_alphafold_input *in,
                            const pleat_alphafold_state *state, pleat_span rows, float *m) {
  int64_t channels = e->target.linear.out, size = in->length * channels;
  size_t mark = pleat_arena_mark(run->arena);
  float *x = pleat_run_take(run, size);
  pleat_dense_forward(run, &e->msa, rows.count * in->length, in->msa_features + rows.first * in->length * MSA_FEATURES,
                      PLEAT_ACTIVATION_NONE, m);
  pleat_dense_forward(run, &e->target, in->length, in->target, PLEAT_ACTIVATION_NONE, x);
  pleat_trace_emit(run, m, in->sequences, in->length, channels, 0, "evoformer/preprocess_msa/out");
  pleat_trace_emit(run, x, in->length, channels, 0, 0, "evoformer/preprocess_1d/out");
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows.count, 1, row_part, &(row_work){x, m, size});
  if (state->started) pleat_norm_forward(run, &e->recycled_row, in->length, state->first_row, x);
  if (!pleat_run_idle(run)) {
    for (int64_t l = 0; !state->started && l < in->length; l++)
      memcpy(x + l * e->recycled_row.channels, e->recycled_row.bias, (size_t)e->recycled_row.channels * sizeof *x);
    if (rows.first == 0) row_part(&(row_work){x, m, size}, 0, 1, 0);
  }
  pleat_trace_emit(run, x, in->length, channels, 0, 0, "evoformer/prev_msa_first_row_norm/out");
  pleat_arena_release(run->arena, mark);
}

void pleat_alphafold_embed_forward(pleat_run *run, const pleat_alphafold_embed *e, const pleat_alphafold_input *in,
                                   const pleat_alphafold_state *state, pleat_span rows, float *m) {
  embed_alignment(run, e, in, state, rows, m);
  embed_pairs(run, e, in, state);
}

/* ---- Extra rows ---- */

typedef struct extra_work {
  const pleat_dense *dense;
  const pleat_alphafold_input *input;
  int64_t first; /* item of e */
  float *e;
} extra_work;

static void extra_part(void *argument, int64_t begin, int64_t end, int thread) {
  const extra_work *work = argument;
  const pleat_alphafold_input *in = work->input;
  int channels = work->dense->linear.out;
  (void)thread;
  for (int64_t at = work->first + begin; at < work->first + end; at++) {
    float *e = work->e + (at - work->first) * channels;
    memcpy(e, work->dense->bias, (size_t)channels * sizeof *e);
    add_row(work->dense, in->extra_msa[at], 1, e);
    add_row(work->dense, EXTRA_TYPES, in->extra_has_deletion[at], e);
    add_row(work->dense, EXTRA_TYPES + 1, in->extra_deletion[at], e);
  }
}

void pleat_alphafold_embed_extra(pleat_run *run, const pleat_alphafold_embed *embed, const pleat_alphafold_input *in,
                                 float *e) {
  pleat_span rows = pleat_ranks_own_share(run, in->extra_sequences);
  extra_work work = {&embed->extra, in, rows.first * in->length, e};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows.count * in->length, 256, extra_part, &work);
}
