/* Parts of a report page: the files that the build put into the program, and what is read of a results folder.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_REPORT_PARTS_H
#define PLEAT_PROGRAM_REPORT_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "pleat.h"

/* A file of program/report, compressed by gzip. The table ends with a name of NULL. */
typedef struct pleat_report_file {
  const char *name;
  const unsigned char *bytes;
  size_t size, full_size;
} pleat_report_file;

extern const pleat_report_file pleat_report_files[];

/* Where the blocks go as they are read: each is JSON that the page asks for when it is looked at. Returns its number, -1
 * when the page is full already. Takes the object. */
typedef struct pleat_report_sink {
  int (*put)(void *user, json_t *block);
  void *user;
} pleat_report_sink;

typedef struct pleat_report_reader {
  pleat_context *context;
  const char *folder;
  pleat_report_sink sink;
  size_t problems; /* files that could not be read; each was told on stderr */
} pleat_report_reader;

/* Everything found in the folder: {"jobs": [...], "config": ..., "citation": ...}. NULL after a sentence. */
json_t *pleat_report_read(pleat_report_reader *reader);

/* ---- What blocks hold ---- */

/* Residues and atoms, the first alternative of each; positions in 0.01 angstrom as differences from the atom before. NULL
 * when the file cannot be read; pleat_context_error tells why. */
json_t *pleat_report_structure(pleat_context *context, const char *path);

/* Aligned errors (L,L) in steps of 0.25 angstrom, each row as differences; above 1024 residues means of square blocks.
 * NULL when `pae` is no square. */
json_t *pleat_report_errors(const json_t *pae);

/* How many rows have a residue in each column, and the summary's numbers. NULL as above. */
json_t *pleat_report_coverage(pleat_context *context, const char *path);

/* A text that is valid UTF-8 in any case. */
json_t *pleat_report_text(const char *text);

#endif
