/* Structures put together from others: chain names that do not clash.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_ASSEMBLY_H
#define PLEAT_DATA_ASSEMBLY_H

#include "data/structure.h"

enum { PLEAT_ASSEMBLY_CHAINS = 512, PLEAT_ASSEMBLY_NAMES = 64 };

typedef struct pleat_assembly {
  pleat_structure *structure; /* what atoms are added to */
  char used[PLEAT_ASSEMBLY_CHAINS][8];
  size_t count;
  char from[PLEAT_ASSEMBLY_NAMES][8], to[PLEAT_ASSEMBLY_NAMES][8]; /* names of the present copy */
  size_t pairs;
} pleat_assembly;

/* Names of a structure's chains that further copies must not have. */
void pleat_assembly_reserve(pleat_assembly *assembly, const pleat_structure *structure);

/* From here on the same names stand for another copy. */
void pleat_assembly_begin_copy(pleat_assembly *assembly);

/* Gives the atom's chain a name of its own: the one that its copy has got already, or, with `keep` and where it is free, its
 * own, or the first free one of A..Z, a..z, 0..9, AA, AB, ... */
void pleat_assembly_rename(pleat_assembly *assembly, bool keep, pleat_structure_record *record);

#endif
