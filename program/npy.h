/* Arrays as numpy's .npy files.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_NPY_H
#define PLEAT_PROGRAM_NPY_H

#include <stdbool.h>

#include "pleat.h"

/* Format version 1.0, float32; false after a sentence. */
bool pleat_npy_write(const char *path, const pleat_array *array);

#endif
