/* Files of the command by atomic rename, and folders.
 * SPDX-License-Identifier: MIT */
#include "program/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *what, const char *path) {
  fprintf(stderr, "pleat: cannot %s '%s': %s\n", what, path, strerror(errno));
  return false;
}

char *pleat_output_path(const char *format, ...) {
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0) {
    fprintf(stderr, "pleat: out of memory\n");
    abort();
  }
  va_end(arguments);
  return text;
}

static bool make_folders(char *path) {
  for (char *slash = path + 1; *slash; slash++) {
    if (*slash != '/') continue;
    *slash = 0;
    int failed = mkdir(path, 0777) && errno != EEXIST;
    *slash = '/';
    if (failed) return false;
  }
  return !mkdir(path, 0777) || errno == EEXIST;
}

bool pleat_output_folder(const char *folder) {
  char *path = pleat_output_path("%s", folder), *probe = pleat_output_path("%s/.pleat-XXXXXX", folder);
  bool ok = make_folders(path) || refuse("make the folder", folder);
  if (ok) {
    int file = mkstemp(probe);
    if (file >= 0) close(file), unlink(probe);
    else ok = refuse("write in the folder", folder);
  }
  free(path);
  free(probe);
  return ok;
}

bool pleat_output_server_time(const char *folder, struct timespec *now) {
  struct stat about;
  char *probe = pleat_output_path("%s/.pleat-XXXXXX", folder);
  int file = mkstemp(probe);
  bool ok = file >= 0 && write(file, "", 1) == 1 && !fsync(file) && !fstat(file, &about);
  if (file >= 0) close(file), unlink(probe);
  if (ok) *now = about.st_mtim;
  free(probe);
  return ok;
}

/* ".NAME.tmp.XXXXXX", as pleat_output_begin makes them and the library. */
static bool is_temporary(const char *name) {
  size_t length = strlen(name);
  return *name == '.' && length > 11 && !strncmp(name + length - 11, ".tmp.", 5);
}

static bool is_before(struct timespec a, struct timespec b) {
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

void pleat_output_sweep(const char *folder, struct timespec time) {
  DIR *directory = opendir(folder);
  struct stat about;
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (is_temporary(entry->d_name) && !fstatat(dirfd(directory), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) &&
        is_before(about.st_mtim, time))
      unlinkat(dirfd(directory), entry->d_name, 0);
  if (directory) closedir(directory);
}

char *pleat_output_begin(const char *path) {
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path + 1) : 0;
  char *temporary = pleat_output_path("%.*s.%s.tmp.XXXXXX", folder, path, path + folder);
  int file = mkstemp(temporary);
  if (file < 0) {
    refuse("write", path);
    free(temporary);
    return NULL;
  }
  mode_t mask = umask(0);
  umask(mask);
  fchmod(file, 0666 & ~mask);
  close(file);
  return temporary;
}

bool pleat_output_commit(char *temporary, const char *path) {
  int file = open(temporary, O_RDONLY | O_CLOEXEC);
  bool ok = file >= 0 && !fsync(file);
  if (file >= 0) ok = !close(file) && ok;
  ok = ok && !rename(temporary, path);
  if (!ok) refuse("write", path), unlink(temporary);
  free(temporary);
  return ok;
}

void pleat_output_abandon(char *temporary) {
  if (temporary) unlink(temporary);
  free(temporary);
}

bool pleat_output_write(const char *path, const void *bytes, size_t length) {
  char *temporary = pleat_output_begin(path);
  if (!temporary) return false;
  FILE *file = fopen(temporary, "w");
  bool ok = file && fwrite(bytes, 1, length, file) == length;
  if (file) ok = !fclose(file) && ok;
  if (ok) return pleat_output_commit(temporary, path);
  refuse("write", path);
  pleat_output_abandon(temporary);
  return false;
}

json_t *pleat_output_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

bool pleat_output_write_json(const char *path, json_t *object, int digits) {
  char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(digits)) : NULL;
  char *line = text ? pleat_output_path("%s\n", text) : NULL;
  bool ok = line && pleat_output_write(path, line, strlen(line));
  if (!line) fprintf(stderr, "pleat: cannot build '%s': a text in it is not UTF-8\n", path);
  json_decref(object);
  free(text);
  free(line);
  return ok;
}

char *pleat_output_stem(const char *path) {
  const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  char *name = pleat_output_path("%s", base), *dot;
  if ((dot = strstr(name, ".gz")) && !dot[3]) *dot = 0;
  if ((dot = strrchr(name, '.')) && dot > name) *dot = 0;
  return name;
}
