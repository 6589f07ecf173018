/* Axes of residues, borders of chains, bars of colours.
 * SPDX-License-Identifier: MIT */
#include "data/plot.h"

#include <stdio.h>

static const pleat_canvas_pen axis_pen = {0x444444, 1, 0}, border_pen = {0x222222, 1, 4};
static const pleat_canvas_font small = {12, PLEAT_CANVAS_MIDDLE, false}, left_of = {12, PLEAT_CANVAS_END, false};

size_t pleat_plot_step(size_t length, size_t most) {
  static const size_t steps[] = {1, 2, 5};
  for (size_t scale = 1;; scale *= 10)
    for (int i = 0; i < 3; i++)
      if (length / (steps[i] * scale) <= most) return steps[i] * scale;
}

/* The middle of residue i's column is at i + 0.5. */
static double place_of(const pleat_plot_area *area, double i, bool down) {
  return down ? area->box.y + area->box.height * i / (double)area->total
              : area->box.x + area->box.width * i / (double)area->total;
}

static void draw_tick(const pleat_plot_area *area, double at, bool down, const char *text) {
  double bottom = area->box.y + area->box.height;
  if (down) {
    pleat_canvas_line(area->canvas, (double[][2]){{area->box.x - 5, at}, {area->box.x, at}}, 2, axis_pen);
    pleat_canvas_text(area->canvas, area->box.x - 8, at + 4, text, left_of);
  } else {
    pleat_canvas_line(area->canvas, (double[][2]){{at, bottom}, {at, bottom + 5}}, 2, axis_pen);
    pleat_canvas_text(area->canvas, at, bottom + 18, text, small);
  }
}

void pleat_plot_tick_left(const pleat_plot_area *area, double share, const char *text) {
  draw_tick(area, area->box.y + area->box.height * (1 - share), true, text);
}

void pleat_plot_ticks(const pleat_plot_area *area, bool down) {
  enum { PIXELS = 60 }; /* at least between ticks */
  size_t most = (size_t)((down ? area->box.height : area->box.width) / PIXELS);
  size_t step = pleat_plot_step(area->total, most), begin = 0;
  char text[24];
  for (size_t c = 0; c < area->chains; begin += area->lengths[c++])
    for (size_t number = step; number <= area->lengths[c]; number += step) {
      snprintf(text, sizeof text, "%zu", number);
      draw_tick(area, place_of(area, (double)(begin + number) - 0.5, down), down, text);
    }
}

void pleat_plot_borders(const pleat_plot_area *area, bool square) {
  const pleat_canvas_box *box = &area->box;
  size_t begin = area->chains ? area->lengths[0] : 0;
  for (size_t c = 1; c < area->chains; begin += area->lengths[c++]) {
    double x = place_of(area, (double)begin, false), y = place_of(area, (double)begin, true);
    pleat_canvas_line(area->canvas, (double[][2]){{x, box->y}, {x, box->y + box->height}}, 2, border_pen);
    if (square) pleat_canvas_line(area->canvas, (double[][2]){{box->x, y}, {box->x + box->width, y}}, 2, border_pen);
  }
}

void pleat_plot_names(const pleat_plot_area *area) {
  enum { PIXELS = 60 }; /* that "chain A" takes; in less the letter stands alone */
  size_t begin = 0;
  char text[32];
  for (size_t c = 0; c < area->chains; begin += area->lengths[c++]) {
    double width = area->box.width * (double)area->lengths[c] / (double)area->total;
    snprintf(text, sizeof text, "%s%.16s", width < PIXELS ? "" : "chain ", area->ids[c]);
    pleat_canvas_text(area->canvas, place_of(area, (double)begin + 0.5 * (double)area->lengths[c], false), area->box.y - 6,
                      text, small);
  }
}

void pleat_plot_draw_bar(pleat_canvas *canvas, pleat_canvas_box box, const pleat_plot_bar *bar) {
  unsigned char points[256];
  pleat_canvas_font label = {12, PLEAT_CANVAS_START, false}, title = {12, PLEAT_CANVAS_MIDDLE, true};
  for (int i = 0; i < bar->used; i++) points[i] = (unsigned char)(bar->used - 1 - i);
  pleat_canvas_draw(canvas, box, &(pleat_canvas_image){1, bar->used, points, bar->colors});
  pleat_canvas_frame(canvas, box, axis_pen);
  for (int i = 0; i < bar->count; i++) {
    double y = box.y + box.height * (1 - (double)i / (bar->count - 1)), right = box.x + box.width;
    pleat_canvas_line(canvas, (double[][2]){{right, y}, {right + 4, y}}, 2, axis_pen);
    pleat_canvas_text(canvas, right + 7, y + 4, bar->labels[i], label);
  }
  pleat_canvas_text(canvas, box.x + box.width + 46, box.y + 0.5 * box.height, bar->title, title);
}
