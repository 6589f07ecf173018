/* Templates of jobs: where --templates and --custom-template-path have them, and what is said of each.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_TEMPLATE_H
#define PLEAT_PROGRAM_TEMPLATE_H

#include <stdbool.h>

#include "pleat.h"
#include "program/options.h"

/* Whether a setting is one of those that are about templates. */
bool pleat_template_is_setting(const char *name);

/* Settings that cannot stand without each other; false after a sentence. */
bool pleat_template_check(const pleat_options *options);

/* Gives the query what the options say, nothing when they say nothing; the context has the sentence. */
pleat_status pleat_template_give(const pleat_options *options, pleat_query *query);

/* "3u8v_A: 43.8 % of chain A, 34.4 % identical, sum of probabilities 15.8"; `line` has room for 600. */
void pleat_template_describe(const pleat_query *query, size_t index, char *line);

/* Says so of each on stderr. */
void pleat_template_say(const pleat_options *options, const pleat_query *query);

/* One word for the templates in use, another for other ones; the caller frees it. */
char *pleat_template_fingerprint(const pleat_query *query);

#endif
