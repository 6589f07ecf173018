/* A template's atoms as numbers: CB positions, backbone frames, torsion angles.
 * SPDX-License-Identifier: MIT
 *
 * Sums and quotients are float32 in the published code's order: where a torsion angle is not defined (the residue
 * before is missing), what the network sees is made of rounding errors, and this is as near as one can come to it. */
#ifndef PLEAT_FOLDING_TEMPLATE_FEATURES_H
#define PLEAT_FOLDING_TEMPLATE_FEATURES_H

#include <stdint.h>

/* Atoms in atom37 order (data/residue.h). */
typedef struct pleat_template_atoms {
  int64_t length;
  const int32_t *types;   /* (L) 0..21: 20 unknown, 21 gap */
  const float *positions; /* (L,37,3) angstrom, 0 where there is no atom */
  const float *present;   /* (L,37) 1 or 0 */
} pleat_template_atoms;

/* beta (L,3): CB, of glycine CA; mask (L). */
void pleat_template_beta(const pleat_template_atoms *atoms, float *beta, float *mask);

/* frames (L,12) at CA: x towards C, N in the xy plane; mask (L): N, CA and C are there. Identity elsewhere. */
void pleat_template_frames(const pleat_template_atoms *atoms, float *frames, float *mask);

/* Torsions (L,7,2) as (sin, cos) of omega, phi, psi, chi1..chi4, and mask (L,7). Omega is that of the bond to the
 * residue before; psi is that of N, CA, C, O, turned by pi. Undefined angles are not set to anything particular. */
void pleat_template_torsions(const pleat_template_atoms *atoms, float *torsions, float *mask);

/* features (L,57) of a monomer's network: type one-hot (22), torsions, torsions with the other name of atoms that a
 * half turn swaps, mask; row_mask (L): psi is defined. */
enum { PLEAT_TEMPLATE_MONOMER_FEATURES = 57, PLEAT_TEMPLATE_MULTIMER_FEATURES = 34, PLEAT_TEMPLATE_TYPES = 22 };
void pleat_template_monomer_features(const pleat_template_atoms *atoms, float *features, float *row_mask);

/* features (L,34) of a multimer's: type one-hot (22), sin chi, cos chi, mask, each (4), 0 where not defined; row_mask
 * (L): chi1 is defined. */
void pleat_template_multimer_features(const pleat_template_atoms *atoms, float *features, float *row_mask);

#endif
