/* The order of a job's predictions by their confidence, and when one is good enough.
 * SPDX-License-Identifier: MIT */
#include "program/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {[PLEAT_RANKING_AUTO] = "auto",
                                    [PLEAT_RANKING_PLDDT] = "plddt",
                                    [PLEAT_RANKING_PTM] = "ptm",
                                    [PLEAT_RANKING_MULTIMER] = "multimer"};
enum { METRICS = sizeof names / sizeof names[0], TEXT = 80 };

const char *pleat_ranking_name(pleat_ranking_metric metric) { return names[metric]; }

static int refuse(const pleat_settings *settings, const char *sentence, const char *value) {
  fprintf(stderr, "pleat %s: %s, not '%s'\n", settings->options->verb, sentence, value);
  return PLEAT_EXIT_USAGE;
}

int pleat_ranking_read(const pleat_settings *settings, pleat_ranking *ranking) {
  const char *rank = pleat_options_model_text(settings->options, "rank"),
             *stop = pleat_options_model_text(settings->options, "stop-at-score");
  *ranking = (pleat_ranking){PLEAT_RANKING_AUTO, INFINITY};
  if (rank) {
    int metric = 0;
    while (metric < METRICS && strcmp(names[metric], rank)) metric++;
    if (metric == METRICS) return refuse(settings, "--rank wants auto, plddt, ptm or multimer", rank);
    ranking->metric = (pleat_ranking_metric)metric;
  }
  if (stop) {
    char *end;
    ranking->stop = strtod(stop, &end);
    if (end == stop || *end || !(ranking->stop >= 0 && ranking->stop <= 100))
      return refuse(settings, "--stop-at-score wants a number from 0 to 100", stop);
  }
  return PLEAT_EXIT_DONE;
}

int pleat_ranking_check(const pleat_settings *settings, const pleat_ranking *ranking) {
  const char *needs = ranking->metric == PLEAT_RANKING_PTM        ? "ptm"
                      : ranking->metric == PLEAT_RANKING_MULTIMER ? "iptm"
                                                                  : NULL;
  if (!needs || pleat_model_gives(settings->model, needs)) return PLEAT_EXIT_DONE;
  fprintf(stderr, "pleat %s: --rank %s needs a model that gives %s, which %s does not\n", settings->options->verb,
          names[ranking->metric], needs, pleat_settings_model_name(settings));
  return PLEAT_EXIT_USAGE;
}

pleat_ranking_metric pleat_ranking_choose(const pleat_ranking *ranking, size_t chains, pleat_ranking_scores scores) {
  if (ranking->metric != PLEAT_RANKING_AUTO) return ranking->metric;
  return chains > 1 && !isnan(scores.iptm) ? PLEAT_RANKING_MULTIMER : PLEAT_RANKING_PLDDT;
}

double pleat_ranking_score(pleat_ranking_metric metric, pleat_ranking_scores scores) {
  if (metric == PLEAT_RANKING_PTM) return 100 * scores.ptm;
  if (metric == PLEAT_RANKING_MULTIMER) return 80 * scores.iptm + 20 * scores.ptm;
  return scores.plddt;
}

static double mean_of(const pleat_result *result, const char *name) {
  pleat_array array;
  double sum = 0;
  if (pleat_result_array(result, name, &array) || array.rank != 1 || !array.shape[0]) return NAN;
  for (size_t i = 0; i < array.shape[0]; i++) sum += (double)array.data[i];
  return sum / (double)array.shape[0];
}

pleat_ranking_scores pleat_ranking_scores_of(const pleat_result *result) {
  return (pleat_ranking_scores){mean_of(result, "plddt"), mean_of(result, "ptm"), mean_of(result, "iptm")};
}

/* Scores that are no numbers go last. */
static bool is_better(double a, double b) { return a > b || (isnan(b) && !isnan(a)); }

void pleat_ranking_sort(const double *scores, size_t count, size_t *order) {
  for (size_t i = 0; i < count; i++) {
    size_t place = i;
    for (; place > 0 && is_better(scores[i], scores[order[place - 1]]); place--) order[place] = order[place - 1];
    order[place] = i;
  }
}

void pleat_ranking_print(pleat_ranking_scores scores, char *text) {
  const struct {
    const char *name;
    double value;
  } each[] = {{"pLDDT", scores.plddt}, {"pTM", scores.ptm}, {"ipTM", scores.iptm}};
  *text = 0;
  for (int i = 0; i < 3; i++) {
    size_t used = strlen(text);
    if (!isnan(each[i].value)) snprintf(text + used, TEXT - used, " %s=%.3g", each[i].name, each[i].value);
  }
}
