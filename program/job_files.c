/* What a job leaves when its predictions are there: ranks, plots, the alignment, the mark.
 * SPDX-License-Identifier: MIT */
#include "program/job_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"
#include "program/relax.h"

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

bool pleat_job_files_predict(const pleat_settings *settings, pleat_part *part, const pleat_result *result) {
  bool structure = pleat_result_structure(result) != NULL, all = pleat_options_flag(settings->options, PLEAT_OPTION_SAVE_ALL);
  return (!structure || !settings->pdb || write_file(settings, part, result, "unrelaxed", "pdb")) &&
         (!structure || !settings->cif || write_file(settings, part, result, "unrelaxed", "cif")) &&
         write_file(settings, part, result, "scores", "json") &&
         (!all || write_file(settings, part, result, "arrays", "h5")) &&
         (!structure || !pleat_relax_wanted(settings) || write_relaxed(settings, part, result));
}

/* ---- Predictions of a job, read back: what plots need ---- */

typedef struct scores_file {
  json_t *object;
  char label[32];
  float *plddt; /* NULL: the model gives none */
  size_t length;
} scores_file;

static bool read_plddt(scores_file *file) {
  json_t *list = json_object_get(file->object, "plddt"), *value;
  size_t i;
  file->length = json_array_size(list);
  if (!file->length) return true;
  file->plddt = calloc(file->length, sizeof *file->plddt);
  if (!file->plddt) abort();
  json_array_foreach(list, i, value) file->plddt[i] = json_is_number(value) ? (float)json_number_value(value) : NAN;
  return true;
}

static bool read_scores(const pleat_part *part, size_t rank, scores_file *file) {
  json_error_t error;
  char *path = pleat_part_ranked_path(part, "scores", rank, "json");
  snprintf(file->label, sizeof file->label, "rank_%zu", rank);
  file->object = json_load_file(path, 0, &error);
  if (!file->object) fprintf(stderr, "pleat: %s:%d: %s\n", path, error.line, error.text);
  free(path);
  return file->object && read_plddt(file);
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

static bool finish_status(const pleat_job_files *files, pleat_status status) {
  if (status) pleat_settings_fail(files->folder->settings, status);
  return status == PLEAT_OK;
}

/* ---- Files of the whole job ---- */

static char *job_path(const pleat_job_files *files, const char *tail) {
  return pleat_output_path("%s/%s%s", files->folder->path, files->job->name, tail);
}

static bool plot_all(const pleat_job_files *files, const scores_file *scores) {
  pleat_plot plot = {.title = files->job->name, .count = files->count};
  pleat_plot_prediction *lines = calloc(files->count, sizeof *lines);
  if (!lines) abort();
  read_chains(scores[0].object, &plot);
  for (size_t i = 0; i < files->count; i++) lines[i] = (pleat_plot_prediction){scores[i].label, scores[i].plddt, NULL};
  plot.predictions = lines;
  char *path = job_path(files, "_plddt.svg");
  bool ok = !scores[0].plddt ||
            finish_status(files, pleat_plot_write_confidence(files->folder->settings->context, &plot, path));
  free(path);
  free(lines);
  free((void *)(uintptr_t)plot.chain_ids);
  free((void *)(uintptr_t)plot.chain_lengths);
  return ok;
}

/* The aligned errors of rank 1 as ColabFold keeps them, digits as in its scores. */
static bool write_errors(const pleat_job_files *files, const json_t *scores) {
  json_t *pae = json_object_get(scores, "pae"), *object = json_object();
  json_object_set(object, "predicted_aligned_error", pae);
  json_object_set(object, "max_predicted_aligned_error", json_object_get(scores, "max_pae"));
  char *text = pae ? json_dumps(object, JSON_REAL_PRECISION(8)) : NULL, *path = job_path(files, "_predicted_aligned_error_v1.json");
  char *line = pleat_output_path("%s\n", text ? text : "");
  bool ok = !pae || (text && pleat_output_write(path, line, strlen(line)));
  json_decref(object);
  free(text);
  free(line);
  free(path);
  return ok;
}

static bool write_from_files(const pleat_job_files *files, const size_t *order) {
  scores_file *scores = calloc(files->count, sizeof *scores);
  if (!scores) abort();
  bool ok = true;
  for (size_t i = 0; i < files->count && ok; i++) {
    ok = read_scores(&files->parts[order[i]], i + 1, &scores[i]);
    if (ok && i == 0) ok = write_errors(files, scores[i].object);
    if (ok) json_object_del(scores[i].object, "pae"); /* the bulk of it */
  }
  ok = ok && plot_all(files, scores);
  for (size_t i = 0; i < files->count; i++) {
    json_decref(scores[i].object);
    free(scores[i].plddt);
  }
  free(scores);
  return ok;
}

static bool write_as(const pleat_job_files *files, const pleat_result *result, const char *tail) {
  char *path = job_path(files, tail);
  pleat_status status = pleat_result_write(result, path);
  free(path);
  return finish_status(files, status);
}

static bool write_from_result(const pleat_job_files *files, const pleat_result *result) {
  pleat_array array;
  return (pleat_result_array(result, "plddt", &array) || write_as(files, result, "_plddt.svg")) &&
         (pleat_result_array(result, "predicted_aligned_error", &array) ||
          write_as(files, result, "_predicted_aligned_error_v1.json"));
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

static bool give_ranks(const pleat_job_files *files, const size_t *order) {
  json_t *keep = json_object();
  bool ok = true;
  for (size_t i = 0; i < files->count; i++) pleat_part_list_ranked(&files->parts[order[i]], i + 1, keep);
  if (files->tidy) pleat_part_clear_ranked(files->folder->path, files->job->name, keep);
  json_decref(keep);
  for (size_t i = 0; i < files->count && ok && !files->parts[0].alone; i++) {
    ok = pleat_part_rank(&files->parts[order[i]], i + 1);
    log_rank(files, i + 1, order[i]);
  }
  return ok;
}

bool pleat_job_files_finish(const pleat_job_files *files, const pleat_result *only) {
  size_t *order = calloc(files->count, sizeof *order);
  bool sane = true;
  if (!order) abort();
  for (size_t i = 0; i < files->count; i++) sane = sane && files->records[i].sane;
  sort(files, order);
  bool ok = give_ranks(files, order) && (only ? write_from_result(files, only) : write_from_files(files, order)) &&
            pleat_folder_mark_done(files->folder, files->job->name, files->fingerprint, sane);
  if (ok && files->tidy) pleat_part_clear_hidden(files->folder->path, files->job->name);
  free(order);
  return ok;
}
