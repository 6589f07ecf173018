/* From an antibody's predicted atoms to its structure: idealised on request, checked, with warnings.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ANTIBODY_STRUCTURE_H
#define PLEAT_FOLDING_ANTIBODY_STRUCTURE_H

#include "folding/features.h"
#include "folding/result.h"

/* Moves the result's "positions" to standard bond lengths and angles, and reports in the log how far atoms moved. */
pleat_status pleat_antibody_structure_idealise(const pleat_features *features, pleat_result *result);

/* Makes result->structure from "positions" and "plddt"; X becomes UNK with N, CA, C, O. Checks that it is finite,
 * connected, free of impossible clashes and left-handed nowhere; what fails becomes a warning and result->sane false.
 */
pleat_status pleat_antibody_structure_build(const pleat_features *features, pleat_result *result);

/* A structure of the result's residues, not checked: positions (L,14,3), plddt (L); the errors of a whole prediction. */
typedef struct pleat_antibody_structure_atoms {
  const float *positions, *plddt;
  const float *pae, *ptm, *iptm; /* NULL: none */
} pleat_antibody_structure_atoms;
pleat_status pleat_antibody_structure_make(const pleat_features *features, const pleat_result *result,
                                           pleat_antibody_structure_atoms atoms, pleat_structure **structure);

#endif
