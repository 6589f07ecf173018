/* Filters of template hits, and a hit's stretch in its structure's sequences.
 * SPDX-License-Identifier: MIT */
#include "msa/template.h"

#include <stdio.h>
#include <string.h>

#include "msa/align.h"

enum { LEAST_LENGTH = 10 };
static const double least_aligned = 0.1, most_subsequence = 0.95, least_identity = 0.9;

/* Whether the letters of a hit, gaps aside, stand somewhere in the query. */
static bool is_within(const char *aligned, const char *query) {
  for (; *query; query++) {
    const char *at = query, *letter = aligned;
    for (; *letter; letter++)
      if (*letter != '-' && *at++ != *letter) break;
    if (!*letter) return true;
  }
  return false;
}

bool pleat_template_is_useful(const pleat_hhr_hit *hit, const char *query, char reason[PLEAT_TEMPLATE_REASON]) {
  double length = (double)strlen(query), aligned = hit->aligned_columns / length;
  size_t letters = 0;
  for (size_t i = 0; i < hit->length; i++) letters += hit->hit[i] != '-';
  *reason = 0;
  if (aligned <= least_aligned)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "%d aligned columns are no more than a tenth of the query's %.0f residues",
             hit->aligned_columns, length);
  else if ((double)letters / length > most_subsequence && is_within(hit->hit, query))
    snprintf(reason, PLEAT_TEMPLATE_REASON, "it is the query itself (a stretch of %zu of its %.0f residues)", letters,
             length);
  else if (letters < LEAST_LENGTH)
    snprintf(reason, PLEAT_TEMPLATE_REASON, "it has %zu residues; at least %d are needed", letters, LEAST_LENGTH);
  return !*reason;
}

/* ---- The stretch in the chains ---- */

static bool matches(const char *at, const char *stretch, bool any) {
  for (; *stretch; stretch++, at++)
    if (!*at || (*at != *stretch && !(any && (*stretch == 'X' || *at == 'X')))) return false;
  return true;
}

/* Offset of the stretch; -1: it is not there. `any`: X, on either side, is any letter. */
static int64_t find_stretch(const char *sequence, const char *stretch, bool any) {
  for (const char *at = sequence; *at; at++)
    if (matches(at, stretch, any)) return at - sequence;
  return -1;
}

static size_t find_id(const pleat_template_chains *chains, const char *id) {
  size_t c = 0;
  while (c < chains->count && strcmp(chains->ids[c], id)) c++;
  return c;
}

static int64_t find_exactly(const pleat_template_chains *chains, const char *stretch, size_t own, size_t *chain) {
  int64_t offset = own < chains->count ? find_stretch(chains->sequences[own], stretch, false) : -1;
  *chain = own;
  for (int any = 0; any < 2 && offset < 0; any++)
    for (*chain = 0; *chain < chains->count; ++*chain)
      if ((offset = find_stretch(chains->sequences[*chain], stretch, any)) >= 0) break;
  return offset;
}

static pleat_status realign(pleat_context *context, const char *stretch, const pleat_template_chains *chains,
                            size_t chain, int32_t *places) {
  const char *sequence = chains->sequences[chain];
  size_t length = strlen(stretch), other = strlen(sequence), shorter = length < other ? length : other, same = 0;
  int64_t *match;
  PLEAT_TRY(pleat_memory_take(context, length, sizeof *match, &match));
  pleat_status status = pleat_align_global(context, stretch, sequence, match, NULL);
  for (size_t i = 0; !status && i < length; i++) {
    places[i] = (int32_t)match[i];
    same += match[i] >= 0 && sequence[match[i]] == stretch[i];
  }
  pleat_memory_release(context, match);
  PLEAT_TRY(status);
  PLEAT_CHECK(
      context, (double)same / (double)shorter >= least_identity, PLEAT_ERROR_INPUT,
      "%s: no chain has the hit's sequence '%.30s%s'; aligned with chain %s, %.0f %% of the letters are equal, at "
      "least 90 %% are needed",
      chains->file, stretch, length > 30 ? "..." : "", chains->ids[chain], 100.0 * (double)same / (double)shorter);
  return PLEAT_OK;
}

static pleat_status refuse(pleat_context *context, const char *stretch, const char *id,
                           const pleat_template_chains *chains) {
  char list[100] = "";
  size_t used = 0;
  for (size_t c = 0; c < chains->count && used < 80; c++)
    used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", c ? ", " : "", chains->ids[c]);
  return pleat_status_fail(context, PLEAT_ERROR_INPUT,
                           "%s: has no chain %s, and no chain with the hit's sequence '%.30s%s' (chains of amino acids "
                           "there: %s)",
                           chains->file, id, stretch, strlen(stretch) > 30 ? "..." : "", list);
}

pleat_status pleat_template_find(pleat_context *context, const char *stretch, const char *id,
                                 const pleat_template_chains *chains, int32_t *places, pleat_template_place *place) {
  size_t own = find_id(chains, id), length = strlen(stretch), chain;
  int64_t offset = find_exactly(chains, stretch, own, &chain);
  *place = (pleat_template_place){chain, offset < 0};
  for (size_t i = 0; offset >= 0 && i < length; i++) places[i] = (int32_t)(offset + (int64_t)i);
  if (offset >= 0) return PLEAT_OK;
  if (own == chains->count && chains->count == 1) own = 0;
  if (own == chains->count) return refuse(context, stretch, id, chains);
  place->chain = own;
  return realign(context, stretch, chains, own, places);
}
