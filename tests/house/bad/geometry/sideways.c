/* geometry may not see data.
 * SPDX-License-Identifier: MIT */
#include "data/first.h"
