/* Parameters of AlphaFold 2 drawn at random, one block a stack, so that whole predictions run in tests anywhere.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_TESTS_RANDOM_ALPHAFOLD_H
#define PLEAT_TESTS_RANDOM_ALPHAFOLD_H

#include <stdbool.h>

#include "lib/weights.h"

/* Whether the model is one of AlphaFold's. */
bool random_alphafold_is(const char *model);

/* The arrays of the model's network in memory, under the published names. */
pleat_status random_alphafold_make(pleat_context *context, const char *model, pleat_weights **weights);

/* The same as FOLDER/MODEL.h5. */
pleat_status random_alphafold_write(pleat_context *context, const char *folder, const char *model);

#endif
