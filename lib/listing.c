/* Reading the names in a folder.
 * SPDX-License-Identifier: MIT */
#include "lib/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool ends_with(const char *text, size_t length, const char *ending) {
  size_t tail = strlen(ending);
  return length > tail && strncasecmp(text + length - tail, ending, tail) == 0;
}

size_t pleat_listing_stem(const char *name, const char *const *endings) {
  size_t length = strlen(name);
  if (name[0] == '.') return 0;
  if (ends_with(name, length, ".gz")) length -= 3;
  for (; *endings; endings++)
    if (ends_with(name, length, *endings)) return length - strlen(*endings);
  return 0;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static pleat_status add_name(pleat_listing *listing, const char *name) {
  PLEAT_TRY(pleat_memory_grow(listing->pool.context, &listing->files, &listing->capacity, listing->count + 1,
                              sizeof *listing->files));
  PLEAT_TRY(pleat_pool_copy_text(&listing->pool, name, strlen(name), &listing->files[listing->count]));
  listing->count++;
  return PLEAT_OK;
}

pleat_status pleat_listing_read(pleat_context *context, const char *folder, const char *const *endings,
                                pleat_listing *listing) {
  *listing = (pleat_listing){0};
  pleat_pool_init(&listing->pool, context, 0);
  DIR *directory = opendir(folder);
  pleat_status status = PLEAT_OK;
  PLEAT_CHECK(context, directory, PLEAT_ERROR_IO, "%s: cannot be listed: %s", folder, strerror(errno));
  for (struct dirent *entry; !status && (entry = readdir(directory));)
    if (pleat_listing_stem(entry->d_name, endings)) status = add_name(listing, entry->d_name);
  closedir(directory);
  if (listing->count) qsort(listing->files, listing->count, sizeof *listing->files, compare_names);
  return status;
}

void pleat_listing_free(pleat_listing *listing) {
  pleat_memory_release(listing->pool.context, listing->files);
  pleat_pool_free(&listing->pool);
  listing->files = NULL;
  listing->count = listing->capacity = 0;
}

pleat_status pleat_listing_path(pleat_listing *listing, const char *folder, const char *file, char **path) {
  size_t length = strlen(folder), size = length + strlen(file) + 2;
  PLEAT_TRY(pleat_pool_take(&listing->pool, size, 1, path));
  snprintf(*path, size, "%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", file);
  return PLEAT_OK;
}
