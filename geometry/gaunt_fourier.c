/* Gaunt products over the torus: harmonics as 2-D Fourier series, multiplied on a grid by FFTW.
 * SPDX-License-Identifier: MIT
 *
 * Luo, Chen & Krishnapriyan, ICLR 2024 (arXiv:2401.10216). The polar angle b runs through the whole circle: of order v,
 * a function of b is sum over u of p(u) cos u b for even v and p(u) sin u b for odd v, and with the other angle f(b,a)
 * = sum over v of A_v(b) cos v a + B_v(b) sin v a = real part of the sum of (A_v - i B_v) e^(iva) so the coefficient of
 * e^(iub + iva), v > 0, is (A - i B)/2 with p(u)/2 at +-u, or -+i p(u)/2. One side of it, v >= 0, is what FFTW's real
 * transforms take. Sixteen rows lie side by side; real and imaginary parts are apart. */
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/fft.h"
#include "geometry/gaunt.h"

enum { LANES = PLEAT_TENSOR_LANES, INPUTS = 2 };

/* A sparse map while it grows. */
typedef struct map {
  int32_t *target, *first;
  pleat_kernel_sparse_term *terms;
  size_t target_room, first_room, term_room;
  pleat_kernel_sparse kernel;
} map;

struct pleat_gaunt_torus {
  pleat_context *context;
  int degree[3], size[2], half; /* grid of b and a; half = size[1] / 2 + 1 */
  int64_t points, places;       /* of the grid, of one side of the spectrum */
  map in[INPUTS], out;
  fftwf_plan to_grid, to_spectrum;
};

/* ---- Maps ------------------------------------------------------------------------------------------------------ */

static pleat_status begin_target(pleat_gaunt_torus *t, map *m, int64_t target) {
  int n = m->kernel.count;
  PLEAT_TRY(pleat_memory_grow(t->context, &m->target, &m->target_room, (size_t)n + 1, sizeof *m->target));
  PLEAT_TRY(pleat_memory_grow(t->context, &m->first, &m->first_room, (size_t)n + 2, sizeof *m->first));
  m->target[n] = (int32_t)target;
  m->first[n + 1] = m->first[n];
  m->kernel.count++;
  return PLEAT_OK;
}

static pleat_status add_term(pleat_gaunt_torus *t, map *m, int64_t index, double value) {
  if (fabs(value) < 1e-12) return PLEAT_OK;
  int32_t *end = &m->first[m->kernel.count];
  PLEAT_TRY(pleat_memory_grow(t->context, &m->terms, &m->term_room, (size_t)*end + 1, sizeof *m->terms));
  m->terms[(*end)++] = (pleat_kernel_sparse_term){(int32_t)index, (float)value};
  return PLEAT_OK;
}

static void end_map(map *m) { m->kernel.target = m->target, m->kernel.first = m->first, m->kernel.terms = m->terms; }

/* Place of (u,v) in the spectrum: u wraps round; the imaginary parts stand after all real ones. */
static int64_t place_of(const pleat_gaunt_torus *t, int u, int v, int imaginary) {
  return (int64_t)(u < 0 ? u + t->size[0] : u) * t->half + v + imaginary * t->places;
}

/* p(u) of Q(l,m), l = m .. degree: waves (D,D) with [l][u], from samples over the circle. */
static void find_waves(int m, int degree, double *waves, double *q) {
  int size = degree + 1, count = 2 * size + 1;
  memset(waves, 0, sizeof *waves * (size_t)(size * size));
  for (int k = 0; k < count; k++) {
    double b = 2 * M_PI * k / count;
    pleat_gaunt_legendre(m, degree, cos(b), sin(b), q);
    for (int l = m; l <= degree; l++)
      for (int u = 0; u <= l; u++)
        waves[l * size + u] += (u ? 2.0 : 1.0) / count * q[l] * (m % 2 ? sin(u * b) : cos(u * b));
  }
}

/* The two places +-u of order v that an input's components (l,m), m = v or -v, go to. */
static pleat_status map_order(pleat_gaunt_torus *t, map *to, int degree, int m, const double *waves) {
  int v = abs(m);
  for (int u = -degree; u <= degree; u++) {
    /* cosine series: real p/2 (p at u = 0); sine series: -i p/2 at u > 0, i p/2 below. Of B all times -i. */
    double part = (u ? 0.5 : 1) * (v ? 0.5 * M_SQRT2 : 1) * (v % 2 ? (u > 0 ? -1 : 1) : 1);
    int imaginary = v % 2;
    if (v % 2 && u == 0) continue;
    if (m < 0) part *= imaginary ? 1 : -1, imaginary = !imaginary; /* -i (i x) = x, -i x */
    PLEAT_TRY(begin_target(t, to, place_of(t, u, v, imaginary)));
    for (int l = v; l <= degree; l++)
      PLEAT_TRY(add_term(t, to, l * l + l + m, part * waves[l * (degree + 1) + abs(u)]));
  }
  return PLEAT_OK;
}

static pleat_status map_input(pleat_gaunt_torus *t, int which, double *room) {
  int degree = t->degree[which], size = degree + 1;
  for (int v = 0; v <= degree; v++) {
    find_waves(v, degree, room, room + size * size);
    PLEAT_TRY(map_order(t, &t->in[which], degree, v, room));
    if (v) PLEAT_TRY(map_order(t, &t->in[which], degree, -v, room));
  }
  end_map(&t->in[which]);
  return PLEAT_OK;
}

/* Points over 0..pi with, point by point, cos and sin of u b (U) and weight Q(l,v) (D). */
typedef struct polar {
  int points, waves, size;
  double *cosine, *weight, *cos_u, *sin_u, *q;
} polar;

static pleat_status take_polar(pleat_gaunt_torus *t, polar *p) {
  p->waves = t->degree[0] + t->degree[1] + 1, p->size = t->degree[2] + 1;
  p->points = (p->waves + p->size) / 2 + 1;
  size_t points = (size_t)p->points, each = 2 + 2 * (size_t)p->waves + (size_t)p->size;
  PLEAT_TRY(pleat_memory_take(t->context, points * each, sizeof(double), &p->cosine));
  p->weight = p->cosine + points, p->cos_u = p->weight + points;
  p->sin_u = p->cos_u + points * (size_t)p->waves, p->q = p->sin_u + points * (size_t)p->waves;
  pleat_gaunt_quadrature(p->points, p->cosine, p->weight);
  for (int n = 0; n < p->points; n++)
    for (int u = 0; u < p->waves; u++) {
      p->cos_u[n * p->waves + u] = cos(u * acos(p->cosine[n]));
      p->sin_u[n * p->waves + u] = sin(u * acos(p->cosine[n]));
    }
  return PLEAT_OK;
}

/* z(l,m) = sum of p(u) times the integral of (cos or sin u b) Q(l,v) sin b over 0..pi, times that of T^2 over a's
 * circle. Of coefficients c of order v > 0, p = 4 Re c (even v), of B -4 Im c; -4 Im c (odd v), of B -4 Re c; of v = 0,
 * 2 Re c; of u = 0 half of these. */
static pleat_status map_result(pleat_gaunt_torus *t, int l, int m, const polar *p) {
  int v = abs(m), imaginary = (v % 2) != (m < 0);
  double scale = 4 * M_PI * (v ? M_SQRT2 : 1) * (v % 2 || m < 0 ? -1 : 1) / (double)t->points;
  const double *waves = v % 2 ? p->sin_u : p->cos_u;
  PLEAT_TRY(begin_target(t, &t->out, l * l + l + m));
  for (int u = v % 2; u < p->waves; u++) {
    double sum = 0;
    for (int n = 0; n < p->points; n++) sum += p->q[n * p->size + l] * waves[n * p->waves + u];
    PLEAT_TRY(add_term(t, &t->out, place_of(t, u, v, imaginary), sum * scale * (u ? 1 : 0.5)));
  }
  return PLEAT_OK;
}

static pleat_status map_orders(pleat_gaunt_torus *t, polar *p) {
  for (int v = 0; v < p->size; v++) {
    for (int n = 0; n < p->points; n++) {
      double *q = p->q + n * p->size;
      pleat_gaunt_legendre(v, t->degree[2], p->cosine[n], sqrt(1 - p->cosine[n] * p->cosine[n]), q);
      for (int l = v; l < p->size; l++) q[l] *= p->weight[n];
    }
    for (int l = v; l < p->size; l++) {
      PLEAT_TRY(map_result(t, l, v, p));
      if (v) PLEAT_TRY(map_result(t, l, -v, p));
    }
  }
  end_map(&t->out);
  return PLEAT_OK;
}

static pleat_status map_output(pleat_gaunt_torus *t) {
  polar p = {0};
  PLEAT_TRY(take_polar(t, &p));
  pleat_status status = map_orders(t, &p);
  pleat_memory_release(t->context, p.cosine);
  return status;
}

/* ---- Plans ----------------------------------------------------------------------------------------------------- */

static pleat_status make_plans(pleat_gaunt_torus *t) {
  const fftwf_iodim to_grid[2] = {{t->size[0], t->half * LANES, t->size[1] * LANES}, {t->size[1], LANES, LANES}};
  const fftwf_iodim to_spectrum[2] = {{t->size[0], t->size[1] * LANES, t->half * LANES}, {t->size[1], LANES, LANES}};
  const fftwf_iodim rows = {LANES, 1, 1};
  float *spectrum = fftwf_alloc_real((size_t)(2 * t->places * LANES)),
        *grid = fftwf_alloc_real((size_t)(t->points * LANES));
  if (spectrum && grid) {
    float *imaginary = spectrum + t->places * LANES;
    pleat_fft_lock();
    t->to_grid = fftwf_plan_guru_split_dft_c2r(2, to_grid, 1, &rows, spectrum, imaginary, grid, FFTW_ESTIMATE);
    t->to_spectrum = fftwf_plan_guru_split_dft_r2c(2, to_spectrum, 1, &rows, grid, spectrum, imaginary, FFTW_ESTIMATE);
    pleat_fft_unlock();
  }
  fftwf_free(spectrum);
  fftwf_free(grid);
  PLEAT_CHECK(t->context, t->to_grid && t->to_spectrum, PLEAT_ERROR_MEMORY,
              "out of memory: Fourier transforms of %d x %d points", t->size[0], t->size[1]);
  return PLEAT_OK;
}

static pleat_status fill(pleat_gaunt_torus *t) {
  int most = t->degree[0] + t->degree[1];
  double *room;
  t->size[0] = pleat_fft_good_size(2 * most + 1);
  t->size[1] = pleat_fft_good_size(most + t->degree[2] + 1);
  t->half = t->size[1] / 2 + 1;
  t->points = (int64_t)t->size[0] * t->size[1], t->places = (int64_t)t->size[0] * t->half;
  PLEAT_TRY(pleat_memory_take(t->context, (size_t)((most + 1) * (most + 2)), sizeof *room, &room));
  pleat_status status = map_input(t, 0, room);
  if (!status) status = map_input(t, 1, room);
  if (!status) status = map_output(t);
  pleat_memory_release(t->context, room);
  return status ? status : make_plans(t);
}

pleat_status pleat_gaunt_torus_create(pleat_context *context, const int degree[3], pleat_gaunt_torus **torus) {
  *torus = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **torus, torus));
  (*torus)->context = context;
  for (int i = 0; i < 3; i++) (*torus)->degree[i] = degree[i];
  pleat_status status = fill(*torus);
  if (!status) return status;
  pleat_gaunt_torus_free(*torus);
  *torus = NULL;
  return status;
}

void pleat_gaunt_torus_free(pleat_gaunt_torus *t) {
  if (!t) return;
  map *maps[] = {&t->in[0], &t->in[1], &t->out};
  for (int i = 0; i < 3; i++) {
    pleat_memory_release(t->context, maps[i]->target);
    pleat_memory_release(t->context, maps[i]->first);
    pleat_memory_release(t->context, maps[i]->terms);
  }
  pleat_fft_lock();
  if (t->to_grid) fftwf_destroy_plan(t->to_grid);
  if (t->to_spectrum) fftwf_destroy_plan(t->to_spectrum);
  pleat_fft_unlock();
  pleat_memory_release(t->context, t);
}

int64_t pleat_gaunt_torus_scratch(const pleat_gaunt_torus *t) { return LANES * 2 * (t->places + t->points); }

void pleat_gaunt_torus_run(const pleat_gaunt_torus *t, const pleat_kernels *kernels, const float *x, const float *y,
                           float *z, float *scratch) {
  const float *in[INPUTS] = {x, y};
  float *spectrum = scratch, *imaginary = spectrum + t->places * LANES, *grid[INPUTS] = {imaginary + t->places * LANES};
  grid[1] = grid[0] + t->points * LANES;
  for (int i = 0; i < INPUTS; i++) {
    memset(spectrum, 0, sizeof *spectrum * (size_t)(2 * t->places * LANES));
    kernels->sparse(&t->in[i].kernel, in[i], spectrum);
    fftwf_execute_split_dft_c2r(t->to_grid, spectrum, imaginary, grid[i]);
  }
  for (int64_t i = 0; i < t->points * LANES; i++) grid[0][i] *= grid[1][i];
  fftwf_execute_split_dft_r2c(t->to_spectrum, grid[0], spectrum, imaginary);
  kernels->sparse(&t->out.kernel, spectrum, z);
}
