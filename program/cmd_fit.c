/* pleat fit: places a structure in a cryo-EM map.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/fit_output.h"
#include "program/fit_parts.h"
#include "program/output.h"
#include "program/progress.h"
#include "program/report.h"
#include "program/rotation_list.h"
#include "program/verbs.h"

typedef struct fit_run {
  const pleat_options *options;
  pleat_context *context;
  pleat_map *map;
  pleat_structure *structure;
  pleat_fit_settings settings;
  pleat_fit *fit;
  int *parts;
  double *rotations;
  char *wisdom, *name, *mark;
  json_t *about; /* the settings, for people and for the mark */
} fit_run;

static bool read_settings(fit_run *run) {
  const pleat_options *o = run->options;
  double resolution, angle, sampling;
  if (!o->values[PLEAT_OPTION_RESOLUTION])
    return fprintf(stderr, "pleat fit: --resolution R is needed: the map's resolution in angstrom\n"), false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_RESOLUTION, 0.1, 100, &resolution)) return false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_ANGLE, 2, 60, &angle)) return false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_SAMPLING, 2, 16, &sampling)) return false;
  run->settings = pleat_fit_defaults(resolution);
  run->settings.angle = angle * M_PI / 180;
  run->settings.sampling = sampling;
  run->settings.core_weighted = pleat_options_flag(o, PLEAT_OPTION_CORE_WEIGHTED);
  run->settings.laplace = pleat_options_flag(o, PLEAT_OPTION_LAPLACE);
  run->settings.copies = (size_t)pleat_options_number(o, PLEAT_OPTION_FIT_COPIES);
  run->settings.fits = (size_t)pleat_options_number(o, PLEAT_OPTION_FITS);
  run->settings.wisdom = run->wisdom = pleat_rotation_list_wisdom();
  const char *list = o->values[PLEAT_OPTION_ROTATIONS];
  if (list && !pleat_rotation_list_read("fit", list, &run->rotations, &run->settings.rotation_count)) return false;
  run->settings.rotations = run->rotations;
  return true;
}

/* Everything that the results depend on, for the table of results and to tell whether they are there already. */
static void describe(fit_run *run) {
  static const pleat_option_id told[] = {
      PLEAT_OPTION_RESOLUTION, PLEAT_OPTION_ANGLE, PLEAT_OPTION_FIT_CHAINS, PLEAT_OPTION_BY_CHAIN, PLEAT_OPTION_FIT_COPIES,
      PLEAT_OPTION_FITS, PLEAT_OPTION_MIN_PLDDT, PLEAT_OPTION_PAE, PLEAT_OPTION_PAE_CUTOFF, PLEAT_OPTION_MIN_DOMAIN,
      PLEAT_OPTION_SAMPLING, PLEAT_OPTION_CORE_WEIGHTED, PLEAT_OPTION_LAPLACE, PLEAT_OPTION_ROTATIONS};
  run->about = json_object();
  json_object_set_new(run->about, "pleat", json_string(pleat_version()));
  json_object_set_new(run->about, "map", json_string(run->options->inputs[0]));
  json_object_set_new(run->about, "structure", json_string(run->options->inputs[1]));
  for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
    const char *value = pleat_options_text(run->options, told[i]);
    if (value) json_object_set_new(run->about, pleat_options_row(told[i])->name, json_string(value));
  }
}

static bool is_done(const fit_run *run) {
  json_error_t error;
  json_t *there = json_load_file(run->mark, 0, &error);
  bool done = there && json_equal(there, run->about) && !pleat_options_flag(run->options, PLEAT_OPTION_OVERWRITE);
  json_decref(there);
  return done;
}

static int fail(const fit_run *run, pleat_status status) {
  fprintf(stderr, "pleat fit: %s\n", pleat_context_error(run->context));
  return status == PLEAT_ERROR_CANCELLED ? PLEAT_EXIT_STOPPED : PLEAT_EXIT_INPUTS;
}

static void tell(const fit_run *run) {
  if (pleat_options_flag(run->options, PLEAT_OPTION_QUIET)) return;
  for (size_t s = 0; s < pleat_fit_step_count(run->fit); s++) {
    pleat_fit_placement best = pleat_fit_at(run->fit, s, 0);
    fprintf(stderr, "%s, part %d: score %.3f, z-score %.1f, confidence %.2f", run->name, pleat_fit_step_part(run->fit, s) + 1,
            best.score, best.z_score, best.confidence);
    if (best.share < 0.99) fprintf(stderr, ", %.0f %% of it is in the map", 100 * best.share);
    fputc('\n', stderr);
  }
}

static int fit(fit_run *run) {
  const pleat_options *o = run->options;
  size_t parts;
  pleat_status status = pleat_map_read(run->context, o->inputs[0], &run->map);
  if (!status) status = pleat_structure_read(run->context, o->inputs[1], &run->structure);
  if (status) return fail(run, status);
  run->parts = pleat_fit_parts_choose(o, run->context, run->structure, &parts);
  if (!run->parts) return PLEAT_EXIT_INPUTS;
  run->settings.parts = run->parts;
  if (!pleat_output_folder(o->inputs[2])) return PLEAT_EXIT_INPUTS;
  if (is_done(run)) return fprintf(stderr, "pleat fit: %s is done already\n", run->name), PLEAT_EXIT_DONE;
  unlink(run->mark);
  status = pleat_fit_run(run->map, run->structure, &run->settings, &run->fit);
  if (status) return fail(run, status);
  pleat_fit_output output = {o->inputs[2], run->name, run->context, run->fit, run->about};
  if (!pleat_fit_output_write(&output) || !pleat_output_write_json(run->mark, json_incref(run->about), 17)) return PLEAT_EXIT_INPUTS;
  tell(run);
  return pleat_report_write("fit", run->context, o->inputs[2]);
}

int pleat_verb_fit(const pleat_options *options) {
  fit_run run = {.options = options};
  pleat_progress progress;
  if (pleat_context_create(NULL, &run.context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(run.context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  run.name = pleat_output_stem(options->inputs[1]);
  run.mark = pleat_output_path("%s/%s_fit.done.txt", options->inputs[2], run.name);
  describe(&run);
  pleat_progress_start(&progress, pleat_options_flag(options, PLEAT_OPTION_QUIET), 1, 1);
  pleat_progress_catch_signals();
  pleat_context_set_progress(run.context, pleat_progress_report, &progress);
  int code = read_settings(&run) ? fit(&run) : PLEAT_EXIT_USAGE;
  pleat_progress_end(&progress);
  pleat_fit_free(run.fit);
  pleat_map_free(run.map);
  pleat_structure_free(run.structure);
  pleat_context_free(run.context);
  json_decref(run.about);
  free(run.parts);
  free(run.rotations);
  free(run.wisdom);
  free(run.name);
  free(run.mark);
  return code;
}
