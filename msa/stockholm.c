/* Stockholm: rows in one block or interleaved, descriptions from #=GS ... DE lines.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "msa/lines.h"
#include "msa/msa.h"
#include "msa/rowset.h"

typedef struct sto_row {
  char *text; /* aligned characters so far; owned */
  size_t length, capacity, line;
  const char *description; /* in the file's bytes; NULL: none */
  size_t description_length;
} sto_row;

typedef struct sto_reader {
  pleat_msa *msa;
  pleat_lines lines;
  pleat_rowset names;
  sto_row *rows; /* (names.count) */
  size_t capacity;
  bool ended; /* behind the line "//" */
} sto_reader;

static bool is_gap(char c) { return c == '-' || c == '.' || c == '_' || c == '~'; }

size_t pleat_msa_to_a3m(const char *first, char *row, size_t width) {
  size_t length = 0;
  for (size_t i = 0; i < width; i++) {
    bool column = !is_gap(first[i]), gap = is_gap(row[i]);
    if (column) row[length++] = gap ? '-' : (char)(row[i] & ~0x20);
    else if (!gap) row[length++] = (char)(row[i] | 0x20);
  }
  row[length] = 0;
  return length;
}

static pleat_status check_row_text(const sto_reader *reader, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_gap(c)) continue;
    return pleat_status_fail(reader->msa->context, PLEAT_ERROR_FORMAT,
                             c > ' ' && c < 127
                                 ? "%s:%zu:%zu: character '%c' is not a residue; rows are made of letters, '-' and '.'"
                                 : "%s:%zu:%zu: byte 0x%02x is not a residue; rows are made of letters, '-' and '.'",
                             reader->msa->source, reader->lines.number, (size_t)(text + i - reader->lines.text) + 1,
                             (unsigned char)c);
  }
  return PLEAT_OK;
}

/* A line "NAME ALIGNED". */
static pleat_status read_row_line(sto_reader *reader) {
  pleat_context *context = reader->msa->context;
  const char *name, *text, *rest;
  size_t at = 0, name_length, length, index, rest_length;
  PLEAT_CHECK(context, !reader->ended, PLEAT_ERROR_FORMAT,
              "%s:%zu: a second alignment begins here, behind '//'; give each one a file of its own",
              reader->msa->source, reader->lines.number);
  bool good = pleat_lines_word(&reader->lines, &at, &name, &name_length) &&
              pleat_lines_word(&reader->lines, &at, &text, &length) &&
              !pleat_lines_word(&reader->lines, &at, &rest, &rest_length);
  PLEAT_CHECK(context, good, PLEAT_ERROR_FORMAT,
              "%s:%zu: is not a row of a Stockholm alignment: a name, blanks, and aligned residues",
              reader->msa->source, reader->lines.number);
  PLEAT_TRY(check_row_text(reader, text, length));
  PLEAT_TRY(pleat_rowset_add(&reader->names, name, name_length, &index, NULL));
  PLEAT_TRY(pleat_memory_grow(context, &reader->rows, &reader->capacity, reader->names.count, sizeof *reader->rows));
  sto_row *row = &reader->rows[index];
  if (!row->text) row->line = reader->lines.number;
  PLEAT_TRY(pleat_memory_grow(context, &row->text, &row->capacity, row->length + length + 1, 1));
  memcpy(row->text + row->length, text, length);
  row->length += length;
  return PLEAT_OK;
}

/* "#=GS NAME DE TEXT"; these may stand before or behind the rows, so they are read in a pass of their own. */
static void read_description(sto_reader *reader) {
  const char *word, *name, *feature;
  size_t at = 0, word_length, name_length, length;
  if (!pleat_lines_begins(&reader->lines, "#=GS")) return;
  pleat_lines_word(&reader->lines, &at, &word, &word_length);
  if (!pleat_lines_word(&reader->lines, &at, &name, &name_length)) return;
  if (!pleat_lines_word(&reader->lines, &at, &feature, &length) || length != 2 || memcmp(feature, "DE", 2)) return;
  size_t index = pleat_rowset_find(&reader->names, name, name_length);
  while (at < reader->lines.text_length && (reader->lines.text[at] == ' ' || reader->lines.text[at] == '\t')) at++;
  if (index == SIZE_MAX) return;
  reader->rows[index].description = reader->lines.text + at;
  reader->rows[index].description_length = reader->lines.text_length - at;
}

static pleat_status read_rows(sto_reader *reader) {
  while (pleat_lines_next(&reader->lines)) {
    if (pleat_lines_begins(&reader->lines, "//")) reader->ended = true;
    else if (reader->lines.text_length && reader->lines.text[0] != '#') PLEAT_TRY(read_row_line(reader));
  }
  PLEAT_CHECK(reader->msa->context, reader->names.count, PLEAT_ERROR_FORMAT,
              "%s: is empty; a Stockholm alignment has at least one row: a name, blanks, and aligned residues",
              reader->msa->source);
  return PLEAT_OK;
}

static pleat_status add_row(sto_reader *reader, size_t index, pleat_text *header, const char *first, size_t width) {
  sto_row *row = &reader->rows[index];
  const pleat_rowset_key *name = &reader->names.keys[index];
  PLEAT_CHECK(reader->msa->context, row->length == width, PLEAT_ERROR_FORMAT,
              "%s:%zu: row %zu, '%.*s', has %zu characters, the first row has %zu; the file is damaged or cut off",
              reader->msa->source, row->line, index + 1, (int)(name->length > 60 ? 60 : name->length), name->bytes,
              row->length, width);
  header->length = 0;
  pleat_text_append_bytes(header, name->bytes, name->length);
  if (row->description_length) {
    pleat_text_append_bytes(header, " ", 1);
    pleat_text_append_bytes(header, row->description, row->description_length);
  }
  PLEAT_TRY(header->status);
  size_t length = pleat_msa_to_a3m(first, row->text, width);
  pleat_msa_found found = {header->bytes, row->text, header->length, length, row->line};
  return pleat_msa_add(reader->msa, &found);
}

static pleat_status add_rows(sto_reader *reader) {
  size_t width = reader->rows[0].length;
  pleat_status status;
  pleat_text header;
  char *first;
  PLEAT_TRY(pleat_memory_copy_text(reader->msa->context, reader->rows[0].text, width, &first));
  pleat_text_init(&header, reader->msa->context);
  status = PLEAT_OK;
  for (size_t i = 0; !status && i < reader->names.count; i++) status = add_row(reader, i, &header, first, width);
  pleat_text_free(&header);
  pleat_memory_release(reader->msa->context, first);
  return status;
}

static pleat_status read_all(sto_reader *reader, const char *bytes, size_t length) {
  pleat_lines_init(&reader->lines, bytes, length);
  PLEAT_TRY(read_rows(reader));
  pleat_lines_init(&reader->lines, bytes, length);
  while (pleat_lines_next(&reader->lines)) read_description(reader);
  PLEAT_TRY(add_rows(reader));
  return pleat_msa_finish(reader->msa);
}

pleat_status pleat_msa_read_stockholm(pleat_msa *msa, const char *bytes, size_t length) {
  sto_reader reader = {.msa = msa};
  pleat_rowset_init(&reader.names, msa->context);
  pleat_status status = read_all(&reader, bytes, length);
  for (size_t i = 0; i < reader.capacity; i++) pleat_memory_release(msa->context, reader.rows[i].text);
  pleat_memory_release(msa->context, reader.rows);
  pleat_rowset_free(&reader.names);
  return status;
}
