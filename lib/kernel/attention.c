/* Attention over tiles of keys with a running maximum and sum, after Milakov and Gimelshein (arXiv:1805.02867).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/kernel/internal.h"

enum { KEYS = 128 /* of a tile */, GROUP = 4 /* query rows at once */ };

/* A tile of keys and the state of all query rows, cut from the scratch memory. */
typedef struct state {
  const pleat_attention *a;
  int64_t batch, first, last; /* keys of the tile: first..last-1 */
  int head, room;             /* room: the width rounded up to whole vectors */
  float *k;                   /* (D,KEYS) transposed, 0 where absent */
  float *v;                   /* (KEYS,room), 0 where absent */
  float *absent;              /* (KEYS) -inf where absent, else 0 */
  float *score;               /* (GROUP,KEYS) */
  float *sum, *most;          /* (ROWS) running sum and maximum */
  float *out;                 /* (ROWS,room) running result */
} state;

int64_t PLEAT_ISA(pleat_attention_scratch)(int width) {
  int64_t room = round_up(width, VW);
  return KEYS * width + KEYS * room + KEYS + GROUP * KEYS + 2 * PLEAT_ATTENTION_ROWS + PLEAT_ATTENTION_ROWS * room;
}

static void pack_tile(state *s) {
  const pleat_attention *a = s->a;
  const float *mask = a->mask ? a->mask + s->batch * a->mask_batch : NULL;
  int width = a->width;
  for (int j = 0; j < KEYS; j++) {
    int64_t key = s->first + j;
    int present = key < s->last && (!mask || mask[key] > 0);
    const float *k = a->k + s->batch * a->k_batch + key * a->k_row + s->head * a->k_head;
    const float *v = a->v + s->batch * a->v_batch + key * a->v_row + s->head * a->v_head;
    s->absent[j] = present ? 0 : -INFINITY;
    if (present)
      for (int d = 0; d < width; d++) s->k[d * KEYS + j] = k[d];
    else
      for (int d = 0; d < width; d++) s->k[d * KEYS + j] = 0;
    if (present)
      memcpy(s->v + (int64_t)j * s->room, v, (size_t)width * sizeof *v);
    else
      memset(s->v + (int64_t)j * s->room, 0, (size_t)width * sizeof *v);
    for (int d = width; d < s->room; d++) s->v[(int64_t)j * s->room + d] = 0;
  }
}

/* Scores of GROUP query rows against the tile. */
static void score_tile(const state *s, const float *const q[GROUP], const float *const bias[GROUP], int keys) {
  const vf scale = v_set(s->a->scale);
  for (int j = 0; j < keys; j += 2 * VW) {
    vf sum[GROUP][2];
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) sum[r][0] = sum[r][1] = v_set(0);
    for (int d = 0; d < s->a->width; d++) {
      vf left = v_load(s->k + d * KEYS + j), right = v_load(s->k + d * KEYS + j + VW);
      PLEAT_UNROLL for (int r = 0; r < GROUP; r++) {
        vf value = v_set(q[r][d]);
        sum[r][0] = v_fma(value, left, sum[r][0]);
        sum[r][1] = v_fma(value, right, sum[r][1]);
      }
    }
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) PLEAT_UNROLL for (int part = 0; part < 2; part++) {
      int at = j + part * VW, left = keys - at;
      vf x = sum[r][part] * scale, absent = v_load(s->absent + at);
      if (bias[r]) x = x + (left >= VW ? v_load(bias[r] + at) : v_load_part(bias[r] + at, left > 0 ? left : 0));
      v_store(s->score + r * KEYS + at, v_negative(absent, absent, x));
    }
  }
}

/* Turns a row's scores into weights and returns by how much what was summed up so far shrinks. */
static float weigh(state *s, int64_t row, float *score, int keys) {
  vf most = v_set(-INFINITY), sum = v_set(0);
  int whole = (int)round_up(keys, VW);
  for (int j = 0; j < whole; j += VW) most = v_max(v_load(score + j), most);
  float before = s->most[row], now = v_greatest(most);
  now = before > now ? before : now;
  vf base = v_set(now == -INFINITY ? 0 : now);
  for (int j = 0; j < whole; j += VW) {
    vf e = v_exp(v_load(score + j) - base);
    v_store(score + j, e);
    sum = sum + e;
  }
  float lane[VW];
  v_store(lane, v_exp(v_set(before) - base));
  float shrink = before == -INFINITY ? 0 : lane[0];
  s->most[row] = now;
  s->sum[row] = s->sum[row] * shrink + v_sum(sum);
  return shrink;
}

PLEAT_INLINE void add_values(const state *s, int64_t row, int d, const int vectors, const float shrink[GROUP], int keys) {
  vf sum[GROUP][2];
  float *out = s->out + row * s->room + d;
  PLEAT_UNROLL for (int r = 0; r < GROUP; r++)
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v_load(out + r * s->room + v * VW) * v_set(shrink[r]);
  for (int j = 0; j < keys; j++) {
    vf value[2];
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) value[v] = v_load(s->v + (int64_t)j * s->room + d + v * VW);
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) {
      vf weight = v_set(s->score[r * KEYS + j]);
      PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(weight, value[v], sum[r][v]);
    }
  }
  PLEAT_UNROLL for (int r = 0; r < GROUP; r++)
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) v_store(out + r * s->room + v * VW, sum[r][v]);
}

/* One tile for the query rows begin..end-1; rows that a group lacks repeat the last one. */
static void visit_tile(state *s, int64_t begin, int64_t end) {
  const pleat_attention *a = s->a;
  int keys = (int)(s->last - s->first);
  for (int64_t row = begin; row < end; row += GROUP) {
    const float *q[GROUP], *bias[GROUP];
    float shrink[GROUP];
    for (int r = 0; r < GROUP; r++) {
      int64_t query = row + r < end ? row + r : end - 1;
      q[r] = a->q + s->batch * a->q_batch + query * a->q_row + s->head * a->q_head;
      bias[r] = a->bias ? a->bias + s->batch * a->bias_batch + s->head * a->bias_head + query * a->bias_row + s->first : NULL;
    }
    score_tile(s, q, bias, keys);
    for (int r = 0; r < GROUP; r++) shrink[r] = weigh(s, row - begin + r, s->score + r * KEYS, keys);
    int d = 0;
    for (; d + 2 * VW <= s->room; d += 2 * VW) add_values(s, row - begin, d, 2, shrink, keys);
    if (d < s->room) add_values(s, row - begin, d, 1, shrink, keys);
  }
}

static void store_rows(const state *s, int64_t begin, int64_t end) {
  const pleat_attention *a = s->a;
  for (int64_t row = begin; row < end; row++) {
    int64_t at = s->batch * a->out_batch + row * a->out_row + s->head * a->out_head;
    float sum = s->sum[row - begin], scale = sum == 0 ? 0 : 1 / sum;
    const float *from = s->out + (row - begin) * s->room;
    for (int d = 0; d < a->width; d++) a->out[at + d] = from[d] * scale * (a->gate ? a->gate[at + d] : 1);
  }
}

void PLEAT_ISA(pleat_attention_rows)(const pleat_attention *a, int64_t batch, int head, int64_t begin, int64_t end,
                                     float *scratch) {
  state s = {.a = a, .batch = batch, .head = head, .room = (int)round_up(a->width, VW)};
  s.k = scratch;
  s.v = s.k + KEYS * a->width;
  s.absent = s.v + KEYS * s.room;
  s.score = s.absent + KEYS;
  s.sum = s.score + GROUP * KEYS;
  s.most = s.sum + PLEAT_ATTENTION_ROWS;
  s.out = s.most + PLEAT_ATTENTION_ROWS;
  for (int r = 0; r < PLEAT_ATTENTION_ROWS; r++) {
    s.sum[r] = 0;
    s.most[r] = -INFINITY;
  }
  for (int i = 0; i < PLEAT_ATTENTION_ROWS * s.room; i++) s.out[i] = 0;
  for (s.first = 0; s.first < a->keys; s.first += KEYS) {
    s.last = s.first + KEYS < a->keys ? s.first + KEYS : a->keys;
    pack_tile(&s);
    visit_tile(&s, begin, end);
  }
  store_rows(&s, begin, end);
}
