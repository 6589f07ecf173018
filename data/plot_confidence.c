/* The plot of pLDDT along the residues: bands in the AlphaFold Database's colours, a line a prediction.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "data/plot.h"

enum { WIDTH = 900, HEIGHT = 360, LEFT = 64, RIGHT = 882, TOP = 44, BOTTOM = 300, LABELS = 80, MOST_LABELS = 18 };

/* Colours of the AlphaFold Database's four classes, highest first. */
static const struct {
  double from, to;
  pleat_color color;
  const char *name;
} bands[] = {
    {90, 100, 0x0053d6, "very high (90-100)"},
    {70, 90, 0x65cbf3, "high (70-90)"},
    {50, 70, 0xffdb13, "low (50-70)"},
    {0, 50, 0xff7d45, "very low (0-50)"},
};
enum { BANDS = sizeof bands / sizeof bands[0] };

/* Lines by rank: dark for the best, then colours that stay apart for those who see few (Wong 2011). */
static pleat_color color_of(size_t line) {
  static const pleat_color colors[] = {0x1a1a1a, 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xe69f00, 0x999999};
  return line == 0 ? colors[0] : colors[1 + (line - 1) % (sizeof colors / sizeof colors[0] - 1)];
}

static double y_of(double plddt) { return BOTTOM - (BOTTOM - TOP) * plddt / 100; }

static void draw_bands(pleat_canvas *canvas) {
  const pleat_canvas_font font = {12, PLEAT_CANVAS_START, false};
  for (int i = 0; i < BANDS; i++) {
    const pleat_canvas_box band = {LEFT, y_of(bands[i].to), RIGHT - LEFT, y_of(bands[i].from) - y_of(bands[i].to)};
    pleat_canvas_fill(canvas, band, bands[i].color, 0.22);
    pleat_canvas_fill(canvas, (pleat_canvas_box){LEFT + i * 165, 338, 14, 10}, bands[i].color, 1);
    pleat_canvas_text(canvas, LEFT + i * 165 + 20, 347, bands[i].name, font);
  }
}

static void draw_axes(const pleat_plot_area *area) {
  const pleat_canvas_font sideways = {13, PLEAT_CANVAS_MIDDLE, true}, below = {13, PLEAT_CANVAS_END, false};
  static const char *const ticks[] = {"0", "50", "70", "90", "100"};
  static const double places[] = {0, 0.5, 0.7, 0.9, 1};
  for (int i = 0; i < 5; i++) pleat_plot_tick_left(area, places[i], ticks[i]);
  pleat_canvas_text(area->canvas, 24, (TOP + BOTTOM) / 2, "pLDDT", sideways);
  pleat_plot_ticks(area, false);
  pleat_canvas_text(area->canvas, RIGHT, BOTTOM + 35, "residue", below);
  pleat_plot_borders(area, false);
  pleat_plot_names(area);
}

/* One line; the pen is lifted between chains and where a value is missing. points (total + 1). */
static void draw_line(const pleat_plot_area *area, const pleat_plot *plot, size_t line, double (*points)[2]) {
  const float *plddt = plot->predictions[line].plddt;
  size_t begin = 0;
  for (size_t c = 0; c < plot->chains; begin += plot->chain_lengths[c++]) {
    for (size_t k = 0; k < plot->chain_lengths[c]; k++) {
      double value = (double)plddt[begin + k];
      points[k][0] = LEFT + (RIGHT - LEFT) * ((double)(begin + k) + 0.5) / (double)area->total;
      points[k][1] = isfinite(value) ? y_of(fmax(0, fmin(100, value))) : NAN;
    }
    pleat_canvas_line(area->canvas, points, plot->chain_lengths[c], (pleat_canvas_pen){color_of(line), 1.6, 0});
  }
}

/* The best prediction is drawn last, over the others. */
static void draw_lines(const pleat_plot_area *area, const pleat_plot *plot, double (*points)[2]) {
  const pleat_canvas_font font = {11, PLEAT_CANVAS_START, false};
  for (size_t line = plot->count; line-- > 0;) draw_line(area, plot, line, points);
  for (size_t line = 0; plot->count > 1 && line < plot->count && line < MOST_LABELS; line++) {
    double y = TOP + 14 + 14 * (double)line;
    pleat_canvas_line(area->canvas, (double[][2]){{RIGHT + 8, y - 4}, {RIGHT + 24, y - 4}}, 2,
                      (pleat_canvas_pen){color_of(line), 2, 0});
    pleat_canvas_text(area->canvas, RIGHT + 28, y, plot->predictions[line].label, font);
  }
}

static void draw(const pleat_plot_area *area, const pleat_plot *plot, double (*points)[2]) {
  pleat_canvas_text(area->canvas, LEFT, 18, plot->title, (pleat_canvas_font){14, PLEAT_CANVAS_START, false});
  draw_bands(area->canvas);
  if (area->total) {
    draw_axes(area);
    draw_lines(area, plot, points);
  }
  pleat_canvas_frame(area->canvas, area->box, (pleat_canvas_pen){0x444444, 1, 0});
}

pleat_status pleat_plot_write_confidence(pleat_context *context, const pleat_plot *plot, const char *path) {
  double(*points)[2];
  pleat_plot_area area = {.box = {LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP}, .chains = plot->chains,
                          .ids = plot->chain_ids, .lengths = plot->chain_lengths};
  for (size_t c = 0; c < plot->chains; c++) area.total += plot->chain_lengths[c];
  PLEAT_TRY(pleat_memory_take(context, area.total + 1, sizeof *points, &points));
  pleat_status status = pleat_canvas_open(context, path, plot->count > 1 ? WIDTH + LABELS : WIDTH, HEIGHT, &area.canvas);
  if (!status) {
    draw(&area, plot, points);
    status = pleat_canvas_close(area.canvas, path);
  }
  pleat_memory_release(context, points);
  return status;
}
