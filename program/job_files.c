/* What a job leaves when its predictions are there: ranks, plots, the alignment, the mark.
 * SPDX-License-Identifier: MIT */
#include "program/job_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/archive.h"
#include "program/npy.h"
#include "program/output.h"
#include "program/relax.h"

enum { PLOTTED = 5 }; /* the best so many, as in ColabFold */

/* ---- One prediction ---- */

static bool write_file(const pleat_settings *settings, pleat_part *part, const pleat_result *result, const char *what,
                       const char *ending) {
  char *path = pleat_part_path(part, what, ending);
  pleat_status status = pleat_result_write(result, path);
  if (status) pleat_settings_fail(settings, status);
  else pleat_part_note(part, what, ending);
  free(path);
  return status == PLEAT_OK;
}

static bool write_relaxed(const pleat_settings *settings, pleat_part *part, const pleat_result *result) {
  char *path = pleat_part_path(part, "relaxed", "pdb");
  bool ok = pleat_relax_write(settings, result, path);
  if (ok) pleat_part_note(part, "relaxed", "pdb");
  free(path);
  return ok;
}

/* The structure of every pass, unrelaxed_..._seed_000.r0.pdb and on. */
static bool write_recycle(const pleat_settings *settings, pleat_part *part, const pleat_result *result, size_t pass,
                          const char *format) {
  char *ending = pleat_output_path("r%zu.%s", pass, format), *path = pleat_part_path(part, "unrelaxed", ending);
  pleat_status status = pleat_structure_write(pleat_result_sample_structure(result, pass), path);
  if (status) pleat_settings_fail(settings, status);
  else pleat_part_note(part, "unrelaxed", ending);
  free(ending);
  free(path);
  return status == PLEAT_OK;
}

static bool write_recycles(const pleat_settings *settings, pleat_part *part, const pleat_result *result) {
  bool ok = true;
  for (size_t r = 0; r < pleat_result_sample_count(result) && ok; r++)
    ok = (!settings->pdb || write_recycle(settings, part, result, r, "pdb")) &&
         (!settings->cif || write_recycle(settings, part, result, r, "cif"));
  return ok;
}

/* One that was not asked for is not there. */
static bool write_representation(pleat_part *part, const pleat_result *result, const char *name, const char *what) {
  pleat_array array;
  if (pleat_result_array(result, name, &array)) return true;
  char *path = pleat_part_path(part, what, "npy");
  bool ok = pleat_npy_write(path, &array);
  if (ok) pleat_part_note(part, what, "npy");
  free(path);
  return ok;
}

bool pleat_job_files_predict(const pleat_settings *settings, pleat_part *part, const pleat_result *result) {
  bool structure = pleat_result_structure(result) != NULL, all = pleat_options_flag(settings->options, PLEAT_OPTION_SAVE_ALL);
  return (!structure || !settings->pdb || write_file(settings, part, result, "unrelaxed", "pdb")) &&
         (!structure || !settings->cif || write_file(settings, part, result, "unrelaxed", "cif")) &&
         write_recycles(settings, part, result) &&
         write_representation(part, result, "single_representation", "single_repr") &&
         write_representation(part, result, "pair_representation", "pair_repr") &&
         write_file(settings, part, result, "scores", "json") &&
         (!all || write_file(settings, part, result, "arrays", "h5")) &&
         (!structure || !pleat_relax_wanted(settings) || write_relaxed(settings, part, result));
}

/* ---- Predictions of a job, read back: what plots need ---- */

typedef struct scores_file {
  json_t *object;
  char label[32];
  float *plddt, *pae; /* NULL: the model gives none */
} scores_file;

static void read_numbers(const json_t *list, float *numbers) {
  json_t *value;
  size_t i;
  json_array_foreach(list, i, value) numbers[i] = json_is_number(value) ? (float)json_number_value(value) : NAN;
}

static float *read_plddt(const json_t *list) {
  float *plddt = json_array_size(list) ? calloc(json_array_size(list), sizeof *plddt) : NULL;
  if (plddt) read_numbers(list, plddt);
  return plddt;
}

static float *read_errors(const json_t *rows) {
  size_t length = json_array_size(rows), i;
  float *pae = length ? calloc(length * length, sizeof *pae) : NULL;
  json_t *row;
  json_array_foreach(rows, i, row) {
    if (pae && json_array_size(row) == length) read_numbers(row, pae + i * length);
  }
  return pae;
}

static bool read_scores(const pleat_part *part, size_t rank, scores_file *file) {
  json_error_t error;
  char *path = pleat_part_ranked_path(part, "scores", rank, "json");
  snprintf(file->label, sizeof file->label, "rank_%zu", rank);
  file->object = json_load_file(path, 0, &error);
  if (!file->object) fprintf(stderr, "pleat: %s:%d: %s\n", path, error.line, error.text);
  free(path);
  file->plddt = read_plddt(json_object_get(file->object, "plddt"));
  file->pae = read_errors(json_object_get(file->object, "pae"));
  return file->object != NULL;
}

/* The chains of the scores, for plots; the caller frees lengths and ids. */
static void read_chains(const json_t *scores, pleat_plot *plot) {
  json_t *list = json_object_get(scores, "chains"), *chain;
  size_t i, *lengths = calloc(json_array_size(list) + 1, sizeof *lengths);
  const char **ids = calloc(json_array_size(list) + 1, sizeof *ids);
  if (!lengths || !ids) abort();
  json_array_foreach(list, i, chain) {
    lengths[i] = (size_t)json_integer_value(json_object_get(chain, "length"));
    ids[i] = json_string_value(json_object_get(chain, "id"));
    if (!ids[i]) ids[i] = "";
  }
  plot->chains = i;
  plot->chain_ids = ids;
  plot->chain_lengths = lengths;
}

/* ---- Files of the whole job ---- */

/* One of the job's own files under way: its path, and its name noted. */
static char *job_path(const pleat_job_files *files, json_t *names, const char *tail) {
  char *name = pleat_output_path("%s%s", files->job->name, tail);
  char *path = pleat_output_path("%s/%s", files->folder->path, name);
  json_object_set_new(names, name, json_true());
  free(name);
  return path;
}

static bool check(const pleat_job_files *files, pleat_status status, char *path) {
  if (status) pleat_settings_fail(files->folder->settings, status);
  free(path);
  return status == PLEAT_OK;
}

static bool plot_scores(const pleat_job_files *files, const pleat_plot *plot, json_t *names) {
  pleat_context *context = files->folder->settings->context;
  static const char *const confidence[] = {"_plddt.svg", "_plddt.png"}, *const errors[] = {"_pae.svg", "_pae.png"};
  bool ok = true;
  for (int k = 0; k < 2 && ok && plot->predictions[0].plddt; k++) {
    char *path = job_path(files, names, confidence[k]);
    ok = check(files, pleat_plot_write_confidence(context, plot, path), path);
  }
  for (int k = 0; k < 2 && ok && plot->predictions[0].pae; k++) {
    char *path = job_path(files, names, errors[k]);
    ok = check(files, pleat_plot_write_errors(context, plot, path), path);
  }
  return ok;
}

static bool plot_all(const pleat_job_files *files, const scores_file *scores, size_t count, json_t *names) {
  pleat_plot plot = {.title = files->job->name, .count = count};
  pleat_plot_prediction lines[PLOTTED];
  read_chains(scores[0].object, &plot);
  for (size_t i = 0; i < count; i++) lines[i] = (pleat_plot_prediction){scores[i].label, scores[i].plddt, scores[i].pae};
  plot.predictions = lines;
  bool ok = plot_scores(files, &plot, names);
  free((void *)(uintptr_t)plot.chain_ids);
  free((void *)(uintptr_t)plot.chain_lengths);
  return ok;
}

/* The aligned errors of rank 1 as ColabFold keeps them, digits as in its scores. */
static bool write_errors(const pleat_job_files *files, const json_t *scores, json_t *names) {
  json_t *pae = json_object_get(scores, "pae"), *object = json_object();
  if (!pae) return json_decref(object), true;
  json_object_set(object, "predicted_aligned_error", pae);
  json_object_set(object, "max_predicted_aligned_error", json_object_get(scores, "max_pae"));
  char *text = json_dumps(object, JSON_REAL_PRECISION(8)), *path = job_path(files, names, "_predicted_aligned_error_v1.json");
  char *line = pleat_output_path("%s\n", text ? text : "");
  bool ok = text && pleat_output_write(path, line, strlen(line));
  json_decref(object);
  free(text);
  free(line);
  free(path);
  return ok;
}

static bool write_from_scores(const pleat_job_files *files, const size_t *order, json_t *names) {
  scores_file scores[PLOTTED] = {{0}};
  size_t count = files->count < PLOTTED ? files->count : PLOTTED;
  bool ok = true;
  for (size_t i = 0; i < count && ok; i++) {
    ok = read_scores(&files->parts[order[i]], i + 1, &scores[i]);
    if (ok && i == 0) ok = write_errors(files, scores[i].object, names);
    json_object_del(scores[i].object, "pae"); /* the bulk of it */
  }
  ok = ok && plot_all(files, scores, count, names);
  for (size_t i = 0; i < count; i++) {
    json_decref(scores[i].object);
    free(scores[i].plddt);
    free(scores[i].pae);
  }
  return ok;
}

/* ---- The alignment ---- */

/* How often the sequence stands among the query's chains from `chain` on; 0 when it stands before. */
static int copies_from(const pleat_query *query, int chain) {
  const char *sequence = pleat_query_chain(query, chain);
  int copies = 0;
  for (int c = 0; c < pleat_query_chain_count(query); c++) {
    if (strcmp(pleat_query_chain(query, c), sequence)) continue;
    if (c < chain) return 0;
    copies++;
  }
  return *sequence ? copies : 0;
}

/* "#10,15<TAB>2,1", ">101<TAB>102", the sequences: the query alone as ColabFold keeps it. */
static bool write_query(const pleat_query *query, const char *path) {
  char *parts[4] = {pleat_output_path("#"), pleat_output_path("%s", ""), pleat_output_path(">"), pleat_output_path("%s", "")};
  int kinds = 0;
  for (int c = 0; c < pleat_query_chain_count(query); c++) {
    int copies = copies_from(query, c);
    if (!copies) continue;
    const char *sequence = pleat_query_chain(query, c), *comma = kinds ? "," : "";
    char *longer[4] = {pleat_output_path("%s%s%zu", parts[0], comma, strlen(sequence)),
                       pleat_output_path("%s%s%d", parts[1], comma, copies),
                       pleat_output_path("%s%s%d", parts[2], kinds ? "\t" : "", 101 + kinds),
                       pleat_output_path("%s%s", parts[3], sequence)};
    kinds++;
    for (int k = 0; k < 4; k++) free(parts[k]), parts[k] = longer[k];
  }
  char *text = pleat_output_path("%s\t%s\n%s\n%s\n", parts[0], parts[1], parts[2], parts[3]);
  bool ok = pleat_output_write(path, text, strlen(text));
  for (int k = 0; k < 4; k++) free(parts[k]);
  free(text);
  return ok;
}

/* What the model was given, and its coverage; nothing for models that take none, nor of stored features. */
static bool write_alignment(const pleat_job_files *files, json_t *names) {
  static const char *const plots[] = {"_coverage.svg", "_coverage.png"};
  const pleat_settings *settings = files->folder->settings;
  if (!pleat_model_heeds(settings->model, "msa") || pleat_options_model_text(settings->options, "features")) return true;
  char *path = job_path(files, names, ".a3m");
  bool ok = files->job->msa ? pleat_msa_write(files->job->msa, path) == PLEAT_OK : write_query(files->job->query, path);
  if (!ok && files->job->msa) pleat_settings_fail(settings, PLEAT_ERROR_IO);
  free(path);
  for (int k = 0; k < 2 && ok; k++) {
    path = job_path(files, names, plots[k]);
    ok = check(files, pleat_plot_write_coverage(files->job->query, path), path);
  }
  return ok;
}

/* ---- Ranks ---- */

static void sort(const pleat_job_files *files, size_t *order) {
  double *scores = calloc(files->count, sizeof *scores);
  if (!scores) abort();
  pleat_ranking_metric metric = pleat_ranking_choose(files->ranking, pleat_job_chains(files->job), files->records[0].scores);
  for (size_t i = 0; i < files->count; i++) scores[i] = pleat_ranking_score(metric, files->records[i].scores);
  pleat_ranking_sort(scores, files->count, order);
  free(scores);
  if (files->count > 1)
    pleat_folder_log(files->folder, "%s: reranking models by '%s' metric", files->job->name, pleat_ranking_name(metric));
}

static void log_rank(const pleat_job_files *files, size_t rank, size_t part) {
  char confidence[80], *tag = pleat_part_tag(&files->parts[part]);
  pleat_ranking_print(files->records[part].scores, confidence);
  pleat_folder_log(files->folder, "rank_%03zu_%s%s", rank, tag, confidence);
  free(tag);
}

/* Notes the names that they get. */
static bool give_ranks(const pleat_job_files *files, const size_t *order, json_t *names) {
  bool ok = true;
  for (size_t i = 0; i < files->count; i++) pleat_part_list_ranked(&files->parts[order[i]], i + 1, names);
  if (files->tidy) pleat_part_clear_ranked(files->folder->path, files->job->name, names);
  for (size_t i = 0; i < files->count && ok && !files->parts[0].alone; i++) {
    ok = pleat_part_rank(&files->parts[order[i]], i + 1);
    log_rank(files, i + 1, order[i]);
  }
  return ok;
}

/* ---- --zip ---- */

static bool pack(const pleat_job_files *files, json_t *names) {
  char *path = pleat_output_path("%s/%s.result.zip", files->folder->path, files->job->name);
  json_t *all = json_copy(names);
  bool ok = true;
  if (pleat_options_flag(files->folder->settings->options, PLEAT_OPTION_ZIP)) {
    json_object_set_new(all, "config.json", json_true());
    json_object_set_new(all, "cite.bibtex", json_true());
    ok = pleat_archive_write(path, files->folder->path, all);
  } else {
    unlink(path); /* of an earlier run */
  }
  json_decref(all);
  free(path);
  return ok;
}

/* What lies in the archive need not lie beside it. */
static void remove_packed(const pleat_job_files *files, json_t *names) {
  const char *name;
  json_t *value;
  if (!pleat_options_flag(files->folder->settings->options, PLEAT_OPTION_ZIP)) return;
  json_object_foreach(names, name, value) {
    char *path = pleat_output_path("%s/%s", files->folder->path, name);
    unlink(path);
    free(path);
  }
}

bool pleat_job_files_finish(const pleat_job_files *files) {
  size_t *order = calloc(files->count, sizeof *order);
  json_t *names = json_object();
  bool sane = true;
  if (!order) abort();
  for (size_t i = 0; i < files->count; i++) sane = sane && files->records[i].sane;
  sort(files, order);
  bool ok = give_ranks(files, order, names) && write_from_scores(files, order, names) && write_alignment(files, names) &&
            pack(files, names) && pleat_folder_mark_done(files->folder, files->job->name, files->fingerprint, sane);
  if (ok) remove_packed(files, names);
  if (ok && files->tidy) pleat_part_clear_hidden(files->folder->path, files->job->name);
  json_decref(names);
  free(order);
  return ok;
}
