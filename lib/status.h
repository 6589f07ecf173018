/* One-line checks that return a status and leave the sentence for people in the context.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_STATUS_H
#define PLEAT_LIB_STATUS_H

#include "pleat.h"

/* Returns from the caller when `expression` is not PLEAT_OK; the sentence is already in place. */
#define PLEAT_TRY(expression)                    \
  do {                                           \
    pleat_status try_status = (expression);      \
    if (try_status != PLEAT_OK) return try_status; \
  } while (0)

/* Returns `code` with a printf-style sentence from the caller when `condition` does not hold. */
#define PLEAT_CHECK(context, condition, code, ...)                      \
  do {                                                                  \
    if (!(condition)) return pleat_status_fail((context), (code), __VA_ARGS__); \
  } while (0)

/* Stores the sentence in the context and returns `code`: `return pleat_status_fail(context, PLEAT_ERROR_IO, ...)`. */
pleat_status pleat_status_fail(pleat_context *context, pleat_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the stored sentence, for a caller that knows more (a job's name, a file), and returns `code`. */
pleat_status pleat_status_prefix(pleat_context *context, pleat_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
