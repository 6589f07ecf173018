/* Lists of rotations in text files, and the file that keeps plans of Fourier transforms.
 * SPDX-License-Identifier: MIT */
#include "program/rotation_list.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/output.h"

static bool take_line(const char *line, double q[4]) {
  int end = 0;
  return sscanf(line, "%lf %lf %lf %lf %n", &q[0], &q[1], &q[2], &q[3], &end) == 4 &&
         (!line[end] || line[end] == '#' || line[end] == '\n') &&
         fabs(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3] - 1) < 1e-2;
}

bool pleat_rotation_list_read(const char *verb, const char *path, double **quaternions, size_t *count) {
  char line[512];
  size_t room = 0, number = 0;
  FILE *file = fopen(path, "r");
  *quaternions = NULL;
  *count = 0;
  if (!file) return fprintf(stderr, "pleat %s: %s: cannot be opened: %s\n", verb, path, strerror(errno)), false;
  while (fgets(line, sizeof line, file)) {
    double q[4];
    number++;
    if (line[strspn(line, " \t\r\n")] == '#' || !line[strspn(line, " \t\r\n")]) continue;
    if (!take_line(line, q)) {
      fprintf(stderr, "pleat %s: %s:%zu: wants a unit quaternion w x y z\n", verb, path, number);
      return fclose(file), free(*quaternions), false;
    }
    if (*count == room) {
      room = room ? 2 * room : 1024;
      *quaternions = realloc(*quaternions, room * sizeof q);
      if (!*quaternions) abort();
    }
    memcpy(*quaternions + 4 * (*count)++, q, sizeof q);
  }
  fclose(file);
  if (*count) return true;
  return fprintf(stderr, "pleat %s: %s: holds no rotations\n", verb, path), false;
}

char *pleat_rotation_list_wisdom(void) {
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  char *folder = cache && *cache ? pleat_output_path("%s/pleat", cache)
                 : home && *home ? pleat_output_path("%s/.cache/pleat", home) : NULL;
  if (!folder) return NULL;
  for (char *c = folder + 1; *c; c++) {
    if (*c != '/') continue;
    *c = 0;
    mkdir(folder, 0777);
    *c = '/';
  }
  mkdir(folder, 0777);
  char *path = access(folder, W_OK) ? NULL : pleat_output_path("%s/fftw-wisdom", folder);
  free(folder);
  return path;
}

bool pleat_rotation_list_number(const pleat_options *options, pleat_option_id id, double least, double most,
                                double *value) {
  const char *text = pleat_options_text(options, id);
  char *end;
  *value = strtod(text ? text : "", &end);
  if (text && end != text && !*end && *value >= least && *value <= most) return true;
  fprintf(stderr, "pleat %s: --%s wants a number from %g to %g, not '%s'\n", options->verb, pleat_options_row(id)->name,
          least, most, text ? text : "");
  return false;
}
