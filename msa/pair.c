/* Pairing by species: AlphaFold-Multimer's (Evans et al. 2021), ColabFold's greedy and complete (Mirdita et al. 2022).
 * SPDX-License-Identifier: MIT */
#include "msa/pair.h"

#include <stdlib.h>
#include <string.h>

#include "msa/encode.h"
#include "msa/msa.h"
#include "msa/rowset.h"
#include "msa/species.h"

enum { MOST_ROWS_OF_SPECIES = 600 }; /* AlphaFold leaves out a species that has more in any chain */

/* One row that has a species. */
typedef struct species_row {
  size_t species, row, equal; /* `equal`: residues equal to the query's */
} species_row;

typedef struct pair_part {
  const pleat_msa *msa;
  size_t copies, count;
  species_row *rows; /* (count) by species, within it the best first */
} pair_part;

typedef struct pair_run {
  pleat_context *context;
  pair_part *parts;
  size_t part_count;
  pleat_msa_pairing how;
  pleat_rowset species;
  size_t *rank; /* (species.count) place of each species in the order of its text */
} pair_run;

/* A row of the table with what it is sorted by. */
typedef struct pair_key {
  size_t present, place; /* chains that have a row; order of making */
  uint64_t size;         /* |product of row numbers| (AlphaFold) or their sum */
} pair_key;

static size_t count_equal(const pleat_msa *msa, size_t row) {
  size_t equal = 0;
  for (size_t i = 0; i < msa->columns; i++)
    equal += pleat_encode_residue(msa->rows[row].residues[i]) == pleat_encode_residue(msa->rows[0].residues[i]);
  return equal;
}

static pleat_status collect_rows(pair_run *run, pleat_msa_species kind, pair_part *part) {
  const pleat_msa *msa = part->msa;
  PLEAT_TRY(pleat_memory_take(run->context, msa->row_count, sizeof *part->rows, &part->rows));
  for (size_t i = 1; i < msa->row_count; i++) {
    const char *text;
    size_t length, index;
    pleat_species_find(&msa->rows[i], kind, &text, &length);
    if (!length) continue;
    PLEAT_TRY(pleat_rowset_add(&run->species, text, length, &index, NULL));
    size_t equal = run->how == PLEAT_MSA_PAIRING_ALPHAFOLD ? count_equal(msa, i) : 0;
    part->rows[part->count++] = (species_row){index, i, equal};
  }
  return PLEAT_OK;
}

static int compare_keys(const void *a, const void *b) {
  const pleat_rowset_key *x = *(const pleat_rowset_key *const *)a, *y = *(const pleat_rowset_key *const *)b;
  int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Numbers the species in the order of their texts and gives those numbers to all rows. */
static pleat_status rank_species(pair_run *run) {
  const pleat_rowset_key **keys;
  size_t count = run->species.count;
  PLEAT_TRY(pleat_memory_take(run->context, count, sizeof *run->rank, &run->rank));
  PLEAT_TRY(pleat_memory_take(run->context, count, sizeof *keys, &keys));
  for (size_t i = 0; i < count; i++) keys[i] = &run->species.keys[i];
  qsort(keys, count, sizeof *keys, compare_keys);
  for (size_t i = 0; i < count; i++) run->rank[keys[i] - run->species.keys] = i;
  pleat_memory_release(run->context, keys);
  for (size_t p = 0; p < run->part_count; p++) {
    for (size_t i = 0; i < run->parts[p].count; i++)
      run->parts[p].rows[i].species = run->rank[run->parts[p].rows[i].species];
  }
  return PLEAT_OK;
}

static int compare_rows(const void *a, const void *b) {
  const species_row *x = a, *y = b;
  if (x->species != y->species) return x->species < y->species ? -1 : 1;
  if (x->equal != y->equal) return x->equal > y->equal ? -1 : 1;
  return (x->row > y->row) - (x->row < y->row);
}

static pleat_status add_pair(pair_run *run, pleat_pair_table *table, pair_key **keys, size_t *capacity,
                             const pair_key *key) {
  size_t need = (table->count + 1) * table->parts;
  PLEAT_TRY(pleat_memory_grow(run->context, &table->rows, &table->capacity, need, sizeof *table->rows));
  PLEAT_TRY(pleat_memory_grow(run->context, keys, capacity, table->count + 1, sizeof **keys));
  (*keys)[table->count] = *key;
  (*keys)[table->count].place = table->count;
  table->count++;
  return PLEAT_OK;
}

/* The rows of one species in every part: where they begin (at[p] is moved behind them) and how many. */
static void find_rows(const pair_run *run, size_t species, size_t *at, size_t *counts) {
  for (size_t p = 0; p < run->part_count; p++) {
    const pair_part *part = &run->parts[p];
    for (counts[p] = 0; at[p] < part->count && part->rows[at[p]].species == species; at[p]++) counts[p]++;
  }
}

/* How many pairs a species gives; 0: none. *present: in how many chains (copies counted where AlphaFold does) it is. */
static size_t count_pairs(const pair_run *run, const size_t *counts, size_t *present) {
  bool alphafold = run->how == PLEAT_MSA_PAIRING_ALPHAFOLD;
  size_t least = SIZE_MAX, most = 0, parts = 0;
  *present = 0;
  for (size_t p = 0; p < run->part_count; p++) {
    if (!counts[p]) continue;
    parts++;
    *present += alphafold ? run->parts[p].copies : 1;
    if (counts[p] < least) least = counts[p];
    if (counts[p] > most) most = counts[p];
  }
  if (run->how == PLEAT_MSA_PAIRING_COMPLETE) return parts == run->part_count;
  if (*present < 2) return 0;
  if (!alphafold) return 1;
  return most > MOST_ROWS_OF_SPECIES ? 0 : least;
}

/* Row `index` of every part's rows of the species; absent parts have -1. */
static void fill_pair(const pair_run *run, const size_t *at, const size_t *counts, size_t index, int64_t *rows,
                      pair_key *key) {
  bool alphafold = run->how == PLEAT_MSA_PAIRING_ALPHAFOLD;
  uint64_t product = 1, sum = 0;
  for (size_t p = 0; p < run->part_count; p++) {
    rows[p] = counts[p] ? (int64_t)run->parts[p].rows[at[p] - counts[p] + index].row : -1;
    for (size_t c = 0; c < run->parts[p].copies; c++) product *= (uint64_t)rows[p];
    if (rows[p] > 0) sum += (uint64_t)rows[p];
  }
  if ((int64_t)product < 0) product = 0 - product;
  key->size = alphafold ? product : sum;
}

static int compare_pairs(const void *a, const void *b) {
  const pair_key *x = a, *y = b;
  if (x->present != y->present) return x->present > y->present ? -1 : 1;
  if (x->size != y->size) return x->size < y->size ? -1 : 1;
  return (x->place > y->place) - (x->place < y->place);
}

/* Rows that more chains share come first, among those the ones from the top of their alignments; the query leads. */
static pleat_status sort_table(pair_run *run, pleat_pair_table *table, pair_key *keys) {
  int64_t *sorted;
  PLEAT_TRY(pleat_memory_take(run->context, table->count * table->parts, sizeof *sorted, &sorted));
  qsort(keys + 1, table->count - 1, sizeof *keys, compare_pairs);
  for (size_t i = 0; i < table->count; i++) {
    memcpy(sorted + i * table->parts, table->rows + keys[i].place * table->parts, table->parts * sizeof *sorted);
  }
  pleat_memory_release(run->context, table->rows);
  table->rows = sorted;
  table->capacity = table->count * table->parts;
  return PLEAT_OK;
}

static pleat_status fill_table(pair_run *run, size_t *at, size_t *counts, pair_key **keys, pleat_pair_table *table) {
  pair_key key = {0};
  size_t capacity = 0;
  PLEAT_TRY(add_pair(run, table, keys, &capacity, &key)); /* the query: zeros */
  for (size_t species = 0; species < run->species.count; species++) {
    find_rows(run, species, at, counts);
    size_t pairs = run->how == PLEAT_MSA_PAIRING_NONE ? 0 : count_pairs(run, counts, &key.present);
    for (size_t i = 0; i < pairs; i++) {
      PLEAT_TRY(add_pair(run, table, keys, &capacity, &key));
      fill_pair(run, at, counts, i, table->rows + (table->count - 1) * table->parts, &(*keys)[table->count - 1]);
    }
  }
  return sort_table(run, table, *keys);
}

static pleat_status find_pairs(pair_run *run, const pleat_msa_part *parts, pleat_msa_species kind,
                               pleat_pair_table *table) {
  size_t *places;
  pair_key *keys = NULL;
  PLEAT_TRY(pleat_memory_take(run->context, run->part_count, sizeof *run->parts, &run->parts));
  for (size_t p = 0; p < run->part_count; p++) {
    run->parts[p] = (pair_part){.msa = parts[p].pairing ? parts[p].pairing : parts[p].msa, .copies = parts[p].copies};
    PLEAT_TRY(collect_rows(run, kind, &run->parts[p]));
  }
  PLEAT_TRY(rank_species(run));
  for (size_t p = 0; p < run->part_count; p++)
    qsort(run->parts[p].rows, run->parts[p].count, sizeof *run->parts[p].rows, compare_rows);
  PLEAT_TRY(pleat_memory_take(run->context, 2 * run->part_count, sizeof *places, &places));
  pleat_status status = fill_table(run, places, places + run->part_count, &keys, table);
  pleat_memory_release(run->context, places);
  pleat_memory_release(run->context, keys);
  return status;
}

pleat_status pleat_pair_find(pleat_context *context, const pleat_msa_part *parts, size_t count, pleat_msa_pairing how,
                             pleat_msa_species species, pleat_pair_table *table) {
  pair_run run = {.context = context, .part_count = count, .how = how};
  *table = (pleat_pair_table){.parts = count};
  pleat_rowset_init(&run.species, context);
  pleat_status status = find_pairs(&run, parts, species, table);
  for (size_t p = 0; run.parts && p < count; p++) pleat_memory_release(context, run.parts[p].rows);
  pleat_memory_release(context, run.parts);
  pleat_memory_release(context, run.rank);
  pleat_rowset_free(&run.species);
  if (status) pleat_pair_free(context, table);
  return status;
}

void pleat_pair_free(pleat_context *context, pleat_pair_table *table) {
  pleat_memory_release(context, table->rows);
  table->rows = NULL;
  table->count = table->capacity = 0;
}
