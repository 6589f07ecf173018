/* What every op does around its work: counts, asks whether there is anything to do, logs its time.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_OP_SCOPE_H
#define PLEAT_LIB_OP_SCOPE_H

#include <stdio.h>
#include <time.h>

#include "lib/run.h"

static inline double pleat_op_now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static inline bool pleat_op_logs(const pleat_run *run) {
  return run->context->log && run->context->log_level >= PLEAT_LOG_DEBUG;
}

/* Counts first, in both modes; heeds a wish to stop; then says whether there is anything to do. */
static inline bool pleat_op_begin(pleat_run *run, pleat_op_kind kind, double flops, double floats, double *started) {
  double bytes = floats * sizeof(float);
  run->flops += flops;
  run->bytes += bytes;
  if (run->speed)
    run->seconds += run->speed->start + flops / run->speed->flops[kind] + bytes / run->speed->bytes[kind];
  *started = 0;
  pleat_run_heed(run);
  if (pleat_run_idle(run)) return false;
  if (pleat_op_logs(run)) *started = pleat_op_now_ms();
  return true;
}

#define PLEAT_OP_END(run, started, set, name, ...)                                                            \
  do {                                                                                                        \
    if (pleat_op_logs(run)) {                                                                                 \
      char op_shape[96];                                                                                      \
      snprintf(op_shape, sizeof op_shape, __VA_ARGS__);                                                       \
      pleat_log((run)->context, PLEAT_LOG_DEBUG, "op %-15s %-8s %-40s %9.3f ms", name, set, op_shape,         \
                pleat_op_now_ms() - (started));                                                               \
    }                                                                                                         \
  } while (0)

#endif
