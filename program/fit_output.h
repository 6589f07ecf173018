/* The files that a fit leaves.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FIT_OUTPUT_H
#define PLEAT_PROGRAM_FIT_OUTPUT_H

#include "pleat_fit.h"
#include "program/placing.h"

/* All of them; false after a sentence. */
bool pleat_fit_output_write(const pleat_placing *placing, const pleat_fit *fit);

#endif
