/* Which atoms of a partner are docked, and which residues belong in the interface.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_DOCK_SITES_H
#define PLEAT_PROGRAM_DOCK_SITES_H

#include "pleat_dock.h"
#include "program/options.h"

/* The options that say it of one partner. */
typedef struct pleat_dock_sites_options {
  pleat_option_id chains, interface, away;
  const char *path; /* the partner's file, for sentences */
} pleat_dock_sites_options;

/* One site an atom, which the caller frees; NULL after a sentence that names what the structure lacks. */
pleat_dock_site *pleat_dock_sites_choose(const pleat_options *options, const pleat_dock_sites_options *which,
                                         const pleat_structure *structure);

#endif
