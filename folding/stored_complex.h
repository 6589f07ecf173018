/* A multimer's stored features: the alignment and what was drawn from it for each pass, as the published code has them.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_STORED_COMPLEX_H
#define PLEAT_FOLDING_STORED_COMPLEX_H

#include "folding/stored_features.h"
#include "folding/stored_reader.h"

/* Whether the file's features/ are a multimer's: chains are told, and no pass has its own. */
bool pleat_stored_is_complex(const pleat_stored_reader *reader);
pleat_status pleat_stored_complex_read(const pleat_stored_reader *reader, pleat_stored_features *features);

#endif
