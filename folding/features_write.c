/* Writes what a model is given for a query, pass by pass, as the file of features that predictions can run on.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "folding/alphafold_complex.h"
#include "folding/alphafold_features.h"
#include "folding/model.h"
#include "folding/template_features.h"
#include "folding/templates.h"
#include "lib/dispatch.h"
#include "lib/file.h"
#include "lib/hdf5.h"
#include "msa/clusters.h"
#include "msa/encode.h"
#include "msa/msa.h"

enum { MAX_RANK = 5, CHUNK_NUMBERS = 1 << 18, TARGET_CHANNELS = 22, ATOMS = 37 };

/* ---- What the model wants ---- */

static size_t or_default(const pleat_model_def *def, size_t given, const char *option, size_t more) {
  if (given) return given;
  for (const pleat_model_option_def *o = def->options; o < def->options + PLEAT_MODEL_MAX_OPTIONS && o->name; o++)
    if (!strcmp(o->name, option)) return (size_t)o->start + more;
  return 1;
}

static pleat_status check_options(const pleat_query *query, const pleat_features_options *options,
                                  const pleat_model_def **def) {
  pleat_context *context = query->context;
  *def = options->model ? pleat_models_find(options->model) : NULL;
  PLEAT_CHECK(context, *def, PLEAT_ERROR_NOT_FOUND, "there is no model '%s'", options->model ? options->model : "");
  bool known = (*def)->features == pleat_features_alphafold || (*def)->features == pleat_features_alphafold_bare ||
               (*def)->features == pleat_features_alphafold_multimer;
  PLEAT_CHECK(context, known, PLEAT_ERROR_UNSUPPORTED,
              "features of %s cannot be written: only those of AlphaFold 2's models can", (*def)->name);
  PLEAT_CHECK(context, !query->stored, PLEAT_ERROR_INPUT, "%s: has stored features already", query->name);
  PLEAT_CHECK(context, options->clusters <= 100000 && options->extra <= 1000000 && options->passes <= 1000,
              PLEAT_ERROR_INPUT, "features have at most 100000 clusters, 1000000 extra rows and 1000 passes");
  return PLEAT_OK;
}

/* ---- One pass of arrays into the file ---- */

/* An array of a pass: its name, all passes under one or each under its own; sizes; its numbers of one of three types. */
typedef struct pass_array {
  const char *name; /* "%d" stands for the pass */
  const void *data;
  hid_t memory, file;
  int rank;
  hsize_t shape[MAX_RANK];
} pass_array;

typedef struct writer {
  pleat_context *context;
  const char *path;
  hid_t file;
  hsize_t passes;
  bool multimer;
} writer;

/* Several rows a piece, one pass each, so that readers can take a pass by itself; squeezed, since most is one-hot. */
static hid_t layout_of(const hsize_t *shape, int rank, bool stacked) {
  hsize_t chunk[MAX_RANK + 1], rest = 1;
  int rows = stacked && rank > 1;
  hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
  if (layout < 0) return layout;
  for (int d = 0; d < rank; d++) chunk[d] = d < rows ? 1 : shape[d];
  for (int d = rows + 1; d < rank; d++) rest *= shape[d];
  if (chunk[rows] > CHUNK_NUMBERS / rest + 1) chunk[rows] = CHUNK_NUMBERS / rest + 1;
  H5Pset_chunk(layout, rank, chunk);
  if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
    H5Pset_shuffle(layout);
    H5Pset_deflate(layout, 1);
  }
  return layout;
}

static hid_t create_set(const writer *w, const char *name, const pass_array *a, const hsize_t *shape, int rank) {
  hid_t space = H5Screate_simple(rank, shape, NULL), layout = layout_of(shape, rank, rank > a->rank);
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  hid_t set = H5Dcreate2(w->file, name, a->file, space, links, layout, H5P_DEFAULT);
  if (links >= 0) H5Pclose(links);
  if (layout >= 0) H5Pclose(layout);
  if (space >= 0) H5Sclose(space);
  return set;
}

/* With the pass as first axis, or under a name of its own, or (a name for all passes, no axis) by the first pass. */
static bool write_array(const writer *w, const pass_array *a, bool stacked, hsize_t pass) {
  hsize_t start[MAX_RANK + 1] = {stacked ? pass : 0}, count[MAX_RANK + 1] = {1}, shape[MAX_RANK + 1] = {w->passes};
  int axis = stacked, rank = a->rank + axis;
  char name[100];
  for (int d = 0; d < a->rank; d++) count[d + axis] = shape[d + axis] = a->shape[d];
  const char *mark = strstr(a->name, "%d");
  if (!mark && !stacked && pass) return true;
  if (mark) snprintf(name, sizeof name, "%.*s%llu%s", (int)(mark - a->name), a->name, (unsigned long long)pass, mark + 2);
  else snprintf(name, sizeof name, "%s", a->name);
  hid_t set = stacked && pass ? H5Dopen2(w->file, name, H5P_DEFAULT) : create_set(w, name, a, shape, rank);
  hid_t space = set >= 0 ? H5Dget_space(set) : -1, memory = H5Screate_simple(rank, count, NULL);
  bool ok = space >= 0 && memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
            H5Dwrite(set, a->memory, memory, space, H5P_DEFAULT, a->data) >= 0;
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
  if (set >= 0) ok = H5Dclose(set) >= 0 && ok;
  return ok;
}

static bool write_arrays(const writer *w, const pass_array *arrays, size_t count, bool stacked, hsize_t pass) {
  for (size_t a = 0; a < count; a++)
    if (!write_array(w, &arrays[a], stacked, pass)) return false;
  return true;
}

#define NUMBERS H5T_NATIVE_FLOAT, H5T_IEEE_F32LE
#define INTEGERS H5T_NATIVE_INT32, H5T_STD_I32LE
#define COUNT(ARRAYS) (sizeof(ARRAYS) / sizeof *(ARRAYS))

/* Names and shapes are those of the published code's processed features. */
static bool write_monomer(const writer *w, const pleat_alphafold_input *in, const float *derived, hsize_t pass) {
  hsize_t L = (hsize_t)in->length, S = (hsize_t)in->sequences, E = (hsize_t)in->extra_sequences;
  hsize_t T = (hsize_t)in->templates;
  const pass_array arrays[] = {
      {"features/aatype", in->types, INTEGERS, 1, {L}},
      {"features/seq_mask", in->mask, NUMBERS, 1, {L}},
      {"features/residue_index", in->index, INTEGERS, 1, {L}},
      {"features/target_feat", in->target, NUMBERS, 2, {L, TARGET_CHANNELS}},
      {"features/msa_feat", in->msa_features, NUMBERS, 3, {S, L, PLEAT_CLUSTERS_FEATURES}},
      {"features/msa_mask", in->msa_mask, NUMBERS, 2, {S, L}},
      {"features/extra_msa", in->extra_msa, H5T_NATIVE_UINT8, H5T_STD_I32LE, 2, {E, L}},
      {"features/extra_has_deletion", in->extra_has_deletion, NUMBERS, 2, {E, L}},
      {"features/extra_deletion_value", in->extra_deletion, NUMBERS, 2, {E, L}},
      {"features/extra_msa_mask", in->extra_mask, NUMBERS, 2, {E, L}},
      {"features/template_aatype", in->template_types, INTEGERS, 2, {T, L}},
      {"features/template_all_atom_positions", in->template_positions, NUMBERS, 4, {T, L, ATOMS, 3}},
      {"features/template_all_atom_masks", in->template_atoms, NUMBERS, 3, {T, L, ATOMS}},
      {"features/template_mask", in->template_mask, NUMBERS, 1, {T}},
      {"features/template_pseudo_beta", derived, NUMBERS, 3, {T, L, 3}},
      {"features/template_pseudo_beta_mask", derived + T * L * 3, NUMBERS, 2, {T, L}},
      {"features/template_sum_probs", derived + T * L * 4, NUMBERS, 2, {T, 1}}};
  return write_arrays(w, arrays, COUNT(arrays) - (T ? 0 : 7), true, pass);
}

/* A multimer's rows are drawn inside the published network: its features are the same for all passes, and what was drawn
 * stands under the names of its functions. extra (E,L,25): residue (23), has deletion, deletion. */
static bool write_multimer(const writer *w, const pleat_alphafold_input *in, const float *extra, hsize_t pass) {
  hsize_t L = (hsize_t)in->length, S = (hsize_t)in->sequences, E = (hsize_t)in->extra_sequences;
  hsize_t T = (hsize_t)in->templates;
  const pass_array arrays[] = {
      {"features/aatype", in->types, INTEGERS, 1, {L}},
      {"features/seq_mask", in->mask, NUMBERS, 1, {L}},
      {"features/residue_index", in->index, INTEGERS, 1, {L}},
      {"features/asym_id", in->asym, INTEGERS, 1, {L}},
      {"features/entity_id", in->entity, INTEGERS, 1, {L}},
      {"features/sym_id", in->sym, INTEGERS, 1, {L}},
      {"draws/recycle%d/create_msa_feat/msa_feat", in->msa_features, NUMBERS, 3, {S, L, PLEAT_CLUSTERS_FEATURES}},
      {"draws/recycle%d/sample_msa/msa_mask", in->msa_mask, NUMBERS, 2, {S, L}},
      {"draws/recycle%d/create_extra_msa_feature/feat", extra, NUMBERS, 3, {E, L, PLEAT_CLUSTERS_EXTRA_FEATURES}},
      {"draws/recycle%d/create_extra_msa_feature/mask", in->extra_mask, NUMBERS, 2, {E, L}},
      {"features/template_aatype", in->template_types, INTEGERS, 2, {T, L}},
      {"features/template_all_atom_positions", in->template_positions, NUMBERS, 4, {T, L, ATOMS, 3}},
      {"features/template_all_atom_mask", in->template_atoms, NUMBERS, 3, {T, L, ATOMS}}};
  return write_arrays(w, arrays, COUNT(arrays) - (T ? 0 : 3), false, pass);
}

static void fill_extra(const pleat_alphafold_input *in, float *extra) {
  int64_t count = in->extra_sequences * in->length;
  memset(extra, 0, (size_t)(count * PLEAT_CLUSTERS_EXTRA_FEATURES) * sizeof *extra);
  for (int64_t i = 0; i < count; i++, extra += PLEAT_CLUSTERS_EXTRA_FEATURES) {
    extra[in->extra_msa[i]] = 1;
    extra[PLEAT_ENCODE_COUNT] = in->extra_has_deletion[i];
    extra[PLEAT_ENCODE_COUNT + 1] = in->extra_deletion[i];
  }
}

/* What is made of a monomer's templates: pseudo_beta (T,L,3), its mask (T,L), sums of probabilities (T). */
static void fill_derived(const pleat_alphafold_input *in, const pleat_features *f, float *derived) {
  const pleat_template *used[PLEAT_TEMPLATES_MOST];
  int64_t T = in->templates, L = in->length;
  int count = pleat_templates_of(f->templates, f->sequence[0], used);
  for (int t = 0; t < count; t++) {
    const pleat_template_atoms atoms = {L, used[t]->types, used[t]->positions, used[t]->present};
    double probs = used[t]->info.sum_probs;
    pleat_template_beta(&atoms, derived + t * L * 3, derived + (T * 3 + t) * L);
    derived[T * L * 4 + t] = isfinite(probs) ? (float)probs : 0;
  }
}

/* ---- All passes ---- */

/* What the passes are made from. */
typedef struct source {
  const pleat_features *features;
  pleat_alphafold_rows rows;
  pleat_alphafold_drawing drawing;
} source;

static pleat_status refuse(const writer *w) {
  char reason[200];
  return pleat_status_fail(w->context, PLEAT_ERROR_IO, "%s: cannot be written: %s", w->path,
                           pleat_hdf5_reason(reason, sizeof reason));
}

/* Makes one pass; while the arena measures nothing is written. */
static pleat_status do_pass(const writer *w, source *from, pleat_run *run, hsize_t pass) {
  pleat_alphafold_input input;
  pleat_hdf5_guard guard;
  size_t mark = pleat_arena_mark(run->arena);
  from->drawing.pass = (uint32_t)pass;
  pleat_alphafold_features_make(run, from->features, &from->rows, &from->drawing, &input);
  int64_t extra_count = input.extra_sequences * input.length * PLEAT_CLUSTERS_EXTRA_FEATURES;
  float *made = pleat_run_take(run, w->multimer ? extra_count : input.templates * (input.length * 4 + 1));
  if (!pleat_run_idle(run)) {
    w->multimer ? fill_extra(&input, made) : fill_derived(&input, from->features, made);
    pleat_hdf5_enter(&guard);
    bool ok = w->multimer ? write_multimer(w, &input, made, pass) : write_monomer(w, &input, made, pass);
    if (!ok) run->status = refuse(w);
    pleat_hdf5_leave(&guard);
  }
  pleat_arena_release(run->arena, mark);
  return run->status;
}

static pleat_status do_passes(const writer *w, source *from) {
  pleat_arena arena;
  pleat_run run = {.context = w->context, .arena = &arena, .threads = 1};
  PLEAT_TRY(pleat_dispatch_choose(w->context, &run.kernels));
  pleat_arena_init_measuring(&arena);
  PLEAT_TRY(do_pass(w, from, &run, 0));
  PLEAT_TRY(pleat_arena_create(w->context, arena.peak, &arena));
  pleat_status status = PLEAT_OK;
  for (hsize_t pass = 0; !status && pass < w->passes; pass++) {
    status = pleat_context_progress(w->context, (double)pass / (double)w->passes, "features");
    if (!status) status = do_pass(w, from, &run, pass);
  }
  pleat_arena_free(w->context, &arena);
  return status;
}

/* The file, with what it was made for. */
static void create_file(writer *w, const char *temporary, const source *from, const char *model) {
  char seed[24];
  w->file = H5Fcreate(temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)from->drawing.seed);
  if (w->file < 0) return;
  pleat_hdf5_write_text(w->file, "model", model);
  pleat_hdf5_write_text(w->file, "name", from->features->name);
  pleat_hdf5_write_text(w->file, "random_seed", seed);
}

static pleat_status write_file(writer *w, source *from, const char *temporary, const char *model) {
  pleat_hdf5_guard guard;
  pleat_hdf5_enter(&guard);
  create_file(w, temporary, from, model);
  pleat_status status = w->file >= 0 ? PLEAT_OK : refuse(w);
  pleat_hdf5_leave(&guard);
  if (!status) status = do_passes(w, from);
  pleat_hdf5_enter(&guard);
  if (w->file >= 0 && H5Fclose(w->file) < 0 && !status) status = refuse(w);
  pleat_hdf5_leave(&guard);
  return status;
}

static pleat_status write_source(writer *w, source *from, const char *model) {
  char *temporary;
  pleat_status status = pleat_alphafold_features_rows(w->context, from->features, &from->rows);
  if (!status) status = pleat_file_begin(w->context, w->path, &temporary);
  if (!status) {
    status = write_file(w, from, temporary, model);
    if (status) pleat_file_abandon(w->context, temporary);
    else status = pleat_file_commit(w->context, w->path, temporary);
  }
  pleat_alphafold_features_free(w->context, &from->rows);
  return status;
}

pleat_status pleat_query_write_features(const pleat_query *query, const pleat_features_options *options,
                                        const char *path) {
  const pleat_model_def *def;
  pleat_features features;
  pleat_pool pool;
  PLEAT_TRY(check_options(query, options, &def));
  source from = {.features = &features, .drawing = {
    (int64_t)or_default(def, options->clusters, "max-seq", 0),
    (int64_t)or_default(def, options->extra, "max-extra-seq", 0), options->seed, 0}};
  pleat_pool_init(&pool, query->context, 0);
  pleat_status status = def->features(query->context, query, &pool, &features);
  writer w = {.context = query->context, .path = path, .file = -1,
              .passes = (hsize_t)or_default(def, options->passes, "num-recycle", 1),
              .multimer = def->features == pleat_features_alphafold_multimer};
  if (!status && features.unused_templates)
    pleat_log(query->context, PLEAT_LOG_WARNING, "%s: the %zu templates given are not used: %s takes none", query->name,
              features.unused_templates, def->name);
  if (!status) status = write_source(&w, &from, def->name);
  pleat_pool_free(&pool);
  return status;
}
