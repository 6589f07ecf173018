/* Gaunt products inside the library: orthonormal Legendre functions, and the way over the torus.
 * SPDX-License-Identifier: MIT
 *
 * Harmonics about the polar axis: Y(l,m) = Q(l,|m|)(b) T(m)(a), T = 1, sqrt 2 cos m a or sqrt 2 sin |m| a. */
#ifndef PLEAT_GEOMETRY_GAUNT_H
#define PLEAT_GEOMETRY_GAUNT_H

#include <stdint.h>

#include "geometry/scratch.h"
#include "lib/kernel/kernels.h"
#include "pleat_kernels.h"

/* q[l] for l = m .. degree at cosine and sine of b; 2 pi times the integral of q^2 sin b is 1. */
void pleat_gaunt_legendre(int m, int degree, double cosine, double sine, double *q);

/* Gauss and Legendre's rule of `count` points over cosines -1..1. */
void pleat_gaunt_quadrature(int count, double *cosine, double *weight);

/* The way over the torus; degrees of the inputs and of the result, the last at most their sum. */
typedef struct pleat_gaunt_torus pleat_gaunt_torus;
pleat_status pleat_gaunt_torus_create(pleat_context *context, const int degree[3], pleat_gaunt_torus **torus);
void pleat_gaunt_torus_free(pleat_gaunt_torus *torus);
int64_t pleat_gaunt_torus_scratch(const pleat_gaunt_torus *torus); /* floats */
/* Sixteen rows side by side: z ((degree[2]+1)^2, 16) of x and y. `scratch` 64-byte aligned. */
void pleat_gaunt_torus_run(const pleat_gaunt_torus *torus, const pleat_kernels *kernels, const float *x, const float *y,
                           float *z, float *scratch);

#endif
