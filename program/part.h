/* One prediction of a job (a model, a seed): its files, hidden under names without a rank until all of the job's predictions
 * are there, and its record, by which a later run knows that it is done.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_PART_H
#define PLEAT_PROGRAM_PART_H

#include <jansson.h>

#include "program/ranking.h"

typedef struct pleat_part {
  const char *folder, *job, *model;
  long seed;
  bool alone;    /* the job's only one: its files get rank 1 at once, and there is no record */
  json_t *files; /* [["unrelaxed", "pdb"], ...]: what was written */
} pleat_part;

/* What a record says. */
typedef struct pleat_part_record {
  pleat_ranking_scores scores;
  bool sane;
} pleat_part_record;

/* "alphafold2_ptm_model_1_seed_000"; the caller frees all of these. */
char *pleat_part_tag(const pleat_part *part);

/* Path of one of its files: hidden, or of a rank from 1. */
char *pleat_part_path(const pleat_part *part, const char *what, const char *ending);
char *pleat_part_ranked_path(const pleat_part *part, const char *what, size_t rank, const char *ending);

/* Notes that the file was written. */
void pleat_part_note(pleat_part *part, const char *what, const char *ending);

/* The record, written after all files; false after a sentence. */
bool pleat_part_close(pleat_part *part, const char *fingerprint, const pleat_part_record *record);

/* Whether an earlier run made the same; fills the record and the list of files. */
bool pleat_part_read(pleat_part *part, const char *fingerprint, pleat_part_record *record);

/* Gives its files their rank, those aside that have it already. False after a sentence. */
bool pleat_part_rank(const pleat_part *part, size_t rank);

/* Adds the names that pleat_part_rank gives to the object. */
void pleat_part_list_ranked(const pleat_part *part, size_t rank, json_t *names);

/* Takes away what the job's earlier runs left: files of ranks, those named in `keep` (NULL: none) aside; hidden files. */
void pleat_part_clear_ranked(const char *folder, const char *job, const json_t *keep);
void pleat_part_clear_hidden(const char *folder, const char *job);

/* Whether the folder holds any hidden file of a prediction. */
bool pleat_part_left(const char *folder);

#endif
