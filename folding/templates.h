/* Templates of a query: known structures laid on its chains, best first.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_TEMPLATES_H
#define PLEAT_FOLDING_TEMPLATES_H

#include "data/query.h"
#include "folding/result.h"

enum { PLEAT_TEMPLATES_MOST = 4 }; /* that a model takes of a chain */

typedef struct pleat_template {
  pleat_template_info info;
  const char *sequence; /* of its chain of the query */
  int64_t length;       /* of that chain: L */
  /* NULL when it was refused: */
  int32_t *types;   /* (L) 0..21: msa/encode.h, a gap where the template has no residue */
  float *positions; /* (L,37,3) angstrom, 0 where there is no atom */
  float *present;   /* (L,37) 1 or 0 */
} pleat_template;

typedef struct pleat_templates {
  pleat_template *list; /* in the order they were looked at */
  size_t count, capacity;
} pleat_templates;

/* Templates that are used for a chain with this sequence, at most PLEAT_TEMPLATES_MOST. `templates` may be NULL. */
int pleat_templates_of(const pleat_templates *templates, const char *sequence,
                       const pleat_template *used[PLEAT_TEMPLATES_MOST]);

/* Keeps what is known of the templates that were used with a result. */
pleat_status pleat_templates_note(const pleat_templates *templates, pleat_result *result);

#endif
