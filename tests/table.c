/* Reads a golden table of numbers for a test.
 * SPDX-License-Identifier: MIT */
#include "tests/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of one line, at most `columns`; a different count gives 0. */
static size_t read_line(char *line, size_t columns, double *numbers) {
  size_t count = 0;
  char *end = line;
  for (;;) {
    double value = strtod(line, &end);
    if (end == line) break;
    if (count == columns) return 0;
    numbers[count++] = value;
    line = end;
  }
  return count == columns;
}

size_t test_table_read(const char *name, size_t columns, double *numbers, size_t max_rows) {
  char path[1024], line[8192];
  size_t rows = 0;
  snprintf(path, sizeof path, "%s/%s", PLEAT_TEST_GOLDEN, name);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (rows < max_rows && fgets(line, sizeof line, file)) {
    if (line[0] == '#') continue;
    if (!read_line(line, columns, numbers + rows * columns)) {
      rows = 0;
      break;
    }
    rows++;
  }
  fclose(file);
  return rows;
}
