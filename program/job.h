/* The jobs of a run: sequences with their alignments, cut into batches.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_JOB_H
#define PLEAT_PROGRAM_JOB_H

#include "program/part.h"

typedef struct pleat_job {
  size_t index;             /* place in the input */
  char *name;               /* the library makes it safe as a file name and unique in the list */
  const pleat_query *query; /* NULL when the entry could not be read */
  char *error;              /* why, when query is NULL */
  char *alignment;          /* the file, when IN is one itself */
  char *sequence;           /* chains joined by ':' */
  pleat_query *own;         /* of a job with an alignment or stored features: a query of its own, that holds them */
  pleat_msa *msa;
  size_t length;            /* residues */
  double cost;              /* seconds by the plan; where that is not known, of all jobs: residues */
  bool share;               /* of this process, which begins with these */
  bool failed, done;        /* done: finished, maybe by an earlier run or another process */
  bool resting;             /* not wanted in this round: it has this prediction, or another process makes it */
  bool enough;              /* a prediction was as good as --stop-at-score: no more are wanted */
  pleat_part *parts;        /* (predictions) those that are there, in the order they were made */
  pleat_part_record *records;
  size_t predictions;
} pleat_job;

typedef struct pleat_jobs {
  pleat_query_list *queries;
  pleat_job *list;          /* as --sort-queries-by says: usually shortest first, entries of one length in the input's order */
  size_t count, failed;
  bool (*take)(void *user, pleat_job *job); /* whether this process is to do the job; NULL: it is */
  void *user;
} pleat_jobs;

/* Reads IN: sequences, A3M files (whose first row is the sequence), folders of both; program/job_read.c. Entries that cannot
 * be used are reported on stderr and counted in `failed`. */
int pleat_job_read(pleat_settings *settings, const char *path, pleat_jobs *jobs);
void pleat_job_clear(pleat_job *job);

/* Gives the jobs what --msa (none, required, a file, or a folder of NAME.a3m, .sto and the like) and --features say; models
 * that take neither were refused these options before. */
void pleat_job_give_alignments(pleat_settings *settings, pleat_jobs *jobs);

/* Asks the model about each job that is still to do and reports those that it refuses. */
void pleat_job_check(pleat_settings *settings, pleat_jobs *jobs);

/* What the longest job alone would need. */
pleat_status pleat_job_plan_longest(pleat_settings *settings, const pleat_jobs *jobs, pleat_plan *plan);

/* Leaves this process its place among `count`: the jobs it begins with, and where it does not help others those alone. */
void pleat_job_split(const pleat_settings *settings, pleat_jobs *jobs, size_t place, size_t count);

/* Adds a prediction, whose list of files it takes. */
void pleat_job_keep(pleat_job *job, const pleat_part *part, const pleat_part_record *record);

/* Drops what was added, to gather it again. */
void pleat_job_forget(pleat_job *job);

/* How many chains the query has, left out ones aside. */
size_t pleat_job_chains(const pleat_job *job);

/* Jobs that are still to do, those of this process's share first: *batch receives up to `most` of them from place *at on, *at
 * moves behind; 0: no more. */
size_t pleat_job_batch(const pleat_jobs *jobs, size_t most, size_t *at, pleat_job **batch);

/* How many are to do, and their residues. */
size_t pleat_job_waiting(const pleat_jobs *jobs, double *residues);

/* Tells the cost of each job that is to do, for the time that is left, and their sum. Planning ends after a second: then
 * residues count. */
double pleat_job_cost(pleat_settings *settings, pleat_jobs *jobs);

/* Gives runs what --memory leaves after the process as it is, with its model and inputs: the limit is for the whole
 * process. PLEAT_EXIT_MEMORY after a sentence when nothing is left. */
int pleat_job_limit_memory(pleat_settings *settings);

/* With a memory limit: the largest batch size that fits, said to the user when it is less than asked; or
 * PLEAT_EXIT_MEMORY after a sentence when one job alone does not fit. */
int pleat_job_fit_memory(pleat_settings *settings, const pleat_jobs *jobs);
void pleat_job_free(pleat_jobs *jobs);

#endif
