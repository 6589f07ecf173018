/* A restrained minimiser that gives a predicted chain standard bond lengths and angles and moves it as little as it
 * can. SPDX-License-Identifier: MIT
 *
 * The energy is a sum over pairs of atoms (a,b) with d = |xa - xb|, and over tetrahedral atoms:
 *     bonds and the peptide bond         ((d - d0) / 0.02)^2
 *     angles, as the distance of their ends, and the peptide's plane as C-alpha to C-alpha
 *                                        ((d - d0) / 0.05)^2
 *     hands of tetrahedral atoms         ((v - v0) / 0.20)^2, v the signed volume of three bonds, v0 that of the start
 *     atoms of different residues that come too near    ((r - d) / 0.10)^2 while d < r
 * and for each atom a pull to where it was               (|x - x0| / 1.0)^2
 * Lengths and angles are those of Engh & Huber (1991, 2001); the minimiser is L-BFGS (Nocedal 1980). */
#ifndef PLEAT_GEOMETRY_IDEALISE_H
#define PLEAT_GEOMETRY_IDEALISE_H

#include "geometry/sanity.h"

typedef struct pleat_idealise_report {
  int iterations;
  double energy_before, energy_after;
  double c_n_before, c_n_after;           /* mean peptide bond, angstrom */
  double bond_rms_before, bond_rms_after; /* deviation of all bonds from their standard lengths, angstrom */
  double moved_rms, moved_most;           /* angstrom */
} pleat_idealise_report;

/* positions (L,14,3) f32 of the model -> out, which may be the same array. Deterministic, one thread. A peptide bond
 * that is broken (PLEAT_SANITY_BREAK) is left broken. PLEAT_ERROR_INPUT when a coordinate is not finite. */
pleat_status pleat_idealise(pleat_context *context, const pleat_sanity_model *model, float *out,
                            pleat_idealise_report *report);

/* The energy of positions x (n,3) and its gradient, for tests: builds the terms from the model as it is. */
pleat_status pleat_idealise_energy(pleat_context *context, const pleat_sanity_model *model, const float *moved,
                                   double *energy, double *gradient);

#endif
