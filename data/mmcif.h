/* mmCIF in (the atom table) and out: plain mmCIF, or ModelCIF for predicted structures.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_MMCIF_H
#define PLEAT_DATA_MMCIF_H

#include "data/structure.h"

/* Adds the atoms of one model of the first data block that has any to an empty structure; finish is the caller's. */
pleat_status pleat_mmcif_parse(const pleat_structure_source *source, pleat_structure *structure);

/* Appends the whole file to `text`; `name` is for error sentences. */
pleat_status pleat_mmcif_write(const pleat_structure *structure, const char *name, pleat_text *text);

#endif
