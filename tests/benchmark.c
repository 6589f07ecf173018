/* What programs that time things share: a clock, medians, and arrays to work on.
 * SPDX-License-Identifier: MIT */
#include "tests/benchmark.h"

#include <stdlib.h>

#include "lib/random.h"

double benchmark_seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double benchmark_median(double *x, int count) {
  qsort(x, (size_t)count, sizeof *x, compare);
  return x[count / 2];
}

float *benchmark_numbers(pleat_pool *pool, int64_t count, uint32_t seed, pleat_status *status) {
  float *x = NULL;
  pleat_random stream = pleat_random_stream(seed, 0, 0);
  if (!*status) *status = pleat_pool_take(pool, (size_t)count, sizeof *x, &x);
  for (int64_t i = 0; !*status && i < count; i++) x[i] = seed ? (float)pleat_random_normal(&stream, (uint64_t)i) : 1;
  return x;
}
