/* Messages of a graph network, one node at a time, so that its neighbours' rows stay in the first-level cache; and the
 * radial basis. SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

enum { ABREAST = 4 /* vectors in work at once */ };

/* The rows that are added up for neighbour k; returns how many. */
PLEAT_INLINE int find_rows(const pleat_message *m, int64_t edge, const float **rows) {
  int count = 0;
  for (int s = 0; s < PLEAT_MESSAGE_SOURCES && m->source[s].rows; s++) {
    const pleat_message_source *source = &m->source[s];
    int64_t row = source->index ? source->index[edge] : edge;
    if (row >= 0) rows[count++] = source->rows + row * source->ld;
  }
  return count;
}

/* `count` is a constant where this is called. */
PLEAT_INLINE void add_rows(int width, const float *node, const int count, const float *const *rows, float *hidden) {
  int c = 0;
  for (; c + ABREAST * VW <= width; c += ABREAST * VW) {
    vf x[ABREAST];
    PLEAT_UNROLL for (int v = 0; v < ABREAST; v++) x[v] = v_load(node + c + v * VW);
    PLEAT_UNROLL for (int s = 0; s < count; s++)
      PLEAT_UNROLL for (int v = 0; v < ABREAST; v++) x[v] = x[v] + v_load(rows[s] + c + v * VW);
    v_gelu_all(x, ABREAST);
    PLEAT_UNROLL for (int v = 0; v < ABREAST; v++) v_store(hidden + c + v * VW, x[v]);
  }
  for (; c < width; c += VW) {
    vf x = v_load(node + c);
    PLEAT_UNROLL for (int s = 0; s < count; s++) x = x + v_load(rows[s] + c);
    v_store(hidden + c, v_gelu(x));
  }
}

void PLEAT_ISA(pleat_message_hidden)(const pleat_message *m, int64_t node, float *hidden) {
  int width = m->middle->in;
  const float *start = m->node + node * m->ld_node;
  for (int k = 0; k < m->neighbours; k++, hidden += width) {
    const float *rows[PLEAT_MESSAGE_SOURCES];
    switch (find_rows(m, node * m->neighbours + k, rows)) {
      case 0: add_rows(width, start, 0, rows, hidden); break;
      case 1: add_rows(width, start, 1, rows, hidden); break;
      case 2: add_rows(width, start, 2, rows, hidden); break;
      case 3: add_rows(width, start, 3, rows, hidden); break;
      default: add_rows(width, start, 4, rows, hidden);
    }
  }
}

/* gelu of pairs of rows of a tile. */
static void activate(float *x, int pairs) {
  for (; pairs > 0; pairs--, x += 2 * PANEL) {
    vf both[2 * TILE_VECTORS];
    PLEAT_UNROLL for (int v = 0; v < 2 * TILE_VECTORS; v++) both[v] = v_load(x + v * VW);
    v_gelu_all(both, 2 * TILE_VECTORS);
    PLEAT_UNROLL for (int v = 0; v < 2 * TILE_VECTORS; v++) v_store(x + v * VW, both[v]);
  }
}

/* `rows` (constant) rows from k on of one panel, of which `valid` exist; the others repeat the last that does. */
PLEAT_INLINE void tile(const pleat_kernel_message *m, const int rows, const pleat_precision precision, int k, int valid,
                       int column, vf total[TILE_VECTORS]) {
  const float *x[TILE_ROWS];
  int64_t w = (int64_t)column * m->width;
  vf sum[TILE_ROWS][TILE_VECTORS], start[TILE_VECTORS];
  float after[TILE_ROWS * PANEL] __attribute__((aligned(64)));
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) start[v] = m->bias ? v_load(m->bias + column + v * VW) : v_set(0);
  PLEAT_UNROLL for (int r = 0; r < rows; r++) {
    x[r] = m->hidden + (int64_t)(k + (r < valid ? r : valid - 1)) * m->width;
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[r][v] = precision == PLEAT_PRECISION_INT8 ? v_set(0) : start[v];
  }
  for (int i = 0; i < m->width; i++, w += PANEL) {
    vf weight[TILE_VECTORS];
    load_weights(m->packed, w, precision, weight);
    PLEAT_UNROLL for (int r = 0; r < rows; r++) {
      vf value = v_set(x[r][i]);
      PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[r][v] = v_fma(value, weight[v], sum[r][v]);
    }
  }
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
    vf scale = precision == PLEAT_PRECISION_INT8 ? v_load(m->scale + column + v * VW) : v_set(1);
    PLEAT_UNROLL for (int r = 0; r < rows; r++) {
      if (precision == PLEAT_PRECISION_INT8) sum[r][v] = v_fma(sum[r][v], scale, start[v]);
      v_store(after + r * PANEL + v * VW, sum[r][v]);
    }
  }
  activate(after, (valid + 1) / 2);
  for (int r = 0; r < valid; r++) {
    vf present = v_set(m->mask ? m->mask[k + r] : 1);
    PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
      vf g = v_load(after + r * PANEL + v * VW);
      if (m->each) v_store(m->each + (int64_t)(k + r) * m->width + column + v * VW, g);
      total[v] = v_fma(present, g, total[v]);
    }
  }
}

enum { THIRD = (TILE_ROWS + 2) / 3 };

/* One panel's columns of all neighbours; `precision` is a constant where this is called. */
PLEAT_INLINE void middle_panel(const pleat_kernel_message *m, const pleat_precision precision, int column) {
  vf total[TILE_VECTORS];
  int k = 0, n = m->neighbours;
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++) total[v] = v_set(0);
  for (; k + 2 * THIRD < n || k + TILE_ROWS <= n; k += TILE_ROWS)
    tile(m, TILE_ROWS, precision, k, n - k < TILE_ROWS ? n - k : TILE_ROWS, column, total);
  for (; k < n; k += THIRD) tile(m, THIRD, precision, k, n - k < THIRD ? n - k : THIRD, column, total);
  PLEAT_UNROLL for (int v = 0; v < TILE_VECTORS; v++)
    if (m->sum) v_store(m->sum + column + v * VW, total[v]);
}

static void panel_fp32(const pleat_kernel_message *m, int column) { middle_panel(m, PLEAT_PRECISION_FP32, column); }
static void panel_bf16(const pleat_kernel_message *m, int column) { middle_panel(m, PLEAT_PRECISION_BF16, column); }
static void panel_int8(const pleat_kernel_message *m, int column) { middle_panel(m, PLEAT_PRECISION_INT8, column); }

void PLEAT_ISA(pleat_message_middle)(const pleat_kernel_message *m) {
  static void (*const panels[])(const pleat_kernel_message *m, int column) = {panel_fp32, panel_bf16, panel_int8};
  for (int column = 0; column < m->width; column += PANEL) panels[m->precision](m, column);
}

void PLEAT_ISA(pleat_message_sum)(const pleat_kernel_message *m) {
  for (int c = 0; c < m->width; c += VW) {
    vf total = v_set(0);
    for (int k = 0; k < m->neighbours; k++)
      total = v_fma(v_set(m->mask ? m->mask[k] : 1), v_load(m->hidden + (int64_t)k * m->width + c), total);
    v_store(m->sum + c, total);
  }
}

void PLEAT_ISA(pleat_message_radial)(const pleat_radial *basis, int distances, const float *x, float *y) {
  const vf inverse = v_set(1 / basis->width);
  for (int d = 0; d < distances; d++)
    for (int c = 0; c < basis->bins; c += VW, y += VW) {
      vf z = (v_set(x[d]) - v_load(basis->centre + c)) * inverse;
      v_store(y, v_exp(v_set(0) - z * z));
    }
}
