/* What the tests of AlphaFold's features share: recorded arrays and texts against pleat's.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_ALPHAFOLD_ARRAYS_H
#define PLEAT_TESTS_ALPHAFOLD_ARRAYS_H

#include "msa/msa.h"
#include "tests/golden_file.h"

/* An array of numbers as pleat has it: rows (0: no such axis), columns, numbers in each place. */
typedef struct alphafold_block {
  const float *x;
  size_t rows, columns, width;
} alphafold_block;

/* How many numbers of the recording differ; behind our rows and columns it may have padding of zeros. SIZE_MAX: it has another
 * shape. */
size_t alphafold_wrong(const golden_array *want, const alphafold_block *b);

/* Asserts that group/name of the recording is exactly this; of texts, that it is `want`, or Python's b'want'. */
void alphafold_check(hid_t file, const char *group, const char *name, alphafold_block b);
void alphafold_check_text(hid_t file, const char *group, const char *name, const char *want);

/* The caller frees it. */
float *alphafold_zeros(size_t count);

/* Rows as numbers of HH-suite's or the models' order, and what is inserted before each column. */
void alphafold_encode(const pleat_msa *msa, bool hhblits, float *ids, float *deletions);

/* Asserts that msa<suffix> and deletion_matrix_int<suffix> of the group are this alignment. */
void alphafold_check_alignment(hid_t file, const char *group, const char *suffix, const pleat_msa *msa);

/* Asserts that the texts of group/name are those of the rows. */
typedef void (*alphafold_text_of_row)(const pleat_msa_row *row, const char **text, size_t *length);
void alphafold_species_of(const pleat_msa_row *row, const char **text, size_t *length);
void alphafold_name_of(const pleat_msa_row *row, const char **text, size_t *length);
void alphafold_header_of(const pleat_msa_row *row, const char **text, size_t *length);
void alphafold_residues_of(const pleat_msa_row *row, const char **text, size_t *length);
void alphafold_check_texts(hid_t file, const char *group, const char *name, const pleat_msa *msa, alphafold_text_of_row of);

#endif
