/* Model files with random weights, so that models run in tests without their published ones.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_RANDOM_WEIGHTS_H
#define PLEAT_TESTS_RANDOM_WEIGHTS_H

#include "folding/model.h"

/* What is done to the first tensor of a file. */
typedef enum random_damage {
  RANDOM_DAMAGE_NONE, RANDOM_DAMAGE_MISSING, RANDOM_DAMAGE_SHAPE, RANDOM_DAMAGE_NAN
} random_damage;

/* Writes FOLDER/NAME.h5, NAME being that of the model's file number `file`. */
pleat_status random_weights_write(pleat_context *context, const char *folder, const pleat_model_def *def, int file,
                                  random_damage hurt);

#endif
