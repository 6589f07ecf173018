/* The door to libhdf5: one thread at a time, nothing printed, and its errors as one short text.
 * SPDX-License-Identifier: MIT
 *
 * libhdf5 keeps global tables (open ids, error handlers) that cannot be avoided. Every use of it in pleat stands
 * between enter and leave, so contexts on several threads never meet inside it, and the caller's own error handler
 * is put back. The two do not nest. */
#ifndef PLEAT_LIB_HDF5_H
#define PLEAT_LIB_HDF5_H

#include <hdf5.h>

typedef struct pleat_hdf5_guard {
  H5E_auto2_t handler;
  void *user;
} pleat_hdf5_guard;

void pleat_hdf5_enter(pleat_hdf5_guard *guard);
void pleat_hdf5_leave(const pleat_hdf5_guard *guard);

/* The innermost reason of the last failure ("No space left on device"); between enter and leave. Returns text. */
const char *pleat_hdf5_reason(char *text, size_t size);

/* An access list for files: no advisory locks, which network file systems refuse. Closed with H5Pclose. */
hid_t pleat_hdf5_file_access(void);

/* A text attribute of fixed length; negative on failure. */
herr_t pleat_hdf5_write_text(hid_t object, const char *name, const char *value);

#endif
