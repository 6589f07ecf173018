/* What design, score and pack share: a run over structures, one target after the other, resumable.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_BACKBONE_H
#define PLEAT_PROGRAM_BACKBONE_H

#include "program/choice.h"
#include "program/draws.h"
#include "program/folder.h"
#include "program/inputs.h"
#include "program/side_file.h"

typedef struct pleat_backbone_run pleat_backbone_run;

/* One input on its way through the verb. */
typedef struct pleat_backbone_job {
  pleat_backbone_run *run;
  const pleat_input *input;
  pleat_structure *structure;
  pleat_target *target;
  size_t residues, samples; /* samples: set by the verb, for the log */
  bool sane;                /* starts as true */
} pleat_backbone_job;

/* What makes a verb. */
typedef struct pleat_backbone_verb {
  const char *task;            /* "design", as pleat_model_does has it */
  const char *mark;            /* of its .done.txt, see folder.h */
  const char *folders[5];      /* inside OUTDIR, ended by NULL; "stats" only where arrays are kept */
  bool writes_structures;      /* with the target's chains and numbers: refused before the work where they do not fit */
  bool (*check)(pleat_backbone_run *run); /* the verb's own options; false after a sentence; may be NULL */
  int (*begin)(pleat_backbone_run *run);  /* after the model is open; an exit status; may be NULL */
  int (*one)(pleat_backbone_job *job);    /* all files but the mark; an exit status */
  void (*end)(pleat_backbone_run *run);
} pleat_backbone_verb;

struct pleat_backbone_run {
  const pleat_backbone_verb *verb;
  pleat_options options; /* the command line's, with the chosen model */
  pleat_settings settings;
  pleat_folder folder;
  pleat_choice choice;
  pleat_inputs inputs;
  pleat_side_files side_files;
  pleat_draws draws;
  bool seed_chosen;   /* by the system */
  char *fingerprint;  /* the same for all jobs of the run */
  void *own;          /* the verb's */
};

int pleat_backbone_main(const pleat_options *options, const pleat_backbone_verb *verb, void *own);

/* A target of the job's structure, set as the options and the side files say. `for_packing` leaves out what says how a
 * design model looks at ligands, which is not for the packer. Exit status after its sentence. */
int pleat_backbone_target(const pleat_backbone_job *job, bool for_packing, pleat_target **target);

/* Prints the context's sentence; PLEAT_EXIT_INPUTS, _MEMORY or _STOPPED. */
int pleat_backbone_fail(const pleat_backbone_job *job, pleat_status status);

/* "OUTDIR/FOLDER/NAME...": the caller frees it. `folder` "": OUTDIR itself. */
char *pleat_backbone_path(const pleat_backbone_job *job, const char *folder, const char *tail);

#endif
