/* Runs every CUnit suite, or only those named on the command line, and ends with CUnit's summary.
 * SPDX-License-Identifier: MIT */
#include <CUnit/Basic.h>
#include <stdio.h>

#include "tests/suites.h"

int main(int argc, char **argv) {
  if (CU_initialize_registry() != CUE_SUCCESS) return 1;
#define ADD_SUITE(name) suite_##name();
  PLEAT_TEST_SUITES(ADD_SUITE)
  CU_basic_set_mode(CU_BRM_NORMAL);
  for (int i = 1; i < argc; i++) {
    CU_pSuite suite = CU_get_suite(argv[i]);
    if (!suite) {
      fprintf(stderr, "no test suite '%s'\n", argv[i]);
      return 1;
    }
    CU_basic_run_suite(suite);
  }
  if (argc == 1) CU_basic_run_tests();
  int bad = CU_get_number_of_failures() > 0 || CU_get_number_of_tests_run() == 0;
  CU_cleanup_registry();
  return bad;
}
