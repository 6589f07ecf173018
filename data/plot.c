/* Plots of predictions, as SVG: pLDDT along the residues.
 * SPDX-License-Identifier: MIT */
#include "data/plot.h"

#include <math.h>
#include <stdbool.h>

#include "lib/file.h"

/* The drawing area inside the picture, in pixels. */
enum { WIDTH = 900, HEIGHT = 360, LEFT = 64, RIGHT = 882, TOP = 44, BOTTOM = 300, LABELS = 80, MOST_LABELS = 18 };

/* Colours of the AlphaFold Database's four classes, highest first. */
static const struct {
  double from, to;
  const char *color, *name;
} bands[] = {
    {90, 100, "#0053d6", "very high (90-100)"},
    {70, 90, "#65cbf3", "high (70-90)"},
    {50, 70, "#ffdb13", "low (50-70)"},
    {0, 50, "#ff7d45", "very low (0-50)"},
};
enum { BANDS = sizeof bands / sizeof bands[0] };

/* Lines by rank: dark for the best, then colours that stay apart for those who see few (Wong 2011). */
static const char *color_of(size_t line) {
  static const char *const colors[] = {"#1a1a1a", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#999999"};
  return line == 0 ? colors[0] : colors[1 + (line - 1) % (sizeof colors / sizeof colors[0] - 1)];
}

static double y_of(double plddt) { return BOTTOM - (BOTTOM - TOP) * plddt / 100; }

/* Residue i of `total` stands in the middle of its column. */
static double x_of(double i, size_t total) { return LEFT + (RIGHT - LEFT) * (i + 0.5) / (double)total; }

static void append_escaped(pleat_text *svg, const char *text) {
  for (; *text; text++) {
    if (*text == '<') pleat_text_append(svg, "&lt;");
    else if (*text == '>') pleat_text_append(svg, "&gt;");
    else if (*text == '&') pleat_text_append(svg, "&amp;");
    else if (*text == '"') pleat_text_append(svg, "&quot;");
    else if ((unsigned char)*text >= 32) pleat_text_append_bytes(svg, text, 1);
  }
}

static void draw_bands(pleat_text *svg) {
  for (int i = 0; i < BANDS; i++)
    pleat_text_append(svg,
                      "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"0.22\"/>\n",
                      LEFT, y_of(bands[i].to), RIGHT - LEFT, y_of(bands[i].from) - y_of(bands[i].to), bands[i].color);
}

static void draw_legend(pleat_text *svg) {
  for (int i = 0; i < BANDS; i++) {
    int x = LEFT + i * 165;
    pleat_text_append(svg, "<rect x=\"%d\" y=\"338\" width=\"14\" height=\"10\" fill=\"%s\"/>", x, bands[i].color);
    pleat_text_append(svg, "<text x=\"%d\" y=\"347\" font-size=\"12\">%s</text>\n", x + 20, bands[i].name);
  }
}

static void draw_y_axis(pleat_text *svg) {
  static const int ticks[] = {0, 50, 70, 90, 100};
  for (int i = 0; i < 5; i++) {
    double y = y_of(ticks[i]);
    pleat_text_append(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#444\" stroke-width=\"1\"/>", LEFT - 5, y, LEFT);
    pleat_text_append(svg, "<text x=\"%d\" y=\"%.1f\" font-size=\"12\" text-anchor=\"end\">%d</text>\n", LEFT - 8,
                      y + 4, ticks[i]);
  }
  pleat_text_append(
      svg, "<text transform=\"translate(20 %d) rotate(-90)\" font-size=\"13\" text-anchor=\"middle\">pLDDT</text>\n",
      (TOP + BOTTOM) / 2);
}

/* A round step that puts at most about 12 marks on `length` residues. */
static size_t tick_step(size_t length) {
  static const size_t steps[] = {1, 2, 5};
  for (size_t scale = 1;; scale *= 10)
    for (int i = 0; i < 3; i++)
      if (length / (steps[i] * scale) <= 12) return steps[i] * scale;
}

/* Residue numbers count from 1 in each chain, as in the structure files. */
static void draw_x_axis(const pleat_plot *plot, size_t total, pleat_text *svg) {
  size_t step = tick_step(total), begin = 0;
  for (size_t c = 0; c < plot->chains; begin += plot->chain_lengths[c++]) {
    for (size_t number = step; number <= plot->chain_lengths[c]; number += step) {
      double x = x_of((double)(begin + number - 1), total);
      pleat_text_append(svg, "<path d=\"M%.1f %dV%d\" stroke=\"#444\" stroke-width=\"1\"/>", x, BOTTOM, BOTTOM + 5);
      pleat_text_append(svg, "<text x=\"%.1f\" y=\"%d\" font-size=\"12\" text-anchor=\"middle\">%zu</text>\n", x,
                        BOTTOM + 18, number);
    }
  }
  pleat_text_append(svg, "<text x=\"%d\" y=\"%d\" font-size=\"13\" text-anchor=\"end\">residue</text>\n", RIGHT,
                    BOTTOM + 46);
}

static void draw_chains(const pleat_plot *plot, size_t total, pleat_text *svg) {
  size_t begin = 0;
  for (size_t c = 0; c < plot->chains; begin += plot->chain_lengths[c++]) {
    double x = x_of((double)begin - 0.5, total);
    if (c > 0)
      pleat_text_append(svg, "<path d=\"M%.1f %dV%d\" stroke=\"#222\" stroke-dasharray=\"4 3\"/>", x, TOP, BOTTOM);
    double middle = x_of((double)begin + 0.5 * (double)plot->chain_lengths[c] - 0.5, total);
    pleat_text_append(svg, "<text x=\"%.1f\" y=\"%d\" font-size=\"12\" text-anchor=\"middle\">chain ", middle, TOP - 6);
    append_escaped(svg, plot->chain_ids[c]);
    pleat_text_append(svg, "</text>\n");
  }
}

/* One path; the pen is lifted between chains and where a value is missing. */
static void draw_line(const pleat_plot *plot, size_t line, size_t total, pleat_text *svg) {
  const float *plddt = plot->predictions[line].plddt;
  size_t i = 0;
  pleat_text_append(svg, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-linejoin=\"round\" d=\"",
                    color_of(line));
  for (size_t c = 0; c < plot->chains; c++) {
    bool down = false;
    for (size_t end = i + plot->chain_lengths[c]; i < end; i++) {
      if (!isfinite(plddt[i])) {
        down = false;
        continue;
      }
      double value = plddt[i] < 0 ? 0 : plddt[i] > 100 ? 100 : (double)plddt[i];
      pleat_text_append(svg, "%c%.1f %.1f", down ? 'L' : 'M', x_of((double)i, total), y_of(value));
      down = true;
    }
  }
  pleat_text_append(svg, "\"/>\n");
}

/* The best prediction is drawn last, over the others. */
static void draw_lines(const pleat_plot *plot, size_t total, pleat_text *svg) {
  for (size_t line = plot->count; line-- > 0;) draw_line(plot, line, total, svg);
  for (size_t line = 0; plot->count > 1 && line < plot->count && line < MOST_LABELS; line++) {
    double y = TOP + 14 + 14 * (double)line;
    pleat_text_append(svg, "<path d=\"M%d %.1fh16\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"%d\" y=\"%.1f\" "
                      "font-size=\"11\">", RIGHT + 8, y - 4, color_of(line), RIGHT + 28, y);
    append_escaped(svg, plot->predictions[line].label);
    pleat_text_append(svg, "</text>\n");
  }
}

void pleat_plot_draw_confidence(const pleat_plot *plot, pleat_text *svg) {
  size_t total = 0;
  int width = plot->count > 1 ? WIDTH + LABELS : WIDTH;
  for (size_t c = 0; c < plot->chains; c++) total += plot->chain_lengths[c];
  pleat_text_append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                    "font-family=\"Helvetica, Arial, sans-serif\" fill=\"#222\">\n", width, HEIGHT, width, HEIGHT);
  pleat_text_append(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"%d\" y=\"18\" font-size=\"14\">",
                    width, HEIGHT, LEFT);
  append_escaped(svg, plot->title);
  pleat_text_append(svg, "</text>\n");
  draw_bands(svg);
  draw_y_axis(svg);
  if (total) {
    draw_x_axis(plot, total, svg);
    draw_chains(plot, total, svg);
    draw_lines(plot, total, svg);
  }
  pleat_text_append(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#444\"/>\n", LEFT,
                    TOP, RIGHT - LEFT, BOTTOM - TOP);
  draw_legend(svg);
  pleat_text_append(svg, "</svg>\n");
}

pleat_status pleat_plot_write_confidence(pleat_context *context, const pleat_plot *plot, const char *path) {
  pleat_text svg;
  pleat_text_init(&svg, context);
  pleat_plot_draw_confidence(plot, &svg);
  pleat_status status = svg.status ? svg.status : pleat_file_write(context, path, svg.bytes, svg.length);
  pleat_text_free(&svg);
  return status;
}
