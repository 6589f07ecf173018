/* pleat embed: every output array of a model, one HDF5 group a sequence; several processes can work on one file.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/claim.h"
#include "program/job.h"
#include "program/output.h"
#include "program/trace.h"

typedef struct embed_run {
  pleat_settings settings;
  pleat_jobs jobs;
  const char *path;
  char *parts;           /* folder of what is not in the file yet */
  pleat_claims *claims;  /* in that folder */
  struct timespec begun; /* by the file server */
  bool made, unsure;     /* in this round: a job was done; another process has one and may be dead */
  bool insane;
} embed_run;

/* ---- Where results are: in OUT.h5, or until all are there in OUT.h5.parts/NAME.h5 ---- */

static char *part_path(const embed_run *run, const char *name) { return pleat_output_path("%s/%s.h5", run->parts, name); }

/* OUT.h5 for reading; -1: it is not there, or is no HDF5 file. */
static hid_t open_results(const embed_run *run) {
  return access(run->path, F_OK) ? -1 : H5Fopen(run->path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

static bool has_part(const embed_run *run, const char *name) {
  char *path = part_path(run, name);
  bool there = !access(path, F_OK);
  free(path);
  return there;
}

/* Whether another process or an earlier run made it. */
static bool is_there(const embed_run *run, const char *name) {
  if (has_part(run, name)) return true;
  hid_t file = open_results(run);
  bool there = file >= 0 && H5Lexists(file, name, H5P_DEFAULT) > 0;
  if (file >= 0) H5Fclose(file);
  return there;
}

static bool check_results(const embed_run *run) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  hid_t file = open_results(run);
  bool ok = file >= 0 || access(run->path, F_OK);
  if (file >= 0) H5Fclose(file);
  if (!ok) fprintf(stderr, "pleat embed: '%s' is there but is no HDF5 file; give another name\n", run->path);
  return ok;
}

static void skip_done(embed_run *run) {
  hid_t file = open_results(run);
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    if (job->failed || run->settings.overwrite) continue;
    job->done = (file >= 0 && H5Lexists(file, job->name, H5P_DEFAULT) > 0) || has_part(run, job->name);
  }
  if (file >= 0) H5Fclose(file);
}

/* ---- One job ---- */

static bool fill_group(const embed_run *run, hid_t file, const pleat_job *job, const pleat_result *result) {
  hid_t group = H5Gcreate2(file, job->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = group >= 0 && pleat_trace_write_text(group, "model", pleat_settings_model_name(&run->settings)) &&
            pleat_trace_write_text(group, "weights_sha256", pleat_model_sha256(run->settings.model)) &&
            pleat_trace_write_text(group, "version", pleat_version()) &&
            pleat_trace_write_text(group, "sequence", job->sequence);
  for (size_t i = 0; ok && i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    ok = pleat_trace_write_array(group, &array);
  }
  if (group >= 0) ok = H5Gclose(group) >= 0 && ok;
  return ok;
}

static bool write_part(const embed_run *run, const pleat_job *job, const pleat_result *result) {
  char *path = part_path(run, job->name), *temporary = pleat_output_begin(path);
  hid_t file = temporary ? H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT) : -1;
  bool ok = file >= 0 && fill_group(run, file, job, result);
  if (file >= 0) ok = H5Fclose(file) >= 0 && ok;
  if (!ok && temporary)
    fprintf(stderr, "pleat embed: %s: cannot be written to '%s'; is the disk full?\n", job->name, path);
  if (ok) ok = pleat_output_commit(temporary, path);
  else pleat_output_abandon(temporary);
  free(path);
  return ok;
}

/* Whether this process is to do the job. */
static bool take_job(void *user, pleat_job *job) {
  embed_run *run = user;
  pleat_claim_state state = pleat_claims_take(run->claims, job->name);
  run->unsure = run->unsure || state == PLEAT_CLAIM_WATCHED;
  if (state == PLEAT_CLAIM_FAILED) job->failed = true, run->jobs.failed++;
  if (state != PLEAT_CLAIM_MINE) return false;
  job->done = !run->settings.overwrite && is_there(run, job->name);
  if (job->done) pleat_claims_release(run->claims, job->name);
  return !job->done;
}

static void finish_job(embed_run *run, pleat_job *job, const pleat_result *result) {
  job->failed = !write_part(run, job, result);
  job->done = !job->failed;
  run->jobs.failed += job->failed;
  run->made = true;
  run->insane = run->insane || !pleat_result_is_sane(result);
  pleat_claims_release(run->claims, job->name);
  pleat_progress_job(&run->settings.progress, (double)job->length, "%s: %zu residues", job->name, job->length);
}

static int run_batch(embed_run *run, pleat_job **batch, size_t count) {
  const pleat_query **queries = calloc(count, sizeof *queries);
  pleat_result **results = calloc(count, sizeof *results);
  if (!queries || !results) abort();
  run->settings.progress.batch = 0;
  for (size_t i = 0; i < count; i++) {
    queries[i] = batch[i]->query;
    run->settings.progress.batch += (double)batch[i]->length;
  }
  pleat_status status = pleat_predict(run->settings.model, queries, count, results);
  run->settings.progress.batch = 0;
  for (size_t i = 0; !status && i < count; i++) {
    finish_job(run, batch[i], results[i]);
    pleat_result_free(results[i]);
  }
  free(queries);
  free(results);
  if (!status) return PLEAT_EXIT_DONE;
  if (status == PLEAT_ERROR_CANCELLED) return PLEAT_EXIT_STOPPED;
  int code = pleat_settings_fail(&run->settings, status);
  for (size_t i = 0; i < count; i++) {
    batch[i]->failed = true;
    pleat_claims_release(run->claims, batch[i]->name);
  }
  run->jobs.failed += count;
  return code;
}

static int run_batches(embed_run *run) {
  pleat_job **batch = calloc(run->settings.batch_size + 1, sizeof *batch);
  if (!batch) abort();
  size_t at = 0, count;
  int code = PLEAT_EXIT_DONE;
  while (code != PLEAT_EXIT_STOPPED && code != PLEAT_EXIT_MEMORY &&
         (count = pleat_job_batch(&run->jobs, run->settings.batch_size, &at, batch)))
    code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : run_batch(run, batch, count);
  free(batch);
  return code == PLEAT_EXIT_INPUTS ? PLEAT_EXIT_DONE : code;
}

/* Until all is done or in the hands of processes that were seen at work. Who did something looks once more: the last of all
 * then finds everything done. */
static int run_all(embed_run *run) {
  int code = PLEAT_EXIT_DONE;
  for (run->made = true; !code && (run->made || run->unsure);) {
    run->made = run->unsure = false;
    code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : run_batches(run);
    if (!code && run->unsure && !run->made) pleat_claims_pause(run->claims);
  }
  return code;
}

/* ---- All of them into OUT.h5, in the order of their names, so that the bytes tell nothing of who did what ---- */

static herr_t note_group(hid_t file, const char *name, const H5L_info_t *info, void *names) {
  (void)file, (void)info;
  json_object_set_new(names, name, json_false());
  return 0;
}

/* name -> whether it is in a part; the caller frees it. */
static json_t *list_groups(const embed_run *run, hid_t results) {
  json_t *names = json_object();
  if (results >= 0) H5Literate(results, H5_INDEX_NAME, H5_ITER_INC, NULL, note_group, names);
  DIR *folder = opendir(run->parts);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    size_t length = strlen(entry->d_name);
    if (*entry->d_name == '.' || length < 4 || strcmp(entry->d_name + length - 3, ".h5")) continue;
    char *name = pleat_output_path("%.*s", (int)length - 3, entry->d_name);
    json_object_set_new(names, name, json_true());
    free(name);
  }
  if (folder) closedir(folder);
  return names;
}

static int compare_texts(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static bool copy_group(const embed_run *run, hid_t results, hid_t to, const char *name, bool from_part) {
  char *path = part_path(run, name);
  hid_t from = from_part ? H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT) : results;
  bool ok = from >= 0 && H5Ocopy(from, name, to, name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
  if (from_part && from >= 0) H5Fclose(from);
  if (!ok) fprintf(stderr, "pleat embed: %s: cannot be copied to '%s'; is the disk full?\n", name, run->path);
  free(path);
  return ok;
}

static bool copy_groups(const embed_run *run, hid_t results, hid_t to, const json_t *groups) {
  size_t count = 0;
  const char *name, **names = calloc(json_object_size(groups) + 1, sizeof *names);
  json_t *in_part;
  bool ok = true;
  if (!names) abort();
  json_object_foreach((json_t *)(uintptr_t)groups, name, in_part) names[count++] = name;
  qsort(names, count, sizeof *names, compare_texts);
  for (size_t i = 0; ok && i < count; i++)
    ok = copy_group(run, results, to, names[i], json_is_true(json_object_get(groups, names[i])));
  free(names);
  return ok;
}

static bool is_any_in_part(const json_t *groups) {
  const char *name;
  json_t *in_part;
  json_object_foreach((json_t *)(uintptr_t)groups, name, in_part) if (json_is_true(in_part)) return true;
  return false;
}

static void remove_parts(const embed_run *run, const json_t *groups) {
  const char *name;
  json_t *in_part;
  json_object_foreach((json_t *)(uintptr_t)groups, name, in_part) {
    if (!json_is_true(in_part)) continue;
    char *path = part_path(run, name);
    unlink(path);
    free(path);
  }
}

static bool write_groups(const embed_run *run, hid_t results, const json_t *groups) {
  char *temporary = pleat_output_begin(run->path);
  hid_t to = temporary ? H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT) : -1;
  bool ok = to >= 0 && copy_groups(run, results, to, groups);
  if (to >= 0 && H5Fclose(to) < 0 && ok) {
    fprintf(stderr, "pleat embed: cannot write '%s'; is the disk full?\n", run->path);
    ok = false;
  }
  if (ok) return pleat_output_commit(temporary, run->path);
  pleat_output_abandon(temporary);
  return false;
}

static bool merge_parts(const embed_run *run) {
  hid_t results = open_results(run);
  json_t *groups = list_groups(run, results);
  bool any = is_any_in_part(groups), ok = !any || write_groups(run, results, groups);
  if (results >= 0) H5Fclose(results);
  if (any && ok) remove_parts(run, groups);
  json_decref(groups);
  return ok;
}

/* Who is last puts the parts together; the folder stays while another process is in it. */
static bool end_parts(embed_run *run) {
  double residues;
  if (pleat_job_waiting(&run->jobs, &residues)) return true;
  bool ok = pleat_claims_lock(run->claims, "merge") && merge_parts(run);
  pleat_claims_release(run->claims, "merge");
  if (ok) pleat_output_sweep(run->parts, run->begun);
  return ok;
}

/* ---- The run ---- */

static int run_waiting(embed_run *run, size_t waiting, double residues) {
  pleat_settings *settings = &run->settings;
  if (!pleat_output_folder(run->parts)) return PLEAT_EXIT_INPUTS;
  run->claims = pleat_claims_open(run->parts);
  pleat_output_server_time(run->parts, &run->begun);
  run->jobs.take = take_job;
  run->jobs.user = run;
  pleat_progress_start(&settings->progress, settings->quiet, waiting, residues);
  int code = run_all(run);
  pleat_progress_end(&settings->progress);
  bool merged = code == PLEAT_EXIT_STOPPED || end_parts(run);
  pleat_claims_close(run->claims);
  rmdir(run->parts);
  return code ? code : merged ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
}

static int run_jobs(embed_run *run) {
  pleat_settings *settings = &run->settings;
  double residues;
  skip_done(run);
  pleat_job_check(settings, &run->jobs);
  size_t waiting = pleat_job_waiting(&run->jobs, &residues);
  int code = waiting ? pleat_job_fit_memory(settings, &run->jobs) : PLEAT_EXIT_DONE;
  if (code) return code;
  if (waiting || !access(run->parts, F_OK)) code = run_waiting(run, waiting, residues);
  if (code == PLEAT_EXIT_STOPPED)
    fprintf(stderr, "pleat embed: stopped by a signal; the same command goes on from there\n");
  if (run->jobs.failed) fprintf(stderr, "pleat embed: %zu of %zu jobs failed\n", run->jobs.failed, run->jobs.count);
  if (code) return code;
  return run->jobs.failed ? PLEAT_EXIT_INPUTS : run->insane ? PLEAT_EXIT_INSANE : PLEAT_EXIT_DONE;
}

int pleat_verb_embed(const pleat_options *options) {
  embed_run run = {.path = options->inputs[1], .parts = pleat_output_path("%s.parts", options->inputs[1])};
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = pleat_job_read(&run.settings, options->inputs[0], &run.jobs);
  if (!code && run.jobs.failed && run.jobs.failed == run.jobs.count) code = PLEAT_EXIT_INPUTS;
  if (!code) code = pleat_settings_open_model(&run.settings);
  if (!code) code = check_results(&run) ? run_jobs(&run) : PLEAT_EXIT_INPUTS;
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  free(run.parts);
  return code;
}
