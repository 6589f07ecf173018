/* Drawing as SVG text or on pixels.
 * SPDX-License-Identifier: MIT */
#include "data/canvas.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "data/picture.h"
#include "data/raster.h"
#include "lib/file.h"
#include "lib/text.h"

enum { PIXELS = 2 }; /* of a PNG for one of the canvas */

struct pleat_canvas {
  pleat_context *context;
  pleat_raster *raster; /* NULL: SVG */
  pleat_text svg;
};

static bool ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length > tail && !strcasecmp(text + length - tail, ending);
}

static void begin_svg(pleat_canvas *canvas, int width, int height) {
  pleat_text_append(&canvas->svg,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                    "font-family=\"Helvetica, Arial, sans-serif\" fill=\"#222\">\n"
                    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
                    width, height, width, height, width, height);
}

pleat_status pleat_canvas_open(pleat_context *context, const char *path, int width, int height, pleat_canvas **out) {
  *out = NULL;
  bool png = ends_with(path, ".png");
  PLEAT_CHECK(context, png || ends_with(path, ".svg"), PLEAT_ERROR_UNSUPPORTED,
              "%s: plots are written as .svg or .png, chosen by the file's ending", path);
  pleat_canvas *canvas;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *canvas, &canvas));
  canvas->context = context;
  pleat_text_init(&canvas->svg, context);
  pleat_status status = png ? pleat_raster_create(context, width, height, PIXELS, &canvas->raster) : PLEAT_OK;
  if (!png) begin_svg(canvas, width, height);
  if (status) pleat_memory_release(context, canvas);
  else *out = canvas;
  return status;
}

static pleat_status write_canvas(pleat_canvas *canvas, const char *path) {
  if (canvas->raster) {
    unsigned char *bytes;
    size_t length;
    PLEAT_TRY(pleat_picture_pack(canvas->context, pleat_raster_picture(canvas->raster), &bytes, &length));
    pleat_status status = pleat_file_write(canvas->context, path, bytes, length);
    pleat_memory_release(canvas->context, bytes);
    return status;
  }
  pleat_text_append(&canvas->svg, "</svg>\n");
  PLEAT_TRY(canvas->svg.status);
  return pleat_file_write(canvas->context, path, canvas->svg.bytes, canvas->svg.length);
}

pleat_status pleat_canvas_close(pleat_canvas *canvas, const char *path) {
  pleat_context *context = canvas->context;
  pleat_status status = write_canvas(canvas, path);
  pleat_raster_free(canvas->raster);
  pleat_text_free(&canvas->svg);
  pleat_memory_release(context, canvas);
  return status;
}

/* ---- Areas and lines ---- */

void pleat_canvas_fill(pleat_canvas *canvas, pleat_canvas_box box, pleat_color color, double opacity) {
  if (canvas->raster) {
    pleat_raster_fill(canvas->raster, box, color, opacity);
    return;
  }
  pleat_text_append(&canvas->svg, "<rect x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\" fill=\"#%06x\"", box.x, box.y,
                    box.width, box.height, color);
  if (opacity < 1) pleat_text_append(&canvas->svg, " fill-opacity=\"%.3g\"", opacity);
  pleat_text_append(&canvas->svg, "/>\n");
}

void pleat_canvas_line(pleat_canvas *canvas, const double (*points)[2], size_t count, pleat_canvas_pen pen) {
  if (canvas->raster) {
    pleat_raster_line(canvas->raster, points, count, pen);
    return;
  }
  pleat_text_append(&canvas->svg, "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"%.3g\" stroke-linejoin=\"round\"",
                    pen.color, pen.width);
  if (pen.dash > 0) pleat_text_append(&canvas->svg, " stroke-dasharray=\"%.3g\"", pen.dash);
  pleat_text_append(&canvas->svg, " d=\"");
  bool down = false;
  for (size_t i = 0; i < count; i++) {
    bool there = isfinite(points[i][0]) && isfinite(points[i][1]);
    if (there) pleat_text_append(&canvas->svg, "%c%.1f %.1f", down ? 'L' : 'M', points[i][0], points[i][1]);
    down = there;
  }
  pleat_text_append(&canvas->svg, "\"/>\n");
}

void pleat_canvas_frame(pleat_canvas *canvas, pleat_canvas_box box, pleat_canvas_pen pen) {
  double right = box.x + box.width, bottom = box.y + box.height;
  const double corners[][2] = {{box.x, box.y}, {right, box.y}, {right, bottom}, {box.x, bottom}, {box.x, box.y}};
  pleat_canvas_line(canvas, corners, 5, pen);
}

/* ---- Text ---- */

static void append_escaped(pleat_text *svg, const char *text) {
  for (; *text; text++) {
    if (*text == '<') pleat_text_append(svg, "&lt;");
    else if (*text == '>') pleat_text_append(svg, "&gt;");
    else if (*text == '&') pleat_text_append(svg, "&amp;");
    else if (*text == '"') pleat_text_append(svg, "&quot;");
    else if ((unsigned char)*text >= 32) pleat_text_append_bytes(svg, text, 1);
  }
}

void pleat_canvas_text(pleat_canvas *canvas, double x, double y, const char *text, pleat_canvas_font font) {
  static const char *const anchors[] = {"start", "middle", "end"};
  if (canvas->raster) {
    pleat_raster_text(canvas->raster, x, y, text, font);
    return;
  }
  if (font.upwards) pleat_text_append(&canvas->svg, "<text transform=\"translate(%.4g %.4g) rotate(-90)\"", x, y);
  else pleat_text_append(&canvas->svg, "<text x=\"%.4g\" y=\"%.4g\"", x, y);
  pleat_text_append(&canvas->svg, " font-size=\"%.3g\"", font.size);
  if (font.anchor) pleat_text_append(&canvas->svg, " text-anchor=\"%s\"", anchors[font.anchor]);
  pleat_text_append(&canvas->svg, ">");
  append_escaped(&canvas->svg, text);
  pleat_text_append(&canvas->svg, "</text>\n");
}

/* ---- Pictures ---- */

void pleat_canvas_draw(pleat_canvas *canvas, pleat_canvas_box box, const pleat_canvas_image *image) {
  if (canvas->raster) {
    pleat_raster_draw(canvas->raster, box, image);
    return;
  }
  pleat_text_append(&canvas->svg,
                    "<image x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\" preserveAspectRatio=\"none\" "
                    "style=\"image-rendering:pixelated\" href=\"",
                    box.x, box.y, box.width, box.height);
  pleat_picture_append_uri(&canvas->svg, *image);
  pleat_text_append(&canvas->svg, "\"/>\n");
}
