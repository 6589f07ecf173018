/* Model files with random weights, so that models run in tests without their published ones.
 * SPDX-License-Identifier: MIT */
#include "tests/random_weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/random.h"

/* Adds a table's tensors, scaled so that activations stay of order one; `hurt` is done to the first of all. */
static pleat_status add_table(pleat_weights *weights, const pleat_model_table *table, random_damage hurt) {
  pleat_random stream = pleat_random_stream(1, 0, 0);
  for (int block = 0; block < table->blocks; block++) {
    for (const pleat_weight_row *row = table->rows; row->name; row++) {
      static float data[1 << 19];
      char pattern[160], name[160];
      pleat_tensor tensor = {.data = data, .dtype = PLEAT_DTYPE_F32, .rank = row->rank};
      memcpy(tensor.shape, row->shape, sizeof row->shape);
      bool first = block == 0 && row == table->rows;
      snprintf(pattern, sizeof pattern, "%s%s", table->prefix, row->name);
      snprintf(name, sizeof name, pattern, block);
      float scale = row->rank == 2 ? sqrtf(1 / (float)row->shape[1]) : 0.1f;
      for (size_t i = 0; i < pleat_tensor_count(&tensor); i++)
        data[i] = scale * pleat_random_normal(&stream, i + pleat_random_hash(name));
      if (first && hurt == RANDOM_DAMAGE_MISSING) continue;
      if (first && hurt == RANDOM_DAMAGE_SHAPE) tensor.shape[0]--;
      if (first && hurt == RANDOM_DAMAGE_NAN) data[3] = NAN;
      PLEAT_TRY(pleat_weights_add(weights, name, &tensor));
    }
  }
  return PLEAT_OK;
}

pleat_status random_weights_write(pleat_context *context, const char *folder, const pleat_model_def *def, int file,
                                  random_damage hurt) {
  char path[512];
  pleat_weights *weights;
  snprintf(path, sizeof path, "%s/%s.h5", folder, def->files[file]);
  PLEAT_TRY(pleat_weights_create(context, path, &weights));
  pleat_status status = PLEAT_OK;
  bool first = true;
  for (const pleat_model_table *table = def->tables; table->rows && !status; table++) {
    if (table->file != file) continue;
    status = add_table(weights, table, first ? hurt : RANDOM_DAMAGE_NONE);
    first = false;
  }
  pleat_weights_about about = {.model = def->files[file], .source_file = "random", .sha256 = "", .license = "", .citation = ""};
  if (!status) status = pleat_weights_set_about(weights, &about);
  if (!status) status = pleat_weights_write(weights, path);
  pleat_weights_free(weights);
  return status;
}
