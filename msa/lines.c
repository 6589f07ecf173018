/* The lines of a file in memory.
 * SPDX-License-Identifier: MIT */
#include "msa/lines.h"

#include <string.h>

bool pleat_lines_is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0; }

void pleat_lines_init(pleat_lines *lines, const char *bytes, size_t length) {
  size_t mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  *lines = (pleat_lines){.bytes = bytes, .length = length, .at = mark, .text = bytes};
}

bool pleat_lines_next(pleat_lines *lines) {
  size_t rest = lines->length - lines->at;
  if (rest == 0) return false;
  const char *text = lines->bytes + lines->at, *end = memchr(text, '\n', rest);
  size_t length = end ? (size_t)(end - text) : rest;
  lines->at += length + (end != NULL);
  /* MMseqs2 puts a NUL between the alignments of its databases */
  while (length && *text == 0) text++, length--;
  while (length && pleat_lines_is_blank(text[length - 1])) length--;
  lines->text = text;
  lines->text_length = length;
  lines->number++;
  return true;
}

bool pleat_lines_word(const pleat_lines *lines, size_t *at, const char **word, size_t *length) {
  while (*at < lines->text_length && pleat_lines_is_blank(lines->text[*at])) ++*at;
  *word = lines->text + *at;
  while (*at < lines->text_length && !pleat_lines_is_blank(lines->text[*at])) ++*at;
  *length = (size_t)(lines->text + *at - *word);
  return *length > 0;
}

bool pleat_lines_begins(const pleat_lines *lines, const char *text) {
  size_t length = strlen(text);
  return lines->text_length >= length && memcmp(lines->text, text, length) == 0;
}
