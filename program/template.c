/* Finding the hits of a query's chains and telling what became of them.
 * SPDX-License-Identifier: MIT */
#include "program/template.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/output.h"

static const char *const names[] = {"templates", "custom-template-path", "max-template-date"};

bool pleat_template_is_setting(const char *name) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i])) return true;
  return false;
}

static const char *given(const pleat_options *options, int which) { return pleat_options_model_text(options, names[which]); }

bool pleat_template_check(const pleat_options *options) {
  bool any = given(options, 0) || given(options, 2);
  if (!any || given(options, 1)) return true;
  fprintf(stderr, "pleat %s: --%s needs --custom-template-path DIR, the folder of the structures\n", options->verb,
          given(options, 0) ? names[0] : names[2]);
  return false;
}

/* ---- Finding them ---- */

static bool is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The letter of a chain as results name it, those that are empty left out. */
static char letter_of(const pleat_query *query, int chain) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  size_t place = 0;
  for (int c = 0; c < chain; c++) place += *pleat_query_chain(query, c) != 0;
  return place < sizeof letters - 1 ? letters[place] : '?';
}

/* DIR/NAME.hhr, or with a letter DIR/NAME_A.hhr, when it is there. */
static char *find_hits(const char *folder, const char *name, char letter) {
  char chain[3] = {letter ? '_' : 0, letter, 0}, *path = pleat_output_path("%s/%s%s.hhr", folder, name, chain);
  if (access(path, F_OK) == 0) return path;
  free(path);
  return NULL;
}

/* Hits of the whole query, or of its chains. *found: how many files there were. */
static pleat_status add_found(pleat_query *query, const char *folder, pleat_template_source source, size_t *found) {
  pleat_status status = PLEAT_OK;
  *found = 0;
  for (int c = -1; !status && c < pleat_query_chain_count(query); c++) {
    char *path = find_hits(folder, pleat_query_name(query), c < 0 ? 0 : letter_of(query, c));
    source.hits = path;
    if (path) status = pleat_query_add_templates(query, &source), ++*found;
    free(path);
  }
  return status;
}

pleat_status pleat_template_give(const pleat_options *options, pleat_query *query) {
  const char *hits = given(options, 0);
  pleat_template_source source = {.folder = given(options, 1), .latest = given(options, 2)};
  size_t found = 0;
  if (!source.folder) return PLEAT_OK;
  if (hits && strcmp(hits, "on") && !is_folder(hits)) source.hits = hits;
  if (!hits || !strcmp(hits, "on") || source.hits) return pleat_query_add_templates(query, &source);
  pleat_status status = add_found(query, hits, source, &found);
  if (status || found) return status;
  char *path = pleat_output_path("%s/%s.hhr", hits, pleat_query_name(query));
  source.hits = path; /* whose absence is then told */
  status = pleat_query_add_templates(query, &source);
  free(path);
  return status;
}

/* ---- Telling ---- */

void pleat_template_describe(const pleat_query *query, size_t index, char *line) {
  pleat_template_info info = pleat_query_template_at(query, index);
  char probs[60] = "";
  if (isfinite(info.sum_probs)) snprintf(probs, sizeof probs, ", sum of probabilities %.1f", info.sum_probs);
  snprintf(line, 600, "template %.80s%s: %.1f %% of chain %c, %.1f %% identical%s%s%.250s", info.name,
           info.refused ? " is left out" : "", 100 * info.coverage, letter_of(query, info.chain), 100 * info.identity, probs,
           info.refused ? ": " : "", info.refused ? info.refused : "");
}

void pleat_template_say(const pleat_options *options, const pleat_query *query) {
  char line[600];
  for (size_t i = 0; i < pleat_query_template_count(query); i++) {
    pleat_template_describe(query, i, line);
    fprintf(stderr, "pleat %s: %s: %s\n", options->verb, pleat_query_name(query), line);
  }
}

char *pleat_template_fingerprint(const pleat_query *query) {
  char *text = pleat_output_path("%s", "");
  for (size_t i = 0; i < pleat_query_template_count(query); i++) {
    pleat_template_info info = pleat_query_template_at(query, i);
    if (info.refused) continue;
    char *longer = pleat_output_path("%s%s%s:%016llx", text, *text ? "," : "", info.name, (unsigned long long)info.digest);
    free(text);
    text = longer;
  }
  return text;
}
