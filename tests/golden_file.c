/* Reads the golden HDF5 files.
 * SPDX-License-Identifier: MIT */
#include "tests/golden_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool golden_attribute_number(hid_t object, const char *name, double *number) {
  if (H5Aexists(object, name) <= 0) return false;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  bool good = H5Aread(attribute, H5T_NATIVE_DOUBLE, number) >= 0;
  H5Aclose(attribute);
  return good;
}

/* ---- What has been read ---- */

static struct {
  char **names; /* "PATH\nDATASET" */
  size_t count, capacity;
} seen;

static bool is_seen(const char *tail, const char *name, const char *entry) {
  const char *line = strchr(entry, '\n');
  size_t length = strlen(tail), path = (size_t)(line - entry);
  return path >= length && !memcmp(line - length, tail, length) && (!name || !strcmp(line + 1, name));
}

bool golden_was_read(const char *tail, const char *name) {
  for (size_t i = 0; i < seen.count; i++)
    if (is_seen(tail, name, seen.names[i])) return true;
  return false;
}

/* The list lives as long as the process. */
static void remember(hid_t file, const char *name) {
  char path[1024] = "";
  name += *name == '/';
  H5Fget_name(file, path, sizeof path);
  if (golden_was_read(path, name)) return;
  if (seen.count == seen.capacity) {
    seen.capacity = 2 * seen.capacity + 64;
    seen.names = realloc(seen.names, seen.capacity * sizeof *seen.names);
    if (!seen.names) abort();
  }
  size_t size = strlen(path) + strlen(name) + 2;
  char *entry = malloc(size);
  if (!entry) abort();
  snprintf(entry, size, "%s\n%s", path, name);
  seen.names[seen.count++] = entry;
}

/* ---- Arrays and texts ---- */

/* A group on the way may be missing, too. */
static bool is_there(hid_t file, const char *name) {
  htri_t exists;
  H5E_BEGIN_TRY { exists = H5Lexists(file, name, H5P_DEFAULT); }
  H5E_END_TRY
  return exists > 0;
}

bool golden_read(hid_t file, const char *name, golden_array *array) {
  *array = (golden_array){.noise = NAN};
  if (!is_there(file, name)) return false;
  remember(file, name);
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
  size_t count = (size_t)H5Sget_simple_extent_npoints(space);
  array->rank = H5Sget_simple_extent_dims(space, array->shape, NULL);
  array->data = malloc(count * sizeof(float) + 1);
  bool good = array->data && H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) >= 0;
  if (!golden_attribute_number(set, "noise_f64_maxabs", &array->noise))
    golden_attribute_number(set, "f32_vs_f64_max_abs", &array->noise);
  array->valid_noise = array->noise;
  golden_attribute_number(set, "f32_vs_f64_max_abs_valid", &array->valid_noise);
  H5Sclose(space);
  H5Dclose(set);
  return good;
}

void golden_array_free(golden_array *array) {
  free(array->data);
  array->data = NULL;
}

size_t golden_count(hid_t file, const char *name) {
  if (!is_there(file, name)) return 0;
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
  size_t count = (size_t)H5Sget_simple_extent_npoints(space);
  H5Sclose(space);
  H5Dclose(set);
  return count;
}

double *golden_read_double(hid_t file, const char *name, size_t count) {
  if (golden_count(file, name) != count) return NULL;
  remember(file, name);
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  double *data = malloc(count * sizeof *data + 1);
  bool good = data && H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  H5Dclose(set);
  if (good) return data;
  free(data);
  return NULL;
}

bool golden_read_text(hid_t file, const char *name, size_t index, char *text, size_t size) {
  text[0] = 0;
  if (index >= golden_count(file, name)) return false;
  remember(file, name);
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  size_t width = H5Tget_size(type);
  char *all = malloc(width * golden_count(file, name));
  bool good = all && !H5Tis_variable_str(type) && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) >= 0;
  if (good) snprintf(text, size, "%.*s", (int)strnlen(all + index * width, width), all + index * width);
  free(all);
  H5Tclose(type);
  H5Dclose(set);
  return good;
}

char **golden_read_texts(hid_t file, const char *name, size_t *count) {
  *count = golden_count(file, name);
  if (!*count) return NULL;
  remember(file, name);
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set), space = H5Dget_space(set);
  size_t width = H5Tget_size(type);
  bool variable = H5Tis_variable_str(type) > 0;
  char **texts = calloc(*count, sizeof *texts), *all = calloc(*count, width);
  if (!texts || !all || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) < 0) abort();
  for (size_t i = 0; i < *count; i++) {
    char *each = all + i * width;
    if (variable) memcpy(&each, all + i * width, sizeof each);
    texts[i] = strndup(each, variable ? strlen(each) : width);
  }
  if (variable) H5Dvlen_reclaim(type, space, H5P_DEFAULT, all);
  free(all);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(set);
  return texts;
}

void golden_texts_free(char **texts, size_t count) {
  for (size_t i = 0; i < count; i++) free(texts[i]);
  free(texts);
}

bool golden_attribute_text(hid_t file, const char *name, char *text, size_t size) {
  text[0] = 0;
  if (H5Aexists(file, name) <= 0) return false;
  hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attribute);
  bool good = H5Tget_class(type) == H5T_STRING && !H5Tis_variable_str(type) && H5Tget_size(type) < size;
  if (good) {
    good = H5Aread(attribute, type, text) >= 0;
    text[H5Tget_size(type)] = 0;
  }
  H5Tclose(type);
  H5Aclose(attribute);
  return good;
}
