/* Alignments of complexes: paired rows over all kinds of chains, then each kind's own rows; and the one a model takes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "msa/encode.h"
#include "msa/filter.h"
#include "msa/msa.h"
#include "msa/pair.h"
#include "msa/rowset.h"

enum { ALPHAFOLD_ROWS = 2048 }; /* most rows a chain, of which half may be paired ones */

/* A row under construction. */
typedef struct complex_run {
  pleat_context *context;
  const pleat_msa_part *parts;
  size_t count;
  pleat_msa *out;
  pleat_text header, aligned;
} complex_run;

static void append_gaps(pleat_text *text, size_t count) {
  for (size_t i = 0; i < count; i++) pleat_text_append_bytes(text, "-", 1);
}

/* Columns [from, from+columns) of a row, without insertions behind the last: they are no deletion of any column here.
 * */
static void append_slice(const pleat_msa *msa, size_t row, size_t from, size_t columns, pleat_text *text) {
  const char *slice;
  size_t length;
  pleat_msa_slice(msa, row, from, columns, &slice, &length);
  while (length && slice[length - 1] >= 'a' && slice[length - 1] <= 'z') length--;
  pleat_text_append_bytes(text, slice, length);
}

/* Joined headers are told apart by tabs, so there is none in them. */
static void append_header(pleat_text *text, const char *header) {
  for (; *header; header++) pleat_text_append_bytes(text, *header == '\t' ? " " : header, 1);
}

static void begin_row(complex_run *run) { run->header.length = run->aligned.length = 0; }

static pleat_status end_row(complex_run *run, int chain) {
  PLEAT_TRY(run->header.status);
  PLEAT_TRY(run->aligned.status);
  pleat_msa_found found = {run->header.length ? run->header.bytes : "", run->aligned.bytes, run->header.length,
                           run->aligned.length, 0};
  PLEAT_TRY(pleat_msa_add(run->out, &found));
  run->out->rows[run->out->row_count - 1].chain = chain;
  return PLEAT_OK;
}

/* ColabFold's names of the chains' queries: 101, 102, ... */
static pleat_status add_query(complex_run *run) {
  begin_row(run);
  for (size_t p = 0; p < run->count; p++) {
    pleat_text_append(&run->header, "%s%zu", p ? "\t" : "", 101 + p);
    append_slice(run->parts[p].msa, 0, 0, run->parts[p].msa->columns, &run->aligned);
  }
  return end_row(run, PLEAT_MSA_PAIRED);
}

static pleat_status add_paired(complex_run *run, const int64_t *rows) {
  begin_row(run);
  for (size_t p = 0; p < run->count; p++) {
    const pleat_msa *msa = run->parts[p].pairing ? run->parts[p].pairing : run->parts[p].msa;
    if (p) pleat_text_append(&run->header, "\t");
    if (rows[p] < 0) {
      pleat_text_append(&run->header, "DUMMY");
      append_gaps(&run->aligned, msa->columns);
      continue;
    }
    append_header(&run->header, msa->rows[rows[p]].header);
    append_slice(msa, (size_t)rows[p], 0, msa->columns, &run->aligned);
  }
  return end_row(run, PLEAT_MSA_PAIRED);
}

/* A part's rows with gaps for the other chains; `before` columns lie left of it. */
static pleat_status add_own_rows(complex_run *run, size_t p, size_t before) {
  const pleat_msa *msa = run->parts[p].msa;
  for (size_t i = run->count == 1; i < msa->row_count; i++) {
    begin_row(run);
    if (i) pleat_text_append_bytes(&run->header, msa->rows[i].header, strlen(msa->rows[i].header));
    else pleat_text_append(&run->header, "%zu", 101 + p);
    append_gaps(&run->aligned, before);
    append_slice(msa, i, 0, msa->columns, &run->aligned);
    append_gaps(&run->aligned, run->out->columns - before - msa->columns);
    PLEAT_TRY(end_row(run, run->count == 1 ? PLEAT_MSA_PAIRED : (int)p));
  }
  return PLEAT_OK;
}

static pleat_status set_parts(complex_run *run) {
  size_t *sizes;
  PLEAT_TRY(pleat_memory_take(run->context, 2 * run->count, sizeof *sizes, &sizes));
  for (size_t p = 0; p < run->count; p++) {
    sizes[p] = run->parts[p].msa->columns;
    sizes[run->count + p] = run->parts[p].copies;
  }
  pleat_status status = pleat_msa_set_chains(run->out, sizes, sizes + run->count, run->count);
  pleat_memory_release(run->context, sizes);
  return status;
}

static pleat_status join_parts(complex_run *run, const pleat_pair_table *table) {
  PLEAT_TRY(set_parts(run));
  PLEAT_TRY(add_query(run));
  for (size_t i = 1; i < table->count && run->count > 1; i++)
    PLEAT_TRY(add_paired(run, table->rows + i * table->parts));
  for (size_t p = 0, before = 0; p < run->count; before += run->parts[p++].msa->columns)
    PLEAT_TRY(add_own_rows(run, p, before));
  return PLEAT_OK;
}

static pleat_status check_parts(const pleat_msa_part *parts, size_t count) {
  for (size_t p = 0; p < count; p++) {
    const pleat_msa *msa = parts[p].msa;
    PLEAT_CHECK(msa->context, !msa->complex && !(parts[p].pairing && parts[p].pairing->complex), PLEAT_ERROR_INPUT,
                "%s: is an alignment of a complex already; pairing takes one alignment a chain", msa->source);
    PLEAT_CHECK(msa->context, parts[p].copies >= 1 && parts[p].copies <= 1000, PLEAT_ERROR_INPUT,
                "%s: a chain occurs 1 to 1000 times in a complex, not %zu times", msa->source, parts[p].copies);
    if (parts[p].pairing) PLEAT_TRY(pleat_msa_check_query(parts[p].pairing, msa->rows[0].residues));
  }
  return PLEAT_OK;
}

static pleat_status make_complex(pleat_context *context, const pleat_msa_part *parts, size_t count,
                                 const pleat_pair_table *table, pleat_msa **out) {
  complex_run run = {.context = context, .parts = parts, .count = count};
  PLEAT_TRY(pleat_msa_start(context, "complex", &run.out));
  pleat_text_init(&run.header, context);
  pleat_text_init(&run.aligned, context);
  pleat_status status = join_parts(&run, table);
  pleat_text_free(&run.header);
  pleat_text_free(&run.aligned);
  if (status) pleat_msa_free(run.out);
  else *out = run.out;
  return status;
}

/* AlphaFold pairs what its pipeline has made free of duplicates; `unique` (count) holds what is to be freed. */
static pleat_status drop_duplicates(pleat_msa_part *parts, size_t count, pleat_msa **unique) {
  const pleat_msa_filter_options options = {.unique = 1};
  for (size_t p = 0; p < count; p++) {
    PLEAT_TRY(pleat_msa_filter(parts[p].pairing ? parts[p].pairing : parts[p].msa, &options, &unique[p]));
    parts[p].pairing = unique[p];
  }
  return PLEAT_OK;
}

pleat_status pleat_msa_pair(const pleat_msa_part *given, size_t count, pleat_msa_pairing how, pleat_msa_species species,
                            pleat_msa **out) {
  pleat_context *context = given[0].msa->context;
  pleat_pair_table table = {0};
  pleat_msa_part *parts;
  pleat_msa **unique = NULL;
  *out = NULL;
  PLEAT_TRY(check_parts(given, count));
  PLEAT_TRY(pleat_memory_take(context, count, sizeof *parts, &parts));
  memcpy(parts, given, count * sizeof *parts);
  pleat_status status = pleat_memory_take(context, count, sizeof(pleat_msa *), &unique);
  if (!status && how == PLEAT_MSA_PAIRING_ALPHAFOLD) status = drop_duplicates(parts, count, unique);
  if (!status) status = pleat_pair_find(context, parts, count, how, species, &table);
  if (!status) status = make_complex(context, parts, count, &table, out);
  pleat_pair_free(context, &table);
  for (size_t p = 0; unique && p < count; p++) pleat_msa_free(unique[p]);
  pleat_memory_release(context, unique);
  pleat_memory_release(context, parts);
  return status;
}

/* ---- What a model takes ---- */

typedef struct expand_run {
  const pleat_msa *msa;
  pleat_msa *out;
  pleat_text aligned;
  size_t max_rows, paired; /* paired rows that are taken */
  uint8_t *taken;          /* (S) */
  char *letters;           /* (S, L) rows as numbers + 'a': what AlphaFold compares */
} expand_run;

static const char *letters_of(const expand_run *run, size_t row, size_t chain) {
  return run->letters + row * run->msa->columns + run->msa->chains[chain].from;
}

static void make_letters(expand_run *run) {
  const pleat_msa *msa = run->msa;
  for (size_t i = 0; i < msa->row_count; i++) {
    for (size_t c = 0; c < msa->columns; c++)
      run->letters[i * msa->columns + c] = (char)('a' + pleat_encode_residue(msa->rows[i].residues[c]));
  }
}

static bool has_residue(const pleat_msa *msa, size_t row, size_t chain) {
  const char *at = msa->rows[row].residues + msa->chains[chain].from;
  for (size_t i = 0; i < msa->chains[chain].columns; i++) {
    if (at[i] != '-') return true;
  }
  return false;
}

/* Of one kind of chain no row is paired with another: all that are different, up to the limit. */
static pleat_status take_rows(expand_run *run) {
  const pleat_msa *msa = run->msa;
  pleat_rowset seen;
  pleat_status status = PLEAT_OK;
  pleat_rowset_init(&seen, msa->context);
  for (size_t i = 0, used = 0, index; !status && i < msa->row_count && used < run->max_rows; i++) {
    bool is_new = false;
    status = pleat_rowset_add(&seen, msa->rows[i].residues, msa->columns, &index, &is_new);
    run->taken[i] = is_new;
    used += is_new;
  }
  pleat_rowset_free(&seen);
  return status;
}

/* Takes a chain's own rows that are neither paired nor doubled, up to what the paired ones leave. */
static pleat_status take_own_rows(expand_run *run, size_t chain, pleat_rowset *paired, pleat_rowset *own) {
  const pleat_msa *msa = run->msa;
  size_t columns = msa->chains[chain].columns, index, used = 0;
  for (size_t i = 0, seen = 0; i < msa->row_count; i++) {
    if (msa->rows[i].chain >= 0) continue;
    PLEAT_TRY(pleat_rowset_add(paired, letters_of(run, i, chain), columns, &index, NULL));
    used += seen++ < run->paired && has_residue(msa, i, chain);
  }
  for (size_t i = 0; i < msa->row_count && used < run->max_rows; i++) {
    bool is_new;
    if (msa->rows[i].chain != (int)chain) continue;
    if (pleat_rowset_find(paired, letters_of(run, i, chain), columns) != SIZE_MAX) continue;
    PLEAT_TRY(pleat_rowset_add(own, msa->rows[i].residues + msa->chains[chain].from, columns, &index, &is_new));
    run->taken[i] = is_new;
    used += is_new;
  }
  return PLEAT_OK;
}

static pleat_status choose_rows(expand_run *run) {
  const pleat_msa *msa = run->msa;
  pleat_status status = PLEAT_OK;
  if (msa->chain_count == 1) return take_rows(run);
  for (size_t i = 0; i < msa->row_count && run->paired < run->max_rows / 2; i++) {
    run->taken[i] = msa->rows[i].chain < 0;
    run->paired += run->taken[i];
  }
  for (size_t c = 0; !status && c < msa->chain_count; c++) {
    pleat_rowset paired, own;
    pleat_rowset_init(&paired, msa->context);
    pleat_rowset_init(&own, msa->context);
    status = take_own_rows(run, c, &paired, &own);
    pleat_rowset_free(&paired);
    pleat_rowset_free(&own);
  }
  return status;
}

static pleat_status add_expanded(expand_run *run, size_t row) {
  const pleat_msa *msa = run->msa;
  run->aligned.length = 0;
  for (size_t c = 0; c < msa->chain_count; c++) {
    for (size_t k = 0; k < msa->chains[c].copies; k++)
      append_slice(msa, row, msa->chains[c].from, msa->chains[c].columns, &run->aligned);
  }
  PLEAT_TRY(run->aligned.status);
  const char *header = msa->rows[row].header;
  pleat_msa_found found = {header, run->aligned.bytes, strlen(header), run->aligned.length, 0};
  PLEAT_TRY(pleat_msa_add(run->out, &found));
  run->out->rows[run->out->row_count - 1].chain = msa->rows[row].chain;
  return PLEAT_OK;
}

/* Each kind of chain with all its copies is one block of columns. */
static pleat_status set_blocks(expand_run *run) {
  const pleat_msa *msa = run->msa;
  size_t *sizes;
  PLEAT_TRY(pleat_memory_take(msa->context, 2 * msa->chain_count, sizeof *sizes, &sizes));
  for (size_t c = 0; c < msa->chain_count; c++) {
    sizes[c] = msa->chains[c].columns * msa->chains[c].copies;
    sizes[msa->chain_count + c] = 1;
  }
  pleat_status status = pleat_msa_set_chains(run->out, sizes, sizes + msa->chain_count, msa->chain_count);
  pleat_memory_release(msa->context, sizes);
  return status;
}

static pleat_status check_size(const pleat_msa *msa) {
  enum { MOST = 1000000 };
  size_t columns = 0;
  for (size_t c = 0; c < msa->chain_count && columns <= MOST; c++) {
    PLEAT_CHECK(msa->context, msa->chains[c].copies <= MOST, PLEAT_ERROR_INPUT,
                "%s: chain %zu occurs %zu times, which no model can take", msa->source, c + 1, msa->chains[c].copies);
    columns += msa->chains[c].columns * msa->chains[c].copies;
  }
  PLEAT_CHECK(msa->context, columns <= MOST, PLEAT_ERROR_INPUT,
              "%s: its chains with all their copies have more than %d residues, which no model can take", msa->source,
              MOST);
  return PLEAT_OK;
}

static pleat_status expand(expand_run *run) {
  const pleat_msa *msa = run->msa;
  PLEAT_TRY(check_size(msa));
  PLEAT_TRY(set_blocks(run));
  PLEAT_TRY(pleat_memory_take(msa->context, msa->row_count, 1, &run->taken));
  PLEAT_TRY(pleat_memory_take(msa->context, msa->row_count, msa->columns, &run->letters));
  make_letters(run);
  PLEAT_TRY(choose_rows(run));
  for (int chain = PLEAT_MSA_PAIRED; chain < (int)msa->chain_count; chain++) {
    for (size_t i = 0; i < msa->row_count; i++) {
      if (run->taken[i] && msa->rows[i].chain == chain) PLEAT_TRY(add_expanded(run, i));
    }
  }
  return PLEAT_OK;
}

pleat_status pleat_msa_expand(const pleat_msa *complex, size_t max_rows, pleat_msa **out) {
  expand_run run = {.msa = complex, .max_rows = max_rows ? max_rows : ALPHAFOLD_ROWS};
  *out = NULL;
  PLEAT_TRY(pleat_msa_start(complex->context, complex->source, &run.out));
  pleat_text_init(&run.aligned, complex->context);
  pleat_status status = expand(&run);
  pleat_text_free(&run.aligned);
  pleat_memory_release(complex->context, run.taken);
  pleat_memory_release(complex->context, run.letters);
  if (status) pleat_msa_free(run.out);
  else *out = run.out;
  return status;
}
