/* AlphaFold 2's network: one pass from features to structure, monomer and multimer (version 3), any number of blocks.
 * SPDX-License-Identifier: MIT
 *
 * Jumper et al., Nature 596, 583 (2021), algorithm 2; Evans et al., bioRxiv 2021.10.04.463034. Weights: the published
 * params_model_*.npz, read by data/convert; how many blocks a stack has comes from the file. */
#ifndef PLEAT_FOLDING_ALPHAFOLD_H
#define PLEAT_FOLDING_ALPHAFOLD_H

#include "folding/alphafold_embed.h"
#include "folding/alphafold_heads.h"
#include "folding/alphafold_template.h"
#include "folding/evoformer.h"
#include "folding/structure_module.h"

typedef struct pleat_alphafold {
  bool multimer, has_templates;
  pleat_alphafold_embed embed;
  pleat_alphafold_template templates; /* when has_templates: models 1 and 2, multimer */
  int extra_count, block_count;
  pleat_evoformer_block *extra, *blocks; /* owned */
  pleat_dense single;
  pleat_structure_module structure;
  pleat_alphafold_heads heads;
} pleat_alphafold;

/* Which network the file holds is told by its tensors. On failure nothing is left. */
pleat_status pleat_alphafold_load(pleat_context *context, const pleat_weights *weights, pleat_alphafold **network);
void pleat_alphafold_free(pleat_context *context, pleat_alphafold *network);

/* The state's arrays from the run's arena, not started. */
void pleat_alphafold_state_take(pleat_run *run, const pleat_alphafold *network, int64_t length,
                                pleat_alphafold_state *state);

/* Where a pass stands in the run: it reaches points first_point + 1 ... first_point + pleat_alphafold_points (for
 * checkpoints, folding/checkpoint.h), the last one at its end, which the caller reaches. */
typedef struct pleat_alphafold_place {
  int64_t first_point;
  double from, share; /* of the run's progress */
} pleat_alphafold_place;
int pleat_alphafold_points(const pleat_alphafold *network);

/* A pass's results; its arrays are taken from the arena. */
typedef struct pleat_alphafold_output {
  float *m;      /* (S,L,C) the alignment, then rows of templates; of several processes (lib/ranks.h) the own rows */
  float *single; /* (L,Cs) */
  pleat_structure_result structure;
} pleat_alphafold_output;

/* One pass, after which the state holds what the next one starts from: state->z is this pass's pair representation. `place`
 * NULL: the first pass of a run without points. */
void pleat_alphafold_pass(pleat_run *run, const pleat_alphafold *network, const pleat_alphafold_input *input,
                          const pleat_alphafold_place *place, pleat_alphafold_state *state,
                          pleat_alphafold_output *output);

#endif
