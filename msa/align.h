/* Global alignment of two protein sequences with affine gaps; gaps at the ends are free.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_ALIGN_H
#define PLEAT_MSA_ALIGN_H

#include "lib/memory.h"

/* BLOSUM62 of two one-letter codes (Henikoff & Henikoff 1992); -1 when one of them is none of the twenty. */
int pleat_align_blosum62(char a, char b);

/* Gotoh (1982), scored by BLOSUM62, a gap of k residues costing 10 + k. match (length of a) receives for each letter of
 * `a` the index of its partner in `b`, or -1. Needs one byte a pair of letters for the way back. *score may be NULL. */
pleat_status pleat_align_global(pleat_context *context, const char *a, const char *b, int64_t *match, int *score);

#endif
