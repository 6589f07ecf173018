/* The encoder shared by FlashABB-SSS and FlashTAP (package flash-abb 0.0.5).
 * SPDX-License-Identifier: MIT */
#include "folding/surface_encoder.h"

#include <string.h>

#include "geometry/rigid.h"
#include "lib/trace.h"

enum { C = PLEAT_POINT_C, BLOCKS = PLEAT_SURFACE_BLOCKS, HIDDEN = PLEAT_SURFACE_HIDDEN, TOKENS = PLEAT_SURFACE_TOKENS };

#define FIELD(member) offsetof(pleat_surface_tensors, member), false
const pleat_weight_row pleat_surface_model_rows[] = {{"encoder.embed_tokens.weight", 2, {TOKENS, C}, offsetof(pleat_surface_tensors, embedding), true},
                                                     {"norm.weight", 1, {C}, FIELD(norm_gain)},
                                                     {"norm.bias", 1, {C}, FIELD(norm_bias)},
                                                     {"generator.weight", 2, {TOKENS, C}, FIELD(generator_w)},
                                                     {"generator.bias", 1, {TOKENS}, FIELD(generator_b)},
                                                     {0}};
#undef FIELD

#define FIELD(member) offsetof(pleat_point_tensors, member), false
const pleat_weight_row pleat_surface_layer_rows[] = {
    {"encoder.ipa_layers.%d.head_weights", 1, {PLEAT_POINT_H}, FIELD(head_weights)},
    {"encoder.ipa_layers.%d.rotary_emb.freqs", 1, {PLEAT_POINT_D / 2}, FIELD(freqs)},
    {"encoder.ipa_layers.%d.linear_q.weight", 2, {192, C}, FIELD(q_w)},
    {"encoder.ipa_layers.%d.linear_q.bias", 1, {192}, FIELD(q_b)},
    {"encoder.ipa_layers.%d.linear_kv.weight", 2, {384, C}, FIELD(kv_w)},
    {"encoder.ipa_layers.%d.linear_kv.bias", 1, {384}, FIELD(kv_b)},
    {"encoder.ipa_layers.%d.linear_points.weight", 2, {576, C}, FIELD(points_w)},
    {"encoder.ipa_layers.%d.linear_points.bias", 1, {576}, FIELD(points_b)},
    {"encoder.ipa_layers.%d.linear_out.weight", 2, {C, 2112}, FIELD(out_w)},
    {"encoder.ipa_layers.%d.linear_out.bias", 1, {C}, FIELD(out_b)},
    {"encoder.layer_norm_ipa_layers.%d.weight", 1, {C}, FIELD(norm_gain)},
    {"encoder.layer_norm_ipa_layers.%d.bias", 1, {C}, FIELD(norm_bias)},
    {"encoder.transition_layers.%d.layers.0.linear_1.weight", 2, {HIDDEN, C}, FIELD(l1_w)},
    {"encoder.transition_layers.%d.layers.0.linear_1.bias", 1, {HIDDEN}, FIELD(l1_b)},
    {"encoder.transition_layers.%d.layers.0.linear_3.weight", 2, {C, HIDDEN}, FIELD(l3_w)},
    {"encoder.transition_layers.%d.layers.0.linear_3.bias", 1, {C}, FIELD(l3_b)},
    {"encoder.transition_layers.%d.layer_norm.weight", 1, {C}, FIELD(transition_gain)},
    {"encoder.transition_layers.%d.layer_norm.bias", 1, {C}, FIELD(transition_bias)},
    {0}};
#undef FIELD

pleat_status pleat_surface_pack(pleat_context *context, pleat_surface_encoder *e) {
  PLEAT_TRY(pleat_flashabb_pack(context, &e->folder));
  for (int block = 0; block < BLOCKS; block++) PLEAT_TRY(pleat_point_layer_pack(context, HIDDEN, &e->layers[block]));
  return pleat_linear_pack(context, e->tensors.generator_w, e->tensors.generator_b, TOKENS, C, &e->generator);
}

void pleat_surface_unload(pleat_context *context, pleat_surface_encoder *e) {
  pleat_flashabb_unload(context, &e->folder);
  for (int block = 0; block < BLOCKS; block++) pleat_point_layer_free(context, &e->layers[block]);
  pleat_linear_free(context, &e->generator);
}

/* Token of each residue type, in the order ARNDCQEGHILKMFPSTWYV X: the vocabulary is < M R H K D E S T N Q C G P A V I
 * F Y W L - > * X |. */
static const unsigned char token_of_type[21] = {14, 2, 9,  5,  11, 10, 6,  12, 3,  16, 20,
                                                4,  1, 17, 13, 7,  8,  19, 18, 15, 24};

/* Embedded tokens, backbone frames in nanometres, and positions along the two chains as one. */
static void fill_inputs(const pleat_surface_encoder *e, const pleat_pass *pass, const float *atoms, float *s,
                        float *frames, int32_t *index) {
  for (int64_t i = 0; i < pass->count; i++) {
    const pleat_features *f = &pass->features[i];
    for (int64_t j = 0, row = pass->start[i]; j < f->length; j++, row++) {
      float nanometre[9];
      for (int x = 0; x < 9; x++) nanometre[x] = atoms[row * 42 + x] / 10; /* N, CA, C */
      pleat_rigid_from_backbone_f(nanometre, nanometre + 3, nanometre + 6, 1e-8, frames + 12 * row);
      memcpy(s + row * C, e->tensors.embedding + token_of_type[f->type[j]] * C, C * sizeof(float));
      index[row] = (int32_t)j;
    }
  }
}

float *pleat_surface_forward(pleat_run *run, const pleat_surface_encoder *e, const pleat_pass *pass,
                             pleat_flashabb_outputs *folded) {
  int64_t rows = pass->rows;
  float *s = pleat_run_take(run, rows * C);
  struct pleat_trace *trace = run->trace;
  run->trace = NULL; /* the folder's blocks would have the names of the encoder's */
  pleat_flashabb_forward(run, &e->folder, pass, true, folded);
  run->trace = trace;
  size_t mark = pleat_arena_mark(run->arena);
  float *frames = pleat_run_take(run, rows * 12);
  int32_t *index = pleat_run_take_bytes(run, (size_t)rows * sizeof *index);
  if (!pleat_run_idle(run)) fill_inputs(e, pass, folded->positions, s, frames, index);
  pleat_trace_emit(run, s, 1, rows, C, 0, "embed_tokens");
  pleat_point_pass blocks = {.pass = pass, .frames = frames, .index = index};
  for (int block = 0; block < BLOCKS; block++) {
    pleat_run_progress(run, (double)block / BLOCKS, "encoder");
    pleat_point_layer_forward(run, &e->layers[block], &blocks, block, s);
  }
  pleat_op_layer_norm(run, rows, C, s, e->tensors.norm_gain, e->tensors.norm_bias, 1e-5f, 0, s);
  pleat_arena_release(run->arena, mark);
  return s;
}
