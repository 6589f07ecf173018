/* Tests of the public blocks: against recordings of the published code, on weights from files and from arrays.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/rigid.h"
#include "lib/random.h"
#include "pleat_kernels.h"
#include "tests/alphafold_golden.h"
#include "tests/faults.h"
#include "tests/suites.h"

#define MAIN ALPHAFOLD_PREFIX "evoformer/evoformer_iteration"
#define EXTRA ALPHAFOLD_PREFIX "evoformer/extra_msa_stack"
#define POINTS ALPHAFOLD_PREFIX "structure_module/fold_iteration/invariant_point_attention"

typedef struct unit {
  pleat_block_kind kind;
  const char *stack, *module, *prefix;
} unit;

/* `prefix` of modules is that of their stack */
static const unit units[] = {
  {PLEAT_BLOCK_EVOFORMER, "mono_evo", "block", MAIN},
  {PLEAT_BLOCK_EVOFORMER_OUTER_FIRST, "multi_evo", "block", MAIN},
  {PLEAT_BLOCK_EXTRA, "mono_extra", "block", EXTRA},
  {PLEAT_BLOCK_EXTRA_OUTER_FIRST, "multi_extra", "block", EXTRA},
  {PLEAT_BLOCK_ROW_ATTENTION, "mono_evo", "msa_row_attention_with_pair_bias", MAIN},
  {PLEAT_BLOCK_ROW_ATTENTION, "mono_extra", "msa_row_attention_with_pair_bias", EXTRA},
  {PLEAT_BLOCK_COLUMN_ATTENTION, "mono_evo", "msa_column_attention", MAIN},
  {PLEAT_BLOCK_GLOBAL_ATTENTION, "mono_extra", "msa_column_global_attention", EXTRA},
  {PLEAT_BLOCK_MSA_TRANSITION, "mono_extra", "msa_transition", EXTRA},
  {PLEAT_BLOCK_OUTER_PRODUCT_MEAN, "mono_extra", "outer_product_mean", EXTRA},
  {PLEAT_BLOCK_TRIANGLE_OUTGOING, "multi_evo", "triangle_multiplication_outgoing", MAIN},
  {PLEAT_BLOCK_TRIANGLE_INCOMING, "multi_evo", "triangle_multiplication_incoming", MAIN},
  {PLEAT_BLOCK_TRIANGLE_OUTGOING, "mono_evo", "triangle_multiplication_outgoing", MAIN},
  {PLEAT_BLOCK_TRIANGLE_INCOMING, "mono_evo", "triangle_multiplication_incoming", MAIN},
  {PLEAT_BLOCK_TRIANGLE_STARTING, "mono_evo", "triangle_attention_starting_node", MAIN},
  {PLEAT_BLOCK_TRIANGLE_ENDING, "mono_evo", "triangle_attention_ending_node", MAIN},
  {PLEAT_BLOCK_PAIR_TRANSITION, "mono_evo", "pair_transition", MAIN},
  {PLEAT_BLOCK_POINT_ATTENTION, "mono_structure", "invariant_point_attention", POINTS},
  {PLEAT_BLOCK_POINT_ATTENTION_MULTIMER, "multi_structure", "invariant_point_attention", POINTS},
};

static bool is_block(const unit *u) { return !strcmp(u->module, "block"); }
static bool is_point(const unit *u) { return u->kind >= PLEAT_BLOCK_POINT_ATTENTION; }
static bool is_multimer(const unit *u) { return !strncmp(u->stack, "multi", 5); }

static pleat_status open_unit(pleat_context *context, const char *folder, const unit *u, pleat_block **block) {
  char path[1100], prefix[200];
  const char *file = is_multimer(u) ? "params_multimer_v3.npz" : "params_monomer_ptm.npz";
  snprintf(path, sizeof path, "%s/%s", folder, file);
  snprintf(prefix, sizeof prefix, "%s%s%s", u->prefix, is_block(u) || is_point(u) ? "" : "/",
           is_block(u) || is_point(u) ? "" : u->module);
  return pleat_block_open(context, u->kind, path, prefix, is_point(u) ? -1 : 0, block);
}

/* ---- Recordings ---- */

/* What a block works on and should become; unused places stay empty. */
typedef struct recording {
  golden_array msa, pair, single, msa_mask, pair_mask, single_mask, affine; /* as recorded */
  golden_array out_msa, out_pair, out_single;
  float *frames;
  pleat_block_arrays arrays; /* copies, which the block updates */
} recording;

static bool read_one(hid_t file, const char *shape, const unit *u, const char *name, golden_array *array) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s/%s/%s", shape, u->stack, u->module, name);
  return golden_read(file, path, array);
}

/* Where a recording of a module has in/act, in/mask, and out/out, depends on what it updates. */
static bool read_recording(hid_t file, const char *shape, const unit *u, pleat_block_channels c, recording *r) {
  bool both = c.msa && c.pair, single = c.single != 0;
  memset(r, 0, sizeof *r);
  if (is_block(u))
    return read_one(file, shape, u, "in/msa", &r->msa) && read_one(file, shape, u, "in/pair", &r->pair) &&
           read_one(file, shape, u, "in/msa_mask", &r->msa_mask) &&
           read_one(file, shape, u, "in/pair_mask", &r->pair_mask) &&
           read_one(file, shape, u, "out/msa", &r->out_msa) && read_one(file, shape, u, "out/pair", &r->out_pair);
  if (single)
    return read_one(file, shape, u, "in/s", &r->single) && read_one(file, shape, u, "in/z", &r->pair) &&
           read_one(file, shape, u, "in/mask", &r->single_mask) && read_one(file, shape, u, "in/affine", &r->affine) &&
           read_one(file, shape, u, "out/out", &r->out_single);
  if (both && u->kind == PLEAT_BLOCK_ROW_ATTENTION && !read_one(file, shape, u, "in/pair", &r->pair)) return false;
  if (!read_one(file, shape, u, "in/act", c.msa ? &r->msa : &r->pair)) return false;
  if (!read_one(file, shape, u, "in/mask", c.msa ? &r->msa_mask : &r->pair_mask)) return false;
  bool outer = u->kind == PLEAT_BLOCK_OUTER_PRODUCT_MEAN;
  return read_one(file, shape, u, "out/out", c.msa && !outer ? &r->out_msa : &r->out_pair);
}

/* Frames (L,12) in angstrom of the recorded quaternions and translations in the network's unit. */
static float *frames_of(const golden_array *affine, float unit_of_length) {
  int64_t L = (int64_t)affine->shape[0];
  float *frames = alphafold_copy(NULL, L * 12);
  for (int64_t i = 0; i < L; i++) {
    pleat_rigid_flat_from_seven_f(affine->data + 7 * i, frames + 12 * i);
    for (int x = 9; x < 12; x++) frames[12 * i + x] *= unit_of_length;
  }
  return frames;
}

static float *copy_of(const golden_array *a) { return a->data ? alphafold_copy(a->data, alphafold_count(a)) : NULL; }

static void start(const unit *u, recording *r) {
  const golden_array *lengths = r->single.data ? &r->single : r->pair.data ? &r->pair : NULL;
  r->arrays = (pleat_block_arrays){
    .sequences = r->msa.data ? r->msa.shape[0] : 0, .length = lengths ? lengths->shape[0] : r->msa.shape[1],
    .msa = copy_of(&r->msa), .pair = copy_of(&r->pair), .single = copy_of(&r->single), .msa_mask = r->msa_mask.data,
    .pair_mask = r->pair_mask.data, .single_mask = r->single_mask.data};
  if (u->kind == PLEAT_BLOCK_OUTER_PRODUCT_MEAN) r->arrays.pair = alphafold_copy(NULL, alphafold_count(&r->out_pair));
  if (r->affine.data) r->arrays.frames = r->frames = frames_of(&r->affine, is_multimer(u) ? 20 : 10);
}

static void stop(recording *r) {
  free(r->arrays.msa);
  free(r->arrays.pair);
  free(r->arrays.single);
  free(r->frames);
  golden_array *arrays[] = {&r->msa, &r->pair, &r->single, &r->msa_mask, &r->pair_mask, &r->single_mask, &r->affine,
                            &r->out_msa, &r->out_pair, &r->out_single};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) golden_array_free(arrays[i]);
}

/* Padded residues of the point attention come out arbitrary. */
static void forget_padding(const recording *r) {
  int64_t L = (int64_t)r->arrays.length, width = alphafold_count(&r->single) / L;
  for (int64_t i = 0; i < L; i++)
    for (int64_t c = 0; r->single_mask.data[i] == 0 && c < width; c++)
      r->arrays.single[i * width + c] = r->single.data[i * width + c] + r->out_single.data[i * width + c];
}

static double ratio_of(const unit *u, recording *r) {
  double worst = 0;
  bool whole = is_block(u);
  const float *pair = whole ? NULL : r->pair.data;
  if (r->out_single.data) forget_padding(r);
  r->out_single.noise = r->out_single.valid_noise;
  if (r->out_msa.data) worst = fmax(worst, alphafold_ratio(r->arrays.msa, whole ? NULL : r->msa.data, &r->out_msa));
  if (r->out_pair.data) worst = fmax(worst, alphafold_ratio(r->arrays.pair, pair, &r->out_pair));
  if (r->out_single.data) worst = fmax(worst, alphafold_ratio(r->arrays.single, r->single.data, &r->out_single));
  return worst;
}

static int compare_unit(pleat_context *context, hid_t file, const unit *u, const pleat_block *block) {
  static const char *const shapes[] = {"s1n3", "s8n16", "s5n13_masked"};
  int done = 0;
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    recording r;
    bool there = H5Lexists(file, shapes[s], H5P_DEFAULT) > 0 &&
                 read_recording(file, shapes[s], u, pleat_block_get_channels(block), &r);
    if (!there) continue;
    start(u, &r);
    pleat_status status = pleat_block_run(block, &r.arrays, NULL, 0);
    CU_ASSERT_EQUAL(status, PLEAT_OK);
    if (status) printf("\n    %s: %s", u->module, pleat_context_error(context));
    double ratio = ratio_of(u, &r);
    if (getenv("PLEAT_VERBOSE")) printf("\n    %s/%s/%s %.2f times the noise", shapes[s], u->stack, u->module, ratio);
    CU_ASSERT(ratio <= 10);
    /* the comparison can fail */
    float *changed = r.out_msa.data ? r.arrays.msa : r.out_pair.data ? r.arrays.pair : r.arrays.single;
    changed[0] += 0.05f;
    CU_ASSERT(ratio_of(u, &r) > 10);
    stop(&r);
    done++;
  }
  return done;
}

static int compare_folder(const char *folder) {
  char path[1100];
  pleat_context *context;
  int done = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  snprintf(path, sizeof path, "%s/units.h5", folder);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    pleat_block *block;
    pleat_status status = open_unit(context, folder, &units[i], &block);
    if (status) { /* the small set holds the parameters of some modules only */
      CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "missing in"));
      CU_ASSERT_PTR_NULL(block);
      continue;
    }
    done += compare_unit(context, file, &units[i], block);
    pleat_block_free(block);
  }
  H5Fclose(file);
  pleat_context_free(context);
  return done;
}

static void test_small_recordings(void) { CU_ASSERT_EQUAL(compare_folder(PLEAT_TEST_GOLDEN "/alphafold2"), 16); }

static void test_whole_recordings(void) {
  char folder[1024];
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  CU_ASSERT_EQUAL(compare_folder(folder), 3 * (int)(sizeof units / sizeof *units));
}

/* ---- Arrays of the caller ---- */

enum { L = 19, C = 8, H = 2, D = 4, WEIGHTS = 10, NUMBERS = 400 };

/* Triangle attention's weights from a seed, as a caller would have them. */
typedef struct arrays {
  float numbers[WEIGHTS][NUMBERS];
  pleat_array weights[WEIGHTS];
} arrays;

static void make_arrays(arrays *a) {
  static const pleat_array rows[WEIGHTS] = {
    {"t/query_norm//scale", NULL, 1, {C}},
    {"t/query_norm//offset", NULL, 1, {C}},
    {"t/attention//query_w", NULL, 3, {C, H, D}},
    {"t/attention//key_w", NULL, 3, {C, H, D}},
    {"t/attention//value_w", NULL, 3, {C, H, D}},
    {"t/attention//gating_w", NULL, 3, {C, H, D}},
    {"t/attention//gating_b", NULL, 2, {H, D}},
    {"t/attention//output_w", NULL, 3, {H, D, C}},
    {"t/attention//output_b", NULL, 1, {C}},
    {"t//feat_2d_weights", NULL, 2, {C, H}}};
  for (uint32_t w = 0; w < WEIGHTS; w++) {
    pleat_random stream = pleat_random_stream(5, w, 0);
    for (int i = 0; i < NUMBERS; i++) a->numbers[w][i] = 0.5f * (float)pleat_random_normal(&stream, (uint64_t)i);
    a->weights[w] = rows[w];
    a->weights[w].data = a->numbers[w];
  }
}

static void fill_pairs(float *pair) {
  pleat_random stream = pleat_random_stream(6, 0, 0);
  for (int i = 0; i < L * L * C; i++) pair[i] = (float)pleat_random_normal(&stream, (uint64_t)i);
}

/* Plain double loops of algorithm 13 with all pairs present. */
static void attend_plainly(const arrays *a, const float *z, float *out) {
  static double n[L * L][C], value[L][L][H * D], query[L * L][H * D], key[L * L][H * D], gate[L * L][H * D], bias[H][L * L];
  for (int r = 0; r < L * L; r++) {
    double mean = 0, var = 0;
    for (int c = 0; c < C; c++) mean += z[r * C + c] / (double)C;
    for (int c = 0; c < C; c++) var += pow(z[r * C + c] - mean, 2) / C;
    for (int c = 0; c < C; c++)
      n[r][c] = (z[r * C + c] - mean) / sqrt(var + 1e-5) * a->numbers[0][c] + a->numbers[1][c];
    for (int d = 0; d < H * D; d++) {
      query[r][d] = key[r][d] = value[r / L][r % L][d] = 0;
      double g = a->numbers[6][d];
      for (int c = 0; c < C; c++) {
        query[r][d] += n[r][c] * a->numbers[2][c * H * D + d] / sqrt(D);
        key[r][d] += n[r][c] * a->numbers[3][c * H * D + d];
        value[r / L][r % L][d] += n[r][c] * a->numbers[4][c * H * D + d];
        g += n[r][c] * a->numbers[5][c * H * D + d];
      }
      gate[r][d] = 1 / (1 + exp(-g));
    }
    for (int h = 0; h < H; h++) {
      bias[h][r] = 0;
      for (int c = 0; c < C; c++) bias[h][r] += n[r][c] * a->numbers[9][c * H + h];
    }
  }
  for (int i = 0; i < L; i++)
    for (int j = 0; j < L; j++) {
      double mixed[H * D] = {0};
      for (int h = 0; h < H; h++) {
        double sum = 0, weight[L];
        for (int k = 0; k < L; k++) {
          double logit = bias[h][j * L + k];
          for (int d = 0; d < D; d++) logit += query[i * L + j][h * D + d] * key[i * L + k][h * D + d];
          sum += weight[k] = exp(logit);
        }
        for (int d = 0; d < D; d++)
          for (int k = 0; k < L; k++)
            mixed[h * D + d] += weight[k] / sum * value[i][k][h * D + d] * gate[i * L + j][h * D + d];
      }
      for (int c = 0; c < C; c++) {
        double x = z[(i * L + j) * C + c] + (double)a->numbers[8][c];
        for (int d = 0; d < H * D; d++) x += mixed[d] * a->numbers[7][d * C + c];
        out[(i * L + j) * C + c] = (float)x;
      }
    }
}

static void test_arrays_of_the_caller(void) {
  static float pair[L * L * C], want[L * L * C];
  static arrays a;
  pleat_context *context;
  pleat_block *block;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  make_arrays(&a);
  CU_ASSERT_EQUAL_FATAL(
    pleat_block_create(context, PLEAT_BLOCK_TRIANGLE_STARTING, a.weights, WEIGHTS, "t", &block), PLEAT_OK);
  fill_pairs(pair);
  attend_plainly(&a, pair, want);
  memset(&a, 0xff, sizeof a); /* the block has its own copy */
  const pleat_block_arrays on = {.length = L, .pair = pair};
  CU_ASSERT_EQUAL(pleat_block_run(block, &on, NULL, 0), PLEAT_OK);
  double worst = 0;
  for (int i = 0; i < L * L * C; i++) worst = fmax(worst, fabs((double)pair[i] - (double)want[i]));
  CU_ASSERT(worst < 1e-5);
  pleat_block_free(block);
  pleat_block_free(NULL);
  pleat_context_free(context);
}

/* ---- Memory ---- */

/* With the workspace that is fastest, with less, and with another number of threads: the same bits. */
static void test_workspace_changes_no_bits(void) {
  enum { S = 70, N = 90, CM = 64, CZ = 128 };
  static float msa[3][S * N * CM], pair[3][N * N * CZ];
  pleat_context *context;
  pleat_block *block;
  size_t most;
  double flops;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(open_unit(context, PLEAT_TEST_GOLDEN "/alphafold2", &units[2], &block), PLEAT_OK);
  pleat_block_arrays on = {.sequences = S, .length = N};
  CU_ASSERT_EQUAL(pleat_block_measure(block, &on, &most, &flops), PLEAT_OK);
  CU_ASSERT(flops > 1e9 && flops < 1e11);
  size_t less = most;
  char *memory = malloc(most + 1);
  pleat_status status = PLEAT_OK;
  for (int round = 0; round < 3; round++) {
    pleat_random stream = pleat_random_stream(8, 0, 0);
    for (int i = 0; i < S * N * CM; i++) msa[round][i] = (float)pleat_random_normal(&stream, (uint64_t)i);
    for (int i = 0; i < N * N * CZ; i++) pair[round][i] = (float)pleat_random_normal(&stream, (uint64_t)i + (1 << 24));
    on.msa = msa[round], on.pair = pair[round];
    pleat_context_set_threads(context, 1 + round);
    status = round == 0 ? pleat_block_run(block, &on, NULL, 0) : pleat_block_run(block, &on, memory + 1, less);
    CU_ASSERT_EQUAL(status, PLEAT_OK);
    less = round == 0 ? most : most * 7 / 8;
  }
  for (int round = 1; round < 3; round++) {
    CU_ASSERT_EQUAL(memcmp(msa[0], msa[round], sizeof msa[0]), 0);
    CU_ASSERT_EQUAL(memcmp(pair[0], pair[round], sizeof pair[0]), 0);
  }
  /* too little, given or by the context's limit: a sentence, and nothing is touched */
  CU_ASSERT_EQUAL(pleat_block_run(block, &on, memory, 10000), PLEAT_ERROR_LIMIT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "but is given 0.010 MB"));
  pleat_context_set_memory_limit(context, 20000);
  CU_ASSERT_EQUAL(pleat_block_run(block, &on, NULL, 0), PLEAT_ERROR_LIMIT);
  CU_ASSERT_EQUAL(memcmp(msa[0], msa[2], sizeof msa[0]), 0);
  free(memory);
  pleat_block_free(block);
  pleat_context_free(context);
}

static pleat_status create_and_run(pleat_context *context) {
  static float pair[L * L * C];
  static arrays a;
  pleat_block *block;
  make_arrays(&a);
  pleat_status status = pleat_block_create(context, PLEAT_BLOCK_TRIANGLE_ENDING, a.weights, WEIGHTS, "t", &block);
  const pleat_block_arrays on = {.length = L, .pair = pair};
  if (!status) status = pleat_block_run(block, &on, NULL, 0);
  pleat_block_free(block);
  return status;
}

static void test_no_memory(void) { CU_ASSERT(test_faults_walk(create_and_run) > 20); }

/* ---- What cannot be ---- */

static void expect(pleat_context *context, pleat_status status, pleat_status want, const char *sentence) {
  CU_ASSERT_EQUAL(status, want);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), sentence));
  if (!strstr(pleat_context_error(context), sentence)) printf("\n    %s", pleat_context_error(context));
}

static void test_wrong_use_is_named(void) {
  static arrays a;
  static float pair[L * L * C];
  pleat_context *context;
  pleat_block *block;
  size_t bytes;
  const pleat_block_kind kind = PLEAT_BLOCK_TRIANGLE_STARTING;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  make_arrays(&a);
  expect(context, pleat_block_create(context, kind, a.weights, WEIGHTS - 1, "t", &block), PLEAT_ERROR_SHAPE,
         "t//feat_2d_weights: missing in the set of given arrays");
  CU_ASSERT_PTR_NULL(block);
  a.weights[3].shape[2] = 5;
  expect(context, pleat_block_create(context, kind, a.weights, WEIGHTS, "t", &block), PLEAT_ERROR_SHAPE,
         "t/attention//key_w: the set of given arrays has (8, 2, 5), model wants (8, 2, 4)");
  a.weights[3].shape[2] = D;
  a.numbers[4][7] = NAN;
  expect(context, pleat_block_create(context, kind, a.weights, WEIGHTS, "t", &block), PLEAT_ERROR_SHAPE, "value_w");
  make_arrays(&a);
  a.weights[1].data = NULL;
  expect(context, pleat_block_create(context, kind, a.weights, WEIGHTS, "t", &block), PLEAT_ERROR_INPUT, "array 1");
  make_arrays(&a);
  expect(context, pleat_block_create(context, (pleat_block_kind)99, a.weights, WEIGHTS, "t", &block), PLEAT_ERROR_INPUT,
         "no kind of block 99");
  expect(context, pleat_block_open(context, kind, "nowhere.h5", "t", 0, &block), PLEAT_ERROR_NOT_FOUND, "nowhere.h5");
  CU_ASSERT_EQUAL_FATAL(pleat_block_create(context, kind, a.weights, WEIGHTS, "t", &block), PLEAT_OK);
  expect(context, pleat_block_run(block, &(pleat_block_arrays){.length = L}, NULL, 0), PLEAT_ERROR_INPUT, "'pair'");
  expect(context, pleat_block_run(block, &(pleat_block_arrays){.pair = pair}, NULL, 0), PLEAT_ERROR_INPUT, "not 0");
  expect(context, pleat_block_measure(block, &(pleat_block_arrays){.length = 1u << 20}, &bytes, NULL), PLEAT_ERROR_INPUT,
         "not 1048576");
  pleat_block_free(block);
  pleat_context_free(context);
}

void suite_block(void) {
  CU_pSuite suite = CU_add_suite("block", NULL, NULL);
  CU_add_test(suite, "blocks agree with the published code", test_small_recordings);
  CU_add_test(suite, "all blocks agree with the published code", test_whole_recordings);
  CU_add_test(suite, "weights may be arrays of the caller", test_arrays_of_the_caller);
  CU_add_test(suite, "working memory and threads change no bits", test_workspace_changes_no_bits);
  CU_add_test(suite, "no failed allocation is survived badly", test_no_memory);
  CU_add_test(suite, "wrong use is named", test_wrong_use_is_named);
}
