/* Drawing in two dimensions, once, as an SVG document or as the pixels of a PNG file.
 * SPDX-License-Identifier: MIT
 *
 * Lengths are in pixels of the picture from its left top corner; a PNG has two of its own in each direction for one of
 * these. Drawing never fails at the call: the first failure sticks, pleat_canvas_close tells it. */
#ifndef PLEAT_DATA_CANVAS_H
#define PLEAT_DATA_CANVAS_H

#include <stdbool.h>

#include "lib/memory.h"

typedef uint32_t pleat_color; /* 0xRRGGBB */

typedef struct pleat_canvas pleat_canvas;

/* The ending of `path` says which: .svg or .png. White all over. */
pleat_status pleat_canvas_open(pleat_context *context, const char *path, int width, int height, pleat_canvas **canvas);

/* Writes the file (by atomic rename) unless something failed, and frees the canvas in any case. */
pleat_status pleat_canvas_close(pleat_canvas *canvas, const char *path);

typedef struct pleat_canvas_box {
  double x, y, width, height;
} pleat_canvas_box;

void pleat_canvas_fill(pleat_canvas *canvas, pleat_canvas_box box, pleat_color color, double opacity);

typedef struct pleat_canvas_pen {
  pleat_color color;
  double width;
  double dash; /* length of dashes and of the gaps between them; 0: none */
} pleat_canvas_pen;

/* A line through `count` points x, y; a point that is not finite lifts the pen. */
void pleat_canvas_line(pleat_canvas *canvas, const double (*points)[2], size_t count, pleat_canvas_pen pen);
void pleat_canvas_frame(pleat_canvas *canvas, pleat_canvas_box box, pleat_canvas_pen pen);

typedef enum pleat_canvas_anchor { PLEAT_CANVAS_START, PLEAT_CANVAS_MIDDLE, PLEAT_CANVAS_END } pleat_canvas_anchor;

/* Text whose base line starts, has its middle, or ends at x, y. */
typedef struct pleat_canvas_font {
  double size;
  pleat_canvas_anchor anchor;
  bool upwards; /* turned, so that it reads from below */
} pleat_canvas_font;
void pleat_canvas_text(pleat_canvas *canvas, double x, double y, const char *text, pleat_canvas_font font);

/* A picture of width x height points, each one of 256 colours, stretched over the box without smoothing. */
typedef struct pleat_canvas_image {
  int width, height;
  const unsigned char *points; /* (height, width), indices of colors */
  const pleat_color *colors;   /* (256) */
} pleat_canvas_image;
void pleat_canvas_draw(pleat_canvas *canvas, pleat_canvas_box box, const pleat_canvas_image *image);

#endif
