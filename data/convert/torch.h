/* PyTorch weight files (.pt, .pth, .ckpt), as zip archives and in the format before 1.6: tensors by their dotted names.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_TORCH_H
#define PLEAT_DATA_CONVERT_TORCH_H

#include "data/convert/zip.h"
#include "lib/weights.h"

/* Adds every tensor, and every number of the containers as a tensor of rank 0, to `weights`. Keys of nested
 * dictionaries and indices of lists are joined by dots; texts and None are skipped. */
pleat_status pleat_torch_read_zip(const pleat_zip *zip, pleat_weights *weights);

/* The same from the bytes of a file of torch < 1.6. */
pleat_status pleat_torch_read_legacy(pleat_weights *weights, const char *bytes, size_t length);

/* True for the first bytes of such a file. */
bool pleat_torch_is_legacy(const char *bytes, size_t length);

/* True when the archive holds a data.pkl. */
bool pleat_torch_is_zip(const pleat_zip *zip);

#endif
