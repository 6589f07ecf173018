/* Walks the table of models with random weights: every model loads, needs what it measured, gives the same bits for any
 * threads and batch, and names a tensor that is missing, misshapen or not finite.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/model.h"
#include "tests/random_weights.h"
#include "tests/suites.h"

static char folder[] = "/tmp/pleat-models-XXXXXX";

/* Model file `file` of a model in the test's folder. */
static pleat_status write_file(pleat_context *context, const pleat_model_def *def, int file, random_damage hurt) {
  return random_weights_write(context, folder, def, file, hurt);
}

/* Calls `each` for every file that a model of the table owns. */
static pleat_status for_each_file(pleat_context *context,
                                  pleat_status (*each)(pleat_context *, const pleat_model_def *, int file, random_damage)) {
  for (size_t i = 0; pleat_models[i]; i++)
    for (int file = pleat_models[i]->borrowed; !pleat_models[i]->load && file < PLEAT_MODEL_MAX_FILES && pleat_models[i]->files[file]; file++)
      PLEAT_TRY(each(context, pleat_models[i], file, RANDOM_DAMAGE_NONE));
  return PLEAT_OK;
}

static int make_folder(void) {
  pleat_context *context;
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  pleat_status status = for_each_file(context, write_file);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  pleat_context_free(context);
  return status != PLEAT_OK;
}

static pleat_status remove_file(pleat_context *context, const pleat_model_def *def, int file, random_damage hurt) {
  char path[256];
  (void)context, (void)hurt;
  snprintf(path, sizeof path, "%s/%s.h5", folder, def->files[file]);
  unlink(path);
  return PLEAT_OK;
}

static int remove_folder(void) { return for_each_file(NULL, remove_file) || rmdir(folder); }

static const char *const sequences[] = {"EVQLVESGGGLVQ:DIQMTQSPSSLSA", "QVQLX:SYVLTQPPSVSVAP", "EVQ"};
enum { QUERIES = 3 };

static void open_context(pleat_context **context, pleat_query **queries) {
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_context_set_models_dir(*context, folder), PLEAT_OK);
  for (int i = 0; i < QUERIES; i++)
    CU_ASSERT_EQUAL_FATAL(pleat_query_create(*context, "query", sequences[i], &queries[i]), PLEAT_OK);
}

static void close_context(pleat_context *context, pleat_query **queries) {
  for (int i = 0; i < QUERIES; i++) pleat_query_free(queries[i]);
  pleat_context_free(context);
}

/* How many arrays of two results differ in any bit. */
static int different_arrays(const pleat_result *a, const pleat_result *b) {
  int different = 0;
  for (size_t i = 0; i < pleat_result_array_count(a); i++) {
    pleat_array x = pleat_result_array_at(a, i), y = pleat_result_array_at(b, i);
    size_t count = 1;
    for (int d = 0; d < x.rank; d++) count *= x.shape[d];
    different += memcmp(x.data, y.data, count * sizeof(float)) != 0;
  }
  return different;
}

static void check_same_bits(pleat_context *context, pleat_model *model, pleat_query **queries) {
  pleat_result *batch[QUERIES], *alone;
  pleat_context_set_threads(context, 1);
  CU_ASSERT_EQUAL_FATAL(pleat_predict(model, (const pleat_query *const *)queries, QUERIES, batch), PLEAT_OK);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(context, threads);
    for (int i = 0; i < QUERIES; i++) {
      CU_ASSERT_EQUAL_FATAL(pleat_predict(model, (const pleat_query *const *)&queries[i], 1, &alone), PLEAT_OK);
      CU_ASSERT_EQUAL(different_arrays(batch[i], alone), 0);
      pleat_result_free(alone);
    }
  }
  CU_ASSERT_EQUAL_FATAL(pleat_predict(model, (const pleat_query *const *)queries, 1, &alone), PLEAT_OK);
  *(float *)(uintptr_t)alone->arrays[0].data += 1; /* the comparison must see one changed number */
  CU_ASSERT_EQUAL(different_arrays(batch[0], alone), 1);
  pleat_result_free(alone);
  for (int i = 0; i < QUERIES; i++) pleat_result_free(batch[i]);
}

static void test_same_bits_for_threads_and_batches(void) {
  pleat_context *context;
  pleat_query *queries[QUERIES];
  open_context(&context, queries);
  for (size_t i = 0; pleat_models[i]; i++) {
    pleat_model *model;
    if (pleat_models[i]->load) continue; /* sizes are told by the file: tests/test_alphafold.c */
    if (!pleat_models[i]->forward) continue; /* works on structures: tests/test_design.c */
    CU_ASSERT_EQUAL_FATAL(pleat_model_open(context, pleat_models[i]->name, &model), PLEAT_OK);
    check_same_bits(context, model, queries);
    pleat_model_free(model);
  }
  close_context(context, queries);
}

static void test_outputs_are_finite(void) {
  pleat_context *context;
  pleat_query *queries[QUERIES];
  open_context(&context, queries);
  for (size_t m = 0; pleat_models[m]; m++) {
    pleat_model *model;
    pleat_result *result;
    if (!pleat_models[m]->forward || pleat_models[m]->load) continue;
    CU_ASSERT_EQUAL_FATAL(pleat_model_open(context, pleat_models[m]->name, &model), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_predict(model, (const pleat_query *const *)queries, 1, &result), PLEAT_OK);
    for (size_t i = 0; i < pleat_result_array_count(result); i++) {
      pleat_array array = pleat_result_array_at(result, i);
      size_t count = 1;
      double sum = 0;
      for (int d = 0; d < array.rank; d++) count *= array.shape[d];
      for (size_t k = 0; k < count; k++) sum += fabs((double)array.data[k]);
      CU_ASSERT(isfinite(sum) && sum > 0);
    }
    pleat_result_free(result);
    pleat_model_free(model);
  }
  close_context(context, queries);
}

static void test_memory_limit_is_said_before_the_run(void) {
  pleat_context *context;
  pleat_query *queries[QUERIES];
  pleat_model *model;
  pleat_plan plan;
  pleat_result *results[QUERIES];
  open_context(&context, queries);
  CU_ASSERT_EQUAL_FATAL(pleat_model_open(context, pleat_models[0]->name, &model), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_plan_predict(model, (const pleat_query *const *)queries, 1, &plan), PLEAT_OK);
  CU_ASSERT(plan.flops > 1e6);
  pleat_context_set_memory_limit(context, plan.activation_bytes);
  CU_ASSERT_EQUAL_FATAL(pleat_predict(model, (const pleat_query *const *)queries, QUERIES, results), PLEAT_OK);
  for (int i = 0; i < QUERIES; i++) pleat_result_free(results[i]);
  pleat_context_set_memory_limit(context, plan.activation_bytes - 1);
  CU_ASSERT_EQUAL(pleat_predict(model, (const pleat_query *const *)queries, 1, results), PLEAT_ERROR_LIMIT);
  CU_ASSERT_PTR_NULL(results[0]);
  pleat_model_free(model);
  close_context(context, queries);
}

static void test_damaged_weights_are_named(void) {
  pleat_context *context;
  pleat_query *queries[QUERIES];
  open_context(&context, queries);
  for (size_t i = 0; pleat_models[i]; i++) {
    const pleat_model_def *def = pleat_models[i];
    int file = def->borrowed;
    if (def->load) continue;
    for (random_damage hurt = RANDOM_DAMAGE_MISSING; hurt <= RANDOM_DAMAGE_NAN; hurt++) {
      pleat_model *model;
      CU_ASSERT_EQUAL_FATAL(write_file(context, def, file, hurt), PLEAT_OK);
      CU_ASSERT_EQUAL(pleat_model_open(context, def->name, &model), PLEAT_ERROR_SHAPE);
      CU_ASSERT_PTR_NULL(model);
      CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "weight"));
    }
    CU_ASSERT_EQUAL_FATAL(write_file(context, def, file, RANDOM_DAMAGE_NONE), PLEAT_OK);
  }
  close_context(context, queries);
}

static void test_bad_queries_have_their_sentence(void) {
  static const struct {
    const char *sequence, *sentence;
  } bad[] = {{"EVQ:DIQ:MTQ", "3 chains"}, {"EVB:DIQ", "'B' at position 3"}, {":", "empty"}};
  pleat_context *context;
  pleat_query *queries[QUERIES];
  pleat_model *model;
  open_context(&context, queries);
  CU_ASSERT_EQUAL_FATAL(pleat_model_open(context, pleat_models[0]->name, &model), PLEAT_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    pleat_query *query;
    pleat_status status = pleat_query_create(context, "bad", bad[i].sequence, &query);
    if (!status) status = pleat_model_check_query(model, query);
    CU_ASSERT_EQUAL(status, PLEAT_ERROR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), bad[i].sentence));
    pleat_query_free(query);
  }
  pleat_model_free(model);
  close_context(context, queries);
}

static int stop_at_once(void *user, double fraction, const char *stage) {
  (void)user;
  (void)stage;
  return fraction > 0.3;
}

static void test_cancelled_run_leaves_nothing(void) {
  pleat_context *context;
  pleat_query *queries[QUERIES];
  pleat_model *model;
  pleat_result *results[QUERIES];
  open_context(&context, queries);
  CU_ASSERT_EQUAL_FATAL(pleat_model_open(context, pleat_models[0]->name, &model), PLEAT_OK);
  pleat_context_set_progress(context, stop_at_once, NULL);
  CU_ASSERT_EQUAL(pleat_predict(model, (const pleat_query *const *)queries, QUERIES, results), PLEAT_ERROR_CANCELLED);
  for (int i = 0; i < QUERIES; i++) CU_ASSERT_PTR_NULL(results[i]);
  pleat_model_free(model);
  close_context(context, queries);
}

void suite_models(void) {
  CU_pSuite suite = CU_add_suite("models", make_folder, remove_folder);
  CU_add_test(suite, "same bits for threads and batches", test_same_bits_for_threads_and_batches);
  CU_add_test(suite, "outputs are finite", test_outputs_are_finite);
  CU_add_test(suite, "memory limit is said before the run", test_memory_limit_is_said_before_the_run);
  CU_add_test(suite, "damaged weights are named", test_damaged_weights_are_named);
  CU_add_test(suite, "bad queries have their sentence", test_bad_queries_have_their_sentence);
  CU_add_test(suite, "cancelled run leaves nothing", test_cancelled_run_leaves_nothing);
}
