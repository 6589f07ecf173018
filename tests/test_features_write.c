/* Tests of writing features: what the file holds against the alignment it was made from, and what cannot be written.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

enum { CLUSTERS = 12, EXTRA = 20, PASSES = 2, SEED = 5, MOST_PATH = 64 };

static const char letters[] = "ARNDCQEGHILKMFPSTWYVX-"; /* 20 to 21: unknown, gap */

static void make_path(char path[MOST_PATH]) {
  strcpy(path, "/tmp/pleat-features-XXXXXX");
  int file = mkstemp(path);
  CU_ASSERT_FATAL(file >= 0);
  close(file);
}

/* The query of an alignment's first row, with the alignment. */
static pleat_query *make_query(pleat_context *context, const char *name, const pleat_msa *msa) {
  pleat_query *query;
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, name, pleat_msa_row_at(msa, 0).residues, &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, msa), PLEAT_OK);
  return query;
}

static const pleat_features_options small = {"alphafold2_model_3", CLUSTERS, EXTRA, PASSES, SEED};

/* A whole array of the file. */
static golden_array array_of(const char *path, const char *name) {
  golden_array array = {0};
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  CU_ASSERT_TRUE(golden_read(file, name, &array));
  H5Fclose(file);
  return array;
}

/* How many places of the file's extra rows, pass `pass`, are not those of the rows that a model draws. */
static size_t wrong_rows(const golden_array *extra, const pleat_msa *msa, const char *name, uint32_t pass) {
  const pleat_msa_sample_options options = {CLUSTERS, EXTRA, SEED, name, pass, 0};
  size_t wrong = 0, L = pleat_msa_column_count(msa);
  pleat_msa *sample;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_sample(msa, &options, &sample), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_msa_row_count(sample), CLUSTERS + EXTRA);
  for (size_t e = 0; e < EXTRA; e++)
    for (size_t i = 0; i < L; i++) {
      char letter = pleat_msa_row_at(sample, CLUSTERS + e).residues[i];
      const char *at = strchr(letters, letter);
      long number = (long)extra->data[(pass * EXTRA + e) * L + i];
      wrong += !at || number != at - letters;
    }
  if (getenv("PLEAT_VERBOSE")) printf("\n    %s pass %u: %zu places differ", name, pass, wrong);
  pleat_msa_free(sample);
  return wrong;
}

static void test_file_holds_what_is_drawn(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_read(context, "bfd_uniclust_hits.a3m.gz");
  pleat_query *query = make_query(context, "somebody", msa), *again;
  size_t L = pleat_msa_column_count(msa);
  char path[MOST_PATH];
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &small, path), PLEAT_OK);
  golden_array extra = array_of(path, "features/extra_msa"), types = array_of(path, "features/aatype");
  golden_array features = array_of(path, "features/msa_feat"), index = array_of(path, "features/residue_index");
  CU_ASSERT(extra.rank == 3 && extra.shape[0] == PASSES && extra.shape[1] == EXTRA && extra.shape[2] == L);
  CU_ASSERT(features.rank == 4 && features.shape[1] == CLUSTERS && features.shape[2] == L && features.shape[3] == 49);
  for (uint32_t pass = 0; pass < PASSES; pass++) {
    CU_ASSERT_EQUAL(wrong_rows(&extra, msa, "somebody", pass), 0);
    CU_ASSERT(wrong_rows(&extra, msa, "another", pass) > 0);
  }
  for (size_t i = 0; i < 2 * L; i++) {
    CU_ASSERT_EQUAL(letters[(int)types.data[i]], pleat_msa_row_at(msa, 0).residues[i % L]);
    CU_ASSERT_EQUAL(index.data[i], (float)(i % L));
  }
  CU_ASSERT_EQUAL_FATAL(pleat_query_read_features(context, "again", path, &again), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(pleat_query_chain(again, 0), pleat_query_chain(query, 0));
  CU_ASSERT_EQUAL(pleat_query_write_features(again, &small, path), PLEAT_ERROR_INPUT);
  golden_array *arrays[] = {&extra, &types, &features, &index};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) golden_array_free(arrays[i]);
  pleat_query_free(again);
  pleat_query_free(query);
  pleat_msa_free(msa);
  pleat_context_free(context);
  unlink(path);
}

/* A sequence alone: one cluster, and one extra row that is masked everywhere. */
static void test_sequence_alone(void) {
  pleat_context *context = golden_msa_context();
  pleat_query *query;
  char path[MOST_PATH];
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "alone", "MKTAYIAKQRX", &query), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_query_write_features(query, &small, path), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "no alignment"));
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, NULL), PLEAT_OK);
  const pleat_features_options usual = {.model = "alphafold2"};
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &usual, path), PLEAT_OK);
  golden_array mask = array_of(path, "features/extra_msa_mask"), msa = array_of(path, "features/msa_mask");
  CU_ASSERT(mask.shape[0] == 4 && mask.shape[1] == 1 && mask.shape[2] == 11);
  CU_ASSERT(msa.shape[0] == 4 && msa.shape[1] == 1 && msa.data[7] == 1);
  for (int i = 0; i < 44; i++) CU_ASSERT_EQUAL(mask.data[i], 0);
  golden_array_free(&mask);
  golden_array_free(&msa);
  pleat_query_free(query);
  pleat_context_free(context);
  unlink(path);
}

static void test_what_cannot_be_written(void) {
  static const struct {
    const char *model, *path, *sentence;
    pleat_status status;
  } cases[] = {{NULL, "/tmp/x", "no model ''", PLEAT_ERROR_NOT_FOUND},
               {"flashabb", "/tmp/x", "only those of AlphaFold 2's models", PLEAT_ERROR_UNSUPPORTED},
               {"alphafold2_model_1", "/nowhere/x", "/nowhere/x", PLEAT_ERROR_IO}};
  pleat_context *context = golden_msa_context();
  pleat_query *query;
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "alone", "MKTAYIAKQR", &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, NULL), PLEAT_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const pleat_features_options options = {.model = cases[i].model};
    CU_ASSERT_EQUAL(pleat_query_write_features(query, &options, cases[i].path), cases[i].status);
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), cases[i].sentence));
  }
  CU_ASSERT_EQUAL(access("/tmp/x", F_OK), -1);
  pleat_query_free(query);
  pleat_context_free(context);
}

static char fault_path[MOST_PATH];
static pleat_status write_small(pleat_context *context) {
  const pleat_features_options options = {"alphafold2_model_1", 2, 2, 1, 0};
  pleat_query *query = NULL;
  pleat_status status = pleat_query_create(context, "q", "MKTAYIAKQR", &query);
  if (!status) status = pleat_query_set_msa(query, NULL);
  if (!status) status = pleat_query_write_features(query, &options, fault_path);
  pleat_query_free(query);
  return status;
}

static void test_no_memory(void) {
  make_path(fault_path);
  CU_ASSERT(test_faults_walk(write_small) > 10);
  unlink(fault_path);
}

void suite_features_write(void) {
  CU_pSuite suite = CU_add_suite("features_write", NULL, NULL);
  CU_add_test(suite, "the file holds what is drawn", test_file_holds_what_is_drawn);
  CU_add_test(suite, "a sequence alone", test_sequence_alone);
  CU_add_test(suite, "what cannot be written is said", test_what_cannot_be_written);
  CU_add_test(suite, "any failed allocation is survived", test_no_memory);
}
