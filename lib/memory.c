/* Single blocks and pools over the context's allocator.
 * SPDX-License-Identifier: MIT */
#include "lib/memory.h"

#include <stdalign.h>
#include <string.h>

/* `out` is the address of a pointer of any type; memcpy keeps the store within C's aliasing rules. */
static void store_pointer(void *out, const void *block) { memcpy(out, &block, sizeof block); }

static pleat_status out_of_memory(pleat_context *context, size_t count, size_t size) {
  return pleat_status_fail(context, PLEAT_ERROR_MEMORY, "out of memory: %zu items of %zu bytes were asked for", count,
                           size);
}

pleat_status pleat_memory_take(pleat_context *context, size_t count, size_t size, void *out) {
  size_t bytes;
  store_pointer(out, NULL);
  if (__builtin_mul_overflow(count, size, &bytes)) return out_of_memory(context, count, size);
  void *block = context->allocator.allocate(context->allocator.user, bytes ? bytes : 1);
  if (!block) return out_of_memory(context, count, size);
  memset(block, 0, bytes);
  store_pointer(out, block);
  return PLEAT_OK;
}

pleat_status pleat_memory_grow(pleat_context *context, void *block, size_t *capacity, size_t need, size_t size) {
  if (need <= *capacity) return PLEAT_OK;
  size_t target = *capacity < 8 ? 8 : *capacity, bytes;
  while (target < need) {
    if (__builtin_mul_overflow(target, (size_t)2, &target)) return out_of_memory(context, need, size);
  }
  if (__builtin_mul_overflow(target, size, &bytes)) return out_of_memory(context, need, size);
  void *old;
  memcpy(&old, block, sizeof old);
  char *grown = old ? context->allocator.resize(context->allocator.user, old, bytes)
                    : context->allocator.allocate(context->allocator.user, bytes);
  if (!grown) return out_of_memory(context, need, size);
  memset(grown + *capacity * size, 0, bytes - *capacity * size);
  store_pointer(block, grown);
  *capacity = target;
  return PLEAT_OK;
}

void pleat_memory_release(pleat_context *context, void *block) {
  if (block) context->allocator.release(context->allocator.user, block);
}

pleat_status pleat_memory_copy_text(pleat_context *context, const char *text, size_t length, char **out) {
  PLEAT_TRY(pleat_memory_take(context, length + 1, 1, out));
  memcpy(*out, text, length);
  return PLEAT_OK;
}

struct pleat_pool_chunk {
  struct pleat_pool_chunk *next;
  size_t size, used;
  alignas(16) char bytes[];
};

enum { POOL_ALIGNMENT = 16, POOL_CHUNK = 1 << 16 };

void pleat_pool_init(pleat_pool *pool, pleat_context *context, size_t limit) {
  *pool = (pleat_pool){.context = context, .limit = limit};
}

static pleat_status pool_add_chunk(pleat_pool *pool, size_t bytes) {
  size_t size = bytes > POOL_CHUNK / 4 ? bytes : POOL_CHUNK; /* a large block gets a chunk of its own */
  struct pleat_pool_chunk *chunk;
  PLEAT_TRY(pleat_memory_take(pool->context, 1, sizeof *chunk + size, &chunk));
  chunk->size = size;
  chunk->next = pool->chunks;
  pool->chunks = chunk;
  return PLEAT_OK;
}

pleat_status pleat_pool_take(pleat_pool *pool, size_t count, size_t size, void *out) {
  size_t bytes;
  store_pointer(out, NULL);
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
    return out_of_memory(pool->context, count, size);
  bytes = (bytes + POOL_ALIGNMENT - 1) / POOL_ALIGNMENT * POOL_ALIGNMENT;
  PLEAT_CHECK(pool->context, !pool->limit || bytes <= pool->limit - pool->used, PLEAT_ERROR_FORMAT,
              "the file asks for more memory (over %zu bytes) than a file of its size can need", pool->limit);
  if (!pool->chunks || bytes > pool->chunks->size - pool->chunks->used) PLEAT_TRY(pool_add_chunk(pool, bytes));
  store_pointer(out, pool->chunks->bytes + pool->chunks->used);
  pool->chunks->used += bytes;
  pool->used += bytes;
  return PLEAT_OK;
}

pleat_status pleat_pool_copy_text(pleat_pool *pool, const char *text, size_t length, char **out) {
  PLEAT_TRY(pleat_pool_take(pool, length + 1, 1, out));
  memcpy(*out, text, length);
  return PLEAT_OK;
}

void pleat_pool_free(pleat_pool *pool) {
  while (pool->chunks) {
    struct pleat_pool_chunk *next = pool->chunks->next;
    pleat_memory_release(pool->context, pool->chunks);
    pool->chunks = next;
  }
  pool->used = 0;
}
