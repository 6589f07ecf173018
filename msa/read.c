/* Alignment files in: which format they are, and A3M and FASTA.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/file.h"
#include "msa/lines.h"
#include "msa/msa.h"

/* A row under construction: its header and a buffer for what it aligns. */
typedef struct row_reader {
  pleat_msa *msa;
  pleat_lines lines;
  pleat_text row;
  const char *header;
  size_t header_length, header_line;
} row_reader;

static bool ends_with(const char *text, size_t length, const char *ending) {
  size_t tail = strlen(ending);
  return length > tail && strncasecmp(text + length - tail, ending, tail) == 0;
}

pleat_msa_format pleat_msa_format_of(const char *path) {
  static const struct {
    const char *ending;
    pleat_msa_format format;
  } endings[] = {{".a3m", PLEAT_MSA_FORMAT_A3M},         {".sto", PLEAT_MSA_FORMAT_STOCKHOLM},
                 {".stk", PLEAT_MSA_FORMAT_STOCKHOLM},   {".stockholm", PLEAT_MSA_FORMAT_STOCKHOLM},
                 {".fasta", PLEAT_MSA_FORMAT_FASTA},     {".fa", PLEAT_MSA_FORMAT_FASTA},
                 {".afa", PLEAT_MSA_FORMAT_FASTA},       {".fas", PLEAT_MSA_FORMAT_FASTA}};
  size_t length = strlen(path);
  if (ends_with(path, length, ".gz")) length -= 3;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    if (ends_with(path, length, endings[i].ending)) return endings[i].format;
  }
  return PLEAT_MSA_FORMAT_AUTO;
}

bool pleat_msa_is_annotation(const char *header, size_t length) {
  static const char *const names[] = {"ss_dssp", "sa_dssp", "ss_pred", "ss_conf", "aa_dssp", "aa_pred"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t word = strlen(names[i]);
    if (length < word || memcmp(header, names[i], word)) continue;
    if (length == word || pleat_lines_is_blank(header[word])) return true;
  }
  return false;
}

static bool is_annotation(const row_reader *reader) {
  return pleat_msa_is_annotation(reader->header, reader->header_length);
}

static pleat_status bad_character(const row_reader *reader, size_t column) {
  unsigned char c = (unsigned char)reader->lines.text[column];
  char shown[24];
  if (c > ' ' && c < 127) snprintf(shown, sizeof shown, "character '%c'", c);
  else snprintf(shown, sizeof shown, "byte 0x%02x", c);
  return pleat_status_fail(reader->msa->context, PLEAT_ERROR_FORMAT,
                           "%s:%zu:%zu: %s is not a residue; rows are made of letters, '-' and '.'",
                           reader->msa->source, reader->lines.number, column + 1, shown);
}

/* Appends the current line's letters and gaps; '.' too where the format has aligned insertions (FASTA). */
static pleat_status append_line(row_reader *reader, bool keep_dots) {
  pleat_text *row = &reader->row;
  size_t length = reader->lines.text_length;
  PLEAT_TRY(pleat_memory_grow(row->context, &row->bytes, &row->capacity, row->length + length + 1, 1));
  for (size_t i = 0; i < length; i++) {
    char c = reader->lines.text[i];
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (letter || c == '-' || (c == '.' && keep_dots)) row->bytes[row->length++] = c;
    else if (c != '.' && c != ' ' && c != '\t') return bad_character(reader, i);
  }
  row->bytes[row->length] = 0;
  return PLEAT_OK;
}

/* Reads on to the next header; the row's letters are then in reader->row. *more is false at the end of the file. */
static pleat_status read_row(row_reader *reader, bool keep_dots, bool *more) {
  bool skipped = is_annotation(reader);
  reader->row.length = 0;
  reader->row.bytes[0] = 0;
  while ((*more = pleat_lines_next(&reader->lines))) {
    if (pleat_lines_begins(&reader->lines, ">")) break;
    if (!skipped && !pleat_lines_begins(&reader->lines, "#")) PLEAT_TRY(append_line(reader, keep_dots));
  }
  return PLEAT_OK;
}

static void take_header(row_reader *reader) {
  size_t at = 1;
  while (at < reader->lines.text_length && (reader->lines.text[at] == ' ' || reader->lines.text[at] == '\t')) at++;
  reader->header = reader->lines.text + at;
  reader->header_length = reader->lines.text_length - at;
  reader->header_line = reader->lines.number;
}

static bool read_number(const char **at, const char *end, size_t *number) {
  const char *start = *at;
  for (*number = 0; *at < end && **at >= '0' && **at <= '9' && *number < 100000000; ++*at)
    *number = *number * 10 + (size_t)(**at - '0');
  return *at > start && *number > 0;
}

/* "59,61": numbers joined by commas; 0 when it is anything else or more than `most`. */
static size_t read_numbers(const char **at, const char *end, size_t *numbers, size_t most) {
  size_t count = 0;
  do {
    if (count == most || !read_number(at, end, &numbers[count])) return 0;
    count++;
  } while (*at < end && **at == ',' && ++*at);
  return count;
}

/* ColabFold's first line, "#59,61<TAB>1,1": the chains' lengths and how often each occurs. Other comments are passed
 * over. */
static pleat_status read_chains(row_reader *reader) {
  enum { MOST = 512 };
  size_t columns[MOST], copies[MOST];
  const char *at = reader->lines.text + 1, *end = reader->lines.text + reader->lines.text_length;
  if (at == end || *at < '0' || *at > '9' || !memchr(at, '\t', (size_t)(end - at))) return PLEAT_OK;
  size_t count = read_numbers(&at, end, columns, MOST);
  bool good = count && at < end && *at++ == '\t' && read_numbers(&at, end, copies, MOST) == count && at == end;
  PLEAT_CHECK(reader->msa->context, good, PLEAT_ERROR_FORMAT,
              "%s:%zu: should tell the chains of a complex as '#LENGTH,LENGTH<TAB>COPIES,COPIES', at most %d of them",
              reader->msa->source, reader->lines.number, MOST);
  return pleat_msa_set_chains(reader->msa, columns, copies, count);
}

/* Steps to the first header, over comments and blank lines. */
static pleat_status find_first_row(row_reader *reader, bool a3m) {
  PLEAT_TRY(pleat_memory_grow(reader->msa->context, &reader->row.bytes, &reader->row.capacity, 1, 1));
  while (pleat_lines_next(&reader->lines)) {
    if (pleat_lines_begins(&reader->lines, ">")) return PLEAT_OK;
    if (a3m && reader->lines.number == 1 && pleat_lines_begins(&reader->lines, "#")) PLEAT_TRY(read_chains(reader));
    bool passed_over = reader->lines.text_length == 0 || reader->lines.text[0] == '#';
    PLEAT_CHECK(reader->msa->context, passed_over, PLEAT_ERROR_FORMAT,
                "%s:%zu: a row begins with a line '>NAME', and this is before the first one", reader->msa->source,
                reader->lines.number);
  }
  return pleat_status_fail(reader->msa->context, PLEAT_ERROR_FORMAT,
                           "%s: is empty; an alignment begins with its query: a line '>NAME', then the sequence",
                           reader->msa->source);
}

static pleat_status add_row(row_reader *reader, const char *aligned, size_t length) {
  pleat_msa_found found = {reader->header, aligned, reader->header_length, length, reader->header_line};
  if (is_annotation(reader)) return PLEAT_OK;
  PLEAT_CHECK(reader->msa->context, length, PLEAT_ERROR_FORMAT, "%s:%zu: row '%.*s' has no sequence",
              reader->msa->source, reader->header_line, (int)(found.header_length > 60 ? 60 : found.header_length),
              found.header);
  return pleat_msa_add(reader->msa, &found);
}

static pleat_status read_a3m_rows(row_reader *reader) {
  bool more = true;
  PLEAT_TRY(find_first_row(reader, true));
  while (more) {
    take_header(reader);
    PLEAT_TRY(read_row(reader, false, &more));
    PLEAT_TRY(add_row(reader, reader->row.bytes, reader->row.length));
  }
  return pleat_msa_finish(reader->msa);
}

pleat_status pleat_msa_read_a3m(pleat_msa *msa, const char *bytes, size_t length) {
  row_reader reader = {.msa = msa};
  pleat_lines_init(&reader.lines, bytes, length);
  pleat_text_init(&reader.row, msa->context);
  pleat_status status = read_a3m_rows(&reader);
  pleat_text_free(&reader.row);
  return status;
}

/* ---- FASTA: every row has the same number of characters; columns are those where the first row has a letter ---- */

typedef struct fasta_reader {
  row_reader rows;
  char *first; /* the first row as it is in the file; owned */
  size_t width;
} fasta_reader;

static pleat_status add_fasta_row(fasta_reader *reader) {
  row_reader *rows = &reader->rows;
  if (is_annotation(rows)) return PLEAT_OK;
  if (!reader->first) {
    PLEAT_TRY(pleat_memory_copy_text(rows->msa->context, rows->row.bytes ? rows->row.bytes : "", rows->row.length,
                                     &reader->first));
    reader->width = rows->row.length;
  }
  PLEAT_CHECK(rows->msa->context, rows->row.length == reader->width, PLEAT_ERROR_FORMAT,
              "%s:%zu: row %zu, '%.*s', has %zu characters, the first row has %zu; the sequences must be aligned",
              rows->msa->source, rows->header_line, rows->msa->row_count + 1,
              (int)(rows->header_length > 60 ? 60 : rows->header_length), rows->header, rows->row.length,
              reader->width);
  size_t length = pleat_msa_to_a3m(reader->first, rows->row.bytes, reader->width);
  return add_row(rows, rows->row.bytes, length);
}

static pleat_status read_fasta_rows(fasta_reader *reader) {
  bool more = true;
  PLEAT_TRY(find_first_row(&reader->rows, false));
  while (more) {
    take_header(&reader->rows);
    PLEAT_TRY(read_row(&reader->rows, true, &more));
    PLEAT_TRY(add_fasta_row(reader));
  }
  return pleat_msa_finish(reader->rows.msa);
}

pleat_status pleat_msa_read_fasta(pleat_msa *msa, const char *bytes, size_t length) {
  fasta_reader reader = {.rows.msa = msa};
  pleat_lines_init(&reader.rows.lines, bytes, length);
  pleat_text_init(&reader.rows.row, msa->context);
  pleat_status status = read_fasta_rows(&reader);
  pleat_text_free(&reader.rows.row);
  pleat_memory_release(msa->context, reader.first);
  return status;
}

/* ---- Any format ---- */

/* What the content is: Stockholm names itself; FASTA rather than A3M when the first row has gaps. */
static pleat_msa_format look_at(const char *bytes, size_t length) {
  pleat_lines lines;
  bool inside = false;
  pleat_lines_init(&lines, bytes, length);
  while (pleat_lines_next(&lines)) {
    if (pleat_lines_begins(&lines, "# STOCKHOLM")) return PLEAT_MSA_FORMAT_STOCKHOLM;
    if (pleat_lines_begins(&lines, ">")) {
      if (inside) break;
      inside = true;
    } else if (inside && lines.text_length && (memchr(lines.text, '-', lines.text_length) ||
                                               memchr(lines.text, '.', lines.text_length))) {
      return PLEAT_MSA_FORMAT_FASTA;
    }
  }
  return PLEAT_MSA_FORMAT_A3M;
}

pleat_status pleat_msa_parse_as(pleat_context *context, const char *bytes, size_t length, const char *name,
                                pleat_msa_format format, pleat_msa **out) {
  pleat_msa *msa;
  *out = NULL;
  if (format == PLEAT_MSA_FORMAT_AUTO) format = pleat_msa_format_of(name);
  if (format == PLEAT_MSA_FORMAT_AUTO) format = look_at(bytes, length);
  PLEAT_TRY(pleat_msa_start(context, name, &msa));
  pleat_status status = format == PLEAT_MSA_FORMAT_STOCKHOLM ? pleat_msa_read_stockholm(msa, bytes, length)
                        : format == PLEAT_MSA_FORMAT_FASTA   ? pleat_msa_read_fasta(msa, bytes, length)
                                                             : pleat_msa_read_a3m(msa, bytes, length);
  if (status) pleat_msa_free(msa);
  else *out = msa;
  return status;
}

pleat_status pleat_msa_parse(pleat_context *context, const char *bytes, size_t length, const char *name,
                             pleat_msa **msa) {
  return pleat_msa_parse_as(context, bytes, length, name, PLEAT_MSA_FORMAT_AUTO, msa);
}

pleat_status pleat_msa_read(pleat_context *context, const char *path, pleat_msa **msa) {
  char *bytes;
  size_t length;
  *msa = NULL;
  PLEAT_TRY(pleat_file_read(context, path, (size_t)8 << 30, &bytes, &length));
  pleat_status status = pleat_msa_parse(context, bytes, length, path, msa);
  pleat_memory_release(context, bytes);
  return status;
}
