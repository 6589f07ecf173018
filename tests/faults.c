/* An allocator that counts live blocks and refuses from a given call on.
 * SPDX-License-Identifier: MIT */
#include "tests/faults.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

typedef struct counter {
  size_t calls, allowed; /* allocations so far; the call number `allowed` and all later ones fail */
  long live;
} counter;

static void *count_allocate(void *user, size_t bytes) {
  counter *counts = user;
  if (counts->calls++ >= counts->allowed) return NULL;
  counts->live++;
  return malloc(bytes);
}

static void *count_resize(void *user, void *block, size_t bytes) {
  counter *counts = user;
  if (counts->calls++ >= counts->allowed) return NULL;
  return realloc(block, bytes);
}

static void count_release(void *user, void *block) {
  counter *counts = user;
  counts->live--;
  free(block);
}

size_t test_faults_walk(test_faults_work work) {
  enum { LIMIT = 100000 };
  for (size_t allowed = 0; allowed < LIMIT; allowed++) {
    counter counts = {0, allowed, 0};
    pleat_allocator allocator = {count_allocate, count_resize, count_release, &counts};
    pleat_context *context = NULL;
    pleat_status status = pleat_context_create(&allocator, &context);
    if (!status) {
      status = work(context);
      CU_ASSERT(!status || pleat_context_error(context)[0]);
    }
    pleat_context_free(context);
    CU_ASSERT_EQUAL(counts.live, 0);
    if (!status) return allowed;
    CU_ASSERT_EQUAL(status, PLEAT_ERROR_MEMORY);
    if (status != PLEAT_ERROR_MEMORY || counts.live != 0) return 0;
  }
  return 0;
}
