/* The command line from its first word to its exit status.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_COMMAND_H
#define PLEAT_PROGRAM_COMMAND_H

#include "pleat.h"

/* `ranks`: the processes that were started together, this one among them; NULL: this one knows of no other. */
int pleat_command(int count, char **argv, const pleat_ranks *ranks);

#endif
