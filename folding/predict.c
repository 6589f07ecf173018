/* Predicting and planning: sequences in passes, each run by the session, their results.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "folding/checkpoint.h"
#include "folding/session.h"
#include "folding/speed.h"
#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/precision.h"
#include "lib/ranks.h"

/* ---- Passes ---- */

void pleat_pass_store(pleat_run *run, const pleat_pass *pass, const char *name, const float *tensor, int64_t width) {
  if (pleat_run_idle(run)) return;
  for (int64_t i = 0; i < pass->count; i++) {
    int64_t rows = pass->start[i + 1] - pass->start[i];
    float *data = pleat_result_find(pass->results[i], name);
    assert(data);
    memcpy(data, tensor + pass->start[i] * width, (size_t)(rows * width) * sizeof *data);
  }
}

/* Lays sequences end to end; start has room for count + 1. */
static void lay_out(const pleat_model *model, const pleat_features *features, int64_t count, int64_t *start,
                    pleat_pass *pass) {
  *pass = (pleat_pass){.count = count, .features = features, .start = start};
  memcpy(pass->option, model->option, sizeof pass->option);
  start[0] = 0;
  for (int64_t i = 0; i < count; i++) start[i + 1] = start[i] + features[i].length;
  pass->rows = start[count];
}

/* A pass of sequences as the session's work. */
typedef struct pass_work {
  const pleat_model_def *def;
  pleat_pass pass;
} pass_work;

static void forward_pass(pleat_run *run, const void *weights, const void *work) {
  const pass_work *each = work;
  each->def->forward(run, weights, &each->pass);
}

static pleat_status measure_pass(pleat_model *model, const pleat_pass *pass, const pleat_speed *speed,
                                 pleat_session_need *need) {
  pass_work measured = {model->def, *pass};
  pleat_session_work work = {.name = pass->features[0].name, .forward = forward_pass, .measured = &measured};
  return pleat_session_measure(model, &work, speed, need);
}

/* How far the passes of one call are. */
typedef struct progress_span {
  double from, share;
} progress_span;

/* NULL unless the model keeps one and nobody listens to intermediates, which a run must make itself. The fingerprint lives as long as the result. */
static pleat_status start_checkpoint(const pleat_model *model, pleat_result *result, pleat_checkpoint **checkpoint) {
  enum { ROOM = 256 };
  const pleat_kernels *kernels;
  char *fingerprint;
  *checkpoint = NULL;
  if (!model->checkpoint || model->trace) return PLEAT_OK;
  size_t size = strlen(result->options) + ROOM;
  PLEAT_TRY(pleat_dispatch_choose(model->context, &kernels));
  PLEAT_TRY(pleat_pool_take(&result->pool, size, 1, &fingerprint));
  snprintf(fingerprint, size, "%.80s %.64s %s", result->model, result->sha256, result->options);
  const pleat_checkpoint_setting setting = {model->checkpoint, fingerprint, kernels->name, model->checkpoint_seconds};
  return pleat_checkpoint_start(model->context, &setting, result, checkpoint);
}

static pleat_status run_pass(pleat_model *model, const pleat_pass *pass, progress_span span,
                             pleat_result *const *results) {
  pass_work measured = {model->def, *pass}, real = measured;
  real.pass.results = results;
  pleat_session_work work = {pass->features[0].name, forward_pass, &measured, &real, span.from, span.share, NULL};
  PLEAT_TRY(start_checkpoint(model, results[0], &work.checkpoint));
  pleat_status status = pleat_session_run(model, &work);
  pleat_checkpoint_end(work.checkpoint);
  return status;
}

/* How many of the sequences from `features` on make the next pass: as many as fit in the model's row count, and in the
 * memory limit, but at least one. */
static pleat_status next_pass(pleat_model *model, const pleat_features *features, int64_t left, int64_t *start,
                              pleat_pass *pass) {
  int64_t count = 1, rows = features[0].length;
  if (left > PLEAT_PASS_MAX_SEQUENCES) left = PLEAT_PASS_MAX_SEQUENCES;
  while (count < left && rows + features[count].length <= model->def->pass_rows) rows += features[count++].length;
  for (;; count = (count + 1) / 2) {
    pleat_session_need need;
    lay_out(model, features, count, start, pass);
    if (count == 1 || !model->context->memory_limit) return PLEAT_OK;
    PLEAT_TRY(measure_pass(model, pass, NULL, &need));
    if (pleat_session_fits(model, &need)) return PLEAT_OK;
  }
}

/* ---- Predicting ---- */

static pleat_status describe_chains(const pleat_features *features, pleat_result *result) {
  const char **ids, **sequences;
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)features->chains, sizeof *ids, &ids));
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)features->chains, sizeof *sequences, &sequences));
  for (int c = 0; c < features->chains; c++) {
    PLEAT_TRY(pleat_result_copy_text(result, features->chain_id[c], &ids[c]));
    PLEAT_TRY(pleat_result_copy_text(result, features->sequence[c], &sequences[c]));
  }
  result->chains = features->chains;
  result->chain_ids = ids;
  result->sequences = sequences;
  return PLEAT_OK;
}

static pleat_status make_result(const pleat_model *model, const pleat_features *features, pleat_result **out) {
  PLEAT_TRY(pleat_session_make_result(model, features->name, model->def->outputs,
                                      (pleat_session_shape){features->length, 0}, out));
  return describe_chains(features, *out);
}

static pleat_status check_predicts(const pleat_model *model) {
  PLEAT_CHECK(model->context, model->def->forward, PLEAT_ERROR_UNSUPPORTED,
              "model %s works on a structure, not on sequences; use it with design, score or pack", model->def->name);
  return PLEAT_OK;
}

static pleat_status make_features(pleat_model *model, const pleat_query *const *queries, size_t count, pleat_pool *pool,
                                  pleat_features **features) {
  PLEAT_TRY(check_predicts(model));
  PLEAT_TRY(pleat_pool_take(pool, count, sizeof **features, features));
  for (size_t i = 0; i < count; i++) PLEAT_TRY(model->def->features(model->context, queries[i], pool, &(*features)[i]));
  return PLEAT_OK;
}

static pleat_status predict_all(pleat_model *model, const pleat_features *features, size_t count, pleat_pool *pool,
                                pleat_result **results) {
  int64_t *start, total = 0, done = 0;
  PLEAT_TRY(pleat_pool_take(pool, count + 1, sizeof *start, &start));
  for (size_t i = 0; i < count; i++) {
    total += features[i].length;
    PLEAT_TRY(make_result(model, &features[i], &results[i]));
  }
  for (size_t i = 0; i < count;) {
    pleat_pass pass;
    PLEAT_TRY(next_pass(model, features + i, (int64_t)(count - i), start, &pass));
    progress_span span = {(double)done / (double)total, (double)pass.rows / (double)total};
    PLEAT_TRY(run_pass(model, &pass, span, results + i));
    for (int64_t k = 0; k < pass.count; k++)
      PLEAT_TRY(model->def->finish(&pass.features[k], model->option, results[i + (size_t)k]));
    done += pass.rows;
    i += (size_t)pass.count;
  }
  return PLEAT_OK;
}

pleat_status pleat_predict(pleat_model *model, const pleat_query *const *queries, size_t count,
                           pleat_result **results) {
  pleat_pool pool;
  pleat_features *features;
  pleat_pool_init(&pool, model->context, 0);
  for (size_t i = 0; i < count; i++) results[i] = NULL;
  PLEAT_CHECK(model->context, !model->checkpoint || count == 1, PLEAT_ERROR_INPUT,
              "a prediction with a checkpoint takes one query, not %zu", count);
  pleat_status status = pleat_ranks_agree(model->context, make_features(model, queries, count, &pool, &features));
  if (!status) status = predict_all(model, features, count, &pool, results);
  for (size_t i = 0; status && i < count; i++) {
    pleat_result_free(results[i]);
    results[i] = NULL;
  }
  pleat_pool_free(&pool);
  return status;
}

pleat_status pleat_model_check_query(pleat_model *model, const pleat_query *query) {
  pleat_pool pool;
  pleat_features features;
  PLEAT_TRY(check_predicts(model));
  pleat_pool_init(&pool, model->context, 0);
  pleat_status status = model->def->features(model->context, query, &pool, &features);
  pleat_pool_free(&pool);
  return status;
}

/* ---- Planning ---- */

static size_t weight_bytes(const pleat_model *model) {
  size_t bytes = 0, each; /* as mapped, and packed for the kernels */
  for (int f = 0; f < PLEAT_MODEL_MAX_FILES && model->files[f]; f++)
    for (size_t i = 0; i < pleat_weights_count(model->files[f]); i++) {
      const pleat_tensor *tensor = pleat_weights_tensor(model->files[f], i);
      if (pleat_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape, &each))
        bytes += each + pleat_tensor_count(tensor) * pleat_precision_bytes(model->precision);
    }
  return bytes;
}

static pleat_status plan_all(pleat_model *model, const pleat_features *features, size_t count, pleat_pool *pool,
                             pleat_plan *plan) {
  int64_t *start;
  if (model->speed.start <= 0) PLEAT_TRY(pleat_speed_measure(model->context, &model->speed));
  PLEAT_TRY(pleat_pool_take(pool, count + 1, sizeof *start, &start));
  for (size_t i = 0; i < count;) {
    pleat_pass pass;
    pleat_session_need need;
    PLEAT_TRY(next_pass(model, features + i, (int64_t)(count - i), start, &pass));
    PLEAT_TRY(measure_pass(model, &pass, &model->speed, &need));
    if (need.bytes > plan->activation_bytes) plan->activation_bytes = need.bytes;
    plan->flops += need.flops;
    plan->seconds += need.seconds;
    plan->result_bytes += need.kept;
    for (int64_t k = 0; k < pass.count; k++)
      plan->result_bytes += pleat_session_result_bytes(model->def->outputs, (pleat_session_shape){pass.features[k].length, 0});
    i += (size_t)pass.count;
  }
  return PLEAT_OK;
}

pleat_status pleat_plan_predict(pleat_model *model, const pleat_query *const *queries, size_t count, pleat_plan *plan) {
  pleat_pool pool;
  pleat_features *features;
  *plan = (pleat_plan){.weight_bytes = weight_bytes(model), .process_bytes = pleat_process_bytes()};
  pleat_pool_init(&pool, model->context, 0);
  clock_t start = clock();
  pleat_status status = make_features(model, queries, count, &pool, &features);
  plan->seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  if (!status) status = plan_all(model, features, count, &pool, plan);
  pleat_pool_free(&pool);
  return status;
}
