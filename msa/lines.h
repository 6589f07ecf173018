/* The lines of a file in memory, one by one, with their numbers.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_LINES_H
#define PLEAT_MSA_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pleat_lines {
  const char *bytes;
  size_t length, at;
  const char *text;          /* the current line, without white space at its end */
  size_t text_length, number; /* number from 1 */
} pleat_lines;

/* Starts before the first line; a byte order mark is skipped. */
void pleat_lines_init(pleat_lines *lines, const char *bytes, size_t length);

/* Steps to the next line; false after the last. */
bool pleat_lines_next(pleat_lines *lines);

/* Blanks, tabs and the like, and the NUL that MMseqs2 puts between alignments. */
bool pleat_lines_is_blank(char c);

/* The next word (without blanks) of the current line from *at on; false when there is none. */
bool pleat_lines_word(const pleat_lines *lines, size_t *at, const char **word, size_t *length);

/* Whether the current line begins with this text. */
bool pleat_lines_begins(const pleat_lines *lines, const char *text);

#endif
