/* HHsearch's report: blocks of "No N", ">NAME", "Probab=...", then lines "Q NAME START LETTERS END (LENGTH)", "T ...".
 * SPDX-License-Identifier: MIT */
#include "msa/hhr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/text.h"
#include "msa/lines.h"

/* HH-suite prints "Q %-14.14s %4i LETTERS": numbers and letters begin behind this many characters. */
enum { NAME_END = 17 };

/* One side of a hit, grown line by line. */
typedef struct hhr_side {
  pleat_text letters;
  int32_t *indices; /* owned */
  size_t capacity;
  int32_t next; /* residue number that should come next; -1: none came yet */
} hhr_side;

typedef struct hhr_reader {
  pleat_hhr *hhr;
  pleat_context *context;
  pleat_lines lines;
  const char *source;
  hhr_side query, hit;
} hhr_reader;

void pleat_hhr_init(pleat_hhr *hhr, pleat_context *context) {
  *hhr = (pleat_hhr){0};
  pleat_pool_init(&hhr->pool, context, 0);
}

void pleat_hhr_free(pleat_hhr *hhr) {
  pleat_memory_release(hhr->pool.context, hhr->hits);
  pleat_pool_free(&hhr->pool);
  hhr->hits = NULL;
  hhr->count = hhr->capacity = 0;
}

static pleat_status bad_line(const hhr_reader *reader, const char *what) {
  return pleat_status_fail(reader->context, PLEAT_ERROR_FORMAT, "%s:%zu: %s; the report is damaged or cut off",
                           reader->source, reader->lines.number, what);
}

/* A whole number at *at of the line, blanks before it passed over. */
static bool read_integer(const pleat_lines *lines, size_t *at, int32_t *number) {
  const char *word;
  size_t length;
  int64_t value = 0;
  if (!pleat_lines_word(lines, at, &word, &length) || length > 9) return false;
  for (size_t i = 0; i < length; i++) {
    if (word[i] < '0' || word[i] > '9') return false;
    value = value * 10 + (word[i] - '0');
  }
  *number = (int32_t)value;
  return true;
}

static double *score_named(pleat_hhr_hit *hit, const char *key, size_t length) {
  const struct {
    const char *key;
    double *value;
  } scores[] = {{"Probab", &hit->probability}, {"E-value", &hit->e_value},       {"Score", &hit->score},
                {"Identities", &hit->identities}, {"Similarity", &hit->similarity}, {"Sum_probs", &hit->sum_probs},
                {"Template_Neff", &hit->neff}};
  for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
    if (strlen(scores[i].key) == length && !memcmp(scores[i].key, key, length)) return scores[i].value;
  }
  return NULL;
}

/* The number behind '=': up to the end of the word, '%' aside. */
static bool read_value(const char *text, size_t length, double *value) {
  char copy[40], *end;
  if (length && text[length - 1] == '%') length--;
  if (length == 0 || length >= sizeof copy) return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  *value = strtod(copy, &end);
  return *end == 0;
}

/* "Probab=6.31  E-value=4.7e+02  Score=17.29  Aligned_cols=20 ..." */
static pleat_status read_scores(hhr_reader *reader, pleat_hhr_hit *hit) {
  const char *word, *equals;
  size_t at = 0, length;
  bool found = false;
  while (pleat_lines_word(&reader->lines, &at, &word, &length)) {
    equals = memchr(word, '=', length);
    if (!equals) continue;
    size_t key = (size_t)(equals - word);
    double number, *value = score_named(hit, word, key);
    bool columns = key == 12 && !memcmp(word, "Aligned_cols", 12);
    if (!value && !columns) continue;
    if (!read_value(equals + 1, length - key - 1, &number) || (columns && !(number >= 0 && number < 1e9)))
      return bad_line(reader, "a score is not a number");
    if (columns) hit->aligned_columns = (int)number, found = true;
    else *value = number;
  }
  return found ? PLEAT_OK : bad_line(reader, "the line with Probab=, Aligned_cols= and so on is missing");
}

/* Appends letters and their residue numbers, from `start` (0-based) on. */
static pleat_status append_letters(hhr_reader *reader, hhr_side *side, const char *letters, size_t length,
                                   int32_t start) {
  size_t from = side->letters.length;
  PLEAT_TRY(pleat_memory_grow(reader->context, &side->indices, &side->capacity, from + length, sizeof *side->indices));
  for (size_t i = 0; i < length; i++) {
    char c = letters[i] >= 'a' && letters[i] <= 'z' ? (char)(letters[i] - 32) : letters[i];
    if (c != '-' && !(c >= 'A' && c <= 'Z')) 
      return bad_line(reader, "the aligned sequence has a character that is no letter");
    pleat_text_append_bytes(&side->letters, &c, 1);
    side->indices[from + i] = c == '-' ? -1 : start++;
  }
  side->next = start;
  return side->letters.status;
}

/* "Q query            11 HKAAEHHEQAAKHHHAAAEH   30 (73)" */
static pleat_status read_side(hhr_reader *reader, hhr_side *side) {
  const char *letters;
  size_t at = NAME_END, length;
  int32_t start, end;
  bool good = reader->lines.text_length > NAME_END && read_integer(&reader->lines, &at, &start) &&
              pleat_lines_word(&reader->lines, &at, &letters, &length) && read_integer(&reader->lines, &at, &end);
  if (!good || start < 1) return bad_line(reader, "should be 'Q NAME START LETTERS END (LENGTH)'");
  if (side->next >= 0 && start - 1 != side->next) 
    return bad_line(reader, "does not continue the line of residues before it");
  PLEAT_TRY(append_letters(reader, side, letters, length, start - 1));
  return side->next == end ? PLEAT_OK : bad_line(reader, "has not as many residues as its numbers say");
}

static bool is_sequence_line(const pleat_lines *lines, char side) {
  static const char *const others[] = {"ss_dssp", "ss_pred", "ss_conf", "sa_dssp", "Consensus"};
  if (lines->text_length < 3 || lines->text[0] != side || lines->text[1] != ' ') return false;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    size_t length = strlen(others[i]);
    if (lines->text_length > length + 2 && !memcmp(lines->text + 2, others[i], length)) return false;
  }
  return true;
}

static void reset_side(hhr_side *side) {
  side->letters.length = 0;
  side->next = -1;
}

static pleat_status copy_side(pleat_hhr *hhr, const hhr_side *side, const char **letters, int32_t **indices) {
  char *text;
  size_t length = side->letters.length;
  PLEAT_TRY(pleat_pool_copy_text(&hhr->pool, length ? side->letters.bytes : "", length, &text));
  PLEAT_TRY(pleat_pool_take(&hhr->pool, length, sizeof **indices, indices));
  if (length) memcpy(*indices, side->indices, length * sizeof **indices);
  *letters = text;
  return PLEAT_OK;
}

static pleat_status keep_hit(hhr_reader *reader, pleat_hhr_hit *hit) {
  pleat_hhr *hhr = reader->hhr;
  hit->length = reader->query.letters.length;
  if (hit->length != reader->hit.letters.length) 
    return bad_line(reader, "query and template of the hit above differ in length");
  PLEAT_TRY(copy_side(hhr, &reader->query, &hit->query, &hit->query_indices));
  PLEAT_TRY(copy_side(hhr, &reader->hit, &hit->hit, &hit->hit_indices));
  PLEAT_TRY(pleat_memory_grow(reader->context, &hhr->hits, &hhr->capacity, hhr->count + 1, sizeof *hhr->hits));
  hhr->hits[hhr->count++] = *hit;
  return PLEAT_OK;
}

static bool begins_hit(const hhr_reader *reader) { return pleat_lines_begins(&reader->lines, "No "); }

/* One hit; the reader stands on its "No N" and is left on the next one. */
static pleat_status read_hit(hhr_reader *reader, bool *more) {
  pleat_hhr_hit hit = {.probability = NAN, .e_value = NAN, .score = NAN, .identities = NAN, .similarity = NAN,
                       .sum_probs = NAN, .neff = NAN};
  size_t at = 3;
  char *name;
  if (!read_integer(&reader->lines, &at, &hit.number)) return bad_line(reader, "should be 'No NUMBER'");
  if (!pleat_lines_next(&reader->lines) || !pleat_lines_begins(&reader->lines, ">"))
    return bad_line(reader, "a hit's name, a line '>NAME', is missing");
  PLEAT_TRY(pleat_pool_copy_text(&reader->hhr->pool, reader->lines.text + 1, reader->lines.text_length - 1, &name));
  hit.name = name;
  if (!pleat_lines_next(&reader->lines)) return bad_line(reader, "the hit's scores are missing");
  PLEAT_TRY(read_scores(reader, &hit));
  reset_side(&reader->query);
  reset_side(&reader->hit);
  while ((*more = pleat_lines_next(&reader->lines)) && !begins_hit(reader)) {
    if (is_sequence_line(&reader->lines, 'Q')) PLEAT_TRY(read_side(reader, &reader->query));
    else if (is_sequence_line(&reader->lines, 'T')) PLEAT_TRY(read_side(reader, &reader->hit));
  }
  return keep_hit(reader, &hit);
}

static pleat_status read_report(hhr_reader *reader) {
  bool head = false, more;
  while ((more = pleat_lines_next(&reader->lines)) && !begins_hit(reader))
    head = head || pleat_lines_begins(&reader->lines, "Query") || pleat_lines_begins(&reader->lines, "Match_columns");
  PLEAT_CHECK(reader->context, head || more, PLEAT_ERROR_FORMAT,
              "%s: is not an hhr report: neither a line 'Query' nor a line 'No 1' is there", reader->source);
  while (more) PLEAT_TRY(read_hit(reader, &more));
  return PLEAT_OK;
}

pleat_status pleat_hhr_parse(pleat_hhr *hhr, const char *bytes, size_t length, const char *name) {
  hhr_reader reader = {.hhr = hhr, .context = hhr->pool.context, .source = name};
  pleat_lines_init(&reader.lines, bytes, length);
  pleat_text_init(&reader.query.letters, reader.context);
  pleat_text_init(&reader.hit.letters, reader.context);
  pleat_status status = read_report(&reader);
  pleat_text_free(&reader.query.letters);
  pleat_text_free(&reader.hit.letters);
  pleat_memory_release(reader.context, reader.query.indices);
  pleat_memory_release(reader.context, reader.hit.indices);
  return status;
}

pleat_status pleat_hhr_read(pleat_hhr *hhr, const char *path) {
  char *bytes;
  size_t length;
  PLEAT_TRY(pleat_file_read(hhr->pool.context, path, 0, &bytes, &length));
  pleat_status status = pleat_hhr_parse(hhr, bytes, length, path);
  pleat_memory_release(hhr->pool.context, bytes);
  return status;
}

/* Where the hit's part of the query, gaps left out, begins in the whole query; SIZE_MAX: nowhere. */
static size_t find_offset(const pleat_hhr_hit *hit, const char *query) {
  for (size_t offset = 0; query[offset]; offset++) {
    size_t at = offset, i = 0;
    for (; i < hit->length; i++) {
      if (hit->query[i] == '-') continue;
      if (query[at] != hit->query[i]) break;
      at++;
    }
    if (i == hit->length) return offset;
  }
  return SIZE_MAX;
}

pleat_status pleat_hhr_map(pleat_context *context, const pleat_hhr_hit *hit, const char *query, int32_t *partners) {
  size_t offset = find_offset(hit, query);
  int32_t partner = 0;
  PLEAT_CHECK(context, offset != SIZE_MAX, PLEAT_ERROR_INPUT,
              "template hit %d, '%.60s', is a hit of another query: its aligned part is not in the sequence",
              hit->number, hit->name);
  for (size_t i = 0; query[i]; i++) partners[i] = -1;
  for (size_t i = 0; i < hit->length; i++) {
    bool in_query = hit->query[i] != '-', in_hit = hit->hit[i] != '-';
    if (in_query && in_hit) partners[offset] = partner;
    offset += in_query;
    partner += in_hit;
  }
  return PLEAT_OK;
}
