/* Perceptrons inside the library: a few rows on the calling thread.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_PERCEPTRON_H
#define PLEAT_GEOMETRY_PERCEPTRON_H

#include <stdint.h>

#include "pleat_kernels.h"

int pleat_perceptron_in(const pleat_perceptron *perceptron);
int pleat_perceptron_out(const pleat_perceptron *perceptron);

/* Floats of scratch for up to `rows` rows, a multiple of 16. */
int64_t pleat_perceptron_scratch(const pleat_perceptron *perceptron, int64_t rows);

/* y (rows,out) of x (rows,in); `scratch` 64-byte aligned. */
void pleat_perceptron_rows(const pleat_perceptron *perceptron, int64_t rows, const float *x, float *y, float *scratch);

#endif
