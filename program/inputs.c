/* The structures of design, score and pack: files, folders and lists of them, with names.
 * SPDX-License-Identifier: MIT */
#include "program/inputs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/output.h"

static bool refuse(const char *verb, const char *path, const char *why) {
  fprintf(stderr, "pleat %s: '%s': %s\n", verb, path, why);
  return false;
}

static bool ends_with(const char *text, size_t length, const char *ending) {
  size_t tail = strlen(ending);
  return length >= tail && !strncasecmp(text + length - tail, ending, tail);
}

/* Length of the name without .gz and the ending of a structure file; *known: whether it has such an ending. */
static size_t stem_length(const char *name, bool *known) {
  static const char *const endings[] = {".pdb", ".ent", ".cif", ".mmcif"};
  size_t length = strlen(name);
  if (ends_with(name, length, ".gz")) length -= 3;
  *known = false;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
    if (length > strlen(endings[i]) && ends_with(name, length, endings[i])) {
      *known = true;
      return length - strlen(endings[i]);
    }
  return length;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_structure_name(const char *path) {
  bool known;
  stem_length(base_name(path), &known);
  return known;
}

/* Takes `path`; `given` is copied. */
static void append(pleat_inputs *inputs, char *path, const char *given) {
  if (inputs->count == inputs->room) {
    inputs->room = 2 * inputs->room + 16;
    inputs->list = realloc(inputs->list, inputs->room * sizeof *inputs->list);
    if (!inputs->list) abort();
  }
  inputs->list[inputs->count++] = (pleat_input){.path = path, .given = pleat_output_path("%s", given)};
}

/* ---- Folders and lists ---- */

static int is_wanted(const struct dirent *entry) { return entry->d_name[0] != '.' && is_structure_name(entry->d_name); }

static bool add_folder(pleat_inputs *inputs, const char *verb, const char *path) {
  struct dirent **entries;
  int count = scandir(path, &entries, is_wanted, alphasort);
  if (count < 0) return refuse(verb, path, strerror(errno));
  for (int i = 0; i < count; i++) {
    bool slash = *path && path[strlen(path) - 1] == '/';
    char *file = pleat_output_path("%s%s%s", path, slash ? "" : "/", entries[i]->d_name);
    append(inputs, file, file);
    free(entries[i]);
  }
  free(entries);
  return count > 0 || refuse(verb, path, "no .pdb, .ent, .cif or .mmcif file is in this folder");
}

/* A path of a list: as it stands, or beside the list. */
static void append_listed(pleat_inputs *inputs, const char *list, const char *path) {
  int folder = (int)(base_name(list) - list);
  char *beside = pleat_output_path("%.*s%s", folder, list, path);
  bool here = *path == '/' || !access(path, F_OK) || access(beside, F_OK);
  char *chosen = pleat_output_path("%s", here ? path : beside);
  free(beside);
  append(inputs, chosen, path);
}

static bool add_list(pleat_inputs *inputs, const char *verb, const char *path) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t size = 0, before = inputs->count;
  if (!file) return refuse(verb, path, strerror(errno));
  while (getline(&line, &size, file) >= 0) {
    char *start = line + strspn(line, " \t\r\n");
    size_t length = strlen(start);
    while (length && isspace((unsigned char)start[length - 1])) start[--length] = 0;
    if (length && *start != '#') append_listed(inputs, path, start);
  }
  free(line);
  fclose(file);
  return inputs->count > before || refuse(verb, path, "no path stands in this list");
}

static void add_keys(pleat_inputs *inputs, const char *path, json_t *root) {
  const char *key;
  json_t *value;
  size_t i;
  json_object_foreach(root, key, value) append_listed(inputs, path, key);
  json_array_foreach(root, i, value) if (json_is_string(value)) append_listed(inputs, path, json_string_value(value));
}

bool pleat_inputs_add_json(pleat_inputs *inputs, const char *verb, const char *path) {
  json_error_t error;
  json_t *root = json_load_file(path, 0, &error);
  size_t before = inputs->count;
  if (!root) {
    fprintf(stderr, "pleat %s: %s:%d: %s\n", verb, path, error.line, error.text);
    return false;
  }
  add_keys(inputs, path, root);
  json_decref(root);
  return inputs->count > before || refuse(verb, path, "no path stands in this JSON file; it is {\"path\": ...} or [\"path\", ...]");
}

/* Whether the first line that says anything names a file: then it is a list. Structures never do. */
static bool looks_like_list(const char *path) {
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t size = 0, begin = 0;
  bool list = false;
  while (file && getline(&line, &size, file) >= 0) {
    begin = strspn(line, " \t\r\n");
    if (!line[begin] || line[begin] == '#') continue;
    line[strcspn(line, "\r\n")] = 0;
    list = is_structure_name(line + begin);
    break;
  }
  if (file) fclose(file);
  free(line);
  return list;
}

bool pleat_inputs_add(pleat_inputs *inputs, const char *verb, const char *path) {
  struct stat about;
  if (stat(path, &about)) return refuse(verb, path, strerror(errno));
  if (S_ISDIR(about.st_mode)) return add_folder(inputs, verb, path);
  if (ends_with(path, strlen(path), ".json")) return pleat_inputs_add_json(inputs, verb, path);
  if (!is_structure_name(path) && looks_like_list(path)) return add_list(inputs, verb, path);
  append(inputs, pleat_output_path("%s", path), path);
  return true;
}

/* ---- Names ---- */

/* As queries are named: letters, digits, '_', '-' and '.', not beginning with '.' or '-'. */
static char *safe_name(const char *path) {
  bool known;
  const char *base = base_name(path);
  char *name = pleat_output_path("%.*s", (int)stem_length(base, &known), base);
  for (char *c = name; *c; c++) {
    bool word = (unsigned char)*c < 128 && (isalnum((unsigned char)*c) || strchr("_-.", *c));
    if (!word || (c == name && (*c == '.' || *c == '-'))) *c = '_';
  }
  return name;
}

typedef struct name_slot {
  const char *name;
  unsigned next;
} name_slot;

static uint32_t hash_text(const char *text) {
  uint32_t hash = 2166136261u;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
  return hash;
}

/* The slot of the name or the free one where it belongs; `size` is a power of two. */
static name_slot *find_slot(name_slot *table, size_t size, const char *name) {
  size_t at = hash_text(name) & (size - 1);
  while (table[at].name && strcmp(table[at].name, name)) at = (at + 1) & (size - 1);
  return &table[at];
}

static void name_all(pleat_inputs *inputs) {
  size_t size = 64;
  while (size < 4 * inputs->count) size *= 2;
  name_slot *table = calloc(size, sizeof *table);
  if (!table) abort();
  for (size_t i = 0; i < inputs->count; i++) {
    char *name = safe_name(inputs->list[i].path);
    name_slot *first = find_slot(table, size, name), *slot = first;
    if (!first->name) first->next = 1;
    while (slot->name) {
      char *numbered = pleat_output_path("%s_%u", first->name, ++first->next);
      free(name);
      name = numbered;
      slot = find_slot(table, size, name);
    }
    slot->name = inputs->list[i].name = name;
    if (!slot->next) slot->next = 1;
  }
  free(table);
}

static void free_input(pleat_input *input) {
  free(input->path);
  free(input->given);
  free(input->name);
}

void pleat_inputs_finish(pleat_inputs *inputs, size_t shard, size_t shards, bool helps) {
  size_t kept = 0;
  name_all(inputs);
  inputs->total = inputs->count;
  for (size_t i = 0; i < inputs->count; i++) {
    inputs->list[i].share = i % shards == shard;
    if (inputs->list[i].share || helps) inputs->list[kept++] = inputs->list[i];
    else free_input(&inputs->list[i]);
  }
  inputs->count = kept;
}

void pleat_inputs_free(pleat_inputs *inputs) {
  for (size_t i = 0; i < inputs->count; i++) free_input(&inputs->list[i]);
  free(inputs->list);
}
