/* Shared by the ways to find templates: hits (template_hits.c) and folders (template_folder.c).
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_TEMPLATE_PARTS_H
#define PLEAT_FOLDING_TEMPLATE_PARTS_H

#include "data/protein.h"
#include "folding/templates.h"
#include "msa/template.h"

/* One call of pleat_query_add_templates. */
typedef struct pleat_templates_adder {
  pleat_query *query;
  pleat_context *context;
  const pleat_template_source *source;
} pleat_templates_adder;

/* Endings of structure files, ended by NULL. */
extern const char *const pleat_templates_endings[];

/* A structure that is looked at: which of its chains, its residue for each one of the query's chain (or -1) and the
 * letter that it stands with. */
typedef struct pleat_template_laid {
  const pleat_protein_chain *chain;
  const char *released;
  const int32_t *places; /* (L) */
  const char *letters;   /* (L) */
} pleat_template_laid;

/* A template of a chain of the query, not yet laid on it; sum_probs NAN: no hit. */
pleat_template pleat_templates_begin(const pleat_templates_adder *adder, int chain, double sum_probs);

/* How many are used for a chain, and whether the chain is the first of its equals (empty ones aside). */
int pleat_templates_used(const pleat_templates_adder *adder, int chain);
bool pleat_templates_is_kind(const pleat_query *query, int chain);

/* Why a structure cannot be used, by its date, its chain and its atoms; "": it can. */
void pleat_templates_judge(const pleat_templates_adder *adder, const pleat_template_laid *on, int64_t length,
                           char reason[PLEAT_TEMPLATE_REASON]);

/* Adds the template with its coverage and identity: laid on the chain, or with a reason refused. */
pleat_status pleat_templates_keep(pleat_templates_adder *adder, const char *path, const pleat_template_laid *on,
                                  const char *reason, pleat_template *template);
pleat_status pleat_templates_add(pleat_templates_adder *adder, const pleat_template *template);
pleat_status pleat_templates_copy_text(pleat_templates_adder *adder, const char *text, const char **copy);

pleat_status pleat_templates_add_hits(pleat_templates_adder *adder);
pleat_status pleat_templates_add_folder(pleat_templates_adder *adder);

#endif
