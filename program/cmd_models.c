/* pleat models: lists, describes, fetches, imports and verifies model files.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pleat.h"
#include "program/output.h"
#include "program/settings.h"
#include "program/verbs.h"

typedef struct models_run {
  pleat_context *context;
  const pleat_options *options;
  bool json;
} models_run;

static int fail(const models_run *run) {
  fprintf(stderr, "pleat models: %s\n", pleat_context_error(run->context));
  return PLEAT_EXIT_INPUTS;
}

static json_t *info_object(const pleat_model_info *info) {
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:b, s:s, s:I, s:I}", "name", info->name, "short_name",
                   info->short_name, "title", info->title, "task", info->task, "license", info->license, "citation", info->citation, "source", info->source,
                   "notes", info->notes, "parameters", info->parameters, "installed", *info->path != 0, "path",
                   info->path, "files", (json_int_t)info->files, "bytes", (json_int_t)info->bytes);
}

static int print_json(json_t *value) {
  json_dumpf(value, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(value);
  return PLEAT_EXIT_DONE;
}

/* "Dauparas et al. (2022)": a citation up to its year. */
static int cited_length(const char *citation) {
  const char *end = strchr(citation, ')');
  return end ? (int)(end - citation + 1) : (int)strcspn(citation, ".");
}

/* One row; without a model the titles. `width` is the longest name's. */
static void print_row(const pleat_model_info *info, int width) {
  if (!info) {
    printf("%-*s %-24s %-8s %11s  %-12s %-9s %s\n", width, "name", "short name", "task", "parameters", "licence",
           "installed", "what it is, and whom to cite");
    return;
  }
  printf("%-*s %-24s %-8s %9.2f M  %-12s %-9s %s; %.*s\n", width, info->name, info->short_name, info->task,
         info->parameters / 1e6, info->license, *info->path ? "yes" : "no", info->title, cited_length(info->citation),
         info->citation);
}

static int list_models(models_run *run) {
  json_t *list = json_array();
  pleat_model_info info;
  int width = 4;
  for (size_t i = 0; i < pleat_model_count(); i++) {
    if (pleat_model_info_get(run->context, i, &info)) return json_decref(list), fail(run);
    if ((int)strlen(info.name) > width) width = (int)strlen(info.name);
  }
  if (!run->json) print_row(NULL, width);
  for (size_t i = 0; i < pleat_model_count(); i++) {
    if (pleat_model_info_get(run->context, i, &info)) return json_decref(list), fail(run);
    if (run->json)
      json_array_append_new(list, info_object(&info));
    else
      print_row(&info, width);
  }
  if (run->json) return print_json(list);
  json_decref(list);
  return PLEAT_EXIT_DONE;
}

static void print_options(models_run *run, const pleat_model_info *info) {
  pleat_model *model;
  if (!*info->path || pleat_model_open(run->context, info->name, &model)) return;
  printf("sha256      %s\n", pleat_model_sha256(model));
  for (size_t i = 0; i < pleat_model_option_count(model); i++) {
    pleat_option_info option = pleat_model_option(model, i);
    printf("setting     %s = %s: %s\n", option.name, option.value, option.help);
  }
  pleat_model_free(model);
}

static int print_info(models_run *run, const char *name) {
  pleat_model_info info;
  for (size_t i = 0; i < pleat_model_count(); i++) {
    if (pleat_model_info_get(run->context, i, &info)) return fail(run);
    if (strcmp(info.name, name) && (!*info.short_name || strcmp(info.short_name, name))) continue;
    if (run->json) return print_json(info_object(&info));
    printf(
        "name        %s\nshort name  %s\ntitle       %s\ntask        %s\nparameters  %.2f M\nlicence     %s\n"
        "citation    %s\nsource      %s\n",
        info.name, *info.short_name ? info.short_name : "none", info.title, info.task, info.parameters / 1e6, info.license, info.citation, info.source);
    printf("notes       %s\ninstalled   %s", info.notes, *info.path ? info.path : "no");
    if (*info.path && info.files > 1) printf(" and %zu more", info.files - 1);
    if (*info.path) printf(", %.1f MB", info.bytes / 1e6);
    putchar('\n');
    print_options(run, &info);
    return PLEAT_EXIT_DONE;
  }
  fprintf(stderr, "pleat models: there is no model '%s'; 'pleat models list' shows those there are\n", name);
  return PLEAT_EXIT_USAGE;
}

/* What an import says: each file of an archive as it is done, and warnings. */
static void take_log(void *user, pleat_log_level level, const char *text) {
  const models_run *run = user;
  if (level <= PLEAT_LOG_WARNING)
    fprintf(stderr, "pleat models: %s: %s\n", level == PLEAT_LOG_ERROR ? "error" : "warning", text);
  else if (!pleat_options_flag(run->options, PLEAT_OPTION_QUIET))
    printf("%s\n", text);
}

static int import_files(models_run *run) {
  const pleat_options *options = run->options;
  int code = PLEAT_EXIT_DONE;
  pleat_context_set_log(run->context, take_log, run, PLEAT_LOG_INFO);
  if (options->values[PLEAT_OPTION_MODELS_DIR] && !pleat_output_folder(options->values[PLEAT_OPTION_MODELS_DIR]))
    return PLEAT_EXIT_INPUTS;
  for (int i = 1; i < options->input_count; i++) {
    const char *path;
    if (pleat_model_import(run->context, options->inputs[i], options->values[PLEAT_OPTION_MODEL],
                           options->values[PLEAT_OPTION_MODELS_DIR], &path))
      code = fail(run);
    else if (!pleat_options_flag(options, PLEAT_OPTION_QUIET))
      printf("%s -> %s\n", options->inputs[i], path);
  }
  return code;
}

static int verify_one(models_run *run, const char *name) {
  if (pleat_model_verify(run->context, name)) return fail(run);
  if (!pleat_options_flag(run->options, PLEAT_OPTION_QUIET)) printf("%s: ok\n", name);
  return PLEAT_EXIT_DONE;
}

/* The named models or files; without a name, all that are installed. */
static int verify(models_run *run) {
  int code = PLEAT_EXIT_DONE;
  pleat_model_info info;
  for (int i = 1; i < run->options->input_count; i++)
    if (verify_one(run, run->options->inputs[i])) code = PLEAT_EXIT_INPUTS;
  for (size_t i = 0; run->options->input_count == 1 && i < pleat_model_count(); i++) {
    if (pleat_model_info_get(run->context, i, &info)) return fail(run);
    if (*info.path && verify_one(run, info.name)) code = PLEAT_EXIT_INPUTS;
  }
  return code;
}

static json_t *sizes_object(const pleat_compression sizes[PLEAT_COMPRESSIONS], const char *written) {
  json_t *list = json_array();
  for (int i = 0; i < PLEAT_COMPRESSIONS; i++)
    json_array_append_new(list, json_pack("{s:i, s:f, s:f}", "bits", sizes[i].bits, "bytes", sizes[i].bytes, "error", sizes[i].error));
  return json_pack("{s:s, s:o}", "path", written ? written : "", "sizes", list);
}

/* Writes the model in --precision; says what each number of bits gives. */
static int compress(models_run *run, const char *name) {
  pleat_compression sizes[PLEAT_COMPRESSIONS];
  const char *written, *output = run->options->values[PLEAT_OPTION_OUTPUT];
  pleat_precision precision;
  if (!pleat_settings_read_precision(run->options, &precision)) return PLEAT_EXIT_USAGE;
  if (output && precision == PLEAT_PRECISION_FP32)
    return fprintf(stderr, "pleat models: --output wants --precision bf16 or int8 beside it\n"), PLEAT_EXIT_USAGE;
  pleat_context_set_precision(run->context, precision);
  if (pleat_model_compress(run->context, name, output, sizes, &written)) return fail(run);
  if (run->json) return print_json(sizes_object(sizes, written));
  if (pleat_options_flag(run->options, PLEAT_OPTION_QUIET)) return PLEAT_EXIT_DONE;
  printf("bits   MB      relative error of the weights\n");
  for (int i = 0; i < PLEAT_COMPRESSIONS; i++)
    printf("%-4d %7.2f   %.2g\n", sizes[i].bits, sizes[i].bytes / 1e6, sizes[i].error);
  if (written) printf("%s -> %s (%s)\n", name, written, pleat_precision_name(precision));
  else printf("nothing is written: --precision bf16 (16 bits) or int8 (8 bits) chooses one\n");
  return PLEAT_EXIT_DONE;
}

/* Of a copy that was moved as a whole, libexec lies beside the program's folder; else where it was installed. */
static const char *find_helper(const char *self, char *beside, size_t size) {
  const char *given = getenv("PLEAT_GET_MODEL"), *slash = strrchr(self, '/');
  if (given && *given) return given;
  int folder = slash ? (int)(slash - self) : 0;
  bool fits = snprintf(beside, size, "%.*s/../libexec/pleat/get-model", folder, self) < (int)size;
  return slash && fits && !access(beside, X_OK) ? beside : PLEAT_LIBEXEC_DIR "/get-model";
}

/* The helper script imports through this very program, whose path it gets in PLEAT. No shell is involved. */
static int get(models_run *run) {
  const pleat_options *options = run->options;
  const char *folder = options->values[PLEAT_OPTION_MODELS_DIR];
  const char *mirror = options->values[PLEAT_OPTION_FROM];
  char self[4096] = "", beside[4200];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length > 0) self[length] = 0, setenv("PLEAT", self, 0);
  const char *helper = find_helper(self, beside, sizeof beside);
  char **arguments = calloc((size_t)options->input_count + 6, sizeof *arguments);
  if (!arguments) abort();
  int count = 0;
  arguments[count++] = (char *)(uintptr_t)helper;
  if (folder) arguments[count++] = "--models-dir", arguments[count++] = (char *)(uintptr_t)folder;
  if (mirror) arguments[count++] = "--from", arguments[count++] = (char *)(uintptr_t)mirror;
  for (int i = 1; i < options->input_count; i++) arguments[count++] = (char *)(uintptr_t)options->inputs[i];
  fflush(NULL);
  execv(helper, arguments);
  fprintf(stderr, "pleat models: cannot run '%s': %s; set PLEAT_GET_MODEL to the get-model script\n", helper,
          strerror(errno));
  free(arguments);
  return PLEAT_EXIT_INPUTS;
}

static int dispatch(models_run *run) {
  const pleat_options *options = run->options;
  const char *what = options->inputs[0];
  int names = options->input_count - 1;
  if (!strcmp(what, "list") && names == 0) return list_models(run);
  if (!strcmp(what, "info") && names == 1) return print_info(run, options->inputs[1]);
  if (!strcmp(what, "get") && names >= 1) return get(run);
  if (!strcmp(what, "import") && names >= 1) return import_files(run);
  if (!strcmp(what, "compress") && names == 1) return compress(run, options->inputs[1]);
  if (!strcmp(what, "verify")) return verify(run);
  fprintf(stderr,
          "pleat models: '%s' with %d more words is not known; it is one of: list, info NAME, get NAME..., import "
          "FILE..., verify [NAME...], compress NAME\n",
          what, names);
  return PLEAT_EXIT_USAGE;
}

int pleat_verb_models(const pleat_options *options) {
  models_run run = {.options = options, .json = pleat_options_flag(options, PLEAT_OPTION_JSON)};
  const char *folder = options->values[PLEAT_OPTION_MODELS_DIR];
  if (pleat_context_create(NULL, &run.context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  int code = folder && pleat_context_set_models_dir(run.context, folder) ? fail(&run) : dispatch(&run);
  pleat_context_free(run.context);
  return code;
}
