/* Cyclic cross-correlation of two real 3-D grids by fast Fourier transforms.
 * SPDX-License-Identifier: MIT */
#include "geometry/correlate.h"

#include <limits.h>
#include <string.h>

#include "geometry/fft.h"

struct pleat_correlate {
  pleat_context *context;
  pleat_fft fft;
  float *grid, *fixed, *moving; /* a real grid, and two spectra of complex pairs */
};

static pleat_status take_grids(pleat_correlate *c) {
  c->grid = pleat_fft_take(c->fft.points);
  c->fixed = pleat_fft_take(2 * c->fft.frequencies);
  c->moving = pleat_fft_take(2 * c->fft.frequencies);
  PLEAT_CHECK(c->context, c->grid && c->fixed && c->moving, PLEAT_ERROR_MEMORY,
              "out of memory: a correlation over %zu grid points", c->fft.points);
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
  const int innermost_first[] = {size[2], size[1], size[0]};
  pleat_status status = pleat_fft_create(context, innermost_first, NULL, &c->fft);
  if (!status) status = take_grids(c);
  if (status) {
    pleat_correlate_free(c);
    *out = NULL;
  }
  return status;
}

void pleat_correlate_free(pleat_correlate *c) {
  if (!c) return;
  pleat_fft_free(&c->fft);
  pleat_fft_release(c->grid);
  pleat_fft_release(c->fixed);
  pleat_fft_release(c->moving);
  pleat_memory_release(c->context, c);
}

void pleat_correlate_set_fixed(pleat_correlate *c, const float *b) {
  memcpy(c->grid, b, c->fft.points * sizeof *b);
  pleat_fft_forward(&c->fft, c->grid, c->fixed);
}

void pleat_correlate_run(pleat_correlate *c, const float *a, float *out) {
  float scale = 1 / (float)c->fft.points; /* FFTW's transforms there and back multiply by the number of points */
  memcpy(c->grid, a, c->fft.points * sizeof *a);
  pleat_fft_forward(&c->fft, c->grid, c->moving);
  for (size_t i = 0; i < 2 * c->fft.frequencies; i += 2) { /* conj(A) B */
    float ar = c->moving[i], ai = c->moving[i + 1], br = c->fixed[i], bi = c->fixed[i + 1];
    c->moving[i] = (ar * br + ai * bi) * scale;
    c->moving[i + 1] = (ar * bi - ai * br) * scale;
  }
  pleat_fft_backward(&c->fft, c->moving, c->grid);
  memcpy(out, c->grid, c->fft.points * sizeof *out);
}
