/* Files of a folder by their endings, sorted by name.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_LISTING_H
#define PLEAT_LIB_LISTING_H

#include "lib/memory.h"

typedef struct pleat_listing {
  char **files; /* names without the folder */
  size_t count, capacity;
  pleat_pool pool;
} pleat_listing;

/* The length of a file's name without .gz and one of the endings, in any case; 0: it has none of them, or is hidden. */
size_t pleat_listing_stem(const char *name, const char *const *endings);

/* `endings`: ".pdb", ..., ended by NULL. PLEAT_ERROR_IO when the folder cannot be read. Free it in any case. */
pleat_status pleat_listing_read(pleat_context *context, const char *folder, const char *const *endings,
                                pleat_listing *listing);
void pleat_listing_free(pleat_listing *listing);

/* FOLDER/FILE in the listing's pool. */
pleat_status pleat_listing_path(pleat_listing *listing, const char *folder, const char *file, char **path);

#endif
