/* Reading a monomer's stored features: all passes of every array, cut into passes.
 * SPDX-License-Identifier: MIT */
#include "folding/stored_features.h"

#include "folding/stored_complex.h"
#include "folding/stored_reader.h"
#include "geometry/residue_geometry.h"

enum { ATOMS = 37, GAP = 21, MAX_PASSES = 1000, MSA_CHANNELS = 49, TARGET_CHANNELS = 22, LETTERS = 23 };

/* All passes of the arrays, as read. */
typedef struct stacked {
  int64_t passes, length, sequences, extra_sequences, templates; /* templates 0: none */
  float *template_types, *template_positions, *template_atoms, *template_mask;
  float *types, *mask, *index, *target, *msa_features, *msa_mask, *extra, *has_deletion, *deletion, *extra_mask;
} stacked;

static pleat_status read_stacked(const pleat_stored_reader *r, stacked *a) {
  pleat_stored_array msa = {"features/msa_feat", 4, {-1, -1, -1, MSA_CHANNELS}, -1e6, 1e6, false};
  PLEAT_TRY(pleat_stored_read(r, &msa, &a->msa_features));
  int64_t P = a->passes = msa.shape[0], S = a->sequences = msa.shape[1], L = a->length = msa.shape[2];
  pleat_stored_array extra = {"features/extra_msa", 3, {P, -1, L}, 0, LETTERS - 1, true};
  PLEAT_TRY(pleat_stored_read(r, &extra, &a->extra));
  int64_t E = a->extra_sequences = extra.shape[1];
  if (P > MAX_PASSES) return pleat_stored_refuse(r, "features/msa_feat", "has more than 1000 recycling passes");
  const double far = PLEAT_STORED_FARTHEST_INDEX;
  struct {
    pleat_stored_array want;
    float **data;
  } rest[] = {{{"features/aatype", 2, {P, L}, 0, PLEAT_GEOMETRY_UNKNOWN, true}, &a->types},
              {{"features/seq_mask", 2, {P, L}, 0, 1, true}, &a->mask},
              {{"features/residue_index", 2, {P, L}, -far, far, true}, &a->index},
              {{"features/target_feat", 3, {P, L, TARGET_CHANNELS}, -1e6, 1e6, false}, &a->target},
              {{"features/msa_mask", 3, {P, S, L}, 0, 1, false}, &a->msa_mask},
              {{"features/extra_has_deletion", 3, {P, E, L}, -1e6, 1e6, false}, &a->has_deletion},
              {{"features/extra_deletion_value", 3, {P, E, L}, -1e6, 1e6, false}, &a->deletion},
              {{"features/extra_msa_mask", 3, {P, E, L}, 0, 1, false}, &a->extra_mask}};
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) PLEAT_TRY(pleat_stored_read(r, &rest[i].want, rest[i].data));
  return PLEAT_OK;
}

static pleat_status read_templates(const pleat_stored_reader *r, stacked *a) {
  int64_t P = a->passes, L = a->length;
  pleat_stored_array types = {"features/template_aatype", 3, {P, -1, L}, 0, GAP, true};
  a->templates = 0;
  if (!pleat_stored_has(r, "features/template_aatype")) return PLEAT_OK;
  PLEAT_TRY(pleat_stored_read(r, &types, &a->template_types));
  int64_t T = a->templates = types.shape[1];
  pleat_stored_array positions = {"features/template_all_atom_positions", 5, {P, T, L, ATOMS, 3}, -1e6, 1e6, false};
  pleat_stored_array atoms = {"features/template_all_atom_masks", 4, {P, T, L, ATOMS}, 0, 1, false};
  pleat_stored_array mask = {"features/template_mask", 2, {P, T}, 0, 1, false};
  PLEAT_TRY(pleat_stored_read(r, &positions, &a->template_positions));
  PLEAT_TRY(pleat_stored_read(r, &atoms, &a->template_atoms));
  return pleat_stored_read(r, &mask, &a->template_mask);
}

static pleat_status cut_templates(const pleat_stored_reader *r, const stacked *a, pleat_alphafold_input *inputs) {
  int64_t P = a->passes, L = a->length, T = a->templates;
  int32_t *types;
  if (!T) return PLEAT_OK;
  PLEAT_TRY(pleat_stored_whole(r, a->template_types, P * T * L, &types));
  for (int64_t p = 0; p < P; p++) {
    inputs[p].templates = T;
    inputs[p].template_types = types + p * T * L;
    inputs[p].template_positions = a->template_positions + p * T * L * ATOMS * 3;
    inputs[p].template_atoms = a->template_atoms + p * T * L * ATOMS;
    inputs[p].template_mask = a->template_mask + p * T;
  }
  return PLEAT_OK;
}

static pleat_status cut_passes(const pleat_stored_reader *r, const stacked *a, pleat_alphafold_input **inputs) {
  int64_t P = a->passes, L = a->length, S = a->sequences, E = a->extra_sequences;
  int32_t *types, *index;
  uint8_t *extra;
  PLEAT_TRY(pleat_stored_whole(r, a->types, P * L, &types));
  PLEAT_TRY(pleat_stored_whole(r, a->index, P * L, &index));
  PLEAT_TRY(pleat_stored_small(r, a->extra, P * E * L, &extra));
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)P, sizeof **inputs, inputs));
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
static pleat_status name_residues(const pleat_stored_reader *r, const stacked *a, pleat_stored_features *features) {
  char *sequence;
  int64_t count = 0;
  while (count < a->length && a->mask[count] != 0) count++;
  for (int64_t p = 0; p < a->passes; p++)
    for (int64_t i = 0; i < a->length; i++) {
      int64_t at = p * a->length + i;
      if ((a->mask[at] != 0) != (i < count))
        return pleat_stored_refuse(r, "features/seq_mask", "is not 1 for residues, then 0 for padding");
      if (a->types[at] != a->types[i]) return pleat_stored_refuse(r, "features/aatype", "differs from pass to pass");
    }
  if (!count) return pleat_stored_refuse(r, "features/seq_mask", "is 0 everywhere: there is no residue");
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)count + 1, 1, &sequence));
  for (int64_t i = 0; i < count; i++) sequence[i] = pleat_residue_letters[(int)a->types[i]];
  features->residues = count;
  features->sequence = sequence;
  return PLEAT_OK;
}

static pleat_status read_all(const pleat_stored_reader *r, pleat_stored_features *features) {
  stacked arrays;
  pleat_alphafold_input *inputs;
  if (!pleat_stored_has(r, "features"))
    return pleat_status_fail(r->context, PLEAT_ERROR_FORMAT, "%s: has no group features/", r->path);
  if (pleat_stored_is_complex(r)) return pleat_stored_complex_read(r, features);
  PLEAT_TRY(read_stacked(r, &arrays));
  PLEAT_TRY(read_templates(r, &arrays));
  PLEAT_TRY(cut_passes(r, &arrays, &inputs));
  PLEAT_TRY(cut_templates(r, &arrays, inputs));
  features->passes = (int)arrays.passes;
  features->inputs = inputs;
  return name_residues(r, &arrays, features);
}

pleat_status pleat_stored_features_read(pleat_pool *pool, const char *path, pleat_stored_features **features) {
  pleat_stored_reader r = {pool->context, pool, path, -1};
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
