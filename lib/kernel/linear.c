/* The dense layer's micro-kernel: TILE_ROWS rows times a packed panel, sums kept in registers.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

/* act(sums + bias) * gate + add of one row's `n` columns, n <= VW; pointers already stand at the first column. */
PLEAT_INLINE vf finish(vf x, const pleat_epilogue *e, const float *gate, const float *add, int n) {
  x = v_activate(x, e->activation);
  if (gate) x = x * (n == VW ? v_load(gate) : v_load_part(gate, n));
  if (add) x = x + (n == VW ? v_load(add) : v_load_part(add, n));
  return x;
}

/* One vector of one row to its place in y. */
PLEAT_INLINE void put(const pleat_kernel_linear *p, int64_t row, int column, vf x) {
  const pleat_epilogue *e = p->epilogue;
  int left = p->out - column;
  if (left <= 0) return;
  float *y = p->y + row * p->ld_y + column;
  if (e)
    x = finish(x, e, e->gate ? e->gate + row * e->ld_gate + column : NULL,
               e->add ? e->add + row * e->ld_add + column : NULL, left < VW ? left : VW);
  if (left >= VW)
    v_store(y, x);
  else
    v_store_part(y, x, left);
}

/* act(x) over a tile's sums, which lie row by row. */
PLEAT_INLINE void activate(float *x, int rows, const pleat_activation activation) {
  for (float *end = x + rows * PANEL; x < end; x += PANEL)
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) v_store(x + v * VW, v_activate(v_load(x + v * VW), activation));
}

static void activate_tile(float *x, int rows, pleat_activation activation) {
  switch (activation) {
    case PLEAT_ACTIVATION_NONE: break;
    case PLEAT_ACTIVATION_RELU: activate(x, rows, PLEAT_ACTIVATION_RELU); break;
    case PLEAT_ACTIVATION_GELU: activate(x, rows, PLEAT_ACTIVATION_GELU); break;
    case PLEAT_ACTIVATION_SIGMOID: activate(x, rows, PLEAT_ACTIVATION_SIGMOID); break;
    case PLEAT_ACTIVATION_SILU: activate(x, rows, PLEAT_ACTIVATION_SILU); break;
  }
}

/* What `put` does, for a tile whose columns are all there. */
static void put_tile(const pleat_kernel_linear *p, int64_t row, int rows, int column, float *sums) {
  const pleat_epilogue *e = p->epilogue;
  activate_tile(sums, rows, e->activation);
  for (int r = 0; r < rows; r++, row++)
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
      int64_t at = column + v * VW;
      vf x = v_load(sums + r * PANEL + v * VW);
      if (e->gate) x = x * v_load(e->gate + row * e->ld_gate + at);
      if (e->add) x = x + v_load(e->add + row * e->ld_add + at);
      v_store(p->y + row * p->ld_y + at, x);
    }
}

enum { LINE = 16 /* floats of a cache line */, LONG_ROW = 512 };

/* Short rows are no streams that the processor would see coming: asks for the next tile's x while this one is worked on;
 * of long rows, for what comes soon. `next`: the first row of the next tile. */
PLEAT_INLINE void fetch_x(const pleat_kernel_linear *p, const int rows, const float *const *x, int64_t next, int64_t k) {
  int64_t ahead = p->in > LONG_ROW ? 8 * LINE : next < p->rows ? TILE_ROWS * p->ld_x : 0;
  PLEAT_UNROLL for (int r = 0; r < rows; r++) __builtin_prefetch(x[r] + k + ahead);
}

/* The lines of y that a tile will be written to. */
PLEAT_INLINE void fetch_y(const pleat_kernel_linear *p, int64_t row, int valid, int column) {
  for (int r = 0; r < valid; r++)
    for (int c = column; c < column + PANEL && c < p->out; c += LINE) __builtin_prefetch(p->y + (row + r) * p->ld_y + c, 1);
}

/* `rows` (constant) rows from `row` on, of which `valid` exist: pointers of the others stand at the last that does, so
 * each row goes through the same instructions whatever its place. */
PLEAT_INLINE void tile(const pleat_kernel_linear *p, const int rows, const pleat_precision precision, int64_t row, int valid,
                       int first, bool fetch) {
  const float *x[TILE_ROWS];
  int64_t w = (int64_t)first * p->in * PANEL;
  vf sum[TILE_ROWS][TILE_VECTORS], start[TILE_VECTORS];
  int column = first * PANEL, in = p->in;
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
    int left = p->out - column - v * VW;
    start[v] = v_set(0);
    if (p->bias && left > 0) start[v] = left >= VW ? v_load(p->bias + column + v * VW) : v_load_part(p->bias + column + v * VW, left);
  }
  PLEAT_UNROLL for (int r = 0; r < rows; r++) {
    x[r] = p->x + (row + (r < valid ? r : valid - 1)) * p->ld_x;
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[r][v] = precision == PLEAT_PRECISION_INT8 ? v_set(0) : start[v];
  }
  for (int64_t begin = 0; begin < in; begin += LINE) {
    int64_t end = begin + LINE < in ? begin + LINE : in;
    if (fetch) fetch_x(p, rows, x, row + TILE_ROWS, begin);
    if (begin == 0) fetch_y(p, row, valid, column);
    for (int64_t k = begin; k < end; k++, w += PANEL) {
      vf column_weight[TILE_VECTORS];
      load_weights(p->packed, w, precision, column_weight);
      PLEAT_UNROLL for (int r = 0; r < rows; r++) {
        vf value = v_set(x[r][k]);
        PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[r][v] = v_fma(value, column_weight[v], sum[r][v]);
      }
    }
  }
  if (precision == PLEAT_PRECISION_INT8) {
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
      vf scale = v_load(p->scale + column + v * VW);
      PLEAT_UNROLL for (int r = 0; r < rows; r++) sum[r][v] = v_fma(sum[r][v], scale, start[v]);
    }
  }
  if (!p->epilogue && valid == rows && column + PANEL <= p->out) {
    float *y = p->y + row * p->ld_y + column;
    PLEAT_UNROLL for (int r = 0; r < rows; r++)
      PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) v_store(y + r * p->ld_y + v * VW, sum[r][v]);
    return;
  }
  float buffer[TILE_ROWS * PANEL] __attribute__((aligned(64)));
  PLEAT_UNROLL for (int r = 0; r < rows; r++)
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) v_store(buffer + r * PANEL + v * VW, sum[r][v]);
  if (p->epilogue && column + PANEL <= p->out) {
    put_tile(p, row, valid, column, buffer);
    return;
  }
  for (int r = 0; r < valid; r++)
    for (int v = 0; v < TILE_VECTORS; v++) put(p, row + r, column + v * VW, v_load(buffer + r * PANEL + v * VW));
}

enum { THIRD = (TILE_ROWS + 2) / 3 /* rows at once of those left over: less work thrown away */ };
typedef void tile_work(const pleat_kernel_linear *p, int64_t row, int valid, int first, bool fetch);
#define TILE(name, rows, precision)                                                                       \
  static void name(const pleat_kernel_linear *p, int64_t row, int valid, int first, bool fetch) {        \
    tile(p, rows, precision, row, valid, first, fetch);                                                   \
  }
TILE(whole_fp32, TILE_ROWS, PLEAT_PRECISION_FP32)
TILE(third_fp32, THIRD, PLEAT_PRECISION_FP32)
TILE(whole_bf16, TILE_ROWS, PLEAT_PRECISION_BF16)
TILE(third_bf16, THIRD, PLEAT_PRECISION_BF16)
TILE(whole_int8, TILE_ROWS, PLEAT_PRECISION_INT8)
TILE(third_int8, THIRD, PLEAT_PRECISION_INT8)
#undef TILE

void PLEAT_ISA(pleat_linear_rows)(const pleat_kernel_linear *p, int64_t begin, int64_t end, int first, int last) {
  static tile_work *const whole[] = {whole_fp32, whole_bf16, whole_int8}, *const third[] = {third_fp32, third_bf16, third_int8};
  for (int panel = first; panel < last; panel++) {
    int64_t row = begin;
    bool fetch = panel == first || p->in > LONG_ROW; /* later panels find short rows in the cache */
    for (; row + 2 * THIRD < end || row + TILE_ROWS <= end; row += TILE_ROWS)
      whole[p->precision](p, row, (int)(end - row < TILE_ROWS ? end - row : TILE_ROWS), panel, fetch);
    for (; row < end; row += THIRD)
      third[p->precision](p, row, (int)(end - row < THIRD ? end - row : THIRD), panel, fetch);
  }
}

void PLEAT_ISA(pleat_linear_epilogue)(const pleat_kernel_linear *p, int64_t begin, int64_t end, const float *sums) {
  for (int64_t row = begin; row < end; row++, sums += p->out)
    for (int column = 0; column < p->out; column += VW) {
      int left = p->out - column;
      vf x = left >= VW ? v_load(sums + column) : v_load_part(sums + column, left);
      if (p->bias) x = x + (left >= VW ? v_load(p->bias + column) : v_load_part(p->bias + column, left));
      put(p, row, column, x);
    }
}
