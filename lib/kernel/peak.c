/* The fastest fused multiply-adds there can be: what the speed of other kernels is measured by.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

/* 12 chains keep two units of latency 4 to 6 busy and fit the registers of every instruction set. */
enum { CHAINS = 12 };

double PLEAT_ISA(pleat_peak_work)(int64_t rounds, float *sink) {
  vf sum[CHAINS];
  const vf factor = v_set(sink[0]), term = v_set(sink[1]);
  PLEAT_UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = v_set((float)i);
  for (int64_t round = 0; round < rounds; round++)
    PLEAT_UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = v_fma(sum[i], factor, term);
  PLEAT_UNROLL for (int i = 1; i < CHAINS; i++) sum[0] = sum[0] + sum[i];
  sink[0] = v_sum(sum[0]);
  return 2.0 * CHAINS * VW * (double)rounds;
}
