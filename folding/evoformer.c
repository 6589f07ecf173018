/* Outer product mean and Evoformer block; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/evoformer.h"

#include <stddef.h>
#include <stdio.h>

#include "lib/pair_op.h"

enum { LETTER_C = -1, LETTER_T = -2, LETTER_Z = -3 };

static const float NORM_EPSILON = 1e-5f, OUTER_EPSILON = 1e-3f;

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- Outer product mean ---- */

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_outer_mean, field), false}
static const pleat_weight_row outer_table[] = {
  ROW("/layer_norm_input//scale", norm_gain, 1, LETTER_C),
  ROW("/layer_norm_input//offset", norm_bias, 1, LETTER_C),
  ROW("/left_projection//weights", left_w, 2, LETTER_C, LETTER_T),
  ROW("/left_projection//bias", left_b, 1, LETTER_T),
  ROW("/right_projection//weights", right_w, 2, LETTER_C, LETTER_T),
  ROW("/right_projection//bias", right_b, 1, LETTER_T),
  ROW("//output_w", out_w, 3, LETTER_T, LETTER_T, LETTER_Z),
  ROW("//output_b", out_b, 1, LETTER_Z),
  {0}};
#undef ROW

pleat_status pleat_outer_mean_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                   pleat_outer_mean *o) {
  int64_t letters[8] = {0};
  *o = (pleat_outer_mean){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, outer_table, letters, o));
  o->channels = (int)letters[0];
  o->hidden = (int)letters[1];
  const pleat_linear_part sides[] = {{o->left_w, o->left_b, o->hidden}, {o->right_w, o->right_b, o->hidden}};
  const pleat_linear_part out = {o->out_w, o->out_b, (int)letters[2]};
  PLEAT_TRY(pleat_linear_pack_parts(context, sides, 2, o->channels, &o->sides));
  return pleat_linear_pack_parts(context, &out, 1, o->hidden * o->hidden, &o->out);
}

void pleat_outer_mean_free(pleat_context *context, pleat_outer_mean *o) {
  pleat_linear_free(context, &o->sides);
  pleat_linear_free(context, &o->out);
}

/* Sequences that are projected together: lines of the layout are whole, see lib/pair_op.h. */
static int64_t chunk_of(const pleat_run *run, int64_t sequences, int64_t length) {
  int64_t chunk = pleat_run_chunk_rows(run) / (length > 0 ? length : 1) / 16 * 16;
  return lesser(chunk > 16 ? chunk : 16, pleat_ranks_most(run, sequences));
}

static pleat_turn turn_of(const pleat_outer_product *outer, const pleat_axis *axis) {
  return (pleat_turn){.rows = *axis, .columns = {outer->length, 0, outer->length}, .lines = 1, .item = 2 * (int64_t)outer->channels};
}

/* Both sides of a few of each rank's sequences, at this rank's residues, once they are there, to the layout. */
static void lay_sides(pleat_run *run, const pleat_outer_product *outer, const pleat_axis *axis, const pleat_turning *turning) {
  const float *x = pleat_ranks_turn_finish(run, turning).data;
  for (int r = 0; r < pleat_ranks_count(run); r++) {
    pleat_span part = pleat_ranks_part(run, axis, r);
    pleat_op_outer_product_lay(run, outer, part.first, part.count, x);
    x += part.count * outer->count * 2 * outer->channels;
  }
}

/* LN and both projections of own sequences; over several ranks those before travel meanwhile. */
static void lay_out(pleat_run *run, const pleat_outer_mean *o, const pleat_outer_product *outer, const float *m) {
  int64_t S = outer->sequences, L = outer->length, C = o->channels, both = 2 * (int64_t)o->hidden, chunk = chunk_of(run, S, L);
  size_t mark = pleat_arena_mark(run->arena);
  bool lags = pleat_ranks_count(run) > 1;
  pleat_axis axis = {S, 0, chunk}, before = axis;
  pleat_turn turn = turn_of(outer, &axis);
  pleat_turning turning = pleat_ranks_turning_take(run, &turn, 0);
  float *n = pleat_run_take(run, chunk * L * C), *sides = pleat_run_take(run, chunk * L * both);
  for (; axis.first < pleat_ranks_most(run, S); before = axis, axis.first += chunk) {
    int64_t rows = pleat_ranks_part(run, &axis, pleat_ranks_own(run)).count * L;
    pleat_op_layer_norm(run, rows, o->channels, m + axis.first * L * C, o->norm_gain, o->norm_bias, NORM_EPSILON, 0, n);
    pleat_op_linear(run, &o->sides, rows, n, C, NULL, sides, both);
    if (lags && axis.first > 0) lay_sides(run, outer, &before, &turning);
    turn = turn_of(outer, &axis);
    pleat_ranks_turn_start(run, &turn, &turning, sides);
    if (!lags) lay_sides(run, outer, &axis, &turning);
  }
  if (lags) lay_sides(run, outer, &before, &turning);
  pleat_arena_release(run->arena, mark);
}

/* Residues whose right sides each rank hands to all at once: little beside the alignment itself. */
static int64_t panel_of(const pleat_run *run, const pleat_outer_product *outer) {
  enum { FLOATS = 1 << 22 };
  int64_t most = pleat_ranks_most(run, outer->length), count = pleat_ranks_count(run);
  int64_t few = FLOATS / (count * pleat_outer_product_residue(run, outer)) + 1;
  return count == 1 ? most : lesser(few, most);
}

/* A few right sides of every rank, while the next few travel. */
static void multiply_panels(pleat_run *run, const pleat_outer_product *outer, float *z) {
  int64_t residue = pleat_outer_product_residue(run, outer), step = panel_of(run, outer), most = pleat_ranks_most(run, outer->length);
  size_t mark = pleat_arena_mark(run->arena);
  pleat_axis axis = {outer->length, 0, step}, next = axis;
  float *room[2] = {pleat_ranks_gather_room(run, &axis, residue), pleat_ranks_gather_room(run, &axis, residue)};
  const float *coming = pleat_ranks_gather_start(run, 0, &axis, residue, outer->right, room[0]);
  for (int k = 1; axis.first < most; k++, axis = next) {
    const float *right = coming;
    pleat_ranks_gather_finish(run, 0);
    next.first += step;
    if (next.first < most)
      coming = pleat_ranks_gather_start(run, 0, &next, residue, outer->right + next.first * residue, room[k % 2]);
    for (int r = 0; r < pleat_ranks_count(run); r++) {
      pleat_span part = pleat_ranks_part(run, &axis, r);
      pleat_op_outer_product(run, outer, &(pleat_outer_panel){part.first, part.count, right}, z);
      right += part.count * residue;
    }
  }
  pleat_arena_release(run->arena, mark);
}

void pleat_outer_mean_add(pleat_run *run, const pleat_outer_mean *o, const pleat_evoformer_pass *pass) {
  pleat_span residues = pleat_ranks_own_share(run, pass->length);
  pleat_outer_product outer = {.sequences = pass->sequences, .length = pass->length, .first = residues.first, .count = residues.count,
                               .channels = o->hidden, .mask = pass->m_mask, .linear = &o->out, .epsilon = OUTER_EPSILON};
  size_t mark = pleat_arena_mark(run->arena);
  pleat_outer_product_take(run, &outer);
  lay_out(run, o, &outer, pass->m);
  multiply_panels(run, &outer, pass->z);
  pleat_arena_release(run->arena, mark);
}

/* ---- Block ---- */

int pleat_evoformer_count(const pleat_weights *weights, const char *prefix) {
  char name[200];
  snprintf(name, sizeof name, "%smsa_transition/transition1//bias", prefix);
  const pleat_tensor *tensor = pleat_weights_find(weights, name);
  return tensor && tensor->rank == 2 ? (int)tensor->shape[0] : 0;
}

pleat_status pleat_evoformer_block_load(pleat_context *context, const pleat_weight_scope *scope,
                                        pleat_evoformer_kind kind, bool outer_first, pleat_evoformer_block *b) {
  *b = (pleat_evoformer_block){.kind = kind, .outer_first = outer_first};
  PLEAT_TRY(
      pleat_gated_attention_load(context, scope, "msa_row_attention_with_pair_bias", PLEAT_GATED_PAIR, &b->row));
  if (kind == PLEAT_EVOFORMER_MAIN)
    PLEAT_TRY(pleat_gated_attention_load(context, scope, "msa_column_attention", PLEAT_GATED_PLAIN, &b->column));
  else
    PLEAT_TRY(pleat_global_attention_load(context, scope, "msa_column_global_attention", &b->global));
  PLEAT_TRY(pleat_transition_load(context, scope, "msa_transition", &b->transition));
  PLEAT_TRY(pleat_outer_mean_load(context, scope, "outer_product_mean", &b->outer));
  PLEAT_TRY(pleat_pair_block_load(context, scope, &b->pair));
  int c = b->row.channels, z = b->row.pair_channels;
  bool fits = (kind == PLEAT_EVOFORMER_MAIN ? b->column.channels : b->global.channels) == c &&
              b->transition.channels == c && b->outer.channels == c && b->outer.out.out == z &&
              b->pair.transition.channels == z;
  PLEAT_CHECK(context, fits, PLEAT_ERROR_SHAPE, "%s: modules under '%s' differ in the width of alignment or pairs",
              pleat_weights_path(scope->weights), scope->prefix);
  return PLEAT_OK;
}

void pleat_evoformer_block_free(pleat_context *context, pleat_evoformer_block *b) {
  pleat_gated_attention_free(context, &b->row);
  pleat_gated_attention_free(context, &b->column);
  pleat_global_attention_free(context, &b->global);
  pleat_transition_free(context, &b->transition);
  pleat_outer_mean_free(context, &b->outer);
  pleat_pair_block_free(context, &b->pair);
}

static const float *own_mask(const pleat_run *run, const pleat_evoformer_pass *p) {
  return p->m_mask + pleat_ranks_own_share(run, p->sequences).first * p->length;
}

static void attend_rows(pleat_run *run, const pleat_evoformer_block *b, const pleat_evoformer_pass *p) {
  size_t mark = pleat_arena_mark(run->arena);
  float *bias = pleat_run_take(run, b->row.heads * p->length * p->length);
  pleat_gated_attention_bias(run, &b->row, p->length, p->z, false, bias);
  pleat_gated_attention_add(run, &b->row, &(pleat_gated_pass){p->sequences, p->length, p->m, own_mask(run, p), false, bias});
  pleat_arena_release(run->arena, mark);
}

static void add_outer(pleat_run *run, const pleat_evoformer_block *b, const pleat_evoformer_pass *p) {
  size_t mark = pleat_arena_mark(run->arena);
  pleat_trace_watch z = pleat_trace_watch_begin(run, p->z, p->length, p->length, b->row.pair_channels);
  pleat_outer_mean_add(run, &b->outer, p);
  pleat_pair_block_step(run, &z, "outer_product_mean");
  pleat_arena_release(run->arena, mark);
}

static void update_alignment(pleat_run *run, const pleat_evoformer_block *b, const pleat_evoformer_pass *p) {
  const pleat_gated_pass columns = {p->sequences, p->length, p->m, own_mask(run, p), true, NULL};
  bool global = b->kind == PLEAT_EVOFORMER_EXTRA;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_trace_watch m = pleat_trace_watch_begin(run, p->m, p->sequences, p->length, b->row.channels);
  attend_rows(run, b, p);
  pleat_pair_block_step(run, &m, "msa_row_attention_with_pair_bias");
  if (global) pleat_global_attention_add(run, &b->global, &columns);
  else pleat_gated_attention_add(run, &b->column, &columns);
  pleat_pair_block_step(run, &m, global ? "msa_column_global_attention" : "msa_column_attention");
  pleat_transition_add(run, &b->transition, pleat_ranks_own_share(run, p->sequences).count * p->length, p->m);
  pleat_pair_block_step(run, &m, "msa_transition");
  pleat_arena_release(run->arena, mark);
}

void pleat_evoformer_block_forward(pleat_run *run, const pleat_evoformer_block *b, const pleat_evoformer_pass *p) {
  if (b->outer_first) add_outer(run, b, p);
  update_alignment(run, b, p);
  if (!b->outer_first) add_outer(run, b, p);
  pleat_pair_block_add(run, &b->pair, PLEAT_PAIR_MULTIPLY_FIRST, p->length, p->z_mask, p->z);
}
