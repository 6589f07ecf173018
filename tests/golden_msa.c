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
