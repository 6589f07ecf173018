/* Refinement off the grid: the pose of a density on a map that has the highest local correlation.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_REFINE_H
#define PLEAT_GEOMETRY_REFINE_H

#include "geometry/grid.h"
#include "geometry/rigid.h"

/* The density to be placed, as points around position 0. Cells are small regions of it, whose agreement with the map is
 * looked at one by one. */
typedef struct pleat_refine_points {
  size_t count;
  float *position; /* (count,3) */
  float *density;  /* (count) */
  float *weight;   /* (count) > 0 */
  int *cell;       /* (count) */
  int cells[3];    /* regions along each axis; cell = (k cells[1] + j) cells[0] + i */
} pleat_refine_points;

typedef struct pleat_refine_pose {
  pleat_rigid frame;  /* the density's coordinates to the map's */
  double score;       /* weighted correlation over the points that count */
  double share;       /* of the density's weight in regions that the map supports: 1 when it is all there */
  double scale, level;/* the map there is scale * density + level */
} pleat_refine_pose;

/* Points of `density` where `weight` is positive, every `stride`-th along each axis; cells of edge `cell` angstrom. */
pleat_status pleat_refine_take(pleat_context *context, const pleat_grid *density, const pleat_grid *weight, int stride,
                               double cell, pleat_refine_points *points);
void pleat_refine_release(pleat_context *context, pleat_refine_points *points);

/* Up to `steps` steps of Gauss and Newton on rotation and translation from pose->frame, damped so that the correlation
 * never falls; then, in up to `rounds` rounds, regions where the map lacks the density (has less than 0.35 of what it has
 * where it is strong, with all neighbours; then 0.5, each region alone; from the fourth round on 0.88, with neighbours) no
 * longer count, and the pose is refined again. scratch: room for 5 count + cells numbers. */
void pleat_refine_run(const pleat_grid *map, const pleat_refine_points *points, int steps, int rounds, double *scratch,
                      pleat_refine_pose *pose);
size_t pleat_refine_scratch(const pleat_refine_points *points);

#endif
