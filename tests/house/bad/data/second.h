/* The other half of an include circle; uses a type that it does not include.
 * SPDX-License-Identifier: MIT */
#ifndef SECOND_H
#define SECOND_H
#include "data/first.h"
size_t second(void);
#endif
