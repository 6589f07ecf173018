/* Hybrid-36: whole numbers in few columns, as large PDB files write serials and residue numbers (cci.lbl.gov/hybrid_36).
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_HYBRID36_H
#define PLEAT_DATA_HYBRID36_H

#include <stdbool.h>

/* The largest numbers of four and of five columns. */
enum { PLEAT_HYBRID36_MOST_4 = 2436111, PLEAT_HYBRID36_MOST_5 = 87440031 };

/* Reads `text` of exactly `width` columns (4 or 5) that begins with a letter; false when it is none. */
bool pleat_hybrid36_parse(const char *text, int width, int *value);

/* Writes `value` as decimals where `width` columns (4 or 5) hold them, then as A000.., then as a000.. in base 36. */
void pleat_hybrid36_format(int value, int width, char text[16]);

#endif
