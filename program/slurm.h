/* What a Slurm job needs for a run: #SBATCH lines.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_SLURM_H
#define PLEAT_PROGRAM_SLURM_H

#include "program/settings.h"

/* Prints the lines and the command for a run of so many bytes and seconds: a quarter more memory, twice the time and ten
 * minutes, for nodes that are slower or busier than this machine. */
void pleat_slurm_print(const pleat_settings *settings, size_t bytes, double seconds, size_t jobs);

#endif
