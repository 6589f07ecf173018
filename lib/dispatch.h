/* The ordered table of kernel sets, of which one is chosen for a context.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_DISPATCH_H
#define PLEAT_LIB_DISPATCH_H

#include "lib/context.h"
#include "lib/cpu.h"

struct pleat_kernels;

/* The kernels of the highest level that this machine has and PLEAT_CPU allows; PLEAT_ERROR_INPUT for an unknown word. */
pleat_status pleat_dispatch_choose(pleat_context *context, const struct pleat_kernels **kernels);

/* The kernels of one level; NULL when this machine or build lacks them. */
const struct pleat_kernels *pleat_dispatch_level(pleat_cpu_level level);

#endif
