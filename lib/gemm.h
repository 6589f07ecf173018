/* The one door to matrix products: an ordered list of implementations of y = act(x W^T + b) * gate + add.
 * SPDX-License-Identifier: MIT
 *
 * 1. own: packed micro-kernels of lib/kernel; 2. openblas: sgemm on blocks of 8 rows, which the portable level prefers;
 * 3. reference: double loops. The choice looks at the kernels and (out, in) only, never at the number of rows, so a row's
 * bits do not depend on its batch. Weights in fewer bits are for the own kernels alone. PLEAT_GEMM=own|openblas|reference forces one, for tests. */
#ifndef PLEAT_LIB_GEMM_H
#define PLEAT_LIB_GEMM_H

#include "lib/kernel/kernels.h"

typedef struct pleat_gemm {
  const char *name;
  bool packs;                                     /* reads linear->packed, and can do some panels only */
  int64_t (*scratch)(const pleat_linear *linear); /* floats that each thread needs */
  /* Rows begin..end-1; columns of panels first..last-1 when it packs, else all. The weights are those of `linear`. */
  void (*rows)(const pleat_linear *linear, const pleat_kernel_linear *problem, int64_t begin, int64_t end, int first, int last,
               float *scratch);
} pleat_gemm;

/* Fills linear->kernels and linear->gemm; PLEAT_ERROR_INPUT when PLEAT_CPU or PLEAT_GEMM holds an unknown word. */
pleat_status pleat_gemm_choose(pleat_context *context, pleat_linear *linear);

#endif
