/* What plots of predictions share: axes of residues, borders of chains, bars of colours.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PLOT_H
#define PLEAT_DATA_PLOT_H

#include "data/canvas.h"

/* A box whose width (and of a square plot height) is all residues, chain by chain. */
typedef struct pleat_plot_area {
  pleat_canvas *canvas;
  pleat_canvas_box box;
  size_t chains, total; /* total: residues */
  const char *const *ids;
  const size_t *lengths;
} pleat_plot_area;

/* Ticks with residue numbers, from 1 in each chain as in the structure files, below the box or left of it. */
void pleat_plot_ticks(const pleat_plot_area *area, bool down);

/* Dashed lines between chains, `square`: in both directions; and their names above the box. */
void pleat_plot_borders(const pleat_plot_area *area, bool square);
void pleat_plot_names(const pleat_plot_area *area);

/* A tick left of the box at this share of its height from below, with its text. */
void pleat_plot_tick_left(const pleat_plot_area *area, double share, const char *text);

/* A round step that puts at most about `most` marks on `length`. */
size_t pleat_plot_step(size_t length, size_t most);

/* The colours of an image from below to above, with `labels` (count) spread over the height, and what they mean. */
typedef struct pleat_plot_bar {
  const pleat_color *colors; /* (256) */
  int used;                  /* the first so many */
  const char *const *labels;
  int count;
  const char *title;
} pleat_plot_bar;
void pleat_plot_draw_bar(pleat_canvas *canvas, pleat_canvas_box box, const pleat_plot_bar *bar);

#endif
