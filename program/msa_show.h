/* What is in an alignment, on stdout.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_PROGRAM_MSA_SHOW_H
#define PLEAT_PROGRAM_MSA_SHOW_H

#include <stdbool.h>

#include "pleat.h"

/* Rows, chains, coverage, identity, Neff, rows by column: a table or a JSON object. Statuses of pleat_msa_summarise. */
pleat_status pleat_msa_show(const pleat_msa *msa, bool json);

/* The rows as A3M, with ColabFold's first line for a complex. */
void pleat_msa_show_a3m(const pleat_msa *msa);

#endif
