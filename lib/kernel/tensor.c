/* Tensor products of irreps: sixteen rows at once, each in a lane of its own, over the few entries that couple.
 * SPDX-License-Identifier: MIT */
#include "lib/kernel/internal.h"

enum { LANES = PLEAT_TENSOR_LANES, VECTORS = LANES / VW, TILE_OUT = 6, WIDE = 32 };

typedef float four __attribute__((vector_size(16)));

/* Sixteen numbers, one a row, as the vectors of this instruction set. */
typedef struct lane {
  vf v[VECTORS];
} lane;

PLEAT_INLINE lane load(const float *p) {
  lane x;
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) x.v[v] = v_load(p + v * VW);
  return x;
}

PLEAT_INLINE void store(float *p, lane x) {
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) v_store(p + v * VW, x.v[v]);
}

PLEAT_INLINE lane zero(void) {
  lane x;
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) x.v[v] = v_set(0);
  return x;
}

PLEAT_INLINE lane multiply(lane a, lane b) {
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) a.v[v] = a.v[v] * b.v[v];
  return a;
}

PLEAT_INLINE lane add(lane a, lane b) {
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) a.v[v] = a.v[v] + b.v[v];
  return a;
}

PLEAT_INLINE lane fma_lane(lane a, lane b, lane c) {
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) c.v[v] = v_fma(a.v[v], b.v[v], c.v[v]);
  return c;
}

PLEAT_INLINE lane fma_one(float a, lane b, lane c) {
  PLEAT_UNROLL for (int v = 0; v < VECTORS; v++) c.v[v] = v_fma(v_set(a), b.v[v], c.v[v]);
  return c;
}

/* ---- Rows to lanes and back ------------------------------------------------------------------------------------ */

PLEAT_INLINE void transpose_four(const four in[4], four out[4]) {
  four a = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5), b = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
  four c = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7), d = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
  out[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5), out[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  out[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5), out[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/* Columns first..first+count-1 of sixteen rows to (count, LANES). */
static void spread(const float *const row[LANES], int first, int count, float *to) {
  int c = 0;
  for (; c + 4 <= count; c += 4)
    for (int r = 0; r < LANES; r += 4) {
      four in[4], out[4];
      PLEAT_UNROLL for (int i = 0; i < 4; i++) memcpy(&in[i], row[r + i] + first + c, sizeof in[i]);
      transpose_four(in, out);
      PLEAT_UNROLL for (int i = 0; i < 4; i++) memcpy(to + (c + i) * LANES + r, &out[i], sizeof out[i]);
    }
  for (; c < count; c++)
    for (int r = 0; r < LANES; r++) to[c * LANES + r] = row[r][first + c];
}

/* And back, for the first `rows` rows; `adds`: to what is there. */
PLEAT_INLINE void gather(const float *from, int count, int rows, const bool adds, float *const row[LANES]) {
  for (int r = 0; r < rows; r += 4) {
    int c = 0, left = rows - r < 4 ? rows - r : 4;
    for (; c + 4 <= count; c += 4) {
      four in[4], out[4], old;
      PLEAT_UNROLL for (int i = 0; i < 4; i++) memcpy(&in[i], from + (c + i) * LANES + r, sizeof in[i]);
      transpose_four(in, out);
      for (int i = 0; i < left; i++) {
        if (adds) memcpy(&old, row[r + i] + c, sizeof old), out[i] += old;
        memcpy(row[r + i] + c, &out[i], sizeof out[i]);
      }
    }
    for (; c < count; c++)
      for (int i = 0; i < left; i++) row[r + i][c] = from[c * LANES + r + i] + (adds ? row[r + i][c] : 0);
  }
}

static void give(const pleat_kernel_tensor *t, const float *from, int64_t row, int rows) {
  float *to[LANES];
  for (int r = 0; r < rows; r++) to[r] = t->y + (t->target ? t->target[row + r] : row + r) * t->dimension_out;
  if (t->target)
    gather(from, t->dimension_out, rows, true, to);
  else
    gather(from, t->dimension_out, rows, false, to);
}

/* ---- One path -------------------------------------------------------------------------------------------------- */

/* A path at work on a block: its operands as (.., LANES), weights shared (one number each) or a lane each. */
typedef struct work {
  const pleat_kernel_tensor *tensor;
  const pleat_kernel_tensor_path *path;
  const float *x1, *x2; /* of the path's terms */
  const float *shared, *each; /* weights of the path; both NULL: none */
  float *y, *pairs, *middle;
} work;

/* Adds the product of one pair to its place in y, or keeps it for the mixing of pairs. */
PLEAT_INLINE void put(const work *w, int64_t weight, int64_t place, int k, lane x) {
  const pleat_kernel_tensor_path *p = w->path;
  if (p->mixes) {
    store(w->pairs + (weight * p->width_out + k) * LANES, x);
    return;
  }
  float *y = w->y + (place * p->width_out + k) * LANES;
  if (w->each)
    store(y, fma_lane(load(w->each + weight * LANES), x, load(y)));
  else if (w->shared)
    store(y, fma_one(w->shared[weight], x, load(y)));
  else
    store(y, add(x, load(y)));
}

/* sum over the entries, ordered by k, of value x1(i) x2(j). */
static void couple(const work *w, const float *x1, const float *x2, int64_t weight, int64_t place) {
  const pleat_kernel_tensor_path *p = w->path;
  const pleat_kernel_tensor_entry *e = w->tensor->entries + p->first, *end = e + p->count;
  for (int k = 0; k < p->width_out; k++) {
    lane sum = zero();
    for (; e < end && e->k == k; e++) sum = fma_one(e->value, multiply(load(x1 + e->i * LANES), load(x2 + e->j * LANES)), sum);
    put(w, weight, place, k, sum);
  }
}

/* middle (width1, width_out) = sum over j of value(i,j,k) x2(j), once for all that couple with this copy of the second. */
static void contract(const work *w, const float *x2) {
  const pleat_kernel_tensor_path *p = w->path;
  const pleat_kernel_tensor_entry *e = w->tensor->entries + p->first, *end = e + p->count;
  for (int i = 0; i < p->width1 * p->width_out; i++) store(w->middle + i * LANES, zero());
  for (; e < end; e++) {
    float *m = w->middle + (e->i * p->width_out + e->k) * LANES;
    store(m, fma_one(e->value, load(x2 + e->j * LANES), load(m)));
  }
}

static void apply_middle(const work *w, const float *x1, int64_t weight, int64_t place) {
  const pleat_kernel_tensor_path *p = w->path;
  for (int k = 0; k < p->width_out; k++) {
    const float *m = w->middle + k * LANES;
    lane sum = zero();
    for (int i = 0; i < p->width1; i++, m += p->width_out * LANES) sum = fma_lane(load(m), load(x1 + i * LANES), sum);
    put(w, weight, place, k, sum);
  }
}

/* Every copy of the first with every copy of the second. */
static void all_pairs(const work *w) {
  const pleat_kernel_tensor_path *p = w->path;
  for (int b = 0; b < p->copies2; b++) {
    const float *x2 = w->x2 + b * p->width2 * LANES;
    if (p->contracts) contract(w, x2);
    for (int a = 0; a < p->copies1; a++) {
      const float *x1 = w->x1 + a * p->width1 * LANES;
      int64_t weight = a * p->weight_step1 + b * p->weight_step2, place = a * p->out_step1 + b * p->out_step2;
      if (p->contracts)
        apply_middle(w, x1, weight, place);
      else
        couple(w, x1, x2, weight, place);
    }
  }
}

/* Copy u with copy u, or with all v > u. */
static void listed_pairs(const work *w) {
  const pleat_kernel_tensor_path *p = w->path;
  int64_t pair = 0;
  for (int u = 0; u < p->copies1; u++) {
    int first = p->pairs == PLEAT_TENSOR_PAIRS_SAME ? u : u + 1;
    int last = p->pairs == PLEAT_TENSOR_PAIRS_SAME ? u : p->copies2 - 1;
    for (int v = first; v <= last; v++, pair++)
      couple(w, w->x1 + u * p->width1 * LANES, w->x2 + v * p->width2 * LANES, pair, pair * p->out_step1);
  }
}

/* y(w,k) += sum over pairs of weight(pair,w) pairs(pair,k), weights shared by all rows: `outs` (constant) w at once. */
PLEAT_INLINE void mix_tile(const work *w, const int outs, int first, int column) {
  const pleat_kernel_tensor_path *p = w->path;
  int64_t stride = (int64_t)p->width_out * LANES;
  const float *from = w->pairs + column, *weight = w->shared + first;
  vf sum[TILE_OUT];
  PLEAT_UNROLL for (int o = 0; o < outs; o++) sum[o] = v_load(w->y + (first + o) * stride + column);
  for (int pair = 0; pair < p->mixed; pair++, from += stride, weight += p->copies_out) {
    vf x = v_load(from);
    PLEAT_UNROLL for (int o = 0; o < outs; o++) sum[o] = v_fma(v_set(weight[o]), x, sum[o]);
  }
  PLEAT_UNROLL for (int o = 0; o < outs; o++) v_store(w->y + (first + o) * stride + column, sum[o]);
}

static void mix_shared(const work *w) {
  const pleat_kernel_tensor_path *p = w->path;
  for (int column = 0; column < p->width_out * LANES; column += VW) {
    int o = 0;
    for (; o + TILE_OUT <= p->copies_out; o += TILE_OUT) mix_tile(w, TILE_OUT, o, column);
    for (; o < p->copies_out; o++) mix_tile(w, 1, o, column);
  }
}

static void mix_each(const work *w) {
  const pleat_kernel_tensor_path *p = w->path;
  for (int o = 0; o < p->copies_out; o++)
    for (int k = 0; k < p->width_out; k++) {
      float *y = w->y + ((int64_t)o * p->width_out + k) * LANES;
      lane sum = load(y);
      for (int64_t pair = 0; pair < p->mixed; pair++)
        sum = fma_lane(load(w->each + (pair * p->copies_out + o) * LANES), load(w->pairs + (pair * p->width_out + k) * LANES), sum);
      store(y, sum);
    }
}

/* ---- A block of rows ------------------------------------------------------------------------------------------- */

/* The lanes' rows: absent ones repeat the last. */
static void find_rows(const float *x, const int32_t *index, int width, int64_t row, int rows, const float *out[LANES]) {
  for (int r = 0; r < LANES; r++) {
    int64_t at = row + (r < rows ? r : rows - 1);
    out[r] = x + (index ? index[at] : at) * width;
  }
}

static void block(const pleat_kernel_tensor *t, int64_t row, int rows, float *scratch) {
  float *x1 = scratch, *x2 = x1 + (int64_t)t->dimension1 * LANES, *y = x2 + (int64_t)t->dimension2 * LANES;
  float *each = y + (int64_t)t->dimension_out * LANES, *pairs = each + t->most_weights * LANES;
  float *middle = pairs + t->most_pairs * LANES;
  const float *row1[LANES], *row2[LANES], *weights[LANES];
  find_rows(t->x1, t->index1, t->dimension1, row, rows, row1);
  find_rows(t->x2, t->index2, t->constant2 ? 0 : t->dimension2, row, rows, row2);
  spread(row1, 0, t->dimension1, x1);
  spread(row2, 0, t->dimension2, x2);
  if (!t->shared && t->weights) find_rows(t->weights, NULL, t->weight_count, row, rows, weights);
  memset(y, 0, sizeof *y * (size_t)t->dimension_out * LANES);
  for (const pleat_kernel_tensor_path *p = t->paths; p < t->paths + t->path_count; p++) {
    work w = {.tensor = t, .path = p, .y = y + p->offset_out * LANES, .pairs = pairs, .middle = middle};
    w.x1 = (p->swapped ? x2 : x1) + p->offset1 * LANES;
    w.x2 = (p->swapped ? x1 : x2) + p->offset2 * LANES;
    if (p->weights && t->shared) w.shared = t->weights + p->first_weight;
    if (p->weights && !t->shared) {
      spread(weights, (int)p->first_weight, (int)p->weights, each);
      w.each = each;
    }
    if (p->pairs == PLEAT_TENSOR_PAIRS_ALL)
      all_pairs(&w);
    else
      listed_pairs(&w);
    if (p->mixes && t->shared) mix_shared(&w);
    if (p->mixes && !t->shared) mix_each(&w);
  }
  give(t, y, row, rows);
}

void PLEAT_ISA(pleat_tensor_rows)(const pleat_kernel_tensor *t, int64_t begin, int64_t end, float *scratch) {
  for (int64_t row = begin; row < end; row += LANES) block(t, row, (int)(end - row < LANES ? end - row : LANES), scratch);
}

/* ---- One row, copies side by side ------------------------------------------------------------------------------ */

/* middle (width_out, width1) = sum over j of value(i,j,k) y(j). */
static void contract_row(const pleat_kernel_tensor_path *p, const pleat_kernel_tensor_entry *e, const float *y, float *middle) {
  for (int i = 0; i < p->width1 * p->width_out; i++) middle[i] = 0;
  for (const pleat_kernel_tensor_entry *end = e + p->count; e < end; e++) middle[e->k * p->width1 + e->i] += e->value * y[e->j];
}

/* `vectors` (constant) vectors of copies: z(k) += weight sum over i of middle(k,i) x(i). */
PLEAT_INLINE void couple_copies(const pleat_kernel_tensor_path *p, const float *middle, const float *x, const float *weight,
                                const int vectors, float *z) {
  int64_t copies = p->copies1;
  for (int k = 0; k < p->width_out; k++, z += copies) {
    const float *from = x;
    vf sum[4];
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[v] = v_set(0);
    for (int i = 0; i < p->width1; i++, from += copies, middle++)
      PLEAT_UNROLL for (int v = 0; v < vectors; v++) sum[v] = v_fma(v_set(*middle), v_load(from + v * VW), sum[v]);
    PLEAT_UNROLL for (int v = 0; v < vectors; v++) {
      vf factor = v_set(1);
      if (weight) factor = v_load(weight + v * VW);
      v_store(z + v * VW, v_fma(factor, sum[v], v_load(z + v * VW)));
    }
  }
}

/* The last copies, fewer than a vector's, with the same operations. */
static void couple_rest(const pleat_kernel_tensor_path *p, const float *middle, const float *x, const float *weight, int rest, float *z) {
  for (int k = 0; k < p->width_out; k++, z += p->copies1) {
    vf sum = v_set(0), factor = v_set(1);
    if (weight) factor = v_load_part(weight, rest);
    for (int i = 0; i < p->width1; i++) sum = v_fma(v_set(*middle++), v_load_part(x + (int64_t)i * p->copies1, rest), sum);
    v_store_part(z, v_fma(factor, sum, v_load_part(z, rest)), rest);
  }
}

void PLEAT_ISA(pleat_tensor_depthwise)(const pleat_kernel_tensor *t, const float *x, const float *y, const float *weights,
                                       float *middle, float *z) {
  for (const pleat_kernel_tensor_path *p = t->paths; p < t->paths + t->path_count; p++) {
    const float *from = x + p->offset1, *weight = p->weights ? weights + p->first_weight : NULL;
    float *to = z + p->offset_out;
    int u = 0;
    contract_row(p, t->entries + p->first, y + p->offset2, middle);
    for (; u + 4 * VW <= p->copies1; u += 4 * VW) couple_copies(p, middle, from + u, weight ? weight + u : NULL, 4, to + u);
    for (; u + VW <= p->copies1; u += VW) couple_copies(p, middle, from + u, weight ? weight + u : NULL, 1, to + u);
    if (u < p->copies1) couple_rest(p, middle, from + u, weight ? weight + u : NULL, p->copies1 - u, to + u);
  }
}

/* ---- Sixteen rows side by side --------------------------------------------------------------------------------- */

void PLEAT_ISA(pleat_tensor_sparse)(const pleat_kernel_sparse *map, const float *x, float *y) {
  const pleat_kernel_sparse_term *t = map->terms;
  for (int n = 0; n < map->count; n++) {
    const pleat_kernel_sparse_term *end = map->terms + map->first[n + 1];
    lane sum = zero();
    for (; t < end; t++) sum = fma_one(t->value, load(x + (int64_t)t->index * LANES), sum);
    store(y + (int64_t)map->target[n] * LANES, sum);
  }
}

void PLEAT_ISA(pleat_tensor_spread)(const float *x, int64_t ld, int rows, int count, float *y) {
  const float *row[LANES];
  for (int r = 0; r < LANES; r++) row[r] = x + (r < rows ? r : rows - 1) * ld;
  spread(row, 0, count, y);
}

void PLEAT_ISA(pleat_tensor_gather)(const float *x, int count, int rows, float *y, int64_t ld) {
  float *row[LANES];
  for (int r = 0; r < rows; r++) row[r] = y + r * ld;
  gather(x, count, rows, false, row);
}
