/* The alignment behind the public handle: rows over the columns of a query, insertions kept in lower case.
 * SPDX-License-Identifier: MIT
 *
 * Letters: S rows, L columns. Row 0 is the query. A complex has several chains side by side; its rows either span all
 * of them (paired, chain -1) or belong to one. */
#ifndef PLEAT_MSA_MSA_H
#define PLEAT_MSA_MSA_H

#include <stdbool.h>

#include "lib/memory.h"
#include "lib/text.h"

enum { PLEAT_MSA_PAIRED = -1 };

struct pleat_msa {
  pleat_context *context;
  char *source; /* what sentences call it: a file's name */
  pleat_msa_row *rows;
  size_t row_count, row_capacity, columns;
  pleat_msa_chain *chains; /* (chain_count), in the order of their columns */
  size_t chain_count;
  bool complex;   /* the chains were told; else one chain holds all columns */
  pleat_pool pool; /* all texts */
};

typedef enum pleat_msa_format {
  PLEAT_MSA_FORMAT_AUTO, PLEAT_MSA_FORMAT_A3M, PLEAT_MSA_FORMAT_STOCKHOLM, PLEAT_MSA_FORMAT_FASTA
} pleat_msa_format;

/* The format that a file's ending tells (.gz aside), or AUTO. */
pleat_msa_format pleat_msa_format_of(const char *path);

/* An empty alignment; `source` is copied. */
pleat_status pleat_msa_start(pleat_context *context, const char *source, pleat_msa **msa);

/* A row as a reader has found it. `aligned` is in A3M: capital letters and '-' are columns, lower-case letters
 * insertions, nothing else. */
typedef struct pleat_msa_found {
  const char *header, *aligned;
  size_t header_length, aligned_length;
  size_t line; /* of the file, for the sentence; 0: unknown */
} pleat_msa_found;

/* Adds a row; the first one sets the columns. PLEAT_ERROR_FORMAT when its columns are another number, or when the first
 * has none, or has insertions or gaps. */
pleat_status pleat_msa_add(pleat_msa *msa, const pleat_msa_found *found);

/* Adds a copy of another alignment's row. */
pleat_status pleat_msa_copy_row(pleat_msa *msa, const pleat_msa_row *row);

/* Gives a row another header. */
pleat_status pleat_msa_rename_row(pleat_msa *msa, size_t row, const char *header, size_t length);

/* Says that all rows are there: an alignment without rows is an error; one without chains gets its one chain. */
pleat_status pleat_msa_finish(pleat_msa *msa);

/* Declares the chains of a complex: `columns` and `copies` (count). Their sum must be L once rows are there. */
pleat_status pleat_msa_set_chains(pleat_msa *msa, const size_t *columns, const size_t *copies, size_t count);

/* Keeps the rows whose flag is not 0, in their order; row 0 stays whatever its flag is. */
void pleat_msa_keep(pleat_msa *msa, const uint8_t *flags);

/* The part of a row's A3M text that columns [from, from+columns) make: insertions before a column belong to it, those
 * behind the last column of the alignment to that. */
void pleat_msa_slice(const pleat_msa *msa, size_t row, size_t from, size_t columns, const char **text, size_t *length);

/* Readers of bytes in memory; `name` is what sentences call the file. pleat_msa_parse with AUTO looks at the name's
 * ending, then at the content. */
pleat_status pleat_msa_parse_as(pleat_context *context, const char *bytes, size_t length, const char *name,
                                pleat_msa_format format, pleat_msa **msa);
pleat_status pleat_msa_read_a3m(pleat_msa *msa, const char *bytes, size_t length);
pleat_status pleat_msa_read_fasta(pleat_msa *msa, const char *bytes, size_t length);
pleat_status pleat_msa_read_stockholm(pleat_msa *msa, const char *bytes, size_t length);

/* Turns a row of `width` aligned characters into A3M, in place: where `first` has a letter is a column (capital
 * letter or '-'), elsewhere letters become lower case and gaps go. '-', '.', '_' and '~' are gaps. Returns the new
 * length. */
size_t pleat_msa_to_a3m(const char *first, char *row, size_t width);

/* Whether a header is one of HH-suite's rows of secondary structure or confidence, which are no sequences: readers of
 * A3M and FASTA pass over them, writers put '_' before a name that would be taken for one. */
bool pleat_msa_is_annotation(const char *header, size_t length);

/* Writers into memory. Stockholm and FASTA put insertions in columns of their own, and have no word for the chains of a
 * complex: PLEAT_ERROR_UNSUPPORTED. */
pleat_status pleat_msa_write_a3m(const pleat_msa *msa, pleat_text *text);
pleat_status pleat_msa_write_fasta(const pleat_msa *msa, pleat_text *text);
pleat_status pleat_msa_write_stockholm(const pleat_msa *msa, pleat_text *text);

#endif
