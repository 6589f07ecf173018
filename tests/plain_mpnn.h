/* ProteinMPNN and its sisters written plainly in double precision, every layer on concatenated inputs as the papers have
 * it: what the fast path is held against. SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_PLAIN_MPNN_H
#define PLEAT_TESTS_PLAIN_MPNN_H

#include "folding/mpnn.h"

typedef struct plain_mpnn {
  const pleat_mpnn *m;
  const pleat_backbone *b;
  int64_t length, neighbours;
  int32_t *index;      /* (L,K) */
  double *atoms;       /* (L,5,3) */
  double *h, *h_e;     /* (L,C), (L,K,C) */
  double *state[4];    /* (L,C) of the decoder */
  double *logits;      /* (L,21) */
} plain_mpnn;

/* Encodes; memory from the pool. */
pleat_status plain_mpnn_encode(pleat_pool *pool, const pleat_mpnn *m, const pleat_backbone *b, plain_mpnn *p);

/* Logits of all residues in the order that `rank` gives; without the sequence, neighbours that come before are nothing. */
void plain_mpnn_score(plain_mpnn *p, const int32_t *rank, bool use_sequence);

/* Draws residue by residue: letters (L) and logits. exponential (steps,20): one row a draw. */
void plain_mpnn_design(plain_mpnn *p, const int32_t *order, const float *exponential, double temperature, int32_t *letters);

#endif
