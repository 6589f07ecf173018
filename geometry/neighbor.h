/* Pairs of points that are near each other, by a grid of cells.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_NEIGHBOR_H
#define PLEAT_GEOMETRY_NEIGHBOR_H

#include "lib/memory.h"

typedef void (*pleat_neighbor_fn)(void *argument, size_t first, size_t second, double distance2);

/* Calls `visit` once for every pair first < second of points (count,3) nearer than `cutoff` angstrom, in an order that
 * is always the same. Points that are not finite (or 1e15 angstrom away) have no neighbours. */
pleat_status pleat_neighbor_pairs(pleat_context *context, const double *points, size_t count, double cutoff,
                                  pleat_neighbor_fn visit, void *argument);

#endif
