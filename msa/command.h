/* Runs a program that is installed beside us, without a shell, its output into a file.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_COMMAND_H
#define PLEAT_MSA_COMMAND_H

#include "lib/memory.h"

/* Runs argv[0] (searched on the PATH) and waits for it; stdout and stderr are appended to `log`. The context's progress
 * callback may stop it. PLEAT_ERROR_NOT_FOUND when there is no such program, its `package` told; PLEAT_ERROR_IO when it
 * fails, with the last line of the log. */
pleat_status pleat_command_run(pleat_context *context, const char *const *argv, const char *log, const char *package);

#endif
