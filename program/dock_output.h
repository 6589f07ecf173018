/* The files that a docking leaves: tables of poses, structures.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_DOCK_OUTPUT_H
#define PLEAT_PROGRAM_DOCK_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "pleat_dock.h"

typedef struct pleat_dock_output {
  const char *folder, *name;
  pleat_context *context;
  const pleat_dock *dock;
  json_t *settings; /* what the run was; borrowed */
} pleat_dock_output;

/* All of them; false after a sentence. */
bool pleat_dock_output_write(const pleat_dock_output *output);

#endif
