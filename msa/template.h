/* From a template hit to the residues of its structure: which hits count, and where their stretch is in the structure.
 * SPDX-License-Identifier: MIT
 *
 * Facts as in AlphaFold 2.3's templates.py; its realignment by Kalign is done by pleat_align_global here. */
#ifndef PLEAT_MSA_TEMPLATE_H
#define PLEAT_MSA_TEMPLATE_H

#include "msa/hhr.h"

enum { PLEAT_TEMPLATE_REASON = 200 };

/* Whether the hit counts: more than a tenth of the query's length aligned, at least 10 residues, and not a stretch of
 * the query itself of over 95 % of its length. Else `reason` says why not. */
bool pleat_template_is_useful(const pleat_hhr_hit *hit, const char *query, char reason[PLEAT_TEMPLATE_REASON]);

/* A structure's chains. */
typedef struct pleat_template_chains {
  const char *const *ids, *const *sequences; /* (count) */
  size_t count;
  const char *file; /* for sentences */
} pleat_template_chains;

/* Where a hit's stretch is. */
typedef struct pleat_template_place {
  size_t chain;
  bool realigned; /* the chain's sequence is another: residues are the chain's */
} pleat_template_place;

/* places (length of `stretch`) receives the residue of the chain for each letter, or -1: where the chain called `id` has
 * the stretch; else another chain that has it; else one that has it when X is any letter; else, when the chain called
 * `id` (or the only one) aligns with at least 90 % equal letters of the shorter sequence, by that alignment. Nothing of
 * it: PLEAT_ERROR_INPUT. */
pleat_status pleat_template_find(pleat_context *context, const char *stretch, const char *id,
                                 const pleat_template_chains *chains, int32_t *places, pleat_template_place *place);

#endif
