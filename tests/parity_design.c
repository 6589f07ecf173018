/* Design models against the published code: the golden files' own input arrays and stored random numbers through installed
 * models, every output and named intermediate held against what the published code got.
 * SPDX-License-Identifier: MIT
 *
 * usage: parity_design [--factor F] FILE.h5...   A line an array: largest difference, noise floor, their ratio; whole numbers
 * must be equal. Exit 1 when a ratio is above F (10), 77 when no model is installed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/design.h"
#include "folding/session.h"
#include "tests/golden_file.h"

enum { SKIP = 77, ARRAYS = 32 };

typedef struct parity_case {
  pleat_context *context;
  pleat_model *model;
  hid_t file, inputs; /* inputs: where in/ stands */
  const char *path;
  double factor;
  int compared, failed;
  const char *traced; /* group of intermediates that are compared now; NULL: none */
  size_t trace_row;   /* of a golden with a row a sample */
  pleat_backbone backbone;
  golden_array kept[ARRAYS]; /* owns what the backbone points at */
  int kept_count;
  double official; /* noise of files from the authors' own machine */
} parity_case;

static const char *short_name(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

static size_t count_of(const golden_array *array) {
  size_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  return count;
}

/* ---- Comparing ---- */

/* Rows of residues that are not there: their distances are all the same, and their neighbours' order is nobody's. */
static bool is_missing(const parity_case *c, size_t residue) {
  return residue < (size_t)c->backbone.length && !(c->backbone.mask[residue] > 0);
}

static void report(parity_case *c, const char *name, double worst, double noise, bool whole) {
  double floor = fmax(noise, 1e-6), ratio = whole ? worst : worst / floor;
  bool bad = whole ? worst != 0 : !(ratio <= c->factor);
  printf("%-40s %-36s %10.3g %10.3g %7.2f %s\n", short_name(c->path), name, worst, noise, ratio, bad ? "TOO FAR" : "ok");
  c->compared++;
  c->failed += bad;
}

/* `data` stands for `count` numbers of the golden from `at` on; `per_residue` of them belong to one residue; 0: to none. */
static void compare(parity_case *c, const char *name, const float *data, size_t at, size_t count, size_t per_residue) {
  golden_array golden;
  double worst = 0;
  if (!golden_read(c->file, name, &golden)) return;
  bool whole = strstr(name, "idx") || strstr(name, "order") || strstr(name, "/S");
  if (at + count > count_of(&golden)) count = count_of(&golden) - at;
  for (size_t i = 0; i < count; i++) {
    if (per_residue && is_missing(c, i / per_residue % (size_t)c->backbone.length)) continue;
    double each = fabs((double)golden.data[at + i] - data[i]);
    if (!(each <= worst)) worst = isnan(each) ? INFINITY : each;
  }
  report(c, name, worst, isnan(golden.noise) ? c->official : golden.noise, whole);
  golden_array_free(&golden);
}

static void compare_trace(void *user, const pleat_array *array) {
  parity_case *c = user;
  char name[96];
  size_t count = 1, length = (size_t)c->backbone.length;
  if (!c->traced || strncmp(array->name, c->traced, strlen(c->traced))) return;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  if (!strcmp(c->traced, "score/")) {
    compare(c, array->name, array->data, c->trace_row * count, count, count / length);
    c->trace_row += !strcmp(array->name, "score/decoder_layer2_h_V");
    return;
  }
  compare(c, array->name, array->data, 0, count, count / length);
  snprintf(name, sizeof name, "%s_res0_7", array->name);
  compare(c, name, array->data, 0, count, count / length);
}

/* ---- Input ---- */

/* An array of the golden file, kept until the case ends; NULL when it is not there. */
static const golden_array *keep(parity_case *c, const char *name) {
  if (c->kept_count == ARRAYS) return NULL;
  golden_array *array = &c->kept[c->kept_count];
  if (!golden_read(c->inputs, name, array)) return NULL;
  c->kept_count++;
  return array;
}

static float *room(parity_case *c, size_t count, float value) {
  golden_array *array = &c->kept[c->kept_count++];
  array->data = malloc((count + 1) * sizeof(float));
  for (size_t i = 0; i < count; i++) array->data[i] = value;
  return array->data;
}

static float *floats(parity_case *c, const char *name, size_t count, float otherwise) {
  const golden_array *array = keep(c, name);
  return array ? array->data : room(c, count, otherwise);
}

/* Whole numbers in the place of the floats that they were read as. */
static int32_t *integers(parity_case *c, const char *name, size_t count) {
  float *data = floats(c, name, count, 0);
  for (size_t i = 0; i < count; i++) {
    int32_t whole = (int32_t)data[i];
    memcpy(data + i, &whole, sizeof whole);
  }
  return (int32_t *)data;
}

/* The context's atoms: all that were parsed, or every one that a residue's list holds. */
static void read_context(parity_case *c) {
  pleat_backbone *b = &c->backbone;
  const golden_array *all = keep(c, "parsed/Y_all"), *x = all ? all : keep(c, "in/Y");
  if (!x) return;
  size_t count = count_of(x) / 3, used = 0;
  const int32_t *type = integers(c, all ? "parsed/Y_t_all" : "in/Y_t", count);
  const float *mask = all ? room(c, count, 1) : floats(c, "in/Y_m", count, 1);
  b->context = room(c, count * 3, 0);
  b->element = (int32_t *)room(c, count, 0);
  for (size_t i = 0; i < count; i++) {
    bool known = !(mask[i] > 0) || type[i] == 0;
    for (size_t k = 0; k < used && !known; k++) known = !memcmp(b->context + k * 3, x->data + i * 3, 3 * sizeof(float));
    if (known) continue;
    memcpy(b->context + used * 3, x->data + i * 3, 3 * sizeof(float));
    b->element[used++] = type[i];
  }
  b->context_count = (int64_t)used;
}

/* Rows of groups, filled up with -1. */
static void read_ties(parity_case *c) {
  pleat_target_ties *ties = &c->backbone.ties;
  const golden_array *groups = keep(c, "in/symmetry_groups"), *weights = keep(c, "in/symmetry_weights");
  if (!groups || !weights) return;
  size_t width = groups->shape[1], used = 0;
  ties->count = (int64_t)groups->shape[0];
  ties->start = (int64_t *)room(c, 2 * (groups->shape[0] + 1), 0);
  ties->member = (int32_t *)room(c, count_of(groups), 0);
  ties->weight = room(c, count_of(groups), 0);
  for (size_t g = 0; g < groups->shape[0]; g++) {
    ties->start[g] = (int64_t)used;
    for (size_t m = g * width; m < (g + 1) * width; m++) {
      if (groups->data[m] < 0) continue;
      ties->member[used] = (int32_t)groups->data[m];
      ties->weight[used++] = weights->data[m];
    }
  }
  ties->start[ties->count] = (int64_t)used;
}

static bool read_backbone(parity_case *c) {
  pleat_backbone *b = &c->backbone;
  char flags[1024];
  const golden_array *x = keep(c, "in/X");
  if (!x) return false;
  size_t length = x->shape[1];
  *b = (pleat_backbone){.name = "golden", .length = (int64_t)length, .x = x->data};
  b->mask = floats(c, "in/mask", length, 1);
  b->number = integers(c, "in/R_idx", length);
  b->chain = integers(c, "in/chain_labels", length);
  b->letter = integers(c, "in/S", length);
  b->designed = floats(c, "in/chain_mask", length, 1);
  b->bias = floats(c, "in/bias", length * 21, 0);
  b->label = integers(c, "in/membrane_per_residue_labels", length);
  b->atoms = floats(c, "in/xyz_37", length * 111, 0);
  b->atom_mask = floats(c, "in/xyz_37_m", length * 37, 0);
  golden_attribute_text(c->file, "flags", flags, sizeof flags);
  const golden_array *near = keep(c, "in/mask_XY");
  b->near_ligand = near ? near->data : NULL;
  b->atom_context = !strstr(flags, "\"atom_context\": 0");
  b->side_chain_context = strstr(flags, "\"scctx\": 1") != NULL;
  read_context(c);
  read_ties(c);
  return true;
}

/* ---- Running ---- */

typedef struct job {
  const pleat_design_def *def;
  pleat_design_task task;
} job;

static void forward_job(pleat_run *run, const void *weights, const void *work) {
  const job *j = work;
  j->def->forward(run, weights, &j->task);
}

/* Runs the task with stored draws; NULL and a sentence when it fails. */
static pleat_result *run_task(parity_case *c, const pleat_design_def *def, pleat_design_task task,
                              const golden_array *normals, const golden_array *exponential) {
  pleat_array randn = {"randn", normals->data, 2, {normals->shape[0], normals->shape[1]}}, each = {0};
  pleat_result *result;
  task.backbone = &c->backbone;
  task.samples = (int64_t)normals->shape[0];
  task.draws[PLEAT_DRAW_RANDN] = &randn;
  if (exponential) {
    each = (pleat_array){"exponential", exponential->data, 3,
                         {exponential->shape[0], exponential->shape[1], exponential->shape[2]}};
    task.draws[PLEAT_DRAW_EXPONENTIAL] = &each;
  }
  pleat_session_shape shape = {c->backbone.length, task.samples};
  if (pleat_session_make_result(c->model, "golden", def->outputs, shape, &result)) return NULL;
  job measured = {def, task}, real = measured;
  real.task.result = result;
  pleat_session_work work = {"golden", forward_job, &measured, &real, 0, 1, NULL};
  if (!pleat_session_run(c->model, &work)) return result;
  fprintf(stderr, "%s: %s\n", c->path, pleat_context_error(c->context));
  pleat_result_free(result);
  c->failed++;
  return NULL;
}

/* Steps at which the order is another, other than among residues whose stored normals are equal: sorting those is nobody's. */
static void compare_order(parity_case *c, const pleat_result *result, const char *group, const golden_array *normals) {
  golden_array golden;
  char path[96];
  const float *order = pleat_result_find(result, "decoding_order");
  size_t length = (size_t)c->backbone.length, wrong = 0;
  snprintf(path, sizeof path, "%s%sdecoding_order", group, *group ? "/" : "");
  if (!golden_read(c->file, path, &golden)) return;
  for (size_t i = 0; i < count_of(&golden); i++) {
    const float *row = normals->data + (c->backbone.ties.count ? 0 : i / length * length);
    wrong += fabsf(row[(size_t)order[i]]) != fabsf(row[(size_t)golden.data[i]]);
  }
  report(c, path, (double)wrong, 0, true);
  golden_array_free(&golden);
}

/* An output of the result against the golden's `group/name`; width: numbers a residue has. */
static void compare_output(parity_case *c, const pleat_result *result, const char *output, const char *group,
                           const char *name, size_t width) {
  char path[96];
  const float *data = pleat_result_find(result, output);
  snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
  if (data) compare(c, path, data, 0, SIZE_MAX / 2, width);
}

static void score_case(parity_case *c, const char *group, bool use_sequence, bool trace) {
  golden_array normals;
  if (!golden_read(c->file, "score/randn", &normals)) return;
  c->traced = trace ? "score/" : NULL;
  c->trace_row = 0;
  pleat_result *result =
      run_task(c, &c->model->def->score, (pleat_design_task){.use_sequence = use_sequence}, &normals, NULL);
  c->traced = NULL;
  if (result) {
    compare_output(c, result, "logits", group, "logits", 21);
    compare_output(c, result, "log_probs", group, "log_probs", 21);
    compare_order(c, result, group, &normals);
    result->samples = normals.shape[0];
    if (!pleat_score_rate(&c->backbone, result)) {
      compare_output(c, result, "loss_per_residue", group, "loss_per_residue", 1);
      compare_output(c, result, "score", group, "loss", 0);
    }
  }
  pleat_result_free(result);
  golden_array_free(&normals);
}

/* In the published code the two are exchanged: what it calls "with the sequence" sees none of it. */
static void single_case(parity_case *c, const char *normals_name, const char *golden, bool use_sequence) {
  golden_array normals;
  if (!golden_read(c->file, normals_name, &normals)) return;
  const pleat_design_task task = {.single = true, .use_sequence = use_sequence};
  pleat_result *result = run_task(c, &c->model->def->score, task, &normals, NULL);
  if (result) compare_output(c, result, "logits", "", golden, 21);
  pleat_result_free(result);
  golden_array_free(&normals);
}

/* The numbers that headers of FASTA files show. */
static void compare_rates(parity_case *c, pleat_result *result, const char *group) {
  if (pleat_design_rate(&c->backbone, c->backbone.near_ligand, result)) return;
  compare_output(c, result, "loss_per_residue", group, "loss_per_residue", 1);
  compare_output(c, result, "overall_confidence", group, "overall_confidence", 0);
  compare_output(c, result, "ligand_confidence", group, "ligand_confidence", 0);
  compare_output(c, result, "seq_rec", group, "seq_rec", 0);
}

static void sample_case(parity_case *c, const char *group, double temperature, bool trace) {
  golden_array normals, exponential;
  char name[64];
  snprintf(name, sizeof name, "%s/randn", group);
  if (!golden_read(c->file, name, &normals)) return;
  snprintf(name, sizeof name, "%s/exp_noise_by_step", group);
  bool stored = golden_read(c->file, name, &exponential);
  c->traced = trace ? "encoder/" : NULL;
  pleat_result *result = run_task(c, &c->model->def->design, (pleat_design_task){.seed = 1, .temperature = temperature},
                                  &normals, stored ? &exponential : NULL);
  c->traced = NULL;
  if (result) {
    compare_output(c, result, "S", group, "S", 1);
    compare_order(c, result, group, &normals);
    compare_output(c, result, "log_probs", group, "log_probs", 21);
    compare_output(c, result, "sampling_probs", group, "sampling_probs", 20);
    result->samples = normals.shape[0];
    compare_rates(c, result, group);
  }
  pleat_result_free(result);
  golden_array_free(&normals);
  if (stored) golden_array_free(&exponential);
}

/* The intermediates of features, for which any task will do. */
static void feature_case(parity_case *c) {
  golden_array normals;
  if (!golden_read(c->file, "score/randn", &normals)) return;
  normals.shape[0] = 1;
  c->traced = "features/";
  pleat_result_free(run_task(c, &c->model->def->score, (pleat_design_task){.single = true}, &normals, NULL));
  c->traced = NULL;
  golden_array_free(&normals);
}

/* The authors' own outputs: an order is stored, of which normals are made that give it. */
static void official_case(parity_case *c) {
  golden_array order;
  double use_sequence = 1;
  golden_attribute_number(c->file, "use_sequence", &use_sequence);
  single_case(c, "in/randn", "out/logits", !(use_sequence > 0));
  if (golden_read(c->file, "in/randn", &order)) {
    golden_array_free(&order);
    return;
  }
  if (!golden_read(c->file, "decoding_order", &order)) return;
  golden_array normals = {.data = malloc((count_of(&order) + 1) * sizeof(float)), .rank = 2, .shape = {order.shape[0], order.shape[1]}};
  for (size_t b = 0; b < order.shape[0]; b++)
    for (size_t step = 0; step < order.shape[1]; step++)
      normals.data[b * order.shape[1] + (size_t)order.data[b * order.shape[1] + step]] = (float)(step + 1);
  const pleat_design_task task = {.use_sequence = use_sequence > 0};
  pleat_result *result = run_task(c, &c->model->def->score, task, &normals, NULL);
  if (result) {
    compare_order(c, result, "", &normals);
    compare_output(c, result, "logits", "out", "logits", 21);
    compare_output(c, result, "log_probs", "", "log_probs", 21);
  }
  pleat_result_free(result);
  golden_array_free(&normals);
  golden_array_free(&order);
}

/* Backbone arrays of a file that has only outputs come from the file of the same protein that stands beside it. */
static bool find_inputs(parity_case *c) {
  char path[1024];
  c->inputs = c->file;
  if (golden_count(c->file, "in/X")) return true;
  snprintf(path, sizeof path, "%.*s1BC8_symmetry_bias_omit.h5", (int)(short_name(c->path) - c->path), c->path);
  c->inputs = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  return c->inputs >= 0;
}

/* In such a file, and in the authors' own, the sequence that is scored is S. */
static void take_sequence(parity_case *c) {
  golden_array letters;
  if (!golden_read(c->file, "S", &letters)) return;
  for (int64_t i = 0; i < c->backbone.length; i++) c->backbone.letter[i] = (int32_t)letters.data[i];
  c->backbone.ties.count = 0;
  golden_array_free(&letters);
}

static void compare_case(parity_case *c) {
  double temperature = 0.1;
  golden_attribute_number(c->file, "temperature", &temperature);
  take_sequence(c);
  feature_case(c);
  sample_case(c, "sample_greedy", 1e-6, true);
  sample_case(c, "sample_T0.1", temperature, false);
  score_case(c, "score", true, true);
  score_case(c, "score_noseq", false, false);
  single_case(c, "single_aa/randn", "single_aa/logits_noseq", true);
  single_case(c, "single_aa/randn", "single_aa/logits_seq", false);
  if (!strncmp(short_name(c->path), "official", 8)) official_case(c);
}

static int run_case(pleat_context *context, const char *path, double factor, int *compared) {
  parity_case c = {.context = context, .path = path, .factor = factor, .file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)};
  char weights[128];
  if (c.file < 0) return 1;
  golden_attribute_text(c.file, "weights", weights, sizeof weights);
  golden_attribute_number(c.file, "max_diff_to_cpu_reference", &c.official);
  if (strstr(weights, ".pt")) *strstr(weights, ".pt") = 0;
  pleat_status status = pleat_model_open(context, weights, &c.model);
  if (status) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  if (!status && find_inputs(&c) && read_backbone(&c)) {
    pleat_model_set_trace(c.model, compare_trace, &c);
    compare_case(&c);
  }
  for (int i = 0; i < c.kept_count; i++) golden_array_free(&c.kept[i]);
  pleat_model_free(c.model);
  if (c.inputs > 0 && c.inputs != c.file) H5Fclose(c.inputs);
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
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* arrays that a file lacks are no news */
  printf("%-40s %-36s %10s %10s %7s\n", "case", "array", "difference", "noise", "ratio");
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
  printf("%d arrays compared, %d cases failed, %d skipped for want of a model\n", compared, failed, skipped);
  return failed ? 1 : compared ? 0 : SKIP;
}
