/* Tests of tensor products against recordings of e3nn, against their definition, and against what rotations must do.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/tensor_product.h"
#include "lib/dispatch.h"
#include "tests/faults.h"
#include "tests/golden_file.h"
#include "tests/plain_tensor.h"
#include "tests/suites.h"

enum { ROWS = 6, TEXT = 4096 };

static pleat_context *context;
static hid_t file = -1;

static int open_golden(void) {
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  file = H5Fopen(PLEAT_TEST_GOLDEN "/equivariant/equivariant.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  return file < 0;
}

static int close_golden(void) {
  pleat_context_free(context);
  return H5Fclose(file) < 0;
}

/* ---- What both kinds of tests share: rows in double and float32, both runs of the definition -------------------- */

typedef struct problem {
  pleat_tensor *tensor;
  int rows, dimension[3], weights;
  bool each;
  double *x, *y, *w, *run[3], *got; /* run: of the definition, by plain_rounding */
  float *xf, *yf, *wf, *zf;
} problem;

static double *random_numbers(uint64_t seed, size_t count) {
  pleat_random stream = pleat_random_stream(seed, 0, 0);
  double *x = calloc(count + 1, sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = (double)pleat_random_normal(&stream, i);
  return x;
}

static float *as_float(const double *x, size_t count) {
  float *y = calloc(count + 1, sizeof *y);
  for (size_t i = 0; i < count; i++) y[i] = (float)x[i];
  return y;
}

static void open_problem(problem *p, pleat_tensor *tensor, int rows, bool each) {
  *p = (problem){.tensor = tensor, .rows = rows, .each = each, .weights = pleat_tensor_weight_count(tensor)};
  for (int i = 0; i < 3; i++) p->dimension[i] = pleat_irreps_dimension(pleat_tensor_irreps(tensor, i));
}

static size_t size_of(const problem *p, int which) {
  if (which == 3) return (size_t)p->weights * (size_t)(p->each ? p->rows : 1);
  return (size_t)p->rows * (size_t)p->dimension[which];
}

static void fill_random(problem *p, uint64_t seed) {
  p->x = random_numbers(seed, size_of(p, 0));
  p->y = random_numbers(seed + 1, size_of(p, 1));
  p->w = random_numbers(seed + 2, size_of(p, 3));
}

/* Fills exact, rounded and got; inputs stand. */
static void run_problem(problem *p) {
  for (int i = 0; i < 3; i++) p->run[i] = calloc(size_of(p, 2) + 1, sizeof *p->run[i]);
  p->got = calloc(size_of(p, 2) + 1, sizeof *p->got), p->zf = calloc(size_of(p, 2) + 1, sizeof *p->zf);
  p->xf = as_float(p->x, size_of(p, 0)), p->yf = as_float(p->y, size_of(p, 1)), p->wf = as_float(p->w, size_of(p, 3));
  pleat_tensor_apply(p->tensor, (size_t)p->rows, p->xf, p->yf, p->wf, p->each, p->zf);
  for (size_t i = 0; i < size_of(p, 2); i++) p->got[i] = (double)p->zf[i];
  for (int row = 0; row < p->rows; row++) {
    const double *w = p->w + (p->each ? row * p->weights : 0);
    for (int i = 0; i < 3; i++)
      plain_tensor(p->tensor, p->x + row * p->dimension[0], p->y + row * p->dimension[1], w,
                   p->run[i] + row * p->dimension[2], (plain_rounding)i);
  }
}

static void close_problem(problem *p) {
  void *blocks[] = {p->x, p->y, p->w, p->run[0], p->run[1], p->run[2], p->got, p->xf, p->yf, p->wf, p->zf};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  pleat_tensor_free(p->tensor);
}

/* What float32 costs: never less than the rounding of the largest number. */
static double floor_of(const problem *p) {
  double largest = 0;
  for (size_t i = 0; i < size_of(p, 2); i++) largest = fmax(largest, fabs(p->run[PLAIN_NONE][i]));
  return fmax(plain_apart(p->run[PLAIN_ALL], p->run[PLAIN_NONE], size_of(p, 2)), 6e-8 * largest);
}

/* ---- Recordings ------------------------------------------------------------------------------------------------ */

typedef struct recording {
  const char *name;
  bool each;
  pleat_status (*make)(const char *texts[3], pleat_tensor **tensor);
} recording;

static pleat_status make_connected(const char *texts[3], pleat_tensor **tensor) {
  return pleat_tensor_create_connected(context, texts[0], texts[1], texts[2], NULL, tensor);
}

static pleat_status make_connected_norm(const char *texts[3], pleat_tensor **tensor) {
  const pleat_tensor_settings s = {.irrep_scale = PLEAT_TENSOR_NORM, .path_scale = PLEAT_TENSOR_PATH};
  return pleat_tensor_create_connected(context, texts[0], texts[1], texts[2], &s, tensor);
}

static pleat_status make_full(const char *texts[3], pleat_tensor **tensor) {
  return pleat_tensor_create_full(context, texts[0], texts[1], NULL, NULL, tensor);
}

static pleat_status make_elementwise(const char *texts[3], pleat_tensor **tensor) {
  return pleat_tensor_create_elementwise(context, texts[0], texts[1], "0e+2e", NULL, tensor);
}

static pleat_status make_depthwise(const char *texts[3], pleat_tensor **tensor) {
  return pleat_tensor_create_depthwise(context, texts[0], texts[1], "0e+1o+2e", NULL, tensor);
}

static const recording recordings[] = {
    {"fully_connected", false, make_connected}, {"fully_connected_norm", false, make_connected_norm},
    {"full", false, make_full},                 {"elementwise", false, make_elementwise},
    {"uvu_external", true, make_depthwise},     {"square", false, make_connected}};
enum { RECORDINGS = sizeof recordings / sizeof *recordings };

static void read_text(const char *name, const char *key, char *text) {
  char path[64];
  snprintf(path, sizeof path, "%s/x1", name);
  hid_t set = H5Dopen(file, path, H5P_DEFAULT);
  CU_ASSERT_FATAL(set >= 0 && golden_attribute_text(set, key, text, TEXT));
  H5Dclose(set);
}

static double *read_numbers(const char *name, const char *part, size_t count) {
  char path[64];
  snprintf(path, sizeof path, "%s/%s", name, part);
  double *numbers = golden_read_double(file, path, count);
  CU_ASSERT_PTR_NOT_NULL_FATAL(numbers);
  return numbers;
}

/* Paths, modes and factors in the recorded order. */
static void check_instructions(const char *name, const pleat_tensor *tensor) {
  static const char *const modes[] = {"uvw", "uvu", "uvv", "uuw", "uuu", "uvuv"};
  char text[TEXT];
  int count = 0;
  read_text(name, "instructions", text);
  for (const char *at = strchr(text + 1, '['); at; count++) {
    int in1, in2, out;
    double factor, want;
    char mode[8], weighted[8];
    CU_ASSERT_EQUAL_FATAL(sscanf(at, "[%d, %d, %d, \"%7[^\"]\", %5[a-z], %lf", &in1, &in2, &out, mode, weighted, &want), 6);
    CU_ASSERT_FATAL(count < pleat_tensor_path_count(tensor));
    pleat_tensor_path path = pleat_tensor_get_path(tensor, count, &factor);
    CU_ASSERT(path.in1 == in1 && path.in2 == in2 && path.out == out);
    CU_ASSERT(!strcmp(modes[path.mode], mode) && path.weighted == !strcmp(weighted, "true"));
    CU_ASSERT_DOUBLE_EQUAL(factor, want, 1e-12);
    at = strchr(strchr(at + 1, '['), ']'); /* over the inner list */
    at = strchr(at, '[');
  }
  CU_ASSERT_EQUAL(count, pleat_tensor_path_count(tensor));
}

static void check_recording(const recording *r) {
  char in1[TEXT], in2[TEXT], out[TEXT];
  problem p;
  pleat_tensor *tensor;
  read_text(r->name, "irreps_in1", in1), read_text(r->name, "irreps_in2", in2), read_text(r->name, "irreps_out", out);
  CU_ASSERT_EQUAL_FATAL(r->make((const char *[3]){in1, in2, out}, &tensor), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(pleat_irreps_text(pleat_tensor_irreps(tensor, 2)), out);
  check_instructions(r->name, tensor);
  open_problem(&p, tensor, ROWS, r->each);
  p.x = read_numbers(r->name, "x1", size_of(&p, 0));
  p.y = read_numbers(r->name, "x2", size_of(&p, 1));
  p.w = p.weights ? read_numbers(r->name, "weight", size_of(&p, 3)) : NULL;
  double *want = read_numbers(r->name, "out", size_of(&p, 2));
  run_problem(&p);
  CU_ASSERT(plain_apart(p.run[PLAIN_SYMBOLS], want, size_of(&p, 2)) < 1e-12); /* the definition is the recording's, */
  double floor = floor_of(&p), error = plain_apart(p.got, want, size_of(&p, 2));
  if (!(error < 10 * floor)) printf("%s: %g, floor %g ", r->name, error, floor);
  CU_ASSERT(error < 10 * floor); /* and the fast one is as near as float32 gets */
  CU_ASSERT(floor < 1e-5);
  CU_ASSERT(plain_apart(p.got, want + 1, size_of(&p, 2) - 1) > 0.1);
  p.got[3] = NAN;
  CU_ASSERT(plain_apart(p.got, want, size_of(&p, 2)) > 1);
  close_problem(&p), free(want);
}

static void test_recorded_products(void) {
  for (int i = 0; i < RECORDINGS; i++) check_recording(&recordings[i]);
}

/* ---- Other irreps, held against the definition ------------------------------------------------------------------ */

/* A product of random terms, which two paths of one mode couple. */
static pleat_tensor *random_product(uint64_t seed, pleat_tensor_mode mode, bool weighted) {
  pleat_random stream = pleat_random_stream(seed, (uint32_t)mode, 0);
  uint32_t word[4];
  char texts[3][64];
  pleat_irreps *irreps[3];
  pleat_tensor *tensor = NULL;
  pleat_random_words(&stream, 0, word);
  int u = 1 + (int)(word[0] % 9), v = 1 + (int)(word[1] % 5), w = 1 + (int)(word[2] % 8), l1 = (int)(word[3] % 5);
  pleat_random_words(&stream, 1, word);
  int l2 = (int)(word[0] % 5), least = abs(l1 - l2), l3 = least + (int)(word[1] % (unsigned)(l1 + l2 - least + 1)), odd = word[2] % 2;
  bool same = mode == PLEAT_TENSOR_UUW || mode == PLEAT_TENSOR_UUU || mode == PLEAT_TENSOR_UVU_ABOVE || mode == PLEAT_TENSOR_UVW_ABOVE;
  if (same) v = u;
  if (mode == PLEAT_TENSOR_UVU || mode == PLEAT_TENSOR_UUU) w = u;
  if (mode == PLEAT_TENSOR_UVV) w = v;
  if (mode == PLEAT_TENSOR_UVUV) w = u * v;
  if (mode == PLEAT_TENSOR_UVU_ABOVE) w = u * (u - 1) / 2;
  if (mode == PLEAT_TENSOR_UUW && !weighted) w = 1;
  snprintf(texts[0], sizeof texts[0], "3x1e+%dx%d%c", u, l1, odd ? 'o' : 'e');
  snprintf(texts[1], sizeof texts[1], "%dx%de+2x0o", v, l2);
  snprintf(texts[2], sizeof texts[2], "%dx%d%c+1x2o+5x1e", w, l3, odd ? 'o' : 'e');
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, texts[i], &irreps[i]), PLEAT_OK);
  const pleat_tensor_path paths[] = {{1, 0, 0, mode, weighted, 0.7}, {1, 0, 0, mode, weighted, 2}};
  const double variance[] = {0.5, 2, 3};
  const pleat_tensor_settings s = {.irrep_scale = (pleat_tensor_irrep_scale)(seed % 3), .path_scale = (pleat_tensor_path_scale)(seed / 3 % 3),
                                   .variance1 = seed % 2 ? variance : NULL, .variance_out = seed % 5 == 0 ? variance : NULL};
  pleat_status status = pleat_tensor_create(context, (const pleat_irreps *const[3]){irreps[0], irreps[1], irreps[2]}, paths,
                                            2, &s, &tensor);
  if (status) printf("%s x %s -> %s: %s ", texts[0], texts[1], texts[2], pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  for (int i = 0; i < 3; i++) pleat_irreps_free(irreps[i]);
  return tensor;
}

static double check_random(pleat_tensor *tensor, int rows, bool each, uint64_t seed) {
  problem p;
  open_problem(&p, tensor, rows, each);
  fill_random(&p, seed);
  /* float32 inputs, so that only what the product does is compared */
  for (int which = 0; which < 4; which++)
    for (size_t i = 0; which != 2 && i < size_of(&p, which); i++) {
      double *numbers = which == 0 ? p.x : which == 1 ? p.y : p.w;
      numbers[i] = (double)(float)numbers[i];
    }
  run_problem(&p);
  double floor = floor_of(&p), error = plain_apart(p.got, p.run[PLAIN_NONE], size_of(&p, 2));
  CU_ASSERT(size_of(&p, 2) == 0 || error <= 10 * floor);
  if (size_of(&p, 2)) {
    p.got[size_of(&p, 2) - 1] += 1e-3;
    CU_ASSERT(plain_apart(p.got, p.run[PLAIN_NONE], size_of(&p, 2)) > 10 * floor);
  }
  close_problem(&p);
  return floor > 0 ? error / floor : 0;
}

static void test_every_mode_on_other_irreps(void) {
  double worst = 0;
  for (int mode = PLEAT_TENSOR_UVW; mode <= PLEAT_TENSOR_UVW_ABOVE; mode++)
    for (uint64_t seed = 0; seed < 12; seed++) {
      bool must = mode == PLEAT_TENSOR_UVW || mode == PLEAT_TENSOR_UVW_ABOVE, weighted = must || seed % 4 > 0;
      int rows = (int)(seed * 7 % 37) + 1;
      worst = fmax(worst, check_random(random_product(seed, (pleat_tensor_mode)mode, weighted), rows, seed % 2, 100 * seed));
    }
  CU_ASSERT(worst > 0.01);
}

static void test_lists_on_other_irreps(void) {
  static const char *const cases[][3] = {{"5x0o+3x1e+2x3o", "2x0e+1x1o+3x2o", "4x0e+3x1o+2x2e+1x4o+2x3e"},
                                         {"1x5o+2x2e", "1x6e+1x1o", "3x4o+2x7o+1x1o"},
                                         {"7x1o+0x2e+1x0e", "1x1o+1x0o", "6x0e+5x1e+4x2e+3x0o"},
                                         {"3x0e", "2x0o", "4x0o"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int kind = 0; kind < 3; kind++) {
      pleat_tensor *tensor;
      const char *const *t = cases[i];
      pleat_status status = kind == 0   ? pleat_tensor_create_connected(context, t[0], t[1], t[2], NULL, &tensor)
                            : kind == 1 ? pleat_tensor_create_full(context, t[0], t[1], t[2], NULL, &tensor)
                                        : pleat_tensor_create_depthwise(context, t[0], t[1], NULL, NULL, &tensor);
      CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
      check_random(tensor, 19, kind == 2, 1000 * i + (uint64_t)kind);
    }
}

/* ---- Rotations and reflections --------------------------------------------------------------------------------- */

static void random_matrix(uint64_t seed, bool reflects, double matrix[9]) {
  pleat_random stream = pleat_random_stream(seed, 1, 0);
  double a[3];
  for (uint64_t i = 0; i < 3; i++) a[i] = 6.28 * (double)pleat_random_uniform(&stream, i);
  pleat_wigner_rotation(a[0], a[1], a[2], matrix);
  for (int i = 0; reflects && i < 9; i++) matrix[i] = -matrix[i];
}

/* The largest |D z(x,y) - z(D x, D y)| over the size of z. */
static double equivariance_error(const char *in1, const char *in2, const char *out, uint64_t seed, bool reflects) {
  problem p;
  pleat_tensor *tensor;
  double matrix[9], most = 0, size = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_tensor_create_connected(context, in1, in2, out, NULL, &tensor), PLEAT_OK);
  open_problem(&p, tensor, 33, false);
  fill_random(&p, seed);
  run_problem(&p);
  random_matrix(seed, reflects, matrix);
  float *turned = calloc(size_of(&p, 2), sizeof *turned), *of_turned = calloc(size_of(&p, 2), sizeof *of_turned);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(pleat_tensor_irreps(tensor, 2), matrix, (size_t)p.rows, p.zf, turned), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(pleat_tensor_irreps(tensor, 0), matrix, (size_t)p.rows, p.xf, p.xf), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(pleat_tensor_irreps(tensor, 1), matrix, (size_t)p.rows, p.yf, p.yf), PLEAT_OK);
  pleat_tensor_apply(tensor, (size_t)p.rows, p.xf, p.yf, p.wf, 0, of_turned);
  for (size_t i = 0; i < size_of(&p, 2); i++) {
    most = fmax(most, (double)fabsf(turned[i] - of_turned[i]));
    size = fmax(size, (double)fabsf(turned[i] - p.zf[i])); /* the rotation did something */
  }
  CU_ASSERT(size > 0.5);
  close_problem(&p), free(turned), free(of_turned);
  return most;
}

static void test_products_turn_with_their_inputs(void) {
  pleat_random stream = pleat_random_stream(77, 0, 0);
  for (uint64_t seed = 0; seed < 6; seed++) {
    char in1[128], in2[128], out[128] = "3x1o+2x2e+", *rest = out + strlen(out);
    plain_irreps(&stream, 30 * seed, 3, 6, 4, in1, sizeof in1);
    plain_irreps(&stream, 30 * seed + 10, 2, 3, 3, in2, sizeof in2);
    plain_irreps(&stream, 30 * seed + 20, 3, 4, 5, rest, sizeof out - strlen(out));
    strcat(in1, "+2x1o"), strcat(in2, "+1x0e"); /* something always couples */
    CU_ASSERT(equivariance_error(in1, in2, out, seed, false) < 3e-5);
    CU_ASSERT(equivariance_error(in1, in2, out, seed, true) < 3e-5);
  }
}

/* ---- Threads, instruction sets, refusals, memory ---------------------------------------------------------------- */

static void test_threads_and_rows_do_not_change_bits(void) {
  pleat_tensor *tensor;
  problem p;
  pleat_context_set_threads(context, 3);
  CU_ASSERT_EQUAL_FATAL(pleat_tensor_create_connected(context, "6x0e+5x1o+3x2e", "1x0e+2x1o", "7x0e+4x1o+2x1e", NULL, &tensor), PLEAT_OK);
  open_problem(&p, tensor, 777, true);
  fill_random(&p, 5);
  p.xf = as_float(p.x, size_of(&p, 0)), p.yf = as_float(p.y, size_of(&p, 1)), p.wf = as_float(p.w, size_of(&p, 3));
  size_t bytes = size_of(&p, 2) * sizeof(float);
  float *one = malloc(bytes), *three = malloc(bytes);
  pleat_tensor_apply(tensor, 777, p.xf, p.yf, p.wf, 1, three);
  pleat_context_set_threads(context, 1);
  pleat_tensor_apply(tensor, 777, p.xf, p.yf, p.wf, 1, one);
  CU_ASSERT(memcmp(one, three, bytes) == 0);
  for (size_t row = 0; row < 777; row += 91) /* alone, in lane 0 */
    pleat_tensor_apply(tensor, 1, p.xf + row * (size_t)p.dimension[0], p.yf + row * (size_t)p.dimension[1],
                       p.wf + row * (size_t)p.weights, 1, one + row * (size_t)p.dimension[2]);
  CU_ASSERT(memcmp(one, three, bytes) == 0);
  pleat_context_set_threads(context, 0);
  free(one), free(three), close_problem(&p);
}

static void test_every_instruction_set(void) {
  for (int level = 0; level < PLEAT_CPU_LEVELS; level++) {
    const pleat_kernels *kernels = pleat_dispatch_level((pleat_cpu_level)level);
    if (!kernels) continue;
    for (int mode = PLEAT_TENSOR_UVW; mode <= PLEAT_TENSOR_UVW_ABOVE; mode++) {
      pleat_tensor *tensor = random_product(40 + (uint64_t)mode, (pleat_tensor_mode)mode, true);
      tensor->kernels = kernels;
      check_random(tensor, 21, mode % 2, 3);
    }
  }
}

static void refuse(const char *const texts[3], pleat_tensor_path path, const char *sentence) {
  pleat_irreps *irreps[3];
  pleat_tensor *tensor = (pleat_tensor *)context;
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, texts[i], &irreps[i]), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_tensor_create(context, (const pleat_irreps *const[3]){irreps[0], irreps[1], irreps[2]}, &path, 1, NULL, &tensor),
                  PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NULL(tensor);
  if (!strstr(pleat_context_error(context), sentence)) printf("%s ", pleat_context_error(context));
  CU_ASSERT(strstr(pleat_context_error(context), sentence) != NULL);
  for (int i = 0; i < 3; i++) pleat_irreps_free(irreps[i]);
}

static void test_refused_paths_are_named(void) {
  static const char *const t[3] = {"4x0e+3x1o", "4x0e+3x1o", "4x0e+3x1o+6x2e"};
  refuse(t, (pleat_tensor_path){0, 2, 0, PLEAT_TENSOR_UVW, 1, 1}, "path 0 of the tensor product couples terms 0 and 2");
  refuse(t, (pleat_tensor_path){-1, 0, 0, PLEAT_TENSOR_UVW, 1, 1}, "counted from 0");
  refuse(t, (pleat_tensor_path){0, 0, 2, PLEAT_TENSOR_UVW, 1, 1}, "degrees 0 and 0 do not couple to 2");
  refuse(t, (pleat_tensor_path){1, 1, 1, PLEAT_TENSOR_UUU, 1, 1}, "parity");
  refuse(t, (pleat_tensor_path){1, 1, 0, PLEAT_TENSOR_UVW, 0, 1}, "must have weights");
  refuse(t, (pleat_tensor_path){0, 1, 1, PLEAT_TENSOR_UVU, 1, 1}, "4x0 with 3x1 to 3x1, of mode UVU must have the first");
  refuse(t, (pleat_tensor_path){1, 0, 1, PLEAT_TENSOR_UVV, 1, 1}, "UVV");
  refuse(t, (pleat_tensor_path){1, 0, 1, PLEAT_TENSOR_UUW, 1, 1}, "UUW");
  refuse(t, (pleat_tensor_path){0, 0, 0, PLEAT_TENSOR_UUW, 0, 1}, "a single copy");
  refuse(t, (pleat_tensor_path){1, 1, 0, PLEAT_TENSOR_UUU, 1, 1}, "UUU");
  refuse(t, (pleat_tensor_path){1, 1, 2, PLEAT_TENSOR_UVUV, 1, 1}, "UVUV");
  refuse(t, (pleat_tensor_path){1, 1, 2, PLEAT_TENSOR_UVU_ABOVE, 1, 1}, "UVU_ABOVE");
  refuse(t, (pleat_tensor_path){1, 1, 2, PLEAT_TENSOR_UVW_ABOVE, 0, 1}, "UVW_ABOVE");
  refuse(t, (pleat_tensor_path){1, 1, 2, (pleat_tensor_mode)9, 0, 1}, "a mode that there is not");
  refuse(t, (pleat_tensor_path){1, 1, 2, PLEAT_TENSOR_UVW, 1, -1}, "share of the variance");
  refuse(t, (pleat_tensor_path){1, 1, 2, PLEAT_TENSOR_UVW, 1, NAN}, "share of the variance");
}

static void test_refused_lists(void) {
  pleat_tensor *tensor;
  const pleat_tensor_settings odd = {.irrep_scale = (pleat_tensor_irrep_scale)5};
  const double negative[] = {-1, 1};
  const pleat_tensor_settings bad = {.variance1 = negative};
  CU_ASSERT_EQUAL(pleat_tensor_create_connected(context, "1o", "1o", "0e", &odd, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_tensor_create_connected(context, "1o", "1o", "0e", &bad, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_tensor_create_connected(context, "1o", "1", "0e", NULL, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_tensor_create_full(context, "1x6o", "1x6o", NULL, NULL, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT(strstr(pleat_context_error(context), "say which irreps to keep") != NULL);
  CU_ASSERT_EQUAL(pleat_tensor_create_full(context, "2000x0e", "2000x0e", NULL, NULL, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_tensor_create_elementwise(context, "2x0e", "1x1o+2x0e", NULL, NULL, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT(strstr(pleat_context_error(context), "2x0e with 1x1o+2x0e") != NULL);
  CU_ASSERT_EQUAL(pleat_tensor_create_connected(context, "4000x0e", "1000x0e", "1000x0e", NULL, &tensor), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NULL(tensor);
}

static void test_elementwise_products_cut_terms(void) {
  pleat_tensor *tensor;
  CU_ASSERT_EQUAL_FATAL(pleat_tensor_create_elementwise(context, "5x1o+5x1e", "10x1e", "0e+0o", NULL, &tensor), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(pleat_irreps_text(pleat_tensor_irreps(tensor, 2)), "5x0o+5x0e");
  check_random(tensor, 4, false, 8);
}

static pleat_status use_everything(pleat_context *own) {
  float x[4] = {1, 2, 3, 4}, z[64], w[64] = {0};
  pleat_tensor *tensor;
  pleat_status status = pleat_tensor_create_full(own, "0e+1o", "0e+1o", NULL, NULL, &tensor);
  if (status) return status;
  pleat_tensor_apply(tensor, 1, x, x, NULL, 0, z);
  pleat_tensor_free(tensor);
  status = pleat_tensor_create_elementwise(own, "0e+1o", "2x0e", NULL, NULL, &tensor);
  pleat_tensor_free(tensor);
  if (status) return status;
  status = pleat_tensor_create_connected(own, "0e+1o", "0e+1o", "0e", NULL, &tensor);
  if (!status) pleat_tensor_apply(tensor, 1, x, x, w, 0, z);
  pleat_tensor_free(tensor);
  return status;
}

static void test_memory_that_fails(void) { CU_ASSERT(test_faults_walk(use_everything) >= 20); }

void suite_tensor(void) {
  CU_pSuite suite = CU_add_suite("tensor products", open_golden, close_golden);
  CU_add_test(suite, "recorded products", test_recorded_products);
  CU_add_test(suite, "every mode on other irreps", test_every_mode_on_other_irreps);
  CU_add_test(suite, "lists on other irreps", test_lists_on_other_irreps);
  CU_add_test(suite, "products turn with their inputs", test_products_turn_with_their_inputs);
  CU_add_test(suite, "threads and rows do not change bits", test_threads_and_rows_do_not_change_bits);
  CU_add_test(suite, "every instruction set", test_every_instruction_set);
  CU_add_test(suite, "refused paths are named", test_refused_paths_are_named);
  CU_add_test(suite, "refused lists", test_refused_lists);
  CU_add_test(suite, "elementwise products cut terms", test_elementwise_products_cut_terms);
  CU_add_test(suite, "memory that fails", test_memory_that_fails);
}
