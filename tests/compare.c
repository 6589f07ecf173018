/* Compares arrays of numbers.
 * SPDX-License-Identifier: MIT */
#include "tests/compare.h"

#include <math.h>
#include <stdio.h>

static double error_of(double got, double want) {
  if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : INFINITY;
  if (isinf(got) || isinf(want)) return got == want ? 0 : INFINITY;
  return fabs(got - want) / (1 + fabs(want));
}

bool test_compare(const float *got, const float *want, int64_t count, double tolerance, test_difference *difference) {
  *difference = (test_difference){.count = count, .first = -1, .worst = -1};
  for (int64_t i = 0; i < count; i++) {
    double error = error_of(got[i], want[i]);
    if (error > tolerance && difference->wrong++ == 0) difference->first = i;
    if (error <= difference->error) continue;
    difference->worst = i;
    difference->error = error;
    difference->got = got[i];
    difference->want = want[i];
  }
  return difference->wrong == 0;
}

void test_compare_describe(const test_difference *d, char *text, int size) {
  if (d->worst < 0)
    snprintf(text, (size_t)size, "%lld equal", (long long)d->count);
  else
    snprintf(text, (size_t)size, "%lld of %lld wrong, first at %lld, worst at %lld: %.9g instead of %.9g (error %.3g)",
             (long long)d->wrong, (long long)d->count, (long long)d->first, (long long)d->worst, d->got, d->want, d->error);
}
