/* What made a result, as one line: a result with the same line is not made again.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FINGERPRINT_H
#define PLEAT_PROGRAM_FINGERPRINT_H

#include "program/family.h"
#include "program/job.h"

/* `line`, which it frees, and " key=value". */
char *pleat_fingerprint_append(char *line, const char *key, const char *value);

/* Of the open model: name, weights, options. The caller frees the line, here as below. */
char *pleat_fingerprint_model(const pleat_settings *settings);

/* Of a run: its first model, which is open, and what the other models, seeds and ranks add. An exit status; `line` is made
 * with PLEAT_EXIT_DONE alone. */
int pleat_fingerprint_run(pleat_settings *settings, const pleat_family *family, char **line);

/* `line`, the job's sequence, and what its query was given. */
char *pleat_fingerprint_job(const pleat_settings *settings, const char *line, const pleat_job *job);

#endif
