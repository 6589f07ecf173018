/* Cyclic cross-correlation of two real 3-D grids by fast Fourier transforms (FFTW).
 * SPDX-License-Identifier: MIT
 *
 *     c(t) = sum_x a(x) b(x + t),  x and t in (NX,NY,NZ), indices modulo the grid's sizes
 *
 * The score of laying one density on another at every shift t at once: N log N instead of N^2. */
#ifndef PLEAT_GEOMETRY_CORRELATE_H
#define PLEAT_GEOMETRY_CORRELATE_H

#include "geometry/fft.h"

/* Plans and memory for grids of one size; used by one thread at a time. */
typedef struct pleat_correlate pleat_correlate;

/* Plans for grids of (nx,ny,nz), each at least 1. Plans are estimated, not timed, so that the same machine gives the
 * same bits in every run. Making and freeing plans uses FFTW's planner, which one thread may use at a time. */
pleat_status pleat_correlate_create(pleat_context *context, const int size[3], pleat_correlate **correlate);
void pleat_correlate_free(pleat_correlate *correlate);

/* Keeps the transform of the grid that others are laid on: b (NX,NY,NZ) f32, row-major. */
void pleat_correlate_set_fixed(pleat_correlate *correlate, const float *b);

/* c (NX,NY,NZ) f32 for a grid a of the same shape; c may be a. */
void pleat_correlate_run(pleat_correlate *correlate, const float *a, float *c);

/* The sum over pairs of spectra whose backward transform is the sum of the cyclic correlations of a[i] with b[i], all a
 * turned about their point 0: out = sum_i conj(A_i') B_i; each (NZ,NY,NX/2+1) complex pairs. turn: 0 none, 1 half a turn
 * about x, 2 about y, 3 about z, which only reverses the order of frequencies of A. */
void pleat_correlate_turned(const pleat_fft *fft, const float *const *a, const float *const *b, int count, int turn,
                            float *out);

#endif
