/* The contract of every kernel, and the table of one instruction set's kernels.
 * SPDX-License-Identifier: MIT
 *
 * Kernels work on plain float32 arrays, never fail, allocate nothing and know no threads. Each is written once
 * (lib/kernel/<name>.c), compiled per instruction set, and held against lib/kernel/reference.c by tests/kernelbench.c.
 * Binding for all: the bits of a result row depend on that row's inputs only, not on which rows it is computed with.
 * Tolerances are against double loops, for inputs of size about 1, as |difference| <= tolerance (1 + |reference|). */
#ifndef PLEAT_LIB_KERNEL_KERNELS_H
#define PLEAT_LIB_KERNEL_KERNELS_H

#include "lib/op.h"

struct pleat_triangle; /* lib/pair_op.h */
struct pleat_outer_product;

/* What follows x W^T: y = act(x W^T + bias) * gate + add; bias, gate, add may be NULL. `add` may be y. W in fewer bits is
 * turned into float32 in registers: of bf16 the result has the bits of W rounded to bf16; of int8 W[o] = scale[o] packed[o]. */
typedef struct pleat_kernel_linear {
  int64_t rows; /* of x and y */
  int in, out;
  const float *x;
  const void *packed; /* panels in `precision` */
  pleat_precision precision;
  const float *scale; /* of int8: of each column, whole panels */
  const float *bias;
  int64_t ld_x, ld_y;
  const pleat_epilogue *epilogue; /* NULL: none */
  float *y;
} pleat_kernel_linear;

/* A row of an `(rows, channels)` normalisation; see pleat_op_layer_norm. */
typedef struct pleat_kernel_norm {
  int channels;
  const float *gain, *bias;
  float epsilon, dropout_rate;
} pleat_kernel_norm;

/* The middle layer of one node's messages; see pleat_op_message. */
typedef struct pleat_kernel_message {
  int neighbours, width;
  const void *packed; /* as in pleat_kernel_linear, also the next two */
  pleat_precision precision;
  const float *scale, *bias, *hidden, *mask; /* hidden (K,C); mask (K) or NULL */
  float *sum, *each;                          /* (C), (K,C), or NULL */
} pleat_kernel_message;

/* One path of a tensor product: copies of a term of each input, coupled to copies of a term of the result. Offsets count
 * numbers of a row. `swapped`: its first operand is the second input, so that the operand with more copies comes first. */
typedef enum pleat_tensor_pairs { PLEAT_TENSOR_PAIRS_ALL, PLEAT_TENSOR_PAIRS_SAME, PLEAT_TENSOR_PAIRS_ABOVE /* u < v */ } pleat_tensor_pairs;
typedef struct pleat_kernel_tensor_path {
  pleat_tensor_pairs pairs;
  bool swapped, mixes, contracts; /* contracts: the second operand with the entries, before it meets the first's copies */
  int copies1, copies2, copies_out, width1, width2, width_out;
  int64_t offset1, offset2, offset_out;
  int64_t weight_step1, weight_step2, out_step1, out_step2; /* of all pairs: where a pair's weight and result are; when
                                                              * it mixes, weight_step is the step of pairs */
  int64_t first_weight, weights; /* weights 0: none */
  int first, count;              /* entries, ordered by k */
  int mixed;                     /* pairs that are mixed into copies_out; weights (mixed, copies_out) */
} pleat_kernel_tensor_path;

typedef struct pleat_kernel_tensor_entry {
  int16_t i, j, k; /* of the path's operands as they stand after swapping */
  float value;
} pleat_kernel_tensor_entry;

typedef struct pleat_kernel_tensor {
  const pleat_kernel_tensor_path *paths;
  const pleat_kernel_tensor_entry *entries;
  int path_count, dimension1, dimension2, dimension_out, weight_count;
  int64_t most_weights, most_pairs; /* of a path: weights, and numbers of all its pairs before they are mixed */
  bool shared;                      /* weights (weight_count) for all rows, else (rows, weight_count) */
  const float *x1, *x2, *weights;
  const int32_t *index1; /* row of x1 that each row takes; NULL: its own */
  const int32_t *index2; /* row of x2; NULL: its own */
  bool constant2;        /* x2 is one row for all */
  const int32_t *target; /* row of y that each row is added to, one after the other; NULL: y is set, row by row */
  float *y;
} pleat_kernel_tensor;
enum { PLEAT_TENSOR_LANES = 16 };

/* A sparse linear map of sixteen rows that lie side by side: y[target] = sum of value x[index] over its terms, numbers of 16
 * lanes each. Places of y that are no target stay as they are. */
typedef struct pleat_kernel_sparse_term {
  int32_t index;
  float value;
} pleat_kernel_sparse_term;

typedef struct pleat_kernel_sparse {
  const int32_t *target; /* (count) */
  const int32_t *first;  /* (count + 1) into terms */
  const pleat_kernel_sparse_term *terms;
  int count;
} pleat_kernel_sparse;

/* y (columns, rows) = the transpose of x (rows, columns), row r of x times scale[r]; scale NULL: as they are. */
typedef struct pleat_kernel_transpose {
  int64_t rows, columns, ld_x, ld_y;
  const float *x, *scale;
  float *y;
} pleat_kernel_transpose;

typedef struct pleat_kernels {
  const char *name; /* of the instruction set */
  int level;        /* pleat_cpu_level */
  int panel;        /* columns of a packed panel */
  int tile;         /* rows that the linear kernel takes at once; the best multiple for `begin` */
  int vector;       /* floats of a vector */

  /* Packed panels: packed[p][k][c] = weight[p panel + c][k], 0 beyond `out`; made by lib/linear.c. In bf16 the halves of a
   * panel lie in turn: packed[p][k][2c] = weight[p panel + c][k], packed[p][k][2c + 1] = weight[p panel + panel/2 + c][k]. Rows begin..end-1 of panels first..last-1. Sums run over k in ascending order from the bias, in one chain of fused
   * multiply-adds. Tolerance 2e-7 in. */
  void (*linear)(const pleat_kernel_linear *problem, int64_t begin, int64_t end, int first, int last);
  /* y = act(sums + bias) * gate + add for rows of `sums` (rows, problem->out), dense; `problem->x` and packed unused; row r
   * of `sums` is row begin + r of y. Tolerance 1e-6. */
  void (*epilogue)(const pleat_kernel_linear *problem, int64_t begin, int64_t end, const float *sums);
  /* Two passes over a row: mean, then the mean square of the differences. y may be x. Tolerance 2e-6. */
  void (*layer_norm)(const pleat_kernel_norm *norm, int64_t rows, const float *x, float *y);
  /* exp(x - max) / sum. y may be x. NaN anywhere in a row makes the row NaN. Tolerance 1e-6. */
  void (*softmax)(int64_t rows, int channels, const float *x, float *y);
  /* y may be x. Tolerance 1e-6. */
  void (*activate)(int64_t count, const float *x, pleat_activation activation, float *y);

  /* Query rows begin..end-1 (at most PLEAT_ATTENTION_ROWS) of one batch and head. `scratch` has attention_scratch
   * floats, 64-byte aligned. Tolerance 5e-6. k and v of absent keys are not looked at. */
  int64_t (*attention_scratch)(int width);
  void (*attention)(const pleat_attention *attention, int64_t batch, int head, int64_t begin, int64_t end, float *scratch);

  /* Query rows begin..end-1 of one sequence and head; q, k, v, points of absent keys are not looked at. `scratch` has
   * point_scratch floats, 64-byte aligned. `kept` NULL, or the attention itself: a(head,i,j) goes to
   * kept[(i - begin) H L + j]. Tolerance 1e-5. */
  int64_t (*point_scratch)(const pleat_point_attention *sequence);
  void (*point)(const pleat_point_attention *sequence, int head, int64_t begin, int64_t end, float *scratch, float *kept);
  /* Row `row` of pair_out, all heads, from its attention (H,L). Tolerance 1e-5. */
  void (*point_pair)(const pleat_point_attention *sequence, int64_t row, const float *attention);

  /* h of one node: hidden (K,C). Tolerance 1e-6. */
  void (*message_hidden)(const pleat_message *message, int64_t node, float *hidden);
  /* gelu(hidden W^T + bias), kept in `each` and summed over k, ascending, into `sum`. Tolerance 2e-7 C for each row. */
  void (*message_middle)(const pleat_kernel_message *message);
  /* sum = sum_k mask(k) hidden(k), in the same order; packed, bias and each unused. */
  void (*message_sum)(const pleat_kernel_message *message);
  /* One row: y (D B) from x (D). Tolerance 1e-6. */
  void (*radial)(const pleat_radial *basis, int distances, const float *x, float *y);

  /* Rows begin..end-1. `scratch`: 16 (dimension1 + dimension2 + dimension_out + most_weights + most_pairs + width1 width_out
   * of the largest path) floats, 64-byte aligned. Tolerance 2e-7 times the terms of a sum. */
  void (*tensor)(const pleat_kernel_tensor *tensor, int64_t begin, int64_t end, float *scratch);

  /* z += the product of one row, x and z with the copies of each component side by side: (2l+1, copies) of each term. Of all
   * paths: pairs are all, copies2 is 1, nothing is swapped or mixed. y (dimension2), weights (weight_count) or NULL. `middle` has
   * width1 width_out floats of the widest path. Tolerance 2e-7 times the terms of a sum. */
  void (*depthwise)(const pleat_kernel_tensor *tensor, const float *x, const float *y, const float *weights, float *middle, float *z);
  /* In the order of terms. Tolerance 2e-7 times the terms of a sum. */
  void (*sparse)(const pleat_kernel_sparse *map, const float *x, float *y);
  /* `count` columns of rows at x, ld apart, to (count, 16) and back; absent rows (beyond `rows`) repeat the last. Exact. */
  void (*spread)(const float *x, int64_t ld, int rows, int count, float *y);
  void (*gather)(const float *x, int count, int rows, float *y, int64_t ld);

  /* Exact: one product at most. */
  void (*transpose)(const pleat_kernel_transpose *problem);

  /* Nothing but fused multiply-adds in registers: `rounds` of x = x sink[0] + sink[1], and how many FLOPs that was. For
   * measuring what share of this machine's peak the others reach. */
  double (*peak)(int64_t rounds, float *sink);
} pleat_kernels;

enum { PLEAT_ATTENTION_ROWS = 256 };

extern const pleat_kernels pleat_kernels_portable;
#ifdef PLEAT_BUILD_X86
extern const pleat_kernels pleat_kernels_avx2, pleat_kernels_avx512;
#endif

/* The reference: the same formulas in double loops, from and to float32 arrays. */
void pleat_reference_linear(const pleat_kernel_linear *problem, const float *weight);
void pleat_reference_layer_norm(const pleat_kernel_norm *norm, int64_t rows, const float *x, float *y);
void pleat_reference_softmax(int64_t rows, int channels, const float *x, float *y);
void pleat_reference_activate(int64_t count, const float *x, pleat_activation activation, float *y);
void pleat_reference_attention(const pleat_attention *attention);
/* `weight`: room for `length` numbers. */
void pleat_reference_point(const pleat_point_attention *sequence, double *weight);
/* Triangle multiplication and outer product mean of lib/pair_op.h, from x (.., 2C): left, then right; not yet masked. */
void pleat_reference_triangle(const struct pleat_triangle *triangle, const float *x, const float *mask, float *y);
void pleat_reference_outer_product(const struct pleat_outer_product *outer, const float *weight, const float *x,
                                   float *y);
void pleat_reference_message(const pleat_message *message, double *hidden); /* hidden: room for C numbers */
void pleat_reference_radial(const pleat_radial *basis, int64_t rows, int distances, const float *x, float *y);
double pleat_reference_act(double x, pleat_activation activation);

#endif
