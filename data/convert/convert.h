/* Published weight files of any known format into memory.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_CONVERT_H
#define PLEAT_DATA_CONVERT_CONVERT_H

#include "lib/weights.h"

/* Reads a .pt, .pth, .ckpt, .npz or .safetensors file; which of them it is, is found from its content. The weights'
 * `about` holds the file's base name and sha256, the rest of it is empty. Nothing in the file is run. AlphaFold 2's parameters under OpenFold's names get their published names and shapes. */
pleat_status pleat_convert_read(pleat_context *context, const char *path, pleat_weights **weights);

/* The same of an .npz that lies inside a larger, uncompressed file (a member of a tar archive); `name` is what sentences call
 * it, and its part behind the last '/' is the weights' source file. */
typedef struct pleat_convert_place {
  const char *path, *name;
  size_t offset, length;
} pleat_convert_place;
pleat_status pleat_convert_read_at(pleat_context *context, const pleat_convert_place *place, pleat_weights **weights);

/* True when the file starts as pleat's own model files do (HDF5). */
bool pleat_convert_is_model_file(const char *path);

/* The sha256 of a regular file as 64 hex digits and a terminating 0. */
pleat_status pleat_convert_sha256(pleat_context *context, const char *path, char digits[65]);

#endif
