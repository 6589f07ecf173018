/* Turning a matrix, in squares of whole vectors.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

static void turn_square(const pleat_kernel_transpose *p, int64_t row, int64_t column) {
  int rows = p->rows - row < VW ? (int)(p->rows - row) : VW;
  int columns = p->columns - column < VW ? (int)(p->columns - column) : VW;
  const float *x = p->x + row * p->ld_x + column;
  float *y = p->y + column * p->ld_y + row;
  vf square[VW];
  PLEAT_UNROLL for (int r = 0; r < VW; r++) {
    square[r] = v_set(0);
    if (r < rows) square[r] = columns == VW ? v_load(x + r * p->ld_x) : v_load_part(x + r * p->ld_x, columns);
    if (r < rows && p->scale) square[r] = square[r] * v_set(p->scale[row + r]);
  }
  v_transpose(square);
  if (rows == VW && columns == VW) {
    PLEAT_UNROLL for (int c = 0; c < VW; c++) v_store(y + c * p->ld_y, square[c]);
    return;
  }
  for (int c = 0; c < columns; c++) v_store_part(y + c * p->ld_y, square[c], rows);
}

void PLEAT_ISA(pleat_transpose_squares)(const pleat_kernel_transpose *p) {
  for (int64_t row = 0; row < p->rows; row += VW)
    for (int64_t column = 0; column < p->columns; column += VW) turn_square(p, row, column);
}
