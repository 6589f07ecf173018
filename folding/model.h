/* What a model must say of itself (types only; the list is models.c).
 * SPDX-License-Identifier: MIT
 *
 * The session walks a model's tables: it finds and binds the weight files, offers the options, makes the output arrays,
 * runs `forward` once without memory to measure and once for real, and lets `finish` turn numbers into a result. */
#ifndef PLEAT_FOLDING_MODEL_H
#define PLEAT_FOLDING_MODEL_H

#include "folding/features.h"
#include "folding/result.h"
#include "folding/target.h"
#include "lib/random.h"
#include "lib/run.h"
#include "lib/weights.h"

enum {
  PLEAT_MODEL_MAX_FILES = 3,
  PLEAT_MODEL_MAX_OPTIONS = 12,
  PLEAT_MODEL_MAX_OUTPUTS = 16,
  PLEAT_MODEL_MAX_TABLES = 24, /* the last stays empty */
  PLEAT_PASS_MAX_SEQUENCES = 64
};

/* A setting of the model: a switch ("on" is 1, "off" is 0), or a number from `least` to `most`. */
typedef struct pleat_model_option_def {
  const char *name, *help;
  double start;       /* its value unless set */
  double least, most; /* both 0: a switch */
  bool whole;         /* no fractions */
} pleat_model_option_def;

/* An output array; in the shape -1 stands for L and, of design, score and pack, -2 for the number of samples. A rank of
 * 0 is one number a query, kept as shape (1). */
enum { PLEAT_SHAPE_LENGTH = -1, PLEAT_SHAPE_SAMPLES = -2 };
typedef struct pleat_model_output_def {
  const char *name;
  int rank;
  int shape[4];
} pleat_model_output_def;

/* Rows of weights for `blocks` blocks of one model file: block b goes to offset + b * stride of the weights struct. */
typedef struct pleat_model_table {
  const pleat_weight_row *rows; /* NULL ends a list of tables */
  int file, blocks;             /* which of the model's files */
  const char *prefix;           /* stands before every name in the file */
  size_t offset, stride;
} pleat_model_table;

/* One forward pass: `count` sequences (at most PLEAT_PASS_MAX_SEQUENCES) laid end to end, sequence i in rows start[i]
 * .. start[i+1]-1 of every tensor. */
typedef struct pleat_pass {
  int64_t count, rows;
  const pleat_features *features; /* (count) */
  const int64_t *start;           /* (count + 1) */
  pleat_result *const *results;   /* (count); NULL while measuring */
  double option[PLEAT_MODEL_MAX_OPTIONS];
} pleat_pass;

/* One run of design, score or pack on a target; the settings of the others are 0. */
typedef struct pleat_design_task {
  const pleat_backbone *backbone;
  const pleat_array *draws[PLEAT_DRAW_KINDS]; /* NULL: from the stream */
  int64_t samples, first_sample;
  uint64_t seed;
  double temperature;
  bool single, use_sequence;                  /* score */
  int steps, candidates;                      /* pack */
  bool repack_everything, ligand_context;
  double option[PLEAT_MODEL_MAX_OPTIONS];
  pleat_result *result;                       /* its arrays are written; NULL while measuring */
} pleat_design_task;

/* The stream of the task's sample b. */
pleat_random pleat_design_stream(const pleat_design_task *task, int64_t b);

/* Runs a task: writes every array of `outputs` but those that folding/design.c makes itself from S and log_probs
 * (loss_per_residue, confidences, seq_rec, score). forward NULL: the model does not do it. */
typedef struct pleat_design_def {
  pleat_model_output_def outputs[PLEAT_MODEL_MAX_OUTPUTS];
  void (*forward)(pleat_run *run, const void *weights, const pleat_design_task *task);
} pleat_design_def;

typedef struct pleat_model_def {
  const char *name, *title, *task, *notes;  /* task: the main one, for listings; licence, citation and source stand in data/catalog.c */
  const char *int8_harm;                    /* why it does not run with weights in int8; NULL: it does, see bench/README.md */
  const char *short_name;                   /* of a family's usual member, "proteinmpnn"; NULL: none */
  const char *files[PLEAT_MODEL_MAX_FILES]; /* model files by name: first those of models that it builds on */
  int borrowed;                             /* how many of the files are another model's */
  pleat_model_option_def options[PLEAT_MODEL_MAX_OPTIONS];
  pleat_model_output_def outputs[PLEAT_MODEL_MAX_OUTPUTS];
  int64_t pass_rows;   /* residues in one pass, so that activations stay in cache */
  size_t weights_size; /* of the struct that the tables fill */
  pleat_model_table tables[PLEAT_MODEL_MAX_TABLES];
  pleat_status (*pack)(pleat_context *context, void *weights); /* after binding: fuses and packs */
  /* in the place of tables and pack, for networks whose sizes the files tell; on failure nothing is left */
  pleat_status (*load)(pleat_context *context, pleat_weights *const *files, void *weights);
  void (*unload)(pleat_context *context, void *weights);

  /* sequence to structure; forward NULL: the model does not do it */
  pleat_status (*features)(pleat_context *context, const pleat_query *query, pleat_pool *pool,
                           pleat_features *features);
  void (*forward)(pleat_run *run, const void *weights, const pleat_pass *pass);
  pleat_status (*finish)(const pleat_features *features, const double *option, pleat_result *result);

  /* `heeds`: what only some models take and this one does, each between blanks: of targets " symmetry_residues
   * homo_oligomer ", of queries " msa features " */
  const char *heeds;
  pleat_design_def design, score, side_chains;
} pleat_model_def;

/* The table of models, ended by NULL. */
extern const pleat_model_def *const pleat_models[];

/* By name, by the short name of a family, or by what stands before "_model_1"; NULL: there is none. */
const pleat_model_def *pleat_models_find(const char *name);

/* Copies the rows of each sequence from a tensor (rows, width) to its result's array `name`. Nothing when idle. */
void pleat_pass_store(pleat_run *run, const pleat_pass *pass, const char *name, const float *tensor, int64_t width);

#endif
