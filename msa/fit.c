/* Matching the chains of a query with those of an alignment.
 * SPDX-License-Identifier: MIT */
#include "msa/fit.h"

#include <stdio.h>
#include <string.h>

#include "msa/msa.h"

typedef struct fit_run {
  const pleat_msa *msa;
  const char *const *chains; /* of the query */
  size_t count;
  size_t *kind;   /* (count) chain of the alignment that each is */
  size_t *copies; /* (chains of the alignment) how often the query has it */
} fit_run;

static size_t find_chain(const pleat_msa *msa, const char *sequence) {
  size_t length = strlen(sequence);
  for (size_t c = 0; c < msa->chain_count; c++) {
    const pleat_msa_chain *chain = &msa->chains[c];
    if (chain->columns == length && !memcmp(msa->rows[0].residues + chain->from, sequence, length)) return c;
  }
  return SIZE_MAX;
}

/* "a, b" of the alignment's chains, cut where it gets long. */
static void list_lengths(const pleat_msa *msa, char text[100]) {
  size_t used = 0;
  for (size_t c = 0; c < msa->chain_count && used < 80; c++)
    used += (size_t)snprintf(text + used, 100 - used, "%s%zu", c ? ", " : "", msa->chains[c].columns);
  if (used >= 80) snprintf(text + 80, 20, ", ...");
}

static pleat_status refuse_chain(const fit_run *run, size_t chain) {
  char lengths[100];
  list_lengths(run->msa, lengths);
  return pleat_status_fail(run->msa->context, PLEAT_ERROR_INPUT,
                           "%s: has no chain with the sequence of the query's chain %zu (%zu residues; chains there: %s)",
                           run->msa->source, chain + 1, strlen(run->chains[chain]), lengths);
}

static pleat_status match_chains(fit_run *run) {
  const pleat_msa *msa = run->msa;
  for (size_t i = 0; i < run->count; i++) {
    run->kind[i] = find_chain(msa, run->chains[i]);
    if (run->kind[i] == SIZE_MAX && run->count == 1) return pleat_msa_check_query(msa, run->chains[0]);
    if (run->kind[i] == SIZE_MAX) return refuse_chain(run, i);
    run->copies[run->kind[i]]++;
  }
  for (size_t c = 0; c < msa->chain_count; c++) {
    bool fits = run->copies[c] == msa->chains[c].copies || (!msa->complex && run->copies[c]);
    PLEAT_CHECK(msa->context, fits, PLEAT_ERROR_INPUT,
                "%s: its chain %zu occurs %zu times, but the query has it %zu times", msa->source, c + 1,
                msa->chains[c].copies, run->copies[c]);
  }
  return PLEAT_OK;
}

/* Copies of a chain lie side by side, chains in the alignment's order; copies are given out in the query's order. */
static void find_places(fit_run *run, size_t *next, int64_t *places) {
  const pleat_msa *msa = run->msa;
  for (size_t c = 0, from = 0; c < msa->chain_count; c++) {
    next[c] = from;
    from += msa->chains[c].columns * run->copies[c];
  }
  for (size_t i = 0; i < run->count; i++) {
    size_t columns = msa->chains[run->kind[i]].columns, from = next[run->kind[i]];
    for (size_t k = 0; k < columns; k++) *places++ = (int64_t)(from + k);
    next[run->kind[i]] += columns;
  }
}

/* The same rows with the query's number of copies. */
static pleat_status expand(const fit_run *run, size_t max_rows, pleat_msa **expanded) {
  pleat_msa view = *run->msa;
  PLEAT_TRY(pleat_memory_take(view.context, view.chain_count, sizeof *view.chains, &view.chains));
  for (size_t c = 0; c < view.chain_count; c++) {
    view.chains[c] = run->msa->chains[c];
    view.chains[c].copies = run->copies[c];
  }
  pleat_status status = pleat_msa_expand(&view, max_rows, expanded);
  pleat_memory_release(view.context, view.chains);
  return status;
}

pleat_status pleat_fit_check(const pleat_msa *msa, const char *const *chains, size_t count) {
  fit_run run = {.msa = msa, .chains = chains, .count = count};
  size_t *numbers;
  PLEAT_TRY(pleat_memory_take(msa->context, count + msa->chain_count, sizeof *numbers, &numbers));
  run.kind = numbers;
  run.copies = numbers + count;
  pleat_status status = match_chains(&run);
  pleat_memory_release(msa->context, numbers);
  return status;
}

pleat_status pleat_fit_query(const pleat_msa *msa, const char *const *chains, size_t count, size_t max_rows,
                             int64_t *places, pleat_msa **expanded) {
  fit_run run = {.msa = msa, .chains = chains, .count = count};
  size_t *numbers;
  *expanded = NULL;
  PLEAT_TRY(pleat_memory_take(msa->context, count + 2 * msa->chain_count, sizeof *numbers, &numbers));
  run.kind = numbers;
  run.copies = numbers + count;
  pleat_status status = match_chains(&run);
  if (!status) status = expand(&run, max_rows, expanded);
  if (!status) find_places(&run, numbers + count + msa->chain_count, places);
  pleat_memory_release(msa->context, numbers);
  return status;
}
