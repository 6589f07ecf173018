/* A growing text, built in memory and written at once.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_TEXT_H
#define PLEAT_LIB_TEXT_H

#include "lib/memory.h"

/* Appends never fail at the call: the first failure sticks in `status`, later appends do nothing. */
typedef struct pleat_text {
  pleat_context *context;
  char *bytes; /* always terminated once something was appended */
  size_t length, capacity;
  pleat_status status;
} pleat_text;

void pleat_text_init(pleat_text *text, pleat_context *context);
void pleat_text_append(pleat_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pleat_text_append_bytes(pleat_text *text, const void *bytes, size_t length);
void pleat_text_free(pleat_text *text);

#endif
