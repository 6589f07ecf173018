/* Checkpoints of predictions that take long: hidden files in OUTDIR, one a job, model and seed.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_CHECKPOINT_H
#define PLEAT_PROGRAM_CHECKPOINT_H

#include "program/part.h"
#include "program/settings.h"

/* Whether the open model keeps checkpoints; such a model predicts one job at a time. */
bool pleat_checkpoint_kept(const pleat_settings *settings);

/* Tells the model where this prediction is kept on its way, by --checkpoint SECONDS; PLEAT_EXIT_USAGE after a sentence. */
int pleat_checkpoint_begin(pleat_settings *settings, const pleat_part *part);

/* Its result is safe. */
void pleat_checkpoint_remove(const pleat_part *part);

#endif
