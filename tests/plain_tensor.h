/* Tensor products by the definition: dense 3j symbols, one loop an index; the measure for the fast ones.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_PLAIN_TENSOR_H
#define PLEAT_TESTS_PLAIN_TENSOR_H

#include <stdbool.h>

#include "lib/random.h"
#include "pleat_kernels.h"

/* What is rounded to float32: nothing; the 3j symbols that e3nn 0.6.0 has as tables (all but those with a scalar, which it
 * writes out, in all modes but UVUV); or every product and sum, so that the difference to the run without shows what
 * float32 costs: the floor of a comparison. */
typedef enum plain_rounding { PLAIN_NONE, PLAIN_SYMBOLS, PLAIN_ALL } plain_rounding;

/* One row z of x and y. */
void plain_tensor(const pleat_tensor *tensor, const double *x, const double *y, const double *weights, double *z,
                  plain_rounding rounding);

/* The largest |got - want| of `count` numbers; infinite when one is NaN. */
double plain_apart(const double *got, const double *want, size_t count);

/* Random text of `terms` irreps with multiplicities 1..most and degrees 0..degree. */
void plain_irreps(const pleat_random *stream, uint64_t at, int terms, int most, int degree, char *text, size_t size);

#endif
