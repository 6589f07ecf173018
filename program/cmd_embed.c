/* pleat embed: every output array of a model, one HDF5 group a sequence.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/job.h"
#include "program/output.h"
#include "program/trace.h"

typedef struct embed_run {
  pleat_settings settings;
  pleat_jobs jobs;
  const char *path;
  char *temporary;
  hid_t file;
  bool insane;
} embed_run;

static bool copy_file(const char *from, const char *to) {
  char buffer[1 << 16];
  size_t got;
  FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
  bool ok = out != NULL;
  while (ok && (got = fread(buffer, 1, sizeof buffer, in)) > 0) ok = fwrite(buffer, 1, got, out) == got;
  ok = ok && !ferror(in);
  if (in) fclose(in);
  if (out) ok = !fclose(out) && ok;
  return ok;
}

/* The file grows under a temporary name, beginning as a copy of what is there; the end of the run renames it. */
static bool open_file(embed_run *run) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  bool there = !access(run->path, F_OK);
  run->temporary = pleat_output_begin(run->path);
  if (!run->temporary) return false;
  if (there && !copy_file(run->path, run->temporary)) {
    fprintf(stderr, "pleat embed: cannot copy '%s': %s\n", run->path, strerror(errno));
    return false;
  }
  run->file = there ? H5Fopen(run->temporary, H5F_ACC_RDWR, H5P_DEFAULT)
                    : H5Fcreate(run->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (run->file < 0)
    fprintf(stderr,
            there ? "pleat embed: '%s' is there but is no HDF5 file; give another name\n"
                  : "pleat embed: cannot write '%s' as HDF5\n",
            run->path);
  return run->file >= 0;
}

static void skip_done(embed_run *run) {
  for (size_t i = 0; i < run->jobs.count; i++) {
    pleat_job *job = &run->jobs.list[i];
    if (job->failed || H5Lexists(run->file, job->name, H5P_DEFAULT) <= 0) continue;
    if (run->settings.overwrite)
      H5Ldelete(run->file, job->name, H5P_DEFAULT);
    else
      job->done = true;
  }
}

/* A group is whole or not there. */
static bool write_group(embed_run *run, const pleat_job *job, const pleat_result *result) {
  hid_t group = H5Gcreate2(run->file, job->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = group >= 0 && pleat_trace_write_text(group, "model", pleat_settings_model_name(&run->settings)) &&
            pleat_trace_write_text(group, "weights_sha256", pleat_model_sha256(run->settings.model)) &&
            pleat_trace_write_text(group, "version", pleat_version()) &&
            pleat_trace_write_text(group, "sequence", job->sequence);
  for (size_t i = 0; ok && i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    ok = pleat_trace_write_array(group, &array);
  }
  if (group >= 0) ok = H5Gclose(group) >= 0 && ok;
  if (group >= 0 && !ok) H5Ldelete(run->file, job->name, H5P_DEFAULT);
  if (!ok) fprintf(stderr, "pleat embed: %s: cannot be written to '%s'; is the disk full?\n", job->name, run->path);
  return ok;
}

static void finish_job(embed_run *run, pleat_job *job, const pleat_result *result) {
  job->failed = !write_group(run, job, result);
  job->done = !job->failed;
  run->jobs.failed += job->failed;
  run->insane = run->insane || !pleat_result_is_sane(result);
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
  for (size_t i = 0; i < count; i++) batch[i]->failed = true;
  run->jobs.failed += count;
  return code;
}

static int run_all(embed_run *run) {
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

static bool close_file(embed_run *run) {
  bool ok = H5Fclose(run->file) >= 0;
  if (!ok) fprintf(stderr, "pleat embed: cannot write '%s'; is the disk full?\n", run->path);
  if (ok)
    ok = pleat_output_commit(run->temporary, run->path);
  else
    pleat_output_abandon(run->temporary);
  run->temporary = NULL;
  return ok;
}

static int run_jobs(embed_run *run) {
  pleat_settings *settings = &run->settings;
  double residues;
  skip_done(run);
  pleat_job_check(settings, &run->jobs);
  size_t waiting = pleat_job_waiting(&run->jobs, &residues);
  int code = waiting ? pleat_job_fit_memory(settings, &run->jobs) : PLEAT_EXIT_DONE;
  if (code || !waiting) {
    H5Fclose(run->file);
    return code ? code : run->jobs.failed ? PLEAT_EXIT_INPUTS : PLEAT_EXIT_DONE;
  }
  pleat_progress_catch_signals();
  pleat_progress_start(&settings->progress, settings->quiet, waiting, residues);
  code = run_all(run);
  pleat_progress_end(&settings->progress);
  if (!close_file(run)) return PLEAT_EXIT_INPUTS;
  if (code == PLEAT_EXIT_STOPPED)
    fprintf(stderr, "pleat embed: stopped by a signal; the same command goes on from there\n");
  if (run->jobs.failed) fprintf(stderr, "pleat embed: %zu of %zu jobs failed\n", run->jobs.failed, run->jobs.count);
  if (code) return code;
  return run->jobs.failed ? PLEAT_EXIT_INPUTS : run->insane ? PLEAT_EXIT_INSANE : PLEAT_EXIT_DONE;
}

int pleat_verb_embed(const pleat_options *options) {
  embed_run run = {.path = options->inputs[1]};
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = pleat_job_read(&run.settings, options->inputs[0], &run.jobs);
  if (!code && run.jobs.failed && run.jobs.failed == run.jobs.count) code = PLEAT_EXIT_INPUTS;
  if (!code) code = pleat_settings_open_model(&run.settings);
  if (!code) code = open_file(&run) ? run_jobs(&run) : PLEAT_EXIT_INPUTS;
  pleat_output_abandon(run.temporary);
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  return code;
}
