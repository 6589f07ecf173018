/* Which models a run of `predict` uses: one by its name, or several of a family by number.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FAMILY_H
#define PLEAT_PROGRAM_FAMILY_H

#include "program/settings.h"

/* Names of the models in the order they run; one whose --model is no family has that text alone. */
typedef struct pleat_family {
  char **names;
  size_t count;
} pleat_family;

/* "--model alphafold2_ptm" takes the models alphafold2_ptm_model_1, _2, ... that there are, in the order of --model-order and
 * at most --num-models of them; any other --model takes itself. PLEAT_EXIT_DONE, or the exit status after its sentence. */
int pleat_family_choose(const pleat_settings *settings, pleat_family *family);
void pleat_family_free(pleat_family *family);

#endif
