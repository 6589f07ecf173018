/* Everything given -> numbers; the place that validates what a user asks of a model.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_FEATURES_H
#define PLEAT_FOLDING_FEATURES_H

#include "data/query.h"
#include "lib/memory.h"

/* One query in numbers; L residues, chains laid end to end. */
typedef struct pleat_features {
  const char *name;
  int64_t length;       /* L */
  int chains;           /* those that are not empty */
  int64_t *chain_length;                /* (chains) */
  const char **chain_id, **sequence;    /* (chains) */
  int32_t *type;        /* (L) index in ARNDCQEGHILKMFPSTWYV, X = 20 */
  int32_t *index;       /* (L) position within the chain, the second chain starting at 500 */
  int32_t *heavy;       /* (L) 1 heavy, 0 light; of what is no antibody 0 */
  int32_t *asym, *entity, *sym; /* (L) of a complex: chain, its sequence, its copy, each from 1; else NULL */
  const pleat_msa *msa; /* NULL: the sequence alone */
  const struct pleat_stored_features *stored; /* NULL: features are made from the alignment */
  const struct pleat_templates *templates;    /* NULL: none, or the model takes none */
  size_t unused_templates; /* given for a model that takes none */
} pleat_features;

/* Room for the chains and residues of `length` and `chains`, which are set. */
pleat_status pleat_features_take(pleat_pool *pool, pleat_features *features);

/* An antibody: HEAVY:LIGHT, either may be empty; a single sequence is a heavy chain. Refuses, by one sentence, more
 * than two chains, letters other than the 20 and X (with their place), and chains over 499 residues. */
pleat_status pleat_features_antibody(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                     pleat_features *features);

#endif
