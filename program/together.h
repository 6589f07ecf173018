/* Several processes that were started together (pleat_mpi): whether they share the list of jobs or each prediction, and how
 * rank 0, which alone writes files, tells the others what to predict.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_TOGETHER_H
#define PLEAT_PROGRAM_TOGETHER_H

#include "program/job.h"

bool pleat_together_is_first(const pleat_settings *settings);

/* After rank 0 has read and opened everything, with exit status `code`, all settle on what --parallel says or the plan makes
 * best. Every rank receives the code, and whether all make each prediction together (*shared). Other ranks then read
 * and open the same. */
int pleat_together_settle(pleat_settings *settings, const pleat_jobs *jobs, size_t predictions, int code, bool *shared);

/* From here on predictions are made together. */
void pleat_together_begin(pleat_settings *settings);

/* What the others are to predict next: numbers of the model, the seed and the job, as the verb counts them. */
typedef struct pleat_together_order {
  long long more, model, seed, job; /* more 0: no more */
} pleat_together_order;

/* Rank 0 tells; the others hear, false when there is no more. */
void pleat_together_tell(const pleat_settings *settings, pleat_together_order order);
bool pleat_together_hear(const pleat_settings *settings, pleat_together_order *order);

/* This rank cannot do what rank 0 did: ends all of them after a sentence. */
void pleat_together_abandon(const pleat_settings *settings, const char *what);

#endif
