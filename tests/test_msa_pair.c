/* Tests of what is done with alignments: merging, filters, species, pairing, complexes, template hits.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "msa/encode.h"
#include "msa/filter.h"
#include "msa/fit.h"
#include "msa/hhr.h"
#include "msa/msa.h"
#include "msa/pair.h"
#include "msa/species.h"
#include "tests/faults.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

static bool species_is(const char *name, pleat_msa_species kind, const char *expected) {
  pleat_msa_row row = {.name = name, .header = name};
  const char *text;
  size_t length;
  pleat_species_find(&row, kind, &text, &length);
  return length == strlen(expected) && !memcmp(text, expected, length);
}

static void test_species(void) {
  CU_ASSERT(species_is("tr|A0A2A6NXF8|A0A2A6NXF8_9BRAD", PLEAT_MSA_SPECIES_MNEMONIC, "9BRAD"));
  CU_ASSERT(species_is("sp|P69905|HBA_HUMAN/1-141", PLEAT_MSA_SPECIES_MNEMONIC, "HUMAN"));
  CU_ASSERT(species_is("sp|P69905_1|HBA_HUMAN_23", PLEAT_MSA_SPECIES_MNEMONIC, "HUMAN"));
  CU_ASSERT(species_is("sp|P6990|HBA_HUMAN", PLEAT_MSA_SPECIES_MNEMONIC, ""));
  CU_ASSERT(species_is("sp|P69905|HBA_HUMANS", PLEAT_MSA_SPECIES_MNEMONIC, ""));
  CU_ASSERT(species_is("sp|P69905|HBA_HUMAN_x", PLEAT_MSA_SPECIES_MNEMONIC, ""));
  CU_ASSERT(species_is("t", PLEAT_MSA_SPECIES_MNEMONIC, ""));
  CU_ASSERT(species_is("UniRef90_D7BIZ4/1-73", PLEAT_MSA_SPECIES_MNEMONIC, ""));
  CU_ASSERT(species_is("x y OS=A b OX=142585 GN=z", PLEAT_MSA_SPECIES_TAXID, "142585"));
  CU_ASSERT(species_is("x n=1 Tax=M TaxID=526227 RepID=D", PLEAT_MSA_SPECIES_TAXID, "526227"));
  CU_ASSERT(species_is("x FOX=1", PLEAT_MSA_SPECIES_TAXID, ""));
}

/* The three searches of the golden query merged in the published order. */
static pleat_msa *read_merged(pleat_context *context) {
  static const char *const names[] = {"uniref90_hits.sto.gz", "bfd_uniclust_hits.a3m.gz", "mgnify_hits.sto.gz"};
  static const size_t limits[] = {10000, 0, 501};
  const pleat_msa *parts[3];
  pleat_msa *merged;
  for (int i = 0; i < 3; i++) parts[i] = golden_msa_read(context, names[i]);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_merge(parts, limits, 3, &merged), PLEAT_OK);
  for (int i = 0; i < 3; i++) pleat_msa_free((pleat_msa *)parts[i]);
  return merged;
}

/* Letters and deletions of `rows` rows that differ from stored arrays (rows, L) of HH-suite numbers and counts. */
static size_t count_different(const pleat_msa *msa, const golden_array *ids, const golden_array *deletions) {
  size_t wrong = 0, columns = msa->columns;
  int32_t *counts = calloc(columns, sizeof *counts);
  for (size_t i = 0; i < msa->row_count; i++) {
    pleat_msa_deletions(msa, i, counts);
    for (size_t c = 0; c < columns; c++) {
      uint8_t want = pleat_encode_residue(golden_msa_hhblits[(int)ids->data[i * columns + c]]);
      wrong += pleat_encode_residue(msa->rows[i].residues[c]) != want;
      wrong += (float)counts[c] != deletions->data[i * columns + c];
    }
  }
  free(counts);
  return wrong;
}

static void test_published_merge(void) {
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  pleat_msa *merged = read_merged(context);
  golden_array ids = golden_msa_array(file, "monomer/msa");
  golden_array deletions = golden_msa_array(file, "monomer/deletion_matrix_int");
  size_t count, width, wrong = 0, length;
  char *species = golden_msa_texts(file, "monomer/msa_species_identifiers", &count, &width);
  CU_ASSERT_EQUAL_FATAL(merged->row_count, ids.shape[0]);
  CU_ASSERT_EQUAL_FATAL(merged->row_count, count);
  CU_ASSERT_EQUAL(count_different(merged, &ids, &deletions), 0);
  ids.data[5] = ids.data[5] == 0 ? 1 : 0;
  deletions.data[99]++;
  CU_ASSERT_EQUAL(count_different(merged, &ids, &deletions), 2);
  for (size_t i = 0; i < count; i++) {
    const char *text;
    pleat_species_find(&merged->rows[i], PLEAT_MSA_SPECIES_MNEMONIC, &text, &length);
    wrong += length != strnlen(species + i * width, width) || memcmp(text, species + i * width, length);
  }
  CU_ASSERT_EQUAL(wrong, 0);
  free(species);
  golden_array_free(&ids);
  golden_array_free(&deletions);
  pleat_msa_free(merged);
  H5Fclose(file);
  pleat_context_free(context);
}

static void test_filters(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m",
                                    ">q\nACDEFGHIKL\n>a\nACDEFGHIKV\n>b\nACDEFaGHIKL\n>c\nAC--------\n"
                                                      ">d\nVVVVVGHIKL\n>e\nACDEFGHIKV\n");
  const pleat_msa_filter_options options[] = {
      {0}, {.unique = 1}, {.min_coverage = 0.5}, {.min_identity = 0.6}, {.max_identity = 0.85}, {.max_rows = 3}};
  static const char *const expected[] = {"qabcde", "qacd", "qabde", "qabce", "qd", "qab"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    pleat_msa *left;
    char names[16] = "";
    CU_ASSERT_EQUAL_FATAL(pleat_msa_filter(msa, &options[i], &left), PLEAT_OK);
    for (size_t r = 0; r < left->row_count; r++) strcat(names, left->rows[r].name);
    CU_ASSERT_STRING_EQUAL(names, expected[i]);
    pleat_msa_free(left);
  }
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_comparing_rows(void) {
  enum { MOST = 70000 };
  static const char letters[] = "AC-DE-";
  char *a = calloc(MOST, 1), *b = calloc(MOST, 1);
  const size_t sizes[] = {1, 31, 32, 33, 100, 255 * 32, 255 * 32 + 33, MOST};
  for (size_t i = 0; i < MOST; i++) a[i] = letters[i * 7 % 6], b[i] = letters[(i + i / 5) % 6];
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    pleat_filter_match match = pleat_filter_compare(a, b, sizes[s]), want = {0};
    for (size_t i = 0; i < sizes[s]; i++) {
      want.equal += a[i] == b[i] && a[i] != '-';
      want.both += a[i] != '-' && b[i] != '-';
      want.either += a[i] != '-' || b[i] != '-';
    }
    CU_ASSERT(match.equal == want.equal && match.both == want.both && match.either == want.either);
    CU_ASSERT(sizes[s] < 100 || (want.equal > 0 && want.equal < want.both && want.both < want.either));
  }
  free(a);
  free(b);
}

static void test_summary(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", ">q\nACDE\n>a\nACDE\n>b\nVVVV\n>c\n--D-\n");
  pleat_msa_summary summary;
  size_t residues[4];
  CU_ASSERT_EQUAL_FATAL(pleat_msa_summarise(msa, &summary, residues), PLEAT_OK);
  CU_ASSERT_EQUAL(summary.rows, 4);
  CU_ASSERT_EQUAL(summary.unique_rows, 3);
  CU_ASSERT(residues[0] == 3 && residues[1] == 3 && residues[2] == 4);
  CU_ASSERT_DOUBLE_EQUAL(summary.coverage, 2.25 / 3, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(summary.identity, 2.0 / 3, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(summary.sequence_neff, 1.0 / 2 + 1.0 / 2 + 1 + 1, 1e-12); /* q and a are alike */
  double three = log(3) - 2.0 / 3 * log(2), four = log(4) - 3.0 / 4 * log(3);
  CU_ASSERT_DOUBLE_EQUAL(summary.column_neff, exp((3 * three + four) / 4), 1e-12);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

/* ---- Complexes ---- */

static void test_published_pairing(void) {
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  pleat_msa_part parts[2];
  pleat_pair_table table;
  golden_array rows = golden_msa_array(file, "multimer/reorder_paired_rows");
  size_t wrong = 0;
  golden_msa_parts(context, file, parts);
  CU_ASSERT_EQUAL_FATAL(
      pleat_pair_find(context, parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &table), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(table.count, rows.shape[0]);
  for (size_t i = 0; i < table.count; i++) {
    const float *want = rows.data + 3 * i;
    wrong += (float)table.rows[2 * i] != want[0] || want[0] != want[1] || (float)table.rows[2 * i + 1] != want[2];
  }
  CU_ASSERT_EQUAL(wrong, 0);
  CU_ASSERT_NOT_EQUAL(table.rows[2], table.rows[4]); /* or any order would do */
  pleat_pair_free(context, &table);
  golden_array_free(&rows);
  golden_msa_free_parts(parts);
  H5Fclose(file);
  pleat_context_free(context);
}

/* The published bert_mask: 1 where a row belongs, 0 in the blocks of other chains. */
static size_t count_wrong_mask(const pleat_msa *msa, const golden_array *mask) {
  size_t wrong = 0;
  for (size_t i = 0; i < msa->row_count; i++) {
    for (size_t c = 0; c < msa->columns; c++) {
      int chain = msa->rows[i].chain;
      bool inside = chain < 0 || (c >= msa->chains[chain].from &&
                                  c < msa->chains[chain].from + msa->chains[chain].columns);
      wrong += mask->data[i * msa->columns + c] != (float)inside;
    }
  }
  return wrong;
}

/* Letters and deletions of the published merged arrays, which are in the models' own order and padded below. */
static size_t count_wrong_merged(const pleat_msa *msa, const golden_array *ids, const golden_array *deletions) {
  size_t wrong = 0;
  int32_t *counts = calloc(msa->columns, sizeof *counts);
  for (size_t i = 0; i < msa->row_count; i++) {
    pleat_msa_deletions(msa, i, counts);
    for (size_t c = 0; c < msa->columns; c++) {
      wrong += (float)pleat_encode_residue(msa->rows[i].residues[c]) != ids->data[i * msa->columns + c];
      wrong += (float)counts[c] != deletions->data[i * msa->columns + c];
    }
  }
  free(counts);
  return wrong;
}

static void test_published_complex(void) {
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  pleat_msa_part parts[2];
  pleat_msa *complex, *expanded;
  golden_array ids = golden_msa_array(file, "multimer/merged/msa");
  golden_array deletions = golden_msa_array(file, "multimer/merged/deletion_matrix");
  golden_array mask = golden_msa_array(file, "multimer/merged/bert_mask");
  golden_array count = golden_msa_array(file, "multimer/merged/num_alignments");
  golden_msa_parts(context, file, parts);
  CU_ASSERT_EQUAL_FATAL(
      pleat_msa_pair(parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &complex), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(complex, 0, &expanded), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(expanded->columns, ids.shape[1]);
  CU_ASSERT_EQUAL_FATAL((float)expanded->row_count, count.data[0]);
  CU_ASSERT_EQUAL(count_wrong_merged(expanded, &ids, &deletions), 0);
  CU_ASSERT_EQUAL(count_wrong_mask(expanded, &mask), 0);
  ids.data[200] += 1;
  mask.data[60 * ids.shape[1]] = 1 - mask.data[60 * ids.shape[1]];
  CU_ASSERT_EQUAL(count_wrong_merged(expanded, &ids, &deletions), 1);
  CU_ASSERT_EQUAL(count_wrong_mask(expanded, &mask), 1);
  pleat_msa_free(complex);
  pleat_msa_free(expanded);
  golden_msa_free_parts(parts);
  golden_array_free(&ids);
  golden_array_free(&deletions);
  golden_array_free(&mask);
  golden_array_free(&count);
  H5Fclose(file);
  pleat_context_free(context);
}

static const char chain_a[] =
    ">q\nACD\n>x OX=1\nACE\n>y OX=1\nACF\n>z OX=2\nVCDa\n>w OX=3\nCCC\n";
static const char chain_b[] = ">r\nEF\n>u OX=2\nEW\n>v OX=4\nEY\n>w OX=1\nFF\n";
static const char chain_c[] = ">s\nGH\n>k OX=1\nGG\n>l OX=3\nHH\n";

static char *pair_small(pleat_context *context, int count, pleat_msa_pairing how) {
  static const char *const texts[] = {chain_a, chain_b, chain_c};
  pleat_msa_part parts[3];
  pleat_msa *complex;
  pleat_text text;
  for (int i = 0; i < count; i++) parts[i] = (pleat_msa_part){golden_msa_parse(context, "x.a3m", texts[i]), NULL, 1};
  CU_ASSERT_EQUAL_FATAL(pleat_msa_pair(parts, (size_t)count, how, PLEAT_MSA_SPECIES_TAXID, &complex), PLEAT_OK);
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_write_a3m(complex, &text), PLEAT_OK);
  pleat_msa_free(complex);
  for (int i = 0; i < count; i++) pleat_msa_free((pleat_msa *)parts[i].msa);
  return text.bytes;
}

static void test_colabfold_pairing(void) {
  pleat_context *context = golden_msa_context();
  char *text = pair_small(context, 2, PLEAT_MSA_PAIRING_COMPLETE);
  CU_ASSERT_STRING_EQUAL(text,
                         "#3,2\t1,1\n>101\t102\nACDEF\n>x OX=1\tw OX=1\nACEFF\n>z OX=2\tu OX=2\nVCDEW\n"
                         ">101\nACD--\n>x OX=1\nACE--\n>y OX=1\nACF--\n>z OX=2\nVCD--\n>w OX=3\nCCC--\n"
                         ">102\n---EF\n>u OX=2\n---EW\n>v OX=4\n---EY\n>w OX=1\n---FF\n");
  pleat_memory_release(context, text);
  text = pair_small(context, 3, PLEAT_MSA_PAIRING_COMPLETE);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nACDEFGH\n>x OX=1\tw OX=1\tk OX=1\nACEFFGG\n>101\n"));
  pleat_memory_release(context, text);
  text = pair_small(context, 3, PLEAT_MSA_PAIRING_GREEDY);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nACEFFGG\n>z OX=2\tu OX=2\tDUMMY\nVCDEW--\n"
                                      ">w OX=3\tDUMMY\tl OX=3\nCCC--HH\n>101\n"));
  pleat_memory_release(context, text);
  text = pair_small(context, 3, PLEAT_MSA_PAIRING_NONE);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nACDEFGH\n>101\n"));
  pleat_memory_release(context, text);
  pleat_context_free(context);
}

static void test_homomer(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa_part part = {golden_msa_parse(context, "x.a3m", ">q\nACD\n>x\nA-gE\n>y\nAgCD\n"), NULL, 3};
  pleat_msa *complex, *expanded;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_pair(&part, 1, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &complex),
                        PLEAT_OK);
  CU_ASSERT_EQUAL(complex->row_count, 3);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(complex, 0, &expanded), PLEAT_OK);
  CU_ASSERT_EQUAL(expanded->row_count, 2); /* the third row's residues are the query's */
  CU_ASSERT_STRING_EQUAL(expanded->rows[1].aligned, "A-gEA-gEA-gE");
  pleat_msa_free(expanded);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(complex, 1, &expanded), PLEAT_OK);
  CU_ASSERT_EQUAL(expanded->row_count, 1);
  pleat_msa_free(expanded);
  complex->chains[0].copies = 400000;
  CU_ASSERT_EQUAL(pleat_msa_expand(complex, 0, &expanded), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "more than 1000000 residues"));
  pleat_msa_part again = {complex, NULL, 1};
  CU_ASSERT_EQUAL(pleat_msa_pair(&again, 1, PLEAT_MSA_PAIRING_NONE, PLEAT_MSA_SPECIES_TAXID, &expanded),
                  PLEAT_ERROR_INPUT);
  pleat_msa_free(complex);
  pleat_msa_free((pleat_msa *)part.msa);
  pleat_context_free(context);
}

/* Whether the alignment's first row, read at the query's places, is the query. */
static bool places_fit(const pleat_msa *expanded, const char *const *chains, size_t count, const int64_t *places) {
  for (size_t i = 0; i < count; i++) {
    for (const char *at = chains[i]; *at; at++)
      if (expanded->rows[0].residues[*places++] != *at) return false;
  }
  return true;
}

static void test_query_of_a_complex(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *complex = golden_msa_parse(context, "x.a3m",
                                        "#3,2\t2,1\n>101\t102\nACDEF\n>u\tv\nA-DE-\n>101\nACD--\n>102\n---EF\n");
  pleat_msa *single = golden_msa_parse(context, "y.a3m", ">q\nACD\n>r\nA-D\n"), *expanded;
  const char *const chains[] = {"ACD", "EF", "ACD"};
  const char *const two[] = {"ACD", "ACD"}, *const wrong[] = {"ACD", "EW"};
  int64_t places[16];
  CU_ASSERT_EQUAL_FATAL(pleat_fit_query(complex, chains, 3, 0, places, &expanded), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(expanded->rows[0].residues, "ACDACDEF");
  CU_ASSERT(places_fit(expanded, chains, 3, places) && places[3] == 6 && places[5] == 3);
  places[4]--;
  CU_ASSERT_FALSE(places_fit(expanded, chains, 3, places));
  pleat_msa_free(expanded);
  CU_ASSERT_EQUAL_FATAL(pleat_fit_query(single, two, 2, 0, places, &expanded), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(expanded->rows[1].residues, "A-DA-D");
  CU_ASSERT(places_fit(expanded, two, 2, places));
  pleat_msa_free(expanded);
  CU_ASSERT_EQUAL(pleat_fit_query(complex, two, 2, 0, places, &expanded), PLEAT_ERROR_INPUT);
  CU_ASSERT_STRING_EQUAL(pleat_context_error(context),
                         "x.a3m: its chain 2 occurs 1 times, but the query has it 0 times");
  CU_ASSERT_EQUAL(pleat_fit_query(complex, wrong, 2, 0, places, &expanded), PLEAT_ERROR_INPUT);
  CU_ASSERT_STRING_EQUAL(pleat_context_error(context),
                         "x.a3m: has no chain with the sequence of the query's chain 2 (2 residues; chains there: 3, 2)");
  CU_ASSERT_EQUAL(pleat_fit_query(single, wrong + 1, 1, 0, places, &expanded), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "is not the query: residue 1"));
  pleat_msa_free(single);
  pleat_msa_free(complex);
  pleat_context_free(context);
}

/* ---- Template hits ---- */

static bool same_numbers(hid_t file, int hit, const char *name, const int32_t *got, size_t count) {
  char path[64];
  snprintf(path, sizeof path, "hhr/hit%d/%s", hit, name);
  golden_array want = golden_msa_array(file, path);
  bool same = want.shape[0] == count;
  for (size_t i = 0; same && i < count; i++) same = want.data[i] == (float)got[i];
  golden_array_free(&want);
  return same;
}

static bool same_text(hid_t file, int hit, const char *name, const char *got) {
  char path[64], want[512];
  snprintf(path, sizeof path, "hhr/hit%d/%s", hit, name);
  return golden_read_text(file, path, 0, want, sizeof want) && !strcmp(want, got);
}

static bool same_map(pleat_context *context, hid_t file, int number, const pleat_hhr_hit *hit, const char *query) {
  char path[64];
  int32_t partners[256];
  size_t mapped = 0;
  snprintf(path, sizeof path, "hhr/hit%d/mapping_query_to_template", number);
  golden_array want = golden_msa_array(file, path);
  bool same = !pleat_hhr_map(context, hit, query, partners);
  for (size_t i = 0; same && query[i]; i++) mapped += partners[i] >= 0;
  same = same && mapped == want.shape[0];
  for (size_t i = 0; same && i < want.shape[0]; i++)
    same = (float)partners[(int)want.data[2 * i]] == want.data[2 * i + 1];
  golden_array_free(&want);
  return same;
}

static void test_template_hits(void) {
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  pleat_hhr hhr;
  char query[256];
  pleat_hhr_init(&hhr, context);
  CU_ASSERT_EQUAL_FATAL(pleat_hhr_read(&hhr, PLEAT_TEST_GOLDEN "/msa/hits.hhr.gz"), PLEAT_OK);
  CU_ASSERT_FATAL(hhr.count == 4 && golden_read_text(file, "monomer/query", 0, query, sizeof query));
  for (int i = 0; i < 4; i++) {
    const pleat_hhr_hit *hit = &hhr.hits[i];
    int32_t columns = hit->aligned_columns, number = hit->number;
    golden_array sum_probs = {0};
    char path[64];
    snprintf(path, sizeof path, "hhr/hit%d/sum_probs", i);
    sum_probs = golden_msa_array(file, path);
    CU_ASSERT(same_numbers(file, i, "index", &number, 1) && same_numbers(file, i, "aligned_cols", &columns, 1));
    CU_ASSERT(same_text(file, i, "name", hit->name) && same_text(file, i, "query", hit->query));
    CU_ASSERT(same_text(file, i, "hit_sequence", hit->hit));
    CU_ASSERT(same_numbers(file, i, "indices_query", hit->query_indices, hit->length));
    CU_ASSERT(same_numbers(file, i, "indices_hit", hit->hit_indices, hit->length));
    CU_ASSERT_FALSE(same_numbers(file, i, "indices_hit", hit->query_indices, hit->length));
    CU_ASSERT(same_map(context, file, i, hit, query));
    CU_ASSERT_EQUAL((float)hit->sum_probs, sum_probs.data[0]);
    golden_array_free(&sum_probs);
  }
  CU_ASSERT_DOUBLE_EQUAL(hhr.hits[0].e_value, 470, 0);
  CU_ASSERT_DOUBLE_EQUAL(hhr.hits[0].neff, 6.2, 0);
  int32_t partners[4];
  CU_ASSERT_EQUAL(pleat_hhr_map(context, &hhr.hits[0], "ACD", partners), PLEAT_ERROR_INPUT);
  pleat_hhr_free(&hhr);
  H5Fclose(file);
  pleat_context_free(context);
}

#define HIT "Query q\nNo 1\n>t name\nProbab=1 E-value=2 Score=3 Aligned_cols=3 Identities=4% Sum_probs=5\n"

static void test_bad_reports(void) {
  static const struct {
    const char *text, *sentence;
  } cases[] = {
      {"hello\n", "x.hhr: is not an hhr report: neither a line 'Query' nor a line 'No 1' is there"},
      {"Query q\nNo 1\nx\n", "x.hhr:3: a hit's name, a line '>NAME', is missing; the report is damaged or cut off"},
      {"Query q\nNo 1\n>t\n", "x.hhr:3: the hit's scores are missing; the report is damaged or cut off"},
      {"Query q\nNo 1\n>t\n\n", "x.hhr:4: the line with Probab=, Aligned_cols= and so on is missing; the report is "
                                "damaged or cut off"},
      {"Query q\nNo 1\n>t\nProbab=x\n", "x.hhr:4: a score is not a number; the report is damaged or cut off"},
      {HIT "Q q                 1 AC-   3 (9)\n",
       "x.hhr:5: has not as many residues as its numbers say; the report is damaged or cut off"},
      {HIT "Q q                 1 AC-   2 (9)\nT t                 5 A*-   2 (9)\n",
       "x.hhr:6: the aligned sequence has a character that is no letter; the report is damaged or cut off"},
      {HIT "Q q                 1 AC-   2 (9)\nT t                 5 AC    6 (9)\n",
       "x.hhr:6: query and template of the hit above differ in length; the report is damaged or cut off"},
      {HIT "Q q                 1 ACD   3 (9)\nQ q                 5 ACD   7 (9)\n",
       "x.hhr:6: does not continue the line of residues before it; the report is damaged or cut off"},
  };
  pleat_context *context = golden_msa_context();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_hhr hhr;
    pleat_hhr_init(&hhr, context);
    CU_ASSERT_EQUAL(pleat_hhr_parse(&hhr, cases[i].text, strlen(cases[i].text), "x.hhr"), PLEAT_ERROR_FORMAT);
    CU_ASSERT_STRING_EQUAL(pleat_context_error(context), cases[i].sentence);
    if (strcmp(pleat_context_error(context), cases[i].sentence)) fprintf(stderr, "%s\n", pleat_context_error(context));
    pleat_hhr_free(&hhr);
  }
  pleat_context_free(context);
}

static pleat_status work_on_small(pleat_context *context, pleat_msa **made) {
  const pleat_msa_filter_options options = {.unique = 1, .max_identity = 0.9};
  pleat_msa_summary summary;
  PLEAT_TRY(pleat_msa_parse(context, chain_a, strlen(chain_a), "a.a3m", &made[0]));
  PLEAT_TRY(pleat_msa_parse(context, chain_b, strlen(chain_b), "b.a3m", &made[1]));
  pleat_msa_part parts[] = {{made[0], NULL, 2}, {made[1], NULL, 1}};
  PLEAT_TRY(pleat_msa_pair(parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_TAXID, &made[2]));
  const char *const chains[] = {"ACD", "EF", "ACD"};
  int64_t places[8];
  PLEAT_TRY(pleat_fit_query(made[2], chains, 3, 0, places, &made[3]));
  PLEAT_TRY(pleat_msa_filter(made[2], &options, &made[4]));
  const pleat_msa *both[] = {made[2], made[4]};
  PLEAT_TRY(pleat_msa_merge(both, NULL, 2, &made[5]));
  return pleat_msa_summarise(made[5], &summary, NULL);
}

static pleat_status work(pleat_context *context) {
  pleat_msa *made[6] = {0};
  pleat_hhr hhr;
  pleat_hhr_init(&hhr, context);
  static const char report[] = HIT "Q q                 1 AC-   2 (9)\nT t                 5 ACD   7 (9)\n";
  pleat_status status = work_on_small(context, made);
  if (!status) status = pleat_hhr_parse(&hhr, report, strlen(report), "x.hhr");
  pleat_hhr_free(&hhr);
  for (int i = 0; i < 6; i++) pleat_msa_free(made[i]);
  return status;
}

static void test_faults(void) { CU_ASSERT(test_faults_walk(work) > 60); }

void suite_msa_pair(void) {
  CU_pSuite suite = CU_add_suite("msa_pair", NULL, NULL);
  CU_add_test(suite, "species from headers", test_species);
  CU_add_test(suite, "the published merge of three searches", test_published_merge);
  CU_add_test(suite, "filters", test_filters);
  CU_add_test(suite, "comparing rows", test_comparing_rows);
  CU_add_test(suite, "summary", test_summary);
  CU_add_test(suite, "the published pairing", test_published_pairing);
  CU_add_test(suite, "the published arrays of a complex", test_published_complex);
  CU_add_test(suite, "ColabFold's complete and greedy pairing", test_colabfold_pairing);
  CU_add_test(suite, "equal chains", test_homomer);
  CU_add_test(suite, "the alignment of a query's complex", test_query_of_a_complex);
  CU_add_test(suite, "template hits", test_template_hits);
  CU_add_test(suite, "sentences for bad reports", test_bad_reports);
  CU_add_test(suite, "no memory", test_faults);
}
