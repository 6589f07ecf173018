/* Features of a file, as AlphaFold's own processing leaves them: a run on what another program made.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_STORED_FEATURES_H
#define PLEAT_FOLDING_STORED_FEATURES_H

#include "folding/alphafold_embed.h"

typedef struct pleat_stored_features {
  int passes;                          /* recycling passes that the file has features for */
  const pleat_alphafold_input *inputs; /* (passes) */
  int64_t residues;                    /* those before the padding */
  const char *sequence;                /* (residues) letters, terminated */
} pleat_stored_features;

/* Reads the group features/ of a monomer from an HDF5 file into `pool`. Names, shapes, numbers and the padding (masks of 0
 * behind the residues) are checked: what is wrong is told by one sentence. */
pleat_status pleat_stored_features_read(pleat_pool *pool, const char *path, pleat_stored_features **features);

#endif
