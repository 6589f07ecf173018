/* Fault injection: runs a piece of work again and again, each time with one more allocation allowed, until it succeeds.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_FAULTS_H
#define PLEAT_TESTS_FAULTS_H

#include "pleat.h"

typedef pleat_status (*test_faults_work)(pleat_context *context);

/* Asserts that every try but the last fails with PLEAT_ERROR_MEMORY and a sentence, and that no try leaves a block
 * behind. Returns how many tries failed. */
size_t test_faults_walk(test_faults_work work);

#endif
