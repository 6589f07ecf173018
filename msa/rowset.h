/* A set of byte strings that numbers them in the order of their first appearance: duplicates, names, species.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_ROWSET_H
#define PLEAT_MSA_ROWSET_H

#include <stdbool.h>

#include "lib/memory.h"

typedef struct pleat_rowset_key {
  const char *bytes; /* the caller's; must live as long as the set */
  size_t length;
} pleat_rowset_key;

typedef struct pleat_rowset {
  pleat_context *context;
  pleat_rowset_key *keys; /* (count) in order of appearance */
  size_t count, capacity;
  size_t *slots; /* (slot_count) a power of two; number of a key + 1, or 0 */
  size_t slot_count;
} pleat_rowset;

void pleat_rowset_init(pleat_rowset *set, pleat_context *context);
void pleat_rowset_free(pleat_rowset *set);

/* *index is the key's number, new or old; *is_new says which. `is_new` may be NULL. Constant time on average. */
pleat_status pleat_rowset_add(pleat_rowset *set, const char *bytes, size_t length, size_t *index, bool *is_new);

/* The key's number, or SIZE_MAX. */
size_t pleat_rowset_find(const pleat_rowset *set, const char *bytes, size_t length);

#endif
