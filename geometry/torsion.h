/* Torsion angles: measured from atoms, and turned into rigid-group frames and atom positions.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_TORSION_H
#define PLEAT_GEOMETRY_TORSION_H

#include <stddef.h>
#include <stdint.h>

/* The dihedral angle of four points in (-pi, pi], IUPAC sign; 0 when three of them are on a line. */
double pleat_torsion_dihedral(const double a[3], const double b[3], const double c[3], const double d[3]);

/* (sin, cos) of the dihedral angle as OpenFold measures it: `epsilon` is added under each square root, so that (0, 0) comes
 * out where c and d are one point or three points are on a line. */
void pleat_torsion_sin_cos(double positions[4][3], double epsilon, double sin_cos[2]);

/* AlphaFold 2, algorithm 24: torsions (L,7,2) as (sin, cos) of omega, phi, psi, chi1..chi4; backbone (L,12) flat
 * frames; frames (L,8,12). types (L) 0..20; a caller that wants a backbone for X passes glycine. */
void pleat_torsion_to_frames(size_t length, const int32_t *types, const float *torsions, const float *backbone,
                             float *frames);

/* Positions (L,14,3) in angstrom of the atoms that a residue has; 0 at other places. */
void pleat_frames_to_atom14(size_t length, const int32_t *types, const float *frames, float *positions);

/* The angles of residue `index` in atom14 positions (L,14,3): omega and phi with the residue before (`joined_before`,
 * else NaN), psi with the residue after (`joined_after`), chi1..chi4; NaN where there is none. */
typedef struct pleat_torsion_angles {
  double omega, phi, psi, chi[4];
} pleat_torsion_angles;
pleat_torsion_angles pleat_torsion_measure(const double *positions, const int32_t *types, size_t index,
                                           int joined_before, int joined_after);

#endif
