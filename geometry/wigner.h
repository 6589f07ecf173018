/* Wigner's 3j symbols of real harmonics as lists of their few non-zero entries, and the D matrices made from them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_WIGNER_H
#define PLEAT_GEOMETRY_WIGNER_H

#include <stdbool.h>

#include "pleat_kernels.h"

/* w(i,j,k) = value; all others are 0. */
typedef struct pleat_wigner_entry {
  int i, j, k;
  double value;
} pleat_wigner_entry;

/* A pair of orders (i,j) couples to at most four k: +-m1 +-m2. */
enum { PLEAT_WIGNER_ENTRIES = 4 * (2 * PLEAT_DEGREE_MAX + 1) * (2 * PLEAT_DEGREE_MAX + 1) };

bool pleat_wigner_couples(int l1, int l2, int l3);

/* The entries of three degrees that couple, in the order of (i,j,k); `entries` has room for PLEAT_WIGNER_ENTRIES or for
 * 4 (2l1+1) (2l2+1). Returns their number. */
int pleat_wigner_list(int l1, int l2, int l3, pleat_wigner_entry *entries);

/* D of l = 0, 1, .. degree one after the other (1 + 9 + 25 ...), for a proper rotation; allocates. */
pleat_status pleat_wigner_d_all(pleat_context *context, int degree, const double rotation[9], double *d);

/* Where the D of degree l starts in that. */
int pleat_wigner_d_offset(int l);

#endif
