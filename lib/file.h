/* Whole files in (plain or gzipped) and files out by atomic rename: a name either holds the whole file or is untouched.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_FILE_H
#define PLEAT_LIB_FILE_H

#include <stdio.h>

#include "lib/memory.h"

/* All bytes of a file, unzipped when it is gzip, with a 0 behind them; refuses more than `limit` bytes (0: 1 GiB).
 * The caller releases *bytes with pleat_memory_release. */
pleat_status pleat_file_read(pleat_context *context, const char *path, size_t limit, char **bytes, size_t *length);

/* Writes `length` bytes to `path` through a temporary file in the same folder, fsync and rename. */
pleat_status pleat_file_write(pleat_context *context, const char *path, const void *bytes, size_t length);

/* The same in two steps, for writers that need a name (HDF5): begin gives the temporary name (released by commit or
 * abandon); commit makes it `path`; abandon removes it. */
pleat_status pleat_file_begin(pleat_context *context, const char *path, char **temporary);
pleat_status pleat_file_commit(pleat_context *context, const char *path, char *temporary);
void pleat_file_abandon(pleat_context *context, char *temporary);

#endif
