/* From features to the activations that the Evoformer starts with: input, recycling, relative positions, extra rows.
 * SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, algorithms 3, 4, 5 and 32; monomer, and multimer version 3. One-hot inputs are not made: their dense
 * layers are rows of the weight, added. Where several processes share a run (lib/ranks.h), the alignment, extra rows and pairs
 * are those of this one's share. */
#ifndef PLEAT_FOLDING_ALPHAFOLD_EMBED_H
#define PLEAT_FOLDING_ALPHAFOLD_EMBED_H

#include "folding/dense.h"
#include "lib/ranks.h"

/* One pass's features. S rows of the alignment (clusters), E extra rows, T templates, L residues. */
typedef struct pleat_alphafold_input {
  int64_t length, sequences, extra_sequences;
  int64_t templates; /* 0 without; a multimer's network wants 4, of which the absent ones (all zeros) count, too */
  const int32_t *types;               /* (L) 0..20, ARNDCQEGHILKMFPSTWYVX */
  const float *target;                /* (L,22) break before, one-hot type; multimer (L,21) one-hot type */
  const int32_t *index;               /* (L) residue numbers */
  const int32_t *asym, *entity, *sym; /* (L) chain, its sequence, its copy; multimer only */
  const float *mask;                  /* (L) 1 residue, 0 padding */
  const float *msa_features;          /* (S,L,49) */
  const float *msa_mask;              /* (S,L) */
  const uint8_t *extra_msa;           /* (E,L) 0..22, msa/encode.h */
  const float *extra_has_deletion, *extra_deletion, *extra_mask; /* (E,L) */
  const int32_t *template_types;      /* (T,L) 0..21, 21 a gap */
  const float *template_positions;    /* (T,L,37,3) angstrom, 0 where there is no atom */
  const float *template_atoms;        /* (T,L,37) 1 atom present */
  const float *template_mask;         /* (T) 1 template present; monomer only */
} pleat_alphafold_input;

/* What one pass hands to the next, updated in place. */
typedef struct pleat_alphafold_state {
  bool started;     /* false: the arrays hold nothing yet */
  float *first_row; /* (L,C) of the alignment */
  float *z;         /* (L,L,Z), of several processes the own rows */
  float *beta;      /* (L,3) CB, of glycine CA; angstrom */
  float *alpha;     /* (L,3) CA; angstrom; the caller's to keep, for judging the next pass */
} pleat_alphafold_state;

typedef struct pleat_alphafold_embed {
  bool multimer;
  pleat_dense target, msa, left, right, recycled_beta, relative, extra;
  pleat_norm recycled_row, recycled_pair;
} pleat_alphafold_embed;

/* scope->prefix "..../evoformer/". On failure free what is there. */
pleat_status pleat_alphafold_embed_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                        pleat_alphafold_embed *embed);
void pleat_alphafold_embed_free(pleat_context *context, pleat_alphafold_embed *embed);

/* Rows `rows` of m (S,L,C), and z from state->z to this pass's start. */
void pleat_alphafold_embed_forward(pleat_run *run, const pleat_alphafold_embed *embed,
                                   const pleat_alphafold_input *input, const pleat_alphafold_state *state, pleat_span rows,
                                   float *m);

/* e (E,L,Ce) of the extra rows. */
void pleat_alphafold_embed_extra(pleat_run *run, const pleat_alphafold_embed *embed, const pleat_alphafold_input *input,
                                 float *e);

/* The bin b of a squared distance with lower_b^2 < d2 < lower_(b+1)^2, lower_b = 3.25 + 1.25 b angstrom, and no upper
 * bound of the last of `bins`; -1 below all bins and on an edge. 15 bins for recycling, 39 for templates. */
int pleat_alphafold_distance_bin(float squared, int bins);

#endif
