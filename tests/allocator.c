/* An allocator for tests.
 * SPDX-License-Identifier: MIT */
#include "tests/allocator.h"

#include <stdio.h>
#include <stdlib.h>

static bool fails(test_allocator *state) {
  long request = ++state->requests;
  return request == state->fail_at || (state->for_good && request > state->fail_at);
}

static void *allocate(void *user, size_t bytes) {
  test_allocator *state = user;
  void *block = fails(state) ? NULL : malloc(bytes);
  if (block) state->held++;
  return block;
}

static void *resize(void *user, void *block, size_t bytes) { return fails(user) ? NULL : realloc(block, bytes); }

static void release(void *user, void *block) {
  ((test_allocator *)user)->held--;
  free(block);
}

pleat_allocator test_allocator_of(test_allocator *state) { return (pleat_allocator){allocate, resize, release, state}; }

long test_allocator_fail_each(pleat_status (*action)(pleat_context *context, void *user), void *user) {
  for (long n = 1; n < 100000; n++) {
    test_allocator state = {.fail_at = n};
    pleat_allocator allocator = test_allocator_of(&state);
    pleat_context *context;
    pleat_status status = pleat_context_create(&allocator, &context);
    if (!status) {
      status = action(context, user);
      if (status && status != PLEAT_ERROR_MEMORY) printf("request %ld: %s\n", n, pleat_context_error(context));
    }
    pleat_context_free(context);
    if (state.held != 0) printf("request %ld: %ld blocks left\n", n, state.held);
    if (state.held != 0 || (status && status != PLEAT_ERROR_MEMORY)) return -1;
    if (!status && state.requests < n) return n - 1;
  }
  return -1;
}
