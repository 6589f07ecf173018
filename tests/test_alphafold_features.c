/* Tests of AlphaFold's features against every array that its own pipeline recorded, from the large golden files.
 * SPDX-License-Identifier: MIT
 *
 * features/features.h5 of $PLEAT_GOLDEN/alphafold2, made from the raw files that lie in tests/golden/msa, too. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/residue.h"
#include "msa/clusters.h"
#include "msa/filter.h"
#include "tests/alphafold_arrays.h"
#include "tests/alphafold_golden.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

enum { ATOM37 = PLEAT_RESIDUE_ATOM37, ATOM14 = PLEAT_RESIDUE_ATOM14, TARGET = 22 };

static hid_t open_features(void) { return alphafold_open("features/features.h5"); }

/* ---- Alignments ---- */

/* The first ten rows of a Stockholm file, as the published code cuts it. */
static void check_truncated(hid_t file, const char *group, const pleat_msa *msa) {
  const pleat_msa_filter_options options = {.max_rows = 10};
  char path[200];
  size_t count, wrong = 0;
  pleat_msa *cut;
  snprintf(path, sizeof path, "%s/truncate10", group);
  char **texts = golden_read_texts(file, path, &count);
  CU_ASSERT_FATAL(texts != NULL);
  pleat_msa *want = golden_msa_parse(msa->context, "cut.sto", texts[0]);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_filter(msa, &options, &cut), PLEAT_OK);
  CU_ASSERT_FATAL(cut->row_count == 10 && want->row_count == 10);
  for (size_t i = 0; i < 10; i++)
    wrong += strcmp(cut->rows[i].header, want->rows[i].header) || strcmp(cut->rows[i].aligned, want->rows[i].aligned);
  CU_ASSERT_EQUAL(wrong, 0);
  pleat_msa_free(cut);
  pleat_msa_free(want);
  golden_texts_free(texts, count);
}

static void check_parsed(hid_t file, pleat_context *context, const char *name) {
  char path[80], group[80];
  bool stockholm = strstr(name, ".sto") != NULL;
  snprintf(path, sizeof path, "%s.gz", name);
  snprintf(group, sizeof group, "parse/%s", name);
  pleat_msa *msa = golden_msa_read(context, path), *unique;
  float *ids = alphafold_zeros(msa->row_count * msa->columns), *deletions = alphafold_zeros(msa->row_count * msa->columns);
  alphafold_encode(msa, true, ids, deletions);
  alphafold_check(file, group, "deletion_matrix", (alphafold_block){deletions, msa->row_count, msa->columns, 1});
  alphafold_check_texts(file, group, "sequences", msa, alphafold_residues_of);
  alphafold_check_texts(file, group, "descriptions", msa, stockholm ? alphafold_name_of : alphafold_header_of);
  if (stockholm) check_truncated(file, group, msa);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_merge((const pleat_msa *const[]){msa}, NULL, 1, &unique), PLEAT_OK);
  strcat(group, "/features");
  alphafold_check_alignment(file, group, "", unique);
  alphafold_check_texts(file, group, "msa_species_identifiers", unique, alphafold_species_of);
  pleat_msa_free(unique);
  pleat_msa_free(msa);
  free(ids);
  free(deletions);
}

static void test_parsers(void) {
  static const char *const names[] = {"bfd_uniclust_hits.a3m", "mgnify_hits.sto", "uniref90_hits.sto"};
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  for (int i = 0; i < 3; i++) check_parsed(file, context, names[i]);
  pleat_context_free(context);
  H5Fclose(file);
}

/* ---- A monomer ---- */

static pleat_msa *read_merged(pleat_context *context) {
  static const char *const names[] = {"uniref90_hits.sto.gz", "bfd_uniclust_hits.a3m.gz", "mgnify_hits.sto.gz"};
  const pleat_msa *parts[3];
  pleat_msa *merged;
  for (int i = 0; i < 3; i++) parts[i] = golden_msa_read(context, names[i]);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_merge(parts, NULL, 3, &merged), PLEAT_OK);
  for (int i = 0; i < 3; i++) pleat_msa_free((pleat_msa *)parts[i]);
  return merged;
}

/* Numbers that a sequence alone gives. */
typedef struct sequence_numbers {
  float *types, *index, *zeros, *ones, *lengths, *one_hot, *target; /* (L), one_hot (L,21), target (L,22) */
  size_t length;
} sequence_numbers;

static sequence_numbers numbers_of(const char *sequence, size_t rows) {
  size_t L = strlen(sequence);
  sequence_numbers s = {alphafold_zeros(L), alphafold_zeros(L), alphafold_zeros(L), alphafold_zeros(L), alphafold_zeros(L), alphafold_zeros(L * 21), alphafold_zeros(L * TARGET), L};
  for (size_t i = 0; i < L; i++) {
    int type = pleat_residue_from_letter(sequence[i]);
    s.types[i] = (float)type;
    s.index[i] = (float)i;
    s.ones[i] = 1;
    s.lengths[i] = (float)rows;
    s.one_hot[i * 21 + (size_t)type] = s.target[i * TARGET + 1 + (size_t)type] = 1;
  }
  return s;
}

static void free_numbers(sequence_numbers *s) {
  float *all[] = {s->types, s->index, s->zeros, s->ones, s->lengths, s->one_hot, s->target};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void test_raw_monomer(void) {
  static const char group[] = "monomer/raw_features";
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  pleat_msa *merged = read_merged(context);
  const char *query = merged->rows[0].residues;
  sequence_numbers s = numbers_of(query, merged->row_count);
  size_t L = s.length;
  alphafold_check_alignment(file, group, "", merged);
  alphafold_check_texts(file, group, "msa_species_identifiers", merged, alphafold_species_of);
  alphafold_check(file, group, "aatype", (alphafold_block){s.one_hot, 0, L, 21});
  alphafold_check(file, group, "between_segment_residues", (alphafold_block){s.zeros, 0, L, 1});
  alphafold_check(file, group, "residue_index", (alphafold_block){s.index, 0, L, 1});
  alphafold_check(file, group, "num_alignments", (alphafold_block){s.lengths, 0, L, 1});
  for (size_t i = 0; i < L; i++) s.lengths[i] = (float)L;
  alphafold_check(file, group, "seq_length", (alphafold_block){s.lengths, 0, L, 1});
  alphafold_check_text(file, group, "sequence", query);
  alphafold_check_text(file, group, "domain_name", merged->rows[0].name);
  alphafold_check_text(file, "monomer", "query", query);
  free_numbers(&s);
  pleat_msa_free(merged);
  pleat_context_free(context);
  H5Fclose(file);
}

/* One recorded processing: its rows, and what pleat makes of the stored draws. */
typedef struct processing {
  hid_t file;
  const char *group;
  const pleat_msa *msa;
  pleat_clusters c;
  float *ids, *deletions; /* (rows,L) of all rows */
  float *scratch;
} processing;

static int32_t *read_draw(const processing *p, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/draws/%s", p->group, name);
  golden_array array = golden_msa_array(p->file, path);
  size_t count = golden_count(p->file, path);
  int32_t *draw = calloc(count + 1, sizeof *draw);
  for (size_t i = 0; i < count; i++) draw[i] = (int32_t)array.data[i];
  golden_array_free(&array);
  return draw;
}

static void make_clusters(processing *p, const pleat_clusters_options *options) {
  char path[128];
  int32_t *order = read_draw(p, "e00_sample_msa/shuffle2"), *extra = read_draw(p, "e04_crop_extra_msa/shuffle5");
  int32_t *replacement = read_draw(p, "e01_make_masked_msa/categorical4");
  snprintf(path, sizeof path, "%s/draws/e01_make_masked_msa/uniform3", p->group);
  golden_array mask = golden_msa_array(p->file, path);
  const pleat_clusters_draws draws = {.order = order, .mask = mask.data, .replacement = replacement, .extra_order = extra};
  CU_ASSERT_EQUAL_FATAL(pleat_clusters_make(p->msa, options, &draws, &p->c), PLEAT_OK);
  golden_array_free(&mask);
  free(order);
  free(extra);
  free(replacement);
}

/* Rows of an array of all rows, in some order. */
static alphafold_block pick(const processing *p, const float *all, const size_t *rows, size_t count) {
  size_t L = p->c.columns;
  for (size_t i = 0; i < count; i++) memcpy(p->scratch + i * L, all + rows[i] * L, L * sizeof *all);
  return (alphafold_block){p->scratch, count, L, 1};
}

static alphafold_block bytes(const processing *p, const uint8_t *x, size_t rows) {
  for (size_t i = 0; i < rows * p->c.columns; i++) p->scratch[i] = x[i];
  return (alphafold_block){p->scratch, rows, p->c.columns, 1};
}

static alphafold_block ones(const processing *p, size_t rows, size_t columns) {
  for (size_t i = 0; i < (rows ? rows : 1) * columns; i++) p->scratch[i] = 1;
  return (alphafold_block){p->scratch, rows, columns, 1};
}

static alphafold_block features(const processing *p) {
  size_t row = p->c.columns * PLEAT_CLUSTERS_FEATURES;
  for (size_t i = 0; i < p->c.count; i++) pleat_clusters_features(&p->c, i, p->scratch + i * row);
  return (alphafold_block){p->scratch, p->c.count, p->c.columns, PLEAT_CLUSTERS_FEATURES};
}

static bool has(const processing *p, const char *name) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", p->group, name);
  return golden_count(p->file, path) > 0;
}

/* Those that a recording has; the shallow alignment has no extra rows and leaves their arrays empty or out. */
static void check_step(const processing *p, const char *name, alphafold_block b) {
  if (has(p, name)) alphafold_check(p->file, p->group, name, b);
  else CU_ASSERT(!p->c.extra_count);
}

static void check_rows(const processing *p, const sequence_numbers *s) {
  const pleat_clusters *c = &p->c;
  size_t L = c->columns, rows = p->msa->row_count;
  alphafold_check(p->file, p->group, "steps/n00_correct_msa_restypes/msa", (alphafold_block){p->ids, rows, L, 1});
  alphafold_check(p->file, p->group, "steps/n00_correct_msa_restypes/deletion_matrix", (alphafold_block){p->deletions, rows, L, 1});
  alphafold_check(p->file, p->group, "steps/n00_correct_msa_restypes/aatype", (alphafold_block){s->one_hot, 0, L, 21});
  alphafold_check(p->file, p->group, "steps/n02_squeeze_features/msa", (alphafold_block){p->ids, rows, L, 1});
  alphafold_check(p->file, p->group, "steps/n02_squeeze_features/deletion_matrix", (alphafold_block){p->deletions, rows, L, 1});
  alphafold_check(p->file, p->group, "steps/n02_squeeze_features/aatype", (alphafold_block){s->types, 0, L, 1});
  alphafold_check(p->file, p->group, "steps/n05_make_msa_mask/msa_row_mask", ones(p, 0, rows));
  alphafold_check(p->file, p->group, "steps/n06_make_hhblits_profile/hhblits_profile", (alphafold_block){c->msa_profile, 0, L, 22});
  alphafold_check(p->file, p->group, "steps/e00_sample_msa/msa", pick(p, p->ids, c->rows, c->count));
  alphafold_check(p->file, p->group, "steps/e00_sample_msa/deletion_matrix", pick(p, p->deletions, c->rows, c->count));
  check_step(p, "steps/e00_sample_msa/msa_row_mask", ones(p, 0, c->count));
  check_step(p, "steps/e00_sample_msa/extra_msa", pick(p, p->ids, c->other_rows, c->other_count));
  check_step(p, "steps/e00_sample_msa/extra_deletion_matrix", pick(p, p->deletions, c->other_rows, c->other_count));
  check_step(p, "steps/e00_sample_msa/extra_msa_mask", ones(p, c->other_count, L));
  check_step(p, "steps/e04_crop_extra_msa/extra_deletion_matrix", pick(p, p->deletions, c->extra_rows, c->extra_count));
  check_step(p, "steps/e04_crop_extra_msa/extra_msa", bytes(p, c->extra_msa, c->extra_count));
  check_step(p, "steps/e04_crop_extra_msa/extra_msa_mask", ones(p, c->extra_count, L));
}

/* Without extra rows there is padding alone. */
static alphafold_block extra(const processing *p, alphafold_block b) {
  if (b.rows) return b;
  memset(p->scratch, 0, p->c.columns * sizeof *p->scratch);
  return (alphafold_block){p->scratch, 1, p->c.columns, 1};
}

/* What clusters become, at one of the places where the recording has it: `final`, or before and after the fixed size. */
static void check_features(const processing *p, const char *place, const sequence_numbers *s) {
  const pleat_clusters *c = &p->c;
  char name[100];
  size_t L = c->columns, E = c->extra_count;
  bool early = !strcmp(place, "steps/e05_make_msa_feat");
  if (!early && strcmp(place, "final") && !has(p, "steps/e08_make_fixed_size/aatype")) return;
#define AT(NAME, BLOCK) (snprintf(name, sizeof name, "%s/%s", place, NAME), check_step(p, name, BLOCK))
  AT("msa_feat", features(p));
  AT("target_feat", ((alphafold_block){s->target, 0, L, TARGET}));
  AT("extra_has_deletion", extra(p, (alphafold_block){c->extra_has_deletion, E, L, 1}));
  AT("extra_deletion_value", extra(p, (alphafold_block){c->extra_deletion, E, L, 1}));
  if (early) return;
  AT("aatype", ((alphafold_block){s->types, 0, L, 1}));
  AT("bert_mask", bytes(p, c->masked, c->count));
  AT("true_msa", bytes(p, c->true_msa, c->count));
  AT("extra_msa", extra(p, bytes(p, c->extra_msa, E)));
  AT("extra_msa_mask", E ? ones(p, E, L) : extra(p, (alphafold_block){0}));
  AT("msa_row_mask", ones(p, 0, c->count));
#undef AT
}

static void check_final(const processing *p, const sequence_numbers *s) {
  size_t L = p->c.columns;
  float *there14 = alphafold_zeros(L * ATOM14), *there37 = alphafold_zeros(L * ATOM37), length = (float)L;
  for (size_t i = 0; i < L; i++)
    for (int a = 0; a < ATOM14; a++) {
      const char *name = pleat_residue_types[(int)s->types[i]].atom14[a];
      if (!*name) continue;
      there14[i * ATOM14 + (size_t)a] = there37[i * ATOM37 + (size_t)pleat_residue_atom37_index(name)] = 1;
    }
  alphafold_check(p->file, p->group, "final/extra_msa_row_mask", ones(p, 0, p->c.extra_count));
  alphafold_check(p->file, p->group, "final/msa_mask", ones(p, p->c.count, L));
  alphafold_check(p->file, p->group, "final/residue_index", (alphafold_block){s->index, 0, L, 1});
  alphafold_check(p->file, p->group, "final/seq_mask", (alphafold_block){s->ones, 0, L, 1});
  alphafold_check(p->file, p->group, "final/seq_length", (alphafold_block){&length, 0, 1, 1});
  /* of padding the published code says that it is alanine */
  golden_array wide = {0};
  char path[200];
  snprintf(path, sizeof path, "%s/final/atom14_atom_exists", p->group);
  CU_ASSERT_FATAL(golden_read(p->file, path, &wide));
  CU_ASSERT_EQUAL(golden_msa_different(wide.data, there14, L * ATOM14), 0);
  golden_array_free(&wide);
  snprintf(path, sizeof path, "%s/final/atom37_atom_exists", p->group);
  CU_ASSERT_FATAL(golden_read(p->file, path, &wide));
  CU_ASSERT_EQUAL(golden_msa_different(wide.data, there37, L * ATOM37), 0);
  golden_array_free(&wide);
  free(there14);
  free(there37);
}

static void check_masked(const processing *p) {
  const pleat_clusters *c = &p->c;
  size_t L = c->columns;
  alphafold_check(p->file, p->group, "steps/e01_make_masked_msa/bert_mask", bytes(p, c->masked, c->count));
  alphafold_check(p->file, p->group, "steps/e01_make_masked_msa/msa", bytes(p, c->msa, c->count));
  alphafold_check(p->file, p->group, "steps/e01_make_masked_msa/true_msa", bytes(p, c->true_msa, c->count));
  for (size_t i = 0; i < c->other_count; i++) p->scratch[i] = (float)c->assignment[i];
  check_step(p, "steps/e02_nearest_neighbor_clusters/extra_cluster_assignment", (alphafold_block){p->scratch, 0, c->other_count, 1});
  alphafold_check(p->file, p->group, "steps/e03_summarize_clusters/cluster_profile", (alphafold_block){c->profile, c->count, L, 23});
}

static void process(hid_t file, const char *group, size_t rows, const pleat_clusters_options *options) {
  static const char *const places[] = {"steps/e05_make_msa_feat", "steps/e08_make_fixed_size", "final"};
  pleat_context *context = golden_msa_context();
  const pleat_msa_filter_options filter = {.max_rows = rows};
  pleat_msa *merged = read_merged(context), *cut;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_filter(merged, &filter, &cut), PLEAT_OK);
  size_t cells = cut->row_count * cut->columns;
  processing p = {.file = file, .group = group, .msa = cut, .ids = alphafold_zeros(cells), .deletions = alphafold_zeros(cells),
                  .scratch = alphafold_zeros(cells * PLEAT_CLUSTERS_FEATURES)};
  sequence_numbers s = numbers_of(cut->rows[0].residues, cut->row_count);
  make_clusters(&p, options);
  alphafold_encode(cut, false, p.ids, p.deletions);
  check_rows(&p, &s);
  check_masked(&p);
  for (int i = 0; i < 3; i++) check_features(&p, places[i], &s);
  check_final(&p, &s);
  alphafold_block shifted = features(&p);
  p.scratch[100] += 1;
  golden_array want = golden_msa_array(file, "process_monomer_tmpl/final/msa_feat");
  CU_ASSERT(alphafold_wrong(&want, &shifted) > 0);
  golden_array_free(&want);
  free_numbers(&s);
  free(p.ids);
  free(p.deletions);
  free(p.scratch);
  pleat_clusters_free(&p.c);
  pleat_msa_free(cut);
  pleat_msa_free(merged);
  pleat_context_free(context);
}

static void test_processing(void) {
  hid_t file = open_features();
  if (file < 0) return;
  process(file, "process_monomer_tmpl", 0, &(pleat_clusters_options){20, 80, 0.15f, false});
  process(file, "process_monomer_shallow_pad", 30, &(pleat_clusters_options){40, 20, 0.15f, false});
  H5Fclose(file);
}

void suite_alphafold_features(void) {
  CU_pSuite suite = CU_add_suite("alphafold_features", NULL, NULL);
  CU_add_test(suite, "alignments as parsed, cut, and without duplicates", test_parsers);
  CU_add_test(suite, "a monomer's raw features", test_raw_monomer);
  CU_add_test(suite, "every step of two monomers' features", test_processing);
}
