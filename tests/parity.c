/* Predicts every case of the golden folders with installed models and compares each output with the published code's.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity [--factor F] FILE.h5...   A line an output: largest difference, noise floor, their ratio. Exit 1 when a ratio
 * is above F (10), 77 when the model is not installed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleat.h"
#include "tests/golden_file.h"

enum { MAX_SEQUENCES = 64, SKIP = 77 };

typedef struct parity_case {
  pleat_context *context;
  hid_t file;
  const char *path;
  size_t count;
  pleat_query *queries[MAX_SEQUENCES];
  pleat_result *results[MAX_SEQUENCES];
  double factor;
  int compared, failed;
} parity_case;

/* The model's name from the golden's root attributes. */
static const char *model_of(hid_t file) {
  static const struct {
    const char *model, *weights, *name;
  } names[] = {{"FlashABB", "flabb_weights", "flashabb"}, {"FlashABB", "flabb_masked", "flashabb-masked"},
               {"", "sss_weights", "flashabb-sss"}, {"", "tap_weights", "flashtap"}};
  char model[128], weights[128];
  golden_attribute_text(file, "model", model, sizeof model);
  golden_attribute_text(file, "weights", weights, sizeof weights);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strncmp(weights, names[i].weights, strlen(names[i].weights))) return names[i].name;
  return "flashabb";
}

/* Largest difference of result b's array to golden[b, :shape]; NaN anywhere is infinite. */
static double difference(const golden_array *golden, size_t b, const pleat_array *ours) {
  size_t inner = 1, rows = ours->shape[0], golden_row = 1, count;
  for (int d = 1; d < ours->rank; d++) inner *= ours->shape[d];
  for (int d = 1; d < golden->rank; d++) golden_row *= golden->shape[d];
  count = rows * inner;
  const float *expected = golden->data + b * golden_row;
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    double each = fabs((double)expected[i] - (double)ours->data[i]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  return worst;
}

static void compare_output(parity_case *c, const char *name) {
  golden_array golden;
  char path[96];
  double worst = 0;
  snprintf(path, sizeof path, "out/%s", name);
  if (!golden_read(c->file, path, &golden)) return;
  for (size_t b = 0; b < c->count; b++) {
    pleat_array ours;
    if (pleat_result_array(c->results[b], name, &ours)) worst = INFINITY;
    else worst = fmax(worst, difference(&golden, b, &ours));
  }
  double floor = fmax(golden.noise, 1e-6);
  int bad = !(worst <= c->factor * floor);
  printf("%-28s %-20s %10.3g %10.3g %7.2f %s\n", strrchr(c->path, '/') ? strrchr(c->path, '/') + 1 : c->path, name, worst,
         golden.noise, worst / floor, bad ? "TOO FAR" : "ok");
  c->compared++;
  c->failed += bad;
  golden_array_free(&golden);
}

static pleat_status predict_case(parity_case *c, pleat_model **model) {
  double dlc = 1;
  char text[4096];
  pleat_status status = pleat_model_open(c->context, model_of(c->file), model);
  if (status) return status;
  if (golden_attribute_number(c->file, "dlc_correction", &dlc) && dlc == 0) {
    status = pleat_model_set_option(*model, "dlc", "off");
    if (status) return status;
  }
  c->count = golden_count(c->file, "sequences");
  for (size_t b = 0; b < c->count && b < MAX_SEQUENCES && !status; b++) {
    golden_read_text(c->file, "sequences", b, text, sizeof text);
    status = pleat_query_create(c->context, "golden", text, &c->queries[b]);
  }
  return status ? status : pleat_predict(*model, (const pleat_query *const *)c->queries, c->count, c->results);
}

static int run_case(pleat_context *context, const char *path, double factor, int *compared) {
  static const char *const outputs[] = {"positions", "plddt", "plddt_logits", "angles", "unnormalized_angles", "frames", "single",
                                        "embeddings", "token_logits", "scores", "per_residue", "flag_probs", "any_flag_prob"};
  parity_case c = {.context = context, .path = path, .factor = factor, .file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)};
  pleat_model *model = NULL;
  if (c.file < 0) return 1;
  pleat_status status = predict_case(&c, &model);
  if (status) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  for (size_t i = 0; !status && i < sizeof outputs / sizeof *outputs; i++) compare_output(&c, outputs[i]);
  for (size_t b = 0; b < MAX_SEQUENCES; b++) {
    pleat_query_free(c.queries[b]);
    pleat_result_free(c.results[b]);
  }
  pleat_model_free(model);
  H5Fclose(c.file);
  *compared += c.compared;
  if (status == PLEAT_ERROR_NOT_FOUND) return SKIP;
  return status || c.failed || !c.compared;
}

int main(int argc, char **argv) {
  pleat_context *context;
  double factor = 10;
  int failed = 0, skipped = 0, compared = 0;
  if (pleat_context_create(NULL, &context)) return 1;
  printf("%-28s %-20s %10s %10s %7s\n", "case", "output", "difference", "noise", "ratio");
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--factor") && i + 1 < argc) {
      factor = atof(argv[++i]);
      continue;
    }
    int result = run_case(context, argv[i], factor, &compared);
    if (result == SKIP) skipped++;
    else failed += result;
  }
  pleat_context_free(context);
  printf("%d outputs compared, %d cases failed, %d skipped for want of a model\n", compared, failed, skipped);
  return failed ? 1 : compared ? 0 : SKIP;
}
