/* From an antibody's predicted atoms to its structure.
 * SPDX-License-Identifier: MIT */
#include "folding/antibody_structure.h"

#include <stdio.h>
#include <string.h>

#include "data/residue.h"
#include "data/structure.h"
#include "geometry/idealise.h"
#include "geometry/sanity.h"

enum { ATOMS = 14, GLYCINE = 7, BACKBONE_ATOMS = 4 };

/* What geometry wants to know of each residue: its type (glycine for X, which has a backbone only) and its chain. */
typedef struct residue_lists {
  int32_t *types, *chains;
} residue_lists;

static pleat_status list_residues(const pleat_features *features, pleat_pool *pool, residue_lists *lists) {
  PLEAT_TRY(pleat_pool_take(pool, (size_t)features->length, sizeof *lists->types, &lists->types));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)features->length, sizeof *lists->chains, &lists->chains));
  for (int64_t i = 0; i < features->length; i++)
    lists->types[i] = features->type[i] == PLEAT_RESIDUE_UNKNOWN ? GLYCINE : features->type[i];
  for (int64_t c = 0, at = 0; c < features->chains; at += features->chain_length[c++])
    for (int64_t i = 0; i < features->chain_length[c]; i++) lists->chains[at + i] = (int32_t)c;
  return PLEAT_OK;
}

/* The result's atoms as geometry sees them. */
static pleat_status describe_model(const pleat_features *features, pleat_result *result, pleat_sanity_model *model) {
  residue_lists lists;
  PLEAT_TRY(list_residues(features, &result->pool, &lists));
  *model = (pleat_sanity_model){.positions = pleat_result_find(result, "positions"),
                                .types = lists.types,
                                .chains = lists.chains,
                                .length = (size_t)features->length};
  return PLEAT_OK;
}

pleat_status pleat_antibody_structure_idealise(const pleat_features *features, pleat_result *result) {
  pleat_idealise_report report;
  pleat_sanity_model model;
  PLEAT_TRY(describe_model(features, result, &model));
  PLEAT_TRY(pleat_idealise(result->context, &model, pleat_result_find(result, "positions"), &report));
  pleat_log(result->context, PLEAT_LOG_INFO,
            "%s: idealised in %d steps: peptide bonds %.3f -> %.3f angstrom on average, bond deviation %.3f -> %.3f, "
            "atoms moved "
            "%.3f rms, %.3f at most",
            result->name, report.iterations, report.c_n_before, report.c_n_after, report.bond_rms_before,
            report.bond_rms_after, report.moved_rms, report.moved_most);
  float *rms, *most;
  PLEAT_TRY(pleat_result_add_array(result, "idealise_moved_rms", 1, (size_t[]){1}, &rms)); /* angstrom */
  PLEAT_TRY(pleat_result_add_array(result, "idealise_moved_most", 1, (size_t[]){1}, &most));
  *rms = (float)report.moved_rms;
  *most = (float)report.moved_most;
  return PLEAT_OK;
}

static pleat_status check_sanity(const pleat_features *features, pleat_result *result) {
  pleat_geometry_report report;
  pleat_sanity_model model;
  char reason[512];
  PLEAT_TRY(describe_model(features, result, &model));
  PLEAT_TRY(pleat_sanity_measure(result->context, &model, &report));
  result->sane = pleat_sanity_passes(&report, reason, sizeof reason);
  return result->sane ? PLEAT_OK : pleat_result_warn(result, "%s", reason);
}

/* One residue in atom37 order, as the published code and ColabFold write them. */
static pleat_status add_residue(pleat_structure *structure, const pleat_structure_record *base, int type,
                                const float *atoms) {
  const pleat_residue_type *residue = &pleat_residue_types[type];
  for (int i = 0; i < PLEAT_RESIDUE_ATOM37; i++) {
    const char *name = pleat_residue_atom37_names[i];
    int place = pleat_residue_atom14_index(type, name);
    if (place < 0 || (type == PLEAT_RESIDUE_UNKNOWN && place >= BACKBONE_ATOMS)) continue;
    pleat_structure_record atom = *base;
    memcpy(atom.site.residue_name, residue->name, sizeof residue->name);
    memcpy(atom.site.name, name, sizeof pleat_residue_atom37_names[i]);
    atom.site.element[0] = pleat_residue_atom_element(name);
    for (int d = 0; d < 3; d++) atom.site.position[d] = (double)atoms[3 * place + d];
    PLEAT_TRY(pleat_structure_add_atom(structure, &atom));
  }
  return PLEAT_OK;
}

static pleat_status add_residues(const pleat_features *features, pleat_antibody_structure_atoms atoms,
                                 pleat_structure *structure) {
  int64_t row = 0;
  for (int c = 0; c < features->chains; c++) {
    for (int64_t i = 0; i < features->chain_length[c]; i++, row++) {
      pleat_structure_record base = {.site = {.residue_number = (int)i + 1,
                                              .insertion_code = ' ',
                                              .alternate = ' ',
                                              .occupancy = 1,
                                              .b_factor = atoms.plddt[row]}};
      snprintf(base.site.chain, sizeof base.site.chain, "%s", features->chain_id[c]);
      PLEAT_TRY(add_residue(structure, &base, features->type[row], atoms.positions + row * ATOMS * 3));
    }
  }
  return PLEAT_OK;
}

pleat_status pleat_antibody_structure_make(const pleat_features *features, const pleat_result *result,
                                           pleat_antibody_structure_atoms atoms, pleat_structure **out) {
  pleat_structure *structure;
  pleat_structure_origin origin = {.title = result->name,
                                   .model_name = result->model,
                                   .software_version = pleat_version(),
                                   .weights_sha256 = result->sha256,
                                   .license = result->license,
                                   .citation = result->citation,
                                   .has_plddt = true,
                                   .aligned = features->msa != NULL,
                                   .templated = features->templates != NULL,
                                   .pae = atoms.pae,
                                   .has_iptm = atoms.iptm != NULL,
                                   .ptm = atoms.ptm ? (double)*atoms.ptm : 0,
                                   .iptm = atoms.iptm ? (double)*atoms.iptm : 0};
  *out = NULL;
  PLEAT_TRY(pleat_structure_create(result->context, &structure));
  pleat_status status = add_residues(features, atoms, structure);
  if (!status) status = pleat_structure_set_origin(structure, &origin);
  if (!status) status = pleat_structure_finish(structure);
  if (status) pleat_structure_free(structure);
  else *out = structure;
  return status;
}

pleat_status pleat_antibody_structure_build(const pleat_features *features, pleat_result *result) {
  const pleat_antibody_structure_atoms atoms = {.positions = pleat_result_find(result, "positions"),
                                                .plddt = pleat_result_find(result, "plddt"),
                                                .pae = pleat_result_find(result, "predicted_aligned_error"),
                                                .ptm = pleat_result_find(result, "ptm"),
                                                .iptm = pleat_result_find(result, "iptm")};
  PLEAT_TRY(check_sanity(features, result));
  return pleat_antibody_structure_make(features, result, atoms, &result->structure);
}
