/* The PDB format, version 3.3, in and out.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PDB_H
#define PLEAT_DATA_PDB_H

#include "data/structure.h"

/* Adds the atoms of one model to an empty structure; finish is left to the caller. Takes hybrid-36 serials and
 * numbers, blank occupancies and elements, lines without the end columns. */
pleat_status pleat_pdb_parse(const pleat_structure_source *source, pleat_structure *structure);

/* A residue of the SEQRES records, which name all residues of a chain, those without atoms, too. */
typedef struct pleat_pdb_declared {
  char chain[2], name[4];
} pleat_pdb_declared;

/* All of them in the order of the file; release *declared. */
pleat_status pleat_pdb_read_declared(pleat_context *context, const pleat_structure_source *source,
                                     pleat_pdb_declared **declared, size_t *count);

/* Appends the whole file to `text`; `name` is for error sentences. PLEAT_ERROR_UNSUPPORTED when the structure is too
 * large for the format's columns. */
pleat_status pleat_pdb_write(const pleat_structure *structure, const char *name, pleat_text *text);

#endif
