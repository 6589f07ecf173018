/* Rows of chosen tables of a CIF file, written as loops or as single items.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CIF_TABLE_H
#define PLEAT_DATA_CIF_TABLE_H

#include "data/cif.h"

enum { PLEAT_CIF_TABLE_MAX_COLUMNS = 24 };

/* `row` is called for each row: values (count) in the order of `columns`, text NULL where the file has none, and the line
 * that is being read. NULL: the rows are only found. */
typedef struct pleat_cif_table {
  const char *category;       /* "_atom_site." */
  const char *const *columns; /* (count) "id", ... */
  int count;
  pleat_status (*row)(void *user, const pleat_cif_token *values, size_t line);
} pleat_cif_table;

/* Reads data blocks, one after the other, up to the end of the first one with rows of tables[0]. PLEAT_ERROR_FORMAT when
 * the file's grammar is broken. */
pleat_status pleat_cif_read_tables(pleat_cif *cif, const pleat_cif_table *tables, int count, void *user);

#endif
