/* A library that exports a name no header declares, and one that is not ours.
 * SPDX-License-Identifier: MIT */
int pleat_undeclared(void);
int stray(void);
int pleat_undeclared(void) { return 1; }
int stray(void) { return 2; }
