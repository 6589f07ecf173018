/* FlashABB's forward pass, also the first half of its sister models.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_MODEL_FLASHABB_H
#define PLEAT_FOLDING_MODEL_FLASHABB_H

#include <stddef.h>

#include "folding/point_transformer.h"

enum { PLEAT_FLASHABB_BLOCKS = 8, PLEAT_FLASHABB_BINS = 50, PLEAT_FLASHABB_INPUTS = 23, PLEAT_FLASHABB_HIDDEN = 256 };

/* The published tensors outside the blocks, and the backbone update of each block. */
typedef struct pleat_flashabb_tensors {
  const float *in_w, *in_b;
  const float *a_in_w, *a_in_b, *a_initial_w, *a_initial_b, *a_out_w, *a_out_b; /* angle resnet of the last block */
  const float *a_w[4], *a_b[4];                                                /* two residual blocks of two linears */
  const float *p_gain, *p_bias, *p_w[3], *p_b[3];                              /* pLDDT head */
} pleat_flashabb_tensors;

typedef struct pleat_flashabb_update_tensors {
  const float *w, *b;
} pleat_flashabb_update_tensors;

typedef struct pleat_flashabb {
  pleat_flashabb_tensors tensors;
  pleat_flashabb_update_tensors update_tensors[PLEAT_FLASHABB_BLOCKS];
  pleat_point_layer layers[PLEAT_FLASHABB_BLOCKS];
  pleat_linear input, update[PLEAT_FLASHABB_BLOCKS], angle_in, angle_initial, angle_hidden[4], angle_out, plddt[3];
} pleat_flashabb;

/* Where the outputs of a pass of M rows lie, in the run's arena. */
typedef struct pleat_flashabb_outputs {
  float *single;                       /* (M,128) */
  float *frames;                       /* (M,7) quaternion and translation */
  float *unnormalized_angles, *angles; /* (M,7,2) */
  float *positions;                    /* (M,14,3) */
  float *plddt_logits, *plddt;         /* (M,50), (M) */
} pleat_flashabb_outputs;

enum { PLEAT_FLASHABB_OPTION_DLC, PLEAT_FLASHABB_OPTION_IDEALISE };

/* The tables of a model whose first file is FlashABB's and whose weights hold a pleat_flashabb at `at`. */
extern const pleat_weight_row pleat_flashabb_model_rows[], pleat_flashabb_layer_rows[], pleat_flashabb_update_rows[];
#define PLEAT_FLASHABB_TABLES(at)                                                                                     \
  {pleat_flashabb_model_rows, 0, 1, "", (at) + offsetof(pleat_flashabb, tensors), 0},                                 \
      {pleat_flashabb_layer_rows, 0, PLEAT_FLASHABB_BLOCKS, "", (at) + offsetof(pleat_flashabb, layers),              \
       sizeof(pleat_point_layer)},                                                                                    \
      {pleat_flashabb_update_rows, 0, PLEAT_FLASHABB_BLOCKS, "", (at) + offsetof(pleat_flashabb, update_tensors),     \
       sizeof(pleat_flashabb_update_tensors)}

pleat_status pleat_flashabb_pack(pleat_context *context, void *weights);
void pleat_flashabb_unload(pleat_context *context, void *weights);

/* Takes the outputs' memory from the arena, where it stays. */
void pleat_flashabb_forward(pleat_run *run, const pleat_flashabb *weights, const pleat_pass *pass, bool dlc,
                            pleat_flashabb_outputs *outputs);

/* Structure, sanity check and warnings of a result that holds positions and plddt. */
pleat_status pleat_flashabb_finish(const pleat_features *features, const double *option, pleat_result *result);

#endif
