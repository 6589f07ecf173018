/* What made a result, as one line.
 * SPDX-License-Identifier: MIT */
#include "program/fingerprint.h"

#include <stdlib.h>

#include "program/output.h"
#include "program/relax.h"
#include "program/template.h"

char *pleat_fingerprint_append(char *line, const char *key, const char *value) {
  char *longer = pleat_output_path("%s %s=%s", line, key, value);
  free(line);
  return longer;
}

char *pleat_fingerprint_model(const pleat_settings *settings) {
  char *options = pleat_settings_describe(settings);
  char *line = pleat_output_path("model=%s weights=%.16s %s", pleat_settings_model_name(settings),
                                 pleat_model_sha256(settings->model), options);
  free(options);
  return line;
}

/* Options that are given, as they are. */
static char *append_given(char *line, const pleat_settings *settings, const char *const *names) {
  for (; *names; names++) {
    const char *value = pleat_options_model_text(settings->options, *names);
    if (value) line = pleat_fingerprint_append(line, *names, value);
  }
  return line;
}

int pleat_fingerprint_run(pleat_settings *settings, const pleat_family *family, char **whole) {
  static const char *const given[] = {"num-seeds", "rank", "stop-at-score", NULL};
  char *line = pleat_fingerprint_model(settings);
  for (size_t i = 1; i < family->count; i++) {
    char sha256[65];
    pleat_status status = pleat_model_find_sha256(settings->context, family->names[i], sha256);
    if (status) return free(line), pleat_settings_fail(settings, status);
    sha256[16] = 0;
    line = pleat_fingerprint_append(pleat_fingerprint_append(line, "model", family->names[i]), "weights", sha256);
  }
  line = append_given(line, settings, given);
  const char *relax = settings->options->values[PLEAT_OPTION_RELAX];
  if (pleat_relax_wanted(settings)) line = pleat_fingerprint_append(line, "relax", relax);
  *whole = line;
  return PLEAT_EXIT_DONE;
}

char *pleat_fingerprint_job(const pleat_settings *settings, const char *line, const pleat_job *job) {
  static const char *const given[] = {"msa", "features", "pair-mode", "pair-strategy", "max-template-date", NULL};
  char *text = pleat_fingerprint_append(pleat_output_path("%s", line), "sequence", job->sequence);
  if (job->alignment) text = pleat_fingerprint_append(text, "alignment", job->alignment);
  if (job->own) text = append_given(text, settings, given);
  if (!job->own || !pleat_query_template_count(job->own)) return text;
  char *templates = pleat_template_fingerprint(job->own);
  text = pleat_fingerprint_append(text, "templates", templates);
  free(templates);
  return text;
}
