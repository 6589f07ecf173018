/* Arrays of a run collected over its samples, and written as one HDF5 file.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_ARRAYS_H
#define PLEAT_PROGRAM_ARRAYS_H

#include <stdbool.h>

#include "pleat.h"

enum { PLEAT_ARRAYS_MOST = 24 };

typedef struct pleat_arrays {
  size_t count;
  struct {
    char name[64];
    pleat_array array; /* owns its data */
    size_t room;       /* numbers */
  } items[PLEAT_ARRAYS_MOST];
} pleat_arrays;

/* Adds the array under `name`; when there is one, its rows (first dimension) follow those that are there. */
void pleat_arrays_append(pleat_arrays *arrays, const char *name, const pleat_array *array);

/* All arrays of a result by their own names but "S", which is called `letters`; those whose first dimension is not the
 * samples' are kept from the first result only. */
void pleat_arrays_append_result(pleat_arrays *arrays, const pleat_result *result, const char *letters);
const pleat_array *pleat_arrays_find(const pleat_arrays *arrays, const char *name);
void pleat_arrays_free(pleat_arrays *arrays);

/* A text attribute of the file. */
typedef struct pleat_arrays_note {
  const char *name, *value;
} pleat_arrays_note;

/* Writes them, `notes` (ended by a NULL name), and the residues' names ("A12B") as the data set residue_names. False after a
 * sentence. */
bool pleat_arrays_write(const pleat_arrays *arrays, const char *path, const pleat_arrays_note *notes,
                        const pleat_target *target);

#endif
