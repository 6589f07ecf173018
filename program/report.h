/* The page of a results folder: one HTML file that needs nothing else.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_REPORT_H
#define PLEAT_PROGRAM_REPORT_H

#include "program/settings.h"

/* Writes FOLDER/report.html from what lies in the folder. PLEAT_EXIT_INPUTS after a sentence for what could not be read or
 * written; files that cannot be read leave the others on the page. */
int pleat_report_write(const char *verb, pleat_context *context, const char *folder);

/* The same at the end of a run, where `code` says that it came to its end and there is one shard; closes the model
 * first. Gives the exit status of the run. */
int pleat_report_finish(pleat_settings *settings, const char *folder, int code);

#endif
