/* The bump arena of a run: take, mark, release. Without memory it only adds up sizes (the measuring run).
 * SPDX-License-Identifier: MIT
 *
 *     base |--- taken ---|--- taken ---|......... free .........| size
 *                        ^ mark                                   peak = the highest point ever reached
 *
 * While measuring, take hands out addresses that must not be touched; they only carry offsets, so the same forward
 * code runs in both modes. */
#ifndef PLEAT_LIB_ARENA_H
#define PLEAT_LIB_ARENA_H

#include <stdbool.h>

#include "lib/memory.h"

typedef struct pleat_arena {
  char *base;
  size_t size, used, peak;
  void *block; /* what the allocator gave; NULL while measuring */
} pleat_arena;

enum { PLEAT_ARENA_ALIGNMENT = 64 };

/* An arena that only measures. */
void pleat_arena_init_measuring(pleat_arena *arena);

/* An arena with `size` bytes of the context's memory. */
pleat_status pleat_arena_create(pleat_context *context, size_t size, pleat_arena *arena);
void pleat_arena_free(pleat_context *context, pleat_arena *arena);

bool pleat_arena_measures(const pleat_arena *arena);

/* `bytes`, 64-byte aligned, not zeroed; NULL when the arena is full. */
void *pleat_arena_take(pleat_arena *arena, size_t bytes);

size_t pleat_arena_mark(const pleat_arena *arena);
void pleat_arena_release(pleat_arena *arena, size_t mark);

#endif
