/* Tests of equivariant layers, radial bases, messages and Gaunt products against e3nn's recordings and their
 * definitions. SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "pleat_kernels.h"
#include "tests/faults.h"
#include "tests/golden_file.h"
#include "tests/plain_tensor.h"
#include "tests/suites.h"

enum { ROWS = 6 };

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

/* ---- Recordings ------------------------------------------------------------------------------------------------ */

static double *numbers(const char *name, size_t count) {
  double *data = golden_read_double(file, name, count);
  if (!data) printf("no %zu numbers '%s' ", count, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(data);
  return data;
}

static float *floats(const char *name, size_t count) {
  double *data = numbers(name, count);
  float *x = calloc(count + 1, sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = (float)data[i];
  free(data);
  return x;
}

/* The recordings are in double; the floor of a float32 result is the rounding of its largest number. */
static void compare(const char *name, const float *got, size_t count) {
  double *want = numbers(name, count), *as_double = calloc(count + 1, sizeof *as_double), largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(want[i])), as_double[i] = (double)got[i];
  double floor = 6e-8 * largest, error = plain_apart(as_double, want, count);
  if (!(error < 10 * floor)) printf("%s: %g, floor %g ", name, error, floor);
  CU_ASSERT(error < 10 * floor);
  CU_ASSERT(largest > 0.5 && largest < 100);
  CU_ASSERT(plain_apart(as_double + 1, want, count - 1) > 0.1); /* shifted numbers are seen, */
  as_double[2] = NAN;
  CU_ASSERT(plain_apart(as_double, want, count) > 1); /* and none at all */
  free(want), free(as_double);
}

static void test_recorded_linear(void) {
  enum { IN = 30, OUT = 34 };
  pleat_irreps_linear *linear;
  float *x = floats("linear/x", ROWS * IN), *w = floats("linear/weight", 60), *b = floats("linear/bias", 5),
        y[ROWS * OUT];
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_linear_create(context, "8x0e+4x1o+2x2e", "5x0e+3x1o+4x2e", &linear), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_linear_weight_count(linear), 60);
  CU_ASSERT_EQUAL(pleat_irreps_linear_bias_count(linear), 5);
  CU_ASSERT_EQUAL(pleat_irreps_dimension(pleat_irreps_linear_irreps(linear, 0)), IN);
  CU_ASSERT_EQUAL(pleat_irreps_dimension(pleat_irreps_linear_irreps(linear, 1)), OUT);
  pleat_irreps_linear_apply(linear, ROWS, x, w, b, y);
  compare("linear/out", y, ROWS * OUT);
  pleat_irreps_linear_free(linear);
  free(x), free(w), free(b);
}

static void test_recorded_gate(void) {
  enum { IN = 32, OUT = 27 };
  const pleat_function scalars[] = {PLEAT_FUNCTION_SILU, PLEAT_FUNCTION_TANH}, gates[] = {PLEAT_FUNCTION_SIGMOID};
  pleat_gate *gate;
  float *x = floats("gate/x", ROWS * IN), y[ROWS * OUT];
  CU_ASSERT_EQUAL_FATAL(pleat_gate_create(context, "6x0e+2x0o", scalars, "5x0e", gates, "3x1o+2x2e", &gate), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(pleat_irreps_text(pleat_gate_irreps(gate, 0)), "2x0o+11x0e+3x1o+2x2e");
  CU_ASSERT_STRING_EQUAL(pleat_irreps_text(pleat_gate_irreps(gate, 1)), "6x0e+2x0o+3x1o+2x2e");
  pleat_gate_apply(gate, ROWS, x, y);
  compare("gate/out", y, ROWS * OUT);
  pleat_gate_free(gate);
  double *moments = numbers("gate/normalize2mom_cst", 4);
  static const pleat_function order[] = {PLEAT_FUNCTION_SILU, PLEAT_FUNCTION_TANH, PLEAT_FUNCTION_SIGMOID,
                                         PLEAT_FUNCTION_RELU};
  for (int i = 0; i < 4; i++) CU_ASSERT_DOUBLE_EQUAL(pleat_function_moment(order[i]), moments[i], 1e-12);
  free(x), free(moments);
}

static void test_recorded_norms(void) {
  enum { WIDTH = 23 };
  pleat_irreps *irreps;
  float *x = floats("norm_activation/x", ROWS * WIDTH), y[ROWS * WIDTH];
  const pleat_norm_activation settings = {.function = PLEAT_FUNCTION_SIGMOID, .normalize = 1, .epsilon = 1e-8};
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, "4x0e+3x1o+2x2e", &irreps), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_norm_activate(irreps, &settings, ROWS, x, y), PLEAT_OK);
  compare("norm_activation/out", y, ROWS * WIDTH);
  free(x);
  float *mean = floats("batchnorm_eval/running_mean", 4), *variance = floats("batchnorm_eval/running_var", 9);
  float *weight = floats("batchnorm_eval/weight", 9), *bias = floats("batchnorm_eval/bias", 4);
  x = floats("batchnorm_eval/x", ROWS * WIDTH);
  pleat_irreps_batch_norm(irreps, &(pleat_batch_norm){mean, bias, variance, weight, 1e-5}, ROWS, x, y);
  compare("batchnorm_eval/out", y, ROWS * WIDTH);
  pleat_irreps_free(irreps);
  free(x), free(mean), free(variance), free(weight), free(bias);
}

/* e3nn works out the factor e^2 of smooth_finite in float32. Its Bessel functions at distance 0 are NaN; ours their
 * limit. */
static void test_recorded_radial_bases(void) {
  enum { DISTANCES = 25, NUMBER = 8 };
  static const char *const names[] = {"gaussian", "cosine", "smooth_finite", "fourier", "bessel"};
  double *d = numbers("radial_basis/d", DISTANCES), got[DISTANCES * NUMBER];
  float single[DISTANCES * NUMBER], d_f[DISTANCES];
  for (int i = 0; i < DISTANCES; i++) d_f[i] = (float)d[i];
  for (int kind = 0; kind < 5; kind++) {
    char name[64];
    snprintf(name, sizeof name, "radial_basis/%s", names[kind]);
    double *want = numbers(name, DISTANCES * NUMBER), most_f = 0;
    const pleat_radial_basis basis = {(pleat_radial_kind)kind, 0, 5, NUMBER, 1};
    CU_ASSERT_EQUAL_FATAL(pleat_radial_evaluate(context, &basis, DISTANCES, d, got), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_radial_evaluate_f(context, &basis, DISTANCES, d_f, single), PLEAT_OK);
    for (int i = 0; kind == PLEAT_RADIAL_BESSEL && i < NUMBER; i++) {
      CU_ASSERT(isnan(want[i]) && fabs(got[i] - sqrt(0.4) * (i + 1) * M_PI / 5) < 1e-14);
      want[i] = got[i];
    }
    CU_ASSERT(plain_apart(got, want, DISTANCES * NUMBER) < (kind == PLEAT_RADIAL_SMOOTH_FINITE ? 2e-7 : 1e-13));
    for (int i = 0; i < DISTANCES * NUMBER; i++) most_f = fmax(most_f, fabs((double)single[i] - got[i]));
    CU_ASSERT(most_f < 3e-7);
    got[9] += 1e-6;
    CU_ASSERT(plain_apart(got, want, DISTANCES * NUMBER) > 5e-7);
    free(want);
  }
  free(d);
}

static void test_radial_bases_without_cutoff(void) {
  const double x[] = {-0.5, 0, 1, 2.5};
  double y[4 * 3];
  const pleat_radial_basis gaussian = {PLEAT_RADIAL_GAUSSIAN, 0, 2, 3, 0}, fourier = {PLEAT_RADIAL_FOURIER, 0, 2, 3, 0};
  CU_ASSERT_EQUAL(pleat_radial_evaluate(context, &gaussian, 4, x, y), PLEAT_OK);
  for (int i = 0; i < 12; i++) CU_ASSERT_DOUBLE_EQUAL(y[i], exp(-pow(x[i / 3] - i % 3, 2)) / 1.12, 1e-14);
  CU_ASSERT_EQUAL(pleat_radial_evaluate(context, &fourier, 4, x, y), PLEAT_OK);
  for (int i = 0; i < 12; i++) CU_ASSERT_DOUBLE_EQUAL(y[i], cos(M_PI * (i % 3) * x[i / 3] / 2) / sqrt(1.75), 1e-14);
}

static void test_recorded_perceptron(void) {
  const int sizes[] = {8, 16, 12};
  float *first = floats("radial_mlp/layer0.weight", 128), *second = floats("radial_mlp/layer1.weight", 192);
  float *x = floats("radial_mlp/x", ROWS * 8), weights[128 + 192], y[ROWS * 12];
  pleat_perceptron *perceptron;
  memcpy(weights, first, 128 * sizeof *first), memcpy(weights + 128, second, 192 * sizeof *second);
  CU_ASSERT_EQUAL_FATAL(pleat_perceptron_create(context, sizes, 2, PLEAT_FUNCTION_SILU, weights, &perceptron),
                        PLEAT_OK);
  pleat_perceptron_apply(perceptron, ROWS, x, y);
  compare("radial_mlp/out", y, ROWS * 12);
  pleat_perceptron_free(perceptron);
  free(first), free(second), free(x);
}

/* ---- Rotations and reflections --------------------------------------------------------------------------------- */

static void fill(float *x, size_t count, uint64_t seed) {
  pleat_random stream = pleat_random_stream(seed, 7, 0);
  for (size_t i = 0; i < count; i++) x[i] = pleat_random_normal(&stream, i);
}

static void random_matrix(uint64_t seed, double matrix[9]) {
  pleat_random stream = pleat_random_stream(seed, 1, 0);
  double a[3];
  for (uint64_t i = 0; i < 3; i++) a[i] = 6.28 * (double)pleat_random_uniform(&stream, i);
  pleat_wigner_rotation(a[0], a[1] / 2, a[2], matrix);
  for (int i = 0; seed % 2 && i < 9; i++) matrix[i] = -matrix[i];
}

static double apart(const float *a, const float *b, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++)
    most = fmax(most, isnan(a[i]) || isnan(b[i]) ? INFINITY : (double)fabsf(a[i] - b[i]));
  return most;
}

static void turn(const char *text, const double matrix[9], size_t rows, float *x) {
  pleat_irreps *irreps;
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, text, &irreps), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(irreps, matrix, rows, x, x), PLEAT_OK);
  pleat_irreps_free(irreps);
}

/* Layers commute with every rotation and reflection: f(D x) = D f(x). */
static void test_layers_turn_with_their_inputs(void) {
  enum { MANY = 21, IN = 3 + 2 * 3 + 4 * 5 + 7, OUT = 2 + 3 * 3 + 2 * 5 };
  static const char *const in = "3x0e+2x1o+4x2e+1x3o", *const out = "2x0e+3x1o+2x2e";
  for (uint64_t seed = 0; seed < 4; seed++) {
    float x[MANY * IN], y[MANY * OUT], of_turned[MANY * OUT], w[100], bias[2] = {1, -2}, norm_x[MANY * IN],
                                                                      norm_turned[MANY * IN];
    double matrix[9];
    pleat_irreps_linear *linear;
    pleat_irreps *irreps;
    const pleat_norm_activation settings = {
        .function = PLEAT_FUNCTION_TANH, .normalize = (int)(seed / 2), .epsilon = 1e-8};
    random_matrix(seed, matrix);
    fill(x, MANY * IN, seed), fill(w, 100, seed + 50);
    CU_ASSERT_EQUAL_FATAL(pleat_irreps_linear_create(context, in, out, &linear), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, in, &irreps), PLEAT_OK);
    pleat_irreps_linear_apply(linear, MANY, x, w, bias, y);
    CU_ASSERT_EQUAL(pleat_irreps_norm_activate(irreps, &settings, MANY, x, norm_x), PLEAT_OK);
    turn(out, matrix, MANY, y), turn(in, matrix, MANY, norm_x), turn(in, matrix, MANY, x);
    pleat_irreps_linear_apply(linear, MANY, x, w, bias, of_turned);
    CU_ASSERT_EQUAL(pleat_irreps_norm_activate(irreps, &settings, MANY, x, norm_turned), PLEAT_OK);
    CU_ASSERT(apart(y, of_turned, MANY * OUT) < 1e-5);
    CU_ASSERT(apart(norm_x, norm_turned, MANY * IN) < 1e-5);
    CU_ASSERT(apart(y + 2, x + 3, 9) > 0.1);
    pleat_irreps_linear_free(linear), pleat_irreps_free(irreps);
  }
}

static void test_gates_turn_with_their_inputs(void) {
  enum { MANY = 5 };
  const pleat_function scalars[] = {PLEAT_FUNCTION_ABS, PLEAT_FUNCTION_GELU},
                       gates[] = {PLEAT_FUNCTION_TANH, PLEAT_FUNCTION_SIGMOID};
  pleat_gate *gate;
  CU_ASSERT_EQUAL_FATAL(pleat_gate_create(context, "2x0o+3x0e", scalars, "2x0o+2x0e", gates, "1x1e+3x2o", &gate),
                        PLEAT_OK);
  const char *in = pleat_irreps_text(pleat_gate_irreps(gate, 0)), *out = pleat_irreps_text(pleat_gate_irreps(gate, 1));
  CU_ASSERT_STRING_EQUAL(out, "2x0e+3x0e+1x1o+1x2e+2x2o"); /* odd gates change parities */
  float x[MANY * 27], y[MANY * 23], of_turned[MANY * 23];
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_dimension(pleat_gate_irreps(gate, 0)), 27);
  for (uint64_t seed = 0; seed < 4; seed++) {
    double matrix[9];
    random_matrix(seed, matrix);
    fill(x, MANY * 27, seed);
    pleat_gate_apply(gate, MANY, x, y);
    turn(out, matrix, MANY, y), turn(in, matrix, MANY, x);
    pleat_gate_apply(gate, MANY, x, of_turned);
    CU_ASSERT(apart(y, of_turned, MANY * 23) < 1e-5);
  }
  pleat_gate_free(gate);
}

/* ---- Messages -------------------------------------------------------------------------------------------------- */

enum { NODES = 37, EDGES = 300, X = 3 + 2 * 3 + 2 * 5, Y = 9, IN_RADIAL = 5 };
static const char *const irreps_x = "3x0e+2x1o+2x2e", *const irreps_y = "0e+1o+2e";

typedef struct network {
  pleat_tensor *tensor;
  pleat_graph *graph;
  pleat_perceptron *perceptron;
  int weights, out;
  int32_t senders[EDGES], receivers[EDGES];
  float x[NODES * X], y[EDGES * Y], scalars[EDGES * IN_RADIAL], *w, *z, *again;
} network;

/* Edges in no order; some nodes receive none, one more than sixteen. */
static void open_network(network *n) {
  pleat_random stream = pleat_random_stream(3, 0, 0);
  int sizes[] = {IN_RADIAL, 11, 0};
  CU_ASSERT_EQUAL_FATAL(pleat_tensor_create_depthwise(context, irreps_x, irreps_y, "0e+1o+2e+1e", NULL, &n->tensor),
                        PLEAT_OK);
  n->weights = sizes[2] = pleat_tensor_weight_count(n->tensor);
  n->out = pleat_irreps_dimension(pleat_tensor_irreps(n->tensor, 2));
  for (uint64_t e = 0; e < EDGES; e++) {
    n->senders[e] = (int32_t)(pleat_random_uniform(&stream, 2 * e) * NODES) % NODES;
    n->receivers[e] = e < 40 ? 5 : (int32_t)(pleat_random_uniform(&stream, 2 * e + 1) * (NODES - 3)) % (NODES - 3);
  }
  CU_ASSERT_EQUAL_FATAL(pleat_graph_create(context, NODES, EDGES, n->senders, n->receivers, &n->graph), PLEAT_OK);
  fill(n->x, NODES * X, 4), fill(n->y, EDGES * Y, 5), fill(n->scalars, EDGES * IN_RADIAL, 6);
  n->w = calloc((size_t)(EDGES * n->weights), sizeof *n->w);
  n->z = calloc((size_t)(NODES * n->out), sizeof *n->z), n->again = calloc((size_t)(NODES * n->out), sizeof *n->z);
  fill(n->w, (size_t)(IN_RADIAL * 11 + 11 * n->weights), 8);
  CU_ASSERT_EQUAL_FATAL(pleat_perceptron_create(context, sizes, 2, PLEAT_FUNCTION_SILU, n->w, &n->perceptron),
                        PLEAT_OK);
  pleat_perceptron_apply(n->perceptron, EDGES, n->scalars, n->w);
}

static void close_network(network *n) {
  pleat_tensor_free(n->tensor), pleat_graph_free(n->graph), pleat_perceptron_free(n->perceptron);
  free(n->w), free(n->z), free(n->again);
}

/* Message by message with pleat_tensor_apply, summed in order. */
static void sum_plainly(const network *n, float scale, float *z) {
  float *message = calloc((size_t)n->out, sizeof *message);
  memset(z, 0, sizeof *z * (size_t)(NODES * n->out));
  for (int e = 0; e < EDGES; e++) {
    pleat_tensor_apply(n->tensor, 1, n->x + n->senders[e] * X, n->y + e * Y, n->w + e * n->weights, 1, message);
    for (int i = 0; i < n->out; i++) z[n->receivers[e] * n->out + i] += message[i];
  }
  for (int i = 0; i < NODES * n->out; i++) z[i] *= scale;
  free(message);
}

static void test_messages_are_products_summed(void) {
  network n;
  open_network(&n);
  size_t bytes = sizeof *n.z * (size_t)(NODES * n.out);
  const pleat_messages given = {.y = n.y, .weights = n.w, .each = 1, .scale = 0.25f};
  const pleat_messages made = {.y = n.y, .perceptron = n.perceptron, .scalars = n.scalars, .scale = 0.25f};
  sum_plainly(&n, 0.25f, n.again);
  CU_ASSERT_EQUAL(pleat_tensor_convolve(n.tensor, n.graph, &given, n.x, n.z), PLEAT_OK);
  CU_ASSERT(apart(n.z, n.again, (size_t)(NODES * n.out)) < 1e-4); /* sums of up to 40 products of up to 20 */
  CU_ASSERT(apart(n.z, n.again + 1, (size_t)(NODES * n.out) - 1) > 0.1);
  memcpy(n.again, n.z, bytes);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(context, threads);
    memset(n.z, 0x7f, bytes);
    CU_ASSERT_EQUAL(pleat_tensor_convolve(n.tensor, n.graph, &made, n.x, n.z), PLEAT_OK);
    CU_ASSERT(memcmp(n.z, n.again, bytes) == 0);
  }
  pleat_context_set_threads(context, 0);
  close_network(&n);
}

/* Any other product goes the way of sixteen edges at once, with the bits of pleat_tensor_apply. */
static void test_messages_of_any_product(void) {
  network n;
  open_network(&n);
  pleat_tensor_free(n.tensor);
  CU_ASSERT_EQUAL_FATAL(pleat_tensor_create_connected(context, irreps_x, irreps_y, "2x0e+3x1o+1x2e", NULL, &n.tensor),
                        PLEAT_OK);
  n.weights = pleat_tensor_weight_count(n.tensor), n.out = 2 + 9 + 5;
  free(n.w);
  n.w = calloc((size_t)(EDGES * n.weights), sizeof *n.w);
  fill(n.w, (size_t)(EDGES * n.weights), 8);
  size_t bytes = sizeof *n.z * (size_t)(NODES * n.out);
  sum_plainly(&n, 2, n.again);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(context, threads);
    CU_ASSERT_EQUAL(pleat_tensor_convolve(n.tensor, n.graph,
                                          &(pleat_messages){.y = n.y, .weights = n.w, .each = 1, .scale = 2}, n.x, n.z),
                    PLEAT_OK);
    CU_ASSERT(memcmp(n.z, n.again, bytes) == 0);
  }
  pleat_context_set_threads(context, 0);
  close_network(&n);
}

/* Features turn, and with them the harmonics of turned edges. */
static void test_messages_turn_with_their_inputs(void) {
  network n;
  open_network(&n);
  const pleat_messages messages = {.y = n.y, .perceptron = n.perceptron, .scalars = n.scalars, .scale = 1};
  const pleat_harmonics harmonics = {2, PLEAT_HARMONICS_COMPONENT, 1};
  float vectors[EDGES * 3];
  for (uint64_t seed = 0; seed < 4; seed++) {
    double matrix[9];
    random_matrix(seed, matrix);
    fill(vectors, EDGES * 3, seed);
    CU_ASSERT_EQUAL(pleat_harmonics_evaluate_f(context, &harmonics, EDGES, vectors, n.y), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_tensor_convolve(n.tensor, n.graph, &messages, n.x, n.z), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_irreps_rotate(pleat_tensor_irreps(n.tensor, 2), matrix, NODES, n.z, n.z), PLEAT_OK);
    turn("1o", matrix, EDGES, vectors), turn(irreps_x, matrix, NODES, n.x);
    CU_ASSERT_EQUAL(pleat_harmonics_evaluate_f(context, &harmonics, EDGES, vectors, n.y), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_tensor_convolve(n.tensor, n.graph, &messages, n.x, n.again), PLEAT_OK);
    CU_ASSERT(apart(n.z, n.again, (size_t)(NODES * n.out)) < 2e-4);
  }
  close_network(&n);
}

static void test_layers_keep_bits_for_any_threads(void) {
  enum { MANY = 700 };
  static const char *const irreps = "9x0e+5x1o+3x2e";
  static float x[MANY * 39], y[2][MANY * 39], w[9 * 9 + 25 + 9];
  pleat_irreps_linear *linear;
  fill(x, MANY * 39, 1), fill(w, 9 * 9 + 25 + 9, 2);
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_linear_create(context, irreps, irreps, &linear), PLEAT_OK);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(context, threads);
    pleat_irreps_linear_apply(linear, MANY, x, w, NULL, y[threads > 1]);
    CU_ASSERT(threads == 1 || memcmp(y[0], y[1], sizeof y[0]) == 0);
  }
  pleat_irreps_linear_apply(linear, 1, x + 39 * 350, w, NULL, y[1]); /* a row alone */
  CU_ASSERT(memcmp(y[1], y[0] + 39 * 350, 39 * sizeof(float)) == 0);
  pleat_context_set_threads(context, 0);
  pleat_irreps_linear_free(linear);
}

/* ---- Gaunt products -------------------------------------------------------------------------------------------- */

static size_t wide(int degree) { return (size_t)((degree + 1) * (degree + 1)); }

/* With values of harmonics as coefficients, x . Y(r) is a function on the sphere: the product's coefficients give the
 * product of functions at every r, where all degrees up to the sum are there. */
static double function_at(const float *coefficients, int degree, const double *values) {
  double sum = 0;
  for (size_t i = 0; i < wide(degree); i++) sum += (double)coefficients[i] * values[i];
  return sum;
}

static double product_error(int in1, int in2, pleat_gaunt_way way) {
  enum { MOST = PLEAT_DEGREE_MAX };
  pleat_gaunt *gaunt;
  const pleat_harmonics harmonics = {MOST, PLEAT_HARMONICS_INTEGRAL, 1};
  float x[19 * 144], y[19 * 144], z[19 * 144];
  double values[144], vector[3] = {0.3, -1, 0.7}, most = 0, largest = 0;
  int out = in1 + in2;
  fill(x, 19 * wide(in1), 1), fill(y, 19 * wide(in2), 2);
  CU_ASSERT_EQUAL_FATAL(pleat_gaunt_create(context, in1, in2, out, way, &gaunt), PLEAT_OK);
  pleat_gaunt_apply(gaunt, 19, x, y, z);
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &harmonics, 1, vector, values), PLEAT_OK);
  for (size_t row = 0; row < 19; row++) {
    double want = function_at(x + row * wide(in1), in1, values) * function_at(y + row * wide(in2), in2, values);
    double error = fabs(function_at(z + row * wide(out), out, values) - want);
    most = fmax(most, isnan(error) ? INFINITY : error);
    largest = fmax(largest, fabs(want));
  }
  pleat_gaunt_free(gaunt);
  CU_ASSERT(largest > 0.05);
  return most;
}

static void test_gaunt_products_multiply_functions(void) {
  for (int way = PLEAT_GAUNT_FASTEST; way <= PLEAT_GAUNT_FOURIER; way++)
    for (int in1 = 0; in1 <= 6; in1++)
      for (int in2 = 0; in2 <= 5; in2 += 1 + in1 % 2) {
        double error = product_error(in1, in2, (pleat_gaunt_way)way);
        if (!(error < 2e-5)) printf("way %d, degrees %d and %d: %g ", way, in1, in2, error);
        CU_ASSERT(error < 2e-5);
      }
}

/* Entry by entry: G is e3nn's 3j symbol times what belongs to three degrees, sqrt((2l1+1)(2l2+1)(2l3+1)/4pi) (l1 l2 l3;
 * 0 0 0). */
static void test_gaunt_products_are_scaled_symbols(void) {
  enum { L = 3 };
  float x[16] = {0}, y[16] = {0}, z[16];
  double w[343], scale[4][4][4];
  pleat_gaunt *gaunt;
  CU_ASSERT_EQUAL_FATAL(pleat_gaunt_create(context, L, L, L, PLEAT_GAUNT_FOURIER, &gaunt), PLEAT_OK);
  memset(scale, 0, sizeof scale);
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      int l1 = (int)sqrt(i), l2 = (int)sqrt(j);
      memset(x, 0, sizeof x), memset(y, 0, sizeof y);
      x[i] = y[j] = 1;
      pleat_gaunt_apply(gaunt, 1, x, y, z);
      for (int l3 = 0; l3 <= L; l3++) {
        bool couples = l3 >= abs(l1 - l2) && l3 <= l1 + l2 && (l1 + l2 + l3) % 2 == 0;
        if (couples) CU_ASSERT_EQUAL_FATAL(pleat_wigner_3j(context, l1, l2, l3, w), PLEAT_OK);
        for (int k = 0; k <= 2 * l3; k++) {
          double got = (double)z[l3 * l3 + k],
                 symbol = couples ? w[((i - l1 * l1) * (2 * l2 + 1) + j - l2 * l2) * (2 * l3 + 1) + k] : 0;
          if (fabs(symbol) > 0.05 && scale[l1][l2][l3] == 0) scale[l1][l2][l3] = got / symbol;
          CU_ASSERT(fabs(got - symbol * scale[l1][l2][l3]) < 1e-6);
        }
      }
    }
  CU_ASSERT_DOUBLE_EQUAL(fabs(scale[1][1][2]), sqrt(45 / (4 * M_PI)) * sqrt(2 / 15.0), 1e-6);
  pleat_gaunt_free(gaunt);
}

/* Both ways in float32, above the degrees that harmonics are worked out for, and results beyond both inputs' sum. */
static void test_gaunt_ways_agree(void) {
  static const int degrees[][3] = {{12, 13, 11}, {15, 4, 18}, {3, 2, 9}, {0, 9, 9}, {16, 16, 16}};
  for (size_t c = 0; c < sizeof degrees / sizeof *degrees; c++) {
    const int *d = degrees[c];
    size_t rows = 21, size = rows * wide(d[2]);
    float *x = calloc(rows * wide(d[0]), sizeof *x), *y = calloc(rows * wide(d[1]), sizeof *y), *z[3];
    fill(x, rows * wide(d[0]), 1), fill(y, rows * wide(d[1]), 2);
    for (int way = 0; way < 3; way++) {
      pleat_gaunt *gaunt;
      z[way] = calloc(size, sizeof *z[way]);
      CU_ASSERT_EQUAL_FATAL(pleat_gaunt_create(context, d[0], d[1], d[2], (pleat_gaunt_way)way, &gaunt), PLEAT_OK);
      CU_ASSERT(pleat_gaunt_get_way(gaunt) == (way ? (pleat_gaunt_way)way : pleat_gaunt_get_way(gaunt)));
      pleat_context_set_threads(context, way + 1);
      pleat_gaunt_apply(gaunt, rows, x, y, z[way]);
      pleat_gaunt_free(gaunt);
    }
    double largest = 0;
    for (size_t i = 0; i < size; i++) largest = fmax(largest, (double)fabsf(z[1][i]));
    CU_ASSERT(apart(z[1], z[2], size) < 2e-6 * largest && apart(z[0], z[1], size) < 2e-6 * largest);
    CU_ASSERT(apart(z[1], z[2] + 1, size - 1) > 0.1 * largest);
    for (int way = 0; way < 3; way++) free(z[way]);
    free(x), free(y);
  }
  pleat_context_set_threads(context, 0);
}

static void test_gaunt_products_keep_bits(void) {
  enum { ROWS_OF = 70, L = 9, WIDE_OF = 100 };
  static float x[ROWS_OF * WIDE_OF], y[ROWS_OF * WIDE_OF], z[2][ROWS_OF * WIDE_OF];
  fill(x, ROWS_OF * WIDE_OF, 1), fill(y, ROWS_OF * WIDE_OF, 2);
  for (int way = PLEAT_GAUNT_SPARSE; way <= PLEAT_GAUNT_FOURIER; way++) {
    pleat_gaunt *gaunt;
    pleat_context_set_threads(context, 3);
    CU_ASSERT_EQUAL_FATAL(pleat_gaunt_create(context, L, L, L, (pleat_gaunt_way)way, &gaunt), PLEAT_OK);
    for (int threads = 1; threads <= 3; threads++) {
      pleat_context_set_threads(context, threads);
      pleat_gaunt_apply(gaunt, ROWS_OF, x, y, z[threads > 1]);
      CU_ASSERT(threads == 1 || memcmp(z[0], z[1], sizeof z[0]) == 0);
    }
    pleat_gaunt_apply(gaunt, 1, x + 33 * WIDE_OF, y + 33 * WIDE_OF, z[1]); /* a row alone */
    CU_ASSERT(memcmp(z[1], z[0] + 33 * WIDE_OF, WIDE_OF * sizeof(float)) == 0);
    pleat_gaunt_free(gaunt);
  }
  pleat_context_set_threads(context, 0);
}

/* ---- What is refused -------------------------------------------------------------------------------------------- */

static void says(pleat_status status, const char *words) {
  CU_ASSERT_EQUAL(status, PLEAT_ERROR_INPUT);
  if (!strstr(pleat_context_error(context), words)) printf("not '%s': %s ", words, pleat_context_error(context));
  CU_ASSERT(strstr(pleat_context_error(context), words) != NULL);
}

static void test_refused_layers(void) {
  const pleat_function silu[] = {PLEAT_FUNCTION_SILU, PLEAT_FUNCTION_SILU}, none[] = {(pleat_function)99};
  const int sizes[] = {3, 0};
  const float w[3] = {0};
  pleat_irreps_linear *linear;
  pleat_gate *gate;
  pleat_perceptron *perceptron;
  says(pleat_irreps_linear_create(context, "3x0e", "2x1", &linear), "does not end in a parity");
  says(pleat_gate_create(context, "2x0o", silu, "1x0e", silu, "1x1o", &gate), "is odd");
  says(pleat_gate_create(context, "2x1o", silu, "1x0e", silu, "1x1o", &gate), "must all be of degree 0");
  says(pleat_gate_create(context, "2x0e", silu, "2x0e", silu, "1x1o", &gate), "2 scalars (2x0e) for 1 copies (1x1o)");
  says(pleat_gate_create(context, "2x0e", none, "1x0e", silu, "1x1o", &gate), "99 is no function");
  CU_ASSERT_PTR_NULL(gate);
  says(pleat_perceptron_create(context, sizes, 1, PLEAT_FUNCTION_SILU, w, &perceptron), "size 1 of a perceptron is 0");
  says(pleat_perceptron_create(context, sizes, 0, PLEAT_FUNCTION_SILU, w, &perceptron), "perceptron of 0 layers");
  CU_ASSERT(isnan(pleat_function_moment((pleat_function)99)));
}

static void test_refused_bases_and_graphs(void) {
  const int32_t ends[] = {0, 1, 4}, fine[] = {0, 1, 1};
  double x = 1, y[8];
  pleat_graph *graph;
  pleat_gaunt *gaunt;
  says(pleat_radial_evaluate(context, &(pleat_radial_basis){(pleat_radial_kind)5, 0, 1, 8, 1}, 1, &x, y),
       "no radial basis");
  says(pleat_radial_evaluate(context, &(pleat_radial_basis){PLEAT_RADIAL_COSINE, 0, 1, 1, 0}, 1, &x, y), "2 to 4096");
  says(pleat_radial_evaluate(context, &(pleat_radial_basis){PLEAT_RADIAL_COSINE, 1, 1, 8, 0}, 1, &x, y),
       "end must be greater");
  says(pleat_graph_create(context, 4, 3, fine, ends, &graph), "edge 2 of the graph goes from node 1 to node 4");
  CU_ASSERT_PTR_NULL(graph);
  says(pleat_gaunt_create(context, 3, 65, 3, PLEAT_GAUNT_FASTEST, &gaunt), "from 0 to 64");
  says(pleat_gaunt_create(context, 3, 30, 3, PLEAT_GAUNT_SPARSE, &gaunt), "use the Fourier way");
  says(pleat_gaunt_create(context, 3, 3, 3, (pleat_gaunt_way)7, &gaunt), "no way to a Gaunt product");
}

static void test_refused_messages(void) {
  network n;
  open_network(&n);
  const int sizes[] = {IN_RADIAL, 7};
  pleat_perceptron *other;
  CU_ASSERT_EQUAL_FATAL(pleat_perceptron_create(context, sizes, 1, PLEAT_FUNCTION_RELU, n.w, &other), PLEAT_OK);
  says(pleat_tensor_convolve(n.tensor, n.graph, &(pleat_messages){.y = n.y, .scale = 1}, n.x, n.z),
       "neither weights nor a perceptron");
  says(pleat_tensor_convolve(n.tensor, n.graph, &(pleat_messages){.y = n.y, .perceptron = other, .scalars = n.scalars},
                             n.x, n.z),
       "gives 7 numbers");
  pleat_perceptron_free(other);
  close_network(&n);
}

static pleat_status use_everything(pleat_context *own) {
  const pleat_function silu[] = {PLEAT_FUNCTION_SILU};
  const int sizes[] = {2, 3, 1};
  const int32_t ends[] = {0, 0};
  const float w[9] = {0};
  float x[16] = {0}, z[16];
  pleat_gate *gate = NULL;
  pleat_irreps_linear *linear = NULL;
  pleat_gaunt *gaunt[2] = {NULL, NULL};
  pleat_tensor *tensor = NULL;
  pleat_graph *graph = NULL;
  pleat_perceptron *perceptron = NULL;
  pleat_status status = pleat_gate_create(own, "2x0e", silu, "1x0e", silu, "1x1o", &gate);
  if (!status) status = pleat_irreps_linear_create(own, "0e", "0e", &linear);
  if (!status) status = pleat_gaunt_create(own, 1, 1, 1, PLEAT_GAUNT_SPARSE, &gaunt[0]);
  if (!status) status = pleat_gaunt_create(own, 1, 1, 1, PLEAT_GAUNT_FOURIER, &gaunt[1]);
  if (!status) status = pleat_tensor_create_depthwise(own, "0e", "0e", NULL, NULL, &tensor);
  if (!status) status = pleat_graph_create(own, 1, 2, ends, ends, &graph);
  if (!status) status = pleat_perceptron_create(own, sizes, 2, PLEAT_FUNCTION_SILU, w, &perceptron);
  const pleat_messages messages = {.y = x, .perceptron = perceptron, .scalars = x, .scale = 1};
  if (!status) status = pleat_tensor_convolve(tensor, graph, &messages, x, z);
  pleat_gate_free(gate), pleat_irreps_linear_free(linear), pleat_gaunt_free(gaunt[0]), pleat_gaunt_free(gaunt[1]);
  pleat_tensor_free(tensor), pleat_graph_free(graph), pleat_perceptron_free(perceptron);
  return status;
}

static void test_memory_that_fails(void) { CU_ASSERT(test_faults_walk(use_everything) >= 40); }

void suite_layers(void) {
  CU_pSuite suite = CU_add_suite("equivariant layers", open_golden, close_golden);
  CU_add_test(suite, "recorded linear layer", test_recorded_linear);
  CU_add_test(suite, "recorded gate", test_recorded_gate);
  CU_add_test(suite, "recorded norms", test_recorded_norms);
  CU_add_test(suite, "recorded radial bases", test_recorded_radial_bases);
  CU_add_test(suite, "radial bases without cutoff", test_radial_bases_without_cutoff);
  CU_add_test(suite, "recorded perceptron", test_recorded_perceptron);
  CU_add_test(suite, "layers turn with their inputs", test_layers_turn_with_their_inputs);
  CU_add_test(suite, "gates turn with their inputs", test_gates_turn_with_their_inputs);
  CU_add_test(suite, "messages are products summed", test_messages_are_products_summed);
  CU_add_test(suite, "messages of any product", test_messages_of_any_product);
  CU_add_test(suite, "messages turn with their inputs", test_messages_turn_with_their_inputs);
  CU_add_test(suite, "layers keep bits for any threads", test_layers_keep_bits_for_any_threads);
  CU_add_test(suite, "Gaunt products multiply functions", test_gaunt_products_multiply_functions);
  CU_add_test(suite, "Gaunt products are scaled symbols", test_gaunt_products_are_scaled_symbols);
  CU_add_test(suite, "Gaunt ways agree", test_gaunt_ways_agree);
  CU_add_test(suite, "Gaunt products keep bits", test_gaunt_products_keep_bits);
  CU_add_test(suite, "refused layers", test_refused_layers);
  CU_add_test(suite, "refused bases and graphs", test_refused_bases_and_graphs);
  CU_add_test(suite, "refused messages", test_refused_messages);
  CU_add_test(suite, "memory that fails", test_memory_that_fails);
}
