/* Zip archives, by libzip.
 * SPDX-License-Identifier: MIT */
#include "program/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

#include "program/output.h"

static const time_t no_time = 315532800; /* 1980-01-01, when zip's calendar begins */

static bool add_file(zip_t *archive, const char *folder, const char *name) {
  char *path = pleat_output_path("%s/%s", folder, name);
  zip_source_t *source = zip_source_file(archive, path, 0, -1);
  zip_int64_t at = source ? zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8) : -1;
  if (source && at < 0) zip_source_free(source);
  free(path);
  return at >= 0 && !zip_file_set_mtime(archive, (zip_uint64_t)at, no_time, 0);
}

static bool fill(zip_t *archive, const char *folder, json_t *names) {
  const char *name;
  json_t *value;
  json_object_foreach(names, name, value) {
    if (!add_file(archive, folder, name)) return false;
  }
  return true;
}

bool pleat_archive_write(const char *path, const char *folder, json_t *names) {
  char *temporary = pleat_output_begin(path);
  zip_t *archive = temporary ? zip_open(temporary, ZIP_CREATE | ZIP_TRUNCATE, NULL) : NULL;
  bool ok = archive && fill(archive, folder, names) && !zip_close(archive);
  if (ok) return pleat_output_commit(temporary, path);
  if (temporary) fprintf(stderr, "pleat: cannot write '%s': %s\n", path, archive ? zip_strerror(archive) : "not a zip file");
  if (archive) zip_discard(archive);
  pleat_output_abandon(temporary);
  return false;
}
