/* Layer norm: two passes over each row.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/kernel/internal.h"

static float mean_of(const float *x, int channels) {
  vf sum = v_set(0);
  int c = 0;
  for (; c + VW <= channels; c += VW) sum = sum + v_load(x + c);
  if (c < channels) sum = sum + v_load_part(x + c, channels - c);
  return v_sum(sum) / (float)channels;
}

static float variance_of(const float *x, int channels, float mean) {
  vf sum = v_set(0), centre = v_set(mean);
  int c = 0;
  for (; c + VW <= channels; c += VW) {
    vf d = v_load(x + c) - centre;
    sum = v_fma(d, d, sum);
  }
  if (c < channels) {
    vf d = v_head(v_load_part(x + c, channels - c) - centre, channels - c);
    sum = v_fma(d, d, sum);
  }
  return v_sum(sum) / (float)channels;
}

/* The dropout correction c; a row without variance has LN(x) = bias whatever c is. */
static float correction(float mean, float variance, float rate) {
  if (!(rate > 0) || !(variance > 0)) return 1;
  return sqrtf((1 - rate) / (1 + rate * mean * mean / variance));
}

void PLEAT_ISA(pleat_norm_rows)(const pleat_kernel_norm *norm, int64_t rows, const float *x, float *y) {
  int channels = norm->channels;
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels) {
    float mean = mean_of(x, channels), variance = variance_of(x, channels, mean);
    /* c LN(x) + (1-c) bias = c (x-mean)/sigma gain + bias */
    vf scale = v_set(correction(mean, variance, norm->dropout_rate) / sqrtf(variance + norm->epsilon)), centre = v_set(mean);
    for (int c = 0; c < channels; c += VW) {
      int n = channels - c;
      if (n >= VW) {
        vf gain = norm->gain ? v_load(norm->gain + c) : v_set(1), bias = norm->bias ? v_load(norm->bias + c) : v_set(0);
        v_store(y + c, v_fma((v_load(x + c) - centre) * scale, gain, bias));
      } else {
        vf gain = norm->gain ? v_load_part(norm->gain + c, n) : v_set(1);
        vf bias = norm->bias ? v_load_part(norm->bias + c, n) : v_set(0);
        v_store_part(y + c, v_fma((v_load_part(x + c, n) - centre) * scale, gain, bias), n);
      }
    }
  }
}
