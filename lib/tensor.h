/* A dense row-major array with a type and a shape; it never owns its memory.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_TENSOR_H
#define PLEAT_LIB_TENSOR_H

#include <stdbool.h>

#include "lib/status.h"

typedef enum pleat_dtype {
  PLEAT_DTYPE_F32, PLEAT_DTYPE_F64, PLEAT_DTYPE_F16, PLEAT_DTYPE_BF16,
  PLEAT_DTYPE_I64, PLEAT_DTYPE_I32, PLEAT_DTYPE_I16, PLEAT_DTYPE_I8, PLEAT_DTYPE_U8, PLEAT_DTYPE_BOOL
} pleat_dtype;

enum { PLEAT_TENSOR_MAX_RANK = 8 };

typedef struct pleat_tensor {
  void *data;
  pleat_dtype dtype;
  int rank;
  int64_t shape[PLEAT_TENSOR_MAX_RANK];
} pleat_tensor;

size_t pleat_dtype_size(pleat_dtype dtype);
const char *pleat_dtype_name(pleat_dtype dtype); /* "float32", "int64", ... */

/* Items in all; 1 for rank 0. The shape's product was checked when the tensor was made. */
size_t pleat_tensor_count(const pleat_tensor *tensor);

/* False when a dimension is negative or the bytes of such a tensor overflow; else *bytes. */
bool pleat_tensor_bytes(pleat_dtype dtype, int rank, const int64_t *shape, size_t *bytes);

/* "(128, 23)" for messages; `text` has `size` bytes. Returns text. */
const char *pleat_tensor_describe(int rank, const int64_t *shape, char *text, size_t size);

/* Item `i` of a tensor of any dtype as double. */
double pleat_tensor_value(const pleat_tensor *tensor, size_t i);

#endif
