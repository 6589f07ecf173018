/* How fast this machine runs ops: the kernel table behind time estimates, measured when it is asked for.
 * SPDX-License-Identifier: MIT */
#include "folding/speed.h"

#include <time.h>

#include "lib/dispatch.h"
#include "lib/memory.h"
#include "lib/op.h"

enum { ROWS = 1024, WIDTH = 1024, NARROW = 128, HEADS = 8, HEAD = 32, KEYS = 256, POINTS = 12, POINT_LENGTH = 128, FEW = 16 };
enum { SAMPLES = 5 };
static const double SAMPLE_SECONDS = 0.003;

/* What the ops work on: a thread's own. */
typedef struct sample {
  const pleat_linear *wide, *narrow; /* WIDTH -> KEYS, NARROW -> NARROW */
  float *x, *y;                      /* (ROWS,WIDTH) */
} sample;

typedef void (*sample_op)(pleat_run *run, const sample *s);

static void run_wide(pleat_run *run, const sample *s) {
  pleat_op_linear(run, s->wide, ROWS, s->x, WIDTH, NULL, s->y, KEYS);
}

/* As most layers of a block end: with a gate and a sum. */
static void run_narrow(pleat_run *run, const sample *s) {
  const int64_t rows = (int64_t)ROWS * WIDTH / NARROW;
  const pleat_epilogue gated = {.activation = PLEAT_ACTIVATION_SIGMOID, .add = s->y, .ld_add = NARROW};
  pleat_op_linear(run, s->narrow, rows, s->x, NARROW, &gated, s->y, NARROW);
}

static void attend(pleat_run *run, const sample *s, const float *bias) {
  enum { INNER = HEADS * HEAD };
  const int64_t batch = KEYS * INNER, square = KEYS * KEYS;
  const pleat_attention a = {.batches = ROWS / KEYS, .queries = KEYS, .keys = KEYS, .heads = HEADS, .width = HEAD,
                             .scale = 0.1f, .q = s->x, .k = s->x, .v = s->x, .bias = bias, .out = s->y, .q_batch = batch,
                             .q_row = INNER, .q_head = HEAD, .k_batch = batch, .k_row = INNER, .k_head = HEAD,
                             .v_batch = batch, .v_row = INNER, .v_head = HEAD, .out_batch = batch, .out_row = INNER,
                             .out_head = HEAD, .bias_head = square, .bias_row = KEYS};
  pleat_op_attention(run, &a);
}

static void run_plain_attention(pleat_run *run, const sample *s) { attend(run, s, NULL); }

static void run_biased_attention(pleat_run *run, const sample *s) { attend(run, s, s->x + (int64_t)ROWS * WIDTH / 2); }

/* The structure module's: 12 heads, 16 + 16 channels, 4 query and 8 value points. */
static void run_points(pleat_run *run, const sample *s) {
  const pleat_point_attention a = {.length = POINT_LENGTH, .heads = POINTS, .width = 16, .value_width = 16,
                                   .query_points = 4, .value_points = 8, .q = s->x, .k = s->x, .v = s->x, .qp = s->x,
                                   .kp = s->x, .vp = s->x, .weight = s->x, .out = s->y,
                                   .points = s->y + (int64_t)ROWS * WIDTH / 2};
  pleat_op_point_attention(run, &a, 1);
}

static void run_norm(pleat_run *run, const sample *s) {
  pleat_op_layer_norm(run, (int64_t)ROWS * WIDTH / KEYS, KEYS, s->x, s->x, s->x, 1e-5f, 0, s->y);
}

/* Starting and ending, with next to nothing in between. */
static void run_little(pleat_run *run, const sample *s) {
  pleat_op_layer_norm(run, FEW, KEYS, s->x, s->x, s->x, 1e-5f, 0, s->y);
}

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What one call of an op takes and does. */
typedef struct cost {
  double seconds, flops, bytes;
} cost;

/* Seconds of the thread's own clock, which stands still while others have the processor: the median of some times, each
 * over calls for a few milliseconds; the first call warms caches up. */
static cost time_op(pleat_run *run, const sample *s, sample_op op) {
  double times[SAMPLES], flops = run->flops, bytes = run->bytes;
  op(run, s);
  cost one = {.flops = run->flops - flops, .bytes = run->bytes - bytes};
  for (int t = 0; t < SAMPLES && !pleat_run_idle(run); t++) {
    double start = now(CLOCK_THREAD_CPUTIME_ID), elapsed = 0;
    int calls = 0;
    for (; elapsed < SAMPLE_SECONDS && !run->status; calls++, elapsed = now(CLOCK_THREAD_CPUTIME_ID) - start) op(run, s);
    double each = elapsed / (calls > 0 ? calls : 1);
    int place = t;
    for (; place > 0 && times[place - 1] > each; place--) times[place] = times[place - 1];
    times[place] = each;
    one.seconds = times[t / 2];
  }
  return one;
}

enum { OPS = 6 };
static const sample_op sample_ops[OPS] = {run_wide, run_narrow, run_plain_attention, run_biased_attention, run_points, run_norm};

typedef struct measuring {
  const sample *layers;
  cost (*costs)[OPS]; /* of each item */
} measuring;

/* One thread's share, while the others do the same: arrays of small numbers, so that no op meets denormal ones. */
static void measure_item(pleat_run *run, void *argument, int64_t item) {
  const measuring *m = argument;
  const int64_t size = (int64_t)ROWS * WIDTH;
  sample s = *m->layers;
  size_t mark = pleat_arena_mark(run->arena);
  s.x = pleat_run_take(run, size);
  s.y = pleat_run_take(run, size);
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < size; i++) s.x[i] = s.y[i] = 0.01f * (float)(i % 31);
  for (int op = 0; op < OPS; op++) {
    cost one = time_op(run, &s, sample_ops[op]);
    if (!pleat_run_idle(run)) m->costs[item][op] = one;
  }
  pleat_arena_release(run->arena, mark);
}

/* Rates of all threads together from two ops that differ in FLOPs a byte: seconds = flops / F + bytes / B of each. */
static void solve(const cost *dense, const cost *moving, double threads, double *flops, double *bytes) {
  double determinant = dense->flops * moving->bytes - moving->flops * dense->bytes;
  double a = (dense->seconds * moving->bytes - moving->seconds * dense->bytes) / determinant;
  double b = (dense->flops * moving->seconds - moving->flops * dense->seconds) / determinant;
  if (!(b > 0)) a = dense->seconds / dense->flops, b = 0; /* no dearer a byte: noise */
  *flops = threads / a;
  *bytes = b > 0 ? threads / b : 1e30;
}

static double wall_of_start(pleat_run *run, const sample *s) {
  double least = 1;
  for (int t = 0; t < 20; t++) {
    double start = now(CLOCK_MONOTONIC);
    run_little(run, s);
    double took = now(CLOCK_MONOTONIC) - start;
    least = took < least ? took : least;
  }
  return least;
}

static void fill_table(cost (*costs)[OPS], int threads, pleat_speed *speed) {
  cost mean[OPS] = {{0}};
  for (int op = 0; op < OPS; op++) {
    mean[op] = costs[0][op];
    for (int item = 1; item < threads; item++) mean[op].seconds += costs[item][op].seconds;
    mean[op].seconds /= threads;
  }
  solve(&mean[0], &mean[1], threads, &speed->flops[PLEAT_OP_DENSE], &speed->bytes[PLEAT_OP_DENSE]);
  solve(&mean[2], &mean[3], threads, &speed->flops[PLEAT_OP_ATTENTION], &speed->bytes[PLEAT_OP_ATTENTION]);
  speed->flops[PLEAT_OP_POINT] = threads * mean[4].flops / mean[4].seconds;
  speed->bytes[PLEAT_OP_POINT] = 1e30;
  speed->flops[PLEAT_OP_PLAIN] = 1e30;
  speed->bytes[PLEAT_OP_PLAIN] = threads * mean[5].bytes / mean[5].seconds;
}

static void measure(pleat_run *run, const sample *layers, pleat_speed *speed) {
  int threads = run->threads;
  measuring m = {layers, pleat_run_take_bytes(run, (size_t)threads * sizeof *m.costs)};
  sample little = {.x = pleat_run_take(run, FEW * KEYS), .y = pleat_run_take(run, FEW * KEYS)};
  if (!pleat_run_idle(run))
    for (int i = 0; i < FEW * KEYS; i++) little.x[i] = 0.01f * (float)(i % 31);
  pleat_run_for(run, threads, measure_item, &m);
  if (pleat_run_idle(run)) return;
  fill_table(m.costs, threads, speed);
  speed->start = wall_of_start(run, &little);
}

pleat_status pleat_speed_measure(pleat_context *context, pleat_speed *speed) {
  pleat_linear wide = {0}, narrow = {0};
  pleat_arena measures, arena = {0};
  pleat_pool pool;
  float *weight;
  pleat_run run = {.context = context, .arena = &measures, .threads = pleat_context_threads(context)};
  const sample layers = {.wide = &wide, .narrow = &narrow};
  *speed = (pleat_speed){0};
  pleat_arena_init_measuring(&measures);
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_dispatch_choose(context, &run.kernels);
  if (!status) status = pleat_pool_take(&pool, (size_t)WIDTH * KEYS, sizeof *weight, &weight);
  for (int i = 0; !status && i < WIDTH * KEYS; i++) weight[i] = 0.01f * (float)(i % 31);
  if (!status) status = pleat_linear_pack(context, weight, weight, KEYS, WIDTH, &wide);
  if (!status) status = pleat_linear_pack(context, weight, weight, NARROW, NARROW, &narrow);
  if (!status) measure(&run, &layers, speed);
  if (!status) status = pleat_arena_create(context, measures.peak, &arena);
  run.arena = &arena;
  if (!status) measure(&run, &layers, speed);
  pleat_linear_free(context, &wide);
  pleat_linear_free(context, &narrow);
  pleat_arena_free(context, &arena);
  pleat_pool_free(&pool);
  return status ? status : run.status;
}
