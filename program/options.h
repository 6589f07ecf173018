/* The table of command-line options and its parser; dashes and underscores are the same everywhere.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_OPTIONS_H
#define PLEAT_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "pleat.h"

/* One bit a verb, to say which verbs an option belongs to. */
typedef enum pleat_verb_bit {
  PLEAT_VERB_BIT_PREDICT = 1,
  PLEAT_VERB_BIT_EMBED = 2,
  PLEAT_VERB_BIT_COMPARE = 4,
  PLEAT_VERB_BIT_CONVERT = 8,
  PLEAT_VERB_BIT_PLAN = 16,
  PLEAT_VERB_BIT_MODELS = 32,
  PLEAT_VERB_BIT_SELFTEST = 64,
  PLEAT_VERB_BIT_DESIGN = 128,
  PLEAT_VERB_BIT_SCORE = 256,
  PLEAT_VERB_BIT_PACK = 512,
  PLEAT_VERB_BIT_MSA = 1024,
  PLEAT_VERB_BIT_REPORT = 2048,
  PLEAT_VERB_BIT_BENCH = 1 << 12,
  PLEAT_VERB_BIT_FIT = 1 << 14,
  PLEAT_VERB_BIT_DOCK = 1 << 15
} pleat_verb_bit;

typedef enum pleat_option_id {
  PLEAT_OPTION_MODEL,
  PLEAT_OPTION_WEIGHTS,
  PLEAT_OPTION_MODELS_DIR,
  PLEAT_OPTION_THREADS,
  PLEAT_OPTION_MEMORY,
  PLEAT_OPTION_PRECISION,
  PLEAT_OPTION_OUTPUT,
  PLEAT_OPTION_RANDOM_SEED,
  PLEAT_OPTION_SHARD,
  PLEAT_OPTION_SORT,
  PLEAT_OPTION_BATCH_SIZE,
  PLEAT_OPTION_OVERWRITE,
  PLEAT_OPTION_FORMAT,
  PLEAT_OPTION_SAVE_ALL,
  PLEAT_OPTION_ZIP,
  PLEAT_OPTION_TRACE,
  PLEAT_OPTION_TIMINGS,
  PLEAT_OPTION_JSON,
  PLEAT_OPTION_PEAK,
  PLEAT_OPTION_PER_RESIDUE,
  PLEAT_OPTION_SEARCH,
  PLEAT_OPTION_CACHE,
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
  PLEAT_OPTION_SAVE_FEATURES,
  PLEAT_OPTION_LOG_FORMAT,
  PLEAT_OPTION_RESOLUTION, /* of fit */
  PLEAT_OPTION_ANGLE,
  PLEAT_OPTION_FIT_CHAINS,
  PLEAT_OPTION_BY_CHAIN,
  PLEAT_OPTION_FIT_COPIES,
  PLEAT_OPTION_FITS,
  PLEAT_OPTION_MIN_PLDDT,
  PLEAT_OPTION_PAE,
  PLEAT_OPTION_PAE_CUTOFF,
  PLEAT_OPTION_MIN_DOMAIN,
  PLEAT_OPTION_SAMPLING,
  PLEAT_OPTION_CORE_WEIGHTED,
  PLEAT_OPTION_LAPLACE,
  PLEAT_OPTION_ROTATIONS,
  PLEAT_OPTION_RECEPTOR_CHAINS, /* of dock */
  PLEAT_OPTION_LIGAND_CHAINS,
  PLEAT_OPTION_RECEPTOR_INTERFACE,
  PLEAT_OPTION_LIGAND_INTERFACE,
  PLEAT_OPTION_RECEPTOR_AWAY,
  PLEAT_OPTION_LIGAND_AWAY,
  PLEAT_OPTION_INTERFACE_SHARE,
  PLEAT_OPTION_SPACING,
  PLEAT_OPTION_REFINED,
  PLEAT_OPTION_POSES,
  PLEAT_OPTION_CLUSTER,
  PLEAT_OPTION_QUIET,
  PLEAT_OPTION_VERBOSE,
  PLEAT_OPTION_HELP,
  /* of design, score and pack, most under the names of LigandMPNN */
  PLEAT_OPTION_PDB_PATH,
  PLEAT_OPTION_PDB_PATH_MULTI,
  PLEAT_OPTION_OUT_FOLDER,
  PLEAT_OPTION_STRUCTURE_MODEL,
  PLEAT_OPTION_PARSE_CHAINS,
  PLEAT_OPTION_PARSE_ZERO_OCCUPANCY,
  PLEAT_OPTION_MODEL_TYPE,
  PLEAT_OPTION_CHECKPOINT_PROTEIN, /* the five in the order of pleat_choice's table */
  PLEAT_OPTION_CHECKPOINT_SOLUBLE,
  PLEAT_OPTION_CHECKPOINT_LIGAND,
  PLEAT_OPTION_CHECKPOINT_PER_RESIDUE,
  PLEAT_OPTION_CHECKPOINT_GLOBAL,
  PLEAT_OPTION_CHECKPOINT_PACKER,
  PLEAT_OPTION_SEED,
  PLEAT_OPTION_NUMBER_OF_BATCHES,
  PLEAT_OPTION_TEMPERATURE,
  PLEAT_OPTION_FIXED_MULTI,
  PLEAT_OPTION_REDESIGNED_MULTI,
  PLEAT_OPTION_BIAS_PER_RESIDUE,
  PLEAT_OPTION_BIAS_PER_RESIDUE_MULTI,
  PLEAT_OPTION_OMIT_PER_RESIDUE,
  PLEAT_OPTION_OMIT_PER_RESIDUE_MULTI,
  PLEAT_OPTION_PACK_SIDE_CHAINS,
  PLEAT_OPTION_PACKS,
  PLEAT_OPTION_STEPS,
  PLEAT_OPTION_CANDIDATES,
  PLEAT_OPTION_REPACK_EVERYTHING,
  PLEAT_OPTION_PACK_LIGAND_CONTEXT,
  PLEAT_OPTION_PACKED_SUFFIX,
  PLEAT_OPTION_FORCE_HETATM,
  PLEAT_OPTION_AUTOREGRESSIVE,
  PLEAT_OPTION_SINGLE,
  PLEAT_OPTION_USE_SEQUENCE,
  PLEAT_OPTION_SAVE_STATS,
  PLEAT_OPTION_ZERO_INDEXED,
  PLEAT_OPTION_FILE_ENDING,
  PLEAT_OPTION_SEPARATION,
  PLEAT_OPTION_HEADER,
  PLEAT_OPTION_GLOBAL_SCORE,
  PLEAT_OPTION_DRAWS,
  PLEAT_OPTION_FROM,
  PLEAT_OPTION_RELAX,
  PLEAT_OPTION_SLURM,
  PLEAT_OPTION_PARALLEL,
  PLEAT_OPTION_RANKS,
  PLEAT_OPTION_FIRST_OF_OTHERS, /* from here on: settings of targets and models, see the kinds */
  PLEAT_OPTION_COUNT = 192
} pleat_option_id;

typedef enum pleat_option_kind {
  PLEAT_OPTION_KIND_FLAG,
  PLEAT_OPTION_KIND_SWITCH,     /* "--x 1", "--x 0", or "--x" alone for 1 */
  PLEAT_OPTION_KIND_TEXT,
  PLEAT_OPTION_KIND_NUMBER,     /* a whole number, 0 or more */
  PLEAT_OPTION_KIND_POSITIVE,   /* a whole number, 1 or more */
  PLEAT_OPTION_KIND_MODEL_FLAG, /* passed on to the model, or refused by name when it has no such setting */
  PLEAT_OPTION_KIND_MODEL_TEXT,
  PLEAT_OPTION_KIND_TARGET_SWITCH, /* passed on to the target of design, score and pack, "-" in the name becoming "_" */
  PLEAT_OPTION_KIND_TARGET_TEXT
} pleat_option_kind;

typedef struct pleat_option_row {
  const char *name;      /* with dashes */
  unsigned verbs;        /* bits of pleat_verb_bit */
  pleat_option_kind kind;
  const char *argument;  /* "N"; "[N]": may be left out before another option, the value is then "on"; NULL for flags */
  const char *help;
  const char *fallback;  /* the default as text; NULL: none */
  const char *lacks;     /* of model settings: "recycles", for "model M has no recycles" */
} pleat_option_row;

/* What a command line said. Texts point into argv. */
typedef struct pleat_options {
  const char *verb;
  unsigned bit;                           /* of the verb */
  const char *values[PLEAT_OPTION_COUNT]; /* NULL: not given; flags: "on" */
  const pleat_ranks *ranks;               /* of pleat_mpi; NULL in pleat */
  const char **inputs;                    /* positional arguments */
  int input_count;
} pleat_options;

/* Rows of the table; NULL past its end. */
const pleat_option_row *pleat_options_row(int id);

/* Parses argv[0..count) for the verb. false: the sentence was printed to stderr. `inputs` holds room for `count`. */
bool pleat_options_parse(const char *verb, unsigned bit, int count, char **argv, pleat_options *options);

/* The default of an option for a verb; NULL: none. */
const char *pleat_options_fallback(int id, unsigned bit);

/* The given value or the verb's default. */
const char *pleat_options_text(const pleat_options *options, pleat_option_id id);
long pleat_options_number(const pleat_options *options, pleat_option_id id);

/* A flag that was given, a switch that is 1. */
/* What was given for a setting of models, by its name; NULL: nothing. */
const char *pleat_options_model_text(const pleat_options *options, const char *name);
bool pleat_options_flag(const pleat_options *options, pleat_option_id id);

bool pleat_options_is_model_setting(const pleat_option_row *row);
bool pleat_options_is_target_setting(const pleat_option_row *row);

/* The target's name of the row's setting: "bias_AA" for "bias-AA", in `name` of 64 bytes. */
void pleat_options_target_name(const pleat_option_row *row, char *name);

/* Lists the options of a verb, for --help. */
void pleat_options_list(unsigned bit, FILE *out);

#endif
