/* Protein chains of a structure file: the sequences that it declares, with the atoms that it has.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PROTEIN_H
#define PLEAT_DATA_PROTEIN_H

#include "lib/memory.h"

typedef struct pleat_protein_chain {
  char id[8];          /* author chain id */
  size_t length;       /* L: residues without atoms count, too, where the file names them */
  char *sequence;      /* (L) letters, terminated; a modified residue is its parent, without one X */
  float *positions;    /* (L,37,3) angstrom, 0 where there is no atom */
  float *present;      /* (L,37) 1 or 0 */
} pleat_protein_chain;

typedef struct pleat_protein {
  pleat_protein_chain *chains;
  size_t count;
  char released[11]; /* "2012-08-29"; "" when the file does not say */
  pleat_pool pool;   /* all of it */
} pleat_protein;

/* Reads PDB or mmCIF, plain or gzipped: first model; of alternates the one of highest occupancy; selenium of MSE in the
 * place of its sulphur; NH1 of arginine is the one nearer to CD. mmCIF tells whole sequences by _entity_poly_seq, of two
 * residues in one place the first, PDB by SEQRES; where there is none, or where the log says that SEQRES does not fit the
 * atoms, a sequence is that of the residues with atoms. No chain of amino acids is
 * PLEAT_ERROR_INPUT. On success free it. */
pleat_status pleat_protein_read(pleat_context *context, const char *path, pleat_protein *protein);
void pleat_protein_free(pleat_protein *protein);

#endif
