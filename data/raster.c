/* Drawing on pixels: what covers a pixel in part is mixed with what was there.
 * SPDX-License-Identifier: MIT */
#include "data/raster.h"

#include <math.h>
#include <string.h>

#include "data/stroke_font.h"

struct pleat_raster {
  pleat_context *context;
  int width, height;
  double scale;
  unsigned char *pixels; /* (height, width, 3) */
  unsigned char *cover;  /* (height, width) of the line that is being drawn, 0-255 */
};

typedef struct window { /* [x0, x1) x [y0, y1) */
  int x0, y0, x1, y1;
} window;

pleat_status pleat_raster_create(pleat_context *context, int width, int height, int scale, pleat_raster **out) {
  pleat_raster *r;
  *out = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *r, &r));
  *r = (pleat_raster){.context = context, .width = width * scale, .height = height * scale, .scale = scale};
  size_t count = (size_t)r->width * (size_t)r->height;
  pleat_status status = pleat_memory_take(context, count, 3, &r->pixels);
  if (!status) status = pleat_memory_take(context, count, 1, &r->cover);
  if (status) {
    pleat_raster_free(r);
    return status;
  }
  memset(r->pixels, 255, count * 3);
  *out = r;
  return PLEAT_OK;
}

void pleat_raster_free(pleat_raster *r) {
  if (!r) return;
  pleat_memory_release(r->context, r->pixels);
  pleat_memory_release(r->context, r->cover);
  pleat_memory_release(r->context, r);
}

pleat_canvas_image pleat_raster_picture(const pleat_raster *r) {
  return (pleat_canvas_image){r->width, r->height, r->pixels, NULL};
}

static int limit(double x, int most) { return x <= 0 ? 0 : x >= most ? most : (int)x; }

/* The pixels that a box of pixels touches. */
static window window_of(const pleat_raster *r, double left, double top, double right, double bottom) {
  return (window){limit(floor(left), r->width), limit(floor(top), r->height), limit(ceil(right), r->width),
                  limit(ceil(bottom), r->height)};
}

static void mix(pleat_raster *r, int x, int y, pleat_color color, double share) {
  unsigned char *p = r->pixels + ((size_t)y * (size_t)r->width + (size_t)x) * 3;
  for (int k = 0; k < 3; k++) {
    double new = color >> (16 - 8 * k) & 255;
    p[k] = (unsigned char)(p[k] + (new - p[k]) * share + 0.5);
  }
}

/* How much of [at, at + 1) lies between from and to. */
static double overlap(int at, double from, double to) {
  double share = fmin(at + 1.0, to) - fmax(at, from);
  return share > 0 ? share : 0;
}

void pleat_raster_fill(pleat_raster *r, pleat_canvas_box box, pleat_color color, double opacity) {
  double left = box.x * r->scale, top = box.y * r->scale;
  double right = left + box.width * r->scale, bottom = top + box.height * r->scale;
  window w = window_of(r, left, top, right, bottom);
  for (int y = w.y0; y < w.y1; y++)
    for (int x = w.x0; x < w.x1; x++) mix(r, x, y, color, opacity * overlap(x, left, right) * overlap(y, top, bottom));
}

/* ---- Lines: a pixel's share falls from 1 to 0 where the line's edge crosses it ---- */

static double distance(double x, double y, const double a[2], const double b[2]) {
  double dx = b[0] - a[0], dy = b[1] - a[1], square = dx * dx + dy * dy;
  double t = square > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / square : 0;
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}

/* Notes what the segment covers, in pixels; grows the window of the whole line. */
static void cover_segment(pleat_raster *r, const double a[2], const double b[2], double half, window *whole) {
  window w = window_of(r, fmin(a[0], b[0]) - half - 1, fmin(a[1], b[1]) - half - 1, fmax(a[0], b[0]) + half + 1,
                       fmax(a[1], b[1]) + half + 1);
  for (int y = w.y0; y < w.y1; y++)
    for (int x = w.x0; x < w.x1; x++) {
      double share = half + 0.5 - distance(x + 0.5, y + 0.5, a, b);
      int cover = share >= 1 ? 255 : share > 0 ? (int)(255 * share) : 0;
      unsigned char *c = &r->cover[(size_t)y * (size_t)r->width + (size_t)x];
      if (cover > *c) *c = (unsigned char)cover;
    }
  *whole = (window){w.x0 < whole->x0 ? w.x0 : whole->x0, w.y0 < whole->y0 ? w.y0 : whole->y0,
                    w.x1 > whole->x1 ? w.x1 : whole->x1, w.y1 > whole->y1 ? w.y1 : whole->y1};
}

/* Colours what was covered and forgets it. */
static void paint_cover(pleat_raster *r, window w, pleat_color color) {
  for (int y = w.y0; y < w.y1; y++)
    for (int x = w.x0; x < w.x1; x++) {
      unsigned char *c = &r->cover[(size_t)y * (size_t)r->width + (size_t)x];
      if (*c) mix(r, x, y, color, *c / 255.0);
      *c = 0;
    }
}

/* Every other piece of `dash` pixels. */
static void cover_dashes(pleat_raster *r, const double a[2], const double b[2], double half, double dash, window *whole) {
  double length = hypot(b[0] - a[0], b[1] - a[1]);
  for (double at = 0; at < length; at += 2 * dash) {
    double from = at / length, to = fmin(at + dash, length) / length;
    const double p[2] = {a[0] + from * (b[0] - a[0]), a[1] + from * (b[1] - a[1])};
    const double q[2] = {a[0] + to * (b[0] - a[0]), a[1] + to * (b[1] - a[1])};
    cover_segment(r, p, q, half, whole);
  }
}

void pleat_raster_line(pleat_raster *r, const double (*points)[2], size_t count, pleat_canvas_pen pen) {
  window whole = {r->width, r->height, 0, 0};
  double half = 0.5 * pen.width * r->scale;
  for (size_t i = 1; i < count; i++) {
    const double a[2] = {points[i - 1][0] * r->scale, points[i - 1][1] * r->scale};
    const double b[2] = {points[i][0] * r->scale, points[i][1] * r->scale};
    if (!isfinite(a[0] + a[1] + b[0] + b[1])) continue;
    if (pen.dash > 0) cover_dashes(r, a, b, half, pen.dash * r->scale, &whole);
    else cover_segment(r, a, b, half, &whole);
  }
  paint_cover(r, whole, pen.color);
}

/* ---- Text ---- */

void pleat_raster_text(pleat_raster *r, double x, double y, const char *text, pleat_canvas_font font) {
  const pleat_color ink = 0x222222;
  const double unit = font.size * 0.118 * r->scale; /* capitals are 6 units high */
  double at = -0.5 * font.anchor * pleat_stroke_font_width(text);
  window whole = {r->width, r->height, 0, 0};
  for (; *text; text++) {
    pleat_stroke stroke = {.glyph = pleat_stroke_font_glyph(*text)};
    while (pleat_stroke_font_next(&stroke)) {
      double end[2][2];
      for (int k = 0; k < 2; k++) {
        double along = (at + stroke.x[k]) * unit, up = stroke.y[k] * unit;
        end[k][0] = x * r->scale + (font.upwards ? -up : along);
        end[k][1] = y * r->scale - (font.upwards ? along : up);
      }
      cover_segment(r, end[0], end[1], 0.045 * font.size * r->scale, &whole);
    }
    at += pleat_stroke_font_advance(*text);
  }
  paint_cover(r, whole, ink);
}

/* ---- Pictures ---- */

void pleat_raster_draw(pleat_raster *r, pleat_canvas_box box, const pleat_canvas_image *image) {
  double left = box.x * r->scale, top = box.y * r->scale, width = box.width * r->scale, height = box.height * r->scale;
  window w = window_of(r, left + 0.5, top + 0.5, left + width - 0.5, top + height - 0.5);
  for (int y = w.y0; y < w.y1; y++)
    for (int x = w.x0; x < w.x1; x++) {
      int column = limit((x + 0.5 - left) / width * image->width, image->width - 1);
      int row = limit((y + 0.5 - top) / height * image->height, image->height - 1);
      mix(r, x, y, image->colors[image->points[(size_t)row * (size_t)image->width + (size_t)column]], 1);
    }
}
