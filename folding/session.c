/* One run of forward code: measured without memory, held against the limit, run; and the empty result for it.
 * SPDX-License-Identifier: MIT */
#include "folding/session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "data/catalog.h"
#include "folding/checkpoint.h"
#include "lib/dispatch.h"
#include "lib/precision.h"
#include "lib/ranks.h"
#include "lib/trace.h"

static void hand_to_callback(void *user, const char *name, const float *data, int rank, const int64_t *shape) {
  const pleat_model *model = user;
  pleat_array array = {.name = name, .data = data, .rank = rank};
  for (int d = 0; d < rank; d++) array.shape[d] = (size_t)shape[d];
  model->trace(model->trace_user, &array);
}

/* Several ranks make one prediction only of models that know how, and of what each of them sees all. */
static pleat_status check_ranks(const pleat_model *model) {
  int count = model->context->ranks.count;
  PLEAT_CHECK(model->context, count <= 1 || pleat_model_heeds(model, "ranks"), PLEAT_ERROR_UNSUPPORTED,
              "model %s works in one process, not over %d ranks", model->def->name, count);
  PLEAT_CHECK(model->context, count <= 1 || !model->trace, PLEAT_ERROR_UNSUPPORTED,
              "intermediates are recorded in one process, not over %d ranks", count);
  return PLEAT_OK;
}

static pleat_status start_run(pleat_model *model, struct pleat_trace *trace, pleat_run *run) {
  PLEAT_TRY(check_ranks(model));
  *trace = (struct pleat_trace){.fn = hand_to_callback, .user = model};
  *run = (pleat_run){.context = model->context,
                     .threads = pleat_context_threads(model->context),
                     .ranks = model->context->ranks.count > 1 ? &model->context->ranks : NULL,
                     .trace = model->trace ? trace : NULL};
  return pleat_dispatch_choose(model->context, &run->kernels);
}

static pleat_status ensure_arena(pleat_model *model, size_t bytes) {
  if (model->arena.size >= bytes && model->arena.block) return PLEAT_OK;
  pleat_arena_free(model->context, &model->arena);
  return pleat_arena_create(model->context, bytes, &model->arena);
}

static pleat_status measure_chunks(pleat_model *model, const pleat_session_work *work, pleat_run *run, size_t *peak) {
  pleat_arena arena;
  pleat_arena_init_measuring(&arena);
  run->arena = &arena;
  run->flops = run->bytes = run->seconds = 0;
  run->kept = 0;
  work->forward(run, model->weights, work->measured);
  assert(arena.used == 0);
  run->arena = NULL;
  *peak = arena.peak;
  return run->status;
}

bool pleat_session_fits(const pleat_model *model, const pleat_session_need *need) {
  return !model->context->memory_limit || need->bytes + need->kept <= model->context->memory_limit;
}

pleat_status pleat_session_measure(pleat_model *model, const pleat_session_work *work, const pleat_speed *speed,
                                   pleat_session_need *need) {
  struct pleat_trace trace;
  pleat_run run;
  PLEAT_TRY(start_run(model, &trace, &run));
  run.speed = speed;
  do {
    size_t peak;
    PLEAT_TRY(measure_chunks(model, work, &run, &peak));
    *need = (pleat_session_need){peak, run.kept, run.flops, run.seconds, run.chunk_rows};
  } while (!pleat_session_fits(model, need) && pleat_run_halve_chunks(&run));
  return PLEAT_OK;
}

/* NULL until a plan has measured it. */
static const pleat_speed *known_speed(const pleat_model *model) { return model->speed.start > 0 ? &model->speed : NULL; }

/* Measures, holds the need against the limit, has the arena. */
static pleat_status prepare(pleat_model *model, const pleat_session_work *work, pleat_session_need *need) {
  PLEAT_TRY(pleat_session_measure(model, work, known_speed(model), need));
  PLEAT_CHECK(model->context, pleat_session_fits(model, need), PLEAT_ERROR_LIMIT,
              "%s: needs at least %.1f MB of working memory, over the limit of %.1f MB", work->name,
              (double)(need->bytes + need->kept) / 1e6, (double)model->context->memory_limit / 1e6);
  return ensure_arena(model, need->bytes);
}

/* Ranks work in step: on the smallest chunk that any of them asks for, which needs no more memory than its own. */
static pleat_status agree_on_chunks(pleat_context *context, int64_t *chunk_rows) {
  int64_t least = *chunk_rows > 0 ? -*chunk_rows : INT64_MIN / 2;
  if (context->ranks.count <= 1) return PLEAT_OK;
  PLEAT_TRY(pleat_ranks_greatest(context, &least));
  *chunk_rows = least > INT64_MIN / 2 ? -least : 0;
  return PLEAT_OK;
}

/* A short run leaves its memory to the next; a long one gives it back, so that writing its results adds nothing to the peak. */
static void leave_arena(pleat_model *model) {
  model->arena.used = 0;
  if (pleat_model_heeds(model, "checkpoint")) pleat_arena_free(model->context, &model->arena);
}

pleat_status pleat_session_run(pleat_model *model, const pleat_session_work *work) {
  struct pleat_trace trace;
  pleat_session_need need;
  pleat_run run;
  PLEAT_TRY(pleat_ranks_agree(model->context, prepare(model, work, &need)));
  PLEAT_TRY(agree_on_chunks(model->context, &need.chunk_rows));
  PLEAT_TRY(start_run(model, &trace, &run));
  run.arena = &model->arena;
  run.chunk_rows = need.chunk_rows;
  run.progress_from = work->progress_from;
  run.progress_share = work->progress_share;
  run.speed = known_speed(model);
  run.work = run.speed ? need.seconds : need.flops;
  run.fraction = work->progress_from;
  run.stage = "start";
  run.checkpoint = work->checkpoint;
  if (pleat_checkpoint_goal(&run) > 0) run.work = 0; /* whole passes are skipped, with what they cost */
  work->forward(&run, model->weights, work->real);
  assert(model->arena.used == 0 || run.status);
  leave_arena(model);
  if (run.status && run.status != PLEAT_ERROR_CANCELLED) pleat_ranks_abandon(model->context);
  if (run.moves > 0)
    pleat_log(model->context, PLEAT_LOG_DEBUG, "%s: rank %d of %d: %.0f exchanges of %.1f MB, %.2f s in them", work->name,
              run.ranks->rank, run.ranks->count, run.moves, run.moved / 1e6, run.moving);
  return run.status;
}

/* ---- Results ---- */

static pleat_status describe_model(const pleat_model *model, pleat_result *result) {
  char options[512] = "";
  for (size_t i = 0; i < pleat_model_option_count(model); i++) {
    size_t used = strlen(options);
    snprintf(options + used, sizeof options - used, "%s%s=%s", i ? " " : "", model->def->options[i].name,
             model->option_text[i]);
  }
  size_t used = strlen(options);
  if (model->precision != PLEAT_PRECISION_FP32)
    snprintf(options + used, sizeof options - used, "%sprecision=%s", used ? " " : "", pleat_precision_name(model->precision));
  PLEAT_TRY(pleat_result_copy_text(result, options, &result->options));
  PLEAT_TRY(pleat_result_copy_text(result, pleat_model_sha256(model), &result->sha256));
  result->model = model->def->name;
  result->model_title = model->def->title;
  const pleat_catalog_row *row = pleat_catalog_find(pleat_session_own_name(model->def));
  result->license = row->license;
  result->citation = row->citation;
  return PLEAT_OK;
}

static size_t output_size(int shape, pleat_session_shape sizes) {
  if (shape == PLEAT_SHAPE_LENGTH) return (size_t)sizes.length;
  return shape == PLEAT_SHAPE_SAMPLES ? (size_t)sizes.samples : (size_t)shape;
}

static pleat_status add_outputs(pleat_result *result, const pleat_model_output_def *outputs, pleat_session_shape sizes) {
  for (const pleat_model_output_def *o = outputs; o < outputs + PLEAT_MODEL_MAX_OUTPUTS && o->name; o++) {
    size_t shape[4];
    float *data;
    for (int d = 0; d < o->rank; d++) shape[d] = output_size(o->shape[d], sizes);
    PLEAT_TRY(pleat_result_add_array(result, o->name, o->rank, shape, &data));
  }
  return PLEAT_OK;
}

size_t pleat_session_result_bytes(const pleat_model_output_def *outputs, pleat_session_shape sizes) {
  size_t bytes = 0;
  for (const pleat_model_output_def *o = outputs; o < outputs + PLEAT_MODEL_MAX_OUTPUTS && o->name; o++) {
    size_t items = sizeof(float);
    for (int d = 0; d < o->rank; d++) items *= output_size(o->shape[d], sizes);
    bytes += items;
  }
  return bytes;
}

pleat_status pleat_session_make_result(const pleat_model *model, const char *name, const pleat_model_output_def *outputs,
                                       pleat_session_shape shape, pleat_result **result) {
  PLEAT_TRY(pleat_result_create(model->context, name, result));
  pleat_status status = describe_model(model, *result);
  if (!status) status = add_outputs(*result, outputs, shape);
  if (status) {
    pleat_result_free(*result);
    *result = NULL;
  }
  return status;
}
