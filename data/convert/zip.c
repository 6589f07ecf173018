/* Zip archives by libzip, with limits.
 * SPDX-License-Identifier: MIT */
#include "data/convert/zip.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

enum { MAX_MEMBERS = 200000, MAX_RATIO = 100, FREE_BYTES = 16 << 20 };

struct pleat_zip {
  pleat_context *context;
  char *path;
  zip_t *archive;
  size_t count, total, limit;
};

/* libzip reads the place as if it were a file. The source belongs to the archive once that is open. */
static pleat_status open_place(pleat_zip *zip, const pleat_zip_place *place) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_file_create(place->path, place->offset, (zip_int64_t)place->length, &error);
  zip->archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
  pleat_status status = PLEAT_OK;
  if (!zip->archive) {
    status = pleat_status_fail(zip->context, PLEAT_ERROR_FORMAT, "%s: the zip archive is damaged or cut short: %s",
                               zip->path, zip_error_strerror(&error));
    if (source) zip_source_free(source);
  }
  zip_error_fini(&error);
  return status;
}

static pleat_status open_archive(pleat_zip *zip, const pleat_zip_place *place) {
  PLEAT_TRY(open_place(zip, place));
  zip->limit = FREE_BYTES + MAX_RATIO * place->length;
  zip_int64_t count = zip_get_num_entries(zip->archive, 0);
  PLEAT_CHECK(zip->context, count >= 0 && count <= MAX_MEMBERS, PLEAT_ERROR_FORMAT,
              "%s: the archive has more than %d members, which no weight file needs", zip->path, MAX_MEMBERS);
  zip->count = (size_t)count;
  return PLEAT_OK;
}

static pleat_status check_member(pleat_zip *zip, size_t index) {
  zip_stat_t member;
  const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  PLEAT_CHECK(zip->context, zip_stat_index(zip->archive, index, 0, &member) == 0 && (member.valid & needed) == needed,
              PLEAT_ERROR_FORMAT, "%s: member %zu of the archive is damaged", zip->path, index + 1);
  PLEAT_CHECK(zip->context,
              member.encryption_method == ZIP_EM_NONE &&
                  (member.comp_method == ZIP_CM_STORE || member.comp_method == ZIP_CM_DEFLATE),
              PLEAT_ERROR_UNSUPPORTED, "%s: member '%.200s' is encrypted or packed in an unusual way", zip->path,
              member.name);
  PLEAT_CHECK(zip->context, member.size <= zip->limit - zip->total, PLEAT_ERROR_FORMAT,
              "%s: would unpack to more than %d times its size, which no weight file does", zip->path, MAX_RATIO);
  zip->total += member.size;
  return PLEAT_OK;
}

pleat_status pleat_zip_open(pleat_context *context, const char *path, pleat_zip **out) {
  struct stat about;
  *out = NULL;
  PLEAT_CHECK(context, stat(path, &about) == 0, PLEAT_ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
  return pleat_zip_open_at(context, &(pleat_zip_place){path, path, 0, (size_t)about.st_size}, out);
}

pleat_status pleat_zip_open_at(pleat_context *context, const pleat_zip_place *place, pleat_zip **out) {
  pleat_zip *zip;
  *out = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *zip, &zip));
  zip->context = context;
  pleat_status status = pleat_memory_copy_text(context, place->name, strlen(place->name), &zip->path);
  if (!status) status = open_archive(zip, place);
  for (size_t i = 0; !status && i < zip->count; i++) status = check_member(zip, i);
  if (status) {
    pleat_zip_close(zip);
    return status;
  }
  *out = zip;
  return PLEAT_OK;
}

void pleat_zip_close(pleat_zip *zip) {
  if (!zip) return;
  if (zip->archive) zip_discard(zip->archive);
  pleat_memory_release(zip->context, zip->path);
  pleat_memory_release(zip->context, zip);
}

const char *pleat_zip_path(const pleat_zip *zip) { return zip->path; }
size_t pleat_zip_total(const pleat_zip *zip) { return zip->total; }
size_t pleat_zip_count(const pleat_zip *zip) { return zip->count; }
const char *pleat_zip_name(const pleat_zip *zip, size_t index) { return zip_get_name(zip->archive, index, 0); }

bool pleat_zip_find(const pleat_zip *zip, const char *name, size_t *index) {
  zip_int64_t found = zip_name_locate(zip->archive, name, 0);
  *index = found < 0 ? 0 : (size_t)found;
  return found >= 0;
}

/* Exactly `length` bytes and then the end: reading past the end is what makes libzip compare the checksum. */
static bool read_all(zip_file_t *file, char *bytes, size_t length) {
  char beyond;
  size_t done = 0;
  while (done < length) {
    zip_int64_t got = zip_fread(file, bytes + done, length - done);
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return zip_fread(file, &beyond, 1) == 0;
}

pleat_status pleat_zip_read(const pleat_zip *zip, size_t index, char **bytes, size_t *length) {
  zip_stat_t member;
  *bytes = NULL;
  *length = 0;
  PLEAT_CHECK(zip->context, zip_stat_index(zip->archive, index, 0, &member) == 0, PLEAT_ERROR_FORMAT,
              "%s: member %zu of the archive is damaged", zip->path, index + 1);
  zip_file_t *file = zip_fopen_index(zip->archive, index, 0);
  PLEAT_CHECK(zip->context, file, PLEAT_ERROR_FORMAT, "%s: member '%.200s' cannot be opened: %s", zip->path,
              member.name, zip_strerror(zip->archive));
  pleat_status status = pleat_memory_take(zip->context, member.size + 1, 1, bytes);
  if (!status && !read_all(file, *bytes, member.size)) {
    pleat_memory_release(zip->context, *bytes);
    *bytes = NULL;
    status = pleat_status_fail(zip->context, PLEAT_ERROR_FORMAT, "%s: member '%.200s' is damaged or cut short",
                               zip->path, member.name);
  }
  zip_fclose(file);
  if (!status) *length = member.size;
  return status;
}
