/* The table of command-line options, its parser, and the hint for a misspelt one.
 * SPDX-License-Identifier: MIT */
#include "program/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
  P = PLEAT_VERB_BIT_PREDICT,
  E = PLEAT_VERB_BIT_EMBED,
  C = PLEAT_VERB_BIT_COMPARE,
  V = PLEAT_VERB_BIT_CONVERT,
  N = PLEAT_VERB_BIT_PLAN,
  M = PLEAT_VERB_BIT_MODELS,
  S = PLEAT_VERB_BIT_SELFTEST,
  A = PLEAT_VERB_BIT_MSA,
  RUNS = P | E | N,
  ALL = P | E | C | V | N | M | S | A
};

#define FLAG PLEAT_OPTION_KIND_FLAG
#define TEXT PLEAT_OPTION_KIND_TEXT
#define NUMBER PLEAT_OPTION_KIND_NUMBER
#define POSITIVE PLEAT_OPTION_KIND_POSITIVE
#define MODEL_FLAG PLEAT_OPTION_KIND_MODEL_FLAG
#define MODEL_TEXT PLEAT_OPTION_KIND_MODEL_TEXT

static const pleat_option_row rows[] = {
    [PLEAT_OPTION_MODEL] = {"model", RUNS | V | M, TEXT, "NAME", "which model; 'pleat models list' shows them",
                            "flashabb", NULL},
    [PLEAT_OPTION_WEIGHTS] =
        {"weights", RUNS, TEXT, "FILE",
         "run the model on this file (.h5, .pt, .ckpt, .npz, .safetensors) instead of the installed one", NULL, NULL},
    [PLEAT_OPTION_MODELS_DIR] = {"models-dir", RUNS | M | S, TEXT, "DIR",
                                 "folder of model files that is searched first", NULL, NULL},
    [PLEAT_OPTION_THREADS] = {"threads", RUNS | S, POSITIVE, "N", "threads of the run",
                              "what affinity mask, cgroup and SLURM_CPUS_PER_TASK allow", NULL},
    [PLEAT_OPTION_MEMORY] = {"memory", RUNS, TEXT, "SIZE", "hard limit of the run's memory, such as 16G or 800M",
                             "no limit", NULL},
    [PLEAT_OPTION_PRECISION] = {"precision", RUNS, TEXT, "fp32", "numbers that the run calculates with", "fp32", NULL},
    [PLEAT_OPTION_RANDOM_SEED] = {"random-seed", P | E | A, NUMBER, "N",
                                  "seed of the random numbers of models that draw any", "0", "random draws"},
    [PLEAT_OPTION_SHARD] = {"shard", P | E, TEXT, "I/N", "do only jobs I, I+N, I+2N, ... of the list, I from 0",
                            "SLURM_ARRAY_TASK_ID and _COUNT when set", NULL},
    [PLEAT_OPTION_BATCH_SIZE] = {"batch-size", RUNS, POSITIVE, "N", "most sequences in one batch", "32", NULL},
    [PLEAT_OPTION_OVERWRITE] = {"overwrite-existing-results", P | E, FLAG, NULL, "do finished jobs again", NULL, NULL},
    [PLEAT_OPTION_FORMAT] = {"format", P | V, TEXT, "pdb,cif", "formats of the structures", "pdb,cif", NULL},
    [PLEAT_OPTION_SAVE_ALL] = {"save-all", P, FLAG, NULL, "also write every output array, as HDF5", NULL, NULL},
    [PLEAT_OPTION_TRACE] = {"trace", P, TEXT, "FILE.h5", "write every intermediate of one query", NULL, NULL},
    [PLEAT_OPTION_TIMINGS] = {"timings", P, TEXT, "FILE", "where the times go", "OUTDIR/timings.json", NULL},
    [PLEAT_OPTION_JSON] = {"json", C | N | M | A, FLAG, NULL, "print JSON instead of a table", NULL, NULL},
    [PLEAT_OPTION_PER_RESIDUE] = {"per-residue", C, FLAG, NULL, "also one row a residue", NULL, NULL},
    [PLEAT_OPTION_PAIR] = {"pair", A, TEXT, "none|alphafold|complete|greedy",
                           "each IN is a chain of a complex; join their rows by species in this way", NULL, NULL},
    [PLEAT_OPTION_COPIES] = {"copies", A, TEXT, "LIST", "how often each chain occurs in the complex, such as 2,1",
                             "1 of each", NULL},
    [PLEAT_OPTION_SPECIES] = {"species", A, TEXT, "mnemonic|taxid",
                              "species are told by UniProt names (tr|..|.._HUMAN) or by OX= and TaxID=", "mnemonic", NULL},
    [PLEAT_OPTION_PAIRING_MSA] = {"pairing-msa", A, TEXT, "FILE,FILE",
                                  "pair the rows of these instead of each chain's own", NULL, NULL},
    [PLEAT_OPTION_EXPAND] = {"expand", A, FLAG, NULL,
                             "make the alignment that a multimer model takes: chains repeated, at most 2048 rows a chain",
                             NULL, NULL},
    [PLEAT_OPTION_LIMITS] = {"limits", A, TEXT, "LIST",
                             "take at most so many rows of each IN, 0 for all (AlphaFold: UniRef90 10000, BFD 0, MGnify "
                             "501)", NULL, NULL},
    [PLEAT_OPTION_UNIQUE] = {"unique", A, FLAG, NULL, "leave out rows whose residues were there before", NULL, NULL},
    [PLEAT_OPTION_MIN_COVERAGE] = {"min-coverage", A, TEXT, "X", "leave out rows with residues in a lesser share of columns",
                                   NULL, NULL},
    [PLEAT_OPTION_MIN_IDENTITY] = {"min-identity", A, TEXT, "X", "leave out rows less identical to the query (0 to 1)",
                                   NULL, NULL},
    [PLEAT_OPTION_MAX_IDENTITY] = {"max-identity", A, TEXT, "X", "leave out rows more identical to one that stays (0 to 1)",
                                   NULL, NULL},
    [PLEAT_OPTION_MAX_ROWS] = {"max-rows", A, POSITIVE, "N", "keep at most so many rows", NULL, NULL},
    [PLEAT_OPTION_QUERY] = {"query", A, TEXT, "FILE", "the first row must be the first sequence of this file", NULL, NULL},
    [PLEAT_OPTION_MAX_MSA] = {"max-msa", A, TEXT, "N:M",
                              "keep the rows that a monomer model draws: N cluster centres, then M extra rows", NULL, NULL},
    [PLEAT_OPTION_QUIET] = {"quiet", ALL, FLAG, NULL, "print only errors and warnings", NULL, NULL},
    [PLEAT_OPTION_VERBOSE] = {"verbose", ALL, FLAG, NULL, "print more about what is done", NULL, NULL},
    [PLEAT_OPTION_HELP] = {"help", ALL, FLAG, NULL, "print this help", NULL, NULL},

    {"idealise", P, MODEL_FLAG, NULL, "restore standard bond lengths and angles afterwards", NULL,
     "restoring of bond lengths"},
    {"no-dlc", P | E | N, MODEL_FLAG, NULL, "leave out the dropout-layernorm correction", NULL,
     "dropout-layernorm correction"},
    {"msa", P | E | N, MODEL_TEXT, "none|required|PATH", "the alignment", "none", "alignment"},
    {"num-recycle", P, MODEL_TEXT, "N", "recycles", NULL, "recycles"},
    {"recycle-early-stop-tolerance", P, MODEL_TEXT, "X", "stop recycling below this change", NULL, "recycles"},
    {"num-models", P, MODEL_TEXT, "N", "how many of the model's parameter sets", NULL, "other parameter sets"},
    {"model-order", P, MODEL_TEXT, "LIST", "order of the model's parameter sets", NULL, "other parameter sets"},
    {"num-seeds", P, MODEL_TEXT, "N", "how many seeds", NULL, "random draws"},
    {"max-msa", P, MODEL_TEXT, "N:M", "rows of the alignment", NULL, "alignment"},
    {"rank", P, MODEL_TEXT, "auto|plddt|ptm|multimer", "how results are ranked", NULL, "several results to rank"},
    {"stop-at-score", P, MODEL_TEXT, "X", "stop when a result is this good", NULL, "several results to choose from"},
    {"templates", P, MODEL_FLAG, NULL, "use templates", NULL, "templates"},
    {"custom-template-path", P, MODEL_TEXT, "DIR", "use these templates", NULL, "templates"},
    {"pair-mode", P, MODEL_TEXT, "MODE", "how chains of the alignment are paired", NULL, "alignment"},
    {"pair-strategy", P, MODEL_TEXT, "NAME", "how chains of the alignment are paired", NULL, "alignment"},
    {"save-recycles", P, MODEL_FLAG, NULL, "write the structure of every recycle", NULL, "recycles"},
    {"save-single-representations", P, MODEL_FLAG, NULL, "write the single representation", NULL,
     "single representation output"},
    {"save-pair-representations", P, MODEL_FLAG, NULL, "write the pair representation", NULL, "pair representation"},
    {"features", P, MODEL_TEXT, "FILE.h5", "run on stored features", NULL, "stored features"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert((int)ROWS <= (int)PLEAT_OPTION_COUNT, "values[] of pleat_options is too short");

const pleat_option_row *pleat_options_row(int id) { return id >= 0 && id < ROWS ? &rows[id] : NULL; }

static bool same_name(const char *row, const char *given, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (row[i] != (given[i] == '_' ? '-' : given[i])) return false;
  return row[length] == 0;
}

static int find_option(unsigned bit, const char *name, size_t length) {
  for (int id = 0; id < ROWS; id++)
    if ((rows[id].verbs & bit) && same_name(rows[id].name, name, length)) return id;
  return -1;
}

/* Levenshtein distance of two short names; a name too long to be an option is far from all. */
static int edit_distance(const char *a, size_t a_length, const char *b) {
  enum { MOST = 48 };
  int row[MOST + 1];
  size_t b_length = strlen(b);
  if (a_length > MOST || b_length > MOST) return INT_MAX;
  for (size_t j = 0; j <= b_length; j++) row[j] = (int)j;
  for (size_t i = 1; i <= a_length; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= b_length; j++) {
      int best = diagonal + (a[i - 1] != b[j - 1]);
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[b_length];
}

static void say_unknown(const char *verb, unsigned bit, const char *name, size_t length) {
  int best = -1, least = 4;
  for (int id = 0; id < ROWS; id++) {
    int distance = rows[id].verbs & bit ? edit_distance(name, length, rows[id].name) : INT_MAX;
    if (distance < least) best = id, least = distance;
  }
  fprintf(stderr, "pleat %s: there is no option --%.*s", verb, (int)length, name);
  if (best >= 0)
    fprintf(stderr, "; did you mean --%s?\n", rows[best].name);
  else
    fprintf(stderr, "; 'pleat %s --help' lists those there are\n", verb);
}

static bool check_number(const char *verb, const pleat_option_row *row, const char *value) {
  char *end;
  errno = 0;
  long number = strtol(value, &end, 10), least = row->kind == PLEAT_OPTION_KIND_POSITIVE;
  if (!errno && end != value && !*end && number >= least && number <= INT_MAX) return true;
  fprintf(stderr, "pleat %s: --%s wants a whole number from %ld, not '%s'\n", verb, row->name, least, value);
  return false;
}

static bool is_flag(const pleat_option_row *row) {
  return row->kind == PLEAT_OPTION_KIND_FLAG || row->kind == PLEAT_OPTION_KIND_MODEL_FLAG;
}

/* Takes argv[*at] ("--name", "--name=value" or "--name value"); *at is left at the last argument used. */
static bool take_long(unsigned bit, int count, char **argv, int *at, pleat_options *options) {
  const char *name = argv[*at] + 2, *equals = strchr(name, '=');
  size_t length = equals ? (size_t)(equals - name) : strlen(name);
  int id = find_option(bit, name, length);
  if (id < 0) return say_unknown(options->verb, bit, name, length), false;
  const pleat_option_row *row = &rows[id];
  if (is_flag(row)) {
    if (equals) return fprintf(stderr, "pleat %s: --%s takes no value\n", options->verb, row->name), false;
    return options->values[id] = "on", true;
  }
  const char *value = equals ? equals + 1 : *at + 1 < count ? argv[++*at] : NULL;
  if (!value || !*value)
    return fprintf(stderr, "pleat %s: --%s needs a value: --%s %s\n", options->verb, row->name, row->name,
                   row->argument),
           false;
  bool number = row->kind == PLEAT_OPTION_KIND_NUMBER || row->kind == PLEAT_OPTION_KIND_POSITIVE;
  options->values[id] = value;
  return !number || check_number(options->verb, row, value);
}

static bool take_short(const char *argument, pleat_options *options) {
  static const struct {
    char letter;
    pleat_option_id id;
  } letters[] = {{'h', PLEAT_OPTION_HELP}, {'q', PLEAT_OPTION_QUIET}, {'v', PLEAT_OPTION_VERBOSE}};
  for (const char *c = argument + 1; *c; c++) {
    size_t i = 0;
    while (i < sizeof letters / sizeof letters[0] && letters[i].letter != *c) i++;
    if (i == sizeof letters / sizeof letters[0]) {
      fprintf(stderr, "pleat %s: there is no option -%c; 'pleat %s --help' lists those there are\n", options->verb, *c,
              options->verb);
      return false;
    }
    options->values[letters[i].id] = "on";
  }
  return true;
}

bool pleat_options_parse(const char *verb, unsigned bit, int count, char **argv, pleat_options *options) {
  bool only_inputs = false;
  options->verb = verb;
  for (int at = 0; at < count; at++) {
    if (only_inputs || argv[at][0] != '-' || !argv[at][1])
      options->inputs[options->input_count++] = argv[at];
    else if (!strcmp(argv[at], "--"))
      only_inputs = true;
    else if (argv[at][1] == '-' ? !take_long(bit, count, argv, &at, options) : !take_short(argv[at], options))
      return false;
  }
  return true;
}

const char *pleat_options_text(const pleat_options *options, pleat_option_id id) {
  return options->values[id] ? options->values[id] : rows[id].fallback;
}

long pleat_options_number(const pleat_options *options, pleat_option_id id) {
  const char *text = pleat_options_text(options, id);
  return text ? strtol(text, NULL, 10) : 0;
}

bool pleat_options_flag(const pleat_options *options, pleat_option_id id) { return options->values[id] != NULL; }

static void list_row(const pleat_option_row *row, FILE *out) {
  int width = fprintf(out, "  --%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
  if (width > 30)
    fprintf(out, "\n%32s", "");
  else
    fprintf(out, "%*s", 32 - width, "");
  fprintf(out, "%s", row->help);
  if (row->fallback) fprintf(out, " [%s]", row->fallback);
  fputc('\n', out);
}

void pleat_options_list(unsigned bit, FILE *out) {
  for (int id = 0; id < PLEAT_OPTION_FIRST_OF_MODEL; id++)
    if (rows[id].verbs & bit) list_row(&rows[id], out);
  for (int id = PLEAT_OPTION_FIRST_OF_MODEL, first = 1; id < ROWS; id++) {
    if (!(rows[id].verbs & bit)) continue;
    if (first) fprintf(out, "\nSettings of models; one that the model does not have is refused by name:\n"), first = 0;
    list_row(&rows[id], out);
  }
}
