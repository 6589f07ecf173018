/* Reads a golden table of numbers for a test: rows of tab- or blank-separated numbers, '#' lines are comments.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_TABLE_H
#define PLEAT_TESTS_TABLE_H

#include <stddef.h>

/* Fills `numbers` (rows x columns, row-major) from tests/golden/NAME; returns the number of whole rows read, 0 when the
 * file cannot be read or a row has another number of columns. */
size_t test_table_read(const char *name, size_t columns, double *numbers, size_t max_rows);

#endif
