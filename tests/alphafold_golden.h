/* Recordings of the published AlphaFold code, and how results are held against them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_ALPHAFOLD_GOLDEN_H
#define PLEAT_TESTS_ALPHAFOLD_GOLDEN_H

#include "lib/weights.h"
#include "tests/golden_file.h"

#define ALPHAFOLD_PREFIX "alphafold/alphafold_iteration/"

typedef struct alphafold_files {
  hid_t units;
  pleat_weights *parameters[2]; /* monomer, multimer */
} alphafold_files;

/* units.h5 and both parameter files of `folder`; false when they are not there. */
bool alphafold_files_open(pleat_context *context, const char *folder, alphafold_files *files);
void alphafold_files_close(alphafold_files *files);

/* $PLEAT_GOLDEN/alphafold2, or ../shared/golden/alphafold2 beside the source; false when it is not there. */
bool alphafold_whole_folder(char *folder, size_t size);

/* A file of that folder; -1 when the folder is not there. */
hid_t alphafold_open(const char *name);

int64_t alphafold_count(const golden_array *array);

/* The largest |got - before - want|, less the recording's rounding, over the published noise; infinite when there is a
 * NaN. `before` NULL: 0. */
double alphafold_ratio(const float *got, const float *before, const golden_array *want);

/* A copy of `count` floats, zeros when `from` is NULL; the caller frees it. */
float *alphafold_copy(const float *from, int64_t count);

#endif
