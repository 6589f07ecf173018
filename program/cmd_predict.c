/* pleat predict: sequences to structures with confidences, in batches, resumable.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "program/folder.h"
#include "program/job.h"
#include "program/output.h"
#include "program/trace.h"

typedef struct predict_run {
  pleat_settings settings;
  pleat_jobs jobs;
  pleat_folder folder;
  char seed[24];     /* as file names have it */
  char *fingerprint; /* model, weights and settings, the same for all jobs of the run */
} predict_run;

/* ---- Resuming ---- */

static void make_fingerprint(predict_run *run) {
  char *options = pleat_settings_describe(&run->settings);
  run->fingerprint = pleat_output_path("model=%s weights=%.16s %s", pleat_settings_model_name(&run->settings),
                                       pleat_model_sha256(run->settings.model), options);
  free(options);
}

static char *job_fingerprint(const predict_run *run, const pleat_job *job) {
  const pleat_options *options = run->settings.options;
  const char *msa = pleat_options_model_text(options, "msa"), *features = pleat_options_model_text(options, "features");
  const char *mode = pleat_options_model_text(options, "pair-mode");
  const char *strategy = pleat_options_model_text(options, "pair-strategy");
  return pleat_output_path("%s sequence=%s%s%s%s%s%s%s%s%s", run->fingerprint, job->sequence,
                           job->own && msa ? " msa=" : "", job->own && msa ? msa : "", features ? " features=" : "",
                           features ? features : "", mode ? " pair-mode=" : "", mode ? mode : "",
                           strategy ? " pair-strategy=" : "", strategy ? strategy : "");
}

static void skip_done(predict_run *run) {
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    if (job->failed) continue;
    char *fingerprint = job_fingerprint(run, job);
    job->done = pleat_folder_is_done(&run->folder, job->name, fingerprint);
    free(fingerprint);
  }
}

/* ---- One result ---- */

static bool write_as(predict_run *run, const pleat_job *job, const pleat_result *result, const char *what) {
  char *path = pleat_output_path(what, run->folder.path, job->name, pleat_settings_model_name(&run->settings), run->seed);
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
  bool square = pleat_result_array(result, "predicted_aligned_error", &plddt) == PLEAT_OK;
  if (structure && settings->pdb && !write_as(run, job, result, "%s/%s_unrelaxed_rank_001_%s_seed_%s.pdb"))
    return false;
  if (structure && settings->cif && !write_as(run, job, result, "%s/%s_unrelaxed_rank_001_%s_seed_%s.cif"))
    return false;
  if (!write_as(run, job, result, "%s/%s_scores_rank_001_%s_seed_%s.json")) return false;
  if (confident && !write_as(run, job, result, "%s/%s_plddt.svg")) return false;
  if (square && !write_as(run, job, result, "%s/%s_predicted_aligned_error_v1.json")) return false;
  if (pleat_options_flag(settings->options, PLEAT_OPTION_SAVE_ALL) &&
      !write_as(run, job, result, "%s/%s_arrays_rank_001_%s_seed_%s.h5"))
    return false;
  char *line = job_fingerprint(run, job);
  bool ok = pleat_folder_mark_done(&run->folder, job->name, line, pleat_result_is_sane(result));
  free(line);
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
  pleat_folder_time(&run->folder, job->name, job->length, batch, seconds);
  if (plddt >= 0) snprintf(confidence, sizeof confidence, ", pLDDT %.1f", plddt);
  const char *verdict = job->failed ? ", NOT WRITTEN" : pleat_result_is_sane(result) ? "" : ", FAILED ITS SANITY CHECK";
  pleat_folder_log(&run->folder, "%s %s_seed_%s%s, %zu residues, %.2f s%s", job->name,
                   pleat_settings_model_name(&run->settings), run->seed, confidence, job->length, seconds, verdict);
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
  pleat_folder_count count = {run->jobs.count, 0, run->jobs.failed};
  for (size_t i = 0; i < run->jobs.count; i++) count.done += run->jobs.list[i].done;
  return pleat_folder_last_word(&run->folder, count, code, seconds);
}

/* With the model open: skip what is done, refuse what cannot be run, run the rest. */
static int run_jobs(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_trace_file *trace = NULL;
  const char *trace_path = settings->options->values[PLEAT_OPTION_TRACE];
  double residues, begin = pleat_progress_now();
  make_fingerprint(run);
  snprintf(run->seed, sizeof run->seed, "%03ld", pleat_options_number(settings->options, PLEAT_OPTION_RANDOM_SEED));
  pleat_job_give_alignments(settings, &run->jobs);
  skip_done(run);
  pleat_job_check(settings, &run->jobs);
  size_t waiting = pleat_job_waiting(&run->jobs, &residues);
  if (trace_path && waiting != 1) {
    fprintf(stderr, "pleat predict: --trace records one query, but %zu are to be run\n", waiting);
    return PLEAT_EXIT_USAGE;
  }
  int code = waiting ? pleat_job_fit_memory(settings, &run->jobs) : PLEAT_EXIT_DONE;
  if (code) return code;
  if (!pleat_folder_begin(&run->folder, waiting > 0)) return PLEAT_EXIT_INPUTS;
  if (trace_path && !(trace = pleat_trace_open(trace_path, settings->model))) return PLEAT_EXIT_INPUTS;
  pleat_progress_catch_signals();
  pleat_progress_start(&settings->progress, settings->quiet, waiting, residues);
  code = run_all(run);
  pleat_progress_end(&settings->progress);
  if (trace && !pleat_trace_close(trace, settings->model, code == PLEAT_EXIT_DONE)) code = PLEAT_EXIT_INPUTS;
  double seconds = pleat_progress_now() - begin;
  if (waiting) pleat_folder_write_timings(&run->folder, seconds);
  return last_word(run, code, seconds);
}

static int open_and_run(predict_run *run, const char *input) {
  int code = pleat_job_read(&run->settings, input, &run->jobs);
  if (code) return code;
  if (run->jobs.failed && run->jobs.failed == run->jobs.count) return last_word(run, PLEAT_EXIT_DONE, 0);
  double begin = pleat_progress_now();
  code = pleat_settings_open_model(&run->settings);
  run->folder.load_seconds = pleat_progress_now() - begin;
  return code ? code : run_jobs(run);
}

int pleat_verb_predict(const pleat_options *options) {
  predict_run run = {.folder = {.path = options->inputs[1], .mark = ""}};
  run.folder.settings = &run.settings;
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = open_and_run(&run, options->inputs[0]);
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  json_decref(run.folder.timings);
  free(run.fingerprint);
  return code;
}
