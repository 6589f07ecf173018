/* Numbers that describe an alignment: coverage, identity, and how many different sequences it amounts to.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "lib/team.h"
#include "msa/filter.h"
#include "msa/msa.h"
#include "msa/rowset.h"

enum { MOST_NEFF_ROWS = 20000, NEFF_GRAIN = 16 };

static pleat_status count_unique(const pleat_msa *msa, size_t *unique) {
  pleat_rowset seen;
  size_t index;
  pleat_status status = PLEAT_OK;
  pleat_rowset_init(&seen, msa->context);
  for (size_t i = 0; !status && i < msa->row_count; i++)
    status = pleat_rowset_add(&seen, msa->rows[i].residues, msa->columns, &index, NULL);
  *unique = seen.count;
  pleat_rowset_free(&seen);
  return status;
}

/* exp of the mean over columns of the entropy of the twenty residues' shares; a column without any counts 0. */
static double column_neff(const pleat_msa *msa) {
  double sum = 0;
  for (size_t c = 0; c < msa->columns; c++) {
    size_t counts[26] = {0}, all = 0;
    for (size_t r = 0; r < msa->row_count; r++) {
      char letter = msa->rows[r].residues[c];
      if (letter != '-') counts[letter - 'A']++, all++;
    }
    for (int k = 0; k < 26; k++) {
      double share = all ? (double)counts[k] / (double)all : 0;
      if (share > 0) sum -= share * log(share);
    }
  }
  return exp(sum / (double)msa->columns);
}

typedef struct neff_run {
  const pleat_msa *msa;
  double *weights; /* (S) one over the number of rows like this one */
} neff_run;

/* Alike: at least 80 % equal in the region where either row has a residue (Jumper et al. 2021, methods). */
static void weigh_rows(void *argument, int64_t begin, int64_t end, int thread) {
  neff_run *run = argument;
  const pleat_msa *msa = run->msa;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    size_t like = 0;
    for (size_t j = 0; j < msa->row_count; j++) {
      pleat_filter_match match = pleat_filter_compare(msa->rows[i].residues, msa->rows[j].residues, msa->columns);
      like += (size_t)i == j || (double)match.equal >= 0.8 * (double)match.either;
    }
    run->weights[i] = 1.0 / (double)like;
  }
}

static pleat_status sequence_neff(const pleat_msa *msa, double *neff) {
  neff_run run = {.msa = msa};
  *neff = NAN;
  if (msa->row_count > MOST_NEFF_ROWS) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_take(msa->context, msa->row_count, sizeof *run.weights, &run.weights));
  pleat_team_for(pleat_context_threads(msa->context), (int64_t)msa->row_count, NEFF_GRAIN, weigh_rows, &run);
  *neff = 0;
  for (size_t i = 0; i < msa->row_count; i++) *neff += run.weights[i];
  pleat_memory_release(msa->context, run.weights);
  return PLEAT_OK;
}

/* Identity to the query over the columns where the row has a residue: the row's chain needs no telling apart. */
static void average_rows(const pleat_msa *msa, pleat_msa_summary *summary) {
  double rows = msa->row_count > 1 ? (double)(msa->row_count - 1) : 1;
  for (size_t i = 1; i < msa->row_count; i++) {
    summary->coverage += pleat_filter_coverage(msa, i) / rows;
    summary->identity += pleat_filter_identity(msa->rows[i].residues, msa->rows[0].residues, msa->columns) / rows;
  }
}

pleat_status pleat_msa_summarise(const pleat_msa *msa, pleat_msa_summary *summary, size_t *residues) {
  *summary = (pleat_msa_summary){.rows = msa->row_count};
  PLEAT_TRY(count_unique(msa, &summary->unique_rows));
  PLEAT_TRY(sequence_neff(msa, &summary->sequence_neff));
  for (size_t i = 0; i < msa->row_count; i++) summary->paired_rows += msa->chain_count > 1 && msa->rows[i].chain < 0;
  average_rows(msa, summary);
  summary->column_neff = column_neff(msa);
  if (!residues) return PLEAT_OK;
  memset(residues, 0, msa->columns * sizeof *residues);
  for (size_t r = 0; r < msa->row_count; r++) {
    for (size_t c = 0; c < msa->columns; c++) residues[c] += msa->rows[r].residues[c] != '-';
  }
  return PLEAT_OK;
}
