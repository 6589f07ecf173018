/* Reading the jobs of a run: sequences and alignments, one shard of all, in the order that is asked for.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "program/job.h"
#include "program/output.h"

/* ---- Orders ---- */

typedef int (*job_order)(const void *a, const void *b);

static int by_index(const void *a, const void *b) {
  const pleat_job *x = a, *y = b;
  return (x->index > y->index) - (x->index < y->index);
}

static int by_length(const void *a, const void *b) {
  const pleat_job *x = a, *y = b;
  return x->length != y->length ? (x->length > y->length ? 1 : -1) : by_index(a, b);
}

/* FNV-1a of the name: the same shuffle for the same jobs. */
static uint64_t hash_of(const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
  return hash;
}

static int by_chance(const void *a, const void *b) {
  uint64_t x = hash_of(((const pleat_job *)a)->name), y = hash_of(((const pleat_job *)b)->name);
  return x != y ? (x > y ? 1 : -1) : by_index(a, b);
}

/* NULL after a sentence. */
static job_order read_order(const pleat_settings *settings) {
  static const struct {
    const char *name;
    job_order order;
  } orders[] = {{"length", by_length}, {"random", by_chance}, {"none", by_index}};
  const char *given = pleat_options_text(settings->options, PLEAT_OPTION_SORT);
  if (!given) return by_length;
  for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
    if (!strcmp(given, orders[i].name)) return orders[i].order;
  fprintf(stderr, "pleat %s: --sort-queries-by wants length, random or none, not '%s'\n", settings->options->verb, given);
  return NULL;
}

/* ---- Sequences ---- */

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

static pleat_job *add_job(pleat_jobs *jobs) {
  jobs->list = realloc(jobs->list, (jobs->count + 1) * sizeof *jobs->list);
  if (!jobs->list) abort();
  pleat_job *job = &jobs->list[jobs->count];
  *job = (pleat_job){.index = jobs->count++};
  return job;
}

static void add_queries(pleat_jobs *jobs) {
  for (size_t i = 0; i < pleat_query_list_count(jobs->queries); i++) {
    pleat_job *job = add_job(jobs);
    job->query = pleat_query_list_get(jobs->queries, i);
    job->name = pleat_output_path("%s", pleat_query_list_name(jobs->queries, i));
    if (job->query) job->sequence = join_chains(job->query, &job->length);
    else job->error = pleat_output_path("%s", pleat_query_list_error(jobs->queries, i));
  }
}

/* ---- Alignments ---- */

/* The length of the name without ".a3m" and ".a3m.gz"; 0: it is none. */
static size_t stem_length(const char *name) {
  size_t length = strlen(name);
  if (length > 3 && !strcasecmp(name + length - 3, ".gz")) length -= 3;
  return length > 4 && !strncasecmp(name + length - 4, ".a3m", 4) && name[0] != '.' ? length - 4 : 0;
}

/* Its first row, each chain as often as it occurs, joined by ':'. */
static char *query_sequence(const pleat_msa *msa) {
  const char *residues = pleat_msa_row_at(msa, 0).residues, *between = "";
  char *sequence = pleat_output_path("%s", "");
  for (size_t c = 0; c < pleat_msa_chain_count(msa); c++) {
    pleat_msa_chain chain = pleat_msa_chain_at(msa, c);
    for (size_t copy = 0; copy < chain.copies; copy++, between = ":") {
      char *longer = pleat_output_path("%s%s%.*s", sequence, between, (int)chain.columns, residues + chain.from);
      free(sequence);
      sequence = longer;
    }
  }
  return sequence;
}

/* The job's own query, from the alignment's first row. */
static pleat_status make_query(pleat_settings *settings, const char *name, pleat_job *job) {
  pleat_msa *msa;
  pleat_status status = pleat_msa_read(settings->context, job->alignment, &msa);
  if (status) return status;
  char *sequence = query_sequence(msa);
  pleat_msa_free(msa);
  status = pleat_query_create(settings->context, name, sequence, &job->own);
  free(sequence);
  if (status) return status;
  job->query = job->own;
  job->sequence = join_chains(job->query, &job->length);
  return PLEAT_OK;
}

/* As the library names queries: unsafe characters become '_', and names in use get a number. */
static char *unique_name(json_t *used, const char *name) {
  char *unique = pleat_output_path("%s", name);
  for (int number = 1; json_object_get(used, unique); number++) {
    free(unique);
    unique = pleat_output_path("%s_%d", name, number);
  }
  json_object_set_new(used, unique, json_true());
  return unique;
}

static void add_alignment(pleat_settings *settings, pleat_jobs *jobs, const char *path, json_t *used) {
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  char *stem = pleat_output_path("%.*s", (int)stem_length(base), base);
  pleat_job *job = add_job(jobs);
  job->alignment = pleat_output_path("%s", path);
  pleat_status status = make_query(settings, stem, job);
  job->name = unique_name(used, status ? stem : pleat_query_name(job->query));
  if (status) job->error = pleat_output_path("%s", pleat_context_error(settings->context));
  free(stem);
}

/* ---- Folders ---- */

static int is_alignment(const struct dirent *entry) { return stem_length(entry->d_name) > 0; }

static json_t *names_in_use(const pleat_jobs *jobs) {
  json_t *used = json_object();
  for (size_t i = 0; i < jobs->count; i++) json_object_set_new(used, jobs->list[i].name, json_true());
  return used;
}

/* Adds the folder's alignments; false: it has none. */
static bool add_folder(pleat_settings *settings, pleat_jobs *jobs, const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_alignment, alphasort);
  json_t *used = names_in_use(jobs);
  for (int i = 0; i < count; i++) {
    char *path = pleat_output_path("%s/%s", folder, entries[i]->d_name);
    add_alignment(settings, jobs, path, used);
    free(path);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  json_decref(used);
  return count > 0;
}

/* ---- All of it ---- */

static int read_all(pleat_settings *settings, const char *path, pleat_jobs *jobs) {
  struct stat about;
  bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
  if (!folder && stem_length(strrchr(path, '/') ? strrchr(path, '/') + 1 : path)) {
    json_t *used = json_object();
    add_alignment(settings, jobs, path, used);
    json_decref(used);
    return PLEAT_EXIT_DONE;
  }
  pleat_status status = pleat_query_list_read(settings->context, path, &jobs->queries);
  if (!status) add_queries(jobs);
  bool any = folder && (!status || status == PLEAT_ERROR_NOT_FOUND) && add_folder(settings, jobs, path);
  return status && !any ? pleat_settings_fail(settings, status) : PLEAT_EXIT_DONE;
}

/* This process's share of the jobs comes first; the others stay where it helps other processes. */
static void keep_share(const pleat_settings *settings, pleat_jobs *jobs) {
  size_t kept = 0;
  bool helps = settings->helps && !settings->overwrite;
  for (size_t i = 0; i < jobs->count; i++) {
    jobs->list[i].share = i % settings->shards == settings->shard;
    if (jobs->list[i].share || helps) jobs->list[kept++] = jobs->list[i];
    else pleat_job_clear(&jobs->list[i]);
  }
  jobs->count = kept;
}

void pleat_job_split(const pleat_settings *settings, pleat_jobs *jobs, size_t place, size_t count) {
  size_t kept = 0;
  bool helps = settings->helps && !settings->overwrite;
  for (size_t i = 0; i < jobs->count; i++) {
    jobs->list[i].share = jobs->list[i].share && i % count == place;
    if (jobs->list[i].share || helps) jobs->list[kept++] = jobs->list[i];
    else pleat_job_clear(&jobs->list[i]);
  }
  jobs->count = kept;
}

int pleat_job_read(pleat_settings *settings, const char *path, pleat_jobs *jobs) {
  *jobs = (pleat_jobs){0};
  job_order order = read_order(settings);
  int code = order ? read_all(settings, path, jobs) : PLEAT_EXIT_USAGE;
  if (code) return code;
  keep_share(settings, jobs);
  for (size_t i = 0; i < jobs->count; i++) {
    pleat_job *job = &jobs->list[i];
    if (!job->error) continue;
    job->failed = true;
    jobs->failed++;
    fprintf(stderr, "pleat %s: %s\n", settings->options->verb, job->error);
  }
  qsort(jobs->list, jobs->count, sizeof *jobs->list, order);
  return PLEAT_EXIT_DONE;
}
