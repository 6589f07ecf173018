/* Folds the golden cases of AlphaFold 2 from their stored features and compares every output of every pass with the
 * published code's.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity_alphafold [--factor F] MODEL PARAMS.npz FILE.h5...   A line an array: largest difference, noise floor, their
 * ratio. Exit 1 when a ratio is above F (10). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleat.h"
#include "tests/golden_file.h"

/* Which residues are no padding. */
typedef struct residues {
  golden_array mask; /* (passes,L) */
  size_t length;
} residues;

/* Whether number `i` of an array lies on residues that are real: along every axis of L places. */
static bool is_real(const residues *r, const pleat_array *array, size_t i) {
  for (int d = array->rank - 1; d >= 0; i /= array->shape[d--])
    if (array->shape[d] == r->length && r->mask.data[i % array->shape[d]] == 0) return false;
  return true;
}

static bool is_padded(const residues *r) {
  for (size_t i = 0; i < r->length; i++)
    if (r->mask.data[i] == 0) return true;
  return false;
}

/* Largest difference on real residues; NaN there is infinite. */
static double difference(const residues *r, const golden_array *golden, const pleat_array *ours) {
  size_t count = 1, there = 1;
  double worst = 0;
  for (int d = 0; d < golden->rank; d++) there *= golden->shape[d];
  for (int d = 0; d < ours->rank; d++) count *= ours->shape[d];
  if (there != count) return INFINITY;
  for (size_t i = 0; i < count; i++) {
    if (!is_real(r, ours, i)) continue;
    double each = fabs((double)golden->data[i] - (double)ours->data[i]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  return worst;
}

/* On real residues where the file says so. */
static double noise_of(hid_t file, const char *name) {
  double noise = 0;
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  if (dataset >= 0 && !golden_attribute_number(dataset, "f32_vs_f64_max_abs_valid", &noise) &&
      !golden_attribute_number(dataset, "f32_vs_f64_max_abs", &noise))
    noise = 0;
  if (dataset >= 0) H5Dclose(dataset);
  return fmax(noise, 1e-6);
}

/* 1 when the array is too far from the golden's, -1 when the golden has none. */
static int compare(hid_t file, const char *path, const residues *r, const pleat_array *ours, double factor) {
  golden_array golden;
  const char *slash = strrchr(path, '/');
  if (!strcmp(ours->name, "final/ranking_confidence") && is_padded(r)) return -1; /* a mean that padding is part of */
  if (H5Lexists(file, ours->name, H5P_DEFAULT) <= 0 || !golden_read(file, ours->name, &golden)) return -1;
  double worst = difference(r, &golden, ours), noise = noise_of(file, ours->name);
  int bad = !(worst <= factor * noise);
  printf("%-22s %-52s %10.3g %10.3g %7.2f %s\n", slash ? slash + 1 : path, ours->name, worst, noise, worst / noise,
         bad ? "TOO FAR" : "ok");
  golden_array_free(&golden);
  return bad;
}

static pleat_status fold(pleat_model *model, pleat_context *context, const char *path, pleat_result **result) {
  pleat_query *query;
  pleat_status status = pleat_query_read_features(context, "golden", path, &query);
  if (status) return status;
  status = pleat_model_set_option(model, "save-all", "on");
  if (!status) status = pleat_predict(model, (const pleat_query *const *)&query, 1, result);
  pleat_query_free(query);
  return status;
}

static int run_case(pleat_model *model, pleat_context *context, const char *path, double factor) {
  pleat_result *result = NULL;
  int compared = 0, failed = 0;
  residues r = {{0}, 0};
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0 || fold(model, context, path, &result)) {
    fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
    return 1;
  }
  if (!golden_read(file, "features/seq_mask", &r.mask)) return 1;
  r.length = r.mask.shape[r.mask.rank - 1]; /* of the first pass, where there are several */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  for (size_t i = 0; i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    int bad = compare(file, path, &r, &array, factor);
    compared += bad >= 0;
    failed += bad > 0;
  }
  printf("%s: %d arrays compared, %d too far\n", path, compared, failed);
  golden_array_free(&r.mask);
  pleat_result_free(result);
  H5Fclose(file);
  return failed || !compared;
}

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_model *model = NULL;
  double factor = 10;
  int failed = 0, at = 1;
  if (argc > 2 && !strcmp(argv[1], "--factor")) factor = atof(argv[2]), at = 3;
  if (argc < at + 3 || pleat_context_create(NULL, &context)) return 1;
  if (pleat_model_open_file(context, argv[at], argv[at + 1], &model)) {
    fprintf(stderr, "%s\n", pleat_context_error(context));
    failed = 1;
  }
  for (int i = at + 2; model && i < argc; i++) failed += run_case(model, context, argv[i], factor);
  pleat_model_free(model);
  pleat_context_free(context);
  return failed != 0;
}
