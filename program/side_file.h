/* JSON side files under LigandMPNN's names: what is fixed, biased or left out, for all inputs or each of them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_SIDE_FILE_H
#define PLEAT_PROGRAM_SIDE_FILE_H

#include <jansson.h>

#include "program/inputs.h"

enum { PLEAT_SIDE_FILES = 6 };

typedef struct pleat_side_files {
  json_t *root[PLEAT_SIDE_FILES]; /* NULL: not given */
} pleat_side_files;

/* Reads those that the options name; false after a sentence, also for options that cannot stand together. */
bool pleat_side_files_read(const pleat_options *options, pleat_side_files *files);
void pleat_side_files_free(pleat_side_files *files);

/* Sets the target as the files say for this input. An input that a file of several inputs does not have, a residue or a
 * letter that is not there: false after a sentence. Keys are paths as given, file names, or names of jobs. */
bool pleat_side_files_apply(const pleat_side_files *files, const pleat_settings *settings, const pleat_input *input,
                            pleat_target *target);

/* What the files say of this input as one line of text, for fingerprints; the caller frees it. */
char *pleat_side_files_describe(const pleat_side_files *files, const pleat_input *input);

#endif
