/* The jobs of a run: their alignments, what they need, cut into batches.
 * SPDX-License-Identifier: MIT */
#include "program/job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "program/alignment.h"
#include "program/output.h"
#include "program/template.h"

enum { MOST_RESIDUES = 16384 }; /* of one batch, so that long sequences do not multiply the memory */

void pleat_job_forget(pleat_job *job) {
  for (size_t i = 0; i < job->predictions; i++) json_decref(job->parts[i].files);
  free(job->parts);
  free(job->records);
  job->parts = NULL;
  job->records = NULL;
  job->predictions = 0;
  job->enough = false;
}

void pleat_job_clear(pleat_job *job) {
  pleat_job_forget(job);
  pleat_query_free(job->own);
  pleat_msa_free(job->msa);
  free(job->name);
  free(job->alignment);
  free(job->error);
  free(job->sequence);
}

/* ---- Alignments ---- */

static void fail_job(pleat_settings *settings, pleat_jobs *jobs, pleat_job *job, const char *sentence) {
  job->failed = true;
  jobs->failed++;
  fprintf(stderr, "pleat %s: %s: %s\n", settings->options->verb, job->name, sentence);
}

/* IN itself is the job's alignment: then --msa can only agree, or want the sequence alone. */
static pleat_status read_own_alignment(pleat_settings *settings, const char *given, pleat_job *job,
                                       pleat_alignment_error *error) {
  if (given && strcmp(given, "required")) {
    snprintf(error->text, sizeof error->text,
             "is given as an alignment (%.100s); --msa %.100s is for sequences, --msa none leaves the alignment out",
             job->alignment, given);
    return PLEAT_ERROR_INPUT;
  }
  return pleat_alignment_read(settings, job->alignment, &job->msa, error);
}

static pleat_status read_alignment(pleat_settings *settings, const char *given, pleat_job *job,
                                   pleat_alignment_error *error) {
  struct stat about;
  if (job->alignment) return read_own_alignment(settings, given, job, error);
  bool folder = stat(given, &about) == 0 && S_ISDIR(about.st_mode);
  char *path = folder ? pleat_alignment_find(given, job->name) : pleat_output_path("%s", given);
  pleat_status status = PLEAT_OK; /* without a path the model says that it lacks one */
  if (path) status = pleat_alignment_read(settings, path, &job->msa, error);
  else if (pleat_query_chain_count(job->own) > 1)
    status = pleat_alignment_join(settings, given, job->own, &job->msa, error);
  free(path);
  return status;
}

static pleat_status give_alignment(pleat_settings *settings, pleat_job *job, pleat_alignment_error *error) {
  const pleat_options *options = settings->options;
  const char *msa = pleat_options_model_text(options, "msa"), *features = pleat_options_model_text(options, "features");
  pleat_status status = job->own ? PLEAT_OK : pleat_query_create(settings->context, job->name, job->sequence, &job->own);
  if (status) return status;
  job->query = job->own;
  if (features) status = pleat_query_set_features(job->own, features);
  if (!status) status = pleat_template_give(options, job->own);
  if (!status && !pleat_options_flag(options, PLEAT_OPTION_QUIET)) pleat_template_say(options, job->own);
  if (status || features) return status;
  if (msa && !strcmp(msa, "none")) return pleat_query_set_msa(job->own, NULL);
  if (!job->alignment && (!msa || !strcmp(msa, "required"))) return PLEAT_OK;
  status = read_alignment(settings, msa, job, error);
  return status || !job->msa ? status : pleat_query_set_msa(job->own, job->msa);
}

void pleat_job_give_alignments(pleat_settings *settings, pleat_jobs *jobs) {
  if (!pleat_model_heeds(settings->model, "msa")) return;
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    pleat_alignment_error error = {""};
    if (job->failed || give_alignment(settings, job, &error) == PLEAT_OK) continue;
    fail_job(settings, jobs, job, *error.text ? error.text : pleat_context_error(settings->context));
  }
}

void pleat_job_check(pleat_settings *settings, pleat_jobs *jobs) {
  bool takes = pleat_model_heeds(settings->model, "msa");
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (job->failed || job->done) continue;
    if (job->alignment && !takes) {
      fail_job(settings, jobs, job, "is an alignment, but the model takes sequences alone; give it as FASTA");
      continue;
    }
    if (pleat_model_check_query(settings->model, job->query) == PLEAT_OK) continue;
    job->failed = true;
    jobs->failed++;
    fprintf(stderr, "pleat %s: %s\n", settings->options->verb, pleat_context_error(settings->context));
  }
}

void pleat_job_keep(pleat_job *job, const pleat_part *part, const pleat_part_record *record) {
  job->parts = realloc(job->parts, (job->predictions + 1) * sizeof *job->parts);
  job->records = realloc(job->records, (job->predictions + 1) * sizeof *job->records);
  if (!job->parts || !job->records) abort();
  job->parts[job->predictions] = *part;
  job->records[job->predictions++] = *record;
}

size_t pleat_job_chains(const pleat_job *job) {
  size_t count = 0;
  for (int c = 0; c < pleat_query_chain_count(job->query); c++) count += *pleat_query_chain(job->query, c) != 0;
  return count;
}

/* Places 0 .. count - 1 are the list's own share, the next count the others. */
size_t pleat_job_batch(const pleat_jobs *jobs, size_t most, size_t *at, pleat_job **batch) {
  size_t count = 0, residues = 0;
  for (; *at < 2 * jobs->count && count < most; ++*at) {
    pleat_job *job = &jobs->list[*at % jobs->count];
    if (count && *at == jobs->count) break;
    if (job->share != (*at < jobs->count) || job->failed || job->done || job->resting) continue;
    if (count && residues + job->length > MOST_RESIDUES) break;
    if (jobs->take && !jobs->take(jobs->user, job)) continue;
    residues += job->length;
    batch[count++] = job;
  }
  return count;
}

/* Seconds of the job alone, negative where the plan does not tell. Neighbours of one length without alignments are equal. */
static double plan_one(pleat_settings *settings, const pleat_job *job, const pleat_job *before) {
  pleat_plan plan;
  if (before && before->length == job->length && !before->own && !job->own) return before->cost;
  return pleat_plan_predict(settings->model, &job->query, 1, &plan) ? -1 : plan.seconds;
}

double pleat_job_cost(pleat_settings *settings, pleat_jobs *jobs) {
  double sum = 0, begin = pleat_progress_now();
  bool known = true;
  const pleat_job *before = NULL;
  for (size_t i = 0; known && i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (job->failed || job->done) continue;
    job->cost = plan_one(settings, job, before);
    known = job->cost > 0 && pleat_progress_now() - begin < 1;
    before = job;
  }
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (job->failed || job->done) continue;
    if (!known) job->cost = (double)job->length;
    sum += job->cost;
  }
  return sum;
}

size_t pleat_job_waiting(const pleat_jobs *jobs, double *residues) {
  size_t count = 0;
  *residues = 0;
  for (size_t i = 0; i < jobs->count; i++) {
    if (jobs->list[i].failed || jobs->list[i].done) continue;
    *residues += (double)jobs->list[i].length;
    count++;
  }
  return count;
}

static int longest_first(const void *a, const void *b) {
  size_t x = (*(const pleat_job *const *)a)->length, y = (*(const pleat_job *const *)b)->length;
  return (x < y) - (x > y);
}

/* The jobs that are to do, the longest first; the caller frees the list. */
static const pleat_job **list_longest(const pleat_jobs *jobs, size_t *count) {
  const pleat_job **list = calloc(jobs->count + 1, sizeof *list);
  if (!list) abort();
  *count = 0;
  for (size_t i = 0; i < jobs->count; i++)
    if (!jobs->list[i].failed && !jobs->list[i].done) list[(*count)++] = &jobs->list[i];
  qsort(list, *count, sizeof *list, longest_first);
  return list;
}

/* What the largest batch of this size needs. */
static pleat_status measure_largest(pleat_settings *settings, const pleat_jobs *jobs, size_t size, pleat_plan *plan) {
  const pleat_query **queries = calloc(size, sizeof *queries);
  if (!queries) abort();
  size_t count = 0, residues = 0, all;
  const pleat_job **longest = list_longest(jobs, &all);
  for (size_t i = 0; i < all && count < size; i++) {
    const pleat_job *job = longest[i];
    if (count && residues + job->length > MOST_RESIDUES) break;
    residues += job->length;
    queries[count++] = job->query;
  }
  pleat_status status = count ? pleat_plan_predict(settings->model, queries, count, plan) : PLEAT_OK;
  free(longest);
  free(queries);
  return status;
}

pleat_status pleat_job_plan_longest(pleat_settings *settings, const pleat_jobs *jobs, pleat_plan *plan) {
  return measure_largest(settings, jobs, 1, plan);
}

int pleat_job_limit_memory(pleat_settings *settings) {
  size_t there = pleat_process_bytes();
  if (settings->memory > there) {
    pleat_context_set_memory_limit(settings->context, settings->memory - there);
    return PLEAT_EXIT_DONE;
  }
  fprintf(stderr, "pleat %s: model and inputs take %.3g MiB of memory, --memory allows %.3g MiB; nothing was run\n",
          settings->options->verb, (double)there / 1048576, (double)settings->memory / 1048576);
  return PLEAT_EXIT_MEMORY;
}

int pleat_job_fit_memory(pleat_settings *settings, const pleat_jobs *jobs) {
  size_t asked = settings->batch_size;
  if (settings->memory && pleat_job_limit_memory(settings)) return PLEAT_EXIT_MEMORY;
  while (settings->memory && settings->batch_size) {
    pleat_plan plan = {0};
    pleat_status status = measure_largest(settings, jobs, settings->batch_size, &plan);
    if (status && status != PLEAT_ERROR_LIMIT) return pleat_settings_fail(settings, status);
    size_t need = plan.process_bytes + plan.activation_bytes + plan.result_bytes;
    if (!status && need <= settings->memory) break;
    if (settings->batch_size > 1) {
      settings->batch_size /= 2;
      continue;
    }
    if (status) return pleat_settings_fail(settings, status);
    fprintf(stderr, "pleat %s: the longest job needs at least %.4g MiB of memory, --memory allows %.4g MiB; nothing was run\n",
            settings->options->verb, (double)need / 1048576, (double)settings->memory / 1048576);
    return PLEAT_EXIT_MEMORY;
  }
  if (settings->batch_size < asked && settings->verbose)
    fprintf(stderr, "pleat %s: batches of %zu instead of %zu, to stay within --memory\n", settings->options->verb,
            settings->batch_size, asked);
  return PLEAT_EXIT_DONE;
}

void pleat_job_free(pleat_jobs *jobs) {
  for (size_t i = 0; i < jobs->count; i++) pleat_job_clear(&jobs->list[i]);
  free(jobs->list);
  pleat_query_list_free(jobs->queries);
}
