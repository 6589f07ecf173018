/* What every run leaves in its output folder beside the results, and the marks of finished jobs.
 * SPDX-License-Identifier: MIT */
#include "program/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"

/* ---- Claims and resuming: NAME.done.txt holds the fingerprint of what made the results, and whether they are insane ---- */

static const char insane_mark[] = "failed its sanity check\n";

static char *claim_name(const pleat_folder *folder, const char *job, const char *what) {
  return pleat_output_path("%s%s%s%s", job, folder->mark, what ? "_" : "", what ? what : "");
}

pleat_claim_state pleat_folder_take(const pleat_folder *folder, const char *job, const char *what) {
  char *name = claim_name(folder, job, what);
  pleat_claim_state state = pleat_claims_take(folder->claims, name);
  free(name);
  return state;
}

void pleat_folder_release(const pleat_folder *folder, const char *job, const char *what) {
  char *name = claim_name(folder, job, what);
  pleat_claims_release(folder->claims, name);
  free(name);
}

static char *done_path(const pleat_folder *folder, const char *job) {
  return pleat_output_path("%s/%s%s.done.txt", folder->path, job, folder->mark);
}

/* Results of an earlier run are kept, told when they are of something else, and still count as insane. */
static void note_done(pleat_folder *folder, const char *job, const char *fingerprint, FILE *file) {
  char *wanted = pleat_output_path("%s\n", fingerprint), *line = NULL, *verdict = NULL;
  size_t line_size = 0, verdict_size = 0;
  if (getline(&line, &line_size, file) < 0 || strcmp(line, wanted))
    fprintf(stderr,
            "pleat %s: %s: the results in %s were made from another %s or with other settings and are kept; "
            "--overwrite-existing-results makes them anew\n",
            folder->settings->options->verb, job, folder->path, folder->settings->what);
  if (getline(&verdict, &verdict_size, file) > 0 && !strcmp(verdict, insane_mark)) folder->insane = true;
  free(wanted);
  free(line);
  free(verdict);
}

bool pleat_folder_has_mark(const pleat_folder *folder, const char *job) {
  char *path = done_path(folder, job);
  bool there = !access(path, R_OK);
  free(path);
  return there;
}

bool pleat_folder_is_done(pleat_folder *folder, const char *job, const char *fingerprint) {
  char *path = done_path(folder, job);
  FILE *file = fopen(path, "r");
  bool done = file && !folder->settings->overwrite;
  if (file && !done) unlink(path);
  if (done) note_done(folder, job, fingerprint, file);
  if (file) fclose(file);
  free(path);
  return done;
}

bool pleat_folder_mark_done(pleat_folder *folder, const char *job, const char *fingerprint, bool sane) {
  char *path = done_path(folder, job);
  char *text = pleat_output_path("%s\n%s", fingerprint, sane ? "" : insane_mark);
  bool ok = pleat_output_write(path, text, strlen(text));
  free(path);
  free(text);
  folder->insane = folder->insane || !sane;
  return ok;
}

/* ---- Files of a run ---- */

bool pleat_folder_find_info(const pleat_settings *settings, pleat_model_info *info) {
  for (size_t i = 0; i < pleat_model_count(); i++)
    if (pleat_model_info_get(settings->context, i, info) == PLEAT_OK &&
        !strcmp(info->name, pleat_settings_model_name(settings)))
      return true;
  return false;
}

static void write_citation(const pleat_folder *folder, const pleat_model_info *info) {
  const char *format = info->citation[0] == '@' ? "%s%s\n" : "@misc{%s,\n  note = {%s}\n}\n";
  char *text = pleat_output_path(format, info->citation[0] == '@' ? "" : info->name, info->citation);
  char *path = pleat_output_path("%s/cite.bibtex", folder->path);
  pleat_output_write(path, text, strlen(text));
  free(path);
  free(text);
}

static bool write_config(const pleat_folder *folder) {
  const pleat_settings *settings = folder->settings;
  json_t *config = json_object(), *given = json_object(), *model = json_object();
  for (int id = 0; pleat_options_row(id); id++)
    if (settings->options->values[id])
      json_object_set_new(given, pleat_options_row(id)->name, json_string(settings->options->values[id]));
  for (size_t i = 0; i < pleat_model_option_count(settings->model); i++) {
    pleat_option_info option = pleat_model_option(settings->model, i);
    json_object_set_new(model, option.name, json_string(option.value));
  }
  json_object_set_new(config, "version", json_string(pleat_version()));
  json_object_set_new(config, "model", json_string(pleat_settings_model_name(settings)));
  json_object_set_new(config, "weights_sha256", json_string(pleat_model_sha256(settings->model)));
  json_object_set_new(config, "model_options", model);
  json_object_set_new(config, "command_line", given);
  if (settings->seed) json_object_set_new(config, "seed", json_integer((json_int_t)settings->seed));
  json_object_set_new(config, "machine", json_string(pleat_context_describe_machine(settings->context)));
  json_object_set_new(config, "threads", json_integer(pleat_context_threads(settings->context)));
  char *path = pleat_output_path("%s/config.json", folder->path);
  bool ok = pleat_output_write_json(path, config, 6);
  free(path);
  return ok;
}

bool pleat_folder_begin(pleat_folder *folder, bool fresh) {
  pleat_settings *settings = folder->settings;
  pleat_model_info info;
  if (!pleat_output_folder(folder->path)) return false;
  if (!fresh) return true;
  folder->claims = pleat_claims_open(folder->path);
  pleat_output_server_time(folder->path, &folder->begun);
  if (pleat_folder_find_info(settings, &info)) write_citation(folder, &info);
  char *path = pleat_output_path("%s/log.txt", folder->path);
  settings->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (settings->log < 0) fprintf(stderr, "pleat %s: cannot write '%s': %s\n", settings->options->verb, path, strerror(errno));
  free(path);
  return settings->log >= 0 && write_config(folder);
}

void pleat_folder_log(const pleat_folder *folder, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pleat_settings_log_list(folder->settings, format, arguments);
  va_end(arguments);
}

void pleat_folder_time(pleat_folder *folder, const char *job, size_t residues, size_t batch, double seconds) {
  if (!folder->timings) folder->timings = json_array();
  json_array_append_new(folder->timings, json_pack("{s:s, s:i, s:f, s:i}", "name", job, "residues", (int)residues,
                                                   "seconds", seconds, "batch", (int)batch));
}

/* Jobs of earlier runs and of other processes that are in the file, those done anew aside. */
static json_t *merge_timings(const char *path, json_t *jobs) {
  json_t *before = json_load_file(path, 0, NULL), *merged = json_array(), *names = json_object(), *job;
  size_t i;
  json_array_foreach(jobs, i, job) json_object_set_new(names, json_string_value(json_object_get(job, "name")), json_true());
  json_array_foreach(json_object_get(before, "jobs"), i, job) {
    const char *name = json_string_value(json_object_get(job, "name"));
    if (name && !json_object_get(names, name)) json_array_append(merged, job);
  }
  json_array_extend(merged, jobs);
  json_decref(before);
  json_decref(names);
  return merged;
}

void pleat_folder_write_timings(const pleat_folder *folder, double total) {
  const char *given = folder->settings->options->values[PLEAT_OPTION_TIMINGS];
  char *path = given ? pleat_output_path("%s", given) : pleat_output_path("%s/timings.json", folder->path);
  json_t *jobs = folder->timings ? json_incref(folder->timings) : json_array(), *object = json_object();
  bool shared = !given && pleat_claims_lock(folder->claims, "timings.json");
  json_object_set_new(object, "load_seconds", json_real(folder->load_seconds));
  json_object_set_new(object, "total_seconds", json_real(total));
  json_object_set_new(object, "threads", json_integer(pleat_context_threads(folder->settings->context)));
  json_object_set_new(object, "jobs", shared ? merge_timings(path, jobs) : json_incref(jobs));
  pleat_output_write_json(path, object, 6);
  if (shared) pleat_claims_release(folder->claims, "timings.json");
  json_decref(jobs);
  free(path);
}

void pleat_folder_tidy(const pleat_folder *folder, const char *inside) {
  char *path = pleat_output_path("%s/%s", folder->path, inside);
  pleat_output_sweep(path, folder->begun);
  free(path);
}

void pleat_folder_end(pleat_folder *folder) {
  pleat_claims_close(folder->claims);
  json_decref(folder->timings);
}

int pleat_folder_last_word(const pleat_folder *folder, pleat_folder_count count, int code, double seconds) {
  const pleat_settings *settings = folder->settings;
  const char *verb = settings->options->verb;
  if (code == PLEAT_EXIT_STOPPED) {
    fprintf(stderr, "pleat %s: stopped by a signal with %zu of %zu jobs done; the same command goes on from there\n",
            verb, count.done, count.jobs);
    return code;
  }
  size_t elsewhere = count.jobs - count.done - count.failed;
  if (count.failed)
    fprintf(stderr, "pleat %s: %zu of %zu jobs failed\n", verb, count.failed, count.jobs);
  else if (!code && elsewhere && !settings->quiet)
    fprintf(stderr, "%zu of %zu jobs done in %.1f s, %zu in the hands of other processes: %s\n", count.done, count.jobs,
            seconds, elsewhere, folder->path);
  else if (!settings->quiet)
    fprintf(stderr, "%zu of %zu jobs done in %.1f s: %s\n", count.done, count.jobs, seconds, folder->path);
  if (code) return code;
  return count.failed ? PLEAT_EXIT_INPUTS : folder->insane ? PLEAT_EXIT_INSANE : PLEAT_EXIT_DONE;
}
