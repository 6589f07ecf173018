/* FASTA (Pearson & Lipman 1988) and tables of sequences, line by line.
 * SPDX-License-Identifier: MIT */
#include "data/fasta.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/text.h"

typedef struct text_line {
  const char *text;
  size_t length, number; /* without the line's end; from 1 */
} text_line;

typedef struct fasta_reader {
  pleat_fasta *fasta;
  pleat_context *context;
  const char *bytes, *name;
  size_t length, at;
  text_line line;
  char *file; /* the name's copy, for the entries */
} fasta_reader;

void pleat_fasta_init(pleat_fasta *fasta, pleat_context *context) {
  *fasta = (pleat_fasta){0};
  pleat_pool_init(&fasta->pool, context, 0);
}

void pleat_fasta_free(pleat_fasta *fasta) {
  pleat_memory_release(fasta->pool.context, fasta->entries);
  pleat_pool_free(&fasta->pool);
  *fasta = (pleat_fasta){.pool.context = fasta->pool.context};
}

static pleat_status copy(pleat_fasta *fasta, const char *text, const char **out) {
  char *made;
  PLEAT_TRY(pleat_pool_copy_text(&fasta->pool, text, strlen(text), &made));
  *out = made;
  return PLEAT_OK;
}

pleat_status pleat_fasta_add(pleat_fasta *fasta, const pleat_fasta_entry *entry) {
  pleat_fasta_entry own = *entry;
  PLEAT_TRY(copy(fasta, entry->name, &own.name));
  PLEAT_TRY(copy(fasta, entry->sequence, &own.sequence));
  PLEAT_TRY(copy(fasta, entry->file, &own.file));
  PLEAT_TRY(pleat_memory_grow(fasta->pool.context, &fasta->entries, &fasta->capacity, fasta->count + 1,
                              sizeof *fasta->entries));
  fasta->entries[fasta->count++] = own;
  return PLEAT_OK;
}

static bool next_line(fasta_reader *reader) {
  size_t rest = reader->length - reader->at;
  if (rest == 0) return false;
  const char *text = reader->bytes + reader->at, *end = memchr(text, '\n', rest);
  size_t length = end ? (size_t)(end - text) : rest;
  reader->at += length + (end != NULL);
  while (length && isspace((unsigned char)text[length - 1])) length--;
  reader->line = (text_line){text, length, reader->line.number + 1};
  return true;
}

/* Blank lines, and comments as old FASTA (';') and A3M ('#') have them. */
static bool is_skipped(const text_line *line) {
  return line->length == 0 || line->text[0] == ';' || line->text[0] == '#';
}

static bool next_used_line(fasta_reader *reader) {
  while (next_line(reader)) {
    if (!is_skipped(&reader->line)) return true;
  }
  return false;
}

static void append_letters(pleat_text *sequence, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char c = (char)toupper((unsigned char)text[i]);
    if (c == 0) c = '\1'; /* a NUL would hide what follows; as a control character it is refused by its place */
    if (!isspace((unsigned char)c)) pleat_text_append_bytes(sequence, &c, 1);
  }
}

static pleat_status keep_entry(fasta_reader *reader, const text_line *header, const pleat_text *sequence) {
  pleat_fasta_entry entry = {
      .sequence = sequence->bytes ? sequence->bytes : "", .file = reader->file, .line = header->number};
  const char *from = header->text, *end = header->text + header->length;
  char *name;
  PLEAT_TRY(sequence->status);
  while (from < end && isspace((unsigned char)*from)) from++;
  PLEAT_TRY(pleat_pool_copy_text(&reader->fasta->pool, from, (size_t)(end - from), &name));
  entry.name = name;
  return pleat_fasta_add(reader->fasta, &entry);
}

/* One record; the reader stands on its header and is left on the next one. */
static pleat_status read_record(fasta_reader *reader, bool *more) {
  text_line header = {reader->line.text + 1, reader->line.length - 1, reader->line.number};
  pleat_text sequence;
  pleat_text_init(&sequence, reader->context);
  while ((*more = next_used_line(reader)) && reader->line.text[0] != '>') {
    append_letters(&sequence, reader->line.text, reader->line.length);
  }
  pleat_status status = keep_entry(reader, &header, &sequence);
  pleat_text_free(&sequence);
  return status;
}

static pleat_status read_fasta(fasta_reader *reader) {
  for (bool more = true; more;) PLEAT_TRY(read_record(reader, &more));
  return PLEAT_OK;
}

/* The next field of a table's row from *at on, without its quotes ("" is a quote inside them); false after the last. */
static bool next_field(const text_line *row, char separator, size_t *at, pleat_text *out) {
  if (*at > row->length) return false;
  bool quoted = *at < row->length && row->text[*at] == '"';
  out->length = 0;
  pleat_text_append_bytes(out, "", 0);
  for (*at += quoted; *at < row->length; ++*at) {
    char c = row->text[*at];
    if (quoted && c == '"' && (*at + 1 >= row->length || row->text[*at + 1] != '"')) quoted = false;
    else if (!quoted && c == separator) break;
    else pleat_text_append_bytes(out, &c, 1), *at += quoted && c == '"';
  }
  ++*at;
  return true;
}

typedef struct table_columns {
  char separator;
  size_t id, sequence; /* columns; SIZE_MAX: not there */
} table_columns;

static bool is_word(const pleat_text *text, const char *word) {
  return text->bytes && strlen(text->bytes) == text->length && strcasecmp(text->bytes, word) == 0;
}

/* Which columns of a table hold what, from its first line. */
static pleat_status read_table_head(fasta_reader *reader, table_columns *table) {
  pleat_text field;
  size_t at = 0;
  table->separator = memchr(reader->line.text, '\t', reader->line.length) ? '\t' : ',';
  table->id = table->sequence = SIZE_MAX;
  pleat_text_init(&field, reader->context);
  for (size_t column = 0; next_field(&reader->line, table->separator, &at, &field); column++) {
    if (is_word(&field, "id")) table->id = column;
    if (is_word(&field, "sequence")) table->sequence = column;
  }
  pleat_status status = field.status;
  pleat_text_free(&field);
  PLEAT_TRY(status);
  PLEAT_CHECK(reader->context, table->id != SIZE_MAX && table->sequence != SIZE_MAX, PLEAT_ERROR_FORMAT,
              "%s:%zu: is neither FASTA (a line '>name' before each sequence) nor a table whose first line names the "
              "columns id and sequence", reader->name, reader->line.number);
  return PLEAT_OK;
}

static pleat_status read_row(fasta_reader *reader, const table_columns *table, pleat_text *id, pleat_text *sequence,
                             pleat_text *field) {
  size_t at = 0;
  id->length = sequence->length = 0;
  pleat_text_append_bytes(sequence, "", 0);
  pleat_text_append_bytes(id, "", 0);
  for (size_t column = 0; next_field(&reader->line, table->separator, &at, field); column++) {
    if (column == table->id && field->length) pleat_text_append_bytes(id, field->bytes, field->length);
    if (column == table->sequence && field->length) append_letters(sequence, field->bytes, field->length);
  }
  PLEAT_TRY(field->status);
  PLEAT_TRY(id->status);
  text_line header = {id->bytes, id->length, reader->line.number};
  return keep_entry(reader, &header, sequence);
}

static pleat_status read_table(fasta_reader *reader, const table_columns *table) {
  pleat_text id, sequence, field;
  pleat_status status = PLEAT_OK;
  pleat_text_init(&id, reader->context);
  pleat_text_init(&sequence, reader->context);
  pleat_text_init(&field, reader->context);
  while (!status && next_used_line(reader)) status = read_row(reader, table, &id, &sequence, &field);
  pleat_text_free(&id);
  pleat_text_free(&sequence);
  pleat_text_free(&field);
  return status;
}

pleat_status pleat_fasta_parse(pleat_fasta *fasta, const char *bytes, size_t length, const char *name) {
  size_t mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* a byte order mark */
  fasta_reader reader = {fasta, fasta->pool.context, bytes, name, length, mark, {0}, NULL};
  table_columns table;
  PLEAT_TRY(pleat_pool_copy_text(&fasta->pool, name, strlen(name), &reader.file));
  PLEAT_CHECK(reader.context, next_used_line(&reader), PLEAT_ERROR_FORMAT, "%s: is empty, sequences are needed", name);
  if (reader.line.text[0] == '>') return read_fasta(&reader);
  PLEAT_TRY(read_table_head(&reader, &table));
  return read_table(&reader, &table);
}
