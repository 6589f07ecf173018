/* The door to libhdf5: a lock, silence, and reasons.
 * SPDX-License-Identifier: MIT */
#include "lib/hdf5.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void pleat_hdf5_enter(pleat_hdf5_guard *guard) {
  pthread_mutex_lock(&one_at_a_time);
  *guard = (pleat_hdf5_guard){NULL, NULL};
  H5Eget_auto2(H5E_DEFAULT, &guard->handler, &guard->user);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void pleat_hdf5_leave(const pleat_hdf5_guard *guard) {
  H5Eclear2(H5E_DEFAULT);
  H5Eset_auto2(H5E_DEFAULT, guard->handler, guard->user);
  pthread_mutex_unlock(&one_at_a_time);
}

struct reason {
  char *text;
  size_t size;
};

/* Upward walks start at the innermost frame, n = 0. System errors stand in it as: ..., error message = 'TEXT', ... */
static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *user) {
  const struct reason *reason = user;
  if (n > 0 || !error->desc) return 0;
  const char *start = strstr(error->desc, "error message = '");
  if (!start) {
    snprintf(reason->text, reason->size, "%s", error->desc);
    return 0;
  }
  start += strlen("error message = '");
  snprintf(reason->text, reason->size, "%.*s", (int)strcspn(start, "'"), start);
  return 0;
}

const char *pleat_hdf5_reason(char *text, size_t size) {
  struct reason reason = {text, size};
  snprintf(text, size, "no reason was given");
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  return text;
}

hid_t pleat_hdf5_file_access(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 10 && H5_VERS_RELEASE >= 7)
  if (access >= 0) H5Pset_file_locking(access, 0, 1);
#endif
  return access;
}

herr_t pleat_hdf5_write_text(hid_t object, const char *name, const char *value) {
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute = -1;
  herr_t status = -1;
  if (type >= 0 && space >= 0 && H5Tset_size(type, strlen(value) + 1) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
    attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) {
    status = H5Awrite(attribute, type, value);
    H5Aclose(attribute);
  }
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  return status;
}
