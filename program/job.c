/* The jobs of a run: queries sorted by length, cut into batches.
 * SPDX-License-Identifier: MIT */
#include "program/job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "program/alignment.h"
#include "program/output.h"
#include "program/template.h"

enum { MOST_RESIDUES = 16384 }; /* of one batch, so that long sequences do not multiply the memory */

static int by_length(const void *a, const void *b) {
  const pleat_job *x = a, *y = b;
  if (x->length != y->length) return x->length < y->length ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

/* Chains joined by ':', as users write them. */
static char *join_chains(const pleat_query *query, size_t *residues) {
  char *sequence = pleat_output_path("%s", "");
  *residues = 0;
  for (int c = 0; c < pleat_query_chain_count(query); c++) {
    char *longer = pleat_output_path("%s%s%s", sequence, c ? ":" : "", pleat_query_chain(query, c));
    free(sequence);
    sequence = longer;
    *residues += strlen(pleat_query_chain(query, c));
  }
  return sequence;
}

void pleat_job_forget(pleat_job *job) {
  for (size_t i = 0; i < job->predictions; i++) json_decref(job->parts[i].files);
  free(job->parts);
  free(job->records);
  job->parts = NULL;
  job->records = NULL;
  job->predictions = 0;
  job->enough = false;
}

static void free_job(pleat_job *job) {
  pleat_job_forget(job);
  pleat_query_free(job->own);
  pleat_msa_free(job->msa);
  free(job->name);
  free(job->sequence);
}

static void fill_jobs(pleat_settings *settings, pleat_jobs *jobs, size_t total) {
  for (size_t i = 0; i < total; i++) {
    pleat_job *job = &jobs->list[i];
    job->index = i;
    job->query = pleat_query_list_get(jobs->queries, i);
    job->error = pleat_query_list_error(jobs->queries, i);
    job->name = pleat_output_path("%s", pleat_query_list_name(jobs->queries, i));
    if (job->query) job->sequence = join_chains(job->query, &job->length);
  }
  bool helps = settings->helps && !settings->overwrite;
  for (size_t i = 0; i < total; i++) {
    jobs->list[i].share = i % settings->shards == settings->shard;
    if (jobs->list[i].share || helps) jobs->list[jobs->count++] = jobs->list[i];
    else free_job(&jobs->list[i]);
  }
}

int pleat_job_read(pleat_settings *settings, const char *path, pleat_jobs *jobs) {
  *jobs = (pleat_jobs){0};
  pleat_status status = pleat_query_list_read(settings->context, path, &jobs->queries);
  if (status) return pleat_settings_fail(settings, status);
  size_t total = pleat_query_list_count(jobs->queries);
  jobs->list = calloc(total + 1, sizeof *jobs->list);
  if (!jobs->list) abort();
  fill_jobs(settings, jobs, total);
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (job->query) continue;
    job->failed = true;
    jobs->failed++;
    fprintf(stderr, "pleat %s: %s\n", settings->options->verb, job->error);
  }
  qsort(jobs->list, jobs->count, sizeof *jobs->list, by_length);
  return PLEAT_EXIT_DONE;
}

/* ---- Alignments ---- */

static void fail_job(pleat_settings *settings, pleat_jobs *jobs, pleat_job *job, const char *sentence) {
  job->failed = true;
  jobs->failed++;
  fprintf(stderr, "pleat %s: %s: %s\n", settings->options->verb, job->name, sentence);
}

static pleat_status read_alignment(pleat_settings *settings, const char *given, pleat_job *job,
                                   pleat_alignment_error *error) {
  struct stat about;
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
  pleat_status status = pleat_query_create(settings->context, job->name, job->sequence, &job->own);
  if (status) return status;
  job->query = job->own;
  if (features) status = pleat_query_set_features(job->own, features);
  if (!status) status = pleat_template_give(options, job->own);
  if (!status && !pleat_options_flag(options, PLEAT_OPTION_QUIET)) pleat_template_say(options, job->own);
  if (status || features) return status;
  if (!msa || !strcmp(msa, "required")) return PLEAT_OK;
  if (!strcmp(msa, "none")) return pleat_query_set_msa(job->own, NULL);
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
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (job->failed || job->done || pleat_model_check_query(settings->model, job->query) == PLEAT_OK) continue;
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

/* What the largest batch of this size needs: the longest jobs stand at the list's end. */
static pleat_status measure_largest(pleat_settings *settings, const pleat_jobs *jobs, size_t size, pleat_plan *plan) {
  const pleat_query **queries = calloc(size, sizeof *queries);
  if (!queries) abort();
  size_t count = 0, residues = 0;
  for (size_t i = jobs->count; i-- > 0 && count < size;) {
    const pleat_job *job = &jobs->list[i];
    if (job->failed || job->done) continue;
    if (count && residues + job->length > MOST_RESIDUES) break;
    residues += job->length;
    queries[count++] = job->query;
  }
  pleat_status status = count ? pleat_plan_predict(settings->model, queries, count, plan) : PLEAT_OK;
  free(queries);
  return status;
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
  for (size_t i = 0; i < jobs->count; i++) free_job(&jobs->list[i]);
  free(jobs->list);
  pleat_query_list_free(jobs->queries);
}
