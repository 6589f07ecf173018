/* Cyclic cross-correlation of two real 3-D grids by fast Fourier transforms.
 * SPDX-License-Identifier: MIT */
#include "geometry/correlate.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

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

typedef float four __attribute__((vector_size(16)));

/* Two products at a time: conj(a) b = Re a (br, bi) + Im a (bi, -br); `sign` -1 turns the conjugate round. */
static inline four multiply(four a, four b, float sign) {
  const four real = {a[0], a[0], a[2], a[2]}, imaginary = {a[1], a[1], a[3], a[3]}, swapped = {b[1], b[0], b[3], b[2]};
  const four signs = {sign, -sign, sign, -sign};
  return real * b + signs * imaginary * swapped;
}

/* out (+)= conj(a) b, or a b where a half turn reverses x, of a row of `count` complex numbers. */
static void multiply_row(const float *a, const float *b, size_t count, bool reverse, bool add, float *out) {
  float sign = reverse ? -1 : 1;
  size_t i = 0;
  for (; i + 4 <= 2 * count; i += 4) {
    four x, y, sum = {0, 0, 0, 0};
    memcpy(&x, a + i, sizeof x), memcpy(&y, b + i, sizeof y);
    if (add) memcpy(&sum, out + i, sizeof sum);
    sum += multiply(x, y, sign);
    memcpy(out + i, &sum, sizeof sum);
  }
  for (; i < 2 * count; i += 2) {
    float ar = a[i], ai = sign * a[i + 1], br = b[i], bi = b[i + 1];
    out[i] = ar * br + ai * bi + (add ? out[i] : 0);
    out[i + 1] = ar * bi - ai * br + (add ? out[i + 1] : 0);
  }
}

void pleat_correlate_turned(const pleat_fft *fft, const float *const *a, const float *const *b, int count, int turn,
                            float *out) {
  const int *n = fft->size;
  size_t row = (size_t)fft->row;
  bool flip_y = turn == 1 || turn == 2, flip_z = turn == 1 || turn == 3, reverse = turn >= 2;
  for (int k = 0; k < n[2]; k++)
    for (int j = 0; j < n[1]; j++) {
      int y = flip_y && j ? n[1] - j : j, z = flip_z && k ? n[2] - k : k;
      size_t from = 2 * row * ((size_t)z * (size_t)n[1] + (size_t)y), to = 2 * row * ((size_t)k * (size_t)n[1] + (size_t)j);
      for (int i = 0; i < count; i++) multiply_row(a[i] + from, b[i] + to, row, reverse, i > 0, out + to);
    }
}
