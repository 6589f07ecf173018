/* Functions of one number that layers apply to scalars.
 * SPDX-License-Identifier: MIT */
#include "geometry/function.h"

#include <math.h>
#include <string.h>

#include "lib/kernel/kernels.h"

static void by_loop(double (*f)(double), int64_t count, const float *x, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = (float)f((double)x[i]);
}

void pleat_function_apply(const pleat_kernels *kernels, pleat_function function, int64_t count, const float *x,
                          float *y) {
  switch (function) {
    case PLEAT_FUNCTION_NONE:
      if (y != x) memcpy(y, x, sizeof *y * (size_t)count);
      break;
    case PLEAT_FUNCTION_RELU:
      kernels->activate(count, x, PLEAT_ACTIVATION_RELU, y);
      break;
    case PLEAT_FUNCTION_GELU:
      kernels->activate(count, x, PLEAT_ACTIVATION_GELU, y);
      break;
    case PLEAT_FUNCTION_SIGMOID:
      kernels->activate(count, x, PLEAT_ACTIVATION_SIGMOID, y);
      break;
    case PLEAT_FUNCTION_SILU:
      kernels->activate(count, x, PLEAT_ACTIVATION_SILU, y);
      break;
    case PLEAT_FUNCTION_TANH:
      by_loop(tanh, count, x, y);
      break;
    case PLEAT_FUNCTION_ABS:
      by_loop(fabs, count, x, y);
      break;
  }
}

int pleat_function_parity(pleat_function function) {
  if (function == PLEAT_FUNCTION_ABS) return 1;
  return function == PLEAT_FUNCTION_TANH || function == PLEAT_FUNCTION_NONE ? -1 : 0;
}

/* e3nn 0.6.0 averages over a million draws; what it found there, not the integral, is part of every trained model. */
double pleat_function_moment(pleat_function function) {
  static const double found[] = {[PLEAT_FUNCTION_NONE] = 1,
                                 [PLEAT_FUNCTION_RELU] = 1.4163393446331365,
                                 [PLEAT_FUNCTION_GELU] = 1.5360642850770578,
                                 [PLEAT_FUNCTION_SIGMOID] = 1.8467055342154763,
                                 [PLEAT_FUNCTION_SILU] = 1.6791767923989418,
                                 [PLEAT_FUNCTION_TANH] = 1.5937334472592695,
                                 [PLEAT_FUNCTION_ABS] = 1.001110600838467};
  return (unsigned)function <= PLEAT_FUNCTION_ABS ? found[function] : NAN;
}

pleat_status pleat_function_check(pleat_context *context, pleat_function function) {
  PLEAT_CHECK(context, (unsigned)function <= PLEAT_FUNCTION_ABS, PLEAT_ERROR_INPUT,
              "%d is no function: use none, relu, gelu, sigmoid, silu, tanh or abs", (int)function);
  return PLEAT_OK;
}
