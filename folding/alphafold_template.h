/* Templates in AlphaFold 2's network: what they add to pairs, and the rows they add to the alignment.
 * SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, algorithms 16 and 17 (monomer); AlphaFold-Multimer's own embedding (version 3). */
#ifndef PLEAT_FOLDING_ALPHAFOLD_TEMPLATE_H
#define PLEAT_FOLDING_ALPHAFOLD_TEMPLATE_H

#include "folding/alphafold_embed.h"
#include "folding/pair_stack.h"

/* The dense layers of a multimer's template pair: distances, CB present, type of j, type of i, direction x, y, z,
 * backbone present, pairs as they are. */
enum { PLEAT_TEMPLATE_PARTS = 9 };

typedef struct pleat_alphafold_template {
  bool multimer;
  pleat_dense pair;                        /* monomer: (88) -> Ct */
  pleat_dense parts[PLEAT_TEMPLATE_PARTS]; /* multimer */
  pleat_norm query_norm, output_norm;      /* query_norm: multimer */
  int block_count;
  pleat_pair_block *blocks; /* owned */
  /* Monomer: pairs look at their templates. q_w (Z,H,D), k_w, v_w (Ct,H,D), out_w (H,D,Z). */
  const float *q_w, *k_w, *v_w, *out_w, *out_b;
  int heads, width;
  pleat_linear q, kv, out;
  pleat_dense output;              /* multimer: Ct -> Z */
  pleat_dense single, projection; /* rows for the alignment */
} pleat_alphafold_template;

/* True when the parameters hold a network with templates; scope->prefix "..../evoformer/". */
bool pleat_alphafold_template_is(const pleat_weight_scope *scope);
pleat_status pleat_alphafold_template_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                           pleat_alphafold_template *layers);
void pleat_alphafold_template_free(pleat_context *context, pleat_alphafold_template *layers);

/* z (L,L,Z) += what the input's templates say; z_mask (L,L); of several processes (lib/ranks.h) the own rows. */
void pleat_alphafold_template_pairs(pleat_run *run, const pleat_alphafold_template *layers,
                                    const pleat_alphafold_input *input, const float *z_mask, float *z);

/* Monomer: z (rows,Z) += attention to the templates' pairs. */
typedef struct pleat_template_stack {
  int64_t count, step; /* T; floats from template to template */
  const float *pairs;  /* (T, rows, Ct) */
  const float *mask;   /* (T): at least one is not 0 */
} pleat_template_stack;
void pleat_alphafold_template_attend(pleat_run *run, const pleat_alphafold_template *layers, int64_t rows,
                                     const pleat_template_stack *templates, float *z);

/* m (T,L,C): one row a template; mask (T,L). */
void pleat_alphafold_template_rows(pleat_run *run, const pleat_alphafold_template *layers,
                                   const pleat_alphafold_input *input, float *m, float *mask);

#endif
