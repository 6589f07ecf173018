/* Which atoms of a structure are fitted together: chains, confident residues, rigid domains.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_FIT_PARTS_H
#define PLEAT_PROGRAM_FIT_PARTS_H

#include "pleat_fit.h"
#include "program/options.h"

/* Numbers of parts, one an atom, for pleat_fit_settings; the caller frees them. NULL after a sentence. *count: how many
 * parts there are. */
int *pleat_fit_parts_choose(const pleat_options *options, pleat_context *context, const pleat_structure *structure,
                            size_t *count);

#endif
