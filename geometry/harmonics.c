/* Real spherical harmonics and their gradients by recursion over degree and order.
 * SPDX-License-Identifier: MIT
 *
 * With r^2 = x^2 + y^2 + z^2 and (z + i x)^m = A_m + i B_m, the solid harmonics of norm 1 on the sphere are
 *     S(l,0) = F(l,0),  S(l,m) = F(l,m) A_m,  S(l,-m) = F(l,m) B_m,  F(l,m) = n(l,m) r^(l-m) P_l^(m)(y/r)
 * P_l^(m) the m-th derivative of Legendre's polynomial, n(l,m)^2 = (2 - [m=0]) (l-m)!/(l+m)!. F obeys
 *     F(m,m)   = F(m-1,m-1) sqrt((2m-1)/(2m)), times sqrt 2 for m = 1
 *     F(l,m)   = (2l-1)/sqrt((l-m)(l+m)) y F(l-1,m) - sqrt(((l-1)^2-m^2)/(l^2-m^2)) r^2 F(l-2,m)
 *     dF/dy    = sqrt((l-m)(l+m)) F(l-1,m)
 *     dF/dx, z = -(x, z) sqrt((l-m)(l-m-1)) F(l-1,m+1), divided by sqrt 2 for m = 0
 * which follow from the recursion and u P_l' - P_(l-1)' = l P_l, differentiated m times (Abramowitz & Stegun, chapter 8). */
#include <math.h>
#include <stdbool.h>

#include "lib/status.h"
#include "lib/team.h"
#include "pleat_kernels.h"

enum { D = PLEAT_DEGREE_MAX + 1, VALUES = D * D, GRAIN = 256 };

/* Factors of the recursions, by (l,m), and of the result, by l. */
typedef struct table {
  double diagonal[D], first[D][D], second[D][D], down[D][D], across[D][D], scale[D];
} table;

typedef struct work {
  const pleat_harmonics *harmonics;
  table table;
  const double *vectors, *weights;
  const float *vectors_f, *weights_f;
  double *out;
  float *out_f;
} work;

static double scale_of(pleat_harmonics_scale scale, int l) {
  if (scale == PLEAT_HARMONICS_NORM) return 1;
  return sqrt(scale == PLEAT_HARMONICS_COMPONENT ? 2 * l + 1 : (2 * l + 1) / (4 * M_PI));
}

static void fill_table(const pleat_harmonics *harmonics, table *t) {
  t->diagonal[0] = 1;
  for (int l = 0; l <= harmonics->degree; l++) {
    if (l > 0) t->diagonal[l] = t->diagonal[l - 1] * sqrt((2 * l - 1) / (2.0 * l)) * (l == 1 ? M_SQRT2 : 1);
    t->scale[l] = scale_of(harmonics->scale, l);
    for (int m = 0; m <= l; m++) {
      double both = (l - m) * (l + m);
      t->first[l][m] = l > m ? (2 * l - 1) / sqrt(both) : 0;
      t->second[l][m] = l > m + 1 ? sqrt(((l - 1) * (l - 1) - m * m) / both) : 0;
      t->down[l][m] = sqrt(both);
      t->across[l][m] = l > m ? sqrt((l - m) * (l - m - 1) * (m == 0 ? 0.5 : 1)) : 0;
    }
  }
}

/* F(l,m) of one vector, and A_m, B_m. */
typedef struct solid {
  double f[D][D], a[D], b[D];
} solid;

static void fill_solid(const table *t, int degree, const double p[3], solid *s) {
  double x = p[0], y = p[1], z = p[2], r2 = x * x + y * y + z * z;
  s->a[0] = 1, s->b[0] = 0;
  for (int m = 0; m < degree; m++) {
    s->a[m + 1] = z * s->a[m] - x * s->b[m];
    s->b[m + 1] = z * s->b[m] + x * s->a[m];
  }
  for (int l = 0; l <= degree; l++) {
    s->f[l][l] = t->diagonal[l];
    for (int m = 0; m < l; m++) {
      s->f[l][m] = t->first[l][m] * y * s->f[l - 1][m];
      if (m < l - 1) s->f[l][m] -= t->second[l][m] * r2 * s->f[l - 2][m];
    }
  }
}

/* vector / |vector| when harmonics are of directions; *inverse is 1/|vector|, 0 of the null vector. Divided by the largest
 * component first: squares of tiny and huge vectors are no numbers. */
static void direct(const pleat_harmonics *harmonics, double p[3], double *inverse) {
  double most = fmax(fabs(p[0]), fmax(fabs(p[1]), fabs(p[2])));
  *inverse = 1;
  if (!harmonics->normalize) return;
  *inverse = 0;
  if (most == 0) return;
  double u[3] = {p[0] / most, p[1] / most, p[2] / most}, length = sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
  for (int i = 0; i < 3; i++) p[i] = u[i] / length;
  *inverse = 1 / length / most;
}

static void values_of(const work *w, double p[3], double *values) {
  solid s;
  double inverse;
  direct(w->harmonics, p, &inverse);
  fill_solid(&w->table, w->harmonics->degree, p, &s);
  for (int l = 0; l <= w->harmonics->degree; l++) {
    double *row = values + l * l + l, scale = w->table.scale[l];
    row[0] = scale * s.f[l][0];
    for (int m = 1; m <= l; m++) {
      row[m] = scale * s.f[l][m] * s.a[m];
      row[-m] = scale * s.f[l][m] * s.b[m];
    }
  }
}

static void gradient_of(const work *w, double p[3], const double *weights, double g[3]) {
  const table *t = &w->table;
  solid s;
  double inverse, radial = 0;
  direct(w->harmonics, p, &inverse);
  fill_solid(t, w->harmonics->degree, p, &s);
  g[0] = g[1] = g[2] = 0;
  for (int l = 1; l <= w->harmonics->degree; l++) {
    const double *row = weights + l * l + l;
    for (int m = 0; m <= l; m++) {
      double cosine = row[m] * t->scale[l], sine = m ? row[-m] * t->scale[l] : 0;
      double of_f = cosine * s.a[m] + sine * s.b[m];
      if (m < l) g[1] += of_f * t->down[l][m] * s.f[l - 1][m];
      if (m < l - 1) radial -= of_f * t->across[l][m] * s.f[l - 1][m + 1];
      if (m == 0) continue;
      g[0] += s.f[l][m] * m * (sine * s.a[m - 1] - cosine * s.b[m - 1]);
      g[2] += s.f[l][m] * m * (cosine * s.a[m - 1] + sine * s.b[m - 1]);
    }
  }
  g[0] += p[0] * radial;
  g[2] += p[2] * radial;
  if (!w->harmonics->normalize) return;
  double along = g[0] * p[0] + g[1] * p[1] + g[2] * p[2];
  for (int i = 0; i < 3; i++) g[i] = (g[i] - along * p[i]) * inverse;
}

static void take(double *to, const double *from, const float *from_f, int64_t row, int width) {
  for (int i = 0; i < width; i++) to[i] = from ? from[row * width + i] : (double)from_f[row * width + i];
}

static void put(const work *w, const double *from, int64_t row, int width) {
  if (w->out)
    for (int i = 0; i < width; i++) w->out[row * width + i] = from[i];
  else
    for (int i = 0; i < width; i++) w->out_f[row * width + i] = (float)from[i];
}

static void rows(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  int width = (w->harmonics->degree + 1) * (w->harmonics->degree + 1);
  bool back = w->weights || w->weights_f;
  double p[3], row[VALUES], gradient[3];
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    take(p, w->vectors, w->vectors_f, i, 3);
    if (back) {
      take(row, w->weights, w->weights_f, i, width);
      gradient_of(w, p, row, gradient);
      put(w, gradient, i, 3);
    } else {
      values_of(w, p, row);
      put(w, row, i, width);
    }
  }
}

static pleat_status run(pleat_context *context, size_t count, work *w) {
  const pleat_harmonics *h = w->harmonics;
  PLEAT_CHECK(context, h->degree >= 0 && h->degree <= PLEAT_DEGREE_MAX, PLEAT_ERROR_INPUT,
              "spherical harmonics to degree %d: degrees go from 0 to %d", h->degree, PLEAT_DEGREE_MAX);
  PLEAT_CHECK(context, (int)h->scale >= 0 && h->scale <= PLEAT_HARMONICS_INTEGRAL, PLEAT_ERROR_INPUT,
              "%d is no normalisation of spherical harmonics: use component, norm or integral", (int)h->scale);
  fill_table(h, &w->table);
  pleat_team_for(pleat_context_threads(context), (int64_t)count, GRAIN, rows, w);
  return PLEAT_OK;
}

pleat_status pleat_harmonics_evaluate(pleat_context *context, const pleat_harmonics *harmonics, size_t count,
                                      const double *vectors, double *values) {
  return run(context, count, &(work){.harmonics = harmonics, .vectors = vectors, .out = values});
}

pleat_status pleat_harmonics_evaluate_f(pleat_context *context, const pleat_harmonics *harmonics, size_t count,
                                        const float *vectors, float *values) {
  return run(context, count, &(work){.harmonics = harmonics, .vectors_f = vectors, .out_f = values});
}

pleat_status pleat_harmonics_gradient(pleat_context *context, const pleat_harmonics *harmonics, size_t count,
                                      const double *vectors, const double *weights, double *gradient) {
  return run(context, count, &(work){.harmonics = harmonics, .vectors = vectors, .weights = weights, .out = gradient});
}

pleat_status pleat_harmonics_gradient_f(pleat_context *context, const pleat_harmonics *harmonics, size_t count,
                                        const float *vectors, const float *weights, float *gradient) {
  return run(context, count,
             &(work){.harmonics = harmonics, .vectors_f = vectors, .weights_f = weights, .out_f = gradient});
}
