/* pleat fit: places a structure in a cryo-EM map.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "program/fit_output.h"
#include "program/fit_parts.h"
#include "program/report.h"
#include "program/rotation_list.h"

typedef struct fit_run {
  pleat_placing placing;
  pleat_map *map;
  pleat_structure *structure;
  pleat_fit_settings settings;
  pleat_fit *fit;
  int *parts;
} fit_run;

static bool read_settings(fit_run *run) {
  const pleat_options *o = run->placing.options;
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
  if (!pleat_placing_read_rotations(&run->placing)) return false;
  run->settings.wisdom = run->placing.wisdom;
  run->settings.rotations = run->placing.rotations;
  run->settings.rotation_count = run->placing.rotation_count;
  return true;
}

static void tell(const fit_run *run) {
  if (pleat_options_flag(run->placing.options, PLEAT_OPTION_QUIET)) return;
  for (size_t s = 0; s < pleat_fit_step_count(run->fit); s++) {
    pleat_fit_placement best = pleat_fit_at(run->fit, s, 0);
    fprintf(stderr, "%s, part %d: score %.3f, z-score %.1f, confidence %.2f", run->placing.name, pleat_fit_step_part(run->fit, s) + 1,
            best.score, best.z_score, best.confidence);
    if (best.share < 0.99) fprintf(stderr, ", %.0f %% of it is in the map", 100 * best.share);
    fputc('\n', stderr);
  }
}

static int fit(fit_run *run) {
  const pleat_placing *placing = &run->placing;
  const pleat_options *o = placing->options;
  size_t parts;
  pleat_status status = pleat_map_read(placing->context, o->inputs[0], &run->map);
  if (!status) status = pleat_structure_read(placing->context, o->inputs[1], &run->structure);
  if (status) return pleat_placing_fail(placing, status);
  run->parts = pleat_fit_parts_choose(o, placing->context, run->structure, &parts);
  if (!run->parts) return PLEAT_EXIT_INPUTS;
  run->settings.parts = run->parts;
  if (!pleat_output_folder(o->inputs[2])) return PLEAT_EXIT_INPUTS;
  if (pleat_placing_is_done(placing)) return PLEAT_EXIT_DONE;
  status = pleat_fit_run(run->map, run->structure, &run->settings, &run->fit);
  if (status) return pleat_placing_fail(placing, status);
  if (!pleat_fit_output_write(placing, run->fit) || !pleat_placing_mark_done(placing)) return PLEAT_EXIT_INPUTS;
  tell(run);
  return pleat_report_write("fit", placing->context, o->inputs[2]);
}

int pleat_verb_fit(const pleat_options *options) {
  static const pleat_option_id settings[] = {
      PLEAT_OPTION_RESOLUTION, PLEAT_OPTION_ANGLE, PLEAT_OPTION_FIT_CHAINS, PLEAT_OPTION_BY_CHAIN, PLEAT_OPTION_FIT_COPIES,
      PLEAT_OPTION_FITS, PLEAT_OPTION_MIN_PLDDT, PLEAT_OPTION_PAE, PLEAT_OPTION_PAE_CUTOFF, PLEAT_OPTION_MIN_DOMAIN,
      PLEAT_OPTION_SAMPLING, PLEAT_OPTION_CORE_WEIGHTED, PLEAT_OPTION_LAPLACE, PLEAT_OPTION_ROTATIONS};
  static const pleat_placing_told told = {{"map", "structure"}, settings, sizeof settings / sizeof *settings};
  fit_run run = {0};
  if (!pleat_placing_begin(&run.placing, options, pleat_output_stem(options->inputs[1]), &told)) return PLEAT_EXIT_INPUTS;
  int code = read_settings(&run) ? fit(&run) : PLEAT_EXIT_USAGE;
  pleat_fit_free(run.fit);
  pleat_map_free(run.map);
  pleat_structure_free(run.structure);
  free(run.parts);
  pleat_placing_end(&run.placing);
  return code;
}
