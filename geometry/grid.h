/* Scalar fields on regular grids in space: densities of atoms, smoothing, sampling between the points.
 * SPDX-License-Identifier: MIT
 *
 * Point (i,j,k) of a grid of (NX,NY,NZ) lies at origin + (i,j,k) * spacing, in angstrom; its value is
 * values[(k NY + j) NX + i], as MRC files have it. */
#ifndef PLEAT_GEOMETRY_GRID_H
#define PLEAT_GEOMETRY_GRID_H

#include "lib/memory.h"

typedef struct pleat_grid {
  int size[3]; /* NX, NY, NZ */
  double spacing[3], origin[3];
  float *values; /* (NZ,NY,NX) */
} pleat_grid;

/* Zeroed values for the sizes that `grid` has; PLEAT_ERROR_INPUT beyond 2^31 points. */
pleat_status pleat_grid_take(pleat_context *context, pleat_grid *grid);
void pleat_grid_release(pleat_context *context, pleat_grid *grid);
size_t pleat_grid_points(const pleat_grid *grid);

/* A grid of cubes of edge `spacing` that holds all positions (count,3) and `margin` around them, its points at whole
 * multiples of the spacing from `centre` (NULL: from 0). */
pleat_status pleat_grid_around(pleat_context *context, const double *positions, size_t count, double spacing,
                               double margin, const double *centre, pleat_grid *grid);

/* Adds a normal density of standard deviation `sigma` around each position, its integral the weight (NULL: 1), cut off
 * at 4 sigma. */
void pleat_grid_add_atoms(pleat_grid *grid, const double *positions, const float *weights, size_t count, double sigma);

/* Points nearer than `radius` to a position become 1, the others stay as they are. */
void pleat_grid_mark_near(pleat_grid *grid, const double *positions, size_t count, double radius);

/* The same with a radius of each position's own, and a value to set. */
void pleat_grid_mark(pleat_grid *grid, const double position[3], double radius, float value);

/* Convolution with a normal density of standard deviation `sigma` angstrom; the outside counts as 0. */
pleat_status pleat_grid_blur(pleat_context *context, pleat_grid *grid, double sigma);

/* The discrete Laplacian from neighbours `step` points away, negated, so that what was a maximum stays one; the outside
 * counts as 0. */
pleat_status pleat_grid_laplace(pleat_context *context, pleat_grid *grid, int step);

/* How deep each point lies in the region of positive values: 1 at its rim, 2 one point further in, ... by faces. */
pleat_status pleat_grid_depth(pleat_context *context, pleat_grid *grid);

/* The field at a position by cubic B-splines on the values themselves, which smooths by a standard deviation of
 * spacing / sqrt(3) and has no bias towards points; the outside counts as 0. gradient (3) may be NULL. */
double pleat_grid_sample(const pleat_grid *grid, const double position[3], double gradient[3]);

/* Trilinear interpolation; the outside counts as 0. */
double pleat_grid_interpolate(const pleat_grid *grid, const double position[3]);

/* A grid of cubes of edge `spacing` over the same region, sampled after smoothing as far as the coarser points need;
 * `*blur` is the standard deviation of all smoothing, in angstrom. */
pleat_status pleat_grid_resample(pleat_context *context, const pleat_grid *grid, double spacing, pleat_grid *coarse,
                                 double *blur);

typedef struct pleat_grid_statistics {
  double least, greatest, mean, deviation;
} pleat_grid_statistics;
pleat_grid_statistics pleat_grid_describe(const pleat_grid *grid);

#endif
