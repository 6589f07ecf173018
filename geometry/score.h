/* How well two structures of the same residues agree: TM-score, GDT, lDDT.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_SCORE_H
#define PLEAT_GEOMETRY_SCORE_H

#include <stdint.h>

#include "geometry/rigid.h"
#include "lib/memory.h"

/* d0 of the TM-score in angstrom: 1.24 (length - 15)^(1/3) - 1.8, at least 0.5 (Zhang & Skolnick 2004). */
double pleat_score_tm_d0(size_t length);

typedef struct pleat_score_tm_result {
  double tm;             /* 0..1, normalised by the reference's length */
  double gdt_ts, gdt_ha; /* 0..1, of the same length: cutoffs 1 2 4 8 and 0.5 1 2 4 (Zemla 2003) */
  pleat_rigid frame;     /* model -> reference, of the best TM-score */
} pleat_score_tm_result;

/* model and reference (count,3) are matched C-alpha atoms; reference_length >= count is what scores are normalised by.
 * The search superposes every fragment of count, count/2, count/4 ... 4 residues and then, again and again, the
 * residues that come near, as the authors' TM-score program does; GDT takes each cutoff's best superposition met on the
 * way. Beyond 400 residues fragments start at every (count/400)th residue. */
pleat_status pleat_score_tm(pleat_context *context, const double *model, const double *reference, size_t count,
                            size_t reference_length, pleat_score_tm_result *result);

/* Points of the lDDT: pairs of matched atoms with the residue (0..residues-1) they belong to. */
typedef struct pleat_score_atoms {
  const double *model, *reference; /* (count,3) */
  const int32_t *residue;          /* (count) */
  const unsigned char *symmetry; /* (count), or NULL: 1 and 2 (or 3 and 4) for two atoms of a residue that may exchange
                                    their names, 0 for all others */
  size_t count, residues;
} pleat_score_atoms;

/* lDDT (Mariani et al. 2013): over pairs of atoms of different residues that are nearer than 15 angstrom in the
 * reference, the share of distances kept within 0.5, 1, 2, 4 angstrom, averaged over the four. per_residue (residues)
 * may be NULL; a residue without a pair gets NaN, and so does *global when there is no pair at all. Where
 * symmetry is given, all such atoms of a residue exchange their names when that keeps more distances to atoms
 * without symmetry, as the paper does. Stereochemistry is not judged. */
pleat_status pleat_score_lddt(pleat_context *context, const pleat_score_atoms *atoms, double *per_residue,
                              double *global);

#endif
