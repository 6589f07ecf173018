/* Fault injection: allocations that are refused from a given one on.
 * SPDX-License-Identifier: MIT */
#include "tests/faults.h"

#include <CUnit/CUnit.h>

#include "tests/allocator.h"

size_t test_faults_walk(test_faults_work work) {
  enum { LIMIT = 100000 };
  for (size_t allowed = 0; allowed < LIMIT; allowed++) {
    test_allocator counts = {.fail_at = (long)allowed + 1, .for_good = true};
    pleat_allocator allocator = test_allocator_of(&counts);
    pleat_context *context = NULL;
    pleat_status status = pleat_context_create(&allocator, &context);
    if (!status) {
      status = work(context);
      CU_ASSERT(!status || pleat_context_error(context)[0]);
    }
    pleat_context_free(context);
    CU_ASSERT_EQUAL(counts.held, 0);
    if (!status) return allowed;
    CU_ASSERT_EQUAL(status, PLEAT_ERROR_MEMORY);
    if (status != PLEAT_ERROR_MEMORY || counts.held != 0) return 0;
  }
  return 0;
}
