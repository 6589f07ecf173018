/* The set of named tensors behind pleat_weights, shared by the files of lib/weights*.c.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_WEIGHTS_SET_H
#define PLEAT_LIB_WEIGHTS_SET_H

#include "lib/memory.h"
#include "lib/weights.h"

typedef struct pleat_weights_entry {
  const char *name;
  pleat_tensor tensor;
  void *owned; /* block that holds the data; NULL when it lies in the mapped file */
  bool kept;   /* has been bound as a row that is read as it lies, in float32 */
} pleat_weights_entry;

struct pleat_weights {
  pleat_context *context;
  pleat_pool texts, *rounded; /* rounded: copies that layers are packed from */
  const char *path;
  pleat_weights_about about;
  pleat_weights_entry *entries;
  size_t count, capacity;
  uint32_t *slots; /* hash table of entry numbers + 1, 0 is free; slot_count is a power of two */
  size_t slot_count;
  void *map; /* the whole file, read-only; NULL for weights in memory */
  size_t map_bytes;
};

enum { PLEAT_WEIGHTS_MAX_TENSORS = 200000, PLEAT_WEIGHTS_MAX_NAME = 1024 };

/* Adds a tensor whose data stays where it is; `owned` is then released with the weights (by the caller on failure). */
pleat_status pleat_weights_append(pleat_weights *weights, const char *name, const pleat_tensor *tensor, void *owned);

/* Whether compressing may round it: a matrix of float32 that no row wants as it lies. */
bool pleat_weights_rounds(const pleat_weights_entry *entry);

/* `count` numbers from `first` on, a whole number of last axes, as the weights' precision or else the context's has them. The
 * copy lives until pleat_weights_drop_rounded. */
pleat_status pleat_weights_round(const pleat_weights *weights, const pleat_weights_entry *entry, size_t first, size_t count,
                                 const float **data);

/* Memory for `bytes` of data, 64-byte aligned in *data, inside the block *owned. */
pleat_status pleat_weights_take_data(pleat_context *context, size_t bytes, void **owned, void **data);

#endif
