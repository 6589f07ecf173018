/* Reading a multimer's stored features: features/ once, draws/recycleR/ for each pass, or the alignment to draw from.
 * SPDX-License-Identifier: MIT */
#include "folding/stored_complex.h"

#include <stdio.h>
#include <string.h>

#include "folding/alphafold_complex.h"
#include "geometry/residue_geometry.h"
#include "msa/clusters.h"
#include "msa/encode.h"
#include "msa/msa.h"

enum { ATOMS = 37, MAX_PASSES = 1000, MOST_DELETIONS = 10000, MOST_COPIES = 1 << 20, ABSENT_TEMPLATES = 4 };

bool pleat_stored_is_complex(const pleat_stored_reader *r) {
  return pleat_stored_has(r, "features/asym_id") && !pleat_stored_has(r, "features/msa_feat");
}

/* ---- Residues ---- */

static pleat_status read_integers(const pleat_stored_reader *r, pleat_stored_array want, int32_t **out) {
  float *data;
  int64_t count = 1;
  PLEAT_TRY(pleat_stored_read(r, &want, &data));
  for (int d = 0; d < want.rank; d++) count *= want.shape[d];
  return pleat_stored_whole(r, data, count, out);
}

static pleat_status make_target(const pleat_stored_reader *r, pleat_alphafold_input *in) {
  float *target;
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(in->length * PLEAT_GEOMETRY_TYPES), sizeof *target, &target));
  for (int64_t i = 0; i < in->length; i++) target[i * PLEAT_GEOMETRY_TYPES + in->types[i]] = 1;
  in->target = target;
  return PLEAT_OK;
}

static pleat_status read_residues(const pleat_stored_reader *r, pleat_alphafold_input *in) {
  pleat_stored_array seen = {"features/seq_mask", 1, {-1}, 0, 1, true};
  const double far = PLEAT_STORED_FARTHEST_INDEX, most = PLEAT_COMPLEX_MAX_CHAINS;
  float *mask;
  int32_t *types, *index, *asym, *entity, *sym;
  PLEAT_TRY(pleat_stored_read(r, &seen, &mask));
  int64_t L = in->length = seen.shape[0];
  PLEAT_TRY(read_integers(r, (pleat_stored_array){"features/aatype", 1, {L}, 0, PLEAT_GEOMETRY_UNKNOWN, true}, &types));
  PLEAT_TRY(read_integers(r, (pleat_stored_array){"features/residue_index", 1, {L}, -far, far, true}, &index));
  PLEAT_TRY(read_integers(r, (pleat_stored_array){"features/asym_id", 1, {L}, 0, most, true}, &asym));
  PLEAT_TRY(read_integers(r, (pleat_stored_array){"features/entity_id", 1, {L}, 0, MOST_COPIES, true}, &entity));
  PLEAT_TRY(read_integers(r, (pleat_stored_array){"features/sym_id", 1, {L}, 0, MOST_COPIES, true}, &sym));
  in->mask = mask;
  in->types = types;
  in->index = index;
  in->asym = asym;
  in->entity = entity;
  in->sym = sym;
  return make_target(r, in);
}

/* Residues first, padding behind them; chains numbered from 1, one behind the other. */
static pleat_status name_residues(const pleat_stored_reader *r, const pleat_alphafold_input *in,
                                  pleat_stored_features *features) {
  char *at;
  int64_t count = 0;
  while (count < in->length && in->mask[count] != 0) count++;
  for (int64_t i = count; i < in->length; i++)
    if (in->mask[i] != 0)
      return pleat_stored_refuse(r, "features/seq_mask", "is not 1 for residues, then 0 for padding");
  if (!count) return pleat_stored_refuse(r, "features/seq_mask", "is 0 everywhere: there is no residue");
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(2 * count), 1, &at));
  features->residues = count;
  features->sequence = at;
  for (int64_t i = 0; i < count; i++) {
    int32_t before = i ? in->asym[i - 1] : 0, chain = in->asym[i];
    if (chain != before && chain != before + 1)
      return pleat_stored_refuse(r, "features/asym_id", "does not number the chains 1, 2, ... one behind the other");
    if (i && chain != before) *at++ = ':';
    *at++ = pleat_residue_letters[in->types[i]];
  }
  if (in->asym[0] != 1) return pleat_stored_refuse(r, "features/asym_id", "does not number the first chain 1");
  return PLEAT_OK;
}

/* ---- Templates ---- */

static pleat_status read_templates(const pleat_stored_reader *r, pleat_alphafold_input *in) {
  int64_t L = in->length, T = in->templates = ABSENT_TEMPLATES;
  int32_t *types;
  float *positions, *atoms;
  if (!pleat_stored_has(r, "features/template_aatype")) {
    PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(T * L), sizeof *types, &types));
    PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(T * L * ATOMS * 3), sizeof *positions, &positions));
    PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(T * L * ATOMS), sizeof *atoms, &atoms));
  } else {
    pleat_stored_array first = {"features/template_aatype", 2, {-1, L}, 0, PLEAT_ENCODE_GAP, true};
    float *data;
    PLEAT_TRY(pleat_stored_read(r, &first, &data));
    T = in->templates = first.shape[0];
    PLEAT_TRY(pleat_stored_whole(r, data, T * L, &types));
    pleat_stored_array place = {"features/template_all_atom_positions", 4, {T, L, ATOMS, 3}, -1e6, 1e6, false};
    pleat_stored_array there = {"features/template_all_atom_mask", 3, {T, L, ATOMS}, 0, 1, false};
    PLEAT_TRY(pleat_stored_read(r, &place, &positions));
    PLEAT_TRY(pleat_stored_read(r, &there, &atoms));
  }
  in->template_types = types;
  in->template_positions = positions;
  in->template_atoms = atoms;
  return PLEAT_OK;
}

/* ---- What was drawn ---- */

/* A name of draws/recycleR/. */
static const char *draw_name(char name[100], int pass, const char *what) {
  snprintf(name, 100, "draws/recycle%d/%s", pass, what);
  return name;
}

static pleat_status read_centres(const pleat_stored_reader *r, int pass, pleat_alphafold_input *in) {
  char name[100];
  float *features, *mask;
  pleat_stored_array want = {draw_name(name, pass, "create_msa_feat/msa_feat"), 3,
                             {-1, in->length, PLEAT_CLUSTERS_FEATURES}, -1e6, 1e6, false};
  PLEAT_TRY(pleat_stored_read(r, &want, &features));
  in->sequences = want.shape[0];
  pleat_stored_array rows = {draw_name(name, pass, "sample_msa/msa_mask"), 2, {in->sequences, in->length}, 0, 1, false};
  PLEAT_TRY(pleat_stored_read(r, &rows, &mask));
  in->msa_features = features;
  in->msa_mask = mask;
  return PLEAT_OK;
}

/* Features (E,L,25) back to residues and deletions. */
static pleat_status read_extra(const pleat_stored_reader *r, int pass, pleat_alphafold_input *in) {
  char name[100];
  float *features, *mask, *has, *deletion;
  uint8_t *msa;
  pleat_stored_array want = {draw_name(name, pass, "create_extra_msa_feature/feat"), 3,
                             {-1, in->length, PLEAT_CLUSTERS_EXTRA_FEATURES}, -1e6, 1e6, false};
  PLEAT_TRY(pleat_stored_read(r, &want, &features));
  in->extra_sequences = want.shape[0];
  size_t count = (size_t)(in->extra_sequences * in->length);
  pleat_stored_array rows = {draw_name(name, pass, "create_extra_msa_feature/mask"), 2,
                             {in->extra_sequences, in->length}, 0, 1, false};
  PLEAT_TRY(pleat_stored_read(r, &rows, &mask));
  PLEAT_TRY(pleat_pool_take(r->pool, count, 1, &msa));
  PLEAT_TRY(pleat_pool_take(r->pool, count, sizeof *has, &has));
  PLEAT_TRY(pleat_pool_take(r->pool, count, sizeof *deletion, &deletion));
  for (size_t i = 0; i < count; i++, features += PLEAT_CLUSTERS_EXTRA_FEATURES) {
    for (int k = 0; k < PLEAT_ENCODE_COUNT; k++)
      if (features[k] > 0) msa[i] = (uint8_t)k;
    has[i] = features[PLEAT_ENCODE_COUNT];
    deletion[i] = features[PLEAT_ENCODE_COUNT + 1];
  }
  in->extra_msa = msa;
  in->extra_has_deletion = has;
  in->extra_deletion = deletion;
  in->extra_mask = mask;
  return PLEAT_OK;
}

static int count_passes(const pleat_stored_reader *r) {
  char name[100];
  int count = 0;
  while (count < MAX_PASSES && pleat_stored_has(r, draw_name(name, count, "create_msa_feat/msa_feat"))) count++;
  return count;
}

static pleat_status read_passes(const pleat_stored_reader *r, const pleat_alphafold_input *base,
                                pleat_stored_features *features) {
  pleat_alphafold_input *inputs;
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)features->passes, sizeof *inputs, &inputs));
  for (int p = 0; p < features->passes; p++) {
    inputs[p] = *base;
    PLEAT_TRY(read_centres(r, p, &inputs[p]));
    PLEAT_TRY(read_extra(r, p, &inputs[p]));
  }
  features->inputs = inputs;
  return PLEAT_OK;
}

/* ---- What rows are drawn from ---- */

/* Lays x (count,L,width) out as (count,N,width), N <= L. */
static pleat_status cut_columns(pleat_pool *pool, const float *x, const int64_t sizes[4], const float **out) {
  int64_t count = sizes[0], L = sizes[1], N = sizes[2], width = sizes[3];
  float *made;
  PLEAT_TRY(pleat_pool_take(pool, (size_t)(count * N * width), sizeof *made, &made));
  for (int64_t t = 0; t < count; t++)
    memcpy(made + t * N * width, x + t * L * width, (size_t)(N * width) * sizeof *made);
  *out = made;
  return PLEAT_OK;
}

/* Drops the padding. */
static pleat_status cut_padding(pleat_pool *pool, int64_t residues, pleat_alphafold_input *in) {
  int64_t T = in->templates, L = in->length;
  int32_t *types;
  PLEAT_TRY(cut_columns(pool, in->template_positions, (int64_t[]){T, L, residues, ATOMS * 3}, &in->template_positions));
  PLEAT_TRY(cut_columns(pool, in->template_atoms, (int64_t[]){T, L, residues, ATOMS}, &in->template_atoms));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)(T * residues), sizeof *types, &types));
  for (int64_t t = 0; t < T; t++)
    memcpy(types + t * residues, in->template_types + t * L, (size_t)residues * sizeof *types);
  in->template_types = types;
  in->length = residues;
  return PLEAT_OK;
}

/* Keeps the rows that are there, over the residues. */
static pleat_status keep_rows(const pleat_stored_reader *r, const float *const arrays[3], int64_t rows, int64_t length,
                              pleat_stored_features *features) {
  int64_t N = features->residues, kept = 0;
  uint8_t *msa;
  int32_t *deletions;
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(rows * N), 1, &msa));
  PLEAT_TRY(pleat_pool_take(r->pool, (size_t)(rows * N), sizeof *deletions, &deletions));
  for (int64_t s = 0; s < rows; s++) {
    const float *mask = arrays[2] + s * length;
    for (int64_t i = 0; i < N; i++) {
      if (mask[i] != mask[0]) return pleat_stored_refuse(r, "features/msa_mask", "is not the same all along each row");
      msa[kept * N + i] = (uint8_t)arrays[0][s * length + i];
      deletions[kept * N + i] = (int32_t)arrays[1][s * length + i];
    }
    kept += mask[0] != 0;
  }
  features->rows = kept;
  features->msa = msa;
  features->deletions = deletions;
  return PLEAT_OK;
}

static pleat_status read_alignment(const pleat_stored_reader *r, pleat_alphafold_input *in,
                                   pleat_stored_features *features) {
  pleat_stored_array letters = {"features/msa", 2, {-1, in->length}, 0, PLEAT_ENCODE_GAP, true};
  float *msa, *deletions, *mask;
  PLEAT_TRY(pleat_stored_read(r, &letters, &msa));
  int64_t rows = letters.shape[0];
  pleat_stored_array deleted = {"features/deletion_matrix", 2, {rows, in->length}, 0, MOST_DELETIONS, true};
  pleat_stored_array there = {"features/msa_mask", 2, {rows, in->length}, 0, 1, true};
  PLEAT_TRY(pleat_stored_read(r, &deleted, &deletions));
  PLEAT_TRY(pleat_stored_read(r, &there, &mask));
  PLEAT_TRY(keep_rows(r, (const float *const[]){msa, deletions, mask}, rows, in->length, features));
  for (int64_t i = 0; i < features->residues; i++)
    if (!features->rows || features->msa[i] != in->types[i])
      return pleat_stored_refuse(r, "features/msa", "does not begin with the sequence of features/aatype");
  return PLEAT_OK;
}

static pleat_status prepare_drawing(const pleat_stored_reader *r, const pleat_alphafold_input *base,
                                    pleat_stored_features *features) {
  pleat_alphafold_input *input;
  PLEAT_TRY(pleat_pool_take(r->pool, 1, sizeof *input, &input));
  *input = *base;
  PLEAT_TRY(read_alignment(r, input, features));
  PLEAT_TRY(cut_padding(r->pool, features->residues, input));
  features->inputs = input;
  return PLEAT_OK;
}

pleat_status pleat_stored_complex_read(const pleat_stored_reader *r, pleat_stored_features *features) {
  pleat_alphafold_input base = {0};
  features->multimer = true;
  features->passes = count_passes(r);
  PLEAT_TRY(read_residues(r, &base));
  PLEAT_TRY(name_residues(r, &base, features));
  PLEAT_TRY(read_templates(r, &base));
  return features->passes ? read_passes(r, &base, features) : prepare_drawing(r, &base, features);
}

/* A row as A3M: deletions before a column are insertions. */
static void write_row(const pleat_stored_features *f, int64_t row, pleat_text *text) {
  static const char letters[] = "ARNDCQEGHILKMFPSTWYVX-";
  text->length = 0;
  for (int64_t i = row * f->residues; i < (row + 1) * f->residues; i++) {
    for (int32_t k = 0; k < f->deletions[i]; k++) pleat_text_append_bytes(text, "x", 1);
    pleat_text_append_bytes(text, &letters[f->msa[i]], 1);
  }
}

pleat_status pleat_stored_features_msa(pleat_context *context, const pleat_stored_features *f, pleat_msa **out) {
  pleat_msa *msa;
  pleat_text text;
  *out = NULL;
  PLEAT_TRY(pleat_msa_start(context, "stored features", &msa));
  pleat_text_init(&text, context);
  pleat_status status = PLEAT_OK;
  for (int64_t s = 0; s < f->rows && !status; s++) {
    write_row(f, s, &text);
    const pleat_msa_found found = {.header = "", .aligned = text.bytes, .aligned_length = text.length};
    status = text.status ? text.status : pleat_msa_add(msa, &found);
  }
  pleat_text_free(&text);
  if (!status) status = pleat_msa_finish(msa);
  if (status) pleat_msa_free(msa);
  else *out = msa;
  return status;
}
