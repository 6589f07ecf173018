/* What every run leaves in its output folder beside the results: config.json, log.txt, cite.bibtex, timings.json, and a
 * NAME.done.txt a job, by which a later run of the same command does only what is missing.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FOLDER_H
#define PLEAT_PROGRAM_FOLDER_H

#include <jansson.h>

#include "program/claim.h"
#include "program/settings.h"

typedef struct pleat_folder {
  pleat_settings *settings;
  const char *path;
  const char *mark;    /* stands before ".done.txt", so that verbs can share a folder: "", "_score", "_pack" */
  json_t *timings;     /* one object a job */
  double load_seconds; /* of the model */
  pleat_claims *claims; /* NULL until there is something to do */
  struct timespec begun; /* by the file server */
  bool insane;         /* a result failed its sanity check, now or in an earlier run */
} pleat_folder;

/* How many jobs there were, are done and failed; the rest is in the hands of other processes. */
typedef struct pleat_folder_count {
  size_t jobs, done, failed;
} pleat_folder_count;

/* Makes the folder and, with `fresh` work to do, its claims, log, configuration and citation. False after a sentence. */
bool pleat_folder_begin(pleat_folder *folder, bool fresh);

/* Tries to get the job for this process; `what` names a part of it, or is NULL. */
pleat_claim_state pleat_folder_take(const pleat_folder *folder, const char *job, const char *what);
void pleat_folder_release(const pleat_folder *folder, const char *job, const char *what);

/* Removes what killed runs left half-written in the folder, when no other process works on it, and frees what is held. */
void pleat_folder_tidy(const pleat_folder *folder, const char *inside);
void pleat_folder_end(pleat_folder *folder);

/* Whether an earlier run finished the job. With --overwrite-existing-results its mark is taken away and the answer is no;
 * results of another fingerprint (one line of text) are kept and told. */
bool pleat_folder_is_done(pleat_folder *folder, const char *job, const char *fingerprint);

/* Whether there is a mark at all, whatever it says; and the mark itself, the last file of a job. */
bool pleat_folder_has_mark(const pleat_folder *folder, const char *job);
bool pleat_folder_mark_done(pleat_folder *folder, const char *job, const char *fingerprint, bool sane);

/* Adds a job to timings.json; then writes it. */
void pleat_folder_time(pleat_folder *folder, const char *job, size_t residues, size_t batch, double seconds);
void pleat_folder_write_timings(const pleat_folder *folder, double total);

/* One line in log.txt. */
void pleat_folder_log(const pleat_folder *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells how the run ended and gives the exit status; `code` is what stopped it, or PLEAT_EXIT_DONE. */
int pleat_folder_last_word(const pleat_folder *folder, pleat_folder_count count, int code, double seconds);

/* What is known of the open model; false when it is not in the table. */
bool pleat_folder_find_info(const pleat_settings *settings, pleat_model_info *info);

#endif
