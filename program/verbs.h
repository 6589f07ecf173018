/* The verbs of the command: what each is called, how it is used, what runs it; and the exit statuses they return.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_VERBS_H
#define PLEAT_PROGRAM_VERBS_H

#include "program/options.h"

/* What scripts may rely on. */
typedef enum pleat_exit {
  PLEAT_EXIT_DONE = 0,    /* every input is done */
  PLEAT_EXIT_USAGE = 1,   /* the command line cannot be right */
  PLEAT_EXIT_INPUTS = 2,  /* some inputs failed, the others are complete */
  PLEAT_EXIT_INSANE = 3,  /* a result failed its own sanity check; it is kept and marked */
  PLEAT_EXIT_MEMORY = 4,  /* the run does not fit in the memory limit; nothing was run */
  PLEAT_EXIT_STOPPED = 5  /* stopped by a signal; the same command goes on where it stopped */
} pleat_exit;

typedef struct pleat_verb {
  const char *name;
  pleat_verb_bit bit;
  int (*run)(const pleat_options *options);
  const char *arguments; /* "IN OUTDIR" */
  int least, most;       /* how many positional arguments; most < 0: any number */
  const char *summary;   /* one line */
  const char *text;      /* a paragraph for --help and the man page */
  const char *example;
  const char *citation;
} pleat_verb;

int pleat_verb_predict(const pleat_options *options);
int pleat_verb_embed(const pleat_options *options);
int pleat_verb_compare(const pleat_options *options);
int pleat_verb_convert(const pleat_options *options);
int pleat_verb_plan(const pleat_options *options);
int pleat_verb_models(const pleat_options *options);
int pleat_verb_msa(const pleat_options *options);
int pleat_verb_design(const pleat_options *options);
int pleat_verb_score(const pleat_options *options);
int pleat_verb_report(const pleat_options *options);
int pleat_verb_pack(const pleat_options *options);
int pleat_verb_fit(const pleat_options *options);
int pleat_verb_dock(const pleat_options *options);
int pleat_verb_selftest(const pleat_options *options);
int pleat_verb_bench(const pleat_options *options);

#endif
