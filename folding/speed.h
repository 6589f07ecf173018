/* How fast this machine runs a model's typical ops, for time estimates.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_SPEED_H
#define PLEAT_FOLDING_SPEED_H

#include "lib/run.h"

/* Runs ops of each kind, of the sizes that the Evoformer has, on all of the context's threads at once, each timed by its own
 * clock, so that other load on the machine hardly counts: about 0.1 s in all. */
pleat_status pleat_speed_measure(pleat_context *context, pleat_speed *speed);

#endif
