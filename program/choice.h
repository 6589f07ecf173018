/* Which model the user means: by --model, or by LigandMPNN's --model_type and --checkpoint_* flags.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_CHOICE_H
#define PLEAT_PROGRAM_CHOICE_H

#include "program/settings.h"

/* A model by name, and the path of its weight file where one was given in place of the installed one. */
typedef struct pleat_choice {
  char name[128];
  const char *weights; /* NULL: the installed file */
} pleat_choice;

/* The model of design, score or pack. False after a sentence. */
bool pleat_choice_model(const pleat_settings *settings, pleat_choice *choice);

/* The packer that `design --pack-side-chains` uses. */
void pleat_choice_packer(const pleat_settings *settings, pleat_choice *choice);

/* The seed: --seed or --random-seed, or one of the system's when they are 0 or not given; then *chosen. False after a
 * sentence. */
bool pleat_choice_seed(const pleat_options *options, uint64_t *seed, bool *chosen);

#endif
