/* Features of a file, as AlphaFold's own processing leaves them: a run on what another program made.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_STORED_FEATURES_H
#define PLEAT_FOLDING_STORED_FEATURES_H

#include "folding/alphafold_embed.h"

typedef struct pleat_stored_features {
  bool multimer;
  int passes;                          /* recycling passes that the file has features for; 0: rows are drawn */
  const pleat_alphafold_input *inputs; /* (passes); with 0 passes one, without the alignment */
  int64_t residues;                    /* those before the padding */
  const char *sequence;                /* letters, chains joined by ':', terminated */
  int64_t rows;                        /* S of the alignment to draw from; 0: every pass is there */
  const uint8_t *msa;                  /* (S,residues) 0..21, msa/encode.h */
  const int32_t *deletions;            /* (S,residues) */
} pleat_stored_features;

/* Reads the group features/ of an HDF5 file into `pool`: a monomer's, or a multimer's with what was drawn for each pass,
 * draws/recycleR/, or without: then its rows are drawn. Names, shapes, numbers and the padding (masks of 0 behind the
 * residues) are checked: what is wrong is told by one sentence. */
pleat_status pleat_stored_features_read(pleat_pool *pool, const char *path, pleat_stored_features **features);

/* The alignment to draw from; the caller frees it. */
pleat_status pleat_stored_features_msa(pleat_context *context, const pleat_stored_features *features, pleat_msa **msa);

#endif
