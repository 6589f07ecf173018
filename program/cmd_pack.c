/* pleat pack: side chains onto the backbones and sequences of structures.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "program/arrays.h"
#include "program/output.h"
#include "program/packing.h"

static bool save_arrays(const pleat_backbone_job *job, const pleat_result *result) {
  const pleat_settings *settings = &job->run->settings;
  char seed[32], *path = pleat_backbone_path(job, "stats", ".h5");
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)settings->seed);
  pleat_arrays_note notes[] = {{"model", pleat_settings_model_name(settings)},
                               {"weights_sha256", pleat_model_sha256(settings->model)},
                               {"version", pleat_version()},
                               {"seed", seed},
                               {"sequence", pleat_result_sample_sequence(result, 0)},
                               {NULL, NULL}};
  pleat_arrays arrays = {0};
  pleat_arrays_append_result(&arrays, result, "S");
  bool ok = pleat_arrays_write(&arrays, path, notes, job->target);
  pleat_arrays_free(&arrays);
  free(path);
  return ok;
}

static int pack_one(pleat_backbone_job *job) {
  const pleat_options *options = &job->run->options;
  size_t id = !pleat_options_flag(options, PLEAT_OPTION_ZERO_INDEXED);
  pleat_result *result;
  int code = pleat_packing_run(job, job->run->settings.model, job->target, 0, id, &result);
  if (code) return code;
  job->samples = pleat_result_sample_count(result);
  if (pleat_options_flag(options, PLEAT_OPTION_SAVE_ALL) && !save_arrays(job, result)) code = PLEAT_EXIT_INPUTS;
  pleat_result_free(result);
  return code;
}

int pleat_verb_pack(const pleat_options *options) {
  static const pleat_backbone_verb verb = {"pack", "_pack", {"packed", "stats", NULL}, true, NULL, NULL, pack_one, NULL};
  return pleat_backbone_main(options, &verb, NULL);
}
