/* Operations on a run: shapes, scratch memory, the split over the team, and the count of FLOPs and bytes.
 * SPDX-License-Identifier: MIT */
#include "lib/op.h"

#include "lib/gemm.h"
#include "lib/kernel/kernels.h"
#include "lib/op_scope.h"
#include "lib/precision.h"
#include "lib/team.h"

/* A product cut into blocks of rows and, when there are few of them, groups of panels. */
typedef struct linear_work {
  const pleat_linear *linear;
  pleat_kernel_linear problem;
  int64_t block, scratch_size;
  int panels, groups, group; /* group: panels of one */
  float *scratch;
} linear_work;

static void linear_part(void *argument, int64_t begin, int64_t end, int thread) {
  const linear_work *work = argument;
  float *scratch = work->scratch + thread * work->scratch_size;
  for (int64_t item = begin; item < end; item++) {
    int64_t row = item / work->groups * work->block, last_row = row + work->block;
    int first = (int)(item % work->groups) * work->group, last = first + work->group;
    if (last_row > work->problem.rows) last_row = work->problem.rows;
    if (last > work->panels) last = work->panels;
    work->linear->gemm->rows(work->linear, &work->problem, row, last_row, first, last, scratch);
  }
}

/* Blocks of rows keep x in cache while panels pass; with few blocks the panels are split too, so that several threads
 * get equal shares. */
static int64_t cut_linear(linear_work *work) {
  enum { ENOUGH_ITEMS = 24, WIDE = 1024 };
  const pleat_linear *linear = work->linear;
  int tile = linear->kernels->tile;
  int64_t rows = work->problem.rows;
  int target =
      linear->in + linear->out > WIDE ? 24 : 96; /* of wide rows, those that the second level keeps while panels pass */
  work->block = linear->gemm->packs ? (target + tile - 1) / tile * tile : 96;
  int64_t blocks = (rows + work->block - 1) / work->block;
  work->panels = (linear->out + linear->kernels->panel - 1) / linear->kernels->panel;
  work->groups = 1;
  if (linear->gemm->packs && blocks < ENOUGH_ITEMS) work->groups = (int)((ENOUGH_ITEMS + blocks - 1) / blocks);
  if (work->groups > work->panels) work->groups = work->panels;
  work->group = (work->panels + work->groups - 1) / work->groups;
  work->groups = (work->panels + work->group - 1) / work->group;
  return blocks * work->groups;
}

void pleat_op_linear(pleat_run *run, const pleat_linear *linear, int64_t rows, const float *x, int64_t ld_x,
                     const pleat_epilogue *epilogue, float *y, int64_t ld_y) {
  linear_work work = {.linear = linear, .scratch_size = linear->gemm->scratch(linear)};
  size_t mark = pleat_arena_mark(run->arena);
  double started, m = (double)rows, in = linear->in, out = linear->out;
  double weights = in * out * (double)pleat_precision_bytes(linear->precision) / sizeof(float);
  if (rows <= 0 || linear->out <= 0) return;
  work.problem = (pleat_kernel_linear){.rows = rows,
                                       .in = linear->in,
                                       .out = linear->out,
                                       .x = x,
                                       .bias = linear->bias,
                                       .ld_x = ld_x,
                                       .ld_y = ld_y,
                                       .epilogue = epilogue,
                                       .y = y};
  work.scratch = pleat_run_take(run, work.scratch_size * run->threads);
  if (pleat_op_begin(run, PLEAT_OP_DENSE, 2 * m * in * out, m * in + weights + m * out, &started)) {
    pleat_team_for(run->threads, cut_linear(&work), 1, linear_part, &work);
    PLEAT_OP_END(run, started, linear->gemm->packs ? linear->kernels->name : linear->gemm->name, "linear", "m%lldn%dk%d",
           (long long)rows, linear->out, linear->in);
  }
  pleat_arena_release(run->arena, mark);
}

int64_t pleat_linear_scratch(const pleat_linear *linear) { return linear->gemm->scratch(linear); }

void pleat_linear_rows(const pleat_linear *linear, int64_t rows, const float *x, int64_t ld_x,
                       const pleat_epilogue *epilogue, float *y, int64_t ld_y, float *scratch) {
  pleat_kernel_linear problem = {.rows = rows,
                                 .in = linear->in,
                                 .out = linear->out,
                                 .x = x,
                                 .bias = linear->bias,
                                 .ld_x = ld_x,
                                 .ld_y = ld_y,
                                 .epilogue = epilogue,
                                 .y = y};
  int panels = (linear->out + linear->kernels->panel - 1) / linear->kernels->panel;
  linear->gemm->rows(linear, &problem, 0, rows, 0, panels, scratch);
}

typedef struct norm_work {
  const pleat_kernels *kernels;
  pleat_kernel_norm norm;
  const float *x;
  float *y;
} norm_work;

static void norm_part(void *argument, int64_t begin, int64_t end, int thread) {
  const norm_work *work = argument;
  int64_t at = begin * work->norm.channels;
  (void)thread;
  work->kernels->layer_norm(&work->norm, end - begin, work->x + at, work->y + at);
}

/* Rows of `channels` floats that make a chunk worth a thread's while. */
static int64_t row_grain(int64_t channels) { return channels >= 16384 ? 1 : 16384 / (channels > 0 ? channels : 1); }

void pleat_op_layer_norm(pleat_run *run, int64_t rows, int channels, const float *x, const float *gain,
                         const float *bias, float epsilon, float dropout_rate, float *y) {
  norm_work work = {run->kernels, {channels, gain, bias, epsilon, dropout_rate}, x, y};
  double started, size = (double)rows * channels;
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 8 * size, 2 * size, &started)) return;
  pleat_team_for(run->threads, rows, row_grain(channels), norm_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "layer_norm", "m%lldc%d", (long long)rows, channels);
}

static void softmax_part(void *argument, int64_t begin, int64_t end, int thread) {
  const norm_work *work = argument;
  int64_t at = begin * work->norm.channels;
  (void)thread;
  work->kernels->softmax(end - begin, work->norm.channels, work->x + at, work->y + at);
}

void pleat_op_softmax(pleat_run *run, int64_t rows, int channels, const float *x, float *y) {
  norm_work work = {.kernels = run->kernels, .norm = {.channels = channels}, .x = x, .y = y};
  double started, size = (double)rows * channels;
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 20 * size, 2 * size, &started)) return;
  pleat_team_for(run->threads, rows, row_grain(channels), softmax_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "softmax", "m%lldc%d", (long long)rows, channels);
}

typedef struct activate_work {
  const pleat_kernels *kernels;
  pleat_activation activation;
  const float *x;
  float *y;
} activate_work;

static void activate_part(void *argument, int64_t begin, int64_t end, int thread) {
  const activate_work *work = argument;
  (void)thread;
  work->kernels->activate(end - begin, work->x + begin, work->activation, work->y + begin);
}

void pleat_op_activate(pleat_run *run, int64_t count, const float *x, pleat_activation activation, float *y) {
  activate_work work = {run->kernels, activation, x, y};
  double started;
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 20 * (double)count, 2 * (double)count, &started)) return;
  pleat_team_for(run->threads, count, 16384, activate_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "activate", "n%lld", (long long)count);
}

typedef struct attention_work {
  const pleat_kernels *kernels;
  const pleat_attention *attention;
  int64_t blocks, scratch_size; /* blocks of query rows */
  float *scratch;
} attention_work;

static bool all_absent(const pleat_attention *a, int64_t batch) {
  for (int64_t key = 0; key < a->keys; key++)
    if (a->mask[batch * a->mask_batch + key] > 0) return false;
  return true;
}

/* Heads in the outer loop: a head's bias, which all batches share, stays in the second level of the cache. */
static void attention_part(void *argument, int64_t begin, int64_t end, int thread) {
  const attention_work *work = argument;
  const pleat_attention *a = work->attention;
  for (int64_t item = begin; item < end; item++) {
    int64_t row = item % work->blocks * PLEAT_ATTENTION_ROWS, batch = item / work->blocks % a->batches;
    int head = (int)(item / work->blocks / a->batches);
    int64_t last = row + PLEAT_ATTENTION_ROWS < a->queries ? row + PLEAT_ATTENTION_ROWS : a->queries;
    pleat_attention even = *a; /* all weights the same */
    even.mask = even.bias = NULL;
    even.scale = 0;
    bool average = a->average_absent && a->mask && all_absent(a, batch);
    work->kernels->attention(average ? &even : a, batch, head, row, last, work->scratch + thread * work->scratch_size);
  }
}

void pleat_op_attention(pleat_run *run, const pleat_attention *a) {
  attention_work work = {.kernels = run->kernels, .attention = a};
  size_t mark = pleat_arena_mark(run->arena);
  double started, pairs = (double)a->batches * a->heads * (double)a->queries * (double)a->keys;
  double rows = (double)a->batches * a->heads * a->width;
  work.blocks = (a->queries + PLEAT_ATTENTION_ROWS - 1) / PLEAT_ATTENTION_ROWS;
  work.scratch_size = (run->kernels->attention_scratch(a->width) + 15) / 16 * 16;
  work.scratch = pleat_run_take(run, work.scratch_size * run->threads);
  if (pleat_op_begin(run, PLEAT_OP_ATTENTION, pairs * (4.0 * a->width + 20), 2 * rows * (double)(a->queries + a->keys) + (a->bias ? pairs : 0), &started)) {
    pleat_team_for(run->threads, a->batches * a->heads * work.blocks, 1, attention_part, &work);
    PLEAT_OP_END(run, started, run->kernels->name, "attention", "b%lldh%dq%lldk%lldd%d", (long long)a->batches, a->heads,
           (long long)a->queries, (long long)a->keys, a->width);
  }
  pleat_arena_release(run->arena, mark);
}

enum { POINT_ROWS = 256 /* query rows whose attention is kept for the sums over pairs */ };

typedef struct point_work {
  const pleat_kernels *kernels;
  const pleat_point_attention *sequences;
  int heads, blocks; /* blocks of rows that each head is cut into */
  int64_t scratch_size;
  float *scratch;
  int64_t first, last; /* rows of these problems; last 0: all */
  float *kept;         /* (last - first,H,L) attention, or NULL */
} point_work;

static void point_part(void *argument, int64_t begin, int64_t end, int thread) {
  const point_work *work = argument;
  for (int64_t item = begin; item < end; item++) {
    int block = (int)(item % work->blocks), head = (int)(item / work->blocks % work->heads);
    const pleat_point_attention *a = work->sequences + item / work->blocks / work->heads;
    int64_t stop = work->last ? work->last : pleat_point_rows(a), rows = (stop - work->first + work->blocks - 1) / work->blocks;
    rows = (rows + 7) / 8 * 8; /* whole groups of the kernel */
    int64_t first = work->first + block * rows, last = first + rows < stop ? first + rows : stop;
    float *kept = work->kept ? work->kept + ((first - work->first) * a->heads + head) * a->length : NULL;
    if (first < last) work->kernels->point(a, head, first, last, work->scratch + thread * work->scratch_size, kept);
  }
}

static void pair_part(void *argument, int64_t begin, int64_t end, int thread) {
  const point_work *work = argument;
  const pleat_point_attention *a = work->sequences;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    work->kernels->point_pair(a, work->first + row, work->kept + row * a->heads * a->length);
}

/* One sequence with pairs: the attention of a block of rows, head by head, then row by row the sums over pairs, so that
 * each pair is read once for all heads. */
static void attend_with_pairs(int threads, point_work work, const pleat_point_attention *sequence) {
  int64_t rows = pleat_point_rows(sequence);
  work.sequences = sequence;
  for (work.first = 0; work.first < rows; work.first = work.last) {
    work.last = work.first + POINT_ROWS < rows ? work.first + POINT_ROWS : rows;
    pleat_team_for(threads, work.heads * work.blocks, 1, point_part, &work);
    pleat_team_for(threads, work.last - work.first, 4, pair_part, &work);
  }
}

static void count_point(const pleat_point_attention *a, double *flops, double *floats) {
  double rows = (double)pleat_point_rows(a) * a->heads, pairs = rows * (double)a->length;
  *flops += pairs * (2.0 * a->width + 9.0 * a->query_points + 2.0 * a->value_width + 6.0 * a->value_points + 25);
  *floats += rows * (2.0 * a->width + 6.0 * a->query_points + 2.0 * a->value_width + 6.0 * a->value_points +
                     (a->spectrum ? a->bins : 0)) +
             (a->bias ? pairs : 0);
  if (!a->pair) return;
  *flops += 2 * pairs * a->pair_channels;
  *floats += pairs / a->heads * a->pair_channels + rows * a->pair_channels;
}

/* Floats for the attention of a block of rows of the longest sequence with pairs. */
static int64_t kept_size(const pleat_point_attention *sequences, int64_t count) {
  int64_t most = 0;
  for (const pleat_point_attention *a = sequences; a < sequences + count; a++) {
    int64_t rows = pleat_point_rows(a) < POINT_ROWS ? pleat_point_rows(a) : POINT_ROWS;
    if (a->pair && rows * a->heads * a->length > most) most = rows * a->heads * a->length;
  }
  return most;
}

/* All sequences at once, or one after the other when there are pairs. */
static void attend_points(int threads, const point_work *work, int64_t count) {
  point_work alone = *work;
  if (!work->kept) pleat_team_for(threads, count * work->heads * work->blocks, 1, point_part, &alone);
  for (const pleat_point_attention *a = work->sequences; work->kept && a < work->sequences + count; a++) {
    alone.sequences = a;
    alone.kept = NULL;
    if (a->pair)
      attend_with_pairs(threads, *work, a);
    else
      pleat_team_for(threads, alone.heads * alone.blocks, 1, point_part, &alone);
  }
}

/* Work is cut by sequence and head; with few of them, each head's rows are cut too, at the price of rearranging its
 * keys once more for each block. All sequences have the same number of heads. */
void pleat_op_point_attention(pleat_run *run, const pleat_point_attention *sequences, int64_t count) {
  point_work work = {.kernels = run->kernels, .sequences = sequences};
  size_t mark = pleat_arena_mark(run->arena);
  double started, flops = 0, floats = 0;
  if (count <= 0) return;
  for (int64_t s = 0; s < count; s++) {
    int64_t size = (run->kernels->point_scratch(&sequences[s]) + 15) / 16 * 16;
    work.scratch_size = size > work.scratch_size ? size : work.scratch_size;
    count_point(&sequences[s], &flops, &floats);
  }
  work.heads = sequences[0].heads;
  int64_t kept = kept_size(sequences, count);
  int64_t wanted = 4 * (int64_t)run->threads, pairs = kept ? work.heads : count * work.heads;
  work.blocks = pairs >= wanted ? 1 : (int)((wanted + pairs - 1) / pairs);
  work.scratch = pleat_run_take(run, work.scratch_size * run->threads);
  if (kept) work.kept = pleat_run_take(run, kept);
  if (pleat_op_begin(run, PLEAT_OP_POINT, flops, floats, &started)) {
    attend_points(run->threads, &work, count);
    PLEAT_OP_END(run, started, run->kernels->name, "point", "s%lldl%lldh%d", (long long)count, (long long)sequences[0].length,
           work.heads);
  }
  pleat_arena_release(run->arena, mark);
}

typedef struct message_work {
  const pleat_kernels *kernels;
  const pleat_message *message;
  int64_t scratch_size;
  float *scratch;
} message_work;

/* Room for h of one node and, when the middle layer is somebody else's product, for its result and scratch. */
static int64_t message_scratch(const pleat_message *m) {
  int64_t rows = (int64_t)m->neighbours * m->middle->in;
  int64_t size = m->middle->gemm->packs ? rows : 2 * rows + m->middle->gemm->scratch(m->middle);
  return (size + 15) / 16 * 16;
}

static void message_node(const message_work *work, int64_t node, float *hidden) {
  const pleat_message *m = work->message;
  const pleat_epilogue gelu = {.activation = PLEAT_ACTIVATION_GELU};
  int width = m->middle->in, count = m->neighbours;
  pleat_kernel_message part = {.neighbours = count, .width = width, .packed = m->middle->packed,
                               .precision = m->middle->precision, .scale = m->middle->scale, .bias = m->middle->bias,
                               .hidden = hidden};
  work->kernels->message_hidden(m, node, hidden);
  if (m->mask) part.mask = m->mask + node * count;
  if (m->sum) part.sum = m->sum + node * width;
  if (m->each) part.each = m->each + node * count * width;
  if (m->middle->gemm->packs) {
    work->kernels->message_middle(&part);
    return;
  }
  float *after = part.each ? part.each : hidden + (int64_t)count * width;
  pleat_kernel_linear problem = {.rows = count, .in = width, .out = width, .x = hidden, .bias = m->middle->bias,
                                 .ld_x = width, .ld_y = width, .epilogue = &gelu, .y = after};
  m->middle->gemm->rows(m->middle, &problem, 0, count, 0, 0, hidden + 2 * (int64_t)count * width);
  part.hidden = after;
  if (part.sum) work->kernels->message_sum(&part);
}

static void message_part(void *argument, int64_t begin, int64_t end, int thread) {
  const message_work *work = argument;
  for (int64_t node = begin; node < end; node++)
    message_node(work, node, work->scratch + thread * work->scratch_size);
}

void pleat_op_message(pleat_run *run, const pleat_message *m) {
  message_work work = {.kernels = run->kernels, .message = m, .scratch_size = message_scratch(m)};
  size_t mark = pleat_arena_mark(run->arena);
  double started, edges = (double)m->nodes * m->neighbours, width = m->middle->in;
  if (m->nodes <= 0 || m->neighbours <= 0) return;
  work.scratch = pleat_run_take(run, work.scratch_size * run->threads);
  if (pleat_op_begin(run, PLEAT_OP_DENSE, edges * width * (2 * width + 50), 3 * edges * width, &started)) {
    pleat_team_for(run->threads, m->nodes, 4, message_part, &work);
    PLEAT_OP_END(run, started, run->kernels->name, "message", "n%lldk%dc%d", (long long)m->nodes, m->neighbours,
           m->middle->in);
  }
  pleat_arena_release(run->arena, mark);
}

typedef struct radial_work {
  const pleat_kernels *kernels;
  const pleat_radial *basis;
  int distances;
  int64_t ld_y;
  const float *x;
  float *y;
} radial_work;

static void radial_part(void *argument, int64_t begin, int64_t end, int thread) {
  const radial_work *work = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    work->kernels->radial(work->basis, work->distances, work->x + row * work->distances, work->y + row * work->ld_y);
}

void pleat_op_radial(pleat_run *run, const pleat_radial *basis, int64_t rows, int distances, const float *x, float *y,
                     int64_t ld_y) {
  radial_work work = {run->kernels, basis, distances, ld_y, x, y};
  double started, size = (double)rows * distances * basis->bins;
  if (!pleat_op_begin(run, PLEAT_OP_PLAIN, 20 * size, size, &started)) return;
  pleat_team_for(run->threads, rows, row_grain((int64_t)distances * basis->bins), radial_part, &work);
  PLEAT_OP_END(run, started, run->kernels->name, "radial", "m%lldd%db%d", (long long)rows, distances, basis->bins);
}
