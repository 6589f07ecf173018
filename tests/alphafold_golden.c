/* Recordings of the published AlphaFold code.
 * SPDX-License-Identifier: MIT */
#include "tests/alphafold_golden.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/convert/convert.h"

int64_t alphafold_count(const golden_array *array) {
  int64_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= (int64_t)array->shape[d];
  return count;
}

/* Recorded arrays of more than 20000 numbers were rounded to 18 bits of mantissa. */
static double rounding_of(const golden_array *want) { return alphafold_count(want) > 20000 ? ldexp(1, -19) : 0; }

double alphafold_ratio(const float *got, const float *before, const golden_array *want) {
  double worst = 0, rounding = rounding_of(want);
  for (int64_t i = 0; i < alphafold_count(want); i++) {
    double difference = fabs((double)got[i] - (before ? before[i] : 0) - want->data[i]);
    difference -= rounding * fabs(want->data[i]);
    if (!(difference <= worst)) worst = isnan(difference) ? INFINITY : difference;
  }
  return worst / want->noise;
}

float *alphafold_copy(const float *from, int64_t count) {
  float *to = malloc((size_t)count * sizeof *to);
  CU_ASSERT_PTR_NOT_NULL_FATAL(to);
  if (from)
    memcpy(to, from, (size_t)count * sizeof *to);
  else
    memset(to, 0, (size_t)count * sizeof *to);
  return to;
}

bool alphafold_files_open(pleat_context *context, const char *folder, alphafold_files *f) {
  static const char *const names[] = {"params_monomer_ptm.npz", "params_multimer_v3.npz"};
  char path[1024];
  snprintf(path, sizeof path, "%s/units.h5", folder);
  if (access(path, R_OK)) return false;
  f->units = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(f->units >= 0);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, path, &f->parameters[i]), PLEAT_OK);
  }
  return true;
}

void alphafold_files_close(alphafold_files *f) {
  for (int i = 0; i < 2; i++) pleat_weights_free(f->parameters[i]);
  H5Fclose(f->units);
}

bool alphafold_whole_folder(char *folder, size_t size) {
  const char *golden = getenv("PLEAT_GOLDEN");
  snprintf(folder, size, "%s/alphafold2", golden ? golden : PLEAT_TEST_GOLDEN "/../../../shared/golden");
  return access(folder, R_OK) == 0;
}

hid_t alphafold_open(const char *name) {
  char folder[1100], path[1200];
  if (!alphafold_whole_folder(folder, sizeof folder)) return -1;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  return file;
}
