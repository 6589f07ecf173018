/* Letters made of strokes, for plots as pixels: the printable characters of ASCII.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_STROKE_FONT_H
#define PLEAT_DATA_STROKE_FONT_H

#include <stdbool.h>

/* Units: capitals are 6 high, small letters 4; the base line is 0. Widths include the gap to the next letter. */
double pleat_stroke_font_advance(char letter);
double pleat_stroke_font_width(const char *text);

/* The strokes of a glyph, one a call: from x[0], y[0] to x[1], y[1]. */
typedef struct pleat_stroke {
  const char *glyph; /* what is left of it */
  bool down;
  double x[2], y[2];
} pleat_stroke;
const char *pleat_stroke_font_glyph(char letter);
bool pleat_stroke_font_next(pleat_stroke *stroke);

#endif
