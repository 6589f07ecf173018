/* Parameters of AlphaFold 2 drawn at random, by the list of their names and shapes in tests/golden/alphafold2.
 * SPDX-License-Identifier: MIT */
#include "tests/random_alphafold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

#define PREFIX "alphafold/alphafold_iteration/"

/* One line of the list: "evoformer/left_single//weights 21,128", of stacks "*1,128,512". */
typedef struct listed {
  char name[256];
  bool stacked;
  pleat_tensor tensor;
} listed;

static bool parse(const char *line, listed *a) {
  char shape[64];
  char *at = shape;
  if (*line == '#' || sscanf(line, "%200s %63s", a->name + sizeof PREFIX - 1, shape) != 2) return false;
  memcpy(a->name, PREFIX, sizeof PREFIX - 1);
  a->stacked = *at == '*';
  a->tensor = (pleat_tensor){.dtype = PLEAT_DTYPE_F32};
  for (at += a->stacked; *at; at += *at == ',') a->tensor.shape[a->tensor.rank++] = strtol(at, &at, 10);
  return true;
}

static bool ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && !strcmp(text + length - tail, ending);
}

/* Norms around 1, biases small, weights so that activations stay of order one. */
static void draw(const listed *a, uint32_t model, float *data) {
  pleat_random stream = pleat_random_stream(7, pleat_random_hash(a->name), model);
  size_t count = pleat_tensor_count(&a->tensor);
  int first = a->stacked, last = a->tensor.rank - 1;
  double inputs = 1;
  bool spread = strstr(a->name, "//query_w") || strstr(a->name, "//key_w") || strstr(a->name, "//value_w") ||
                strstr(a->name, "//gating_w");
  for (int d = first; d < (spread ? first + 1 : last); d++) inputs *= (double)a->tensor.shape[d];
  bool norm = ends_with(a->name, "//scale"), bias = last == first && !norm;
  float middle = norm ? 1 : 0, spread_by = norm || bias ? 0.1f : (float)sqrt(1 / inputs);
  for (size_t i = 0; i < count; i++) data[i] = middle + spread_by * pleat_random_normal(&stream, i);
}

/* Which of the listed arrays a model has: without pTM no head of errors, models 3 to 5 no templates. */
static bool has(const char *model, const char *name) {
  bool multimer = strstr(model, "multimer") != NULL, ptm = strstr(model, "_ptm_") != NULL;
  int number = atoi(model + strlen(model) - 1);
  if (!multimer && !ptm && strstr(name, "predicted_aligned_error_head")) return false;
  return multimer || number < 3 || !strstr(name, "/template_");
}

static pleat_status add_listed(pleat_weights *weights, const char *model, FILE *list) {
  char line[400];
  listed a;
  while (fgets(line, sizeof line, list)) {
    if (!parse(line, &a) || !has(model, a.name)) continue;
    float *data = malloc(pleat_tensor_count(&a.tensor) * sizeof *data);
    if (!data) return PLEAT_ERROR_MEMORY;
    draw(&a, pleat_random_hash(model), data);
    a.tensor.data = data;
    pleat_status status = pleat_weights_add(weights, a.name, &a.tensor);
    free(data);
    PLEAT_TRY(status);
  }
  return PLEAT_OK;
}

bool random_alphafold_is(const char *model) { return !strncmp(model, "alphafold2_", 11); }

pleat_status random_alphafold_make(pleat_context *context, const char *model, pleat_weights **weights) {
  const char *path = strstr(model, "multimer") ? PLEAT_TEST_GOLDEN "/alphafold2/shapes_multimer_v3.txt"
                                               : PLEAT_TEST_GOLDEN "/alphafold2/shapes_monomer_ptm.txt";
  *weights = NULL;
  FILE *list = fopen(path, "r");
  if (!list) return pleat_status_fail(context, PLEAT_ERROR_IO, "%s: is not there", path);
  pleat_status status = pleat_weights_create(context, model, weights);
  if (!status) status = add_listed(*weights, model, list);
  fclose(list);
  if (!status) return PLEAT_OK;
  pleat_weights_free(*weights);
  *weights = NULL;
  return status;
}

pleat_status random_alphafold_write(pleat_context *context, const char *folder, const char *model) {
  const pleat_weights_about about = {.model = model, .source_file = "random", .sha256 = "", .license = "", .citation = ""};
  char path[512];
  pleat_weights *weights;
  PLEAT_TRY(random_alphafold_make(context, model, &weights));
  snprintf(path, sizeof path, "%s/%s.h5", folder, model);
  pleat_status status = pleat_weights_set_about(weights, &about);
  if (!status) status = pleat_weights_write(weights, path);
  pleat_weights_free(weights);
  return status;
}
