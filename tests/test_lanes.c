/* Tests of kernels on sixteen rows side by side, of every instruction set: sparse maps, rows to lanes and back.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/random.h"
#include "tests/suites.h"

enum { LANES = PLEAT_TENSOR_LANES, COLUMNS = 37, STRIDE = 41 };

static void fill(float *x, int count, uint32_t key) {
  pleat_random stream = pleat_random_stream(17, key, 0);
  for (int i = 0; i < count; i++) x[i] = pleat_random_normal(&stream, (uint64_t)i);
}

/* Both ways, for full and short sets of rows and numbers of columns around the width of vectors; what lies beyond stays. */
static void check_rows(const pleat_kernels *kernels, int rows, int count) {
  static float x[LANES * STRIDE], back[LANES * STRIDE];
  _Alignas(64) static float y[COLUMNS * LANES];
  fill(x, LANES * STRIDE, (uint32_t)(rows * 64 + count));
  kernels->spread(x, STRIDE, rows, count, y);
  int wrong = 0;
  for (int c = 0; c < count; c++)
    for (int r = 0; r < LANES; r++) wrong += y[c * LANES + r] != x[(r < rows ? r : rows - 1) * STRIDE + c];
  for (int i = 0; i < LANES * STRIDE; i++) back[i] = -7;
  kernels->gather(y, count, rows, back, STRIDE);
  for (int r = 0; r < LANES; r++)
    for (int c = 0; c < STRIDE; c++) wrong += back[r * STRIDE + c] != (r < rows && c < count ? x[r * STRIDE + c] : -7.0f);
  CU_ASSERT_EQUAL(wrong, 0);
}

static void test_rows_to_lanes_and_back(void) {
  static const int rows[] = {1, 3, 15, 16}, counts[] = {1, 7, 8, 15, 16, 17, COLUMNS};
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++) {
    const pleat_kernels *kernels = pleat_dispatch_level((pleat_cpu_level)level);
    for (int i = 0; kernels && i < 4 * 7; i++) check_rows(kernels, rows[i / 7], counts[i % 7]);
  }
}

/* Targets in no order, one without terms, one with many; places that are no target stay; a NaN stays in its lane. */
static void test_sparse_maps(void) {
  static const int32_t target[] = {5, 0, 9, 3}, first[] = {0, 1, 1, 12, 14};
  pleat_kernel_sparse_term terms[14];
  float values[14];
  _Alignas(64) static float x[COLUMNS * LANES], y[10 * LANES];
  fill(values, 14, 1);
  for (int t = 0; t < 14; t++) terms[t] = (pleat_kernel_sparse_term){(t * 11 + 3) % COLUMNS, values[t]};
  pleat_kernel_sparse map = {target, first, terms, 4};
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++) {
    const pleat_kernels *kernels = pleat_dispatch_level((pleat_cpu_level)level);
    if (!kernels) continue;
    fill(x, COLUMNS * LANES, 2);
    x[terms[0].index * LANES + 6] = NAN;
    for (int i = 0; i < 10 * LANES; i++) y[i] = 4;
    kernels->sparse(&map, x, y);
    for (int n = 0; n < 4; n++)
      for (int lane = 0; lane < LANES; lane++) {
        double sum = 0;
        for (int t = first[n]; t < first[n + 1]; t++) sum += (double)terms[t].value * (double)x[terms[t].index * LANES + lane];
        float got = y[target[n] * LANES + lane];
        CU_ASSERT(isnan(sum) ? isnan(got) : fabs((double)got - sum) <= 2e-7 * 20);
      }
    for (int lane = 0; lane < LANES; lane++) CU_ASSERT_EQUAL(y[7 * LANES + lane], 4.0f);
  }
}

void suite_lanes(void) {
  CU_pSuite suite = CU_add_suite("lanes", NULL, NULL);
  CU_add_test(suite, "rows to lanes and back", test_rows_to_lanes_and_back);
  CU_add_test(suite, "sparse maps", test_sparse_maps);
}
