/* The alignment of a query's complex, laid out as a multimer model takes it.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_FIT_H
#define PLEAT_MSA_FIT_H

#include "lib/memory.h"

/* pleat_msa_expand for a query of `count` chains. Equal chains of the query are one kind; each kind must be a chain
 * of the alignment that occurs as often (an alignment of one chain fits any number of copies of it), in any order.
 * places (residues of the query, chains in its own order) receives each residue's column in *expanded. */
pleat_status pleat_fit_query(const pleat_msa *msa, const char *const *chains, size_t count, size_t max_rows,
                             int64_t *places, pleat_msa **expanded);

/* Whether it would fit: each kind of chain is there, and as often. */
pleat_status pleat_fit_check(const pleat_msa *msa, const char *const *chains, size_t count);

#endif
