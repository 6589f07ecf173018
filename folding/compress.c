/* Model files in fewer bits.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "data/store.h"
#include "folding/session.h"
#include "lib/precision.h"

/* "FOLDER/NAME.h5" becomes "FOLDER/NAME.bf16.h5" in the context's found_path. */
static pleat_status name_output(pleat_context *context, const char *source, const char *path) {
  size_t length = strlen(source);
  bool ends = length > 3 && !strcmp(source + length - 3, ".h5");
  int size = path ? snprintf(context->found_path, sizeof context->found_path, "%s", path)
                  : snprintf(context->found_path, sizeof context->found_path, "%.*s.%s.h5", (int)(ends ? length - 3 : length),
                             source, pleat_precision_name(context->precision));
  PLEAT_CHECK(context, size < (int)sizeof context->found_path, PLEAT_ERROR_INPUT, "%s: the path is too long", source);
  PLEAT_CHECK(context, strcmp(context->found_path, source) != 0, PLEAT_ERROR_INPUT,
              "%s: would be replaced by its compressed form; give another name", source);
  return PLEAT_OK;
}

static pleat_status write_compressed(pleat_context *context, const pleat_weights *weights, const char *path) {
  pleat_weights *compressed;
  PLEAT_TRY(name_output(context, pleat_weights_path(weights), path));
  PLEAT_TRY(pleat_weights_compress(weights, context->precision, &compressed));
  pleat_status status = pleat_weights_write(compressed, context->found_path);
  pleat_weights_free(compressed);
  return status;
}

/* Binds all that the model needs, whereby it shows what may be rounded. */
static pleat_status compress(pleat_context *context, const pleat_weights *weights, const char *path,
                             pleat_compression sizes[PLEAT_COMPRESSIONS]) {
  pleat_weights_about about = pleat_weights_describe(weights);
  int file;
  const pleat_model_def *def = pleat_session_find_file(about.model, &file);
  PLEAT_CHECK(context, def, PLEAT_ERROR_INPUT, "%s: does not say which model it holds; import it first (pleat models import)",
              pleat_weights_path(weights));
  PLEAT_TRY(pleat_session_check_fit(context, def));
  PLEAT_TRY(pleat_session_check_weights(context, about.model, weights));
  pleat_weights_size_up(weights, sizes);
  return context->precision == PLEAT_PRECISION_FP32 ? PLEAT_OK : write_compressed(context, weights, path);
}

/* The own file of a model by its name or short name; other names are taken as they are. */
static const char *file_of(const char *name) {
  const pleat_model_def *def = pleat_models_find(name);
  return def && (def->borrowed + 1 == PLEAT_MODEL_MAX_FILES || !def->files[def->borrowed + 1]) ? def->files[def->borrowed] : name;
}

pleat_status pleat_model_compress(pleat_context *context, const char *name_or_path, const char *path,
                                  pleat_compression sizes[PLEAT_COMPRESSIONS], const char **written) {
  pleat_weights *weights;
  if (written) *written = NULL;
  PLEAT_TRY(pleat_store_open(context, file_of(name_or_path), &weights));
  pleat_status status = compress(context, weights, path, sizes);
  pleat_weights_free(weights);
  if (!status && written && context->precision != PLEAT_PRECISION_FP32) *written = context->found_path;
  return status;
}
