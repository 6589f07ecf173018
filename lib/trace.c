/* Named intermediates of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/trace.h"

#include <stdarg.h>
#include <stdio.h>

bool pleat_trace_on(const pleat_run *run) { return run->trace && !pleat_run_idle(run); }

void pleat_trace_begin(pleat_run *run, const char *format, ...) {
  va_list arguments;
  if (!run->trace) return;
  va_start(arguments, format);
  vsnprintf(run->trace->prefix, sizeof run->trace->prefix, format, arguments);
  va_end(arguments);
}

void pleat_trace_emit(pleat_run *run, const float *data, int64_t d0, int64_t d1, int64_t d2, int64_t d3,
                      const char *name_format, ...) {
  if (!pleat_trace_on(run)) return;
  char name[256];
  va_list arguments;
  int used = snprintf(name, sizeof name, "%s", run->trace->prefix);
  va_start(arguments, name_format);
  vsnprintf(name + used, sizeof name - (size_t)used, name_format, arguments);
  va_end(arguments);
  int64_t shape[4] = {d0, d1, d2, d3};
  int rank = 0;
  while (rank < 4 && shape[rank] > 0) rank++;
  run->trace->fn(run->trace->user, name, data, rank, shape);
}
