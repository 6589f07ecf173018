/* Tests of checkpoints: runs stopped at every point end with the bits of a run left alone; files that do not fit are not
 * used; and whole predictions of AlphaFold 2, stopped between blocks and passes.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/checkpoint.h"
#include "lib/context.h"
#include "tests/alphafold_golden.h"
#include "tests/suites.h"

enum { STEPS = 9, NUMBERS = 1000 };

/* A run whose every step depends on all before, with an array kept each third step. */
typedef struct long_run {
  pleat_context *context;
  pleat_result *result;
  char path[64];
  const char *fingerprint;
  float input, x[NUMBERS];
  int worked;            /* steps not skipped */
  int reports, stop_at;  /* of the progress callback; 0: never */
  char warning[512];
} long_run;

static int count_report(void *user, double fraction, const char *stage) {
  long_run *r = user;
  (void)fraction, (void)stage;
  return ++r->reports == r->stop_at;
}

static void keep_warning(void *user, pleat_log_level level, const char *message) {
  long_run *r = user;
  if (level == PLEAT_LOG_WARNING) snprintf(r->warning, sizeof r->warning, "%s", message);
}

static long_run *make_run(void) {
  long_run *r = calloc(1, sizeof *r);
  CU_ASSERT_PTR_NOT_NULL_FATAL(r);
  snprintf(r->path, sizeof r->path, "/tmp/pleat-checkpoint-%ld", (long)getpid());
  unlink(r->path);
  r->fingerprint = "model settings";
  r->input = 1;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &r->context), PLEAT_OK);
  pleat_context_set_progress(r->context, count_report, r);
  pleat_context_set_log(r->context, keep_warning, r, PLEAT_LOG_WARNING);
  return r;
}

static void free_run(long_run *r) {
  unlink(r->path);
  pleat_result_free(r->result);
  pleat_context_free(r->context);
  free(r);
}

static void work_step(long_run *r, int step) {
  const size_t shape[] = {2};
  float *kept;
  r->worked++;
  for (int i = 0; i < NUMBERS; i++) r->x[i] = r->x[i] * 1.1f + r->input * (float)step + (i ? r->x[i - 1] * 0.5f : 0);
  if (step % 3) return;
  CU_ASSERT_EQUAL_FATAL(pleat_result_add_array(r->result, "kept/x", 1, shape, &kept), PLEAT_OK);
  memcpy(kept, r->x, 2 * sizeof *kept);
}

static pleat_status run_steps(long_run *r, pleat_checkpoint *checkpoint) {
  pleat_arena arena;
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(r->context, 64, &arena), PLEAT_OK);
  pleat_run run = {.context = r->context, .arena = &arena, .threads = 1, .checkpoint = checkpoint};
  const pleat_checkpoint_part input = {"input", &r->input, sizeof r->input, 0};
  pleat_checkpoint_describe(&run, &input, 1);
  for (int step = 1; step <= STEPS && !run.status; step++) {
    if (!pleat_checkpoint_skips(&run, step)) work_step(r, step);
    const pleat_checkpoint_point point = {step, (double)step / STEPS, "working", 1, {{"x", r->x, sizeof r->x, 0}}};
    pleat_checkpoint_reach(&run, &point);
  }
  pleat_arena_free(r->context, &arena);
  return run.status;
}

static pleat_status go(long_run *r, double seconds, int stop_at) {
  const pleat_checkpoint_setting setting = {r->path, r->fingerprint, "plain", seconds};
  pleat_checkpoint *checkpoint;
  pleat_result_free(r->result);
  CU_ASSERT_EQUAL_FATAL(pleat_result_create(r->context, "run", &r->result), PLEAT_OK);
  memset(r->x, 0, sizeof r->x);
  r->worked = r->reports = 0;
  r->stop_at = stop_at;
  r->warning[0] = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_checkpoint_start(r->context, &setting, r->result, &checkpoint), PLEAT_OK);
  pleat_status status = run_steps(r, checkpoint);
  pleat_checkpoint_end(checkpoint);
  return status;
}

static bool same(const long_run *a, const long_run *b) {
  bool good = !memcmp(a->x, b->x, sizeof a->x) && a->result->array_count == b->result->array_count;
  for (size_t i = 0; good && i < a->result->array_count; i++)
    good = !memcmp(a->result->arrays[i].data, b->result->arrays[i].data, 2 * sizeof(float));
  return good;
}

static void test_stops_anywhere(void) {
  long_run *alone = make_run(), *r = make_run();
  CU_ASSERT_EQUAL(go(alone, 1e9, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(access(alone->path, F_OK), -1);
  for (int stop = 1; stop < STEPS; stop++) {
    unlink(r->path);
    CU_ASSERT_EQUAL(go(r, 1e9, stop), PLEAT_ERROR_CANCELLED);
    CU_ASSERT(!same(r, alone));
    CU_ASSERT_EQUAL(go(r, 1e9, 0), PLEAT_OK);
    CU_ASSERT_EQUAL(r->worked, STEPS - stop);
    CU_ASSERT(same(r, alone));
  }
  unlink(r->path); /* killed after a timed write: the file is that of the point before */
  CU_ASSERT_EQUAL(go(r, 0, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(go(r, 0, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(r->worked, 0);
  CU_ASSERT(same(r, alone));
  free_run(r);
  free_run(alone);
}

static void damage(const char *path, long at, int change) {
  FILE *file = fopen(path, "r+b");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  CU_ASSERT_EQUAL(fseek(file, at, SEEK_SET), 0);
  int c = fgetc(file);
  CU_ASSERT_EQUAL(fseek(file, at, SEEK_SET), 0);
  CU_ASSERT(fputc(c ^ change, file) != EOF);
  fclose(file);
}

static void expect_anew(long_run *r, const char *why) {
  CU_ASSERT_EQUAL(go(r, 1e9, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(r->worked, STEPS);
  CU_ASSERT_PTR_NOT_NULL(strstr(r->warning, why));
}

static void test_files_that_do_not_fit(void) {
  long_run *r = make_run();
  CU_ASSERT_EQUAL(go(r, 1e9, 5), PLEAT_ERROR_CANCELLED);
  r->fingerprint = "other settings";
  expect_anew(r, "another model or other settings");
  r->fingerprint = "model settings";
  r->input = 2;
  expect_anew(r, "another input");
  r->input = 1;
  damage(r->path, 3000, 1);
  expect_anew(r, "no whole checkpoint");
  damage(r->path, 3000, 1);
  CU_ASSERT_EQUAL(truncate(r->path, 2000), 0);
  expect_anew(r, "no whole checkpoint");
  CU_ASSERT_EQUAL(truncate(r->path, 0), 0);
  expect_anew(r, "no whole checkpoint");
  free_run(r);
}

static void test_file_that_cannot_be_written(void) {
  long_run *r = make_run();
  snprintf(r->path, sizeof r->path, "/tmp/pleat-no-such-folder/x");
  CU_ASSERT_EQUAL(go(r, 0, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(r->worked, STEPS);
  CU_ASSERT_PTR_NOT_NULL(strstr(r->warning, "cannot be written"));
  free_run(r);
}

/* ---- AlphaFold 2 ---- */

typedef struct fold {
  char parameters[1200], features[1200], path[64];
  int reports, stop_at;
  double first; /* the least share of the work that was reported, but for none at all */
} fold;

static int stop_fold(void *user, double fraction, const char *stage) {
  fold *f = user;
  (void)stage;
  if (fraction > 0 && fraction < f->first) f->first = fraction;
  return ++f->reports == f->stop_at;
}

static pleat_status predict_in(pleat_context *context, const fold *f, const char *name, pleat_result **result) {
  pleat_model *model = NULL;
  pleat_query *query = NULL;
  pleat_status status = pleat_model_open_file(context, name, f->parameters, &model);
  if (!status) status = pleat_model_set_option(model, "save-all", "on");
  if (!status) status = pleat_model_set_checkpoint(model, f->path, 1e9);
  if (!status) status = pleat_query_read_features(context, "query", f->features, &query);
  if (!status) status = pleat_predict(model, (const pleat_query *const *)&query, 1, result);
  pleat_query_free(query);
  pleat_model_free(model);
  return status;
}

/* All arrays of a prediction, end to end; the caller frees them. */
static char *predict(fold *f, const char *name, int threads, int stop_at, pleat_status *status, size_t *bytes) {
  pleat_context *context;
  pleat_result *result = NULL;
  char *all = NULL;
  f->reports = 0;
  f->stop_at = stop_at;
  f->first = 1;
  *bytes = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_context_set_threads(context, threads);
  pleat_context_set_progress(context, stop_fold, f);
  *status = predict_in(context, f, name, &result);
  for (size_t i = 0; result && i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    size_t size = sizeof(float);
    for (int d = 0; d < array.rank; d++) size *= array.shape[d];
    all = realloc(all, *bytes + size);
    memcpy(all + *bytes, array.data, size);
    *bytes += size;
  }
  pleat_result_free(result);
  pleat_context_free(context);
  return all;
}

static void stop_and_go(const char *name, const char *parameters, const char *features) {
  char folder[1100];
  pleat_status status;
  size_t bytes, again;
  fold f;
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  snprintf(f.parameters, sizeof f.parameters, "%s/%s", folder, parameters);
  snprintf(f.features, sizeof f.features, "%s/%s", folder, features);
  snprintf(f.path, sizeof f.path, "/tmp/pleat-checkpoint-%ld", (long)getpid());
  unlink(f.path);
  char *alone = predict(&f, name, 2, 0, &status, &bytes);
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  int points = f.reports;
  double first = f.first;
  for (int stop = 2; stop < points; stop += points / 3) {
    CU_ASSERT_PTR_NULL(predict(&f, name, 1, stop, &status, &again));
    CU_ASSERT_EQUAL(status, PLEAT_ERROR_CANCELLED);
    char *resumed = predict(&f, name, 3, 0, &status, &again);
    CU_ASSERT_EQUAL(status, PLEAT_OK);
    CU_ASSERT(stop == 2 || f.first > first); /* how often a run reports depends on the clock as well */
    CU_ASSERT(again == bytes && !memcmp(resumed, alone, bytes));
    free(resumed);
    unlink(f.path);
  }
  free(alone);
}

static void test_alphafold(void) {
  stop_and_go("alphafold2_ptm_model_1", "params_monomer_ptm.npz", "mono_tmpl.h5");
  stop_and_go("alphafold2_multimer_v3_model_1", "params_multimer_v3.npz", "multi_a2b.h5");
}

void suite_checkpoint(void) {
  CU_pSuite suite = CU_add_suite("checkpoint", NULL, NULL);
  CU_add_test(suite, "a run stopped at any point ends with the same bits", test_stops_anywhere);
  CU_add_test(suite, "files of other runs and damaged ones are said and not used", test_files_that_do_not_fit);
  CU_add_test(suite, "a file that cannot be written does not end the run", test_file_that_cannot_be_written);
  CU_add_test(suite, "AlphaFold 2 goes on between blocks and passes", test_alphafold);
}
