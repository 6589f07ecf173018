/* Groups by average linkage: those of least mean distance are joined until none is nearer than a cutoff.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_LINKAGE_H
#define PLEAT_GEOMETRY_LINKAGE_H

#include "lib/memory.h"

/* Labels (count) from 0, the largest group first (equal ones by their first member). distances (count,count) is
 * symmetric and used up. UPGMA by chains of nearest neighbours (Murtagh 1983): count^2 time. */
pleat_status pleat_linkage_average(pleat_context *context, float *distances, size_t count, double cutoff, int *labels,
                                   size_t *groups);

#endif
