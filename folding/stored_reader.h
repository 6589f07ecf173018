/* Arrays by name from an HDF5 file, checked for shape and range: what is wrong is told by one sentence.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_STORED_READER_H
#define PLEAT_FOLDING_STORED_READER_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/memory.h"

enum { PLEAT_STORED_MAX_RANK = 6, PLEAT_STORED_FARTHEST_INDEX = 1 << 24 };

typedef struct pleat_stored_reader {
  pleat_context *context;
  pleat_pool *pool; /* of what is read */
  const char *path;
  hid_t file;
} pleat_stored_reader;

/* What an array must be: sizes (-1: any, learnt) and the range of its numbers. */
typedef struct pleat_stored_array {
  const char *name; /* "features/aatype" */
  int rank;
  int64_t shape[PLEAT_STORED_MAX_RANK];
  double least, most;
  bool whole;
} pleat_stored_array;

/* "FILE: NAME WHY" */
pleat_status pleat_stored_refuse(const pleat_stored_reader *reader, const char *name, const char *why);

bool pleat_stored_has(const pleat_stored_reader *reader, const char *name);
pleat_status pleat_stored_read(const pleat_stored_reader *reader, pleat_stored_array *want, float **data);

/* The same numbers as integers, in the pool. */
pleat_status pleat_stored_whole(const pleat_stored_reader *reader, const float *x, int64_t count, int32_t **out);
pleat_status pleat_stored_small(const pleat_stored_reader *reader, const float *x, int64_t count, uint8_t **out);

#endif
