/* Named intermediates of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

size_t pleat_trace_enter(pleat_run *run, const char *format, ...) {
  va_list arguments;
  if (!run->trace) return 0;
  char *prefix = run->trace->prefix;
  size_t mark = strlen(prefix);
  va_start(arguments, format);
  vsnprintf(prefix + mark, sizeof run->trace->prefix - mark, format, arguments);
  va_end(arguments);
  return mark;
}

void pleat_trace_leave(pleat_run *run, size_t mark) {
  if (run->trace) run->trace->prefix[mark] = 0;
}

static int64_t count_of(const pleat_trace_watch *watch) {
  int64_t count = 1;
  for (int d = 0; d < 3 && watch->shape[d] > 0; d++) count *= watch->shape[d];
  return count;
}

pleat_trace_watch pleat_trace_watch_begin(pleat_run *run, const float *data, int64_t d0, int64_t d1, int64_t d2) {
  pleat_trace_watch watch = {data, NULL, {d0, d1, d2}};
  if (!run->trace) return watch;
  watch.before = pleat_run_take(run, count_of(&watch));
  if (pleat_trace_on(run)) memcpy(watch.before, data, (size_t)count_of(&watch) * sizeof *data);
  return watch;
}

void pleat_trace_added(pleat_run *run, pleat_trace_watch *watch, const char *name) {
  if (!pleat_trace_on(run)) return;
  int64_t count = count_of(watch);
  for (int64_t i = 0; i < count; i++) watch->before[i] = watch->data[i] - watch->before[i];
  pleat_trace_emit(run, watch->before, watch->shape[0], watch->shape[1], watch->shape[2], 0, "%s/out", name);
  memcpy(watch->before, watch->data, (size_t)count * sizeof *watch->before);
}
