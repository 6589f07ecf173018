/* Sums over pairs of point attention: one query row, all heads, so that the row's pairs are read once from memory.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

/* Heads and vectors of one pass over the keys: their sums fill the registers. */
#if PLEAT_KERNEL_LEVEL == 2
enum { HEADS = 4, VECTORS = 4 };
#else
enum { HEADS = 4, VECTORS = 2 };
#endif

/* One query row, and what of it is summed now. */
typedef struct part {
  const pleat_point_attention *a;
  const float *pair;          /* (L,Cz) of the row */
  const float *weight[HEADS]; /* (L) each; heads that the last group lacks repeat its first */
  float *out[HEADS];          /* (Cz) each */
  int heads;
} part;

/* `vectors` (constant) whole vectors from channel c on; with `left` > 0 one vector of which only `left` channels are. */
PLEAT_INLINE void sum_channels(const part *p, int c, const int vectors, int left) {
  const pleat_point_attention *a = p->a;
  const float *pair = p->pair + c;
  vf sum[HEADS][VECTORS], value[VECTORS];
  PLEAT_UNROLL for (int h = 0; h < HEADS; h++) PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[h][v] = v_set(0);
  for (int64_t j = 0; j < a->length; j++, pair += a->pair_channels) {
    if (a->mask && !(a->mask[j] > 0)) continue;
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) value[v] = left ? v_load_part(pair, left) : v_load(pair + v * VW);
    PLEAT_UNROLL for (int h = 0; h < HEADS; h++) {
      vf weight = v_set(p->weight[h][j]);
      PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[h][v] = v_fma(weight, value[v], sum[h][v]);
    }
  }
  for (int h = 0; h < p->heads; h++) PLEAT_UNROLL for (int v = 0; v < vectors; v++) {
    if (left)
      v_store_part(p->out[h] + c, sum[h][v], left);
    else
      v_store(p->out[h] + c + v * VW, sum[h][v]);
  }
}

void PLEAT_ISA(pleat_point_pair_row)(const pleat_point_attention *a, int64_t row, const float *attention) {
  part p = {.a = a, .pair = a->pair + row * a->length * a->pair_channels};
  for (int first = 0; first < a->heads; first += HEADS) {
    p.heads = a->heads - first < HEADS ? a->heads - first : HEADS;
    for (int h = 0; h < HEADS; h++) {
      int head = h < p.heads ? first + h : first;
      p.weight[h] = attention + head * a->length;
      p.out[h] = a->pair_out + (row * a->heads + head) * a->pair_channels;
    }
    int c = 0;
    for (; c + VECTORS * VW <= a->pair_channels; c += VECTORS * VW) sum_channels(&p, c, VECTORS, 0);
    for (; c + VW <= a->pair_channels; c += VW) sum_channels(&p, c, 1, 0);
    if (c < a->pair_channels) sum_channels(&p, c, 1, a->pair_channels - c);
  }
}
