/* Creating a context, its settings, and the log and progress callbacks.
 * SPDX-License-Identifier: MIT */
#include "lib/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpu.h"
#include "lib/memory.h"

static void *system_allocate(void *user, size_t bytes) {
  (void)user;
  return malloc(bytes);
}

static void *system_resize(void *user, void *block, size_t bytes) {
  (void)user;
  return realloc(block, bytes);
}

static void system_release(void *user, void *block) {
  (void)user;
  free(block);
}

pleat_status pleat_context_create(const pleat_allocator *allocator, pleat_context **out) {
  static const pleat_allocator system_allocator = {system_allocate, system_resize, system_release, NULL};
  if (!allocator) allocator = &system_allocator;
  *out = NULL;
  pleat_context *context = allocator->allocate(allocator->user, sizeof *context);
  if (!context) return PLEAT_ERROR_MEMORY;
  memset(context, 0, sizeof *context);
  context->allocator = *allocator;
  *out = context;
  return PLEAT_OK;
}

void pleat_context_free(pleat_context *context) {
  if (!context) return;
  pleat_memory_release(context, context->models_dir);
  context->allocator.release(context->allocator.user, context);
}

const char *pleat_context_error(const pleat_context *context) { return context->error; }

void pleat_context_set_log(pleat_context *context, pleat_log_fn log, void *user, pleat_log_level level) {
  context->log = log;
  context->log_user = user;
  context->log_level = level;
}

void pleat_context_set_progress(pleat_context *context, pleat_progress_fn progress, void *user) {
  context->progress = progress;
  context->progress_user = user;
}

void pleat_context_set_threads(pleat_context *context, int threads) { context->threads = threads > 0 ? threads : 0; }

int pleat_context_threads(const pleat_context *context) {
  return context->threads ? context->threads : pleat_cpu_allowed_threads();
}

void pleat_context_set_ranks(pleat_context *context, const pleat_ranks *ranks) {
  context->ranks = ranks ? *ranks : (pleat_ranks){0};
}

void pleat_context_set_memory_limit(pleat_context *context, size_t bytes) { context->memory_limit = bytes; }

void pleat_context_set_precision(pleat_context *context, pleat_precision precision) { context->precision = precision; }

pleat_status pleat_context_set_models_dir(pleat_context *context, const char *folder) {
  char *copy = NULL;
  if (folder) PLEAT_TRY(pleat_memory_copy_text(context, folder, strlen(folder), &copy));
  pleat_memory_release(context, context->models_dir);
  context->models_dir = copy;
  return PLEAT_OK;
}

void pleat_log(pleat_context *context, pleat_log_level level, const char *format, ...) {
  if (!context->log || level > context->log_level) return;
  char text[2048];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  context->log(context->log_user, level, text);
}

pleat_status pleat_context_progress(pleat_context *context, double fraction, const char *stage) {
  PLEAT_CHECK(context, !context->progress || !context->progress(context->progress_user, fraction, stage),
              PLEAT_ERROR_CANCELLED, "stopped on request during '%s'", stage);
  return PLEAT_OK;
}
