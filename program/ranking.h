/* The order of a job's predictions by their confidence, and when one is good enough.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_RANKING_H
#define PLEAT_PROGRAM_RANKING_H

#include "program/settings.h"

typedef enum pleat_ranking_metric {
  PLEAT_RANKING_AUTO, /* multimer for complexes of models that give ipTM, else pLDDT */
  PLEAT_RANKING_PLDDT,
  PLEAT_RANKING_PTM,
  PLEAT_RANKING_MULTIMER /* 0.8 ipTM + 0.2 pTM */
} pleat_ranking_metric;

typedef struct pleat_ranking {
  pleat_ranking_metric metric;
  double stop; /* --stop-at-score, 0 to 100; INFINITY: never */
} pleat_ranking;

/* Confidences of one prediction; NAN: the model does not give it. */
typedef struct pleat_ranking_scores {
  double plddt, ptm, iptm;
} pleat_ranking_scores;

/* Reads --rank and --stop-at-score. PLEAT_EXIT_DONE, or the exit status after its sentence. */
int pleat_ranking_read(const pleat_settings *settings, pleat_ranking *ranking);

/* Whether the open model gives what --rank asks for; a sentence if not. */
int pleat_ranking_check(const pleat_settings *settings, const pleat_ranking *ranking);

/* The metric for a job of so many chains: never AUTO; and its name as ColabFold says it. */
pleat_ranking_metric pleat_ranking_choose(const pleat_ranking *ranking, size_t chains, pleat_ranking_scores scores);
const char *pleat_ranking_name(pleat_ranking_metric metric);

/* 0 to 100, as ColabFold scales it. */
double pleat_ranking_score(pleat_ranking_metric metric, pleat_ranking_scores scores);

pleat_ranking_scores pleat_ranking_scores_of(const pleat_result *result);

/* order (count): indices from the best score to the worst; equal ones keep their order. */
void pleat_ranking_sort(const double *scores, size_t count, size_t *order);

/* " pLDDT=97.3 pTM=0.81": what there is, in `text` of 80 bytes. */
void pleat_ranking_print(pleat_ranking_scores scores, char *text);

#endif
