/* A set of byte strings: open addressing with linear steps, at most half full.
 * SPDX-License-Identifier: MIT */
#include "msa/rowset.h"

#include <string.h>

void pleat_rowset_init(pleat_rowset *set, pleat_context *context) { *set = (pleat_rowset){.context = context}; }

void pleat_rowset_free(pleat_rowset *set) {
  pleat_memory_release(set->context, set->keys);
  pleat_memory_release(set->context, set->slots);
  pleat_rowset_init(set, set->context);
}

/* FNV-1a of 64 bits, its high bits folded in. */
static uint64_t hash(const char *bytes, size_t length) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
  return h ^ (h >> 29);
}

static bool equals(const pleat_rowset_key *key, const char *bytes, size_t length) {
  return key->length == length && (length == 0 || memcmp(key->bytes, bytes, length) == 0);
}

/* The slot where the key is, or the free one where it would go. */
static size_t find_slot(const pleat_rowset *set, const char *bytes, size_t length) {
  size_t slot = (size_t)hash(bytes, length) & (set->slot_count - 1);
  while (set->slots[slot] && !equals(&set->keys[set->slots[slot] - 1], bytes, length))
    slot = (slot + 1) & (set->slot_count - 1);
  return slot;
}

static pleat_status make_room(pleat_rowset *set) {
  if (2 * (set->count + 1) <= set->slot_count) return PLEAT_OK;
  size_t wanted = set->slot_count ? 2 * set->slot_count : 64, *slots;
  PLEAT_TRY(pleat_memory_take(set->context, wanted, sizeof *slots, &slots));
  pleat_memory_release(set->context, set->slots);
  set->slots = slots;
  set->slot_count = wanted;
  for (size_t i = 0; i < set->count; i++) set->slots[find_slot(set, set->keys[i].bytes, set->keys[i].length)] = i + 1;
  return PLEAT_OK;
}

pleat_status pleat_rowset_add(pleat_rowset *set, const char *bytes, size_t length, size_t *index, bool *is_new) {
  PLEAT_TRY(make_room(set));
  PLEAT_TRY(pleat_memory_grow(set->context, &set->keys, &set->capacity, set->count + 1, sizeof *set->keys));
  size_t slot = find_slot(set, bytes, length);
  bool added = !set->slots[slot];
  if (added) {
    set->keys[set->count] = (pleat_rowset_key){bytes, length};
    set->slots[slot] = ++set->count;
  }
  *index = set->slots[slot] - 1;
  if (is_new) *is_new = added;
  return PLEAT_OK;
}

size_t pleat_rowset_find(const pleat_rowset *set, const char *bytes, size_t length) {
  if (!set->count) return SIZE_MAX;
  size_t found = set->slots[find_slot(set, bytes, length)];
  return found ? found - 1 : SIZE_MAX;
}
