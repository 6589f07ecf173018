/* Zip archives of published weights (.pt, .npz): members by name, with limits on what they may unpack to.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_ZIP_H
#define PLEAT_DATA_CONVERT_ZIP_H

#include <stdbool.h>

#include "lib/memory.h"

typedef struct pleat_zip pleat_zip;

/* Opens an archive and checks its list of members: no encryption, no more than 200000 members, stored or deflated,
 * and no more bytes in all than 16 MiB + 100 times the file's size. */
pleat_status pleat_zip_open(pleat_context *context, const char *path, pleat_zip **zip);

/* The same of an archive that lies inside a larger file; `name` is what sentences call it. */
typedef struct pleat_zip_place {
  const char *path, *name;
  size_t offset, length;
} pleat_zip_place;
pleat_status pleat_zip_open_at(pleat_context *context, const pleat_zip_place *place, pleat_zip **zip);
void pleat_zip_close(pleat_zip *zip);

const char *pleat_zip_path(const pleat_zip *zip);
size_t pleat_zip_total(const pleat_zip *zip); /* unpacked bytes of all members together */
size_t pleat_zip_count(const pleat_zip *zip);
const char *pleat_zip_name(const pleat_zip *zip, size_t index);

/* False when there is no such member. */
bool pleat_zip_find(const pleat_zip *zip, const char *name, size_t *index);

/* All bytes of a member, its checksum compared; the caller releases *bytes with pleat_memory_release. */
pleat_status pleat_zip_read(const pleat_zip *zip, size_t index, char **bytes, size_t *length);

#endif
