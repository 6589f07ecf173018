/* Counter-based random numbers (Philox4x32-10; Salmon, Moraes, Dror, Shaw, SC 2011): a draw depends on its key and
 * counter alone, never on what was drawn before or on which thread.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_RANDOM_H
#define PLEAT_LIB_RANDOM_H

#include <stdint.h>

/* A stream of one (seed, target, sample); `target` is a hash of the target's name, see pleat_random_hash. */
typedef struct pleat_random {
  uint32_t key[2];
  uint32_t sample, target;
} pleat_random;

pleat_random pleat_random_stream(uint64_t seed, uint32_t target, uint32_t sample);

/* 32 bits of FNV-1a over the text's bytes. */
uint32_t pleat_random_hash(const char *text);

/* Four independent 32-bit words at place `index` of the stream. */
void pleat_random_words(const pleat_random *stream, uint64_t index, uint32_t words[4]);

/* Uniform in (0,1), 23 bits, never 0 or 1; and standard normal. One draw per index. */
float pleat_random_uniform(const pleat_random *stream, uint64_t index);
float pleat_random_normal(const pleat_random *stream, uint64_t index);

#endif
