/* What the tests of AlphaFold's features share: recorded arrays and texts against pleat's.
 * SPDX-License-Identifier: MIT */
#include "tests/alphafold_arrays.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msa/encode.h"
#include "msa/species.h"
#include "tests/alphafold_golden.h"
#include "tests/golden_msa.h"

size_t alphafold_wrong(const golden_array *want, const alphafold_block *b) {
  size_t count = (size_t)alphafold_count(want), wrong = 0, all = want->rank ? want->shape[b->rows ? 1 : 0] : 1;
  size_t there = b->rows ? want->shape[0] : 1, rows = b->rows ? b->rows : 1;
  if (there < rows || all < b->columns || count != there * all * b->width) return SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    size_t row = i / b->width / all, column = i / b->width % all;
    bool real = row < rows && column < b->columns;
    wrong += !(want->data[i] == (real ? b->x[(row * b->columns + column) * b->width + i % b->width] : 0));
  }
  return wrong;
}

void alphafold_check(hid_t file, const char *group, const char *name, alphafold_block b) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", group, name);
  golden_array want = golden_msa_array(file, path);
  size_t wrong = alphafold_wrong(&want, &b);
  if (wrong) fprintf(stderr, "%s: %zu numbers differ\n", path, wrong);
  CU_ASSERT_EQUAL(wrong, 0);
  golden_array_free(&want);
}

void alphafold_check_text(hid_t file, const char *group, const char *name, const char *want) {
  char path[200];
  size_t count;
  snprintf(path, sizeof path, "%s/%s", group, name);
  char **texts = golden_read_texts(file, path, &count);
  CU_ASSERT_FATAL(texts != NULL && count == 1);
  const char *text = texts[0], *quote = !strncmp(text, "b'", 2) ? "'" : "";
  text += 2 * strlen(quote);
  CU_ASSERT(!strncmp(text, want, strlen(want)) && !strcmp(text + strlen(want), quote));
  golden_texts_free(texts, count);
}

float *alphafold_zeros(size_t count) {
  float *x = calloc(count + 1, sizeof *x);
  CU_ASSERT_PTR_NOT_NULL_FATAL(x);
  return x;
}

/* Where the letter that pleat encodes as `id` stands in HH-suite's order. */
static float hhblits_of(uint8_t id) {
  return (float)(strchr(golden_msa_hhblits, "ARNDCQEGHILKMFPSTWYVX-"[id]) - golden_msa_hhblits);
}

void alphafold_encode(const pleat_msa *msa, bool hhblits, float *ids, float *deletions) {
  int32_t *counts = calloc(msa->columns + 1, sizeof *counts);
  for (size_t i = 0; i < msa->row_count; i++) {
    pleat_msa_deletions(msa, i, counts);
    for (size_t c = 0; c < msa->columns; c++) {
      uint8_t id = pleat_encode_residue(msa->rows[i].residues[c]);
      ids[i * msa->columns + c] = hhblits ? hhblits_of(id) : (float)id;
      deletions[i * msa->columns + c] = (float)counts[c];
    }
  }
  free(counts);
}

void alphafold_check_alignment(hid_t file, const char *group, const char *suffix, const pleat_msa *msa) {
  float *ids = alphafold_zeros(msa->row_count * msa->columns), *deletions = alphafold_zeros(msa->row_count * msa->columns);
  const alphafold_block b = {ids, msa->row_count, msa->columns, 1};
  char name[60];
  alphafold_encode(msa, true, ids, deletions);
  snprintf(name, sizeof name, "msa%s", suffix);
  alphafold_check(file, group, name, b);
  snprintf(name, sizeof name, "deletion_matrix_int%s", suffix);
  alphafold_check(file, group, name, (alphafold_block){deletions, b.rows, b.columns, 1});
  free(ids);
  free(deletions);
}

void alphafold_species_of(const pleat_msa_row *row, const char **text, size_t *length) {
  pleat_species_find(row, PLEAT_MSA_SPECIES_MNEMONIC, text, length);
}

void alphafold_name_of(const pleat_msa_row *row, const char **text, size_t *length) {
  *text = row->name;
  *length = strlen(row->name);
}

void alphafold_header_of(const pleat_msa_row *row, const char **text, size_t *length) {
  *text = row->header;
  *length = strlen(row->header);
}

void alphafold_residues_of(const pleat_msa_row *row, const char **text, size_t *length) {
  *text = row->residues;
  *length = strlen(row->residues);
}

void alphafold_check_texts(hid_t file, const char *group, const char *name, const pleat_msa *msa, alphafold_text_of_row of) {
  char path[200];
  size_t count, length, wrong = 0;
  snprintf(path, sizeof path, "%s/%s", group, name);
  char **texts = golden_read_texts(file, path, &count);
  CU_ASSERT_FATAL(texts != NULL);
  CU_ASSERT_EQUAL(count, msa->row_count);
  for (size_t i = 0; i < count && i < msa->row_count; i++) {
    const char *text;
    of(&msa->rows[i], &text, &length);
    wrong += strlen(texts[i]) != length || memcmp(texts[i], text, length);
  }
  if (wrong) fprintf(stderr, "%s: %zu texts differ\n", path, wrong);
  CU_ASSERT_EQUAL(wrong, 0);
  golden_texts_free(texts, count);
}
