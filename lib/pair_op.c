/* Triangle multiplication and outer product mean: layout in panels, products by the dense micro-kernel.
 * SPDX-License-Identifier: MIT */
#include "lib/pair_op.h"

#include <string.h>

#include "lib/gemm.h"
#include "lib/kernel/kernels.h"
#include "lib/op_scope.h"
#include "lib/team.h"

enum { RUN = 16 /* items of a tile: a cache line of floats */ };

static int64_t round_to(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- Triangle multiplication ---- */

static int64_t panel_plane(const pleat_run *run, const pleat_triangle *t) {
  return round_to(t->length, run->kernels->panel) * t->length;
}

void pleat_triangle_take(pleat_run *run, pleat_triangle *t) {
  t->rows = pleat_run_take(run, t->channels * t->length * t->length);
  t->panels = pleat_run_take(run, t->channels * panel_plane(run, t));
}

/* Where one operand goes: items (u, v) of a plane, v in runs. */
typedef struct lay_side {
  float *planes;
  int64_t plane; /* floats from channel to channel */
  int panel;     /* 0: plane (U, V) row-major; else panels of v: (V / panel, U, panel) */
  bool across;   /* v is the first axis of x, u the second; else the other way round */
  int column;    /* of x, where the operand's channels start */
} lay_side;

typedef struct lay_work {
  const pleat_kernels *kernels;
  const pleat_triangle *triangle;
  int64_t first, count, ld, blocks; /* blocks of the second axis */
  const float *x, *mask;
  lay_side sides[2];
} lay_work;

/* `n` items of a run, items `step` floats apart in x, to every channel. The last panel is filled up with zeros. */
static void lay_run(const lay_work *work, const lay_side *side, const float *x, int64_t step, const float *mask,
                    int64_t mask_step, int64_t u, int64_t v, int64_t n) {
  int64_t length = work->triangle->length, channels = work->triangle->channels;
  int64_t start = side->panel ? v / side->panel * side->panel : 0;
  int64_t at = side->panel ? start * length + u * side->panel + v - start : u * length + v;
  int64_t room = side->panel && v + n == length ? round_to(v + n, side->panel) - v : n;
  float factor[RUN];
  for (int64_t i = 0; mask && i < n; i++) factor[i] = mask[i * mask_step];
  const pleat_kernel_transpose turn = {.rows = n, .columns = channels, .ld_x = step, .ld_y = side->plane, .x = x,
                                       .scale = mask ? factor : NULL, .y = side->planes + at};
  work->kernels->transpose(&turn);
  for (int64_t c = 0; room > n && c < channels; c++)
    memset(side->planes + c * side->plane + at + n, 0, (size_t)(room - n) * sizeof(float));
}

/* RUN rows of the chunk by RUN columns; runs end where panels do. */
static void lay_tile(const lay_work *work, const lay_side *side, int64_t row, int64_t column) {
  int64_t length = work->triangle->length, rows = lesser(RUN, work->first + work->count - row);
  int64_t columns = lesser(RUN, length - column), most = side->panel && side->panel < RUN ? side->panel : RUN;
  int64_t outer = side->across ? columns : rows, inner = side->across ? rows : columns;
  for (int64_t u = 0; u < outer; u++) {
    for (int64_t v = 0, n; v < inner; v += n) {
      int64_t i = row + (side->across ? v : u), k = column + (side->across ? u : v);
      int64_t at = (i - work->first) * length + k, start = side->across ? i : k;
      n = lesser(inner - v, most - start % most);
      lay_run(work, side, work->x + at * work->ld + side->column, (side->across ? length : 1) * work->ld,
              work->mask ? work->mask + at : NULL, side->across ? length : 1, side->across ? k : i, start, n);
    }
  }
}

static void lay_part(void *argument, int64_t begin, int64_t end, int thread) {
  const lay_work *work = argument;
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    int64_t row = work->first + item / work->blocks * RUN, column = item % work->blocks * RUN;
    for (int side = 0; side < 2; side++) lay_tile(work, &work->sides[side], row, column);
  }
}

void pleat_op_triangle_lay(pleat_run *run, const pleat_triangle *t, int64_t first, int64_t count, const float *x,
                           const float *mask) {
  int64_t length = t->length, square = length * length;
  int rows_column = t->incoming ? t->channels : 0; /* of outgoing, left has the rows i */
  lay_work work = {.kernels = run->kernels, .triangle = t, .first = first, .count = count, .ld = 2 * t->channels, .x = x, .mask = mask};
  double started;
  work.blocks = (length + RUN - 1) / RUN;
  work.sides[0] = (lay_side){t->rows, square, 0, t->incoming, rows_column};
  work.sides[1] = (lay_side){t->panels, panel_plane(run, t), run->kernels->panel, !t->incoming,
                             t->channels - rows_column};
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 0, 4.0 * t->channels * (double)(count * length), &started)) return;
  pleat_team_for(run->threads, (count + RUN - 1) / RUN * work.blocks, 1, lay_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "triangle_lay", "m%lldl%lldc%d", (long long)count, (long long)length,
               t->channels);
}

enum { PRODUCT_ROWS = 48 };

typedef struct product_work {
  const pleat_kernels *kernels;
  const pleat_triangle *triangle;
  int64_t plane, parts, part; /* parts of `part` rows that each channel is cut into */
  float *scratch;             /* (threads, PRODUCT_ROWS, L) */
} product_work;

/* A few rows at a time are set aside, because their results take their place. */
static void product_part(void *argument, int64_t begin, int64_t end, int thread) {
  const product_work *work = argument;
  const pleat_triangle *t = work->triangle;
  int64_t length = t->length;
  int panels = (int)((length + work->kernels->panel - 1) / work->kernels->panel);
  float *aside = work->scratch + thread * PRODUCT_ROWS * length;
  for (int64_t item = begin; item < end; item++) {
    int64_t channel = item / work->parts, first = item % work->parts * work->part;
    float *rows = t->rows + channel * length * length;
    for (int64_t row = first; row < lesser(first + work->part, length); row += PRODUCT_ROWS) {
      int64_t n = lesser(PRODUCT_ROWS, length - row);
      pleat_kernel_linear problem = {.rows = n, .in = (int)length, .out = (int)length, .x = aside,
                                     .packed = t->panels + channel * work->plane, .ld_x = length, .ld_y = length,
                                     .y = rows + row * length};
      memcpy(aside, rows + row * length, (size_t)(n * length) * sizeof *aside);
      work->kernels->linear(&problem, 0, n, 0, panels);
    }
  }
}

void pleat_op_triangle_multiply(pleat_run *run, const pleat_triangle *t) {
  product_work work = {.kernels = run->kernels, .triangle = t, .plane = panel_plane(run, t)};
  double started, length = (double)t->length, flops = 2 * length * length * length * t->channels;
  if (t->channels <= 0) return; /* more processes than channels */
  size_t mark = pleat_arena_mark(run->arena);
  int64_t wanted = 4 * (int64_t)run->threads, most = (t->length + PRODUCT_ROWS - 1) / PRODUCT_ROWS;
  work.parts = lesser((wanted + t->channels - 1) / t->channels, most);
  work.part = round_to((t->length + work.parts - 1) / work.parts, PRODUCT_ROWS);
  work.scratch = pleat_run_take(run, run->threads * PRODUCT_ROWS * t->length);
  if (pleat_op_begin(run, PLEAT_OP_DENSE, flops, 3 * length * length * t->channels, &started)) {
    pleat_run_team_for(run, flops, t->channels * work.parts, product_part, &work);
    PLEAT_OP_END(run, started, run->kernels->name, "triangle", "l%lldc%d", (long long)t->length, t->channels);
  }
  pleat_arena_release(run->arena, mark);
}

static void rows_part(void *argument, int64_t begin, int64_t end, int thread) {
  const lay_work *work = argument;
  int64_t length = work->triangle->length, channels = work->triangle->channels;
  float *y = work->sides[0].planes;
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    int64_t row = item / work->blocks, column = item % work->blocks * RUN, n = lesser(RUN, length - column);
    const pleat_kernel_transpose turn = {.rows = channels, .columns = n, .ld_x = length * length, .ld_y = channels,
                                         .x = work->x + (work->first + row) * length + column,
                                         .y = y + (row * length + column) * channels};
    work->kernels->transpose(&turn);
  }
}

void pleat_op_triangle_rows(pleat_run *run, const pleat_triangle *t, int64_t first, int64_t count, float *y) {
  lay_work work = {.kernels = run->kernels, .triangle = t, .first = first, .count = count, .x = t->rows, .sides[0].planes = y};
  double started;
  work.blocks = (t->length + RUN - 1) / RUN;
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 0, 2.0 * t->channels * (double)(count * t->length), &started)) return;
  pleat_team_for(run->threads, count * work.blocks, 8, rows_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "triangle_rows", "m%lldl%lldc%d", (long long)count, (long long)t->length,
               t->channels);
}

/* ---- Outer product mean ---- */

int64_t pleat_outer_product_residue(const pleat_run *run, const pleat_outer_product *o) {
  return round_to(o->channels, run->kernels->panel) * o->sequences;
}

void pleat_outer_product_take(pleat_run *run, pleat_outer_product *o) {
  o->left = pleat_run_take(run, o->count * o->channels * o->sequences);
  o->right = pleat_run_take(run, o->count * pleat_outer_product_residue(run, o));
}

/* Pairs of a tile. Whole tiles of the product's rows (with C = 32, 6 residues are 192 of them); left sides are read once
 * for each column, right ones once for each row. */
enum { ROWS = 6, COLUMNS = 16, PAIRS = ROWS * COLUMNS };

typedef struct outer_work {
  const pleat_outer_product *outer;
  const pleat_outer_panel *panel;
  const pleat_kernels *kernels;
  int64_t first, count; /* sequences being laid */
  const float *x;
  float *y;
  int64_t row_blocks, column_blocks; /* tiles */
  int64_t residue;                   /* floats of one's right side */
  int64_t scratch_size, gemm_size;
  float *scratch;
} outer_work;

static void lay_left(const outer_work *work, int64_t residue, int64_t s, int64_t n) {
  const pleat_outer_product *o = work->outer;
  int64_t C = o->channels;
  for (int64_t c = 0; c < C; c++) {
    float *to = o->left + (residue * C + c) * o->sequences + s;
    for (int64_t r = 0; r < n; r++) {
      float mask = o->mask[(s + r) * o->length + o->first + residue];
      to[r] = work->x[((s - work->first + r) * o->count + residue) * 2 * C + c] * mask;
    }
  }
}

static void lay_right(const outer_work *work, int64_t residue, int64_t s, int64_t n) {
  const pleat_outer_product *o = work->outer;
  int64_t C = o->channels, panel = work->kernels->panel;
  for (int64_t r = 0; r < n; r++) {
    const float *x = work->x + ((s - work->first + r) * o->count + residue) * 2 * C + C;
    float mask = o->mask[(s + r) * o->length + o->first + residue];
    for (int64_t c = 0; c < round_to(C, panel); c++)
      o->right[residue * work->residue + c / panel * o->sequences * panel + (s + r) * panel + c % panel] =
          c < C ? x[c] * mask : 0;
  }
}

static void outer_lay_part(void *argument, int64_t begin, int64_t end, int thread) {
  const outer_work *work = argument;
  (void)thread;
  for (int64_t residue = begin; residue < end; residue++)
    for (int64_t s = work->first; s < work->first + work->count; s += RUN) {
      int64_t n = lesser(RUN, work->first + work->count - s);
      lay_left(work, residue, s, n);
      lay_right(work, residue, s, n);
    }
}

void pleat_op_outer_product_lay(pleat_run *run, const pleat_outer_product *o, int64_t first, int64_t count,
                                const float *x) {
  outer_work work = {.outer = o, .kernels = run->kernels, .first = first, .count = count, .x = x};
  double started;
  work.residue = pleat_outer_product_residue(run, o);
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 0, 4.0 * o->channels * (double)(count * o->count), &started)) return;
  pleat_team_for(run->threads, o->count, 4, outer_lay_part, &work);
  PLEAT_OP_END(run, started, "plain", "outer_lay", "s%lldl%lldc%d", (long long)count, (long long)o->count, o->channels);
}

/* share(i,j) = 1 / (epsilon + sum_s mask(s,i) mask(s,j)) of a tile, i and j from the first of the rows and of the panel. */
static void fill_shares(const outer_work *work, int64_t i, int64_t rows, int64_t j, int64_t columns, float *share) {
  const pleat_outer_product *o = work->outer;
  float right[COLUMNS] = {0};
  for (int64_t at = 0; at < rows * COLUMNS; at++) share[at] = 0;
  for (int64_t s = 0; s < o->sequences; s++) {
    const float *left = o->mask + s * o->length + o->first + i;
    memcpy(right, o->mask + s * o->length + work->panel->first + j, (size_t)columns * sizeof *right);
    for (int64_t r = 0; r < rows; r++)
      for (int c = 0; c < COLUMNS; c++) share[r * COLUMNS + c] += left[r] * right[c]; /* a constant count: in vectors */
  }
  for (int64_t at = 0; at < rows * COLUMNS; at++) share[at] = 1 / (o->epsilon + share[at]);
}

/* tile (columns, rows, C, C): one product of (rows C, S) with (S, C) for each residue j. */
static void outer_sums(const outer_work *work, int64_t i, int64_t rows, int64_t j, int64_t columns, float *tile) {
  const pleat_outer_product *o = work->outer;
  int C = o->channels, panels = (C + work->kernels->panel - 1) / work->kernels->panel;
  for (int64_t c = 0; c < columns; c++) {
    pleat_kernel_linear problem = {.rows = rows * C, .in = (int)o->sequences, .out = C,
                                   .x = o->left + i * C * o->sequences, .packed = work->panel->right + (j + c) * work->residue,
                                   .ld_x = o->sequences, .ld_y = C, .y = tile + c * rows * C * C};
    work->kernels->linear(&problem, 0, rows * C, 0, panels);
  }
}

/* y of the tile += share (W o + b), from the sums at the start of `scratch`: one product for all pairs, so that W passes
 * through the cache once. */
static void outer_finish(const outer_work *work, int64_t i, int64_t rows, int64_t j, int64_t columns, float *scratch) {
  const pleat_outer_product *o = work->outer;
  const pleat_linear *linear = o->linear;
  float *tile = scratch, *share = tile + PAIRS * (int64_t)linear->in, *out = share + PAIRS;
  float *gemm = scratch + work->scratch_size - work->gemm_size;
  pleat_linear_rows(linear, rows * columns, tile, linear->in, NULL, out, linear->out, gemm);
  fill_shares(work, i, rows, j, columns, share);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) {
      float *y = work->y + ((i + r) * o->length + work->panel->first + j + c) * linear->out;
      const float *from = out + (c * rows + r) * linear->out;
      for (int k = 0; k < linear->out; k++) y[k] += share[r * COLUMNS + c] * from[k];
    }
}

static void outer_part(void *argument, int64_t begin, int64_t end, int thread) {
  const outer_work *work = argument;
  float *scratch = work->scratch + thread * work->scratch_size;
  for (int64_t item = begin; item < end; item++) {
    int64_t i = item / work->column_blocks * ROWS, j = item % work->column_blocks * COLUMNS;
    int64_t rows = lesser(ROWS, work->outer->count - i);
    int64_t columns = lesser(COLUMNS, work->panel->count - j);
    outer_sums(work, i, rows, j, columns, scratch);
    outer_finish(work, i, rows, j, columns, scratch);
  }
}

void pleat_op_outer_product(pleat_run *run, const pleat_outer_product *o, const pleat_outer_panel *panel, float *y) {
  outer_work work = {.outer = o, .panel = panel, .kernels = run->kernels, .y = y};
  size_t mark = pleat_arena_mark(run->arena);
  double started, pairs = (double)(o->count * panel->count), in = o->linear->in, out = o->linear->out;
  double s = (double)o->sequences;
  work.residue = pleat_outer_product_residue(run, o);
  work.row_blocks = (o->count + ROWS - 1) / ROWS;
  work.column_blocks = (panel->count + COLUMNS - 1) / COLUMNS;
  work.gemm_size = round_to(o->linear->gemm->scratch(o->linear), RUN);
  work.scratch_size = round_to(PAIRS * ((int64_t)o->linear->in + 1 + o->linear->out), RUN);
  work.scratch_size += work.gemm_size;
  work.scratch = pleat_run_take(run, run->threads * work.scratch_size);
  double floats = (double)(o->count + panel->count) * o->channels * s + 2 * pairs * out, flops = 2 * pairs * in * (s + out);
  if (pleat_op_begin(run, PLEAT_OP_DENSE, flops, floats, &started)) {
    pleat_run_team_for(run, flops, work.row_blocks * work.column_blocks, outer_part, &work);
    PLEAT_OP_END(run, started, run->kernels->name, "outer_product", "s%lldl%lldc%d", (long long)o->sequences,
                 (long long)panel->count, o->channels);
  }
  pleat_arena_release(run->arena, mark);
}
