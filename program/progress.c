/* Progress of a run on stderr: one line with a bar on a terminal, plain lines elsewhere; and the wish to stop.
 * SPDX-License-Identifier: MIT */
#include "program/progress.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_wanted;

static void want_stop(int number) {
  stop_wanted = 1;
  if (number == SIGINT) signal(SIGINT, SIG_DFL);
}

void pleat_progress_catch_signals(void) {
  struct sigaction action = {.sa_handler = want_stop};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
}

bool pleat_progress_stopped(void) { return stop_wanted != 0; }

double pleat_progress_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* https://no-color.org: a set NO_COLOR asks for plain text; a dumb terminal cannot go back to the line's start. */
static bool may_draw(void) {
  const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDERR_FILENO) && !(plain && *plain) && !(terminal && !strcmp(terminal, "dumb"));
}

void pleat_progress_start(pleat_progress *progress, bool quiet, size_t jobs, double work) {
  double now = pleat_progress_now();
  *progress = (pleat_progress){.quiet = quiet, .bar = !quiet && may_draw(), .jobs = jobs, .work = work, .started = now};
}

static void clear(pleat_progress *progress) {
  if (progress->dirty) fputs("\r\033[K", stderr);
  progress->dirty = false;
}

static void draw(pleat_progress *progress, double fraction, const char *stage) {
  enum { WIDTH = 30 };
  static const char full[] = "##############################", empty[] = "..............................";
  double now = pleat_progress_now(), done = progress->work_done + fraction * progress->batch;
  double share = progress->work > 0 ? done / progress->work : 1, spent = now - progress->started;
  if (now - progress->drawn < 0.1) return;
  int filled = (int)(WIDTH * (share < 0 ? 0 : share > 1 ? 1 : share));
  fprintf(stderr, "\r\033[K[%.*s%.*s] %3.0f %%  %zu/%zu jobs", filled, full, WIDTH - filled, empty, 100 * share,
          progress->jobs_done, progress->jobs);
  if (share > 0.02 && spent > 1) {
    int left = (int)(spent * (1 - share) / share + 0.5);
    fprintf(stderr, "  %d:%02d left", left / 60, left % 60);
  }
  fprintf(stderr, "  %.24s", stage ? stage : "");
  progress->drawn = now;
  progress->dirty = true;
}

int pleat_progress_report(void *user, double fraction, const char *stage) {
  pleat_progress *progress = user;
  if (progress && progress->bar) draw(progress, fraction, stage);
  return stop_wanted != 0;
}

static void say(pleat_progress *progress, const char *format, va_list arguments) {
  clear(progress);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
}

void pleat_progress_job(pleat_progress *progress, double residues, const char *format, ...) {
  va_list arguments;
  progress->jobs_done++;
  progress->work_done += residues;
  if (progress->bar || progress->quiet) return;
  va_start(arguments, format);
  fprintf(stderr, "%zu/%zu ", progress->jobs_done, progress->jobs);
  say(progress, format, arguments);
  va_end(arguments);
}

void pleat_progress_say(pleat_progress *progress, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(progress, format, arguments);
  va_end(arguments);
}

void pleat_progress_end(pleat_progress *progress) { clear(progress); }
