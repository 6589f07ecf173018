/* Optimal superposition of two sets of points by the quaternion method, and the RMSD it leaves.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_SUPERPOSE_H
#define PLEAT_GEOMETRY_SUPERPOSE_H

#include <stddef.h>

#include "geometry/rigid.h"

typedef struct pleat_superposition {
  pleat_rigid frame; /* moving -> fixed */
  double rmsd;       /* angstrom, weighted; NaN when there is no point of positive weight */
} pleat_superposition;

/* The proper rotation and translation that bring moving (count,3) onto fixed (count,3) with the least weighted squared
 * distance (Horn 1987; the key matrix of Theobald 2005, its eigenvector by Jacobi rotations, so that one or two points,
 * lines and planes are as good as any others). weights NULL: all 1; a weight must not be negative. */
pleat_superposition pleat_superpose(const double *moving, const double *fixed, const double *weights, size_t count);

/* The same over the pairs that `chosen` (of `chosen_count` indices) names, all of weight 1. */
pleat_superposition pleat_superpose_chosen(const double *moving, const double *fixed, const size_t *chosen,
                                           size_t chosen_count);

/* sqrt of the weighted mean squared distance of moved points to fixed ones. */
double pleat_superpose_rmsd(const pleat_rigid *frame, const double *moving, const double *fixed, const double *weights,
                            size_t count);

#endif
