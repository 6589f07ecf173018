/* What a prediction of AlphaFold 2 leaves: the results that every user gets, and the outputs of every pass.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_KEEP_H
#define PLEAT_FOLDING_ALPHAFOLD_KEEP_H

#include "folding/alphafold_run.h"

/* Every output of this pass, under the names of the published code's recordings, `recycleR/out/...`; of the last one the
 * atoms as `final/...`, too. Some are computed here: call it while measuring, too. */
void pleat_alphafold_keep_pass(pleat_alphafold_run *f, bool last);
/* The confidences as `final/...`. */
void pleat_alphafold_keep_final(pleat_alphafold_run *f);

/* Positions and confidences of the residues, without padding, into the result's arrays. */
void pleat_alphafold_keep_result(pleat_alphafold_run *f);

double pleat_alphafold_mean(const float *x, int64_t count);

#endif
