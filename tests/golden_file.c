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

bool golden_read(hid_t file, const char *name, golden_array *array) {
  htri_t exists;
  *array = (golden_array){.noise = NAN};
  H5E_BEGIN_TRY { exists = H5Lexists(file, name, H5P_DEFAULT); } /* a group on the way may be missing, too */
  H5E_END_TRY
  if (exists <= 0) return false;
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
  if (H5Lexists(file, name, H5P_DEFAULT) <= 0) return 0;
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
  size_t count = (size_t)H5Sget_simple_extent_npoints(space);
  H5Sclose(space);
  H5Dclose(set);
  return count;
}

double *golden_read_double(hid_t file, const char *name, size_t count) {
  if (golden_count(file, name) != count) return NULL;
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
