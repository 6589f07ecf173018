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
  char prefix[200]; /* of the names handed out: "recycle0/mod/" */
};

/* True when somebody listens and the run is really computing: guard for code that only makes trace data. */
bool pleat_trace_on(const pleat_run *run);

/* Sets what stands before the names from now on. */
void pleat_trace_begin(pleat_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands out `data` of up to four dimensions; unused dimensions are 0. Does nothing when nobody listens. */
void pleat_trace_emit(pleat_run *run, const float *data, int64_t d0, int64_t d1, int64_t d2, int64_t d3,
                      const char *name_format, ...) __attribute__((format(printf, 7, 8)));

/* Lets names begin with `format` behind what they begin with now, until pleat_trace_leave with the number returned. */
size_t pleat_trace_enter(pleat_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pleat_trace_leave(pleat_run *run, size_t mark);

/* An array that steps add to in place, of up to three dimensions as above. */
typedef struct pleat_trace_watch {
  const float *data;
  float *before; /* as it was after the last step; from the arena, and only when somebody listens */
  int64_t shape[3];
} pleat_trace_watch;

pleat_trace_watch pleat_trace_watch_begin(pleat_run *run, const float *data, int64_t d0, int64_t d1, int64_t d2);
/* Hands out what the step just done added. */
void pleat_trace_added(pleat_run *run, pleat_trace_watch *watch, const char *name);

#endif
