/* Models by name: the table, what each can, opening, options, installing.
 * SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/catalog.h"
#include "data/convert/convert.h"
#include "data/store.h"
#include "folding/session.h"
#include "lib/precision.h"

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

const char *pleat_session_own_name(const pleat_model_def *def) { return def->files[def->borrowed]; }

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
  const pleat_catalog_row *row = pleat_catalog_find(pleat_session_own_name(def));
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
  PLEAT_TRY(open_installed(context, pleat_session_own_name(def), &weights));
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

/* ---- What a model can ---- */

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
