/* Queries behind the public handle: a name and the sequences of its chains.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_QUERY_H
#define PLEAT_DATA_QUERY_H

#include <stdbool.h>

#include "lib/memory.h"

struct pleat_stored_features;
struct pleat_templates;

struct pleat_query {
  pleat_context *context;
  char *name;      /* fit for a file's name: letters, digits, '_', '-', '.' */
  int chains;      /* how many slots; "HEAVY:" has two, the second empty */
  char **sequence; /* capital letters A-Z of each chain, "" for an empty slot */
  const pleat_msa *msa; /* its alignment, the caller's; NULL: none */
  bool alone;           /* without alignment on purpose */
  pleat_pool stored_pool;
  const struct pleat_stored_features *stored; /* of a file, in stored_pool; NULL: none */
  pleat_pool template_pool;
  struct pleat_templates *templates; /* in template_pool; NULL: none */
};

/* pleat_query_list_read from bytes in memory; `name` is what sentences call the file. */
pleat_status pleat_query_list_parse(pleat_context *context, const char *bytes, size_t length, const char *name,
                                    pleat_query_list **list);

#endif
