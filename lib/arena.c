/* The bump arena of a run.
 * SPDX-License-Identifier: MIT */
#include "lib/arena.h"

#include <assert.h>
#include <sys/mman.h>

void pleat_arena_init_measuring(pleat_arena *arena) {
  /* any aligned address will do: it is never read through */
  *arena = (pleat_arena){.base = (char *)(uintptr_t)(1u << 20), .size = SIZE_MAX / 4};
}

/* Pages of 2 MiB, where the system has them for whoever asks: strided reads miss the address cache less. */
static void ask_for_huge_pages(void *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  enum { PAGE = 1 << 21 };
  size_t before = (PAGE - (uintptr_t)block % PAGE) % PAGE;
  if (bytes >= before + PAGE) madvise((char *)block + before, (bytes - before) / PAGE * PAGE, MADV_HUGEPAGE);
#else
  (void)block, (void)bytes;
#endif
}

pleat_status pleat_arena_create(pleat_context *context, size_t size, pleat_arena *arena) {
  void *block;
  *arena = (pleat_arena){0};
  size_t bytes = size + PLEAT_ARENA_ALIGNMENT;
  block = context->allocator.allocate(context->allocator.user, bytes);
  PLEAT_CHECK(context, block, PLEAT_ERROR_MEMORY, "out of memory: the run needs %.1f MB of working memory",
              (double)bytes / 1e6);
  ask_for_huge_pages(block, bytes);
  uintptr_t start = ((uintptr_t)block + PLEAT_ARENA_ALIGNMENT - 1) / PLEAT_ARENA_ALIGNMENT * PLEAT_ARENA_ALIGNMENT;
  *arena = (pleat_arena){.base = (char *)start, .size = size, .block = block};
  return PLEAT_OK;
}

void pleat_arena_free(pleat_context *context, pleat_arena *arena) {
  pleat_memory_release(context, arena->block);
  *arena = (pleat_arena){0};
}

bool pleat_arena_measures(const pleat_arena *arena) { return arena->block == NULL; }

void *pleat_arena_take(pleat_arena *arena, size_t bytes) {
  size_t room = (bytes + PLEAT_ARENA_ALIGNMENT - 1) / PLEAT_ARENA_ALIGNMENT * PLEAT_ARENA_ALIGNMENT;
  if (room < bytes || room > arena->size - arena->used) return NULL;
  char *taken = arena->base + arena->used;
  arena->used += room;
  if (arena->used > arena->peak) arena->peak = arena->used;
  return taken;
}

size_t pleat_arena_mark(const pleat_arena *arena) { return arena->used; }

void pleat_arena_release(pleat_arena *arena, size_t mark) {
  assert(mark <= arena->used);
  arena->used = mark;
}
