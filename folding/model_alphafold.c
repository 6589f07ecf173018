/* AlphaFold 2, monomer models: from an alignment (or stored features) through recycling to a structure with confidences.
 * SPDX-License-Identifier: MIT
 *
 * Jumper et al., Nature 596, 583 (2021). Code and weights published by DeepMind; weights CC BY 4.0. Models 1 and 2 were
 * trained with templates, 3 to 5 without; the _ptm ones also predict aligned errors. Which rows of the alignment a model
 * takes: supplement table 5. */
#include "folding/alphafold_features.h"
#include "folding/alphafold_run.h"
#include "folding/antibody_structure.h"

enum { ATOMS = 14 };

typedef struct alphafold_weights {
  pleat_alphafold *network;
} alphafold_weights;

/* ---- Weights ---- */

static pleat_status load(pleat_context *context, const pleat_weights *file, bool ptm, alphafold_weights *w) {
  PLEAT_TRY(pleat_alphafold_load(context, file, &w->network));
  const char *why = NULL;
  if (w->network->multimer) why = "holds a multimer network; this is a monomer model";
  else if (ptm && !w->network->heads.has_error)
    why = "holds no head of aligned errors: it is of a model without pTM; name alphafold2_model_1 to _5";
  else if (!ptm && w->network->heads.has_error)
    why = "holds a head of aligned errors: it is of a model with pTM; name alphafold2_ptm_model_1 to _5";
  if (!why) return PLEAT_OK;
  pleat_alphafold_free(context, w->network);
  w->network = NULL;
  return pleat_status_fail(context, PLEAT_ERROR_SHAPE, "%s: %s", pleat_weights_path(file), why);
}

static pleat_status load_plain(pleat_context *context, pleat_weights *const *files, void *weights) {
  return load(context, files[0], false, weights);
}

static pleat_status load_ptm(pleat_context *context, pleat_weights *const *files, void *weights) {
  return load(context, files[0], true, weights);
}

static void unload(pleat_context *context, void *weights) {
  alphafold_weights *w = weights;
  pleat_alphafold_free(context, w->network);
  w->network = NULL;
}

/* ---- One prediction ---- */

static void forward(pleat_run *run, const void *weights, const pleat_pass *pass) {
  pleat_alphafold_run_forward(run, ((const alphafold_weights *)weights)->network, pass);
}

static pleat_status finish(const pleat_features *features, const double *option, pleat_result *result) {
  result->seed = (uint64_t)option[PLEAT_ALPHAFOLD_SEED];
  return pleat_antibody_structure_build(features, result);
}

/* ---- Models ---- */

#define OPTIONS(CLUSTERS, EXTRA)                                                                        \
  {{"num-recycle", "passes after the first", 3, 0, 1000, true},                                         \
   {"recycle-early-stop-tolerance",                                                                     \
    "stop when distances between C-alpha atoms change by less, in angstrom; 0: never", 0, 0, 1000, false}, \
   {"random-seed", "of the rows drawn and masked", 0, 0, 9007199254740992., true},                      \
   {"max-seq", "rows of the alignment that become clusters", CLUSTERS, 1, 100000, true},                \
   {"max-extra-seq", "further rows", EXTRA, 0, 1000000, true},                                          \
   {"save-all", "keep every output of every pass", 0}}
#define OUTPUTS {"positions", 3, {-1, ATOMS, 3}}, {"plddt", 1, {-1}}
#define ERROR_OUTPUTS {"predicted_aligned_error", 2, {-1, -1}}, {"ptm", 1, {1}}
#define NOTES                                                                                                          \
  "Needs an alignment of related sequences; from the sequence alone (--msa none) most natural proteins come out wrong, "  \
  "with low pLDDT. Rows of the alignment are drawn at random: several seeds give several structures."
#define SHARED                                                                                       \
  .task = "predict", .notes = NOTES, .pass_rows = 1, .weights_size = sizeof(alphafold_weights), .unload = unload, \
  .features = pleat_features_alphafold, .forward = forward, .finish = finish, .heeds = " msa features "
#define PLAIN(N, CLUSTERS, EXTRA)                                           \
  const pleat_model_def pleat_model_alphafold2_model_##N = {                \
      .name = "alphafold2_model_" #N, .files = {"alphafold2_model_" #N},    \
      .title = "AlphaFold 2, model " #N ": alignment to structure",         \
      .options = OPTIONS(CLUSTERS, EXTRA), .outputs = {OUTPUTS}, .load = load_plain, SHARED}
#define PTM(N, CLUSTERS, EXTRA, SHORT)                                            \
  const pleat_model_def pleat_model_alphafold2_ptm_model_##N = {                  \
      .name = "alphafold2_ptm_model_" #N, .files = {"alphafold2_ptm_model_" #N}, .short_name = SHORT, \
      .title = "AlphaFold 2, model " #N " with predicted TM-score: alignment to structure", \
      .options = OPTIONS(CLUSTERS, EXTRA), .outputs = {OUTPUTS, ERROR_OUTPUTS}, .load = load_ptm, SHARED}

/* models 1 and 2 leave 4 of the 512 clusters to templates */
PLAIN(1, 508, 5120);
PLAIN(2, 508, 1024);
PLAIN(3, 512, 5120);
PLAIN(4, 512, 5120);
PLAIN(5, 512, 1024);
PTM(1, 508, 5120, NULL);
PTM(2, 508, 1024, NULL);
PTM(3, 512, 5120, "alphafold2");
PTM(4, 512, 5120, NULL);
PTM(5, 512, 1024, NULL);
