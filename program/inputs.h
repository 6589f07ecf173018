/* The structures of design, score and pack: files, folders and lists of them, named safely and uniquely, one shard of all.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_INPUTS_H
#define PLEAT_PROGRAM_INPUTS_H

#include "program/settings.h"

typedef struct pleat_input {
  char *path;        /* to open */
  char *given;       /* as the list or the command line has it: the key of side files */
  char *name;        /* safe as a file name, unique in the whole list, so that shards agree on it */
  bool failed, done; /* done: finished, maybe by an earlier run or another process */
  bool share;        /* of this process, which begins with these */
} pleat_input;

typedef struct pleat_inputs {
  pleat_input *list; /* those to do, in the order given */
  size_t count, failed;
  size_t total; /* those that were given */
  size_t room;
} pleat_inputs;

/* Adds what `path` stands for: a PDB or mmCIF file (also .gz), a folder of these in the order of their names, a list
 * file (one path a line, '#' starts a comment), or a JSON object whose keys, or an array whose texts, are paths.
 * Paths in a list that are not there from here are looked for beside the list. False after a sentence. */
bool pleat_inputs_add(pleat_inputs *inputs, const char *verb, const char *path);

/* The same for a JSON file whatever its name is. */
bool pleat_inputs_add_json(pleat_inputs *inputs, const char *verb, const char *path);

/* Gives names; shard, shard + shards, ... are the share of this process, which keeps the others only if it `helps`. */
void pleat_inputs_finish(pleat_inputs *inputs, size_t shard, size_t shards, bool helps);
void pleat_inputs_free(pleat_inputs *inputs);

#endif
