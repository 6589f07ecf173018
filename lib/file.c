/* Whole files in (plain or gzipped) and files out by atomic rename.
 * SPDX-License-Identifier: MIT */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { READ_STEP = 1 << 16 };

static pleat_status read_stream(pleat_context *context, const char *path, gzFile stream, size_t limit, char **bytes,
                                size_t *length) {
  size_t capacity = 0;
  for (;;) {
    PLEAT_TRY(pleat_memory_grow(context, bytes, &capacity, *length + READ_STEP + 1, 1));
    int got = gzread(stream, *bytes + *length, READ_STEP);
    int code;
    const char *reason = gzerror(stream, &code);
    PLEAT_CHECK(context, got >= 0 && code == Z_OK, code == Z_ERRNO ? PLEAT_ERROR_IO : PLEAT_ERROR_FORMAT,
                "%s: cannot be read: %s", path, code == Z_ERRNO ? strerror(errno) : reason);
    if (got == 0) break;
    *length += (size_t)got;
    PLEAT_CHECK(context, *length <= limit, PLEAT_ERROR_FORMAT, "%s: larger than %zu bytes, which no such file needs",
                path, limit);
  }
  (*bytes)[*length] = 0;
  return PLEAT_OK;
}

pleat_status pleat_file_read(pleat_context *context, const char *path, size_t limit, char **bytes, size_t *length) {
  struct stat about;
  *bytes = NULL;
  *length = 0;
  PLEAT_CHECK(context, stat(path, &about) == 0, errno == ENOENT ? PLEAT_ERROR_NOT_FOUND : PLEAT_ERROR_IO,
              "%s: cannot be opened: %s", path, strerror(errno));
  PLEAT_CHECK(context, !S_ISDIR(about.st_mode), PLEAT_ERROR_INPUT, "%s: is a folder, a file is needed", path);
  gzFile stream = gzopen(path, "rb");
  PLEAT_CHECK(context, stream, PLEAT_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  pleat_status status = read_stream(context, path, stream, limit ? limit : (size_t)1 << 30, bytes, length);
  gzclose(stream);
  if (status) {
    pleat_memory_release(context, *bytes);
    *bytes = NULL;
    *length = 0;
  }
  return status;
}

/* A device or pipe: written directly, because a rename would replace it by a file. */
static int is_device(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* Six hex digits by which threads, processes and nodes that write the same file keep apart. */
static unsigned draw_suffix(void) {
  unsigned suffix;
  return (getentropy(&suffix, sizeof suffix) ? (unsigned)getpid() : suffix) & 0xffffff;
}

/* "folder/.name.tmp.XXXXXX", beside the file that it will become. */
pleat_status pleat_file_begin(pleat_context *context, const char *path, char **temporary) {
  if (is_device(path)) return pleat_memory_copy_text(context, path, strlen(path), temporary);
  size_t size = strlen(path) + 32;
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path + 1) : 0;
  PLEAT_TRY(pleat_memory_take(context, size, 1, temporary));
  snprintf(*temporary, size, "%.*s.%s.tmp.%06x", folder, path, path + folder, draw_suffix());
  return PLEAT_OK;
}

/* Flushes a file or folder to the disk; what cannot be flushed (a pipe, some network folders) is not an error. */
static int flush_to_disk(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  int bad = fsync(descriptor) != 0 && (errno == EIO || errno == ENOSPC);
  close(descriptor);
  return bad ? -1 : 0;
}

static void flush_folder_of(pleat_context *context, const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder;
  if (pleat_memory_copy_text(context, slash ? path : ".", slash ? (size_t)(slash - path + 1) : 1, &folder)) return;
  flush_to_disk(folder);
  pleat_memory_release(context, folder);
}

pleat_status pleat_file_commit(pleat_context *context, const char *path, char *temporary) {
  int failed = flush_to_disk(temporary) != 0 || (!is_device(temporary) && rename(temporary, path) != 0);
  int reason = errno;
  if (failed) {
    pleat_file_abandon(context, temporary);
    return pleat_status_fail(context, PLEAT_ERROR_IO, "%s: cannot be written: %s", path, strerror(reason));
  }
  flush_folder_of(context, path);
  pleat_memory_release(context, temporary);
  return PLEAT_OK;
}

void pleat_file_abandon(pleat_context *context, char *temporary) {
  if (temporary && !is_device(temporary)) unlink(temporary);
  pleat_memory_release(context, temporary);
}

/* write(2) until all is out; 0 or -1 with errno. */
static int write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t done = write(descriptor, bytes, length);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return -1;
    bytes += done;
    length -= (size_t)done;
  }
  return 0;
}

pleat_status pleat_file_write(pleat_context *context, const char *path, const void *bytes, size_t length) {
  char *temporary;
  PLEAT_TRY(pleat_file_begin(context, path, &temporary));
  int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int failed = descriptor < 0 || write_all(descriptor, bytes, length) != 0;
  int reason = errno;
  if (descriptor >= 0 && close(descriptor) != 0 && !failed) {
    failed = 1;
    reason = errno;
  }
  if (failed) {
    pleat_file_abandon(context, temporary);
    return pleat_status_fail(context, PLEAT_ERROR_IO, "%s: cannot be written: %s", path, strerror(reason));
  }
  return pleat_file_commit(context, path, temporary);
}
