/* Arrays as numpy's .npy files (NEP 1): a magic word, a line that reads as a Python dictionary, the numbers.
 * SPDX-License-Identifier: MIT */
#include "program/npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"

enum { BEFORE = 10, ALIGNED = 64 }; /* bytes before the line; what the whole head is a multiple of */

/* The head's length; `head` of 256 bytes. */
static size_t make_head(const pleat_array *array, char *head) {
  char shape[96] = "";
  for (int d = 0; d < array->rank; d++) {
    size_t used = strlen(shape);
    snprintf(shape + used, sizeof shape - used, "%zu,%s", array->shape[d], d + 1 < array->rank ? " " : "");
  }
  int little = *(const unsigned char *)&(const uint16_t){1};
  int text = snprintf(head + BEFORE, 256 - BEFORE, "{'descr': '%cf4', 'fortran_order': False, 'shape': (%s), }",
                      little ? '<' : '>', shape);
  size_t length = ((size_t)BEFORE + (size_t)text + ALIGNED) / ALIGNED * ALIGNED, line = length - BEFORE;
  memset(head + BEFORE + text, ' ', length - BEFORE - (size_t)text);
  head[length - 1] = '\n';
  memcpy(head, "\x93NUMPY\x01\x00", 8);
  head[8] = (char)(line & 255);
  head[9] = (char)(line >> 8);
  return length;
}

bool pleat_npy_write(const char *path, const pleat_array *array) {
  char head[256];
  size_t count = 1, length = make_head(array, head);
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  char *temporary = pleat_output_begin(path);
  FILE *file = temporary ? fopen(temporary, "wb") : NULL;
  bool ok = file && fwrite(head, 1, length, file) == length &&
            fwrite(array->data, sizeof *array->data, count, file) == count;
  if (file) ok = !fclose(file) && ok;
  if (ok) return pleat_output_commit(temporary, path);
  if (temporary) fprintf(stderr, "pleat: cannot write '%s': %s\n", path, strerror(errno));
  pleat_output_abandon(temporary);
  return false;
}
