/* FlashABB-SSS: embeddings of an antibody's residues in the light of its predicted structure.
 * SPDX-License-Identifier: MIT
 *
 * Package flash-abb 0.0.5 (Oxford Protein Informatics Group, BSD-3-Clause): FlashABB's backbone, then the surface
 * encoder. */
#include "folding/surface_encoder.h"

enum { C = PLEAT_POINT_C, TOKENS = PLEAT_SURFACE_TOKENS };

static pleat_status pack(pleat_context *context, void *weights) { return pleat_surface_pack(context, weights); }

static void unload(pleat_context *context, void *weights) { pleat_surface_unload(context, weights); }

static void forward(pleat_run *run, const void *weights, const pleat_pass *pass) {
  const pleat_surface_encoder *encoder = weights;
  pleat_flashabb_outputs folded;
  size_t mark = pleat_arena_mark(run->arena);
  float *embeddings = pleat_surface_forward(run, encoder, pass, &folded);
  float *logits = pleat_run_take(run, pass->rows * TOKENS);
  pleat_op_linear(run, &encoder->generator, pass->rows, embeddings, C, NULL, logits, TOKENS);
  pleat_pass_store(run, pass, "embeddings", embeddings, C);
  pleat_pass_store(run, pass, "token_logits", logits, TOKENS);
  pleat_arena_release(run->arena, mark);
}

static pleat_status finish(const pleat_features *features, const double *option, pleat_result *result) {
  (void)option;
  if (features->chains == 2) return PLEAT_OK;
  return pleat_result_warn(result, "embeddings of one chain alone rest on a structure outside what FlashABB learned");
}

const pleat_model_def pleat_model_flashabb_sss = {
    .name = "flashabb-sss",
    .title = "FlashABB-SSS: structure-aware embeddings of an antibody's residues",
    .task = "embed",
    .int8_harm = "FlashTAP, which stands on its embeddings, does not bear it",
    .notes = "Runs on FlashABB's structure, so the model flashabb must be installed too, and its limits hold here.",
    .files = {"flashabb", "flashabb-sss"},
    .borrowed = 1,
    .outputs = {{"embeddings", 2, {-1, C}}, {"token_logits", 2, {-1, TOKENS}}},
    .pass_rows = 1024,
    .weights_size = sizeof(pleat_surface_encoder),
    .tables = {PLEAT_SURFACE_TABLES(0, "")},
    .pack = pack,
    .unload = unload,
    .features = pleat_features_antibody,
    .forward = forward,
    .finish = finish,
};
