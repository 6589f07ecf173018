/* Gaunt tensor products: products of functions on the sphere, by their table or over the torus, whichever is faster.
 * SPDX-License-Identifier: MIT */
#include "geometry/gaunt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dispatch.h"
#include "lib/team.h"

/* SPARSE_MOST: a table of all three degrees 20 has 2.5 million entries. */
enum { DEGREES = PLEAT_GAUNT_DEGREE_MAX + 1, SPARSE_MOST = 20, GRAIN = 2 * PLEAT_TENSOR_LANES };

struct pleat_gaunt {
  pleat_context *context;
  const pleat_kernels *kernels;
  int degree[3], width[3];
  pleat_gaunt_way way;
  pleat_kernel_tensor_path path; /* the table as a tensor product of one path */
  pleat_kernel_tensor_entry *entries;
  size_t room;
  pleat_gaunt_torus *torus;
  pleat_scratch scratch;
};

/* ---- Legendre functions ---------------------------------------------------------------------------------------- */

void pleat_gaunt_legendre(int m, int degree, double cosine, double sine, double *q) {
  double start = sqrt(1 / (4 * M_PI));
  for (int i = 1; i <= m; i++) start *= sine * sqrt((2 * i + 1) / (2.0 * i));
  for (int l = m; l <= degree; l++) {
    double both = (double)(l - m) * (l + m), before = l - 1;
    q[l] = l == m ? start : sqrt((4.0 * l * l - 1) / both) * cosine * q[l - 1];
    if (l > m + 1)
      q[l] -= sqrt((4.0 * l * l - 1) / both * (before * before - m * m) / (4 * before * before - 1)) * q[l - 2];
  }
}

/* Newton's steps from Tricomi's first guess. */
void pleat_gaunt_quadrature(int count, double *cosine, double *weight) {
  for (int i = 0; i < count; i++) {
    double x = cos(M_PI * (i + 0.75) / (count + 0.5)), slope = 1;
    for (int step = 0; step < 8; step++) {
      double now = x, before = 1;
      for (int n = 2; n <= count; n++) {
        double next = ((2 * n - 1) * x * now - (n - 1) * before) / n;
        before = now, now = next;
      }
      slope = count * (x * now - before) / (x * x - 1);
      x -= now / slope;
    }
    cosine[i] = x, weight[i] = 2 / ((1 - x * x) * slope * slope);
  }
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

/* Integral of T(m1) T(m2) T(m3) over a circle. */
static double circle(int m1, int m2, int m3) {
  int a = abs(m1), b = abs(m2), c = abs(m3), sines = (m1 < 0) + (m2 < 0) + (m3 < 0);
  double scale = (m1 ? M_SQRT2 : 1) * (m2 ? M_SQRT2 : 1) * (m3 ? M_SQRT2 : 1), sum = 0;
  if (sines % 2) return 0;
  /* the product of three cosines is a quarter of cos(a+-b+-c), of two sines among them with signs; what does not turn
   * stays */
  double sign_b = m1 < 0 && m2 < 0 ? -1 : 1, sign_c = m1 < 0 && m3 < 0 ? -1 : 1, sign_both = m2 < 0 && m3 < 0 ? -1 : 1;
  for (int s = -1; s <= 1; s += 2)
    for (int t = -1; t <= 1; t += 2) {
      if (a + s * b + t * c) continue;
      double sign = 1;
      if (sines == 2 && sign_b < 0) sign = -s;
      if (sines == 2 && sign_c < 0) sign = -t;
      if (sines == 2 && sign_both < 0) sign = -s * t;
      sum += sign;
    }
  return scale * 2 * M_PI * sum / 4;
}

/* q[m][l] at the points of a quadrature that is exact for products of three. */
typedef struct samples {
  int points;
  double *cosine, *weight, *q; /* q (points, D, D), D = degree + 1 */
  int degree;
} samples;

static pleat_status take_samples(pleat_context *context, const int degree[3], samples *s) {
  s->degree = degree[0] > degree[1] ? degree[0] : degree[1];
  if (degree[2] > s->degree) s->degree = degree[2];
  s->points = (degree[0] + degree[1] + degree[2]) / 2 + 1;
  size_t size = (size_t)(s->degree + 1), points = (size_t)s->points;
  PLEAT_TRY(pleat_memory_take(context, points * (2 + size * size), sizeof(double), &s->cosine));
  s->weight = s->cosine + points, s->q = s->weight + points;
  pleat_gaunt_quadrature(s->points, s->cosine, s->weight);
  for (int p = 0; p < s->points; p++)
    for (int m = 0; m <= s->degree; m++)
      pleat_gaunt_legendre(m, s->degree, s->cosine[p], sqrt(1 - s->cosine[p] * s->cosine[p]),
                           s->q + ((size_t)p * size + (size_t)m) * size);
  return PLEAT_OK;
}

static double gaunt_of(const samples *s, const int l[3], const int m[3]) {
  size_t size = (size_t)s->degree + 1, at[3];
  double sum = 0;
  for (int i = 0; i < 3; i++) at[i] = (size_t)abs(m[i]) * size + (size_t)l[i];
  for (int p = 0; p < s->points; p++) {
    const double *q = s->q + (size_t)p * size * size;
    sum += s->weight[p] * q[at[0]] * q[at[1]] * q[at[2]];
  }
  return sum * circle(m[0], m[1], m[2]);
}

static pleat_status add_entry(pleat_gaunt *g, int i, int j, int k, double value) {
  if (fabs(value) < 1e-12) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_grow(g->context, &g->entries, &g->room, (size_t)g->path.count + 1, sizeof *g->entries));
  g->entries[g->path.count++] = (pleat_kernel_tensor_entry){(int16_t)i, (int16_t)j, (int16_t)k, (float)value};
  return PLEAT_OK;
}

/* All entries with result (l,m): those of even l1 + l2 + l3 that obey the triangle rule, and |m| = ||m1| +- |m2||. */
static pleat_status list_result(pleat_gaunt *g, const samples *s, int l3, int m3) {
  for (int l1 = 0; l1 <= g->degree[0]; l1++)
    for (int l2 = abs(l1 - l3); l2 <= g->degree[1] && l2 <= l1 + l3; l2++) {
      if ((l1 + l2 + l3) % 2) continue;
      for (int m1 = -l1; m1 <= l1; m1++)
        for (int m2 = -l2; m2 <= l2; m2++) {
          if (circle(m1, m2, m3) == 0) continue;
          const int l[3] = {l1, l2, l3}, m[3] = {m1, m2, m3};
          PLEAT_TRY(add_entry(g, l1 * l1 + l1 + m1, l2 * l2 + l2 + m2, l3 * l3 + l3 + m3, gaunt_of(s, l, m)));
        }
    }
  return PLEAT_OK;
}

static pleat_status make_table(pleat_gaunt *g) {
  samples s = {0};
  g->path = (pleat_kernel_tensor_path){.copies1 = 1, .copies2 = 1, .copies_out = 1, .mixed = 1};
  g->path.width1 = g->width[0], g->path.width2 = g->width[1], g->path.width_out = g->width[2];
  PLEAT_TRY(take_samples(g->context, g->degree, &s));
  pleat_status status = PLEAT_OK;
  for (int l = 0; l <= g->degree[2]; l++)
    for (int m = -l; !status && m <= l; m++) status = list_result(g, &s, l, m);
  pleat_memory_release(g->context, s.cosine);
  return status;
}

/* ---- Making and running ---------------------------------------------------------------------------------------- */

/* The table's entries grow as the fifth power of the degree, the torus's work as the third; they meet at degree 18. */
static pleat_gaunt_way choose(const int degree[3]) {
  int64_t product = (int64_t)(degree[0] + 1) * (degree[1] + 1) * (degree[2] + 1);
  return product >= 19 * 19 * 19 ? PLEAT_GAUNT_FOURIER : PLEAT_GAUNT_SPARSE;
}

static pleat_status fill(pleat_gaunt *g) {
  int most = g->degree[0] + g->degree[1],
      torus_degree[3] = {g->degree[0], g->degree[1], g->degree[2] < most ? g->degree[2] : most};
  int64_t floats = PLEAT_TENSOR_LANES * (int64_t)(g->width[0] + g->width[1] + g->width[2]);
  PLEAT_TRY(pleat_dispatch_choose(g->context, &g->kernels));
  if (g->way == PLEAT_GAUNT_SPARSE) {
    PLEAT_TRY(make_table(g));
    floats += PLEAT_TENSOR_LANES * (int64_t)g->width[0] * g->width[2] * g->path.contracts;
  } else {
    PLEAT_TRY(pleat_gaunt_torus_create(g->context, torus_degree, &g->torus));
    floats += pleat_gaunt_torus_scratch(g->torus);
  }
  return pleat_scratch_take(g->context, floats, &g->scratch);
}

pleat_status pleat_gaunt_create(pleat_context *context, int in1, int in2, int out, pleat_gaunt_way way,
                                pleat_gaunt **gaunt) {
  const int degree[3] = {in1, in2, out};
  *gaunt = NULL;
  PLEAT_CHECK(context, (unsigned)way <= PLEAT_GAUNT_FOURIER, PLEAT_ERROR_INPUT,
              "%d is no way to a Gaunt product: use fastest, sparse or Fourier", (int)way);
  for (int i = 0; i < 3; i++) {
    PLEAT_CHECK(context, degree[i] >= 0 && degree[i] < DEGREES, PLEAT_ERROR_INPUT,
                "a Gaunt product of degrees %d, %d to %d: degrees go from 0 to %d", in1, in2, out,
                PLEAT_GAUNT_DEGREE_MAX);
    PLEAT_CHECK(context, way != PLEAT_GAUNT_SPARSE || degree[i] <= SPARSE_MOST, PLEAT_ERROR_INPUT,
                "a Gaunt product of degrees %d, %d to %d from its table: %d is the most, use the Fourier way", in1, in2,
                out, SPARSE_MOST);
    if (degree[i] > SPARSE_MOST) way = PLEAT_GAUNT_FOURIER;
  }
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **gaunt, gaunt));
  pleat_gaunt *g = *gaunt;
  g->context = context;
  g->way = way == PLEAT_GAUNT_FASTEST ? choose(degree) : way;
  for (int i = 0; i < 3; i++) g->degree[i] = degree[i], g->width[i] = (degree[i] + 1) * (degree[i] + 1);
  pleat_status status = fill(g);
  if (!status) return status;
  pleat_gaunt_free(g);
  *gaunt = NULL;
  return status;
}

void pleat_gaunt_free(pleat_gaunt *g) {
  if (!g) return;
  pleat_gaunt_torus_free(g->torus);
  pleat_memory_release(g->context, g->entries);
  pleat_memory_release(g->context, g->scratch.block);
  pleat_memory_release(g->context, g);
}

pleat_gaunt_way pleat_gaunt_get_way(const pleat_gaunt *gaunt) { return gaunt->way; }

typedef struct work {
  const pleat_gaunt *gaunt;
  const float *x, *y;
  float *z;
} work;

static void by_table(const work *w, int64_t begin, int64_t end, float *scratch) {
  const pleat_gaunt *g = w->gaunt;
  const pleat_kernel_tensor kernel = {.paths = &g->path,
                                      .entries = g->entries,
                                      .path_count = 1,
                                      .dimension1 = g->width[0],
                                      .dimension2 = g->width[1],
                                      .dimension_out = g->width[2],
                                      .shared = true,
                                      .x1 = w->x,
                                      .x2 = w->y,
                                      .y = w->z};
  g->kernels->tensor(&kernel, begin, end, scratch);
}

static void over_torus(const work *w, int64_t begin, int64_t end, float *scratch) {
  const pleat_gaunt *g = w->gaunt;
  float *x = scratch, *y = x + g->width[0] * PLEAT_TENSOR_LANES, *z = y + g->width[1] * PLEAT_TENSOR_LANES;
  float *own = z + g->width[2] * PLEAT_TENSOR_LANES;
  for (int64_t row = begin; row < end; row += PLEAT_TENSOR_LANES) {
    int rows = (int)(end - row < PLEAT_TENSOR_LANES ? end - row : PLEAT_TENSOR_LANES);
    g->kernels->spread(w->x + row * g->width[0], g->width[0], rows, g->width[0], x);
    g->kernels->spread(w->y + row * g->width[1], g->width[1], rows, g->width[1], y);
    memset(z, 0, sizeof *z * (size_t)(g->width[2] * PLEAT_TENSOR_LANES));
    pleat_gaunt_torus_run(g->torus, g->kernels, x, y, z, own);
    g->kernels->gather(z, g->width[2], rows, w->z + row * g->width[2], g->width[2]);
  }
}

static void rows(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  float *scratch = pleat_scratch_of(&w->gaunt->scratch, thread);
  if (w->gaunt->way == PLEAT_GAUNT_SPARSE)
    by_table(w, begin, end, scratch);
  else
    over_torus(w, begin, end, scratch);
}

void pleat_gaunt_apply(pleat_gaunt *g, size_t count, const float *x, const float *y, float *z) {
  work w = {g, x, y, z};
  pleat_team_for(pleat_scratch_threads(&g->scratch, g->context), (int64_t)count, GRAIN, rows, &w);
}
