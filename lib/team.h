/* The thread team: one parallel loop over chunks, whose results cannot depend on the number of threads.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_TEAM_H
#define PLEAT_LIB_TEAM_H

#include <stdint.h>

/* Works on items begin..end-1; `thread` is 0..threads-1, for scratch memory of its own. */
typedef void (*pleat_team_fn)(void *argument, int64_t begin, int64_t end, int thread);

/* Calls fn on [0,n) cut into chunks of `grain` items (the last may be shorter), on up to `threads` threads. Chunks do
 * not depend on `threads`; fn must write each item's result to a place of its own. */
void pleat_team_for(int threads, int64_t n, int64_t grain, pleat_team_fn fn, void *argument);

#endif
