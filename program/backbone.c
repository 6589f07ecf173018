/* What design, score and pack share: a run over structures, one target after the other, resumable.
 * SPDX-License-Identifier: MIT */
#include "program/backbone.h"

#include <stdlib.h>
#include <string.h>

#include "program/fingerprint.h"
#include "program/output.h"
#include "program/report.h"
#include "program/trace.h"

/* ---- Inputs and folder ---- */

/* IN... OUTDIR, each of which LigandMPNN's flags can stand for. */
static int take_places(pleat_backbone_run *run) {
  const pleat_options *options = &run->options;
  const char *path = options->values[PLEAT_OPTION_PDB_PATH], *multi = options->values[PLEAT_OPTION_PDB_PATH_MULTI];
  const char *folder = options->values[PLEAT_OPTION_OUT_FOLDER];
  int inputs = options->input_count - !folder;
  if (inputs < 0 || (inputs == 0 && !path && !multi)) {
    fprintf(stderr, "pleat %s: wants IN... OUTDIR (or --pdb-path and --out-folder); 'pleat %s --help' tells more\n",
            options->verb, options->verb);
    return PLEAT_EXIT_USAGE;
  }
  run->folder.path = folder ? folder : options->inputs[inputs];
  bool ok = true;
  for (int i = 0; i < inputs; i++) ok = pleat_inputs_add(&run->inputs, options->verb, options->inputs[i]) && ok;
  if (path) ok = pleat_inputs_add(&run->inputs, options->verb, path) && ok;
  if (multi) ok = pleat_inputs_add_json(&run->inputs, options->verb, multi) && ok;
  bool helps = run->settings.helps && !run->settings.overwrite;
  pleat_inputs_finish(&run->inputs, run->settings.shard, run->settings.shards, helps);
  return ok ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
}

char *pleat_backbone_path(const pleat_backbone_job *job, const char *folder, const char *tail) {
  const char *ending = job->run->options.values[PLEAT_OPTION_FILE_ENDING], *dot = strrchr(tail, '.');
  int before = dot ? (int)(dot - tail) : (int)strlen(tail);
  return pleat_output_path("%s/%s%s%s%.*s%s%s", job->run->folder.path, folder, *folder ? "/" : "", job->input->name,
                           before, tail, ending ? ending : "", tail + before);
}

/* ---- Fingerprints ---- */

/* Options that do not change a result, or stand in the fingerprint otherwise. */
static bool is_left_out(int id) {
  static const pleat_option_id list[] = {
      PLEAT_OPTION_MODEL,         PLEAT_OPTION_WEIGHTS,        PLEAT_OPTION_MODELS_DIR, PLEAT_OPTION_THREADS,
      PLEAT_OPTION_MEMORY,        PLEAT_OPTION_SHARD,          PLEAT_OPTION_OVERWRITE,  PLEAT_OPTION_TRACE,
      PLEAT_OPTION_TIMINGS,       PLEAT_OPTION_QUIET,          PLEAT_OPTION_VERBOSE,    PLEAT_OPTION_PDB_PATH,
      PLEAT_OPTION_PDB_PATH_MULTI, PLEAT_OPTION_OUT_FOLDER,    PLEAT_OPTION_SEED,       PLEAT_OPTION_RANDOM_SEED,
      PLEAT_OPTION_MODEL_TYPE,    PLEAT_OPTION_FIXED_MULTI,    PLEAT_OPTION_REDESIGNED_MULTI,
      PLEAT_OPTION_BIAS_PER_RESIDUE, PLEAT_OPTION_BIAS_PER_RESIDUE_MULTI,
      PLEAT_OPTION_OMIT_PER_RESIDUE, PLEAT_OPTION_OMIT_PER_RESIDUE_MULTI};
  for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
    if ((int)list[i] == id) return true;
  return id >= PLEAT_OPTION_CHECKPOINT_PROTEIN && id <= PLEAT_OPTION_CHECKPOINT_GLOBAL;
}

static void make_fingerprint(pleat_backbone_run *run) {
  char *text = pleat_output_path("%s model=%s weights=%.16s", run->verb->task, pleat_settings_model_name(&run->settings),
                                 pleat_model_sha256(run->settings.model));
  char seed[32] = "random";
  if (!run->seed_chosen) snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->settings.seed);
  run->fingerprint = pleat_fingerprint_append(text, "seed", seed);
  for (int id = 0; pleat_options_row(id); id++) {
    const char *value = run->options.values[id], *fallback = pleat_options_fallback(id, run->options.bit);
    if (!value || is_left_out(id) || (fallback && !strcmp(value, fallback))) continue;
    run->fingerprint = pleat_fingerprint_append(run->fingerprint, pleat_options_row(id)->name, value);
  }
}

/* FNV-1a, 64 bits, of the file's bytes; 0 when it cannot be read. */
static unsigned long long hash_file(const char *path) {
  unsigned char block[1 << 15];
  unsigned long long hash = 14695981039346656037ull;
  size_t got;
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  while ((got = fread(block, 1, sizeof block, file)) > 0)
    for (size_t i = 0; i < got; i++) hash = (hash ^ block[i]) * 1099511628211ull;
  fclose(file);
  return hash;
}

static char *input_fingerprint(const pleat_backbone_run *run, const pleat_input *input) {
  char *side = pleat_side_files_describe(&run->side_files, input);
  char *text = pleat_output_path("%s%s structure=%016llx", run->fingerprint, side, hash_file(input->path));
  for (char *c = text; *c; c++)
    if (*c == '\n') *c = ' ';
  free(side);
  return text;
}

static size_t skip_done(pleat_backbone_run *run) {
  size_t waiting = 0;
  for (size_t i = 0; i < run->inputs.count; i++) {
    pleat_input *input = &run->inputs.list[i];
    if (pleat_folder_has_mark(&run->folder, input->name)) {
      char *fingerprint = input_fingerprint(run, input);
      input->done = pleat_folder_is_done(&run->folder, input->name, fingerprint);
      free(fingerprint);
    }
    waiting += !input->done;
  }
  return waiting;
}

/* ---- Targets ---- */

static bool is_for_design_models(const char *setting) {
  return !strncmp(setting, "ligand_mpnn_", 12) || strstr(setting, "transmembrane") || strstr(setting, "symmetry") ||
         !strcmp(setting, "homo_oligomer") || strstr(setting, "_AA");
}

static pleat_status set_options(const pleat_backbone_run *run, bool for_packing, pleat_target *target) {
  const pleat_option_row *row;
  for (int id = 0; (row = pleat_options_row(id)); id++) {
    char name[64];
    const char *value = run->options.values[id];
    if (!value || !pleat_options_is_target_setting(row)) continue;
    pleat_options_target_name(row, name);
    if (for_packing && is_for_design_models(name)) continue;
    pleat_status status = pleat_target_set_option(target, name, value);
    if (status) return status;
  }
  return PLEAT_OK;
}

int pleat_backbone_fail(const pleat_backbone_job *job, pleat_status status) {
  return pleat_settings_fail(&job->run->settings, status);
}

int pleat_backbone_target(const pleat_backbone_job *job, bool for_packing, pleat_target **target) {
  const pleat_backbone_run *run = job->run;
  pleat_target_selection selection = {
      .chains = run->options.values[PLEAT_OPTION_PARSE_CHAINS],
      .zero_occupancy = pleat_options_flag(&run->options, PLEAT_OPTION_PARSE_ZERO_OCCUPANCY)};
  pleat_status status =
      pleat_target_create(run->settings.context, job->input->name, job->structure, &selection, target);
  if (status) return *target = NULL, pleat_backbone_fail(job, status);
  status = set_options(run, for_packing, *target);
  if (!status) status = pleat_draws_apply(&run->draws, *target);
  int code = status ? pleat_backbone_fail(job, status) : PLEAT_EXIT_DONE;
  if (!code && !pleat_side_files_apply(&run->side_files, &run->settings, job->input, *target)) code = PLEAT_EXIT_INPUTS;
  if (!code) return code;
  pleat_target_free(*target);
  *target = NULL;
  return code;
}

/* ---- One input ---- */

/* Whether the structures that the verb will write, which have the target's chains and numbers, fit the format. */
static pleat_status check_format(const pleat_backbone_job *job) {
  const pleat_backbone_run *run = job->run;
  pleat_structure *like;
  if (!run->verb->writes_structures || !run->settings.pdb) return PLEAT_OK;
  pleat_status status = pleat_target_structure(job->target, &like);
  if (status) return status;
  char *name = pleat_output_path("%s.pdb", job->input->name);
  status = pleat_structure_fits(like, name);
  free(name);
  pleat_structure_free(like);
  return status;
}

static int make_job(pleat_backbone_job *job) {
  const pleat_backbone_run *run = job->run;
  pleat_status status =
      pleat_structure_read_model(run->settings.context, job->input->path,
                                 (int)pleat_options_number(&run->options, PLEAT_OPTION_STRUCTURE_MODEL), &job->structure);
  if (status) return job->structure = NULL, pleat_backbone_fail(job, status);
  int code = pleat_backbone_target(job, false, &job->target);
  if (code) return code;
  job->residues = pleat_target_residue_count(job->target);
  status = check_format(job);
  return status ? pleat_backbone_fail(job, status) : PLEAT_EXIT_DONE;
}

static int finish_job(pleat_backbone_job *job, double seconds) {
  pleat_backbone_run *run = job->run;
  char *fingerprint = input_fingerprint(run, job->input);
  bool ok = pleat_folder_mark_done(&run->folder, job->input->name, fingerprint, job->sane);
  free(fingerprint);
  if (!ok) return PLEAT_EXIT_INPUTS;
  pleat_folder_time(&run->folder, job->input->name, job->residues, job->samples, seconds);
  pleat_folder_log(&run->folder, "%s %s, seed %llu, %zu residues, %zu samples, %.2f s%s", job->input->name,
                   pleat_settings_model_name(&run->settings), (unsigned long long)run->settings.seed, job->residues,
                   job->samples, seconds, job->sane ? "" : ", FAILED ITS SANITY CHECK");
  pleat_progress_job(&run->settings.progress, 1, "%s: %zu residues, %zu sample%s, %.2f s", job->input->name, job->residues,
                     job->samples, job->samples == 1 ? "" : "s", seconds);
  return PLEAT_EXIT_DONE;
}

/* A failure of one input leaves the others alone; a signal or the memory limit ends the run. */
static int run_one(pleat_backbone_run *run, pleat_input *input) {
  pleat_backbone_job job = {.run = run, .input = input, .sane = true};
  double begin = pleat_progress_now();
  run->settings.progress.batch = 1;
  int code = make_job(&job);
  if (!code) code = run->verb->one(&job);
  run->settings.progress.batch = 0;
  if (!code) code = finish_job(&job, pleat_progress_now() - begin);
  pleat_target_free(job.target);
  pleat_structure_free(job.structure);
  input->done = !code;
  input->failed = code && code != PLEAT_EXIT_STOPPED;
  run->inputs.failed += input->failed;
  if (input->failed) pleat_folder_log(&run->folder, "%s: failed", input->name);
  return code;
}

/* Whether this process is to do the input; what another finished meanwhile is done. *unsure: ask again later. */
static bool take(pleat_backbone_run *run, pleat_input *input, bool *unsure) {
  pleat_claim_state state = pleat_folder_take(&run->folder, input->name, NULL);
  if (state == PLEAT_CLAIM_FAILED) input->failed = true, run->inputs.failed++;
  if (state == PLEAT_CLAIM_WATCHED) *unsure = true;
  if (state != PLEAT_CLAIM_MINE) return false;
  if (!run->settings.overwrite && pleat_folder_has_mark(&run->folder, input->name)) {
    char *fingerprint = input_fingerprint(run, input);
    input->done = pleat_folder_is_done(&run->folder, input->name, fingerprint);
    free(fingerprint);
  }
  if (input->done) pleat_folder_release(&run->folder, input->name, NULL);
  return !input->done;
}

static int take_and_run(pleat_backbone_run *run, pleat_input *input, bool *unsure) {
  if (!take(run, input, unsure)) return PLEAT_EXIT_DONE;
  int code = run_one(run, input);
  pleat_folder_release(&run->folder, input->name, NULL);
  return code;
}

/* The inputs of this process's share, or the others. */
static int run_share(pleat_backbone_run *run, bool share, bool *unsure) {
  int worst = PLEAT_EXIT_DONE;
  for (size_t i = 0; i < run->inputs.count; i++) {
    pleat_input *input = &run->inputs.list[i];
    if (input->done || input->failed || input->share != share) continue;
    int code = pleat_progress_stopped() ? PLEAT_EXIT_STOPPED : take_and_run(run, input, unsure);
    if (code == PLEAT_EXIT_STOPPED) return code;
    if (code == PLEAT_EXIT_MEMORY) worst = code;
  }
  return worst;
}

/* Until all is done or in the hands of processes that were seen at work. */
static int run_all(pleat_backbone_run *run) {
  int worst = PLEAT_EXIT_DONE;
  bool unsure = true;
  while (unsure) {
    unsure = false;
    for (int share = 1; share >= 0; share--) {
      int code = run_share(run, share, &unsure);
      if (code == PLEAT_EXIT_STOPPED) return code;
      if (code) worst = code;
    }
    if (unsure) pleat_claims_pause(run->folder.claims);
  }
  return worst;
}

static bool is_all_here(const pleat_backbone_run *run) {
  for (size_t i = 0; i < run->inputs.count; i++)
    if (!run->inputs.list[i].done && !run->inputs.list[i].failed) return false;
  return true;
}

static void tidy(const pleat_backbone_run *run) {
  pleat_folder_tidy(&run->folder, ".");
  for (const char *const *name = run->verb->folders; *name; name++) pleat_folder_tidy(&run->folder, *name);
}

/* ---- The run ---- */

static bool make_folders(const pleat_backbone_run *run) {
  for (const char *const *name = run->verb->folders; *name; name++) {
    bool stats = !strcmp(*name, "stats");
    bool packed = !strcmp(*name, "packed") && run->options.bit == PLEAT_VERB_BIT_DESIGN;
    if (stats && !pleat_options_flag(&run->options, PLEAT_OPTION_SAVE_STATS) &&
        !pleat_options_flag(&run->options, PLEAT_OPTION_SAVE_ALL))
      continue;
    if (packed && !pleat_options_flag(&run->options, PLEAT_OPTION_PACK_SIDE_CHAINS)) continue;
    char *path = pleat_output_path("%s/%s", run->folder.path, *name);
    bool ok = pleat_output_folder(path);
    free(path);
    if (!ok) return false;
  }
  return true;
}

static void tell_seed(pleat_backbone_run *run) {
  unsigned long long seed = (unsigned long long)run->settings.seed;
  if (!run->seed_chosen) return;
  pleat_folder_log(&run->folder, "seed %llu, chosen by the system", seed);
  if (!run->settings.quiet)
    fprintf(stderr, "seed %llu, chosen by the system: --seed %llu repeats this run\n", seed, seed);
}

static int last_word(const pleat_backbone_run *run, int code, double seconds) {
  pleat_folder_count count = {run->inputs.count, 0, run->inputs.failed};
  for (size_t i = 0; i < run->inputs.count; i++) count.done += run->inputs.list[i].done;
  return pleat_folder_last_word(&run->folder, count, code, seconds);
}

static int run_waiting(pleat_backbone_run *run, size_t waiting) {
  pleat_settings *settings = &run->settings;
  const char *trace_path = run->options.values[PLEAT_OPTION_TRACE];
  pleat_trace_file *trace = NULL;
  double begin = pleat_progress_now();
  if (trace_path && waiting != 1) {
    fprintf(stderr, "pleat %s: --trace records one input, but %zu are to be run\n", run->options.verb, waiting);
    return PLEAT_EXIT_USAGE;
  }
  if (!pleat_folder_begin(&run->folder, waiting > 0) || !make_folders(run)) return PLEAT_EXIT_INPUTS;
  if (waiting) tell_seed(run);
  if (trace_path && !(trace = pleat_trace_open(trace_path, settings->model))) return PLEAT_EXIT_INPUTS;
  pleat_progress_start(&settings->progress, settings->quiet, waiting, (double)waiting);
  int code = run_all(run);
  pleat_progress_end(&settings->progress);
  if (trace && !pleat_trace_close(trace, settings->model, code == PLEAT_EXIT_DONE)) code = PLEAT_EXIT_INPUTS;
  double seconds = pleat_progress_now() - begin;
  if (waiting) pleat_folder_write_timings(&run->folder, seconds);
  bool all = waiting && is_all_here(run);
  if (all) tidy(run);
  code = last_word(run, code, seconds);
  return all ? pleat_report_finish(settings, run->folder.path, code) : code;
}

static int open_model(pleat_backbone_run *run) {
  pleat_settings *settings = &run->settings;
  if (!pleat_choice_model(settings, &run->choice)) return PLEAT_EXIT_USAGE;
  run->options.values[PLEAT_OPTION_MODEL] = run->choice.name;
  run->options.values[PLEAT_OPTION_WEIGHTS] = run->choice.weights;
  double begin = pleat_progress_now();
  int code = pleat_settings_open_model(settings);
  run->folder.load_seconds = pleat_progress_now() - begin;
  if (code) return code;
  if (pleat_model_does(settings->model, run->verb->task)) return run->verb->begin ? run->verb->begin(run) : code;
  fprintf(stderr, "pleat %s: model %s does not %s; 'pleat models list' shows what each does\n", run->options.verb,
          pleat_settings_model_name(settings), run->verb->task);
  return PLEAT_EXIT_USAGE;
}

static int prepare(pleat_backbone_run *run) {
  const char *draws = run->options.values[PLEAT_OPTION_DRAWS];
  if (run->verb->check && !run->verb->check(run)) return PLEAT_EXIT_USAGE;
  if (!pleat_side_files_read(&run->options, &run->side_files)) return PLEAT_EXIT_USAGE;
  if (!pleat_choice_seed(&run->options, &run->settings.seed, &run->seed_chosen)) return PLEAT_EXIT_USAGE;
  if (draws && !pleat_draws_read(run->options.verb, draws, &run->draws)) return PLEAT_EXIT_INPUTS;
  return open_model(run);
}

static int start_and_run(pleat_backbone_run *run) {
  int places = take_places(run);
  if (places == PLEAT_EXIT_USAGE || !run->inputs.total) return places;
  int code = prepare(run);
  if (code) return code;
  make_fingerprint(run);
  code = run_waiting(run, skip_done(run));
  return code ? code : places; /* an input that is not there at all leaves the others complete */
}

int pleat_backbone_main(const pleat_options *options, const pleat_backbone_verb *verb, void *own) {
  pleat_backbone_run run = {.verb = verb, .options = *options, .own = own};
  run.folder = (pleat_folder){.settings = &run.settings, .mark = verb->mark};
  int code = pleat_settings_start(&run.options, &run.settings);
  run.settings.what = "structure";
  if (!code) code = start_and_run(&run);
  if (verb->end) verb->end(&run);
  pleat_inputs_free(&run.inputs);
  pleat_side_files_free(&run.side_files);
  pleat_draws_free(&run.draws);
  pleat_settings_end(&run.settings);
  pleat_folder_end(&run.folder);
  free(run.fingerprint);
  return code;
}
