/* One prediction of a job: its files without a rank, and its record.
 * SPDX-License-Identifier: MIT
 *
 * Hidden files are .JOB_WHAT_part_MODEL_seed_SSS.ENDING, ranked ones JOB_WHAT_rank_NNN_MODEL_seed_SSS.ENDING, the record
 * .JOB_record_part_MODEL_seed_SSS.json. */
#include "program/part.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"

/* What files of a prediction are called. */
static const char *const kinds[] = {"unrelaxed", "relaxed", "scores", "arrays", "single_repr", "pair_repr", "record", "checkpoint"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

char *pleat_part_tag(const pleat_part *part) { return pleat_output_path("%s_seed_%03ld", part->model, part->seed); }

char *pleat_part_ranked_path(const pleat_part *part, const char *what, size_t rank, const char *ending) {
  return pleat_output_path("%s/%s_%s_rank_%03zu_%s_seed_%03ld.%s", part->folder, part->job, what, rank, part->model,
                           part->seed, ending);
}

char *pleat_part_path(const pleat_part *part, const char *what, const char *ending) {
  if (part->alone) return pleat_part_ranked_path(part, what, 1, ending);
  return pleat_output_path("%s/.%s_%s_part_%s_seed_%03ld.%s", part->folder, part->job, what, part->model, part->seed,
                           ending);
}

void pleat_part_note(pleat_part *part, const char *what, const char *ending) {
  if (!part->files) part->files = json_array();
  json_array_append_new(part->files, json_pack("[s, s]", what, ending));
}

/* ---- The record ---- */

static json_t *score_value(double score) { return isnan(score) ? json_null() : json_real(score); }

static double read_score(const json_t *record, const char *name) {
  const json_t *value = json_object_get(record, name);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

bool pleat_part_close(pleat_part *part, const char *fingerprint, const pleat_part_record *record) {
  if (part->alone) return true;
  json_t *object = json_object();
  json_object_set_new(object, "fingerprint", json_string(fingerprint));
  json_object_set_new(object, "plddt", score_value(record->scores.plddt));
  json_object_set_new(object, "ptm", score_value(record->scores.ptm));
  json_object_set_new(object, "iptm", score_value(record->scores.iptm));
  json_object_set_new(object, "sane", json_boolean(record->sane));
  json_object_set(object, "files", part->files);
  char *path = pleat_part_path(part, "record", "json");
  bool ok = pleat_output_write_json(path, object, 17); /* every bit: ranks are the same after a stop */
  free(path);
  return ok;
}

bool pleat_part_read(pleat_part *part, const char *fingerprint, pleat_part_record *record) {
  if (part->alone) return false;
  char *path = pleat_part_path(part, "record", "json");
  json_t *object = json_load_file(path, 0, NULL), *files = json_object_get(object, "files");
  const char *made = json_string_value(json_object_get(object, "fingerprint"));
  bool same = made && !strcmp(made, fingerprint) && json_is_array(files);
  if (same) {
    *record = (pleat_part_record){
        {read_score(object, "plddt"), read_score(object, "ptm"), read_score(object, "iptm")},
        json_is_true(json_object_get(object, "sane"))};
    json_decref(part->files);
    part->files = json_incref(files);
  }
  json_decref(object);
  free(path);
  return same;
}

/* ---- Ranks ---- */

bool pleat_part_rank(const pleat_part *part, size_t rank) {
  const char *what, *ending;
  json_t *file;
  size_t i;
  bool ok = true;
  json_array_foreach(part->files, i, file) {
    if (json_unpack(file, "[s, s]", &what, &ending)) continue;
    char *from = pleat_part_path(part, what, ending), *to = pleat_part_ranked_path(part, what, rank, ending);
    if (ok && rename(from, to) && !(errno == ENOENT && !access(to, F_OK))) { /* a run that was stopped here named it */
      fprintf(stderr, "pleat: cannot rename '%s' to '%s': %s\n", from, to, strerror(errno));
      ok = false;
    }
    free(from);
    free(to);
  }
  return ok;
}

/* Whether the name is PREFIX JOB_KIND_WORD_... */
static bool is_file_of(const char *name, const char *prefix, const char *job, const char *word) {
  for (int i = 0; i < KINDS; i++) {
    char *start = pleat_output_path("%s%s_%s_%s_", prefix, job, kinds[i], word);
    bool same = !strncmp(name, start, strlen(start));
    free(start);
    if (same) return true;
  }
  return false;
}

void pleat_part_list_ranked(const pleat_part *part, size_t rank, json_t *names) {
  const char *what, *ending;
  json_t *file;
  size_t i;
  json_array_foreach(part->files, i, file) {
    if (json_unpack(file, "[s, s]", &what, &ending)) continue;
    char *path = pleat_part_ranked_path(part, what, rank, ending);
    json_object_set_new(names, path + strlen(part->folder) + 1, json_true());
    free(path);
  }
}

void pleat_part_clear_ranked(const char *folder, const char *job, const json_t *keep) {
  DIR *directory = opendir(folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (is_file_of(entry->d_name, "", job, "rank") && !json_object_get(keep, entry->d_name))
      unlinkat(dirfd(directory), entry->d_name, 0);
  if (directory) closedir(directory);
}

void pleat_part_clear_hidden(const char *folder, const char *job) {
  DIR *directory = opendir(folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (is_file_of(entry->d_name, ".", job, "part")) unlinkat(dirfd(directory), entry->d_name, 0);
  if (directory) closedir(directory);
}

bool pleat_part_left(const char *folder) {
  DIR *directory = opendir(folder);
  bool found = false;
  for (struct dirent *entry; directory && !found && (entry = readdir(directory));)
    found = entry->d_name[0] == '.' && strstr(entry->d_name, "_part_");
  if (directory) closedir(directory);
  return found;
}
