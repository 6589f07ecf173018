/* Tests of writing results: JSON, the pLDDT plot, HDF5 arrays, and what is refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <hdf5.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/result.h"
#include "lib/file.h"
#include "tests/suites.h"

static const char *const ids[] = {"H", "L"}, *const sequences[] = {"EVQ", "DI"};

/* Two chains of 3 and 2 residues, one of them without a finite pLDDT when `broken`. */
static pleat_result *make_result(pleat_context *context, bool broken) {
  static const float values[] = {97.314f, 88, 70, 40, 60};
  pleat_result *result;
  float *data;
  CU_ASSERT_EQUAL_FATAL(pleat_result_create(context, "a<b", &result), PLEAT_OK);
  result->model = "tiny";
  result->sha256 = "00ff";
  result->options = "dlc=on idealise=off";
  result->chains = 2;
  result->chain_ids = ids;
  result->sequences = sequences;
  CU_ASSERT_EQUAL_FATAL(pleat_result_add_array(result, "plddt", 1, (size_t[]){5}, &data), PLEAT_OK);
  memcpy(data, values, sizeof values);
  if (broken) data[1] = NAN;
  CU_ASSERT_EQUAL_FATAL(pleat_result_add_array(result, "positions", 3, (size_t[]){5, 14, 3}, &data), PLEAT_OK);
  data[1] = 2.5f;
  return result;
}

/* Writes in a fresh folder and hands out the text; the file is removed. */
static char *written(const pleat_result *result, const char *name) {
  char folder[] = "/tmp/pleat-test-XXXXXX", path[128], *bytes = NULL;
  size_t length;
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/%s", folder, name);
  CU_ASSERT_EQUAL(pleat_result_write(result, path), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_file_read(result->context, path, 0, &bytes, &length), PLEAT_OK);
  unlink(path);
  CU_ASSERT_EQUAL(rmdir(folder), 0); /* nothing else may be left */
  return bytes;
}

static void test_json_says_what_was_run(void) {
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_result *result = make_result(context, false);
  CU_ASSERT_EQUAL(pleat_result_warn(result, "a light \"chain\" alone"), PLEAT_OK);
  char *text = written(result, "x.json");
  json_t *json = json_loads(text, 0, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL(json);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, " 97.31,"));
  CU_ASSERT_DOUBLE_EQUAL(json_number_value(json_object_get(json, "mean_plddt")), 71.06, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(json_number_value(json_object_get(json_object_get(json, "chain_mean_plddt"), "L")), 50, 1e-9);
  CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(json, "options"), "idealise")), "off");
  CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(json_object_get(json, "chains"), 1), "sequence")), "DI");
  CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json_object_get(json, "warnings"), 0)), "a light \"chain\" alone");
  CU_ASSERT(json_is_true(json_object_get(json, "sane")));
  json_decref(json);
  pleat_memory_release(context, text);
  pleat_result_free(result);
  pleat_context_free(context);
}

static void test_json_and_plot_survive_nan(void) {
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_result *result = make_result(context, true);
  result->sane = false;
  char *text = written(result, "x.json"), *svg = written(result, "x.svg");
  json_t *json = json_loads(text, 0, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL(json);
  CU_ASSERT(json_is_null(json_array_get(json_object_get(json, "plddt"), 1)));
  CU_ASSERT(json_is_false(json_object_get(json, "sane")));
  CU_ASSERT_PTR_NULL(strstr(svg, "nan"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "a&lt;b"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "chain L"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "</svg>"));
  json_decref(json);
  pleat_memory_release(context, text);
  pleat_memory_release(context, svg);
  pleat_result_free(result);
  pleat_context_free(context);
}

static void test_arrays_come_back(void) {
  pleat_context *context;
  char path[] = "/tmp/pleat-test-XXXXXX.h5";
  float back[5 * 14 * 3] = {0};
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  close(mkstemps(path, 3));
  pleat_result *result = make_result(context, false);
  CU_ASSERT_EQUAL(pleat_result_write(result, path), PLEAT_OK);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  hid_t set = H5Dopen2(file, "out/positions", H5P_DEFAULT);
  CU_ASSERT(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, back) >= 0);
  CU_ASSERT_EQUAL(back[1], 2.5f);
  CU_ASSERT(H5Aexists(file, "weights_sha256") > 0);
  H5Dclose(set);
  H5Fclose(file);
  unlink(path);
  pleat_result_free(result);
  pleat_context_free(context);
}

static void test_refusals_have_sentences(void) {
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_result *result = make_result(context, false);
  CU_ASSERT_EQUAL(pleat_result_write(result, "x.bmp"), PLEAT_ERROR_UNSUPPORTED);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "x.bmp"));
  CU_ASSERT_EQUAL(pleat_result_write(result, "x.cif"), PLEAT_ERROR_UNSUPPORTED);
  CU_ASSERT_EQUAL(pleat_result_write(result, "/nonexistent/x.json"), PLEAT_ERROR_IO);
  CU_ASSERT_EQUAL(pleat_result_write(result, "/nonexistent/x.svg"), PLEAT_ERROR_IO);
  CU_ASSERT_EQUAL(pleat_result_write(result, "/nonexistent/x.h5"), PLEAT_ERROR_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "/nonexistent/x.h5"));
  pleat_result_free(result);
  pleat_context_free(context);
}

void suite_result_write(void) {
  CU_pSuite suite = CU_add_suite("result files", NULL, NULL);
  CU_add_test(suite, "JSON says what was run", test_json_says_what_was_run);
  CU_add_test(suite, "JSON and plot survive NaN", test_json_and_plot_survive_nan);
  CU_add_test(suite, "arrays come back from HDF5", test_arrays_come_back);
  CU_add_test(suite, "refusals have sentences", test_refusals_have_sentences);
}
