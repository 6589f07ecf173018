/* Numbers in text files, read and written the same whatever the program's locale.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_NUMBER_H
#define PLEAT_DATA_NUMBER_H

#include <stdbool.h>

#include "lib/text.h"

/* The whole of `text` (blanks around it allowed) as a finite decimal number; false when it is not one. */
bool pleat_number_parse(const char *text, size_t length, double *value);

/* The same for an int. */
bool pleat_number_parse_int(const char *text, size_t length, int *value);

/* Writes `value` rounded to `decimals` (0..6) into at least 32 bytes; needs |value| < 1e12. Returns `buffer`. */
const char *pleat_number_fixed(double value, int decimals, char buffer[32]);

#endif
