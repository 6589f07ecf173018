/* What AlphaFold-Multimer is given: a query of one chain or more, checked, and its chains numbered.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_COMPLEX_H
#define PLEAT_FOLDING_ALPHAFOLD_COMPLEX_H

#include "folding/features.h"

enum { PLEAT_COMPLEX_MAX_CHAINS = 62 }; /* those that a letter or digit can name */

/* Chains of the 20 letters and X with an alignment, stored features, or the wish to go without; refuses everything else
 * by one sentence. Chains are named A-Z, a-z, 0-9 in the query's order; equal ones are one entity. */
pleat_status pleat_features_alphafold_multimer(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                               pleat_features *features);

#endif
