/* Gated attention in chunks of rows or columns; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/gated_attention.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "lib/team.h"

enum { LETTER_C = -1, LETTER_H = -2, LETTER_D = -3, LETTER_Z = -4 };

static const float NORM_EPSILON = 1e-5f;

static int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }

/* ---- Loading ---- */

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_gated_attention, field), false}
static const pleat_weight_row attention_table[] = {
  ROW("/query_norm//scale", norm_gain, 1, LETTER_C),
  ROW("/query_norm//offset", norm_bias, 1, LETTER_C),
  ROW("/attention//query_w", q_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//key_w", k_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//value_w", v_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//gating_w", gate_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//gating_b", gate_b, 2, LETTER_H, LETTER_D),
  ROW("/attention//output_w", out_w, 3, LETTER_H, LETTER_D, LETTER_C),
  ROW("/attention//output_b", out_b, 1, LETTER_C),
  {0}};
static const pleat_weight_row pair_table[] = {
  ROW("/feat_2d_norm//scale", pair_gain, 1, LETTER_Z),
  ROW("/feat_2d_norm//offset", pair_bias, 1, LETTER_Z),
  ROW("//feat_2d_weights", feat_2d_w, 2, LETTER_Z, LETTER_H),
  {0}};
static const pleat_weight_row triangle_table[] = {ROW("//feat_2d_weights", feat_2d_w, 2, LETTER_C, LETTER_H), {0}};
#undef ROW

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_global_attention, field), false}
static const pleat_weight_row global_table[] = {
  ROW("/query_norm//scale", norm_gain, 1, LETTER_C),
  ROW("/query_norm//offset", norm_bias, 1, LETTER_C),
  ROW("/attention//query_w", q_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//key_w", k_w, 2, LETTER_C, LETTER_D),
  ROW("/attention//value_w", v_w, 2, LETTER_C, LETTER_D),
  ROW("/attention//gating_w", gate_w, 3, LETTER_C, LETTER_H, LETTER_D),
  ROW("/attention//gating_b", gate_b, 2, LETTER_H, LETTER_D),
  ROW("/attention//output_w", out_w, 3, LETTER_H, LETTER_D, LETTER_C),
  ROW("/attention//output_b", out_b, 1, LETTER_C),
  {0}};
#undef ROW

pleat_status pleat_gated_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                        pleat_gated_attention_kind kind, pleat_gated_attention *a) {
  int64_t letters[8] = {0};
  *a = (pleat_gated_attention){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, attention_table, letters, a));
  if (kind == PLEAT_GATED_PAIR) PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, pair_table, letters, a));
  if (kind == PLEAT_GATED_TRIANGLE)
    PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, triangle_table, letters, a));
  a->channels = (int)letters[0];
  a->heads = (int)letters[1];
  a->width = (int)letters[2];
  a->pair_channels = kind == PLEAT_GATED_TRIANGLE ? a->channels : (int)letters[3];
  int inner = a->heads * a->width;
  const pleat_linear_part qkv[] = {{a->q_w, NULL, inner}, {a->k_w, NULL, inner}, {a->v_w, NULL, inner}};
  PLEAT_TRY(pleat_linear_pack_parts(context, qkv, 3, a->channels, &a->qkv));
  const pleat_linear_part gate = {a->gate_w, a->gate_b, inner}, out = {a->out_w, a->out_b, a->channels};
  PLEAT_TRY(pleat_linear_pack_parts(context, &gate, 1, a->channels, &a->gate));
  PLEAT_TRY(pleat_linear_pack_parts(context, &out, 1, inner, &a->out));
  if (kind == PLEAT_GATED_PLAIN) return PLEAT_OK;
  const pleat_linear_part bias = {a->feat_2d_w, NULL, a->heads};
  return pleat_linear_pack_parts(context, &bias, 1, a->pair_channels, &a->bias);
}

void pleat_gated_attention_free(pleat_context *context, pleat_gated_attention *a) {
  pleat_linear *linears[] = {&a->qkv, &a->gate, &a->out, &a->bias};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
}

pleat_status pleat_global_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                         pleat_global_attention *a) {
  int64_t letters[8] = {0};
  *a = (pleat_global_attention){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, global_table, letters, a));
  a->channels = (int)letters[0];
  a->heads = (int)letters[1];
  a->width = (int)letters[2];
  int inner = a->heads * a->width;
  const pleat_linear_part kv[] = {{a->k_w, NULL, a->width}, {a->v_w, NULL, a->width}};
  PLEAT_TRY(pleat_linear_pack_parts(context, &(pleat_linear_part){a->q_w, NULL, inner}, 1, a->channels, &a->q));
  PLEAT_TRY(pleat_linear_pack_parts(context, kv, 2, a->channels, &a->kv));
  const pleat_linear_part gate = {a->gate_w, a->gate_b, inner}, out = {a->out_w, a->out_b, a->channels};
  PLEAT_TRY(pleat_linear_pack_parts(context, &gate, 1, a->channels, &a->gate));
  return pleat_linear_pack_parts(context, &out, 1, inner, &a->out);
}

void pleat_global_attention_free(pleat_context *context, pleat_global_attention *a) {
  pleat_linear *linears[] = {&a->q, &a->kv, &a->gate, &a->out};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
}

/* ---- Columns to rows and back ---- */

/* Rows (columns) of this rank that are worked on together: of its share, from `axis.first` on. All ranks do the same. */
typedef struct chunk {
  pleat_axis axis;
  int64_t count;
} chunk;

static int64_t items_of(const pleat_gated_pass *pass) { return pass->by_column ? pass->rows : pass->columns; }

/* Rows of the largest chunk. */
static int64_t chunk_of(const pleat_run *run, int64_t items) {
  return greater(1, pleat_run_chunk_rows(run) / greater(1, items));
}

/* Columns of several ranks come and go in at least a few chunks, so that some travel while others are worked on. */
static int64_t step_of(const pleat_run *run, const pleat_gated_pass *pass) {
  enum { FEW = 4 };
  int64_t step = chunk_of(run, items_of(pass)), most = (pleat_ranks_most(run, pass->columns) + FEW - 1) / FEW;
  return pass->by_column && pleat_ranks_count(run) > 1 && most < step ? greater(1, most) : step;
}

static chunk chunk_at(const pleat_run *run, const pleat_gated_pass *pass, int64_t first, int64_t step) {
  chunk c = {{pass->by_column ? pass->columns : pass->rows, first, step}, 0};
  c.count = pleat_ranks_part(run, &c.axis, pleat_ranks_own(run)).count;
  return c;
}

/* A pass on its way: the chunk that is worked on; of columns the next one comes and the one before goes back meanwhile. */
typedef struct walk {
  const pleat_gated_pass *pass;
  int64_t channels, step;
  chunk now, before;
  bool returns;             /* the one before */
  const float *mask;        /* of columns (own columns, R) */
  pleat_turning coming, returning;
} walk;

/* The chunk's columns as dense (count,R,C), or turned: (R,count,C) with `line` floats from row to row. */
typedef struct column_work {
  int64_t rows, count, channels, line;
  const float *from;
  float *to;
  bool add;
} column_work;

static void gather_part(void *argument, int64_t begin, int64_t end, int thread) {
  const column_work *work = argument;
  int64_t rows = work->rows, channels = work->channels;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    for (int64_t c = 0; c < work->count; c++)
      memcpy(work->to + (c * rows + row) * channels, work->from + row * work->line + c * channels,
             (size_t)channels * sizeof(float));
}

static void scatter_part(void *argument, int64_t begin, int64_t end, int thread) {
  const column_work *work = argument;
  int64_t rows = work->rows, channels = work->channels;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    for (int64_t c = 0; c < work->count; c++) {
      const float *from = work->from + (c * rows + row) * channels;
      float *to = work->to + row * work->line + c * channels;
      if (!work->add) memcpy(to, from, (size_t)channels * sizeof *to);
      else
        for (int64_t k = 0; k < channels; k++) to[k] += from[k];
    }
}

static pleat_turn turn_of(const pleat_gated_pass *pass, const chunk *c, int64_t channels) {
  return (pleat_turn){.rows = {pass->rows, 0, pass->rows}, .columns = c->axis, .lines = 1, .item = channels};
}

/* to (count,R,C) = the turned columns of a chunk, once they are there. */
static void gather_columns(pleat_run *run, const pleat_gated_pass *pass, const chunk *c, int64_t channels,
                           const pleat_turning *turning, float *to) {
  const pleat_turned turned = pleat_ranks_turn_finish(run, turning);
  column_work work = {pass->rows, c->count, channels, turned.line, turned.data, to, false};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, pass->rows, 8, gather_part, &work);
}

/* The mask (own columns, R) of all of this rank's columns. */
static const float *turn_mask(pleat_run *run, const pleat_gated_pass *pass) {
  const chunk all = chunk_at(run, pass, 0, pass->columns);
  const pleat_turn turn = turn_of(pass, &all, 1);
  float *mask = pleat_run_take(run, all.count * pass->rows);
  size_t mark = pleat_arena_mark(run->arena);
  pleat_turning turning = pleat_ranks_turning_take(run, &turn, 0);
  pleat_ranks_turn_start(run, &turn, &turning, pass->mask);
  gather_columns(run, pass, &all, 1, &turning, mask);
  pleat_arena_release(run->arena, mark);
  return mask;
}

static void start_columns(pleat_run *run, walk *w, int64_t first) {
  const chunk next = chunk_at(run, w->pass, first, w->step);
  const pleat_turn turn = turn_of(w->pass, &next, w->channels);
  if (first < pleat_ranks_most(run, w->pass->columns)) pleat_ranks_turn_start(run, &turn, &w->coming, w->pass->x);
}

static void finish_return(pleat_run *run, walk *w) {
  const pleat_turn turn = turn_of(w->pass, &w->before, w->channels);
  if (w->returns) pleat_ranks_turn_back_finish(run, &turn, &w->returning, true, w->pass->x);
  w->returns = false;
}

/* The way back, begun: pass->x += from (count,R,C). */
static void return_columns(pleat_run *run, walk *w, const float *from) {
  const pleat_turn turn = turn_of(w->pass, &w->now, w->channels);
  finish_return(run, w);
  const pleat_turned room = pleat_ranks_turned_room(run, &turn, &w->returning, w->pass->x);
  column_work work = {w->pass->rows, w->now.count, w->channels, room.line, from, room.data, pleat_ranks_count(run) == 1};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, w->pass->rows, 8, scatter_part, &work);
  pleat_ranks_turn_back_start(run, &turn, &w->returning);
  w->before = w->now;
  w->returns = true;
}

typedef struct chunk_norm {
  int channels;
  const float *gain, *bias;
} chunk_norm;

/* n (count, items, C) = LN of the chunk, and its mask (count, items). */
static const float *normed_chunk(pleat_run *run, walk *w, const chunk_norm *norm, float *n) {
  const pleat_gated_pass *pass = w->pass;
  int channels = norm->channels;
  int64_t items = items_of(pass), rows = w->now.count * items, first = w->now.axis.first;
  const float *x = pass->by_column ? n : pass->x + first * items * channels;
  if (pass->by_column) {
    gather_columns(run, pass, &w->now, channels, &w->coming, n);
    start_columns(run, w, first + w->step);
  }
  pleat_op_layer_norm(run, rows, channels, x, norm->gain, norm->bias, NORM_EPSILON, 0, n);
  return (pass->by_column ? w->mask : pass->mask) + first * items;
}

/* x of the chunk += out(values), values (count, items, H D) and room for (count, items, C). */
static void add_output(pleat_run *run, walk *w, const pleat_linear *out, float *const values_and_scratch[2]) {
  const pleat_gated_pass *pass = w->pass;
  int64_t items = items_of(pass), rows = w->now.count * items;
  float *values = values_and_scratch[0], *scratch = values_and_scratch[1];
  float *x = pass->x + w->now.axis.first * items * out->out;
  const pleat_epilogue residual = {.add = x, .ld_add = out->out};
  if (!pass->by_column) {
    pleat_op_linear(run, out, rows, values, out->in, &residual, x, out->out);
    return;
  }
  pleat_op_linear(run, out, rows, values, out->in, NULL, scratch, out->out);
  return_columns(run, w, scratch);
}

/* Chunk after chunk, each with the arena's memory to itself. */
typedef void (*chunk_fn)(pleat_run *run, const void *attention, walk *w);

static void for_chunks(pleat_run *run, const void *attention, const pleat_gated_pass *pass, int channels, chunk_fn fn) {
  int64_t most = pleat_ranks_most(run, pass->by_column ? pass->columns : pass->rows);
  walk w = {.pass = pass, .channels = channels, .step = step_of(run, pass)};
  size_t mark = pleat_arena_mark(run->arena);
  if (pass->by_column) {
    const chunk first = chunk_at(run, pass, 0, w.step);
    const pleat_turn turn = turn_of(pass, &first, channels);
    w.mask = turn_mask(run, pass);
    w.coming = pleat_ranks_turning_take(run, &turn, 0);
    w.returning = pleat_ranks_turning_take(run, &turn, 1);
    start_columns(run, &w, 0);
  }
  for (int64_t first = 0; first < most; first += w.step) {
    size_t chunk_mark = pleat_arena_mark(run->arena);
    w.now = chunk_at(run, pass, first, w.step);
    fn(run, attention, &w);
    pleat_arena_release(run->arena, chunk_mark);
  }
  finish_return(run, &w);
  pleat_arena_release(run->arena, mark);
}

/* ---- Pair bias ---- */

typedef struct bias_work {
  int64_t columns, head, row, column; /* floats of the bias from head to head, row to row, column to column */
  int64_t line;                       /* floats of `from` from row to row */
  int heads;
  const float *from; /* (rows, columns, H) */
  float *bias;
} bias_work;

static void bias_part(void *argument, int64_t begin, int64_t end, int thread) {
  const bias_work *work = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++)
    for (int h = 0; h < work->heads; h++) {
      const float *from = work->from + i * work->line + h;
      float *to = work->bias + h * work->head + i * work->row;
      for (int64_t j = 0; j < work->columns; j++) to[j * work->column] = from[j * work->heads];
    }
}

static void place_bias(pleat_run *run, int64_t rows, const bias_work *work) {
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, 1, bias_part, (void *)work);
}

/* flat (rows, L, H) of this rank's part of the axis to the rows it has of the bias, which when transposed are columns of flat. */
static void spread_bias(pleat_run *run, const pleat_pair_bias *p, const pleat_axis *axis, const float *flat, float *bias) {
  int64_t L = p->length, heads = p->linear->out;
  pleat_span part = pleat_ranks_part(run, axis, pleat_ranks_own(run)), own = pleat_ranks_own_share(run, L);
  bias_work work = {.columns = L, .head = L * (p->own_rows ? own.count : L), .row = L, .column = 1, .line = L * heads,
                    .heads = (int)heads, .from = flat, .bias = bias + (p->own_rows ? axis->first : part.first) * L};
  if (!p->transposed) {
    place_bias(run, part.count, &work);
    return;
  }
  const pleat_turn turn = {.rows = *axis, .columns = {L, 0, L}, .lines = 1, .item = heads};
  const pleat_turned turned = pleat_ranks_turn(run, &turn, flat);
  work.columns = own.count, work.row = 1, work.column = L, work.line = turned.line, work.from = turned.data;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    part = pleat_ranks_part(run, axis, r);
    work.bias = bias + own.first * L + part.first;
    place_bias(run, part.count, &work);
    work.from += part.count * turned.line;
  }
}

void pleat_pair_bias_fill(pleat_run *run, const pleat_pair_bias *p, const float *z, float *bias) {
  int64_t length = p->length, channels = p->linear->in, heads = p->linear->out, step = chunk_of(run, length);
  size_t mark = pleat_arena_mark(run->arena);
  float *n = pleat_run_take(run, p->gain ? step * length * channels : 0);
  float *flat = pleat_run_take(run, step * length * heads);
  for (int64_t first = 0; first < pleat_ranks_most(run, length); first += step) {
    const pleat_axis axis = {length, first, step};
    int64_t rows = pleat_ranks_part(run, &axis, pleat_ranks_own(run)).count * length;
    const float *from = z + first * length * channels;
    size_t chunk_mark = pleat_arena_mark(run->arena);
    if (p->gain) pleat_op_layer_norm(run, rows, (int)channels, from, p->gain, p->offset, NORM_EPSILON, 0, n);
    pleat_op_linear(run, p->linear, rows, p->gain ? n : from, channels, NULL, flat, heads);
    spread_bias(run, p, &axis, flat, bias);
    pleat_arena_release(run->arena, chunk_mark);
  }
  for (int h = 0; h < heads && !p->own_rows; h++)
    pleat_ranks_gather_shares_start(run, h, length, length, bias + h * length * length);
  pleat_arena_release(run->arena, mark);
}

void pleat_gated_attention_bias(pleat_run *run, const pleat_gated_attention *a, int64_t length, const float *z,
                                bool transposed, float *bias) {
  const pleat_pair_bias pair_bias = {.linear = &a->bias, .gain = a->pair_gain ? a->pair_gain : a->norm_gain,
                                     .offset = a->pair_gain ? a->pair_bias : a->norm_bias, .length = length,
                                     .transposed = transposed};
  pleat_pair_bias_fill(run, &pair_bias, z, bias);
}

/* ---- Gated attention ---- */

/* Over several ranks biases come head by head, while the first chunk's attention with those that are there is worked on. */
static void attend(pleat_run *run, const pleat_attention *all, bool biases_come) {
  if (!biases_come) {
    pleat_op_attention(run, all);
    return;
  }
  for (int h = 0; h < all->heads; h++) {
    pleat_attention one = *all;
    one.heads = 1;
    one.q += h * all->q_head, one.k += h * all->k_head, one.v += h * all->v_head;
    one.gate += h * all->out_head, one.out += h * all->out_head, one.bias += h * all->bias_head;
    pleat_ranks_gather_finish(run, h);
    pleat_op_attention(run, &one);
  }
}

static void gated_chunk(pleat_run *run, const void *attention_layers, walk *w) {
  const pleat_gated_attention *a = attention_layers;
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  const chunk_norm norm = {a->channels, a->norm_gain, a->norm_bias};
  int64_t count = w->now.count, items = items_of(w->pass), inner = (int64_t)a->heads * a->width, row = 3 * inner;
  float *n = pleat_run_take(run, count * items * a->channels), *qkv = pleat_run_take(run, count * items * row);
  float *values = pleat_run_take(run, count * items * inner); /* the gate, then what it let through */
  const float *mask = normed_chunk(run, w, &norm, n);
  pleat_op_linear(run, &a->qkv, count * items, n, a->channels, NULL, qkv, row);
  pleat_op_linear(run, &a->gate, count * items, n, a->channels, &sigmoid, values, inner);
  const pleat_attention attention = {
    .batches = count, .queries = items, .keys = items, .heads = a->heads, .width = a->width,
    .scale = 1 / sqrtf((float)a->width), .q = qkv, .k = qkv + inner, .v = qkv + 2 * inner, .bias = w->pass->bias,
    .mask = mask, .gate = values, .out = values, .q_batch = items * row, .q_row = row, .q_head = a->width,
    .k_batch = items * row, .k_row = row, .k_head = a->width, .v_batch = items * row, .v_row = row, .v_head = a->width,
    .out_batch = items * inner, .out_row = inner, .out_head = a->width, .bias_head = items * items, .bias_row = items,
    .mask_batch = items, .average_absent = true};
  attend(run, &attention, w->pass->bias && w->now.axis.first == 0 && pleat_ranks_count(run) > 1);
  add_output(run, w, &a->out, (float *[]){values, n});
}

void pleat_gated_attention_add(pleat_run *run, const pleat_gated_attention *a, const pleat_gated_pass *pass) {
  for_chunks(run, a, pass, a->channels, gated_chunk);
}

void pleat_triangle_attention_add(pleat_run *run, const pleat_gated_attention *a, bool ending, int64_t length,
                                  const float *mask, float *z) {
  size_t mark = pleat_arena_mark(run->arena);
  float *bias = pleat_run_take(run, a->heads * length * length);
  pleat_gated_attention_bias(run, a, length, z, ending, bias);
  pleat_gated_attention_add(run, a, &(pleat_gated_pass){length, length, z, mask, ending, bias});
  pleat_arena_release(run->arena, mark);
}

/* ---- Global attention ---- */

typedef struct global_work {
  int64_t items, channels;
  const float *n, *mask; /* (count, items, C), (count, items) */
  const float *out;      /* (count, C) the attention's values */
  float *mean, *gate;    /* (count, C); (count, items, C), multiplied by out */
} global_work;

/* mean = sum mask n / (1e-10 + sum mask). */
static void mean_part(void *argument, int64_t begin, int64_t end, int thread) {
  const global_work *work = argument;
  (void)thread;
  for (int64_t column = begin; column < end; column++) {
    float *mean = work->mean + column * work->channels, total = 1e-10f;
    for (int64_t c = 0; c < work->channels; c++) mean[c] = 0;
    for (int64_t i = 0; i < work->items; i++) {
      float mask = work->mask[column * work->items + i];
      const float *n = work->n + (column * work->items + i) * work->channels;
      total += mask;
      for (int64_t c = 0; c < work->channels; c++) mean[c] += mask * n[c];
    }
    for (int64_t c = 0; c < work->channels; c++) mean[c] /= total;
  }
}

static void gate_part(void *argument, int64_t begin, int64_t end, int thread) {
  const global_work *work = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    const float *out = work->out + row / work->items * work->channels;
    float *gate = work->gate + row * work->channels;
    for (int64_t c = 0; c < work->channels; c++) gate[c] *= out[c];
  }
}

static void global_chunk(pleat_run *run, const void *attention_layers, walk *w) {
  const pleat_global_attention *a = attention_layers;
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  const chunk_norm norm = {a->channels, a->norm_gain, a->norm_bias};
  int64_t count = w->now.count, items = w->pass->rows, inner = (int64_t)a->heads * a->width, width = a->width;
  float *n = pleat_run_take(run, count * items * a->channels), *gate = pleat_run_take(run, count * items * inner);
  float *kv = pleat_run_take(run, count * items * 2 * width), *mean = pleat_run_take(run, count * a->channels);
  float *q = pleat_run_take(run, count * inner), *out = pleat_run_take(run, count * inner);
  const float *mask = normed_chunk(run, w, &norm, n);
  global_work mean_work = {.items = items, .channels = a->channels, .n = n, .mask = mask, .mean = mean};
  global_work gate_work = {.items = items, .channels = inner, .out = out, .gate = gate};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, count, 1, mean_part, &mean_work);
  pleat_op_linear(run, &a->q, count, mean, a->channels, NULL, q, inner);
  pleat_op_linear(run, &a->kv, count * items, n, a->channels, NULL, kv, 2 * width);
  pleat_op_linear(run, &a->gate, count * items, n, a->channels, &sigmoid, gate, inner);
  /* heads share keys and values: they are the queries of one head */
  pleat_attention attention = {
    .batches = count, .queries = a->heads, .keys = items, .heads = 1, .width = a->width,
    .scale = 1 / sqrtf((float)width), .q = q, .k = kv, .v = kv + width, .mask = mask, .out = out, .q_batch = inner,
    .q_row = width, .k_batch = items * 2 * width, .k_row = 2 * width, .v_batch = items * 2 * width, .v_row = 2 * width,
    .out_batch = inner, .out_row = width, .mask_batch = items, .average_absent = true};
  pleat_op_attention(run, &attention);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, count * items, 256, gate_part, &gate_work);
  add_output(run, w, &a->out, (float *[]){gate, n});
}

void pleat_global_attention_add(pleat_run *run, const pleat_global_attention *a, const pleat_gated_pass *pass) {
  pleat_gated_pass columns = *pass;
  columns.by_column = true;
  for_chunks(run, a, &columns, a->channels, global_chunk);
}
