/* Model files: HDF5, contiguous and 64-byte aligned datasets under the publisher's names, mapped read-only; and the
 * table-driven binding of their tensors to a model's fields.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_WEIGHTS_H
#define PLEAT_LIB_WEIGHTS_H

#include "lib/context.h"
#include "lib/tensor.h"

/* A set of named tensors, from a model file (mapped) or from memory. */
typedef struct pleat_weights pleat_weights;

/* Attributes of a model file; texts belong to the weights, "" when absent. */
typedef struct pleat_weights_about {
  const char *model, *source_file, *sha256, *license, *citation;
  const char *precision; /* "bf16" or "int8" of compressed files */
} pleat_weights_about;

pleat_status pleat_weights_open(pleat_context *context, const char *path, pleat_weights **weights);
void pleat_weights_free(pleat_weights *weights);

const char *pleat_weights_path(const pleat_weights *weights);
pleat_weights_about pleat_weights_describe(const pleat_weights *weights);
size_t pleat_weights_count(const pleat_weights *weights);
const char *pleat_weights_name(const pleat_weights *weights, size_t index);
const pleat_tensor *pleat_weights_tensor(const pleat_weights *weights, size_t index);

/* NULL when there is none. */
const pleat_tensor *pleat_weights_find(const pleat_weights *weights, const char *name);

/* Weights in memory, being filled: the data of added tensors is copied (contiguous, converted to float32 when it is a
 * floating type; integers stay). Used by the converters; the same accessors read them. */
pleat_status pleat_weights_create(pleat_context *context, const char *path, pleat_weights **weights);
pleat_status pleat_weights_add(pleat_weights *weights, const char *name, const pleat_tensor *tensor);
pleat_status pleat_weights_set_about(pleat_weights *weights, const pleat_weights_about *about);

/* Writes a model file by atomic rename, with a checksum per tensor; verify reads all bytes and compares them. */
pleat_status pleat_weights_write(const pleat_weights *weights, const char *path);
pleat_status pleat_weights_verify(const pleat_weights *weights);

/* One float32 tensor that a model needs. `name` may hold one %d, filled with the block's number; `offset` is where
 * its `const float *` goes in the model's struct. A negative size is a letter, see pleat_weights_bind_scope. A NULL
 * name ends a table. */
typedef struct pleat_weight_row {
  const char *name;
  int rank;
  int64_t shape[4];
  size_t offset;
  bool exact; /* float32 in any precision and as long as the weights are there: it is read as it lies */
} pleat_weight_row;

/* In the context's precisions of fewer bits, and from compressed files, tensors of rank 2 and more that are not `exact` are
 * rounded copies, which a model packs into its layers. This releases those made so far. */
void pleat_weights_drop_rounded(const pleat_weights *weights);

/* New weights in memory, of `precision`: matrices in fewer bits, but those that have been bound as `exact` rows as they are. Whole
 * numbers have their scales, one for each run of the last axis, in a tensor named NAME#scale. */
pleat_status pleat_weights_compress(const pleat_weights *weights, pleat_precision precision, pleat_weights **compressed);

/* What that gives for 32, 16, 8 and 4 bits. */
void pleat_weights_size_up(const pleat_weights *weights, pleat_compression sizes[PLEAT_COMPRESSIONS]);

/* Binds a table's rows, for block `block`, to `fields`: each must be there, shaped as stated, and finite; the sentence
 * names the tensor, what the file has and what the model wants. */
pleat_status pleat_weights_bind(pleat_context *context, const pleat_weights *weights, const pleat_weight_row *rows, int block, void *fields);

/* Where a module's tensors are: under names that start with `prefix`; with block >= 0, the file stacks all blocks of
 * the module along the first axis of each tensor, and the block's slice is meant. */
typedef struct pleat_weight_scope {
  const pleat_weights *weights;
  const char *prefix;
  int block; /* -1: not stacked */
} pleat_weight_scope;

/* Binds the tensors named prefix + module + row's name. Sizes may be letters, -1 to -8: letters[-size - 1] is the size
 * when it is not 0, else it becomes the size that the file has; so a module learns its sizes from the file, and tensors
 * that do not fit each other are told apart as in pleat_weights_bind. */
pleat_status pleat_weights_bind_scope(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                      const pleat_weight_row *rows, int64_t letters[8], void *fields);

/* True when there is a tensor of that name in the scope. */
bool pleat_weights_scope_has(const pleat_weight_scope *scope, const char *name);

#endif
