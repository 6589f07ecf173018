/* The table of command-line options and its parser; dashes and underscores are the same everywhere.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_OPTIONS_H
#define PLEAT_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

/* One bit a verb, to say which verbs an option belongs to. */
typedef enum pleat_verb_bit {
  PLEAT_VERB_BIT_PREDICT = 1,
  PLEAT_VERB_BIT_EMBED = 2,
  PLEAT_VERB_BIT_COMPARE = 4,
  PLEAT_VERB_BIT_CONVERT = 8,
  PLEAT_VERB_BIT_PLAN = 16,
  PLEAT_VERB_BIT_MODELS = 32,
  PLEAT_VERB_BIT_SELFTEST = 64,
  PLEAT_VERB_BIT_MSA = 1024
} pleat_verb_bit;

typedef enum pleat_option_id {
  PLEAT_OPTION_MODEL,
  PLEAT_OPTION_WEIGHTS,
  PLEAT_OPTION_MODELS_DIR,
  PLEAT_OPTION_THREADS,
  PLEAT_OPTION_MEMORY,
  PLEAT_OPTION_PRECISION,
  PLEAT_OPTION_RANDOM_SEED,
  PLEAT_OPTION_SHARD,
  PLEAT_OPTION_BATCH_SIZE,
  PLEAT_OPTION_OVERWRITE,
  PLEAT_OPTION_FORMAT,
  PLEAT_OPTION_SAVE_ALL,
  PLEAT_OPTION_TRACE,
  PLEAT_OPTION_TIMINGS,
  PLEAT_OPTION_JSON,
  PLEAT_OPTION_PER_RESIDUE,
  PLEAT_OPTION_PAIR,
  PLEAT_OPTION_COPIES,
  PLEAT_OPTION_SPECIES,
  PLEAT_OPTION_PAIRING_MSA,
  PLEAT_OPTION_EXPAND,
  PLEAT_OPTION_LIMITS,
  PLEAT_OPTION_UNIQUE,
  PLEAT_OPTION_MIN_COVERAGE,
  PLEAT_OPTION_MIN_IDENTITY,
  PLEAT_OPTION_MAX_IDENTITY,
  PLEAT_OPTION_MAX_ROWS,
  PLEAT_OPTION_QUERY,
  PLEAT_OPTION_MAX_MSA,
  PLEAT_OPTION_QUIET,
  PLEAT_OPTION_VERBOSE,
  PLEAT_OPTION_HELP,
  PLEAT_OPTION_FIRST_OF_MODEL, /* from here on: settings that belong to a model, see PLEAT_OPTION_KIND_MODEL_* */
  PLEAT_OPTION_COUNT = 128
} pleat_option_id;

typedef enum pleat_option_kind {
  PLEAT_OPTION_KIND_FLAG,
  PLEAT_OPTION_KIND_TEXT,
  PLEAT_OPTION_KIND_NUMBER,     /* a whole number, 0 or more */
  PLEAT_OPTION_KIND_POSITIVE,   /* a whole number, 1 or more */
  PLEAT_OPTION_KIND_MODEL_FLAG, /* passed on to the model, or refused by name when it has no such setting */
  PLEAT_OPTION_KIND_MODEL_TEXT
} pleat_option_kind;

typedef struct pleat_option_row {
  const char *name;      /* with dashes */
  unsigned verbs;        /* bits of pleat_verb_bit */
  pleat_option_kind kind;
  const char *argument;  /* "N"; NULL for flags */
  const char *help;
  const char *fallback;  /* the default as text; NULL: none */
  const char *lacks;     /* of model settings: "recycles", for "model M has no recycles" */
} pleat_option_row;

/* What a command line said. Texts point into argv. */
typedef struct pleat_options {
  const char *verb;
  const char *values[PLEAT_OPTION_COUNT]; /* NULL: not given; flags: "on" */
  const char **inputs;                    /* positional arguments */
  int input_count;
} pleat_options;

/* Rows of the table; NULL past its end. */
const pleat_option_row *pleat_options_row(int id);

/* Parses argv[0..count) for the verb. false: the sentence was printed to stderr. `inputs` holds room for `count`. */
bool pleat_options_parse(const char *verb, unsigned bit, int count, char **argv, pleat_options *options);

/* The given value or the table's default. */
const char *pleat_options_text(const pleat_options *options, pleat_option_id id);
long pleat_options_number(const pleat_options *options, pleat_option_id id);
bool pleat_options_flag(const pleat_options *options, pleat_option_id id);

/* Lists the options of a verb, for --help. */
void pleat_options_list(unsigned bit, FILE *out);

#endif
