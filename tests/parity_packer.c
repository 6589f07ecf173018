/* Packs the golden cases with the stored random numbers and compares with what the published code gave.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity_packer [--factor F] FILE.h5...   PDB files, plain or gzipped, lie beside in pdb/. Each case runs
 * once as a whole and once for each denoising step alone, started from the published code's own angles: near-ties
 * between candidates then do not carry over. A line an array: largest difference, noise floor, their ratio; angstrom
 * arrays pass below 0.001. Exit 1 when a ratio is above F (10), 77 when the model is not installed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pleat.h"
#include "tests/golden_file.h"

enum { SKIP = 77, PLACES = 14, CHIS = 4, CANDIDATES = 16, STEPS = 3, MAX_RESIDUES = 512 };
static const double tie = 2e-4; /* log-probabilities nearer than this are equal: twice the noise of float32 */

typedef struct packer_case {
  pleat_context *context;
  pleat_model *model;
  pleat_target *target;
  hid_t file;
  const char *path;
  double factor;
  int step;   /* of the golden that the run's only step stands for; -1: the whole run */
  size_t length;
  char residue[MAX_RESIDUES]; /* letters */
  bool tied[MAX_RESIDUES];    /* in the last step of the run */
  bool lenient; /* the run made choices between equals before its last step */
  int compared, failed;
} packer_case;

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Differences below `least` always pass. */
static void report(packer_case *c, const char *name, double worst, double noise, double least) {
  double floor = fmax(isnan(noise) ? 0 : noise, 1e-6);
  bool bad = !(worst <= fmax(c->factor * floor, c->factor < 1 ? 0 : least));
  printf("%-24s %-5s %-28s %10.3g %10.3g %7.2f %s\n", base_name(c->path), c->step < 0 ? "whole" : "step", name, worst,
         noise, worst / floor, bad ? c->lenient ? "tied" : "TOO FAR" : "ok");
  c->compared++;
  c->failed += bad && !c->lenient;
}

/* Largest difference of the numbers that the golden has: it may hold the first residues only. NaN is infinite. */
static double difference(const golden_array *golden, const float *ours, size_t count) {
  size_t there = 1;
  double worst = 0;
  for (int d = 0; d < golden->rank; d++) there *= golden->shape[d];
  if (there > count) return INFINITY;
  for (size_t i = 0; i < there; i++) {
    double each = fabs((double)golden->data[i] - (double)ours[i]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  return worst;
}

static void compare(packer_case *c, const char *name, const float *ours, size_t count) {
  static const char *const suffixes[] = {"", "_res0_15", "_res0_7", "_res0_1"};
  char path[128];
  golden_array golden;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
    if (!golden_read(c->file, path, &golden)) continue;
    bool angstrom = strstr(name, "X_in") || strstr(name, "xyz14");
    report(c, path, difference(&golden, ours, count), golden.noise, angstrom ? 1e-3 : 1e-5);
    golden_array_free(&golden);
  }
}

/* Intermediates of the run's step 0 are the golden's of `step`; of the whole run only the encoder's are compared. */
static void see_intermediate(void *user, const pleat_array *array) {
  packer_case *c = user;
  char name[96];
  size_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  if (strncmp(array->name, "step0/", 6)) {
    if (c->step < 0 && (!strncmp(array->name, "encoder/", 8) || !strncmp(array->name, "features/", 9)))
      compare(c, array->name, array->data, count);
    return;
  }
  if (c->step < 0) return;
  snprintf(name, sizeof name, "step%d/%s", c->step, array->name + 6);
  compare(c, name, array->data, count);
}

/* ---- Draws ---- */

static pleat_status set_draws(packer_case *c, const char *name, const float *data, int rank, const size_t *shape) {
  pleat_array array = {.name = name, .data = data, .rank = rank};
  memcpy(array.shape, shape, (size_t)rank * sizeof *shape);
  return pleat_target_set_draws(c->target, &array);
}

/* Predicted samples of golden steps first .. first + steps - 1. */
static pleat_status set_angles(packer_case *c, int first, int steps) {
  size_t each = CANDIDATES * c->length * CHIS, shape[4] = {(size_t)steps, CANDIDATES, c->length, CHIS};
  float *angles = calloc((size_t)steps * each, sizeof *angles);
  char name[64];
  bool good = angles != NULL;
  for (int s = 0; s < steps && good; s++) {
    golden_array golden;
    snprintf(name, sizeof name, "step%d/predicted_samples", first + s);
    good = golden_read(c->file, name, &golden);
    if (good) memcpy(angles + (size_t)s * each, golden.data, each * sizeof *angles);
    golden_array_free(&golden);
  }
  pleat_status status = good ? set_draws(c, "angles", angles, 4, shape) : PLEAT_ERROR_FORMAT;
  free(angles);
  return status;
}

/* Start of golden step `step` as shares of a turn: the stored ones, or the candidates that the published code chose. */
static pleat_status set_start(packer_case *c, int step) {
  size_t shape[2] = {c->length, CHIS}, count = c->length * CHIS;
  char name[64];
  golden_array start, log_probs;
  if (step == 0) {
    if (!golden_read(c->file, "in/random_uniform", &start)) return PLEAT_ERROR_FORMAT;
  } else {
    snprintf(name, sizeof name, "step%d/predicted_samples", step - 1);
    if (!golden_read(c->file, name, &start)) return PLEAT_ERROR_FORMAT;
    snprintf(name, sizeof name, "step%d/log_probs_of_samples", step - 1);
    if (!golden_read(c->file, name, &log_probs)) return PLEAT_ERROR_FORMAT;
    for (size_t i = 0; i < count; i++) {
      size_t best = 0;
      for (size_t n = 1; n < CANDIDATES; n++)
        if (log_probs.data[n * count + i] > log_probs.data[best * count + i]) best = n;
      start.data[i] = start.data[best * count + i] / 6.28318530718f;
    }
    golden_array_free(&log_probs);
  }
  pleat_status status = set_draws(c, "uniform", start.data, 2, shape);
  golden_array_free(&start);
  return status;
}

static size_t chi_count(char letter) {
  static const struct {
    const char *letters;
    size_t count;
  } counts[] = {{"RK", 4}, {"QEM", 3}, {"NDHILFPWY", 2}, {"CSTV", 1}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (strchr(counts[i].letters, letter)) return counts[i].count;
  return 0;
}

/* Whether the two best candidates for angle i are equally probable, but not the same angle. */
static bool is_tied(const golden_array *log_probs, const golden_array *angles, size_t count, size_t i) {
  size_t best = 0, second = 1;
  for (size_t n = 1; n < CANDIDATES; n++) {
    if (log_probs->data[n * count + i] > log_probs->data[best * count + i]) {
      second = best;
      best = n;
    } else if (second == best || log_probs->data[n * count + i] > log_probs->data[second * count + i]) {
      second = n;
    }
  }
  double gap = (double)log_probs->data[best * count + i] - (double)log_probs->data[second * count + i];
  double apart = fabs((double)angles->data[best * count + i] - (double)angles->data[second * count + i]);
  return gap < tie && apart > 1e-4;
}

/* Residues for which the published code chose between equals: float32 does not say which of them is the greater one. */
static int find_ties(packer_case *c, int step) {
  char name[64];
  golden_array log_probs, angles;
  int tied = 0;
  snprintf(name, sizeof name, "step%d/log_probs_of_samples", step);
  if (!golden_read(c->file, name, &log_probs)) return 0;
  snprintf(name, sizeof name, "step%d/predicted_samples", step);
  if (!golden_read(c->file, name, &angles)) return 0;
  for (size_t i = 0; i < c->length; i++) {
    c->tied[i] = false;
    for (size_t chi = 0; chi < chi_count(c->residue[i]); chi++)
      c->tied[i] = c->tied[i] || is_tied(&log_probs, &angles, c->length * CHIS, i * CHIS + chi);
    tied += c->tied[i];
  }
  golden_array_free(&angles);
  golden_array_free(&log_probs);
  return tied;
}

/* ---- Results ---- */

/* The published order of TRP's atoms has CE2 CE3 NE1 where ours has NE1 CE2 CE3. */
static size_t published_place(char letter, size_t place) {
  static const size_t tryptophan[3] = {10, 8, 9};
  return letter == 'W' && place >= 8 && place <= 10 ? tryptophan[place - 8] : place;
}

/* Our (L,14,width) in the published order. */
static void compare_atoms(packer_case *c, const pleat_result *result, const char *ours, const char *name) {
  pleat_array array;
  golden_array golden;
  double worst = 0;
  if (pleat_result_array(result, ours, &array) || !golden_read(c->file, name, &golden)) {
    report(c, name, INFINITY, 0, 0);
    return;
  }
  size_t width = array.rank == 4 ? 3 : 1;
  for (size_t i = 0; i < c->length * PLACES * width; i++) {
    size_t residue = i / width / PLACES, place = i / width % PLACES;
    size_t theirs = (residue * PLACES + published_place(c->residue[residue], place)) * width + i % width;
    double each = fabs((double)golden.data[theirs] - (double)array.data[i]);
    if (!c->tied[residue] && !(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  report(c, name, worst, golden.noise, width == 3 ? 1e-3 : 0);
  golden_array_free(&golden);
}

/* B factors of places without an atom are 0 here, chi1's log-probability there. */
static void mask_factors(packer_case *c, const pleat_result *result) {
  golden_array golden, mask;
  pleat_array array;
  double worst = 0;
  if (pleat_result_array(result, "b_factors", &array) || !golden_read(c->file, "out/b_factors", &golden)) return;
  if (golden_read(c->file, "out/X_m", &mask))
    for (size_t i = 0; i < c->length; i++)
      for (size_t place = 0; place < PLACES; place++) {
        size_t theirs = i * PLACES + published_place(c->residue[i], place);
        if (mask.data[theirs] == 0) continue;
        worst = fmax(worst, fabs((double)golden.data[theirs] - (double)array.data[i * PLACES + place]));
      }
  golden_array_free(&mask);
  report(c, "out/b_factors", worst, golden.noise, 1e-5);
  golden_array_free(&golden);
}

/* After a tie in an earlier step everything may differ a little: that is said but is no failure. */
static void compare_results(packer_case *c, const pleat_result *result, int first, int steps) {
  pleat_array array;
  int tied = 0;
  for (int step = first; step < first + steps - 1; step++) tied += find_ties(c, step);
  find_ties(c, first + steps - 1);
  c->lenient = tied > 0;
  compare_atoms(c, result, "positions", "out/xyz14");
  compare_atoms(c, result, "atom_mask", "out/X_m");
  mask_factors(c, result);
  if (!pleat_result_array(result, "log_prob", &array)) compare(c, "out/log_prob", array.data, c->length * CHIS);
  c->lenient = false;
}

static pleat_status run_steps(packer_case *c, int first, int steps) {
  double repack = 1, ligand = 1;
  pleat_result *result;
  c->step = steps == 1 ? first : -1;
  pleat_status status = set_start(c, first);
  if (!status) status = set_angles(c, first, steps);
  if (status) return status;
  golden_attribute_number(c->file, "repack_everything", &repack);
  golden_attribute_number(c->file, "pack_with_ligand_context", &ligand);
  pleat_pack_settings settings = {.samples = 1, .steps = steps, .candidates = CANDIDATES,
                                  .repack_everything = repack != 0, .ligand_context = ligand != 0};
  pleat_model_set_trace(c->model, see_intermediate, c);
  status = pleat_pack(c->model, c->target, &settings, &result);
  if (status) return status;
  if (first + steps == STEPS) compare_results(c, result, first, steps);
  pleat_result_free(result);
  return PLEAT_OK;
}

/* ---- Cases ---- */

/* The value of "fixed" in the flags' JSON text. */
static pleat_status set_fixed(packer_case *c) {
  char flags[1024], *begin, *end;
  golden_attribute_text(c->file, "flags", flags, sizeof flags);
  begin = strstr(flags, "\"fixed\": \"");
if (!begin) return PLEAT_OK;
  begin += strlen("\"fixed\": \"");
  end = strchr(begin, '"');
  if (end) *end = 0;
  return pleat_target_set_option(c->target, "fixed_residues", begin);
}

static pleat_status open_target(packer_case *c) {
  char name[256], path[2048];
  pleat_structure *structure;
  golden_attribute_text(c->file, "pdb", name, sizeof name);
  snprintf(path, sizeof path, "%.*spdb/%.200s", (int)(base_name(c->path) - c->path), c->path, name);
  if (access(path, R_OK)) strcat(path, ".gz");
  pleat_status status = pleat_structure_read(c->context, path, &structure);
  if (status) return status;
  status = pleat_target_create(c->context, name, structure, NULL, &c->target);
  pleat_structure_free(structure);
  if (!status) status = set_fixed(c);
  if (status) return status;
  c->length = pleat_target_residue_count(c->target);
  for (size_t i = 0; i < c->length && i < MAX_RESIDUES; i++)
    c->residue[i] = pleat_target_residue_at(c->target, i).letter;
  return c->length > MAX_RESIDUES ? PLEAT_ERROR_UNSUPPORTED : PLEAT_OK;
}

static int run_case(pleat_context *context, const char *path, double factor, int *compared) {
  packer_case c = {.context = context, .path = path, .factor = factor};
  c.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (c.file < 0) return 1;
  pleat_status status = pleat_model_open(context, "ligandmpnn_sc_v_32_002_16", &c.model);
  bool missing = status == PLEAT_ERROR_NOT_FOUND;
  if (!status) status = pleat_model_set_option(c.model, "missing_at_origin", "on");
  if (!status) status = open_target(&c);
  if (!status) status = run_steps(&c, 0, STEPS);
  for (int step = 0; step < STEPS && !status; step++) status = run_steps(&c, step, 1);
  if (status) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  pleat_target_free(c.target);
  pleat_model_free(c.model);
  H5Fclose(c.file);
  *compared += c.compared;
  return missing ? SKIP : status || c.failed || !c.compared;
}

int main(int argc, char **argv) {
  pleat_context *context;
  double factor = 10;
  int failed = 0, skipped = 0, compared = 0;
  if (pleat_context_create(NULL, &context)) return 1;
  printf("%-24s %-5s %-28s %10s %10s %7s\n", "case", "run", "array", "difference", "noise", "ratio");
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--factor") && i + 1 < argc) {
      factor = atof(argv[++i]);
      continue;
    }
    int result = run_case(context, argv[i], factor, &compared);
    skipped += result == SKIP;
    failed += result == 1;
  }
  pleat_context_free(context);
  printf("%d arrays compared, %d cases failed, %d skipped for want of the model\n", compared, failed, skipped);
  return failed ? 1 : compared ? 0 : SKIP;
}
