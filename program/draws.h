/* Stored random numbers of a run of the published code, as the golden files keep them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_DRAWS_H
#define PLEAT_PROGRAM_DRAWS_H

#include "program/settings.h"

enum { PLEAT_DRAWS_KINDS = 4 };

typedef struct pleat_draws {
  pleat_array array[PLEAT_DRAWS_KINDS]; /* data NULL: not in the file */
} pleat_draws;

/* Reads "FILE.h5" or "FILE.h5:GROUP": the datasets randn (B,L), exp_noise_by_step (steps,B,20), random_uniform (L,4) and
 * predicted_samples (steps,candidates,L,4) or step0/predicted_samples, ...; dimensions of 1 may stand between. They may also
 * lie in the group `in`. False after a sentence. */
bool pleat_draws_read(const char *verb, const char *place, pleat_draws *draws);
void pleat_draws_free(pleat_draws *draws);

/* Hands them to the target. */
pleat_status pleat_draws_apply(const pleat_draws *draws, pleat_target *target);
bool pleat_draws_any(const pleat_draws *draws);

#endif
