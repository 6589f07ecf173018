/* Irreps inside the library: the terms of "16x0e+8x1o", and the rows they describe.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_IRREPS_H
#define PLEAT_GEOMETRY_IRREPS_H

#include "lib/memory.h"
#include "pleat_kernels.h"

struct pleat_irreps {
  pleat_context *context;
  pleat_irreps_term *terms;
  int count, dimension, degree; /* degree: the greatest l, 0 when there is no term */
  char *text;
};

/* From terms whose offsets need not be filled in. */
pleat_status pleat_irreps_create_terms(pleat_context *context, const pleat_irreps_term *terms, int count,
                                       pleat_irreps **irreps);

/* (multiplicity, 2l+1) of each term of a row to (2l+1, multiplicity), so that copies of one component lie side by side, and
 * back. from and to must not overlap. */
void pleat_irreps_spread(const pleat_irreps *irreps, const float *from, float *to);
void pleat_irreps_gather(const pleat_irreps *irreps, const float *from, float *to);

#endif
