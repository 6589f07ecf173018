/* Sequences and numbers as LigandMPNN's files have them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_SEQUENCE_TEXT_H
#define PLEAT_PROGRAM_SEQUENCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "pleat.h"

/* A growing text. */
typedef struct pleat_growing {
  char *text; /* never NULL after the first addition; the owner frees it */
  size_t length, room;
} pleat_growing;
void pleat_growing_add(pleat_growing *growing, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A target's residues and the order of its chains in FASTA files: by chain id, as published. */
typedef struct pleat_sequence_order {
  size_t count, chains;
  pleat_target_residue *residues; /* (count) in the target's order */
  size_t *place;                  /* (count) residue indices, chain by chain */
  size_t *start;                  /* (chains + 1) of each chain in `place` */
} pleat_sequence_order;
void pleat_sequence_order_make(const pleat_target *target, pleat_sequence_order *order);
void pleat_sequence_order_free(pleat_sequence_order *order);

/* Adds one letter a residue, `between` standing between chains; letters NULL: the target's own. `letters` holds indices in
 * ACDEFGHIKLMNPQRSTVWYX, in the target's order. */
void pleat_sequence_add(pleat_growing *growing, const pleat_sequence_order *order, const float *letters,
                        const char *between);

/* "['A','B']": the chains that have (1) or have not (0) a residue to design. */
void pleat_sequence_add_chains(pleat_growing *growing, const pleat_sequence_order *order, int designed);

/* 0.1, 1.0, 1e-06: the shortest text that reads back as the number, as Python writes it; `text` of 32 bytes. */
const char *pleat_sequence_number(double number, char *text);

extern const char pleat_sequence_letters[]; /* ACDEFGHIKLMNPQRSTVWYX */

#endif
