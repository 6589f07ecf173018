/* Pixels that are drawn on: areas, lines with soft edges, text of strokes, pictures.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_RASTER_H
#define PLEAT_DATA_RASTER_H

#include "data/canvas.h"

typedef struct pleat_raster pleat_raster;

/* width x height of the canvas, `scale` pixels each; white. */
pleat_status pleat_raster_create(pleat_context *context, int width, int height, int scale, pleat_raster **raster);
void pleat_raster_free(pleat_raster *raster);

/* As the functions of the canvas. */
void pleat_raster_fill(pleat_raster *raster, pleat_canvas_box box, pleat_color color, double opacity);
void pleat_raster_line(pleat_raster *raster, const double (*points)[2], size_t count, pleat_canvas_pen pen);
void pleat_raster_text(pleat_raster *raster, double x, double y, const char *text, pleat_canvas_font font);
void pleat_raster_draw(pleat_raster *raster, pleat_canvas_box box, const pleat_canvas_image *image);

/* All of it, without colours of its own. */
pleat_canvas_image pleat_raster_picture(const pleat_raster *raster);

#endif
