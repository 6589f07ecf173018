/* What the verbs that run a model share: options checked once, the context, the model with its settings.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_SETTINGS_H
#define PLEAT_PROGRAM_SETTINGS_H

#include <stdarg.h>

#include "pleat.h"
#include "program/progress.h"
#include "program/verbs.h"

typedef struct pleat_settings {
  const pleat_options *options;
  const char *what; /* what jobs are made from: "sequence" or "structure" */
  pleat_context *context;
  pleat_model *model; /* NULL until pleat_settings_open_model */
  pleat_progress progress;
  size_t memory; /* bytes, 0: no limit */
  pleat_precision precision;
  size_t batch_size;
  size_t shard, shards; /* this process does jobs shard, shard + shards, ... */
  bool helps;           /* ... and then those of others that nobody has begun */
  bool pdb, cif;
  bool quiet, verbose, overwrite;
  uint64_t seed; /* of design, score and pack; else 0 */
  int log;       /* log.txt, -1: none */
} pleat_settings;

/* Checks every option that needs no model and makes the context. PLEAT_EXIT_DONE, or the exit status after its
 * sentence. */
int pleat_settings_start(const pleat_options *options, pleat_settings *settings);

/* Opens the model and hands it its settings; those that it does not have are refused by name. */
int pleat_settings_open_model(pleat_settings *settings);

/* The same for a model by name, in place of the one that is open. */
int pleat_settings_open_named(pleat_settings *settings, const char *name);
void pleat_settings_end(pleat_settings *settings);

/* The model as the user named it. */
const char *pleat_settings_model_name(const pleat_settings *settings);

/* "dlc=on idealise=off": every setting of the open model; the caller frees it. */
char *pleat_settings_describe(const pleat_settings *settings);

/* Prints "pleat VERB: SENTENCE" from the context and gives the exit status that fits. */
int pleat_settings_fail(const pleat_settings *settings, pleat_status status);

/* One line in log.txt, which other processes and nodes may write at the same time. */
void pleat_settings_log(const pleat_settings *settings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pleat_settings_log_list(const pleat_settings *settings, const char *format, va_list arguments);

/* --precision; false after a sentence. */
bool pleat_settings_read_precision(const pleat_options *options, pleat_precision *precision);

/* "16G" -> bytes; false when it is no size. */
bool pleat_settings_parse_size(const char *text, size_t *bytes);

#endif
