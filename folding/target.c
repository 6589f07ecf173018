/* Targets: making and freeing them, looking up residues and chains, stored draws.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/target_parts.h"

const char pleat_target_letters[PLEAT_TARGET_LETTERS + 1] = "ACDEFGHIKLMNPQRSTVWYX";

int pleat_target_letter_index(char letter) {
  if (letter >= 'a' && letter <= 'z') letter = (char)(letter - 'a' + 'A');
  const char *at = letter ? strchr(pleat_target_letters, letter) : NULL;
  return at ? (int)(at - pleat_target_letters) : -1;
}

/* ---- Residues by what people call them ---- */

const char *pleat_target_place(const pleat_target *target, int32_t residue, char text[24]) {
  const pleat_target_residue *r = &target->residues[residue];
  char icode[2] = {r->insertion_code == ' ' ? 0 : r->insertion_code, 0};
  snprintf(text, 24, "%s%d%s", r->chain, r->number, icode);
  return text;
}

static int compare_codes(const void *a, const void *b) {
  const pleat_target_code *first = a, *second = b;
  int order = strcmp(first->text, second->text);
  return order ? order : (first->residue > second->residue) - (first->residue < second->residue);
}

/* Sorting by chain name and place in the file. */
typedef struct chain_place {
  char chain[8];
  int32_t residue;
} chain_place;

static int compare_chains(const void *a, const void *b) {
  const chain_place *first = a, *second = b;
  int order = strcmp(first->chain, second->chain);
  return order ? order : (first->residue > second->residue) - (first->residue < second->residue);
}

static pleat_status sort_by_chain(pleat_target *target) {
  size_t length = (size_t)target->backbone.length;
  chain_place *places;
  PLEAT_TRY(pleat_memory_take(target->context, length, sizeof *places, &places));
  for (size_t i = 0; i < length; i++) {
    memcpy(places[i].chain, target->residues[i].chain, sizeof places->chain);
    places[i].residue = (int32_t)i;
  }
  qsort(places, length, sizeof *places, compare_chains);
  for (size_t i = 0; i < length; i++) {
    target->sorted[i] = places[i].residue;
    bool starts = i == 0 || strcmp(places[i].chain, places[i - 1].chain) != 0;
    if (starts) target->chain_start[target->protein_chains++] = (int32_t)i;
  }
  target->chain_start[target->protein_chains] = (int32_t)length;
  pleat_memory_release(target->context, places);
  return PLEAT_OK;
}

static bool same_chain(const pleat_target *target, int32_t a, int32_t b) {
  return strcmp(target->residues[a].chain, target->residues[b].chain) == 0;
}

/* "A1" + 2 and "A" + 12 read the same without being the same residue. */
static pleat_status index_residues(pleat_target *target) {
  size_t length = (size_t)target->backbone.length;
  PLEAT_TRY(sort_by_chain(target));
  for (size_t i = 0; i < length; i++) {
    pleat_target_place(target, target->sorted[i], target->codes[i].text);
    target->codes[i].residue = target->sorted[i];
  }
  qsort(target->codes, length, sizeof *target->codes, compare_codes);
  for (size_t i = 1; i < length; i++) {
    const pleat_target_code *a = &target->codes[i - 1], *b = &target->codes[i];
    PLEAT_CHECK(target->context, strcmp(a->text, b->text) != 0 || !same_chain(target, a->residue, b->residue),
                PLEAT_ERROR_INPUT,
                "%s: residue %s is there twice; each residue of a chain needs its own number or insertion code",
                target->backbone.name, a->text);
  }
  return PLEAT_OK;
}

/* The first of the sorted codes that is not before `text`. */
static size_t lower_bound(const pleat_target *target, const char *text) {
  size_t low = 0, high = (size_t)target->backbone.length;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(target->codes[middle].text, text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Names of the chains, "A, B, C", cut with "..." where they are many. */
static void list_chains(const pleat_target *target, char list[200]) {
  size_t length = 0;
  list[0] = 0;
  for (int32_t i = 0; i < target->chain_count && length < 180; i++)
    length += (size_t)snprintf(list + length, 200 - length, "%s%s", i ? ", " : "",
                               length > 160 ? "..." : target->chains[i][0] ? target->chains[i] : "(no name)");
}

pleat_status pleat_target_find(const pleat_target *target, const char *setting, const char *text, int32_t *residue) {
  size_t at = lower_bound(target, text), length = (size_t)target->backbone.length;
  bool found = at < length && strcmp(target->codes[at].text, text) == 0;
  char chains[200], first[24], last[24];
  list_chains(target, chains);
  PLEAT_CHECK(target->context, found, PLEAT_ERROR_NOT_FOUND,
              "%s: there is no residue '%s' in %s, whose residues run from %s to %s; a residue is named by chain, "
              "number and insertion code, and the chains are %s", setting, text, target->backbone.name,
              pleat_target_place(target, 0, first), pleat_target_place(target, (int32_t)length - 1, last), chains);
  PLEAT_CHECK(target->context, at + 1 == length || strcmp(target->codes[at + 1].text, text) != 0, PLEAT_ERROR_INPUT,
              "%s: '%s' can be read as two residues of %s, because chain names end in digits", setting, text,
              target->backbone.name);
  *residue = target->codes[at].residue;
  return PLEAT_OK;
}

pleat_status pleat_target_check_chain(const pleat_target *target, const char *setting, const char *name) {
  char chains[200];
  for (int32_t i = 0; i < target->chain_count; i++)
    if (strcmp(target->chains[i], name) == 0) return PLEAT_OK;
  list_chains(target, chains);
  return pleat_status_fail(target->context, PLEAT_ERROR_NOT_FOUND,
                           "%s: there is no chain '%s' in %s, its chains are %s", setting, name, target->backbone.name,
                           chains);
}

/* ---- Making and freeing ---- */

static void set_defaults(pleat_target *target) {
  target->settings.cutoff = 8;
  target->backbone.atom_context = true;
}

static pleat_status fill(pleat_target *target, const char *name, const pleat_structure *structure,
                         const pleat_target_selection *selection) {
  char *copy;
  PLEAT_TRY(pleat_pool_copy_text(&target->pool, name, strlen(name), &copy));
  target->backbone.name = copy;
  set_defaults(target);
  PLEAT_TRY(pleat_target_read(target, structure, selection));
  PLEAT_TRY(index_residues(target));
  pleat_target_resolve(target);
  pleat_target_resolve_bias(target);
  return pleat_target_resolve_near_ligand(target);
}

pleat_status pleat_target_create(pleat_context *context, const char *name, const pleat_structure *structure,
                                 const pleat_target_selection *selection, pleat_target **target) {
  pleat_target *made;
  *target = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *made, &made));
  made->context = context;
  pleat_pool_init(&made->pool, context, 0);
  pleat_status status = fill(made, name, structure, selection);
  if (status) pleat_target_free(made);
  else *target = made;
  return status;
}

void pleat_target_free(pleat_target *target) {
  if (!target) return;
  pleat_context *context = target->context;
  pleat_target_groups *lists[2] = {&target->settings.ties, &target->settings.weights};
  for (int i = 0; i < 2; i++) {
    pleat_memory_release(context, lists[i]->start);
    pleat_memory_release(context, lists[i]->member);
    pleat_memory_release(context, lists[i]->weight);
  }
  for (int kind = 0; kind < PLEAT_DRAW_KINDS; kind++)
    pleat_memory_release(context, (void *)(uintptr_t)target->draws[kind].data);
  pleat_pool_free(&target->pool);
  pleat_memory_release(context, target);
}

const char *pleat_target_name(const pleat_target *target) { return target->backbone.name; }
size_t pleat_target_residue_count(const pleat_target *target) { return (size_t)target->backbone.length; }
const pleat_backbone *pleat_target_backbone(const pleat_target *target) { return &target->backbone; }

pleat_target_residue pleat_target_residue_at(const pleat_target *target, size_t index) {
  pleat_target_residue residue = target->residues[index];
  residue.designed = target->backbone.designed[index] > 0;
  residue.near_ligand = target->backbone.near_ligand[index] > 0;
  return residue;
}

/* ---- Stored draws ---- */

static const struct {
  const char *name, *shape;
  int rank;
  int length_at; /* which size is L, -1: none */
} draw_kinds[PLEAT_DRAW_KINDS] = {{"randn", "(samples,L)", 2, 1},
                                  {"exponential", "(steps,samples,20)", 3, -1},
                                  {"uniform", "(L,4)", 2, 0},
                                  {"angles", "(steps,candidates,L,4)", 4, 2}};

static pleat_status check_draws(const pleat_target *target, const pleat_array *draws, int kind, size_t *count) {
  bool fits = draws->rank == draw_kinds[kind].rank;
  *count = 1;
  for (int i = 0; fits && i < draws->rank; i++) {
    fits = draws->shape[i] > 0 && *count <= SIZE_MAX / sizeof(float) / draws->shape[i];
    *count *= draws->shape[i];
  }
  int at = draw_kinds[kind].length_at, last = draw_kinds[kind].rank - 1;
  fits = fits && (at < 0 || draws->shape[at] == (size_t)target->backbone.length);
  fits = fits && (kind != PLEAT_DRAW_EXPONENTIAL || draws->shape[last] == PLEAT_TARGET_DRAWN);
  fits = fits && ((kind != PLEAT_DRAW_UNIFORM && kind != PLEAT_DRAW_ANGLES) || draws->shape[last] == 4);
  PLEAT_CHECK(target->context, fits, PLEAT_ERROR_INPUT, "%s: the draws '%s' must be %s with L = %lld residues",
              target->backbone.name, draws->name, draw_kinds[kind].shape, (long long)target->backbone.length);
  for (size_t i = 0; i < *count; i++)
    PLEAT_CHECK(target->context, isfinite(draws->data[i]), PLEAT_ERROR_INPUT,
                "%s: number %zu of the draws '%s' is not finite", target->backbone.name, i + 1, draws->name);
  return PLEAT_OK;
}

pleat_status pleat_target_set_draws(pleat_target *target, const pleat_array *draws) {
  int kind = 0;
  size_t count;
  float *data;
  while (kind < PLEAT_DRAW_KINDS && strcmp(draw_kinds[kind].name, draws->name) != 0) kind++;
  PLEAT_CHECK(target->context, kind < PLEAT_DRAW_KINDS, PLEAT_ERROR_NOT_FOUND,
              "%s: there are no draws '%s', they are randn, exponential, uniform and angles", target->backbone.name,
              draws->name);
  PLEAT_TRY(check_draws(target, draws, kind, &count));
  PLEAT_TRY(pleat_memory_take(target->context, count, sizeof *data, &data));
  memcpy(data, draws->data, count * sizeof *data);
  pleat_memory_release(target->context, (void *)(uintptr_t)target->draws[kind].data);
  target->draws[kind] = *draws;
  target->draws[kind].name = draw_kinds[kind].name;
  target->draws[kind].data = data;
  return PLEAT_OK;
}

const pleat_array *pleat_target_draws(const pleat_target *target, pleat_draw_kind kind) {
  return target->draws[kind].data ? &target->draws[kind] : NULL;
}
