/* Alignment files out: A3M, FASTA and Stockholm, by atomic write.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "msa/msa.h"
#include "msa/rowset.h"

static void append_header(const pleat_msa_row *row, pleat_text *text) {
  size_t length = strlen(row->header);
  pleat_text_append_bytes(text, ">_", pleat_msa_is_annotation(row->header, length) ? 2 : 1);
  pleat_text_append_bytes(text, row->header, length);
  pleat_text_append_bytes(text, "\n", 1);
}

pleat_status pleat_msa_write_a3m(const pleat_msa *msa, pleat_text *text) {
  for (int what = 0; msa->complex && what < 2; what++) {
    for (size_t c = 0; c < msa->chain_count; c++)
      pleat_text_append(text, "%s%zu", c ? "," : what ? "\t" : "#",
                        what ? msa->chains[c].copies : msa->chains[c].columns);
  }
  if (msa->complex) pleat_text_append_bytes(text, "\n", 1);
  for (size_t i = 0; i < msa->row_count && !text->status; i++) {
    const pleat_msa_row *row = &msa->rows[i];
    append_header(row, text);
    pleat_text_append_bytes(text, row->aligned, row->aligned_length);
    pleat_text_append_bytes(text, "\n", 1);
  }
  return text->status;
}

/* How wide each insertion is in the widest row: widths (L+1), the last one behind all columns. */
static void measure_insertions(const pleat_msa *msa, size_t *widths) {
  for (size_t r = 0; r < msa->row_count; r++) {
    const pleat_msa_row *row = &msa->rows[r];
    if (row->aligned_length == msa->columns) continue;
    for (size_t i = 0, column = 0, width = 0; i <= row->aligned_length; i++) {
      bool insertion = row->aligned[i] >= 'a' && row->aligned[i] <= 'z';
      width += insertion;
      if (insertion) continue;
      if (width > widths[column]) widths[column] = width;
      width = 0;
      column++;
    }
  }
}

static void append_gaps(pleat_text *text, size_t count) {
  static const char gaps[] = "--------------------------------";
  for (size_t part; count && !text->status; count -= part) {
    part = count < sizeof gaps - 1 ? count : sizeof gaps - 1;
    pleat_text_append_bytes(text, gaps, part);
  }
}

/* One row with every insertion in columns of its own, letters left-aligned in them. */
static void append_wide_row(const pleat_msa *msa, const pleat_msa_row *row, const size_t *widths, pleat_text *text) {
  const char *at = row->aligned;
  for (size_t column = 0; column <= msa->columns; column++) {
    size_t used = 0;
    for (; *at >= 'a' && *at <= 'z'; at++, used++) {
      char c = (char)(*at & ~0x20);
      pleat_text_append_bytes(text, &c, 1);
    }
    append_gaps(text, widths[column] - used);
    if (column < msa->columns) pleat_text_append_bytes(text, at++, 1);
  }
  pleat_text_append_bytes(text, "\n", 1);
}

/* Stockholm and FASTA share the wide rows; these say how a row begins. */
typedef pleat_status (*begin_row)(const pleat_msa *msa, size_t row, void *user, pleat_text *text);

static pleat_status write_wide(const pleat_msa *msa, begin_row begin, void *user, pleat_text *text) {
  size_t *widths;
  PLEAT_CHECK(msa->context, !msa->complex, PLEAT_ERROR_UNSUPPORTED,
              "%s: is an alignment of a complex; only A3M can hold its chains, so write it to a name ending in .a3m",
              msa->source);
  PLEAT_TRY(pleat_memory_take(msa->context, msa->columns + 1, sizeof *widths, &widths));
  measure_insertions(msa, widths);
  pleat_status status = PLEAT_OK;
  for (size_t i = 0; i < msa->row_count && !status; i++) {
    status = begin(msa, i, user, text);
    append_wide_row(msa, &msa->rows[i], widths, text);
    if (!status) status = text->status;
  }
  pleat_memory_release(msa->context, widths);
  return status;
}

static pleat_status begin_fasta(const pleat_msa *msa, size_t row, void *user, pleat_text *text) {
  (void)user;
  append_header(&msa->rows[row], text);
  return PLEAT_OK;
}

pleat_status pleat_msa_write_fasta(const pleat_msa *msa, pleat_text *text) {
  return write_wide(msa, begin_fasta, NULL, text);
}

/* Names of Stockholm rows, all different: a name that was there before gets "/2", "/3", ..., which readers of species
 * cut off like the range of residues that stands there else. */
typedef struct sto_names {
  pleat_rowset set;
  pleat_pool pool;
  const char **names; /* (S) */
  size_t longest;
} sto_names;

static pleat_status choose_name(const pleat_msa *msa, size_t row, sto_names *names) {
  const char *given = msa->rows[row].name[0] ? msa->rows[row].name : "row";
  const char *guard = given[0] == '#' || given[0] == '/' ? "_" : ""; /* or it could be no row at all */
  size_t size = strlen(given) + 24, index;
  bool is_new;
  char *name;
  PLEAT_TRY(pleat_pool_take(&names->pool, size, 1, &name));
  snprintf(name, size, "%s%s", guard, given);
  PLEAT_TRY(pleat_rowset_add(&names->set, name, strlen(name), &index, &is_new));
  for (size_t number = row + 1; !is_new; number += msa->row_count) {
    snprintf(name, size, "%s%s/%zu", guard, given, number);
    PLEAT_TRY(pleat_rowset_add(&names->set, name, strlen(name), &index, &is_new));
  }
  names->names[row] = name;
  if (strlen(name) > names->longest) names->longest = strlen(name);
  return PLEAT_OK;
}

static pleat_status choose_names(const pleat_msa *msa, sto_names *names) {
  PLEAT_TRY(pleat_memory_take(msa->context, msa->row_count, sizeof *names->names, &names->names));
  for (size_t i = 0; i < msa->row_count; i++) PLEAT_TRY(choose_name(msa, i, names));
  return PLEAT_OK;
}

static const char *description_of(const pleat_msa_row *row) {
  const char *at = row->header + strlen(row->name);
  while (*at == ' ' || (*at >= '\t' && *at <= '\r')) at++;
  return at;
}

static pleat_status begin_stockholm(const pleat_msa *msa, size_t row, void *user, pleat_text *text) {
  const sto_names *names = user;
  (void)msa;
  pleat_text_append(text, "%-*s ", (int)names->longest, names->names[row]);
  return PLEAT_OK;
}

static pleat_status write_stockholm(const pleat_msa *msa, sto_names *names, pleat_text *text) {
  PLEAT_TRY(choose_names(msa, names));
  pleat_text_append(text, "# STOCKHOLM 1.0\n\n");
  for (size_t i = 0; i < msa->row_count; i++) {
    const char *description = description_of(&msa->rows[i]);
    if (*description) pleat_text_append(text, "#=GS %-*s DE %s\n", (int)names->longest, names->names[i], description);
  }
  pleat_text_append(text, "\n");
  PLEAT_TRY(write_wide(msa, begin_stockholm, names, text));
  pleat_text_append(text, "//\n");
  return text->status;
}

pleat_status pleat_msa_write_stockholm(const pleat_msa *msa, pleat_text *text) {
  sto_names names = {0};
  pleat_rowset_init(&names.set, msa->context);
  pleat_pool_init(&names.pool, msa->context, 0);
  pleat_status status = write_stockholm(msa, &names, text);
  pleat_memory_release(msa->context, names.names);
  pleat_rowset_free(&names.set);
  pleat_pool_free(&names.pool);
  return status;
}

pleat_status pleat_msa_write(const pleat_msa *msa, const char *path) {
  pleat_msa_format format = pleat_msa_format_of(path);
  pleat_text text;
  PLEAT_CHECK(msa->context, format != PLEAT_MSA_FORMAT_AUTO, PLEAT_ERROR_INPUT,
              "%s: cannot tell the format to write; end the name in .a3m, .sto, .stk, .stockholm, .fasta, .fa, .afa or "
              ".fas", path);
  pleat_text_init(&text, msa->context);
  pleat_status status = format == PLEAT_MSA_FORMAT_A3M         ? pleat_msa_write_a3m(msa, &text)
                        : format == PLEAT_MSA_FORMAT_STOCKHOLM ? pleat_msa_write_stockholm(msa, &text)
                                                               : pleat_msa_write_fasta(msa, &text);
  if (!status) status = pleat_file_write(msa->context, path, text.bytes, text.length);
  pleat_text_free(&text);
  return status;
}
