/* A reader of Python pickles that runs nothing: it builds containers, numbers, texts and tensors, and refuses all else.
 * SPDX-License-Identifier: MIT
 *
 * Accepted calls: collections.OrderedDict, torch._utils._rebuild_tensor (v1, v2), torch._utils._rebuild_parameter,
 * torch.Size; accepted classes: torch's storages. Any other name in the file fails with a sentence that states it. */
#ifndef PLEAT_DATA_CONVERT_PICKLE_H
#define PLEAT_DATA_CONVERT_PICKLE_H

#include "lib/memory.h"
#include "lib/tensor.h"

typedef enum pleat_pickle_kind {
  PLEAT_PICKLE_NONE,
  PLEAT_PICKLE_BOOL,
  PLEAT_PICKLE_INTEGER,
  PLEAT_PICKLE_REAL,
  PLEAT_PICKLE_TEXT,
  PLEAT_PICKLE_BYTES,
  PLEAT_PICKLE_TUPLE,
  PLEAT_PICKLE_LIST,
  PLEAT_PICKLE_DICT,
  PLEAT_PICKLE_GLOBAL,
  PLEAT_PICKLE_STORAGE,
  PLEAT_PICKLE_TENSOR
} pleat_pickle_kind;

typedef struct pleat_pickle_value pleat_pickle_value;

/* Numbers of a tensor, kept elsewhere in the file under `key`. */
typedef struct pleat_pickle_storage {
  pleat_dtype dtype;
  const char *key;
  int64_t count; /* items, as the file states */
} pleat_pickle_storage;

/* A view into a storage, all in items; every index was checked to lie within the stated count. */
typedef struct pleat_pickle_tensor {
  const pleat_pickle_storage *storage;
  int64_t offset;
  int rank;
  int64_t shape[PLEAT_TENSOR_MAX_RANK], stride[PLEAT_TENSOR_MAX_RANK];
} pleat_pickle_tensor;

struct pleat_pickle_value {
  pleat_pickle_kind kind;
  union {
    int64_t integer; /* also BOOL, and which global */
    double real;
    struct {
      const char *bytes;
      size_t length;
    } text; /* terminated */
    struct {
      pleat_pickle_value **items;
      size_t count, capacity;
    } list; /* a dict's keys and values alternate */
    pleat_pickle_storage *storage;
    pleat_pickle_tensor *tensor;
  };
};

/* Reads one pickle at *position of `bytes` and moves *position behind it. Values live in `pool`; `path` is for
 * sentences. */
typedef struct pleat_pickle_source {
  const char *path;
  const unsigned char *bytes;
  size_t length;
} pleat_pickle_source;
pleat_status pleat_pickle_read(pleat_pool *pool, const pleat_pickle_source *source, size_t *position,
                               const pleat_pickle_value **value);

#endif
