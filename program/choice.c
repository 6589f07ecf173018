/* Which model and which seed the user means.
 * SPDX-License-Identifier: MIT */
#include "program/choice.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const struct {
  const char *type; /* LigandMPNN's --model_type */
  pleat_option_id checkpoint;
} types[] = {
    {"protein_mpnn", PLEAT_OPTION_CHECKPOINT_PROTEIN},
    {"soluble_mpnn", PLEAT_OPTION_CHECKPOINT_SOLUBLE},
    {"ligand_mpnn", PLEAT_OPTION_CHECKPOINT_LIGAND},
    {"per_residue_label_membrane_mpnn", PLEAT_OPTION_CHECKPOINT_PER_RESIDUE},
    {"global_label_membrane_mpnn", PLEAT_OPTION_CHECKPOINT_GLOBAL},
};
enum { TYPES = sizeof types / sizeof types[0] };

static bool is_model(const pleat_settings *settings, const char *name) {
  pleat_model_info info;
  for (size_t i = 0; i < pleat_model_count(); i++)
    if (pleat_model_info_get(settings->context, i, &info) == PLEAT_OK && !strcmp(info.name, name)) return true;
  return false;
}

/* "proteinmpnn_v_48_002", "proteinmpnn_v_48_002.pt", or a path: then the file is the weights, of the model that it is named
 * after, or else of the type's usual one. */
static void read_checkpoint(const pleat_settings *settings, pleat_option_id id, pleat_choice *choice) {
  const char *value = pleat_options_text(settings->options, id), *slash = strrchr(value, '/');
  const char *base = slash ? slash + 1 : value;
  size_t length = strlen(base);
  if (length > 3 && (!strcmp(base + length - 3, ".pt") || !strcmp(base + length - 3, ".h5"))) length -= 3;
  snprintf(choice->name, sizeof choice->name, "%.*s", (int)length, base);
  bool file = slash || (base[length] && !access(value, R_OK));
  choice->weights = file ? value : NULL;
  if (file && !is_model(settings, choice->name))
    snprintf(choice->name, sizeof choice->name, "%s", pleat_options_fallback((int)id, settings->options->bit));
}

static int find_type(const pleat_options *options) {
  const char *wanted = options->values[PLEAT_OPTION_MODEL_TYPE];
  for (int t = 0; t < TYPES; t++)
    if (!strcmp(types[t].type, wanted ? wanted : types[0].type)) return t;
  fprintf(stderr, "pleat %s: --model-type is one of:", options->verb);
  for (int t = 0; t < TYPES; t++) fprintf(stderr, "%s %s", t ? "," : "", types[t].type);
  fprintf(stderr, "; not '%s'\n", wanted);
  return -1;
}

/* A checkpoint of another type than the one in use would do nothing. */
static bool check_checkpoints(const pleat_options *options, int type) {
  for (int t = 0; t < TYPES; t++) {
    if (t == type || !options->values[types[t].checkpoint]) continue;
    fprintf(stderr, "pleat %s: --%s goes with --model-type %s, but the model type is %s\n", options->verb,
            pleat_options_row((int)types[t].checkpoint)->name, types[t].type, types[type].type);
    return false;
  }
  return true;
}

static bool any_type_given(const pleat_options *options) {
  bool given = options->values[PLEAT_OPTION_MODEL_TYPE] != NULL;
  for (int t = 0; t < TYPES; t++) given = given || options->values[types[t].checkpoint];
  return given;
}

/* `pack` has one kind of model and one flag. */
static bool choose_by_type(const pleat_settings *settings, pleat_choice *choice) {
  const pleat_options *options = settings->options;
  if (options->values[PLEAT_OPTION_MODEL] || options->values[PLEAT_OPTION_WEIGHTS]) {
    fprintf(stderr, "pleat %s: --model and --weights do not go with LigandMPNN's --model-type and --checkpoint flags\n",
            options->verb);
    return false;
  }
  if (options->bit == PLEAT_VERB_BIT_PACK) return read_checkpoint(settings, PLEAT_OPTION_CHECKPOINT_PACKER, choice), true;
  int type = find_type(options);
  if (type < 0 || !check_checkpoints(options, type)) return false;
  read_checkpoint(settings, types[type].checkpoint, choice);
  return true;
}

bool pleat_choice_model(const pleat_settings *settings, pleat_choice *choice) {
  const pleat_options *options = settings->options;
  bool packs = options->bit == PLEAT_VERB_BIT_PACK && options->values[PLEAT_OPTION_CHECKPOINT_PACKER];
  if (packs || any_type_given(options)) return choose_by_type(settings, choice);
  snprintf(choice->name, sizeof choice->name, "%s", pleat_options_text(options, PLEAT_OPTION_MODEL));
  choice->weights = options->values[PLEAT_OPTION_WEIGHTS];
  return true;
}

void pleat_choice_packer(const pleat_settings *settings, pleat_choice *choice) {
  read_checkpoint(settings, PLEAT_OPTION_CHECKPOINT_PACKER, choice);
}

bool pleat_choice_seed(const pleat_options *options, uint64_t *seed, bool *chosen) {
  const char *first = options->values[PLEAT_OPTION_SEED], *second = options->values[PLEAT_OPTION_RANDOM_SEED];
  if (first && second && strcmp(first, second)) {
    fprintf(stderr, "pleat %s: --seed and --random-seed say the same thing; give one of them\n", options->verb);
    return false;
  }
  uint32_t word;
  *seed = strtoull(first ? first : second ? second : "0", NULL, 10);
  *chosen = *seed == 0;
  if (!*chosen) return true;
  if (getrandom(&word, sizeof word, 0) != sizeof word) word = (uint32_t)time(NULL) * 2654435761u;
  *seed = 1 + word % 99998; /* the published code's range */
  return true;
}
