/* Cyclic cross-correlation of two real 3-D grids by fast Fourier transforms.
 * SPDX-License-Identifier: MIT */
#include "geometry/correlate.h"

#include <fftw3.h>
#include <limits.h>
#include <string.h>

struct pleat_correlate {
  pleat_context *context;
  size_t points, frequencies; /* NX NY NZ, and NX NY (NZ/2 + 1) of the half spectrum of a real grid */
  float *grid;
  fftwf_complex *fixed, *moving;
  fftwf_plan forward_fixed, forward_moving, backward;
};

/* FFTW wants its own alignment, so its memory comes from FFTW; the context's allocator holds the handle. */
static pleat_status take_grids(pleat_correlate *c) {
  c->grid = fftwf_alloc_real(c->points);
  c->fixed = fftwf_alloc_complex(c->frequencies);
  c->moving = fftwf_alloc_complex(c->frequencies);
  PLEAT_CHECK(c->context, c->grid && c->fixed && c->moving, PLEAT_ERROR_MEMORY,
              "out of memory: a correlation over %zu grid points", c->points);
  return PLEAT_OK;
}

static pleat_status make_plans(pleat_correlate *c, const int n[3]) {
  c->forward_fixed = fftwf_plan_dft_r2c_3d(n[0], n[1], n[2], c->grid, c->fixed, FFTW_ESTIMATE);
  c->forward_moving = fftwf_plan_dft_r2c_3d(n[0], n[1], n[2], c->grid, c->moving, FFTW_ESTIMATE);
  c->backward = fftwf_plan_dft_c2r_3d(n[0], n[1], n[2], c->moving, c->grid, FFTW_ESTIMATE);
  PLEAT_CHECK(c->context, c->forward_fixed && c->forward_moving && c->backward, PLEAT_ERROR_UNSUPPORTED,
              "FFTW has no plan for a grid of %d x %d x %d", n[0], n[1], n[2]);
  return PLEAT_OK;
}

pleat_status pleat_correlate_create(pleat_context *context, const int size[3], pleat_correlate **out) {
  *out = NULL;
  size_t points = 1;
  for (int d = 0; d < 3; d++) {
    PLEAT_CHECK(context, size[d] >= 1 && points <= INT_MAX / (size_t)size[d], PLEAT_ERROR_INPUT,
                "a grid of %d x %d x %d cannot be correlated: sizes start at 1 and 2^31 points are the most", size[0],
                size[1], size[2]);
    points *= (size_t)size[d];
  }
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **out, out));
  pleat_correlate *c = *out;
  c->context = context;
  c->points = points;
  c->frequencies = (size_t)size[0] * (size_t)size[1] * ((size_t)size[2] / 2 + 1);
  pleat_status status = take_grids(c);
  if (!status) status = make_plans(c, size);
  if (status) {
    pleat_correlate_free(c);
    *out = NULL;
  }
  return status;
}

void pleat_correlate_free(pleat_correlate *c) {
  if (!c) return;
  fftwf_plan plans[] = {c->forward_fixed, c->forward_moving, c->backward};
  for (int i = 0; i < 3; i++)
    if (plans[i]) fftwf_destroy_plan(plans[i]);
  fftwf_free(c->grid);
  fftwf_free(c->fixed);
  fftwf_free(c->moving);
  pleat_memory_release(c->context, c);
}

void pleat_correlate_set_fixed(pleat_correlate *c, const float *b) {
  memcpy(c->grid, b, c->points * sizeof *b);
  fftwf_execute(c->forward_fixed);
}

void pleat_correlate_run(pleat_correlate *c, const float *a, float *out) {
  float scale = 1 / (float)c->points; /* FFTW's transforms there and back multiply by the number of points */
  memcpy(c->grid, a, c->points * sizeof *a);
  fftwf_execute(c->forward_moving);
  for (size_t i = 0; i < c->frequencies; i++) { /* conj(A) B */
    float ar = c->moving[i][0], ai = c->moving[i][1], br = c->fixed[i][0], bi = c->fixed[i][1];
    c->moving[i][0] = (ar * br + ai * bi) * scale;
    c->moving[i][1] = (ar * bi - ai * br) * scale;
  }
  fftwf_execute(c->backward);
  memcpy(out, c->grid, c->points * sizeof *out);
}
