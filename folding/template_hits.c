/* Templates from HHsearch's hits: by their sum of probabilities the first four that pass AlphaFold 2.3's filters.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/template_parts.h"

/* "4ZEY_A text": file name 4zey, chain A. */
typedef struct hit_name {
  char file[80], chain[16];
} hit_name;

static pleat_status read_name(const pleat_templates_adder *a, const pleat_hhr_hit *hit, hit_name *name) {
  size_t length = strcspn(hit->name, " \t"), at = length;
  while (at > 0 && hit->name[at - 1] != '_') at--;
  PLEAT_CHECK(a->context, at > 1 && at - 1 < sizeof name->file && length > at && length - at < sizeof name->chain,
              PLEAT_ERROR_INPUT,
              "%s: hit %d, '%.40s', should begin with a structure's name and its chain, such as 4ZEY_A",
              a->source->hits, hit->number, hit->name);
  snprintf(name->file, sizeof name->file, "%.*s", (int)(at - 1), hit->name);
  snprintf(name->chain, sizeof name->chain, "%.*s", (int)(length - at), hit->name + at);
  return PLEAT_OK;
}

/* FOLDER/4zey.cif and the like; false: it is not there. */
static bool find_file(const pleat_templates_adder *a, const hit_name *name, char path[4096]) {
  for (int as_is = 0; as_is < 2; as_is++) {
    char file[80];
    for (size_t i = 0; i < sizeof file; i++)
      file[i] = as_is ? name->file[i] : (char)tolower((unsigned char)name->file[i]);
    for (const char *const *ending = pleat_templates_endings; *ending; ending++)
      for (int zipped = 0; zipped < 2; zipped++) {
        snprintf(path, 4096, "%s/%s%s%s", a->source->folder, file, *ending, zipped ? ".gz" : "");
        if (access(path, F_OK) == 0) return true;
      }
  }
  return false;
}

/* A hit on its way to a template. */
typedef struct hit_work {
  const pleat_hhr_hit *hit;
  int chain; /* of the query */
  hit_name name;
  int32_t *partners; /* (L) of the hit's stretch, then of the structure's chain */
  char *letters;     /* (L) */
  char *stretch;     /* the hit's letters */
  int32_t *places;   /* (stretch) */
} hit_work;

static pleat_status find_stretch(pleat_templates_adder *a, hit_work *w, const pleat_protein *protein, const char *path,
                                 const pleat_protein_chain **chain) {
  const char **texts;
  pleat_template_place place;
  PLEAT_TRY(pleat_memory_take(a->context, 2 * protein->count, sizeof *texts, &texts));
  for (size_t c = 0; c < protein->count; c++) {
    texts[c] = protein->chains[c].id;
    texts[protein->count + c] = protein->chains[c].sequence;
  }
  const pleat_template_chains chains = {texts, texts + protein->count, protein->count, path};
  pleat_status status = pleat_template_find(a->context, w->stretch, w->name.chain, &chains, w->places, &place);
  pleat_memory_release(a->context, texts);
  PLEAT_TRY(status);
  *chain = &protein->chains[place.chain];
  for (size_t i = 0; a->query->sequence[w->chain][i]; i++) {
    int32_t in_stretch = w->partners[i], there = in_stretch < 0 ? -1 : w->places[in_stretch];
    w->partners[i] = there;
    if (there >= 0) w->letters[i] = place.realigned ? (*chain)->sequence[there] : w->stretch[in_stretch];
  }
  return PLEAT_OK;
}

static pleat_status use_structure(pleat_templates_adder *a, hit_work *w, const char *path) {
  pleat_template t = pleat_templates_begin(a, w->chain, w->hit->sum_probs);
  pleat_protein protein;
  char reason[PLEAT_TEMPLATE_REASON];
  pleat_template_laid on = {.places = w->partners, .letters = w->letters};
  PLEAT_TRY(pleat_protein_read(a->context, path, &protein));
  on.released = protein.released;
  pleat_status status = find_stretch(a, w, &protein, path, &on.chain);
  if (!status) pleat_templates_judge(a, &on, t.length, reason);
  if (!status) status = pleat_templates_keep(a, path, &on, reason, &t);
  pleat_protein_free(&protein);
  return status;
}

/* A hit that is refused without its structure. */
static pleat_status refuse_hit(pleat_templates_adder *a, const hit_work *w, const char *reason) {
  pleat_template t = pleat_templates_begin(a, w->chain, w->hit->sum_probs);
  size_t same = 0, aligned = 0;
  char name[120];
  snprintf(name, sizeof name, "%s_%s", w->name.file, w->name.chain);
  for (int64_t i = 0; i < t.length; i++) {
    if (w->partners[i] < 0) continue;
    aligned++;
    same += w->stretch[w->partners[i]] == t.sequence[i];
  }
  t.info.coverage = (double)aligned / (double)t.length;
  t.info.identity = aligned ? (double)same / (double)aligned : 0;
  PLEAT_TRY(pleat_templates_copy_text(a, name, &t.info.name));
  PLEAT_TRY(pleat_templates_copy_text(a, reason, &t.info.refused));
  return pleat_templates_add(a, &t);
}

static pleat_status use_hit(pleat_templates_adder *a, hit_work *w) {
  const char *query = a->query->sequence[w->chain];
  char path[4096], reason[PLEAT_TEMPLATE_REASON];
  size_t letters = 0;
  PLEAT_TRY(read_name(a, w->hit, &w->name));
  PLEAT_TRY(pleat_hhr_map(a->context, w->hit, query, w->partners));
  for (size_t i = 0; i < w->hit->length; i++)
    if (w->hit->hit[i] != '-') w->stretch[letters++] = w->hit->hit[i];
  w->stretch[letters] = 0;
  if (!pleat_template_is_useful(w->hit, query, reason)) return refuse_hit(a, w, reason);
  PLEAT_CHECK(a->context, find_file(a, &w->name, path), PLEAT_ERROR_NOT_FOUND,
              "%s: hit %d, %s_%s: its structure, %.80s.cif (or .pdb, or .gz of these), is not in %s", a->source->hits,
              w->hit->number, w->name.file, w->name.chain, w->name.file, a->source->folder);
  return use_structure(a, w, path);
}

static pleat_status try_hit(pleat_templates_adder *a, const pleat_hhr_hit *hit, int chain) {
  size_t length = strlen(a->query->sequence[chain]);
  hit_work work = {.hit = hit, .chain = chain};
  pleat_pool pool;
  pleat_pool_init(&pool, a->context, 0);
  pleat_status status = pleat_pool_take(&pool, length, sizeof *work.partners, &work.partners);
  if (!status) status = pleat_pool_take(&pool, length + 1, 1, &work.letters);
  if (!status) status = pleat_pool_take(&pool, hit->length + 1, 1, &work.stretch);
  if (!status) status = pleat_pool_take(&pool, hit->length + 1, sizeof *work.places, &work.places);
  if (!status) status = use_hit(a, &work);
  pleat_pool_free(&pool);
  return status;
}

/* The first chain whose sequence holds what all hits align with; that of the first one, whose sentence it is, when
 * there is none. */
static pleat_status find_chain(const pleat_templates_adder *a, const pleat_hhr *hhr, int *chain) {
  const pleat_query *query = a->query;
  pleat_status status = PLEAT_OK;
  for (*chain = 0; *chain < query->chains; ++*chain) {
    int32_t *partners;
    if (!pleat_templates_is_kind(query, *chain)) continue;
    PLEAT_TRY(pleat_memory_take(a->context, strlen(query->sequence[*chain]), sizeof *partners, &partners));
    status = PLEAT_OK;
    for (size_t h = 0; !status && h < hhr->count; h++)
      status = pleat_hhr_map(a->context, &hhr->hits[h], query->sequence[*chain], partners);
    pleat_memory_release(a->context, partners);
    if (status != PLEAT_ERROR_INPUT) return status;
  }
  return pleat_status_fail(a->context, PLEAT_ERROR_INPUT,
                           "%s: its hits are those of another query: no chain of %s has all their aligned parts",
                           a->source->hits, query->name);
}

static double probs_of(const pleat_hhr_hit *hit) { return isfinite(hit->sum_probs) ? hit->sum_probs : 0; }

/* By sum of probabilities, the greatest first, then as in the file. */
static int by_probs(const void *x, const void *y) {
  const pleat_hhr_hit *a = *(const pleat_hhr_hit *const *)x, *b = *(const pleat_hhr_hit *const *)y;
  if (probs_of(a) != probs_of(b)) return probs_of(a) > probs_of(b) ? -1 : 1;
  return (a > b) - (a < b);
}

static pleat_status try_hits(pleat_templates_adder *a, const pleat_hhr *hhr, int chain) {
  const pleat_hhr_hit **order;
  PLEAT_TRY(pleat_memory_take(a->context, hhr->count, sizeof *order, &order));
  for (size_t h = 0; h < hhr->count; h++) order[h] = &hhr->hits[h];
  qsort(order, hhr->count, sizeof *order, by_probs);
  pleat_status status = PLEAT_OK;
  for (size_t h = 0; !status && h < hhr->count && pleat_templates_used(a, chain) < PLEAT_TEMPLATES_MOST; h++)
    status = try_hit(a, order[h], chain);
  pleat_memory_release(a->context, order);
  return status;
}

pleat_status pleat_templates_add_hits(pleat_templates_adder *a) {
  pleat_hhr hhr;
  int chain = 0, before = 0;
  pleat_hhr_init(&hhr, a->context);
  pleat_status status = pleat_hhr_read(&hhr, a->source->hits);
  if (!status && !hhr.count)
    status = pleat_status_fail(a->context, PLEAT_ERROR_INPUT, "%s: has no hits", a->source->hits);
  if (!status) status = find_chain(a, &hhr, &chain);
  if (!status) before = pleat_templates_used(a, chain);
  if (!status) status = try_hits(a, &hhr, chain);
  pleat_hhr_free(&hhr);
  PLEAT_TRY(status);
  if (before || pleat_templates_used(a, chain)) return PLEAT_OK;
  const pleat_template_info *last = &a->query->templates->list[a->query->templates->count - 1].info;
  return pleat_status_fail(a->context, PLEAT_ERROR_INPUT, "%s: none of its hits can be a template; %s: %s",
                           a->source->hits, last->name, last->refused);
}
