/* Tests of plots: pixels of areas, lines, letters and pictures, PNG files read back, and what the plots of a job show.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/picture.h"
#include "data/raster.h"
#include "data/stroke_font.h"
#include "lib/file.h"
#include "tests/suites.h"

enum { SIDE = 40, SCALE = 2, PIXELS = SIDE * SCALE };

static pleat_context *context;

static int start(void) { return pleat_context_create(NULL, &context) != PLEAT_OK; }

static int stop(void) {
  pleat_context_free(context);
  return 0;
}

static pleat_raster *make_raster(void) {
  pleat_raster *raster = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_raster_create(context, SIDE, SIDE, SCALE, &raster), PLEAT_OK);
  return raster;
}

static int red_at(const pleat_raster *raster, int x, int y) {
  return pleat_raster_picture(raster).points[(y * PIXELS + x) * 3];
}

static int count_dark(const pleat_raster *raster, int from, int to) {
  int dark = 0;
  for (int y = 0; y < PIXELS; y++)
    for (int x = from; x < to; x++) dark += red_at(raster, x, y) < 128;
  return dark;
}

static void test_areas_mix_by_what_they_cover(void) {
  pleat_raster *raster = make_raster();
  pleat_raster_fill(raster, (pleat_canvas_box){1, 1, 2.25, 1}, 0x000000, 1);
  CU_ASSERT_EQUAL(red_at(raster, 1, 2), 255);
  CU_ASSERT_EQUAL(red_at(raster, 2, 2), 0);
  CU_ASSERT_EQUAL(red_at(raster, 6, 2), 128); /* half of the pixel: from 6 to 6.5 */
  CU_ASSERT_EQUAL(red_at(raster, 2, 4), 255);
  pleat_raster_fill(raster, (pleat_canvas_box){-5, 30, 100, 1}, 0x000000, 0.5); /* over the edge */
  CU_ASSERT_EQUAL(red_at(raster, 0, 60), 128);
  pleat_raster_free(raster);
}

static void test_lines_lift_the_pen(void) {
  const double points[][2] = {{5, 10}, {15, 10}, {NAN, 10}, {25, 10}, {35, 10}};
  pleat_raster *raster = make_raster();
  pleat_raster_line(raster, points, 5, (pleat_canvas_pen){0x000000, 2, 0});
  CU_ASSERT_EQUAL(red_at(raster, 20, 20), 0);
  CU_ASSERT_EQUAL(red_at(raster, 40, 20), 255);
  CU_ASSERT_EQUAL(red_at(raster, 60, 20), 0);
  pleat_raster_line(raster, (const double[][2]){{5, 30}, {35, 30}}, 2, (pleat_canvas_pen){0x000000, 2, 5});
  CU_ASSERT_EQUAL(red_at(raster, 15, 60), 0);
  CU_ASSERT_EQUAL(red_at(raster, 25, 60), 255); /* between dashes */
  pleat_raster_free(raster);
}

static void test_letters_stand_where_they_are_told(void) {
  pleat_raster *raster = make_raster();
  pleat_raster_text(raster, 20, 20, "Hx", (pleat_canvas_font){12, PLEAT_CANVAS_END, false});
  CU_ASSERT(count_dark(raster, 0, PIXELS / 2) > 40);
  CU_ASSERT_EQUAL(count_dark(raster, PIXELS / 2 + 2, PIXELS), 0);
  pleat_raster_text(raster, 30, 20, "\xc3", (pleat_canvas_font){12, PLEAT_CANVAS_START, true}); /* no letter of ASCII: '?' */
  CU_ASSERT(count_dark(raster, PIXELS / 2 + 2, PIXELS) > 10);
  pleat_raster_free(raster);
}

/* Every glyph is whole: pairs of a column and a row, each pen stroke with two points at least. */
static void test_all_glyphs(void) {
  for (int c = ' '; c <= '~'; c++) {
    pleat_stroke stroke = {.glyph = pleat_stroke_font_glyph((char)c)};
    int strokes = 0;
    while (pleat_stroke_font_next(&stroke)) {
      strokes++;
      for (int k = 0; k < 2; k++) {
        CU_ASSERT(stroke.x[k] >= 0 && stroke.x[k] < pleat_stroke_font_advance((char)c));
        CU_ASSERT(stroke.y[k] >= -2 && stroke.y[k] <= 7);
      }
    }
    CU_ASSERT(strokes > 0 || c == ' ');
  }
}

static void test_pictures_come_back(void) {
  const unsigned char points[6] = {0, 1, 2, 2, 1, 0};
  pleat_color colors[256] = {0x112233, 0x445566, 0x778899};
  unsigned char *bytes, back[18];
  size_t length;
  png_image image = {.version = PNG_IMAGE_VERSION};
  CU_ASSERT_EQUAL_FATAL(pleat_picture_pack(context, (pleat_canvas_image){3, 2, points, colors}, &bytes, &length), PLEAT_OK);
  CU_ASSERT_FATAL(png_image_begin_read_from_memory(&image, bytes, length));
  CU_ASSERT(image.width == 3 && image.height == 2);
  image.format = PNG_FORMAT_RGB;
  CU_ASSERT_FATAL(png_image_finish_read(&image, NULL, back, 0, NULL));
  CU_ASSERT(!memcmp(back, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\x77\x88\x99\x44\x55\x66\x11\x22\x33", 18));
  pleat_memory_release(context, bytes);
  pleat_raster *raster = make_raster();
  pleat_raster_draw(raster, (pleat_canvas_box){10, 10, 15, 10}, &(pleat_canvas_image){3, 2, points, colors});
  CU_ASSERT_EQUAL(red_at(raster, 20, 20), 0x11);
  CU_ASSERT_EQUAL(red_at(raster, 49, 20), 0x77);
  CU_ASSERT_EQUAL(red_at(raster, 20, 39), 0x77);
  CU_ASSERT_EQUAL(red_at(raster, 50, 20), 255);
  pleat_raster_free(raster);
}

/* The text of a plot that was written, which the caller releases. */
static char *plot_text(pleat_status (*write)(const void *what, const char *path), const void *what) {
  char path[] = "/tmp/pleat-test-XXXXXX.svg", *bytes = NULL;
  size_t length;
  close(mkstemps(path, 4));
  CU_ASSERT_EQUAL(write(what, path), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, path, 0, &bytes, &length), PLEAT_OK);
  unlink(path);
  return bytes;
}

static pleat_status write_errors(const void *plot, const char *path) { return pleat_plot_write_errors(context, plot, path); }
static pleat_status write_coverage(const void *query, const char *path) { return pleat_plot_write_coverage(query, path); }

static void test_errors(void) {
  float pae[25];
  for (int i = 0; i < 25; i++) pae[i] = i == 7 ? NAN : (float)i;
  const pleat_plot_prediction predictions[] = {{"rank_1", NULL, pae}, {"rank_2", NULL, pae}, {"rank_3", NULL, NULL}};
  pleat_plot plot = {"a<b", predictions, 3, 2, (const char *const[]){"A", "B"}, (const size_t[]){3, 2}};
  char *svg = plot_text(write_errors, &plot);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "a&lt;b"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "rank_2"));
  CU_ASSERT_PTR_NULL(strstr(svg, "rank_3"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "data:image/png;base64,iVBORw0KGgo"));
  pleat_memory_release(context, svg);
  plot.count = 0;
  CU_ASSERT_EQUAL(pleat_plot_write_errors(context, &plot, "x.svg"), PLEAT_ERROR_INPUT);
  plot.count = 1;
  CU_ASSERT_EQUAL(pleat_plot_write_errors(context, &plot, "x.bmp"), PLEAT_ERROR_UNSUPPORTED);
}

static void test_coverage(void) {
  const char a3m[] = "#3,2\t2,1\n>101\t102\nMKTGS\n>p\tq\nMKSGS\n>a\nM-T--\n";
  pleat_msa *msa;
  pleat_query *query;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_parse(context, a3m, strlen(a3m), "x.a3m", &msa), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "x", "GS:MKT:MKT", &query), PLEAT_OK); /* in another order */
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, msa), PLEAT_OK);
  char *svg = plot_text(write_coverage, query);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "x: sequence coverage"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "chain C"));
  pleat_memory_release(context, svg);
  pleat_query_free(query);
  pleat_msa_free(msa);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "y", "MKT", &query), PLEAT_OK); /* from its sequence alone */
  svg = plot_text(write_coverage, query);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "chain A"));
  pleat_memory_release(context, svg);
  pleat_query_free(query);
}

void suite_plot(void) {
  CU_pSuite suite = CU_add_suite("plots", start, stop);
  CU_add_test(suite, "areas mix by what they cover", test_areas_mix_by_what_they_cover);
  CU_add_test(suite, "lines lift the pen", test_lines_lift_the_pen);
  CU_add_test(suite, "letters stand where they are told", test_letters_stand_where_they_are_told);
  CU_add_test(suite, "all glyphs are whole", test_all_glyphs);
  CU_add_test(suite, "pictures come back", test_pictures_come_back);
  CU_add_test(suite, "aligned errors", test_errors);
  CU_add_test(suite, "coverage of an alignment", test_coverage);
}
