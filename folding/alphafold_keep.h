/* What a prediction of AlphaFold 2 leaves: the results that every user gets, and the outputs of every pass.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_KEEP_H
#define PLEAT_FOLDING_ALPHAFOLD_KEEP_H

#include "folding/alphafold_run.h"

/* Every output of this pass, under the names of the published code's recordings, `recycleR/out/...`; of the last one the
 * atoms as `final/...`, too. Some are computed here: call it while measuring, too. */
void pleat_alphafold_keep_pass(pleat_alphafold_run *f, bool last);
/* The atoms of this pass as a trace has them, and, unless it is the last, as the next pass's `in/prev_pos`; also while
 * measuring. */
void pleat_alphafold_trace_atoms(pleat_alphafold_run *f, bool last);
/* The confidences as `final/...`. */
void pleat_alphafold_keep_final(pleat_alphafold_run *f);

/* Positions and pLDDT of this pass, for pleat_alphafold_keep_structures; also while measuring. */
void pleat_alphafold_keep_recycle(pleat_alphafold_run *f);

/* Of the last pass, those that are asked for, without padding; also while measuring. */
void pleat_alphafold_keep_representations(pleat_alphafold_run *f);

/* Makes a structure of every pass that was kept: the result's samples. */
pleat_status pleat_alphafold_keep_structures(const pleat_features *features, pleat_result *result);

/* Positions and confidences of the residues, without padding, into the result's arrays. */
void pleat_alphafold_keep_result(pleat_alphafold_run *f);

double pleat_alphafold_mean(const float *x, int64_t count);

#endif
