/* How fast this machine runs a dense layer.
 * SPDX-License-Identifier: MIT */
#include "folding/speed.h"

#include <time.h>

#include "lib/dispatch.h"
#include "lib/memory.h"
#include "lib/op.h"

enum { ROWS = 512, WIDTH = 256, SCRATCH = 1 << 22 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Runs the layer until 20 ms have gone by; the first call warms caches and threads up. */
static double time_layer(pleat_run *run, const pleat_linear *layer, const float *x, float *y) {
  pleat_op_linear(run, layer, ROWS, x, WIDTH, NULL, y, WIDTH);
  double start = now(), elapsed = 0;
  run->flops = 0;
  while (elapsed < 0.02 && !run->status) {
    pleat_op_linear(run, layer, ROWS, x, WIDTH, NULL, y, WIDTH);
    elapsed = now() - start;
  }
  return run->flops / elapsed;
}

pleat_status pleat_speed_measure(pleat_context *context, double *flops_per_second) {
  pleat_linear layer = {0};
  pleat_arena arena = {0};
  float *data = NULL;
  pleat_run run = {.context = context, .arena = &arena, .threads = pleat_context_threads(context)};
  pleat_status status = pleat_dispatch_choose(context, &run.kernels);
  if (!status) status = pleat_memory_take(context, 2 * ROWS * WIDTH + WIDTH * WIDTH, sizeof(float), &data);
  if (!status) status = pleat_linear_pack(context, data + 2 * ROWS * WIDTH, NULL, WIDTH, WIDTH, &layer);
  if (!status) status = pleat_arena_create(context, SCRATCH, &arena);
  if (!status) *flops_per_second = time_layer(&run, &layer, data, data + ROWS * WIDTH);
  pleat_linear_free(context, &layer);
  pleat_arena_free(context, &arena);
  pleat_memory_release(context, data);
  return status ? status : run.status;
}
