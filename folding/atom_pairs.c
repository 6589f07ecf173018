/* Edge features of the side-chain packer, by blocks of atom places that edges have.
 * SPDX-License-Identifier: MIT */
#include "folding/atom_pairs.h"

#include <math.h>
#include <string.h>

#include "lib/gemm.h"
#include "lib/team.h"

enum {
  PLACES = PLEAT_ATOM_PAIRS_PLACES,
  CLASSES = PLEAT_ATOM_PAIRS_CLASSES,
  BINS = PLEAT_ATOM_PAIRS_BINS,
  C = PLEAT_ATOM_PAIRS_C,
  LETTERS = PLEAT_TARGET_LETTERS,
  TABLES = 2 * LETTERS * C,
  BLOCK_RESIDUES = 4,
  WIDEST = 5 * 5 /* pairs of the largest blocks */
};

static const float centres[BINS] = {0.0f / 15,   20.0f / 15,  40.0f / 15,  60.0f / 15,  80.0f / 15,  100.0f / 15,
                                    120.0f / 15, 140.0f / 15, 160.0f / 15, 180.0f / 15, 200.0f / 15, 220.0f / 15,
                                    240.0f / 15, 260.0f / 15, 280.0f / 15, 300.0f / 15};
const pleat_radial pleat_atom_pairs_radial = {BINS, centres, 1.25f};

/* Class c holds places first_place[c] .. first_place[c+1]-1. */
static const int first_place[CLASSES + 1] = {0, 5, 7, 9, PLACES};

static int places_of(int class) { return first_place[class + 1] - first_place[class]; }

/* How many classes `atoms` places reach into. */
static int class_count(int atoms) {
  int count = 0;
  while (count < CLASSES && atoms > first_place[count]) count++;
  return count;
}

/* ---- Weights ---- */

/* Columns of the block's pairs, pair by pair. */
static void gather_block(const float *weight, int a_class, int b_class, float *block) {
  for (int c = 0; c < C; c++)
    for (int a = first_place[a_class]; a < first_place[a_class + 1]; a++) {
      size_t run = (size_t)places_of(b_class) * BINS;
      memcpy(block, weight + (size_t)c * PLEAT_ATOM_PAIRS_WIDTH + (size_t)(a * PLACES + first_place[b_class]) * BINS,
             run * sizeof *block);
      block += run;
    }
}

static void gather_letters(const float *weight, float *tables) {
  for (int t = 0; t < 2 * LETTERS; t++)
    for (int c = 0; c < C; c++)
      tables[t * C + c] = weight[(size_t)c * PLEAT_ATOM_PAIRS_WIDTH + PLEAT_ATOM_PAIRS_INPUTS + (size_t)t];
}

/* `block` has room for the widest. */
static pleat_status pack_blocks(pleat_context *context, const float *weight, float *block, pleat_atom_pairs *pairs) {
  for (int a = 0; a < CLASSES; a++)
    for (int b = 0; b < CLASSES; b++) {
      gather_block(weight, a, b, block);
      PLEAT_TRY(pleat_linear_pack_copy(context, block, NULL, C, places_of(a) * places_of(b) * BINS, &pairs->block[a][b]));
    }
  return PLEAT_OK;
}

pleat_status pleat_atom_pairs_pack(pleat_context *context, const float *weight, const float *gain, const float *bias,
                                   pleat_atom_pairs *pairs) {
  *pairs = (pleat_atom_pairs){.gain = gain, .bias = bias};
  float *block;
  PLEAT_TRY(pleat_memory_take(context, TABLES, sizeof(float), &pairs->tables));
  gather_letters(weight, pairs->tables);
  PLEAT_TRY(pleat_memory_take(context, (size_t)C * PLEAT_ATOM_PAIRS_INPUTS, sizeof *block, &block));
  pleat_status status = pack_blocks(context, weight, block, pairs);
  pleat_memory_release(context, block);
  return status;
}

void pleat_atom_pairs_free(pleat_context *context, pleat_atom_pairs *pairs) {
  for (int a = 0; a < CLASSES; a++)
    for (int b = 0; b < CLASSES; b++) pleat_linear_free(context, &pairs->block[a][b]);
  pleat_memory_release(context, pairs->tables);
  pairs->tables = NULL;
}

/* ---- Order of work ---- */

/* Cuts `count` residues of one class, from `begin` on, into blocks; returns where the next block starts in `start`. */
static int32_t *cut_class(int32_t begin, int32_t count, int32_t *start) {
  for (int32_t at = 0; at < count; at += BLOCK_RESIDUES) *start++ = begin + at;
  return start;
}

void pleat_atom_graph_sort(pleat_run *run, pleat_atom_graph *graph) {
  int64_t length = graph->length;
  graph->residue = pleat_run_take_bytes(run, (size_t)length * sizeof *graph->residue);
  graph->start = pleat_run_take_bytes(run, (size_t)(length + 1) * sizeof *graph->start);
  graph->blocks = 0;
  if (pleat_run_idle(run)) return;
  int32_t filled = 0, *start = graph->start;
  for (int class = CLASSES; class >= 0; class--) {
    int32_t begin = filled;
    for (int64_t i = 0; i < length; i++)
      if (class_count(graph->atoms[i]) == class) graph->residue[filled++] = (int32_t)i;
    start = cut_class(begin, filled - begin, start);
  }
  *start = filled;
  graph->blocks = start - graph->start;
}

/* ---- Sums ---- */

typedef struct pairs_work {
  const pleat_kernels *kernels;
  const pleat_atom_pairs *pairs;
  const pleat_atom_graph *graph;
  const float *positions, *fixed; /* fixed NULL: what does not move is worked out */
  float *out, *scratch;
  int64_t scratch_size;
} pairs_work;

/* The edges of one block of residues, those to neighbours of higher class first, and a thread's memory for them. */
typedef struct pairs_block {
  int rows, reach[CLASSES]; /* rows whose neighbour reaches into class b */
  int a_classes;
  int32_t *edge;                 /* (rows) i K + k */
  float *sums, *features, *distances, *scratch;
} pairs_block;

enum { MAX_ROWS = BLOCK_RESIDUES * PLEAT_ATOM_PAIRS_NEIGHBOURS };

static int64_t scratch_floats(const pleat_atom_pairs *pairs) {
  int64_t most = 0;
  for (int a = 0; a < CLASSES; a++)
    for (int b = 0; b < CLASSES; b++) {
      int64_t each = pairs->block[a][b].gemm->scratch(&pairs->block[a][b]);
      most = each > most ? each : most;
    }
  int64_t size = MAX_ROWS * ((int64_t)1 + C + WIDEST + WIDEST * BINS) + most;
  return (size + 15) / 16 * 16;
}

static void sort_edges(const pleat_atom_graph *graph, int64_t index, pairs_block *block) {
  int32_t begin = graph->start[index], end = graph->start[index + 1];
  block->rows = 0;
  block->a_classes = class_count(graph->atoms[graph->residue[begin]]);
  for (int class = CLASSES; class >= 0; class--) {
    for (int32_t r = begin; r < end; r++) {
      int32_t first = graph->residue[r] * graph->neighbours;
      for (int k = 0; k < graph->neighbours; k++)
        if (class_count(graph->atoms[graph->neighbour[first + k]]) == class) block->edge[block->rows++] = first + k;
    }
    if (class) block->reach[class - 1] = block->rows;
  }
}

static float distance(const float *a, const float *b) {
  float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return sqrtf(x * x + y * y + z * z + 1e-6f);
}

/* Distances of a block of pairs; FAR, whose features are all 0, where an atom is missing. */
static void fill_distances(const pairs_work *work, const pairs_block *block, int a_class, int b_class) {
  enum { FAR = 1000 };
  const pleat_atom_graph *graph = work->graph;
  float *out = block->distances;
  for (int r = 0; r < block->reach[b_class]; r++) {
    int32_t i = block->edge[r] / graph->neighbours, j = graph->neighbour[block->edge[r]];
    const float *xi = work->positions + i * PLACES * 3, *xj = work->positions + j * PLACES * 3;
    for (int a = first_place[a_class]; a < first_place[a_class + 1]; a++)
      for (int b = first_place[b_class]; b < first_place[b_class + 1]; b++)
        *out++ = a < graph->atoms[i] && b < graph->atoms[j] ? distance(xi + 3 * a, xj + 3 * b) : FAR;
  }
}

/* sums += W rbf of one block of pairs. */
static void add_pairs(const pairs_work *work, const pairs_block *block, int a_class, int b_class) {
  const pleat_linear *linear = &work->pairs->block[a_class][b_class];
  int rows = block->reach[b_class], panels = (C + work->kernels->panel - 1) / work->kernels->panel;
  const pleat_epilogue add = {.add = block->sums, .ld_add = C};
  if (!rows) return;
  fill_distances(work, block, a_class, b_class);
  work->kernels->radial(&pleat_atom_pairs_radial, rows * linear->in / BINS, block->distances, block->features);
  pleat_kernel_linear problem = {.rows = rows,
                                 .in = linear->in,
                                 .out = C,
                                 .x = block->features,
                                 .ld_x = linear->in,
                                 .ld_y = C,
                                 .epilogue = &add,
                                 .y = block->sums};
  linear->gemm->rows(linear, &problem, 0, rows, 0, panels, block->scratch);
}

static void start_letters(const pairs_work *work, const pairs_block *block) {
  const pleat_atom_graph *graph = work->graph;
  for (int r = 0; r < block->rows; r++) {
    int32_t i = block->edge[r] / graph->neighbours, j = graph->neighbour[block->edge[r]];
    const float *own = work->pairs->tables + graph->letter[i] * C;
    const float *other = work->pairs->tables + (LETTERS + graph->letter[j]) * C;
    for (int c = 0; c < C; c++) block->sums[r * C + c] = own[c] + other[c];
  }
}

static void add_moving_pairs(const pairs_work *work, const pairs_block *block) {
  for (int r = 0; r < block->rows; r++)
    memcpy(block->sums + r * C, work->fixed + (int64_t)block->edge[r] * C, C * sizeof(float));
  for (int a = 0; a < block->a_classes; a++)
    for (int b = a == 0; b < CLASSES; b++) add_pairs(work, block, a, b);
  const pleat_kernel_norm norm = {C, work->pairs->gain, work->pairs->bias, 1e-5f, 0};
  work->kernels->layer_norm(&norm, block->rows, block->sums, block->sums);
}

static void pairs_part(void *argument, int64_t begin, int64_t end, int thread) {
  const pairs_work *work = argument;
  float *at = work->scratch + thread * work->scratch_size;
  pairs_block block = {.sums = at,
                       .features = at + MAX_ROWS * C,
                       .distances = at + MAX_ROWS * (C + WIDEST * BINS),
                       .scratch = at + MAX_ROWS * (C + WIDEST * BINS + WIDEST + 1)};
  block.edge = (int32_t *)(void *)(block.distances + MAX_ROWS * WIDEST);
  for (int64_t index = begin; index < end; index++) {
    sort_edges(work->graph, index, &block);
    if (work->fixed) {
      add_moving_pairs(work, &block);
    } else {
      start_letters(work, &block);
      if (block.a_classes) add_pairs(work, &block, 0, 0);
    }
    for (int r = 0; r < block.rows; r++)
      memcpy(work->out + (int64_t)block.edge[r] * C, block.sums + r * C, C * sizeof(float));
  }
}

static void run_pairs(pleat_run *run, const pleat_atom_pairs *pairs, const pleat_atom_graph *graph,
                      const float *positions, const float *fixed, float *out) {
  enum { TYPICAL_PAIRS = 48 };
  size_t mark = pleat_arena_mark(run->arena);
  double edges = (double)graph->length * graph->neighbours;
  pairs_work work = {run->kernels, pairs, graph, positions, fixed, out, NULL, scratch_floats(pairs)};
  work.scratch = pleat_run_take(run, work.scratch_size * run->threads);
  run->flops += edges * (fixed ? TYPICAL_PAIRS : WIDEST) * BINS * (2.0 * C + 20);
  run->bytes += edges * C * 2 * sizeof(float);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, graph->blocks, 1, pairs_part, &work);
  pleat_arena_release(run->arena, mark);
}

void pleat_op_atom_pairs_fixed(pleat_run *run, const pleat_atom_pairs *pairs, const pleat_atom_graph *graph,
                               const float *positions, float *out) {
  run_pairs(run, pairs, graph, positions, NULL, out);
}

void pleat_op_atom_pairs(pleat_run *run, const pleat_atom_pairs *pairs, const pleat_atom_graph *graph,
                         const float *positions, const float *fixed, float *out) {
  run_pairs(run, pairs, graph, positions, fixed, out);
}
