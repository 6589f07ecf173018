/* Templates of a query: the list, laying a structure on a chain, and what users call.
 * SPDX-License-Identifier: MIT */
#include "folding/template_parts.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "data/residue.h"
#include "lib/listing.h"
#include "msa/encode.h"

enum { ATOMS = PLEAT_RESIDUE_ATOM37, CA = 1, LEAST_ATOMS = 5, MOST_STEP = 150 };
const char *const pleat_templates_endings[] = {".cif", ".mmcif", ".pdb", ".ent", NULL};

/* ---- The list ---- */

int pleat_templates_of(const pleat_templates *templates, const char *sequence,
                       const pleat_template *used[PLEAT_TEMPLATES_MOST]) {
  int count = 0;
  for (size_t i = 0; templates && i < templates->count; i++) {
    const pleat_template *t = &templates->list[i];
    if (t->types && count < PLEAT_TEMPLATES_MOST && !strcmp(t->sequence, sequence)) used[count++] = t;
  }
  return count;
}

pleat_status pleat_templates_note(const pleat_templates *templates, pleat_result *result) {
  size_t count = templates ? templates->count : 0;
  pleat_template_info *notes;
  if (!count) return PLEAT_OK;
  PLEAT_TRY(pleat_pool_take(&result->pool, count, sizeof *notes, &notes));
  result->templates = notes;
  for (size_t i = 0; i < count; i++) {
    const pleat_template_info *info = &templates->list[i].info;
    char *name;
    if (info->refused) continue;
    PLEAT_TRY(pleat_pool_copy_text(&result->pool, info->name, strlen(info->name), &name));
    pleat_template_info *note = &notes[result->template_count++];
    *note = *info;
    note->path = "";
    note->name = name;
    note->chain = 0;
    while (strcmp(result->sequences[note->chain], templates->list[i].sequence)) note->chain++; /* of those not empty */
  }
  return PLEAT_OK;
}

size_t pleat_query_template_count(const pleat_query *query) { return query->templates ? query->templates->count : 0; }

pleat_template_info pleat_query_template_at(const pleat_query *query, size_t index) {
  return query->templates->list[index].info;
}

pleat_status pleat_templates_copy_text(pleat_templates_adder *a, const char *text, const char **copy) {
  char *made;
  PLEAT_TRY(pleat_pool_copy_text(&a->query->template_pool, text, strlen(text), &made));
  *copy = made;
  return PLEAT_OK;
}

pleat_status pleat_templates_add(pleat_templates_adder *a, const pleat_template *template) {
  pleat_pool *pool = &a->query->template_pool;
  pleat_templates *templates = a->query->templates;
  if (!templates) PLEAT_TRY(pleat_pool_take(pool, 1, sizeof *templates, &templates));
  a->query->templates = templates;
  if (templates->count == templates->capacity) {
    pleat_template *grown;
    PLEAT_TRY(pleat_pool_take(pool, 2 * templates->count + 8, sizeof *grown, &grown));
    if (templates->count) memcpy(grown, templates->list, templates->count * sizeof *grown);
    templates->capacity = 2 * templates->count + 8;
    templates->list = grown;
  }
  templates->list[templates->count++] = *template;
  return PLEAT_OK;
}

/* ---- One template ---- */

/* "4zey_A" of "dir/4zey.cif.gz" and chain A; path and name are kept. */
static pleat_status name_template(pleat_templates_adder *a, const char *path, const char *chain, pleat_template *t) {
  const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
  size_t stem = pleat_listing_stem(file, pleat_templates_endings);
  char name[300];
  snprintf(name, sizeof name, "%.*s_%s", (int)(stem ? stem : strlen(file)), file, chain);
  PLEAT_TRY(pleat_templates_copy_text(a, name, &t->info.name));
  return pleat_templates_copy_text(a, path, &t->info.path);
}

static pleat_status take_arrays(pleat_templates_adder *a, pleat_template *t) {
  pleat_pool *pool = &a->query->template_pool;
  size_t length = (size_t)t->length;
  PLEAT_TRY(pleat_pool_take(pool, length, sizeof *t->types, &t->types));
  PLEAT_TRY(pleat_pool_take(pool, length * ATOMS * 3, sizeof *t->positions, &t->positions));
  return pleat_pool_take(pool, length * ATOMS, sizeof *t->present, &t->present);
}

/* Atoms laid on the chain of the query. */
static void lay(pleat_template *t, const pleat_template_laid *on) {
  for (int64_t i = 0; i < t->length; i++) {
    int64_t place = on->places[i];
    t->types[i] = place < 0 ? PLEAT_ENCODE_GAP : pleat_encode_residue(on->letters[i]);
    if (place < 0) continue;
    memcpy(t->positions + i * ATOMS * 3, on->chain->positions + place * ATOMS * 3, ATOMS * 3 * sizeof(float));
    memcpy(t->present + i * ATOMS, on->chain->present + place * ATOMS, ATOMS * sizeof(float));
  }
}

/* FNV-1a over the arrays. */
static uint64_t digest(const pleat_template *t) {
  const struct {
    const void *data;
    size_t bytes;
  } parts[] = {{t->types, (size_t)t->length * sizeof *t->types},
               {t->positions, (size_t)t->length * ATOMS * 3 * sizeof(float)},
               {t->present, (size_t)t->length * ATOMS * sizeof(float)}};
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
    for (size_t i = 0; i < parts[p].bytes; i++)
      hash = (hash ^ ((const unsigned char *)parts[p].data)[i]) * UINT64_C(1099511628211);
  return hash;
}

static void measure(pleat_template *t, const pleat_template_laid *on) {
  size_t aligned = 0, same = 0;
  for (int64_t i = 0; i < t->length; i++) {
    if (on->places[i] < 0) continue;
    aligned++;
    same += on->letters[i] == t->sequence[i];
  }
  t->info.coverage = (double)aligned / (double)t->length;
  t->info.identity = aligned ? (double)same / (double)aligned : 0;
}

/* Whether C-alpha atoms of neighbours are impossibly far from each other. */
static bool is_torn(const pleat_protein_chain *chain) {
  for (size_t i = 1; i < chain->length; i++) {
    const float *x = chain->positions + (i * ATOMS + CA) * 3, *before = x - ATOMS * 3;
    if (chain->present[i * ATOMS + CA] * chain->present[(i - 1) * ATOMS + CA] == 0) continue;
    if (hypotf(hypotf(x[0] - before[0], x[1] - before[1]), x[2] - before[2]) > MOST_STEP) return true;
  }
  return false;
}

static size_t count_atoms(const pleat_template_laid *on, int64_t length) {
  size_t count = 0;
  for (int64_t i = 0; i < length; i++)
    for (int k = 0; on->places[i] >= 0 && k < ATOMS; k++) count += on->chain->present[on->places[i] * ATOMS + k] > 0;
  return count;
}

/* Why the structure cannot be used; "": it can. */
void pleat_templates_judge(const pleat_templates_adder *a, const pleat_template_laid *on, int64_t length,
                           char reason[PLEAT_TEMPLATE_REASON]) {
  const char *latest = a->source->latest;
  size_t atoms = count_atoms(on, length);
  *reason = 0;
  if (latest && !*on->released)
    snprintf(reason, PLEAT_TEMPLATE_REASON,
             "its file does not say when it was released, and only structures until %s are wanted", latest);
  else if (latest && strcmp(on->released, latest) > 0)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "it was released on %s, after %s", on->released, latest);
  else if (is_torn(on->chain))
    snprintf(reason, PLEAT_TEMPLATE_REASON, "neighbours in its chain are over %d angstrom apart", MOST_STEP);
  else if (atoms < LEAST_ATOMS)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "it has %zu atoms where it aligns; at least %d are needed", atoms,
             LEAST_ATOMS);
}

/* Adds it, used or (with a reason) refused. */
pleat_status pleat_templates_keep(pleat_templates_adder *a, const char *path, const pleat_template_laid *on,
                                  const char *reason, pleat_template *t) {
  PLEAT_TRY(name_template(a, path, on->chain->id, t));
  measure(t, on);
  if (*reason)
    PLEAT_TRY(pleat_templates_copy_text(a, reason, &t->info.refused));
  else
    PLEAT_TRY(take_arrays(a, t));
  if (t->types) lay(t, on);
  if (t->types) t->info.digest = digest(t);
  return pleat_templates_add(a, t);
}

pleat_template pleat_templates_begin(const pleat_templates_adder *a, int chain, double sum_probs) {
  const char *sequence = a->query->sequence[chain];
  return (pleat_template){.info = {.name = "", .path = "", .chain = chain, .sum_probs = sum_probs},
                          .sequence = sequence,
                          .length = (int64_t)strlen(sequence)};
}

int pleat_templates_used(const pleat_templates_adder *a, int chain) {
  const pleat_template *used[PLEAT_TEMPLATES_MOST];
  return pleat_templates_of(a->query->templates, a->query->sequence[chain], used);
}

/* The first of equal chains, those that are empty aside. */
bool pleat_templates_is_kind(const pleat_query *query, int chain) {
  for (int c = 0; c < chain; c++)
    if (!strcmp(query->sequence[c], query->sequence[chain])) return false;
  return *query->sequence[chain];
}

/* ---- What users give ---- */

static bool is_date(const char *text) {
  static const char form[] = "0000-00-00";
  for (size_t i = 0; i < sizeof form; i++)
    if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i]) return false;
  return true;
}

pleat_status pleat_query_add_templates(pleat_query *query, const pleat_template_source *source) {
  pleat_context *context = query->context;
  pleat_templates_adder a = {query, context, source};
  struct stat about;
  PLEAT_CHECK(context, !query->stored, PLEAT_ERROR_INPUT, "%s: runs on stored features, which hold their own templates",
              query->name);
  PLEAT_CHECK(context, source->folder && *source->folder, PLEAT_ERROR_INPUT,
              "%s: the folder of the templates' structures is not given (--custom-template-path DIR)", query->name);
  PLEAT_CHECK(context, stat(source->folder, &about) == 0 && S_ISDIR(about.st_mode), PLEAT_ERROR_NOT_FOUND,
              "%s: is no folder; the templates' structures are looked for there", source->folder);
  PLEAT_CHECK(context, !source->latest || is_date(source->latest), PLEAT_ERROR_INPUT,
              "the latest date of templates should be written 2018-04-30, not '%s'", source->latest);
  return source->hits ? pleat_templates_add_hits(&a) : pleat_templates_add_folder(&a);
}
