/* pleat report: one self-contained HTML page of a results folder.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "program/report.h"

int pleat_verb_report(const pleat_options *options) {
  const char *folder = options->inputs[0];
  struct stat status;
  pleat_context *context;
  int missing = stat(folder, &status);
  if (missing || !S_ISDIR(status.st_mode)) {
    fprintf(stderr, "pleat report: '%s' is no folder of results: %s\n", folder, strerror(missing ? errno : ENOTDIR));
    return PLEAT_EXIT_USAGE;
  }
  if (pleat_context_create(NULL, &context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  int code = pleat_report_write(options->verb, context, folder);
  pleat_context_free(context);
  if (!code && !pleat_options_flag(options, PLEAT_OPTION_QUIET)) fprintf(stderr, "%s/report.html\n", folder);
  return code;
}
