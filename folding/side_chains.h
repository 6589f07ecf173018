/* Residues of a backbone as rigid groups: frames and torsion angles in, atoms out.
 * SPDX-License-Identifier: MIT
 *
 * Types are geometry's; atoms stand in the atom14 order of geometry/residue_geometry and data/residue. A residue
 * that cannot be built, because its type is X or its backbone lacks an atom, has type X here and no atoms. */
#ifndef PLEAT_FOLDING_SIDE_CHAINS_H
#define PLEAT_FOLDING_SIDE_CHAINS_H

#include "folding/target.h"
#include "lib/run.h"

enum { PLEAT_SIDE_CHAINS_ATOMS = PLEAT_RESIDUE_ATOM14, PLEAT_SIDE_CHAINS_CHIS = PLEAT_RESIDUE_CHIS };

typedef struct pleat_side_chains {
  int64_t length;
  int32_t *type;   /* (L) 0..20 */
  int32_t *atoms;  /* (L) how many places are taken, counted from the first: 0, or 4..14 */
  float *kept;     /* (L) 1: the chi angles are the input's */
  float *frames;   /* (L,12) flat: origin CA, x axis towards C, N in the xy plane */
  float *torsions; /* (L,7,2) sin and cos; of omega and phi, which move no heavy atom, 0 and 1 */
} pleat_side_chains;

/* Whose chi angles are the input's: nobody's; of residues that are not to be designed, those whose side chains are
 * whole; all that are not to be designed, missing atoms standing at the origin as in the published code. */
typedef enum pleat_side_chains_keep {
  PLEAT_SIDE_CHAINS_KEEP_NONE, PLEAT_SIDE_CHAINS_KEEP_WHOLE, PLEAT_SIDE_CHAINS_KEEP_ALL
} pleat_side_chains_keep;

/* Takes the arrays from the arena, where they stay, and measures the backbone. A side chain is whole when the atoms
 * that define its angles are there, and none that another type of residue has. */
void pleat_side_chains_measure(pleat_run *run, const pleat_backbone *backbone, pleat_side_chains_keep keep,
                               pleat_side_chains *chains);

/* Sets the four chi angles of residue i (radian). */
void pleat_side_chains_turn(pleat_side_chains *chains, int64_t i, const float angles[PLEAT_SIDE_CHAINS_CHIS]);

/* positions (L,14,3) of all atoms; 0 where there is none. */
void pleat_side_chains_place(pleat_run *run, const pleat_side_chains *chains, float *positions);

/* Which chi angle moves the atom at `place`: 1..4; 0 none. */
int pleat_side_chains_group(int type, int place);

#endif
