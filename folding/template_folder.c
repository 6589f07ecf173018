/* Templates from a folder of structures, aligned with the chains of the query here.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/template_parts.h"
#include "lib/listing.h"
#include "msa/align.h"

enum { LEAST_LENGTH = 10 };
static const double least_coverage = 0.1, most_e_value = 1e-3;

/* A structure's best chain for one of the query's. */
typedef struct candidate {
  char *path;
  int score;
  size_t chain; /* of the structure */
  double e_value;
} candidate;

/* Altschul & Gish (1996): BLOSUM62, gaps of 10 + k. The score is that of a whole alignment, which is at most that of
 * the best part, so this is no underestimate. */
static double expect(int score, size_t m, size_t n) { return 0.041 * (double)m * (double)n * exp(-0.267 * score); }

static pleat_status choose_chain(const pleat_templates_adder *a, const char *sequence, const pleat_protein *protein,
                                 candidate *best) {
  int64_t *match;
  size_t length = strlen(sequence);
  best->score = -1;
  best->e_value = INFINITY;
  PLEAT_TRY(pleat_memory_take(a->context, length, sizeof *match, &match));
  pleat_status status = PLEAT_OK;
  for (size_t c = 0; !status && c < protein->count; c++) {
    int score = 0;
    status = pleat_align_global(a->context, sequence, protein->chains[c].sequence, match, &score);
    if (score <= best->score) continue;
    best->score = score;
    best->chain = c;
    best->e_value = expect(score, length, protein->chains[c].length);
  }
  pleat_memory_release(a->context, match);
  return status;
}

static pleat_status align_chain(const pleat_templates_adder *a, const char *sequence, const pleat_protein_chain *chain,
                                int32_t *places, char *letters) {
  int64_t *match;
  size_t length = strlen(sequence);
  PLEAT_TRY(pleat_memory_take(a->context, length, sizeof *match, &match));
  pleat_status status = pleat_align_global(a->context, sequence, chain->sequence, match, NULL);
  for (size_t i = 0; !status && i < length; i++) {
    places[i] = (int32_t)match[i];
    letters[i] = match[i] < 0 ? '-' : chain->sequence[match[i]];
  }
  pleat_memory_release(a->context, match);
  return status;
}

static void judge_alignment(const pleat_templates_adder *a, const pleat_template_laid *on, int64_t length,
                            char reason[PLEAT_TEMPLATE_REASON]) {
  int64_t aligned = 0;
  for (int64_t i = 0; i < length; i++) aligned += on->places[i] >= 0;
  pleat_templates_judge(a, on, length, reason);
  if (*reason) return;
  if ((double)aligned <= least_coverage * (double)length)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "%lld aligned residues are no more than a tenth of the query's %lld",
             (long long)aligned, (long long)length);
  else if (on->chain->length < LEAST_LENGTH)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "its chain has %zu residues; at least %d are needed", on->chain->length,
             LEAST_LENGTH);
}

/* Those of a folder that cannot be used are errors: the user has chosen them. */
static pleat_status lay_candidate(pleat_templates_adder *a, const candidate *c, int chain,
                                  const pleat_protein *protein) {
  pleat_template t = pleat_templates_begin(a, chain, NAN);
  char reason[PLEAT_TEMPLATE_REASON], *letters;
  int32_t *places;
  pleat_pool pool;
  pleat_template_laid on = {.chain = &protein->chains[c->chain], .released = protein->released};
  pleat_pool_init(&pool, a->context, 0);
  pleat_status status = pleat_pool_take(&pool, (size_t)t.length, sizeof *places, &places);
  if (!status) status = pleat_pool_take(&pool, (size_t)t.length, 1, &letters);
  if (!status) status = align_chain(a, t.sequence, on.chain, places, letters);
  if (!status) {
    on.places = places;
    on.letters = letters;
    judge_alignment(a, &on, t.length, reason);
    if (*reason)
      status = pleat_status_fail(a->context, PLEAT_ERROR_INPUT, "%s: cannot be a template of %s: %s", c->path,
                                 a->query->name, reason);
    else if (pleat_templates_used(a, chain) == PLEAT_TEMPLATES_MOST)
      snprintf(reason, sizeof reason, "a model takes %d templates, and as many are more similar", PLEAT_TEMPLATES_MOST);
  }
  if (!status) status = pleat_templates_keep(a, c->path, &on, reason, &t);
  pleat_pool_free(&pool);
  return status;
}

static pleat_status lay_file(pleat_templates_adder *a, const candidate *c, int chain) {
  pleat_protein protein;
  PLEAT_TRY(pleat_protein_read(a->context, c->path, &protein));
  pleat_status status = lay_candidate(a, c, chain, &protein);
  pleat_protein_free(&protein);
  return status;
}

/* Candidates of a file, one for each kind of chain: those that are no template have a path of NULL. */
static pleat_status judge_file(const pleat_templates_adder *a, char *path, candidate *of_chains, size_t step) {
  const pleat_query *query = a->query;
  double least = INFINITY;
  pleat_protein protein;
  bool any = false;
  PLEAT_TRY(pleat_protein_read(a->context, path, &protein));
  pleat_status status = PLEAT_OK;
  for (int c = 0; !status && c < query->chains; c++) {
    candidate *best = &of_chains[(size_t)c * step];
    if (!pleat_templates_is_kind(query, c)) continue;
    status = choose_chain(a, query->sequence[c], &protein, best);
    if (best->e_value <= most_e_value) best->path = path, any = true;
    if (best->e_value < least) least = best->e_value;
  }
  pleat_protein_free(&protein);
  PLEAT_TRY(status);
  PLEAT_CHECK(
      a->context, any, PLEAT_ERROR_INPUT,
      "%s: is not similar to %s (E-value of the alignment %.2g, at most %g is needed); for remote templates give "
      "HHsearch's hits (--templates FILE.hhr)",
      path, query->name, least, most_e_value);
  return PLEAT_OK;
}

/* Best score first, then by the name. */
static int by_score(const void *x, const void *y) {
  const candidate *a = x, *b = y;
  if (!a->path || !b->path) return (a->path == NULL) - (b->path == NULL);
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return strcmp(a->path, b->path);
}

static pleat_status add_files(pleat_templates_adder *a, char **paths, size_t count, candidate *candidates) {
  const pleat_query *query = a->query;
  for (size_t f = 0; f < count; f++) PLEAT_TRY(judge_file(a, paths[f], candidates + f, count));
  for (int c = 0; c < query->chains; c++) {
    candidate *own = candidates + (size_t)c * count;
    if (!pleat_templates_is_kind(query, c)) continue;
    qsort(own, count, sizeof *own, by_score);
    for (size_t f = 0; f < count && own[f].path; f++) PLEAT_TRY(lay_file(a, &own[f], c));
  }
  return PLEAT_OK;
}

static pleat_status add_listed(pleat_templates_adder *a, pleat_listing *listing) {
  size_t count = listing->count;
  candidate *candidates;
  PLEAT_CHECK(a->context, count, PLEAT_ERROR_NOT_FOUND, "%s: no .cif, .mmcif, .pdb or .ent file is in this folder",
              a->source->folder);
  for (size_t f = 0; f < count; f++)
    PLEAT_TRY(pleat_listing_path(listing, a->source->folder, listing->files[f], &listing->files[f]));
  PLEAT_TRY(pleat_memory_take(a->context, count * (size_t)a->query->chains, sizeof *candidates, &candidates));
  pleat_status status = add_files(a, listing->files, count, candidates);
  pleat_memory_release(a->context, candidates);
  return status;
}

pleat_status pleat_templates_add_folder(pleat_templates_adder *a) {
  pleat_listing listing;
  pleat_status status = pleat_listing_read(a->context, a->source->folder, pleat_templates_endings, &listing);
  if (!status) status = add_listed(a, &listing);
  pleat_listing_free(&listing);
  return status;
}
