/* What stands between a command and its first product: prints the monotonic clock, in nanoseconds, when it is ready.
 * SPDX-License-Identifier: MIT
 *
 * startbench model NAME MODELS-DIR    a model is open, its weights packed
 * startbench write FILE MEGABYTES     makes a model file of that size; prints nothing
 * startbench open FILE                a model file is mapped, its tensors found */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/memory.h"
#include "lib/weights.h"

static void print_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%" PRId64 "\n", (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static pleat_status start_model(pleat_context *context, const char *name, const char *folder) {
  pleat_model *model;
  PLEAT_TRY(pleat_context_set_models_dir(context, folder));
  PLEAT_TRY(pleat_model_open(context, name, &model));
  print_clock();
  pleat_model_free(model);
  return PLEAT_OK;
}

/* Tensors of 2 MB each, as many as it takes. */
static pleat_status fill(pleat_weights *weights, int megabytes, float *zeros) {
  for (int i = 0; i < megabytes / 2; i++) {
    char name[40];
    snprintf(name, sizeof name, "layer.%d.weight", i);
    PLEAT_TRY(pleat_weights_add(weights, name, &(pleat_tensor){zeros, PLEAT_DTYPE_F32, 2, {1000, 500}}));
  }
  return PLEAT_OK;
}

static pleat_status write_file(pleat_context *context, const char *path, int megabytes) {
  pleat_weights *weights;
  float *zeros;
  PLEAT_TRY(pleat_weights_create(context, path, &weights));
  pleat_status status = pleat_memory_take(context, 500000, sizeof *zeros, &zeros);
  if (!status) status = fill(weights, megabytes, zeros);
  if (!status) status = pleat_weights_write(weights, path);
  pleat_memory_release(context, zeros);
  pleat_weights_free(weights);
  return status;
}

static pleat_status open_file(pleat_context *context, const char *path) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_weights_open(context, path, &weights));
  print_clock();
  pleat_weights_free(weights);
  return PLEAT_OK;
}

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_status status = PLEAT_ERROR_INPUT;
  if (pleat_context_create(NULL, &context)) return 1;
  if (argc == 4 && !strcmp(argv[1], "model")) status = start_model(context, argv[2], argv[3]);
  else if (argc == 4 && !strcmp(argv[1], "write")) status = write_file(context, argv[2], atoi(argv[3]));
  else if (argc == 3 && !strcmp(argv[1], "open")) status = open_file(context, argv[2]);
  if (status) fprintf(stderr, "startbench: %s\n", argc < 3 ? "model NAME DIR, write FILE MB or open FILE" : pleat_context_error(context));
  pleat_context_free(context);
  return status != PLEAT_OK;
}
