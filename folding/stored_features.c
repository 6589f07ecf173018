/* Reading stored features: arrays by name, checked for shape and range, cut into passes.
 * SPDX-License-Identifier: MIT */
#include "folding/stored_features.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>

#include "geometry/residue_geometry.h"
#include "lib/memory.h"

enum { MAX_RANK = 6, ATOMS = 37, GAP = 21, MAX_PASSES = 1000, MSA_CHANNELS = 49, TARGET_CHANNELS = 22, LETTERS = 23, FARTHEST_INDEX = 1 << 24 };

typedef struct reader {
  pleat_context *context;
  pleat_pool *pool;
  const char *path;
  hid_t file;
} reader;

/* What an array must be: sizes (-1: any, learnt) and the range of its numbers. */
typedef struct wanted {
  const char *name;
  int rank;
  int64_t shape[MAX_RANK];
  double least, most;
  bool whole;
} wanted;

static pleat_status refuse(const reader *r, const char *name, const char *why) {
  return pleat_status_fail(r->context, PLEAT_ERROR_FORMAT, "%s: features/%s %s", r->path, name, why);
}

static pleat_status check_shape(const reader *r, wanted *want, hid_t space) {
  hsize_t shape[MAX_RANK];
  char why[120];
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank != want->rank || H5Sget_simple_extent_dims(space, shape, NULL) != rank) {
    snprintf(why, sizeof why, "has %d dimensions, but %d are wanted", rank, want->rank);
    return refuse(r, want->name, why);
  }
  for (int d = 0; d < rank; d++) {
    if (shape[d] < 1 || shape[d] > INT32_MAX || (want->shape[d] >= 0 && (int64_t)shape[d] != want->shape[d])) {
      snprintf(why, sizeof why, "has %llu in dimension %d, but %lld are wanted", (unsigned long long)shape[d], d + 1,
               (long long)(want->shape[d] >= 0 ? want->shape[d] : 1));
      return refuse(r, want->name, why);
    }
    want->shape[d] = (int64_t)shape[d];
  }
  return PLEAT_OK;
}

static pleat_status check_numbers(const reader *r, const wanted *want, const float *data, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double x = (double)data[i];
    bool good = isfinite(x) && x >= want->least && x <= want->most && (!want->whole || x == floor(x));
    if (!good) return refuse(r, want->name, "holds a number that cannot be: not finite, out of range or broken");
  }
  return PLEAT_OK;
}

static pleat_status read_set(const reader *r, wanted *want, hid_t set, float **data) {
  hid_t space = H5Dget_space(set);
  pleat_status status = check_shape(r, want, space);
  H5Sclose(space);
  PLEAT_TRY(status);
  size_t count = 1;
  for (int d = 0; d < want->rank; d++)
    if (__builtin_mul_overflow(count, (size_t)want->shape[d], &count)) return refuse(r, want->name, "is too large");
  if (count > (size_t)H5Dget_storage_size(set) * 1100) /* deflate packs at most 1032 to 1 */
    return refuse(r, want->name, "says it holds more numbers than it does");
  PLEAT_TRY(pleat_pool_take(r->pool, count, sizeof **data, data));
  if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, *data) < 0)
    return refuse(r, want->name, "cannot be read as numbers");
  return check_numbers(r, want, *data, count);
}

static pleat_status read_array(const reader *r, wanted *want, float **data) {
  char path[80];
  snprintf(path, sizeof path, "features/%s", want->name);
  if (H5Lexists(r->file, path, H5P_DEFAULT) <= 0) return refuse(r, want->name, "is not there");
  hid_t set = H5Dopen2(r->file, path, H5P_DEFAULT);
  if (set < 0) return refuse(r, want->name, "is no array");
  pleat_status status = read_set(r, want, set, data);
  H5Dclose(set);
  return status;
}

static pleat_status whole_numbers(const reader *r, const float *x, int64_t count, int32_t **out) {
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)count, sizeof **out, out));
  for (int64_t i = 0; i < count; i++) (*out)[i] = (int32_t)x[i];
  return PLEAT_OK;
}

/* All passes of the arrays, as read. */
typedef struct stacked {
  int64_t passes, length, sequences, extra_sequences, templates; /* templates 0: none */
  float *template_types, *template_positions, *template_atoms, *template_mask;
  float *types, *mask, *index, *target, *msa_features, *msa_mask, *extra, *has_deletion, *deletion, *extra_mask;
} stacked;

static pleat_status read_stacked(const reader *r, stacked *a) {
  wanted msa = {"msa_feat", 4, {-1, -1, -1, MSA_CHANNELS}, -1e6, 1e6, false};
  PLEAT_TRY(read_array(r, &msa, &a->msa_features));
  int64_t P = a->passes = msa.shape[0], S = a->sequences = msa.shape[1], L = a->length = msa.shape[2];
  wanted extra = {"extra_msa", 3, {P, -1, L}, 0, LETTERS - 1, true};
  PLEAT_TRY(read_array(r, &extra, &a->extra));
  int64_t E = a->extra_sequences = extra.shape[1];
  if (P > MAX_PASSES) return refuse(r, "msa_feat", "has more than 1000 recycling passes");
  struct {
    wanted want;
    float **data;
  } rest[] = {{{"aatype", 2, {P, L}, 0, PLEAT_GEOMETRY_UNKNOWN, true}, &a->types},
              {{"seq_mask", 2, {P, L}, 0, 1, true}, &a->mask},
              {{"residue_index", 2, {P, L}, -FARTHEST_INDEX, FARTHEST_INDEX, true}, &a->index},
              {{"target_feat", 3, {P, L, TARGET_CHANNELS}, -1e6, 1e6, false}, &a->target},
              {{"msa_mask", 3, {P, S, L}, 0, 1, false}, &a->msa_mask},
              {{"extra_has_deletion", 3, {P, E, L}, -1e6, 1e6, false}, &a->has_deletion},
              {{"extra_deletion_value", 3, {P, E, L}, -1e6, 1e6, false}, &a->deletion},
              {{"extra_msa_mask", 3, {P, E, L}, 0, 1, false}, &a->extra_mask}};
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) PLEAT_TRY(read_array(r, &rest[i].want, rest[i].data));
  return PLEAT_OK;
}

static pleat_status read_templates(const reader *r, stacked *a) {
  int64_t P = a->passes, L = a->length;
  wanted types = {"template_aatype", 3, {P, -1, L}, 0, GAP, true};
  a->templates = 0;
  if (H5Lexists(r->file, "features/template_aatype", H5P_DEFAULT) <= 0) return PLEAT_OK;
  PLEAT_TRY(read_array(r, &types, &a->template_types));
  int64_t T = a->templates = types.shape[1];
  wanted positions = {"template_all_atom_positions", 5, {P, T, L, ATOMS, 3}, -1e6, 1e6, false};
  wanted atoms = {"template_all_atom_masks", 4, {P, T, L, ATOMS}, 0, 1, false};
  wanted mask = {"template_mask", 2, {P, T}, 0, 1, false};
  PLEAT_TRY(read_array(r, &positions, &a->template_positions));
  PLEAT_TRY(read_array(r, &atoms, &a->template_atoms));
  return read_array(r, &mask, &a->template_mask);
}

static pleat_status cut_templates(const reader *r, const stacked *a, pleat_alphafold_input *inputs) {
  int64_t P = a->passes, L = a->length, T = a->templates;
  int32_t *types;
  if (!T) return PLEAT_OK;
  PLEAT_TRY(whole_numbers(r, a->template_types, P * T * L, &types));
  for (int64_t p = 0; p < P; p++) {
    inputs[p].templates = T;
    inputs[p].template_types = types + p * T * L;
    inputs[p].template_positions = a->template_positions + p * T * L * ATOMS * 3;
    inputs[p].template_atoms = a->template_atoms + p * T * L * ATOMS;
    inputs[p].template_mask = a->template_mask + p * T;
  }
  return PLEAT_OK;
}

static pleat_status cut_passes(const reader *r, const stacked *a, pleat_alphafold_input **inputs) {
  int64_t P = a->passes, L = a->length, S = a->sequences, E = a->extra_sequences;
  int32_t *types, *index;
  uint8_t *extra;
  PLEAT_TRY(whole_numbers(r, a->types, P * L, &types));
  PLEAT_TRY(whole_numbers(r, a->index, P * L, &index));
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(P * E * L), 1, &extra));
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)P, sizeof **inputs, inputs));
  for (int64_t i = 0; i < P * E * L; i++) extra[i] = (uint8_t)a->extra[i];
  for (int64_t p = 0; p < P; p++)
    (*inputs)[p] = (pleat_alphafold_input){.length = L,
                                           .sequences = S,
                                           .extra_sequences = E,
                                           .types = types + p * L,
                                           .target = a->target + p * L * TARGET_CHANNELS,
                                           .index = index + p * L,
                                           .mask = a->mask + p * L,
                                           .msa_features = a->msa_features + p * S * L * MSA_CHANNELS,
                                           .msa_mask = a->msa_mask + p * S * L,
                                           .extra_msa = extra + p * E * L,
                                           .extra_has_deletion = a->has_deletion + p * E * L,
                                           .extra_deletion = a->deletion + p * E * L,
                                           .extra_mask = a->extra_mask + p * E * L};
  return PLEAT_OK;
}

/* Residues first, padding behind them, the same in every pass. */
static pleat_status name_residues(const reader *r, const stacked *a, pleat_stored_features *features) {
  char *sequence;
  int64_t count = 0;
  while (count < a->length && a->mask[count] != 0) count++;
  for (int64_t p = 0; p < a->passes; p++)
    for (int64_t i = 0; i < a->length; i++) {
      int64_t at = p * a->length + i;
      if ((a->mask[at] != 0) != (i < count)) return refuse(r, "seq_mask", "is not 1 for residues, then 0 for padding");
      if (a->types[at] != a->types[i]) return refuse(r, "aatype", "differs from pass to pass");
    }
  if (!count) return refuse(r, "seq_mask", "is 0 everywhere: there is no residue");
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)count + 1, 1, &sequence));
  for (int64_t i = 0; i < count; i++) sequence[i] = pleat_residue_letters[(int)a->types[i]];
  features->residues = count;
  features->sequence = sequence;
  return PLEAT_OK;
}

static pleat_status read_all(const reader *r, pleat_stored_features *features) {
  stacked arrays;
  pleat_alphafold_input *inputs;
  if (H5Lexists(r->file, "features", H5P_DEFAULT) <= 0)
    return pleat_status_fail(r->context, PLEAT_ERROR_FORMAT, "%s: has no group features/", r->path);
  PLEAT_TRY(read_stacked(r, &arrays));
  PLEAT_TRY(read_templates(r, &arrays));
  PLEAT_TRY(cut_passes(r, &arrays, &inputs));
  PLEAT_TRY(cut_templates(r, &arrays, inputs));
  features->passes = (int)arrays.passes;
  features->inputs = inputs;
  return name_residues(r, &arrays, features);
}

pleat_status pleat_stored_features_read(pleat_pool *pool, const char *path, pleat_stored_features **features) {
  reader r = {pool->context, pool, path, -1};
  H5E_auto2_t handler;
  void *handler_data;
  PLEAT_TRY(pleat_pool_take(pool, 1, sizeof **features, features));
  H5Eget_auto2(H5E_DEFAULT, &handler, &handler_data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  r.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  pleat_status status = r.file >= 0 ? read_all(&r, *features)
                                    : pleat_status_fail(r.context, PLEAT_ERROR_FORMAT,
                                                        "%s: cannot be read as an HDF5 file of stored features", path);
  if (r.file >= 0) H5Fclose(r.file);
  H5Eset_auto2(H5E_DEFAULT, handler, handler_data);
  return status;
}
