/* The grammar of CIF 1.1: a file's bytes become tokens with line and column; what they mean is not known here.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CIF_H
#define PLEAT_DATA_CIF_H

#include <stdbool.h>

#include "lib/memory.h"

typedef enum pleat_cif_kind {
  PLEAT_CIF_END,      /* of the file */
  PLEAT_CIF_DATA,     /* data_NAME; the token's text is NAME */
  PLEAT_CIF_SAVE,     /* save_NAME */
  PLEAT_CIF_SAVE_END, /* save_ alone */
  PLEAT_CIF_LOOP,     /* loop_ */
  PLEAT_CIF_TAG,      /* _category.item, with its underscore */
  PLEAT_CIF_VALUE
} pleat_cif_kind;

typedef struct pleat_cif_token {
  pleat_cif_kind kind;
  const char *text; /* into the file's bytes, without quotes, not terminated */
  size_t length;
  bool quoted;         /* so '.' and '?' are themselves */
  size_t line, column; /* from 1 */
} pleat_cif_token;

typedef struct pleat_cif {
  pleat_context *context;
  const char *bytes, *name; /* the file, and what sentences call it */
  size_t length, at, line, line_start;
} pleat_cif;

void pleat_cif_init(pleat_cif *cif, pleat_context *context, const char *bytes, size_t length, const char *name);

/* The next token; PLEAT_ERROR_FORMAT for a quote or text that never ends, or a reserved word. */
pleat_status pleat_cif_next(pleat_cif *cif, pleat_cif_token *token);

/* Whether the token's text is `word`, in any case. */
bool pleat_cif_is(const pleat_cif_token *token, const char *word);

/* '.' or '?': inapplicable or unknown. */
bool pleat_cif_is_empty(const pleat_cif_token *token);

#endif
