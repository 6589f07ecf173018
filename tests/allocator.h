/* An allocator for tests: counts what is held, and fails the n-th request.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_ALLOCATOR_H
#define PLEAT_TESTS_ALLOCATOR_H

#include "lib/context.h"

typedef struct test_allocator {
  long requests; /* made so far */
  long fail_at;  /* this request fails, counted from 1; 0: none */
  bool for_good; /* all requests after fail_at fail as well */
  long held;     /* blocks not yet released */
} test_allocator;

/* The functions of pleat_allocator over `state`. */
pleat_allocator test_allocator_of(test_allocator *state);

/* Runs `action` in a new context with request 1, 2, 3, ... failing until it succeeds; returns how many requests it
 * makes, -1 when blocks were left behind or a failure was not reported as PLEAT_ERROR_MEMORY. */
long test_allocator_fail_each(pleat_status (*action)(pleat_context *context, void *user), void *user);

#endif
