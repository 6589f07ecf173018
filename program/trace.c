/* Writing intermediates and outputs of a run to HDF5: one dataset a name.
 * SPDX-License-Identifier: MIT */
#include "program/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"

struct pleat_trace_file {
  hid_t file;
  char *path, *temporary;
  bool failed;
};

bool pleat_trace_write_array(hid_t place, const pleat_array *array) {
  hsize_t shape[4];
  for (int d = 0; d < array->rank; d++) shape[d] = array->shape[d];
  hid_t space = array->rank ? H5Screate_simple(array->rank, shape, NULL) : H5Screate(H5S_SCALAR);
  hid_t links = H5Pcreate(H5P_LINK_CREATE), sets = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(sets, 0); /* the same arrays, the same bytes */
  hid_t set = H5Dcreate2(place, array->name, H5T_IEEE_F32LE, space, links, sets, H5P_DEFAULT);
  bool ok = set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) >= 0;
  if (set >= 0) H5Dclose(set);
  H5Pclose(sets);
  H5Pclose(links);
  H5Sclose(space);
  return ok;
}

bool pleat_trace_write_text(hid_t place, const char *name, const char *value) {
  hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, *value ? strlen(value) : 1);
  hid_t attribute = H5Acreate2(place, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
  if (attribute >= 0) H5Aclose(attribute);
  H5Tclose(type);
  H5Sclose(space);
  return ok;
}

static void record(void *user, const pleat_array *array) {
  pleat_trace_file *trace = user;
  if (!pleat_trace_write_array(trace->file, array)) trace->failed = true;
}

pleat_trace_file *pleat_trace_open(const char *path, pleat_model *model) {
  pleat_trace_file *trace = calloc(1, sizeof *trace);
  if (!trace) abort();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* sentences instead of HDF5's stack */
  trace->temporary = pleat_output_begin(path);
  trace->file = trace->temporary ? H5Fcreate(trace->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT) : -1;
  if (trace->file < 0) {
    if (trace->temporary) fprintf(stderr, "pleat: cannot write '%s' as HDF5\n", path);
    pleat_output_abandon(trace->temporary);
    free(trace);
    return NULL;
  }
  trace->path = pleat_output_path("%s", path);
  pleat_model_set_trace(model, record, trace);
  return trace;
}

bool pleat_trace_close(pleat_trace_file *trace, pleat_model *model, bool keep) {
  pleat_model_set_trace(model, NULL, NULL);
  bool whole = H5Fclose(trace->file) >= 0 && !trace->failed, ok = whole || !keep;
  if (!ok) fprintf(stderr, "pleat: cannot write all of '%s'; is the disk full?\n", trace->path);
  if (whole && keep) ok = pleat_output_commit(trace->temporary, trace->path);
  else pleat_output_abandon(trace->temporary);
  free(trace->path);
  free(trace);
  return ok;
}
