/* Checks a query for AlphaFold 2's monomer models and makes the arrays of their passes.
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_features.h"

#include <string.h>

#include "folding/stored_features.h"
#include "geometry/residue_geometry.h"
#include "msa/clusters.h"
#include "msa/msa.h"

enum { TARGET_CHANNELS = 22, MAX_LENGTH = 100000 };
static const float masked_fraction = 0.15f;

/* ---- The query ---- */

static pleat_status find_chain(pleat_context *context, const pleat_query *query, const char **sequence) {
  int chains = 0;
  for (int c = 0; c < query->chains; c++) {
    if (!*query->sequence[c]) continue;
    *sequence = query->sequence[c];
    chains++;
  }
  PLEAT_CHECK(context, chains == 1, PLEAT_ERROR_INPUT,
              "%s: has %d chains; this is a monomer model, which folds one chain: a complex needs a multimer model",
              query->name, chains);
  return PLEAT_OK;
}

static pleat_status check_letters(pleat_context *context, const char *name, const char *sequence) {
  size_t length = strlen(sequence);
  PLEAT_CHECK(context, length <= MAX_LENGTH, PLEAT_ERROR_INPUT, "%s: has %zu residues; at most %d can be folded", name,
              length, MAX_LENGTH);
  for (size_t i = 0; i < length; i++)
    PLEAT_CHECK(context, strchr(pleat_residue_letters, sequence[i]), PLEAT_ERROR_INPUT,
                "%s: letter '%c' at position %zu is none of the 20 amino acids or X (unknown)", name, sequence[i], i + 1);
  return PLEAT_OK;
}

static pleat_status check_source(pleat_context *context, const pleat_query *query, const char *sequence) {
  if (query->stored) {
    PLEAT_CHECK(context, !strcmp(query->stored->sequence, sequence), PLEAT_ERROR_INPUT,
                "%s: the stored features are of another sequence: %.40s...", query->name, query->stored->sequence);
    return PLEAT_OK;
  }
  PLEAT_CHECK(context, query->msa || query->alone, PLEAT_ERROR_INPUT,
              "%s: has no alignment, which this model needs; give one (--msa FILE), or say that it is to be folded from "
              "its sequence alone (--msa none)",
              query->name);
  if (!query->msa) return PLEAT_OK;
  PLEAT_CHECK(context, query->msa->chain_count == 1, PLEAT_ERROR_INPUT,
              "%s: the alignment is of %zu chains; this is a monomer model, which folds one", query->name,
              query->msa->chain_count);
  return pleat_msa_check_query(query->msa, sequence);
}

pleat_status pleat_features_alphafold(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                      pleat_features *features) {
  const char *sequence = "";
  *features = (pleat_features){.name = query->name, .msa = query->msa, .stored = query->stored};
  PLEAT_TRY(find_chain(context, query, &sequence));
  PLEAT_TRY(check_letters(context, query->name, sequence));
  PLEAT_TRY(check_source(context, query, sequence));
  size_t length = strlen(sequence);
  PLEAT_TRY(pleat_pool_take(pool, length, sizeof(int32_t), &features->type));
  PLEAT_TRY(pleat_pool_take(pool, length, sizeof(int32_t), &features->index));
  PLEAT_TRY(pleat_pool_take(pool, length, sizeof(int32_t), &features->heavy));
  for (size_t i = 0; i < length; i++) {
    features->type[i] = (int32_t)(strchr(pleat_residue_letters, sequence[i]) - pleat_residue_letters);
    features->index[i] = (int32_t)i;
  }
  features->length = features->chain_length[0] = (int64_t)length;
  features->chains = 1;
  features->chain_id[0] = "A";
  features->sequence[0] = sequence;
  return PLEAT_OK;
}

/* ---- Alignment ---- */

static pleat_status sequence_alone(pleat_context *context, const pleat_features *f, pleat_msa **out) {
  pleat_msa *msa;
  const pleat_msa_found row = {.header = f->name, .aligned = f->sequence[0], .header_length = strlen(f->name),
                               .aligned_length = (size_t)f->length};
  PLEAT_TRY(pleat_msa_start(context, f->name, &msa));
  pleat_status status = pleat_msa_add(msa, &row);
  if (!status) status = pleat_msa_finish(msa);
  if (status) pleat_msa_free(msa);
  else *out = msa;
  return status;
}

pleat_status pleat_alphafold_features_rows(pleat_context *context, const pleat_features *features, pleat_msa **msa) {
  const pleat_msa_filter_options unique = {.unique = 1};
  *msa = NULL;
  if (!features->msa) return sequence_alone(context, features, msa);
  return pleat_msa_filter(features->msa, &unique, msa);
}

/* ---- A pass ---- */

/* The input's arrays, to be written. */
typedef struct arrays {
  float *target, *mask, *msa_features, *msa_mask, *has_deletion, *deletion, *extra_mask;
  uint8_t *extra_msa;
} arrays;

static void take_arrays(pleat_run *run, const pleat_features *f, pleat_alphafold_input *in, arrays *a) {
  int64_t L = f->length, S = in->sequences, E = in->extra_sequences;
  *a = (arrays){.target = pleat_run_take(run, L * TARGET_CHANNELS), .mask = pleat_run_take(run, L),
                .msa_features = pleat_run_take(run, S * L * PLEAT_CLUSTERS_FEATURES),
                .msa_mask = pleat_run_take(run, S * L), .has_deletion = pleat_run_take(run, E * L),
                .deletion = pleat_run_take(run, E * L), .extra_mask = pleat_run_take(run, E * L),
                .extra_msa = pleat_run_take_bytes(run, (size_t)(E * L))};
  in->types = f->type;
  in->index = f->index;
  in->target = a->target;
  in->mask = a->mask;
  in->msa_features = a->msa_features;
  in->msa_mask = a->msa_mask;
  in->extra_msa = a->extra_msa;
  in->extra_has_deletion = a->has_deletion;
  in->extra_deletion = a->deletion;
  in->extra_mask = a->extra_mask;
}

static void fill_ones(float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = 1;
}

/* Without extra rows the model sees one that is masked everywhere, as the published padding is. */
static void fill(const pleat_features *f, const pleat_clusters *clusters, const pleat_alphafold_input *in,
                 const arrays *a) {
  int64_t L = f->length, E = (int64_t)clusters->extra_count;
  memset(a->target, 0, (size_t)(L * TARGET_CHANNELS) * sizeof(float));
  for (int64_t i = 0; i < L; i++) a->target[i * TARGET_CHANNELS + 1 + f->type[i]] = 1;
  fill_ones(a->mask, L);
  fill_ones(a->msa_mask, in->sequences * L);
  for (int64_t s = 0; s < in->sequences; s++)
    pleat_clusters_features(clusters, (size_t)s, a->msa_features + s * L * PLEAT_CLUSTERS_FEATURES);
  memset(a->extra_msa, 0, (size_t)(in->extra_sequences * L));
  for (float *const *x = (float *[]){a->has_deletion, a->deletion, a->extra_mask, NULL}; *x; x++)
    memset(*x, 0, (size_t)(in->extra_sequences * L) * sizeof(float));
  memcpy(a->extra_msa, clusters->extra_msa, (size_t)(E * L));
  memcpy(a->has_deletion, clusters->extra_has_deletion, (size_t)(E * L) * sizeof(float));
  memcpy(a->deletion, clusters->extra_deletion, (size_t)(E * L) * sizeof(float));
  fill_ones(a->extra_mask, E * L);
}

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

void pleat_alphafold_features_make(pleat_run *run, const pleat_features *f, const pleat_msa *msa,
                                   const pleat_alphafold_drawing *drawing, pleat_alphafold_input *in) {
  arrays a;
  pleat_clusters clusters;
  int64_t rows = (int64_t)msa->row_count, S = lesser(drawing->max_clusters, rows);
  int64_t extra = lesser(drawing->max_extra, rows - S);
  *in = (pleat_alphafold_input){.length = f->length, .sequences = S, .extra_sequences = extra ? extra : 1};
  take_arrays(run, f, in, &a);
  if (pleat_run_idle(run)) return;
  const pleat_clusters_options sizes = {(size_t)drawing->max_clusters, (size_t)drawing->max_extra, masked_fraction, false};
  const pleat_clusters_draws draws = {
      .stream = pleat_random_stream(drawing->seed, pleat_random_hash(f->name), drawing->pass)};
  run->status = pleat_clusters_make(msa, &sizes, &draws, &clusters);
  if (!run->status) fill(f, &clusters, in, &a);
  pleat_clusters_free(&clusters);
}

/* ---- What users give ---- */

pleat_status pleat_query_set_msa(pleat_query *query, const pleat_msa *msa) {
  char *joined;
  query->msa = NULL;
  query->alone = !msa;
  if (!msa) return PLEAT_OK;
  size_t length = 0;
  for (int c = 0; c < query->chains; c++) length += strlen(query->sequence[c]);
  PLEAT_TRY(pleat_memory_take(query->context, length + 1, 1, &joined));
  for (int c = 0; c < query->chains; c++) strcat(joined, query->sequence[c]);
  pleat_status status = pleat_msa_check_query(msa, joined);
  pleat_memory_release(query->context, joined);
  if (!status) query->msa = msa;
  return status;
}

pleat_status pleat_query_set_features(pleat_query *query, const char *path) {
  pleat_stored_features *stored;
  pleat_pool_free(&query->stored_pool);
  query->stored = NULL;
  PLEAT_TRY(pleat_stored_features_read(&query->stored_pool, path, &stored));
  PLEAT_CHECK(query->context, query->chains == 1 && !strcmp(query->sequence[0], stored->sequence), PLEAT_ERROR_INPUT,
              "%s: holds the features of another sequence than %s: %.40s...", path, query->name, stored->sequence);
  query->stored = stored;
  return PLEAT_OK;
}

pleat_status pleat_query_read_features(pleat_context *context, const char *name, const char *path, pleat_query **query) {
  pleat_pool pool;
  pleat_stored_features *stored;
  *query = NULL;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_stored_features_read(&pool, path, &stored);
  if (!status) status = pleat_query_create(context, name, stored->sequence, query);
  if (status) {
    pleat_pool_free(&pool);
    return status;
  }
  (*query)->stored_pool = pool;
  (*query)->stored = stored;
  return PLEAT_OK;
}
