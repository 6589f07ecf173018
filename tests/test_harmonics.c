/* Tests of spherical harmonics, Wigner matrices and irreps against recordings of e3nn and against what they must obey.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "pleat_kernels.h"
#include "tests/faults.h"
#include "tests/golden_file.h"
#include "tests/suites.h"

enum { MOST = PLEAT_DEGREE_MAX, WIDE = 2 * MOST + 1, ALL = (MOST + 1) * (MOST + 1), ROWS = 74, GOLDEN_DEGREE = 6, GOLDEN_ALL = 49 };

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

static double *golden(const char *name, size_t count) {
  double *data = golden_read_double(file, name, count);
  if (!data) printf("no %zu numbers '%s' ", count, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(data);
  return data;
}

/* The largest |got - want| / (1 + |want|); NaN counts as infinite. */
static double worst(const double *got, const double *want, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++) {
    double error = fabs(got[i] - want[i]) / (1 + fabs(want[i]));
    if (!(error <= most)) most = isnan(error) ? INFINITY : error;
  }
  return most;
}

static void random_rotation(pleat_random *stream, uint64_t at, double rotation[9]) {
  double a[3];
  for (uint64_t i = 0; i < 3; i++) a[i] = 6.28 * (double)pleat_random_uniform(stream, 3 * at + i);
  pleat_wigner_rotation(a[0], a[1] / 2, a[2], rotation);
}

/* Every recorded value, in float64: e3nn's own rounding is a few 1e-15 a factor, and l = 6 has six. */
static void test_harmonics_are_those_of_e3nn(void) {
  static const char *const names[] = {"component", "norm", "integral"};
  double *vectors = golden("harmonics/vectors", ROWS * 3), got[ROWS * GOLDEN_ALL];
  for (int scale = 0; scale < 3; scale++)
    for (int normalize = 0; normalize < 2; normalize++) {
      char name[64];
      snprintf(name, sizeof name, "harmonics/%s_%s", names[scale], normalize ? "normalized" : "raw");
      double *want = golden(name, ROWS * GOLDEN_ALL);
      pleat_harmonics h = {GOLDEN_DEGREE, (pleat_harmonics_scale)scale, normalize};
      CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, ROWS, vectors, got), PLEAT_OK);
      CU_ASSERT(worst(got, want, ROWS * GOLDEN_ALL) < 1e-13);
      got[5] += 1e-12; /* the comparison must see a wrong number, */
      CU_ASSERT(worst(got, want, ROWS * GOLDEN_ALL) > 1e-13);
      CU_ASSERT(worst(got, want + 1, ROWS * GOLDEN_ALL - 1) > 0.1); /* shifted ones, */
      got[7] = NAN;
      CU_ASSERT(worst(got, want, ROWS * GOLDEN_ALL) > 1); /* and none at all */
      free(want);
    }
  free(vectors);
}

/* The floor is what the recording's float32 run is from its float64 run. */
static void test_harmonics_in_float32(void) {
  double *vectors = golden("harmonics/vectors_f32", ROWS * 3);
  double *theirs = golden("harmonics/component_normalized_f32", ROWS * GOLDEN_ALL);
  double *exact = golden("harmonics/component_normalized", ROWS * GOLDEN_ALL);
  double floor_of_theirs = worst(theirs, exact, ROWS * GOLDEN_ALL), got[ROWS * GOLDEN_ALL];
  float x[ROWS * 3], y[ROWS * GOLDEN_ALL];
  pleat_harmonics h = {GOLDEN_DEGREE, PLEAT_HARMONICS_COMPONENT, 1};
  for (int i = 0; i < ROWS * 3; i++) x[i] = (float)vectors[i];
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate_f(context, &h, ROWS, x, y), PLEAT_OK);
  for (int i = 0; i < ROWS * GOLDEN_ALL; i++) got[i] = (double)y[i];
  CU_ASSERT(worst(got, exact, ROWS * GOLDEN_ALL) < 2 * floor_of_theirs);
  CU_ASSERT(worst(got, theirs, ROWS * GOLDEN_ALL) < 2 * floor_of_theirs);
  free(vectors), free(theirs), free(exact);
}

static void test_gradients_are_those_of_e3nn(void) {
  double *vectors = golden("harmonics/gradient_vectors", 15), got[15], weights[5 * 25] = {0};
  for (int l = 1; l <= 4; l++) {
    char name[64];
    int width = 2 * l + 1, row = (l + 1) * (l + 1);
    snprintf(name, sizeof name, "harmonics/gradient_weights_l%d", l);
    double *of_l = golden(name, (size_t)(5 * width));
    snprintf(name, sizeof name, "harmonics/gradient_l%d", l);
    double *want = golden(name, 15);
    memset(weights, 0, sizeof weights);
    for (int i = 0; i < 5; i++) memcpy(weights + i * row + l * l, of_l + i * width, (size_t)width * sizeof *of_l);
    pleat_harmonics h = {l, PLEAT_HARMONICS_COMPONENT, 1};
    CU_ASSERT_EQUAL(pleat_harmonics_gradient(context, &h, 5, vectors, weights, got), PLEAT_OK);
    CU_ASSERT(worst(got, want, 15) < 1e-13);
    free(of_l), free(want);
  }
  free(vectors);
}

/* E = sum of weights times values of one vector. */
static double energy(const pleat_harmonics *h, const double *vector, const double *weights) {
  double values[ALL], sum = 0;
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, h, 1, vector, values), PLEAT_OK);
  for (int i = 0; i < (h->degree + 1) * (h->degree + 1); i++) sum += weights[i] * values[i];
  return sum;
}

static void test_gradients_are_finite_differences(void) {
  pleat_random stream = pleat_random_stream(11, 0, 0);
  const double step = 1e-5;
  double largest = 0;
  for (uint64_t n = 0; n < 12; n++) {
    pleat_harmonics h = {n < 6 ? 3 : MOST, (pleat_harmonics_scale)(n % 3), n % 2 == 0};
    double vector[3], weights[ALL], gradient[3];
    for (uint64_t i = 0; i < ALL; i++) weights[i] = (double)pleat_random_normal(&stream, 1000 * n + i);
    for (uint64_t i = 0; i < 3; i++) vector[i] = 0.6 * (double)pleat_random_normal(&stream, 1000 * n + 500 + i);
    CU_ASSERT_EQUAL(pleat_harmonics_gradient(context, &h, 1, vector, weights, gradient), PLEAT_OK);
    for (int d = 0; d < 3; d++) {
      double up[3], down[3];
      memcpy(up, vector, sizeof up), memcpy(down, vector, sizeof down);
      up[d] += step, down[d] -= step;
      double slope = (energy(&h, up, weights) - energy(&h, down, weights)) / (2 * step);
      CU_ASSERT(fabs(slope - gradient[d]) < 1e-5 * (1 + fabs(slope)));
      largest = fmax(largest, fabs(gradient[d]));
    }
  }
  CU_ASSERT(largest > 1); /* there was something to agree about */
}

static void test_odd_vectors(void) {
  const double vectors[] = {0, 0, 0, 1e-200, 0, 0, 1e200, -1e200, 0, NAN, 0, 0}, weights[4 * 4] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  double values[4 * 4], gradient[4 * 3];
  pleat_harmonics h = {1, PLEAT_HARMONICS_NORM, 1};
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 4, vectors, values), PLEAT_OK);
  CU_ASSERT(values[0] == 1 && values[1] == 0 && values[2] == 0 && values[3] == 0);
  CU_ASSERT(fabs(values[5] - 1) < 1e-15 && fabs(values[9] - M_SQRT1_2) < 1e-15 && fabs(values[10] + M_SQRT1_2) < 1e-15);
  CU_ASSERT(isnan(values[13]));
  CU_ASSERT_EQUAL(pleat_harmonics_gradient(context, &h, 1, vectors, weights, gradient), PLEAT_OK);
  CU_ASSERT(gradient[0] == 0 && gradient[1] == 0 && gradient[2] == 0);
  for (int degree = -1; degree <= MOST + 1; degree += MOST + 2) {
    h.degree = degree;
    CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, vectors, values), PLEAT_ERROR_INPUT);
    CU_ASSERT(strstr(pleat_context_error(context), "from 0 to 11") != NULL);
  }
  h = (pleat_harmonics){1, (pleat_harmonics_scale)7, 1};
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, vectors, values), PLEAT_ERROR_INPUT);
}

static void test_symbols_are_those_of_e3nn(void) {
  size_t count = golden_count(file, "wigner_3j/degrees") / 3, at = 0;
  double *degrees = golden("wigner_3j/degrees", 3 * count), *want = golden("wigner_3j/values", golden_count(file, "wigner_3j/values"));
  double got[WIDE * WIDE * WIDE], most = 0;
  CU_ASSERT(count > 80);
  for (size_t n = 0; n < count; n++) {
    int l[3] = {(int)degrees[3 * n], (int)degrees[3 * n + 1], (int)degrees[3 * n + 2]};
    size_t size = (size_t)((2 * l[0] + 1) * (2 * l[1] + 1) * (2 * l[2] + 1));
    CU_ASSERT_EQUAL_FATAL(pleat_wigner_3j(context, l[0], l[1], l[2], got), PLEAT_OK);
    most = fmax(most, worst(got, want + at, size));
    at += size;
  }
  CU_ASSERT(most < 1e-13);
  CU_ASSERT_EQUAL(at, golden_count(file, "wigner_3j/values"));
  CU_ASSERT_EQUAL_FATAL(pleat_wigner_3j(context, 1, 1, 1, got), PLEAT_OK);
  for (int i = 0; i < 27; i++) got[i] = -got[i]; /* the sign is part of it */
  CU_ASSERT(worst(got, want, 27) > 0.1);
  free(degrees), free(want);
}

/* sum over i,j,k of w(i,j,k) D1(i,i') D2(j,j') D3(k,k') - w(i',j',k'), the largest. */
static double symbol_changes(const int l[3], const double *w, double *const d[3]) {
  int n[3] = {2 * l[0] + 1, 2 * l[1] + 1, 2 * l[2] + 1};
  static double a[WIDE * WIDE * WIDE], b[WIDE * WIDE * WIDE];
  double most = 0;
  memcpy(a, w, sizeof a);
  for (int turn = 0; turn < 3; turn++) { /* contracts the first axis, which becomes the last */
    int size = n[turn], rest = n[0] * n[1] * n[2] / size;
    for (int r = 0; r < rest; r++)
      for (int i = 0; i < size; i++) {
        double sum = 0;
        for (int k = 0; k < size; k++) sum += a[k * rest + r] * d[turn][k * size + i];
        b[r * size + i] = sum;
      }
    memcpy(a, b, sizeof a);
  }
  for (int i = 0; i < n[0] * n[1] * n[2]; i++) most = fmax(most, fabs(a[i] - w[i]));
  return most;
}

static void test_symbols_do_not_change_under_rotations(void) {
  static const int triples[][3] = {{0, 0, 0}, {1, 2, 3}, {3, 3, 3}, {5, 6, 4}, {11, 11, 11}, {8, 3, 11}, {10, 7, 9}};
  static double w[WIDE * WIDE * WIDE], memory[3][WIDE * WIDE];
  pleat_random stream = pleat_random_stream(12, 0, 0);
  double rotation[9];
  for (size_t t = 0; t < sizeof triples / sizeof *triples; t++) {
    const int *l = triples[t];
    double *d[3] = {memory[0], memory[1], memory[2]}, squares = 0;
    random_rotation(&stream, t, rotation);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(pleat_wigner_d(context, l[i], rotation, d[i]), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_wigner_3j(context, l[0], l[1], l[2], w), PLEAT_OK);
    for (int i = 0; i < (2 * l[0] + 1) * (2 * l[1] + 1) * (2 * l[2] + 1); i++) squares += w[i] * w[i];
    CU_ASSERT_DOUBLE_EQUAL(squares, 1, 1e-12);
    CU_ASSERT(symbol_changes(l, w, d) < 1e-12);
    if (t != 1) continue;
    d[2][3] += 1e-3; /* must be seen */
    CU_ASSERT(symbol_changes(l, w, d) > 1e-5);
  }
}

/* The largest |Y(R x) - D Y(x)| over the recorded vectors: 0 but for rounding when D is right. */
static double turning_error(int l, const double rotation[9], const double *d, const double *vectors, int count) {
  pleat_harmonics h = {l, PLEAT_HARMONICS_NORM, 1};
  double most = 0, before[GOLDEN_ALL], after[GOLDEN_ALL];
  for (int n = 0; n < count; n++) {
    double turned[3] = {0};
    for (int i = 0; i < 9; i++) turned[i / 3] += rotation[i] * vectors[3 * n + i % 3];
    CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, vectors + 3 * n, before), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, turned, after), PLEAT_OK);
    for (int i = 0; i <= 2 * l; i++) {
      double sum = 0;
      for (int j = 0; j <= 2 * l; j++) sum += d[i * (2 * l + 1) + j] * before[l * l + j];
      most = fmax(most, fabs(sum - after[l * l + i]));
    }
  }
  return most;
}

/* The recording worked its D matrices out of generators in float32: its floor is how far it is from turning the harmonics,
 * 4e-7 to 3e-6; ours do that to 1e-14. */
static void test_matrices_are_those_of_e3nn(void) {
  enum { CASES = 15, VECTORS = 5 };
  double *r = golden("wigner_d/R", 9 * CASES), *alpha = golden("wigner_d/alpha", CASES), *beta = golden("wigner_d/beta", CASES);
  double *gamma_ = golden("wigner_d/gamma", CASES), *vectors = golden("harmonics/gradient_vectors", 3 * VECTORS), got[WIDE * WIDE];
  for (int l = 0; l <= GOLDEN_DEGREE; l++) {
    char name[32];
    size_t size = (size_t)((2 * l + 1) * (2 * l + 1));
    snprintf(name, sizeof name, "wigner_d/l%d", l);
    double *want = golden(name, CASES * size), rotation[9], floor_of_theirs = 1e-15, most = 0;
    for (size_t n = 0; n < CASES; n++) {
      pleat_wigner_rotation(alpha[n], beta[n], gamma_[n], rotation);
      CU_ASSERT(worst(rotation, r + 9 * n, 9) < 1e-14);
      CU_ASSERT_EQUAL_FATAL(pleat_wigner_d(context, l, rotation, got), PLEAT_OK);
      most = fmax(most, worst(got, want + n * size, size));
      floor_of_theirs = fmax(floor_of_theirs, turning_error(l, rotation, want + n * size, vectors, VECTORS));
      CU_ASSERT(turning_error(l, rotation, got, vectors, VECTORS) < 1e-13);
      got[size - 1] += 1e-3;
      CU_ASSERT(turning_error(l, rotation, got, vectors, VECTORS) > 1e-6);
      CU_ASSERT(worst(got, want + n * size, size) > 1e-4);
    }
    CU_ASSERT(most < 10 * floor_of_theirs);
    CU_ASSERT(floor_of_theirs < 1e-5);
    free(want);
  }
  free(r), free(alpha), free(beta), free(gamma_), free(vectors);
}

static void test_matrices_turn_harmonics(void) {
  static double d[WIDE * WIDE];
  pleat_random stream = pleat_random_stream(13, 0, 0);
  pleat_harmonics h = {MOST, PLEAT_HARMONICS_NORM, 1};
  double rotation[9], x[3], turned[3] = {0}, before[ALL], after[ALL], most = 0;
  random_rotation(&stream, 7, rotation);
  for (uint64_t i = 0; i < 3; i++) x[i] = (double)pleat_random_normal(&stream, 100 + i);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) turned[i] += rotation[3 * i + j] * x[j];
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, x, before), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate(context, &h, 1, turned, after), PLEAT_OK);
  for (int l = 0; l <= MOST; l++) {
    CU_ASSERT_EQUAL(pleat_wigner_d(context, l, rotation, d), PLEAT_OK);
    for (int i = 0; i <= 2 * l; i++) {
      double sum = 0;
      for (int j = 0; j <= 2 * l; j++) sum += d[i * (2 * l + 1) + j] * before[l * l + j];
      most = fmax(most, fabs(sum - after[l * l + i]));
    }
  }
  CU_ASSERT(most < 1e-12);
  CU_ASSERT(worst(before, after, ALL) > 0.1);
}

static void test_refused_degrees_and_matrices(void) {
  double d[WIDE * WIDE], mirror[9] = {-1, 0, 0, 0, 1, 0, 0, 0, 1}, skewed[9] = {1, 0.1, 0, 0, 1, 0, 0, 0, 1}, not_finite[9] = {NAN};
  CU_ASSERT_EQUAL(pleat_wigner_d(context, 2, mirror, d), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_wigner_d(context, 2, skewed, d), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_wigner_d(context, 2, not_finite, d), PLEAT_ERROR_INPUT);
  mirror[0] = 1;
  CU_ASSERT_EQUAL(pleat_wigner_d(context, 12, mirror, d), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_wigner_3j(context, 1, 2, 4, d), PLEAT_ERROR_INPUT);
  CU_ASSERT_STRING_EQUAL(pleat_context_error(context),
                         "degrees 1 and 2 do not couple to 4: the third must lie between 1 and 3");
  CU_ASSERT_EQUAL(pleat_wigner_3j(context, -1, 2, 1, d), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_wigner_3j(context, 11, 11, 12, d), PLEAT_ERROR_INPUT);
}

static void test_irreps_are_read(void) {
  static const char *const texts[][2] = {{"16x0e+8x1o", "16x0e+8x1o"}, {" 16x0e + 8x1o ", "16x0e+8x1o"}, {"1o", "1x1o"},
                                         {"2y+3x3y", "1x2e+3x3o"},     {"0x1o+5x11e", "0x1o+5x11e"}};
  pleat_irreps *irreps;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, texts[i][0], &irreps), PLEAT_OK);
    CU_ASSERT_STRING_EQUAL(pleat_irreps_text(irreps), texts[i][1]);
    pleat_irreps_free(irreps);
  }
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, "16x0e+8x1o+2x3e", &irreps), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_dimension(irreps), 16 + 24 + 14);
  CU_ASSERT_EQUAL(pleat_irreps_count(irreps), 3);
  pleat_irreps_term last = pleat_irreps_get(irreps, 2);
  CU_ASSERT(last.multiplicity == 2 && last.l == 3 && last.parity == 1 && last.offset == 40);
  pleat_irreps_free(irreps);
}

static void test_bad_irreps_are_named(void) {
  static const char *const texts[][2] = {
      {"", "term 1"},
      {"16x0e+8x1", "term 2, '8x1', does not end in a parity"},
      {"16x0e++1o", "term 2, '', has no number"},
      {"16x0e+", "term 2"},
      {"x1o", "term 1, 'x1o', has no number"},
      {"3x12e", "degree above 11"},
      {"3x1o 2x2e", "term 1, '3x1o 2x2e', goes on after its parity"},
      {"-3x1o", "term 1"},
      {"9999999999999x1o", "multiplicity above"},
      {"1048576x11e+1048576x11e+1048576x11e+1048576x11e+1048576x11e+1048576x11e+1048576x11e+1048576x11e"
       "+1048576x11e+1048576x11e+1048576x11e+1048576x11e", "numbers a row"},
      {"2xe", "has no number where its degree should be"},
      {"8X1o", "does not end in a parity"}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    pleat_irreps *irreps = (pleat_irreps *)context;
    CU_ASSERT_EQUAL(pleat_irreps_create(context, texts[i][0], &irreps), PLEAT_ERROR_INPUT);
    CU_ASSERT_PTR_NULL(irreps);
    if (!strstr(pleat_context_error(context), texts[i][1])) printf("'%s': %s ", texts[i][0], pleat_context_error(context));
    CU_ASSERT(strstr(pleat_context_error(context), texts[i][1]) != NULL);
  }
}

static void test_rows_are_rotated_and_reflected(void) {
  pleat_irreps *irreps;
  double rotation[9], mirror[9];
  pleat_random stream = pleat_random_stream(14, 0, 0);
  const float x[] = {2, 3, 1, 2, 3, 4, 5, 6};
  float y[8], z[8];
  random_rotation(&stream, 3, rotation);
  for (int i = 0; i < 9; i++) mirror[i] = -rotation[i];
  CU_ASSERT_EQUAL_FATAL(pleat_irreps_create(context, "0e+0o+1o+1e", &irreps), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(irreps, rotation, 1, x, y), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_irreps_rotate(irreps, mirror, 1, x, z), PLEAT_OK);
  CU_ASSERT(y[0] == 2 && y[1] == 3 && z[0] == 2 && z[1] == -3);
  for (int i = 0; i < 3; i++) {
    double turned = 0;
    for (int j = 0; j < 3; j++) turned += rotation[3 * i + j] * (double)x[2 + j];
    CU_ASSERT_DOUBLE_EQUAL((double)y[2 + i], turned, 1e-6);
    CU_ASSERT(z[2 + i] == -y[2 + i]); /* a vector turns round, */
    CU_ASSERT(z[5 + i] == y[5 + i]);  /* a pseudovector does not */
  }
  mirror[0] = 7;
  CU_ASSERT_EQUAL(pleat_irreps_rotate(irreps, mirror, 1, x, z), PLEAT_ERROR_INPUT);
  pleat_irreps_free(irreps);
}

static pleat_status use_everything(pleat_context *own) {
  const double one[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  static double w[WIDE * WIDE * WIDE];
  float x[4] = {0};
  pleat_irreps *irreps;
  pleat_status status = pleat_wigner_3j(own, 1, 1, 2, w);
  if (!status) status = pleat_wigner_d(own, 2, one, w);
  if (status) return status;
  status = pleat_irreps_create(own, "0e+1o", &irreps);
  if (!status) status = pleat_irreps_rotate(irreps, one, 1, x, x);
  pleat_irreps_free(irreps);
  return status;
}

static void test_memory_that_fails(void) { CU_ASSERT(test_faults_walk(use_everything) >= 7); }

static void test_threads_do_not_change_bits(void) {
  enum { MANY = 1000 };
  static float vectors[3 * MANY], one[MANY * ALL], two[MANY * ALL];
  pleat_random stream = pleat_random_stream(15, 0, 0);
  pleat_harmonics h = {MOST, PLEAT_HARMONICS_COMPONENT, 0};
  for (uint64_t i = 0; i < 3 * MANY; i++) vectors[i] = pleat_random_normal(&stream, i);
  pleat_context_set_threads(context, 1);
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate_f(context, &h, MANY, vectors, one), PLEAT_OK);
  pleat_context_set_threads(context, 3);
  CU_ASSERT_EQUAL(pleat_harmonics_evaluate_f(context, &h, MANY, vectors, two), PLEAT_OK);
  pleat_context_set_threads(context, 0);
  CU_ASSERT(memcmp(one, two, sizeof one) == 0);
}

void suite_harmonics(void) {
  CU_pSuite suite = CU_add_suite("harmonics", open_golden, close_golden);
  CU_add_test(suite, "harmonics are those of e3nn", test_harmonics_are_those_of_e3nn);
  CU_add_test(suite, "harmonics in float32", test_harmonics_in_float32);
  CU_add_test(suite, "gradients are those of e3nn", test_gradients_are_those_of_e3nn);
  CU_add_test(suite, "gradients are finite differences", test_gradients_are_finite_differences);
  CU_add_test(suite, "odd vectors", test_odd_vectors);
  CU_add_test(suite, "3j symbols are those of e3nn", test_symbols_are_those_of_e3nn);
  CU_add_test(suite, "3j symbols do not change under rotations", test_symbols_do_not_change_under_rotations);
  CU_add_test(suite, "D matrices are those of e3nn", test_matrices_are_those_of_e3nn);
  CU_add_test(suite, "D matrices turn harmonics", test_matrices_turn_harmonics);
  CU_add_test(suite, "refused degrees and matrices", test_refused_degrees_and_matrices);
  CU_add_test(suite, "irreps are read", test_irreps_are_read);
  CU_add_test(suite, "bad irreps are named", test_bad_irreps_are_named);
  CU_add_test(suite, "rows are rotated and reflected", test_rows_are_rotated_and_reflected);
  CU_add_test(suite, "memory that fails", test_memory_that_fails);
  CU_add_test(suite, "threads do not change bits", test_threads_do_not_change_bits);
}
