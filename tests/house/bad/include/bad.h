/* A public header that is C but not C++, and that declares a function nobody defines.
 * SPDX-License-Identifier: MIT */
#ifndef BAD_H
#define BAD_H
#define PLEAT_API
PLEAT_API int pleat_missing(int class);
#endif
