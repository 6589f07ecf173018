/* Equivariant linear layers: every copy of an irrep mixed with all copies of the same irrep.
 * SPDX-License-Identifier: MIT
 *
 * The fully connected tensor product with the scalar 1, whose factor comes to 1 / sqrt(copies that are mixed). */
#include <stdlib.h>

#include "geometry/tensor_product.h"

struct pleat_irreps_linear {
  pleat_context *context;
  pleat_tensor *tensor;
  int biases;
};

static bool takes_bias(pleat_irreps_term term) { return term.l == 0 && term.parity == 1; }

pleat_status pleat_irreps_linear_create(pleat_context *context, const char *in, const char *out,
                                        pleat_irreps_linear **linear) {
  *linear = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **linear, linear));
  (*linear)->context = context;
  pleat_status status = pleat_tensor_create_connected(context, in, "1x0e", out, NULL, &(*linear)->tensor);
  if (status) {
    pleat_irreps_linear_free(*linear);
    *linear = NULL;
    return status;
  }
  const pleat_irreps *result = (*linear)->tensor->irreps[2];
  for (int i = 0; i < result->count; i++)
    if (takes_bias(result->terms[i])) (*linear)->biases += result->terms[i].multiplicity;
  return PLEAT_OK;
}

void pleat_irreps_linear_free(pleat_irreps_linear *linear) {
  if (!linear) return;
  pleat_tensor_free(linear->tensor);
  pleat_memory_release(linear->context, linear);
}

int pleat_irreps_linear_weight_count(const pleat_irreps_linear *linear) { return linear->tensor->kernel.weight_count; }
int pleat_irreps_linear_bias_count(const pleat_irreps_linear *linear) { return linear->biases; }
const pleat_irreps *pleat_irreps_linear_irreps(const pleat_irreps_linear *linear, int which) {
  return linear->tensor->irreps[which ? 2 : 0];
}

static void add_biases(const pleat_irreps *irreps, size_t count, const float *bias, float *y) {
  for (size_t row = 0; row < count; row++) {
    const float *b = bias;
    for (const pleat_irreps_term *t = irreps->terms; t < irreps->terms + irreps->count; t++)
      for (int u = 0; takes_bias(*t) && u < t->multiplicity; u++)
        y[row * (size_t)irreps->dimension + (size_t)(t->offset + u)] += *b++;
  }
}

void pleat_irreps_linear_apply(pleat_irreps_linear *linear, size_t count, const float *x, const float *weights,
                               const float *bias, float *y) {
  static const float one = 1;
  pleat_kernel_tensor kernel = linear->tensor->kernel;
  kernel.x1 = x, kernel.x2 = &one, kernel.constant2 = true, kernel.weights = weights, kernel.shared = true,
  kernel.y = y;
  pleat_tensor_run(linear->tensor, &kernel, count);
  if (bias) add_biases(linear->tensor->irreps[2], count, bias, y);
}
