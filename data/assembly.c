/* Structures put together from others: chain names that do not clash.
 * SPDX-License-Identifier: MIT */
#include "data/assembly.h"

#include <string.h>

static bool is_used(const pleat_assembly *a, const char *chain) {
  for (size_t i = 0; i < a->count; i++)
    if (!strcmp(a->used[i], chain)) return true;
  return false;
}

static void use(pleat_assembly *a, const char name[8]) {
  if (a->count < PLEAT_ASSEMBLY_CHAINS) memcpy(a->used[a->count++], name, 8);
}

void pleat_assembly_reserve(pleat_assembly *a, const pleat_structure *structure) {
  for (size_t c = 0; c < structure->chain_count; c++)
    if (!is_used(a, structure->chains[c].id)) use(a, structure->chains[c].id);
}

void pleat_assembly_begin_copy(pleat_assembly *a) { a->pairs = 0; }

static void free_name(const pleat_assembly *a, char name[8]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  enum { LETTERS = sizeof letters - 1 };
  for (int n = 0; n < LETTERS * (LETTERS + 1); n++) {
    int first = n < LETTERS ? n : (n - LETTERS) / LETTERS, second = n < LETTERS ? LETTERS : (n - LETTERS) % LETTERS;
    name[0] = letters[first], name[1] = letters[second], name[2] = 0;
    if (!is_used(a, name)) return;
  }
}

static const char *name_of(pleat_assembly *a, bool keep, const char *chain) {
  for (size_t i = 0; i < a->pairs; i++)
    if (!strcmp(a->from[i], chain)) return a->to[i];
  if (a->pairs == PLEAT_ASSEMBLY_NAMES) return chain;
  memcpy(a->from[a->pairs], chain, 8);
  memcpy(a->to[a->pairs], chain, 8);
  if (!keep || is_used(a, chain)) free_name(a, a->to[a->pairs]);
  use(a, a->to[a->pairs]);
  return a->to[a->pairs++];
}

void pleat_assembly_rename(pleat_assembly *a, bool keep, pleat_structure_record *record) {
  const char *name = name_of(a, keep, record->site.chain);
  memmove(record->site.chain, name, sizeof record->site.chain);
  memset(record->label_chain, 0, sizeof record->label_chain);
}
