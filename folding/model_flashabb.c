/* FlashABB: all-atom structure of an antibody's variable domains from its sequence alone.
 * SPDX-License-Identifier: MIT
 *
 * Package flash-abb 0.0.5 (Oxford Protein Informatics Group, BSD-3-Clause, weights under the same licence): AlphaFold
 * 2's structure module (Jumper et al. 2021, algorithms 20-24) with eight blocks of separate weights, point attention
 * without a pair representation, rotary positions and a spectrum of relative positions. */
#include "folding/model_flashabb.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "folding/antibody_structure.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"
#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_POINT_C,
  BLOCKS = PLEAT_FLASHABB_BLOCKS,
  HIDDEN = PLEAT_FLASHABB_HIDDEN,
  BINS = PLEAT_FLASHABB_BINS,
  INPUTS = PLEAT_FLASHABB_INPUTS,
  ANGLES = 14,
  GLYCINE = 7,
  UNKNOWN = 20,
  ROW_GRAIN = 32
};

/* ---- Weights ---- */

#define FIELD(member) offsetof(pleat_flashabb_tensors, member), false
const pleat_weight_row pleat_flashabb_model_rows[] = {
    {"model.linear_in_node.weight", 2, {C, INPUTS}, FIELD(in_w)},
    {"model.linear_in_node.bias", 1, {C}, FIELD(in_b)},
    {"model.angle_resnet_layers.7.linear_in.weight", 2, {HIDDEN, C}, FIELD(a_in_w)},
    {"model.angle_resnet_layers.7.linear_in.bias", 1, {HIDDEN}, FIELD(a_in_b)},
    {"model.angle_resnet_layers.7.linear_initial.weight", 2, {HIDDEN, C}, FIELD(a_initial_w)},
    {"model.angle_resnet_layers.7.linear_initial.bias", 1, {HIDDEN}, FIELD(a_initial_b)},
    {"model.angle_resnet_layers.7.layers.0.linear_2.weight", 2, {HIDDEN, HIDDEN}, FIELD(a_w[0])},
    {"model.angle_resnet_layers.7.layers.0.linear_2.bias", 1, {HIDDEN}, FIELD(a_b[0])},
    {"model.angle_resnet_layers.7.layers.0.linear_3.weight", 2, {HIDDEN, HIDDEN}, FIELD(a_w[1])},
    {"model.angle_resnet_layers.7.layers.0.linear_3.bias", 1, {HIDDEN}, FIELD(a_b[1])},
    {"model.angle_resnet_layers.7.layers.1.linear_2.weight", 2, {HIDDEN, HIDDEN}, FIELD(a_w[2])},
    {"model.angle_resnet_layers.7.layers.1.linear_2.bias", 1, {HIDDEN}, FIELD(a_b[2])},
    {"model.angle_resnet_layers.7.layers.1.linear_3.weight", 2, {HIDDEN, HIDDEN}, FIELD(a_w[3])},
    {"model.angle_resnet_layers.7.layers.1.linear_3.bias", 1, {HIDDEN}, FIELD(a_b[3])},
    {"model.angle_resnet_layers.7.linear_out.weight", 2, {ANGLES, HIDDEN}, FIELD(a_out_w)},
    {"model.angle_resnet_layers.7.linear_out.bias", 1, {ANGLES}, FIELD(a_out_b)},
    {"model.plddt.layer_norm.weight", 1, {C}, FIELD(p_gain)},
    {"model.plddt.layer_norm.bias", 1, {C}, FIELD(p_bias)},
    {"model.plddt.linear_1.weight", 2, {HIDDEN, C}, FIELD(p_w[0])},
    {"model.plddt.linear_1.bias", 1, {HIDDEN}, FIELD(p_b[0])},
    {"model.plddt.linear_2.weight", 2, {HIDDEN, HIDDEN}, FIELD(p_w[1])},
    {"model.plddt.linear_2.bias", 1, {HIDDEN}, FIELD(p_b[1])},
    {"model.plddt.linear_3.weight", 2, {BINS, HIDDEN}, FIELD(p_w[2])},
    {"model.plddt.linear_3.bias", 1, {BINS}, FIELD(p_b[2])},
    {0}};
#undef FIELD

#define FIELD(member) offsetof(pleat_point_tensors, member), false
const pleat_weight_row pleat_flashabb_layer_rows[] = {
    {"model.ipa_layers.%d.head_weights", 1, {PLEAT_POINT_H}, FIELD(head_weights)},
    {"model.ipa_layers.%d.rotary_emb.freqs", 1, {PLEAT_POINT_D / 2}, FIELD(freqs)},
    {"model.ipa_layers.%d.linear_q.weight", 2, {192, C}, FIELD(q_w)},
    {"model.ipa_layers.%d.linear_q.bias", 1, {192}, FIELD(q_b)},
    {"model.ipa_layers.%d.linear_kv.weight", 2, {384, C}, FIELD(kv_w)},
    {"model.ipa_layers.%d.linear_kv.bias", 1, {384}, FIELD(kv_b)},
    {"model.ipa_layers.%d.linear_points.weight", 2, {576, C}, FIELD(points_w)},
    {"model.ipa_layers.%d.linear_points.bias", 1, {576}, FIELD(points_b)},
    {"model.ipa_layers.%d.linear_out.weight", 2, {C, 2112}, FIELD(out_w)},
    {"model.ipa_layers.%d.linear_out.bias", 1, {C}, FIELD(out_b)},
    {"model.layer_norm_ipa_layers.%d.weight", 1, {C}, FIELD(norm_gain)},
    {"model.layer_norm_ipa_layers.%d.bias", 1, {C}, FIELD(norm_bias)},
    {"model.transition_layers.%d.layers.0.linear_1.weight", 2, {HIDDEN, C}, FIELD(l1_w)},
    {"model.transition_layers.%d.layers.0.linear_1.bias", 1, {HIDDEN}, FIELD(l1_b)},
    {"model.transition_layers.%d.layers.0.linear_2.weight", 2, {HIDDEN, HIDDEN}, FIELD(l2_w)},
    {"model.transition_layers.%d.layers.0.linear_2.bias", 1, {HIDDEN}, FIELD(l2_b)},
    {"model.transition_layers.%d.layers.0.linear_3.weight", 2, {C, HIDDEN}, FIELD(l3_w)},
    {"model.transition_layers.%d.layers.0.linear_3.bias", 1, {C}, FIELD(l3_b)},
    {"model.transition_layers.%d.layer_norm.weight", 1, {C}, FIELD(transition_gain)},
    {"model.transition_layers.%d.layer_norm.bias", 1, {C}, FIELD(transition_bias)},
    {0}};
#undef FIELD

const pleat_weight_row pleat_flashabb_update_rows[] = {
    {"model.bb_update_layers.%d.linear.weight", 2, {6, C}, 0, false},
    {"model.bb_update_layers.%d.linear.bias", 1, {6}, sizeof(float *), false},
    {0}};

static pleat_status pack_block(pleat_context *context, int block, pleat_flashabb *w) {
  PLEAT_TRY(pleat_point_layer_pack(context, HIDDEN, &w->layers[block]));
  return pleat_linear_pack(context, w->update_tensors[block].w, w->update_tensors[block].b, 6, C, &w->update[block]);
}

pleat_status pleat_flashabb_pack(pleat_context *context, void *weights) {
  pleat_flashabb *w = weights;
  const pleat_flashabb_tensors *t = &w->tensors;
  for (int block = 0; block < BLOCKS; block++) PLEAT_TRY(pack_block(context, block, w));
  PLEAT_TRY(pleat_linear_pack(context, t->in_w, t->in_b, C, INPUTS, &w->input));
  PLEAT_TRY(pleat_linear_pack(context, t->a_in_w, t->a_in_b, HIDDEN, C, &w->angle_in));
  PLEAT_TRY(pleat_linear_pack(context, t->a_initial_w, t->a_initial_b, HIDDEN, C, &w->angle_initial));
  for (int i = 0; i < 4; i++)
    PLEAT_TRY(pleat_linear_pack(context, t->a_w[i], t->a_b[i], HIDDEN, HIDDEN, &w->angle_hidden[i]));
  PLEAT_TRY(pleat_linear_pack(context, t->a_out_w, t->a_out_b, ANGLES, HIDDEN, &w->angle_out));
  PLEAT_TRY(pleat_linear_pack(context, t->p_w[0], t->p_b[0], HIDDEN, C, &w->plddt[0]));
  PLEAT_TRY(pleat_linear_pack(context, t->p_w[1], t->p_b[1], HIDDEN, HIDDEN, &w->plddt[1]));
  return pleat_linear_pack(context, t->p_w[2], t->p_b[2], BINS, HIDDEN, &w->plddt[2]);
}

void pleat_flashabb_unload(pleat_context *context, void *weights) {
  pleat_flashabb *w = weights;
  for (int block = 0; block < BLOCKS; block++) {
    pleat_point_layer_free(context, &w->layers[block]);
    pleat_linear_free(context, &w->update[block]);
  }
  pleat_linear *linears[] = {&w->input,           &w->angle_in,        &w->angle_initial,   &w->angle_hidden[0],
                             &w->angle_hidden[1], &w->angle_hidden[2], &w->angle_hidden[3], &w->angle_out,
                             &w->plddt[0],        &w->plddt[1],        &w->plddt[2]};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
}

/* ---- Forward ---- */

/* One-hot residue type (21) and chain (light, heavy) of each row, and the positions for the spectrum. */
static void fill_inputs(const pleat_pass *pass, float *single, int32_t *index, int32_t *type) {
  memset(single, 0, (size_t)pass->rows * INPUTS * sizeof *single);
  for (int64_t i = 0; i < pass->count; i++) {
    const pleat_features *f = &pass->features[i];
    for (int64_t j = 0, row = pass->start[i]; j < f->length; j++, row++) {
      single[row * INPUTS + f->type[j]] = 1;
      single[row * INPUTS + 21 + f->heavy[j]] = 1;
      index[row] = f->index[j];
      type[row] = f->type[j] == UNKNOWN ? GLYCINE : f->type[j]; /* as published: X gets glycine's frames and atoms */
    }
  }
}

static void start_frames(int64_t rows, float *seven, float *flat) {
  memset(seven, 0, (size_t)rows * 7 * sizeof *seven);
  for (int64_t i = 0; i < rows; i++) {
    seven[7 * i] = 1;
    pleat_rigid_flat_from_seven_f(seven + 7 * i, flat + 12 * i);
  }
}

typedef struct frame_update {
  const float *update; /* (M,6) */
  float *seven, *flat; /* (M,7), (M,12) */
} frame_update;

/* AlphaFold 2's algorithm 23: the translation is turned by the rotation before its update. */
static void update_frames(void *argument, int64_t begin, int64_t end, int thread) {
  const frame_update *u = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    float *q = u->seven + 7 * i, *frame = u->flat + 12 * i;
    pleat_rigid_apply_f(frame, u->update + 6 * i + 3, q + 4);
    pleat_rigid_update_quaternion_f(q, u->update + 6 * i);
    pleat_rigid_flat_from_seven_f(q, frame);
  }
}

static void run_block(pleat_run *run, const pleat_flashabb *w, const pleat_point_pass *pass, int block,
                      pleat_flashabb_outputs *o, float *flat) {
  int64_t rows = pass->pass->rows;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_point_layer_forward(run, &w->layers[block], pass, block, o->single);
  float *update = pleat_run_take(run, rows * 6);
  pleat_op_linear(run, &w->update[block], rows, o->single, C, NULL, update, 6);
  pleat_trace_emit(run, update, 1, rows, 6, 0, "bb_update/%d", block);
  frame_update work = {update, o->frames, flat};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, ROW_GRAIN, update_frames, &work);
  pleat_arena_release(run->arena, mark);
}

/* AlphaFold 2's algorithm 20, lines 11-14: torsion angles from the last and the first state. */
static void predict_angles(pleat_run *run, const pleat_flashabb *w, int64_t rows, const float *initial,
                           pleat_flashabb_outputs *o) {
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU};
  size_t mark = pleat_arena_mark(run->arena);
  float *state = pleat_run_take(run, rows * C), *a = pleat_run_take(run, rows * HIDDEN);
  float *b = pleat_run_take(run, rows * HIDDEN), *c = pleat_run_take(run, rows * HIDDEN);
  const pleat_epilogue add = {.add = a, .ld_add = HIDDEN};
  pleat_op_activate(run, rows * C, o->single, PLEAT_ACTIVATION_RELU, state);
  pleat_op_linear(run, &w->angle_in, rows, state, C, NULL, a, HIDDEN);
  pleat_trace_emit(run, a, 1, rows, HIDDEN, 0, "block%d/angle_linear_in", BLOCKS - 1);
  pleat_op_activate(run, rows * C, initial, PLEAT_ACTIVATION_RELU, state);
  pleat_op_linear(run, &w->angle_initial, rows, state, C, &add, a, HIDDEN);
  for (int i = 0; i < 2; i++) {
    pleat_op_activate(run, rows * HIDDEN, a, PLEAT_ACTIVATION_RELU, b);
    pleat_op_linear(run, &w->angle_hidden[2 * i], rows, b, HIDDEN, &relu, c, HIDDEN);
    pleat_op_linear(run, &w->angle_hidden[2 * i + 1], rows, c, HIDDEN, &add, a, HIDDEN);
  }
  pleat_trace_emit(run, a, 1, rows, HIDDEN, 0, "block%d/angle_last_resblock", BLOCKS - 1);
  pleat_op_activate(run, rows * HIDDEN, a, PLEAT_ACTIVATION_RELU, b);
  pleat_op_linear(run, &w->angle_out, rows, b, HIDDEN, NULL, o->unnormalized_angles, ANGLES);
  pleat_arena_release(run->arena, mark);
}

typedef struct atom_work {
  const int32_t *type;
  const float *flat; /* (M,12) */
  float *frames;     /* (M,8,12) */
  pleat_flashabb_outputs *outputs;
} atom_work;

/* Angles on the unit circle, then frames and atoms (algorithm 24). */
static void place_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const atom_work *w = argument;
  float *angles = w->outputs->angles + begin * ANGLES, *frames = w->frames + begin * 8 * 12;
  size_t count = (size_t)(end - begin);
  (void)thread;
  for (int64_t i = begin * 7; i < end * 7; i++) {
    const float *raw = w->outputs->unnormalized_angles + 2 * i;
    float norm = sqrtf(fmaxf(raw[0] * raw[0] + raw[1] * raw[1], 1e-7f));
    w->outputs->angles[2 * i] = raw[0] / norm;
    w->outputs->angles[2 * i + 1] = raw[1] / norm;
  }
  pleat_torsion_to_frames(count, w->type + begin, angles, w->flat + begin * 12, frames);
  pleat_frames_to_atom14(count, w->type + begin, frames, w->outputs->positions + begin * 14 * 3);
}

static void place_atoms(pleat_run *run, int64_t rows, const int32_t *type, const float *flat,
                        pleat_flashabb_outputs *o) {
  size_t mark = pleat_arena_mark(run->arena);
  atom_work work = {type, flat, pleat_run_take(run, rows * 8 * 12), o};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, ROW_GRAIN, place_rows, &work);
  pleat_arena_release(run->arena, mark);
}

/* pLDDT: the expected bin centre of 50 bins from 0 to 100. */
static void predict_plddt(pleat_run *run, const pleat_flashabb *w, int64_t rows, pleat_flashabb_outputs *o) {
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU};
  size_t mark = pleat_arena_mark(run->arena);
  float *normed = pleat_run_take(run, rows * C), *a = pleat_run_take(run, rows * HIDDEN),
        *b = pleat_run_take(run, rows * HIDDEN);
  float *share = pleat_run_take(run, rows * BINS);
  pleat_op_layer_norm(run, rows, C, o->single, w->tensors.p_gain, w->tensors.p_bias, 1e-5f, 0, normed);
  pleat_op_linear(run, &w->plddt[0], rows, normed, C, &relu, a, HIDDEN);
  pleat_op_linear(run, &w->plddt[1], rows, a, HIDDEN, &relu, b, HIDDEN);
  pleat_op_linear(run, &w->plddt[2], rows, b, HIDDEN, NULL, o->plddt_logits, BINS);
  pleat_op_softmax(run, rows, BINS, o->plddt_logits, share);
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < rows; i++) {
      float sum = 0;
      for (int bin = 0; bin < BINS; bin++) sum += share[i * BINS + bin] * ((float)bin + 0.5f);
      o->plddt[i] = sum * (100.0f / BINS);
    }
  pleat_arena_release(run->arena, mark);
}

static void take_outputs(pleat_run *run, int64_t rows, pleat_flashabb_outputs *o) {
  o->single = pleat_run_take(run, rows * C);
  o->frames = pleat_run_take(run, rows * 7);
  o->unnormalized_angles = pleat_run_take(run, rows * ANGLES);
  o->angles = pleat_run_take(run, rows * ANGLES);
  o->positions = pleat_run_take(run, rows * 14 * 3);
  o->plddt_logits = pleat_run_take(run, rows * BINS);
  o->plddt = pleat_run_take(run, rows);
}

/* Keeps what each block leaves, in the layout of the goldens, when somebody listens. */
typedef struct block_history {
  float *states, *frames; /* (blocks, M, 128), (blocks, M, 7) */
} block_history;

static void remember_block(pleat_run *run, const block_history *history, int block, int64_t rows,
                           const pleat_flashabb_outputs *o) {
  if (!pleat_trace_on(run)) return;
  memcpy(history->states + block * rows * C, o->single, (size_t)(rows * C) * sizeof(float));
  memcpy(history->frames + block * rows * 7, o->frames, (size_t)(rows * 7) * sizeof(float));
}

void pleat_flashabb_forward(pleat_run *run, const pleat_flashabb *w, const pleat_pass *pass, bool dlc,
                            pleat_flashabb_outputs *o) {
  int64_t rows = pass->rows;
  take_outputs(run, rows, o);
  size_t mark = pleat_arena_mark(run->arena);
  float *single = pleat_run_take(run, rows * INPUTS), *initial = pleat_run_take(run, rows * C);
  float *flat = pleat_run_take(run, rows * 12);
  int32_t *index = pleat_run_take_bytes(run, (size_t)rows * sizeof *index);
  int32_t *type = pleat_run_take_bytes(run, (size_t)rows * sizeof *type);
  block_history history = {0};
  if (run->trace) {
    history.states = pleat_run_take(run, BLOCKS * rows * C);
    history.frames = pleat_run_take(run, BLOCKS * rows * 7);
  }
  if (!pleat_run_idle(run)) {
    fill_inputs(pass, single, index, type);
    start_frames(rows, o->frames, flat);
  }
  pleat_op_linear(run, &w->input, rows, single, INPUTS, NULL, initial, C);
  pleat_trace_emit(run, initial, 1, rows, C, 0, "embed/linear_in_node");
  if (!pleat_run_idle(run)) memcpy(o->single, initial, (size_t)(rows * C) * sizeof(float));
  pleat_point_pass blocks = {.pass = pass, .frames = flat, .index = index, .dropout_rate = dlc ? 0.1f : 0};
  for (int block = 0; block < BLOCKS; block++) {
    pleat_run_progress(run, (double)block / BLOCKS, "structure module");
    run_block(run, w, &blocks, block, o, flat);
    remember_block(run, &history, block, rows, o);
  }
  pleat_trace_emit(run, history.states, BLOCKS, 1, rows, C, "states_all_blocks");
  pleat_trace_emit(run, history.frames, BLOCKS, 1, rows, 7, "frames_all_blocks");
  predict_angles(run, w, rows, initial, o);
  place_atoms(run, rows, type, flat, o);
  predict_plddt(run, w, rows, o);
  pleat_arena_release(run->arena, mark);
}

static void forward(pleat_run *run, const void *weights, const pleat_pass *pass) {
  pleat_flashabb_outputs o;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_flashabb_forward(run, weights, pass, pass->option[PLEAT_FLASHABB_OPTION_DLC] != 0, &o);
  pleat_pass_store(run, pass, "positions", o.positions, 14 * 3);
  pleat_pass_store(run, pass, "plddt", o.plddt, 1);
  pleat_pass_store(run, pass, "angles", o.angles, ANGLES);
  pleat_pass_store(run, pass, "unnormalized_angles", o.unnormalized_angles, ANGLES);
  pleat_pass_store(run, pass, "frames", o.frames, 7);
  pleat_pass_store(run, pass, "single", o.single, C);
  pleat_pass_store(run, pass, "plddt_logits", o.plddt_logits, BINS);
  pleat_arena_release(run->arena, mark);
}

/* ---- Result ---- */

pleat_status pleat_flashabb_finish(const pleat_features *features, const double *option, pleat_result *result) {
  if (features->chains < 2)
    PLEAT_TRY(pleat_result_warn(result,
                                "a %s chain alone is outside what FlashABB learned: expect framework errors of 3-8 "
                                "angstrom with confident scores",
                                features->heavy[0] ? "heavy" : "light"));
  if (option[PLEAT_FLASHABB_OPTION_IDEALISE] != 0) PLEAT_TRY(pleat_antibody_structure_idealise(features, result));
  return pleat_antibody_structure_build(features, result);
}

#define NOTES                                                                                                          \
  "Made for a heavy and a light chain together; one chain alone gives framework errors of 3-8 angstrom with "          \
  "confident "                                                                                                         \
  "scores. The dropout-layernorm correction (on by default, as published) lowers the RMSD but shortens peptide bonds " \
  "to "                                                                                                                \
  "1.25 angstrom on average (1.33 is right); --idealise restores them."
#define FLASHABB_DEF(NAME, TITLE)                                                                  \
  {.name = NAME,                                                                                   \
   .title = TITLE,                                                                                 \
   .task = "predict",                                                                              \
   .notes = NOTES,                                                                                 \
   .files = {NAME},                                                                                \
   .options = {{"dlc", "dropout-layernorm correction of the published code", true},                \
               {"idealise", "restore standard bond lengths by a restrained minimisation", false}}, \
   .outputs = {{"positions", 3, {-1, 14, 3}},                                                      \
               {"plddt", 1, {-1}},                                                                 \
               {"angles", 3, {-1, 7, 2}},                                                          \
               {"unnormalized_angles", 3, {-1, 7, 2}},                                             \
               {"frames", 2, {-1, 7}},                                                             \
               {"single", 2, {-1, C}},                                                             \
               {"plddt_logits", 2, {-1, BINS}}},                                                   \
   .pass_rows = 1024,                                                                              \
   .weights_size = sizeof(pleat_flashabb),                                                         \
   .tables = {PLEAT_FLASHABB_TABLES(0)},                                                           \
   .pack = pleat_flashabb_pack,                                                                    \
   .unload = pleat_flashabb_unload,                                                                \
   .features = pleat_features_antibody,                                                            \
   .forward = forward,                                                                             \
   .finish = pleat_flashabb_finish}

const pleat_model_def pleat_model_flashabb =
    FLASHABB_DEF("flashabb", "FlashABB: antibody sequence to all-atom structure");
const pleat_model_def pleat_model_flashabb_masked =
    FLASHABB_DEF("flashabb-masked", "FlashABB trained with unknown residues (X)");
