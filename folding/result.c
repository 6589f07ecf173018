/* Building a result and handing out what it holds.
 * SPDX-License-Identifier: MIT */
#include "folding/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

pleat_status pleat_result_copy_text(pleat_result *result, const char *text, const char **copy) {
  char *made;
  PLEAT_TRY(pleat_pool_copy_text(&result->pool, text, strlen(text), &made));
  *copy = made;
  return PLEAT_OK;
}

pleat_status pleat_result_create(pleat_context *context, const char *name, pleat_result **out) {
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **out, out));
  pleat_result *result = *out;
  result->context = context;
  result->sane = true;
  pleat_pool_init(&result->pool, context, 0);
  pleat_status status = pleat_result_copy_text(result, name, &result->name);
  if (status) {
    pleat_result_free(result);
    *out = NULL;
  }
  return status;
}

void pleat_result_free(pleat_result *result) {
  if (!result) return;
  pleat_structure_free(result->structure);
  for (size_t i = 0; result->sample_structures && i < result->samples; i++)
    pleat_structure_free(result->sample_structures[i]);
  pleat_memory_release(result->context, result->arrays);
  pleat_pool_free(&result->pool);
  pleat_memory_release(result->context, result);
}

pleat_status pleat_result_add_array(pleat_result *result, const char *name, int rank, const size_t *shape,
                                    float **data) {
  size_t count = 1;
  char *copy;
  for (int d = 0; d < rank; d++) count *= shape[d];
  PLEAT_TRY(pleat_memory_grow(result->context, &result->arrays, &result->array_capacity, result->array_count + 1,
                              sizeof *result->arrays));
  PLEAT_TRY(pleat_pool_copy_text(&result->pool, name, strlen(name), &copy));
  PLEAT_TRY(pleat_pool_take(&result->pool, count, sizeof(float), data));
  pleat_array *array = &result->arrays[result->array_count++];
  *array = (pleat_array){.name = copy, .data = *data, .rank = rank};
  memcpy(array->shape, shape, (size_t)rank * sizeof *shape);
  return PLEAT_OK;
}

float *pleat_result_find(const pleat_result *result, const char *name) {
  for (size_t i = 0; i < result->array_count; i++)
    if (!strcmp(result->arrays[i].name, name)) return (float *)(uintptr_t)result->arrays[i].data;
  return NULL;
}

pleat_status pleat_result_warn(pleat_result *result, const char *format, ...) {
  char sentence[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  pleat_log(result->context, PLEAT_LOG_WARNING, "%s: %s", result->name, sentence);
  if (result->warning_count == PLEAT_RESULT_MAX_WARNINGS) return PLEAT_OK;
  PLEAT_TRY(pleat_result_copy_text(result, sentence, &result->warnings[result->warning_count]));
  result->warning_count++;
  return PLEAT_OK;
}

const char *pleat_result_name(const pleat_result *result) { return result->name; }
const pleat_structure *pleat_result_structure(const pleat_result *result) { return result->structure; }
size_t pleat_result_array_count(const pleat_result *result) { return result->array_count; }
pleat_array pleat_result_array_at(const pleat_result *result, size_t index) { return result->arrays[index]; }
size_t pleat_result_warning_count(const pleat_result *result) { return result->warning_count; }
const char *pleat_result_warning(const pleat_result *result, size_t index) { return result->warnings[index]; }
size_t pleat_result_sample_count(const pleat_result *result) { return result->samples; }
const char *pleat_result_sample_sequence(const pleat_result *result, size_t sample) {
  return result->sample_sequences[sample];
}
const pleat_structure *pleat_result_sample_structure(const pleat_result *result, size_t sample) {
  return result->sample_structures ? result->sample_structures[sample] : NULL;
}
int pleat_result_is_sane(const pleat_result *result) { return result->sane; }

pleat_status pleat_result_array(const pleat_result *result, const char *name, pleat_array *array) {
  char names[512] = "";
  for (size_t i = 0; i < result->array_count; i++) {
    if (!strcmp(result->arrays[i].name, name)) {
      *array = result->arrays[i];
      return PLEAT_OK;
    }
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", result->arrays[i].name);
  }
  return pleat_status_fail(result->context, PLEAT_ERROR_NOT_FOUND, "the result has no array '%s'; it has: %s", name,
                           names);
}
