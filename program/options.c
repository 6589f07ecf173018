/* The parser of command lines, and the hint for a misspelt option.
 * SPDX-License-Identifier: MIT */
#include "program/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool same_name(const char *row, const char *given, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (row[i] != (given[i] == '_' ? '-' : given[i])) return false;
  return row[length] == 0;
}

static int find_option(unsigned bit, const char *name, size_t length) {
  const pleat_option_row *row;
  for (int id = 0; (row = pleat_options_row(id)); id++)
    if ((row->verbs & bit) && same_name(row->name, name, length)) return id;
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
  const pleat_option_row *row, *best = NULL;
  int least = 4;
  for (int id = 0; (row = pleat_options_row(id)); id++) {
    int distance = row->verbs & bit ? edit_distance(name, length, row->name) : INT_MAX;
    if (distance < least) best = row, least = distance;
  }
  fprintf(stderr, "pleat %s: there is no option --%.*s", verb, (int)length, name);
  if (best)
    fprintf(stderr, "; did you mean --%s?\n", best->name);
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

static bool is_switch(const pleat_option_row *row) {
  return row->kind == PLEAT_OPTION_KIND_SWITCH || row->kind == PLEAT_OPTION_KIND_TARGET_SWITCH;
}

static bool is_bit(const char *text) { return text && (text[0] == '0' || text[0] == '1') && !text[1]; }

/* "--x=0", "--x 0" or "--x". */
static bool take_switch(int id, const char *given, const char *next, int *at, pleat_options *options) {
  if (given && !is_bit(given))
    return fprintf(stderr, "pleat %s: --%s is 0 or 1, not '%s'\n", options->verb, pleat_options_row(id)->name, given), false;
  if (!given && is_bit(next)) given = next, ++*at;
  options->values[id] = given ? given : "1";
  return true;
}

/* LigandMPNN's scripts give '' for what is not wanted. */
static bool may_be_empty(const pleat_option_row *row, unsigned bit) {
  unsigned verbs = PLEAT_VERB_BIT_DESIGN | PLEAT_VERB_BIT_SCORE | PLEAT_VERB_BIT_PACK;
  return (bit & verbs) && (row->kind == PLEAT_OPTION_KIND_TEXT || row->kind == PLEAT_OPTION_KIND_TARGET_TEXT);
}

static bool take_value(int id, const char *value, pleat_options *options) {
  const pleat_option_row *row = pleat_options_row(id);
  bool number = row->kind == PLEAT_OPTION_KIND_NUMBER || row->kind == PLEAT_OPTION_KIND_POSITIVE;
  if (value && !*value && may_be_empty(row, options->bit)) return options->values[id] = NULL, true;
  if (!value || !*value)
    return fprintf(stderr, "pleat %s: --%s needs a value: --%s %s\n", options->verb, row->name, row->name,
                   row->argument),
           false;
  options->values[id] = value;
  return !number || check_number(options->verb, row, value);
}

/* Takes argv[*at] ("--name", "--name=value" or "--name value"); *at is left at the last argument used. */
static bool take_long(int count, char **argv, int *at, pleat_options *options) {
  const char *name = argv[*at] + 2, *equals = strchr(name, '='), *given = equals ? equals + 1 : NULL;
  const char *next = *at + 1 < count ? argv[*at + 1] : NULL;
  size_t length = equals ? (size_t)(equals - name) : strlen(name);
  int id = find_option(options->bit, name, length);
  if (id < 0) return say_unknown(options->verb, options->bit, name, length), false;
  const pleat_option_row *row = pleat_options_row(id);
  if (is_switch(row)) return take_switch(id, given, next, at, options);
  if (is_flag(row)) {
    if (equals) return fprintf(stderr, "pleat %s: --%s takes no value\n", options->verb, row->name), false;
    return options->values[id] = "on", true;
  }
  bool alone = row->argument[0] == '[' && !given && (!next || next[0] == '-');
  if (alone) return options->values[id] = "on", true;
  if (!given && next) given = next, ++*at;
  return take_value(id, given, options);
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
    options->values[letters[i].id] = "1";
  }
  return true;
}

bool pleat_options_parse(const char *verb, unsigned bit, int count, char **argv, pleat_options *options) {
  bool only_inputs = false;
  options->verb = verb;
  options->bit = bit;
  for (int at = 0; at < count; at++) {
    if (only_inputs || argv[at][0] != '-' || !argv[at][1])
      options->inputs[options->input_count++] = argv[at];
    else if (!strcmp(argv[at], "--"))
      only_inputs = true;
    else if (argv[at][1] == '-' ? !take_long(count, argv, &at, options) : !take_short(argv[at], options))
      return false;
  }
  return true;
}

const char *pleat_options_text(const pleat_options *options, pleat_option_id id) {
  return options->values[id] ? options->values[id] : pleat_options_fallback(id, options->bit);
}

long pleat_options_number(const pleat_options *options, pleat_option_id id) {
  const char *text = pleat_options_text(options, id);
  return text ? strtol(text, NULL, 10) : 0;
}

const char *pleat_options_model_text(const pleat_options *options, const char *name) {
  const pleat_option_row *row;
  for (int id = 0; (row = pleat_options_row(id)); id++)
    if (pleat_options_is_model_setting(row) && !strcmp(row->name, name)) return options->values[id];
  return NULL;
}

bool pleat_options_flag(const pleat_options *options, pleat_option_id id) {
  const char *value = options->values[id];
  if (!value && is_switch(pleat_options_row(id))) value = pleat_options_fallback(id, options->bit);
  return value && strcmp(value, "0") != 0;
}

bool pleat_options_is_model_setting(const pleat_option_row *row) {
  return row->kind == PLEAT_OPTION_KIND_MODEL_FLAG || row->kind == PLEAT_OPTION_KIND_MODEL_TEXT;
}

bool pleat_options_is_target_setting(const pleat_option_row *row) {
  return row->kind == PLEAT_OPTION_KIND_TARGET_SWITCH || row->kind == PLEAT_OPTION_KIND_TARGET_TEXT;
}

void pleat_options_target_name(const pleat_option_row *row, char *name) {
  snprintf(name, 64, "%s", row->name);
  for (char *c = name; *c; c++)
    if (*c == '-') *c = '_';
}

/* ---- Help ---- */

static void list_row(int id, unsigned bit, FILE *out) {
  const pleat_option_row *row = pleat_options_row(id);
  const char *fallback = pleat_options_fallback(id, bit);
  const char *argument = row->argument ? row->argument : is_switch(row) && id != PLEAT_OPTION_VERBOSE ? "0|1" : "";
  int width = fprintf(out, "  --%s%s%s", row->name, *argument ? " " : "", argument);
  if (width > 30)
    fprintf(out, "\n%32s", "");
  else
    fprintf(out, "%*s", 32 - width, "");
  fprintf(out, "%s", row->help);
  if (fallback) fprintf(out, " [%s]", fallback);
  fputc('\n', out);
}

typedef enum section { SECTION_GENERAL, SECTION_BACKBONE, SECTION_TARGET, SECTION_MODEL, SECTIONS } section;

static section section_of(int id) {
  const pleat_option_row *row = pleat_options_row(id);
  if (pleat_options_is_model_setting(row)) return SECTION_MODEL;
  if (pleat_options_is_target_setting(row)) return SECTION_TARGET;
  return id < PLEAT_OPTION_PDB_PATH ? SECTION_GENERAL : SECTION_BACKBONE;
}

void pleat_options_list(unsigned bit, FILE *out) {
  static const char *const titles[SECTIONS] = {
      "", "\nLigandMPNN's names, and a few more (dashes and underscores are the same; alone, an option of 0|1 is 1):\n",
      "\nWhat of the structure (the same for every input):\n",
      "\nSettings of models; one that the model does not have is refused by name:\n"};
  for (int part = 0; part < SECTIONS; part++) {
    bool first = true;
    for (int id = 0; pleat_options_row(id); id++) {
      if (!(pleat_options_row(id)->verbs & bit) || (int)section_of(id) != part) continue;
      if (first) fputs(titles[part], out);
      first = false;
      list_row(id, bit, out);
    }
  }
}
