/* Folds the golden cases of AlphaFold 2 from their stored features and compares every intermediate that is traced and every
 * output of every pass with the published code's.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity_alphafold [--factor F] MODEL PARAMS.npz FILE.h5...   A line an array: largest difference, noise floor, their
 * ratio; then how many of the recording's arrays there were. Exit 1 when a ratio is above F (10), or when an array of the
 * recording is not written that is none of those that pleat never makes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleat.h"
#include "tests/golden_file.h"

enum { MOST_NAMES = 4096 };

/* Parts of names: one-hot inputs, and dense layers of them, which are added row by row to what they meet. */
static const char *const never_made[] = {
    "/prev_pos_linear/out", "/pair_activiations/out", "/position_activations/out", "/embedding2d/input",
    "/template_pair_embedding_0/", "/template_pair_embedding_1/", "/template_pair_embedding_2/",
    "/template_pair_embedding_3/", "/template_pair_embedding_4/", "/template_pair_embedding_5/",
    "/template_pair_embedding_6/", "/template_pair_embedding_7/"};

/* Which residues are no padding. */
typedef struct residues {
  golden_array mask; /* (passes,L) */
  size_t length;
} residues;

/* A recording, and what was found of it. */
typedef struct recording {
  hid_t file;
  const char *path;
  residues residues;
  double factor, worst; /* ratio */
  char *written[MOST_NAMES];
  int compared, failed, expected, missing, excused;
} recording;

static bool is_padded(const residues *r) {
  for (size_t i = 0; i < r->length; i++)
    if (r->mask.data[i] == 0) return true;
  return false;
}

/* Whether number `i` of an array lies on residues that are real: along every axis of L places. */
static bool is_real(const residues *r, const pleat_array *array, size_t i) {
  for (int d = array->rank - 1; d >= 0; i /= array->shape[d--])
    if (array->shape[d] == r->length && r->mask.data[i % array->shape[d]] == 0) return false;
  return true;
}

/* An attribute of a dataset, or what stands for it. */
static double attribute_of(hid_t file, const char *name, const char *attribute, double otherwise) {
  double number = otherwise;
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  if (dataset >= 0 && !golden_attribute_number(dataset, attribute, &number)) number = otherwise;
  if (dataset >= 0) H5Dclose(dataset);
  return number;
}

/* On real residues where the file says so. */
static double noise_of(hid_t file, const char *name) {
  double all = attribute_of(file, name, "f32_vs_f64_max_abs", 0);
  return fmax(attribute_of(file, name, "f32_vs_f64_max_abs_valid", all), 1e-6);
}

/* Largest difference on real residues; NaN there is infinite. The golden holds every stride-th of our rows. */
static double difference(const residues *r, const golden_array *golden, const pleat_array *ours, size_t stride) {
  size_t count = 1, there = 1, rows = ours->rank ? ours->shape[0] : 1;
  double worst = 0;
  for (int d = 0; d < golden->rank; d++) there *= golden->shape[d];
  for (int d = 1; d < ours->rank; d++) count *= ours->shape[d];
  if (there != count * ((rows + stride - 1) / stride)) return INFINITY;
  for (size_t i = 0; i < there; i++) {
    size_t at = i / count * stride * count + i % count;
    if (!is_real(r, ours, at)) continue;
    double each = fabs((double)golden->data[i] - (double)ours->data[at]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  return worst;
}

static bool was_written(const recording *r, const char *name) {
  for (int i = 0; i < r->compared; i++)
    if (!strcmp(r->written[i], name)) return true;
  return false;
}

/* Compares an array, if the recording has it. */
static void compare(recording *r, const pleat_array *ours) {
  golden_array golden;
  const char *slash = strrchr(r->path, '/');
  if (r->compared == MOST_NAMES || was_written(r, ours->name) || !golden_read(r->file, ours->name, &golden)) return;
  r->written[r->compared++] = strdup(ours->name);
  bool is_mean_with_padding = !strcmp(ours->name, "final/ranking_confidence") && is_padded(&r->residues);
  if (!is_mean_with_padding) {
    size_t stride = (size_t)attribute_of(r->file, ours->name, "row_stride", 1);
    double worst = difference(&r->residues, &golden, ours, stride), noise = noise_of(r->file, ours->name);
    bool bad = !(worst <= r->factor * noise);
    printf("%-22s %-52s %10.3g %10.3g %7.2f %s\n", slash ? slash + 1 : r->path, ours->name, worst, noise, worst / noise,
           bad ? "TOO FAR" : "ok");
    r->failed += bad;
    r->worst = fmax(r->worst, worst / noise);
  }
  golden_array_free(&golden);
}

static void compare_traced(void *user, const pleat_array *array) { compare(user, array); }

/* A name of the recording: what passes and the whole run leave is to be written. */
static herr_t look_for(hid_t file, const char *name, const H5L_info_t *info, void *user) {
  recording *r = user;
  H5O_info_t object;
  (void)info;
  bool of_run = !strncmp(name, "recycle", 7) || !strncmp(name, "final/", 6);
  if (!of_run || H5Oget_info_by_name(file, name, &object, H5P_DEFAULT) < 0 || object.type != H5O_TYPE_DATASET) return 0;
  r->expected++;
  if (was_written(r, name)) return 0;
  bool excused = false;
  for (size_t i = 0; i < sizeof never_made / sizeof *never_made; i++) excused |= strstr(name, never_made[i]) != NULL;
  r->excused += excused;
  r->missing += !excused;
  printf("%s: %s\n", excused ? "never made" : "MISSING", name);
  return 0;
}

static pleat_status fold(pleat_model *model, pleat_context *context, recording *r, pleat_result **result) {
  pleat_query *query;
  pleat_status status = pleat_query_read_features(context, "golden", r->path, &query);
  if (status) return status;
  pleat_model_set_trace(model, compare_traced, r);
  status = pleat_model_set_option(model, "save-all", "on");
  if (!status) status = pleat_predict(model, (const pleat_query *const *)&query, 1, result);
  pleat_query_free(query);
  return status;
}

static bool open_recording(recording *r, const char *path, double factor) {
  *r = (recording){.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), .path = path, .factor = factor};
  if (r->file < 0 || !golden_read(r->file, "features/seq_mask", &r->residues.mask)) return false;
  r->residues.length = r->residues.mask.shape[r->residues.mask.rank - 1]; /* of the first pass, where there are several */
  return true;
}

static void close_recording(recording *r) {
  for (int i = 0; i < r->compared; i++) free(r->written[i]);
  golden_array_free(&r->residues.mask);
  if (r->file >= 0) H5Fclose(r->file);
}

static int run_case(pleat_model *model, pleat_context *context, const char *path, double factor) {
  pleat_result *result = NULL;
  recording r;
  bool good = open_recording(&r, path, factor) && !fold(model, context, &r, &result);
  if (!good) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  for (size_t i = 0; good && i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    compare(&r, &array);
  }
  if (good) H5Lvisit(r.file, H5_INDEX_NAME, H5_ITER_INC, look_for, &r);
  printf("%s: %d of %d arrays of the golden written, %d never made, %d missing, %d too far, worst ratio %.2f\n", path,
         r.compared, r.expected, r.excused, r.missing, r.failed, r.worst);
  good = good && r.compared > 0 && r.compared + r.excused == r.expected && !r.failed;
  pleat_result_free(result);
  close_recording(&r);
  return !good;
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
