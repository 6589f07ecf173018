/* pleat predict: sequences to structures with confidences, in batches, resumable.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/job.h"
#include "program/output.h"
#include "program/trace.h"

typedef struct predict_run {
  pleat_settings settings;
  pleat_jobs jobs;
  const char *folder;
  char *fingerprint; /* model, weights and settings, the same for all jobs of the run */
  json_t *timings;   /* one object a job */
  bool insane;
  double load_seconds;
} predict_run;

/* ---- Resuming: NAME.done.txt holds the fingerprint of what made the results, and whether they are insane ---- */

static const char insane_mark[] = "failed its sanity check\n";

static char *done_path(const predict_run *run, const pleat_job *job) {
  return pleat_output_path("%s/%s.done.txt", run->folder, job->name);
}

static void make_fingerprint(predict_run *run) {
  char *options = pleat_settings_describe(&run->settings);
  run->fingerprint = pleat_output_path("model=%s weights=%.16s %s", pleat_settings_model_name(&run->settings),
                                       pleat_model_sha256(run->settings.model), options);
  free(options);
}

static char *job_fingerprint(const predict_run *run, const pleat_job *job) {
  return pleat_output_path("%s sequence=%s\n", run->fingerprint, job->sequence);
}

/* Results of an earlier run are kept, told when they are of something else, and still count as insane. */
static void note_done(predict_run *run, pleat_job *job, FILE *file) {
  char *wanted = job_fingerprint(run, job), *line = NULL, *verdict = NULL;
  size_t line_size = 0, verdict_size = 0;
  job->done = true;
  if (getline(&line, &line_size, file) < 0 || strcmp(line, wanted))
    fprintf(stderr,
            "pleat predict: %s: the results in %s were made from another sequence or with other settings and are kept; "
            "--overwrite-existing-results makes them anew\n",
            job->name, run->folder);
  if (getline(&verdict, &verdict_size, file) > 0 && !strcmp(verdict, insane_mark)) run->insane = true;
  free(wanted);
  free(line);
  free(verdict);
}

static void skip_done(predict_run *run) {
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    char *path = done_path(run, job);
    FILE *file = job->failed ? NULL : fopen(path, "r");
    if (file && run->settings.overwrite)
      unlink(path);
    else if (file)
      note_done(run, job, file);
    if (file) fclose(file);
    free(path);
  }
}

/* ---- Files of a run ---- */

static void write_citation(const predict_run *run, const pleat_model_info *info) {
  const char *format = info->citation[0] == '@' ? "%s%s\n" : "@misc{%s,\n  note = {%s}\n}\n";
  char *text = pleat_output_path(format, info->citation[0] == '@' ? "" : info->name, info->citation);
  char *path = pleat_output_path("%s/cite.bibtex", run->folder);
  pleat_output_write(path, text, strlen(text));
  free(path);
  free(text);
}

static bool find_info(const pleat_settings *settings, pleat_model_info *info) {
  for (size_t i = 0; i < pleat_model_count(); i++)
    if (pleat_model_info_get(settings->context, i, info) == PLEAT_OK &&
        !strcmp(info->name, pleat_settings_model_name(settings)))
      return true;
  return false;
}

static bool write_config(const predict_run *run) {
  const pleat_settings *settings = &run->settings;
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
  json_object_set_new(config, "machine", json_string(pleat_context_describe_machine(settings->context)));
  json_object_set_new(config, "threads", json_integer(pleat_context_threads(settings->context)));
  char *path = pleat_output_path("%s/config.json", run->folder);
  bool ok = pleat_output_write_json(path, config);
  free(path);
  return ok;
}

static bool start_folder(predict_run *run) {
  pleat_model_info info;
  if (find_info(&run->settings, &info)) write_citation(run, &info);
  char *path = pleat_output_path("%s/log.txt", run->folder);
  run->settings.log = fopen(path, "a");
  if (!run->settings.log) fprintf(stderr, "pleat predict: cannot write '%s': %s\n", path, strerror(errno));
  free(path);
  return run->settings.log && write_config(run);
}

static void write_timings(predict_run *run, double total) {
  const char *given = run->settings.options->values[PLEAT_OPTION_TIMINGS];
  char *path = given ? pleat_output_path("%s", given) : pleat_output_path("%s/timings.json", run->folder);
  json_t *object = json_object();
  json_object_set_new(object, "load_seconds", json_real(run->load_seconds));
  json_object_set_new(object, "total_seconds", json_real(total));
  json_object_set_new(object, "threads", json_integer(pleat_context_threads(run->settings.context)));
  json_object_set(object, "jobs", run->timings);
  pleat_output_write_json(path, object);
  free(path);
}

/* ---- One result ---- */

static bool write_as(predict_run *run, const pleat_job *job, const pleat_result *result, const char *what) {
  char *path = pleat_output_path(what, run->folder, job->name, pleat_settings_model_name(&run->settings));
  pleat_status status = pleat_result_write(result, path);
  if (status) pleat_settings_fail(&run->settings, status);
  free(path);
  return status == PLEAT_OK;
}

/* Every file of the result, .done.txt last. */
static bool write_result(predict_run *run, const pleat_job *job, const pleat_result *result) {
  const pleat_settings *settings = &run->settings;
  pleat_array plddt;
  bool structure = pleat_result_structure(result) != NULL;
  bool confident = pleat_result_array(result, "plddt", &plddt) == PLEAT_OK;
  if (structure && settings->pdb && !write_as(run, job, result, "%s/%s_unrelaxed_rank_001_%s_seed_000.pdb"))
    return false;
  if (structure && settings->cif && !write_as(run, job, result, "%s/%s_unrelaxed_rank_001_%s_seed_000.cif"))
    return false;
  if (!write_as(run, job, result, "%s/%s_scores_rank_001_%s_seed_000.json")) return false;
  if (confident && !write_as(run, job, result, "%s/%s_plddt.svg")) return false;
  if (pleat_options_flag(settings->options, PLEAT_OPTION_SAVE_ALL) &&
      !write_as(run, job, result, "%s/%s_arrays_rank_001_%s_seed_000.h5"))
    return false;
  char *path = done_path(run, job), *line = job_fingerprint(run, job);
  char *text = pleat_output_path("%s%s", line, pleat_result_is_sane(result) ? "" : insane_mark);
  bool ok = pleat_output_write(path, text, strlen(text));
  free(path);
  free(line);
  free(text);
  return ok;
}

static double mean_plddt(const pleat_result *result) {
  pleat_array plddt;
  double sum = 0;
  if (pleat_result_array(result, "plddt", &plddt) || plddt.rank != 1 || !plddt.shape[0]) return -1;
  for (size_t i = 0; i < plddt.shape[0]; i++) sum += plddt.data[i];
  return sum / (double)plddt.shape[0];
}

static void finish_job(predict_run *run, pleat_job *job, const pleat_result *result, double seconds, size_t batch) {
  char confidence[32] = "";
  double plddt = mean_plddt(result);
  job->failed = !write_result(run, job, result);
  job->done = !job->failed;
  run->jobs.failed += job->failed;
  run->insane = run->insane || !pleat_result_is_sane(result);
  json_array_append_new(run->timings, json_pack("{s:s, s:i, s:f, s:i}", "name", job->name, "residues", (int)job->length,
                                                "seconds", seconds, "batch", (int)batch));
  if (plddt >= 0) snprintf(confidence, sizeof confidence, ", pLDDT %.1f", plddt);
  if (run->settings.log)
    fprintf(run->settings.log, "%s %s_seed_000%s, %zu residues, %.2f s%s\n", job->name,
            pleat_settings_model_name(&run->settings), confidence, job->length, seconds,
            job->failed                    ? ", NOT WRITTEN"
            : pleat_result_is_sane(result) ? ""
                                           : ", FAILED ITS SANITY CHECK");
  pleat_progress_job(&run->settings.progress, (double)job->length, "%s: %zu residues%s, %.2f s", job->name, job->length,
                     confidence, seconds);
}

/* ---- Batches ---- */

/* Predicts and writes the jobs; when a whole batch fails, each job runs alone, so that one cannot take others along. */
static int run_batch(predict_run *run, pleat_job **batch, size_t count) {
  pleat_settings *settings = &run->settings;
  const pleat_query **queries = calloc(count, sizeof *queries);
  pleat_result **results = calloc(count, sizeof *results);
  if (!queries || !results) abort();
  double begin = pleat_progress_now();
  settings->progress.batch = 0;
  for (size_t i = 0; i < count; i++) {
    queries[i] = batch[i]->query;
    settings->progress.batch += (double)batch[i]->length;
  }
  pleat_status status = pleat_predict(settings->model, queries, count, results);
  double seconds = (pleat_progress_now() - begin) / (double)count;
  int code = PLEAT_EXIT_DONE;
  settings->progress.batch = 0;
  for (size_t i = 0; !status && i < count; i++) {
    finish_job(run, batch[i], results[i], seconds, count);
    pleat_result_free(results[i]);
  }
  if (status == PLEAT_ERROR_CANCELLED)
    code = PLEAT_EXIT_STOPPED;
  else if (status && count == 1) {
    code = pleat_settings_fail(settings, status);
    batch[0]->failed = true;
    run->jobs.failed++;
  }
  free(queries);
  free(results);
  for (size_t i = 0; status && count > 1 && code == PLEAT_EXIT_DONE && i < count; i++) {
    int one = run_batch(run, &batch[i], 1);
    if (one == PLEAT_EXIT_STOPPED) code = one;
  }
  return code;
}

static int run_all(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_job **batch = calloc(settings->batch_size + 1, sizeof *batch);
  if (!batch) abort();
  size_t at = 0, count;
  int code = PLEAT_EXIT_DONE;
  while (code != PLEAT_EXIT_STOPPED && (count = pleat_job_batch(&run->jobs, settings->batch_size, &at, batch))) {
    code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : run_batch(run, batch, count);
    if (code == PLEAT_EXIT_MEMORY) break;
  }
  free(batch);
  return code == PLEAT_EXIT_INPUTS ? PLEAT_EXIT_DONE : code; /* failed jobs are counted in the list */
}

static int last_word(const predict_run *run, int code, double seconds) {
  size_t done = 0;
  for (size_t i = 0; i < run->jobs.count; i++) done += run->jobs.list[i].done;
  if (code == PLEAT_EXIT_STOPPED) {
    fprintf(stderr,
            "pleat predict: stopped by a signal with %zu of %zu jobs done; the same command goes on from there\n", done,
            run->jobs.count);
    return code;
  }
  if (run->jobs.failed)
    fprintf(stderr, "pleat predict: %zu of %zu jobs failed\n", run->jobs.failed, run->jobs.count);
  else if (!run->settings.quiet)
    fprintf(stderr, "%zu of %zu jobs done in %.1f s: %s\n", done, run->jobs.count, seconds, run->folder);
  if (code) return code;
  return run->jobs.failed ? PLEAT_EXIT_INPUTS : run->insane ? PLEAT_EXIT_INSANE : PLEAT_EXIT_DONE;
}

/* With the model open: skip what is done, refuse what cannot be run, run the rest. */
static int run_jobs(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_trace_file *trace = NULL;
  const char *trace_path = settings->options->values[PLEAT_OPTION_TRACE];
  double residues, begin = pleat_progress_now();
  make_fingerprint(run);
  skip_done(run);
  pleat_job_check(settings, &run->jobs);
  size_t waiting = pleat_job_waiting(&run->jobs, &residues);
  if (trace_path && waiting != 1) {
    fprintf(stderr, "pleat predict: --trace records one query, but %zu are to be run\n", waiting);
    return PLEAT_EXIT_USAGE;
  }
  int code = waiting ? pleat_job_fit_memory(settings, &run->jobs) : PLEAT_EXIT_DONE;
  if (code) return code;
  if (!pleat_output_folder(run->folder) || (waiting && !start_folder(run))) return PLEAT_EXIT_INPUTS;
  if (trace_path && !(trace = pleat_trace_open(trace_path, settings->model))) return PLEAT_EXIT_INPUTS;
  pleat_progress_catch_signals();
  pleat_progress_start(&settings->progress, settings->quiet, waiting, residues);
  code = run_all(run);
  pleat_progress_end(&settings->progress);
  if (trace && !pleat_trace_close(trace, settings->model, code == PLEAT_EXIT_DONE)) code = PLEAT_EXIT_INPUTS;
  double seconds = pleat_progress_now() - begin;
  if (waiting) write_timings(run, seconds);
  return last_word(run, code, seconds);
}

static int open_and_run(predict_run *run, const char *input) {
  int code = pleat_job_read(&run->settings, input, &run->jobs);
  if (code) return code;
  if (run->jobs.failed && run->jobs.failed == run->jobs.count) return last_word(run, PLEAT_EXIT_DONE, 0);
  double begin = pleat_progress_now();
  code = pleat_settings_open_model(&run->settings);
  run->load_seconds = pleat_progress_now() - begin;
  return code ? code : run_jobs(run);
}

int pleat_verb_predict(const pleat_options *options) {
  predict_run run = {.folder = options->inputs[1], .timings = json_array()};
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = open_and_run(&run, options->inputs[0]);
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  json_decref(run.timings);
  free(run.fingerprint);
  return code;
}
