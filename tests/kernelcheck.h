/* Holds every kernel against the reference and against itself: in pieces, and with other numbers of threads.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_KERNELCHECK_H
#define PLEAT_TESTS_KERNELCHECK_H

#include "tests/kernelcase.h"

/* Runs one problem with the kernels of this moment's PLEAT_CPU and PLEAT_GEMM. False with a sentence in `message` when it
 * does not agree with the reference, when a row alone or another number of threads gives other bits, or on an error. */
bool kernel_check(pleat_context *context, const char *problem, char *message, int size);

/* All problems of the table for every instruction set of this machine and every implementation of the matrix product.
 * `say` gets a line for each that fails; returns how many did; *done how many ran. */
int kernel_check_all(pleat_context *context, void (*say)(const char *line), int *done);

#endif
