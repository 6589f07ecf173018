/* The advanced half of pleat for researchers who build equivariant models: harmonics, rotations, irreps on plain arrays.
 * SPDX-License-Identifier: MIT
 *
 * Rules beside those of pleat.h, which hold here too:
 * - Arrays are dense, row-major and the caller's. Memory is allocated by NAME_create alone; what runs does not allocate,
 *   unless its comment says so.
 * - Work is cut over the context's threads in a way that does not depend on how many there are: the same bits for any
 *   number. A row of a result depends on its own inputs only.
 * - The basis is that of e3nn (Geiger & Smidt, arXiv:2207.09453): the 2l + 1 components of degree l are m = -l .. l about
 *   the polar axis y, and those of l = 1 are (x, y, z). A direction is (x,y,z) = (sin b sin a, cos b, sin b cos a);
 *   component m < 0 goes with sin |m| a, m > 0 with cos m a, without the Condon-Shortley phase.
 * - Rotations are row-major 3x3 matrices that act on columns, angles Euler's of the order Y-X-Y, in radian.
 */
#ifndef PLEAT_KERNELS_H
#define PLEAT_KERNELS_H

#include "pleat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The greatest degree l that anything here takes. */
enum { PLEAT_DEGREE_MAX = 11 };

/* ---- Spherical harmonics --------------------------------------------------------------------------------------- */

/* What the squares of the 2l + 1 components of a unit vector add up to: e3nn's three normalisations. */
typedef enum pleat_harmonics_scale {
  PLEAT_HARMONICS_COMPONENT, /* 2l + 1: a component is 1 in the mean square */
  PLEAT_HARMONICS_NORM,      /* 1 */
  PLEAT_HARMONICS_INTEGRAL   /* (2l + 1) / 4 pi: orthonormal over the sphere */
} pleat_harmonics_scale;

/* How harmonics are evaluated: degrees 0..degree, (degree + 1)^2 numbers a vector, degree l from place l^2 on. */
typedef struct pleat_harmonics {
  int degree;                  /* 0..PLEAT_DEGREE_MAX */
  pleat_harmonics_scale scale;
  int normalize;               /* 1: of vector / |vector| (the null vector has 0 for every l > 0); 0: |vector|^l times that */
} pleat_harmonics;

/* values (count, (degree+1)^2) of vectors (count,3), by recursion over l in double; _f reads and writes float32.
 * PLEAT_ERROR_INPUT for a degree or scale that there is not. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_evaluate(pleat_context *context, const pleat_harmonics *harmonics,
                                                                  size_t count, const double *vectors, double *values);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_evaluate_f(pleat_context *context,
                                                                    const pleat_harmonics *harmonics, size_t count,
                                                                    const float *vectors, float *values);

/* The way back: gradient (count,3) = sum over i of weights(i) d values(i) / d vector, for weights (count, (degree+1)^2),
 * which are dE/dvalues of some E. With `normalize` the null vector gets 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_gradient(pleat_context *context, const pleat_harmonics *harmonics,
                                                                  size_t count, const double *vectors,
                                                                  const double *weights, double *gradient);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_harmonics_gradient_f(pleat_context *context,
                                                                    const pleat_harmonics *harmonics, size_t count,
                                                                    const float *vectors, const float *weights,
                                                                    float *gradient);

/* ---- Rotations of harmonics ------------------------------------------------------------------------------------ */

/* rotation = Ry(alpha) Rx(beta) Ry(gamma). */
PLEAT_API void pleat_wigner_rotation(double alpha, double beta, double gamma, double rotation[9]);

/* Wigner's D of degree l: d (2l+1,2l+1) with Y_l(R x) = D Y_l(x), by coupling D of l - 1 with R. PLEAT_ERROR_INPUT when the
 * matrix is no proper rotation (to 1e-4; reflections are the business of pleat_irreps_rotate) or l is out of range. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_wigner_d(pleat_context *context, int l, const double rotation[9], double *d);

/* Wigner's 3j in the real basis, with e3nn's signs: w (2l1+1,2l2+1,2l3+1), its squares add up to 1, and
 * sum over i,j,k of w(i,j,k) D1(i,i') D2(j,j') D3(k,k') = w(i',j',k') for every rotation. PLEAT_ERROR_INPUT when a degree
 * is out of range or |l1 - l2| <= l3 <= l1 + l2 does not hold. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_wigner_3j(pleat_context *context, int l1, int l2, int l3, double *w);

/* ---- Irreps: what the numbers of a row are -------------------------------------------------------------------- */

typedef struct pleat_irreps pleat_irreps;

/* One term "16x1o": `multiplicity` times the irrep of degree l and parity 1 (e) or -1 (o), from place `offset` of a row on.
 * Its copies follow one another, each with its 2l + 1 components: (multiplicity, 2l+1), as e3nn has them. */
typedef struct pleat_irreps_term {
  int multiplicity, l, parity;
  int offset;
} pleat_irreps_term;

/* Reads "16x0e+8x1o": terms joined by '+', each [MULTIPLICITYx]l and e, o or y (y: the parity of harmonics, (-1)^l); blanks
 * around terms do not matter. PLEAT_ERROR_INPUT with a sentence that names the term. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_create(pleat_context *context, const char *text, pleat_irreps **irreps);
PLEAT_API void pleat_irreps_free(pleat_irreps *irreps);

PLEAT_API int pleat_irreps_dimension(const pleat_irreps *irreps); /* numbers of a row */
PLEAT_API int pleat_irreps_count(const pleat_irreps *irreps);     /* terms */
PLEAT_API pleat_irreps_term pleat_irreps_get(const pleat_irreps *irreps, int index);
PLEAT_API const char *pleat_irreps_text(const pleat_irreps *irreps); /* as "16x0e+8x1o", whatever way it was written */

/* y = x rotated: rows (count, dimension) f32, y may be x. The matrix is orthogonal; one that reflects also changes the sign
 * of odd irreps. Allocates what the D of each degree needs. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_irreps_rotate(const pleat_irreps *irreps, const double matrix[9],
                                                             size_t count, const float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
