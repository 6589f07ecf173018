/* Tar archives of published weights: where each member lies in the file. Nothing is ever unpacked to the disk.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_TAR_H
#define PLEAT_DATA_CONVERT_TAR_H

#include <stdbool.h>

#include "lib/memory.h"

typedef struct pleat_tar_member {
  const char *name; /* as in the archive: a relative path without ".." */
  size_t offset, length;
} pleat_tar_member;

typedef struct pleat_tar {
  pleat_pool texts;
  pleat_tar_member *members; /* regular files, in their order */
  size_t count, capacity;
} pleat_tar;

/* True when the file starts with a tar header whose checksum is right. */
bool pleat_tar_is(const char *path);

/* Lists the members of an uncompressed archive (POSIX ustar, or GNU tar's own). Refused: links, devices, paths that leave
 * the archive, two members of one name, extended headers that change a name or a size, members that end behind the file. */
pleat_status pleat_tar_open(pleat_context *context, const char *path, pleat_tar *tar);
void pleat_tar_close(pleat_tar *tar);

#endif
