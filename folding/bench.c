/* What this machine can do and what kernels make of it: arithmetic, memory, and the table behind time estimates.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "folding/speed.h"
#include "lib/context.h"
#include "lib/memory.h"

enum { COPIED = 1 << 27 /* bytes: more than caches hold */, COPIES = 5 };

typedef struct copy_work {
  char *memory;
  int64_t share; /* bytes that a thread copies */
  double *seconds;
} copy_work;

static double thread_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The best of some copies of a thread's share, while the others copy theirs; the first makes the pages be there. */
static void copy_item(pleat_run *run, void *argument, int64_t item) {
  const copy_work *work = argument;
  if (pleat_run_idle(run)) return;
  char *from = work->memory + 2 * item * work->share, *to = from + work->share;
  double best = 1e30;
  memset(from, 1, (size_t)work->share);
  for (int copy = 0; copy <= COPIES; copy++) {
    double start = thread_seconds();
    memcpy(to, from, (size_t)work->share);
    double took = thread_seconds() - start;
    if (copy > 0 && took < best) best = took;
  }
  work->seconds[item] = best;
}

static pleat_status measure_memory(pleat_context *context, int threads, pleat_bench_row *row) {
  copy_work work = {.share = COPIED / threads};
  pleat_arena arena = {0};
  pleat_pool pool;
  pleat_pool_init(&pool, context, 0);
  pleat_run run = {.context = context, .arena = &arena, .threads = threads};
  pleat_status status = pleat_pool_take(&pool, 2 * COPIED, 1, &work.memory);
  if (!status) status = pleat_pool_take(&pool, (size_t)threads, sizeof *work.seconds, &work.seconds);
  if (!status) status = pleat_arena_create(context, (size_t)threads * (1 << 16), &arena);
  if (!status) pleat_run_for(&run, threads, copy_item, &work);
  *row = (pleat_bench_row){.name = "memory, copied", .threads = threads, .bytes = 2.0 * (double)work.share * threads};
  for (int i = 0; !status && i < threads; i++) row->seconds += work.seconds[i] / threads;
  pleat_arena_free(context, &arena);
  pleat_pool_free(&pool);
  return status ? status : run.status;
}

pleat_status pleat_bench_measure(pleat_context *context, pleat_bench_row rows[PLEAT_BENCH_ROWS]) {
  pleat_speed_row one[PLEAT_SPEED_ROWS], all[PLEAT_SPEED_ROWS];
  int threads = pleat_context_threads(context);
  PLEAT_TRY(pleat_speed_measure_rows(context, 1, one));
  PLEAT_TRY(pleat_speed_measure_rows(context, threads, all));
  const pleat_speed_row *peak = &one[PLEAT_SPEED_ROWS - 1];
  rows[PLEAT_BENCH_PEAK_OF_ONE] = (pleat_bench_row){peak->name, 1, peak->seconds, peak->flops, 0};
  peak = &all[PLEAT_SPEED_ROWS - 1];
  rows[PLEAT_BENCH_PEAK] = (pleat_bench_row){peak->name, threads, peak->seconds, peak->flops, 0};
  for (int i = 0; i < PLEAT_SPEED_ROWS - 1; i++)
    rows[PLEAT_BENCH_KERNELS + i] = (pleat_bench_row){all[i].name, threads, all[i].seconds, all[i].flops, all[i].bytes};
  return measure_memory(context, threads, &rows[PLEAT_BENCH_MEMORY]);
}
