/* Predictions made by several processes together.
 * SPDX-License-Identifier: MIT */
#include "program/together.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const pleat_ranks *ranks_of(const pleat_settings *settings) { return settings->options->ranks; }

static bool are_many(const pleat_settings *settings) { return ranks_of(settings) && ranks_of(settings)->count > 1; }

bool pleat_together_is_first(const pleat_settings *settings) { return !are_many(settings) || ranks_of(settings)->rank == 0; }

/* ---- Jobs or predictions ---- */

/* Processes of this node, as the launcher says. */
static size_t processes_of_node(const pleat_ranks *ranks) {
  static const char *const told[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"};
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
    const char *text = getenv(told[i]);
    long count = text ? strtol(text, NULL, 10) : 0;
    if (count > 0) return (size_t)count;
  }
  return (size_t)ranks->count;
}

static size_t memory_of_process(const pleat_settings *settings) {
  size_t node = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
  return settings->memory ? settings->memory : node / processes_of_node(ranks_of(settings));
}

/* Each process by itself when there is work for all of them and the longest job fits into its part of the memory. */
static int choose(pleat_settings *settings, const pleat_jobs *jobs, size_t predictions, bool *shared) {
  pleat_plan plan = {0};
  double residues;
  *shared = pleat_job_waiting(jobs, &residues) * predictions < (size_t)ranks_of(settings)->count;
  if (*shared) return PLEAT_EXIT_DONE;
  pleat_status status = pleat_job_plan_longest(settings, jobs, &plan);
  if (status) return pleat_settings_fail(settings, status);
  *shared = plan.process_bytes + plan.activation_bytes + plan.result_bytes > memory_of_process(settings);
  return PLEAT_EXIT_DONE;
}

static int decide(pleat_settings *settings, const pleat_jobs *jobs, size_t predictions, bool *shared) {
  const char *text = pleat_options_text(settings->options, PLEAT_OPTION_PARALLEL);
  bool can = pleat_model_heeds(settings->model, "ranks"), ranks = !strcmp(text, "ranks"), many = are_many(settings);
  if (strcmp(text, "auto") && strcmp(text, "tasks") && !ranks) {
    fprintf(stderr, "pleat predict: --parallel is auto, tasks or ranks, not '%s'\n", text);
    return PLEAT_EXIT_USAGE;
  }
  if (ranks && !ranks_of(settings)) {
    fprintf(stderr, "pleat predict: --parallel ranks is for pleat_mpi, started by mpirun or srun; this is pleat\n");
    return PLEAT_EXIT_USAGE;
  }
  if (ranks && !can) {
    fprintf(stderr, "pleat predict: model %s works in one process: --parallel ranks cannot be used\n",
            pleat_settings_model_name(settings));
    return PLEAT_EXIT_USAGE;
  }
  *shared = many && ranks;
  return many && can && !strcmp(text, "auto") ? choose(settings, jobs, predictions, shared) : PLEAT_EXIT_DONE;
}

int pleat_together_settle(pleat_settings *settings, const pleat_jobs *jobs, size_t predictions, int code, bool *shared) {
  int said[2] = {code, 0};
  *shared = false;
  if (pleat_together_is_first(settings)) {
    if (!code) said[0] = decide(settings, jobs, predictions, shared);
    said[1] = *shared;
  }
  if (are_many(settings) && ranks_of(settings)->broadcast(ranks_of(settings)->user, 0, said, sizeof said)) abort();
  *shared = said[1];
  return said[0];
}

void pleat_together_begin(pleat_settings *settings) {
  settings->batch_size = 1;
  pleat_context_set_ranks(settings->context, ranks_of(settings));
  if (!pleat_together_is_first(settings)) pleat_context_set_log(settings->context, NULL, NULL, PLEAT_LOG_ERROR);
}

/* ---- Orders ---- */

void pleat_together_tell(const pleat_settings *settings, pleat_together_order order) {
  if (ranks_of(settings)->broadcast(ranks_of(settings)->user, 0, &order, sizeof order)) abort();
}

bool pleat_together_hear(const pleat_settings *settings, pleat_together_order *order) {
  if (ranks_of(settings)->broadcast(ranks_of(settings)->user, 0, order, sizeof *order)) abort();
  return order->more;
}

void pleat_together_abandon(const pleat_settings *settings, const char *what) {
  ranks_of(settings)->abandon(ranks_of(settings)->user, what);
}
