/* What the files of one instruction set share: the table's entries and the activation in vector words.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_KERNEL_INTERNAL_H
#define PLEAT_LIB_KERNEL_INTERNAL_H

#include "lib/kernel/kernels.h"
#include "lib/kernel/simd.h"

#if PLEAT_KERNEL_LEVEL == 2
enum { TILE_ROWS = 12, TILE_VECTORS = 2 };
#elif PLEAT_KERNEL_LEVEL == 1
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#else
enum { TILE_ROWS = 4, TILE_VECTORS = 2 };
#endif
enum { PANEL = TILE_VECTORS * VW };

void PLEAT_ISA(pleat_linear_rows)(const pleat_kernel_linear *problem, int64_t begin, int64_t end, int first, int last);
void PLEAT_ISA(pleat_linear_epilogue)(const pleat_kernel_linear *problem, int64_t begin, int64_t end, const float *sums);
void PLEAT_ISA(pleat_norm_rows)(const pleat_kernel_norm *norm, int64_t rows, const float *x, float *y);
void PLEAT_ISA(pleat_softmax_rows)(int64_t rows, int channels, const float *x, float *y);
void PLEAT_ISA(pleat_elementwise_activate)(int64_t count, const float *x, pleat_activation activation, float *y);
int64_t PLEAT_ISA(pleat_attention_scratch)(int width);
void PLEAT_ISA(pleat_attention_rows)(const pleat_attention *attention, int64_t batch, int head, int64_t begin, int64_t end,
                                     float *scratch);
int64_t PLEAT_ISA(pleat_point_attention_scratch)(const pleat_point_attention *sequence);
void PLEAT_ISA(pleat_point_attention_rows)(const pleat_point_attention *sequence, int head, int64_t begin, int64_t end,
                                           float *scratch, float *kept);
void PLEAT_ISA(pleat_point_pair_row)(const pleat_point_attention *sequence, int64_t row, const float *attention);
void PLEAT_ISA(pleat_message_hidden)(const pleat_message *message, int64_t node, float *hidden);
void PLEAT_ISA(pleat_message_middle)(const pleat_kernel_message *message);
void PLEAT_ISA(pleat_message_sum)(const pleat_kernel_message *message);
void PLEAT_ISA(pleat_message_radial)(const pleat_radial *basis, int distances, const float *x, float *y);
void PLEAT_ISA(pleat_tensor_rows)(const pleat_kernel_tensor *tensor, int64_t begin, int64_t end, float *scratch);
void PLEAT_ISA(pleat_tensor_depthwise)(const pleat_kernel_tensor *tensor, const float *x, const float *y, const float *weights,
                                       float *middle, float *z);
void PLEAT_ISA(pleat_tensor_sparse)(const pleat_kernel_sparse *map, const float *x, float *y);
void PLEAT_ISA(pleat_tensor_spread)(const float *x, int64_t ld, int rows, int count, float *y);
void PLEAT_ISA(pleat_tensor_gather)(const float *x, int count, int rows, float *y, int64_t ld);
void PLEAT_ISA(pleat_transpose_squares)(const pleat_kernel_transpose *problem);
double PLEAT_ISA(pleat_peak_work)(int64_t rounds, float *sink);

PLEAT_INLINE vf v_activate(vf x, pleat_activation activation) {
  switch (activation) {
    case PLEAT_ACTIVATION_RELU: return v_max(v_set(0), x);
    case PLEAT_ACTIVATION_SIGMOID: return v_sigmoid(x);
    case PLEAT_ACTIVATION_SILU: return x * v_sigmoid(x);
    case PLEAT_ACTIVATION_GELU: return v_gelu(x);
    default: return x;
  }
}

/* The PANEL packed weights of one input, from number `at` on; in 16 bits a panel's halves lie in turn (lib/linear.c). */
PLEAT_INLINE void load_weights(const void *packed, int64_t at, const pleat_precision precision, vf weight[TILE_VECTORS]) {
  _Static_assert(TILE_VECTORS == 2, "v_load_bf16 loads two vectors");
  if (precision == PLEAT_PRECISION_BF16) {
    v_load_bf16((const uint16_t *)packed + at, &weight[0], &weight[1]);
    return;
  }
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++)
    weight[v] = precision == PLEAT_PRECISION_INT8 ? v_load_int8((const int8_t *)packed + at + v * VW)
                                                  : v_load((const float *)packed + at + v * VW);
}

PLEAT_INLINE int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

#endif
