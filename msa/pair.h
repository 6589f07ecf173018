/* Which rows of several chains belong together, by species.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_PAIR_H
#define PLEAT_MSA_PAIR_H

#include "lib/memory.h"

/* rows (count, parts): row of each part, or -1 where a part has no row of the species; row 0 is the query of all. */
typedef struct pleat_pair_table {
  int64_t *rows;
  size_t count, capacity, parts;
} pleat_pair_table;

/* Rows are those of each part's `pairing`, or of its `msa` when that is NULL. ALPHAFOLD wants them without
 * duplicates, as the published pipeline does (pleat_msa_pair sees to it). */
pleat_status pleat_pair_find(pleat_context *context, const pleat_msa_part *parts, size_t count, pleat_msa_pairing how,
                             pleat_msa_species species, pleat_pair_table *table);
void pleat_pair_free(pleat_context *context, pleat_pair_table *table);

#endif
