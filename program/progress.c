/* Progress of a run on stderr: one line with a bar on a terminal, plain lines or JSON lines elsewhere; and the wish to stop.
 * SPDX-License-Identifier: MIT */
#include "program/progress.h"

#include <jansson.h>
#include <math.h>
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

/* ---- JSON lines ---- */

static FILE *events; /* the real stderr; NULL: text is written */

static void write_event(json_t *event) {
  char *line = json_dumps(event, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
  if (line) fprintf(events, "%s\n", line);
  fflush(events);
  free(line);
  json_decref(event);
}

/* Sets the text, whose bytes that are no UTF-8 become '?'. */
static void set_text(json_t *event, char *text) {
  json_t *value = json_string(text);
  for (char *c = text; !value && *c; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
  json_object_set_new(event, "text", value ? value : json_string(text));
}

/* What anything prints on stderr comes here in pieces; each line becomes an event. */
static ssize_t take_print(void *cookie, const char *bytes, size_t count) {
  static char line[8192];
  static size_t length;
  (void)cookie;
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] != '\n' && length + 1 < sizeof line) {
      line[length++] = bytes[i];
      continue;
    }
    line[length] = 0;
    json_t *event = json_pack("{s:s}", "event", "message");
    set_text(event, line);
    write_event(event);
    length = 0;
  }
  return (ssize_t)count;
}

void pleat_progress_use_json(void) {
  FILE *text = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take_print});
  if (!text || events) abort();
  setvbuf(text, NULL, _IOLBF, 4096);
  events = stderr;
  stderr = text;
}

/* ---- The bar ---- */

/* https://no-color.org: a set NO_COLOR asks for plain text; a dumb terminal cannot go back to the line's start. */
static bool may_draw(void) {
  const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDERR_FILENO) && !(plain && *plain) && !(terminal && !strcmp(terminal, "dumb"));
}

void pleat_progress_start(pleat_progress *progress, bool quiet, size_t jobs, double work) {
  double now = pleat_progress_now();
  *progress = (pleat_progress){.quiet = quiet, .bar = !quiet && !events && may_draw(), .jobs = jobs, .work = work, .started = now};
}

/* Share of the work that is done, of the batch that runs now `fraction`. */
static double share_done(const pleat_progress *progress, double fraction) {
  double done = progress->work_done + fraction * progress->batch;
  return progress->work > 0 ? fmin(1, fmax(0, done / progress->work)) : 1;
}

/* Seconds that are left, by what the work since the first report took; negative: it is too early to say. */
static double time_left(const pleat_progress *progress, double share) {
  double spent = pleat_progress_now() - (progress->first > 0 ? progress->first : progress->started);
  double gained = share - progress->first_share;
  return gained > 0.02 && spent > 1 ? spent * (1 - share) / gained : -1;
}

/* From where a resumed run goes on, and when models are open. */
static void note_first(pleat_progress *progress, double share) {
  if (progress->first > 0) return;
  progress->first = pleat_progress_now();
  progress->first_share = share;
}

static void clear(pleat_progress *progress) {
  if (progress->dirty) fputs("\r\033[K", stderr);
  progress->dirty = false;
}

static void draw(pleat_progress *progress, double fraction, const char *stage) {
  enum { WIDTH = 30 };
  static const char full[] = "##############################", empty[] = "..............................";
  double now = pleat_progress_now(), share = share_done(progress, fraction), left = time_left(progress, share);
  if (now - progress->drawn < 0.1) return;
  int filled = (int)(WIDTH * share), seconds = (int)(left + 0.5);
  fprintf(stderr, "\r\033[K[%.*s%.*s] %3.0f %%  %zu/%zu jobs", filled, full, WIDTH - filled, empty, 100 * share,
          progress->jobs_done, progress->jobs);
  if (left >= 0) fprintf(stderr, "  %d:%02d left", seconds / 60, seconds % 60);
  fprintf(stderr, "  %.24s", stage ? stage : "");
  progress->drawn = now;
  progress->dirty = true;
}

static json_t *make_event(const pleat_progress *progress, const char *kind, double share) {
  double left = time_left(progress, share);
  json_t *event = json_pack("{s:s, s:I, s:I, s:f, s:f}", "event", kind, "done", (json_int_t)progress->jobs_done, "jobs",
                            (json_int_t)progress->jobs, "share", share, "elapsed", pleat_progress_now() - progress->started);
  if (left >= 0) json_object_set_new(event, "left", json_real(left));
  return event;
}

/* At most every five seconds. */
static void tell_event(pleat_progress *progress, double fraction, const char *stage) {
  if (pleat_progress_now() - progress->drawn < 5) return;
  json_t *event = make_event(progress, "progress", share_done(progress, fraction));
  if (stage) json_object_set_new(event, "stage", json_string(stage));
  write_event(event);
  progress->drawn = pleat_progress_now();
}

int pleat_progress_report(void *user, double fraction, const char *stage) {
  pleat_progress *progress = user;
  if (progress) note_first(progress, share_done(progress, fraction));
  if (progress && events && !progress->quiet) tell_event(progress, fraction, stage);
  if (progress && progress->bar) draw(progress, fraction, stage);
  return stop_wanted != 0;
}

static void say(pleat_progress *progress, const char *format, va_list arguments) {
  clear(progress);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
}

void pleat_progress_job(pleat_progress *progress, double work, const char *format, ...) {
  va_list arguments;
  progress->jobs_done++;
  progress->work_done += work;
  if (progress->bar || progress->quiet) return;
  va_start(arguments, format);
  if (events) {
    char *text = NULL;
    json_t *event = make_event(progress, "job", share_done(progress, 0));
    if (vasprintf(&text, format, arguments) < 0) abort();
    set_text(event, text);
    write_event(event);
    free(text);
  } else {
    fprintf(stderr, "%zu/%zu ", progress->jobs_done, progress->jobs);
    say(progress, format, arguments);
  }
  va_end(arguments);
}

void pleat_progress_say(pleat_progress *progress, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(progress, format, arguments);
  va_end(arguments);
}

void pleat_progress_end(pleat_progress *progress) { clear(progress); }
