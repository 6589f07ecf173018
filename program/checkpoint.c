/* Checkpoints of predictions: when and where.
 * SPDX-License-Identifier: MIT */
#include "program/checkpoint.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/output.h"

enum { USUAL_SECONDS = 40 }; /* so that a killed run loses less than a minute */

static char *path_of(const pleat_part *part) {
  return pleat_output_path("%s/.%s_checkpoint_part_%s_seed_%03ld.bin", part->folder, part->job, part->model, part->seed);
}

bool pleat_checkpoint_kept(const pleat_settings *settings) {
  return pleat_model_heeds(settings->model, "checkpoint");
}

int pleat_checkpoint_begin(pleat_settings *settings, const pleat_part *part) {
  const char *text = pleat_options_model_text(settings->options, "checkpoint");
  char *end = NULL;
  double seconds = text ? strtod(text, &end) : USUAL_SECONDS;
  if (text && (end == text || *end || !isfinite(seconds) || seconds < 0)) {
    fprintf(stderr, "pleat %s: --checkpoint wants a number of seconds, such as 600, not '%s'\n", settings->options->verb,
            text);
    return PLEAT_EXIT_USAGE;
  }
  char *path = path_of(part);
  pleat_status status = pleat_model_set_checkpoint(settings->model, path, seconds);
  free(path);
  return status ? pleat_settings_fail(settings, status) : PLEAT_EXIT_DONE;
}

/* With what a run that was killed while it wrote left beside it. */
void pleat_checkpoint_remove(const pleat_part *part) {
  char *path = path_of(part), *half = pleat_output_path(".%s.tmp.", path + strlen(part->folder) + 1);
  DIR *directory = opendir(part->folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (!strncmp(entry->d_name, half, strlen(half))) unlinkat(dirfd(directory), entry->d_name, 0);
  if (directory) closedir(directory);
  unlink(path);
  free(half);
  free(path);
}
