/* Pairs of points that are near each other, by a grid of cells.
 * SPDX-License-Identifier: MIT */
#include "geometry/neighbor.h"

#include "geometry/vector.h"

/* Cells hold the points sorted by cell: items[start[c]] .. items[start[c + 1] - 1]. */
typedef struct grid {
  const double *points;
  size_t count, cells;
  double low[3], width;
  int64_t size[3];
  size_t *start, *items;
} grid;

/* Finite, and not so far off that its cell has no number. */
static bool finite_point(const double x[3]) { return fabs(x[0]) < 1e15 && fabs(x[1]) < 1e15 && fabs(x[2]) < 1e15; }

/* Sizes of the grid, with cells no narrower than `cutoff` and at most about eight of them a point. */
static void measure(grid *g, double cutoff) {
  double high[3] = {0, 0, 0};
  bool any = false;
  for (size_t i = 0; i < g->count; i++) {
    const double *x = g->points + 3 * i;
    if (!finite_point(x)) continue;
    for (int k = 0; k < 3; k++) {
      if (!any || x[k] < g->low[k]) g->low[k] = x[k];
      if (!any || x[k] > high[k]) high[k] = x[k];
    }
    any = true;
  }
  for (g->width = cutoff;; g->width *= 2) {
    double cells = 1;
    for (int k = 0; k < 3; k++) cells *= floor((high[k] - g->low[k]) / g->width) + 1;
    if (cells <= 8 * (double)g->count + 64) break;
  }
  for (int k = 0; k < 3; k++) g->size[k] = (int64_t)floor((high[k] - g->low[k]) / g->width) + 1;
  g->cells = (size_t)(g->size[0] * g->size[1] * g->size[2]);
}

static void cell_of(const grid *g, const double x[3], int64_t cell[3]) {
  for (int k = 0; k < 3; k++) cell[k] = (int64_t)floor((x[k] - g->low[k]) / g->width);
}

static size_t cell_index(const grid *g, const int64_t cell[3]) {
  return (size_t)((cell[0] * g->size[1] + cell[1]) * g->size[2] + cell[2]);
}

/* Counting sort of the points into their cells. */
static void fill(grid *g) {
  int64_t cell[3];
  for (size_t i = 0; i < g->count; i++) {
    if (!finite_point(g->points + 3 * i)) continue;
    cell_of(g, g->points + 3 * i, cell);
    g->start[cell_index(g, cell) + 2]++;
  }
  for (size_t c = 2; c < g->cells + 2; c++) g->start[c] += g->start[c - 1];
  for (size_t i = 0; i < g->count; i++) {
    if (!finite_point(g->points + 3 * i)) continue;
    cell_of(g, g->points + 3 * i, cell);
    g->items[g->start[cell_index(g, cell) + 1]++] = i;
  }
}

/* Pairs of point i with later points of one cell. */
static void visit_cell(const grid *g, size_t i, size_t c, double cutoff, pleat_neighbor_fn visit, void *argument) {
  for (size_t at = g->start[c]; at < g->start[c + 1]; at++) {
    size_t j = g->items[at];
    if (j <= i) continue;
    double distance2 = pleat_vector_distance2(g->points + 3 * i, g->points + 3 * j);
    if (distance2 < cutoff * cutoff) visit(argument, i, j, distance2);
  }
}

static void visit_around(const grid *g, size_t i, double cutoff, pleat_neighbor_fn visit, void *argument) {
  int64_t cell[3], next[3];
  cell_of(g, g->points + 3 * i, cell);
  for (int step = 0; step < 27; step++) {
    next[0] = cell[0] + step / 9 - 1;
    next[1] = cell[1] + step / 3 % 3 - 1;
    next[2] = cell[2] + step % 3 - 1;
    bool inside = true;
    for (int k = 0; k < 3; k++) inside = inside && next[k] >= 0 && next[k] < g->size[k];
    if (inside) visit_cell(g, i, cell_index(g, next), cutoff, visit, argument);
  }
}

pleat_status pleat_neighbor_pairs(pleat_context *context, const double *points, size_t count, double cutoff,
                                  pleat_neighbor_fn visit, void *argument) {
  grid g = {.points = points, .count = count};
  if (count < 2) return PLEAT_OK;
  measure(&g, cutoff);
  PLEAT_TRY(pleat_memory_take(context, g.cells + 2, sizeof *g.start, &g.start));
  pleat_status status = pleat_memory_take(context, count, sizeof *g.items, &g.items);
  if (status == PLEAT_OK) {
    fill(&g);
    for (size_t i = 0; i < count; i++)
      if (finite_point(points + 3 * i)) visit_around(&g, i, cutoff, visit, argument);
  }
  pleat_memory_release(context, g.items);
  pleat_memory_release(context, g.start);
  return status;
}
