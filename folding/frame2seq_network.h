/* One of Frame2seq's three networks: from a backbone and the letters that are given to a logit for every letter.
 * SPDX-License-Identifier: MIT
 *
 * C = 128 channels of a residue, Z = 128 of a pair, H = 4 heads, D = 32, query/key points P = 4, value points W = 8,
 * E = 64 channels that a residue gives to its pairs. */
#ifndef PLEAT_FOLDING_FRAME2SEQ_NETWORK_H
#define PLEAT_FOLDING_FRAME2SEQ_NETWORK_H

#include <stddef.h>

#include "folding/frame2seq_features.h"
#include "folding/model.h"
#include "lib/op.h"

enum {
  PLEAT_FRAME2SEQ_C = 128,
  PLEAT_FRAME2SEQ_Z = 128,
  PLEAT_FRAME2SEQ_H = 4,
  PLEAT_FRAME2SEQ_D = 32,
  PLEAT_FRAME2SEQ_P = 4,
  PLEAT_FRAME2SEQ_W = 8,
  PLEAT_FRAME2SEQ_E = 64,
  PLEAT_FRAME2SEQ_LAYERS = 8,
  PLEAT_FRAME2SEQ_VALUES = PLEAT_FRAME2SEQ_H *
      (PLEAT_FRAME2SEQ_D + 4 * PLEAT_FRAME2SEQ_W + PLEAT_FRAME2SEQ_Z), /* of attention, before its last linear: 768 */
  PLEAT_FRAME2SEQ_EDGE = PLEAT_FRAME2SEQ_Z + 2 * PLEAT_FRAME2SEQ_E,    /* a pair and its two residues: 256 */
  PLEAT_FRAME2SEQ_WIDE = 512                                           /* transition of the second and third network */
};

/* The published tensors, as bound from a model file. */
typedef struct pleat_frame2seq_tensors {
  const float *single_w, *single_b, *pair_w, *pair_b, *out_w, *out_b, *letter_w, *letter_b, *letter_gain, *letter_bias;
} pleat_frame2seq_tensors;

typedef struct pleat_frame2seq_layer_tensors {
  const float *head_weights, *q_w, *q_b, *kv_w, *kv_b, *qp_w, *qp_b, *kvp_w, *kvp_b, *b_w, *b_b, *o_w, *o_b;
  const float *norm_gain, *norm_bias, *before_w, *before_b, *after_w, *after_b; /* before, after: NULL in network 1 */
  const float *t_w[3], *t_b[3], *t_gain, *t_bias;
} pleat_frame2seq_layer_tensors;

typedef struct pleat_frame2seq_edge_tensors {
  const float *embed_w, *embed_b, *first_w, *first_b, *second_w, *second_b, *final_w, *final_b, *gain, *bias;
} pleat_frame2seq_edge_tensors;

typedef struct pleat_frame2seq_layer {
  pleat_frame2seq_layer_tensors tensors;
  pleat_frame2seq_edge_tensors edge; /* NULLs in the last layer */
  pleat_linear q, kv, qp, kvp, b, o, before, transition[3], after;
  pleat_linear embed, first, first_i, first_j, second, final; /* first: by source, a pair and its two residues */
  float head_weight[PLEAT_FRAME2SEQ_H];                       /* softplus(w) sqrt(1 / (3 * 4 * 9/2)) */
} pleat_frame2seq_layer;

typedef struct pleat_frame2seq_network {
  pleat_frame2seq_tensors tensors;
  pleat_frame2seq_layer layers[PLEAT_FRAME2SEQ_LAYERS];
  pleat_linear single, radial, out;
  float *letters; /* (21,128) what a given letter adds, 20: none given; then (65,128) of offsets; owned */
} pleat_frame2seq_network;

/* The tables of network `file`, whose weights lie at `at`. */
extern const pleat_weight_row pleat_frame2seq_rows[], pleat_frame2seq_layer_rows[], pleat_frame2seq_edge_rows[],
    pleat_frame2seq_wide_layer_rows[], pleat_frame2seq_wide_edge_rows[];
#define PLEAT_FRAME2SEQ_TABLES(file, at, layer_rows, edge_rows)                                         \
  {pleat_frame2seq_rows, file, 1, "state_dict.", (at) + offsetof(pleat_frame2seq_network, tensors), 0},            \
      {layer_rows, file, PLEAT_FRAME2SEQ_LAYERS, "state_dict.", (at) + offsetof(pleat_frame2seq_network, layers),  \
       sizeof(pleat_frame2seq_layer)},                                                                  \
      {edge_rows, file, PLEAT_FRAME2SEQ_LAYERS - 1, "state_dict.",                                                 \
       (at) + offsetof(pleat_frame2seq_network, layers) + offsetof(pleat_frame2seq_layer, edge),        \
       sizeof(pleat_frame2seq_layer)}

pleat_status pleat_frame2seq_pack(pleat_context *context, pleat_frame2seq_network *network);
void pleat_frame2seq_unload(pleat_context *context, pleat_frame2seq_network *network);

/* What a pass is made on; `number` (1, 2, 3) names the network in traces. */
typedef struct pleat_frame2seq_pass {
  const pleat_frame2seq_features *features;
  const int32_t *letters; /* (L) given letters, 20 where none is */
  int number;
  double done, share; /* of the run's progress */
} pleat_frame2seq_pass;

/* logits (L,21). */
void pleat_frame2seq_forward(pleat_run *run, const pleat_frame2seq_network *network, const pleat_frame2seq_pass *pass,
                             float *logits);

#endif
