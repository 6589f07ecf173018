/* Node features of the side-chain packer: distances of a residue's atoms to the atoms of its context.
 * SPDX-License-Identifier: MIT
 *
 *   nodes(i) = norm(sum over places a and context atoms m: N(a,m) (P [rbf(|x(i,a) - y(i,m)|) | onehot(element m)] + p))
 *
 * The two linears with nothing between are one; what comes from the elements, which does not move, is a sum of rows
 * of a table over (m, element). */
#ifndef PLEAT_FOLDING_ATOM_CONTEXT_H
#define PLEAT_FOLDING_ATOM_CONTEXT_H

#include "folding/message_passing.h"

enum {
  PLEAT_ATOM_CONTEXT_COUNT = 16,
  PLEAT_ATOM_CONTEXT_NARROW = 16,
  PLEAT_ATOM_CONTEXT_INPUT = PLEAT_MESSAGE_RBF + PLEAT_MESSAGE_ELEMENTS,
  PLEAT_ATOM_CONTEXT_PAIRS = PLEAT_RESIDUE_ATOM14 * PLEAT_ATOM_CONTEXT_COUNT,
  PLEAT_ATOM_CONTEXT_WIDTH = PLEAT_ATOM_CONTEXT_PAIRS * PLEAT_ATOM_CONTEXT_NARROW
};

typedef struct pleat_atom_context_tensors {
  const float *narrow_w, *narrow_b; /* (16,136) W_XY_project_down1 */
  const float *node_w;              /* (C,3584) dec_node_embedding1 */
  const float *norm_gain, *norm_bias;
} pleat_atom_context_tensors;

typedef struct pleat_atom_context {
  pleat_atom_context_tensors tensors;
  float *elements;    /* owned: their table (16,120,C) */
  pleat_linear pairs; /* 3584 gaussians to C */
} pleat_atom_context;

pleat_status pleat_atom_context_pack(pleat_context *context, pleat_atom_context *c);
void pleat_atom_context_free(pleat_context *context, pleat_atom_context *c);

/* The part that does not move: fixed (L,C). */
void pleat_atom_context_fixed(pleat_run *run, const pleat_atom_context *c, const pleat_message_atoms *found,
                              int64_t length, float *fixed);

typedef struct pleat_atom_context_chain {
  int64_t length;
  const float *positions; /* (L,14,3), in the places that the network knows */
  const int32_t *atoms;   /* (L) how many places are taken */
  const pleat_message_atoms *found; /* NULL: no context is seen */
  const float *fixed;     /* (L,C) */
} pleat_atom_context_chain;

/* nodes (L,C). */
void pleat_atom_context_forward(pleat_run *run, const pleat_atom_context *c, const pleat_atom_context_chain *chain,
                                float *nodes);

#endif
