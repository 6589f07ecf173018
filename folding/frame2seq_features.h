/* What Frame2seq sees of a backbone: torsions and places along the chain, frames, distances between residues.
 * SPDX-License-Identifier: MIT
 *
 * Worked out in double precision from coordinates rounded to 4 decimals, as the published code does. */
#ifndef PLEAT_FOLDING_FRAME2SEQ_FEATURES_H
#define PLEAT_FOLDING_FRAME2SEQ_FEATURES_H

#include "folding/target.h"

enum {
  PLEAT_FRAME2SEQ_PLACES = 128,                             /* sine and cosine of the place along the chain */
  PLEAT_FRAME2SEQ_SINGLE = PLEAT_FRAME2SEQ_PLACES + 6,      /* then cosines and sines of phi, psi, omega */
  PLEAT_FRAME2SEQ_ATOMS = 4,                                /* N, CA, C, ideal CB */
  PLEAT_FRAME2SEQ_CENTRES = 24,                             /* radial basis functions of a distance */
  PLEAT_FRAME2SEQ_PAIR = 16 * PLEAT_FRAME2SEQ_CENTRES,      /* of all distances between two residues' atoms */
  PLEAT_FRAME2SEQ_OFFSETS = 65                              /* places apart, cut at 32 on either side */
};

typedef struct pleat_frame2seq_features {
  int64_t length;
  float *mask;   /* (L) 1 where N, CA and C are there */
  float *single; /* (L,134) */
  float *frames; /* (L,12) rotation row-major, then translation, about the centre of the present CAs */
  double *atoms; /* (L,4,3); 0 where missing */
} pleat_frame2seq_features;

/* Fills the arrays, which have room for backbone->length residues. */
void pleat_frame2seq_features_fill(const pleat_backbone *backbone, pleat_frame2seq_features *features);

/* rbf (384) = exp(-((d(a,b) - centre) / sigma)^2), by atom of i, atom of j, centre. */
void pleat_frame2seq_pair(const pleat_frame2seq_features *features, int64_t i, int64_t j, float *rbf);

/* 0..64: clip(i - j, -32, 32) + 32. */
int pleat_frame2seq_offset(int64_t i, int64_t j);

#endif
