/* Radial bases: a distance as a few numbers, each near one place of an interval.
 * SPDX-License-Identifier: MIT
 *
 * The five families of e3nn (Geiger & Smidt, arXiv:2207.09453); Bessel's are those of Gasteiger et al., ICLR 2020. */
#include <math.h>
#include <stdbool.h>

#include "lib/status.h"
#include "lib/team.h"
#include "pleat_kernels.h"

enum { GRAIN = 256, NUMBER_MAX = 1 << 16 };

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

static double wave(const pleat_radial_basis *b, double x, int i) {
  double length = b->end - b->start, t = (x - b->start) / length;
  bool inside = t > 0 && t < 1;
  if (b->kind == PLEAT_RADIAL_FOURIER) {
    double scale = 1 / sqrt(0.25 + b->number / 2.0);
    if (!b->cutoff) return cos(M_PI * i * t) * scale;
    return inside ? sin(M_PI * (i + 1) * t) * scale : 0;
  }
  double root = (i + 1) * M_PI / length;
  if (b->cutoff && !(inside || x == b->start)) return 0;
  return sqrt(2 / length) * (x == b->start ? root : sin(root * (x - b->start)) / (x - b->start));
}

static double value_of(const pleat_radial_basis *b, double x, int i) {
  if (isnan(x)) return x;
  if (b->kind == PLEAT_RADIAL_FOURIER || b->kind == PLEAT_RADIAL_BESSEL) return wave(b, x, i);
  double step = (b->end - b->start) / (b->cutoff ? b->number + 1 : b->number - 1);
  return bump(b->kind, (x - b->start) / step - i - (b->cutoff ? 1 : 0));
}

static void rows(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  int number = w->basis->number;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    for (int i = 0; i < number; i++) {
      double value = value_of(w->basis, w->x ? w->x[row] : (double)w->x_f[row], i);
      if (w->y)
        w->y[row * number + i] = value;
      else
        w->y_f[row * number + i] = (float)value;
    }
}

static pleat_status run(pleat_context *context, size_t count, work *w) {
  const pleat_radial_basis *b = w->basis;
  PLEAT_CHECK(context, (unsigned)b->kind <= PLEAT_RADIAL_BESSEL, PLEAT_ERROR_INPUT,
              "%d is no radial basis: use gaussian, cosine, smooth_finite, fourier or bessel", (int)b->kind);
  PLEAT_CHECK(context, b->number >= (b->cutoff ? 1 : 2) && b->number <= NUMBER_MAX, PLEAT_ERROR_INPUT,
              "a radial basis of %d functions: %d to %d are possible %s a cutoff", b->number, b->cutoff ? 1 : 2, NUMBER_MAX,
              b->cutoff ? "with" : "without");
  PLEAT_CHECK(context, isfinite(b->start) && isfinite(b->end) && b->start < b->end, PLEAT_ERROR_INPUT,
              "a radial basis from %g to %g: the end must be greater than the start", b->start, b->end);
  pleat_team_for(pleat_context_threads(context), (int64_t)count, GRAIN, rows, w);
  return PLEAT_OK;
}

pleat_status pleat_radial_evaluate(pleat_context *context, const pleat_radial_basis *basis, size_t count, const double *x,
                                   double *y) {
  return run(context, count, &(work){.basis = basis, .x = x, .y = y});
}

pleat_status pleat_radial_evaluate_f(pleat_context *context, const pleat_radial_basis *basis, size_t count, const float *x,
                                     float *y) {
  return run(context, count, &(work){.basis = basis, .x_f = x, .y_f = y});
}
