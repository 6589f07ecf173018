/* Progress of a run on stderr: one line with a bar on a terminal, plain lines or JSON lines elsewhere; and the wish to
 * stop.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_PROGRESS_H
#define PLEAT_PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pleat_progress {
  bool bar, quiet; /* bar: stderr is a terminal that may be drawn on */
  size_t jobs, jobs_done;
  double work, work_done; /* in any unit that is proportional to time, as well as is known */
  double batch;           /* of the batch that runs now */
  double started, drawn;  /* seconds of the monotonic clock */
  double first, first_share; /* when work was first reported, 0: not yet; and how much had been done */
  bool dirty;             /* a bar is on the line now */
} pleat_progress;

/* From here on whatever is printed on stderr becomes JSON lines: {"event": "message", "text": ...}, "job" for one that is
 * done and "progress" now and then, both with done, jobs, share, elapsed and left (seconds). */
void pleat_progress_use_json(void);

void pleat_progress_start(pleat_progress *progress, bool quiet, size_t jobs, double work);

/* pleat_progress_fn of the library; `user` is the pleat_progress. Non-zero once a signal asked to stop. */
int pleat_progress_report(void *user, double fraction, const char *stage);

/* One job is done: a plain line where there is no bar. */
void pleat_progress_job(pleat_progress *progress, double work, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line that stays: clears the bar first. */
void pleat_progress_say(pleat_progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pleat_progress_end(pleat_progress *progress);

/* SIGINT, SIGTERM and SIGUSR1 ask to stop; a second SIGINT ends the program at once. */
void pleat_progress_catch_signals(void);
bool pleat_progress_stopped(void);

/* Seconds of the monotonic clock. */
double pleat_progress_now(void);

#endif
