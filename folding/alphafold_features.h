/* What AlphaFold 2's models are given: a monomer's query checked, and the arrays of one recycling pass.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_FEATURES_H
#define PLEAT_FOLDING_ALPHAFOLD_FEATURES_H

#include "folding/alphafold_embed.h"
#include "folding/features.h"

/* One protein chain of the 20 letters and X with its alignment, stored features, or the wish to go without; refuses
 * everything else by one sentence. */
pleat_status pleat_features_alphafold(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                      pleat_features *features);

/* The same for a model that takes no templates. */
pleat_status pleat_features_alphafold_bare(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                           pleat_features *features);

enum { PLEAT_ALPHAFOLD_MAX_LENGTH = 100000 };

/* Shared with multimers (folding/alphafold_complex.h): letters of one chain, and that the query has an alignment, stored
 * features of its own sequence, or is alone on purpose. */
pleat_status pleat_alphafold_check_letters(pleat_context *context, const char *name, int chain, const char *sequence);
pleat_status pleat_alphafold_check_source(pleat_context *context, const pleat_query *query, bool multimer);

/* How rows are drawn: by the random numbers of (seed, the query's name, pass). */
typedef struct pleat_alphafold_drawing {
  int64_t max_clusters, max_extra;
  uint64_t seed;
  uint32_t pass;
} pleat_alphafold_drawing;

/* What rows are drawn from. */
typedef struct pleat_alphafold_rows {
  pleat_msa *msa;  /* NULL: nothing is drawn, the passes are stored */
  int64_t *places; /* (L) column of each residue; NULL: in their order */
} pleat_alphafold_rows;

/* A monomer's alignment without rows that were there before; a complex's as pleat_msa_expand makes it; the sequences
 * alone; or the alignment of stored features. */
pleat_status pleat_alphafold_features_rows(pleat_context *context, const pleat_features *features,
                                           pleat_alphafold_rows *rows);
void pleat_alphafold_features_free(pleat_context *context, pleat_alphafold_rows *rows);

/* The pass's arrays, taken from the arena; only taken while it measures. */
void pleat_alphafold_features_make(pleat_run *run, const pleat_features *features, const pleat_alphafold_rows *rows,
                                   const pleat_alphafold_drawing *drawing, pleat_alphafold_input *input);

#endif
