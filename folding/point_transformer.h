/* The layer that FlashABB and its sister models are stacked from: point attention with rotary positions and a spectrum
 * of relative positions, layer norm, transition, layer norm. SPDX-License-Identifier: MIT
 *
 * C = 128 channels, H = 12 heads, D = 16, query/key points P = 4, value points W = 8, spectrum bins B = 128. */
#ifndef PLEAT_FOLDING_POINT_TRANSFORMER_H
#define PLEAT_FOLDING_POINT_TRANSFORMER_H

#include "folding/model.h"
#include "lib/op.h"

enum {
  PLEAT_POINT_C = 128,
  PLEAT_POINT_H = 12,
  PLEAT_POINT_D = 16,
  PLEAT_POINT_P = 4,
  PLEAT_POINT_W = 8,
  PLEAT_POINT_B = 128,
  PLEAT_POINT_QKV = PLEAT_POINT_H *
      (3 * PLEAT_POINT_D + 3 * (2 * PLEAT_POINT_P + PLEAT_POINT_W)),        /* q, kv, points: 1152 */
  PLEAT_POINT_VALUES = PLEAT_POINT_H * (PLEAT_POINT_D + 4 * PLEAT_POINT_W), /* 576 */
  PLEAT_POINT_SPECTRUM = PLEAT_POINT_H * PLEAT_POINT_B                      /* 1536 */
};

/* The published tensors of one layer, as bound from a model file. */
typedef struct pleat_point_tensors {
  const float *head_weights, *freqs;
  const float *q_w, *q_b, *kv_w, *kv_b, *points_w, *points_b, *out_w, *out_b;
  const float *norm_gain, *norm_bias, *transition_gain, *transition_bias;
  const float *l1_w, *l1_b, *l2_w, *l2_b, *l3_w, *l3_b; /* l2 NULL: a transition of two linears */
} pleat_point_tensors;

/* A layer ready to run: fused and packed. */
typedef struct pleat_point_layer {
  pleat_point_tensors tensors;
  pleat_linear qkv /* q, kv, points in one */, out_values, out_spectrum /* the two halves of out */, l1, l2, l3;
  float head_weight[PLEAT_POINT_H]; /* softplus(w) sqrt(1 / (3 * 4 * 9/2)) */
} pleat_point_layer;

/* Fuses and packs; `hidden` is the transition's width. On failure free what is there with pleat_point_layer_free. */
pleat_status pleat_point_layer_pack(pleat_context *context, int hidden, pleat_point_layer *layer);
void pleat_point_layer_free(pleat_context *context, pleat_point_layer *layer);

/* What all layers of one pass share: M rows. */
typedef struct pleat_point_pass {
  const pleat_pass *pass;
  const float *frames;  /* (M,12): rotation, then translation */
  const int32_t *index; /* (M) residue numbers for the spectrum */
  float dropout_rate;   /* 0, or 0.1 for the dropout-layernorm correction */
} pleat_point_pass;

/* s (M,C) <- layer(s). */
void pleat_point_layer_forward(pleat_run *run, const pleat_point_layer *layer, const pleat_point_pass *pass, int block,
                               float *s);

#endif
