/* AlphaFold 2 and AlphaFold-Multimer: from an alignment (or stored features) through recycling to a structure with confidences.
 * SPDX-License-Identifier: MIT
 *
 * Jumper et al., Nature 596, 583 (2021). Code and weights published by DeepMind; weights CC BY 4.0. Models 1 and 2 were
 * trained with templates, 3 to 5 without; the _ptm ones also predict aligned errors. Which rows of the alignment a model
 * takes: supplement table 5. */
#include "folding/alphafold_complex.h"
#include "folding/alphafold_features.h"
#include "folding/alphafold_keep.h"
#include "folding/alphafold_run.h"
#include "folding/antibody_structure.h"
#include "folding/templates.h"

enum { ATOMS = 14 };

typedef struct alphafold_weights {
  pleat_alphafold *network;
} alphafold_weights;

/* ---- Weights ---- */

/* What a model's network has. */
enum { HAS_TEMPLATES = 1, HAS_ERROR = 2, IS_MULTIMER = 4 };

/* Why the file's network is not the model's; NULL: it is. */
static const char *find_fault(const pleat_alphafold *n, int kind) {
  bool multimer = kind & IS_MULTIMER, ptm = kind & HAS_ERROR;
  if (n->multimer && !multimer)
    return "holds a multimer network, this is a monomer model; name alphafold2_multimer_v3_model_1 to _5";
  if (multimer && !n->multimer)
    return "holds a monomer network, this is a multimer model; name alphafold2_model_1 to _5, or with pTM "
           "alphafold2_ptm_model_1 to _5";
  if (multimer && !n->heads.has_error) return "holds no head of aligned errors, which a multimer model has";
  if (ptm && !n->heads.has_error)
    return "holds no head of aligned errors: it is of a model without pTM; name alphafold2_model_1 to _5";
  if (!ptm && n->heads.has_error)
    return "holds a head of aligned errors: it is of a model with pTM; name alphafold2_ptm_model_1 to _5";
  if ((kind & HAS_TEMPLATES) && !n->has_templates)
    return multimer ? "holds no network for templates, which a multimer model has"
                    : "holds no network for templates: it is of model 3, 4 or 5";
  return NULL;
}

static pleat_status load(pleat_context *context, const pleat_weights *file, int kind, alphafold_weights *w) {
  PLEAT_TRY(pleat_alphafold_load(context, file, &w->network));
  const char *why = find_fault(w->network, kind);
  if (!(kind & HAS_TEMPLATES)) w->network->has_templates = false; /* whatever else is in the file */
  if (!why) return PLEAT_OK;
  pleat_alphafold_free(context, w->network);
  w->network = NULL;
  return pleat_status_fail(context, PLEAT_ERROR_SHAPE, "%s: %s", pleat_weights_path(file), why);
}

#define LOADER(NAME, KIND)                                                                                    \
  static pleat_status load_##NAME(pleat_context *context, pleat_weights *const *files, void *weights) {       \
    return load(context, files[0], KIND, weights);                                                            \
  }
LOADER(plain, 0)
LOADER(plain_templates, HAS_TEMPLATES)
LOADER(ptm, HAS_ERROR)
LOADER(ptm_templates, HAS_ERROR | HAS_TEMPLATES)
LOADER(multimer, HAS_ERROR | HAS_TEMPLATES | IS_MULTIMER)
#undef LOADER

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
  PLEAT_TRY(pleat_templates_note(features->templates, result));
  if (features->unused_templates)
    PLEAT_TRY(pleat_result_warn(result, "the %zu templates given are not used: models 3, 4 and 5 take none",
                                features->unused_templates));
  PLEAT_TRY(pleat_antibody_structure_build(features, result));
  return option[PLEAT_ALPHAFOLD_SAVE_RECYCLES] != 0 ? pleat_alphafold_keep_structures(features, result) : PLEAT_OK;
}

/* ---- Models ---- */

#define OPTIONS(CLUSTERS, EXTRA, RECYCLES, TOLERANCE)                                                   \
  {{"num-recycle", "passes after the first", RECYCLES, 0, 1000, true},                                  \
   {"recycle-early-stop-tolerance",                                                                     \
    "stop when distances between C-alpha atoms change by less, in angstrom; 0: never", TOLERANCE, 0, 1000, false}, \
   {"random-seed", "of the rows drawn and masked", 0, 0, 9007199254740992., true},                      \
   {"max-seq", "rows of the alignment that become clusters", CLUSTERS, 1, 100000, true},                \
   {"max-extra-seq", "further rows", EXTRA, 0, 1000000, true},                                          \
   {"save-all", "keep every output of every pass", 0},                                                   \
   {"save-recycles", "keep the structure of every pass", 0},                                             \
   {"save-single-representations", "keep the single representation of the last pass", 0},                \
   {"save-pair-representations", "keep the pair representation of the last pass", 0}}
#define OUTPUTS {"positions", 3, {-1, ATOMS, 3}}, {"plddt", 1, {-1}}
#define ERROR_OUTPUTS {"predicted_aligned_error", 2, {-1, -1}}, {"ptm", 1, {1}}
#define NOTES                                                                                                          \
  "Needs an alignment of related sequences; from the sequence alone (--msa none) most natural proteins come out wrong, "  \
  "with low pLDDT. Rows of the alignment are drawn at random: several seeds give several structures."
#define COMPLEX_OUTPUTS {"iptm", 1, {1}}, {"ranking_confidence", 1, {1}}
#define INT8_HARM "48 blocks add up what rounding does to each, and no structure was compared with float32's"
#define SHARED                                                                                       \
  .task = "predict", .int8_harm = INT8_HARM, .notes = NOTES, .pass_rows = 1, .weights_size = sizeof(alphafold_weights), .unload = unload, \
  .forward = forward, .finish = finish
#define MONOMER_1 SHARED, .features = pleat_features_alphafold, .heeds = " msa features templates checkpoint ranks "
#define MONOMER_3 SHARED, .features = pleat_features_alphafold_bare, .heeds = " msa features checkpoint ranks "
#define PLAIN(N, CLUSTERS, EXTRA, LOAD, SHARE)                              \
  const pleat_model_def pleat_model_alphafold2_model_##N = {                \
      .name = "alphafold2_model_" #N, .files = {"alphafold2_model_" #N},    \
      .title = "AlphaFold 2, model " #N ": alignment to structure",         \
      .options = OPTIONS(CLUSTERS, EXTRA, 3, 0), .outputs = {OUTPUTS}, .load = LOAD, SHARE}
#define PTM(N, CLUSTERS, EXTRA, LOAD, SHARE)                                      \
  const pleat_model_def pleat_model_alphafold2_ptm_model_##N = {                  \
      .name = "alphafold2_ptm_model_" #N, .files = {"alphafold2_ptm_model_" #N}, \
      .title = "AlphaFold 2, model " #N " with predicted TM-score: alignment to structure", \
      .options = OPTIONS(CLUSTERS, EXTRA, 3, 0), .outputs = {OUTPUTS, ERROR_OUTPUTS}, .load = LOAD, SHARE}
#define MULTIMER(N, EXTRA, SHORT)                                                          \
  const pleat_model_def pleat_model_alphafold2_multimer_v3_model_##N = {                   \
      .name = "alphafold2_multimer_v3_model_" #N, .files = {"alphafold2_multimer_v3_model_" #N}, .short_name = SHORT, \
      .title = "AlphaFold-Multimer version 3, model " #N ": alignment to the structure of a complex", \
      .options = OPTIONS(508, EXTRA, 20, 0.5), .outputs = {OUTPUTS, ERROR_OUTPUTS, COMPLEX_OUTPUTS}, \
      .load = load_multimer, SHARED, .features = pleat_features_alphafold_multimer,                          \
      .heeds = " msa features templates pair-mode pair-strategy checkpoint ranks "}

/* models 1 and 2 take templates, and leave 4 of the 512 clusters to them */
PLAIN(1, 508, 5120, load_plain_templates, MONOMER_1);
PLAIN(2, 508, 1024, load_plain_templates, MONOMER_1);
PLAIN(3, 512, 5120, load_plain, MONOMER_3);
PLAIN(4, 512, 5120, load_plain, MONOMER_3);
PLAIN(5, 512, 1024, load_plain, MONOMER_3);
PTM(1, 508, 5120, load_ptm_templates, MONOMER_1);
PTM(2, 508, 1024, load_ptm_templates, MONOMER_1);
PTM(3, 512, 5120, load_ptm, MONOMER_3);
PTM(4, 512, 5120, load_ptm, MONOMER_3);
PTM(5, 512, 1024, load_ptm, MONOMER_3);
MULTIMER(1, 2048, "alphafold2_multimer");
MULTIMER(2, 2048, NULL);
MULTIMER(3, 2048, NULL);
MULTIMER(4, 1152, NULL);
MULTIMER(5, 1152, NULL);
