/* Tests of the side-chain packer: mixtures of angles, features against direct sums, the model with random weights.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/atom_pairs.h"
#include "folding/side_chains.h"
#include "folding/von_mises.h"
#include "lib/dispatch.h"
#include "tests/allocator.h"
#include "tests/random_weights.h"
#include "tests/suites.h"

#define PI 3.14159265358979323846
#define MODEL "ligandmpnn_sc_v_32_002_16"

static char folder[] = "/tmp/pleat-packer-XXXXXX";

static const pleat_model_def *packer_def(void) {
  for (size_t i = 0; pleat_models[i]; i++)
    if (!strcmp(pleat_models[i]->name, MODEL)) return pleat_models[i];
  return NULL;
}

static int make_folder(void) {
  pleat_context *context;
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  pleat_status status = random_weights_write(context, folder, packer_def(), 0, RANDOM_DAMAGE_NONE);
  pleat_context_free(context);
  return status != PLEAT_OK;
}

static int remove_folder(void) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s.h5", folder, MODEL);
  return unlink(path) || rmdir(folder);
}

/* ---- Mixtures ---- */

static const struct {
  float mean[3], concentration[3], logits[3];
} mixtures[] = {{{0.5f, 2.6f, 5.1f}, {0.1f, 3, 40}, {0, 0.5f, -1}},
                {{-3, 3, 0}, {500, 20, 20.0001f}, {2, 1, 0}},
                {{1, 1, 1}, {5000, 0.5f, 1e-6f}, {0, 0, 0}}};
enum { MIXTURES = sizeof mixtures / sizeof *mixtures };

static pleat_von_mises mixture_at(int i) {
  return pleat_von_mises_make(mixtures[i].mean, mixtures[i].concentration, mixtures[i].logits);
}

/* The trapezoid rule on a circle, exact for smooth functions. */
static double integral(const pleat_von_mises *mixture) {
  enum { POINTS = 20000 };
  double sum = 0;
  for (int i = 0; i < POINTS; i++) sum += exp(pleat_von_mises_log_density(mixture, 2 * PI * i / POINTS));
  return sum * 2 * PI / POINTS;
}

static void test_density_integrates_to_one(void) {
  for (int i = 0; i < MIXTURES; i++) {
    pleat_von_mises mixture = mixture_at(i);
    CU_ASSERT_DOUBLE_EQUAL(integral(&mixture), 1, 1e-9);
    mixture.constant[1] += 0.01; /* must be seen */
    CU_ASSERT(fabs(integral(&mixture) - 1) > 1e-3);
  }
}

/* I0(k) exp(-k) = mean of exp(k (cos t - 1)). */
static void test_log_bessel_is_its_integral(void) {
  static const double ks[] = {0, 1e-4, 0.1, 1, 5, 19.999, 20.001, 50, 700, 1e4};
  enum { POINTS = 4096 };
  for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
    double sum = 0;
    for (int p = 0; p < POINTS; p++) sum += exp(ks[i] * (cos(2 * PI * p / POINTS) - 1));
    CU_ASSERT_DOUBLE_EQUAL(pleat_von_mises_log_bessel(ks[i]), log(sum / POINTS) + ks[i], 1e-11 * (1 + ks[i]));
  }
}

/* Whether `draws` draws have the mean cosine and sine about `mean` of a von Mises distribution of concentration k,
 * to five standard deviations. */
static bool fits(const pleat_von_mises *mixture, double mean, double k) {
  enum { DRAWS = 20000, POINTS = 4096 };
  pleat_random stream = pleat_random_stream(7, 1, 0);
  double cosines = 0, sines = 0, weight = 0, c1 = 0, c2 = 0;
  for (int i = 0; i < DRAWS; i++) {
    double angle = pleat_von_mises_draw(mixture, &stream, (uint64_t)i * PLEAT_VON_MISES_DRAWS);
    if (!(angle >= -PI && angle < PI)) return false;
    cosines += cos(angle - mean) / DRAWS;
    sines += sin(angle - mean) / DRAWS;
  }
  for (int p = 0; p < POINTS; p++) {
    double c = cos(2 * PI * p / POINTS), w = exp(k * (c - 1));
    weight += w;
    c1 += w * c;
    c2 += w * c * c;
  }
  c1 /= weight;
  c2 /= weight;
  double cosine_error = sqrt((c2 - c1 * c1) / DRAWS), sine_error = sqrt((1 - c2) / DRAWS);
  return fabs(cosines - c1) < 5 * cosine_error && fabs(sines) < 5 * sine_error;
}

static void test_draws_have_mean_and_concentration(void) {
  static const float ks[] = {1e-6f, 0.1f, 1, 10, 300, 20000};
  for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
    float mean[3] = {4, 0, 0}, k[3] = {ks[i], 1, 1}, logits[3] = {0, -1000, -1000};
    pleat_von_mises mixture = pleat_von_mises_make(mean, k, logits);
    CU_ASSERT(fits(&mixture, 4, (double)ks[i]));
    if (ks[i] < 1) continue;
    CU_ASSERT(!fits(&mixture, 4, 1.2 * (double)ks[i])); /* must be seen */
    CU_ASSERT(!fits(&mixture, 4.2, (double)ks[i]));
  }
}

static void test_components_come_by_their_weights(void) {
  enum { DRAWS = 20000 };
  float mean[3] = {-2, 0, 2}, k[3] = {200, 200, 200}, logits[3] = {logf(0.2f), logf(0.5f), logf(0.3f)};
  pleat_von_mises mixture = pleat_von_mises_make(mean, k, logits);
  pleat_random stream = pleat_random_stream(3, 0, 0);
  int count[3] = {0};
  for (int i = 0; i < DRAWS; i++) {
    double angle = pleat_von_mises_draw(&mixture, &stream, (uint64_t)i * PLEAT_VON_MISES_DRAWS);
    count[angle < -1 ? 0 : angle < 1 ? 1 : 2]++;
  }
  CU_ASSERT_DOUBLE_EQUAL(count[0], 0.2 * DRAWS, 300);
  CU_ASSERT_DOUBLE_EQUAL(count[1], 0.5 * DRAWS, 350);
  CU_ASSERT_DOUBLE_EQUAL(count[2], 0.3 * DRAWS, 320);
  CU_ASSERT_EQUAL(pleat_von_mises_draw(&mixture, &stream, 512), pleat_von_mises_draw(&mixture, &stream, 512));
  CU_ASSERT_NOT_EQUAL(pleat_von_mises_draw(&mixture, &stream, 512), pleat_von_mises_draw(&mixture, &stream, 768));
}

/* ---- Features of atom pairs ---- */

enum { NODES = 11, NEAR = 5 };
enum { CHANNELS = PLEAT_ATOM_PAIRS_C, WIDTH = PLEAT_ATOM_PAIRS_WIDTH, ATOMS = PLEAT_ATOM_PAIRS_PLACES };

typedef struct pairs_case {
  float weight[CHANNELS * WIDTH], gain[CHANNELS], bias[CHANNELS], positions[NODES * ATOMS * 3];
  int32_t neighbour[NODES * NEAR], letter[NODES], atoms[NODES];
} pairs_case;

static void make_pairs(pairs_case *c) {
  static const int32_t atoms[NODES] = {0, 4, 5, 6, 7, 8, 9, 11, 12, 14, 4};
  pleat_random stream = pleat_random_stream(11, 0, 0);
  uint64_t at = 0;
  for (int i = 0; i < CHANNELS * WIDTH; i++) c->weight[i] = 0.05f * pleat_random_normal(&stream, at++);
  for (int i = 0; i < CHANNELS; i++) {
    c->gain[i] = 1 + 0.1f * pleat_random_normal(&stream, at++);
    c->bias[i] = 0.1f * pleat_random_normal(&stream, at++);
  }
  for (int i = 0; i < NODES * ATOMS * 3; i++) c->positions[i] = 6 * pleat_random_normal(&stream, at++);
  for (int i = 0; i < NODES; i++) {
    c->atoms[i] = atoms[i];
    c->letter[i] = (i * 7) % PLEAT_TARGET_LETTERS;
    for (int k = 0; k < NEAR; k++) c->neighbour[i * NEAR + k] = (i * (k + 1) + 3 * k) % NODES;
  }
}

/* One edge by the published formula in double. */
static void direct_edge(const pairs_case *c, int i, int j, double *out) {
  for (int o = 0; o < CHANNELS; o++) {
    const float *w = c->weight + o * WIDTH;
    out[o] = (double)w[PLEAT_ATOM_PAIRS_INPUTS + c->letter[i]] + (double)w[PLEAT_ATOM_PAIRS_INPUTS + 21 + c->letter[j]];
    for (int a = 0; a < c->atoms[i]; a++)
      for (int b = 0; b < c->atoms[j]; b++) {
        double squared = 1e-6;
        for (int d = 0; d < 3; d++) {
          double each = (double)c->positions[(i * ATOMS + a) * 3 + d] - (double)c->positions[(j * ATOMS + b) * 3 + d];
          squared += each * each;
        }
        for (int bin = 0; bin < 16; bin++) {
          double z = (sqrt(squared) - 20.0 * bin / 15) / 1.25;
          out[o] += (double)w[(a * ATOMS + b) * 16 + bin] * exp(-z * z);
        }
      }
  }
  double mean = 0, variance = 0;
  for (int o = 0; o < CHANNELS; o++) mean += out[o] / CHANNELS;
  for (int o = 0; o < CHANNELS; o++) variance += (out[o] - mean) * (out[o] - mean) / CHANNELS;
  for (int o = 0; o < CHANNELS; o++)
    out[o] = (out[o] - mean) / sqrt(variance + 1e-5) * (double)c->gain[o] + (double)c->bias[o];
}

static double worst_edge(const pairs_case *c, const float *got) {
  double worst = 0, want[CHANNELS];
  for (int edge = 0; edge < NODES * NEAR; edge++) {
    direct_edge(c, edge / NEAR, c->neighbour[edge], want);
    for (int o = 0; o < CHANNELS; o++) worst = fmax(worst, fabs(want[o] - (double)got[edge * CHANNELS + o]));
  }
  return worst;
}

static void test_atom_pairs_are_the_direct_sum(void) {
  static pairs_case c;
  static float fixed[NODES * NEAR * CHANNELS], got[NODES * NEAR * CHANNELS];
  pleat_context *context;
  pleat_arena arena;
  pleat_atom_pairs pairs;
  make_pairs(&c);
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(context, 1 << 24, &arena), PLEAT_OK);
  pleat_run run = {.context = context, .arena = &arena, .threads = 2};
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(context, &run.kernels), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_atom_pairs_pack(context, c.weight, c.gain, c.bias, &pairs), PLEAT_OK);
  pleat_atom_graph graph = {
      .length = NODES, .neighbours = NEAR, .neighbour = c.neighbour, .letter = c.letter, .atoms = c.atoms};
  pleat_atom_graph_sort(&run, &graph);
  pleat_op_atom_pairs_fixed(&run, &pairs, &graph, c.positions, fixed);
  for (int i = 0; i < NODES; i++) /* side chains move, the first five places do not */
    for (int x = 15; x < ATOMS * 3; x++) c.positions[i * ATOMS * 3 + x] += 0.5f;
  pleat_op_atom_pairs(&run, &pairs, &graph, c.positions, fixed, got);
  CU_ASSERT_EQUAL(run.status, PLEAT_OK);
  CU_ASSERT(worst_edge(&c, got) < 2e-5);
  c.positions[9 * ATOMS * 3 + 13 * 3] += 1; /* the last atom of the largest residue must count */
  CU_ASSERT(worst_edge(&c, got) > 1e-3);
  pleat_atom_pairs_free(context, &pairs);
  pleat_arena_free(context, &arena);
  pleat_context_free(context);
}

/* ---- The model ---- */

typedef struct bench {
  pleat_context *context;
  pleat_model *model;
  pleat_target *target;
} bench;

static void open_bench(bench *b, const char *file) {
  char path[512];
  pleat_structure *structure;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &b->context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_context_set_models_dir(b->context, folder), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_model_open(b->context, MODEL, &b->model), PLEAT_OK);
  snprintf(path, sizeof path, "%s/%s", PLEAT_TEST_GOLDEN, file);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_read(b->context, path, &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_target_create(b->context, "target", structure, NULL, &b->target), PLEAT_OK);
  pleat_structure_free(structure);
}

static void close_bench(bench *b) {
  pleat_target_free(b->target);
  pleat_model_free(b->model);
  pleat_context_free(b->context);
}

static const pleat_pack_settings quick = {.samples = 1, .seed = 5, .steps = 2, .candidates = 4,
                                          .repack_everything = 1, .ligand_context = 1};

static pleat_result *pack(bench *b, pleat_pack_settings settings) {
  pleat_result *result;
  CU_ASSERT_EQUAL_FATAL(pleat_pack(b->model, b->target, &settings, &result), PLEAT_OK);
  return result;
}

static size_t count_of(const pleat_array *array) {
  size_t count = 1;
  for (int d = 0; d < array->rank; d++) count *= array->shape[d];
  return count;
}

/* Numbers in which sample i of `a` differs from sample j of `b`, over all arrays. */
static size_t different_numbers(const pleat_result *a, size_t i, const pleat_result *b, size_t j) {
  size_t different = 0;
  for (size_t n = 0; n < pleat_result_array_count(a); n++) {
    pleat_array x = pleat_result_array_at(a, n), y = pleat_result_array_at(b, n);
    size_t count = count_of(&x) / x.shape[0];
    for (size_t k = 0; k < count; k++)
      different += memcmp(x.data + i * count + k, y.data + j * count + k, sizeof(float)) != 0;
  }
  return different;
}

static void test_packs_are_finite(void) {
  bench b;
  open_bench(&b, "structure/1bc8.pdb.gz");
  pleat_result *result = pack(&b, quick);
  for (size_t n = 0; n < pleat_result_array_count(result); n++) {
    pleat_array array = pleat_result_array_at(result, n);
    double sum = 0;
    for (size_t k = 0; k < count_of(&array); k++) sum += fabs((double)array.data[k]);
    CU_ASSERT(isfinite(sum) && sum > 0);
  }
  CU_ASSERT_EQUAL(pleat_result_sample_count(result), 1);
  CU_ASSERT_PTR_NOT_NULL(pleat_result_sample_structure(result, 0));
  pleat_result_free(result);
  close_bench(&b);
}

static void test_same_bits_for_threads_and_splits(void) {
  bench b;
  pleat_pack_settings both = quick, second = quick;
  both.samples = 2;
  second.first_sample = 1;
  open_bench(&b, "structure/1bc8.pdb.gz");
  pleat_context_set_threads(b.context, 1);
  pleat_result *whole = pack(&b, both);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(b.context, threads);
    pleat_result *one = pack(&b, quick), *other = pack(&b, second);
    CU_ASSERT_EQUAL(different_numbers(one, 0, whole, 0), 0);
    CU_ASSERT_EQUAL(different_numbers(other, 0, whole, 1), 0);
    pleat_result_free(one);
    pleat_result_free(other);
  }
  CU_ASSERT(different_numbers(whole, 0, whole, 1) > 100); /* the comparison must see another sample */
  pleat_result_free(whole);
  close_bench(&b);
}

static double apart(const float *a, const float *b) {
  double squared = 0;
  for (int d = 0; d < 3; d++) squared += ((double)a[d] - (double)b[d]) * ((double)a[d] - (double)b[d]);
  return sqrt(squared);
}

static const float *atom_of(const pleat_result *result, size_t residue, size_t place) {
  pleat_array positions;
  if (pleat_result_array(result, "positions", &positions)) return NULL;
  return positions.data + (residue * 14 + place) * 3;
}

/* Atoms that are bonded by ideal geometry are in the places that data/residue gives them; the network's order of TRP
 * would put NE1 2.2 angstrom from CD1. */
static void test_places_are_ours(void) {
  bench b;
  open_bench(&b, "structure/6mrr.pdb.gz");
  pleat_result *result = pack(&b, quick);
  size_t tryptophans = 0;
  for (size_t i = 0; i < pleat_target_residue_count(b.target); i++) {
    CU_ASSERT_DOUBLE_EQUAL(apart(atom_of(result, i, 1), atom_of(result, i, 2)), 1.525, 0.02);
    if (pleat_target_residue_at(b.target, i).letter != 'W') continue;
    tryptophans++;
    CU_ASSERT_DOUBLE_EQUAL(apart(atom_of(result, i, 6), atom_of(result, i, 8)), 1.374, 0.02); /* CD1 NE1 */
    CU_ASSERT_DOUBLE_EQUAL(apart(atom_of(result, i, 8), atom_of(result, i, 9)), 1.37, 0.02);  /* NE1 CE2 */
    CU_ASSERT_DOUBLE_EQUAL(apart(atom_of(result, i, 7), atom_of(result, i, 10)), 1.40, 0.02); /* CD2 CE3 */
  }
  CU_ASSERT(tryptophans > 0);
  pleat_result_free(result);
  close_bench(&b);
}

/* Fixed side chains keep their angles, and with them their atoms but for ideal lengths; others do not. */
static void test_fixed_residues_keep_their_side_chains(void) {
  static const size_t kept[] = {1, 4, 19};
  bench b;
  pleat_pack_settings some = quick;
  some.repack_everything = 0;
  open_bench(&b, "structure/6mrr.pdb.gz");
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_option(b.target, "fixed_residues", "A2 A5 A20"), PLEAT_OK);
  pleat_result *result = pack(&b, some), *all = pack(&b, quick);
  const pleat_backbone *backbone = pleat_target_backbone(b.target);
  for (size_t n = 0; n < sizeof kept / sizeof *kept; n++) {
    const float *input = backbone->atoms + (kept[n] * PLEAT_TARGET_ATOMS + 5) * 3; /* CG */
    pleat_array log_prob;
    CU_ASSERT_EQUAL_FATAL(pleat_result_array(result, "log_prob", &log_prob), PLEAT_OK);
    CU_ASSERT(apart(atom_of(result, kept[n], 5), input) < 0.6);
    CU_ASSERT(apart(atom_of(all, kept[n], 5), input) > 1);
    CU_ASSERT_EQUAL(log_prob.data[kept[n] * 4], 2);
  }
  pleat_result_free(result);
  pleat_result_free(all);
  close_bench(&b);
}

/* Residue 51 of 6MRR is a GLU without CD: it is packed although it is fixed, unless the published way is asked for. */
static void test_incomplete_fixed_residues_are_packed(void) {
  bench b;
  pleat_pack_settings some = quick;
  pleat_array log_prob;
  some.repack_everything = 0;
  open_bench(&b, "structure/6mrr.pdb.gz");
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_option(b.target, "fixed_residues", "A50 A51"), PLEAT_OK);
  pleat_result *result = pack(&b, some);
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(result, "log_prob", &log_prob), PLEAT_OK);
  CU_ASSERT_EQUAL(log_prob.data[49 * 4], 2);
  CU_ASSERT_NOT_EQUAL(log_prob.data[50 * 4], 2);
  CU_ASSERT_EQUAL(pleat_result_warning_count(result), 1);
  pleat_result_free(result);
  CU_ASSERT_EQUAL_FATAL(pleat_model_set_option(b.model, "missing_at_origin", "on"), PLEAT_OK);
  result = pack(&b, some);
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(result, "log_prob", &log_prob), PLEAT_OK);
  CU_ASSERT_EQUAL(log_prob.data[50 * 4], 2);
  CU_ASSERT_EQUAL(pleat_result_warning_count(result), 0);
  pleat_result_free(result);
  close_bench(&b);
}

/* An X keeps the backbone of the input, to the bit, and nothing else. */
static void test_unknown_residues_keep_their_backbone(void) {
  char sequence[128] = "";
  bench b;
  pleat_array mask;
  open_bench(&b, "structure/6mrr.pdb.gz");
  const pleat_backbone *backbone = pleat_target_backbone(b.target);
  for (int64_t i = 0; i < backbone->length; i++)
    sequence[i] = i == 10 ? 'X' : pleat_target_letters[backbone->letter[i]];
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_option(b.target, "sequence", sequence), PLEAT_OK);
  pleat_result *result = pack(&b, quick);
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(result, "atom_mask", &mask), PLEAT_OK);
  for (size_t place = 0; place < 14; place++) CU_ASSERT_EQUAL(mask.data[10 * 14 + place], place < 4);
  CU_ASSERT_EQUAL(memcmp(atom_of(result, 10, 0), backbone->x + 10 * 12, 12 * sizeof(float)), 0);
  CU_ASSERT_EQUAL(pleat_result_warning_count(result), 1);
  pleat_result_free(result);
  close_bench(&b);
}

/* What is packed follows the stored angles, the most probable candidate of each; wrong shapes are said. */
static void test_stored_draws_are_used(void) {
  static float uniform[128 * 4], angles[128 * 4];
  bench b;
  pleat_pack_settings one = quick;
  pleat_array got;
  one.steps = one.candidates = 1;
  open_bench(&b, "structure/6mrr.pdb.gz");
  size_t length = pleat_target_residue_count(b.target);
  for (size_t i = 0; i < length * 4; i++) angles[i] = 0.5f + 0.001f * (float)i;
  pleat_array start = {"uniform", uniform, 2, {length, 4}}, chosen = {"angles", angles, 4, {1, 1, length, 4}};
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_draws(b.target, &start), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_draws(b.target, &chosen), PLEAT_OK);
  pleat_result *result = pack(&b, one);
  CU_ASSERT_EQUAL_FATAL(pleat_result_array(result, "angles", &got), PLEAT_OK);
  CU_ASSERT_DOUBLE_EQUAL(got.data[1 * 4], angles[1 * 4], 1e-6);
  pleat_result_free(result);
  /* those are of one step and one candidate */
  CU_ASSERT_EQUAL(pleat_pack(b.model, b.target, &quick, &result), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(b.context), "angles"));
  CU_ASSERT_PTR_NULL(result);
  close_bench(&b);
}

/* A target that was just designed with ties is packed with them. */
static void test_settings_of_design_do_not_hinder(void) {
  bench b;
  open_bench(&b, "structure/6mrr.pdb.gz");
  CU_ASSERT_EQUAL_FATAL(pleat_target_set_option(b.target, "symmetry_residues", "A2,A3"), PLEAT_OK);
  pleat_result_free(pack(&b, quick));
  close_bench(&b);
}

static void test_bad_settings_have_their_sentence(void) {
  bench b;
  pleat_result *result;
  pleat_pack_settings bad[3] = {quick, quick, quick};
  bad[0].steps = 0;
  bad[1].candidates = 100000;
  bad[2].samples = 0;
  open_bench(&b, "structure/6mrr.pdb.gz");
  for (int i = 0; i < 3; i++) {
    CU_ASSERT_EQUAL(pleat_pack(b.model, b.target, &bad[i], &result), PLEAT_ERROR_INPUT);
    CU_ASSERT_PTR_NULL(result);
  }
  close_bench(&b);
}

/* Opens the model and packs in a context of its own. */
static pleat_status pack_once(pleat_context *context) {
  pleat_model *model = NULL;
  pleat_structure *structure = NULL;
  pleat_target *target = NULL;
  pleat_result *result = NULL;
  pleat_status status = pleat_context_set_models_dir(context, folder);
  if (!status) status = pleat_model_open(context, MODEL, &model);
  if (!status) status = pleat_structure_read(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", &structure);
  if (!status) status = pleat_target_create(context, "target", structure, NULL, &target);
  if (!status) status = pleat_pack(model, target, &quick, &result);
  pleat_result_free(result);
  pleat_target_free(target);
  pleat_structure_free(structure);
  pleat_model_free(model);
  return status;
}

/* Every 23rd request fails, so that the test stays short; the model's packing and the results are among them. */
static void test_failed_allocations_leave_nothing(void) {
  int refused = 0;
  for (long fail_at = 1; fail_at < 100000; fail_at += 23, refused++) {
    test_allocator counts = {.fail_at = fail_at, .for_good = true};
    pleat_allocator allocator = test_allocator_of(&counts);
    pleat_context *context = NULL;
    pleat_status status = pleat_context_create(&allocator, &context);
    if (!status) status = pack_once(context);
    pleat_context_free(context);
    CU_ASSERT_EQUAL(counts.held, 0);
    if (!status) break;
    CU_ASSERT_EQUAL(status, PLEAT_ERROR_MEMORY);
  }
  CU_ASSERT(refused > 5);
}

void suite_packer(void) {
  CU_pSuite suite = CU_add_suite("packer", make_folder, remove_folder);
  CU_add_test(suite, "density integrates to one", test_density_integrates_to_one);
  CU_add_test(suite, "log I0 is its integral", test_log_bessel_is_its_integral);
  CU_add_test(suite, "draws have mean and concentration", test_draws_have_mean_and_concentration);
  CU_add_test(suite, "components come by their weights", test_components_come_by_their_weights);
  CU_add_test(suite, "atom pairs are the direct sum", test_atom_pairs_are_the_direct_sum);
  CU_add_test(suite, "packs are finite", test_packs_are_finite);
  CU_add_test(suite, "same bits for threads and splits", test_same_bits_for_threads_and_splits);
  CU_add_test(suite, "places are ours", test_places_are_ours);
  CU_add_test(suite, "fixed residues keep their side chains", test_fixed_residues_keep_their_side_chains);
  CU_add_test(suite, "incomplete fixed residues are packed", test_incomplete_fixed_residues_are_packed);
  CU_add_test(suite, "unknown residues keep their backbone", test_unknown_residues_keep_their_backbone);
  CU_add_test(suite, "stored draws are used", test_stored_draws_are_used);
  CU_add_test(suite, "settings of design do not hinder", test_settings_of_design_do_not_hinder);
  CU_add_test(suite, "failed allocations leave nothing", test_failed_allocations_leave_nothing);
  CU_add_test(suite, "bad settings have their sentence", test_bad_settings_have_their_sentence);
}
