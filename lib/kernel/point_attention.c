/* Invariant point attention of one head (AlphaFold 2, algorithm 22): keys run along vectors, so a row of logits, its
 * softmax and its spectrum are loops over contiguous memory; squared distances are summed from differences.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lib/kernel/internal.h"

#if PLEAT_KERNEL_LEVEL == 2
enum { GROUP = 8 /* query rows at once */ };
#else
enum { GROUP = 4 };
#endif
enum { QUAD = 4 /* rows of one pass over the keys */, TRIPLE = 3 /* vectors of one pass over the values */ };

/* One head's keys and values, rearranged, and a group's attention; cut from the scratch memory. */
typedef struct state {
  const pleat_point_attention *a;
  int head;
  int64_t room;    /* keys, rounded up to two vectors */
  int64_t values;  /* V + 3W, rounded up to a vector */
  float *k, *kp;   /* (D,room), (3P,room); 0 where absent */
  float *v;        /* (L,values): v, then vp; 0 where absent */
  float *zeros;    /* as many as a key has numbers */
  float *absent;   /* (room) -inf where absent, else 0 */
  float *weight;   /* (GROUP,room) logits, then exp(logit - most) */
  float *sum;      /* (GROUP,values) */
  float *most;     /* (GROUP) greatest logit of each row */
  float *scale;    /* (GROUP) 1 / sum of each row's weights */
  int32_t *run;    /* (L) keys from here on whose index grows by 1 each */
} state;

/* The longer of a key's two parts. */
static int64_t numbers_of_key(const pleat_point_attention *a) {
  int points = 3 * a->query_points;
  return round_up(a->width > points ? a->width : points, VW);
}

static state cut(const pleat_point_attention *a, int head, float *scratch) {
  state s = {.a = a, .head = head, .room = round_up(a->length, 2 * VW)};
  s.values = round_up(a->value_width + 3 * a->value_points, VW);
  s.k = scratch;
  s.kp = s.k + a->width * s.room;
  s.v = s.kp + 3 * a->query_points * s.room;
  s.zeros = s.v + a->length * s.values;
  s.absent = s.zeros + numbers_of_key(a);
  s.weight = s.absent + s.room;
  s.sum = s.weight + GROUP * s.room;
  s.most = s.sum + GROUP * s.values;
  s.scale = s.most + GROUP;
  s.run = (int32_t *)(s.scale + GROUP);
  return s;
}

int64_t PLEAT_ISA(pleat_point_attention_scratch)(const pleat_point_attention *a) {
  int64_t room = round_up(a->length, 2 * VW), values = round_up(a->value_width + 3 * a->value_points, VW);
  return (a->width + 3 * a->query_points + 1 + GROUP) * room + (a->length + GROUP) * values + 2 * GROUP +
         numbers_of_key(a) + a->length;
}

/* to (n,room) = from (room,n) transposed, `step` floats between the rows of `from`; 0 for absent keys. */
static void transpose(const state *s, const float *from, int64_t step, int n, float *to) {
  enum { LINE = 16 };
  const float *row[LINE];
  for (int64_t first = 0; first < s->room; first += VW) {
    for (int j = 0; j < VW; j++) row[j] = s->absent[first + j] < 0 ? s->zeros : from + (first + j) * step;
    for (int c = 0; c < n; c++)
      for (int j = 0; j < VW; j++) to[c * s->room + first + j] = row[j][c];
  }
}

static void join_values(const state *s) {
  const pleat_point_attention *a = s->a;
  size_t width = (size_t)a->value_width, points = 3 * (size_t)a->value_points;
  for (int64_t j = 0; j < a->length; j++) {
    float *to = s->v + j * s->values;
    memset(to, 0, (size_t)s->values * sizeof *to);
    if (s->absent[j] < 0) continue;
    if (width) memcpy(to, a->v + ((size_t)j * (size_t)a->heads + (size_t)s->head) * width, width * sizeof *to);
    if (points) memcpy(to + width, a->vp + ((size_t)j * (size_t)a->heads + (size_t)s->head) * points, points * sizeof *to);
  }
}

static void prepare(const state *s) {
  const pleat_point_attention *a = s->a;
  int points = 3 * a->query_points;
  for (int64_t j = 0; j < s->room; j++)
    s->absent[j] = j < a->length && (!a->mask || a->mask[j] > 0) ? 0 : -INFINITY;
  memset(s->zeros, 0, (size_t)numbers_of_key(a) * sizeof *s->zeros);
  transpose(s, a->k + s->head * a->width, (int64_t)a->heads * a->width, a->width, s->k);
  transpose(s, a->kp + s->head * points, (int64_t)a->heads * points, points, s->kp);
  join_values(s);
  if (!a->spectrum) return;
  for (int64_t j = a->length - 1; j >= 0; j--)
    s->run[j] = j + 1 < a->length && (int64_t)a->index[j + 1] - a->index[j] == 1 ? s->run[j + 1] + 1 : 1;
}

/* Logits of QUAD query rows, from the group's row `at` on. */
static void logits(const state *s, const int64_t row[QUAD], int at_row) {
  const pleat_point_attention *a = s->a;
  const int points = 3 * a->query_points, width = a->width;
  const int64_t room = s->room;
  const float *q[QUAD], *qp[QUAD];
  float *to = s->weight + at_row * room;
  vf most[QUAD];
  const vf factor = v_set(-0.5f * a->weight[s->head]);
  PLEAT_UNROLL for (int r = 0; r < QUAD; r++) {
    q[r] = a->q + (row[r] * a->heads + s->head) * width;
    qp[r] = a->qp + (row[r] * a->heads + s->head) * points;
    most[r] = v_set(-INFINITY);
  }
  for (int64_t j = 0; j < room; j += 2 * VW) {
    vf sum[QUAD][2];
    PLEAT_UNROLL for (int r = 0; r < QUAD; r++) sum[r][0] = sum[r][1] = v_set(0);
    const float *k = s->kp + j;
    for (int c = 0; c < points; c++, k += room) {
      vf left = v_load(k), right = v_load(k + VW);
      PLEAT_UNROLL for (int r = 0; r < QUAD; r++) {
        vf value = v_set(qp[r][c]), d = left - value, e = right - value;
        sum[r][0] = v_fma(d, d, sum[r][0]);
        sum[r][1] = v_fma(e, e, sum[r][1]);
      }
    }
    PLEAT_UNROLL for (int r = 0; r < QUAD; r++) PLEAT_UNROLL for (int part = 0; part < 2; part++) {
      int64_t at = j + part * VW, left = a->length - at;
      const float *bias = a->bias ? a->bias + (s->head * pleat_point_rows(a) + row[r]) * a->length + at : NULL;
      vf start = v_set(0);
      if (bias && left > 0) start = left >= VW ? v_load(bias) : v_load_part(bias, (int)left);
      sum[r][part] = v_fma(factor, sum[r][part], start);
    }
    k = s->k + j;
    for (int d = 0; d < width; d++, k += room) {
      vf left = v_load(k), right = v_load(k + VW);
      PLEAT_UNROLL for (int r = 0; r < QUAD; r++) {
        vf value = v_set(q[r][d]);
        sum[r][0] = v_fma(value, left, sum[r][0]);
        sum[r][1] = v_fma(value, right, sum[r][1]);
      }
    }
    PLEAT_UNROLL for (int r = 0; r < QUAD; r++) PLEAT_UNROLL for (int part = 0; part < 2; part++) {
      vf absent = v_load(s->absent + j + part * VW);
      vf x = v_negative(absent, absent, sum[r][part]);
      most[r] = v_max(x, most[r]);
      v_store(to + r * room + j + part * VW, x);
    }
  }
  PLEAT_UNROLL for (int r = 0; r < QUAD; r++) s->most[at_row + r] = v_greatest(most[r]);
}

/* exp(x - most) in place for one row; 1 / sum, or 0 without any present key. */
static float exponentiate(float *x, float most, int64_t room) {
  vf sum[2] = {v_set(0), v_set(0)}, base = v_set(most == -INFINITY ? 0 : most);
  for (int64_t j = 0; j < room; j += 2 * VW) {
    vf left = v_exp(v_load(x + j) - base), right = v_exp(v_load(x + j + VW) - base);
    v_store(x + j, left);
    v_store(x + j + VW, right);
    sum[0] = sum[0] + left;
    sum[1] = sum[1] + right;
  }
  float total = v_sum(sum[0] + sum[1]);
  return total == 0 ? 0 : 1 / total;
}

/* GROUP rows of attention times `vectors` (constant) vectors of the values, from column `c` on. */
PLEAT_INLINE void add_values(const state *s, int64_t c, const int vectors) {
  vf sum[GROUP][TRIPLE];
  const float *value = s->v + c;
  PLEAT_UNROLL for (int r = 0; r < GROUP; r++) PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v_set(0);
  for (int64_t j = 0; j < s->a->length; j++, value += s->values) {
    vf part[TRIPLE];
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) part[v] = v_load(value + v * VW);
    PLEAT_UNROLL for (int r = 0; r < GROUP; r++) {
      vf weight = v_set(s->weight[r * s->room + j]);
      PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(weight, part[v], sum[r][v]);
    }
  }
  PLEAT_UNROLL for (int r = 0; r < GROUP; r++)
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) v_store(s->sum + r * s->values + c + v * VW, sum[r][v] * v_set(s->scale[r]));
}

static void sum_values(const state *s) {
  int64_t c = 0;
  for (; c + TRIPLE * VW <= s->values; c += TRIPLE * VW) add_values(s, c, TRIPLE);
  if (c + 2 * VW <= s->values)
    add_values(s, c, 2);
  else if (c < s->values)
    add_values(s, c, 1);
}

/* to[i] += scale from[i]. */
static void add_run(float *to, const float *from, vf scale, int64_t n) {
  for (; n >= VW; n -= VW, to += VW, from += VW) v_store(to, v_fma(scale, v_load(from), v_load(to)));
  if (n) v_store_part(to, v_fma(scale, v_load_part(from, (int)n), v_load_part(to, (int)n)), (int)n);
}

/* Keys j..j+count-1, whose index grows by 1, fill neighbouring bins: they are added as they stand, cut where the bins wrap. */
static void spread_run(const state *s, int64_t row, int r, int64_t j, int64_t count) {
  const pleat_point_attention *a = s->a;
  float *to = a->spectrum + (row * a->heads + s->head) * a->bins;
  const float *weight = s->weight + r * s->room;
  vf scale = v_set(s->scale[r]);
  int64_t bin = ((int64_t)a->index[j] - a->index[row]) % a->bins, n;
  if (bin < 0) bin += a->bins;
  for (; count > 0; count -= n, j += n, bin = 0) {
    n = count < a->bins - bin ? count : a->bins - bin;
    add_run(to + bin, weight + j, scale, n);
  }
}

/* Run by run through all rows, so that what is added to has left the store buffer: reading it across two stores stalls. */
static void spread(const state *s, int64_t first, int rows) {
  const pleat_point_attention *a = s->a;
  for (int r = 0; r < rows; r++)
    memset(a->spectrum + ((first + r) * a->heads + s->head) * a->bins, 0, (size_t)a->bins * sizeof(float));
  for (int64_t j = 0; j < a->length; j += s->run[j])
    for (int r = 0; r < rows; r++) spread_run(s, first + r, r, j, s->run[j]);
}

/* Rows of one head lie far apart: asks early for the lines that a group's results go to and the next group's queries. */
static void fetch_group(const state *s, int64_t first, int64_t end) {
  enum { LINE = 16 /* floats */ };
  const pleat_point_attention *a = s->a;
  for (int64_t row = first; row < first + GROUP && row < end; row++) {
    int64_t at = row * a->heads + s->head, next = at + (row + GROUP < end ? GROUP * a->heads : 0);
    for (int b = 0; a->spectrum && b < a->bins; b += LINE) __builtin_prefetch(a->spectrum + at * a->bins + b, 1);
    for (int v = 0; v < a->value_width; v += LINE) __builtin_prefetch(a->out + at * a->value_width + v, 1);
    for (int v = 0; v < 3 * a->value_points; v += LINE) __builtin_prefetch(a->points + at * 3 * a->value_points + v, 1);
    for (int d = 0; d < a->width; d += LINE) __builtin_prefetch(a->q + next * a->width + d);
    for (int c = 0; c < 3 * a->query_points; c += LINE) __builtin_prefetch(a->qp + next * 3 * a->query_points + c);
  }
}

static void store_row(const state *s, int64_t row, const float *sum) {
  const pleat_point_attention *a = s->a;
  int64_t at = row * a->heads + s->head;
  if (a->value_width) memcpy(a->out + at * a->value_width, sum, (size_t)a->value_width * sizeof *sum);
  if (a->value_points)
    memcpy(a->points + at * a->value_points * 3, sum + a->value_width, 3 * (size_t)a->value_points * sizeof *sum);
}

static void keep_row(const state *s, int r, float *to) {
  const float *from = s->weight + r * s->room;
  const vf scale = v_set(s->scale[r]);
  int64_t j = 0, length = s->a->length;
  for (; j + VW <= length; j += VW) v_store(to + j, v_load(from + j) * scale);
  if (j < length) v_store_part(to + j, v_load_part(from + j, (int)(length - j)) * scale, (int)(length - j));
}

void PLEAT_ISA(pleat_point_attention_rows)(const pleat_point_attention *a, int head, int64_t begin, int64_t end,
                                           float *scratch, float *kept) {
  state s = cut(a, head, scratch);
  prepare(&s);
  for (int64_t first = begin; first < end; first += GROUP) {
    int64_t row[GROUP]; /* rows that the group lacks repeat the last one */
    for (int r = 0; r < GROUP; r++) row[r] = first + r < end ? first + r : end - 1;
    fetch_group(&s, first, end);
    for (int r = 0; r < GROUP; r += QUAD) logits(&s, row + r, r);
    for (int r = 0; r < GROUP; r++) s.scale[r] = exponentiate(s.weight + r * s.room, s.most[r], s.room);
    sum_values(&s);
    int rows = (int)(end - first < GROUP ? end - first : GROUP);
    for (int r = 0; r < rows; r++) store_row(&s, first + r, s.sum + r * s.values);
    for (int r = 0; kept && r < rows; r++) keep_row(&s, r, kept + (first - begin + r) * a->heads * a->length);
    if (a->spectrum) spread(&s, first, rows);
  }
}
