/* Side chains onto sequences: what `pack` and `design --pack-side-chains` share.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_PACKING_H
#define PLEAT_PROGRAM_PACKING_H

#include "program/backbone.h"

/* Packs the target's sequence as often as --number-of-packs-per-design says and writes
 * packed/NAME_packed_ID_K.pdb (.cif). `number` counts designs from 0, `id` is what it is called. *result, if not NULL,
 * receives the result. An exit status. */
int pleat_packing_run(pleat_backbone_job *job, pleat_model *packer, pleat_target *target, size_t number, size_t id,
                      pleat_result **result);

/* Writes a structure as the formats say: FOLDER/NAME + tail + .pdb, .cif. False after a sentence. */
bool pleat_packing_write(const pleat_backbone_job *job, const char *folder, const char *tail,
                         const pleat_structure *structure);

#endif
