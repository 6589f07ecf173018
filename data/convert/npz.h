/* NumPy archives (.npz): one .npy member an array.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_NPZ_H
#define PLEAT_DATA_CONVERT_NPZ_H

#include "data/convert/zip.h"
#include "lib/weights.h"

/* True when some member ends in .npy. */
bool pleat_npz_is_zip(const pleat_zip *zip);

/* Adds every array under its member's name without ".npy". Arrays of objects, texts and records are refused. */
pleat_status pleat_npz_read(const pleat_zip *zip, pleat_weights *weights);

/* One member, a .npy file's bytes with a 0 behind them. */
pleat_status pleat_npz_read_array(pleat_weights *weights, const char *name, const char *bytes, size_t length);

#endif
