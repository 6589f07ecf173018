/* Tests of the FFT correlation against the sum itself.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>

#include "geometry/correlate.h"
#include "lib/random.h"
#include "tests/suites.h"

enum { MOST = 6 * 5 * 8 };

/* Largest difference between c and the correlation's definition. */
static double worst_difference(const int n[3], const float *a, const float *b, const float *c) {
  double worst = 0;
  int points = n[0] * n[1] * n[2];
  for (int t = 0; t < points; t++) {
    double sum = 0;
    for (int x = 0; x < points; x++) {
      int i = (x / (n[1] * n[2]) + t / (n[1] * n[2])) % n[0];
      int j = (x / n[2] % n[1] + t / n[2] % n[1]) % n[1];
      int k = (x % n[2] + t % n[2]) % n[2];
      sum += (double)a[x] * (double)b[(i * n[1] + j) * n[2] + k];
    }
    worst = fmax(worst, fabs(sum - (double)c[t]));
  }
  return worst;
}

static void test_equals_the_sum(void) {
  static const int sizes[][3] = {{1, 1, 1}, {4, 4, 4}, {6, 5, 8}, {3, 7, 5}, {1, 1, 9}};
  pleat_context *context;
  pleat_random stream = pleat_random_stream(3, 0, 0);
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    float a[MOST], b[MOST], c[MOST];
    pleat_correlate *correlate;
    for (uint64_t i = 0; i < MOST; i++) {
      a[i] = pleat_random_normal(&stream, 2 * i);
      b[i] = pleat_random_normal(&stream, 2 * i + 1);
    }
    CU_ASSERT_EQUAL_FATAL(pleat_correlate_create(context, sizes[s], &correlate), PLEAT_OK);
    pleat_correlate_set_fixed(correlate, b);
    pleat_correlate_run(correlate, a, c);
    CU_ASSERT(worst_difference(sizes[s], a, b, c) < 1e-4);
    c[0] += 1e-3f; /* the comparison must see a wrong number */
    CU_ASSERT(worst_difference(sizes[s], a, b, c) > 1e-4);
    pleat_correlate_free(correlate);
  }
  pleat_context_free(context);
}

static void test_refuses_grids_that_cannot_be(void) {
  static const int sizes[][3] = {{0, 4, 4}, {4, -1, 4}, {65536, 65536, 65536}};
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    pleat_correlate *correlate;
    CU_ASSERT_EQUAL(pleat_correlate_create(context, sizes[s], &correlate), PLEAT_ERROR_INPUT);
    CU_ASSERT_PTR_NULL(correlate);
  }
  pleat_context_free(context);
}

void suite_correlate(void) {
  CU_pSuite suite = CU_add_suite("correlate", NULL, NULL);
  CU_add_test(suite, "equals the sum", test_equals_the_sum);
  CU_add_test(suite, "refuses grids that cannot be", test_refuses_grids_that_cannot_be);
}
