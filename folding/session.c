/* Loading models, measuring memory, running passes, handing out results.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "data/catalog.h"
#include "data/convert/convert.h"
#include "data/store.h"
#include "folding/checkpoint.h"
#include "folding/session.h"
#include "folding/speed.h"
#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/precision.h"
#include "lib/ranks.h"
#include "lib/trace.h"

/* ---- The table ---- */

size_t pleat_model_count(void) {
  size_t count = 0;
  while (pleat_models[count]) count++;
  return count;
}

static pleat_status unknown_model(pleat_context *context, const char *name) {
  char names[1024] = "";
  for (size_t i = 0; pleat_models[i]; i++) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", pleat_models[i]->name);
  }
  return pleat_status_fail(context, PLEAT_ERROR_NOT_FOUND, "there is no model '%s'; there are: %s", name, names);
}

const pleat_model_def *pleat_session_find_file(const char *name, int *file) {
  for (size_t i = 0; pleat_models[i]; i++)
    for (*file = pleat_models[i]->borrowed; *file < PLEAT_MODEL_MAX_FILES && pleat_models[i]->files[*file]; ++*file)
      if (!strcmp(pleat_models[i]->files[*file], name)) return pleat_models[i];
  return NULL;
}

static int file_count(const pleat_model_def *def) {
  int count = 0;
  while (count < PLEAT_MODEL_MAX_FILES && def->files[count]) count++;
  return count;
}

/* The model's first own file, whose row of the catalogue stands for all. */
static const char *own_name(const pleat_model_def *def) { return def->files[def->borrowed]; }

/* Path of the first own file and the bytes of all, "" and 0 when one of them is not installed. */
static pleat_status find_installed(pleat_context *context, const pleat_model_def *def, double *bytes) {
  *bytes = 0;
  for (int i = file_count(def) - 1; i >= def->borrowed; i--) {
    char *path = NULL;
    struct stat file = {0};
    pleat_status status = pleat_store_find(context, def->files[i], &path);
    snprintf(context->found_path, sizeof context->found_path, "%s", path ? path : "");
    *bytes = path && !stat(path, &file) ? *bytes + (double)file.st_size : 0;
    pleat_memory_release(context, path);
    if (status) return status == PLEAT_ERROR_NOT_FOUND ? PLEAT_OK : status;
  }
  return PLEAT_OK;
}

pleat_status pleat_model_info_get(pleat_context *context, size_t index, pleat_model_info *info) {
  PLEAT_CHECK(context, index < pleat_model_count(), PLEAT_ERROR_NOT_FOUND, "there are only %zu models",
              pleat_model_count());
  const pleat_model_def *def = pleat_models[index];
  const pleat_catalog_row *row = pleat_catalog_find(own_name(def));
  double parameters = 0, bytes;
  for (int i = def->borrowed; i < file_count(def); i++) parameters += pleat_catalog_find(def->files[i])->parameters;
  PLEAT_TRY(find_installed(context, def, &bytes));
  snprintf(context->found_source, sizeof context->found_source, "%s%s %s",
           strchr(row->member, '/') ? "Python package " : "", row->package, row->version);
  *info = (pleat_model_info){.name = def->name,
                             .short_name = def->short_name ? def->short_name : "",
                             .title = def->title,
                             .task = def->task,
                             .license = row->license,
                             .citation = row->citation,
                             .source = context->found_source,
                             .notes = def->notes,
                             .parameters = parameters,
                             .path = context->found_path,
                             .files = (size_t)(file_count(def) - def->borrowed),
                             .bytes = bytes};
  return PLEAT_OK;
}

/* ---- Opening ---- */

/* In fewer bits NAME.bf16 where it is installed, else NAME, which gives the same bits. */
static pleat_status find_precise(pleat_context *context, const char *name, char **path) {
  char compressed[120];
  snprintf(compressed, sizeof compressed, "%.100s.%s", name, pleat_precision_name(context->precision));
  if (context->precision == PLEAT_PRECISION_FP32) return pleat_store_find(context, name, path);
  pleat_status status = pleat_store_find(context, compressed, path);
  return status == PLEAT_ERROR_NOT_FOUND ? pleat_store_find(context, name, path) : status;
}

static pleat_status open_installed(pleat_context *context, const char *name, pleat_weights **weights) {
  char *path;
  PLEAT_TRY(find_precise(context, name, &path));
  pleat_status status = pleat_weights_open(context, path, weights);
  pleat_memory_release(context, path);
  return status;
}

static bool ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && !strcmp(text + length - tail, ending);
}

/* A model file is mapped; any published format is read into memory. */
static pleat_status open_path(pleat_context *context, const char *path, pleat_weights **weights) {
  return ends_with(path, ".h5") ? pleat_weights_open(context, path, weights)
                                : pleat_convert_read(context, path, weights);
}

pleat_status pleat_session_check_fit(pleat_context *context, const pleat_model_def *def) {
  const char *any = getenv("PLEAT_INT8");
  bool measured = any && !strcmp(any, "any");
  PLEAT_CHECK(context, context->precision != PLEAT_PRECISION_INT8 || !def->int8_harm || measured, PLEAT_ERROR_UNSUPPORTED,
              "model %s does not run in int8: %s; bf16 takes half of the memory", def->name, def->int8_harm);
  return PLEAT_OK;
}

/* That compressed weights are of the precision which was asked for. */
static pleat_status check_precision(pleat_context *context, const pleat_weights *weights) {
  const char *has = pleat_weights_describe(weights).precision, *wanted = pleat_precision_name(context->precision);
  PLEAT_CHECK(context, !*has || !strcmp(has, wanted), PLEAT_ERROR_INPUT,
              "%s: holds weights in %s, but %s is asked for: give --precision %s, or the float32 file",
              pleat_weights_path(weights), has, wanted, has);
  return PLEAT_OK;
}

static pleat_status open_files(pleat_model *model, const char *path) {
  const pleat_model_def *def = model->def;
  int count = file_count(def);
  PLEAT_TRY(pleat_session_check_fit(model->context, def));
  PLEAT_CHECK(model->context, !path || count == def->borrowed + 1, PLEAT_ERROR_UNSUPPORTED,
              "%s: model %s is made of %d files; import each of them and name the model instead", path, def->name,
              count - def->borrowed);
  for (int i = 0; i < count; i++) {
    PLEAT_TRY(i == def->borrowed && path ? open_path(model->context, path, &model->files[i])
                                         : open_installed(model->context, def->files[i], &model->files[i]));
    PLEAT_TRY(check_precision(model->context, model->files[i]));
  }
  return pleat_memory_take(model->context, 1, def->weights_size, &model->weights);
}

static const pleat_weights *own_file(const pleat_model *model) { return model->files[model->def->borrowed]; }

static pleat_status bind_table(pleat_context *context, const pleat_weights *file, const pleat_model_table *table,
                               void *weights) {
  for (int block = 0; block < table->blocks; block++) {
    char *fields = (char *)weights + table->offset + (size_t)block * table->stride;
    for (const pleat_weight_row *rows = table->rows; rows->name; rows++) {
      char name[160];
      snprintf(name, sizeof name, "%s%s", table->prefix, rows->name);
      pleat_weight_row row[2] = {*rows, {0}};
      row[0].name = name;
      PLEAT_TRY(pleat_weights_bind(context, file, row, block, fields));
    }
  }
  return PLEAT_OK;
}

static pleat_status load_tables(pleat_model *model) {
  if (model->def->load) return model->def->load(model->context, model->files, model->weights);
  for (const pleat_model_table *table = model->def->tables; table->rows; table++)
    PLEAT_TRY(bind_table(model->context, model->files[table->file], table, model->weights));
  return model->def->pack(model->context, model->weights);
}

static pleat_status load_weights(pleat_model *model) {
  pleat_status status = load_tables(model);
  for (int i = 0; i < PLEAT_MODEL_MAX_FILES && model->files[i]; i++) pleat_weights_drop_rounded(model->files[i]);
#ifdef __GLIBC__
  if (model->precision != PLEAT_PRECISION_FP32) malloc_trim(0); /* the rounded copies lie between what stays */
#endif
  return status;
}

static bool is_switch(const pleat_model_option_def *option) { return option->least == 0 && option->most == 0; }

static void set_option(pleat_model *model, int index, double value) {
  char *text = model->option_text[index];
  model->option[index] = value;
  if (is_switch(&model->def->options[index])) strcpy(text, value != 0 ? "on" : "off");
  else snprintf(text, sizeof model->option_text[index], "%.16g", value);
}

static pleat_status open_model(pleat_context *context, const pleat_model_def *def, const char *path,
                               pleat_model **out) {
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **out, out));
  pleat_model *model = *out;
  model->context = context;
  model->def = def;
  model->precision = context->precision;
  for (int i = 0; i < PLEAT_MODEL_MAX_OPTIONS && def->options[i].name; i++) set_option(model, i, def->options[i].start);
  pleat_status status = open_files(model, path);
  if (!status) status = load_weights(model);
  if (status) {
    pleat_model_free(model);
    *out = NULL;
  }
  return status;
}

pleat_status pleat_model_open_file(pleat_context *context, const char *name, const char *path, pleat_model **model) {
  const pleat_model_def *def = pleat_models_find(name);
  *model = NULL;
  if (!def) return unknown_model(context, name);
  return open_model(context, def, path, model);
}

/* The model that a model file says it holds. */
static pleat_status open_named_by_file(pleat_context *context, const char *path, pleat_model **model) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_weights_open(context, path, &weights));
  int file;
  const pleat_model_def *def = pleat_session_find_file(pleat_weights_describe(weights).model, &file);
  pleat_weights_free(weights);
  PLEAT_CHECK(context, def, PLEAT_ERROR_INPUT,
              "%s: does not say which model it holds; name the model (--model) and give the "
              "file as its weights (--weights)",
              path);
  return open_model(context, def, path, model);
}

pleat_status pleat_model_open(pleat_context *context, const char *name, pleat_model **model) {
  *model = NULL;
  if (strchr(name, '/') || ends_with(name, ".h5")) return open_named_by_file(context, name, model);
  return pleat_model_open_file(context, name, NULL, model);
}

void pleat_model_free(pleat_model *model) {
  if (!model) return;
  if (model->weights && model->def->unload) model->def->unload(model->context, model->weights);
  pleat_memory_release(model->context, model->weights);
  for (int i = 0; i < PLEAT_MODEL_MAX_FILES; i++) pleat_weights_free(model->files[i]);
  pleat_memory_release(model->context, model->checkpoint);
  pleat_arena_free(model->context, &model->arena);
  pleat_memory_release(model->context, model);
}

const char *pleat_model_name(const pleat_model *model) { return model->def->name; }
const char *pleat_model_sha256(const pleat_model *model) { return pleat_weights_describe(own_file(model)).sha256; }

pleat_status pleat_model_find_sha256(pleat_context *context, const char *name, char sha256[65]) {
  const pleat_model_def *def = pleat_models_find(name);
  pleat_weights *weights;
  if (!def) return unknown_model(context, name);
  PLEAT_TRY(open_installed(context, own_name(def), &weights));
  snprintf(sha256, 65, "%s", pleat_weights_describe(weights).sha256);
  pleat_weights_free(weights);
  return PLEAT_OK;
}

/* ---- Installing ---- */

pleat_status pleat_session_check_weights(pleat_context *context, const char *name, const pleat_weights *weights) {
  int file;
  const pleat_model_def *def = pleat_session_find_file(name, &file);
  void *fields;
  if (!def) return unknown_model(context, name);
  PLEAT_TRY(pleat_memory_take(context, 1, def->weights_size, &fields));
  pleat_status status = PLEAT_OK;
  for (const pleat_model_table *table = def->tables; table->rows && !status; table++)
    if (table->file == file) status = bind_table(context, weights, table, fields);
  if (def->load) {
    pleat_weights *files[1] = {(pleat_weights *)(uintptr_t)weights}; /* these models have one file */
    status = def->load(context, files, fields);
    if (!status) def->unload(context, fields);
  }
  pleat_weights_drop_rounded(weights);
  pleat_memory_release(context, fields);
  return status;
}

pleat_status pleat_model_import(pleat_context *context, const char *file, const char *name, const char *folder,
                                const char **path) {
  char *made = NULL;
  pleat_status status = pleat_store_import(context, file, name, folder, pleat_session_check_weights, &made);
  snprintf(context->found_path, sizeof context->found_path, "%s", made ? made : "");
  pleat_memory_release(context, made);
  if (path) *path = status ? NULL : context->found_path;
  return status;
}

pleat_status pleat_model_verify(pleat_context *context, const char *name_or_path) {
  return pleat_store_verify(context, name_or_path, pleat_session_check_weights);
}

/* ---- Options ---- */

size_t pleat_model_option_count(const pleat_model *model) {
  size_t count = 0;
  while (count < PLEAT_MODEL_MAX_OPTIONS && model->def->options[count].name) count++;
  return count;
}

pleat_option_info pleat_model_option(const pleat_model *model, size_t index) {
  const pleat_model_option_def *option = &model->def->options[index];
  return (pleat_option_info){option->name, option->help, model->option_text[index]};
}

static pleat_status read_option(pleat_context *context, const pleat_model_option_def *option, const char *value,
                                double *number) {
  char *end;
  bool on = !strcmp(value, "on");
  *number = on;
  if (is_switch(option)) {
    PLEAT_CHECK(context, on || !strcmp(value, "off"), PLEAT_ERROR_INPUT, "option %s is on or off, not '%s'", option->name,
                value);
    return PLEAT_OK;
  }
  *number = strtod(value, &end);
  bool good = end != value && !*end && *number >= option->least && *number <= option->most;
  PLEAT_CHECK(context, good && (!option->whole || *number == floor(*number)), PLEAT_ERROR_INPUT,
              "option %s is a %snumber from %.16g to %.16g, not '%s'", option->name, option->whole ? "whole " : "",
              option->least, option->most, value);
  return PLEAT_OK;
}

pleat_status pleat_model_set_option(pleat_model *model, const char *name, const char *value) {
  for (size_t i = 0; i < pleat_model_option_count(model); i++) {
    if (strcmp(model->def->options[i].name, name)) continue;
    double number;
    PLEAT_TRY(read_option(model->context, &model->def->options[i], value, &number));
    set_option(model, (int)i, number);
    return PLEAT_OK;
  }
  return pleat_status_fail(model->context, PLEAT_ERROR_INPUT, "model %s has no option '%s'", model->def->name, name);
}

void pleat_model_set_trace(pleat_model *model, pleat_trace_callback callback, void *user) {
  model->trace = callback;
  model->trace_user = user;
}

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

static void hand_to_callback(void *user, const char *name, const float *data, int rank, const int64_t *shape) {
  const pleat_model *model = user;
  pleat_array array = {.name = name, .data = data, .rank = rank};
  for (int d = 0; d < rank; d++) array.shape[d] = (size_t)shape[d];
  model->trace(model->trace_user, &array);
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

static bool fits(const pleat_model *model, size_t bytes) {
  return !model->context->memory_limit || bytes <= model->context->memory_limit;
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
  } while (!fits(model, need->bytes + need->kept) && pleat_run_halve_chunks(&run));
  return PLEAT_OK;
}

/* Measures, holds the need against the limit, has the arena. */
static pleat_status prepare(pleat_model *model, const pleat_session_work *work, pleat_session_need *need) {
  PLEAT_TRY(pleat_session_measure(model, work, NULL, need));
  PLEAT_CHECK(model->context, fits(model, need->bytes + need->kept), PLEAT_ERROR_LIMIT,
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
  run.fraction = work->progress_from;
  run.stage = "start";
  run.checkpoint = work->checkpoint;
  work->forward(&run, model->weights, work->real);
  assert(model->arena.used == 0 || run.status);
  model->arena.used = 0;
  if (run.status && run.status != PLEAT_ERROR_CANCELLED) pleat_ranks_abandon(model->context);
  if (run.moves > 0)
    pleat_log(model->context, PLEAT_LOG_DEBUG, "%s: rank %d of %d: %.0f exchanges of %.1f MB, %.2f s in them", work->name,
              run.ranks->rank, run.ranks->count, run.moves, run.moved / 1e6, run.moving);
  return run.status;
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
    if (fits(model, need.bytes + need.kept)) return PLEAT_OK;
  }
}

/* ---- Results ---- */

static pleat_status copy_text(pleat_result *result, const char *text, const char **copy) {
  char *made;
  PLEAT_TRY(pleat_pool_copy_text(&result->pool, text, strlen(text), &made));
  *copy = made;
  return PLEAT_OK;
}

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
  PLEAT_TRY(copy_text(result, options, &result->options));
  PLEAT_TRY(copy_text(result, pleat_model_sha256(model), &result->sha256));
  result->model = model->def->name;
  result->model_title = model->def->title;
  const pleat_catalog_row *row = pleat_catalog_find(own_name(model->def));
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

static pleat_status describe_chains(const pleat_features *features, pleat_result *result) {
  const char **ids, **sequences;
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)features->chains, sizeof *ids, &ids));
  PLEAT_TRY(pleat_pool_take(&result->pool, (size_t)features->chains, sizeof *sequences, &sequences));
  for (int c = 0; c < features->chains; c++) {
    PLEAT_TRY(copy_text(result, features->chain_id[c], &ids[c]));
    PLEAT_TRY(copy_text(result, features->sequence[c], &sequences[c]));
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

/* ---- Predicting ---- */

int pleat_model_does(const pleat_model *model, const char *task) {
  const pleat_model_def *def = model->def;
  if (!strcmp(task, "predict") || !strcmp(task, "embed")) return def->forward != NULL;
  if (!strcmp(task, "design")) return def->design.forward != NULL;
  if (!strcmp(task, "score")) return def->score.forward != NULL;
  return !strcmp(task, "pack") && def->side_chains.forward != NULL;
}

int pleat_model_heeds(const pleat_model *model, const char *setting) {
  char word[80];
  snprintf(word, sizeof word, " %s ", setting);
  return model->def->heeds && strstr(model->def->heeds, word);
}

int pleat_model_gives(const pleat_model *model, const char *array) {
  const pleat_model_output_def *outputs = model->def->outputs;
  for (int i = 0; i < PLEAT_MODEL_MAX_OUTPUTS && outputs[i].name; i++)
    if (!strcmp(outputs[i].name, array)) return 1;
  return 0;
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

pleat_status pleat_model_set_checkpoint(pleat_model *model, const char *path, double seconds) {
  char *copy = NULL;
  PLEAT_CHECK(model->context, !path || pleat_model_heeds(model, "checkpoint"), PLEAT_ERROR_UNSUPPORTED,
              "model %s runs too quickly to keep checkpoints", model->def->name);
  PLEAT_CHECK(model->context, seconds >= 0, PLEAT_ERROR_INPUT, "the time between checkpoints cannot be %g s", seconds);
  if (path) PLEAT_TRY(pleat_memory_copy_text(model->context, path, strlen(path), &copy));
  pleat_memory_release(model->context, model->checkpoint);
  model->checkpoint = copy;
  model->checkpoint_seconds = seconds;
  return PLEAT_OK;
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
