/* Letters made of strokes.
 * SPDX-License-Identifier: MIT */
#include "data/stroke_font.h"

#include <string.h>

enum { BASE = '2' };
static const double narrow = 0.9; /* columns are closer than rows */

/* Points of a grid, column a-e and row 0-9 (base line 2, small letters to 6, capitals to 8); a blank lifts the pen. */
static const char *const glyphs[] = {
    "", "a8a4 a2a2", "a8a7 c8c7", "b8a2 d8c2 a6e6 a4e4", "e7d8b8a7a6b5d5e4e3d2b2a3 c9c1", "a2e8 a8b8b7a7a8 d3e3e2d2d3",
    "e2b6b7c8d7d6a4a3b2c2e4", "a8a7", "b9a7a3b1", "a9b7b3a1", "b7b3 a6c4 a4c6", "c6c2 a4e4", "b2a1", "a4c4", "a2a2", "a1d9",
    "b8d8e7e3d2b2a3a7b8", "a7b8b2 a2c2", "a7b8d8e7e6a2e2", "a8e8c5d5e4e3d2b2a3", "d2d8a4e4", "e8a8a5d5e4e3d2a2",
    "e7d8b8a7a3b2d2e3e4d5b5a4", "a8e8b2", "b5a6a7b8d8e7e6d5b5a4a3b2d2e3e4d5", "a3b2d2e3e7d8b8a7a6b5d5e6", "a5a5 a2a2",
    "b5b5 b2a1", "d6a4d2", "a5d5 a3d3", "a6d4a2", "a7b8d8e7e6c5c4 c2c2", "d5c6b5b3c2d3d5 d3e3e7d8b8a7a2b1d1",
    "a2c8e2 b4d4", "a2a8d8e7e6d5a5 d5e4e3d2a2", "e7d8b8a7a3b2d2e3", "a2a8c8e6e4c2a2", "e8a8a2e2 a5d5", "e8a8a2 a5d5",
    "e7d8b8a7a3b2d2e3e5c5", "a8a2 e8e2 a5e5", "a8a2", "d8d3c2b2a3", "a8a2 e8a4 b5e2", "a8a2d2", "a2a8c4e8e2", "a2a8e2e8",
    "b8d8e7e3d2b2a3a7b8", "a2a8d8e7e6d5a5", "b8d8e7e3d2b2a3a7b8 c4e2", "a2a8d8e7e6d5a5 c5e2", "e7d8b8a7a6b5d5e4e3d2b2a3",
    "a8e8 c8c2", "a8a3b2d2e3e8", "a8c2e8", "a8b2c6d2e8", "a8e2 a2e8", "a8c5e8 c5c2", "a8e8a2e2", "b9a9a1b1", "a9d1",
    "a9b9b1a1", "a6b8c6", "a1e1", "a8b7", "d6d2 d5c6b6a5a3b2c2d3", "a8a2 a5b6c6d5d3c2b2a3", "d5c6b6a5a3b2c2d3",
    "d8d2 d5c6b6a5a3b2c2d3", "a4d4d5c6b6a5a3b2c2d3", "c8b7b2 a6c6", "d6d1c0b0a1 d5c6b6a5a3b2c2d3", "a8a2 a5b6c6d5d2",
    "a6a2 a8a8", "b6b1a0 b8b8", "a8a2 d6a3 b4d2", "a8a2", "a6a2 a5b6c5c2 c5d6e5e2", "a6a2 a5b6c6d5d2", "b6c6d5d3c2b2a3a5b6",
    "a6a0 a5b6c6d5d3c2b2a3", "d6d0 d5c6b6a5a3b2c2d3", "a6a2 a5b6c6", "d5c6b6a5b4c4d3c2b2a3", "b8b3c2 a6c6", "a6a3b2c2d3 d6d2",
    "a6c2e6", "a6b2c5d2e6", "a6d2 a2d6", "a6c2 e6b0a0", "a6d6a2d2", "c9b8b6a5b4b2c1", "a9a1", "a9b8b6c5b4b2a1", "a4b5c4d5"};
_Static_assert(sizeof glyphs / sizeof *glyphs == '~' - ' ' + 1, "one for each character");

const char *pleat_stroke_font_glyph(char letter) { return glyphs[letter >= ' ' && letter <= '~' ? letter - ' ' : '?' - ' ']; }

static double column(char c) { return narrow * (c - 'a'); }

double pleat_stroke_font_advance(char letter) {
  char right = 'a';
  for (const char *c = pleat_stroke_font_glyph(letter); *c; c++)
    if (*c > right && *c <= 'e') right = *c;
  return column(letter == ' ' ? 'b' : right) + 1.9;
}

double pleat_stroke_font_width(const char *text) {
  double width = 0;
  for (; *text; text++) width += pleat_stroke_font_advance(*text);
  return width;
}

bool pleat_stroke_font_next(pleat_stroke *stroke) {
  if (*stroke->glyph == ' ') stroke->down = false, stroke->glyph++;
  if (!*stroke->glyph) return false;
  if (!stroke->down) {
    stroke->x[1] = column(stroke->glyph[0]);
    stroke->y[1] = stroke->glyph[1] - BASE;
    stroke->glyph += 2;
    stroke->down = true;
  }
  stroke->x[0] = stroke->x[1];
  stroke->y[0] = stroke->y[1];
  stroke->x[1] = column(stroke->glyph[0]);
  stroke->y[1] = stroke->glyph[1] - BASE;
  stroke->glyph += 2;
  return true;
}
