/* Weights in fewer bits: rounding, compressed files and their bits, what is refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folding/model.h"
#include "lib/precision.h"
#include "tests/random_alphafold.h"
#include "tests/random_weights.h"
#include "tests/suites.h"

enum { MODELS = 3 };
static const char *const names[MODELS] = {"flashabb", "proteinmpnn_v_48_020", "alphafold2_ptm_model_3"};
static char folder[] = "/tmp/pleat-precision-XXXXXX";
static pleat_context *context;

static const char *path_of(const char *name, const char *ending) {
  static char paths[2][256]; /* two calls in one expression */
  static int next;
  char *path = paths[next++ % 2];
  snprintf(path, sizeof paths[0], "%s/%s%s", folder, name, ending);
  return path;
}

static int make_folder(void) {
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context) || pleat_context_set_models_dir(context, folder)) return 1;
  pleat_context_set_threads(context, 2);
  pleat_status status = PLEAT_OK;
  for (int m = 0; m < MODELS && !status; m++)
    status = random_alphafold_is(names[m]) ? random_alphafold_write(context, folder, names[m])
                                           : random_weights_write(context, folder, pleat_models_find(names[m]), 0, RANDOM_DAMAGE_NONE);
  return status != PLEAT_OK;
}

static int remove_folder(void) {
  static const char *const endings[] = {".h5", ".bf16.h5", ".int8.h5"};
  for (int m = 0; m < MODELS; m++)
    for (int e = 0; e < 3; e++) unlink(path_of(names[m], endings[e]));
  pleat_context_free(context);
  return rmdir(folder);
}

/* ---- Rounding ---- */

static void test_bf16_rounds_to_nearest_even(void) {
  static const struct {
    uint32_t bits;
    uint16_t rounded;
  } cases[] = {{0x3f800000, 0x3f80}, {0x3f807fff, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82},
               {0xbf818000, 0xbf82}, {0x00000000, 0x0000}, {0x80000000, 0x8000}, {0x3fffffff, 0x4000}, {0x00008001, 0x0001}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    float x;
    memcpy(&x, &cases[i].bits, sizeof x);
    CU_ASSERT_EQUAL(pleat_bf16_round(x), cases[i].rounded);
    CU_ASSERT(fabsf(pleat_bf16_value(pleat_bf16_round(x)) - x) <= fabsf(x) / 256 + 1e-38f);
  }
}

static void test_rows_round_to_half_a_step(void) {
  float row[50];
  for (int i = 0; i < 50; i++) row[i] = sinf((float)i) * 0.3f;
  static const int most[] = {PLEAT_INT8_MOST, PLEAT_INT4_MOST};
  for (int m = 0; m < 2; m++) {
    float scale = pleat_row_scale(row, 50, most[m]);
    int greatest = 0;
    for (int i = 0; i < 50; i++) {
      int n = pleat_row_round(row[i], scale, most[m]);
      greatest = abs(n) > greatest ? abs(n) : greatest;
      CU_ASSERT(fabsf(scale * (float)n - row[i]) <= 0.501f * scale);
    }
    CU_ASSERT_EQUAL(greatest, most[m]);
  }
  float zeros[3] = {0};
  CU_ASSERT_EQUAL(pleat_row_round(zeros[0], pleat_row_scale(zeros, 3, 127), 127), 0);
}

/* ---- Models ---- */

static pleat_status predict(pleat_model *model, pleat_result **result) {
  pleat_query *query;
  PLEAT_TRY(pleat_query_create(context, "q", pleat_model_heeds(model, "msa") ? "MKTAYIAKQRQ" : "EVQLVESGG:DIQMTQSP", &query));
  pleat_status status = pleat_model_heeds(model, "msa") ? pleat_query_set_msa(query, NULL) : PLEAT_OK;
  if (!status) status = pleat_predict(model, (const pleat_query *const *)&query, 1, result);
  pleat_query_free(query);
  return status;
}

static pleat_status design(pleat_model *model, pleat_result **result) {
  const pleat_score_settings settings = {.samples = 1, .seed = 3, .use_sequence = 1};
  pleat_structure *structure;
  pleat_target *target = NULL;
  PLEAT_TRY(pleat_structure_read(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", &structure));
  pleat_status status = pleat_target_create(context, "t", structure, NULL, &target);
  if (!status) status = pleat_score(model, target, &settings, result);
  pleat_target_free(target);
  pleat_structure_free(structure);
  return status;
}

static pleat_result *run(int m, pleat_precision precision, int threads) {
  pleat_model *model = NULL;
  pleat_result *result = NULL;
  pleat_context_set_precision(context, precision);
  pleat_context_set_threads(context, threads);
  pleat_status status = pleat_model_open(context, names[m], &model);
  if (!status && m == 2) status = pleat_model_set_option(model, "num-recycle", "0");
  if (!status) status = m == 1 ? design(model, &result) : predict(model, &result);
  CU_ASSERT_EQUAL(status, PLEAT_OK);
  if (status) printf("%s\n", pleat_context_error(context));
  pleat_model_free(model);
  pleat_context_set_precision(context, PLEAT_PRECISION_FP32);
  return result;
}

static int different_arrays(const pleat_result *a, const pleat_result *b) {
  int different = 0;
  for (size_t i = 0; a && b && i < pleat_result_array_count(a); i++) {
    pleat_array x = pleat_result_array_at(a, i), y = pleat_result_array_at(b, i);
    size_t count = 1;
    for (int d = 0; d < x.rank; d++) count *= x.shape[d];
    different += memcmp(x.data, y.data, count * sizeof(float)) != 0;
  }
  return a && b ? different : -1;
}

static off_t file_size(const char *path) {
  struct stat about;
  return stat(path, &about) ? -1 : about.st_size;
}

static pleat_status compress(const char *name, pleat_precision precision, const char *path, pleat_compression *sizes) {
  pleat_context_set_precision(context, precision);
  pleat_status status = pleat_model_compress(context, name, path, sizes, NULL);
  pleat_context_set_precision(context, PLEAT_PRECISION_FP32);
  return status;
}

/* Rounded when opened, or read from a compressed file, on any number of threads: the same bits, which are not float32's. */
static void check_model(int m, pleat_precision precision) {
  pleat_compression sizes[PLEAT_COMPRESSIONS];
  pleat_result *full = run(m, PLEAT_PRECISION_FP32, 2), *rounded = run(m, precision, 2);
  CU_ASSERT(different_arrays(full, rounded) > 0);
  CU_ASSERT_EQUAL_FATAL(compress(names[m], precision, NULL, sizes), PLEAT_OK);
  const char *ending = precision == PLEAT_PRECISION_BF16 ? ".bf16.h5" : ".int8.h5";
  double whole = (double)file_size(path_of(names[m], ".h5")), small = (double)file_size(path_of(names[m], ending));
  if (m != 2) CU_ASSERT(small > 0 && small < (precision == PLEAT_PRECISION_BF16 ? 0.75 : 0.6) * whole); /* 2 is tiny */
  CU_ASSERT_EQUAL(pleat_model_verify(context, path_of(names[m], ending)), PLEAT_OK);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_result *read = run(m, precision, threads);
    CU_ASSERT_EQUAL(different_arrays(rounded, read), 0);
    pleat_result_free(read);
  }
  CU_ASSERT(sizes[0].error == 0 && sizes[1].error > 0 && sizes[2].error > sizes[1].error && sizes[3].error > sizes[2].error);
  CU_ASSERT(sizes[0].bytes > sizes[1].bytes && sizes[1].bytes > sizes[2].bytes && sizes[2].bytes > sizes[3].bytes);
  pleat_result_free(full);
  pleat_result_free(rounded);
}

static void test_compressed_files_give_the_same_bits(void) {
  for (int m = 0; m < MODELS; m++) {
    check_model(m, PLEAT_PRECISION_BF16);
    if (!pleat_models_find(names[m])->int8_harm) check_model(m, PLEAT_PRECISION_INT8);
  }
}

/* ---- What is refused ---- */

#define ASSERT_SENTENCE(part) CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), part))

static void test_other_precisions_are_refused(void) {
  pleat_compression sizes[PLEAT_COMPRESSIONS];
  pleat_model *model;
  CU_ASSERT_EQUAL_FATAL(compress(names[0], PLEAT_PRECISION_BF16, NULL, sizes), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_model_open_file(context, names[0], path_of(names[0], ".bf16.h5"), &model), PLEAT_ERROR_INPUT);
  ASSERT_SENTENCE("holds weights in bf16, but fp32 is asked for: give --precision bf16");
  CU_ASSERT_EQUAL(compress(path_of(names[0], ".bf16.h5"), PLEAT_PRECISION_BF16, path_of(names[0], ".int8.h5"), sizes), PLEAT_ERROR_INPUT);
  ASSERT_SENTENCE("is compressed already (bf16)");
  CU_ASSERT_EQUAL(compress(names[0], PLEAT_PRECISION_BF16, path_of(names[0], ".h5"), sizes), PLEAT_ERROR_INPUT);
  ASSERT_SENTENCE("would be replaced");
  CU_ASSERT_EQUAL(compress(names[2], PLEAT_PRECISION_INT8, NULL, sizes), PLEAT_ERROR_UNSUPPORTED);
  ASSERT_SENTENCE("does not run in int8: ");
  pleat_context_set_precision(context, PLEAT_PRECISION_INT8);
  CU_ASSERT_EQUAL(pleat_model_open(context, names[2], &model), PLEAT_ERROR_UNSUPPORTED);
  ASSERT_SENTENCE("bf16 takes half of the memory");
  pleat_context_set_precision(context, PLEAT_PRECISION_FP32);
}

/* Whole numbers whose scales are gone, or are not as many as there are rows. */
static void test_missing_scales_are_named(void) {
  static const pleat_weight_row rows[] = {{"w", 2, {2, 3}, 0, false}, {0}};
  static const float numbers[6] = {1, -2, 3, 0.5f, 0, -0.25f};
  const float *bound;
  pleat_weights *whole, *small, *damaged;
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "memory", &whole), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_add(whole, "w", &(pleat_tensor){(void *)(uintptr_t)numbers, PLEAT_DTYPE_F32, 2, {2, 3}}), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_bind(context, whole, rows, 0, &bound), PLEAT_OK);
  CU_ASSERT_PTR_EQUAL(bound, pleat_weights_find(whole, "w")->data);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_compress(whole, PLEAT_PRECISION_INT8, &small), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_bind(context, small, rows, 0, &bound), PLEAT_OK);
  for (int i = 0; i < 6; i++) CU_ASSERT(fabsf(bound[i] - numbers[i]) <= (i < 3 ? 3.0f : 0.5f) / 253);
  for (int wrong = 0; wrong < 2; wrong++) {
    pleat_weights_about about = pleat_weights_describe(small);
    CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "damaged", &damaged), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_weights_set_about(damaged, &about), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_weights_add(damaged, "w", pleat_weights_find(small, "w")), PLEAT_OK);
    if (wrong) CU_ASSERT_EQUAL(pleat_weights_add(damaged, "w#scale", &(pleat_tensor){(void *)(uintptr_t)numbers, PLEAT_DTYPE_F32, 1, {3}}), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_weights_bind(context, damaged, rows, 0, &bound), PLEAT_ERROR_FORMAT);
    ASSERT_SENTENCE("damaged: tensor 'w' has 8 bits but no scale for each row");
    pleat_weights_free(damaged);
  }
  pleat_weights_free(small);
  pleat_weights_free(whole);
}

static void test_damaged_compressed_files_are_found(void) {
  pleat_compression sizes[PLEAT_COMPRESSIONS];
  const char *path = path_of(names[1], ".int8.h5");
  CU_ASSERT_EQUAL_FATAL(compress(names[1], PLEAT_PRECISION_INT8, NULL, sizes), PLEAT_OK);
  FILE *file = fopen(path, "r+b");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fseek(file, -4096, SEEK_END);
  int byte = fgetc(file);
  fseek(file, -4096, SEEK_END);
  fputc(byte ^ 1, file);
  fclose(file);
  CU_ASSERT_EQUAL(pleat_model_verify(context, path), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("is damaged");
  unlink(path);
}

void suite_precision(void) {
  CU_pSuite suite = CU_add_suite("precision", make_folder, remove_folder);
  CU_add_test(suite, "bf16 rounds to nearest, ties to even", test_bf16_rounds_to_nearest_even);
  CU_add_test(suite, "rows round to half a step", test_rows_round_to_half_a_step);
  CU_add_test(suite, "compressed files give the same bits", test_compressed_files_give_the_same_bits);
  CU_add_test(suite, "other precisions are refused", test_other_precisions_are_refused);
  CU_add_test(suite, "missing scales are named", test_missing_scales_are_named);
  CU_add_test(suite, "damaged compressed files are found", test_damaged_compressed_files_are_found);
}
