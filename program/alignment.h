/* Alignments of jobs: found in folders, chains of a complex paired by species, rows left out as --pair-mode says.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_ALIGNMENT_H
#define PLEAT_PROGRAM_ALIGNMENT_H

#include "program/settings.h"

/* FOLDER/NAME.a3m, .sto and the like; the caller frees it. NULL: there is none. */
char *pleat_alignment_find(const char *folder, const char *name);

/* A sentence of its own, or "" when the context has it. */
typedef struct pleat_alignment_error {
  char text[400];
} pleat_alignment_error;

/* One file, without the rows that --pair-mode leaves out. */
pleat_status pleat_alignment_read(pleat_settings *settings, const char *path, pleat_msa **msa,
                                  pleat_alignment_error *error);

/* Joins NAME_A.a3m, NAME_B.a3m, ... (or NAME/A.a3m, ...) of the query's chains as --pair-mode and --pair-strategy say;
 * equal chains need one file. Rows to be paired are those of NAME_A_uniprot_hits.sto where it is there. *msa NULL: no
 * chain has an alignment. */
pleat_status pleat_alignment_join(pleat_settings *settings, const char *folder, const pleat_query *query,
                                  pleat_msa **msa, pleat_alignment_error *error);

#endif
