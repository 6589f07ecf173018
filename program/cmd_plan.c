/* pleat plan: what a run would need, measured by the run's own code without memory.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program/job.h"
#include "program/slurm.h"

enum { MEBI = 1 << 20 };

typedef struct plan_run {
  pleat_settings settings;
  pleat_jobs jobs;
  pleat_plan total; /* the largest memory, the sum of flops and seconds, from the process's start on */
  json_t *rows;     /* NULL: a table is printed */
  bool slurm;       /* #SBATCH lines are printed instead */
} plan_run;

static void add_row(plan_run *run, const char *name, size_t jobs, size_t residues, const pleat_plan *plan) {
  if (plan->activation_bytes > run->total.activation_bytes) run->total.activation_bytes = plan->activation_bytes;
  if (plan->process_bytes > run->total.process_bytes) run->total.process_bytes = plan->process_bytes;
  if (plan->weight_bytes > run->total.weight_bytes) run->total.weight_bytes = plan->weight_bytes;
  if (plan->result_bytes > run->total.result_bytes) run->total.result_bytes = plan->result_bytes;
  run->total.flops += plan->flops;
  run->total.seconds += plan->seconds;
  if (run->rows)
    json_array_append_new(
        run->rows,
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f}", "first_job", name, "jobs", (json_int_t)jobs, "residues",
                  (json_int_t)residues, "activation_bytes", (json_int_t)plan->activation_bytes, "result_bytes",
                  (json_int_t)plan->result_bytes, "flops", plan->flops, "seconds", plan->seconds));
  else if (!run->slurm)
    printf("%-24.24s %5zu %9zu %11.1f %10.1f %9.2f\n", name, jobs, residues, (double)plan->activation_bytes / MEBI,
           plan->flops / 1e9, plan->seconds);
}

static int plan_batches(plan_run *run) {
  pleat_settings *settings = &run->settings;
  pleat_job **batch = calloc(settings->batch_size, sizeof *batch);
  const pleat_query **queries = calloc(settings->batch_size, sizeof *queries);
  if (!batch || !queries) abort();
  size_t at = 0, count;
  pleat_status status = PLEAT_OK;
  while (!status && (count = pleat_job_batch(&run->jobs, settings->batch_size, &at, batch))) {
    pleat_plan plan;
    size_t residues = 0;
    for (size_t i = 0; i < count; i++) queries[i] = batch[i]->query, residues += batch[i]->length;
    status = pleat_plan_predict(settings->model, queries, count, &plan);
    if (!status) add_row(run, batch[0]->name, count, residues, &plan);
  }
  free(batch);
  free(queries);
  return status ? pleat_settings_fail(settings, status) : PLEAT_EXIT_DONE;
}

static size_t peak(const pleat_plan *total) {
  return total->process_bytes + total->activation_bytes + total->result_bytes;
}

static void print_json(plan_run *run, bool fits) {
  const pleat_plan *total = &run->total;
  json_t *object = json_object();
  json_object_set_new(object, "model", json_string(pleat_settings_model_name(&run->settings)));
  json_object_set_new(object, "machine", json_string(pleat_context_describe_machine(run->settings.context)));
  json_object_set(object, "batches", run->rows);
  json_object_set_new(object, "ranks", json_integer(pleat_options_number(run->settings.options, PLEAT_OPTION_RANKS)));
  json_object_set_new(object, "weight_bytes", json_integer((json_int_t)total->weight_bytes));
  json_object_set_new(object, "process_bytes", json_integer((json_int_t)total->process_bytes));
  json_object_set_new(object, "peak_bytes", json_integer((json_int_t)peak(total)));
  json_object_set_new(object, "peak_activation_bytes", json_integer((json_int_t)total->activation_bytes));
  json_object_set_new(object, "flops", json_real(total->flops));
  json_object_set_new(object, "seconds", json_real(total->seconds));
  json_object_set_new(object, "fits", json_boolean(fits));
  json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(object);
}

static int plan(plan_run *run, const char *input) {
  pleat_settings *settings = &run->settings;
  int code = pleat_job_read(settings, input, &run->jobs);
  if (!code) code = pleat_settings_open_model(settings);
  if (code) return code;
  const pleat_ranks ranks = {.count = (int)pleat_options_number(settings->options, PLEAT_OPTION_RANKS)};
  if (ranks.count > 1) pleat_context_set_ranks(settings->context, &ranks);
  pleat_job_give_alignments(settings, &run->jobs);
  pleat_job_check(settings, &run->jobs);
  if (settings->memory && pleat_job_limit_memory(settings)) return PLEAT_EXIT_MEMORY;
  if (!run->rows && !run->slurm)
    printf("%-24s %5s %9s %11s %10s %9s\n", "batch from", "jobs", "residues", "memory MiB", "GFLOP", "seconds");
  run->total.seconds = (double)clock() / CLOCKS_PER_SEC; /* starting, reading and opening, as the run itself will do */
  code = plan_batches(run);
  if (code) return code;
  const pleat_plan *total = &run->total;
  bool fits = !settings->memory || peak(total) <= settings->memory;
  double residues;
  if (run->rows)
    print_json(run, fits);
  else if (run->slurm)
    pleat_slurm_print(settings, peak(total), total->seconds, pleat_job_waiting(&run->jobs, &residues));
  else
    printf("%speak %.1f MiB (process with weights %.1f, run %.1f, results %.1f), %.1f GFLOP, about %.2f s on %s\n",
           ranks.count > 1 ? "each rank: " : "", (double)peak(total) / MEBI, (double)total->process_bytes / MEBI, (double)total->activation_bytes / MEBI,
           (double)total->result_bytes / MEBI, total->flops / 1e9, total->seconds,
           pleat_context_describe_machine(settings->context));
  if (!fits) {
    fprintf(stderr,
            "pleat plan: this does not fit in --memory: it takes at least %.1f MiB, %.1f MiB are allowed; try a smaller "
            "--batch-size\n",
            (double)peak(total) / MEBI, (double)settings->memory / MEBI);
    return PLEAT_EXIT_MEMORY;
  }
  return run->jobs.failed ? PLEAT_EXIT_INPUTS : PLEAT_EXIT_DONE;
}

int pleat_verb_plan(const pleat_options *options) {
  plan_run run = {.rows = pleat_options_flag(options, PLEAT_OPTION_JSON) ? json_array() : NULL,
                  .slurm = pleat_options_flag(options, PLEAT_OPTION_SLURM)};
  int code = pleat_settings_start(options, &run.settings);
  if (!code) code = plan(&run, options->inputs[0]);
  pleat_job_free(&run.jobs);
  pleat_settings_end(&run.settings);
  json_decref(run.rows);
  return code;
}
