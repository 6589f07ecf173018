/* pleat dock: lays one structure on another.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "program/dock_output.h"
#include "program/dock_sites.h"
#include "program/report.h"
#include "program/rotation_list.h"

typedef struct dock_run {
  pleat_placing placing;
  pleat_structure *receptor, *ligand;
  pleat_dock_settings settings;
  pleat_dock_site *receptor_sites, *ligand_sites;
  pleat_dock *dock;
} dock_run;

static bool read_settings(dock_run *run) {
  const pleat_options *o = run->placing.options;
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
  if (!pleat_placing_read_rotations(&run->placing)) return false;
  s->wisdom = run->placing.wisdom;
  s->rotations = run->placing.rotations;
  s->rotation_count = run->placing.rotation_count;
  return true;
}

static bool choose_sites(dock_run *run) {
  const char **paths = run->placing.options->inputs;
  pleat_dock_sites_options receptor = {PLEAT_OPTION_RECEPTOR_CHAINS, PLEAT_OPTION_RECEPTOR_INTERFACE,
                                       PLEAT_OPTION_RECEPTOR_AWAY, paths[0]};
  pleat_dock_sites_options ligand = {PLEAT_OPTION_LIGAND_CHAINS, PLEAT_OPTION_LIGAND_INTERFACE, PLEAT_OPTION_LIGAND_AWAY,
                                     paths[1]};
  run->receptor_sites = pleat_dock_sites_choose(run->placing.options, &receptor, run->receptor);
  run->ligand_sites = run->receptor_sites ? pleat_dock_sites_choose(run->placing.options, &ligand, run->ligand) : NULL;
  run->settings.receptor_sites = run->receptor_sites;
  run->settings.ligand_sites = run->ligand_sites;
  return run->ligand_sites;
}

static void tell(const dock_run *run) {
  pleat_dock_pose best = pleat_dock_at(run->dock, 0);
  if (pleat_options_flag(run->placing.options, PLEAT_OPTION_QUIET)) return;
  fprintf(stderr, "%s: score %.1f (shape %.1f, electrostatics %.1f, desolvation %.1f), %zu pairs of residues in contact\n",
          run->placing.name, best.score, best.shape, best.electrostatics, best.desolvation, best.contacts);
}

static int dock(dock_run *run) {
  const pleat_placing *placing = &run->placing;
  const pleat_options *o = placing->options;
  pleat_status status = pleat_structure_read(placing->context, o->inputs[0], &run->receptor);
  if (!status) status = pleat_structure_read(placing->context, o->inputs[1], &run->ligand);
  if (status) return pleat_placing_fail(placing, status);
  if (!choose_sites(run) || !pleat_output_folder(o->inputs[2])) return PLEAT_EXIT_INPUTS;
  if (pleat_placing_is_done(placing)) return PLEAT_EXIT_DONE;
  status = pleat_dock_run(run->receptor, run->ligand, &run->settings, &run->dock);
  if (status) return pleat_placing_fail(placing, status);
  if (!pleat_dock_output_write(placing, run->dock) || !pleat_placing_mark_done(placing)) return PLEAT_EXIT_INPUTS;
  tell(run);
  return pleat_report_write("dock", placing->context, o->inputs[2]);
}

static char *name_of(const pleat_options *options) {
  char *receptor = pleat_output_stem(options->inputs[0]), *ligand = pleat_output_stem(options->inputs[1]);
  char *name = pleat_output_path("%s_%s", receptor, ligand);
  free(receptor);
  free(ligand);
  return name;
}

int pleat_verb_dock(const pleat_options *options) {
  static const pleat_option_id settings[] = {
      PLEAT_OPTION_ANGLE, PLEAT_OPTION_ROTATIONS, PLEAT_OPTION_RECEPTOR_CHAINS, PLEAT_OPTION_LIGAND_CHAINS,
      PLEAT_OPTION_RECEPTOR_INTERFACE, PLEAT_OPTION_LIGAND_INTERFACE, PLEAT_OPTION_RECEPTOR_AWAY, PLEAT_OPTION_LIGAND_AWAY,
      PLEAT_OPTION_INTERFACE_SHARE, PLEAT_OPTION_SPACING, PLEAT_OPTION_REFINED, PLEAT_OPTION_POSES, PLEAT_OPTION_CLUSTER};
  static const pleat_placing_told told = {{"receptor", "ligand"}, settings, sizeof settings / sizeof *settings};
  dock_run run = {0};
  if (!pleat_placing_begin(&run.placing, options, name_of(options), &told)) return PLEAT_EXIT_INPUTS;
  int code = read_settings(&run) ? dock(&run) : PLEAT_EXIT_USAGE;
  pleat_dock_free(run.dock);
  pleat_structure_free(run.receptor);
  pleat_structure_free(run.ligand);
  free(run.receptor_sites);
  free(run.ligand_sites);
  pleat_placing_end(&run.placing);
  return code;
}
