/* A long run kept in a file at points on its way, so that it goes on from there after a stop, to the same bits.
 * SPDX-License-Identifier: MIT
 *
 * Forward code numbers its points 1, 2, 3, ... and says at each one which arrays it needs to go on. With a file of an
 * earlier run, everything before the file's point is skipped and the arrays come from the file. The file appears by
 * atomic rename, carries what it was made of and a checksum of itself; one of other inputs or damaged is said and not
 * used. What a failed write leaves is the file before; the run goes on. All functions do nothing in measuring runs and in
 * runs without a checkpoint.
 *
 * Of several processes that share a run (lib/ranks.h) rank 0 alone reads and writes, whole arrays: a file of any number of
 * ranks serves any other. All ranks come to every point together, and stop together when one of them is asked to. */
#ifndef PLEAT_FOLDING_CHECKPOINT_H
#define PLEAT_FOLDING_CHECKPOINT_H

#include "folding/result.h"
#include "lib/run.h"

enum { PLEAT_CHECKPOINT_MAX_PARTS = 8 };

typedef struct pleat_checkpoint pleat_checkpoint;

/* `fingerprint`: model, weights and settings. Written when `seconds` have gone by since the last time, and ten times
 * what the writing took. */
typedef struct pleat_checkpoint_setting {
  const char *path, *fingerprint, *kernels;
  double seconds;
} pleat_checkpoint_setting;

/* `result`: what it gains during the run is kept as well. The texts of `setting` stay the caller's. */
pleat_status pleat_checkpoint_start(pleat_context *context, const pleat_checkpoint_setting *setting, pleat_result *result,
                                    pleat_checkpoint **checkpoint);
void pleat_checkpoint_end(pleat_checkpoint *checkpoint);

/* The point to go on from; 0: none. */
int64_t pleat_checkpoint_goal(const pleat_run *run);

/* True when the work that leads to point `step` was done by an earlier run. */
bool pleat_checkpoint_skips(const pleat_run *run, int64_t step);

/* Named bytes of the run: the same on all ranks (lib/ranks.h), or with `rows` > 0 an array of so many rows, of which each has
 * its share in `data`; `bytes` are those of the whole. */
typedef struct pleat_checkpoint_part {
  const char *name;
  void *data;
  size_t bytes;
  int64_t rows;
} pleat_checkpoint_part;

/* What the points from now on are computed from. A file that says otherwise is not used; ask before skipping. */
void pleat_checkpoint_describe(pleat_run *run, const pleat_checkpoint_part *inputs, int count);

/* Point `step`: reports progress; fills the parts from the file when it is the goal; or writes them when it is time, or when
 * a stop is wanted, which then becomes the run's status. */
typedef struct pleat_checkpoint_point {
  int64_t step;
  double fraction; /* of the run */
  const char *stage;
  int count;
  pleat_checkpoint_part parts[PLEAT_CHECKPOINT_MAX_PARTS];
} pleat_checkpoint_point;
void pleat_checkpoint_reach(pleat_run *run, const pleat_checkpoint_point *point);

#endif
