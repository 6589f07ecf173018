/* Activations over arrays, and the table of this instruction set's kernels.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

PLEAT_INLINE void apply(int64_t count, const float *x, const pleat_activation activation, float *y) {
  int64_t i = 0;
  for (; i + VW <= count; i += VW) v_store(y + i, v_activate(v_load(x + i), activation));
  if (i < count) v_store_part(y + i, v_activate(v_load_part(x + i, (int)(count - i)), activation), (int)(count - i));
}

void PLEAT_ISA(pleat_elementwise_activate)(int64_t count, const float *x, pleat_activation activation, float *y) {
  switch (activation) {
    case PLEAT_ACTIVATION_NONE: apply(count, x, PLEAT_ACTIVATION_NONE, y); break;
    case PLEAT_ACTIVATION_RELU: apply(count, x, PLEAT_ACTIVATION_RELU, y); break;
    case PLEAT_ACTIVATION_GELU: apply(count, x, PLEAT_ACTIVATION_GELU, y); break;
    case PLEAT_ACTIVATION_SIGMOID: apply(count, x, PLEAT_ACTIVATION_SIGMOID, y); break;
    case PLEAT_ACTIVATION_SILU: apply(count, x, PLEAT_ACTIVATION_SILU, y); break;
  }
}

extern const pleat_kernels PLEAT_ISA(pleat_kernels);
const pleat_kernels PLEAT_ISA(pleat_kernels) = {
  .name = PLEAT_ISA_NAME,
  .level = PLEAT_KERNEL_LEVEL,
  .panel = PANEL,
  .tile = TILE_ROWS,
  .vector = VW,
  .linear = PLEAT_ISA(pleat_linear_rows),
  .epilogue = PLEAT_ISA(pleat_linear_epilogue),
  .layer_norm = PLEAT_ISA(pleat_norm_rows),
  .softmax = PLEAT_ISA(pleat_softmax_rows),
  .activate = PLEAT_ISA(pleat_elementwise_activate),
  .attention_scratch = PLEAT_ISA(pleat_attention_scratch),
  .attention = PLEAT_ISA(pleat_attention_rows),
  .point_scratch = PLEAT_ISA(pleat_point_attention_scratch),
  .point = PLEAT_ISA(pleat_point_attention_rows),
  .point_pair = PLEAT_ISA(pleat_point_pair_row),
  .message_hidden = PLEAT_ISA(pleat_message_hidden),
  .message_middle = PLEAT_ISA(pleat_message_middle),
  .message_sum = PLEAT_ISA(pleat_message_sum),
  .radial = PLEAT_ISA(pleat_message_radial),
  .tensor = PLEAT_ISA(pleat_tensor_rows),
  .depthwise = PLEAT_ISA(pleat_tensor_depthwise),
  .sparse = PLEAT_ISA(pleat_tensor_sparse),
  .spread = PLEAT_ISA(pleat_tensor_spread),
  .gather = PLEAT_ISA(pleat_tensor_gather),
  .transpose = PLEAT_ISA(pleat_transpose_squares),
  .peak = PLEAT_ISA(pleat_peak_work),
};
