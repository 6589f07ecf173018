/* Completion of command lines in bash and zsh, from the same tables as --help.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_COMPLETION_H
#define PLEAT_PROGRAM_COMPLETION_H

#include "program/verbs.h"

/* Prints the file that the shell wants, "bash" or "zsh"; false for any other. */
bool pleat_completion_print(const char *shell, const pleat_verb *verbs, int count);

#endif
