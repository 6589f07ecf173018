/* Counter-based random numbers: Philox4x32-10.
 * SPDX-License-Identifier: MIT */
#include "lib/random.h"

#include <math.h>

pleat_random pleat_random_stream(uint64_t seed, uint32_t target, uint32_t sample) {
  return (pleat_random){{(uint32_t)seed, (uint32_t)(seed >> 32)}, sample, target};
}

uint32_t pleat_random_hash(const char *text) {
  uint32_t hash = 2166136261u;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
  return hash;
}

void pleat_random_words(const pleat_random *stream, uint64_t index, uint32_t words[4]) {
  uint32_t c[4] = {(uint32_t)index, (uint32_t)(index >> 32), stream->sample, stream->target};
  uint32_t k0 = stream->key[0], k1 = stream->key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t next0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k0, next2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
    c[1] = (uint32_t)p1;
    c[3] = (uint32_t)p0;
    c[0] = next0;
    c[2] = next2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < 4; i++) words[i] = c[i];
}

static float unit(uint32_t word) { return ((float)(word >> 9) + 0.5f) * 0x1p-23f; }

float pleat_random_uniform(const pleat_random *stream, uint64_t index) {
  uint32_t words[4];
  pleat_random_words(stream, index, words);
  return unit(words[0]);
}

float pleat_random_normal(const pleat_random *stream, uint64_t index) { /* Box and Muller 1958 */
  uint32_t words[4];
  pleat_random_words(stream, index, words);
  double radius = sqrt(-2 * log((double)unit(words[0])));
  return (float)(radius * cos(6.283185307179586 * (double)unit(words[1])));
}
