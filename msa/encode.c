/* Residues as numbers.
 * SPDX-License-Identifier: MIT */
#include "msa/encode.h"

uint8_t pleat_encode_residue(char letter) {
  static const uint8_t ids[26] = {
      /* A B  C  D  E   F  G  H  I   J   K   L   M */
      0, 3, 4, 3, 6, 13, 7, 8, 9, 20, 11, 10, 12,
      /* N  O   P  Q  R   S   T  U   V   W   X   Y  Z */
      2, 20, 14, 5, 1, 15, 16, 4, 19, 17, 20, 18, 6};
  return letter >= 'A' && letter <= 'Z' ? ids[letter - 'A'] : PLEAT_ENCODE_GAP;
}

void pleat_encode_row(const char *residues, size_t columns, uint8_t *ids) {
  for (size_t i = 0; i < columns; i++) ids[i] = pleat_encode_residue(residues[i]);
}
