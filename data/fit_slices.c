/* Slices of a map with the placed structure on top, as SVG.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "data/fit.h"
#include "data/picture.h"
#include "lib/file.h"

enum { PANEL = 300, GAP = 24, TITLE = 30 };

static const char axes[] = "xyz";

/* One slice across an axis, the other two to the right and up. */
typedef struct slice {
  const pleat_grid *grid;
  int across, right, up, at;
  double scale; /* pixels of the picture per angstrom */
  int left;     /* pixels */
} slice;

static float value_of(const slice *s, int right, int up) {
  int point[3];
  point[s->across] = s->at, point[s->right] = right, point[s->up] = up;
  return s->grid->values[((size_t)point[2] * (size_t)s->grid->size[1] + (size_t)point[1]) * (size_t)s->grid->size[0] +
                         (size_t)point[0]];
}

/* Grey from the map's mean less a deviation (white) to its greatest value (dark). */
static pleat_status draw_map(const slice *s, pleat_context *context, const pleat_grid_statistics *about, pleat_text *svg) {
  int width = s->grid->size[s->right], height = s->grid->size[s->up];
  double from = about->mean - about->deviation, range = about->greatest - from;
  pleat_color greys[256];
  unsigned char *pixels;
  PLEAT_TRY(pleat_memory_take(context, (size_t)width * (size_t)height, 1, &pixels));
  for (int i = 0; i < 256; i++) greys[i] = (pleat_color)i * 0x010101;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      double share = range > 0 ? ((double)value_of(s, x, height - 1 - y) - from) / range : 0;
      pixels[(size_t)y * (size_t)width + (size_t)x] = (unsigned char)(255 - 200 * fmax(0, fmin(1, share)));
    }
  pleat_text_append(svg, "<image x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%.1f\" preserveAspectRatio=\"none\" href=\"",
                    s->left, TITLE, width * s->grid->spacing[s->right] * s->scale,
                    height * s->grid->spacing[s->up] * s->scale);
  pleat_picture_append_uri(svg, (pleat_canvas_image){width, height, pixels, greys});
  pleat_text_append(svg, "\"/>\n");
  pleat_memory_release(context, pixels);
  return PLEAT_OK;
}

static void draw_atoms(const slice *s, const pleat_structure *structure, pleat_text *svg) {
  const pleat_grid *grid = s->grid;
  double level = grid->origin[s->across] + s->at * grid->spacing[s->across], height = grid->size[s->up] * grid->spacing[s->up];
  pleat_text_append(svg, "<g fill=\"#d55e00\">\n");
  for (size_t i = 0; i < structure->atom_count; i++) {
    const pleat_atom *atom = &structure->atoms[i].site;
    if (strcmp(atom->name, "CA") != 0 && strcmp(atom->name, "P") != 0) continue;
    if (fabs(atom->position[s->across] - level) > 2.5) continue;
    double x = (atom->position[s->right] - grid->origin[s->right]) * s->scale;
    double y = (height - (atom->position[s->up] - grid->origin[s->up])) * s->scale;
    if (x < 0 || y < 0 || x > PANEL || y > PANEL) continue;
    pleat_text_append(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>\n", s->left + x, TITLE + y);
  }
  pleat_text_append(svg, "</g>\n");
}

static void middle_of(const pleat_structure *structure, double middle[3]) {
  memset(middle, 0, 3 * sizeof *middle);
  for (size_t i = 0; i < structure->atom_count; i++)
    for (int d = 0; d < 3; d++) middle[d] += structure->atoms[i].site.position[d] / (double)structure->atom_count;
}

static pleat_status draw(const pleat_fit *fit, const pleat_structure *structure, pleat_text *svg) {
  const pleat_grid *grid = &fit->map->grid;
  pleat_grid_statistics about = pleat_grid_describe(grid);
  double middle[3], longest = 0;
  middle_of(structure, middle);
  for (int d = 0; d < 3; d++) longest = fmax(longest, grid->size[d] * grid->spacing[d]);
  int width = 3 * PANEL + 4 * GAP;
  pleat_text_append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
                         "font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", width, PANEL + TITLE + GAP);
  for (int d = 0; d < 3; d++) {
    slice s = {.grid = grid, .across = d, .right = d == 0, .up = d == 2 ? 1 : 2, .scale = PANEL / longest,
               .left = GAP + d * (PANEL + GAP)};
    double at = round((middle[d] - grid->origin[d]) / grid->spacing[d]);
    s.at = at < 0 ? 0 : at >= grid->size[d] ? grid->size[d] - 1 : (int)at;
    pleat_text_append(svg, "<text x=\"%d\" y=\"20\">%c = %.1f, %c to the right, %c up</text>\n", s.left, axes[d],
                      grid->origin[d] + s.at * grid->spacing[d], axes[s.right], axes[s.up]);
    PLEAT_TRY(draw_map(&s, fit->context, &about, svg));
    draw_atoms(&s, structure, svg);
  }
  pleat_text_append(svg, "</svg>\n");
  return svg->status;
}

pleat_status pleat_fit_write_slices(const pleat_fit *fit, const char *path) {
  pleat_structure *structure;
  pleat_text svg;
  PLEAT_TRY(pleat_fit_assembly(fit, &structure));
  pleat_text_init(&svg, fit->context);
  pleat_status status = draw(fit, structure, &svg);
  if (!status) status = pleat_file_write(fit->context, path, svg.bytes, svg.length);
  pleat_text_free(&svg);
  pleat_structure_free(structure);
  return status;
}
