/* pleat predict: sequences to structures with confidences, by one or several models and seeds, in batches, resumable.
 * SPDX-License-Identifier: MIT
 *
 * Models are the outer loop, so that each file of weights is read once, then seeds, then jobs. A job is finished, its
 * predictions ranked, as soon as it has them all. Several processes can work on one folder: each claims a prediction before
 * it makes it, and reads those that others made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/checkpoint.h"
#include "program/family.h"
#include "program/fingerprint.h"
#include "program/job_files.h"
#include "program/output.h"
#include "program/relax.h"
#include "program/template.h"
#include "program/together.h"
#include "program/report.h"
#include "program/trace.h"

enum { MOST_SEEDS = 100000 };

typedef struct predict_run {
  pleat_settings settings;
  pleat_jobs jobs;
  pleat_folder folder;
  pleat_family family;
  pleat_ranking ranking;
  size_t open;          /* of the family, the model that is open */
  size_t model;         /* of this round */
  long first_seed, seed; /* of the run, of this round */
  size_t seeds;
  bool tidy;           /* OUTDIR may hold files of earlier runs beside finished jobs */
  char **fingerprints; /* (rounds) model, weights and settings, the same for all jobs; NULL before its first round */
  char *whole;         /* of the run */
  bool together;       /* all processes of pleat_mpi make each prediction */
  bool made, unsure;   /* in this sweep: a prediction was made; another process has one and may be dead */
} predict_run;

static size_t prediction_count(const predict_run *run) { return run->family.count * run->seeds; }
static size_t round_of(const predict_run *run) { return run->model * run->seeds + (size_t)(run->seed - run->first_seed); }
static const char *fingerprint_of(const predict_run *run) { return run->fingerprints[round_of(run)]; }

/* ---- Resuming ---- */

static void skip_done(predict_run *run) {
  run->tidy = run->settings.overwrite || prediction_count(run) > 1 || pleat_part_left(run->folder.path);
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    if (job->failed) continue;
    char *fingerprint = pleat_fingerprint_job(&run->settings, run->whole, job);
    job->done = pleat_folder_is_done(&run->folder, job->name, fingerprint);
    if (run->settings.overwrite || (job->done && run->tidy)) pleat_part_clear_hidden(run->folder.path, job->name);
    free(fingerprint);
  }
}

/* ---- The predictions of a job ---- */

static pleat_part part_of(const predict_run *run, const pleat_job *job, size_t model, long seed) {
  return (pleat_part){.folder = run->folder.path, .job = job->name, .model = run->family.names[model], .seed = seed,
                      .alone = prediction_count(run) == 1};
}

static bool is_enough(const predict_run *run, const pleat_job *job, pleat_ranking_scores scores) {
  pleat_ranking_metric metric = pleat_ranking_choose(&run->ranking, pleat_job_chains(job), scores);
  return pleat_ranking_score(metric, scores) > run->ranking.stop;
}

/* Whether this round's prediction of the job is there, from an earlier run or another process; it is kept then. */
static bool read_part(predict_run *run, pleat_job *job) {
  pleat_part part = part_of(run, job, run->model, run->seed);
  pleat_part_record record;
  char *fingerprint = pleat_fingerprint_job(&run->settings, fingerprint_of(run), job);
  bool there = pleat_part_read(&part, fingerprint, &record);
  if (there) pleat_job_keep(job, &part, &record), job->enough = is_enough(run, job, record.scores);
  else json_decref(part.files);
  free(fingerprint);
  return there;
}

/* Rests the jobs that have this round's prediction, or one that is good enough. */
static void rest_jobs(predict_run *run) {
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    job->resting = job->enough;
    if (job->failed || job->done || job->resting || prediction_count(run) == 1) continue;
    job->resting = read_part(run, job);
  }
}

/* ---- Claims: of a prediction while it is made, of a job while it is finished ---- */

static void release_part(const predict_run *run, const pleat_job *job) {
  pleat_part part = part_of(run, job, run->model, run->seed);
  char *tag = pleat_part_tag(&part);
  pleat_folder_release(&run->folder, job->name, tag);
  free(tag);
}

static pleat_claim_state take_part(predict_run *run, const pleat_job *job) {
  pleat_part part = part_of(run, job, run->model, run->seed);
  char *tag = pleat_part_tag(&part);
  pleat_claim_state state = pleat_folder_take(&run->folder, job->name, tag);
  free(tag);
  run->unsure = run->unsure || state == PLEAT_CLAIM_WATCHED;
  return state;
}

/* What another process finished since this one looked. */
static bool is_done_meanwhile(predict_run *run, pleat_job *job) {
  if (run->settings.overwrite || !pleat_folder_has_mark(&run->folder, job->name)) return false;
  char *fingerprint = pleat_fingerprint_job(&run->settings, run->whole, job);
  job->done = pleat_folder_is_done(&run->folder, job->name, fingerprint);
  free(fingerprint);
  return job->done;
}

/* Whether this process is to make the job's prediction of this round. One that is good enough spares the later ones, so that
 * with --stop-at-score a prediction has to wait for those before it. */
static bool take_job(void *user, pleat_job *job) {
  predict_run *run = user;
  job->resting = true;
  if (isfinite(run->ranking.stop) && job->predictions != round_of(run)) return false;
  pleat_claim_state state = take_part(run, job);
  if (state == PLEAT_CLAIM_FAILED) job->failed = true, run->jobs.failed++;
  if (state != PLEAT_CLAIM_MINE) return false;
  bool there = is_done_meanwhile(run, job) || (prediction_count(run) > 1 && read_part(run, job));
  if (there) release_part(run, job);
  job->resting = false;
  return !there;
}

static bool has_all(const predict_run *run, const pleat_job *job) {
  return job->enough || job->predictions == prediction_count(run);
}

/* The predictions as one process alone makes them: by round. */
static int compare_rounds(const predict_run *run, const pleat_part *a, const pleat_part *b) {
  size_t x = 0, y = 0;
  while (strcmp(run->family.names[x], a->model)) x++;
  while (strcmp(run->family.names[y], b->model)) y++;
  return x != y ? (x > y) - (x < y) : (a->seed > b->seed) - (a->seed < b->seed);
}

static void sort_predictions(const predict_run *run, pleat_job *job) {
  for (size_t i = 1; i < job->predictions; i++)
    for (size_t k = i; k > 0 && compare_rounds(run, &job->parts[k - 1], &job->parts[k]) > 0; k--) {
      pleat_part part = job->parts[k];
      pleat_part_record record = job->records[k];
      job->parts[k] = job->parts[k - 1];
      job->records[k] = job->records[k - 1];
      job->parts[k - 1] = part;
      job->records[k - 1] = record;
    }
}

/* Ranks and marks the job. */
static void rank_job(predict_run *run, pleat_job *job) {
  sort_predictions(run, job);
  char *fingerprint = pleat_fingerprint_job(&run->settings, run->whole, job);
  const pleat_job_files files = {.folder = &run->folder, .job = job, .ranking = &run->ranking, .fingerprint = fingerprint,
                                 .tidy = run->tidy, .parts = job->parts, .records = job->records,
                                 .count = job->predictions};
  job->failed = !pleat_job_files_finish(&files);
  job->done = !job->failed;
  run->jobs.failed += job->failed;
  free(fingerprint);
}

/* A job of several predictions gets its own claim: they may have been made by several processes. */
static void finish_job(predict_run *run, pleat_job *job) {
  if (prediction_count(run) == 1) return rank_job(run, job);
  pleat_claim_state state = pleat_folder_take(&run->folder, job->name, NULL);
  run->unsure = run->unsure || state == PLEAT_CLAIM_WATCHED;
  if (state == PLEAT_CLAIM_FAILED) job->failed = true, run->jobs.failed++;
  if (state != PLEAT_CLAIM_MINE) return;
  if (!is_done_meanwhile(run, job)) rank_job(run, job);
  pleat_folder_release(&run->folder, job->name, NULL);
}

static void tell(predict_run *run, const pleat_job *job, const pleat_result *result, double seconds, bool written) {
  pleat_part part = part_of(run, job, run->model, run->seed);
  char confidence[32] = "", *tag = pleat_part_tag(&part);
  double plddt = pleat_ranking_scores_of(result).plddt;
  bool alone = prediction_count(run) == 1;
  if (plddt >= 0) snprintf(confidence, sizeof confidence, ", pLDDT %.1f", plddt);
  const char *verdict = !written ? ", NOT WRITTEN" : pleat_result_is_sane(result) ? "" : ", FAILED ITS SANITY CHECK";
  pleat_folder_log(&run->folder, "%s %s%s, %zu residues, %.2f s%s", job->name, tag, confidence, job->length, seconds, verdict);
  pleat_progress_job(&run->settings.progress, job->cost, "%s%s%s: %zu residues%s, %.2f s", job->name,
                     alone ? "" : " ", alone ? "" : tag, job->length, confidence, seconds);
  free(tag);
}

static void take_result(predict_run *run, pleat_job *job, const pleat_result *result, double seconds, size_t batch) {
  pleat_part part = part_of(run, job, run->model, run->seed);
  pleat_part_record record = {pleat_ranking_scores_of(result), pleat_result_is_sane(result)};
  char *fingerprint = pleat_fingerprint_job(&run->settings, fingerprint_of(run), job);
  bool ok = pleat_job_files_predict(&run->settings, &part, result) && pleat_part_close(&part, fingerprint, &record);
  free(fingerprint);
  pleat_job_keep(job, &part, &record);
  job->enough = is_enough(run, job, record.scores);
  run->made = true;
  if (!ok) job->failed = true, run->jobs.failed++;
  pleat_folder_time(&run->folder, job->name, job->length, batch, seconds);
  if (ok && has_all(run, job)) finish_job(run, job);
  if (!job->failed && pleat_checkpoint_kept(&run->settings)) pleat_checkpoint_remove(&part);
  release_part(run, job);
  tell(run, job, result, seconds, !job->failed);
}

/* ---- Batches ---- */

/* The model of this round with its seed, opened if another one is. */
static int open_round(predict_run *run) {
  pleat_settings *settings = &run->settings;
  char seed[24];
  int code = PLEAT_EXIT_DONE;
  if (run->open != run->model) {
    double begin = pleat_progress_now();
    code = pleat_settings_open_named(settings, run->family.names[run->model]);
    run->folder.load_seconds += pleat_progress_now() - begin;
    if (!code) code = pleat_job_fit_memory(settings, &run->jobs);
    run->open = run->model;
  }
  if (code || prediction_count(run) == 1) return code;
  snprintf(seed, sizeof seed, "%ld", run->seed);
  return pleat_model_set_option(settings->model, "random-seed", seed) ? pleat_settings_fail(settings, PLEAT_ERROR_INPUT)
                                                                      : PLEAT_EXIT_DONE;
}

/* Predicts and writes the jobs; when a whole batch fails, each job runs alone, so that one cannot take others along. */
static int run_batch(predict_run *run, pleat_job **batch, size_t count) {
  pleat_settings *settings = &run->settings;
  const pleat_part first = part_of(run, batch[0], run->model, run->seed);
  if (pleat_checkpoint_kept(settings) && pleat_checkpoint_begin(settings, &first)) return PLEAT_EXIT_USAGE;
  const pleat_query **queries = calloc(count, sizeof *queries);
  pleat_result **results = calloc(count, sizeof *results);
  if (!queries || !results) abort();
  double begin = pleat_progress_now();
  settings->progress.batch = 0;
  for (size_t i = 0; i < count; i++) {
    queries[i] = batch[i]->query;
    settings->progress.batch += batch[i]->cost;
  }
  for (size_t i = 0; i < count; i++)
    pleat_folder_log(&run->folder, "Query %td/%zu: %s (length %zu)", batch[i] - run->jobs.list + 1, run->jobs.count,
                     batch[i]->name, batch[i]->length);
  if (run->together)
    pleat_together_tell(settings, (pleat_together_order){1, (long long)run->model, run->seed, batch[0] - run->jobs.list});
  pleat_status status = pleat_predict(settings->model, queries, count, results);
  double seconds = (pleat_progress_now() - begin) / (double)count;
  int code = PLEAT_EXIT_DONE;
  settings->progress.batch = 0;
  for (size_t i = 0; !status && i < count; i++) {
    take_result(run, batch[i], results[i], seconds, count);
    pleat_result_free(results[i]);
  }
  if (status == PLEAT_ERROR_CANCELLED)
    code = PLEAT_EXIT_STOPPED;
  else if (status && count == 1) {
    code = pleat_settings_fail(settings, status);
    batch[0]->failed = true;
    run->jobs.failed++;
    release_part(run, batch[0]);
  }
  free(queries);
  free(results);
  for (size_t i = 0; status && count > 1 && code == PLEAT_EXIT_DONE && i < count; i++) {
    int one = run_batch(run, &batch[i], 1);
    if (one == PLEAT_EXIT_STOPPED) code = one;
  }
  return code;
}

/* The jobs of one round: one model, one seed. */
static int run_batches(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_job **batch = calloc(settings->batch_size + 1, sizeof *batch);
  if (!batch) abort();
  size_t at = 0, count;
  int code = PLEAT_EXIT_DONE;
  if (pleat_checkpoint_kept(settings)) settings->batch_size = 1;
  while (code != PLEAT_EXIT_STOPPED && (count = pleat_job_batch(&run->jobs, settings->batch_size, &at, batch))) {
    code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : open_round(run);
    if (!code) code = run_batch(run, batch, count);
    if (code == PLEAT_EXIT_MEMORY || code == PLEAT_EXIT_USAGE) break;
  }
  free(batch);
  return code == PLEAT_EXIT_INPUTS ? PLEAT_EXIT_DONE : code; /* failed jobs are counted in the list */
}

/* ---- Rounds ---- */

/* Jobs that have all predictions, but no ranks. */
static void finish_resumed(predict_run *run) {
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    if (!job->failed && !job->done && job->predictions && has_all(run, job)) finish_job(run, job);
  }
}

static int run_round(predict_run *run) {
  char **fingerprint = &run->fingerprints[round_of(run)];
  if (!*fingerprint) {
    int code = open_round(run);
    if (code) return code;
    *fingerprint = pleat_fingerprint_model(&run->settings);
  }
  rest_jobs(run);
  finish_resumed(run);
  return run_batches(run);
}

/* Every prediction once: made, read, or in the hands of another process. */
static int sweep(predict_run *run) {
  int code = PLEAT_EXIT_DONE;
  double residues;
  run->made = run->unsure = false;
  for (size_t i = 0; i < run->jobs.count; i++)
    if (!run->jobs.list[i].done) pleat_job_forget(&run->jobs.list[i]);
  for (run->model = 0; run->model < run->family.count && !code; run->model++) {
    if (!pleat_job_waiting(&run->jobs, &residues)) break;
    for (size_t s = 0; s < run->seeds && !code; s++) {
      run->seed = run->first_seed + (long)s;
      code = run_round(run);
    }
  }
  if (!code) finish_resumed(run);
  return code;
}

/* Until all is done or in the hands of processes that were seen at work. Who made a prediction looks once more: of two that
 * make the last ones of a job, the later one finds the other's. */
static int run_models(predict_run *run) {
  double residues;
  int code = sweep(run);
  while (!code && (run->made || run->unsure) && pleat_job_waiting(&run->jobs, &residues)) {
    if (!run->made) pleat_claims_pause(run->folder.claims);
    code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : sweep(run);
  }
  return code;
}

static int last_word(const predict_run *run, int code, double seconds) {
  pleat_folder_count count = {run->jobs.count, 0, run->jobs.failed};
  for (size_t i = 0; i < run->jobs.count; i++) count.done += run->jobs.list[i].done;
  return pleat_folder_last_word(&run->folder, count, code, seconds);
}

static void log_templates(const predict_run *run) {
  char line[600];
  for (size_t i = 0; i < run->jobs.count; i++) {
    const pleat_job *job = &run->jobs.list[i];
    for (size_t t = 0; !job->failed && !job->done && job->own && t < pleat_query_template_count(job->own); t++) {
      pleat_template_describe(job->own, t, line);
      pleat_folder_log(&run->folder, "%s: %s", job->name, line);
    }
  }
}

/* With the first model open: skip what is done, refuse what cannot be run, run the rest. */
static int run_jobs(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_trace_file *trace = NULL;
  const char *trace_path = settings->options->values[PLEAT_OPTION_TRACE];
  double residues, begin = pleat_progress_now();
  int code = pleat_fingerprint_run(settings, &run->family, &run->whole);
  if (code) return code;
  run->fingerprints = calloc(prediction_count(run), sizeof *run->fingerprints);
  if (!run->fingerprints) abort();
  run->jobs.take = take_job;
  run->jobs.user = run;
  skip_done(run);
  pleat_job_check(settings, &run->jobs);
  size_t waiting = pleat_job_waiting(&run->jobs, &residues);
  if (trace_path && waiting * prediction_count(run) != 1) {
    fprintf(stderr, "pleat predict: --trace records one prediction, but %zu are to be run\n",
            waiting * prediction_count(run));
    return PLEAT_EXIT_USAGE;
  }
  code = waiting ? pleat_job_fit_memory(settings, &run->jobs) : PLEAT_EXIT_DONE;
  if (code) return code;
  if (!pleat_folder_begin(&run->folder, waiting > 0)) return PLEAT_EXIT_INPUTS;
  log_templates(run);
  if (trace_path && !(trace = pleat_trace_open(trace_path, settings->model))) return PLEAT_EXIT_INPUTS;
  double work = pleat_job_cost(settings, &run->jobs) * (double)prediction_count(run);
  pleat_progress_start(&settings->progress, settings->quiet, waiting * prediction_count(run), work);
  code = waiting ? run_models(run) : PLEAT_EXIT_DONE;
  pleat_progress_end(&settings->progress);
  if (trace && !pleat_trace_close(trace, settings->model, code == PLEAT_EXIT_DONE)) code = PLEAT_EXIT_INPUTS;
  double seconds = pleat_progress_now() - begin;
  if (waiting) pleat_folder_write_timings(&run->folder, seconds);
  bool all = waiting && !pleat_job_waiting(&run->jobs, &residues);
  if (all) pleat_folder_tidy(&run->folder, ".");
  code = last_word(run, code, seconds);
  return all ? pleat_report_finish(settings, run->folder.path, code) : code;
}

static int read_seeds(predict_run *run) {
  const char *text = pleat_options_model_text(run->settings.options, "num-seeds");
  char *end;
  run->first_seed = pleat_options_number(run->settings.options, PLEAT_OPTION_RANDOM_SEED);
  run->seeds = text ? strtoul(text, &end, 10) : 1;
  if (!text || (*text != '-' && *text != '+' && !*end && run->seeds >= 1 && run->seeds <= MOST_SEEDS)) return PLEAT_EXIT_DONE;
  fprintf(stderr, "pleat predict: --num-seeds wants a whole number from 1 to %d, not '%s'\n", MOST_SEEDS, text);
  return PLEAT_EXIT_USAGE;
}

static int read_and_open(predict_run *run, const char *input) {
  pleat_settings *settings = &run->settings;
  int code = read_seeds(run);
  if (!code) code = pleat_relax_check(settings);
  if (!code) code = pleat_job_read(settings, input, &run->jobs);
  if (code) return code;
  if (run->jobs.failed && run->jobs.failed == run->jobs.count) return last_word(run, PLEAT_EXIT_DONE, 0);
  double begin = pleat_progress_now();
  code = pleat_family_choose(settings, &run->family);
  if (!code) code = pleat_ranking_read(settings, &run->ranking);
  if (!code) code = pleat_settings_open_named(settings, run->family.names[0]);
  if (!code) code = pleat_ranking_check(settings, &run->ranking);
  run->folder.load_seconds = pleat_progress_now() - begin;
  if (!code) pleat_job_give_alignments(settings, &run->jobs);
  return code;
}

/* Ranks behind the first: their part of what that one predicts, again and again. What a prediction comes to, it tells. */
static int follow(predict_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_together_order order;
  while (pleat_together_hear(settings, &order)) {
    pleat_job *job = &run->jobs.list[order.job];
    run->model = (size_t)order.model;
    run->seed = (long)order.seed;
    const pleat_part part = part_of(run, job, run->model, run->seed);
    pleat_result *result;
    if (open_round(run) || (pleat_checkpoint_kept(settings) && pleat_checkpoint_begin(settings, &part)))
      pleat_together_abandon(settings, "it cannot open what rank 0 opened");
    if (!pleat_predict(settings->model, &job->query, 1, &result)) pleat_result_free(result);
  }
  return PLEAT_EXIT_DONE;
}

static int run_together(predict_run *run) {
  pleat_together_begin(&run->settings);
  if (!pleat_together_is_first(&run->settings)) return follow(run);
  int code = run_jobs(run);
  pleat_together_tell(&run->settings, (pleat_together_order){0});
  return code;
}

static int open_and_run(predict_run *run, const char *input) {
  pleat_settings *settings = &run->settings;
  const pleat_ranks *ranks = settings->options->ranks;
  bool first = pleat_together_is_first(settings);
  int code = first ? read_and_open(run, input) : PLEAT_EXIT_DONE;
  code = pleat_together_settle(settings, &run->jobs, first && !code ? prediction_count(run) : 0, code, &run->together);
  if (code) return first ? code : PLEAT_EXIT_DONE;
  if (!first && (code = read_and_open(run, input))) pleat_together_abandon(settings, "it cannot read or open what rank 0 did");
  if (run->together) return run_together(run);
  if (ranks && ranks->count > 1) pleat_job_split(settings, &run->jobs, (size_t)ranks->rank, (size_t)ranks->count);
  return run_jobs(run);
}

int pleat_verb_predict(const pleat_options *options) {
  predict_run run = {.folder = {.path = options->inputs[1], .mark = ""}};
  run.folder.settings = &run.settings;
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = open_and_run(&run, options->inputs[0]);
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  for (size_t i = 0; run.fingerprints && i < prediction_count(&run); i++) free(run.fingerprints[i]);
  free(run.fingerprints);
  pleat_family_free(&run.family);
  pleat_folder_end(&run.folder);
  free(run.whole);
  return code;
}
