/* FlashTAP: the therapeutic antibody profiler's developability scores, from sequence.
 * SPDX-License-Identifier: MIT
 *
 * Package flash-abb 0.0.5 (Oxford Protein Informatics Group, BSD-3-Clause): FlashABB's backbone, the surface encoder
 * with weights of its own, and a small head summed over residues. Scores: PSH, PPC, PNC (Raybould et al. 2019) and
 * SFvCSP; flags are the calibrated probabilities that a score is outside the guideline. */
#include <stddef.h>

#include "data/tap_calibrators.h"
#include "folding/surface_encoder.h"

enum { C = PLEAT_POINT_C, SCORES = 4, WIDE = 256, NARROW = 128 };

typedef struct flashtap_tensors {
  const float *w[3], *b[3], *mean, *deviation;
} flashtap_tensors;

typedef struct flashtap {
  pleat_surface_encoder encoder;
  flashtap_tensors tensors;
  pleat_linear head[3];
} flashtap;

#define FIELD(member) offsetof(flashtap_tensors, member), false
static const pleat_weight_row head_rows[] = {{"head_state.mlp.0.weight", 2, {WIDE, C}, FIELD(w[0])},
                                             {"head_state.mlp.0.bias", 1, {WIDE}, FIELD(b[0])},
                                             {"head_state.mlp.3.weight", 2, {NARROW, WIDE}, FIELD(w[1])},
                                             {"head_state.mlp.3.bias", 1, {NARROW}, FIELD(b[1])},
                                             {"head_state.mlp.6.weight", 2, {SCORES, NARROW}, FIELD(w[2])},
                                             {"head_state.mlp.6.bias", 1, {SCORES}, FIELD(b[2])},
                                             {"tgt_mean", 1, {SCORES}, FIELD(mean)},
                                             {"tgt_std", 1, {SCORES}, FIELD(deviation)},
                                             {0}};
#undef FIELD

static pleat_status pack(pleat_context *context, void *weights) {
  static const int sizes[] = {C, WIDE, NARROW, SCORES};
  flashtap *tap = weights;
  PLEAT_TRY(pleat_surface_pack(context, &tap->encoder));
  for (int i = 0; i < 3; i++)
    PLEAT_TRY(pleat_linear_pack(context, tap->tensors.w[i], tap->tensors.b[i], sizes[i + 1], sizes[i], &tap->head[i]));
  return PLEAT_OK;
}

static void unload(pleat_context *context, void *weights) {
  flashtap *tap = weights;
  pleat_surface_unload(context, &tap->encoder);
  for (int i = 0; i < 3; i++) pleat_linear_free(context, &tap->head[i]);
}

/* The calibrated probability that score k is outside its guideline; PSH is flagged when too low or too high. */
static double flag_probability(int k, double score) {
  static const int curve[SCORES] = {PLEAT_TAP_PSH_LOW, PLEAT_TAP_PPC, PLEAT_TAP_PNC, PLEAT_TAP_SFVCSP};
  double p = pleat_isotonic_value(&pleat_tap_calibrators[curve[k]], score);
  if (curve[k] != PLEAT_TAP_PSH_LOW) return p;
  return 1 - (1 - p) * (1 - pleat_isotonic_value(&pleat_tap_calibrators[PLEAT_TAP_PSH_HIGH], score));
}

/* Sums over residues, back to the scores' own scale. */
static void score_sequence(const flashtap *tap, const pleat_features *features, pleat_result *result) {
  const float *each = pleat_result_find(result, "per_residue");
  float *scores = pleat_result_find(result, "scores"), *flags = pleat_result_find(result, "flag_probs");
  double none = 1;
  for (int k = 0; k < SCORES; k++) {
    double sum = 0;
    for (int64_t i = 0; i < features->length; i++) sum += each[i * SCORES + k];
    scores[k] = (float)(sum * tap->tensors.deviation[k] + tap->tensors.mean[k]);
    flags[k] = (float)flag_probability(k, scores[k]);
    none *= 1 - flags[k];
  }
  *pleat_result_find(result, "any_flag_prob") = (float)(1 - none);
}

static void forward(pleat_run *run, const void *weights, const pleat_pass *pass) {
  const flashtap *tap = weights;
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU};
  int64_t rows = pass->rows;
  pleat_flashabb_outputs folded;
  size_t mark = pleat_arena_mark(run->arena);
  float *embeddings = pleat_surface_forward(run, &tap->encoder, pass, &folded);
  float *wide = pleat_run_take(run, rows * WIDE), *narrow = pleat_run_take(run, rows * NARROW);
  float *per_residue = pleat_run_take(run, rows * SCORES);
  pleat_op_linear(run, &tap->head[0], rows, embeddings, C, &relu, wide, WIDE);
  pleat_op_linear(run, &tap->head[1], rows, wide, WIDE, &relu, narrow, NARROW);
  pleat_op_linear(run, &tap->head[2], rows, narrow, NARROW, NULL, per_residue, SCORES);
  pleat_pass_store(run, pass, "positions", folded.positions, 14 * 3);
  pleat_pass_store(run, pass, "plddt", folded.plddt, 1);
  pleat_pass_store(run, pass, "embeddings", embeddings, C);
  pleat_pass_store(run, pass, "per_residue", per_residue, SCORES);
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < pass->count; i++) score_sequence(tap, &pass->features[i], pass->results[i]);
  pleat_arena_release(run->arena, mark);
}

static pleat_status finish(const pleat_features *features, const double *option, pleat_result *result) {
  const double folder_options[PLEAT_MODEL_MAX_OPTIONS] = {[PLEAT_FLASHABB_OPTION_DLC] = 1};
  (void)option;
  return pleat_flashabb_finish(features, folder_options, result);
}

const pleat_model_def pleat_model_flashtap = {
    .name = "flashtap",
    .title = "FlashTAP: developability scores of an antibody, with its structure",
    .task = "predict",
    .int8_harm = "its SFvCSP score moves by up to 2.3",
    .notes = "Runs on FlashABB's structure, so the model flashabb must be installed too, and its limits hold here.",
    .files = {"flashabb", "flashtap"},
    .borrowed = 1,
    .outputs = {{"positions", 3, {-1, 14, 3}},
                {"plddt", 1, {-1}},
                {"embeddings", 2, {-1, C}},
                {"per_residue", 2, {-1, SCORES}},
                {"scores", 1, {SCORES}},
                {"flag_probs", 1, {SCORES}},
                {"any_flag_prob", 1, {1}}},
    .pass_rows = 1024,
    .weights_size = sizeof(flashtap),
    .tables = {PLEAT_SURFACE_TABLES(offsetof(flashtap, encoder), "encoder_state.model."),
               {head_rows, 1, 1, "", offsetof(flashtap, tensors), 0}},
    .pack = pack,
    .unload = unload,
    .features = pleat_features_antibody,
    .forward = forward,
    .finish = finish,
};
