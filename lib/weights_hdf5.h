/* What the writer and the reader of model files agree on.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_WEIGHTS_HDF5_H
#define PLEAT_LIB_WEIGHTS_HDF5_H

#include "lib/hdf5.h"
#include "lib/weights_set.h"

enum { PLEAT_WEIGHTS_FORMAT_VERSION = 1 };
#define PLEAT_WEIGHTS_FORMAT "pleat-model"
#define PLEAT_WEIGHTS_CRC "crc32"       /* of a dataset's bytes, as zlib's */
#define PLEAT_WEIGHTS_EXACT_NAME "name" /* of a dataset whose name does not survive as a path */

uint32_t pleat_weights_checksum(const pleat_tensor *tensor);

/* The HDF5 type that a tensor has in memory; the caller closes it. Booleans are h5py's enumeration. */
hid_t pleat_weights_type(pleat_dtype dtype);

#endif
