/* Numbers people read about designs and scores, from the arrays that a model computed.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_DESIGN_H
#define PLEAT_FOLDING_DESIGN_H

#include <stdbool.h>

#include "folding/result.h"
#include "folding/target.h"

/* Adds loss_per_residue (samples, L), and by sample overall_confidence, ligand_confidence and seq_rec to a result that has
 * S (samples, L) and log_probs (samples, L, 21). */
pleat_status pleat_design_rate(const pleat_backbone *backbone, bool sees_ligands, pleat_result *result);

/* Adds S (L), the backbone's letters, loss_per_residue (samples, L) and score (samples) to a result that has log_probs. */
pleat_status pleat_score_rate(const pleat_backbone *backbone, pleat_result *result);

#endif
