/* The safetensors format: a length, a JSON header, and the tensors' bytes.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_SAFETENSORS_H
#define PLEAT_DATA_CONVERT_SAFETENSORS_H

#include <stdbool.h>

#include "lib/weights.h"

/* True for a file's first bytes: a sane header length and an opening brace. */
bool pleat_safetensors_is(const char *head, size_t length);

/* Adds every tensor of the file's bytes; ranges must lie in the file, not overlap and leave no hole. */
pleat_status pleat_safetensors_read(pleat_weights *weights, const char *bytes, size_t length);

#endif
