/* Tensor products inside the library: what a convolution over a graph needs to know of one.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_TENSOR_PRODUCT_H
#define PLEAT_GEOMETRY_TENSOR_PRODUCT_H

#include "geometry/irreps.h"
#include "geometry/scratch.h"
#include "lib/kernel/kernels.h"

struct pleat_tensor {
  pleat_context *context;
  pleat_irreps *irreps[3];
  int count; /* paths */
  pleat_tensor_path *paths;
  double *factors;
  pleat_kernel_tensor_path *steps; /* the paths as the kernel wants them */
  pleat_kernel_tensor_entry *entries;
  pleat_kernel_tensor kernel; /* points to these */
  const pleat_kernels *kernels;
  pleat_scratch scratch;
};

/* Rows of a kernel whose inputs and result are filled in, over the context's threads. */
void pleat_tensor_run(const pleat_tensor *tensor, const pleat_kernel_tensor *kernel, size_t count);

#endif
