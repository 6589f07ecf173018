/* Scratch memory of an object that works on several threads: one piece a thread, taken once.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_SCRATCH_H
#define PLEAT_GEOMETRY_SCRATCH_H

#include <stdint.h>

#include "lib/memory.h"

typedef struct pleat_scratch {
  void *block;
  float *floats; /* 64-byte aligned, in block */
  int64_t each;  /* floats of a thread, a multiple of 16 */
  int threads;
} pleat_scratch;

/* For as many threads as the context has now. */
static inline pleat_status pleat_scratch_take(pleat_context *context, int64_t floats, pleat_scratch *scratch) {
  scratch->threads = pleat_context_threads(context);
  scratch->each = (floats + 15) / 16 * 16;
  PLEAT_TRY(pleat_memory_take(context, (size_t)scratch->threads * (size_t)scratch->each + 16, sizeof(float), &scratch->block));
  scratch->floats = (float *)(((uintptr_t)scratch->block + 63) & ~(uintptr_t)63);
  return PLEAT_OK;
}

static inline float *pleat_scratch_of(const pleat_scratch *scratch, int thread) {
  return scratch->floats + thread * scratch->each;
}

/* Threads that work may use: the context's, but no more than have scratch. */
static inline int pleat_scratch_threads(const pleat_scratch *scratch, const pleat_context *context) {
  int threads = pleat_context_threads(context);
  return threads < scratch->threads ? threads : scratch->threads;
}

#endif
