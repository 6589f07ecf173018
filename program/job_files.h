/* What a job leaves when its predictions are there: their files under ranks, plots, the alignment, and the mark that it is
 * done.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_JOB_FILES_H
#define PLEAT_PROGRAM_JOB_FILES_H

#include "program/folder.h"
#include "program/job.h"
#include "program/part.h"

typedef struct pleat_job_files {
  pleat_folder *folder;
  const pleat_job *job;
  const pleat_ranking *ranking;
  const char *fingerprint; /* of the job, for its mark */
  bool tidy;               /* OUTDIR may hold ranks of an earlier run */
  pleat_part *parts;       /* (count) the predictions, in the order they were made */
  pleat_part_record *records;
  size_t count;
} pleat_job_files;

/* Writes the files of one prediction (structure, scores, what --save-... ask for) and notes them in its part. */
bool pleat_job_files_predict(const pleat_settings *settings, pleat_part *part, const pleat_result *result);

/* Ranks the predictions and writes all the rest, the mark last; scores are read from the files. False after a sentence. */
bool pleat_job_files_finish(const pleat_job_files *files);

#endif
