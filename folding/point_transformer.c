/* One layer of FlashABB and its sister models; the facts are those of the published package (flash-abb 0.0.5).
 * SPDX-License-Identifier: MIT */
#include "folding/point_transformer.h"

#include <math.h>
#include <string.h>

#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_POINT_C,
  H = PLEAT_POINT_H,
  D = PLEAT_POINT_D,
  P = PLEAT_POINT_P,
  W = PLEAT_POINT_W,
  QKV = PLEAT_POINT_QKV,
  VALUES = PLEAT_POINT_VALUES,
  SPECTRUM = PLEAT_POINT_SPECTRUM,
  CONCAT = VALUES + SPECTRUM,
  Q_ROWS = H * D,
  KV_ROWS = 2 * H * D,
  POINT_ROWS = 3 * H * (2 * P + W),
  ROW_GRAIN = 32
};

/* ---- Packing ---- */

/* Copies columns first .. first+count-1 of out_w (C, CONCAT) to a dense (C, count). */
static void split_columns(const float *matrix, int first, int count, float *dense) {
  for (int c = 0; c < C; c++)
    memcpy(dense + (size_t)c * count, matrix + (size_t)c * CONCAT + first, (size_t)count * sizeof(float));
}

static void fuse_weights(const pleat_point_tensors *t, float *weight, float *bias) {
  memcpy(weight, t->q_w, sizeof(float) * Q_ROWS * C);
  memcpy(weight + Q_ROWS * C, t->kv_w, sizeof(float) * KV_ROWS * C);
  memcpy(weight + (Q_ROWS + KV_ROWS) * C, t->points_w, sizeof(float) * POINT_ROWS * C);
  memcpy(bias, t->q_b, sizeof(float) * Q_ROWS);
  memcpy(bias + Q_ROWS, t->kv_b, sizeof(float) * KV_ROWS);
  memcpy(bias + Q_ROWS + KV_ROWS, t->points_b, sizeof(float) * POINT_ROWS);
}

static pleat_status pack_fused(pleat_context *context, const pleat_point_tensors *t, pleat_point_layer *layer) {
  float *weight;
  PLEAT_TRY(pleat_memory_take(context, (size_t)QKV * C + QKV + (size_t)C * CONCAT, sizeof *weight, &weight));
  float *bias = weight + (size_t)QKV * C, *values = bias + QKV, *spectrum = values + (size_t)C * VALUES;
  fuse_weights(t, weight, bias);
  split_columns(t->out_w, 0, VALUES, values);
  split_columns(t->out_w, VALUES, SPECTRUM, spectrum);
  pleat_status status = pleat_linear_pack_copy(context, weight, bias, QKV, C, &layer->qkv);
  if (!status) status = pleat_linear_pack_copy(context, values, t->out_b, C, VALUES, &layer->out_values);
  if (!status) status = pleat_linear_pack_copy(context, spectrum, NULL, C, SPECTRUM, &layer->out_spectrum);
  pleat_memory_release(context, weight);
  return status;
}

pleat_status pleat_point_layer_pack(pleat_context *context, int hidden, pleat_point_layer *layer) {
  const pleat_point_tensors *t = &layer->tensors;
  PLEAT_TRY(pack_fused(context, t, layer));
  for (int h = 0; h < H; h++) {
    double w = t->head_weights[h], softplus = w > 20 ? w : log1p(exp(w));
    layer->head_weight[h] = (float)(softplus * sqrt(1 / (3 * (P * 9.0 / 2))));
  }
  PLEAT_TRY(pleat_linear_pack(context, t->l1_w, t->l1_b, hidden, C, &layer->l1));
  if (t->l2_w) PLEAT_TRY(pleat_linear_pack(context, t->l2_w, t->l2_b, hidden, hidden, &layer->l2));
  return pleat_linear_pack(context, t->l3_w, t->l3_b, C, hidden, &layer->l3);
}

void pleat_point_layer_free(pleat_context *context, pleat_point_layer *layer) {
  pleat_linear *linears[] = {&layer->qkv, &layer->out_values, &layer->out_spectrum, &layer->l1, &layer->l2, &layer->l3};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
}

/* ---- Attention: before and after ---- */

/* The attention's tensors over all rows, dense, row-major (M, H, ...). */
typedef struct attention_rows {
  const pleat_point_pass *pass;
  const pleat_point_layer *layer;
  const float *cosine, *sine; /* (longest, D/2) */
  const float *projected;     /* (M, QKV) */
  float *q, *k, *v, *qp, *kp, *vp;
  float *out, *points; /* (M,H,D), (M,H,W,3) */
  float *values;       /* (M, VALUES) */
} attention_rows;

/* Rotary position embedding of interleaved pairs (Su et al. 2021), times `scale`. */
static void rotate_pairs(const float *x, const float *cosine, const float *sine, float scale, float *y) {
  for (int d = 0; d < D / 2; d++) {
    float a = x[2 * d], b = x[2 * d + 1];
    y[2 * d] = (a * cosine[d] - b * sine[d]) * scale;
    y[2 * d + 1] = (b * cosine[d] + a * sine[d]) * scale;
  }
}

/* Points of a row: x, y, z in thirds of (H, 2P+W) each -> R p + t, split into query, key and value points. */
static void place_points(const float *flat, const float *frame, int64_t row, attention_rows *a) {
  enum { EACH = 2 * P + W };
  const float *R = frame, *t = frame + 9;
  for (int h = 0; h < H; h++) {
    for (int p = 0; p < EACH; p++) {
      float x = flat[h * EACH + p], y = flat[(H + h) * EACH + p], z = flat[(2 * H + h) * EACH + p];
      float *to = p < P       ? a->qp + ((row * H + h) * P + p) * 3
                  : p < 2 * P ? a->kp + ((row * H + h) * P + p - P) * 3
                              : a->vp + ((row * H + h) * W + p - 2 * P) * 3;
      for (int d = 0; d < 3; d++) to[d] = R[3 * d] * x + R[3 * d + 1] * y + R[3 * d + 2] * z + t[d];
    }
  }
}

static void prepare_row(attention_rows *a, int64_t row, int64_t position) {
  const float *flat = a->projected + row * QKV, *cosine = a->cosine + position * D / 2,
              *sine = a->sine + position * D / 2;
  float scale = sqrtf(1.0f / (3 * D));
  for (int h = 0; h < H; h++) {
    const float *kv = flat + Q_ROWS + h * 2 * D;
    int64_t at = (row * H + h) * D;
    rotate_pairs(flat + h * D, cosine, sine, scale, a->q + at);
    rotate_pairs(kv, cosine, sine, 1, a->k + at);
    memcpy(a->v + at, kv + D, D * sizeof(float));
  }
  place_points(flat + Q_ROWS + KV_ROWS, a->pass->frames + 12 * row, row, a);
}

/* Row `row` is residue row - start of its sequence. */
static int64_t sequence_start(const pleat_pass *pass, int64_t row) {
  int64_t low = 0, high = pass->count;
  while (high - low > 1) {
    int64_t middle = (low + high) / 2;
    *(pass->start[middle] <= row ? &low : &high) = middle;
  }
  return pass->start[low];
}

static void prepare_rows(void *argument, int64_t begin, int64_t end, int thread) {
  attention_rows *a = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++) prepare_row(a, row, row - sequence_start(a->pass->pass, row));
}

/* values = [out (H D) | x (H W) | y | z | norm] with the points taken back to the row's own frame. */
static void gather_rows(void *argument, int64_t begin, int64_t end, int thread) {
  attention_rows *a = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    const float *R = a->pass->frames + 12 * row, *t = R + 9;
    float *values = a->values + row * VALUES;
    memcpy(values, a->out + row * H * D, H * D * sizeof(float));
    for (int p = 0; p < H * W; p++) {
      const float *global = a->points + (row * H * W + p) * 3;
      float dx = global[0] - t[0], dy = global[1] - t[1], dz = global[2] - t[2], sum = 1e-7f;
      for (int d = 0; d < 3; d++) {
        float local = R[d] * dx + R[3 + d] * dy + R[6 + d] * dz;
        values[H * D + d * H * W + p] = local;
        sum += local * local;
      }
      values[H * D + 3 * H * W + p] = sqrtf(sum);
    }
  }
}

static void fill_rotary_tables(const float *freqs, int64_t positions, float *cosine, float *sine) {
  for (int64_t i = 0; i < positions; i++) {
    for (int d = 0; d < D / 2; d++) {
      float angle = (float)i * freqs[d]; /* rounded to float32, as published */
      cosine[i * D / 2 + d] = (float)cos(angle);
      sine[i * D / 2 + d] = (float)sin(angle);
    }
  }
}

static int64_t longest_sequence(const pleat_pass *pass) {
  int64_t longest = 0;
  for (int64_t i = 0; i < pass->count; i++)
    if (pass->start[i + 1] - pass->start[i] > longest) longest = pass->start[i + 1] - pass->start[i];
  return longest;
}

static void describe_sequences(const attention_rows *a, float *spectrum, pleat_point_attention *sequences) {
  const pleat_pass *pass = a->pass->pass;
  for (int64_t i = 0; i < pass->count; i++) {
    int64_t s = pass->start[i], hd = s * H * D, hp = s * H * P * 3, hw = s * H * W * 3;
    sequences[i] = (pleat_point_attention){.length = pass->start[i + 1] - s,
                                           .heads = H,
                                           .width = D,
                                           .value_width = D,
                                           .query_points = P,
                                           .value_points = W,
                                           .q = a->q + hd,
                                           .k = a->k + hd,
                                           .v = a->v + hd,
                                           .qp = a->qp + hp,
                                           .kp = a->kp + hp,
                                           .vp = a->vp + hw,
                                           .weight = a->layer->head_weight,
                                           .out = a->out + hd,
                                           .points = a->points + hw,
                                           .spectrum = spectrum + s * SPECTRUM,
                                           .index = a->pass->index + s,
                                           .bins = PLEAT_POINT_B};
  }
}

/* Columns first .. first+count-1 of `projected`, for the trace. */
static void trace_columns(pleat_run *run, const attention_rows *a, int first, int count, int block, const char *name) {
  if (!run->trace) return;
  int64_t rows = a->pass->pass->rows;
  size_t mark = pleat_arena_mark(run->arena);
  float *dense = pleat_run_take(run, rows * count);
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < rows; i++)
      memcpy(dense + i * count, a->projected + i * QKV + first, (size_t)count * sizeof(float));
  pleat_trace_emit(run, dense, 1, rows, count, 0, "block%d/%s", block, name);
  pleat_arena_release(run->arena, mark);
}

/* The attention's output before its last linear, as the goldens have it: values and spectrum side by side. */
static void trace_concat(pleat_run *run, const attention_rows *a, const float *spectrum, int block) {
  if (!run->trace) return;
  int64_t rows = a->pass->pass->rows;
  size_t mark = pleat_arena_mark(run->arena);
  float *dense = pleat_run_take(run, rows * CONCAT);
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < rows; i++) {
      memcpy(dense + i * CONCAT, a->values + i * VALUES, VALUES * sizeof(float));
      memcpy(dense + i * CONCAT + VALUES, spectrum + i * SPECTRUM, SPECTRUM * sizeof(float));
    }
  pleat_trace_emit(run, dense, 1, rows, CONCAT, 0, "block%d/ipa_concat", block);
  pleat_arena_release(run->arena, mark);
}

static void project_and_prepare(pleat_run *run, attention_rows *a, const float *s) {
  const pleat_pass *pass = a->pass->pass;
  int64_t rows = pass->rows, longest = longest_sequence(pass);
  float *projected = pleat_run_take(run, rows * QKV);
  float *cosine = pleat_run_take(run, longest * D / 2), *sine = pleat_run_take(run, longest * D / 2);
  pleat_op_linear(run, &a->layer->qkv, rows, s, C, NULL, projected, QKV);
  a->projected = projected;
  a->cosine = cosine;
  a->sine = sine;
  if (pleat_run_idle(run)) return;
  fill_rotary_tables(a->layer->tensors.freqs, longest, cosine, sine);
  pleat_team_for(run->threads, rows, ROW_GRAIN, prepare_rows, a);
}

/* s (M,C) <- s + attention(s). */
static void attend(pleat_run *run, const pleat_point_layer *layer, const pleat_point_pass *pass, int block, float *s) {
  int64_t rows = pass->pass->rows;
  attention_rows a = {.pass = pass, .layer = layer};
  pleat_point_attention sequences[PLEAT_PASS_MAX_SEQUENCES];
  a.q = pleat_run_take(run, rows * H * D);
  a.k = pleat_run_take(run, rows * H * D);
  a.v = pleat_run_take(run, rows * H * D);
  a.qp = pleat_run_take(run, rows * H * P * 3);
  a.kp = pleat_run_take(run, rows * H * P * 3);
  a.vp = pleat_run_take(run, rows * H * W * 3);
  a.out = pleat_run_take(run, rows * H * D);
  a.points = pleat_run_take(run, rows * H * W * 3);
  a.values = pleat_run_take(run, rows * VALUES);
  float *spectrum = pleat_run_take(run, rows * SPECTRUM);
  size_t mark = pleat_arena_mark(run->arena);
  project_and_prepare(run, &a, s);
  trace_columns(run, &a, 0, Q_ROWS, block, "linear_q");
  trace_columns(run, &a, Q_ROWS, KV_ROWS, block, "linear_kv");
  trace_columns(run, &a, Q_ROWS + KV_ROWS, POINT_ROWS, block, "linear_points");
  pleat_arena_release(run->arena, mark);
  describe_sequences(&a, spectrum, sequences);
  pleat_op_point_attention(run, sequences, pass->pass->count);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, ROW_GRAIN, gather_rows, &a);
  trace_concat(run, &a, spectrum, block);
  pleat_op_linear(run, &layer->out_values, rows, a.values, VALUES, &(pleat_epilogue){.add = s, .ld_add = C}, s, C);
  pleat_op_linear(run, &layer->out_spectrum, rows, spectrum, SPECTRUM, &(pleat_epilogue){.add = s, .ld_add = C}, s, C);
}

void pleat_point_layer_forward(pleat_run *run, const pleat_point_layer *layer, const pleat_point_pass *pass, int block,
                               float *s) {
  const pleat_point_tensors *t = &layer->tensors;
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU}, residual = {.add = s, .ld_add = C};
  int64_t rows = pass->pass->rows;
  int hidden = layer->l1.out;
  size_t mark = pleat_arena_mark(run->arena);
  attend(run, layer, pass, block, s);
  pleat_arena_release(run->arena, mark);
  pleat_trace_emit(run, s, 1, rows, C, 0, "block%d/s_plus_ipa", block);
  pleat_op_layer_norm(run, rows, C, s, t->norm_gain, t->norm_bias, 1e-5f, pass->dropout_rate, s);
  pleat_trace_emit(run, s, 1, rows, C, 0, "block%d/norm_ipa", block);
  float *a = pleat_run_take(run, rows * hidden), *b = t->l2_w ? pleat_run_take(run, rows * hidden) : a;
  pleat_op_linear(run, &layer->l1, rows, s, C, &relu, a, hidden);
  if (t->l2_w) pleat_op_linear(run, &layer->l2, rows, a, hidden, &relu, b, hidden);
  pleat_op_linear(run, &layer->l3, rows, b, hidden, &residual, s, C);
  pleat_trace_emit(run, s, 1, rows, C, 0, "block%d/transition_pre_norm", block);
  pleat_op_layer_norm(run, rows, C, s, t->transition_gain, t->transition_bias, 1e-5f, pass->dropout_rate, s);
  pleat_trace_emit(run, s, 1, rows, C, 0, "block%d/norm_transition", block);
  pleat_arena_release(run->arena, mark);
}
