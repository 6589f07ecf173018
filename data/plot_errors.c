/* The plot of predicted aligned errors: a square for each of the best predictions, blue where sure, red where not.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/plot.h"

enum { PANELS = 5, WIDE = 400, NARROW = 250, LEFT = 70, GAP = 58, TOP = 60, BELOW = 52, BAR = 14, RIGHT = 76, POINTS = 500 };
static const double largest = 30; /* angstrom, of the colours; ColabFold's */

/* Blue by white to red. */
static void fill_colors(pleat_color *colors) {
  for (int i = 0; i < 256; i++) {
    double t = i / 255.0, low = fmin(1, 2 * t), high = fmin(1, 2 - 2 * t);
    colors[i] = (pleat_color)lround(255 * low) << 16 | (pleat_color)lround(255 * fmin(low, high)) << 8 |
                (pleat_color)lround(255 * high);
  }
}

/* The mean over the residues that fall on a point. */
static unsigned char level_of(const float *pae, size_t total, size_t n, size_t row, size_t column) {
  double sum = 0;
  size_t r0 = row * total / n, r1 = (row + 1) * total / n, c0 = column * total / n, c1 = (column + 1) * total / n;
  for (size_t r = r0; r < r1; r++)
    for (size_t c = c0; c < c1; c++) sum += (double)pae[r * total + c];
  double level = sum / (double)((r1 - r0) * (c1 - c0)) / largest;
  return isfinite(level) ? (unsigned char)lround(255 * fmax(0, fmin(1, level))) : 255;
}

/* points (POINTS, POINTS) */
static void draw_panel(const pleat_plot_area *area, const pleat_plot_prediction *prediction, const pleat_color *colors,
                       unsigned char *points) {
  size_t n = area->total < POINTS ? area->total : POINTS;
  const pleat_canvas_font font = {13, PLEAT_CANVAS_MIDDLE, false};
  const pleat_canvas_box *box = &area->box;
  for (size_t row = 0; row < n; row++)
    for (size_t column = 0; column < n; column++)
      points[row * n + column] = level_of(prediction->pae, area->total, n, row, column);
  pleat_canvas_draw(area->canvas, *box, &(pleat_canvas_image){(int)n, (int)n, points, colors});
  pleat_plot_ticks(area, false);
  pleat_plot_ticks(area, true);
  pleat_plot_borders(area, true);
  if (area->chains > 1) pleat_plot_names(area);
  pleat_canvas_frame(area->canvas, *box, (pleat_canvas_pen){0x444444, 1, 0});
  pleat_canvas_text(area->canvas, box->x + 0.5 * box->width, box->y - 22, prediction->label, font);
  pleat_canvas_text(area->canvas, box->x + 0.5 * box->width, box->y + box->height + 36, "scored residue", font);
}

static size_t panel_count(const pleat_plot *plot) {
  size_t count = 0;
  while (count < plot->count && count < PANELS && plot->predictions[count].pae) count++;
  return count;
}

static void draw(pleat_plot_area *area, const pleat_plot *plot, unsigned char *points) {
  static const char *const labels[] = {"0", "5", "10", "15", "20", "25", "30"};
  pleat_color colors[256];
  double side = area->box.width;
  fill_colors(colors);
  pleat_canvas_text(area->canvas, LEFT, 18, plot->title, (pleat_canvas_font){14, PLEAT_CANVAS_START, false});
  pleat_canvas_text(area->canvas, 20, TOP + 0.5 * side, "aligned residue", (pleat_canvas_font){13, PLEAT_CANVAS_MIDDLE, true});
  for (size_t i = 0; i < panel_count(plot); i++, area->box.x += side + GAP)
    draw_panel(area, &plot->predictions[i], colors, points);
  const pleat_plot_bar bar = {colors, 256, labels, 7, "expected position error (angstrom)"};
  pleat_plot_draw_bar(area->canvas, (pleat_canvas_box){area->box.x - GAP + 20, TOP, BAR, side}, &bar);
}

pleat_status pleat_plot_write_errors(pleat_context *context, const pleat_plot *plot, const char *path) {
  unsigned char *points;
  size_t panels = panel_count(plot);
  int side = panels > 1 ? NARROW : WIDE, width = LEFT + (int)panels * (side + GAP) - GAP + 20 + BAR + RIGHT;
  pleat_plot_area area = {.box = {LEFT, TOP, side, side}, .chains = plot->chains, .ids = plot->chain_ids,
                          .lengths = plot->chain_lengths};
  for (size_t c = 0; c < plot->chains; c++) area.total += plot->chain_lengths[c];
  PLEAT_CHECK(context, panels > 0 && area.total > 0, PLEAT_ERROR_INPUT, "%s: there are no aligned errors to plot", path);
  PLEAT_TRY(pleat_memory_take(context, POINTS * POINTS, 1, &points));
  pleat_status status = pleat_canvas_open(context, path, width, TOP + side + BELOW, &area.canvas);
  if (!status) {
    draw(&area, plot, points);
    status = pleat_canvas_close(area.canvas, path);
  }
  pleat_memory_release(context, points);
  return status;
}
