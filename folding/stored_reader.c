/* Arrays by name from an HDF5 file, checked for shape and range.
 * SPDX-License-Identifier: MIT */
#include "folding/stored_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/memory.h"

pleat_status pleat_stored_refuse(const pleat_stored_reader *r, const char *name, const char *why) {
  return pleat_status_fail(r->context, PLEAT_ERROR_FORMAT, "%s: %s %s", r->path, name, why);
}

static pleat_status check_shape(const pleat_stored_reader *r, pleat_stored_array *want, hid_t space) {
  hsize_t shape[PLEAT_STORED_MAX_RANK];
  char why[120];
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank != want->rank || H5Sget_simple_extent_dims(space, shape, NULL) != rank) {
    snprintf(why, sizeof why, "has %d dimensions, but %d are wanted", rank, want->rank);
    return pleat_stored_refuse(r, want->name, why);
  }
  for (int d = 0; d < rank; d++) {
    if (shape[d] < 1 || shape[d] > INT32_MAX || (want->shape[d] >= 0 && (int64_t)shape[d] != want->shape[d])) {
      snprintf(why, sizeof why, "has %llu in dimension %d, but %lld are wanted", (unsigned long long)shape[d], d + 1,
               (long long)(want->shape[d] >= 0 ? want->shape[d] : 1));
      return pleat_stored_refuse(r, want->name, why);
    }
    want->shape[d] = (int64_t)shape[d];
  }
  return PLEAT_OK;
}

static pleat_status check_numbers(const pleat_stored_reader *r, const pleat_stored_array *want, const float *data,
                                  size_t count) {
  for (size_t i = 0; i < count; i++) {
    double x = (double)data[i];
    bool good = isfinite(x) && x >= want->least && x <= want->most && (!want->whole || x == floor(x));
    if (!good)
      return pleat_stored_refuse(r, want->name, "holds a number that cannot be: not finite, out of range or broken");
  }
  return PLEAT_OK;
}

static pleat_status read_set(const pleat_stored_reader *r, pleat_stored_array *want, hid_t set, float **data) {
  hid_t space = H5Dget_space(set);
  pleat_status status = check_shape(r, want, space);
  H5Sclose(space);
  PLEAT_TRY(status);
  size_t count = 1;
  for (int d = 0; d < want->rank; d++)
    if (__builtin_mul_overflow(count, (size_t)want->shape[d], &count))
      return pleat_stored_refuse(r, want->name, "is too large");
  if (count > (size_t)H5Dget_storage_size(set) * 1100) /* deflate packs at most 1032 to 1 */
    return pleat_stored_refuse(r, want->name, "says it holds more numbers than it does");
  PLEAT_TRY(pleat_pool_take(r->pool, count, sizeof **data, data));
  if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, *data) < 0)
    return pleat_stored_refuse(r, want->name, "cannot be read as numbers");
  return check_numbers(r, want, *data, count);
}

bool pleat_stored_has(const pleat_stored_reader *r, const char *name) {
  char path[120];
  for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
    snprintf(path, sizeof path, "%.*s", (int)(slash - name), name);
    if (H5Lexists(r->file, path, H5P_DEFAULT) <= 0) return false;
  }
  return H5Lexists(r->file, name, H5P_DEFAULT) > 0;
}

pleat_status pleat_stored_read(const pleat_stored_reader *r, pleat_stored_array *want, float **data) {
  if (!pleat_stored_has(r, want->name)) return pleat_stored_refuse(r, want->name, "is not there");
  hid_t set = H5Dopen2(r->file, want->name, H5P_DEFAULT);
  if (set < 0) return pleat_stored_refuse(r, want->name, "is no array");
  pleat_status status = read_set(r, want, set, data);
  H5Dclose(set);
  return status;
}

pleat_status pleat_stored_whole(const pleat_stored_reader *r, const float *x, int64_t count, int32_t **out) {
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)count, sizeof **out, out));
  for (int64_t i = 0; i < count; i++) (*out)[i] = (int32_t)x[i];
  return PLEAT_OK;
}

pleat_status pleat_stored_small(const pleat_stored_reader *r, const float *x, int64_t count, uint8_t **out) {
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)count, 1, out));
  for (int64_t i = 0; i < count; i++) (*out)[i] = (uint8_t)x[i];
  return PLEAT_OK;
}
