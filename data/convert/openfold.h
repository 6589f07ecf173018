/* AlphaFold 2's parameters under OpenFold's names (its .pt files), turned into the published ones.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_CONVERT_OPENFOLD_H
#define PLEAT_DATA_CONVERT_OPENFOLD_H

#include "lib/weights.h"

/* True when the names are those of OpenFold's AlphaFold (of any version, alone or inside a checkpoint of its training). */
bool pleat_openfold_is(const pleat_weights *weights);

/* Fills `to` with the tensors of `from` under AlphaFold's published names and in its shapes: linear layers transposed, heads
 * on an axis of their own, the blocks of a stack in one tensor. Of a training checkpoint the averaged weights are taken, as
 * OpenFold does. Tensors that AlphaFold 2 has no place for are refused by name. */
pleat_status pleat_openfold_rename(const pleat_weights *from, pleat_weights *to);

#endif
