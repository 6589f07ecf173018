/* AlphaFold 2, monomer models: from an alignment (or stored features) through recycling to a structure with confidences.
 * SPDX-License-Identifier: MIT
 *
 * Jumper et al., Nature 596, 583 (2021). Code and weights published by DeepMind; weights CC BY 4.0. Models 1 and 2 were
 * trained with templates, 3 to 5 without; the _ptm ones also predict aligned errors. Which rows of the alignment a model
 * takes: supplement table 5. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/residue.h"
#include "folding/alphafold.h"
#include "folding/alphafold_features.h"
#include "folding/antibody_structure.h"
#include "folding/model.h"
#include "folding/stored_features.h"
#include "geometry/residue_geometry.h"
#include "geometry/torsion.h"
#include "lib/context.h"
#include "msa/msa.h"

enum { OPTION_RECYCLES, OPTION_TOLERANCE, OPTION_SEED, OPTION_CLUSTERS, OPTION_EXTRA, OPTION_SAVE_ALL };
enum { ATOMS = 14, ATOMS_37 = 37, GLYCINE = 7, RESOLVED = 37, BACKBONE = 4 };
static const float largest_error = 31.75f; /* centre of the last bin */

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

/* What a prediction has at hand; `result` NULL while measuring. */
typedef struct fold_run {
  pleat_run *run;
  const pleat_alphafold *network;
  const pleat_features *features;
  const double *option;
  pleat_result *result;
  const pleat_msa *rows; /* NULL: stored features */
  int64_t length;        /* L, padding included */
  int pass;
  pleat_alphafold_input input;
  pleat_alphafold_state state;
  pleat_alphafold_output output;
  float *alphas, *before; /* (L,3) of this pass and the one before */
  float *plddt, *logits;  /* (L), (L,50) */
  pleat_aligned_error error;
} fold_run;

static bool is_real(const fold_run *f) { return !pleat_run_idle(f->run); }

/* An array of the result under the name that the published code's recordings give it; NULL while idle. */
static float *take_array(fold_run *f, const char *name, int rank, const int64_t *shape) {
  float *data = NULL;
  char path[96];
  size_t sizes[4];
  if (!is_real(f)) return NULL;
  for (int d = 0; d < rank; d++) sizes[d] = (size_t)shape[d];
  if (*name == '/') snprintf(path, sizeof path, "final%s", name);
  else snprintf(path, sizeof path, "recycle%d/out/%s", f->pass, name);
  f->run->status = pleat_result_add_array(f->result, path, rank, sizes, &data);
  return data;
}

static void keep_copy(fold_run *f, const char *name, const float *x, int rank, const int64_t *shape) {
  int64_t count = 1;
  for (int d = 0; d < rank; d++) count *= shape[d];
  float *data = take_array(f, name, rank, shape);
  if (is_real(f)) memcpy(data, x, (size_t)count * sizeof *data);
}

static void keep_number(fold_run *f, const char *name, double x) { keep_copy(f, name, &(float){(float)x}, 0, NULL); }

/* Positions and mask in the order of atom37; padding and what a residue has not are 0. */
static void keep_atoms(fold_run *f, bool last) {
  int64_t L = f->length, shape[] = {L, ATOMS_37, 3};
  float *atoms = take_array(f, "structure_module/final_atom_positions", 3, shape);
  float *mask = take_array(f, "structure_module/final_atom_mask", 2, shape);
  for (int64_t i = 0; is_real(f) && i < L; i++)
    for (int place = 0; place < ATOMS; place++) {
      int type = f->input.types[i];
      const char *name = type < PLEAT_RESIDUE_UNKNOWN ? pleat_residue_types[type].atom14[place] : "";
      if (!*name || f->input.mask[i] == 0) continue;
      int64_t at = i * ATOMS_37 + pleat_residue_atom37_index(name);
      memcpy(atoms + at * 3, f->output.structure.positions + (i * ATOMS + place) * 3, 3 * sizeof *atoms);
      mask[at] = 1;
    }
  if (!last) return;
  keep_copy(f, "/structure_module/final_atom_positions", atoms, 3, shape);
  keep_copy(f, "/structure_module/final_atom_mask", mask, 2, shape);
}

/* The heads whose numbers nobody asks for but --save-all. */
static void keep_heads(fold_run *f) {
  const pleat_alphafold_heads *h = &f->network->heads;
  int64_t L = f->length, S = f->input.sequences, bins = h->masked_msa.linear.out;
  float *x = take_array(f, "distogram/logits", 3, (int64_t[]){L, L, PLEAT_DISTANCE_BINS});
  pleat_alphafold_distance_logits(f->run, h, L, f->state.z, (int64_t[]){0, L}, x);
  x = take_array(f, "masked_msa/logits", 3, (int64_t[]){S, L, bins});
  pleat_dense_forward(f->run, &h->masked_msa, S * L, f->output.m, PLEAT_ACTIVATION_NONE, x);
  x = take_array(f, "experimentally_resolved/logits", 2, (int64_t[]){L, RESOLVED});
  pleat_dense_forward(f->run, &h->resolved, L, f->output.single, PLEAT_ACTIVATION_NONE, x);
  if (!h->has_error) return;
  x = take_array(f, "predicted_aligned_error/logits", 3, (int64_t[]){L, L, PLEAT_ERROR_BINS});
  pleat_dense_forward(f->run, &h->error, L * L, f->state.z, PLEAT_ACTIVATION_NONE, x);
}

static void keep_pass(fold_run *f, bool last) {
  int64_t L = f->length, c = f->network->single.linear.out, s = f->network->structure.attention.channels;
  int64_t z = f->network->embed.left.linear.out, m = f->network->embed.target.linear.out;
  keep_copy(f, "representations/single", f->output.single, 2, (int64_t[]){L, c});
  keep_copy(f, "representations/pair", f->state.z, 3, (int64_t[]){L, L, z});
  keep_copy(f, "representations/msa_first_row", f->state.first_row, 2, (int64_t[]){L, m});
  keep_copy(f, "representations/structure_module", f->output.structure.s, 2, (int64_t[]){L, s});
  keep_copy(f, "predicted_lddt/logits", f->logits, 2, (int64_t[]){L, PLEAT_PLDDT_BINS});
  keep_heads(f);
  keep_atoms(f, last);
}

static double mean(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i];
  return sum / (double)count;
}

static void keep_final(fold_run *f) {
  float edges[PLEAT_DISTANCE_BINS - 1];
  int64_t L = f->length;
  for (int b = 0; b < PLEAT_DISTANCE_BINS - 1; b++) edges[b] = 2.3125f + 0.3125f * (float)b;
  keep_copy(f, "/distogram/bin_edges", edges, 1, (int64_t[]){PLEAT_DISTANCE_BINS - 1});
  keep_copy(f, "/plddt", f->plddt, 1, &L);
  keep_number(f, "/ranking_confidence", is_real(f) ? mean(f->plddt, L) : 0);
  if (!f->network->heads.has_error) return;
  keep_copy(f, "/predicted_aligned_error", f->error.pae, 2, (int64_t[]){L, L});
  keep_number(f, "/max_predicted_aligned_error", (double)largest_error);
  keep_number(f, "/ptm", f->error.ptm);
}

/* ---- Results ---- */

/* The network gives X no atoms; its backbone comes from its frame, as glycine's. */
static void place_unknown(const fold_run *f, int64_t i, float *positions) {
  const int32_t glycine = GLYCINE;
  float backbone[12], frames[96], atoms[ATOMS * 3];
  for (int k = 0; k < 12; k++) backbone[k] = f->output.structure.frames[i * 12 + k] * (k >= 9 ? f->network->structure.unit : 1);
  pleat_torsion_to_frames(1, &glycine, f->output.structure.torsions + i * 14, backbone, frames);
  pleat_frames_to_atom14(1, &glycine, frames, atoms);
  memcpy(positions, atoms, BACKBONE * 3 * sizeof *positions);
}

/* What every user gets: residues without padding. */
static void store(fold_run *f) {
  int64_t N = f->features->length, L = f->length;
  float *positions = pleat_result_find(f->result, "positions"), *plddt = pleat_result_find(f->result, "plddt");
  float *pae = pleat_result_find(f->result, "predicted_aligned_error"), *ptm = pleat_result_find(f->result, "ptm");
  memcpy(positions, f->output.structure.positions, (size_t)(N * ATOMS * 3) * sizeof *positions);
  for (int64_t i = 0; i < N; i++)
    if (f->features->type[i] == PLEAT_RESIDUE_UNKNOWN) place_unknown(f, i, positions + i * ATOMS * 3);
  memcpy(plddt, f->plddt, (size_t)N * sizeof *plddt);
  for (int64_t i = 0; pae && i < N; i++) memcpy(pae + i * N, f->error.pae + i * L, (size_t)N * sizeof *pae);
  if (ptm) *ptm = (float)f->error.ptm;
}

/* ---- Passes ---- */

/* Root mean square change of the distances between C-alpha atoms since the pass before, angstrom. */
static double change(const fold_run *f) {
  int64_t N = f->features->length;
  double sum = 0;
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < N; j++) {
      double now = 0, before = 0;
      for (int d = 0; d < 3; d++) {
        now += pow((double)f->alphas[3 * i + d] - (double)f->alphas[3 * j + d], 2);
        before += pow((double)f->before[3 * i + d] - (double)f->before[3 * j + d], 2);
      }
      sum += pow(sqrt(now) - sqrt(before), 2);
    }
  return sqrt(sum / (double)(N * N) + 1e-8);
}

/* The line that ColabFold writes, and whether the structure changed so little that the next pass is not needed. */
static bool report(fold_run *f) {
  char ptm[32] = "", tolerance[32] = "";
  for (int64_t i = 0; i < f->length; i++)
    memcpy(f->alphas + 3 * i, f->output.structure.positions + (i * ATOMS + PLEAT_ATOM_CA) * 3, 3 * sizeof(float));
  double moved = f->pass ? change(f) : INFINITY;
  memcpy(f->before, f->alphas, (size_t)(3 * f->length) * sizeof(float));
  if (f->network->heads.has_error) snprintf(ptm, sizeof ptm, " pTM=%.3g", f->error.ptm);
  if (f->pass) snprintf(tolerance, sizeof tolerance, " tol=%.3g", moved);
  pleat_log(f->run->context, PLEAT_LOG_INFO, "%s recycle=%d pLDDT=%.3g%s%s", f->features->name, f->pass,
            mean(f->plddt, f->features->length), ptm, tolerance);
  return moved < f->option[OPTION_TOLERANCE];
}

static void make_input(fold_run *f) {
  const pleat_alphafold_drawing drawing = {(int64_t)f->option[OPTION_CLUSTERS], (int64_t)f->option[OPTION_EXTRA],
                                           (uint64_t)f->option[OPTION_SEED], (uint32_t)f->pass};
  if (f->rows) pleat_alphafold_features_make(f->run, f->features, f->rows, &drawing, &f->input);
  else f->input = f->features->stored->inputs[f->pass];
}

/* One pass; true when it is the last one needed. */
static bool run_pass(fold_run *f, int passes) {
  const pleat_alphafold_heads *heads = &f->network->heads;
  pleat_run_progress(f->run, (double)f->pass / passes, "recycle");
  make_input(f);
  pleat_alphafold_pass(f->run, f->network, &f->input, &f->state, &f->output);
  pleat_alphafold_plddt_logits(f->run, heads, f->length, f->output.structure.s, f->logits);
  if (is_real(f)) pleat_alphafold_plddt(f->length, f->logits, f->plddt);
  if (heads->has_error) pleat_alphafold_error(f->run, heads, f->length, f->state.z, NULL, &f->error);
  bool last = f->pass == passes - 1;
  if (is_real(f)) last = report(f) || last;
  if (f->option[OPTION_SAVE_ALL] != 0) keep_pass(f, last);
  if (last && f->option[OPTION_SAVE_ALL] != 0) keep_final(f);
  if (last && is_real(f)) store(f);
  return last;
}

static void run_passes(fold_run *f) {
  pleat_run *run = f->run;
  int64_t L = f->length;
  const pleat_stored_features *stored = f->features->stored;
  int passes = (int)f->option[OPTION_RECYCLES] + 1;
  if (stored && stored->passes < passes) passes = stored->passes;
  size_t start = pleat_arena_mark(run->arena);
  pleat_alphafold_state_take(run, f->network, L, &f->state);
  f->alphas = pleat_run_take(run, 3 * L);
  f->before = pleat_run_take(run, 3 * L);
  f->plddt = pleat_run_take(run, L);
  f->logits = pleat_run_take(run, L * PLEAT_PLDDT_BINS);
  f->error.pae = f->network->heads.has_error ? pleat_run_take(run, L * L) : NULL;
  for (bool last = false; !last && !run->status; f->pass++) {
    size_t mark = pleat_arena_mark(run->arena);
    last = run_pass(f, passes);
    pleat_arena_release(run->arena, mark);
  }
  pleat_arena_release(run->arena, start);
}

static void forward(pleat_run *run, const void *weights, const pleat_pass *pass) {
  const pleat_features *features = &pass->features[0];
  pleat_msa *rows = NULL;
  fold_run f = {.run = run, .network = ((const alphafold_weights *)weights)->network, .features = features,
                .option = pass->option, .result = pass->results ? pass->results[0] : NULL};
  f.length = features->stored ? features->stored->inputs[0].length : features->length;
  if (!features->stored && !run->status) run->status = pleat_alphafold_features_rows(run->context, features, &rows);
  f.rows = rows;
  if (!run->status) run_passes(&f);
  pleat_msa_free(rows);
}

static pleat_status finish(const pleat_features *features, const double *option, pleat_result *result) {
  result->seed = (uint64_t)option[OPTION_SEED];
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
