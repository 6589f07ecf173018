/* The program may see the public header only.
 * SPDX-License-Identifier: MIT */
#include "lib/up.h"
