/* What AlphaFold 2's monomer models are given: the query checked, and the arrays of one recycling pass.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_FEATURES_H
#define PLEAT_FOLDING_ALPHAFOLD_FEATURES_H

#include "folding/alphafold_embed.h"
#include "folding/features.h"

/* One protein chain of the 20 letters and X with its alignment, stored features, or the wish to go without; refuses
 * everything else by one sentence. */
pleat_status pleat_features_alphafold(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                      pleat_features *features);

/* How rows are drawn: by the random numbers of (seed, the query's name, pass). */
typedef struct pleat_alphafold_drawing {
  int64_t max_clusters, max_extra;
  uint64_t seed;
  uint32_t pass;
} pleat_alphafold_drawing;

/* The alignment that rows are drawn from: without rows that were there before, or the sequence alone. The caller frees
 * it. */
pleat_status pleat_alphafold_features_rows(pleat_context *context, const pleat_features *features, pleat_msa **msa);

/* The pass's arrays, taken from the arena; only taken while it measures. */
void pleat_alphafold_features_make(pleat_run *run, const pleat_features *features, const pleat_msa *msa,
                                   const pleat_alphafold_drawing *drawing, pleat_alphafold_input *input);

#endif
