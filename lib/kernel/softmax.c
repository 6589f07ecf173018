/* Softmax over rows.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/kernel/internal.h"

static float greatest_of(const float *x, int channels) {
  vf most = v_set(-INFINITY);
  int c = 0;
  for (; c + VW <= channels; c += VW) most = v_max(v_load(x + c), most);
  float greatest = v_greatest(most);
  for (; c < channels; c++) greatest = x[c] > greatest ? x[c] : greatest;
  return greatest;
}

void PLEAT_ISA(pleat_softmax_rows)(int64_t rows, int channels, const float *x, float *y) {
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels) {
    vf most = v_set(greatest_of(x, channels)), sum = v_set(0);
    int c = 0, left = channels % VW;
    for (; c + VW <= channels; c += VW) {
      vf e = v_exp(v_load(x + c) - most);
      v_store(y + c, e);
      sum = sum + e;
    }
    if (left) {
      vf e = v_head(v_exp(v_load_part(x + c, left) - most), left);
      v_store_part(y + c, e, left);
      sum = sum + e;
    }
    vf scale = v_set(1 / v_sum(sum));
    for (c = 0; c + VW <= channels; c += VW) v_store(y + c, v_load(y + c) * scale);
    if (left) v_store_part(y + c, v_load_part(y + c, left) * scale, left);
  }
}
