/* What the tests of alignments share.
 * SPDX-License-Identifier: MIT */
#include "tests/golden_msa.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

pleat_context *golden_msa_context(void) {
  pleat_context *context = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  return context;
}

pleat_msa *golden_msa_read(pleat_context *context, const char *name) {
  char path[1024];
  pleat_msa *msa;
  snprintf(path, sizeof path, "%s/msa/%s", PLEAT_TEST_GOLDEN, name);
  pleat_status status = pleat_msa_read(context, path, &msa);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  return msa;
}

pleat_msa *golden_msa_parse(pleat_context *context, const char *name, const char *text) {
  pleat_msa *msa;
  pleat_status status = pleat_msa_parse(context, text, strlen(text), name, &msa);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  return msa;
}

hid_t golden_msa_open(void) {
  hid_t file = H5Fopen(PLEAT_TEST_GOLDEN "/msa/features.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  return file;
}

golden_array golden_msa_array(hid_t file, const char *name) {
  golden_array array;
  bool good = golden_read(file, name, &array);
  if (!good) fprintf(stderr, "no dataset %s\n", name);
  CU_ASSERT_FATAL(good);
  return array;
}

char *golden_msa_texts(hid_t file, const char *name, size_t *count, size_t *width) {
  *count = golden_count(file, name);
  CU_ASSERT_FATAL(*count > 0);
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  *width = H5Tget_size(type);
  char *texts = malloc(*count * *width);
  CU_ASSERT_FATAL(texts != NULL && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) >= 0);
  H5Tclose(type);
  H5Dclose(set);
  return texts;
}

size_t golden_msa_different(const float *got, const float *want, size_t count) {
  size_t different = 0;
  for (size_t i = 0; i < count; i++) different += !(got[i] == want[i]);
  return different;
}

/* The published alphabet of alignments, HH-suite's order. */
const char golden_msa_hhblits[] = "ACDEFGHIKLMNPQRSTVWYX-";

/* A chain's alignment as A3M from the stored numbers, rows named so that their species is read again. */
static pleat_msa *chain_alignment(pleat_context *context, hid_t file, char chain, const char *suffix) {
  char path[128];
  size_t count = 0, width = 0;
  char *species = NULL;
  pleat_text text;
  pleat_text_init(&text, context);
  snprintf(path, sizeof path, "multimer/chain_%c/msa%s", chain, suffix);
  golden_array ids = golden_msa_array(file, path);
  snprintf(path, sizeof path, "multimer/chain_%c/deletion_matrix_int%s", chain, suffix);
  golden_array deletions = golden_msa_array(file, path);
  snprintf(path, sizeof path, "multimer/chain_%c/msa_species_identifiers%s", chain, suffix);
  if (*suffix) species = golden_msa_texts(file, path, &count, &width);
  for (size_t i = 0; i < ids.shape[0]; i++) {
    int length = species ? (int)strnlen(species + i * width, width) : 0;
    if (length) pleat_text_append(&text, ">tr|A0A000|A0A000_%.*s\n", length, species + i * width);
    else pleat_text_append(&text, ">row%zu\n", i);
    for (size_t c = 0; c < ids.shape[1]; c++) {
      for (int d = 0; d < (int)deletions.data[i * ids.shape[1] + c]; d++) pleat_text_append(&text, "x");
      pleat_text_append(&text, "%c", golden_msa_hhblits[(int)ids.data[i * ids.shape[1] + c]]);
    }
    pleat_text_append(&text, "\n");
  }
  pleat_msa *msa = golden_msa_parse(context, "chain.a3m", text.bytes);
  pleat_text_free(&text);
  golden_array_free(&ids);
  golden_array_free(&deletions);
  free(species);
  return msa;
}

void golden_msa_parts(pleat_context *context, hid_t file, pleat_msa_part parts[2]) {
  static const char chains[2] = {'A', 'C'};
  for (int i = 0; i < 2; i++) {
    parts[i].msa = chain_alignment(context, file, chains[i], "");
    parts[i].pairing = chain_alignment(context, file, chains[i], "_all_seq");
    parts[i].copies = i == 0 ? 2 : 1;
  }
}

void golden_msa_free_parts(pleat_msa_part parts[2]) {
  for (int i = 0; i < 2; i++) {
    pleat_msa_free((pleat_msa *)parts[i].msa);
    pleat_msa_free((pleat_msa *)parts[i].pairing);
  }
}
