/* Memory, progress and the sticky status of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/run.h"

#include <time.h>

/* Work for every thread in scratch memory of some 20 MB; fewer when the memory is short. */
enum { CHUNK_ROWS = 4096, LEAST_CHUNK_ROWS = 16 };

int64_t pleat_run_chunk_rows(const pleat_run *run) { return run->chunk_rows > 0 ? run->chunk_rows : CHUNK_ROWS; }

bool pleat_run_halve_chunks(pleat_run *run) {
  if (pleat_run_chunk_rows(run) <= LEAST_CHUNK_ROWS) return false;
  run->chunk_rows = pleat_run_chunk_rows(run) / 2;
  return true;
}

bool pleat_run_idle(const pleat_run *run) {
  return run->status != PLEAT_OK || run->skips || pleat_arena_measures(run->arena);
}

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

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* By the cost of the ops so far: blocks and their operations take unlike times. */
static void weigh(pleat_run *run) {
  double done = run->speed ? run->seconds : run->flops;
  if (run->work > 0) run->fraction = run->progress_from + run->progress_share * (done < run->work ? done / run->work : 1);
}

static void ask(pleat_run *run) {
  run->asked = now();
  weigh(run);
  if (pleat_context_progress(run->context, run->fraction, run->stage)) run->stopping = run->asked;
}

static void stop(pleat_run *run) {
  run->status = pleat_status_fail(run->context, PLEAT_ERROR_CANCELLED, "stopped on request during '%s'", run->stage);
}

void pleat_run_progress(pleat_run *run, double fraction, const char *stage) {
  if (pleat_run_idle(run)) return;
  run->fraction = run->progress_from + fraction * run->progress_share;
  run->stage = stage;
  if (run->stopping <= 0) ask(run);
  if (run->stopping > 0) stop(run);
}

void pleat_run_heed(pleat_run *run) {
  enum { PATIENCE = 5 /* seconds: some schedulers kill half a minute after they asked */ };
  if (run->ranks && run->ranks->advance && !pleat_run_idle(run)) run->ranks->advance(run->ranks->user);
  if (!run->stage || pleat_run_idle(run)) return;
  if (run->stopping <= 0 && now() - run->asked > 0.5) ask(run);
  if (run->ranks) return; /* which stop together, where they meet */
  if (run->stopping > 0 && (!run->checkpoint || now() - run->stopping > PATIENCE)) stop(run);
}

typedef struct piece_work {
  pleat_team_fn fn;
  void *argument;
  int64_t first;
} piece_work;

static void piece_part(void *argument, int64_t begin, int64_t end, int thread) {
  const piece_work *work = argument;
  work->fn(work->argument, work->first + begin, work->first + end, thread);
}

void pleat_run_team_for(pleat_run *run, double flops, int64_t n, pleat_team_fn fn, void *argument) {
  const double piece_flops = 2e11; /* a second or two of a small machine */
  int64_t pieces = (int64_t)(flops / piece_flops) + 1, piece = (n + pieces - 1) / pieces;
  piece_work work = {fn, argument, 0};
  for (; work.first < n && !pleat_run_idle(run); work.first += piece) {
    pleat_team_for(run->threads, work.first + piece < n ? piece : n - work.first, 1, piece_part, &work);
    pleat_run_heed(run);
  }
}

void pleat_run_between(pleat_run *run) {
  if (run->between) run->between(run->between_user);
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
