/* The files that a docking leaves.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_DOCK_OUTPUT_H
#define PLEAT_PROGRAM_DOCK_OUTPUT_H

#include "pleat_dock.h"
#include "program/placing.h"

/* All of them; false after a sentence. */
bool pleat_dock_output_write(const pleat_placing *placing, const pleat_dock *dock);

#endif
