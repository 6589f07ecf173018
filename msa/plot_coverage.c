/* The plot of an alignment's coverage as ColabFold draws it: rows by identity to the query, and how many cover each residue.
 * SPDX-License-Identifier: MIT
 *
 * A row's identity is the share of a chain's residues that it has alike (gaps count as unlike), the mean over the chains
 * where it has any. Rows of the same chains stand together, those of all chains on top. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/plot.h"
#include "data/query.h"
#include "msa/msa.h"

enum { WIDTH = 900, HEIGHT = 480, LEFT = 84, TOP = 44, BELOW = 56, BAR = 14, RIGHT = 100, GAP = 255, MOST_CHAINS = 64 };
enum { ACROSS = 1000, DOWN = 800 }; /* most points of the picture */

typedef struct row_place {
  size_t row;
  uint64_t chains; /* where it has residues, the first chain's bit the highest */
  double identity;
} row_place;

typedef struct coverage {
  const pleat_query *query;
  const pleat_msa *msa; /* NULL: the query alone */
  size_t *columns;      /* (total) each residue's column */
  row_place *rows;      /* (count), from below */
  size_t count;
  pleat_plot_area area;
} coverage;

/* ---- Rows ---- */

/* The alignment's chain with this sequence begins here; SIZE_MAX: there is none. */
static size_t find_column(const pleat_msa *msa, const char *sequence) {
  size_t length = strlen(sequence);
  if (!msa) return 0;
  for (size_t c = 0; c < msa->chain_count; c++)
    if (msa->chains[c].columns == length && !strncmp(msa->rows[0].residues + msa->chains[c].from, sequence, length))
      return msa->chains[c].from;
  return SIZE_MAX;
}

static pleat_status find_columns(coverage *v, const char *const *sequences) {
  size_t at = 0;
  for (size_t c = 0; c < v->area.chains; c++) {
    size_t from = find_column(v->msa, sequences[c]);
    PLEAT_CHECK(v->query->context, from != SIZE_MAX, PLEAT_ERROR_INPUT, "%s: the alignment lacks chain %s of the query",
                v->query->name, v->area.ids[c]);
    for (size_t k = 0; k < v->area.lengths[c]; k++) v->columns[at++] = from + k;
  }
  return PLEAT_OK;
}

static bool is_there(const coverage *v, size_t row, size_t residue) {
  return !v->msa || v->msa->rows[row].residues[v->columns[residue]] != '-';
}

static row_place place_row(const coverage *v, size_t row) {
  row_place place = {.row = row};
  size_t at = 0, covered = 0;
  for (size_t c = 0; c < v->area.chains; c++) {
    size_t equal = 0, there = 0;
    for (size_t k = 0; k < v->area.lengths[c]; k++, at++) {
      there += is_there(v, row, at);
      equal += !v->msa || v->msa->rows[row].residues[v->columns[at]] == v->msa->rows[0].residues[v->columns[at]];
    }
    place.chains = place.chains << 1 | (there > 0);
    covered += there > 0;
    place.identity += (double)equal / (double)v->area.lengths[c];
  }
  if (covered) place.identity /= (double)covered;
  return place;
}

static int compare_places(const void *a, const void *b) {
  const row_place *x = a, *y = b;
  if (x->chains != y->chains) return x->chains > y->chains ? 1 : -1;
  if (x->identity != y->identity) return x->identity > y->identity ? 1 : -1;
  return x->row < y->row ? 1 : -1; /* the query on top */
}

/* ---- Drawing ---- */

/* Red for unlike by green to violet for alike; the last one is white, for gaps. */
static void fill_colors(pleat_color *colors) {
  for (int i = 0; i < GAP; i++) {
    double t = 1 - i / (GAP - 1.0), red = fmin(1, fabs(2 * t - 0.5)), green = sin(M_PI * t), blue = cos(0.5 * M_PI * t);
    colors[i] = (pleat_color)lround(255 * red) << 16 | (pleat_color)lround(255 * fmax(0, green)) << 8 |
                (pleat_color)lround(255 * fmax(0, blue));
  }
  colors[GAP] = 0xffffff;
}

static void draw_rows(const coverage *v, const pleat_color *colors, unsigned char *points) {
  size_t width = v->area.total < ACROSS ? v->area.total : ACROSS, height = v->count < DOWN ? v->count : DOWN;
  for (size_t y = 0; y < height; y++) {
    const row_place *place = &v->rows[v->count - 1 - y * v->count / height];
    unsigned char level = (unsigned char)lround(place->identity * (GAP - 1));
    for (size_t x = 0; x < width; x++)
      points[y * width + x] = is_there(v, place->row, x * v->area.total / width) ? level : GAP;
  }
  pleat_canvas_draw(v->area.canvas, v->area.box, &(pleat_canvas_image){(int)width, (int)height, points, colors});
}

/* Steps, one a residue, at the height of the number of rows that have it. line (2 total). */
static void draw_depth(const coverage *v, double (*line)[2]) {
  const pleat_canvas_box *box = &v->area.box;
  for (size_t i = 0; i < v->area.total; i++) {
    size_t depth = 0;
    for (size_t r = 0; r < v->count; r++) depth += is_there(v, r, i);
    for (int k = 0; k < 2; k++) {
      line[2 * i + (size_t)k][0] = box->x + box->width * (double)(i + (size_t)k) / (double)v->area.total;
      line[2 * i + (size_t)k][1] = box->y + box->height * (1 - (double)depth / (double)v->count);
    }
  }
  pleat_canvas_line(v->area.canvas, (const double(*)[2])line, 2 * v->area.total, (pleat_canvas_pen){0x000000, 1.4, 0});
}

/* Lines between rows of other chains. */
static void draw_groups(const coverage *v) {
  const pleat_canvas_box *box = &v->area.box;
  for (size_t i = 1; i < v->count; i++) {
    if (v->rows[i].chains == v->rows[i - 1].chains) continue;
    double y = box->y + box->height * (1 - (double)i / (double)v->count);
    pleat_canvas_line(v->area.canvas, (double[][2]){{box->x, y}, {box->x + box->width, y}}, 2,
                      (pleat_canvas_pen){0x222222, 1, 0});
  }
}

static void draw_axes(const coverage *v) {
  char text[24];
  for (size_t step = pleat_plot_step(v->count, 8), n = 0; n <= v->count; n += step) {
    snprintf(text, sizeof text, "%zu", n);
    pleat_plot_tick_left(&v->area, (double)n / (double)v->count, text);
  }
  pleat_plot_ticks(&v->area, false);
  pleat_plot_borders(&v->area, false);
  pleat_plot_names(&v->area);
}

static void draw(const coverage *v, unsigned char *points, double (*line)[2]) {
  static const char *const labels[] = {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"};
  const pleat_canvas_font title = {14, PLEAT_CANVAS_START, false}, middle = {13, PLEAT_CANVAS_MIDDLE, false};
  const pleat_canvas_box *box = &v->area.box;
  pleat_color colors[256];
  char text[220];
  fill_colors(colors);
  snprintf(text, sizeof text, "%.160s: sequence coverage", v->query->name);
  pleat_canvas_text(v->area.canvas, LEFT, 18, text, title);
  draw_rows(v, colors, points);
  draw_groups(v);
  draw_axes(v);
  draw_depth(v, line);
  pleat_canvas_frame(v->area.canvas, *box, (pleat_canvas_pen){0x444444, 1, 0});
  pleat_canvas_text(v->area.canvas, box->x + 0.5 * box->width, box->y + box->height + 38, "position", middle);
  pleat_canvas_text(v->area.canvas, 24, box->y + 0.5 * box->height, "sequences",
                    (pleat_canvas_font){13, PLEAT_CANVAS_MIDDLE, true});
  const pleat_plot_bar bar = {colors, GAP, labels, 6, "sequence identity to query"};
  pleat_plot_draw_bar(v->area.canvas, (pleat_canvas_box){box->x + box->width + 24, TOP, BAR, box->height}, &bar);
}

/* ---- All of it ---- */

static pleat_status make_rows(coverage *v, pleat_pool *pool, const char *const *sequences) {
  PLEAT_TRY(pleat_pool_take(pool, v->area.total, sizeof *v->columns, &v->columns));
  PLEAT_TRY(find_columns(v, sequences));
  v->count = v->msa ? v->msa->row_count : 1;
  PLEAT_TRY(pleat_pool_take(pool, v->count, sizeof *v->rows, &v->rows));
  for (size_t r = 0; r < v->count; r++) v->rows[r] = place_row(v, r);
  qsort(v->rows, v->count, sizeof *v->rows, compare_places);
  return PLEAT_OK;
}

static pleat_status write_plot(coverage *v, pleat_pool *pool, const char *const *sequences, const char *path) {
  unsigned char *points;
  double(*line)[2];
  PLEAT_TRY(make_rows(v, pool, sequences));
  PLEAT_TRY(pleat_pool_take(pool, ACROSS * DOWN, 1, &points));
  PLEAT_TRY(pleat_pool_take(pool, 2 * v->area.total, sizeof *line, &line));
  PLEAT_TRY(pleat_canvas_open(v->query->context, path, WIDTH, HEIGHT, &v->area.canvas));
  draw(v, points, line);
  return pleat_canvas_close(v->area.canvas, path);
}

pleat_status pleat_plot_write_coverage(const pleat_query *query, const char *path) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const char *sequences[MOST_CHAINS], *ids[MOST_CHAINS];
  char names[MOST_CHAINS][2] = {{0}};
  size_t lengths[MOST_CHAINS];
  pleat_pool pool;
  coverage v = {.query = query, .msa = query->msa,
                .area = {.box = {LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BELOW}, .ids = ids, .lengths = lengths}};
  for (int c = 0; c < query->chains && v.area.chains < sizeof letters - 1; c++) {
    if (!*query->sequence[c]) continue;
    size_t at = v.area.chains++;
    names[at][0] = letters[at];
    ids[at] = names[at];
    sequences[at] = query->sequence[c];
    v.area.total += lengths[at] = strlen(query->sequence[c]);
  }
  pleat_pool_init(&pool, query->context, 0);
  pleat_status status = write_plot(&v, &pool, sequences, path);
  pleat_pool_free(&pool);
  return status;
}
