/* What a run leaves for the caller: named arrays, the structure, warnings, and how it was made.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_RESULT_H
#define PLEAT_FOLDING_RESULT_H

#include <stdbool.h>

#include "lib/memory.h"

enum { PLEAT_RESULT_MAX_WARNINGS = 16 };

struct pleat_result {
  pleat_context *context;
  pleat_pool pool; /* owns every text and array below */
  const char *name, *model, *model_title, *sha256, *license, *citation;
  const char *options; /* "dlc=on idealise=off" */
  int chains;
  const char *const *chain_ids;
  const char *const *sequences; /* one letter a residue, chain by chain */
  pleat_array *arrays;
  size_t array_count, array_capacity;
  const pleat_template_info *templates; /* that it was made with */
  size_t template_count;
  uint64_t seed; /* of the random numbers; 0 where there are none */
  const char *warnings[PLEAT_RESULT_MAX_WARNINGS];
  size_t warning_count;
  bool sane;
  pleat_structure *structure; /* NULL when the model makes none */
  size_t samples;             /* of design, score and pack */
  const char **sample_sequences;
  pleat_structure **sample_structures; /* NULL: none */
};

pleat_status pleat_result_create(pleat_context *context, const char *name, pleat_result **result);

/* A copy of the text that lives as long as the result. */
pleat_status pleat_result_copy_text(pleat_result *result, const char *text, const char **copy);

/* A zeroed array of the result; `name` is copied, `data` is where to write it. */
pleat_status pleat_result_add_array(pleat_result *result, const char *name, int rank, const size_t *shape,
                                    float **data);

/* The data of an array by name, NULL when there is none. */
float *pleat_result_find(const pleat_result *result, const char *name);

/* One sentence more; also sent to the context's log as a warning. */
pleat_status pleat_result_warn(pleat_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
