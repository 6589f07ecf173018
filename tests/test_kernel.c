/* Tests of kernels and ops: every instruction set against the reference, the bits of a row, and that the checks can fail.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "tests/compare.h"
#include "tests/kernelcheck.h"
#include "tests/suites.h"

static void say(const char *line) { printf("\n    %s", line); }

static void test_every_kernel_agrees(void) {
  pleat_context *context;
  int done;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_EQUAL(kernel_check_all(context, say, &done), 0);
  CU_ASSERT(done > 70);
  pleat_context_free(context);
}

static void test_comparison_can_fail(void) {
  float want[40], shifted[40], spoiled[40];
  test_difference difference;
  for (int i = 0; i < 40; i++) want[i] = spoiled[i] = sinf((float)i);
  for (int i = 0; i < 40; i++) shifted[i] = want[(i + 1) % 40];
  spoiled[17] = NAN;
  CU_ASSERT_TRUE(test_compare(want, want, 40, 0, &difference));
  CU_ASSERT_FALSE(test_compare(shifted, want, 40, 1e-3, &difference));
  CU_ASSERT_EQUAL(difference.first, 0);
  CU_ASSERT_FALSE(test_compare(spoiled, want, 40, 1e30, &difference));
  CU_ASSERT_EQUAL(difference.wrong, 1);
  CU_ASSERT_EQUAL(difference.worst, 17);
  CU_ASSERT_FALSE(test_compare(want, spoiled, 40, 1e30, &difference));
  CU_ASSERT_TRUE(test_compare(spoiled, spoiled, 40, 0, &difference));
  spoiled[17] = INFINITY;
  CU_ASSERT_FALSE(test_compare(spoiled, want, 40, 1e30, &difference));
}

/* A reference whose results are not those of the problem must be noticed: the comparison is of the right arrays. */
static void test_wrong_weights_are_noticed(void) {
  pleat_context *context;
  kernel_problem problem;
  kernel_case made;
  test_difference difference;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(kernel_problem_parse("linear:m20n30k40:bias", &problem));
  CU_ASSERT_EQUAL_FATAL(kernel_case_make(context, &problem, &made), PLEAT_OK);
  CU_ASSERT_EQUAL(kernel_case_do(&made, 1, 0, made.rows), PLEAT_OK);
  made.weight[41] += 0.01f; /* after packing */
  if (made.linear.packed) {
    kernel_case_refer(&made);
    CU_ASSERT_FALSE(test_compare(made.got[0], made.want[0], made.count[0], made.tolerance, &difference));
    CU_ASSERT_EQUAL(difference.first, 1);
  }
  kernel_case_free(&made);
  pleat_context_free(context);
}

static void test_exponential_is_close(void) {
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++) {
    const pleat_kernels *kernels = pleat_dispatch_level(level);
    double worst = 0;
    /* softmax of (0, x) over 2 channels is e^x / (1 + e^x): for x < -20 that is e^x to the last bit */
    for (float x = -20; kernels && x > -87; x -= 0.0137f) {
      float row[2] = {0, x};
      kernels->softmax(1, 2, row, row);
      double error = fabs(row[1] / (exp(x) / (1 + exp(x))) - 1);
      worst = error > worst ? error : worst;
    }
    CU_ASSERT(worst < 2 * 1.2e-7);
    float far[4] = {0, -104, -1e30f, -INFINITY};
    if (kernels) kernels->softmax(1, 4, far, far);
    if (kernels) CU_ASSERT(far[0] == 1 && far[1] == 0 && far[2] == 0 && far[3] == 0);
  }
  pleat_context_free(context);
}

static void test_unknown_words_are_refused(void) {
  pleat_context *context;
  pleat_linear linear;
  const pleat_kernels *kernels;
  float weight = 1;
  const char *set = getenv("PLEAT_CPU"), *gemm = getenv("PLEAT_GEMM");
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  setenv("PLEAT_CPU", "mmx", 1);
  CU_ASSERT_EQUAL(pleat_dispatch_choose(context, &kernels), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NULL(kernels);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "'mmx'"));
  setenv("PLEAT_CPU", set ? set : "", 1);
  setenv("PLEAT_GEMM", "mine", 1);
  CU_ASSERT_EQUAL(pleat_linear_pack(context, &weight, NULL, 1, 1, &linear), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "'mine'"));
  CU_ASSERT_PTR_NULL(linear.packed);
  setenv("PLEAT_GEMM", gemm ? gemm : "", 1);
  CU_ASSERT_FALSE(kernel_check(context, "linear:m0", (char[64]){0}, 64));
  CU_ASSERT_FALSE(kernel_check(context, "nonsense:m3", (char[64]){0}, 64));
  pleat_context_free(context);
}

static int rows_logged;
static void count_rows(void *user, pleat_log_level level, const char *message) {
  (void)user, (void)level;
  rows_logged += strstr(message, "m6c8") != NULL;
}

static void test_ops_log_one_row_at_debug(void) {
  pleat_context *context;
  kernel_problem problem;
  kernel_case made;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(kernel_problem_parse("softmax:m6c8", &problem));
  CU_ASSERT_EQUAL_FATAL(kernel_case_make(context, &problem, &made), PLEAT_OK);
  rows_logged = 0;
  pleat_context_set_log(context, count_rows, NULL, PLEAT_LOG_INFO);
  CU_ASSERT_EQUAL(kernel_case_do(&made, 1, 0, 6), PLEAT_OK);
  CU_ASSERT_EQUAL(rows_logged, 0);
  pleat_context_set_log(context, count_rows, NULL, PLEAT_LOG_DEBUG);
  CU_ASSERT_EQUAL(kernel_case_do(&made, 1, 0, 6), PLEAT_OK);
  CU_ASSERT_EQUAL(rows_logged, 1);
  kernel_case_free(&made);
  pleat_context_free(context);
}

void suite_kernel(void) {
  CU_pSuite suite = CU_add_suite("kernel", NULL, NULL);
  CU_add_test(suite, "every kernel agrees with the reference and keeps its bits", test_every_kernel_agrees);
  CU_add_test(suite, "the comparison can fail", test_comparison_can_fail);
  CU_add_test(suite, "wrong weights are noticed", test_wrong_weights_are_noticed);
  CU_add_test(suite, "the exponential is close", test_exponential_is_close);
  CU_add_test(suite, "unknown words are refused", test_unknown_words_are_refused);
  CU_add_test(suite, "ops log one row at debug level", test_ops_log_one_row_at_debug);
}
