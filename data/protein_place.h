/* Where the residues that have atoms stand in the sequence that a PDB file declares.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PROTEIN_PLACE_H
#define PLEAT_DATA_PROTEIN_PLACE_H

#include "data/pdb.h"

/* A residue with atoms: `bonded` to the one before it, as far as its nitrogen and that one's carbon tell. */
typedef struct pleat_protein_seen {
  const char *name;
  int number; /* its author's; residues with insertion codes share one */
  bool bonded;
} pleat_protein_seen;

/* places[i] of seen[i] (count) in declared (length), rising, with the same names. Residues that are bonded and numbered one
 * after the other stand side by side; of what is left, the places whose gaps are those of the numbers most often. False,
 * with nothing placed, when the names do not fit. */
pleat_status pleat_protein_place(pleat_context *context, const pleat_pdb_declared *declared, size_t length,
                                 const pleat_protein_seen *seen, size_t count, size_t *places, bool *fits);

#endif
