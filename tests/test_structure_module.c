/* Tests of the structure module: against recordings of the published code, and its symmetries on small random weights.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/structure_module.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"
#include "lib/dispatch.h"
#include "lib/memory.h"
#include "lib/random.h"
#include "tests/alphafold_golden.h"
#include "tests/suites.h"

/* ---- One iteration on given state ---- */

typedef struct iteration {
  int64_t length;
  float *mask, *s, *s0, *z, *frames, *quaternions;
  float *raw, *torsions;
  bool attend_only;
} iteration;

static void forward(pleat_run *run, const pleat_structure_module *m, const iteration *it) {
  size_t mark = pleat_arena_mark(run->arena);
  float *bias = pleat_run_take(run, m->attention.heads * it->length * it->length);
  pleat_structure_state state = {it->length, it->mask, it->z, bias, it->s, it->frames, it->quaternions};
  pleat_structure_bias(run, m, it->length, it->z, bias);
  if (it->attend_only)
    pleat_structure_attend(run, m, &state);
  else
    pleat_structure_iterate(run, m, &state);
  if (it->raw) pleat_structure_torsions(run, m, it->length, (const float *[]){it->s, it->s0}, it->raw, it->torsions);
  pleat_arena_release(run->arena, mark);
}

static pleat_status measure_and_run(pleat_context *context, const pleat_structure_module *m, const iteration *it,
                                    int threads) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = threads};
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  forward(&run, m, it);
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  forward(&run, m, it);
  CU_ASSERT_EQUAL(arena.used, 0);
  CU_ASSERT_EQUAL(arena.peak, measuring.peak);
  pleat_arena_free(context, &arena);
  return run.status;
}

/* ---- Recordings ---- */

/* Rows of padded residues mean nothing: there they take the recorded values. */
static void forget_padding(float *got, const golden_array *want, const float *mask) {
  int64_t width = alphafold_count(want) / (int64_t)want->shape[0];
  for (int64_t i = 0; i < (int64_t)want->shape[0]; i++)
    if (mask[i] == 0) memcpy(got + i * width, want->data + i * width, (size_t)width * sizeof *got);
}

typedef struct unit_file {
  hid_t file;
  const char *shape, *stack, *module;
} unit_file;

static bool read_one(const unit_file *u, const char *name, golden_array *array) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s/%s/%s", u->shape, u->stack, u->module, name);
  return golden_read(u->file, path, array);
}

static double ratio_against(const unit_file *u, const char *name, float *got, const float *before, const float *mask) {
  golden_array want;
  CU_ASSERT_TRUE_FATAL(read_one(u, name, &want));
  int64_t count = alphafold_count(&want);
  float *update = alphafold_copy(got, count);
  for (int64_t i = 0; before && i < count; i++) update[i] -= before[i];
  forget_padding(update, &want, mask);
  want.noise = want.valid_noise;
  double ratio = alphafold_ratio(update, NULL, &want);
  if (getenv("PLEAT_VERBOSE")) printf("\n    %s/%s/%s/%s %.2f", u->shape, u->stack, u->module, name, ratio);
  CU_ASSERT(ratio <= 10);
  golden_array_free(&want);
  free(update);
  return ratio;
}

/* (L,7) quaternion, then translation -> frames. */
static void start_state(const golden_array *affine, iteration *it) {
  for (int64_t i = 0; i < it->length; i++) {
    memcpy(it->quaternions + 4 * i, affine->data + 7 * i, 4 * sizeof(float));
    pleat_rigid_flat_from_seven_f(affine->data + 7 * i, it->frames + 12 * i);
  }
}

/* The recorded affine (7) or rigid (3,4) as a flat frame's 12 numbers in the recording's order. */
static void flatten(const iteration *it, bool multimer, float *flat) {
  for (int64_t i = 0; i < it->length; i++) {
    const float *frame = it->frames + 12 * i;
    if (!multimer) memcpy(flat + 7 * i, it->quaternions + 4 * i, 4 * sizeof(float));
    if (!multimer) memcpy(flat + 7 * i + 4, frame + 9, 3 * sizeof(float));
    for (int row = 0; multimer && row < 3; row++) {
      memcpy(flat + 12 * i + 4 * row, frame + 3 * row, 3 * sizeof(float));
      flat[12 * i + 4 * row + 3] = frame[9 + row];
    }
  }
}

static void compare_atoms(const unit_file *u, const pleat_structure_module *m, const iteration *it) {
  golden_array types;
  int64_t L = it->length;
  CU_ASSERT_TRUE_FATAL(read_one(u, "in/aatype", &types));
  float *backbone = alphafold_copy(it->frames, L * 12), *frames = alphafold_copy(NULL, L * 96);
  float *positions = alphafold_copy(NULL, L * 42);
  int32_t *type = calloc((size_t)L, sizeof *type);
  CU_ASSERT_PTR_NOT_NULL_FATAL(type);
  for (int64_t i = 0; i < L * 12; i++) backbone[i] *= i % 12 >= 9 ? m->unit : 1;
  for (int64_t i = 0; i < L; i++) type[i] = (int32_t)types.data[i];
  pleat_torsion_to_frames((size_t)L, type, it->torsions, backbone, frames);
  pleat_frames_to_atom14((size_t)L, type, frames, positions);
  ratio_against(u, "out/atom_pos", positions, NULL, it->mask);
  free(backbone);
  free(frames);
  free(positions);
  free(type);
  golden_array_free(&types);
}

static void compare_iteration(pleat_context *context, const unit_file *u, const pleat_structure_module *m) {
  golden_array s, s0, z, mask, affine;
  bool whole = !strcmp(u->module, "fold_iteration");
  CU_ASSERT_TRUE_FATAL(read_one(u, "in/s", &s) && read_one(u, "in/z", &z) && read_one(u, "in/mask", &mask));
  CU_ASSERT_TRUE_FATAL(read_one(u, "in/affine", &affine) && (!whole || read_one(u, "in/s0", &s0)));
  int64_t L = (int64_t)s.shape[0];
  iteration it = {.length = L, .mask = mask.data, .s = alphafold_copy(s.data, alphafold_count(&s)),
                  .s0 = whole ? s0.data : NULL, .z = z.data, .frames = alphafold_copy(NULL, L * 12),
                  .quaternions = alphafold_copy(NULL, L * 4), .raw = whole ? alphafold_copy(NULL, L * 14) : NULL,
                  .torsions = alphafold_copy(NULL, L * 14), .attend_only = !whole};
  float *flat = alphafold_copy(NULL, L * 12);
  start_state(&affine, &it);
  CU_ASSERT_EQUAL(measure_and_run(context, m, &it, 2), PLEAT_OK);
  flatten(&it, m->multimer, flat);
  if (whole) {
    ratio_against(u, "out/act", it.s, NULL, it.mask);
    ratio_against(u, m->multimer ? "out/rigid" : "out/affine", flat, NULL, it.mask);
    ratio_against(u, "out/angles", it.torsions, NULL, it.mask);
    if (!m->multimer) ratio_against(u, "out/unnorm", it.raw, NULL, it.mask);
    compare_atoms(u, m, &it);
    golden_array_free(&s0);
  } else
    ratio_against(u, "out/out", it.s, s.data, it.mask);
  float *taken[] = {it.s, it.frames, it.quaternions, it.raw, it.torsions, flat};
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) free(taken[i]);
  golden_array *arrays[] = {&s, &z, &mask, &affine};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) golden_array_free(arrays[i]);
}

static void test_iterations_agree(void) {
  static const char *const shapes[] = {"s1n3", "s8n16", "s5n13_masked"};
  static const char *const modules[] = {"invariant_point_attention", "fold_iteration"};
  char folder[1024];
  pleat_context *context;
  alphafold_files f;
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, folder, &f));
  for (int multimer = 0; multimer < 2; multimer++) {
    pleat_weight_scope scope = {f.parameters[multimer], ALPHAFOLD_PREFIX "structure_module/", -1};
    pleat_structure_module m;
    CU_ASSERT_EQUAL_FATAL(pleat_structure_module_load(context, &scope, multimer, &m), PLEAT_OK);
    for (int i = 0; i < 6; i++) {
      const unit_file u = {f.units, shapes[i % 3], multimer ? "multi_structure" : "mono_structure", modules[i / 3]};
      compare_iteration(context, &u, &m);
    }
    pleat_structure_module_free(context, &m);
  }
  alphafold_files_close(&f);
  pleat_context_free(context);
}

/* ---- Symmetries, on small weights ---- */

enum { L = 11, C = 12, H = 3, D = 4, V = 5, P = 2, W = 3, Z = 6, HIDDEN = 7 };

static void add_weight(pleat_weights *weights, const char *name, int rank, const int64_t *shape) {
  char full[200];
  pleat_tensor tensor = {.dtype = PLEAT_DTYPE_F32, .rank = rank};
  int64_t count = 1;
  snprintf(full, sizeof full, "sm/%s", name);
  for (int d = 0; d < rank; d++) count *= tensor.shape[d] = shape[d];
  float *data = alphafold_copy(NULL, count);
  pleat_random stream = pleat_random_stream(17, (uint32_t)pleat_weights_count(weights), 0);
  for (int64_t i = 0; i < count; i++) data[i] = 0.3f * (float)pleat_random_normal(&stream, (uint64_t)i);
  tensor.data = data;
  CU_ASSERT_EQUAL_FATAL(pleat_weights_add(weights, full, &tensor), PLEAT_OK);
  free(data);
}

static void add_layer(pleat_weights *weights, const char *module, int in, int out) {
  char name[160];
  snprintf(name, sizeof name, "%s//weights", module);
  add_weight(weights, name, 2, (int64_t[]){in, out});
  snprintf(name, sizeof name, "%s//bias", module);
  add_weight(weights, name, 1, (int64_t[]){out});
}

static void add_norm(pleat_weights *weights, const char *module, int channels) {
  char name[160];
  snprintf(name, sizeof name, "%s//scale", module);
  add_weight(weights, name, 1, (int64_t[]){channels});
  snprintf(name, sizeof name, "%s//offset", module);
  add_weight(weights, name, 1, (int64_t[]){channels});
}

#define FOLD "fold_iteration/"
#define POINT FOLD "invariant_point_attention"
static pleat_weights *small_weights(pleat_context *context) {
  static const char *const square[] = {"initial_projection", FOLD "transition", FOLD "transition_1",
                                       FOLD "transition_2"};
  static const char *const side[] = {"resblock1", "resblock2", "resblock1_1", "resblock2_1"};
  pleat_weights *weights;
  char name[160];
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "small", &weights), PLEAT_OK);
  add_norm(weights, "single_layer_norm", C);
  add_norm(weights, "pair_layer_norm", Z);
  add_norm(weights, FOLD "attention_layer_norm", C);
  add_norm(weights, FOLD "transition_layer_norm", C);
  for (int i = 0; i < 4; i++) add_layer(weights, square[i], C, C);
  add_layer(weights, FOLD "affine_update", C, 6);
  add_layer(weights, POINT "/q_scalar", C, H * D);
  add_layer(weights, POINT "/kv_scalar", C, H * (D + V));
  add_layer(weights, POINT "/q_point_local", C, H * 3 * P);
  add_layer(weights, POINT "/kv_point_local", C, H * 3 * (P + W));
  add_weight(weights, POINT "//trainable_point_weights", 1, (int64_t[]){H});
  add_layer(weights, POINT "/attention_2d", Z, H);
  add_layer(weights, POINT "/output_projection", H * (V + 4 * W + Z), C);
  add_layer(weights, FOLD "rigid_sidechain/input_projection", C, HIDDEN);
  add_layer(weights, FOLD "rigid_sidechain/input_projection_1", C, HIDDEN);
  for (int i = 0; i < 4; i++) {
    snprintf(name, sizeof name, FOLD "rigid_sidechain/%s", side[i]);
    add_layer(weights, name, HIDDEN, HIDDEN);
  }
  add_layer(weights, FOLD "rigid_sidechain/unnormalized_angles", HIDDEN, 14);
  return weights;
}

static void fill(float *x, int64_t count, uint32_t seed) {
  pleat_random stream = pleat_random_stream(seed, 1, 0);
  for (int64_t i = 0; i < count; i++) x[i] = (float)pleat_random_normal(&stream, (uint64_t)i);
}

/* Moving all frames together changes nothing in s and moves the new frames along; an absent residue has no say. */
static void test_symmetries(void) {
  pleat_context *context;
  pleat_structure_module m;
  float mask[L], s[2][L * C], s0[L * C], z[L * L * Z], frames[2][L * 12], quaternions[2][L * 4], seven[L * 7];
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_weights *weights = small_weights(context);
  pleat_weight_scope scope = {weights, "sm/", -1};
  CU_ASSERT_EQUAL_FATAL(pleat_structure_module_load(context, &scope, false, &m), PLEAT_OK);
  CU_ASSERT_EQUAL(m.attention.value_width, V);
  CU_ASSERT_EQUAL(m.attention.value_points, W);
  fill(s0, L * C, 1);
  fill(z, L * L * Z, 2);
  fill(seven, L * 7, 3);
  const float turn_seven[7] = {0.5f, -0.5f, 0.5f, 0.5f, 3, -2, 7};
  float turn[12];
  pleat_rigid_flat_from_seven_f(turn_seven, turn);
  const pleat_rigid turning = pleat_rigid_from_flat_f(turn);
  for (int i = 0; i < L; i++) {
    float norm = 0;
    for (int d = 0; d < 4; d++) norm += seven[7 * i + d] * seven[7 * i + d];
    for (int d = 0; d < 4; d++) quaternions[0][4 * i + d] = seven[7 * i + d] /= sqrtf(norm);
    mask[i] = i != 4;
    pleat_rigid_flat_from_seven_f(seven + 7 * i, frames[0] + 12 * i);
    const pleat_rigid old = pleat_rigid_from_flat_f(frames[0] + 12 * i), moved = pleat_rigid_compose(&turning, &old);
    pleat_rigid_to_flat_f(&moved, frames[1] + 12 * i);
  }
  for (int round = 0; round < 2; round++) {
    memcpy(s[round], s0, sizeof s0);
    memcpy(quaternions[round], quaternions[0], round ? sizeof quaternions[0] : 0);
    if (round) { /* what the absent residue holds does not matter to others */
      for (int c = 0; c < C; c++) s[1][4 * C + c] = 50 + (float)c;
      for (int x = 0; x < 12; x++) frames[1][4 * 12 + x] += 9;
    }
    iteration it = {.length = L, .mask = mask, .s = s[round], .z = z, .frames = frames[round],
                    .quaternions = quaternions[round], .attend_only = true};
    CU_ASSERT_EQUAL(measure_and_run(context, &m, &it, 1 + round), PLEAT_OK);
  }
  double worst = 0, change = 0;
  for (int i = 0; i < L * C; i++) {
    if (i / C != 4) worst = fmax(worst, fabs((double)s[0][i] - s[1][i]));
    change = fmax(change, fabs((double)s[0][i] - s0[i]));
  }
  CU_ASSERT(worst < 2e-5);
  CU_ASSERT(change > 0.1);
  pleat_structure_module_free(context, &m);
  pleat_weights_free(weights);
  pleat_context_free(context);
}

static void test_misfit_is_named(void) {
  pleat_context *context;
  pleat_structure_module m;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_weights *weights = small_weights(context);
  pleat_weight_scope scope = {weights, "sm/", -1};
  CU_ASSERT_EQUAL(pleat_structure_module_load(context, &scope, true, &m), PLEAT_ERROR_SHAPE);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "q_scalar_projection//weights: missing in small"));
  pleat_structure_module_free(context, &m);
  pleat_weights_free(weights);
  pleat_context_free(context);
}

void suite_structure_module(void) {
  CU_pSuite suite = CU_add_suite("structure_module", NULL, NULL);
  CU_add_test(suite, "iterations agree with the published code", test_iterations_agree);
  CU_add_test(suite, "whole moves and absent residues change nothing", test_symmetries);
  CU_add_test(suite, "weights that do not fit are named", test_misfit_is_named);
}
