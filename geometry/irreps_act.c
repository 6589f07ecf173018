/* What is done to copies of irreps one by one: activation of norms, and batch normalisation with recorded statistics.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "geometry/function.h"
#include "geometry/irreps.h"
#include "lib/dispatch.h"
#include "lib/team.h"

enum { GRAIN = 64 };

typedef struct norm_work {
  const pleat_irreps *irreps;
  const pleat_norm_activation *settings;
  const struct pleat_kernels *kernels;
  const float *x;
  float *y;
} norm_work;

/* y = f(|x|) x / |x| of one copy, with |x| at least epsilon; not normalised: f(|x|) x. */
static void act_copy(const norm_work *w, int width, const float *x, float bias, float *y) {
  double square = 0, least = w->settings->normalize ? w->settings->epsilon : 0;
  for (int i = 0; i < width; i++) square += (double)x[i] * (double)x[i];
  double norm = sqrt(fmax(square, least * least));
  float argument = (float)norm + bias, value;
  pleat_function_apply(w->kernels, w->settings->function, 1, &argument, &value);
  double scale = w->settings->normalize ? (double)value / norm : (double)value;
  if (isnan(square)) scale = NAN;
  for (int i = 0; i < width; i++) y[i] = (float)(scale * (double)x[i]);
}

static void norm_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const norm_work *w = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    const float *bias = w->settings->bias;
    for (const pleat_irreps_term *t = w->irreps->terms; t < w->irreps->terms + w->irreps->count; t++)
      for (int u = 0, width = 2 * t->l + 1; u < t->multiplicity; u++) {
        int64_t at = row * w->irreps->dimension + t->offset + u * width;
        act_copy(w, width, w->x + at, bias ? *bias++ : 0, w->y + at);
      }
  }
}

pleat_status pleat_irreps_norm_activate(const pleat_irreps *irreps, const pleat_norm_activation *settings, size_t count,
                                        const float *x, float *y) {
  norm_work w = {irreps, settings, NULL, x, y};
  PLEAT_TRY(pleat_function_check(irreps->context, settings->function));
  PLEAT_CHECK(irreps->context, !settings->normalize || settings->epsilon > 0, PLEAT_ERROR_INPUT,
              "a norm activation that normalises needs an epsilon above 0 (e3nn's is 1e-8), not %g", settings->epsilon);
  PLEAT_TRY(pleat_dispatch_choose(irreps->context, &w.kernels));
  pleat_team_for(pleat_context_threads(irreps->context), (int64_t)count, GRAIN, norm_rows, &w);
  return PLEAT_OK;
}

typedef struct batch_work {
  const pleat_irreps *irreps;
  const pleat_batch_norm *norm;
  const float *x;
  float *y;
} batch_work;

static void batch_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const batch_work *w = argument;
  const pleat_batch_norm *n = w->norm;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    int copy = 0, scalar = 0;
    for (const pleat_irreps_term *t = w->irreps->terms; t < w->irreps->terms + w->irreps->count; t++)
      for (int u = 0, width = 2 * t->l + 1; u < t->multiplicity; u++, copy++) {
        int64_t at = row * w->irreps->dimension + t->offset + u * width;
        bool is_scalar = t->l == 0 && t->parity == 1;
        double scale = (n->weight ? (double)n->weight[copy] : 1) / sqrt((double)n->variance[copy] + n->epsilon);
        double mean = is_scalar ? (double)n->mean[scalar] : 0,
               bias = is_scalar && n->bias ? (double)n->bias[scalar] : 0;
        for (int i = 0; i < width; i++) w->y[at + i] = (float)(scale * ((double)w->x[at + i] - mean) + bias);
        scalar += is_scalar;
      }
  }
}

void pleat_irreps_batch_norm(const pleat_irreps *irreps, const pleat_batch_norm *norm, size_t count, const float *x,
                             float *y) {
  batch_work w = {irreps, norm, x, y};
  pleat_team_for(pleat_context_threads(irreps->context), (int64_t)count, GRAIN, batch_rows, &w);
}
