/* What the verbs that run a model share: options checked once, the context, the model with its settings.
 * SPDX-License-Identifier: MIT */
#include "program/settings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "program/output.h"
#include "program/template.h"

/* Verbs whose runs a signal stops in good order, from their first moment on. */
enum {
  RUNS = PLEAT_VERB_BIT_PREDICT | PLEAT_VERB_BIT_EMBED | PLEAT_VERB_BIT_DESIGN | PLEAT_VERB_BIT_SCORE | PLEAT_VERB_BIT_PACK
};

static int refuse(const pleat_settings *settings, const char *sentence, const char *value) {
  fprintf(stderr, "pleat %s: %s, not '%s'\n", settings->options->verb, sentence, value);
  return PLEAT_EXIT_USAGE;
}

bool pleat_settings_parse_size(const char *text, size_t *bytes) {
  static const char units[] = "KMGT";
  char *end;
  errno = 0;
  double size = strtod(text, &end);
  if (errno || end == text || !(size > 0)) return false;
  const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
  for (const char *u = units; unit && u <= unit; u++) size *= 1024;
  if (unit) end++;
  if (unit && *end == 'i') end++;
  if (*end == 'B' || *end == 'b') end++;
  if (*end || size >= (double)SIZE_MAX / 2) return false;
  *bytes = (size_t)size;
  return true;
}

static bool parse_pair(const char *text, char between, size_t *first, size_t *second) {
  char *end;
  if (!isdigit((unsigned char)*text)) return false;
  *first = strtoul(text, &end, 10);
  if (*end != between || !isdigit((unsigned char)end[1])) return false;
  *second = strtoul(end + 1, &end, 10);
  return !*end && *first < *second;
}

static size_t number_of(const char *variable) {
  const char *text = getenv(variable);
  return text ? strtoul(text, NULL, 10) : 0;
}

/* Each level of a job splits the places of the one before: tasks of a Slurm array, then tasks of a step or ranks. An array
 * counts from any task number: only the count and the place in it matter. */
static void split_places(pleat_settings *settings, size_t place, size_t count) {
  if (count < 2) return;
  settings->shard = settings->shard * count + place % count;
  settings->shards *= count;
}

/* Where this process begins in the list, so that those that start together do not all reach for the same jobs. */
static void place_of_task(pleat_settings *settings) {
  settings->helps = true;
  split_places(settings, number_of("SLURM_ARRAY_TASK_ID") - number_of("SLURM_ARRAY_TASK_MIN"), number_of("SLURM_ARRAY_TASK_COUNT"));
  bool ranks = getenv("OMPI_COMM_WORLD_SIZE") != NULL;
  if (settings->options->ranks && (settings->options->bit & PLEAT_VERB_BIT_PREDICT)) return; /* settled later: together.h */
  split_places(settings, number_of(ranks ? "OMPI_COMM_WORLD_RANK" : "SLURM_PROCID"),
               number_of(ranks ? "OMPI_COMM_WORLD_SIZE" : "SLURM_NTASKS"));
}

static int read_shard(pleat_settings *settings) {
  const char *text = settings->options->values[PLEAT_OPTION_SHARD];
  settings->shards = 1;
  if (!text)
    place_of_task(settings);
  else if (!parse_pair(text, '/', &settings->shard, &settings->shards))
    return refuse(settings, "--shard wants I/N with I from 0 to N-1", text);
  return PLEAT_EXIT_DONE;
}

static int read_format(pleat_settings *settings) {
  const char *text = pleat_options_text(settings->options, PLEAT_OPTION_FORMAT);
  for (const char *at = text; *at;) {
    size_t length = strcspn(at, ",");
    if (length == 3 && !strncmp(at, "pdb", 3))
      settings->pdb = true;
    else if (length == 3 && !strncmp(at, "cif", 3))
      settings->cif = true;
    else
      return refuse(settings, "--format wants pdb, cif or pdb,cif", text);
    at += length + (at[length] == ',');
  }
  return PLEAT_EXIT_DONE;
}

/* A lock makes NFS append where the file ends now; where locks are not to be had, one write is as good as it gets. */
static void lock_log(int file, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
  const struct timespec moment = {0, 10 * 1000 * 1000};
  for (int i = 0; fcntl(file, F_SETLK, &lock) && (errno == EAGAIN || errno == EACCES) && i < 50; i++) nanosleep(&moment, NULL);
}

void pleat_settings_log_list(const pleat_settings *settings, const char *format, va_list arguments) {
  char *text = NULL;
  if (settings->log < 0) return;
  if (vasprintf(&text, format, arguments) < 0) abort();
  char *line = pleat_output_path("%s\n", text);
  lock_log(settings->log, F_WRLCK);
  ssize_t written = write(settings->log, line, strlen(line));
  (void)written; /* of a full disk, results tell */
  lock_log(settings->log, F_UNLCK);
  free(line);
  free(text);
}

void pleat_settings_log(const pleat_settings *settings, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pleat_settings_log_list(settings, format, arguments);
  va_end(arguments);
}

/* Warnings go to stderr, everything the level lets through to log.txt. */
static void take_log(void *user, pleat_log_level level, const char *text) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  pleat_settings *settings = user;
  if (level <= PLEAT_LOG_WARNING || (settings->verbose && !settings->quiet))
    pleat_progress_say(&settings->progress, "pleat: %s: %s", names[level], text);
  char stamp[32];
  time_t now = time(NULL);
  struct tm parts;
  strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
  pleat_settings_log(settings, "%s %s: %s", stamp, names[level], text);
}

bool pleat_settings_read_precision(const pleat_options *options, pleat_precision *precision) {
  const char *text = pleat_options_text(options, PLEAT_OPTION_PRECISION);
  for (int p = PLEAT_PRECISION_FP32; p <= PLEAT_PRECISION_INT8; p++) {
    *precision = (pleat_precision)p;
    if (!strcmp(text, pleat_precision_name(*precision))) return true;
  }
  fprintf(stderr, "pleat %s: --precision is fp32, bf16 or int8, not '%s'\n", options->verb, text);
  return false;
}

static int make_context(pleat_settings *settings) {
  const pleat_options *options = settings->options;
  if (pleat_context_create(NULL, &settings->context) != PLEAT_OK) {
    fprintf(stderr, "pleat: out of memory\n");
    return PLEAT_EXIT_INPUTS;
  }
  pleat_context_set_log(settings->context, take_log, settings, settings->verbose ? PLEAT_LOG_DEBUG : PLEAT_LOG_INFO);
  pleat_context_set_progress(settings->context, pleat_progress_report, &settings->progress);
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(settings->context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  pleat_context_set_memory_limit(settings->context, settings->memory);
  pleat_context_set_precision(settings->context, settings->precision);
  const char *folder = options->values[PLEAT_OPTION_MODELS_DIR];
  pleat_status status = folder ? pleat_context_set_models_dir(settings->context, folder) : PLEAT_OK;
  return status ? pleat_settings_fail(settings, status) : PLEAT_EXIT_DONE;
}

int pleat_settings_start(const pleat_options *options, pleat_settings *settings) {
  if (options->bit & RUNS) pleat_progress_catch_signals();
  *settings = (pleat_settings){.options = options, .what = "sequence", .log = -1};
  const char *format = pleat_options_text(options, PLEAT_OPTION_LOG_FORMAT);
  if (strcmp(format, "text") && strcmp(format, "json")) return refuse(settings, "--log-format is text or json", format);
  if (!strcmp(format, "json")) pleat_progress_use_json();
  settings->quiet = pleat_options_flag(options, PLEAT_OPTION_QUIET);
  settings->verbose = pleat_options_flag(options, PLEAT_OPTION_VERBOSE);
  settings->overwrite = pleat_options_flag(options, PLEAT_OPTION_OVERWRITE);
  settings->batch_size = (size_t)pleat_options_number(options, PLEAT_OPTION_BATCH_SIZE);
  const char *memory = options->values[PLEAT_OPTION_MEMORY];
  if (memory && !pleat_settings_parse_size(memory, &settings->memory))
    return refuse(settings, "--memory wants a size such as 16G or 800M", memory);
  if (!pleat_settings_read_precision(options, &settings->precision)) return PLEAT_EXIT_USAGE;
  int bad = read_shard(settings);
  if (!bad) bad = read_format(settings);
  return bad ? bad : make_context(settings);
}

const char *pleat_settings_model_name(const pleat_settings *settings) {
  return settings->model ? pleat_model_name(settings->model)
                         : pleat_options_text(settings->options, PLEAT_OPTION_MODEL);
}

int pleat_settings_fail(const pleat_settings *settings, pleat_status status) {
  pleat_progress progress = settings->progress;
  pleat_progress_say(&progress, "pleat %s: %s", settings->options->verb, pleat_context_error(settings->context));
  if (status == PLEAT_ERROR_LIMIT) return PLEAT_EXIT_MEMORY;
  return status == PLEAT_ERROR_CANCELLED ? PLEAT_EXIT_STOPPED : PLEAT_EXIT_INPUTS;
}

static bool has_option(const pleat_model *model, const char *name) {
  for (size_t i = 0; i < pleat_model_option_count(model); i++)
    if (!strcmp(pleat_model_option(model, i).name, name)) return true;
  return false;
}

/* --max-msa CLUSTERS:EXTRA, as ColabFold has it. */
static int set_rows(pleat_settings *settings, const char *value) {
  const char *colon = strchr(value, ':');
  if (!colon) return refuse(settings, "--max-msa wants CLUSTERS:EXTRA, such as 512:1024", value);
  char *clusters = pleat_output_path("%.*s", (int)(colon - value), value);
  pleat_status status = pleat_model_set_option(settings->model, "max-seq", clusters);
  if (!status) status = pleat_model_set_option(settings->model, "max-extra-seq", colon + 1);
  free(clusters);
  return status ? pleat_settings_fail(settings, status), PLEAT_EXIT_USAGE : PLEAT_EXIT_DONE;
}

/* Whether the value is one of the row's "a|b|c". */
static bool is_listed(const pleat_option_row *row, const char *value) {
  size_t length = strlen(value), word;
  for (const char *at = row->argument; *at; at += word + (at[word] == '|')) {
    word = strcspn(at, "|");
    if (word == length && !strncmp(at, value, word)) return true;
  }
  return false;
}

/* What belongs to the query: program/job.c. Words are checked here, once. */
static int check_query_setting(const pleat_settings *settings, const pleat_option_row *row, const char *value) {
  char sentence[160];
  if (strncmp(row->name, "pair-", 5) || is_listed(row, value)) return PLEAT_EXIT_DONE;
  snprintf(sentence, sizeof sentence, "--%s wants one of %s", row->name, row->argument);
  return refuse(settings, sentence, value);
}

/* Settings of the run rather than of a model: program/family.c and program/ranking.c. Seeds and ranks are for models that
 * draw random numbers, the choice of models for those that have a number. */
static bool is_of_run(const pleat_settings *settings, const char *name) {
  static const char *const draws[] = {"num-seeds", "rank", "stop-at-score"}, *const members[] = {"num-models", "model-order"};
  for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++)
    if (!strcmp(name, draws[i])) return has_option(settings->model, "random-seed");
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
    if (!strcmp(name, members[i])) return strstr(pleat_model_name(settings->model), "_model_") != NULL;
  return false;
}

/* "--x" sets x to on, "--no-x" sets x to off, "--x VALUE" sets x to VALUE. */
static int hand_over(pleat_settings *settings, const pleat_option_row *row, const char *value) {
  const char *name = row->name, *model = pleat_settings_model_name(settings);
  if (!has_option(settings->model, name) && !strncmp(name, "no-", 3) && has_option(settings->model, name + 3)) {
    name += 3;
    value = "off";
  }
  if (!strcmp(name, "max-msa") && has_option(settings->model, "max-seq")) return set_rows(settings, value);
  if (is_of_run(settings, name)) return PLEAT_EXIT_DONE;
  if (!has_option(settings->model, name)) {
    if (pleat_model_heeds(settings->model, name)) return check_query_setting(settings, row, value);
    if (!strcmp(name, "msa") && !strcmp(value, "none")) return PLEAT_EXIT_DONE;
    if (pleat_template_is_setting(name) && pleat_model_heeds(settings->model, "msa")) return PLEAT_EXIT_DONE; /* and said */
    fprintf(stderr, "pleat %s: model %s has no %s: --%s cannot be used\n", settings->options->verb, model, row->lacks,
            row->name);
    return PLEAT_EXIT_USAGE;
  }
  pleat_status status = pleat_model_set_option(settings->model, name, value);
  return status ? pleat_settings_fail(settings, status), PLEAT_EXIT_USAGE : PLEAT_EXIT_DONE;
}

static int set_model_options(pleat_settings *settings) {
  const pleat_options *options = settings->options;
  if (!pleat_template_check(options)) return PLEAT_EXIT_USAGE;
  const pleat_option_row *row;
  const unsigned on_sequences = PLEAT_VERB_BIT_PREDICT | PLEAT_VERB_BIT_EMBED;
  for (int id = 0; (row = pleat_options_row(id)); id++) {
    if (id == PLEAT_OPTION_SAVE_ALL && options->values[id] && has_option(settings->model, row->name) &&
        pleat_model_set_option(settings->model, row->name, "on"))
      return PLEAT_EXIT_USAGE;
    bool seed = id == PLEAT_OPTION_RANDOM_SEED && (options->bit & on_sequences) &&
                pleat_options_number(options, PLEAT_OPTION_RANDOM_SEED);
    if ((!seed && !pleat_options_is_model_setting(row)) || !options->values[id]) continue;
    int bad = hand_over(settings, row, options->values[id]);
    if (bad) return bad;
  }
  return PLEAT_EXIT_DONE;
}

int pleat_settings_open_named(pleat_settings *settings, const char *name) {
  pleat_model_free(settings->model);
  settings->model = NULL;
  const char *weights = settings->options->values[PLEAT_OPTION_WEIGHTS];
  pleat_status status = weights ? pleat_model_open_file(settings->context, name, weights, &settings->model)
                                : pleat_model_open(settings->context, name, &settings->model);
  if (status) {
    pleat_settings_fail(settings, status);
    return status == PLEAT_ERROR_NOT_FOUND && !weights ? PLEAT_EXIT_USAGE : PLEAT_EXIT_INPUTS;
  }
  return set_model_options(settings);
}

int pleat_settings_open_model(pleat_settings *settings) {
  return pleat_settings_open_named(settings, pleat_options_text(settings->options, PLEAT_OPTION_MODEL));
}

void pleat_settings_end(pleat_settings *settings) {
  pleat_progress_end(&settings->progress);
  pleat_model_free(settings->model);
  pleat_context_free(settings->context);
  if (settings->log >= 0) close(settings->log);
}

char *pleat_settings_describe(const pleat_settings *settings) {
  char *text = pleat_output_path("%s", "");
  for (size_t i = 0; i < pleat_model_option_count(settings->model); i++) {
    pleat_option_info option = pleat_model_option(settings->model, i);
    char *longer = pleat_output_path("%s%s%s=%s", text, i ? " " : "", option.name, option.value);
    free(text);
    text = longer;
  }
  if (settings->precision == PLEAT_PRECISION_FP32) return text;
  char *longer = pleat_output_path("%s%sprecision=%s", text, *text ? " " : "", pleat_precision_name(settings->precision));
  free(text);
  return longer;
}
