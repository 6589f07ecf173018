/* Other programs, run without a shell.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_TOOL_H
#define PLEAT_PROGRAM_TOOL_H

#include <stdbool.h>

/* Whether a program of this name can be run from PATH. */
bool pleat_tool_find(const char *name);

/* Runs argv (ended by NULL) in `folder` with no input, what it says going to the end of `log` there. True when it ended well. */
bool pleat_tool_run(const char *const *argv, const char *folder, const char *log);

/* Removes a folder of files. */
void pleat_tool_remove_folder(const char *folder);

#endif
