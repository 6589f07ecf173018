/* JSON side files under LigandMPNN's names: what is fixed, biased or left out, for all inputs or each of them.
 * SPDX-License-Identifier: MIT */
#include "program/side_file.h"

#include <stdlib.h>
#include <string.h>

#include "program/output.h"

/* What the value for one input means: a text of residues, {residue: {letter: number}}, {residue: letters}. */
typedef enum side_kind { SIDE_RESIDUES, SIDE_BIAS, SIDE_OMIT } side_kind;

static const struct {
  pleat_option_id id;
  side_kind kind;
  bool several;        /* {input: value}; else the value itself, for all inputs */
  const char *setting; /* of SIDE_RESIDUES: the target's */
  const char *rival;   /* an option that says the same */
} kinds[PLEAT_SIDE_FILES] = {
    {PLEAT_OPTION_FIXED_MULTI, SIDE_RESIDUES, true, "fixed_residues", "fixed-residues"},
    {PLEAT_OPTION_REDESIGNED_MULTI, SIDE_RESIDUES, true, "redesigned_residues", "redesigned-residues"},
    {PLEAT_OPTION_BIAS_PER_RESIDUE, SIDE_BIAS, false, NULL, "bias-AA-per-residue-multi"},
    {PLEAT_OPTION_BIAS_PER_RESIDUE_MULTI, SIDE_BIAS, true, NULL, "bias-AA-per-residue"},
    {PLEAT_OPTION_OMIT_PER_RESIDUE, SIDE_OMIT, false, NULL, "omit-AA-per-residue-multi"},
    {PLEAT_OPTION_OMIT_PER_RESIDUE_MULTI, SIDE_OMIT, true, NULL, "omit-AA-per-residue"},
};

/* Added to the logit of a letter that is left out, as published. */
static const double left_out = -1e8;

static const char *value_of(const pleat_options *options, const char *name) {
  const pleat_option_row *row;
  for (int id = 0; (row = pleat_options_row(id)); id++)
    if (!strcmp(row->name, name)) return options->values[id];
  return NULL;
}

static bool read_one(const pleat_options *options, int k, pleat_side_files *files) {
  const char *path = options->values[kinds[k].id], *name = pleat_options_row((int)kinds[k].id)->name;
  json_error_t error;
  if (!path) return true;
  if (value_of(options, kinds[k].rival)) {
    fprintf(stderr, "pleat %s: --%s and --%s say the same thing; give one of them\n", options->verb, name,
            kinds[k].rival);
    return false;
  }
  files->root[k] = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (!files->root[k])
    fprintf(stderr, "pleat %s: --%s: %s:%d: %s\n", options->verb, name, path, error.line, error.text);
  else if (!json_is_object(files->root[k]))
    fprintf(stderr, "pleat %s: --%s: %s: a JSON object is expected, %s\n", options->verb, name, path,
            pleat_options_row((int)kinds[k].id)->help);
  return json_is_object(files->root[k]);
}

bool pleat_side_files_read(const pleat_options *options, pleat_side_files *files) {
  *files = (pleat_side_files){{0}};
  for (int k = 0; k < PLEAT_SIDE_FILES; k++)
    if (!read_one(options, k, files)) return false;
  return true;
}

void pleat_side_files_free(pleat_side_files *files) {
  for (int k = 0; k < PLEAT_SIDE_FILES; k++) json_decref(files->root[k]);
}

/* ---- One input ---- */

/* The value of file k for the input; NULL when it has none. */
static json_t *find_value(const pleat_side_files *files, int k, const pleat_input *input) {
  json_t *root = files->root[k];
  if (!root || !kinds[k].several) return root;
  const char *slash = strrchr(input->given, '/');
  json_t *value = json_object_get(root, input->given);
  if (!value) value = json_object_get(root, input->path);
  if (!value && slash) value = json_object_get(root, slash + 1);
  return value ? value : json_object_get(root, input->name);
}

static bool refuse(const pleat_settings *settings, const pleat_input *input, int k, const char *why) {
  fprintf(stderr, "pleat %s: %s: --%s: %s\n", settings->options->verb, input->name,
          pleat_options_row((int)kinds[k].id)->name, why);
  return false;
}

static bool check(const pleat_settings *settings, pleat_status status) {
  if (status) pleat_settings_fail(settings, status);
  return status == PLEAT_OK;
}

/* "A12 A13" or ["A12", "A13"]. */
static char *join_residues(const json_t *value) {
  if (json_is_string(value)) return pleat_output_path("%s", json_string_value(value));
  char *text = pleat_output_path("%s", "");
  for (size_t i = 0; i < json_array_size(value); i++) {
    const char *one = json_string_value(json_array_get(value, i));
    char *longer = one ? pleat_output_path("%s%s%s", text, i ? " " : "", one) : NULL;
    free(text);
    if (!longer) return NULL;
    text = longer;
  }
  return text;
}

static bool set_residues(const pleat_settings *settings, const pleat_input *input, int k, const json_t *value,
                         pleat_target *target) {
  char *text = json_is_string(value) || json_is_array(value) ? join_residues(value) : NULL;
  if (!text) return refuse(settings, input, k, "the residues are a text such as \"A12 A13\" or an array of texts");
  bool ok = !*text || check(settings, pleat_target_set_option(target, kinds[k].setting, text));
  free(text);
  return ok;
}

static bool add_biases(const pleat_settings *settings, const pleat_input *input, int k, const char *residue,
                       json_t *value, pleat_target *target) {
  const char *letter;
  json_t *number;
  if (!json_is_object(value)) return refuse(settings, input, k, "the biases of a residue are {\"G\": -0.3, \"C\": -2.0}");
  json_object_foreach(value, letter, number) {
    if (!json_is_number(number) || strlen(letter) != 1)
      return refuse(settings, input, k, "the biases of a residue are {\"G\": -0.3, \"C\": -2.0}");
    if (!check(settings, pleat_target_add_bias(target, residue, *letter, json_number_value(number)))) return false;
  }
  return true;
}

static bool omit_letters(const pleat_settings *settings, const pleat_input *input, int k, const char *residue,
                         const json_t *value, pleat_target *target) {
  if (!json_is_string(value)) return refuse(settings, input, k, "the letters of a residue are a text such as \"APQ\"");
  for (const char *letter = json_string_value(value); *letter; letter++)
    if (!check(settings, pleat_target_add_bias(target, residue, *letter, left_out))) return false;
  return true;
}

static bool apply_one(const pleat_settings *settings, const pleat_input *input, int k, json_t *value,
                      pleat_target *target) {
  const char *residue;
  json_t *each;
  if (kinds[k].kind == SIDE_RESIDUES) return set_residues(settings, input, k, value, target);
  if (!json_is_object(value)) return refuse(settings, input, k, "an object with residues such as \"A12\" is expected");
  json_object_foreach(value, residue, each) {
    bool ok = kinds[k].kind == SIDE_BIAS ? add_biases(settings, input, k, residue, each, target)
                                         : omit_letters(settings, input, k, residue, each, target);
    if (!ok) return false;
  }
  return true;
}

bool pleat_side_files_apply(const pleat_side_files *files, const pleat_settings *settings, const pleat_input *input,
                            pleat_target *target) {
  for (int k = 0; k < PLEAT_SIDE_FILES; k++) {
    if (!files->root[k]) continue;
    json_t *value = find_value(files, k, input);
    if (!value) return refuse(settings, input, k, "the file says nothing of this input; its keys are paths as given");
    if (!apply_one(settings, input, k, value, target)) return false;
  }
  return true;
}

char *pleat_side_files_describe(const pleat_side_files *files, const pleat_input *input) {
  char *text = pleat_output_path("%s", "");
  for (int k = 0; k < PLEAT_SIDE_FILES; k++) {
    json_t *value = files->root[k] ? find_value(files, k, input) : NULL;
    char *json = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    char *longer = pleat_output_path("%s%s%s%s%s", text, json ? " " : "",
                                     json ? pleat_options_row((int)kinds[k].id)->name : "", json ? "=" : "", json ? json : "");
    free(json);
    free(text);
    text = longer;
  }
  return text;
}
