/* Arrays of a run collected over its samples, and written as one HDF5 file.
 * SPDX-License-Identifier: MIT */
#include "program/arrays.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"
#include "program/trace.h"

static size_t numbers_in(const pleat_array *array) {
  size_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  return count;
}

const pleat_array *pleat_arrays_find(const pleat_arrays *arrays, const char *name) {
  for (size_t i = 0; i < arrays->count; i++)
    if (!strcmp(arrays->items[i].name, name)) return &arrays->items[i].array;
  return NULL;
}

static size_t take_item(pleat_arrays *arrays, const char *name, const pleat_array *array) {
  size_t i = 0;
  while (i < arrays->count && strcmp(arrays->items[i].name, name)) i++;
  if (i < arrays->count || i == PLEAT_ARRAYS_MOST) return i;
  snprintf(arrays->items[i].name, sizeof arrays->items[i].name, "%s", name);
  arrays->items[i].array = *array;
  arrays->items[i].array.name = arrays->items[i].name;
  arrays->items[i].array.data = NULL;
  if (array->rank) arrays->items[i].array.shape[0] = 0;
  arrays->count++;
  return i;
}

void pleat_arrays_append(pleat_arrays *arrays, const char *name, const pleat_array *array) {
  size_t i = take_item(arrays, name, array), more = numbers_in(array);
  if (i == PLEAT_ARRAYS_MOST) return;
  pleat_array *kept = &arrays->items[i].array;
  size_t there = kept->rank ? numbers_in(kept) : 0;
  if (there + more > arrays->items[i].room || !kept->data) {
    size_t room = there + more + (there ? there / 2 : 0) + 1;
    float *data = realloc((float *)(uintptr_t)kept->data, room * sizeof *data);
    if (!data) {
      fprintf(stderr, "pleat: out of memory\n");
      abort();
    }
    kept->data = data;
    arrays->items[i].room = room;
  }
  memcpy((float *)(uintptr_t)kept->data + there, array->data, more * sizeof *array->data);
  if (kept->rank) kept->shape[0] += array->shape[0];
}

void pleat_arrays_append_result(pleat_arrays *arrays, const pleat_result *result, const char *letters) {
  for (size_t i = 0; i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    bool is_letters = !strcmp(array.name, "S");
    bool by_sample = array.rank > 0 && array.shape[0] == pleat_result_sample_count(result) && (!is_letters || array.rank == 2);
    const char *name = is_letters ? letters : array.name;
    if (by_sample || !pleat_arrays_find(arrays, name)) pleat_arrays_append(arrays, name, &array);
  }
}

void pleat_arrays_free(pleat_arrays *arrays) {
  for (size_t i = 0; i < arrays->count; i++) free((float *)(uintptr_t)arrays->items[i].array.data);
}

/* ---- HDF5 ---- */

enum { NAME_WIDTH = 24 };

static bool write_residue_names(hid_t file, const pleat_target *target) {
  hsize_t count = pleat_target_residue_count(target);
  char *names = calloc(count + 1, NAME_WIDTH);
  if (!names) abort();
  for (hsize_t i = 0; i < count; i++) {
    pleat_target_residue residue = pleat_target_residue_at(target, i);
    char code[2] = {residue.insertion_code == ' ' ? 0 : residue.insertion_code, 0};
    snprintf(names + i * NAME_WIDTH, NAME_WIDTH, "%.7s%d%s", residue.chain, residue.number, code);
  }
  hid_t space = H5Screate_simple(1, &count, NULL), type = H5Tcopy(H5T_C_S1), sets = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(sets, 0); /* the same arrays, the same bytes */
  H5Tset_size(type, NAME_WIDTH);
  hid_t set = H5Dcreate2(file, "residue_names", type, space, H5P_DEFAULT, sets, H5P_DEFAULT);
  bool ok = set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) >= 0;
  if (set >= 0) H5Dclose(set);
  H5Tclose(type);
  H5Sclose(space);
  free(names);
  return ok;
}

bool pleat_arrays_write(const pleat_arrays *arrays, const char *path, const pleat_arrays_note *notes,
                        const pleat_target *target) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  char *temporary = pleat_output_begin(path);
  if (!temporary) return false;
  hid_t file = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = file >= 0 && write_residue_names(file, target);
  for (const pleat_arrays_note *note = notes; ok && note->name; note++)
    ok = pleat_trace_write_text(file, note->name, note->value);
  for (size_t i = 0; ok && i < arrays->count; i++) ok = pleat_trace_write_array(file, &arrays->items[i].array);
  if (file >= 0) ok = H5Fclose(file) >= 0 && ok;
  if (ok) return pleat_output_commit(temporary, path);
  fprintf(stderr, "pleat: cannot write '%s' as HDF5; is the disk full?\n", path);
  pleat_output_abandon(temporary);
  return false;
}
