/* What fit and dock share: a run over rotations that places one structure by another or in a map, its mark, its files.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_PLACING_H
#define PLEAT_PROGRAM_PLACING_H

#include <stdio.h>

#include "program/output.h"
#include "program/progress.h"
#include "program/verbs.h"

typedef struct pleat_placing {
  const pleat_options *options; /* inputs: two files and the folder of the results */
  pleat_context *context;
  pleat_progress progress;
  double *rotations;            /* (rotation_count,4), of --rotations; NULL: an even set */
  size_t rotation_count;
  char *wisdom, *name, *mark;   /* file of FFTW's plans; the job's name, which all its files begin with; its .done.txt */
  json_t *about;                /* what the results depend on, for their table and for the mark */
} pleat_placing;

/* Which options the results depend on, and what the two input files are called in the table. */
typedef struct pleat_placing_told {
  const char *inputs[2];
  const pleat_option_id *options;
  size_t count;
} pleat_placing_told;

/* Takes `name`. False after a sentence, with nothing to end. */
bool pleat_placing_begin(pleat_placing *placing, const pleat_options *options, char *name, const pleat_placing_told *told);
void pleat_placing_end(pleat_placing *placing);

/* --rotations and the file of plans; false after a sentence. */
bool pleat_placing_read_rotations(pleat_placing *placing);

/* Whether the folder has the job's results, which is said; else a mark of other settings goes. */
bool pleat_placing_is_done(const pleat_placing *placing);
bool pleat_placing_mark_done(const pleat_placing *placing);

/* The context's sentence, and the exit status. */
int pleat_placing_fail(const pleat_placing *placing, pleat_status status);

/* ---- Files: false after a sentence ---- */

/* FOLDER/NAME and the tail that the format makes; the caller frees it. */
char *pleat_placing_path(const pleat_placing *placing, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the structure when `status` is good; frees it and the path. */
bool pleat_placing_write_structure(const pleat_placing *placing, pleat_status status, pleat_structure *structure, char *path);

/* Writes the table that `print` makes; frees the path. */
bool pleat_placing_write_table(void (*print)(const void *user, FILE *out), const void *user, char *path);

/* Frees the root and the path. */
bool pleat_placing_write_json(json_t *root, char *path);

/* A place as columns x y z r11 .. r33 at the end of a line, their titles, and as "rotation" and "translation". */
void pleat_placing_print_titles(FILE *out);
void pleat_placing_print_place(FILE *out, const double rotation[3][3], const double translation[3]);
void pleat_placing_add_place(json_t *object, const double rotation[3][3], const double translation[3]);

#endif
