/* Structure module; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/structure_module.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "folding/gated_attention.h"
#include "folding/structure_trace.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"
#include "lib/team.h"
#include "lib/trace.h"

enum { ROW_GRAIN = 16, ITERATIONS = 8 };

/* ---- Loading the attention ---- */

/* Letters of sizes. Monomer: the widths of all heads together; multimer: of one head, in their places. */
enum { C = -1, H = -2, Q = -3, KV = -4, QP = -5, KVP = -6, Z = -7, CONCAT = -8 };
enum { D = Q, V = KV, P3 = QP, W3 = KVP };

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_point_projection, field), false}
static const pleat_weight_row monomer_table[] = {
  ROW("/q_scalar//weights", q_w, 2, C, Q),
  ROW("/q_scalar//bias", q_b, 1, Q),
  ROW("/kv_scalar//weights", kv_w, 2, C, KV),
  ROW("/kv_scalar//bias", kv_b, 1, KV),
  ROW("/q_point_local//weights", qp_w, 2, C, QP),
  ROW("/q_point_local//bias", qp_b, 1, QP),
  ROW("/kv_point_local//weights", kvp_w, 2, C, KVP),
  ROW("/kv_point_local//bias", kvp_b, 1, KVP),
  {0}};
static const pleat_weight_row multimer_table[] = {
  ROW("/q_scalar_projection//weights", q_w, 3, C, H, D),
  ROW("/k_scalar_projection//weights", k_w, 3, C, H, D),
  ROW("/v_scalar_projection//weights", v_w, 3, C, H, V),
  ROW("/q_point_projection/point_projection//weights", qp_w, 3, C, H, P3),
  ROW("/q_point_projection/point_projection//bias", qp_b, 2, H, P3),
  ROW("/k_point_projection/point_projection//weights", kp_w, 3, C, H, P3),
  ROW("/k_point_projection/point_projection//bias", kp_b, 2, H, P3),
  ROW("/v_point_projection/point_projection//weights", vp_w, 3, C, H, W3),
  ROW("/v_point_projection/point_projection//bias", vp_b, 2, H, W3),
  {0}};
static const pleat_weight_row common_table[] = {
  ROW("//trainable_point_weights", head_w, 1, H),
  ROW("/attention_2d//weights", bias_w, 2, Z, H),
  ROW("/attention_2d//bias", bias_b, 1, H),
  ROW("/output_projection//weights", out_w, 2, CONCAT, C),
  ROW("/output_projection//bias", out_b, 1, C),
  {0}};
#undef ROW

/* Sizes from the letters; false when they are not whole multiples or do not fit the output layer. */
static bool take_sizes(const int64_t letters[8], pleat_invariant_attention *a) {
  int64_t h = letters[1], each = a->multimer ? 1 : h, thirds = 3 * each;
  int64_t q = letters[2], kv = letters[3], qp = letters[4], kvp = letters[5];
  if (h <= 0 || q % each || kv % each || qp % thirds || kvp % thirds) return false;
  a->channels = (int)letters[0];
  a->heads = (int)h;
  a->pair_channels = (int)letters[6];
  a->width = (int)(q / each);
  a->value_width = (int)(kv / each) - (a->multimer ? 0 : a->width);
  a->query_points = (int)(qp / thirds);
  a->value_points = (int)(kvp / thirds) - (a->multimer ? 0 : a->query_points);
  if (a->width <= 0 || a->value_width <= 0 || a->query_points <= 0 || a->value_points <= 0) return false;
  return letters[7] == h * (a->value_width + 4 * a->value_points + a->pair_channels);
}

/* The fused layer being put together, column by column, from published matrices. */
typedef struct fusion {
  int in, columns, next;
  float *weight, *bias; /* (in, columns), (columns) */
} fusion;

static void take_column(fusion *f, const float *weight, const float *bias, int width, int column) {
  for (int k = 0; k < f->in; k++) f->weight[(int64_t)k * f->columns + f->next] = weight[(int64_t)k * width + column];
  f->bias[f->next++] = bias ? bias[column] : 0;
}

/* Of `all` numbers (points) that a head has in a matrix, those first..first+count-1. */
typedef struct head_slice {
  int heads, all, first, count;
} head_slice;

static void take_scalars(fusion *f, const float *weight, const float *bias, head_slice s) {
  for (int h = 0; h < s.heads; h++)
    for (int d = s.first; d < s.first + s.count; d++)
      take_column(f, weight, bias, s.heads * s.all, h * s.all + d);
}

/* As x, y, z side by side. */
static void take_points(fusion *f, const float *weight, const float *bias, bool multimer, head_slice s) {
  for (int h = 0; h < s.heads; h++)
    for (int p = s.first; p < s.first + s.count; p++)
      for (int x = 0; x < 3; x++)
        take_column(f, weight, bias, s.heads * s.all * 3, (multimer ? h * 3 + x : x * s.heads + h) * s.all + p);
}

static void take_all(fusion *f, const pleat_invariant_attention *a) {
  const pleat_point_projection *t = &a->tensors;
  int h = a->heads, d = a->width, v = a->value_width, p = a->query_points, w = a->value_points;
  bool m = a->multimer;
  take_scalars(f, t->q_w, t->q_b, (head_slice){h, d, 0, d});
  take_scalars(f, m ? t->k_w : t->kv_w, t->kv_b, (head_slice){h, m ? d : d + v, 0, d});
  take_scalars(f, m ? t->v_w : t->kv_w, t->kv_b, (head_slice){h, m ? v : d + v, m ? 0 : d, v});
  take_points(f, t->qp_w, t->qp_b, m, (head_slice){h, p, 0, p});
  take_points(f, m ? t->kp_w : t->kvp_w, m ? t->kp_b : t->kvp_b, m, (head_slice){h, m ? p : p + w, 0, p});
  take_points(f, m ? t->vp_w : t->kvp_w, m ? t->vp_b : t->kvp_b, m, (head_slice){h, m ? w : p + w, m ? 0 : p, w});
}

static pleat_status pack_all(pleat_context *context, pleat_invariant_attention *a) {
  int columns = a->heads * (2 * a->width + a->value_width + 6 * a->query_points + 3 * a->value_points);
  fusion f = {.in = a->channels, .columns = columns};
  PLEAT_TRY(pleat_memory_take(context, ((size_t)f.in + 1) * (size_t)columns, sizeof *f.weight, &f.weight));
  f.bias = f.weight + (int64_t)f.in * columns;
  take_all(&f, a);
  const pleat_linear_part part = {f.weight, f.bias, columns};
  pleat_status status = pleat_linear_pack_parts(context, &part, 1, f.in, &a->all);
  pleat_memory_release(context, f.weight);
  return status;
}

/* The pair bias enters the logits times sqrt(1/3). */
static pleat_status pack_bias(pleat_context *context, pleat_invariant_attention *a) {
  size_t count = (size_t)a->pair_channels * (size_t)a->heads;
  float *scaled, third = sqrtf(1.0f / 3);
  PLEAT_TRY(pleat_memory_take(context, count + (size_t)a->heads, sizeof *scaled, &scaled));
  for (size_t i = 0; i < count; i++) scaled[i] = third * a->tensors.bias_w[i];
  for (int h = 0; h < a->heads; h++) scaled[count + (size_t)h] = third * a->tensors.bias_b[h];
  const pleat_linear_part part = {scaled, scaled + count, a->heads};
  pleat_status status = pleat_linear_pack_parts(context, &part, 1, a->pair_channels, &a->bias);
  pleat_memory_release(context, scaled);
  return status;
}

pleat_status pleat_invariant_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                            bool multimer, pleat_invariant_attention *a) {
  pleat_point_projection *t = &a->tensors;
  int64_t letters[8] = {0};
  *a = (pleat_invariant_attention){.multimer = multimer};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, common_table, letters, t));
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, multimer ? multimer_table : monomer_table, letters, t));
  PLEAT_CHECK(context, take_sizes(letters, a), PLEAT_ERROR_SHAPE, "%s: widths of %s%s do not fit each other",
              pleat_weights_path(scope->weights), scope->prefix, module);
  int values = a->heads * (a->value_width + 4 * a->value_points);
  const pleat_linear_part out = {t->out_w, t->out_b, a->channels};
  const pleat_linear_part out_pair = {t->out_w + (int64_t)values * a->channels, NULL, a->channels};
  PLEAT_TRY(pack_all(context, a));
  PLEAT_TRY(pack_bias(context, a));
  PLEAT_TRY(pleat_linear_pack_parts(context, &out, 1, values, &a->out_values));
  PLEAT_TRY(pleat_linear_pack_parts(context, &out_pair, 1, a->heads * a->pair_channels, &a->out_pair));
  PLEAT_TRY(pleat_memory_take(context, (size_t)a->heads, sizeof *a->head_weight, &a->head_weight));
  for (int h = 0; h < a->heads; h++)
    a->head_weight[h] = (float)(log1p(exp(t->head_w[h])) * sqrt(1.0 / (3 * a->query_points * 4.5)));
  return PLEAT_OK;
}

void pleat_invariant_attention_free(pleat_context *context, pleat_invariant_attention *a) {
  pleat_linear *linears[] = {&a->all, &a->bias, &a->out_values, &a->out_pair};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
  pleat_memory_release(context, a->head_weight);
  a->head_weight = NULL;
}

/* ---- Loading the rest ---- */

static pleat_status load_layers(pleat_context *context, const pleat_weight_scope *scope, pleat_structure_module *m) {
  static const char *const transitions[] = {"fold_iteration/transition", "fold_iteration/transition_1",
                                            "fold_iteration/transition_2"};
  int c = m->attention.channels;
  PLEAT_TRY(pleat_norm_load(context, scope, "single_layer_norm", c, &m->single_norm));
  PLEAT_TRY(pleat_norm_load(context, scope, "pair_layer_norm", m->attention.pair_channels, &m->pair_norm));
  PLEAT_TRY(pleat_norm_load(context, scope, "fold_iteration/attention_layer_norm", c, &m->attention_norm));
  PLEAT_TRY(pleat_norm_load(context, scope, "fold_iteration/transition_layer_norm", c, &m->transition_norm));
  PLEAT_TRY(pleat_dense_load(context, scope, "initial_projection", c, c, &m->initial));
  for (int i = 0; i < 3; i++) PLEAT_TRY(pleat_dense_load(context, scope, transitions[i], c, c, &m->transition[i]));
  const char *update = m->multimer ? "fold_iteration/quat_rigid/rigid" : "fold_iteration/affine_update";
  return pleat_dense_load(context, scope, update, c, 6, &m->update);
}

#define SIDE "fold_iteration/rigid_sidechain/"
static pleat_status load_side_chains(pleat_context *context, const pleat_weight_scope *scope,
                                     pleat_structure_module *m) {
  static const char *const in[] = {SIDE "input_projection", SIDE "input_projection_1"};
  static const char *const blocks[2][2] = {{SIDE "resblock1", SIDE "resblock2"},
                                           {SIDE "resblock1_1", SIDE "resblock2_1"}};
  int c = m->attention.channels, hidden = 0;
  for (int i = 0; i < 2; i++) {
    PLEAT_TRY(pleat_dense_load(context, scope, in[i], c, hidden, &m->side_in[i]));
    hidden = m->side_in[0].linear.out;
  }
  for (int i = 0; i < 4; i++)
    PLEAT_TRY(pleat_dense_load(context, scope, blocks[i / 2][i % 2], hidden, hidden, &m->side_blocks[i / 2][i % 2]));
  return pleat_dense_load(context, scope, SIDE "unnormalized_angles", hidden, 14, &m->side_out);
}

pleat_status pleat_structure_module_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                         pleat_structure_module *m) {
  *m = (pleat_structure_module){.multimer = multimer, .unit = multimer ? 20 : 10};
  PLEAT_TRY(pleat_invariant_attention_load(context, scope, "fold_iteration/invariant_point_attention", multimer,
                                           &m->attention));
  PLEAT_TRY(load_layers(context, scope, m));
  return load_side_chains(context, scope, m);
}

void pleat_structure_module_free(pleat_context *context, pleat_structure_module *m) {
  pleat_dense *layers[] = {&m->initial, &m->transition[0], &m->transition[1], &m->transition[2], &m->update,
                           &m->side_in[0], &m->side_in[1], &m->side_blocks[0][0], &m->side_blocks[0][1],
                           &m->side_blocks[1][0], &m->side_blocks[1][1], &m->side_out};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) pleat_dense_free(context, layers[i]);
  pleat_invariant_attention_free(context, &m->attention);
}

/* ---- Attention ---- */

void pleat_structure_bias(pleat_run *run, const pleat_structure_module *m, int64_t length, const float *z,
                          float *bias) {
  pleat_pair_bias_fill(run, &(pleat_pair_bias){.linear = &m->attention.bias, .length = length, .own_rows = true}, z, bias);
}

/* The attention's tensors, over all residues, and over those that look at the others. */
typedef struct attention_rows {
  const pleat_invariant_attention *a;
  pleat_span own;
  const float *frames, *projected;
  float *q, *k, *v, *qp, *kp, *vp;
  float *out, *points, *pair_out; /* of the own ones */
  float *values;                  /* (own, H V + 4 H W) */
} attention_rows;

static void place_points(const float *frame, const float *local, int64_t count, float *global) {
  for (int64_t p = 0; p < count; p++) pleat_rigid_apply_f(frame, local + 3 * p, global + 3 * p);
}

/* One residue's projections to their arrays: q scaled, points in the global frame. */
static void prepare_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const attention_rows *r = argument;
  const pleat_invariant_attention *a = r->a;
  int64_t hd = (int64_t)a->heads * a->width, hv = (int64_t)a->heads * a->value_width;
  int64_t hp = (int64_t)a->heads * a->query_points, hw = (int64_t)a->heads * a->value_points;
  float scale = sqrtf(1.0f / (3 * (float)a->width));
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    const float *x = r->projected + i * a->all.out, *frame = r->frames + 12 * i;
    for (int64_t d = 0; d < hd; d++) r->q[i * hd + d] = scale * x[d];
    memcpy(r->k + i * hd, x + hd, (size_t)hd * sizeof *x);
    memcpy(r->v + i * hv, x + 2 * hd, (size_t)hv * sizeof *x);
    x += 2 * hd + hv;
    place_points(frame, x, hp, r->qp + 3 * i * hp);
    place_points(frame, x + 3 * hp, hp, r->kp + 3 * i * hp);
    place_points(frame, x + 6 * hp, hw, r->vp + 3 * i * hw);
  }
}

/* values = [out | x | y | z | length] with the points back in the residue's own frame. */
static void gather_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const attention_rows *r = argument;
  const pleat_invariant_attention *a = r->a;
  int64_t hv = (int64_t)a->heads * a->value_width, hw = (int64_t)a->heads * a->value_points;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    float *values = r->values + i * (hv + 4 * hw), *points = values + hv;
    memcpy(values, r->out + i * hv, (size_t)hv * sizeof *values);
    for (int64_t p = 0; p < hw; p++) {
      float local[3];
      pleat_rigid_apply_inverse_f(r->frames + 12 * (r->own.first + i), r->points + 3 * (i * hw + p), local);
      float square = local[0] * local[0] + local[1] * local[1] + local[2] * local[2];
      for (int x = 0; x < 3; x++) points[x * hw + p] = local[x];
      points[3 * hw + p] = a->multimer ? sqrtf(fmaxf(square, 1e-16f)) : sqrtf(1e-8f + square);
    }
  }
}

static void take_rows(pleat_run *run, attention_rows *r, int64_t length) {
  const pleat_invariant_attention *a = r->a;
  int64_t rows = length * a->heads, own = r->own.count * a->heads;
  r->q = pleat_run_take(run, rows * a->width);
  r->k = pleat_run_take(run, rows * a->width);
  r->v = pleat_run_take(run, rows * a->value_width);
  r->qp = pleat_run_take(run, rows * a->query_points * 3);
  r->kp = pleat_run_take(run, rows * a->query_points * 3);
  r->vp = pleat_run_take(run, rows * a->value_points * 3);
  r->out = pleat_run_take(run, own * a->value_width);
  r->points = pleat_run_take(run, own * a->value_points * 3);
  r->pair_out = pleat_run_take(run, own * a->pair_channels);
  r->values = pleat_run_take(run, own * (a->value_width + 4 * a->value_points));
}

void pleat_structure_attend(pleat_run *run, const pleat_structure_module *m, const pleat_structure_state *state) {
  const pleat_invariant_attention *a = &m->attention;
  int64_t L = state->length, channels = a->channels;
  attention_rows rows = {.a = a, .own = pleat_ranks_own_share(run, L), .frames = state->frames};
  int64_t own = rows.own.count, first = rows.own.first * a->heads;
  float *s = state->s + rows.own.first * channels;
  const pleat_epilogue residual = {.add = s, .ld_add = channels};
  size_t mark = pleat_arena_mark(run->arena);
  float *projected = pleat_run_take(run, L * a->all.out);
  rows.projected = projected;
  take_rows(run, &rows, L);
  pleat_op_linear(run, &a->all, L, state->s, channels, NULL, projected, a->all.out);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, L, ROW_GRAIN, prepare_rows, &rows);
  pleat_point_attention attention = {
    .length = L, .queries = own, .heads = a->heads, .width = a->width, .value_width = a->value_width,
    .query_points = a->query_points, .value_points = a->value_points, .q = rows.q + first * a->width, .k = rows.k,
    .v = rows.v, .qp = rows.qp + first * a->query_points * 3, .kp = rows.kp, .vp = rows.vp, .weight = a->head_weight, .bias = state->bias, .mask = state->mask,
    .out = rows.out, .points = rows.points, .pair = state->z, .pair_out = rows.pair_out,
    .pair_channels = a->pair_channels};
  if (own > 0) pleat_op_point_attention(run, &attention, 1);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, own, ROW_GRAIN, gather_rows, &rows);
  pleat_op_linear(run, &a->out_values, own, rows.values, a->out_values.in, &residual, s, channels);
  pleat_op_linear(run, &a->out_pair, own, rows.pair_out, a->out_pair.in, &residual, s, channels);
  pleat_ranks_gather_shares(run, L, channels, state->s);
  pleat_arena_release(run->arena, mark);
}

/* ---- Frames ---- */

/* Monomer: the quaternion is kept, q <- normalised(q + q (0,b,c,d)), t <- t + R(old q) u. */
static void update_monomer(const pleat_structure_state *state, const float *update) {
  for (int64_t i = 0; i < state->length; i++, update += 6) {
    float *frame = state->frames + 12 * i, *t = frame + 9, moved[3];
    pleat_rigid_apply_f(frame, update + 3, moved);
    for (int x = 0; x < 3; x++) t[x] = moved[x];
    pleat_rigid_update_quaternion_f(state->quaternions + 4 * i, update);
    pleat_rigid_from_quaternion_f(state->quaternions + 4 * i, frame);
  }
}

/* Multimer: the rotation is kept, frame <- frame (quaternion (1,b,c,d) normalised, u). */
static void update_multimer(const pleat_structure_state *state, const float *update) {
  for (int64_t i = 0; i < state->length; i++, update += 6) {
    double b = update[0], c = update[1], d = update[2], length = sqrt(1 + b * b + c * c + d * d);
    double quaternion[4] = {1 / length, b / length, c / length, d / length};
    pleat_rigid frame = pleat_rigid_from_flat_f(state->frames + 12 * i), step;
    pleat_rigid_from_quaternion(quaternion, step.rotation);
    for (int x = 0; x < 3; x++) step.translation[x] = update[3 + x];
    frame = pleat_rigid_compose(&frame, &step);
    pleat_rigid_to_flat_f(&frame, state->frames + 12 * i);
  }
}

static void move_frames(pleat_run *run, const pleat_structure_module *m, const pleat_structure_state *state) {
  size_t mark = pleat_arena_mark(run->arena);
  float *update = pleat_run_take(run, state->length * 6);
  pleat_dense_forward(run, &m->update, state->length, state->s, PLEAT_ACTIVATION_NONE, update);
  pleat_structure_trace_update(run, state->length, m->multimer, update);
  if (!pleat_run_idle(run)) m->multimer ? update_multimer(state, update) : update_monomer(state, update);
  pleat_arena_release(run->arena, mark);
}

void pleat_structure_iterate(pleat_run *run, const pleat_structure_module *m, const pleat_structure_state *state) {
  int64_t L = state->length;
  size_t mark = pleat_arena_mark(run->arena);
  float *a = pleat_run_take(run, L * m->attention.channels), *b = pleat_run_take(run, L * m->attention.channels);
  pleat_trace_watch attended = pleat_trace_watch_begin(run, state->s, L, m->attention.channels, 0);
  pleat_structure_attend(run, m, state);
  pleat_trace_added(run, &attended, "invariant_point_attention");
  pleat_norm_forward(run, &m->attention_norm, L, state->s, state->s);
  pleat_trace_emit(run, state->s, L, m->attention.channels, 0, 0, "attention_layer_norm/out");
  pleat_trace_watch changed = pleat_trace_watch_begin(run, state->s, L, m->attention.channels, 0);
  pleat_dense_relu(run, &m->transition[0], 0, L, state->s, "transition", a);
  pleat_dense_relu(run, &m->transition[1], 0, L, a, "transition_1", b);
  pleat_dense_add(run, &m->transition[2], L, b, state->s);
  pleat_trace_added(run, &changed, "transition_2");
  pleat_norm_forward(run, &m->transition_norm, L, state->s, state->s);
  pleat_trace_emit(run, state->s, L, m->attention.channels, 0, 0, "transition_layer_norm/out");
  move_frames(run, m, state);
  pleat_arena_release(run->arena, mark);
}

/* ---- Side chains ---- */

static void unit_length(int64_t count, const float *raw, float *torsions) {
  for (int64_t i = 0; i < count; i++) {
    double x = raw[2 * i], y = raw[2 * i + 1], length = sqrt(fmax(x * x + y * y, 1e-12));
    torsions[2 * i] = (float)(x / length);
    torsions[2 * i + 1] = (float)(y / length);
  }
}

void pleat_structure_torsions(pleat_run *run, const pleat_structure_module *m, int64_t length, const float *const s[2],
                              float *raw, float *torsions) {
  int64_t channels = m->attention.channels, hidden = m->side_out.linear.in;
  size_t mark = pleat_arena_mark(run->arena);
  float *on = pleat_run_take(run, length * (channels > hidden ? channels : hidden));
  float *a = pleat_run_take(run, length * hidden);
  float *b = pleat_run_take(run, length * hidden), *angles = raw ? raw : pleat_run_take(run, length * 14);
  pleat_op_activate(run, length * channels, s[0], PLEAT_ACTIVATION_RELU, on);
  pleat_dense_forward(run, &m->side_in[0], length, on, PLEAT_ACTIVATION_NONE, a);
  pleat_trace_emit(run, a, length, hidden, 0, 0, "rigid_sidechain/input_projection/out");
  pleat_trace_watch sum = pleat_trace_watch_begin(run, a, length, hidden, 0);
  pleat_op_activate(run, length * channels, s[1], PLEAT_ACTIVATION_RELU, on);
  pleat_dense_add(run, &m->side_in[1], length, on, a);
  pleat_trace_added(run, &sum, "rigid_sidechain/input_projection_1");
  for (int i = 0; i < 2; i++) {
    pleat_op_activate(run, length * hidden, a, PLEAT_ACTIVATION_RELU, on);
    pleat_dense_forward(run, &m->side_blocks[i][0], length, on, PLEAT_ACTIVATION_RELU, b);
    pleat_dense_add(run, &m->side_blocks[i][1], length, b, a);
  }
  pleat_op_activate(run, length * hidden, a, PLEAT_ACTIVATION_RELU, a);
  pleat_dense_forward(run, &m->side_out, length, a, PLEAT_ACTIVATION_NONE, angles);
  pleat_trace_emit(run, angles, length, 14, 0, 0, "rigid_sidechain/unnormalized_angles/out");
  pleat_trace_emit(run, angles, length, 7, 2, 0, "sc/unnormalized_angles_sin_cos");
  if (!pleat_run_idle(run)) unit_length(length * 7, angles, torsions);
  pleat_arena_release(run->arena, mark);
}

/* ---- All together ---- */

static void start_frames(const pleat_structure_state *state) {
  for (int64_t i = 0; i < state->length; i++) {
    const pleat_rigid identity = pleat_rigid_identity();
    pleat_rigid_to_flat_f(&identity, state->frames + 12 * i);
    if (!state->quaternions) continue;
    memset(state->quaternions + 4 * i, 0, 4 * sizeof(float));
    state->quaternions[4 * i] = 1;
  }
}

static void place_atoms(pleat_run *run, const pleat_structure_module *m, const pleat_structure_input *in,
                        const pleat_structure_result *out) {
  size_t mark = pleat_arena_mark(run->arena);
  float *backbone = pleat_run_take(run, in->length * 12), *frames = pleat_run_take(run, in->length * 96);
  if (!pleat_run_idle(run)) {
    for (int64_t i = 0; i < in->length * 12; i++) backbone[i] = out->frames[i] * (i % 12 >= 9 ? m->unit : 1);
    pleat_torsion_to_frames((size_t)in->length, in->types, out->torsions, backbone, frames);
    pleat_frames_to_atom14((size_t)in->length, in->types, frames, out->positions);
  }
  pleat_structure_trace_side_chains(run, in->length, m->multimer, frames);
  pleat_trace_emit(run, out->torsions, in->length, 7, 2, 0, "sc/angles_sin_cos");
  pleat_trace_emit(run, out->positions, in->length, 14, 3, 0, "sc/atom_pos");
  pleat_arena_release(run->arena, mark);
}

static void place_side_chains(pleat_run *run, const pleat_structure_module *m, const pleat_structure_input *in,
                              const float *initial, const pleat_structure_result *out) {
  pleat_structure_torsions(run, m, in->length, (const float *[]){out->s, initial}, NULL, out->torsions);
  place_atoms(run, m, in, out);
}

void pleat_structure_module_forward(pleat_run *run, const pleat_structure_module *m, const pleat_structure_input *in,
                                    const pleat_structure_result *out) {
  int64_t L = in->length, channels = m->attention.channels, pair = m->attention.pair_channels;
  size_t mark = pleat_arena_mark(run->arena);
  int64_t own = pleat_ranks_own_share(run, L).count;
  float *initial = pleat_run_take(run, L * channels), *z = pleat_run_take(run, own * L * pair);
  float *bias = pleat_run_take(run, m->attention.heads * own * L);
  float *quaternions = m->multimer ? NULL : pleat_run_take(run, L * 4);
  pleat_structure_state state = {.length = L, .mask = in->mask, .z = z, .bias = bias, .s = out->s,
                                 .frames = out->frames, .quaternions = quaternions};
  pleat_norm_forward(run, &m->single_norm, L, in->single, initial);
  pleat_norm_forward(run, &m->pair_norm, own * L, in->pair, z);
  pleat_structure_bias(run, m, L, z, bias);
  pleat_dense_forward(run, &m->initial, L, initial, PLEAT_ACTIVATION_NONE, out->s);
  pleat_trace_emit(run, initial, L, channels, 0, 0, "structure_module/single_layer_norm/out");
  pleat_trace_emit(run, out->s, L, channels, 0, 0, "structure_module/initial_projection/out");
  if (!pleat_run_idle(run)) start_frames(&state);
  for (int i = 0; i < ITERATIONS; i++) {
    size_t name = pleat_trace_enter(run, "structure_module/fold_iteration/b%d/", i);
    pleat_structure_iterate(run, m, &state);
    pleat_trace_emit(run, out->s, L, channels, 0, 0, "act");
    pleat_structure_trace_frames(run, &state);
    if (run->trace || i == ITERATIONS - 1) place_side_chains(run, m, in, initial, out); /* only the last ones count */
    pleat_trace_leave(run, name);
  }
  pleat_trace_emit(run, out->s, L, channels, 0, 0, "structure_module/%s",
                   m->multimer ? "act" : "representations/structure_module");
  pleat_arena_release(run->arena, mark);
}
