/* pleat dock: lays one structure on another.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/dock_output.h"
#include "program/dock_sites.h"
#include "program/output.h"
#include "program/progress.h"
#include "program/report.h"
#include "program/rotation_list.h"
#include "program/verbs.h"

typedef struct dock_run {
  const pleat_options *options;
  pleat_context *context;
  pleat_structure *receptor, *ligand;
  pleat_dock_settings settings;
  pleat_dock_site *receptor_sites, *ligand_sites;
  pleat_dock *dock;
  double *rotations;
  char *wisdom, *name, *mark;
  json_t *about; /* the settings, for people and for the mark */
} dock_run;

static bool read_settings(dock_run *run) {
  const pleat_options *o = run->options;
  pleat_dock_settings *s = &run->settings;
  double angle;
  *s = pleat_dock_defaults();
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_ANGLE, 2, 60, &angle)) return false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_SPACING, 0.5, 3, &s->spacing)) return false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_CLUSTER, 0, 100, &s->cluster)) return false;
  if (!pleat_rotation_list_number(o, PLEAT_OPTION_INTERFACE_SHARE, 0, 1, &s->share)) return false;
  s->angle = angle * M_PI / 180;
  s->refined = (size_t)pleat_options_number(o, PLEAT_OPTION_REFINED);
  s->poses = (size_t)pleat_options_number(o, PLEAT_OPTION_POSES);
  if (s->poses > s->refined)
    return fprintf(stderr, "pleat dock: --poses %zu are more than the --refined %zu\n", s->poses, s->refined), false;
  s->wisdom = run->wisdom = pleat_rotation_list_wisdom();
  const char *list = o->values[PLEAT_OPTION_ROTATIONS];
  if (list && !pleat_rotation_list_read("dock", list, &run->rotations, &s->rotation_count)) return false;
  s->rotations = run->rotations;
  return true;
}

/* Everything that the results depend on, for the table of results and to tell whether they are there already. */
static void describe(dock_run *run) {
  static const pleat_option_id told[] = {
      PLEAT_OPTION_ANGLE, PLEAT_OPTION_ROTATIONS, PLEAT_OPTION_RECEPTOR_CHAINS, PLEAT_OPTION_LIGAND_CHAINS,
      PLEAT_OPTION_RECEPTOR_INTERFACE, PLEAT_OPTION_LIGAND_INTERFACE, PLEAT_OPTION_RECEPTOR_AWAY, PLEAT_OPTION_LIGAND_AWAY,
      PLEAT_OPTION_INTERFACE_SHARE, PLEAT_OPTION_SPACING, PLEAT_OPTION_REFINED, PLEAT_OPTION_POSES, PLEAT_OPTION_CLUSTER};
  run->about = json_object();
  json_object_set_new(run->about, "pleat", json_string(pleat_version()));
  json_object_set_new(run->about, "receptor", json_string(run->options->inputs[0]));
  json_object_set_new(run->about, "ligand", json_string(run->options->inputs[1]));
  for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
    const char *value = pleat_options_text(run->options, told[i]);
    if (value) json_object_set_new(run->about, pleat_options_row(told[i])->name, json_string(value));
  }
}

static bool is_done(const dock_run *run) {
  json_error_t error;
  json_t *there = json_load_file(run->mark, 0, &error);
  bool done = there && json_equal(there, run->about) && !pleat_options_flag(run->options, PLEAT_OPTION_OVERWRITE);
  json_decref(there);
  return done;
}

static int fail(const dock_run *run, pleat_status status) {
  fprintf(stderr, "pleat dock: %s\n", pleat_context_error(run->context));
  return status == PLEAT_ERROR_CANCELLED ? PLEAT_EXIT_STOPPED : PLEAT_EXIT_INPUTS;
}

static bool choose_sites(dock_run *run) {
  const char **paths = run->options->inputs;
  pleat_dock_sites_options receptor = {PLEAT_OPTION_RECEPTOR_CHAINS, PLEAT_OPTION_RECEPTOR_INTERFACE,
                                       PLEAT_OPTION_RECEPTOR_AWAY, paths[0]};
  pleat_dock_sites_options ligand = {PLEAT_OPTION_LIGAND_CHAINS, PLEAT_OPTION_LIGAND_INTERFACE, PLEAT_OPTION_LIGAND_AWAY,
                                     paths[1]};
  run->receptor_sites = pleat_dock_sites_choose(run->options, &receptor, run->receptor);
  run->ligand_sites = run->receptor_sites ? pleat_dock_sites_choose(run->options, &ligand, run->ligand) : NULL;
  run->settings.receptor_sites = run->receptor_sites;
  run->settings.ligand_sites = run->ligand_sites;
  return run->ligand_sites;
}

static void tell(const dock_run *run) {
  pleat_dock_pose best = pleat_dock_at(run->dock, 0);
  if (pleat_options_flag(run->options, PLEAT_OPTION_QUIET)) return;
  fprintf(stderr, "%s: score %.1f (shape %.1f, electrostatics %.1f, desolvation %.1f), %zu pairs of residues in contact\n",
          run->name, best.score, best.shape, best.electrostatics, best.desolvation, best.contacts);
}

static int dock(dock_run *run) {
  const pleat_options *o = run->options;
  pleat_status status = pleat_structure_read(run->context, o->inputs[0], &run->receptor);
  if (!status) status = pleat_structure_read(run->context, o->inputs[1], &run->ligand);
  if (status) return fail(run, status);
  if (!choose_sites(run) || !pleat_output_folder(o->inputs[2])) return PLEAT_EXIT_INPUTS;
  if (is_done(run)) return fprintf(stderr, "pleat dock: %s is done already\n", run->name), PLEAT_EXIT_DONE;
  unlink(run->mark);
  status = pleat_dock_run(run->receptor, run->ligand, &run->settings, &run->dock);
  if (status) return fail(run, status);
  pleat_dock_output output = {o->inputs[2], run->name, run->context, run->dock, run->about};
  if (!pleat_dock_output_write(&output) || !pleat_output_write_json(run->mark, json_incref(run->about), 17))
    return PLEAT_EXIT_INPUTS;
  tell(run);
  return pleat_report_write("dock", run->context, o->inputs[2]);
}

static char *name_of(const pleat_options *options) {
  char *receptor = pleat_output_stem(options->inputs[0]), *ligand = pleat_output_stem(options->inputs[1]);
  char *name = pleat_output_path("%s_%s", receptor, ligand);
  free(receptor);
  free(ligand);
  return name;
}

int pleat_verb_dock(const pleat_options *options) {
  dock_run run = {.options = options};
  pleat_progress progress;
  if (pleat_context_create(NULL, &run.context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(run.context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  run.name = name_of(options);
  run.mark = pleat_output_path("%s/%s_dock.done.txt", options->inputs[2], run.name);
  describe(&run);
  pleat_progress_start(&progress, pleat_options_flag(options, PLEAT_OPTION_QUIET), 1, 1);
  pleat_progress_catch_signals();
  pleat_context_set_progress(run.context, pleat_progress_report, &progress);
  int code = read_settings(&run) ? dock(&run) : PLEAT_EXIT_USAGE;
  pleat_progress_end(&progress);
  pleat_dock_free(run.dock);
  pleat_structure_free(run.receptor);
  pleat_structure_free(run.ligand);
  pleat_context_free(run.context);
  json_decref(run.about);
  free(run.receptor_sites);
  free(run.ligand_sites);
  free(run.rotations);
  free(run.wisdom);
  free(run.name);
  free(run.mark);
  return code;
}
