/* What the fuzz targets of alignments share: what must hold of an alignment, and its way through the writers and back.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_FUZZ_MSA_H
#define PLEAT_TESTS_FUZZ_MSA_H

#include <string.h>

#include "msa/msa.h"
#include "tests/fuzz/fuzz.h"

/* Every row has the columns, made of capital letters and gaps, and as many insertions as its deletion counts say. */
static inline void fuzz_check_msa(const pleat_msa *msa) {
  if (!msa->row_count || !msa->columns || !msa->chain_count) abort();
  int32_t *counts = malloc(msa->columns * sizeof *counts);
  for (size_t i = 0; i < msa->row_count; i++) {
    const pleat_msa_row *row = &msa->rows[i];
    size_t insertions = 0;
    if (strspn(row->residues, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != msa->columns || row->residues[msa->columns]) abort();
    if (strlen(row->aligned) != row->aligned_length) abort();
    pleat_msa_deletions(msa, i, counts);
    for (size_t c = 0; c < msa->columns; c++) insertions += (size_t)counts[c];
    if (insertions > row->aligned_length - msa->columns) abort();
    if (row->chain >= (int)msa->chain_count) abort();
  }
  free(counts);
}

typedef pleat_status (*fuzz_msa_write)(const pleat_msa *msa, pleat_text *text);

/* What a writer accepts, the reader must give back row by row. */
static inline void fuzz_msa_round_trip(const pleat_msa *msa, fuzz_msa_write write, pleat_msa_format format) {
  pleat_text text;
  pleat_msa *again;
  pleat_text_init(&text, msa->context);
  if (!write(msa, &text)) {
    if (pleat_msa_parse_as(msa->context, text.bytes, text.length, "again", format, &again)) abort();
    fuzz_check_msa(again);
    if (again->row_count != msa->row_count || again->columns != msa->columns) abort();
    for (size_t i = 0; i < msa->row_count; i++) {
      if (strcmp(again->rows[i].aligned, msa->rows[i].aligned) != 0) abort();
      if (again->rows[i].chain != msa->rows[i].chain) abort();
    }
    pleat_msa_free(again);
  }
  pleat_text_free(&text);
}

/* Reads the bytes in a format and sends what was read through every writer and operation. */
static inline void fuzz_msa(const uint8_t *bytes, size_t length, pleat_msa_format format) {
  pleat_context *context = fuzz_context();
  const pleat_msa_filter_options options = {.unique = 1, .min_coverage = 0.3, .max_identity = 0.9};
  pleat_msa *msa, *made;
  pleat_status status = pleat_msa_parse_as(context, (const char *)bytes, length, "fuzz", format, &msa);
  if (!status) {
    fuzz_check_msa(msa);
    fuzz_msa_round_trip(msa, pleat_msa_write_a3m, PLEAT_MSA_FORMAT_A3M);
    if (msa->row_count < 64) {
      fuzz_msa_round_trip(msa, pleat_msa_write_fasta, PLEAT_MSA_FORMAT_FASTA);
      fuzz_msa_round_trip(msa, pleat_msa_write_stockholm, PLEAT_MSA_FORMAT_STOCKHOLM);
    }
    if (!pleat_msa_filter(msa, &options, &made)) fuzz_check_msa(made), pleat_msa_free(made);
    if (msa->columns < 1000 && msa->chains[0].copies < 100 && !pleat_msa_expand(msa, 16, &made)) {
      fuzz_check_msa(made);
      pleat_msa_free(made);
    }
  }
  pleat_msa_free(status ? NULL : msa);
  fuzz_done(context, status);
}

#endif
