/* Radial bases: a distance as a few numbers, each near one place of an interval.
 * SPDX-License-Identifier: MIT
 *
 * The five families of e3nn (Geiger & Smidt, arXiv:2207.09453); Bessel's are those of Gasteiger et al., ICLR 2020. */
#include <math.h>
#include <stdbool.h>

#include "lib/status.h"
#include "lib/team.h"
#include "pleat_kernels.h"

enum { GRAIN = 256, NUMBER_MAX = 1 << 12 };

typedef struct work {
  const pleat_radial_basis *basis;
  const double *x;
  const float *x_f;
  double *y;
  float *y_f;
} work;

/* exp(-1/x) above 0, else 0. */
static double soft_step(double x) { return x > 0 ? exp(-1 / x) : 0; }

/* Function i of those that sit at places of the interval; `from` is the distance to place i in steps. */
static double bump(pleat_radial_kind kind, double from) {
  if (kind == PLEAT_RADIAL_GAUSSIAN) return exp(-from * from) / 1.12;
  if (kind == PLEAT_RADIAL_COSINE) return from > -1 && from < 1 ? cos(M_PI / 2 * from) : 0;
  return 1.14136 * exp(2) * soft_step(from + 1) * soft_step(1 - from);
}

/* Waves number 1, 2 .. (cosines from 0) of an angle, each from the two before it: f(n+1) = 2 cos(angle) f(n) - f(n-1).
 */
static void waves(int number, double angle, bool sines, double scale, double *y) {
  double c = cos(angle), before = sines ? 0 : c, now = sines ? sin(angle) : 1;
  for (int i = 0; i < number; i++) {
    y[i] = scale * now;
    double next = 2 * c * now - before;
    before = now, now = next;
  }
}

static void fourier(const pleat_radial_basis *b, double t, double *y) {
  double scale = 1 / sqrt(0.25 + b->number / 2.0);
  waves(b->number, M_PI * t, b->cutoff, b->cutoff && !(t > 0 && t < 1) ? 0 : scale, y);
}

static void bessel(const pleat_radial_basis *b, double x, double t, double *y) {
  double length = b->end - b->start, scale = sqrt(2 / length);
  if (x == b->start)
    for (int i = 0; i < b->number; i++) y[i] = scale * (i + 1) * M_PI / length;
  else
    waves(b->number, M_PI * t, true, b->cutoff && !(t > 0 && t < 1) ? 0 : scale / (x - b->start), y);
}

static void values_of(const pleat_radial_basis *b, double x, double *y) {
  double t = (x - b->start) / (b->end - b->start),
         step = (b->end - b->start) / (b->cutoff ? b->number + 1 : b->number - 1);
  if (b->kind == PLEAT_RADIAL_FOURIER)
    fourier(b, t, y);
  else if (b->kind == PLEAT_RADIAL_BESSEL)
    bessel(b, x, t, y);
  else
    for (int i = 0; i < b->number; i++)
      y[i] = isnan(x) ? x : bump(b->kind, (x - b->start) / step - i - (b->cutoff ? 1 : 0));
}

static void rows(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  int number = w->basis->number;
  double room[NUMBER_MAX];
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    double *y = w->y ? w->y + row * number : room;
    values_of(w->basis, w->x ? w->x[row] : (double)w->x_f[row], y);
    for (int i = 0; !w->y && i < number; i++) w->y_f[row * number + i] = (float)y[i];
  }
}

static pleat_status run(pleat_context *context, size_t count, work *w) {
  const pleat_radial_basis *b = w->basis;
  PLEAT_CHECK(context, (unsigned)b->kind <= PLEAT_RADIAL_BESSEL, PLEAT_ERROR_INPUT,
              "%d is no radial basis: use gaussian, cosine, smooth_finite, fourier or bessel", (int)b->kind);
  PLEAT_CHECK(context, b->number >= (b->cutoff ? 1 : 2) && b->number <= NUMBER_MAX, PLEAT_ERROR_INPUT,
              "a radial basis of %d functions: %d to %d are possible %s a cutoff", b->number, b->cutoff ? 1 : 2,
              NUMBER_MAX, b->cutoff ? "with" : "without");
  PLEAT_CHECK(context, isfinite(b->start) && isfinite(b->end) && b->start < b->end, PLEAT_ERROR_INPUT,
              "a radial basis from %g to %g: the end must be greater than the start", b->start, b->end);
  pleat_team_for(pleat_context_threads(context), (int64_t)count, GRAIN, rows, w);
  return PLEAT_OK;
}

pleat_status pleat_radial_evaluate(pleat_context *context, const pleat_radial_basis *basis, size_t count,
                                   const double *x, double *y) {
  return run(context, count, &(work){.basis = basis, .x = x, .y = y});
}

pleat_status pleat_radial_evaluate_f(pleat_context *context, const pleat_radial_basis *basis, size_t count,
                                     const float *x, float *y) {
  return run(context, count, &(work){.basis = basis, .x_f = x, .y_f = y});
}
