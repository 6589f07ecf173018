/* A growing text, built in memory and written at once.
 * SPDX-License-Identifier: MIT */
#include "lib/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pleat_text_init(pleat_text *text, pleat_context *context) { *text = (pleat_text){.context = context}; }

void pleat_text_append_bytes(pleat_text *text, const void *bytes, size_t length) {
  if (text->status) return;
  text->status = pleat_memory_grow(text->context, &text->bytes, &text->capacity, text->length + length + 1, 1);
  if (text->status) return;
  if (length) memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = 0;
}

void pleat_text_append(pleat_text *text, const char *format, ...) {
  va_list arguments, again;
  if (text->status) return;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  text->status = pleat_memory_grow(text->context, &text->bytes, &text->capacity, text->length + (size_t)length + 1, 1);
  if (!text->status) {
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
  }
  va_end(again);
}

void pleat_text_free(pleat_text *text) {
  pleat_memory_release(text->context, text->bytes);
  pleat_text_init(text, text->context);
}
