/* Frames of the structure module in the shapes that the published code's recordings have them in.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_STRUCTURE_TRACE_H
#define PLEAT_FOLDING_STRUCTURE_TRACE_H

#include "folding/structure_module.h"

/* A monomer's affine (L,7), quaternion and translation; a multimer's rigid (L,3,4), rotation beside translation, as all
 * of a multimer's frames are. Translations in the network's unit. */
void pleat_structure_trace_frames(pleat_run *run, const pleat_structure_state *state);

/* update (L,6): a monomer's as it is; a multimer's, quaternion (1,b,c,d) and translation, also as the frames (L,3,4) that
 * it stands for. */
void pleat_structure_trace_update(pleat_run *run, int64_t length, bool multimer, const float *update);

/* frames (L,8,12) of backbone and torsions, angstrom: a monomer's rotations and translations are arrays of their
 * own. */
void pleat_structure_trace_side_chains(pleat_run *run, int64_t length, bool multimer, const float *frames);

#endif
