/* The walk over a CIF file's loops and items, which hands out rows of the tables that are wanted.
 * SPDX-License-Identifier: MIT */
#include "data/cif_table.h"

#include <string.h>
#include <strings.h>

typedef struct table_reader {
  pleat_cif *cif;
  const pleat_cif_table *tables;
  int table_count;
  void *user;
  pleat_cif_token token;        /* the one looked at */
  const pleat_cif_table *table; /* of the row */
  int *columns;                 /* of the loop being read: which of the table's each is, or -1 */
  size_t column_count, column_capacity;
  pleat_cif_token row[PLEAT_CIF_TABLE_MAX_COLUMNS];
  bool row_used; /* the row came from items outside a loop and was not handed out yet */
  bool found;    /* tables[0] had a row */
} table_reader;

static pleat_status next(table_reader *reader) { return pleat_cif_next(reader->cif, &reader->token); }

/* The wanted table that a tag belongs to; NULL: none. */
static const pleat_cif_table *find_table(const table_reader *reader, const pleat_cif_token *tag) {
  for (int t = 0; t < reader->table_count; t++) {
    size_t length = strlen(reader->tables[t].category);
    if (tag->length > length && !strncasecmp(tag->text, reader->tables[t].category, length)) return &reader->tables[t];
  }
  return NULL;
}

/* Which of the table's columns a tag of its category is; -1 for others. */
static int find_column(const pleat_cif_table *table, const pleat_cif_token *tag) {
  size_t category = table ? strlen(table->category) : 0, length = tag->length - category;
  for (int i = 0; table && i < table->count; i++)
    if (length == strlen(table->columns[i]) && !strncasecmp(tag->text + category, table->columns[i], length)) return i;
  return -1;
}

static void start_row(table_reader *reader, const pleat_cif_table *table) {
  memset(reader->row, 0, sizeof reader->row);
  reader->table = table;
}

static pleat_status hand_out(table_reader *reader) {
  reader->row_used = false;
  reader->found |= reader->table == reader->tables;
  return reader->table->row ? reader->table->row(reader->user, reader->row, reader->token.line) : PLEAT_OK;
}

/* The names of a loop's columns; *table NULL when none of them is wanted. */
static pleat_status read_loop_head(table_reader *reader, const pleat_cif_table **table) {
  *table = NULL;
  reader->column_count = 0;
  PLEAT_TRY(next(reader));
  for (; reader->token.kind == PLEAT_CIF_TAG; reader->column_count++) {
    const pleat_cif_table *own = find_table(reader, &reader->token);
    int column = find_column(own, &reader->token);
    PLEAT_TRY(pleat_memory_grow(reader->cif->context, &reader->columns, &reader->column_capacity,
                                reader->column_count + 1, sizeof *reader->columns));
    if (column >= 0 && !*table) *table = own;
    reader->columns[reader->column_count] = own == *table ? column : -1;
    PLEAT_TRY(next(reader));
  }
  PLEAT_CHECK(reader->cif->context, reader->column_count, PLEAT_ERROR_FORMAT,
              "%s:%zu: loop_ is not followed by any _name", reader->cif->name, reader->token.line);
  return PLEAT_OK;
}

static pleat_status read_loop(table_reader *reader) {
  const pleat_cif_table *table;
  size_t start = reader->token.line, values = 0;
  PLEAT_TRY(read_loop_head(reader, &table));
  if (table) start_row(reader, table);
  for (; reader->token.kind == PLEAT_CIF_VALUE; values++) {
    size_t column = values % reader->column_count;
    if (table && reader->columns[column] >= 0) reader->row[reader->columns[column]] = reader->token;
    if (table && column + 1 == reader->column_count) PLEAT_TRY(hand_out(reader));
    PLEAT_TRY(next(reader));
  }
  PLEAT_CHECK(
      reader->cif->context, values % reader->column_count == 0, PLEAT_ERROR_FORMAT,
      "%s:%zu: the loop that begins in line %zu has %zu values, which do not fill rows of its %zu columns; the file "
      "is cut off or damaged",
      reader->cif->name, reader->token.line, start, values, reader->column_count);
  return PLEAT_OK;
}

/* _name value: a table of one row may be written so, too. */
static pleat_status read_item(table_reader *reader) {
  pleat_cif_token tag = reader->token;
  const pleat_cif_table *table = find_table(reader, &tag);
  int column = find_column(table, &tag);
  if (reader->row_used && table != reader->table) PLEAT_TRY(hand_out(reader));
  PLEAT_TRY(next(reader));
  PLEAT_CHECK(reader->cif->context, reader->token.kind == PLEAT_CIF_VALUE, PLEAT_ERROR_FORMAT,
              "%s:%zu:%zu: %.*s has no value", reader->cif->name, tag.line, tag.column,
              (int)(tag.length < 80 ? tag.length : 80), tag.text);
  if (column >= 0) {
    if (!reader->row_used) start_row(reader, table);
    reader->row[column] = reader->token;
    reader->row_used = true;
  }
  return next(reader);
}

static pleat_status read_blocks(table_reader *reader) {
  PLEAT_TRY(next(reader));
  while (reader->token.kind != PLEAT_CIF_END) {
    const pleat_cif_token *token = &reader->token;
    if (reader->row_used && token->kind != PLEAT_CIF_TAG) PLEAT_TRY(hand_out(reader));
    if (token->kind == PLEAT_CIF_DATA && reader->found) return PLEAT_OK;
    PLEAT_CHECK(reader->cif->context, token->kind != PLEAT_CIF_VALUE, PLEAT_ERROR_FORMAT,
                "%s:%zu:%zu: the value '%.*s' belongs to no _name", reader->cif->name, token->line, token->column,
                (int)(token->length < 40 ? token->length : 40), token->text);
    if (token->kind == PLEAT_CIF_LOOP)
      PLEAT_TRY(read_loop(reader));
    else if (token->kind == PLEAT_CIF_TAG)
      PLEAT_TRY(read_item(reader));
    else
      PLEAT_TRY(next(reader));
  }
  return reader->row_used ? hand_out(reader) : PLEAT_OK;
}

pleat_status pleat_cif_read_tables(pleat_cif *cif, const pleat_cif_table *tables, int count, void *user) {
  table_reader reader = {.cif = cif, .tables = tables, .table_count = count, .user = user};
  pleat_status status = read_blocks(&reader);
  pleat_memory_release(cif->context, reader.columns);
  return status;
}
