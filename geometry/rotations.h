/* Sets of rotations that cover all orientations evenly, as unit quaternions (w,x,y,z).
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_ROTATIONS_H
#define PLEAT_GEOMETRY_ROTATIONS_H

#include "lib/memory.h"

/* A set (count,4) such that no orientation is farther than about `angle` (radian, up to pi/3) from one of it: a
 * body-centred lattice in homochoric coordinates, which keep volumes (Rosca, Morawiec & De Graef, Modelling Simul. Mater.
 * Sci. Eng. 22, 075013 (2014)), over the fundamental zone of the octahedral group, turned by the group's 24 rotations,
 * as Karney (J. Mol. Graph. Model. 25, 595 (2007)) builds his. The caller releases the set. */
pleat_status pleat_rotations_uniform(pleat_context *context, double angle, double **quaternions, size_t *count);

/* The angle between two orientations, radian. */
double pleat_rotations_angle(const double a[4], const double b[4]);

/* Up to four members of a set that are one another turned by half turns about x, y or z afterwards: member[h] is the set's
 * number of h applied to the orientation `base`, h = 0 none, 1 about x, 2 y, 3 z; -1 where the set lacks it. */
typedef struct pleat_rotation_group {
  double base[4];
  int member[4];
} pleat_rotation_group;

/* Every member of the set belongs to one group. The caller releases the groups. */
pleat_status pleat_rotations_group(pleat_context *context, const double *quaternions, size_t count,
                                   pleat_rotation_group **groups, size_t *group_count);

#endif
