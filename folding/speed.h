/* How fast this machine runs a model's typical operation, for time estimates.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_SPEED_H
#define PLEAT_FOLDING_SPEED_H

#include "lib/context.h"

/* FLOPs a second of a dense layer with the context's threads, from about 20 ms of running one. */
pleat_status pleat_speed_measure(pleat_context *context, double *flops_per_second);

#endif
