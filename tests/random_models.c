/* Writes model files with random weights for the command-line tests: random_models FOLDER MODEL...
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "tests/random_alphafold.h"
#include "tests/random_weights.h"

static int write_model(pleat_context *context, const char *folder, const pleat_model_def *def) {
  if (random_alphafold_is(def->name) && random_alphafold_write(context, folder, def->name)) {
    fprintf(stderr, "random_models: %s\n", pleat_context_error(context));
    return 1;
  }
  if (random_alphafold_is(def->name)) return 0;
  for (int file = 0; file < PLEAT_MODEL_MAX_FILES && def->files[file]; file++) {
    if (file < def->borrowed || !random_weights_write(context, folder, def, file, RANDOM_DAMAGE_NONE)) continue;
    fprintf(stderr, "random_models: %s\n", pleat_context_error(context));
    return 1;
  }
  return 0;
}

/* Models that this build does not have are an error. */
static int write_named(pleat_context *context, const char *folder, const char *name) {
  for (size_t i = 0; pleat_models[i]; i++)
    if (!strcmp(pleat_models[i]->name, name)) return write_model(context, folder, pleat_models[i]);
  fprintf(stderr, "random_models: there is no model '%s'\n", name);
  return 1;
}

int main(int count, char **argv) {
  pleat_context *context;
  int bad = count < 3 || pleat_context_create(NULL, &context);
  if (bad) return fprintf(stderr, "usage: random_models FOLDER MODEL...\n"), 1;
  for (int i = 2; i < count; i++) bad |= write_named(context, argv[1], argv[i]);
  pleat_context_free(context);
  return bad;
}
