/* Exhaustive six-dimensional search: a shape laid on a map at every point of its grid, in every rotation of a set.
 * SPDX-License-Identifier: MIT
 *
 * The score is the local cross-correlation of Roseman (Acta Cryst. D56, 1332 (2000)), here Pearson's coefficient with the
 * weights W of the shape: with t of weighted mean 0 and weighted square 1,
 *     r = sum W t rho / sqrt(sum W rho^2 - (sum W rho)^2 / sum W)
 * The numerator is had by Fourier transforms on the map's grid, the sums of the denominator, which vary slowly, on one of
 * half the points along each axis. Two rotations are the real and imaginary part of one transform; half turns about the
 * axes reverse the map's axes instead, so that up to four rotations share the transforms of the shape. */
#ifndef PLEAT_GEOMETRY_SEARCH_H
#define PLEAT_GEOMETRY_SEARCH_H

#include "geometry/grid.h"

/* Weights and weighted density on the same grid of cubes, around position 0. Densities that are laid on a map have a mean
 * removed and are normalised in each rotation. */
typedef struct pleat_search_shape {
  pleat_grid product; /* W t */
  pleat_grid weight;  /* W >= 0 */
} pleat_search_shape;

typedef struct pleat_search_job {
  const pleat_grid *map;           /* of cubes */
  const pleat_search_shape *shape;
  const double *rotations;         /* (count,4) unit quaternions */
  size_t count;
  size_t peaks;                    /* kept of each rotation, best first */
  double apart;                    /* these lie at least so far apart, angstrom */
  const char *wisdom;              /* file of FFTW's plans; NULL: none */
} pleat_search_job;

typedef struct pleat_search_hit {
  float score;
  int rotation;
  int point[3]; /* of the map's grid, where the shape's 0 lies */
} pleat_search_hit;

/* How far from position 0 a shape's weights reach. */
double pleat_search_radius(const pleat_grid *weight);

/* hits: room for count * peaks, filled best first (equal scores by rotation and place); *found of them. Work is shared out
 * by rotations over the context's threads; the same hits for any number. Reports progress. */
pleat_status pleat_search_run(pleat_context *context, const pleat_search_job *job, pleat_search_hit *hits, size_t *found);

#endif
