/* Problems for kernels, written as text: made with random numbers, run by the ops, and by the reference.
 * SPDX-License-Identifier: MIT
 *
 *     linear:m37n33k65:bias:relu:gate:add     y (m,n) = x (m,k) W^T
 *     norm:m64c128:dropout    softmax:m9c33    activate:c1000:gelu
 *     attention:b2h8q256k256d32:bias:mask:gate
 *     triangle:l33c8:incoming:mask    outer:s9l21c8o5:bias:mask   in chunks that depend on the number of threads
 *     point:b1l224h12:bias:mask:scatter       b sequences of length l, l-1, ...; scatter: indices in no order
 *     point:l106h4c128:bias:pair              and sums over pairs of c channels, NaN where the key is absent
 *     message:n106k48c128:bias:mask:each      n nodes with k neighbours; nosum: only each
 *     radial:m9d25b16                         m rows of d distances
 *
 * bf16, int8: weights of linear, outer and message in fewer bits. Words for edges: nan, inf (one such number in the input), absent (every key masked), far (inputs 1e4 times larger). */
#ifndef PLEAT_TESTS_KERNELCASE_H
#define PLEAT_TESTS_KERNELCASE_H

#include "lib/memory.h"
#include "lib/op.h"
#include "lib/pair_op.h"

typedef struct kernel_problem {
  char kind[16];
  int64_t size[26]; /* by letter; 1 where the text says nothing */
  char words[96];   /* ":bias:relu:" */
} kernel_problem;

enum { KERNEL_CASE_OUTPUTS = 4, KERNEL_CASE_SEQUENCES = 64 };

/* One problem with its inputs, and room for two sets of results: of the op, of the reference. */
typedef struct kernel_case {
  kernel_problem problem;
  pleat_context *context;
  pleat_pool pool;
  double tolerance, flops;
  int64_t count[KERNEL_CASE_OUTPUTS]; /* floats of each output array */
  float *got[KERNEL_CASE_OUTPUTS], *want[KERNEL_CASE_OUTPUTS];
  int64_t rows; /* that can be worked out alone */
  float *x, *weight, *bias, *gate, *add, *gain, *mask;
  pleat_linear linear;
  pleat_epilogue epilogue;
  pleat_attention attention;
  pleat_triangle triangle;
  pleat_outer_product outer;
  pleat_message message;
  pleat_radial radial;
  pleat_point_attention sequences[KERNEL_CASE_SEQUENCES];
} kernel_case;

bool kernel_problem_parse(const char *text, kernel_problem *problem);
bool kernel_problem_says(const kernel_problem *problem, const char *word);

/* Makes the inputs; linear weights are packed for PLEAT_CPU and PLEAT_GEMM of this moment. */
pleat_status kernel_case_make(pleat_context *context, const kernel_problem *problem, kernel_case *made);
void kernel_case_free(kernel_case *made);

/* The op into got; all rows, or rows (sequences) begin..end-1 alone. */
void kernel_case_run(kernel_case *made, pleat_run *run, int64_t begin, int64_t end);
/* The reference into want. */
void kernel_case_refer(kernel_case *made);

/* Runs both modes of a run (measure, then work) with the kernels of this moment's PLEAT_CPU. */
pleat_status kernel_case_do(kernel_case *made, int threads, int64_t begin, int64_t end);

#endif
