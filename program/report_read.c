/* Reads a results folder for its report: what each verb left there, and what made it.
 * SPDX-License-Identifier: MIT
 *
 * Jobs are told by the names of files, as the interface gives them: NAME_scores_rank_RRR_TAG.json, seqs/NAME.fa,
 * NAME_score.done.txt with NAME.json, NAME_pack.done.txt with packed/, NAME_fit.done.txt with NAME_fits.json,
 * NAME_dock.done.txt with NAME_poses.json. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"
#include "program/report_parts.h"

enum { MOST_SHOWN = 100 }; /* designs of one input whose letters' probabilities are on the page */

/* ---- Small things ---- */

static json_t *complain(pleat_report_reader *reader, const char *path, const char *why) {
  fprintf(stderr, "pleat report: %s%s%s\n", path, *path ? ": " : "", why);
  reader->problems++;
  return NULL;
}

static json_t *load_json(pleat_report_reader *reader, const char *path) {
  json_error_t error;
  json_t *object = json_load_file(path, 0, &error);
  if (!object) return complain(reader, path, error.text);
  if (json_is_object(object)) return object;
  json_decref(object);
  return complain(reader, path, "no JSON object");
}

static bool ends_with(const char *text, const char *tail) {
  size_t length = strlen(text), end = strlen(tail);
  return length > end && !strcmp(text + length - end, tail);
}

/* Names in the folder, sorted; NULL when it cannot be read. The caller frees them by free_names. */
static struct dirent **list_names(const char *folder, int *count) {
  struct dirent **names = NULL;
  *count = scandir(folder, &names, NULL, alphasort);
  return *count < 0 ? NULL : names;
}

static void free_names(struct dirent **names, int count) {
  for (int i = 0; i < count; i++) free(names[i]);
  free(names);
}

/* The first of the paths that can be read, taken from the formats with the two texts; the caller frees it. */
static char *first_readable(const char *const *formats, const char *folder, const char *name, const char *tag) {
  for (; *formats; formats++) {
    char *path = NULL;
    if (asprintf(&path, *formats, folder, name, tag) < 0) abort();
    if (!access(path, R_OK)) return path;
    free(path);
  }
  return NULL;
}

static json_t *read_structure(pleat_report_reader *reader, const char *path) {
  json_t *structure = path ? pleat_report_structure(reader->context, path) : NULL;
  if (path && !structure) complain(reader, "", pleat_context_error(reader->context));
  return structure;
}

/* The structure of a block and its file's name; frees the path, which may be NULL. */
static void add_structure(pleat_report_reader *reader, json_t *block, char *path) {
  json_t *structure = read_structure(reader, path);
  if (structure) json_object_set_new(block, "structure", structure);
  if (path) json_object_set_new(block, "file", pleat_report_text(strrchr(path, '/') + 1));
  free(path);
}

static int put(pleat_report_reader *reader, json_t *block) { return reader->sink.put(reader->sink.user, block); }

/* The job of this kind and name, made if need be. Jobs lie in an object under "KIND NAME", which keeps their order. */
static json_t *job_of(json_t *jobs, const char *kind, const char *name) {
  json_t *key_text = pleat_report_text(name);
  char *key = pleat_output_path("%s %s", kind, json_string_value(key_text));
  json_t *job = json_object_get(jobs, key);
  if (!job) {
    job = json_object();
    json_object_set_new(job, "kind", json_string(kind));
    json_object_set(job, "name", key_text);
    json_object_set_new(job, "views", json_array());
    json_object_set_new(jobs, key, job);
  }
  json_decref(key_text);
  free(key);
  return job;
}

static void add_view(json_t *job, const char *label, int block) {
  json_array_append_new(json_object_get(job, "views"), json_pack("{s:o, s:i}", "label", pleat_report_text(label), "block", block));
}

static void copy_key(json_t *to, const char *name, const json_t *from, const char *key) {
  json_t *value = json_object_get(from, key);
  if (value && !json_object_get(to, name)) json_object_set(to, name, value);
}

/* ---- Predictions ---- */

static void summarise_prediction(json_t *job, const json_t *scores) {
  static const char *const numbers[] = {"model", "mean_plddt", "ptm", "iptm", "ranking_confidence", "sane", "seed"};
  json_t *chains = json_object_get(scores, "chains"), *chain;
  size_t i, length = 0;
  for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) copy_key(job, numbers[i], scores, numbers[i]);
  json_array_foreach(chains, i, chain) length += (size_t)json_integer_value(json_object_get(chain, "length"));
  json_object_set_new(job, "residues", json_integer((json_int_t)length));
  json_object_set_new(job, "chains", json_integer((json_int_t)json_array_size(chains)));
  json_object_set_new(job, "warnings", json_integer((json_int_t)json_array_size(json_object_get(scores, "warnings"))));
}

static json_t *find_coverage(pleat_report_reader *reader, const char *name) {
  static const char *const places[] = {"%s/%s.a3m", NULL};
  char *path = first_readable(places, reader->folder, name, "");
  json_t *coverage = path ? pleat_report_coverage(reader->context, path) : NULL;
  if (path && !coverage) complain(reader, "", pleat_context_error(reader->context));
  free(path);
  return coverage;
}

/* `stem` is NAME, `tag` "rank_001_MODEL_seed_000". */
static void read_prediction(pleat_report_reader *reader, json_t *jobs, const char *stem, const char *tag) {
  static const char *const places[] = {"%s/%s_relaxed_%s.cif",   "%s/%s_relaxed_%s.pdb", "%s/%s_unrelaxed_%s.cif",
                                       "%s/%s_unrelaxed_%s.pdb", NULL};
  char *path = pleat_output_path("%s/%s_scores_%s.json", reader->folder, stem, tag);
  json_t *scores = load_json(reader, path);
  free(path);
  json_t *job = job_of(jobs, "predict", stem);
  if (!scores) return json_object_set_new(job, "sane", json_false()), (void)0;
  bool first = !json_array_size(json_object_get(job, "views"));
  if (first) summarise_prediction(job, scores);
  char *structure = first_readable(places, reader->folder, stem, tag);
  json_t *block = json_object(), *errors = pleat_report_errors(json_object_get(scores, "pae"));
  json_object_del(scores, "pae");
  json_object_set_new(block, "scores", scores);
  if (errors) json_object_set_new(block, "pae", errors);
  json_t *coverage = first ? find_coverage(reader, stem) : NULL;
  add_structure(reader, block, structure);
  if (coverage) json_object_set_new(block, "coverage", coverage);
  add_view(job, tag, put(reader, block));
}

static void read_predictions(pleat_report_reader *reader, json_t *jobs, struct dirent **names, int count) {
  static const char middle[] = "_scores_rank_";
  for (int i = 0; i < count; i++) {
    char *stem = names[i]->d_name, *at = NULL;
    if (*stem == '.' || !ends_with(stem, ".json")) continue;
    for (char *next = strstr(stem, middle); next; next = strstr(next + 1, middle)) at = next;
    if (!at) continue;
    at[strlen(at) - strlen(".json")] = 0;
    *at = 0;
    read_prediction(reader, jobs, stem, at + strlen("_scores_"));
  }
}

/* ---- Designs: seqs/NAME.fa, the native sequence first ---- */

/* "id=1, T=0.1, seed=37" into an object; what has no '=' is left out. */
static json_t *read_fields(char *header) {
  json_t *fields = json_object();
  for (char *save = NULL, *part = strtok_r(header, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
    char *equal = strchr(part, '=');
    while (*part == ' ') part++;
    if (!equal || equal == part) continue;
    *equal = 0;
    json_t *key = pleat_report_text(part);
    json_object_set_new(fields, json_string_value(key), pleat_report_text(equal + 1));
    json_decref(key);
  }
  return fields;
}

static json_t *read_sequences(pleat_report_reader *reader, const char *path) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t size = 0;
  json_t *list = json_array(), *fields = NULL;
  if (!file) return json_decref(list), complain(reader, path, strerror(errno));
  while (getline(&line, &size, file) > 0) {
    line[strcspn(line, "\r\n")] = 0;
    if (*line == '>') {
      json_decref(fields);
      fields = read_fields(line + 1);
    } else if (*line && fields) {
      json_object_set_new(fields, "sequence", pleat_report_text(line));
      json_array_append_new(list, fields);
      fields = NULL;
    }
  }
  json_decref(fields);
  free(line);
  fclose(file);
  return list;
}

/* Each design's backbone has the probabilities of its letters; atoms are shown of the first. */
static void add_backbones(pleat_report_reader *reader, const char *name, json_t *block) {
  static const char *const places[] = {"%s/packed/%s_packed_%s_1.pdb", "%s/backbones/%s_%s.pdb", NULL};
  json_t *design, *designs = json_object_get(block, "designs");
  size_t i;
  json_array_foreach(designs, i, design) {
    const char *id = json_string_value(json_object_get(design, "id"));
    if (!id || i > MOST_SHOWN) continue;
    char *path = first_readable(places + 1, reader->folder, name, id);
    json_t *backbone = read_structure(reader, path);
    free(path);
    if (!backbone) continue;
    json_object_set(design, "confidence", json_object_get(backbone, "confidence"));
    if (!json_object_get(block, "structure")) json_object_set(block, "structure", backbone);
    json_decref(backbone);
  }
}

static double field(const json_t *design, const char *key) {
  const char *text = json_string_value(json_object_get(design, key));
  return text ? strtod(text, NULL) : 0;
}

static void summarise_designs(json_t *job, const json_t *designs) {
  json_t *design, *native = json_array_get(designs, 0);
  size_t i, count = 0;
  double best = 0, recovery = 0;
  json_array_foreach(designs, i, design) {
    if (!json_object_get(design, "id")) continue;
    double score = field(design, "score");
    if (!count++ || score < best) best = score;
    recovery += field(design, "seq_rec");
  }
  copy_key(job, "model", native, "model_path");
  copy_key(job, "model", native, "model_name");
  json_object_set_new(job, "residues", json_integer((json_int_t)strlen(json_string_value(json_object_get(native, "sequence")))));
  json_object_set_new(job, "designs", json_integer((json_int_t)count));
  if (!count) return;
  if (json_object_get(json_array_get(designs, 1), "score")) json_object_set_new(job, "best_score", json_real(best));
  json_object_set_new(job, "recovery", json_real(recovery / (double)count));
}

static void read_designs(pleat_report_reader *reader, json_t *jobs) {
  int count;
  char *folder = pleat_output_path("%s/seqs", reader->folder);
  struct dirent **names = list_names(folder, &count);
  for (int i = 0; names && i < count; i++) {
    char *name = names[i]->d_name;
    if (*name == '.' || !ends_with(name, ".fa")) continue;
    char *path = pleat_output_path("%s/%s", folder, name);
    json_t *designs = read_sequences(reader, path);
    free(path);
    name[strlen(name) - strlen(".fa")] = 0;
    if (!json_array_size(designs)) {
      json_decref(designs);
      continue;
    }
    json_t *job = job_of(jobs, "design", name), *block = json_pack("{s:o}", "designs", designs);
    summarise_designs(job, designs);
    add_backbones(reader, name, block);
    add_view(job, "designs", put(reader, block));
  }
  free_names(names, names ? count : 0);
  free(folder);
}

/* ---- Scores, packed side chains, fits, docked poses ---- */

/* NAME_mutations.csv as {"letters": "ACDE...", "rows": [[difference or null for each letter] for each residue]}; the
 * residue's own letter has 0. NULL when there is no such table, as scores of several samples may have none. */
static json_t *read_mutations(const char *folder, const char *name) {
  static const char letters[] = "ACDEFGHIKLMNPQRSTVWY";
  char *path = pleat_output_path("%s/%s_mutations.csv", folder, name), line[256], last[64] = "";
  FILE *file = fopen(path, "r");
  free(path);
  if (!file) return NULL;
  json_t *rows = json_array(), *row = NULL;
  while (fgets(line, sizeof line, file)) {
    int place = 0, rest = 0; /* chain,number,code | wild type,mutant,log p,log p,difference */
    char own, mutant, value[32];
    for (char *c = line; *c && place < 3; c++) place += *c == ',', rest++;
    if (sscanf(line + rest, "%c,%c,%*[^,],%*[^,],%31s", &own, &mutant, value) != 3 || !strchr(letters, mutant)) continue;
    if (!row || strlen(last) != (size_t)rest || strncmp(last, line, (size_t)rest) != 0) {
      row = json_array();
      for (size_t a = 0; a < strlen(letters); a++) json_array_append_new(row, letters[a] == own ? json_integer(0) : json_null());
      json_array_append_new(rows, row);
      snprintf(last, sizeof last, "%.*s", rest, line);
    }
    double difference = strtod(value, NULL);
    if (isfinite(difference)) json_array_set_new(row, (size_t)(strchr(letters, mutant) - letters), json_real(difference));
  }
  fclose(file);
  return json_pack("{s:s, s:o}", "letters", letters, "rows", rows);
}

static void read_score(pleat_report_reader *reader, json_t *jobs, const char *name) {
  char *path = pleat_output_path("%s/%s.json", reader->folder, name);
  json_t *scores = access(path, R_OK) ? NULL : load_json(reader, path);
  free(path);
  if (!scores) return;
  json_t *job = job_of(jobs, "score", name);
  copy_key(job, "model", scores, "model");
  copy_key(job, "best_score", scores, "score");
  json_object_set_new(job, "residues", json_integer((json_int_t)json_array_size(json_object_get(scores, "residues"))));
  json_t *block = json_pack("{s:o}", "scores", scores), *mutations = read_mutations(reader->folder, name);
  if (mutations) json_object_set_new(block, "mutations", mutations);
  add_view(job, "scores", put(reader, block));
}

static void read_packed(pleat_report_reader *reader, json_t *jobs, const char *name) {
  for (int k = 1; k <= MOST_SHOWN; k++) {
    char *path = pleat_output_path("%s/packed/%s_packed_1_%d.pdb", reader->folder, name, k), label[32];
    json_t *structure = access(path, R_OK) ? NULL : read_structure(reader, path);
    free(path);
    if (!structure) return;
    json_t *job = job_of(jobs, "pack", name);
    json_object_set_new(job, "residues", json_integer((json_int_t)json_array_size(json_object_get(structure, "name"))));
    snprintf(label, sizeof label, "packing %d", k);
    add_view(job, label, put(reader, json_pack("{s:o}", "structure", structure)));
  }
}

static json_t *read_slices(const pleat_report_reader *reader, const char *name) {
  char *path = pleat_output_path("%s/%s_slices.svg", reader->folder, name);
  size_t length = 0;
  char *text = NULL;
  FILE *file = fopen(path, "r");
  json_t *slices = file && getdelim(&text, &length, 0, file) > 0 ? pleat_report_text(text) : NULL;
  if (file) fclose(file);
  free(text);
  free(path);
  return slices;
}

/* One view a rank where there is one part in one copy; else one of all parts together. */
static void add_fit(pleat_report_reader *reader, json_t *job, const json_t *fits, const char *name, size_t rank) {
  static const char *const together[] = {"%s/%s_fitted.cif", NULL}, *const ranked[] = {"%s/%s_fit_rank_%s.cif", NULL};
  char tag[32], label[48];
  snprintf(tag, sizeof tag, "%03zu", rank);
  snprintf(label, sizeof label, rank ? "rank %zu" : "all parts", rank);
  char *path = first_readable(rank ? ranked : together, reader->folder, name, tag);
  json_t *block = json_pack("{s:O}", "fits", json_object_get(fits, "steps")), *slices = rank < 2 ? read_slices(reader, name) : NULL;
  add_structure(reader, block, path);
  if (slices) json_object_set_new(block, "slices", slices);
  add_view(job, label, put(reader, block));
}

static void read_fit(pleat_report_reader *reader, json_t *jobs, const char *name) {
  char *path = pleat_output_path("%s/%s_fits.json", reader->folder, name);
  json_t *fits = load_json(reader, path), *steps = json_object_get(fits, "steps");
  json_t *places = json_object_get(json_array_get(steps, 0), "places");
  free(path);
  if (!fits) return;
  json_t *job = job_of(jobs, "fit", name);
  copy_key(job, "best_score", json_array_get(places, 0), "score");
  copy_key(job, "confidence", json_array_get(places, 0), "confidence");
  if (json_array_size(steps) > 1) add_fit(reader, job, fits, name, 0);
  else for (size_t rank = 1; rank <= json_array_size(places) && rank <= MOST_SHOWN; rank++) add_fit(reader, job, fits, name, rank);
  json_decref(fits);
}

static void read_dock(pleat_report_reader *reader, json_t *jobs, const char *name) {
  static const char *const complexes[] = {"%s/%s_complex_rank_%s.cif", NULL};
  char *path = pleat_output_path("%s/%s_poses.json", reader->folder, name);
  json_t *root = load_json(reader, path), *poses = json_object_get(root, "poses");
  free(path);
  if (!root) return;
  json_t *job = job_of(jobs, "dock", name);
  copy_key(job, "best_score", json_array_get(poses, 0), "score");
  for (size_t rank = 1; rank <= json_array_size(poses) && rank <= MOST_SHOWN; rank++) {
    char tag[32], label[48];
    snprintf(tag, sizeof tag, "%03zu", rank);
    snprintf(label, sizeof label, "pose %zu", rank);
    path = first_readable(complexes, reader->folder, name, tag);
    json_t *block = json_pack("{s:O}", "poses", poses);
    add_structure(reader, block, path);
    add_view(job, label, put(reader, block));
  }
  json_decref(root);
}

static void read_marked(pleat_report_reader *reader, json_t *jobs, struct dirent **names, int count) {
  static const struct {
    const char *tail;
    void (*read)(pleat_report_reader *, json_t *, const char *);
  } marks[] = {{"_score.done.txt", read_score}, {"_pack.done.txt", read_packed}, {"_fit.done.txt", read_fit}, {"_dock.done.txt", read_dock}};
  for (int i = 0; i < count; i++)
    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++) {
      char *name = names[i]->d_name;
      if (!ends_with(name, marks[m].tail)) continue;
      name[strlen(name) - strlen(marks[m].tail)] = 0;
      marks[m].read(reader, jobs, name);
      break;
    }
}

/* ---- What made the results ---- */

static void add_origin(pleat_report_reader *reader, json_t *page) {
  char *config = pleat_output_path("%s/config.json", reader->folder), *cite = pleat_output_path("%s/cite.bibtex", reader->folder),
       text[8192];
  json_t *object = access(config, R_OK) ? NULL : load_json(reader, config);
  if (object) json_object_set_new(page, "config", object);
  FILE *file = fopen(cite, "r");
  if (file) {
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    json_object_set_new(page, "citation", pleat_report_text(text));
    fclose(file);
  }
  free(config);
  free(cite);
}

/* Seconds that each job took in the last run. */
static void add_times(pleat_report_reader *reader, json_t *jobs) {
  char *path = pleat_output_path("%s/timings.json", reader->folder);
  json_t *timings = access(path, R_OK) ? NULL : load_json(reader, path), *entry, *job;
  json_t *seconds = json_object();
  size_t i;
  const char *key;
  json_array_foreach(json_object_get(timings, "jobs"), i, entry) {
    const char *name = json_string_value(json_object_get(entry, "name"));
    double before = name ? json_number_value(json_object_get(seconds, name)) : 0;
    if (name) json_object_set_new(seconds, name, json_real(before + json_number_value(json_object_get(entry, "seconds"))));
  }
  json_object_foreach(jobs, key, job)
    copy_key(job, "seconds", seconds, json_string_value(json_object_get(job, "name")));
  json_decref(seconds);
  json_decref(timings);
  free(path);
}

static json_t *list_of(json_t *jobs) {
  json_t *list = json_array(), *job;
  const char *key;
  json_object_foreach(jobs, key, job) json_array_append(list, job);
  json_decref(jobs);
  return list;
}

json_t *pleat_report_read(pleat_report_reader *reader) {
  int count;
  struct dirent **names = list_names(reader->folder, &count);
  if (!names) return complain(reader, reader->folder, strerror(errno));
  json_t *page = json_object(), *jobs = json_object();
  char *full = realpath(reader->folder, NULL);
  const char *base = full ? strrchr(full, '/') : NULL;
  json_object_set_new(page, "folder", pleat_report_text(base && base[1] ? base + 1 : reader->folder));
  json_object_set_new(page, "version", json_string(pleat_version()));
  read_marked(reader, jobs, names, count);
  read_predictions(reader, jobs, names, count);
  read_designs(reader, jobs);
  add_times(reader, jobs);
  add_origin(reader, page);
  json_object_set_new(page, "jobs", list_of(jobs));
  free_names(names, count);
  free(full);
  return page;
}
