/* What programs that time things share: a clock, medians, and arrays to work on.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_BENCHMARK_H
#define PLEAT_TESTS_BENCHMARK_H

#include <time.h>

#include "lib/memory.h"

double benchmark_seconds(clockid_t clock);

/* The median of `count` numbers, which are sorted; of an even count the upper one of the middle. */
double benchmark_median(double *x, int count);

/* `count` normal numbers of a stream of the seed, or ones where it is 0, from the pool; nothing once *status is bad. */
float *benchmark_numbers(pleat_pool *pool, int64_t count, uint32_t seed, pleat_status *status);

#endif
