/* What filters and summaries measure of rows.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_FILTER_H
#define PLEAT_MSA_FILTER_H

#include "lib/memory.h"

/* An alignment without rows, of the same source and chains. */
pleat_status pleat_filter_empty_copy(const pleat_msa *msa, pleat_msa **copy);

/* Share of the columns of a row's chain that hold a residue. */
double pleat_filter_coverage(const pleat_msa *msa, size_t row);

/* How many columns hold the same residue, a residue in both, a residue in either. */
typedef struct pleat_filter_match {
  uint32_t equal, both, either;
} pleat_filter_match;
pleat_filter_match pleat_filter_compare(const char *a, const char *b, size_t columns);

/* Share of equal residues among the columns where both have one; 0 when there is no such column. */
double pleat_filter_identity(const char *a, const char *b, size_t columns);

#endif
