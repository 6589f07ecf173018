/* How fast this machine runs ops: the kernel table behind time estimates, measured when it is asked for.
 * SPDX-License-Identifier: MIT */
#include "folding/speed.h"

#include <time.h>

#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
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

/* Not an op: what the others are measured by. */
static void run_peak(pleat_run *run, const sample *s) {
  if (!pleat_run_idle(run)) run->flops += run->kernels->peak(100000, s->y);
}

/* Seconds of the thread's own clock, which stands still while others have the processor: the median of some times, each
 * over calls for a few milliseconds; the first call warms caches up. */
static pleat_speed_row time_op(pleat_run *run, const sample *s, sample_op op) {
  double times[SAMPLES], flops = run->flops, bytes = run->bytes;
  op(run, s);
  pleat_speed_row one = {.flops = run->flops - flops, .bytes = run->bytes - bytes};
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

/* The first WITHOUT_PEAK are what estimates go by. */
enum { WIDE_LAYER, NARROW_LAYER, PLAIN_ATTENTION, BIASED_ATTENTION, POINT_ATTENTION, NORM, WITHOUT_PEAK, PEAK = WITHOUT_PEAK };
static const struct {
  const char *name;
  sample_op op;
} samples[PLEAT_SPEED_ROWS] = {
    [WIDE_LAYER] = {"dense layer, 1024 to 256", run_wide},
    [NARROW_LAYER] = {"dense layer, 128 to 128, sigmoid, sum", run_narrow},
    [PLAIN_ATTENTION] = {"attention, 8 heads of 32, 256 keys", run_plain_attention},
    [BIASED_ATTENTION] = {"attention with pair bias, the same", run_biased_attention},
    [POINT_ATTENTION] = {"invariant point attention, 128 residues", run_points},
    [NORM] = {"layer norm, 256 channels", run_norm},
    [PEAK] = {"fused multiply-adds", run_peak}};

typedef struct measuring {
  const sample *layers;
  int count;                                 /* of samples */
  pleat_speed_row (*rows)[PLEAT_SPEED_ROWS]; /* of each item */
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
  for (int i = 0; i < m->count; i++) {
    pleat_speed_row one = time_op(run, &s, samples[i].op);
    if (!pleat_run_idle(run)) m->rows[item][i] = one;
  }
  pleat_arena_release(run->arena, mark);
}

/* Rates from two ops that differ in FLOPs a byte: seconds = flops / F + bytes / B of each. */
static void solve(const pleat_speed_row *dense, const pleat_speed_row *moving, double *flops, double *bytes) {
  double determinant = dense->flops * moving->bytes - moving->flops * dense->bytes;
  double a = (dense->seconds * moving->bytes - moving->seconds * dense->bytes) / determinant;
  double b = (dense->flops * moving->seconds - moving->flops * dense->seconds) / determinant;
  if (!(b > 0)) a = dense->seconds / dense->flops, b = 0; /* no dearer a byte: noise */
  *flops = 1 / a;
  *bytes = b > 0 ? 1 / b : 1e30;
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

/* What all threads did together, over the mean of their times. */
static void join_items(pleat_speed_row (*items)[PLEAT_SPEED_ROWS], int threads, int count, pleat_speed_row *rows) {
  for (int i = 0; i < count; i++) {
    rows[i] = (pleat_speed_row){.name = samples[i].name};
    for (int item = 0; item < threads; item++) {
      rows[i].seconds += items[item][i].seconds / threads;
      rows[i].flops += items[item][i].flops;
      rows[i].bytes += items[item][i].bytes;
    }
  }
}

static void measure(pleat_run *run, const sample *layers, int count, pleat_speed_row *rows, double *start) {
  int threads = run->threads;
  measuring m = {layers, count, pleat_run_take_bytes(run, (size_t)threads * sizeof *m.rows)};
  sample little = {.x = pleat_run_take(run, FEW * KEYS), .y = pleat_run_take(run, FEW * KEYS)};
  if (!pleat_run_idle(run))
    for (int i = 0; i < FEW * KEYS; i++) little.x[i] = 0.01f * (float)(i % 31);
  pleat_run_for(run, threads, measure_item, &m);
  if (pleat_run_idle(run)) return;
  join_items(m.rows, threads, count, rows);
  *start = wall_of_start(run, &little);
}

/* Twice: to see how much memory it takes, then with it. */
static pleat_status measure_samples(pleat_context *context, int threads, int count, pleat_speed_row *rows, double *start) {
  pleat_linear wide = {0}, narrow = {0};
  pleat_arena measures, arena = {0};
  pleat_pool pool;
  float *weight;
  pleat_run run = {.context = context, .arena = &measures, .threads = threads};
  const sample layers = {.wide = &wide, .narrow = &narrow};
  pleat_arena_init_measuring(&measures);
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_dispatch_choose(context, &run.kernels);
  if (!status) status = pleat_pool_take(&pool, (size_t)WIDTH * KEYS, sizeof *weight, &weight);
  for (int i = 0; !status && i < WIDTH * KEYS; i++) weight[i] = 0.01f * (float)(i % 31);
  if (!status) status = pleat_linear_pack(context, weight, weight, KEYS, WIDTH, &wide);
  if (!status) status = pleat_linear_pack(context, weight, weight, NARROW, NARROW, &narrow);
  if (!status) measure(&run, &layers, count, rows, start);
  if (!status) status = pleat_arena_create(context, measures.peak, &arena);
  run.arena = &arena;
  if (!status) measure(&run, &layers, count, rows, start);
  pleat_linear_free(context, &wide);
  pleat_linear_free(context, &narrow);
  pleat_arena_free(context, &arena);
  pleat_pool_free(&pool);
  return status ? status : run.status;
}

pleat_status pleat_speed_measure_rows(pleat_context *context, int threads, pleat_speed_row rows[PLEAT_SPEED_ROWS]) {
  double start;
  return measure_samples(context, threads, PLEAT_SPEED_ROWS, rows, &start);
}

pleat_status pleat_speed_measure(pleat_context *context, pleat_speed *speed) {
  pleat_speed_row rows[PLEAT_SPEED_ROWS];
  *speed = (pleat_speed){0};
  PLEAT_TRY(measure_samples(context, pleat_context_threads(context), WITHOUT_PEAK, rows, &speed->start));
  solve(&rows[WIDE_LAYER], &rows[NARROW_LAYER], &speed->flops[PLEAT_OP_DENSE], &speed->bytes[PLEAT_OP_DENSE]);
  solve(&rows[PLAIN_ATTENTION], &rows[BIASED_ATTENTION], &speed->flops[PLEAT_OP_ATTENTION],
        &speed->bytes[PLEAT_OP_ATTENTION]);
  speed->flops[PLEAT_OP_POINT] = rows[POINT_ATTENTION].flops / rows[POINT_ATTENTION].seconds;
  speed->bytes[PLEAT_OP_POINT] = 1e30;
  speed->flops[PLEAT_OP_PLAIN] = 1e30;
  speed->bytes[PLEAT_OP_PLAIN] = rows[NORM].bytes / rows[NORM].seconds;
  return PLEAT_OK;
}
