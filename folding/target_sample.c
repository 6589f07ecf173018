/* A sample of a target as people want it: a structure with its new letters, a sequence.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "folding/target_parts.h"

/* An atom of residue i of the sample. */
static pleat_structure_record make_record(const pleat_target *target, int64_t i, int type) {
  pleat_structure_record record = {.label_number = target->first[i].label_number};
  const pleat_target_residue *residue = &target->residues[i];
  memcpy(record.label_chain, target->first[i].label_chain, sizeof record.label_chain);
  memcpy(record.site.chain, residue->chain, sizeof record.site.chain);
  memcpy(record.site.residue_name, pleat_residue_types[type].name, sizeof pleat_residue_types[type].name);
  record.site.residue_number = residue->number;
  record.site.insertion_code = residue->insertion_code;
  record.site.alternate = ' ';
  record.site.occupancy = 1;
  return record;
}

static pleat_status add_residue(const pleat_target *target, const pleat_target_sample *sample, int64_t i,
                                pleat_structure *structure) {
  int type = pleat_residue_from_letter(pleat_target_letters[sample->letters[i]]);
  pleat_structure_record record = make_record(target, i, type);
  for (int place = 0; place < sample->places; place++) {
    int64_t at = i * sample->places + place;
    const char *name = pleat_residue_types[type].atom14[place];
    if (!(sample->mask[at] > 0) || !name[0]) continue;
    snprintf(record.site.name, sizeof record.site.name, "%s", name);
    record.site.element[0] = pleat_residue_atom_element(name);
    for (int k = 0; k < 3; k++) record.site.position[k] = (double)sample->positions[at * 3 + k];
    record.site.b_factor = sample->b_factors[at];
    PLEAT_TRY(pleat_structure_add_atom(structure, &record));
  }
  return PLEAT_OK;
}

static pleat_status add_atoms(const pleat_target *target, const pleat_target_sample *sample,
                              pleat_structure *structure) {
  for (int64_t i = 0; i < target->backbone.length; i++) PLEAT_TRY(add_residue(target, sample, i, structure));
  for (size_t i = 0; i < target->other_count; i++) {
    pleat_structure_record record = target->others[i];
    if (target->settings.force_hetatm) record.site.hetero = 1;
    PLEAT_TRY(pleat_structure_add_atom(structure, &record));
  }
  for (size_t i = 0; i < structure->atom_count; i++) structure->atoms[i].serial = (int)i + 1;
  return pleat_structure_finish(structure);
}

pleat_status pleat_target_make_structure(const pleat_target *target, const pleat_target_sample *sample,
                                         pleat_structure **structure) {
  pleat_structure *made;
  *structure = NULL;
  PLEAT_TRY(pleat_structure_create(target->context, &made));
  pleat_status status = add_atoms(target, sample, made);
  if (status) pleat_structure_free(made);
  else *structure = made;
  return status;
}

pleat_status pleat_target_make_sequence(const pleat_target *target, const int32_t *letters, pleat_pool *pool,
                                        const char **sequence) {
  size_t length = (size_t)target->backbone.length, at = 0;
  char *text;
  PLEAT_TRY(pleat_pool_take(pool, 2 * length + 1, 1, &text));
  for (size_t i = 0; i < length; i++) {
    int32_t residue = target->sorted[i], before = i ? target->sorted[i - 1] : residue;
    if (strcmp(target->residues[residue].chain, target->residues[before].chain) != 0) text[at++] = ':';
    text[at++] = pleat_target_letters[letters[residue]];
  }
  *sequence = text;
  return PLEAT_OK;
}

void pleat_target_backbone_mask(const pleat_backbone *backbone, float *mask) {
  static const int place[4] = {0, 1, 2, 4}; /* N CA C O of atom37 */
  for (int64_t i = 0; i < backbone->length * 4; i++) mask[i] = backbone->atom_mask[i / 4 * PLEAT_TARGET_ATOMS + place[i % 4]];
}

pleat_status pleat_target_structure(const pleat_target *target, pleat_structure **structure) {
  const pleat_backbone *backbone = &target->backbone;
  float *numbers;
  *structure = NULL;
  PLEAT_TRY(pleat_memory_take(target->context, (size_t)backbone->length * 8, sizeof *numbers, &numbers));
  memset(numbers, 0, (size_t)backbone->length * 8 * sizeof *numbers);
  float *factors = numbers, *mask = numbers + backbone->length * 4;
  pleat_target_backbone_mask(backbone, mask);
  pleat_target_sample sample = {backbone->letter, backbone->x, mask, factors, 4};
  pleat_status status = pleat_target_make_structure(target, &sample, structure);
  pleat_memory_release(target->context, numbers);
  return status;
}
