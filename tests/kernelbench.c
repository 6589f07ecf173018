/* Checks and times kernels: --check PROBLEM, --check-all, --time PROBLEM (problems: see tests/kernelcase.h).
 * SPDX-License-Identifier: MIT
 *
 *     kernelbench [--threads N] --time 'linear:m65536n128k128:bias'
 *
 * prints milliseconds (the best of many), GFLOP/s, and their share of the fused multiply-add peak of as many threads,
 * measured in the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/team.h"
#include "tests/kernelcheck.h"

/* One thread is timed by its own clock, which stands still while others have the core. */
static double seconds(int threads) {
  struct timespec now;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct peak_work {
  const pleat_kernels *kernels;
  double flops[256];
} peak_work;

static void peak_part(void *argument, int64_t begin, int64_t end, int thread) {
  peak_work *work = argument;
  float sink[16] = {0.999f, 0.001f};
  (void)thread;
  for (int64_t i = begin; i < end; i++) work->flops[i % 256] = work->kernels->peak(400000, sink);
}

/* GFLOP/s of `threads` threads doing nothing else. */
static double measure_peak(const pleat_kernels *kernels, int threads) {
  static peak_work work;
  double best = 0;
  work.kernels = kernels;
  for (int round = 0; round < 20; round++) {
    double start = seconds(threads);
    pleat_team_for(threads, threads, 1, peak_part, &work);
    double rate = threads * work.flops[0] / (seconds(threads) - start) * 1e-9;
    best = rate > best ? rate : best;
  }
  return best;
}

static pleat_status time_case(kernel_case *c, int threads) {
  pleat_arena arena;
  pleat_run run = {.context = c->context, .arena = &arena, .threads = threads};
  double best = 1e30, begin = seconds(threads), start;
  PLEAT_TRY(pleat_dispatch_choose(c->context, &run.kernels));
  pleat_arena_init_measuring(&arena);
  kernel_case_run(c, &run, 0, c->rows);
  PLEAT_TRY(pleat_arena_create(c->context, arena.peak, &arena));
  do {
    start = seconds(threads);
    kernel_case_run(c, &run, 0, c->rows);
    double taken = seconds(threads) - start;
    best = taken < best ? taken : best;
  } while (seconds(threads) - begin < 1);
  double rate = c->flops / best * 1e-9, peak = measure_peak(run.kernels, threads);
  printf("%9.4f ms  %8.1f GFLOP/s  %5.1f %% of %.1f (%s, %d threads)\n", best * 1e3, rate, 100 * rate / peak, peak,
         run.kernels->name, threads);
  pleat_arena_free(c->context, &arena);
  return run.status;
}

static int time_problem(pleat_context *context, const char *text, int threads) {
  kernel_problem problem;
  kernel_case made;
  if (!kernel_problem_parse(text, &problem)) {
    fprintf(stderr, "'%s' is no problem: see tests/kernelcase.h\n", text);
    return 1;
  }
  pleat_status status = kernel_case_make(context, &problem, &made);
  printf("%-36s ", text);
  if (!status) status = time_case(&made, threads);
  if (status) fprintf(stderr, "%s: %s\n", text, pleat_context_error(context));
  kernel_case_free(&made);
  return status != PLEAT_OK;
}

static void say(const char *line) { printf("%s\n", line); }

static int check_problem(pleat_context *context, const char *text) {
  char message[300];
  bool good = kernel_check(context, text, message, sizeof message);
  printf("%s: %s\n", text, good ? "agrees" : message);
  return !good;
}

static int check_all(pleat_context *context) {
  int done, failed = kernel_check_all(context, say, &done);
  printf("%d of %d problems failed\n", failed, done);
  return failed != 0;
}

int main(int argc, char **argv) {
  pleat_context *context;
  int threads = pleat_cpu_allowed_threads(), bad = argc < 2;
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  for (int i = 1; i < argc && !bad; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(argv[i], "--check-all"))
      bad = check_all(context);
    else if (!strcmp(argv[i], "--threads") && atoi(value) > 0)
      threads = atoi(value), i++;
    else if (!strcmp(argv[i], "--check"))
      bad = check_problem(context, value), i++;
    else if (!strcmp(argv[i], "--time"))
      bad = time_problem(context, value, threads), i++;
    else
      bad = 1;
  }
  if (argc < 2) fprintf(stderr, "usage: kernelbench [--threads N] --check PROBLEM | --check-all | --time PROBLEM\n");
  pleat_context_free(context);
  return bad;
}
