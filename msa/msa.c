/* The alignment object: rows in, accessors, keeping and slicing.
 * SPDX-License-Identifier: MIT */
#include "msa/msa.h"

#include <stdio.h>
#include <string.h>

#include "msa/lines.h"

pleat_status pleat_msa_start(pleat_context *context, const char *source, pleat_msa **out) {
  pleat_msa *msa;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *msa, &msa));
  msa->context = context;
  pleat_pool_init(&msa->pool, context, 0);
  pleat_status status = pleat_pool_copy_text(&msa->pool, source, strlen(source), &msa->source);
  if (status) {
    pleat_msa_free(msa);
    msa = NULL;
  }
  *out = msa;
  return status;
}

void pleat_msa_free(pleat_msa *msa) {
  if (!msa) return;
  pleat_memory_release(msa->context, msa->rows);
  pleat_memory_release(msa->context, msa->chains);
  pleat_pool_free(&msa->pool);
  pleat_memory_release(msa->context, msa);
}

static bool is_insertion(char c) { return c >= 'a' && c <= 'z'; }

static size_t count_columns(const char *aligned, size_t length) {
  size_t columns = 0;
  for (size_t i = 0; i < length; i++) columns += !is_insertion(aligned[i]);
  return columns;
}

/* How many characters of a header are its first word. */
static size_t first_word(const char *header, size_t length) {
  size_t word = 0;
  while (word < length && !pleat_lines_is_blank(header[word])) word++;
  return word;
}

/* Copies of the texts, here and below; those that are equal are shared. */
static pleat_status copy_header(pleat_msa *msa, const char *header, size_t length, pleat_msa_row *row) {
  size_t word = first_word(header, length);
  char *text;
  PLEAT_TRY(pleat_pool_copy_text(&msa->pool, header, length, &text));
  row->header = row->name = text;
  if (word == length) return PLEAT_OK;
  PLEAT_TRY(pleat_pool_copy_text(&msa->pool, header, word, &text));
  row->name = text;
  return PLEAT_OK;
}

pleat_status pleat_msa_rename_row(pleat_msa *msa, size_t row, const char *header, size_t length) {
  pleat_msa_row renamed = msa->rows[row];
  PLEAT_TRY(copy_header(msa, header, length, &renamed));
  msa->rows[row] = renamed;
  return PLEAT_OK;
}

static pleat_status copy_texts(pleat_msa *msa, const pleat_msa_found *found, size_t columns, pleat_msa_row *row) {
  char *text;
  PLEAT_TRY(copy_header(msa, found->header, found->header_length, row));
  PLEAT_TRY(pleat_pool_copy_text(&msa->pool, found->aligned, found->aligned_length, &text));
  row->aligned = row->residues = text;
  row->aligned_length = found->aligned_length;
  if (columns == found->aligned_length) return PLEAT_OK;
  PLEAT_TRY(pleat_pool_take(&msa->pool, columns + 1, 1, &text));
  row->residues = text;
  for (size_t i = 0; i < found->aligned_length; i++) {
    if (!is_insertion(found->aligned[i])) *text++ = found->aligned[i];
  }
  return PLEAT_OK;
}

/* "FILE" or "FILE:LINE", for a sentence. */
static void name_place(const pleat_msa *msa, size_t line, char place[256]) {
  if (line) snprintf(place, 256, "%.200s:%zu", msa->source, line);
  else snprintf(place, 256, "%.200s", msa->source);
}

static pleat_status check_first(pleat_msa *msa, const pleat_msa_found *found, size_t columns, const char *place) {
  PLEAT_CHECK(msa->context, columns, PLEAT_ERROR_FORMAT,
              "%s: the first row has no column (a capital letter); it must be the query", place);
  PLEAT_CHECK(msa->context, columns == found->aligned_length, PLEAT_ERROR_FORMAT,
              "%s: the first row must be the query, but has %zu lower-case letters, which mean insertions", place,
              found->aligned_length - columns);
  PLEAT_CHECK(msa->context, !memchr(found->aligned, '-', columns), PLEAT_ERROR_FORMAT,
              "%s: the first row must be the query, but has gaps; columns are to be the query's residues (reformat.pl "
              "-M first makes them so)", place);
  msa->columns = columns;
  return PLEAT_OK;
}

pleat_status pleat_msa_add(pleat_msa *msa, const pleat_msa_found *found) {
  size_t columns = count_columns(found->aligned, found->aligned_length);
  pleat_msa_row row = {.chain = PLEAT_MSA_PAIRED};
  char place[256];
  name_place(msa, found->line, place);
  if (!msa->row_count) PLEAT_TRY(check_first(msa, found, columns, place));
  PLEAT_CHECK(msa->context, columns == msa->columns, PLEAT_ERROR_FORMAT,
              "%s: row %zu, '%.*s', has %zu columns, the first row has %zu; all rows must be aligned to the first one",
              place, msa->row_count + 1, (int)(found->header_length > 60 ? 60 : found->header_length), found->header,
              columns, msa->columns);
  PLEAT_TRY(copy_texts(msa, found, columns, &row));
  PLEAT_TRY(pleat_memory_grow(msa->context, &msa->rows, &msa->row_capacity, msa->row_count + 1, sizeof *msa->rows));
  msa->rows[msa->row_count++] = row;
  return PLEAT_OK;
}

pleat_status pleat_msa_copy_row(pleat_msa *msa, const pleat_msa_row *row) {
  pleat_msa_found found = {row->header, row->aligned, strlen(row->header), row->aligned_length, 0};
  PLEAT_TRY(pleat_msa_add(msa, &found));
  msa->rows[msa->row_count - 1].chain = row->chain;
  return PLEAT_OK;
}

pleat_status pleat_msa_set_chains(pleat_msa *msa, const size_t *columns, const size_t *copies, size_t count) {
  size_t from = 0;
  pleat_memory_release(msa->context, msa->chains);
  msa->chains = NULL;
  msa->chain_count = 0;
  PLEAT_TRY(pleat_memory_take(msa->context, count, sizeof *msa->chains, &msa->chains));
  msa->chain_count = count;
  msa->complex = true;
  for (size_t i = 0; i < count; i++) {
    msa->chains[i] = (pleat_msa_chain){from, columns[i], copies[i]};
    from += columns[i];
  }
  return PLEAT_OK;
}

/* The chain that holds all of a row's residues, or PLEAT_MSA_PAIRED. */
static int find_chain(const pleat_msa *msa, const pleat_msa_row *row) {
  int found = PLEAT_MSA_PAIRED;
  for (size_t c = 0; c < msa->chain_count; c++) {
    const char *text = row->residues + msa->chains[c].from;
    size_t gaps = 0;
    while (gaps < msa->chains[c].columns && text[gaps] == '-') gaps++;
    if (gaps == msa->chains[c].columns) continue;
    if (found != PLEAT_MSA_PAIRED) return PLEAT_MSA_PAIRED;
    found = (int)c;
  }
  return found;
}

pleat_status pleat_msa_finish(pleat_msa *msa) {
  size_t sum = 0, one = 1;
  PLEAT_CHECK(msa->context, msa->row_count, PLEAT_ERROR_FORMAT, "%s: has no rows; an alignment begins with its query",
              msa->source);
  if (!msa->complex) {
    PLEAT_TRY(pleat_msa_set_chains(msa, &msa->columns, &one, 1));
    msa->complex = false;
    return PLEAT_OK;
  }
  for (size_t c = 0; c < msa->chain_count; c++) sum += msa->chains[c].columns;
  PLEAT_CHECK(msa->context, sum == msa->columns, PLEAT_ERROR_FORMAT,
              "%s: its first line tells chains of %zu residues in all, but the rows have %zu columns", msa->source, sum,
              msa->columns);
  for (size_t i = 1; i < msa->row_count && msa->chain_count > 1; i++)
    msa->rows[i].chain = find_chain(msa, &msa->rows[i]);
  return PLEAT_OK;
}

void pleat_msa_keep(pleat_msa *msa, const uint8_t *flags) {
  size_t kept = 1;
  for (size_t i = 1; i < msa->row_count; i++) {
    if (flags[i]) msa->rows[kept++] = msa->rows[i];
  }
  if (msa->row_count) msa->row_count = kept;
}

/* Where the text of `column` begins: behind the letter of the column before it. */
static size_t find_column(const pleat_msa_row *row, size_t column) {
  size_t at = 0;
  if (row->residues == row->aligned) return column;
  for (size_t seen = 0; seen < column && at < row->aligned_length; at++) seen += !is_insertion(row->aligned[at]);
  return at;
}

void pleat_msa_slice(const pleat_msa *msa, size_t index, size_t from, size_t columns, const char **text,
                     size_t *length) {
  const pleat_msa_row *row = &msa->rows[index];
  size_t begin = find_column(row, from), end = row->aligned_length;
  if (from + columns < msa->columns) end = find_column(row, from + columns);
  *text = row->aligned + begin;
  *length = end - begin;
}

size_t pleat_msa_row_count(const pleat_msa *msa) { return msa->row_count; }
size_t pleat_msa_column_count(const pleat_msa *msa) { return msa->columns; }
pleat_msa_row pleat_msa_row_at(const pleat_msa *msa, size_t row) { return msa->rows[row]; }
size_t pleat_msa_chain_count(const pleat_msa *msa) { return msa->chain_count; }
pleat_msa_chain pleat_msa_chain_at(const pleat_msa *msa, size_t chain) { return msa->chains[chain]; }

void pleat_msa_deletions(const pleat_msa *msa, size_t index, int32_t *counts) {
  const pleat_msa_row *row = &msa->rows[index];
  int32_t count = 0;
  if (row->residues == row->aligned) {
    memset(counts, 0, msa->columns * sizeof *counts);
    return;
  }
  for (size_t i = 0, column = 0; i < row->aligned_length; i++) {
    if (is_insertion(row->aligned[i])) {
      count++;
      continue;
    }
    counts[column++] = count;
    count = 0;
  }
}

pleat_status pleat_msa_check_query(const pleat_msa *msa, const char *sequence) {
  const char *query = msa->rows[0].residues;
  size_t length = strlen(sequence), same = 0;
  while (same < length && same < msa->columns && query[same] == sequence[same]) same++;
  if (same == length && same == msa->columns) return PLEAT_OK;
  PLEAT_CHECK(msa->context, same < length && same < msa->columns, PLEAT_ERROR_INPUT,
              "%s: its first row, '%.60s', has %zu residues, the query has %zu: this is the alignment of another "
              "sequence", msa->source, msa->rows[0].name, msa->columns, length);
  return pleat_status_fail(msa->context, PLEAT_ERROR_INPUT,
                           "%s: its first row, '%.60s', is not the query: residue %zu is %c there and %c in the query "
                           "(of %zu and %zu residues)", msa->source, msa->rows[0].name, same + 1, query[same],
                           sequence[same], msa->columns, length);
}
