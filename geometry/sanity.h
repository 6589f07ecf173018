/* The sanity gate of a predicted structure: finite, connected, without impossible clashes, left-handed amino acids.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_SANITY_H
#define PLEAT_GEOMETRY_SANITY_H

#include <stdint.h>

#include "lib/memory.h"

/* Atoms of a model: positions (L,14,3) in angstrom, types (L), chains (L): residues i and i + 1 are joined when their
 * chain is the same. Type X has no atoms here; pass glycine for a backbone. */
typedef struct pleat_sanity_model {
  const float *positions;
  const int32_t *types, *chains;
  size_t length;
} pleat_sanity_model;

typedef struct pleat_geometry_report {
  size_t residues;
  size_t not_finite;      /* atoms with a NaN or infinite coordinate */
  size_t bonds;           /* peptide bonds there should be */
  double c_n_mean;        /* angstrom */
  double c_n_longest;     /* angstrom; 0 without a bond */
  size_t breaks;          /* peptide bonds longer than PLEAT_SANITY_BREAK */
  size_t first_break;     /* residue (from 0) before the first break */
  double ca_ca_mean;      /* angstrom, joined neighbours */
  size_t clashes;         /* pairs overlapping by more than PLEAT_SANITY_OVERLAP */
  size_t impossible;      /* pairs nearer than PLEAT_SANITY_NEAREST */
  double nearest;         /* angstrom, the nearest pair that is not bonded; 0 when there is no clash */
  size_t wrong_hands;     /* residues whose CA is right-handed (D) */
  size_t first_wrong_hand;
} pleat_geometry_report;

/* A peptide bond (1.33 angstrom) longer than this cannot be one, however distorted. */
#define PLEAT_SANITY_BREAK 2.5
/* How much two van der Waals spheres may overlap before it is called a clash (AlphaFold 2's violation tolerance). */
#define PLEAT_SANITY_OVERLAP 1.5
/* Two atoms that are not bonded cannot be nearer than this: it is shorter than their bond would be. */
#define PLEAT_SANITY_NEAREST 1.0
/* So many residues may have one such pair among them: good antibody models have up to 7 in 232 residues, where side
 * chains of a long loop run into each other; collapsed ones have one in 6 residues. */
#define PLEAT_SANITY_RESIDUES_PER_PAIR 25

/* Measures the model. Pairs within a residue, of joined neighbours' peptide units, and of two cysteines' sulphurs are
 * not clashes. */
pleat_status pleat_sanity_measure(pleat_context *context, const pleat_sanity_model *model,
                                  pleat_geometry_report *report);

/* True when the model is finite, unbroken, not full of impossible pairs of atoms and without right-handed residues;
 * else `reason` gets one sentence. */
bool pleat_sanity_passes(const pleat_geometry_report *report, char *reason, size_t capacity);

#endif
