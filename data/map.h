/* The map behind the public handle: a grid and the context it belongs to.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_MAP_H
#define PLEAT_DATA_MAP_H

#include "geometry/grid.h"
#include "pleat_fit.h"

struct pleat_map {
  pleat_context *context;
  pleat_grid grid;
};

/* The standard deviation of the normal density of an atom at a resolution: resolution / (pi sqrt 2). */
double pleat_map_sigma(double resolution);

/* Atomic number of an element's symbol, upper or lower case; 6 for one that is not known. */
int pleat_map_atomic_number(const char *element);

/* A map of zeros on the same points. */
pleat_status pleat_map_like(const pleat_map *map, pleat_map **copy);

#endif
