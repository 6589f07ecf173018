/* Lists of rotations in text files: a quaternion w x y z a line; and the file that keeps plans of Fourier transforms.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_ROTATION_LIST_H
#define PLEAT_PROGRAM_ROTATION_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "program/options.h"

/* The file's quaternions (count,4), which the caller frees; false after a sentence that names file and line. '#' starts a
 * comment. */
bool pleat_rotation_list_read(const char *verb, const char *path, double **quaternions, size_t *count);

/* $XDG_CACHE_HOME/pleat/fftw-wisdom or ~/.cache/pleat/fftw-wisdom, its folder made; NULL where that cannot be. The caller
 * frees it. */
char *pleat_rotation_list_wisdom(void);

/* The number that an option gives; false after a sentence when it is none from `least` to `most`. */
bool pleat_rotation_list_number(const pleat_options *options, pleat_option_id id, double least, double most, double *value);

#endif
