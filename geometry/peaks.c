/* The highest points of a grid that lie apart from one another, found by the best of each row.
 * SPDX-License-Identifier: MIT */
#include "geometry/peaks.h"

#include <math.h>
#include <stddef.h>

float *pleat_peaks_row(const pleat_peaks *peaks, int row) {
  int j = row % peaks->used[1], k = row / peaks->used[1];
  return peaks->values + ((size_t)k * (size_t)peaks->size[1] + (size_t)j) * (size_t)peaks->size[0];
}

static float greatest(const float *values, int count) {
  float best = 0;
  for (int i = 0; i < count; i++) best = values[i] > best ? values[i] : best;
  return best;
}

void pleat_peaks_start(pleat_peaks *peaks) {
  for (int row = 0; row < peaks->used[1] * peaks->used[2]; row++)
    peaks->rows[row] = greatest(pleat_peaks_row(peaks, row), peaks->used[0]);
}

static void clear_around(pleat_peaks *peaks, int reach, const int point[3]) {
  const int *n = peaks->used;
  for (int k = point[2] - reach; k <= point[2] + reach; k++)
    for (int j = point[1] - reach; j <= point[1] + reach; j++) {
      if (j < 0 || k < 0 || j >= n[1] || k >= n[2]) continue;
      float *values = pleat_peaks_row(peaks, k * n[1] + j);
      for (int i = point[0] - reach; i <= point[0] + reach; i++)
        if (i >= 0 && i < n[0]) values[i] = 0;
      peaks->rows[k * n[1] + j] = greatest(values, n[0]);
    }
}

float pleat_peaks_next(pleat_peaks *peaks, int reach, int point[3]) {
  int best = 0, x = 0;
  for (int row = 1; row < peaks->used[1] * peaks->used[2]; row++)
    if (peaks->rows[row] > peaks->rows[best]) best = row;
  float value = peaks->rows[best];
  point[0] = point[1] = point[2] = 0;
  if (!(value > 0)) return 0;
  const float *values = pleat_peaks_row(peaks, best);
  for (int i = 1; i < peaks->used[0]; i++)
    if (values[i] > values[x]) x = i;
  point[0] = x, point[1] = best % peaks->used[1], point[2] = best / peaks->used[1];
  clear_around(peaks, reach, point);
  return value;
}
