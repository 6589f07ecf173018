/* Writing intermediates and outputs of a run to HDF5: one dataset a name.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_TRACE_H
#define PLEAT_PROGRAM_TRACE_H

#include <hdf5.h>
#include <stdbool.h>

#include "pleat.h"

typedef struct pleat_trace_file pleat_trace_file;

/* Opens a file (by a temporary name) that receives every intermediate of the model's runs; NULL after a sentence. */
pleat_trace_file *pleat_trace_open(const char *path, pleat_model *model);

/* Ends the recording; the file appears under its name when `keep`. False after a sentence when it could not be written.
 */
bool pleat_trace_close(pleat_trace_file *trace, pleat_model *model, bool keep);

/* One array as a float32 dataset "group/name" of the place; missing groups are made. */
bool pleat_trace_write_array(hid_t place, const pleat_array *array);
bool pleat_trace_write_text(hid_t place, const char *name, const char *value);

#endif
