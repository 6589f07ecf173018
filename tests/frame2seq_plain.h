/* Frame2seq's network in plain double loops, as the published code orders its steps: what the model is held against.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_FRAME2SEQ_PLAIN_H
#define PLEAT_TESTS_FRAME2SEQ_PLAIN_H

#include "lib/memory.h"
#include "lib/weights.h"

/* A short chain: atoms (L,3,3) N CA C in angstrom, mask (L), given letters (L), 20 where none. */
typedef struct plain_input {
  int length;
  const double *atoms;
  const int *mask, *given;
} plain_input;

/* logits (L,21), in the pool. `wide`: the second and third network. */
pleat_status plain_frame2seq(pleat_pool *pool, const pleat_weights *weights, bool wide, const plain_input *input,
                             float *logits);

#endif
