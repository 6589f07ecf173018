/* A block of the Evoformer and of the extra-MSA stack: alignment and pairs update each other. AlphaFold 2, algorithms 6
 * and 18. SPDX-License-Identifier: MIT
 *
 * Sizes, and how many blocks there are, come from the parameter file: its tensors hold all blocks of a stack along
 * their first axis, under names such as evoformer_iteration/msa_transition/transition1//weights. */
#ifndef PLEAT_FOLDING_EVOFORMER_H
#define PLEAT_FOLDING_EVOFORMER_H

#include "folding/pair_stack.h"

/* The outer product mean: z(i,j) += out(mean over s of left(s,i) x right(s,j)), algorithm 10. */
typedef struct pleat_outer_mean {
  const float *norm_gain, *norm_bias, *left_w, *left_b, *right_w, *right_b, *out_w, *out_b;
  int channels, hidden;
  pleat_linear sides, out;
} pleat_outer_mean;

pleat_status pleat_outer_mean_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                   pleat_outer_mean *mean);
void pleat_outer_mean_free(pleat_context *context, pleat_outer_mean *mean);

/* Alignment m (S,L,C) and pairs z (L,L,Z) with their masks (S,L), (L,L). Where several processes share a run (lib/ranks.h),
 * m, z and z_mask are the rows of this one's share; m_mask is whole. */
typedef struct pleat_evoformer_pass {
  int64_t sequences, length;
  float *m, *z;
  const float *m_mask, *z_mask;
} pleat_evoformer_pass;

void pleat_outer_mean_add(pleat_run *run, const pleat_outer_mean *mean, const pleat_evoformer_pass *pass);

typedef enum pleat_evoformer_kind { PLEAT_EVOFORMER_MAIN, PLEAT_EVOFORMER_EXTRA } pleat_evoformer_kind;

typedef struct pleat_evoformer_block {
  pleat_evoformer_kind kind;
  bool outer_first; /* multimer: the outer product mean comes before all else */
  pleat_gated_attention row, column; /* column: of main blocks */
  pleat_global_attention global;     /* of extra blocks, instead of column */
  pleat_transition transition;
  pleat_outer_mean outer;
  pleat_pair_block pair;
} pleat_evoformer_block;

/* How many blocks the stack `prefix` holds in this file: 0 when it is not there. */
int pleat_evoformer_count(const pleat_weights *weights, const char *prefix);

/* Block scope->block of the stack scope->prefix ("..../evoformer_iteration/"). On failure free what is there. */
pleat_status pleat_evoformer_block_load(pleat_context *context, const pleat_weight_scope *scope,
                                        pleat_evoformer_kind kind, bool outer_first, pleat_evoformer_block *block);
void pleat_evoformer_block_free(pleat_context *context, pleat_evoformer_block *block);

/* m, z <- block(m, z), in PLEAT_EVOFORMER_STEPS steps, after each of which m and z are all that is needed to go on: there
 * the run's `between` is called. */
enum { PLEAT_EVOFORMER_STEPS = 9 };
void pleat_evoformer_block_forward(pleat_run *run, const pleat_evoformer_block *block,
                                   const pleat_evoformer_pass *pass);

#endif
