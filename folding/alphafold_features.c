/* Checks a query for AlphaFold 2's monomer models and makes the arrays of all models' passes.
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_features.h"

#include <stdio.h>
#include <string.h>

#include "folding/stored_features.h"
#include "folding/templates.h"
#include "geometry/residue_geometry.h"
#include "msa/clusters.h"
#include "msa/fit.h"
#include "msa/msa.h"

enum { ATOMS_37 = 37 };
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

pleat_status pleat_alphafold_check_letters(pleat_context *context, const char *name, int chain, const char *sequence) {
  size_t length = strlen(sequence);
  char place[32] = "";
  if (chain > 1) snprintf(place, sizeof place, " of chain %d", chain);
  PLEAT_CHECK(context, length <= PLEAT_ALPHAFOLD_MAX_LENGTH, PLEAT_ERROR_INPUT,
              "%s: has %zu residues; at most %d can be folded", name, length, PLEAT_ALPHAFOLD_MAX_LENGTH);
  for (size_t i = 0; i < length; i++)
    PLEAT_CHECK(context, strchr(pleat_residue_letters, sequence[i]), PLEAT_ERROR_INPUT,
                "%s: letter '%c' at position %zu%s is none of the 20 amino acids or X (unknown)", name, sequence[i],
                i + 1, place);
  return PLEAT_OK;
}

/* Whether the text is the query's chains, joined by ':'. */
static bool has_chains(const pleat_query *query, const char *text) {
  const char *between = "";
  for (int c = 0; c < query->chains; c++) {
    size_t length = strlen(query->sequence[c]);
    if (!length) continue;
    if (*between && *text++ != ':') return false;
    if (strncmp(text, query->sequence[c], length)) return false;
    text += length;
    between = ":";
  }
  return !*text;
}

pleat_status pleat_alphafold_check_source(pleat_context *context, const pleat_query *query, bool multimer) {
  const pleat_stored_features *stored = query->stored;
  if (stored) {
    PLEAT_CHECK(context, stored->multimer == multimer, PLEAT_ERROR_INPUT,
                multimer ? "%s: the stored features are those of a monomer model; this is a multimer model"
                         : "%s: the stored features are those of a multimer model; this is a monomer model",
                query->name);
    PLEAT_CHECK(context, has_chains(query, stored->sequence), PLEAT_ERROR_INPUT,
                "%s: the stored features are of another sequence: %.40s...", query->name, stored->sequence);
    return PLEAT_OK;
  }
  PLEAT_CHECK(context, query->msa || query->alone, PLEAT_ERROR_INPUT,
              "%s: has no alignment, which this model needs; give one (--msa FILE), or say that it is to be folded from "
              "its sequence alone (--msa none)",
              query->name);
  return PLEAT_OK;
}

static pleat_status check_alignment(pleat_context *context, const pleat_query *query, const char *sequence) {
  if (query->stored || !query->msa) return PLEAT_OK;
  PLEAT_CHECK(context, query->msa->chain_count == 1, PLEAT_ERROR_INPUT,
              "%s: the alignment is of %zu chains; this is a monomer model, which folds one", query->name,
              query->msa->chain_count);
  return pleat_msa_check_query(query->msa, sequence);
}

pleat_status pleat_features_alphafold(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                      pleat_features *features) {
  const char *sequence = "";
  *features = (pleat_features){.name = query->name, .msa = query->msa, .stored = query->stored,
                               .templates = query->templates};
  PLEAT_TRY(find_chain(context, query, &sequence));
  PLEAT_TRY(pleat_alphafold_check_letters(context, query->name, 1, sequence));
  PLEAT_TRY(pleat_alphafold_check_source(context, query, false));
  PLEAT_TRY(check_alignment(context, query, sequence));
  features->length = (int64_t)strlen(sequence);
  features->chains = 1;
  PLEAT_TRY(pleat_features_take(pool, features));
  for (int64_t i = 0; i < features->length; i++) {
    features->type[i] = (int32_t)(strchr(pleat_residue_letters, sequence[i]) - pleat_residue_letters);
    features->index[i] = (int32_t)i;
  }
  features->chain_length[0] = features->length;
  features->chain_id[0] = "A";
  features->sequence[0] = sequence;
  return PLEAT_OK;
}

pleat_status pleat_features_alphafold_bare(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                           pleat_features *features) {
  const pleat_template *used[PLEAT_TEMPLATES_MOST];
  PLEAT_TRY(pleat_features_alphafold(context, query, pool, features));
  features->unused_templates = (size_t)pleat_templates_of(features->templates, features->sequence[0], used);
  features->templates = NULL;
  return PLEAT_OK;
}

/* ---- Alignment ---- */

/* Chains side by side. */
static pleat_status sequence_alone(pleat_context *context, const pleat_features *f, pleat_msa **out) {
  pleat_msa *msa;
  pleat_text text;
  PLEAT_TRY(pleat_msa_start(context, f->name, &msa));
  pleat_text_init(&text, context);
  for (int c = 0; c < f->chains; c++) pleat_text_append_bytes(&text, f->sequence[c], (size_t)f->chain_length[c]);
  const pleat_msa_found row = {.header = f->name, .aligned = text.bytes, .header_length = strlen(f->name),
                               .aligned_length = text.length};
  pleat_status status = text.status ? text.status : pleat_msa_add(msa, &row);
  if (!status) status = pleat_msa_finish(msa);
  pleat_text_free(&text);
  if (status) pleat_msa_free(msa);
  else *out = msa;
  return status;
}

static pleat_status fit_complex(pleat_context *context, const pleat_features *f, pleat_alphafold_rows *rows) {
  PLEAT_TRY(pleat_memory_take(context, (size_t)f->length, sizeof *rows->places, &rows->places));
  return pleat_fit_query(f->msa, f->sequence, (size_t)f->chains, 0, rows->places, &rows->msa);
}

pleat_status pleat_alphafold_features_rows(pleat_context *context, const pleat_features *f,
                                           pleat_alphafold_rows *rows) {
  const pleat_msa_filter_options unique = {.unique = 1};
  *rows = (pleat_alphafold_rows){0};
  if (f->stored) return f->stored->rows ? pleat_stored_features_msa(context, f->stored, &rows->msa) : PLEAT_OK;
  if (!f->msa) return sequence_alone(context, f, &rows->msa);
  return f->asym ? fit_complex(context, f, rows) : pleat_msa_filter(f->msa, &unique, &rows->msa);
}

void pleat_alphafold_features_free(pleat_context *context, pleat_alphafold_rows *rows) {
  pleat_msa_free(rows->msa);
  pleat_memory_release(context, rows->places);
  *rows = (pleat_alphafold_rows){0};
}

/* ---- A pass ---- */

/* The input's arrays, to be written. */
typedef struct arrays {
  float *target, *mask, *msa_features, *msa_mask, *has_deletion, *deletion, *extra_mask;
  uint8_t *extra_msa;
  float *row; /* (L,49) of one centre, by columns */
  float *template_positions, *template_atoms;
  int32_t *template_types;
  int targets; /* channels of target */
} arrays;

static void take_alignment(pleat_run *run, pleat_alphafold_input *in, arrays *a) {
  int64_t L = in->length, S = in->sequences, E = in->extra_sequences;
  in->msa_features = a->msa_features = pleat_run_take(run, S * L * PLEAT_CLUSTERS_FEATURES);
  in->msa_mask = a->msa_mask = pleat_run_take(run, S * L);
  in->extra_msa = a->extra_msa = pleat_run_take_bytes(run, (size_t)(E * L));
  in->extra_has_deletion = a->has_deletion = pleat_run_take(run, E * L);
  in->extra_deletion = a->deletion = pleat_run_take(run, E * L);
  in->extra_mask = a->extra_mask = pleat_run_take(run, E * L);
  a->row = pleat_run_take(run, L * PLEAT_CLUSTERS_FEATURES);
}

static void take_query(pleat_run *run, const pleat_features *f, pleat_alphafold_input *in, arrays *a) {
  a->targets = PLEAT_GEOMETRY_TYPES + (f->asym ? 0 : 1);
  in->types = f->type;
  in->index = f->index;
  in->asym = f->asym;
  in->entity = f->entity;
  in->sym = f->sym;
  in->target = a->target = pleat_run_take(run, in->length * a->targets);
  in->mask = a->mask = pleat_run_take(run, in->length);
}

/* As many as the chain with the most; a multimer's network always sees four. */
static int64_t template_count(const pleat_features *f) {
  const pleat_template *used[PLEAT_TEMPLATES_MOST];
  int most = 0;
  for (int c = 0; c < f->chains; c++) {
    int count = pleat_templates_of(f->templates, f->sequence[c], used);
    if (count > most) most = count;
  }
  return f->asym ? PLEAT_TEMPLATES_MOST : most;
}

static const float all_there[PLEAT_TEMPLATES_MOST] = {1, 1, 1, 1};

static void take_templates(pleat_run *run, const pleat_features *f, pleat_alphafold_input *in, arrays *a) {
  int64_t T = in->templates = template_count(f), count = T * in->length;
  if (!T) return;
  in->template_types = a->template_types = pleat_run_take_bytes(run, (size_t)count * sizeof *a->template_types);
  in->template_positions = a->template_positions = pleat_run_take(run, count * ATOMS_37 * 3);
  in->template_atoms = a->template_atoms = pleat_run_take(run, count * ATOMS_37);
  in->template_mask = all_there;
}

/* Chain by chain, template by template; those that are not there are alanines without atoms. */
static void fill_templates(const pleat_features *f, const pleat_alphafold_input *in, const arrays *a) {
  int64_t L = in->length, T = in->templates, from = 0;
  if (!T) return;
  memset(a->template_types, 0, (size_t)(T * L) * sizeof *a->template_types);
  memset(a->template_positions, 0, (size_t)(T * L * ATOMS_37 * 3) * sizeof(float));
  memset(a->template_atoms, 0, (size_t)(T * L * ATOMS_37) * sizeof(float));
  for (int c = 0; c < f->chains; from += f->chain_length[c++]) {
    const pleat_template *used[PLEAT_TEMPLATES_MOST];
    int count = pleat_templates_of(f->templates, f->sequence[c], used);
    for (int t = 0; t < count; t++) {
      int64_t to = t * L + from, N = used[t]->length;
      memcpy(a->template_types + to, used[t]->types, (size_t)N * sizeof *used[t]->types);
      memcpy(a->template_positions + to * ATOMS_37 * 3, used[t]->positions, (size_t)(N * ATOMS_37 * 3) * sizeof(float));
      memcpy(a->template_atoms + to * ATOMS_37, used[t]->present, (size_t)(N * ATOMS_37) * sizeof(float));
    }
  }
}

static void fill_ones(float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = 1;
}

static void fill_query(const pleat_alphafold_input *in, const arrays *a) {
  memset(a->target, 0, (size_t)(in->length * a->targets) * sizeof(float));
  for (int64_t i = 0; i < in->length; i++)
    a->target[i * a->targets + a->targets - PLEAT_GEOMETRY_TYPES + in->types[i]] = 1;
  fill_ones(a->mask, in->length);
}

static int64_t column(const pleat_alphafold_rows *rows, int64_t residue) {
  return rows->places ? rows->places[residue] : residue;
}

static void fill_centres(const pleat_clusters *clusters, const pleat_alphafold_rows *rows,
                         const pleat_alphafold_input *in, const arrays *a) {
  float *to = a->msa_features;
  fill_ones(a->msa_mask, in->sequences * in->length);
  for (int64_t s = 0; s < in->sequences; s++) {
    pleat_clusters_features(clusters, (size_t)s, a->row);
    for (int64_t i = 0; i < in->length; i++, to += PLEAT_CLUSTERS_FEATURES)
      memcpy(to, a->row + column(rows, i) * PLEAT_CLUSTERS_FEATURES, PLEAT_CLUSTERS_FEATURES * sizeof *to);
  }
}

/* Without extra rows the model sees one that is masked everywhere, as the published padding is. */
static void fill_extra(const pleat_clusters *clusters, const pleat_alphafold_rows *rows,
                       const pleat_alphafold_input *in, const arrays *a) {
  int64_t L = in->length, E = (int64_t)clusters->extra_count;
  memset(a->extra_msa, 0, (size_t)(in->extra_sequences * L));
  for (float *const *x = (float *[]){a->has_deletion, a->deletion, a->extra_mask, NULL}; *x; x++)
    memset(*x, 0, (size_t)(in->extra_sequences * L) * sizeof(float));
  for (int64_t e = 0; e < E; e++)
    for (int64_t i = 0; i < L; i++) {
      int64_t from = e * L + column(rows, i), to = e * L + i;
      a->extra_msa[to] = clusters->extra_msa[from];
      a->has_deletion[to] = clusters->extra_has_deletion[from];
      a->deletion[to] = clusters->extra_deletion[from];
    }
  fill_ones(a->extra_mask, E * L);
}

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* What the alignment has no part in: of the query, or stored. */
static void begin_input(pleat_run *run, const pleat_features *f, pleat_alphafold_input *in, arrays *a) {
  if (f->stored) {
    *in = f->stored->inputs[0];
    return;
  }
  *in = (pleat_alphafold_input){.length = f->length};
  take_query(run, f, in, a);
  take_templates(run, f, in, a);
  if (pleat_run_idle(run)) return;
  fill_query(in, a);
  fill_templates(f, in, a);
}

void pleat_alphafold_features_make(pleat_run *run, const pleat_features *f, const pleat_alphafold_rows *rows,
                                   const pleat_alphafold_drawing *drawing, pleat_alphafold_input *in) {
  arrays a = {0};
  pleat_clusters clusters;
  int64_t count = (int64_t)rows->msa->row_count, S = lesser(drawing->max_clusters, count);
  int64_t extra = lesser(drawing->max_extra, count - S);
  begin_input(run, f, in, &a);
  in->sequences = S;
  in->extra_sequences = extra ? extra : 1;
  take_alignment(run, in, &a);
  if (pleat_run_idle(run)) return;
  const pleat_clusters_options sizes = {(size_t)drawing->max_clusters, (size_t)drawing->max_extra, masked_fraction,
                                        f->asym != NULL};
  const pleat_clusters_draws draws = {
      .stream = pleat_random_stream(drawing->seed, pleat_random_hash(f->name), drawing->pass)};
  run->status = pleat_clusters_make(rows->msa, &sizes, &draws, &clusters);
  if (!run->status) fill_centres(&clusters, rows, in, &a);
  if (!run->status) fill_extra(&clusters, rows, in, &a);
  pleat_clusters_free(&clusters);
}

/* ---- What users give ---- */

/* The chains that are not empty; `chains` has room for all. */
static size_t list_chains(const pleat_query *query, const char **chains) {
  size_t count = 0;
  for (int c = 0; c < query->chains; c++)
    if (*query->sequence[c]) chains[count++] = query->sequence[c];
  return count;
}

pleat_status pleat_query_set_msa(pleat_query *query, const pleat_msa *msa) {
  const char **chains;
  query->msa = NULL;
  query->alone = !msa;
  if (!msa) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_take(query->context, (size_t)query->chains, sizeof *chains, &chains));
  size_t count = list_chains(query, chains);
  pleat_status status = pleat_fit_check(msa, chains, count);
  pleat_memory_release(query->context, chains);
  if (!status) query->msa = msa;
  return status;
}

pleat_status pleat_query_set_features(pleat_query *query, const char *path) {
  pleat_stored_features *stored;
  pleat_pool_free(&query->stored_pool);
  query->stored = NULL;
  PLEAT_CHECK(query->context, !query->templates, PLEAT_ERROR_INPUT,
              "%s: has templates; stored features hold their own", query->name);
  PLEAT_TRY(pleat_stored_features_read(&query->stored_pool, path, &stored));
  PLEAT_CHECK(query->context, has_chains(query, stored->sequence), PLEAT_ERROR_INPUT,
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
