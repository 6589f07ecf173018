/* Status names, and the sentence that goes with a failure.
 * SPDX-License-Identifier: MIT */
#include "lib/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/context.h"

const char *pleat_status_name(pleat_status status) {
  switch (status) {
    case PLEAT_OK: return "ok";
    case PLEAT_ERROR_INPUT: return "input error";
    case PLEAT_ERROR_FORMAT: return "format error";
    case PLEAT_ERROR_SHAPE: return "shape error";
    case PLEAT_ERROR_IO: return "input/output error";
    case PLEAT_ERROR_MEMORY: return "out of memory";
    case PLEAT_ERROR_LIMIT: return "over the memory limit";
    case PLEAT_ERROR_UNSUPPORTED: return "not supported";
    case PLEAT_ERROR_NOT_FOUND: return "not found";
    case PLEAT_ERROR_CANCELLED: return "cancelled";
  }
  return "unknown status";
}

pleat_status pleat_status_fail(pleat_context *context, pleat_status code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context->error, sizeof context->error, format, arguments);
  va_end(arguments);
  return code;
}

pleat_status pleat_status_prefix(pleat_context *context, pleat_status code, const char *format, ...) {
  char before[sizeof context->error];
  char sentence[sizeof context->error];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(before, sizeof before, format, arguments);
  va_end(arguments);
  memcpy(sentence, context->error, sizeof sentence);
  size_t used = strlen(before);
  snprintf(context->error, sizeof context->error, "%s", before);
  snprintf(context->error + used, sizeof context->error - used, ": %s", sentence);
  return code;
}
