/* The context behind the public handle: allocator, threads, log and progress callbacks, and the last error's sentence.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_CONTEXT_H
#define PLEAT_LIB_CONTEXT_H

#include <stdbool.h>

#include "lib/status.h"

struct pleat_context {
  pleat_allocator allocator;
  pleat_log_fn log;
  void *log_user;
  pleat_log_level log_level;
  pleat_progress_fn progress;
  void *progress_user;
  int threads;         /* 0: what the machine allows */
  size_t memory_limit; /* bytes, 0: none */
  pleat_ranks ranks;   /* count 0 or 1: this process alone */
  pleat_precision precision; /* of weights of models that are opened */
  char *models_dir;    /* searched first for models; NULL: none; owned */
  char error[1024];
  char machine[256];     /* text handed out by pleat_context_describe_machine */
  char found_source[128]; /* text handed out by pleat_model_info_get */
  char found_path[4096]; /* text handed out by pleat_model_info_get and pleat_model_import */
};

/* Sends a printf-style message to the context's log. */
void pleat_log(pleat_context *context, pleat_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports progress; PLEAT_ERROR_CANCELLED with its sentence when the callback asks to stop. */
pleat_status pleat_context_progress(pleat_context *context, double fraction, const char *stage);

#endif
