/* Side chains onto sequences: what `pack` and `design --pack-side-chains` share.
 * SPDX-License-Identifier: MIT */
#include "program/packing.h"

#include <stdlib.h>

#include "program/output.h"

static bool write_as(const pleat_backbone_job *job, const char *folder, const char *tail, const char *format,
                     const pleat_structure *structure) {
  char *name = pleat_output_path("%s.%s", tail, format), *path = pleat_backbone_path(job, folder, name);
  pleat_status status = pleat_structure_write(structure, path);
  if (status) pleat_backbone_fail(job, status);
  free(name);
  free(path);
  return status == PLEAT_OK;
}

bool pleat_packing_write(const pleat_backbone_job *job, const char *folder, const char *tail,
                         const pleat_structure *structure) {
  const pleat_settings *settings = &job->run->settings;
  return (!settings->pdb || write_as(job, folder, tail, "pdb", structure)) &&
         (!settings->cif || write_as(job, folder, tail, "cif", structure));
}

static bool write_packs(const pleat_backbone_job *job, size_t id, const pleat_result *result) {
  const char *suffix = pleat_options_text(&job->run->options, PLEAT_OPTION_PACKED_SUFFIX);
  bool ok = true;
  for (size_t k = 0; ok && k < pleat_result_sample_count(result); k++) {
    char *tail = pleat_output_path("%s_%zu_%zu", suffix, id, k + 1);
    ok = pleat_packing_write(job, "packed", tail, pleat_result_sample_structure(result, k));
    free(tail);
  }
  return ok;
}

int pleat_packing_run(pleat_backbone_job *job, pleat_model *packer, pleat_target *target, size_t number, size_t id,
                      pleat_result **result) {
  const pleat_options *options = &job->run->options;
  size_t packs = (size_t)pleat_options_number(options, PLEAT_OPTION_PACKS);
  pleat_pack_settings settings = {
      .samples = packs,
      .first_sample = number * packs, /* so that no packing depends on which designs a run makes */
      .seed = job->run->settings.seed,
      .steps = (int)pleat_options_number(options, PLEAT_OPTION_STEPS),
      .candidates = (int)pleat_options_number(options, PLEAT_OPTION_CANDIDATES),
      .repack_everything = pleat_options_flag(options, PLEAT_OPTION_REPACK_EVERYTHING),
      .ligand_context = pleat_options_flag(options, PLEAT_OPTION_PACK_LIGAND_CONTEXT)};
  pleat_result *packed;
  bool forced = pleat_options_flag(options, PLEAT_OPTION_FORCE_HETATM);
  pleat_status status = pleat_target_set_option(target, "force_hetatm", forced ? "1" : "0");
  if (!status) status = pleat_pack(packer, target, &settings, &packed);
  if (status) return pleat_backbone_fail(job, status);
  job->sane = job->sane && pleat_result_is_sane(packed);
  bool ok = write_packs(job, id, packed);
  if (result && ok)
    *result = packed;
  else
    pleat_result_free(packed);
  return ok ? PLEAT_EXIT_DONE : PLEAT_EXIT_INPUTS;
}
