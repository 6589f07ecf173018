/* How fast this machine runs a model's typical ops, for time estimates.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_SPEED_H
#define PLEAT_FOLDING_SPEED_H

#include "lib/run.h"

/* What one call of an op on each thread takes and does, all threads together. */
typedef struct pleat_speed_row {
  const char *name;
  double seconds, flops, bytes;
} pleat_speed_row;
enum { PLEAT_SPEED_ROWS = 7 };

/* Runs ops of each kind, of the sizes that the Evoformer has, on all of the context's threads at once, each timed by its own
 * clock, so that other load on the machine hardly counts: about 0.1 s in all. */
pleat_status pleat_speed_measure(pleat_context *context, pleat_speed *speed);

/* The samples themselves on `threads` threads; the last row is the peak: nothing but fused multiply-adds. */
pleat_status pleat_speed_measure_rows(pleat_context *context, int threads, pleat_speed_row rows[PLEAT_SPEED_ROWS]);

#endif
