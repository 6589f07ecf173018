/* Template hits as HHsearch and HHblits report them (.hhr).
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_HHR_H
#define PLEAT_MSA_HHR_H

#include "lib/memory.h"

typedef struct pleat_hhr_hit {
  int number;                            /* "No 3" */
  const char *name;                      /* the whole line behind '>' */
  double probability, e_value, score;    /* percent; NAN where the file does not say, as all below */
  double identities, similarity;         /* percent; mean score of aligned columns */
  double sum_probs, neff;
  int aligned_columns;
  const char *query, *hit;               /* (length) capital letters or '-', aligned */
  int32_t *query_indices, *hit_indices;  /* (length) residue numbers from 0; -1 at gaps */
  size_t length;
} pleat_hhr_hit;

typedef struct pleat_hhr {
  pleat_hhr_hit *hits; /* in the file's order */
  size_t count, capacity;
  pleat_pool pool; /* all texts and indices */
} pleat_hhr;

void pleat_hhr_init(pleat_hhr *hhr, pleat_context *context);
void pleat_hhr_free(pleat_hhr *hhr);

/* Adds the hits of a file's bytes; `name` is what sentences call it. A file without hits is good. */
pleat_status pleat_hhr_parse(pleat_hhr *hhr, const char *bytes, size_t length, const char *name);
pleat_status pleat_hhr_read(pleat_hhr *hhr, const char *path);

/* partners (length of `query`) receives for each residue of the query the residue of the hit's aligned stretch, counted
 * from the stretch's first one, or -1. PLEAT_ERROR_INPUT when the hit's query is no part of `query`. */
pleat_status pleat_hhr_map(pleat_context *context, const pleat_hhr_hit *hit, const char *query, int32_t *partners);

#endif
