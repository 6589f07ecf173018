/* The thread team over OpenMP; the only file with omp pragmas.
 * SPDX-License-Identifier: MIT */
#include "lib/team.h"

#include <omp.h>

void pleat_team_for(int threads, int64_t n, int64_t grain, pleat_team_fn fn, void *argument) {
  if (grain < 1) grain = 1;
  int64_t chunks = (n + grain - 1) / grain;
  if (threads > chunks) threads = (int)chunks;
  if (threads <= 1) {
    for (int64_t begin = 0; begin < n; begin += grain) fn(argument, begin, begin + grain < n ? begin + grain : n, 0);
    return;
  }
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    int64_t begin = chunk * grain, end = begin + grain;
    fn(argument, begin, end < n ? end : n, omp_get_thread_num());
  }
}
