/* Antibody sequences -> residue types, positions and chains, with every check a user can fail.
 * SPDX-License-Identifier: MIT */
#include "folding/features.h"

#include <string.h>

static const char restypes[] = "ARNDCQEGHILKMFPSTWYVX";
static const char *const chain_names[2] = {"H", "L"};
enum { LIGHT_START = 500, LONGEST_CHAIN = 499 }; /* a heavy chain of 500 would run into the light one */

static pleat_status check_chain(pleat_context *context, const char *name, const char *kind, const char *sequence) {
  size_t length = strlen(sequence);
  PLEAT_CHECK(
      context, length <= LONGEST_CHAIN, PLEAT_ERROR_INPUT,
      "%s: the %s chain has %zu residues; an antibody's variable domain has about 110-130, and this model takes at "
      "most %d: give the variable domain alone",
      name, kind, length, LONGEST_CHAIN);
  for (size_t i = 0; i < length; i++)
    PLEAT_CHECK(context, strchr(restypes, sequence[i]), PLEAT_ERROR_INPUT,
                "%s: letter '%c' at position %zu of the %s chain is none of the 20 amino acids or X (unknown)", name,
                sequence[i], i + 1, kind);
  return PLEAT_OK;
}

static void fill_chain(const char *sequence, int heavy, int64_t at, pleat_features *features) {
  for (int64_t i = 0; sequence[i]; i++) {
    features->type[at + i] = (int32_t)(strchr(restypes, sequence[i]) - restypes);
    features->index[at + i] = (int32_t)(heavy ? i : LIGHT_START + i);
    features->heavy[at + i] = heavy;
  }
}

pleat_status pleat_features_take(pleat_pool *pool, pleat_features *f) {
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->chains, sizeof *f->chain_length, &f->chain_length));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->chains, sizeof *f->chain_id, &f->chain_id));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->chains, sizeof *f->sequence, &f->sequence));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->length, sizeof *f->type, &f->type));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->length, sizeof *f->index, &f->index));
  return pleat_pool_take(pool, (size_t)f->length, sizeof *f->heavy, &f->heavy);
}

pleat_status pleat_features_antibody(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                     pleat_features *features) {
  *features = (pleat_features){.name = query->name};
  PLEAT_CHECK(context, query->chains <= 2, PLEAT_ERROR_INPUT,
              "%s: has %d chains; an antibody is HEAVY:LIGHT, or one chain alone", query->name, query->chains);
  const char *chain[2] = {query->sequence[0], query->chains == 2 ? query->sequence[1] : ""};
  PLEAT_TRY(check_chain(context, query->name, "heavy", chain[0]));
  PLEAT_TRY(check_chain(context, query->name, "light", chain[1]));
  features->length = (int64_t)(strlen(chain[0]) + strlen(chain[1]));
  PLEAT_CHECK(context, features->length > 0, PLEAT_ERROR_INPUT, "%s: the sequence is empty", query->name);
  features->chains = (*chain[0] != 0) + (*chain[1] != 0);
  PLEAT_TRY(pleat_features_take(pool, features));
  int64_t at = 0;
  for (int c = 0, k = 0; c < 2; c++) {
    if (!*chain[c]) continue;
    fill_chain(chain[c], c == 0, at, features);
    features->chain_id[k] = chain_names[c];
    features->sequence[k] = chain[c];
    features->chain_length[k] = (int64_t)strlen(chain[c]);
    at += features->chain_length[k++];
  }
  return PLEAT_OK;
}
