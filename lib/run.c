/* Memory, progress and the sticky status of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/run.h"

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
