/* An open model, and one run of its forward code: measured first, then for real.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_SESSION_H
#define PLEAT_FOLDING_SESSION_H

#include "folding/model.h"

struct pleat_model {
  pleat_context *context;
  const pleat_model_def *def;
  pleat_weights *files[PLEAT_MODEL_MAX_FILES];
  void *weights;
  pleat_precision precision; /* of the weights: the context's when the model was opened */
  double option[PLEAT_MODEL_MAX_OPTIONS];
  char option_text[PLEAT_MODEL_MAX_OPTIONS][24];
  pleat_arena arena; /* kept between short runs; grows when one needs more */
  pleat_speed speed; /* start 0: not measured yet */
  char *checkpoint;  /* path, or NULL */
  double checkpoint_seconds;
  pleat_trace_callback trace;
  void *trace_user;
};

/* The model that owns a file, and which of its files it is: the name of a one-file model, "frame2seq-2" of one with several. */
const pleat_model_def *pleat_session_find_file(const char *name, int *file);

/* The model's first own file, whose row of the catalogue stands for all. */
const char *pleat_session_own_name(const pleat_model_def *def);

/* That a weight file holds all that the model of this file's name needs, shaped and finite. */
pleat_status pleat_session_check_weights(pleat_context *context, const char *name, const pleat_weights *weights);

/* That the model runs in the context's precision. PLEAT_INT8=any lets all run in int8, for bench/precision. */
pleat_status pleat_session_check_fit(pleat_context *context, const pleat_model_def *def);

/* Forward code as the session sees it: `work` is what the caller of the run made. */
typedef struct pleat_session_work {
  const char *name; /* of what is run, for sentences */
  void (*forward)(pleat_run *run, const void *weights, const void *work);
  const void *measured, *real; /* the same work, without and with places for results */
  double progress_from, progress_share;
  struct pleat_checkpoint *checkpoint; /* of the real run, or NULL */
} pleat_session_work;

/* What a run takes. Where the context's memory limit asks for it, work goes in smaller chunks, which changes no bits; the
 * need is over the limit only when the smallest chunks do not help. */
typedef struct pleat_session_need {
  size_t bytes, kept; /* working memory; what results grow by */
  double flops, seconds;
  int64_t chunk_rows;
} pleat_session_need;

/* By the forward code without memory. Seconds are 0 without `speed`. */
pleat_status pleat_session_measure(pleat_model *model, const pleat_session_work *work, const pleat_speed *speed,
                                   pleat_session_need *need);

/* Whether it is within the context's memory limit. */
bool pleat_session_fits(const pleat_model *model, const pleat_session_need *need);

/* Measures, holds the need against the context's memory limit, runs. */
pleat_status pleat_session_run(pleat_model *model, const pleat_session_work *work);

/* An empty result that says which model made it, with the arrays of `outputs`, zeroed; -1 and -2 in their shapes stand for
 * length and samples. */
typedef struct pleat_session_shape {
  int64_t length, samples;
} pleat_session_shape;
pleat_status pleat_session_make_result(const pleat_model *model, const char *name, const pleat_model_output_def *outputs,
                                       pleat_session_shape shape, pleat_result **result);

/* Bytes of the arrays of `outputs`. */
size_t pleat_session_result_bytes(const pleat_model_output_def *outputs, pleat_session_shape shape);

#endif
