/* The files that a fit leaves: tables of places, structures, the difference map, slices.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FIT_OUTPUT_H
#define PLEAT_PROGRAM_FIT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "pleat_fit.h"

typedef struct pleat_fit_output {
  const char *folder, *name;
  pleat_context *context;
  const pleat_fit *fit;
  json_t *settings; /* what the run was; borrowed */
} pleat_fit_output;

/* All of them; false after a sentence. */
bool pleat_fit_output_write(const pleat_fit_output *output);

#endif
