/* Functions of one number that layers apply to scalars, with e3nn's normalisation and parity.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_FUNCTION_H
#define PLEAT_GEOMETRY_FUNCTION_H

#include <stdint.h>

#include "lib/context.h"
#include "pleat_kernels.h"

struct pleat_kernels;

/* y[i] = f(x[i]); y may be x. `function` is one that there is. */
void pleat_function_apply(const struct pleat_kernels *kernels, pleat_function function, int64_t count, const float *x,
                          float *y);

/* 1 for an even function, -1 for an odd one, 0 for neither. */
int pleat_function_parity(pleat_function function);

pleat_status pleat_function_check(pleat_context *context, pleat_function function);

#endif
