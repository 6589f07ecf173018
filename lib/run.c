/* Memory, progress and the sticky status of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/run.h"

#include "lib/team.h"

/* Work for every thread in scratch memory of some 20 MB; fewer when the memory is short. */
enum { CHUNK_ROWS = 4096, LEAST_CHUNK_ROWS = 16 };

int64_t pleat_run_chunk_rows(const pleat_run *run) { return run->chunk_rows > 0 ? run->chunk_rows : CHUNK_ROWS; }

bool pleat_run_halve_chunks(pleat_run *run) {
  if (pleat_run_chunk_rows(run) <= LEAST_CHUNK_ROWS) return false;
  run->chunk_rows = pleat_run_chunk_rows(run) / 2;
  return true;
}

bool pleat_run_idle(const pleat_run *run) { return run->status != PLEAT_OK || pleat_arena_measures(run->arena); }

void *pleat_run_take_bytes(pleat_run *run, size_t bytes) {
  void *taken = pleat_arena_take(run->arena, bytes);
  if (!taken && !run->status)
    run->status =
        pleat_status_fail(run->context, PLEAT_ERROR_MEMORY,
                          "the run's working memory of %.1f MB is full, which the measuring run should have known",
                          (double)run->arena->size / 1e6);
  return taken ? taken : run->arena->base;
}

float *pleat_run_take(pleat_run *run, int64_t count) {
  return pleat_run_take_bytes(run, (size_t)count * sizeof(float));
}

void pleat_run_progress(pleat_run *run, double fraction, const char *stage) {
  if (pleat_run_idle(run)) return;
  double overall = run->progress_from + fraction * run->progress_share;
  run->status = pleat_context_progress(run->context, overall, stage);
}

/* What a thread of pleat_run_for has to itself. */
typedef struct run_share {
  pleat_run run;
  pleat_arena arena;
  pleat_context context; /* a copy without callbacks */
} run_share;

typedef struct share_work {
  run_share *shares;
  pleat_run_item_fn fn;
  void *argument;
} share_work;

static void share_part(void *argument, int64_t begin, int64_t end, int thread) {
  const share_work *work = argument;
  for (int64_t item = begin; item < end; item++) work->fn(&work->shares[thread].run, work->argument, item);
}

/* A run without memory; adds what `items` items like item 0 cost, returns what one needs. */
static size_t measure_item(pleat_run *run, int64_t items, pleat_run_item_fn fn, void *argument) {
  pleat_arena arena;
  pleat_arena_init_measuring(&arena);
  pleat_run item = {.context = run->context, .kernels = run->kernels, .arena = &arena, .threads = 1,
                    .chunk_rows = run->chunk_rows, .speed = run->speed};
  fn(&item, argument, 0);
  run->flops += item.flops * (double)items;
  run->bytes += item.bytes * (double)items;
  run->seconds += item.seconds * (double)items;
  return (arena.peak + PLEAT_ARENA_ALIGNMENT - 1) / PLEAT_ARENA_ALIGNMENT * PLEAT_ARENA_ALIGNMENT;
}

static void start_share(const pleat_run *run, char *memory, size_t size, run_share *share) {
  share->context = *run->context;
  share->context.log = NULL;
  share->context.progress = NULL;
  share->arena = (pleat_arena){.base = memory, .size = size, .block = memory};
  share->run = (pleat_run){.context = &share->context, .kernels = run->kernels, .arena = &share->arena, .threads = 1,
                           .chunk_rows = run->chunk_rows};
}

void pleat_run_for(pleat_run *run, int64_t items, pleat_run_item_fn fn, void *argument) {
  if (items <= 0) return;
  int threads = run->threads < items ? run->threads : (int)items;
  size_t mark = pleat_arena_mark(run->arena);
  size_t size = measure_item(run, items, fn, argument);
  run_share *shares = pleat_run_take_bytes(run, (size_t)threads * sizeof *shares);
  char *memory = pleat_run_take_bytes(run, (size_t)threads * size);
  if (!pleat_run_idle(run)) {
    share_work work = {shares, fn, argument};
    for (int i = 0; i < threads; i++) start_share(run, memory + (size_t)i * size, size, &shares[i]);
    pleat_team_for(threads, items, 1, share_part, &work);
    for (int i = 0; i < threads && !run->status; i++)
      if (shares[i].run.status)
        run->status = pleat_status_fail(run->context, shares[i].run.status, "%s", shares[i].context.error);
  }
  pleat_arena_release(run->arena, mark);
}
