/* Relaxation of predictions by GROMACS, run as a program: --relax gromacs.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_RELAX_H
#define PLEAT_PROGRAM_RELAX_H

#include "program/settings.h"

/* Checks --relax and that gmx is there. PLEAT_EXIT_DONE, or the exit status after its sentence. */
int pleat_relax_check(const pleat_settings *settings);

/* Whether predictions are to be relaxed. */
bool pleat_relax_wanted(const pleat_settings *settings);

/* Writes the relaxed structure as PDB to `path`: heavy atoms in vacuum (amber99sb-ildn, at most 500 steps of steepest descent,
 * heavy atoms held by 1000 kJ/mol/nm2), chains, numbers and pLDDT of the prediction; the energy and how far atoms moved stand
 * in its REMARKs and in the log. One thread, so that a result has the same bytes always. False after a sentence. */
bool pleat_relax_write(const pleat_settings *settings, const pleat_result *result, const char *path);

#endif
