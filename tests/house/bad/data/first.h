/* One half of an include circle.
 * SPDX-License-Identifier: MIT */
#ifndef FIRST_H
#define FIRST_H
#include "data/second.h"
#endif
