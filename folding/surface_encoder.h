/* The encoder shared by FlashABB-SSS and FlashTAP: six point-transformer layers on the frames of a predicted backbone.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_SURFACE_ENCODER_H
#define PLEAT_FOLDING_SURFACE_ENCODER_H

#include "folding/model_flashabb.h"

enum { PLEAT_SURFACE_BLOCKS = 6, PLEAT_SURFACE_TOKENS = 26, PLEAT_SURFACE_HIDDEN = 512 };

typedef struct pleat_surface_tensors {
  const float *embedding, *norm_gain, *norm_bias, *generator_w, *generator_b;
} pleat_surface_tensors;

typedef struct pleat_surface_encoder {
  pleat_flashabb folder; /* predicts the backbone */
  pleat_surface_tensors tensors;
  pleat_point_layer layers[PLEAT_SURFACE_BLOCKS];
  pleat_linear generator; /* embeddings -> token logits */
} pleat_surface_encoder;

/* The tables of a model whose files are FlashABB's and the encoder's, with `prefix` before the encoder's names, and
 * whose weights hold a pleat_surface_encoder at `at`. */
extern const pleat_weight_row pleat_surface_model_rows[], pleat_surface_layer_rows[];
#define PLEAT_SURFACE_TABLES(at, prefix)                                                                       \
  PLEAT_FLASHABB_TABLES((at) + offsetof(pleat_surface_encoder, folder)),                                       \
      {pleat_surface_model_rows, 1, 1, prefix, (at) + offsetof(pleat_surface_encoder, tensors), 0}, {          \
    pleat_surface_layer_rows, 1, PLEAT_SURFACE_BLOCKS, prefix, (at) + offsetof(pleat_surface_encoder, layers), \
        sizeof(pleat_point_layer)                                                                              \
  }

pleat_status pleat_surface_pack(pleat_context *context, pleat_surface_encoder *encoder);
void pleat_surface_unload(pleat_context *context, pleat_surface_encoder *encoder);

/* Folds the pass's sequences, then embeds them: embeddings (M,128), left in the arena. */
float *pleat_surface_forward(pleat_run *run, const pleat_surface_encoder *encoder, const pleat_pass *pass,
                             pleat_flashabb_outputs *folded);

#endif
