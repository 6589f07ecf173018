/* Includes a floor above.
 * SPDX-License-Identifier: MIT */
#ifndef UP_H
#define UP_H
#include "data/first.h"
#include "lib/nowhere.h"
#endif
