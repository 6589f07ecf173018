/* Designs and scores the backbones of golden files with the installed Frame2seq and compares with the published code.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity_frame2seq [--factor F] [--structure FILE] FILE.h5...   Without --structure the PDB files lie in pdb/
 * beside the goldens. A line an array: largest difference, noise floor, their ratio. Exit 1 when a ratio is above F (10), 77 without the model. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pleat.h"
#include "tests/golden_file.h"

enum { SKIP = 77, LETTERS = 21, DRAWN = 20 };

typedef struct parity_case {
  pleat_context *context;
  pleat_model *model;
  pleat_target *target;
  hid_t file;
  const char *name, *structure; /* structure: NULL, or the file in place of the golden's */
  char omitted[32];
  double factor;
  int compared, failed;
} parity_case;

static void report(parity_case *c, const char *what, double worst, double noise) {
  double floor = fmax(noise, 1e-6);
  int bad = !(worst <= c->factor * floor);
  printf("%-20s %-32s %10.3g %10.3g %7.2f %s\n", c->name, what, worst, noise, worst / floor, bad ? "TOO FAR" : "ok");
  c->compared++;
  c->failed += bad;
}

/* Compares the golden's items with as many of ours; nothing when the golden has no such array. */
static void compare(parity_case *c, const char *name, const float *ours, size_t count) {
  golden_array golden;
  size_t items = 1;
  double worst = 0;
  if (!golden_read(c->file, name, &golden)) return;
  for (int d = 0; d < golden.rank; d++) items *= golden.shape[d];
  for (size_t i = 0; i < items; i++) {
    double each = items <= count ? fabs((double)golden.data[i] - (double)ours[i]) : INFINITY;
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  report(c, name, worst, golden.noise);
  golden_array_free(&golden);
}

/* Goldens hold some intermediates whole, of others the first residues. */
static void hear(void *user, const pleat_array *array) {
  static const char *const ends[] = {"", "_res0_15", "_rows0_3"};
  size_t count = 1;
  char name[128];
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  for (int e = 0; e < 3; e++) {
    snprintf(name, sizeof name, "%s%.80s%s", strchr(array->name, '/') ? "" : "out/", array->name, ends[e]);
    compare(user, name, array->data, count);
  }
}

/* "[1, 2, 20]", counted from 1, to "A1 A2 A20". */
static void fixed_residues(const parity_case *c, char *text, size_t size) {
  char list[512];
  text[0] = 0;
  if (!golden_attribute_text(c->file, "fixed_positions", list, sizeof list)) return;
  for (char *at = list, *end; *at; at = end) {
    long place = strtol(at, &end, 10);
    if (end == at) {
      end = at + 1;
    } else {
      pleat_target_residue r = pleat_target_residue_at(c->target, (size_t)place - 1);
      size_t used = strlen(text);
      snprintf(text + used, size - used, "%s%d%.*s ", r.chain, r.number, r.insertion_code != ' ', &r.insertion_code);
    }
  }
}

static pleat_status make_target(parity_case *c, const char *path) {
  char pdb[128], chain[16], file[1024], fixed[1024];
  const char *slash = strrchr(path, '/');
  pleat_structure *structure;
  golden_attribute_text(c->file, "pdb", pdb, sizeof pdb);
  golden_attribute_text(c->file, "chain", chain, sizeof chain);
  if (!golden_attribute_text(c->file, "omit_AA", c->omitted, sizeof c->omitted)) c->omitted[0] = 0;
  snprintf(file, sizeof file, "%.*s/pdb/%s", slash ? (int)(slash - path) : 1, slash ? path : ".", pdb);
  pleat_status status = pleat_structure_read(c->context, c->structure ? c->structure : file, &structure);
  if (status) return status;
  const pleat_target_selection selection = {.chains = chain};
  status = pleat_target_create(c->context, pdb, structure, &selection, &c->target);
  pleat_structure_free(structure);
  if (status) return status;
  fixed_residues(c, fixed, sizeof fixed);
  if (fixed[0]) status = pleat_target_set_option(c->target, "fixed_residues", fixed);
  if (!status && c->omitted[0]) status = pleat_target_set_option(c->target, "omit_AA", c->omitted);
  return status;
}

/* The best letters must be the published ones; fixed residues keep theirs. */
static void compare_best(parity_case *c, const float *letters) {
  golden_array golden;
  size_t different = 0;
  if (!golden_read(c->file, "out/argmax_seq", &golden)) return;
  for (size_t i = 0; i < pleat_target_residue_count(c->target); i++) {
    pleat_target_residue r = pleat_target_residue_at(c->target, i);
    different += r.designed ? letters[i] != golden.data[i] : "ACDEFGHIKLMNPQRSTVWYX"[(int)letters[i]] != r.letter;
  }
  report(c, "letters that differ", (double)different, 0);
  golden_array_free(&golden);
}

/* Probabilities of the 20 letters at designed residues; the published ones hold X, too. */
static void compare_probabilities(parity_case *c, const char *name, const float *ours) {
  golden_array golden;
  double worst = 0;
  if (!golden_read(c->file, name, &golden)) return;
  for (size_t i = 0; i < pleat_target_residue_count(c->target); i++) {
    if (!pleat_target_residue_at(c->target, i).designed) continue;
    double sum = 0;
    for (int k = 0; k < DRAWN; k++) sum += golden.data[i * LETTERS + (size_t)k];
    for (int k = 0; k < DRAWN; k++) {
      double each = fabs(golden.data[i * LETTERS + (size_t)k] / sum - ours[i * DRAWN + (size_t)k]);
      if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
    }
  }
  report(c, name, worst, golden.noise);
  golden_array_free(&golden);
}

static const float *array_of(const pleat_result *result, const char *name, size_t *count) {
  pleat_array array;
  *count = 0;
  if (pleat_result_array(result, name, &array)) return NULL;
  *count = 1;
  for (int d = 0; d < array.rank; d++) *count *= array.shape[d];
  return array.data;
}

static pleat_status design(parity_case *c, double temperature, const char *probabilities, bool first) {
  pleat_result *result;
  const pleat_design_settings settings = {1, 0, 1, temperature};
  size_t count;
  pleat_model_set_trace(c->model, first ? hear : NULL, c);
  pleat_status status = pleat_design(c->model, c->target, &settings, &result);
  if (status) return status;
  if (first) compare_best(c, array_of(result, "S", &count));
  if (first && !c->omitted[0]) {
    const float *loss = array_of(result, "loss_per_residue", &count);
    compare(c, "out/neg_pll_argmax", loss, count);
  }
  if (probabilities) compare_probabilities(c, probabilities, array_of(result, "sampling_probs", &count));
  pleat_result_free(result);
  return PLEAT_OK;
}

static pleat_status score(parity_case *c) {
  pleat_result *result;
  const pleat_score_settings settings = {.samples = 1, .seed = 1, .use_sequence = 1};
  size_t count;
  pleat_model_set_trace(c->model, NULL, NULL);
  pleat_status status = pleat_score(c->model, c->target, &settings, &result);
  if (status) return status;
  if (!c->omitted[0]) { /* an omitted native letter's published score is infinite; ours does not know of omissions */
    const float *loss = array_of(result, "loss_per_residue", &count), *mean = NULL;
    compare(c, "out/neg_pll_native", loss, count);
    mean = array_of(result, "score", &count);
    compare(c, "out/avg_neg_pll_native", mean, count);
  }
  pleat_result_free(result);
  return PLEAT_OK;
}

static int run_case(const parity_case *common, const char *path, int *compared) {
  parity_case c = *common;
  c.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  c.name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  if (c.file < 0) return 1;
  pleat_status status = pleat_model_open(c.context, "frame2seq", &c.model);
  bool missing = status == PLEAT_ERROR_NOT_FOUND;
  if (!status) status = make_target(&c, path);
  if (!status) status = design(&c, 1e-6, NULL, true);
  if (!status) status = design(&c, 1, "out/probs", false);
  if (!status) status = design(&c, 0.5, "out/probs_T0.5", false);
  if (!status) status = score(&c);
  if (status) fprintf(stderr, "%s: %s\n", path, pleat_context_error(c.context));
  pleat_target_free(c.target);
  pleat_model_free(c.model);
  H5Fclose(c.file);
  *compared += c.compared;
  if (missing) return SKIP;
  return status || c.failed || !c.compared;
}

int main(int argc, char **argv) {
  parity_case common = {.factor = 10};
  int failed = 0, skipped = 0, compared = 0;
  if (pleat_context_create(NULL, &common.context)) return 1;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* many a name is asked for that a golden lacks */
  printf("%-20s %-32s %10s %10s %7s\n", "case", "array", "difference", "noise", "ratio");
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc, factor = more && !strcmp(argv[i], "--factor");
    bool structure = more && !strcmp(argv[i], "--structure");
    if (factor) common.factor = atof(argv[++i]);
    if (structure) common.structure = argv[++i];
    if (factor || structure) continue;
    int result = run_case(&common, argv[i], &compared);
    if (result == SKIP)
      skipped++;
    else
      failed += result;
  }
  pleat_context_free(common.context);
  printf("%d arrays compared, %d cases failed, %d skipped for want of the model\n", compared, failed, skipped);
  return failed ? 1 : compared ? 0 : SKIP;
}
