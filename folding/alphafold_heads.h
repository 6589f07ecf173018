/* What AlphaFold says beside the structure: confidences, distances, masked residues, which atoms an experiment would
 * resolve. SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, supplement 1.9; the confidences by the published code's formulas, on numbers in double. */
#ifndef PLEAT_FOLDING_ALPHAFOLD_HEADS_H
#define PLEAT_FOLDING_ALPHAFOLD_HEADS_H

#include "folding/dense.h"

enum { PLEAT_PLDDT_BINS = 50, PLEAT_ERROR_BINS = 64, PLEAT_DISTANCE_BINS = 64 };

typedef struct pleat_alphafold_heads {
  pleat_norm plddt_norm;
  pleat_dense plddt_1, plddt_2, plddt, distance, masked_msa, resolved;
  bool has_error; /* the aligned error head is there: models with pTM, multimer */
  pleat_dense error;
} pleat_alphafold_heads;

/* scope->prefix "alphafold/alphafold_iteration/". On failure free what is there. */
pleat_status pleat_alphafold_heads_load(pleat_context *context, const pleat_weight_scope *scope,
                                        pleat_alphafold_heads *heads);
void pleat_alphafold_heads_free(pleat_context *context, pleat_alphafold_heads *heads);

/* logits (L,50) from the structure module's s (L,C). */
void pleat_alphafold_plddt_logits(pleat_run *run, const pleat_alphafold_heads *heads, int64_t length, const float *s,
                                  float *logits);
/* plddt (L) 0..100. */
void pleat_alphafold_plddt(int64_t length, const float *logits, float *plddt);

/* logits (count,L,64), symmetric, of rows first..first+count-1 of pairs z (L,L,Z). Bin edges: 2.3125 + 0.3125 b. */
void pleat_alphafold_distance_logits(pleat_run *run, const pleat_alphafold_heads *heads, int64_t length, const float *z,
                                     const int64_t first_count[2], float *logits);

/* Aligned errors of all pairs, and what is made of them. */
typedef struct pleat_aligned_error {
  /* given */
  float *pae;       /* (L,L) angstrom; or NULL */
  int64_t residues; /* those before the padding; 0: all */
  int chains;       /* numbered 1..chains by asym */
  double *pairs;    /* (chains,chains); or NULL */
  /* made */
  double ptm, iptm; /* as published: padding counts as residues of a further chain. iptm: between chains; 0 with one */
  double residue_ptm, residue_iptm; /* the same without padding */
} pleat_aligned_error;

/* From pairs z (L,L,Z), of several processes (lib/ranks.h) the own rows; asym (L) chains, or NULL for one. Logits of a few rows at a time are kept. error->pairs receives
 * the iptm of each two chains as if there were no others, and each chain's ptm on the diagonal (AlphaFold 3's
 * chain_pair_iptm). */
void pleat_alphafold_error(pleat_run *run, const pleat_alphafold_heads *heads, int64_t length, const float *z,
                           const int32_t *asym, pleat_aligned_error *error);

#endif
