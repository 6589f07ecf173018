/* Stored random numbers of a run of the published code, as the golden files keep them.
 * SPDX-License-Identifier: MIT */
#include "program/draws.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"

static const struct {
  const char *stored, *name; /* in the file, for the target */
  int rank;
} kinds[PLEAT_DRAWS_KINDS] = {{"randn", "randn", 2},
                              {"exp_noise_by_step", "exponential", 3},
                              {"random_uniform", "uniform", 2},
                              {"predicted_samples", "angles", 4}};

/* Drops dimensions of 1 from the front of `shape` on, but never the last, until `wanted` are left. */
static int squeeze(hsize_t *shape, int rank, int wanted) {
  for (int d = 0; d < rank - 1 && rank > wanted;) {
    if (shape[d] != 1) {
      d++;
      continue;
    }
    memmove(&shape[d], &shape[d + 1], (size_t)(rank - d - 1) * sizeof *shape);
    rank--;
  }
  return rank;
}

/* Reads a dataset after what is in the array already, one step more along its first dimension. */
static bool read_set(hid_t set, int wanted, bool step, pleat_array *array) {
  hsize_t shape[8];
  hid_t space = H5Dget_space(set);
  int rank = H5Sget_simple_extent_ndims(space);
  bool ok = rank > 0 && rank <= 8 && H5Sget_simple_extent_dims(space, shape, NULL) == rank;
  H5Sclose(space);
  if (!ok || (rank = squeeze(shape, rank, wanted)) != wanted) return false;
  size_t count = 1, before = 1;
  for (int d = 0; d < rank; d++) count *= shape[d];
  array->rank = wanted + step;
  for (int d = 0; d < rank; d++) {
    if (array->data && array->shape[d + step] != shape[d]) return false;
    array->shape[d + step] = shape[d];
  }
  before = array->data ? array->shape[0] * count : 0;
  float *data = realloc((float *)(uintptr_t)array->data, (before + count) * sizeof *data + 1);
  if (!data) abort();
  array->data = data;
  if (step) array->shape[0] = before / (count ? count : 1) + 1;
  return H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data + before) >= 0;
}

/* 1: read, 0: not there, -1: there but not as it should be. */
static int try_path(hid_t place, const char *path, int wanted, bool step, pleat_array *array) {
  char *copy = pleat_output_path("%s", path), *slash = strchr(copy, '/');
  if (slash) *slash = 0;
  bool there = H5Lexists(place, copy, H5P_DEFAULT) > 0 && (!slash || H5Lexists(place, path, H5P_DEFAULT) > 0);
  free(copy);
  if (!there) return 0;
  hid_t set = H5Dopen2(place, path, H5P_DEFAULT);
  bool ok = set >= 0 && read_set(set, wanted, step, array);
  if (set >= 0) H5Dclose(set);
  return ok ? 1 : -1;
}

/* One dataset a step: step0/predicted_samples and on. */
static int read_steps(hid_t place, pleat_array *array) {
  int found = 0;
  for (int step = 0;; step++) {
    char path[48];
    snprintf(path, sizeof path, "step%d/predicted_samples", step);
    int got = try_path(place, path, 3, true, array);
    if (got <= 0) return got < 0 ? got : found;
    found = 1;
  }
}

static int read_kind(hid_t place, int kind, pleat_array *array) {
  char inside[48];
  array->name = kinds[kind].name;
  int got = try_path(place, kinds[kind].stored, kinds[kind].rank, false, array);
  snprintf(inside, sizeof inside, "in/%s", kinds[kind].stored);
  if (!got) got = try_path(place, inside, kinds[kind].rank, false, array);
  return !got && kinds[kind].rank == 4 ? read_steps(place, array) : got;
}

static bool read_all(const char *verb, const char *place, hid_t group, pleat_draws *draws) {
  bool any = false;
  for (int kind = 0; kind < PLEAT_DRAWS_KINDS; kind++) {
    int got = read_kind(group, kind, &draws->array[kind]);
    if (got < 0) {
      fprintf(stderr, "pleat %s: --draws %s: %s has not %d dimensions, or cannot be read\n", verb, place,
              kinds[kind].stored, kinds[kind].rank);
      return false;
    }
    any = any || got;
  }
  if (!any)
    fprintf(stderr,
            "pleat %s: --draws %s: none of randn, exp_noise_by_step, random_uniform and predicted_samples is there; "
            "name the group that holds them, FILE.h5:GROUP\n",
            verb, place);
  return any;
}

bool pleat_draws_read(const char *verb, const char *place, pleat_draws *draws) {
  const char *colon = strrchr(place, ':');
  char *path = pleat_output_path("%.*s", colon ? (int)(colon - place) : (int)strlen(place), place);
  bool split = colon && !access(path, R_OK);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  hid_t file = H5Fopen(split ? path : place, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t group = file >= 0 ? H5Gopen2(file, split && colon[1] ? colon + 1 : "/", H5P_DEFAULT) : -1;
  if (group < 0)
    fprintf(stderr, "pleat %s: --draws %s: %s\n", verb, place,
            file < 0 ? "cannot be read as an HDF5 file" : "the file has no such group");
  bool ok = group >= 0 && read_all(verb, place, group, draws);
  if (group >= 0) H5Gclose(group);
  if (file >= 0) H5Fclose(file);
  free(path);
  return ok;
}

void pleat_draws_free(pleat_draws *draws) {
  for (int kind = 0; kind < PLEAT_DRAWS_KINDS; kind++) free((float *)(uintptr_t)draws->array[kind].data);
}

bool pleat_draws_any(const pleat_draws *draws) {
  for (int kind = 0; kind < PLEAT_DRAWS_KINDS; kind++)
    if (draws->array[kind].data) return true;
  return false;
}

pleat_status pleat_draws_apply(const pleat_draws *draws, pleat_target *target) {
  for (int kind = 0; kind < PLEAT_DRAWS_KINDS; kind++) {
    pleat_status status = draws->array[kind].data ? pleat_target_set_draws(target, &draws->array[kind]) : PLEAT_OK;
    if (status) return status;
  }
  return PLEAT_OK;
}
