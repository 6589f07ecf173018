/* Residues as the numbers that AlphaFold's models take.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_ENCODE_H
#define PLEAT_MSA_ENCODE_H

#include <stddef.h>
#include <stdint.h>

enum {
  PLEAT_ENCODE_UNKNOWN = 20, /* X */
  PLEAT_ENCODE_GAP = 21,
  PLEAT_ENCODE_MASK = 22,    /* the masked token of BERT-like training */
  PLEAT_ENCODE_COUNT = 23
};

/* 0-19 in the order ARNDCQEGHILKMFPSTWYV; B is D, U is C, Z is E; X, J and O are 20; '-' is 21. */
uint8_t pleat_encode_residue(char letter);

void pleat_encode_row(const char *residues, size_t columns, uint8_t *ids);

#endif
