/* The implementations behind the door to matrix products.
 * SPDX-License-Identifier: MIT */
#include "lib/gemm.h"

#ifndef PLEAT_WITHOUT_BLAS /* kernels alone, cross-compiled: make check-aarch64 */
#include <cblas.h>
#define BLAS 1
#else
#define BLAS 0
#endif
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dispatch.h"

enum { BLAS_ROWS = 8 };

static int64_t no_scratch(const pleat_linear *linear) {
  (void)linear;
  return 0;
}

static void own_rows(const pleat_linear *linear, const pleat_kernel_linear *problem, int64_t begin, int64_t end,
                     int first, int last, float *scratch) {
  pleat_kernel_linear packed = *problem;
  (void)scratch;
  packed.packed = linear->packed;
  packed.precision = linear->precision;
  packed.scale = linear->scale;
  linear->kernels->linear(&packed, begin, end, first, last);
}

#if BLAS
static int64_t blas_scratch(const pleat_linear *linear) { return BLAS_ROWS * ((int64_t)linear->in + linear->out); }

/* Measured: the serial build of OpenBLAS hands the same working memory to two threads that call at once, and the OpenMP
 * build changes a shared number of threads; only the pthreads build may be called side by side. */
static pthread_mutex_t blas_lock = PTHREAD_MUTEX_INITIALIZER;

/* Always 8 rows on one thread: sgemm picks its loops by the shape, and with them the order of the sums. Measured: in
 * blocks of 12 and more, OpenBLAS's Haswell and Zen kernels sum rows 0-5 in another order than rows 6-11; 8 are alike on
 * every core tried. OpenBLAS built on OpenMP takes its number of threads from omp_get_max_threads, the one built on
 * pthreads from a number of its own. */
static void blas_block(const pleat_linear *linear, const float *x, int64_t ld_x, float *sums) {
  int threads = omp_get_max_threads(), parallel = openblas_get_parallel();
  pthread_mutex_lock(&blas_lock);
  if (parallel == 2) omp_set_num_threads(1);
  if (parallel == 1 && openblas_get_num_threads() != 1) openblas_set_num_threads(1);
  if (parallel == 1) pthread_mutex_unlock(&blas_lock);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BLAS_ROWS, linear->out, linear->in, 1, x, (int)ld_x,
              linear->weight, linear->in, 0, sums, linear->out);
  if (parallel == 2) omp_set_num_threads(threads);
  if (parallel != 1) pthread_mutex_unlock(&blas_lock);
}

static void blas_rows(const pleat_linear *linear, const pleat_kernel_linear *problem, int64_t begin, int64_t end,
                      int first, int last, float *scratch) {
  float *copy = scratch, *sums = scratch + (int64_t)BLAS_ROWS * linear->in;
  size_t row_bytes = (size_t)linear->in * sizeof *copy;
  (void)first, (void)last;
  for (int64_t row = begin; row < end; row += BLAS_ROWS) {
    int64_t n = end - row < BLAS_ROWS ? end - row : BLAS_ROWS;
    /* always a dense copy: a block's leading dimension and alignment may change the loops too */
    for (int64_t r = 0; r < BLAS_ROWS; r++)
      if (r < n)
        memcpy(copy + r * linear->in, problem->x + (row + r) * problem->ld_x, row_bytes);
      else
        memset(copy + r * linear->in, 0, row_bytes);
    blas_block(linear, copy, linear->in, sums);
    linear->kernels->epilogue(problem, row, row + n, sums);
  }
}
#endif

static void reference_rows(const pleat_linear *linear, const pleat_kernel_linear *problem, int64_t begin, int64_t end,
                           int first, int last, float *scratch) {
  pleat_kernel_linear part = *problem;
  pleat_epilogue epilogue;
  (void)first, (void)last, (void)scratch;
  part.rows = end - begin;
  part.x += begin * part.ld_x;
  part.y += begin * part.ld_y;
  if (problem->epilogue) {
    epilogue = *problem->epilogue;
    if (epilogue.gate) epilogue.gate += begin * epilogue.ld_gate;
    if (epilogue.add) epilogue.add += begin * epilogue.ld_add;
    part.epilogue = &epilogue;
  }
  pleat_reference_linear(&part, linear->weight);
}

enum { OWN, REFERENCE, OPENBLAS };
static const pleat_gemm implementations[] = {
    {"own", true, no_scratch, own_rows},
    {"reference", false, no_scratch, reference_rows},
#if BLAS
    {"openblas", false, blas_scratch, blas_rows},
#endif
};

pleat_status pleat_gemm_choose(pleat_context *context, pleat_linear *linear) {
  const char *forced = getenv("PLEAT_GEMM");
  PLEAT_TRY(pleat_dispatch_choose(context, &linear->kernels));
  bool own = linear->kernels->level > PLEAT_CPU_PORTABLE || context->precision != PLEAT_PRECISION_FP32;
  linear->gemm = &implementations[own || !BLAS ? OWN : OPENBLAS];
  if (!forced || !*forced) return PLEAT_OK;
  for (size_t i = 0; i < sizeof implementations / sizeof *implementations; i++)
    if (!strcmp(forced, implementations[i].name)) {
      PLEAT_CHECK(context, i == OWN || context->precision == PLEAT_PRECISION_FP32, PLEAT_ERROR_UNSUPPORTED,
                  "the environment's PLEAT_GEMM=%s knows weights in fp32 only: unset it for %s", forced,
                  pleat_precision_name(context->precision));
      linear->gemm = &implementations[i];
      return PLEAT_OK;
    }
  return pleat_status_fail(context, PLEAT_ERROR_INPUT,
                           "the environment's PLEAT_GEMM is '%s': use own, openblas or reference, or unset it", forced);
}
