/* What AlphaFold's models take of an alignment: masked cluster centres with profiles, and extra rows.
 * SPDX-License-Identifier: MIT
 *
 * Jumper et al. 2021, supplement 1.2.6 to 1.2.9. Some rows become cluster centres; part of their residues are masked;
 * all other rows join the nearest centre, whose profile they make; some of them are extra rows as they are. The
 * multimer models (Evans et al. 2021) take the alignment of pleat_msa_expand, and differ: the extra rows are the next
 * in the order that the centres were drawn in; a row that is as near to several centres is shared among them; and a
 * row counts as many times as there are columns. Letters: S rows of the alignment, C clusters, E extra rows, L
 * columns; residue numbers as in msa/encode.h. */
#ifndef PLEAT_MSA_CLUSTERS_H
#define PLEAT_MSA_CLUSTERS_H

#include <stdbool.h>

#include "lib/memory.h"
#include "lib/random.h"

typedef struct pleat_clusters_options {
  size_t max_clusters, max_extra;
  float replace_fraction; /* of the centres' residues that are masked: 0.15; 0 masks none */
  bool multimer;
} pleat_clusters_options;

/* The random choices. Each one that is NULL is drawn from the stream. */
typedef struct pleat_clusters_draws {
  const int32_t *order;       /* (S-1) rows 1..S-1 in the order in which they become centres, then extra rows */
  const float *mask;          /* (C,L) uniform numbers: below replace_fraction the residue is replaced */
  const int32_t *replacement; /* (C,L) 0-22, by what */
  const int32_t *extra_order; /* (S-C) numbers of the rows that became no centres, in the order taken; monomer */
  pleat_random stream;        /* of one target, seed and recycling pass (the stream's sample) */
} pleat_clusters_draws;

typedef struct pleat_clusters {
  size_t count, extra_count, columns; /* C, E, L */
  size_t *rows, *extra_rows;          /* (C), (E): rows of the alignment */
  size_t other_count;                 /* S-C rows that became no centres */
  size_t *other_rows;                 /* (S-C) in the order drawn */
  int32_t *assignment;                /* (S-C) the centre of each of them, the first one of those as near */
  uint8_t *true_msa, *msa, *masked;   /* (C,L): before and after masking; 1 where it was done */
  uint8_t *extra_msa;                 /* (E,L) */
  float *has_deletion, *deletion;     /* (C,L): 0 or 1; atan(count/3) 2/pi */
  float *deletion_mean;               /* (C,L): the same of the cluster's mean count */
  float *profile;                     /* (C,L,23) shares of the cluster's residues */
  float *extra_has_deletion, *extra_deletion; /* (E,L) */
  float *msa_profile;                 /* (L,22) shares over all rows */
  pleat_pool pool;
} pleat_clusters;

enum { PLEAT_CLUSTERS_FEATURES = 49, PLEAT_CLUSTERS_EXTRA_FEATURES = 25 };

/* Draws and computes; pleat_clusters_free even after a failure. The bits do not depend on threads. */
pleat_status pleat_clusters_make(const pleat_msa *msa, const pleat_clusters_options *options,
                                 const pleat_clusters_draws *draws, pleat_clusters *clusters);
void pleat_clusters_free(pleat_clusters *clusters);

/* Only which rows: fills count, rows, other_rows, extra_count and extra_rows. */
pleat_status pleat_clusters_choose(const pleat_msa *msa, const pleat_clusters_options *options,
                                   const pleat_clusters_draws *draws, pleat_clusters *clusters);

/* features (L,49) of centre `row`: residue (23), has_deletion, deletion, profile (23), deletion_mean. */
void pleat_clusters_features(const pleat_clusters *clusters, size_t row, float *features);

/* features (L,25) of extra row `row`: residue (23), has_deletion, deletion. */
void pleat_clusters_extra_features(const pleat_clusters *clusters, size_t row, float *features);

#endif
