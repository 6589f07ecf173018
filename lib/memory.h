/* Memory outside of a run: single blocks and pools that are freed as a whole, all from the context's allocator.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_MEMORY_H
#define PLEAT_LIB_MEMORY_H

#include "lib/context.h"

/* `count` zeroed items of `size` bytes in *out (NULL on failure, overflow of the product included). */
pleat_status pleat_memory_take(pleat_context *context, size_t count, size_t size, void *out);

/* Grows *block, which holds `*capacity` items of `size` bytes, to at least `need` items by doubling; new items are
 * zeroed. On failure *block is untouched. Start with *block NULL and *capacity 0. */
pleat_status pleat_memory_grow(pleat_context *context, void *block, size_t *capacity, size_t need, size_t size);

/* Frees a block of take or grow; NULL is allowed. */
void pleat_memory_release(pleat_context *context, void *block);

/* A copy of the text's first `length` bytes, with a terminating 0. */
pleat_status pleat_memory_copy_text(pleat_context *context, const char *text, size_t length, char **out);

/* A pool: many small blocks with one lifetime, for parsers. Blocks are zeroed, 16-byte aligned, never moved. */
typedef struct pleat_pool {
  pleat_context *context;
  struct pleat_pool_chunk *chunks;
  size_t used;  /* bytes handed out in all */
  size_t limit; /* refuse more than this in all; 0: no limit */
} pleat_pool;

void pleat_pool_init(pleat_pool *pool, pleat_context *context, size_t limit);
pleat_status pleat_pool_take(pleat_pool *pool, size_t count, size_t size, void *out);
pleat_status pleat_pool_copy_text(pleat_pool *pool, const char *text, size_t length, char **out);
void pleat_pool_free(pleat_pool *pool);

#endif
