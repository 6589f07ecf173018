/* Compares an array with what it should be and says how much and where they differ.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_COMPARE_H
#define PLEAT_TESTS_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct test_difference {
  int64_t count, wrong; /* numbers compared; beyond the tolerance */
  int64_t first;        /* index of the first wrong one, -1: none */
  int64_t worst;        /* index of the greatest error, -1: all exact */
  double error;         /* |got - want| / (1 + |want|) there; inf where only one is NaN, or infinities differ */
  double got, want;     /* there */
} test_difference;

/* True when every |got - want| <= tolerance (1 + |want|). A NaN equals only a NaN, an infinity only the same one. */
bool test_compare(const float *got, const float *want, int64_t count, double tolerance, test_difference *difference);

/* "3 of 100 wrong, first at 7, worst at 9: 1.5 instead of 1.25 (error 0.11)". */
void test_compare_describe(const test_difference *difference, char *text, int size);

#endif
