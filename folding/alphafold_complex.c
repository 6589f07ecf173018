/* Checks a query for AlphaFold-Multimer and numbers its chains: asym_id, entity_id and sym_id of the published code.
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_complex.h"

#include <string.h>

#include "folding/alphafold_features.h"
#include "folding/stored_features.h"
#include "geometry/residue_geometry.h"
#include "msa/fit.h"
#include "msa/msa.h"

static const char *const chain_names[] = {
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U",
    "V", "W", "X", "Y", "Z", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
    "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
_Static_assert(sizeof chain_names / sizeof *chain_names == PLEAT_COMPLEX_MAX_CHAINS, "a name for each chain");

/* ---- The query ---- */

static pleat_status count_chains(pleat_context *context, const pleat_query *query, pleat_features *f) {
  for (int c = 0; c < query->chains; c++) {
    if (!*query->sequence[c]) continue;
    PLEAT_TRY(pleat_alphafold_check_letters(context, query->name, c + 1, query->sequence[c]));
    f->length += (int64_t)strlen(query->sequence[c]);
    f->chains++;
  }
  PLEAT_CHECK(context, f->chains >= 1, PLEAT_ERROR_INPUT, "%s: the sequence is empty", query->name);
  PLEAT_CHECK(context, f->chains <= PLEAT_COMPLEX_MAX_CHAINS, PLEAT_ERROR_INPUT,
              "%s: has %d chains; at most %d can be told apart by a letter or digit", query->name, f->chains,
              PLEAT_COMPLEX_MAX_CHAINS);
  PLEAT_CHECK(context, f->length <= PLEAT_ALPHAFOLD_MAX_LENGTH, PLEAT_ERROR_INPUT,
              "%s: its chains have %lld residues in all; at most %d can be folded", query->name, (long long)f->length,
              PLEAT_ALPHAFOLD_MAX_LENGTH);
  return PLEAT_OK;
}

/* The chain's entity, and which of its copies it is, from 1. */
static void number_chain(const pleat_features *f, int chain, int32_t *entity, int32_t *sym) {
  int32_t kinds = 0;
  *entity = 0;
  *sym = 1;
  for (int c = 0; c < chain; c++) {
    int first = 0;
    while (strcmp(f->sequence[first], f->sequence[c])) first++;
    kinds += first == c;
    if (strcmp(f->sequence[c], f->sequence[chain])) continue;
    if (first == c) *entity = kinds;
    ++*sym;
  }
  if (!*entity) *entity = kinds + 1;
}

static void fill_chain(pleat_features *f, int chain, int64_t from) {
  int32_t entity, sym;
  number_chain(f, chain, &entity, &sym);
  for (int64_t i = 0; i < f->chain_length[chain]; i++) {
    int64_t at = from + i;
    f->type[at] = (int32_t)(strchr(pleat_residue_letters, f->sequence[chain][i]) - pleat_residue_letters);
    f->index[at] = (int32_t)i;
    f->asym[at] = chain + 1;
    f->entity[at] = entity;
    f->sym[at] = sym;
  }
}

static pleat_status fill_chains(const pleat_query *query, pleat_pool *pool, pleat_features *f) {
  PLEAT_TRY(pleat_features_take(pool, f));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->length, sizeof *f->asym, &f->asym));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->length, sizeof *f->entity, &f->entity));
  PLEAT_TRY(pleat_pool_take(pool, (size_t)f->length, sizeof *f->sym, &f->sym));
  int64_t from = 0;
  for (int c = 0, k = 0; c < query->chains; c++) {
    if (!*query->sequence[c]) continue;
    f->sequence[k] = query->sequence[c];
    f->chain_id[k] = chain_names[k];
    f->chain_length[k] = (int64_t)strlen(query->sequence[c]);
    fill_chain(f, k, from);
    from += f->chain_length[k++];
  }
  return PLEAT_OK;
}

/* ---- Where its features come from ---- */

static pleat_status check_source(pleat_context *context, const pleat_features *f) {
  if (!f->msa) return PLEAT_OK;
  PLEAT_CHECK(context, f->msa->chain_count == 1 || f->chains > 1, PLEAT_ERROR_INPUT,
              "%s: the alignment is of %zu chains, the query is one", f->name, f->msa->chain_count);
  return pleat_fit_check(f->msa, f->sequence, (size_t)f->chains);
}

pleat_status pleat_features_alphafold_multimer(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                                               pleat_features *features) {
  *features = (pleat_features){.name = query->name, .msa = query->msa, .stored = query->stored,
                               .templates = query->templates};
  PLEAT_TRY(count_chains(context, query, features));
  PLEAT_TRY(pleat_alphafold_check_source(context, query, true));
  PLEAT_TRY(fill_chains(query, pool, features));
  return features->stored ? PLEAT_OK : check_source(context, features);
}
