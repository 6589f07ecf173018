/* Copies what a pass left to the result's arrays, padding cut off where users look, kept where recordings have it.
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_keep.h"

#include <stdio.h>
#include <string.h>

#include "data/residue.h"
#include "folding/antibody_structure.h"
#include "geometry/residue_geometry.h"
#include "geometry/torsion.h"
#include "lib/trace.h"

enum { ATOMS = 14, ATOMS_37 = 37, GLYCINE = 7, RESOLVED = 37, BACKBONE = 4 };
static const float largest_error = 31.75f; /* centre of the last bin */
static const char pass_positions[] = "structure_module/positions", pass_plddt[] = "predicted_lddt/plddt";

/* ---- Outputs of every pass ---- */

/* An array of the result under the name that the published code's recordings give it; NULL while idle, when it is counted. */
static float *take_array(pleat_alphafold_run *f, const char *name, int rank, const int64_t *shape) {
  float *data = NULL;
  char path[96];
  size_t sizes[4], bytes = sizeof *data;
  for (int d = 0; d < rank; d++) bytes *= sizes[d] = (size_t)shape[d];
  f->run->kept += bytes;
  if (!pleat_alphafold_run_is_real(f)) return NULL;
  if (*name == '/') snprintf(path, sizeof path, "final%s", name);
  else if (!strchr(name, '/')) snprintf(path, sizeof path, "%s", name);
  else snprintf(path, sizeof path, "recycle%d/out/%s", f->pass, name);
  f->run->status = pleat_result_add_array(f->result, path, rank, sizes, &data);
  return data;
}

static void keep_copy(pleat_alphafold_run *f, const char *name, const float *x, int rank, const int64_t *shape) {
  int64_t count = 1;
  for (int d = 0; d < rank; d++) count *= shape[d];
  float *data = take_array(f, name, rank, shape);
  if (pleat_alphafold_run_is_real(f)) memcpy(data, x, (size_t)count * sizeof *data);
}

static void keep_number(pleat_alphafold_run *f, const char *name, double x) {
  keep_copy(f, name, &(float){(float)x}, 0, NULL);
}

/* Positions (L,37,3) and mask (L,37) in the order of atom37, of zeros; padding and what a residue has not stay 0. */
static void fill_atoms(const pleat_alphafold_run *f, float *atoms, float *mask) {
  for (int64_t i = 0; pleat_alphafold_run_is_real(f) && i < f->length; i++)
    for (int place = 0; place < ATOMS; place++) {
      int type = f->input.types[i];
      const char *name = type < PLEAT_RESIDUE_UNKNOWN ? pleat_residue_types[type].atom14[place] : "";
      if (!*name || f->input.mask[i] == 0) continue;
      int64_t at = i * ATOMS_37 + pleat_residue_atom37_index(name);
      memcpy(atoms + at * 3, f->output.structure.positions + (i * ATOMS + place) * 3, 3 * sizeof *atoms);
      mask[at] = 1;
    }
}

static void keep_atoms(pleat_alphafold_run *f, bool last) {
  int64_t L = f->length, shape[] = {L, ATOMS_37, 3};
  float *atoms = take_array(f, "structure_module/final_atom_positions", 3, shape);
  float *mask = take_array(f, "structure_module/final_atom_mask", 2, shape);
  fill_atoms(f, atoms, mask);
  if (!last) return;
  keep_copy(f, "/structure_module/final_atom_positions", atoms, 3, shape);
  keep_copy(f, "/structure_module/final_atom_mask", mask, 2, shape);
}

void pleat_alphafold_trace_atoms(pleat_alphafold_run *f, bool last) {
  int64_t L = f->length, count = L * ATOMS_37 * 4;
  if (!f->run->trace) return;
  size_t mark = pleat_arena_mark(f->run->arena);
  float *atoms = pleat_run_take(f->run, count), *mask = atoms + L * ATOMS_37 * 3;
  if (pleat_alphafold_run_is_real(f)) memset(atoms, 0, (size_t)count * sizeof *atoms);
  fill_atoms(f, atoms, mask);
  pleat_trace_emit(f->run, atoms, L, ATOMS_37, 3, 0, "structure_module/final_atom_positions");
  pleat_trace_emit(f->run, mask, L, ATOMS_37, 0, 0, "structure_module/final_atom_mask");
  pleat_trace_begin(f->run, "recycle%d/in/", f->pass + 1);
  if (!last) pleat_trace_emit(f->run, atoms, L, ATOMS_37, 3, 0, "prev_pos");
  pleat_arena_release(f->run->arena, mark);
}

static void keep_chains(pleat_alphafold_run *f) {
  if (!f->input.asym) return;
  float *asym = take_array(f, "predicted_aligned_error/asym_id", 1, &f->length);
  for (int64_t i = 0; pleat_alphafold_run_is_real(f) && i < f->length; i++) asym[i] = (float)f->input.asym[i];
}

/* The heads whose numbers nobody asks for but --save-all. */
static void keep_heads(pleat_alphafold_run *f) {
  const pleat_alphafold_heads *h = &f->network->heads;
  int64_t L = f->length, S = f->input.sequences, bins = h->masked_msa.linear.out;
  float *x = take_array(f, "distogram/logits", 3, (int64_t[]){L, L, PLEAT_DISTANCE_BINS});
  pleat_alphafold_distance_logits(f->run, h, L, f->state.z, (int64_t[]){0, L}, x);
  x = take_array(f, "masked_msa/logits", 3, (int64_t[]){S, L, bins});
  pleat_dense_forward(f->run, &h->masked_msa, S * L, f->output.m, PLEAT_ACTIVATION_NONE, x);
  x = take_array(f, "experimentally_resolved/logits", 2, (int64_t[]){L, RESOLVED});
  pleat_dense_forward(f->run, &h->resolved, L, f->output.single, PLEAT_ACTIVATION_NONE, x);
  if (!h->has_error) return;
  keep_chains(f);
  x = take_array(f, "predicted_aligned_error/logits", 3, (int64_t[]){L, L, PLEAT_ERROR_BINS});
  pleat_dense_forward(f->run, &h->error, L * L, f->state.z, PLEAT_ACTIVATION_NONE, x);
}

void pleat_alphafold_keep_pass(pleat_alphafold_run *f, bool last) {
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

double pleat_alphafold_mean(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i];
  return sum / (double)count;
}

/* Evans et al. 2021 */
static double rank_complex(double iptm, double ptm) { return 0.8 * iptm + 0.2 * ptm; }

void pleat_alphafold_keep_final(pleat_alphafold_run *f) {
  float edges[PLEAT_DISTANCE_BINS - 1];
  int64_t L = f->length;
  for (int b = 0; b < PLEAT_DISTANCE_BINS - 1; b++) edges[b] = 2.3125f + 0.3125f * (float)b;
  keep_copy(f, "/distogram/bin_edges", edges, 1, (int64_t[]){PLEAT_DISTANCE_BINS - 1});
  keep_copy(f, "/plddt", f->plddt, 1, &L);
  if (!f->input.asym)
    keep_number(f, "/ranking_confidence", pleat_alphafold_run_is_real(f) ? pleat_alphafold_mean(f->plddt, L) : 0);
  if (!f->network->heads.has_error) return;
  keep_copy(f, "/predicted_aligned_error", f->error.pae, 2, (int64_t[]){L, L});
  keep_number(f, "/max_predicted_aligned_error", (double)largest_error);
  keep_number(f, "/ptm", f->error.ptm);
  if (!f->input.asym) return;
  keep_number(f, "/iptm", f->error.iptm);
  keep_number(f, "/ranking_confidence", rank_complex(f->error.iptm, f->error.ptm));
  keep_number(f, "/num_recycles", f->pass);
}

/* ---- Results ---- */

/* The network gives X no atoms; its backbone comes from its frame, as glycine's. */
static void place_unknown(const pleat_alphafold_run *f, int64_t i, float *positions) {
  const int32_t glycine = GLYCINE;
  float backbone[12], frames[96], atoms[ATOMS * 3];
  for (int k = 0; k < 12; k++)
    backbone[k] = f->output.structure.frames[i * 12 + k] * (k >= 9 ? f->network->structure.unit : 1);
  pleat_torsion_to_frames(1, &glycine, f->output.structure.torsions + i * 14, backbone, frames);
  pleat_frames_to_atom14(1, &glycine, frames, atoms);
  memcpy(positions, atoms, BACKBONE * 3 * sizeof *positions);
}

/* A complex: how sure its chains' places are, all together and two by two. */
static void store_chains(pleat_alphafold_run *f) {
  size_t n = (size_t)f->features->chains;
  float *pairs, *chains;
  *pleat_result_find(f->result, "iptm") = (float)f->error.residue_iptm;
  *pleat_result_find(f->result, "ranking_confidence") =
      (float)rank_complex(f->error.residue_iptm, f->error.residue_ptm);
  f->run->status = pleat_result_add_array(f->result, "chain_pair_iptm", 2, (size_t[]){n, n}, &pairs);
  if (!f->run->status) f->run->status = pleat_result_add_array(f->result, "chain_ptm", 1, (size_t[]){n}, &chains);
  for (size_t c = 0; c < n * n && !f->run->status; c++) pairs[c] = (float)f->error.pairs[c];
  for (size_t c = 0; c < n && !f->run->status; c++) chains[c] = pairs[c * n + c];
}

/* positions (N,14,3) of the residues without padding. */
static void copy_positions(const pleat_alphafold_run *f, float *positions) {
  int64_t N = f->features->length;
  memcpy(positions, f->output.structure.positions, (size_t)(N * ATOMS * 3) * sizeof *positions);
  for (int64_t i = 0; i < N; i++)
    if (f->features->type[i] == PLEAT_RESIDUE_UNKNOWN) place_unknown(f, i, positions + i * ATOMS * 3);
}

void pleat_alphafold_keep_recycle(pleat_alphafold_run *f) {
  int64_t N = f->features->length;
  float *positions = take_array(f, pass_positions, 3, (int64_t[]){N, ATOMS, 3});
  keep_copy(f, pass_plddt, f->plddt, 1, &N);
  if (pleat_alphafold_run_is_real(f)) copy_positions(f, positions);
}

static float *find_of_pass(const pleat_result *result, size_t pass, const char *name) {
  char path[96];
  snprintf(path, sizeof path, "recycle%zu/out/%s", pass, name);
  return pleat_result_find(result, path);
}

pleat_status pleat_alphafold_keep_structures(const pleat_features *features, pleat_result *result) {
  size_t count = 0;
  while (find_of_pass(result, count, pass_positions)) count++;
  PLEAT_TRY(pleat_pool_take(&result->pool, count, sizeof *result->sample_structures, &result->sample_structures));
  PLEAT_TRY(pleat_pool_take(&result->pool, count, sizeof *result->sample_sequences, &result->sample_sequences));
  result->samples = count;
  for (size_t r = 0; r < count; r++) {
    const pleat_antibody_structure_atoms atoms = {.positions = find_of_pass(result, r, pass_positions),
                                                  .plddt = find_of_pass(result, r, pass_plddt)};
    result->sample_sequences[r] = ""; /* the query's own, always */
    PLEAT_TRY(pleat_antibody_structure_make(features, result, atoms, &result->sample_structures[r]));
  }
  return PLEAT_OK;
}

void pleat_alphafold_keep_representations(pleat_alphafold_run *f) {
  int64_t N = f->features->length, c = f->network->single.linear.out, z = f->network->embed.left.linear.out;
  if (f->option[PLEAT_ALPHAFOLD_SAVE_SINGLE] != 0)
    keep_copy(f, "single_representation", f->output.single, 2, (int64_t[]){N, c});
  if (f->option[PLEAT_ALPHAFOLD_SAVE_PAIR] == 0) return;
  float *pair = take_array(f, "pair_representation", 3, (int64_t[]){N, N, z});
  for (int64_t i = 0; pleat_alphafold_run_is_real(f) && i < N; i++)
    memcpy(pair + i * N * z, f->state.z + i * f->length * z, (size_t)(N * z) * sizeof *pair);
}

/* What every user gets: residues without padding. */
void pleat_alphafold_keep_result(pleat_alphafold_run *f) {
  int64_t N = f->features->length, L = f->length;
  float *positions = pleat_result_find(f->result, "positions"), *plddt = pleat_result_find(f->result, "plddt");
  float *pae = pleat_result_find(f->result, "predicted_aligned_error"), *ptm = pleat_result_find(f->result, "ptm");
  copy_positions(f, positions);
  memcpy(plddt, f->plddt, (size_t)N * sizeof *plddt);
  for (int64_t i = 0; pae && i < N; i++) memcpy(pae + i * N, f->error.pae + i * L, (size_t)N * sizeof *pae);
  if (ptm) *ptm = (float)f->error.residue_ptm;
  if (f->features->asym) store_chains(f);
}
