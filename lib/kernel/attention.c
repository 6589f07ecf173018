/* Attention over tiles of keys with a running maximum and sum, after Milakov and Gimelshein (arXiv:1805.02867).
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "lib/kernel/internal.h"

/* GROUP query rows at once: as many as have room for two vectors of sums each in the registers. */
#if PLEAT_KERNEL_LEVEL == 2
enum { GROUP = 8 };
#elif PLEAT_KERNEL_LEVEL == 1
enum { GROUP = 6 };
#else
enum { GROUP = 4 };
#endif
enum { STEP = 2 * VW /* keys at once */, KEYS = 128 /* of a tile */, ROWS = (PLEAT_ATTENTION_ROWS + GROUP - 1) / GROUP * GROUP };
static const float log2_e = 1.44269504f;

/* A tile of keys and the state of all query rows, cut from the scratch memory. */
typedef struct state {
  const pleat_attention *a;
  int64_t batch, first, last; /* keys of the tile: first..last-1 */
  int head, room;             /* room: the width rounded up to whole vectors */
  int some_absent;            /* of this tile */
  float *q;                   /* (ROWS,D) times the scale; rows that a group lacks repeat the last one */
  float *k;                   /* (KEYS / STEP,D,STEP) transposed, 0 where absent */
  float *v;                   /* (KEYS,room), 0 where absent */
  float *absent;              /* (KEYS) -inf where absent, else 0 */
  float *score;               /* (GROUP,KEYS) */
  float *sum;                 /* (ROWS,VW) running sum of every VW-th weight */
  float *most;                /* (ROWS) running maximum times log2(e) */
  float *out;                 /* (ROWS,room) running result */
} state;

int64_t PLEAT_ISA(pleat_attention_scratch)(int width) {
  int64_t room = round_up(width, VW);
  return (int64_t)ROWS * width + KEYS * width + KEYS * room + KEYS + GROUP * KEYS + ROWS * VW + ROWS + ROWS * room;
}

/* Parts of vectors cost many times what whole ones do on some processors. */
PLEAT_INLINE vf load_some(const float *p, int left) { return left >= VW ? v_load(p) : v_load_part(p, left); }

/* Rows of a head are far from each other: no stream that the processor would see coming. */
PLEAT_INLINE void fetch_keys(const pleat_attention *a, const float *k, const float *v) {
  enum { LINE = 16 };
  for (int j = VW; j < 2 * VW; j++)
    for (int d = 0; d < a->width; d += LINE) {
      __builtin_prefetch(k + j * a->k_row + d);
      __builtin_prefetch(v + j * a->v_row + d);
    }
}

/* VW keys from `first` on: their k transposed, their v as it is. */
static void pack_keys(state *s, int first, const int present[VW]) {
  const pleat_attention *a = s->a;
  const float *k = a->k + s->batch * a->k_batch + s->head * a->k_head + (s->first + first) * a->k_row;
  const float *v = a->v + s->batch * a->v_batch + s->head * a->v_head + (s->first + first) * a->v_row;
  fetch_keys(a, k, v);
  for (int d = 0; d < a->width; d += VW) {
    int count = a->width - d < VW ? a->width - d : VW;
    vf rows[VW];
    PLEAT_UNROLL for (int j = 0; j < VW; j++) {
      rows[j] = present[j] ? load_some(v + j * a->v_row + d, count) : v_set(0);
      v_store(s->v + (int64_t)(first + j) * s->room + d, rows[j]);
      rows[j] = present[j] ? load_some(k + j * a->k_row + d, count) : v_set(0);
    }
    v_transpose(rows);
    float *to = s->k + (int64_t)(first / STEP * a->width + d) * STEP + first % STEP;
    for (int c = 0; c < count; c++) v_store(to + c * STEP, rows[c]);
  }
}

static void pack_tile(state *s) {
  const float *mask = s->a->mask ? s->a->mask + s->batch * s->a->mask_batch : NULL;
  s->some_absent = 0;
  for (int first = 0; first < round_up(s->last - s->first, STEP); first += VW) {
    int present[VW];
    for (int j = 0; j < VW; j++) {
      int64_t key = s->first + first + j;
      present[j] = key < s->last && (!mask || mask[key] > 0);
      s->absent[first + j] = present[j] ? 0 : -INFINITY;
      s->some_absent |= !present[j];
    }
    pack_keys(s, first, present);
  }
}

/* Scores of GROUP query rows against the tile. `whole` (constant): whole steps of keys, all there; `biased` (constant). */
PLEAT_INLINE void score_keys(const state *s, const float *const q[GROUP], const float *const bias[GROUP], int keys,
                             const int width, const int whole, const int biased) {
  const float *k = s->k;
  for (int j = 0; j < keys; j += STEP) {
    vf sum[GROUP][2];
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) sum[r][0] = sum[r][1] = v_set(0);
    for (int d = 0; d < width; d++, k += STEP) {
      vf left = v_load(k), right = v_load(k + VW);
      PLEAT_UNROLL for (int r = 0; r < GROUP; r++) {
        vf value = v_set(q[r][d]);
        sum[r][0] = v_fma(value, left, sum[r][0]);
        sum[r][1] = v_fma(value, right, sum[r][1]);
      }
    }
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) PLEAT_UNROLL for (int part = 0; part < 2; part++) {
      int at = j + part * VW, left = keys - at;
      vf x = sum[r][part];
      if (biased) x = x + (whole || left >= VW ? v_load(bias[r] + at) : v_load_part(bias[r] + at, left > 0 ? left : 0));
      if (!whole) {
        vf absent = v_load(s->absent + at);
        x = v_negative(absent, absent, x);
      }
      v_store(s->score + r * KEYS + at, x);
    }
  }
}

static void score_tile(const state *s, const float *const q[GROUP], const float *const bias[GROUP], int keys) {
  int width = s->a->width;
  if (s->some_absent && bias[0]) score_keys(s, q, bias, keys, width, 0, 1);
  else if (s->some_absent) score_keys(s, q, bias, keys, width, 0, 0);
  else if (width == 32 && bias[0]) score_keys(s, q, bias, keys, 32, 1, 1); /* the width of nearly all attention */
  else if (width == 32) score_keys(s, q, bias, keys, 32, 1, 0);
  else if (bias[0]) score_keys(s, q, bias, keys, width, 1, 1);
  else score_keys(s, q, bias, keys, width, 1, 0);
}

/* Turns the group's scores into weights and tells by how much what was summed up so far shrinks. The maximum is kept as
 * rounded in base 2, so that its rounding cancels between tiles. */
static void weigh(state *s, int64_t row, int keys, float shrink[VW]) {
  const vf unit = v_set(log2_e);
  float most[VW] = {0};
  int whole = (int)round_up(keys, VW);
  for (int r = 0; r < GROUP; r++) {
    vf lanes = v_set(-INFINITY), other = lanes;
    int j = 0;
    for (; j + VW < whole; j += 2 * VW) {
      lanes = v_max(v_load(s->score + r * KEYS + j), lanes);
      other = v_max(v_load(s->score + r * KEYS + j + VW), other);
    }
    if (j < whole) lanes = v_max(v_load(s->score + r * KEYS + j), lanes);
    most[r] = v_greatest(v_max(lanes, other));
  }
  vf before = v_load_part(s->most + row, GROUP), now = v_max(v_load(most) * unit, before);
  vf base = v_set(0) - v_max(v_set(-FLT_MAX), now);
  v_store_part(s->most + row, now, GROUP);
  v_store(shrink, v_exp2(before + base));
  v_store(most, base);
  for (int r = 0; r < GROUP; r++) {
    float *sum = s->sum + (row + r) * VW;
    vf lanes = v_load(sum) * v_set(shrink[r]), own = v_set(most[r]);
    for (int j = 0; j < whole; j += VW) {
      vf e = v_exp2(v_fma(v_load(s->score + r * KEYS + j), unit, own));
      v_store(s->score + r * KEYS + j, e);
      lanes = lanes + e;
    }
    v_store(sum, lanes);
  }
}

PLEAT_INLINE void add_values(const state *s, int64_t row, int d, const int vectors, const float shrink[VW], int keys) {
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
    float shrink[VW];
    for (int r = 0; r < GROUP; r++) {
      int64_t query = row + r < end ? row + r : end - 1;
      q[r] = s->q + (row - begin + r) * a->width;
      bias[r] = a->bias ? a->bias + s->batch * a->bias_batch + s->head * a->bias_head + query * a->bias_row + s->first : NULL;
    }
    score_tile(s, q, bias, keys);
    weigh(s, row - begin, keys, shrink);
    int d = 0;
    for (; d + 2 * VW <= s->room; d += 2 * VW) add_values(s, row - begin, d, 2, shrink, keys);
    if (d < s->room) add_values(s, row - begin, d, 1, shrink, keys);
  }
}

/* Rows lie far from each other in memory, and are read once for every tile of keys. */
static void pack_queries(state *s, int64_t begin, int64_t end) {
  const pleat_attention *a = s->a;
  const vf scale = v_set(a->scale);
  float *to = s->q;
  for (int64_t row = begin; row < begin + round_up(end - begin, GROUP); row++, to += a->width) {
    const float *q = a->q + s->batch * a->q_batch + (row < end ? row : end - 1) * a->q_row + s->head * a->q_head;
    int d = 0;
    for (; d + VW <= a->width; d += VW) v_store(to + d, v_load(q + d) * scale);
    for (; d < a->width; d++) to[d] = q[d] * a->scale;
  }
}

static void store_rows(const state *s, int64_t begin, int64_t end) {
  const pleat_attention *a = s->a;
  enum { AHEAD = 8, LINE = 16 };
  for (int64_t row = begin; row < end; row++) {
    int64_t at = s->batch * a->out_batch + row * a->out_row + s->head * a->out_head;
    for (int d = 0; d < a->width; d += LINE) {
      __builtin_prefetch(a->out + at + AHEAD * a->out_row + d, 1);
      if (a->gate) __builtin_prefetch(a->gate + at + AHEAD * a->out_row + d);
    }
    float sum = v_sum(v_load(s->sum + (row - begin) * VW));
    vf scale = v_set(sum == 0 ? 0 : 1 / sum);
    for (int d = 0; d < a->width; d += VW) {
      vf x = v_load(s->out + (row - begin) * s->room + d) * scale;
      if (a->gate) x = x * load_some(a->gate + at + d, a->width - d);
      if (a->width - d >= VW)
        v_store(a->out + at + d, x);
      else
        v_store_part(a->out + at + d, x, a->width - d);
    }
  }
}

void PLEAT_ISA(pleat_attention_rows)(const pleat_attention *a, int64_t batch, int head, int64_t begin, int64_t end,
                                     float *scratch) {
  state s = {.a = a, .batch = batch, .head = head, .room = (int)round_up(a->width, VW)};
  s.q = scratch;
  s.k = s.q + (int64_t)ROWS * a->width;
  s.v = s.k + KEYS * a->width;
  s.absent = s.v + KEYS * s.room;
  s.score = s.absent + KEYS;
  s.sum = s.score + GROUP * KEYS;
  s.most = s.sum + ROWS * VW;
  s.out = s.most + ROWS;
  for (int r = 0; r < ROWS; r++) s.most[r] = -INFINITY;
  for (int i = 0; i < ROWS * VW; i++) s.sum[i] = 0;
  for (int i = 0; i < ROWS * s.room; i++) s.out[i] = 0;
  pack_queries(&s, begin, end);
  for (s.first = 0; s.first < a->keys; s.first += KEYS) {
    s.last = s.first + KEYS < a->keys ? s.first + KEYS : a->keys;
    pack_tile(&s);
    visit_tile(&s, begin, end);
  }
  store_rows(&s, begin, end);
}
