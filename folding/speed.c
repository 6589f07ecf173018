/* How fast this machine runs ops: one of each kind, timed.
 * SPDX-License-Identifier: MIT */
#include "folding/speed.h"

#include <time.h>

#include "lib/dispatch.h"
#include "lib/memory.h"
#include "lib/op.h"

enum { ROWS = 4096, WIDTH = 256, HEADS = 8, HEAD = WIDTH / HEADS, KEYS = 256, POINTS = 12, POINT_LENGTH = 128, FEW = 16 };
enum { SCRATCH = 16 << 20 };

/* What the ops work on. */
typedef struct sample {
  pleat_linear layer;
  float *x, *y, *gain; /* (ROWS,WIDTH), (ROWS,WIDTH), (WIDTH) */
} sample;

typedef void (*sample_op)(pleat_run *run, const sample *s);

static void run_dense(pleat_run *run, const sample *s) {
  pleat_op_linear(run, &s->layer, ROWS, s->x, WIDTH, NULL, s->y, WIDTH);
}

static void run_attention(pleat_run *run, const sample *s) {
  const int64_t batch = KEYS * WIDTH;
  const pleat_attention a = {.batches = ROWS / KEYS, .queries = KEYS, .keys = KEYS, .heads = HEADS, .width = HEAD,
                             .scale = 0.1f, .q = s->x, .k = s->x, .v = s->x, .out = s->y, .q_batch = batch,
                             .q_row = WIDTH, .q_head = HEAD, .k_batch = batch, .k_row = WIDTH, .k_head = HEAD,
                             .v_batch = batch, .v_row = WIDTH, .v_head = HEAD, .out_batch = batch, .out_row = WIDTH,
                             .out_head = HEAD};
  pleat_op_attention(run, &a);
}

/* The structure module's: 12 heads, 16 + 16 channels, 4 query and 8 value points, sums over pairs. */
static void run_points(pleat_run *run, const sample *s) {
  const pleat_point_attention a = {.length = POINT_LENGTH, .heads = POINTS, .width = 16, .value_width = 16,
                                   .query_points = 4, .value_points = 8, .q = s->x, .k = s->x, .v = s->x, .qp = s->x,
                                   .kp = s->x, .vp = s->x, .weight = s->gain, .out = s->y,
                                   .points = s->y + ROWS * WIDTH / 2};
  pleat_op_point_attention(run, &a, 1);
}

static void run_norm(pleat_run *run, const sample *s) {
  pleat_op_layer_norm(run, ROWS, WIDTH, s->x, s->gain, s->gain, 1e-5f, 0, s->y);
}

/* Starting and ending, with next to nothing in between. */
static void run_little(pleat_run *run, const sample *s) {
  pleat_op_layer_norm(run, FEW, WIDTH, s->x, s->gain, s->gain, 1e-5f, 0, s->y);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of one call: the median of 5 times, each over calls for 4 ms; the first call warms caches and threads up. */
static double time_op(pleat_run *run, const sample *s, sample_op op) {
  double times[5];
  op(run, s);
  for (int t = 0; t < 5; t++) {
    double start = now(), elapsed = 0;
    int calls = 0;
    for (; elapsed < 0.004 && !run->status; calls++, elapsed = now() - start) op(run, s);
    double each = elapsed / (calls > 0 ? calls : 1);
    int place = t;
    for (; place > 0 && times[place - 1] > each; place--) times[place] = times[place - 1];
    times[place] = each;
  }
  return times[2];
}

static double rate(pleat_run *run, const sample *s, sample_op op) {
  double seconds = time_op(run, s, op), before = run->flops;
  op(run, s);
  return (run->flops - before) / seconds;
}

static void measure(pleat_run *run, const sample *s, pleat_speed *speed) {
  *speed = (pleat_speed){.start = time_op(run, s, run_little)};
  speed->flops[PLEAT_OP_DENSE] = rate(run, s, run_dense);
  speed->flops[PLEAT_OP_ATTENTION] = rate(run, s, run_attention);
  speed->flops[PLEAT_OP_POINT] = rate(run, s, run_points);
  speed->flops[PLEAT_OP_PLAIN] = speed->flops[PLEAT_OP_DENSE];
  speed->bytes = 2.0 * ROWS * WIDTH * sizeof(float) / time_op(run, s, run_norm);
}

/* Arrays of small numbers, so that no op meets denormal or endless ones. */
static pleat_status make_sample(pleat_context *context, sample *s) {
  const size_t square = WIDTH * WIDTH, all = (size_t)ROWS * WIDTH;
  PLEAT_TRY(pleat_memory_take(context, 2 * all + WIDTH, sizeof(float), &s->x));
  for (size_t i = 0; i < 2 * all + WIDTH; i++) s->x[i] = 0.01f * (float)(i % 31);
  s->y = s->x + all;
  s->gain = s->y + all;
  return pleat_linear_pack(context, s->x + square, NULL, WIDTH, WIDTH, &s->layer);
}

pleat_status pleat_speed_measure(pleat_context *context, pleat_speed *speed) {
  sample s = {0};
  pleat_arena arena = {0};
  pleat_run run = {.context = context, .arena = &arena, .threads = pleat_context_threads(context)};
  pleat_status status = pleat_dispatch_choose(context, &run.kernels);
  if (!status) status = make_sample(context, &s);
  if (!status) status = pleat_arena_create(context, (size_t)SCRATCH * (size_t)run.threads, &arena);
  if (!status) measure(&run, &s, speed);
  pleat_linear_free(context, &s.layer);
  pleat_arena_free(context, &arena);
  pleat_memory_release(context, s.x);
  return status ? status : run.status;
}
