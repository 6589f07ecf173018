/* Named sequences from FASTA files and from ColabFold's tables (id,sequence).
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_FASTA_H
#define PLEAT_DATA_FASTA_H

#include "lib/memory.h"

typedef struct pleat_fasta_entry {
  const char *name;     /* the header without '>' and the blanks around it */
  const char *sequence; /* without white space, letters in capitals; anything else as in the file */
  const char *file;
  size_t line;          /* of the header or the table's row, from 1 */
} pleat_fasta_entry;

typedef struct pleat_fasta {
  pleat_fasta_entry *entries;
  size_t count, capacity;
  pleat_pool pool; /* all texts */
} pleat_fasta;

void pleat_fasta_init(pleat_fasta *fasta, pleat_context *context);
void pleat_fasta_free(pleat_fasta *fasta);

/* Adds the entries of a file's bytes, FASTA or table as its first line tells; `name` is what sentences call the file.
 * PLEAT_ERROR_FORMAT when it is neither, or empty. On failure the entries so far stay. */
pleat_status pleat_fasta_parse(pleat_fasta *fasta, const char *bytes, size_t length, const char *name);

/* Adds one entry; the texts are copied. */
pleat_status pleat_fasta_add(pleat_fasta *fasta, const pleat_fasta_entry *entry);

#endif
