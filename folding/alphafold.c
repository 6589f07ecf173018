/* One pass of AlphaFold 2; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold.h"

#include <string.h>

#include "folding/checkpoint.h"
#include "geometry/residue_geometry.h"
#include "lib/memory.h"
#include "lib/trace.h"

#define PREFIX "alphafold/alphafold_iteration/"
#define EXTRA PREFIX "evoformer/extra_msa_stack/"
#define MAIN PREFIX "evoformer/evoformer_iteration/"

enum { MAX_BLOCKS = 1024 };

/* ---- Loading ---- */

static pleat_status load_stack(pleat_context *context, const pleat_weights *weights, pleat_alphafold *n, bool extra) {
  const char *prefix = extra ? EXTRA : MAIN;
  int count = pleat_evoformer_count(weights, prefix);
  pleat_evoformer_block **blocks = extra ? &n->extra : &n->blocks;
  PLEAT_CHECK(context, count > 0 && count <= MAX_BLOCKS, PLEAT_ERROR_SHAPE,
              "%s: holds no blocks under %s; it is no parameter file of AlphaFold 2", pleat_weights_path(weights),
              prefix);
  PLEAT_TRY(pleat_memory_take(context, (size_t)count, sizeof **blocks, blocks));
  for (int b = 0; b < count; b++) {
    const pleat_weight_scope scope = {weights, prefix, b};
    *(extra ? &n->extra_count : &n->block_count) = b + 1;
    PLEAT_TRY(pleat_evoformer_block_load(context, &scope, extra ? PLEAT_EVOFORMER_EXTRA : PLEAT_EVOFORMER_MAIN,
                                         n->multimer, *blocks + b));
    pleat_weights_drop_rounded(weights);
  }
  return PLEAT_OK;
}

/* Widths of modules that meet. */
static bool fits(const pleat_alphafold *n) {
  int c = n->blocks[0].row.channels, z = n->blocks[0].row.pair_channels, e = n->extra[0].row.channels;
  bool good = n->embed.target.linear.out == c && n->embed.left.linear.out == z && n->embed.extra.linear.out == e &&
              n->single.linear.in == c && n->structure.attention.pair_channels == z &&
              n->single.linear.out == n->structure.attention.channels && n->heads.distance.linear.in == z &&
              n->heads.plddt_norm.channels == n->structure.attention.channels && n->heads.masked_msa.linear.in == c &&
              n->heads.resolved.linear.in == n->single.linear.out;
  if (n->has_templates)
    good = good && n->templates.projection.linear.out == c &&
           (n->multimer ? n->templates.output.linear.out : n->templates.q.in) == z;
  for (int b = 0; b < n->block_count; b++)
    good = good && n->blocks[b].row.channels == c && n->blocks[b].row.pair_channels == z;
  for (int b = 0; b < n->extra_count; b++)
    good = good && n->extra[b].row.channels == e && n->extra[b].row.pair_channels == z;
  return good;
}

static pleat_status load_parts(pleat_context *context, const pleat_weights *weights, pleat_alphafold *n) {
  const pleat_weight_scope iteration = {weights, PREFIX, -1}, trunk = {weights, PREFIX "evoformer/", -1};
  const pleat_weight_scope structure = {weights, PREFIX "structure_module/", -1};
  n->multimer = pleat_weights_scope_has(&trunk, "~_relative_encoding/position_activations//weights");
  PLEAT_TRY(load_stack(context, weights, n, true));
  PLEAT_TRY(load_stack(context, weights, n, false));
  PLEAT_TRY(pleat_alphafold_embed_load(context, &trunk, n->multimer, &n->embed));
  n->has_templates = pleat_alphafold_template_is(&trunk);
  if (n->has_templates) PLEAT_TRY(pleat_alphafold_template_load(context, &trunk, n->multimer, &n->templates));
  PLEAT_TRY(pleat_dense_load(context, &trunk, "single_activations", 0, 0, &n->single));
  PLEAT_TRY(pleat_structure_module_load(context, &structure, n->multimer, &n->structure));
  PLEAT_TRY(pleat_alphafold_heads_load(context, &iteration, &n->heads));
  PLEAT_CHECK(context, fits(n), PLEAT_ERROR_SHAPE, "%s: the widths of its modules do not fit each other",
              pleat_weights_path(weights));
  return PLEAT_OK;
}

pleat_status pleat_alphafold_load(pleat_context *context, const pleat_weights *weights, pleat_alphafold **network) {
  *network = NULL;
  pleat_alphafold *made;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *made, &made));
  pleat_status status = load_parts(context, weights, made);
  if (status) {
    pleat_alphafold_free(context, made);
    return status;
  }
  *network = made;
  return PLEAT_OK;
}

void pleat_alphafold_free(pleat_context *context, pleat_alphafold *n) {
  if (!n) return;
  for (int b = 0; b < n->extra_count; b++) pleat_evoformer_block_free(context, &n->extra[b]);
  for (int b = 0; b < n->block_count; b++) pleat_evoformer_block_free(context, &n->blocks[b]);
  pleat_memory_release(context, n->extra);
  pleat_memory_release(context, n->blocks);
  pleat_alphafold_embed_free(context, &n->embed);
  pleat_alphafold_template_free(context, &n->templates);
  pleat_dense_free(context, &n->single);
  pleat_structure_module_free(context, &n->structure);
  pleat_alphafold_heads_free(context, &n->heads);
  pleat_memory_release(context, n);
}

/* ---- A pass ---- */

void pleat_alphafold_state_take(pleat_run *run, const pleat_alphafold *n, int64_t length,
                                pleat_alphafold_state *state) {
  *state = (pleat_alphafold_state){.first_row = pleat_run_take(run, length * n->embed.target.linear.out),
                                   .z = pleat_run_take(run, pleat_ranks_own_share(run, length).count * length *
                                                                n->embed.left.linear.out),
                                   .beta = pleat_run_take(run, length * 3),
                                   .alpha = pleat_run_take(run, length * 3)};
}

/* A pass between its arrays; e is NULL outside the extra stack. */
typedef struct trunk {
  pleat_run *run;
  const pleat_alphafold *network;
  const pleat_alphafold_input *in;
  const pleat_alphafold_state *state;
  const pleat_alphafold_place *place;
  float *m, *e;   /* own rows */
  int64_t m_rows; /* of all ranks, those of templates included */
  const char *stage;
  int done; /* operations of blocks */
} trunk;

int pleat_alphafold_points(const pleat_alphafold *n) {
  return (n->extra_count + n->block_count) * PLEAT_EVOFORMER_STEPS + 1;
}

static bool skips_next(const trunk *t) {
  return t->place && pleat_checkpoint_skips(t->run, t->place->first_point + t->done + 1);
}

/* The point behind an operation of a block. */
static void reach(void *user) {
  trunk *t = user;
  const pleat_alphafold_embed *embed = &t->network->embed;
  size_t length = (size_t)t->in->length, line = length * sizeof(float), m_line = line * (size_t)embed->target.linear.out;
  size_t z_line = line * (size_t)embed->left.linear.out, e_line = line * (size_t)embed->extra.linear.out;
  pleat_alphafold_place start = {0, 0, 1}, place = t->place ? *t->place : start;
  t->done++;
  t->run->skips = false;
  pleat_checkpoint_point point = {
      .step = place.first_point + t->done,
      .fraction = place.from + place.share * t->done / pleat_alphafold_points(t->network),
      .stage = t->stage,
      .count = t->e ? 4 : 3,
      .parts = {{"msa", t->m, (size_t)t->m_rows * m_line, t->m_rows},
                {"pair", t->state->z, length * z_line, t->in->length},
                {"alpha", t->state->alpha, length * 3 * sizeof(float), 0},
                {"extra_msa", t->e, (size_t)t->in->extra_sequences * e_line, t->in->extra_sequences}}};
  pleat_checkpoint_reach(t->run, &point);
  t->run->skips = skips_next(t);
}

/* What a stack starts with, under the published names of its inputs. */
static void trace_inputs(const trunk *t, const char *stack, const float *m_mask, const float *z_mask) {
  int64_t L = t->in->length, Z = t->network->embed.left.linear.out, rows = t->e ? t->in->extra_sequences : t->m_rows;
  pleat_trace_emit(t->run, m_mask, rows, L, 0, 0, "evoformer/%s/input/masks/msa", stack);
  pleat_trace_emit(t->run, z_mask, L, L, 0, 0, "evoformer/%s/input/masks/pair", stack);
  if (t->e) pleat_trace_emit(t->run, t->state->z, L, L, Z, 0, "evoformer/%s/input/activations/pair", stack);
  else pleat_trace_emit(t->run, t->m, rows, L, t->network->single.linear.in, 0, "evoformer/%s/input/activations/msa", stack);
}

/* One block, but for what a checkpoint has done; its arrays are traced as stack/b<number>/... */
static void run_block(trunk *t, const char *stack, const pleat_evoformer_block *b, int number,
                      const pleat_evoformer_pass *pass) {
  int64_t L = pass->length;
  pleat_run *run = t->run;
  size_t mark = pleat_trace_enter(run, "evoformer/%s/b%d/", stack, number);
  run->skips = skips_next(t);
  run->between = reach;
  run->between_user = t;
  pleat_evoformer_block_forward(run, b, pass);
  run->between = NULL;
  run->skips = false;
  pleat_trace_emit(run, pass->m, pass->sequences, L, b->row.channels, 0, "msa");
  pleat_trace_emit(run, pass->z, L, L, b->row.pair_channels, 0, "pair");
  pleat_trace_leave(run, mark);
}

static void extra_stack(trunk *t, const float *z_mask) {
  pleat_run *run = t->run;
  const pleat_alphafold *n = t->network;
  const pleat_alphafold_input *in = t->in;
  size_t mark = pleat_arena_mark(run->arena);
  t->e = pleat_run_take(run, pleat_ranks_own_share(run, in->extra_sequences).count * in->length * n->embed.extra.linear.out);
  const pleat_evoformer_pass pass = {in->extra_sequences, in->length, t->e, t->state->z, in->extra_mask, z_mask};
  if (!skips_next(t)) pleat_alphafold_embed_extra(run, &n->embed, in, t->e);
  pleat_trace_emit(run, t->e, in->extra_sequences, in->length, n->embed.extra.linear.out, 0,
                   "evoformer/extra_msa_activations/out");
  trace_inputs(t, "extra_msa_stack", in->extra_mask, z_mask);
  t->stage = "extra alignment";
  for (int b = 0; b < n->extra_count; b++) run_block(t, "extra_msa_stack", &n->extra[b], b, &pass);
  t->e = NULL;
  pleat_arena_release(run->arena, mark);
}

/* Rows that templates add to the alignment. */
static int64_t template_rows(const pleat_alphafold *n, const pleat_alphafold_input *in) {
  return n->has_templates ? in->templates : 0;
}

/* The rows of templates, last of all, to m where they are this rank's, and their mask. */
static void add_template_rows(trunk *t, float *mask) {
  pleat_run *run = t->run;
  const pleat_alphafold_input *in = t->in;
  int64_t rows = template_rows(t->network, in), line = in->length * t->network->single.linear.in;
  pleat_span own = pleat_ranks_own_share(run, t->m_rows);
  size_t mark = pleat_arena_mark(run->arena);
  if (rows <= 0) return;
  float *made = pleat_run_take(run, rows * line);
  pleat_alphafold_template_rows(run, &t->network->templates, in, made, mask);
  pleat_trace_emit(run, made, rows, in->length, t->network->single.linear.in, 0, "evoformer/template_projection/out");
  for (int64_t row = 0; row < rows && !pleat_run_idle(run); row++) {
    int64_t to = in->sequences + row - own.first;
    if (to >= 0 && to < own.count) memcpy(t->m + to * line, made + row * line, (size_t)line * sizeof *made);
  }
  pleat_arena_release(run->arena, mark);
}

/* z_mask (own rows,L), m_mask (S,L) as yet without the rows of templates. */
static void fill_masks(const pleat_run *run, const pleat_alphafold_input *in, float *z_mask, float *m_mask) {
  int64_t length = in->length;
  pleat_span own = pleat_ranks_own_share(run, length);
  if (pleat_run_idle(run)) return;
  memcpy(m_mask, in->msa_mask, (size_t)(in->sequences * length) * sizeof *m_mask);
  for (int64_t i = 0; i < own.count; i++)
    for (int64_t j = 0; j < length; j++) z_mask[i * length + j] = in->mask[own.first + i] * in->mask[j];
}

/* Own rows of the alignment proper. */
static pleat_span alignment_rows(const trunk *t) {
  pleat_span own = pleat_ranks_own_share(t->run, t->m_rows);
  int64_t left = t->in->sequences - own.first;
  own.count = own.count < left ? own.count : left > 0 ? left : 0;
  return own;
}

static void run_trunk(trunk *t) {
  pleat_run *run = t->run;
  const pleat_alphafold *n = t->network;
  const pleat_alphafold_input *in = t->in;
  int64_t length = in->length;
  size_t mark = pleat_arena_mark(run->arena);
  float *z_mask = pleat_run_take(run, pleat_ranks_own_share(run, length).count * length);
  float *m_mask = pleat_run_take(run, t->m_rows * length);
  const pleat_evoformer_pass pass = {t->m_rows, length, t->m, t->state->z, m_mask, z_mask};
  fill_masks(run, in, z_mask, m_mask);
  if (!skips_next(t)) {
    pleat_alphafold_embed_forward(run, &n->embed, in, t->state, alignment_rows(t), t->m);
    if (template_rows(n, in) > 0) pleat_alphafold_template_pairs(run, &n->templates, in, z_mask, t->state->z);
  }
  extra_stack(t, z_mask);
  add_template_rows(t, m_mask + in->sequences * length);
  trace_inputs(t, "evoformer_iteration", m_mask, z_mask);
  t->stage = "evoformer";
  for (int b = 0; b < n->block_count; b++) run_block(t, "evoformer_iteration", &n->blocks[b], b, &pass);
  pleat_arena_release(run->arena, mark);
}

/* CB, or CA of glycine, for the next pass. */
static void keep_beta(const pleat_alphafold_input *in, const float *positions, float *beta) {
  const int glycine = pleat_residue_type_of_letter('G');
  for (int64_t i = 0; i < in->length; i++) {
    int place = in->types[i] == glycine ? PLEAT_ATOM_CA : PLEAT_ATOM_CB;
    memcpy(beta + 3 * i, positions + (i * PLEAT_GEOMETRY_ATOMS + place) * 3, 3 * sizeof *beta);
  }
}

void pleat_alphafold_pass(pleat_run *run, const pleat_alphafold *n, const pleat_alphafold_input *in,
                          const pleat_alphafold_place *place, pleat_alphafold_state *state,
                          pleat_alphafold_output *out) {
  int64_t length = in->length, row = length * n->embed.target.linear.out, c = n->single.linear.out;
  int64_t rows = in->sequences + template_rows(n, in);
  *out = (pleat_alphafold_output){.m = pleat_run_take(run, pleat_ranks_own_share(run, rows).count * row),
                                  .single = pleat_run_take(run, length * c)};
  out->structure = (pleat_structure_result){.s = pleat_run_take(run, length * c),
                                            .frames = pleat_run_take(run, length * 12),
                                            .torsions = pleat_run_take(run, length * 14),
                                            .positions = pleat_run_take(run, length * 42)};
  trunk t = {.run = run, .network = n, .in = in, .state = state, .place = place, .m = out->m, .m_rows = rows};
  run_trunk(&t);
  if (!pleat_run_idle(run) && pleat_ranks_own(run) == 0) memcpy(state->first_row, out->m, (size_t)row * sizeof(float));
  pleat_ranks_panel(run, 0, state->first_row, (size_t)row * sizeof(float));
  pleat_dense_forward(run, &n->single, length, state->first_row, PLEAT_ACTIVATION_NONE, out->single);
  pleat_trace_emit(run, out->single, length, c, 0, 0, "evoformer/single_activations/out");
  const pleat_structure_input structure = {length, in->types, in->mask, out->single, state->z};
  pleat_structure_module_forward(run, &n->structure, &structure, &out->structure);
  if (!pleat_run_idle(run)) keep_beta(in, out->structure.positions, state->beta);
  state->started = true;
}
