/* One prediction of AlphaFold 2: passes with recycling over drawn or stored features, until it changes little.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_ALPHAFOLD_RUN_H
#define PLEAT_FOLDING_ALPHAFOLD_RUN_H

#include "folding/alphafold.h"
#include "folding/alphafold_features.h"
#include "folding/model.h"

/* The settings of AlphaFold's models, in the order of their rows. */
enum {
  PLEAT_ALPHAFOLD_RECYCLES,
  PLEAT_ALPHAFOLD_TOLERANCE,
  PLEAT_ALPHAFOLD_SEED,
  PLEAT_ALPHAFOLD_CLUSTERS,
  PLEAT_ALPHAFOLD_EXTRA,
  PLEAT_ALPHAFOLD_SAVE_ALL,
  PLEAT_ALPHAFOLD_SAVE_RECYCLES,
  PLEAT_ALPHAFOLD_SAVE_SINGLE,
  PLEAT_ALPHAFOLD_SAVE_PAIR
};

/* What a prediction has at hand; `result` NULL while measuring. */
typedef struct pleat_alphafold_run {
  pleat_run *run;
  const pleat_alphafold *network;
  const pleat_features *features;
  const double *option;
  pleat_result *result;
  pleat_alphafold_rows rows;
  int64_t length;        /* L, padding included */
  int pass, passes;
  pleat_alphafold_input input;
  pleat_alphafold_state state;
  pleat_alphafold_output output;
  float *alpha;           /* (L,3) of this pass; that of the one before is in the state */
  float *plddt, *logits;  /* (L), (L,50) */
  pleat_aligned_error error;
} pleat_alphafold_run;

bool pleat_alphafold_run_is_real(const pleat_alphafold_run *f);

/* The pass's one query, from start to the stored result. */
void pleat_alphafold_run_forward(pleat_run *run, const pleat_alphafold *network, const pleat_pass *pass);

#endif
