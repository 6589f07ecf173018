/* The files of a job as one zip archive.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_ARCHIVE_H
#define PLEAT_PROGRAM_ARCHIVE_H

#include <jansson.h>
#include <stdbool.h>

/* Packs files of the folder, the keys of `names`, into the archive `path`: the same files are the same bytes. False after a
 * sentence. */
bool pleat_archive_write(const char *path, const char *folder, json_t *names);

#endif
