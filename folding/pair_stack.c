/* Triangle multiplication, transitions, and the pair block; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/pair_stack.h"

#include <stddef.h>
#include <stdio.h>

#include "lib/pair_op.h"

enum { LETTER_C = -1, LETTER_T = -2, LETTER_TT = -3 };

static const float NORM_EPSILON = 1e-5f;

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- Transition ---- */

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_transition, field), false}
static const pleat_weight_row transition_table[] = {
  ROW("/input_layer_norm//scale", norm_gain, 1, LETTER_C),
  ROW("/input_layer_norm//offset", norm_bias, 1, LETTER_C),
  ROW("/transition1//weights", l1_w, 2, LETTER_C, LETTER_T),
  ROW("/transition1//bias", l1_b, 1, LETTER_T),
  ROW("/transition2//weights", l2_w, 2, LETTER_T, LETTER_C),
  ROW("/transition2//bias", l2_b, 1, LETTER_C),
  {0}};
#undef ROW

pleat_status pleat_transition_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                   pleat_transition *t) {
  int64_t letters[8] = {0};
  *t = (pleat_transition){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, transition_table, letters, t));
  t->channels = (int)letters[0];
  int hidden = (int)letters[1];
  PLEAT_TRY(pleat_linear_pack_parts(context, &(pleat_linear_part){t->l1_w, t->l1_b, hidden}, 1, t->channels, &t->l1));
  return pleat_linear_pack_parts(context, &(pleat_linear_part){t->l2_w, t->l2_b, t->channels}, 1, hidden, &t->l2);
}

void pleat_transition_free(pleat_context *context, pleat_transition *t) {
  pleat_linear_free(context, &t->l1);
  pleat_linear_free(context, &t->l2);
}

void pleat_transition_add(pleat_run *run, const pleat_transition *t, int64_t rows, float *x) {
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU};
  int64_t channels = t->channels, hidden = t->l1.out, chunk = lesser(rows, pleat_run_chunk_rows(run));
  size_t mark = pleat_arena_mark(run->arena);
  float *n = pleat_run_take(run, chunk * channels), *h = pleat_run_take(run, chunk * hidden);
  for (int64_t first = 0; first < rows; first += chunk, x += chunk * channels) {
    int64_t count = lesser(chunk, rows - first);
    pleat_op_layer_norm(run, count, t->channels, x, t->norm_gain, t->norm_bias, NORM_EPSILON, 0, n);
    pleat_op_linear(run, &t->l1, count, n, channels, &relu, h, hidden);
    pleat_op_linear(run, &t->l2, count, h, hidden, &(pleat_epilogue){.add = x, .ld_add = channels}, x, channels);
  }
  pleat_arena_release(run->arena, mark);
}

/* ---- Triangle multiplication ---- */

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_triangle_multiplication, field), false}
static const pleat_weight_row separate_table[] = {
  ROW("/layer_norm_input//scale", norm_gain, 1, LETTER_C),
  ROW("/layer_norm_input//offset", norm_bias, 1, LETTER_C),
  ROW("/left_projection//weights", left_w, 2, LETTER_C, LETTER_T),
  ROW("/left_projection//bias", left_b, 1, LETTER_T),
  ROW("/right_projection//weights", right_w, 2, LETTER_C, LETTER_T),
  ROW("/right_projection//bias", right_b, 1, LETTER_T),
  ROW("/left_gate//weights", left_gate_w, 2, LETTER_C, LETTER_T),
  ROW("/left_gate//bias", left_gate_b, 1, LETTER_T),
  ROW("/right_gate//weights", right_gate_w, 2, LETTER_C, LETTER_T),
  ROW("/right_gate//bias", right_gate_b, 1, LETTER_T),
  ROW("/center_layer_norm//scale", center_gain, 1, LETTER_T),
  ROW("/center_layer_norm//offset", center_bias, 1, LETTER_T),
  {0}};
static const pleat_weight_row fused_table[] = {
  ROW("/left_norm_input//scale", norm_gain, 1, LETTER_C),
  ROW("/left_norm_input//offset", norm_bias, 1, LETTER_C),
  ROW("/center_norm//scale", center_gain, 1, LETTER_T),
  ROW("/center_norm//offset", center_bias, 1, LETTER_T),
  ROW("/projection//weights", projection_w, 2, LETTER_C, LETTER_TT),
  ROW("/projection//bias", projection_b, 1, LETTER_TT),
  ROW("/gate//weights", gate_w, 2, LETTER_C, LETTER_TT),
  ROW("/gate//bias", gate_b, 1, LETTER_TT),
  {0}};
static const pleat_weight_row output_table[] = {
  ROW("/output_projection//weights", out_w, 2, LETTER_T, LETTER_C),
  ROW("/output_projection//bias", out_b, 1, LETTER_C),
  ROW("/gating_linear//weights", out_gate_w, 2, LETTER_C, LETTER_C),
  ROW("/gating_linear//bias", out_gate_b, 1, LETTER_C),
  {0}};
#undef ROW

static pleat_status pack_multiplication(pleat_context *context, bool fused, pleat_triangle_multiplication *m) {
  int C = m->channels, T = m->hidden;
  const pleat_linear_part projection[] = {{m->left_w, m->left_b, T}, {m->right_w, m->right_b, T}};
  const pleat_linear_part gate[] = {{m->left_gate_w, m->left_gate_b, T}, {m->right_gate_w, m->right_gate_b, T}};
  const pleat_linear_part fused_projection = {m->projection_w, m->projection_b, 2 * T};
  const pleat_linear_part fused_gate = {m->gate_w, m->gate_b, 2 * T};
  const pleat_linear_part out = {m->out_w, m->out_b, C}, out_gate = {m->out_gate_w, m->out_gate_b, C};
  PLEAT_TRY(pleat_linear_pack_parts(context, fused ? &fused_projection : projection, fused ? 1 : 2, C, &m->projection));
  PLEAT_TRY(pleat_linear_pack_parts(context, fused ? &fused_gate : gate, fused ? 1 : 2, C, &m->gate));
  PLEAT_TRY(pleat_linear_pack_parts(context, &out, 1, T, &m->out));
  return pleat_linear_pack_parts(context, &out_gate, 1, C, &m->out_gate);
}

pleat_status pleat_triangle_multiplication_load(pleat_context *context, const pleat_weight_scope *scope,
                                                const char *module, pleat_triangle_multiplication *m) {
  int64_t letters[8] = {0};
  char name[480];
  *m = (pleat_triangle_multiplication){0};
  snprintf(name, sizeof name, "%s/projection//weights", module);
  bool fused = pleat_weights_scope_has(scope, name);
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, fused ? fused_table : separate_table, letters, m));
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, output_table, letters, m));
  m->channels = (int)letters[0];
  m->hidden = (int)letters[1];
  PLEAT_CHECK(context, !fused || letters[2] == 2 * letters[1], PLEAT_ERROR_SHAPE,
              "%s%s/projection//weights: %s has %lld outputs, model wants twice the %lld of center_norm", scope->prefix,
              module, pleat_weights_path(scope->weights), (long long)letters[2], (long long)letters[1]);
  return pack_multiplication(context, fused, m);
}

void pleat_triangle_multiplication_free(pleat_context *context, pleat_triangle_multiplication *m) {
  pleat_linear *linears[] = {&m->projection, &m->gate, &m->out, &m->out_gate};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
}

enum { LEAST_ROWS = 16 /* of a chunk: what is laid out across them comes in whole lines */ };

static int64_t chunk_of(const pleat_run *run, int64_t length) {
  int64_t chunk = pleat_run_chunk_rows(run) / (length > 0 ? length : 1);
  chunk = chunk > LEAST_ROWS ? chunk / LEAST_ROWS * LEAST_ROWS : LEAST_ROWS;
  return lesser(chunk, pleat_ranks_most(run, length));
}

/* Rows `first` .. of each rank's share, all channels there, to or from the channels of each rank. */
static pleat_turn turn_of(const pleat_triangle_multiplication *m, const pleat_axis *rows, int64_t lines) {
  return (pleat_turn){.rows = *rows, .columns = {m->hidden, 0, m->hidden}, .lines = lines, .item = 1};
}

/* Chunks of rows on their way: one travels while the next is worked on. On one rank nothing travels. */
typedef struct stream {
  const pleat_triangle_multiplication *m;
  const pleat_triangle *t;
  int64_t lines, chunk, count; /* of each row; rows of a chunk; chunks */
  pleat_turning turning[2];
  int lag;                     /* chunks that a finished one is behind the one just begun */
} stream;

static pleat_axis axis_of(const stream *s, int64_t number) {
  return (pleat_axis){s->t->length, number * s->chunk, s->chunk};
}

static stream open_stream(pleat_run *run, const pleat_triangle_multiplication *m, const pleat_triangle *t, int sides) {
  stream s = {.m = m, .t = t, .lines = sides * t->length, .chunk = chunk_of(run, t->length)};
  const pleat_axis first = axis_of(&s, 0);
  const pleat_turn turn = turn_of(m, &first, s.lines);
  s.count = (pleat_ranks_most(run, t->length) + s.chunk - 1) / s.chunk;
  s.lag = pleat_ranks_count(run) > 1;
  for (int slot = 0; slot < 2; slot++) s.turning[slot] = pleat_ranks_turning_take(run, &turn, slot);
  return s;
}

static int64_t own_pairs(const pleat_run *run, const pleat_axis *axis) {
  return pleat_ranks_part(run, axis, pleat_ranks_own(run)).count * axis->total;
}

/* Sides of own rows, begun on their way to the ranks of their channels. */
static void start_rows(pleat_run *run, stream *s, int64_t number, const float *sides) {
  const pleat_axis axis = axis_of(s, number);
  const pleat_turn turn = turn_of(s->m, &axis, s->lines);
  pleat_ranks_turn_start(run, &turn, &s->turning[number % 2], sides);
}

/* Rows of all ranks, once they are there, to the panels of this rank's channels; mask (L,L) of all of them. */
static void lay_rows(pleat_run *run, stream *s, int64_t number, const float *mask) {
  const pleat_axis axis = axis_of(s, number);
  if (number == 0) pleat_ranks_gather_finish(run, 0);
  const float *x = pleat_ranks_turn_finish(run, &s->turning[number % 2]).data;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    pleat_span part = pleat_ranks_part(run, &axis, r);
    pleat_op_triangle_lay(run, s->t, part.first, part.count, x, mask + part.first * s->t->length);
    x += part.count * s->t->length * 2 * s->t->channels;
  }
}

/* The way back: sums (own rows, L, T), begun and then there. */
static void start_sums(pleat_run *run, stream *s, int64_t number, float *sums) {
  const pleat_axis axis = axis_of(s, number);
  const pleat_turn turn = turn_of(s->m, &axis, s->lines);
  pleat_turning *turning = &s->turning[number % 2];
  float *y = pleat_ranks_turned_room(run, &turn, turning, sums).data;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    pleat_span part = pleat_ranks_part(run, &axis, r);
    pleat_op_triangle_rows(run, s->t, part.first, part.count, y);
    y += part.count * s->t->length * s->t->channels;
  }
  pleat_ranks_turn_back_start(run, &turn, turning);
}

static void finish_sums(pleat_run *run, stream *s, int64_t number, float *sums) {
  const pleat_axis axis = axis_of(s, number);
  const pleat_turn turn = turn_of(s->m, &axis, s->lines);
  pleat_ranks_turn_back_finish(run, &turn, &s->turning[number % 2], false, sums);
}

/* Left and right of all pairs, gated and masked, into the panels of `t`. */
static void lay_out(pleat_run *run, const pleat_triangle_multiplication *m, const pleat_triangle *t, const float *mask,
                    const float *z) {
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  int64_t L = t->length, C = m->channels, both = 2 * (int64_t)m->hidden;
  size_t mark = pleat_arena_mark(run->arena);
  stream s = open_stream(run, m, t, 2);
  const pleat_axis all = {L, 0, L};
  const float *masks = pleat_ranks_gather_start(run, 0, &all, L, mask, pleat_ranks_gather_room(run, &all, L));
  float *n = pleat_run_take(run, s.chunk * L * C), *sides = pleat_run_take(run, s.chunk * L * both);
  for (int64_t k = 0; k < s.count; k++) {
    const pleat_axis axis = axis_of(&s, k);
    int64_t rows = own_pairs(run, &axis);
    const pleat_epilogue gated = {.gate = sides, .ld_gate = both};
    pleat_op_layer_norm(run, rows, m->channels, z + axis.first * L * C, m->norm_gain, m->norm_bias, NORM_EPSILON, 0, n);
    pleat_op_linear(run, &m->gate, rows, n, C, &sigmoid, sides, both);
    pleat_op_linear(run, &m->projection, rows, n, C, &gated, sides, both);
    start_rows(run, &s, k, sides);
    if (k >= s.lag) lay_rows(run, &s, k - s.lag, masks);
  }
  if (s.lag) lay_rows(run, &s, s.count - 1, masks);
  pleat_arena_release(run->arena, mark);
}

/* z += out(LN(sums)) * sigmoid(out_gate(LN(z))). */
static void add_sums(pleat_run *run, const pleat_triangle_multiplication *m, const pleat_triangle *t, float *z) {
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  int64_t L = t->length, C = m->channels, T = m->hidden;
  size_t mark = pleat_arena_mark(run->arena);
  stream s = open_stream(run, m, t, 1);
  float *n = pleat_run_take(run, s.chunk * L * C), *gate = pleat_run_take(run, s.chunk * L * C);
  float *sums = pleat_run_take(run, s.chunk * L * T);
  if (s.lag) start_sums(run, &s, 0, sums);
  for (int64_t k = 0; k < s.count; k++) {
    const pleat_axis axis = axis_of(&s, k);
    int64_t rows = own_pairs(run, &axis);
    float *x = z + axis.first * L * C;
    const pleat_epilogue gated = {.gate = gate, .ld_gate = C, .add = x, .ld_add = C};
    if (k + s.lag < s.count) start_sums(run, &s, k + s.lag, sums);
    pleat_op_layer_norm(run, rows, m->channels, x, m->norm_gain, m->norm_bias, NORM_EPSILON, 0, n);
    pleat_op_linear(run, &m->out_gate, rows, n, C, &sigmoid, gate, C);
    finish_sums(run, &s, k, sums);
    pleat_op_layer_norm(run, rows, m->hidden, sums, m->center_gain, m->center_bias, NORM_EPSILON, 0, sums);
    pleat_op_linear(run, &m->out, rows, sums, T, &gated, x, C);
  }
  pleat_arena_release(run->arena, mark);
}

void pleat_triangle_multiplication_add(pleat_run *run, const pleat_triangle_multiplication *m, bool incoming,
                                       int64_t length, const float *mask, float *z) {
  pleat_triangle triangle = {.length = length, .incoming = incoming};
  triangle.channels = (int)pleat_ranks_own_share(run, m->hidden).count;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_triangle_take(run, &triangle);
  lay_out(run, m, &triangle, mask, z);
  pleat_op_triangle_multiply(run, &triangle);
  add_sums(run, m, &triangle, z);
  pleat_arena_release(run->arena, mark);
}

/* ---- Block ---- */

pleat_status pleat_pair_block_load(pleat_context *context, const pleat_weight_scope *scope, pleat_pair_block *b) {
  *b = (pleat_pair_block){0};
  PLEAT_TRY(pleat_triangle_multiplication_load(context, scope, "triangle_multiplication_outgoing", &b->outgoing));
  PLEAT_TRY(pleat_triangle_multiplication_load(context, scope, "triangle_multiplication_incoming", &b->incoming));
  PLEAT_TRY(pleat_gated_attention_load(context, scope, "triangle_attention_starting_node", PLEAT_GATED_TRIANGLE,
                                       &b->starting));
  PLEAT_TRY(
      pleat_gated_attention_load(context, scope, "triangle_attention_ending_node", PLEAT_GATED_TRIANGLE, &b->ending));
  PLEAT_TRY(pleat_transition_load(context, scope, "pair_transition", &b->transition));
  int z = b->transition.channels;
  bool fits = b->outgoing.channels == z && b->incoming.channels == z && b->starting.channels == z &&
              b->ending.channels == z;
  PLEAT_CHECK(context, fits, PLEAT_ERROR_SHAPE, "%s: modules under '%s' differ in the width of pairs",
              pleat_weights_path(scope->weights), scope->prefix);
  return PLEAT_OK;
}

void pleat_pair_block_free(pleat_context *context, pleat_pair_block *b) {
  pleat_triangle_multiplication_free(context, &b->outgoing);
  pleat_triangle_multiplication_free(context, &b->incoming);
  pleat_gated_attention_free(context, &b->starting);
  pleat_gated_attention_free(context, &b->ending);
  pleat_transition_free(context, &b->transition);
}

void pleat_pair_block_step(pleat_run *run, pleat_trace_watch *watch, const char *name) {
  pleat_trace_added(run, watch, name);
  pleat_run_between(run);
}

static void multiply(pleat_run *run, const pleat_pair_block *b, int64_t length, const float *mask,
                     pleat_trace_watch *watch, float *z) {
  pleat_triangle_multiplication_add(run, &b->outgoing, false, length, mask, z);
  pleat_pair_block_step(run, watch, "triangle_multiplication_outgoing");
  pleat_triangle_multiplication_add(run, &b->incoming, true, length, mask, z);
  pleat_pair_block_step(run, watch, "triangle_multiplication_incoming");
}

void pleat_pair_block_add(pleat_run *run, const pleat_pair_block *b, pleat_pair_order order, int64_t length,
                          const float *mask, float *z) {
  size_t mark = pleat_arena_mark(run->arena);
  pleat_trace_watch watch = pleat_trace_watch_begin(run, z, length, length, b->transition.channels);
  if (order == PLEAT_PAIR_MULTIPLY_FIRST) multiply(run, b, length, mask, &watch, z);
  pleat_triangle_attention_add(run, &b->starting, false, length, mask, z);
  pleat_pair_block_step(run, &watch, "triangle_attention_starting_node");
  pleat_triangle_attention_add(run, &b->ending, true, length, mask, z);
  pleat_pair_block_step(run, &watch, "triangle_attention_ending_node");
  if (order == PLEAT_PAIR_ATTEND_FIRST) multiply(run, b, length, mask, &watch, z);
  pleat_transition_add(run, &b->transition, pleat_ranks_own_share(run, length).count * length, z);
  pleat_pair_block_step(run, &watch, "pair_transition");
  pleat_arena_release(run->arena, mark);
}
