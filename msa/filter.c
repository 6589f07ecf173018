/* Rows that stay: duplicates, coverage, identity; and several searches made one.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "msa/filter.h"
#include "msa/msa.h"
#include "msa/rowset.h"

pleat_status pleat_filter_empty_copy(const pleat_msa *msa, pleat_msa **copy) {
  size_t *sizes;
  PLEAT_TRY(pleat_msa_start(msa->context, msa->source, copy));
  if (!msa->complex) return PLEAT_OK;
  pleat_status status = pleat_memory_take(msa->context, 2 * msa->chain_count, sizeof *sizes, &sizes);
  for (size_t c = 0; !status && c < msa->chain_count; c++) {
    sizes[c] = msa->chains[c].columns;
    sizes[msa->chain_count + c] = msa->chains[c].copies;
  }
  if (!status) status = pleat_msa_set_chains(*copy, sizes, sizes + msa->chain_count, msa->chain_count);
  pleat_memory_release(msa->context, sizes);
  if (status) {
    pleat_msa_free(*copy);
    *copy = NULL;
  }
  return status;
}

/* Gives *msa to the caller when all went well, else frees it. */
static pleat_status finish(pleat_status status, pleat_msa *msa, pleat_msa **out) {
  if (!status) status = pleat_msa_finish(msa);
  if (status) pleat_msa_free(msa);
  *out = status ? NULL : msa;
  return status;
}

/* ---- Merging ---- */

static pleat_status merge_part(const pleat_msa *part, size_t limit, pleat_rowset *seen, pleat_msa *merged) {
  size_t rows = limit && limit < part->row_count ? limit : part->row_count, index;
  for (size_t i = 0; i < rows; i++) {
    bool is_new;
    PLEAT_TRY(pleat_rowset_add(seen, part->rows[i].residues, part->columns, &index, &is_new));
    if (is_new) PLEAT_TRY(pleat_msa_copy_row(merged, &part->rows[i]));
  }
  return PLEAT_OK;
}

static pleat_status merge_parts(const pleat_msa *const *parts, const size_t *limits, size_t count, pleat_msa *merged) {
  pleat_rowset seen;
  pleat_rowset_init(&seen, merged->context);
  pleat_status status = PLEAT_OK;
  for (size_t i = 0; !status && i < count; i++) status = merge_part(parts[i], limits ? limits[i] : 0, &seen, merged);
  pleat_rowset_free(&seen);
  return status;
}

pleat_status pleat_msa_merge(const pleat_msa *const *parts, const size_t *limits, size_t count, pleat_msa **out) {
  pleat_msa *merged;
  *out = NULL;
  for (size_t i = 1; i < count; i++) {
    PLEAT_CHECK(parts[i]->context, parts[i]->complex == parts[0]->complex, PLEAT_ERROR_INPUT,
                "%s: an alignment of a complex cannot be merged with one of a single chain", parts[i]->source);
    PLEAT_TRY(pleat_msa_check_query(parts[i], parts[0]->rows[0].residues));
  }
  PLEAT_TRY(pleat_filter_empty_copy(parts[0], &merged));
  return finish(merge_parts(parts, limits, count, merged), merged, out);
}

/* ---- Filtering ---- */

/* The columns that count for a row: its chain's, or all. */
static void columns_of(const pleat_msa *msa, size_t row, size_t *from, size_t *columns) {
  int chain = msa->rows[row].chain;
  *from = chain < 0 ? 0 : msa->chains[chain].from;
  *columns = chain < 0 ? msa->columns : msa->chains[chain].columns;
}

double pleat_filter_coverage(const pleat_msa *msa, size_t row) {
  size_t from, columns, residues = 0;
  columns_of(msa, row, &from, &columns);
  for (size_t i = from; i < from + columns; i++) residues += msa->rows[row].residues[i] != '-';
  return (double)residues / (double)columns;
}

/* Whole lanes first, with sums of one byte each: so it vectorises. */
pleat_filter_match pleat_filter_compare(const char *a, const char *b, size_t columns) {
  enum { LANES = 32 };
  pleat_filter_match match = {0};
  size_t at = 0;
  while (at < columns) {
    uint8_t equal[LANES] = {0}, both[LANES] = {0}, either[LANES] = {0};
    size_t lanes = columns - at < LANES ? columns - at : LANES;
    for (int n = 0; lanes == LANES && n < 255 && at + LANES <= columns; n++, at += LANES) {
      for (int k = 0; k < LANES; k++) {
        uint8_t in_a = a[at + k] != '-', in_b = b[at + k] != '-';
        equal[k] = (uint8_t)(equal[k] + (in_a & (a[at + k] == b[at + k])));
        both[k] = (uint8_t)(both[k] + (in_a & in_b));
        either[k] = (uint8_t)(either[k] + (in_a | in_b));
      }
    }
    for (size_t k = 0; lanes < LANES && k < lanes; k++, at++) {
      equal[0] = (uint8_t)(equal[0] + (a[at] != '-' && a[at] == b[at]));
      both[0] = (uint8_t)(both[0] + (a[at] != '-' && b[at] != '-'));
      either[0] = (uint8_t)(either[0] + (a[at] != '-' || b[at] != '-'));
    }
    for (int k = 0; k < LANES; k++) match.equal += equal[k], match.both += both[k], match.either += either[k];
  }
  return match;
}

double pleat_filter_identity(const char *a, const char *b, size_t columns) {
  pleat_filter_match match = pleat_filter_compare(a, b, columns);
  return match.both ? (double)match.equal / (double)match.both : 0;
}

static double identity_of(const pleat_msa *msa, size_t row, size_t other) {
  size_t from, columns;
  columns_of(msa, row, &from, &columns);
  return pleat_filter_identity(msa->rows[row].residues + from, msa->rows[other].residues + from, columns);
}

typedef struct filter_run {
  const pleat_msa *msa;
  const pleat_msa_filter_options *options;
  pleat_rowset seen;
  size_t *kept; /* rows that stay */
  size_t count;
} filter_run;

/* Whether every row that stays so far is less identical to this one. */
static bool is_different(const filter_run *run, size_t row) {
  double most = run->options->max_identity;
  if (most <= 0 || most >= 1) return true;
  for (size_t i = 0; i < run->count; i++) {
    if (identity_of(run->msa, row, run->kept[i]) > most) return false;
  }
  return true;
}

static pleat_status filter_row(filter_run *run, size_t row) {
  const pleat_msa_filter_options *options = run->options;
  const pleat_msa *msa = run->msa;
  bool is_new = true;
  size_t index;
  if (options->unique) PLEAT_TRY(pleat_rowset_add(&run->seen, msa->rows[row].residues, msa->columns, &index, &is_new));
  int left_out = msa->rows[row].chain < 0 ? options->no_paired_rows && msa->chain_count > 1 : options->no_own_rows;
  bool stays = row == 0 || (is_new && !left_out && pleat_filter_coverage(msa, row) >= options->min_coverage &&
                            identity_of(msa, row, 0) >= options->min_identity && is_different(run, row));
  if (stays) run->kept[run->count++] = row;
  return PLEAT_OK;
}

static pleat_status filter_rows(filter_run *run, pleat_msa *filtered) {
  const pleat_msa *msa = run->msa;
  size_t most = run->options->max_rows ? run->options->max_rows : msa->row_count;
  PLEAT_TRY(pleat_memory_take(msa->context, msa->row_count, sizeof *run->kept, &run->kept));
  for (size_t i = 0; i < msa->row_count && run->count < most; i++) PLEAT_TRY(filter_row(run, i));
  for (size_t i = 0; i < run->count; i++) PLEAT_TRY(pleat_msa_copy_row(filtered, &msa->rows[run->kept[i]]));
  return PLEAT_OK;
}

pleat_status pleat_msa_filter(const pleat_msa *msa, const pleat_msa_filter_options *options, pleat_msa **out) {
  filter_run run = {.msa = msa, .options = options};
  pleat_msa *filtered;
  *out = NULL;
  PLEAT_TRY(pleat_filter_empty_copy(msa, &filtered));
  pleat_rowset_init(&run.seen, msa->context);
  pleat_status status = filter_rows(&run, filtered);
  pleat_rowset_free(&run.seen);
  pleat_memory_release(msa->context, run.kept);
  return finish(status, filtered, out);
}
