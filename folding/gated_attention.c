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

static chunk chunk_at(const pleat_run *run, const pleat_gated_pass *pass, int64_t first) {
  chunk c = {{pass->by_column ? pass->columns : pass->rows, first, chunk_of(run, items_of(pass))}, 0};
  c.count = pleat_ranks_part(run, &c.axis, pleat_ranks_own(run)).count;
  return c;
}

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

/* to (count,R,C) = the chunk's columns of x, own rows (rows,N,C), over all ranks. */
static void gather_columns(pleat_run *run, const pleat_gated_pass *pass, const chunk *c, int64_t channels, const float *x,
                           float *to) {
  const pleat_turn turn = turn_of(pass, c, channels);
  size_t mark = pleat_arena_mark(run->arena);
  const pleat_turned turned = pleat_ranks_turn(run, &turn, x);
  column_work work = {pass->rows, c->count, channels, turned.line, turned.data, to, false};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, pass->rows, 8, gather_part, &work);
  pleat_arena_release(run->arena, mark);
}

/* The way back: pass->x += from (count,R,C). */
static void scatter_columns(pleat_run *run, const pleat_gated_pass *pass, const chunk *c, int64_t channels,
                            const float *from) {
  const pleat_turn turn = turn_of(pass, c, channels);
  size_t mark = pleat_arena_mark(run->arena);
  pleat_turning turning = pleat_ranks_turning_take(run, &turn, 0);
  const pleat_turned room = pleat_ranks_turned_room(run, &turn, &turning, pass->x);
  column_work work = {pass->rows, c->count, channels, room.line, from, room.data, pleat_ranks_count(run) == 1};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, pass->rows, 8, scatter_part, &work);
  pleat_ranks_turn_back_start(run, &turn, &turning);
  pleat_ranks_turn_back_finish(run, &turn, &turning, true, pass->x);
  pleat_arena_release(run->arena, mark);
}

typedef struct chunk_norm {
  int channels;
  const float *gain, *bias;
} chunk_norm;

/* n (count, items, C) = LN of the chunk, and its mask (count, items). */
static const float *normed_chunk(pleat_run *run, const pleat_gated_pass *pass, const chunk *c, const chunk_norm *norm,
                                 float *n) {
  int channels = norm->channels;
  int64_t items = items_of(pass), rows = c->count * items;
  if (!pass->by_column) {
    const float *x = pass->x + c->axis.first * items * channels;
    pleat_op_layer_norm(run, rows, channels, x, norm->gain, norm->bias, NORM_EPSILON, 0, n);
    return pass->mask + c->axis.first * items;
  }
  float *mask = pleat_run_take(run, rows);
  gather_columns(run, pass, c, 1, pass->mask, mask);
  gather_columns(run, pass, c, channels, pass->x, n);
  pleat_op_layer_norm(run, rows, channels, n, norm->gain, norm->bias, NORM_EPSILON, 0, n);
  return mask;
}

/* x of the chunk += out(values), values (count, items, H D) and room for (count, items, C). */
static void add_output(pleat_run *run, const pleat_gated_pass *pass, const chunk *c, const pleat_linear *out,
                       float *const values_and_scratch[2]) {
  int64_t items = items_of(pass), rows = c->count * items;
  float *values = values_and_scratch[0], *scratch = values_and_scratch[1];
  float *x = pass->x + c->axis.first * items * out->out;
  const pleat_epilogue residual = {.add = x, .ld_add = out->out};
  if (!pass->by_column) {
    pleat_op_linear(run, out, rows, values, out->in, &residual, x, out->out);
    return;
  }
  pleat_op_linear(run, out, rows, values, out->in, NULL, scratch, out->out);
  scatter_columns(run, pass, c, out->out, scratch);
}

/* Chunk after chunk, each with the arena's memory to itself. */
typedef void (*chunk_fn)(pleat_run *run, const void *attention, const pleat_gated_pass *pass, const chunk *c);

static void for_chunks(pleat_run *run, const void *attention, const pleat_gated_pass *pass, chunk_fn fn) {
  int64_t most = pleat_ranks_most(run, pass->by_column ? pass->columns : pass->rows);
  int64_t step = chunk_of(run, items_of(pass));
  for (int64_t first = 0; first < most; first += step) {
    size_t mark = pleat_arena_mark(run->arena);
    const chunk c = chunk_at(run, pass, first);
    fn(run, attention, pass, &c);
    pleat_arena_release(run->arena, mark);
  }
}

/* ---- Pair bias ---- */

typedef struct bias_work {
  int64_t length, first, plane; /* of a head's bias */
  int heads;
  bool transposed;
  const float *from; /* (rows, L, H) */
  float *bias;       /* (H, all or own rows, L) */
} bias_work;

static void bias_part(void *argument, int64_t begin, int64_t end, int thread) {
  const bias_work *work = argument;
  int64_t length = work->length, row = work->transposed ? 1 : length, column = work->transposed ? length : 1;
  (void)thread;
  for (int64_t i = begin; i < end; i++)
    for (int h = 0; h < work->heads; h++) {
      const float *from = work->from + i * length * work->heads + h;
      float *to = work->bias + h * work->plane + (work->first + i) * row;
      for (int64_t j = 0; j < length; j++) to[j * column] = from[j * work->heads];
    }
}

/* flat (rows, L, H) of this rank's part of the axis, and of the others' where they are wanted, to their places. */
static void spread_bias(pleat_run *run, const pleat_pair_bias *p, const pleat_axis *axis, const float *flat, float *bias) {
  int64_t length = p->length, heads = p->linear->out, line = length * heads;
  int own = pleat_ranks_own(run), first = p->own_rows ? own : 0, last = p->own_rows ? own + 1 : pleat_ranks_count(run);
  const float *all = p->own_rows ? flat : pleat_ranks_gather(run, axis, line, flat);
  bias_work work = {.length = length, .heads = (int)heads, .transposed = p->transposed, .from = all, .bias = bias};
  work.plane = length * (p->own_rows ? pleat_ranks_own_share(run, length).count : length);
  for (int r = first; r < last && !pleat_run_idle(run); r++) {
    pleat_span part = pleat_ranks_part(run, axis, r);
    work.first = p->own_rows ? axis->first : part.first;
    pleat_team_for(run->threads, part.count, 1, bias_part, &work);
    work.from += part.count * line;
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

static void gated_chunk(pleat_run *run, const void *attention_layers, const pleat_gated_pass *pass, const chunk *c) {
  const pleat_gated_attention *a = attention_layers;
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  const chunk_norm norm = {a->channels, a->norm_gain, a->norm_bias};
  int64_t count = c->count, items = items_of(pass), inner = (int64_t)a->heads * a->width, row = 3 * inner;
  float *n = pleat_run_take(run, count * items * a->channels), *qkv = pleat_run_take(run, count * items * row);
  float *values = pleat_run_take(run, count * items * inner); /* the gate, then what it let through */
  const float *mask = normed_chunk(run, pass, c, &norm, n);
  pleat_op_linear(run, &a->qkv, count * items, n, a->channels, NULL, qkv, row);
  pleat_op_linear(run, &a->gate, count * items, n, a->channels, &sigmoid, values, inner);
  pleat_attention attention = {
    .batches = count, .queries = items, .keys = items, .heads = a->heads, .width = a->width,
    .scale = 1 / sqrtf((float)a->width), .q = qkv, .k = qkv + inner, .v = qkv + 2 * inner, .bias = pass->bias,
    .mask = mask, .gate = values, .out = values, .q_batch = items * row, .q_row = row, .q_head = a->width,
    .k_batch = items * row, .k_row = row, .k_head = a->width, .v_batch = items * row, .v_row = row, .v_head = a->width,
    .out_batch = items * inner, .out_row = inner, .out_head = a->width, .bias_head = items * items, .bias_row = items,
    .mask_batch = items, .average_absent = true};
  pleat_op_attention(run, &attention);
  add_output(run, pass, c, &a->out, (float *[]){values, n});
}

void pleat_gated_attention_add(pleat_run *run, const pleat_gated_attention *a, const pleat_gated_pass *pass) {
  for_chunks(run, a, pass, gated_chunk);
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

static void global_chunk(pleat_run *run, const void *attention_layers, const pleat_gated_pass *pass, const chunk *c) {
  const pleat_global_attention *a = attention_layers;
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  const chunk_norm norm = {a->channels, a->norm_gain, a->norm_bias};
  int64_t count = c->count, items = pass->rows, inner = (int64_t)a->heads * a->width, width = a->width;
  float *n = pleat_run_take(run, count * items * a->channels), *gate = pleat_run_take(run, count * items * inner);
  float *kv = pleat_run_take(run, count * items * 2 * width), *mean = pleat_run_take(run, count * a->channels);
  float *q = pleat_run_take(run, count * inner), *out = pleat_run_take(run, count * inner);
  const float *mask = normed_chunk(run, pass, c, &norm, n);
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
  add_output(run, pass, c, &a->out, (float *[]){gate, n});
}

void pleat_global_attention_add(pleat_run *run, const pleat_global_attention *a, const pleat_gated_pass *pass) {
  pleat_gated_pass columns = *pass;
  columns.by_column = true;
  for_chunks(run, a, &columns, global_chunk);
}
