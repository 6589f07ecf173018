/* Named intermediates of a run, handed to whoever asked: off, to a file, or to a comparer.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_TRACE_H
#define PLEAT_LIB_TRACE_H

#include "lib/run.h"

/* Receives one array: name as in the golden files, float32, dense, valid during the call only. */
typedef void (*pleat_trace_fn)(void *user, const char *name, const float *data, int rank, const int64_t *shape);

struct pleat_trace {
  pleat_trace_fn fn;
  void *user;
  char prefix[64]; /* of the names handed out: "recycle0/mod/" */
};

/* True when somebody listens and the run is really computing: guard for code that only makes trace data. */
bool pleat_trace_on(const pleat_run *run);

/* Sets what stands before the names from now on. */
void pleat_trace_begin(pleat_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands out `data` of up to four dimensions; unused dimensions are 0. Does nothing when nobody listens. */
void pleat_trace_emit(pleat_run *run, const float *data, int64_t d0, int64_t d1, int64_t d2, int64_t d3,
                      const char *name_format, ...) __attribute__((format(printf, 7, 8)));

#endif
