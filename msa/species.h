/* Which species a row comes from, told by its header.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_MSA_SPECIES_H
#define PLEAT_MSA_SPECIES_H

#include "lib/memory.h"

/* The species of a row by what its header says; *length is 0 when it does not say.
 * MNEMONIC: the code of a UniProt name, "9BRAD" of "tr|A0A2A6NXF8|A0A2A6NXF8_9BRAD/3-70", as AlphaFold-Multimer reads
 * it. TAXID: the number behind "OX=" (UniProt) or "TaxID=" (UniRef). */
void pleat_species_find(const pleat_msa_row *row, pleat_msa_species kind, const char **text, size_t *length);

#endif
