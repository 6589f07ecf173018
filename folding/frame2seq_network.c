/* Frame2seq's network: eight layers of point attention with pair bias, a transition, and an update of the pairs.
 * SPDX-License-Identifier: MIT
 *
 * The facts are those of the published package (frame2seq 0.0.8). Only the pairs themselves (L,L,128) are kept: their
 * features and the wide layers of their update live in tiles of a few pairs a thread. What the update's first linear
 * makes of the two residues of a pair is worked out once a residue. */
#include "folding/frame2seq_network.h"

#include <math.h>
#include <string.h>

#include "lib/kernel/kernels.h"
#include "lib/op_scope.h"
#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_FRAME2SEQ_C,
  Z = PLEAT_FRAME2SEQ_Z,
  H = PLEAT_FRAME2SEQ_H,
  D = PLEAT_FRAME2SEQ_D,
  P = PLEAT_FRAME2SEQ_P,
  W = PLEAT_FRAME2SEQ_W,
  E = PLEAT_FRAME2SEQ_E,
  LAYERS = PLEAT_FRAME2SEQ_LAYERS,
  VALUES = PLEAT_FRAME2SEQ_VALUES,
  EDGE = PLEAT_FRAME2SEQ_EDGE,
  WIDE = PLEAT_FRAME2SEQ_WIDE,
  SINGLE = PLEAT_FRAME2SEQ_SINGLE,
  RADIAL = PLEAT_FRAME2SEQ_PAIR,
  LETTERS = PLEAT_TARGET_LETTERS,
  TILE = 96, /* pairs that a thread takes through all steps at once: their rows stay in its cache */
  ROW_GRAIN = 16
};
static const float epsilon = 1e-5f;

/* ---- State ---- */

typedef struct state {
  const pleat_frame2seq_network *network;
  const pleat_frame2seq_pass *pass;
  const pleat_kernels *kernels;
  int64_t length;
  float *s;    /* (L,C) */
  float *z;    /* (L,L,Z) */
  float *bias; /* (H,L,L) of the next attention */
  /* of the layer at work: */
  const pleat_frame2seq_layer *layer;
  const float *q, *kv, *qp, *kvp;              /* (L, ...) as the linears give them */
  float *query, *key, *value;                  /* (L,H,D) */
  float *query_points, *key_points;            /* (L,H,P,3) */
  float *value_points;                         /* (L,H,W,3) */
  float *out, *points, *pairs, *joined;        /* (L,H,D), (L,H,W,3), (L,H,Z), (L,VALUES) */
  const float *embedded, *from_i, *from_j;     /* (L,E), (L,EDGE), (L,EDGE) */
  const pleat_frame2seq_layer *next;           /* whose bias a tile of pairs fills */
  float *scratch;                              /* (threads, scratch_size) */
  int64_t scratch_size;
} state;

/* A tile of pairs first .. first+count-1, numbered i L + j; its wide rows lie in the thread's scratch. */
typedef struct tile {
  int64_t first, count;
  float *a, *b;    /* (TILE,EDGE) each; together (TILE,RADIAL) */
  float *bias;     /* (TILE,H) */
  float *products; /* for linears */
} tile;

static int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t tile_size(const pleat_frame2seq_network *network) {
  const pleat_frame2seq_layer *l = &network->layers[0];
  int64_t products = greater(pleat_linear_scratch(&network->radial), pleat_linear_scratch(&l->b));
  products = greater(products, greater(pleat_linear_scratch(&l->first), pleat_linear_scratch(&l->second)));
  products = greater(products, pleat_linear_scratch(&l->final));
  return TILE * (2 * EDGE + H) + (products + 15) / 16 * 16;
}

static tile cut_tile(const state *f, int64_t item, int thread) {
  float *scratch = f->scratch + thread * f->scratch_size;
  int64_t first = item * TILE, pairs = f->length * f->length;
  return (tile){first, pairs - first < TILE ? pairs - first : TILE, scratch, scratch + TILE * EDGE,
                scratch + 2 * TILE * EDGE, scratch + TILE * (2 * EDGE + H)};
}

/* Runs `fn` over all pairs, tile by tile; `products` multiply-adds a pair. */
static void for_each_tile(pleat_run *run, state *f, double products, pleat_team_fn fn, const char *name) {
  size_t mark = pleat_arena_mark(run->arena);
  double started, pairs = (double)f->length * (double)f->length;
  f->scratch_size = tile_size(f->network);
  f->scratch = pleat_run_take(run, f->scratch_size * run->threads);
  if (pleat_op_begin(run, PLEAT_OP_DENSE, 2 * pairs * products, 2 * pairs * Z, &started)) {
    pleat_team_for(run->threads, (f->length * f->length + TILE - 1) / TILE, 1, fn, f);
    PLEAT_OP_END(run, started, run->kernels->name, name, "l%lld", (long long)f->length);
  }
  pleat_arena_release(run->arena, mark);
}

/* ---- Pairs ---- */

/* The attention bias of the next layer: sqrt(1/3) linear_b(z), by head. */
static void bias_tile(const state *f, const tile *t) {
  int64_t plane = f->length * f->length;
  const float scale = sqrtf(1.0f / 3);
  pleat_linear_rows(&f->next->b, t->count, f->z + t->first * Z, Z, NULL, t->bias, H, t->products);
  for (int h = 0; h < H; h++)
    for (int64_t r = 0; r < t->count; r++) f->bias[h * plane + t->first + r] = scale * t->bias[r * H + h];
}

static const float *offset_table(const pleat_frame2seq_network *network) { return network->letters + LETTERS * C; }

static void start_tile(void *argument, int64_t begin, int64_t end, int thread) {
  const state *f = argument;
  for (int64_t item = begin; item < end; item++) {
    tile t = cut_tile(f, item, thread);
    float *z = f->z + t.first * Z;
    for (int64_t r = 0; r < t.count; r++) {
      int64_t i = (t.first + r) / f->length, j = (t.first + r) % f->length;
      pleat_frame2seq_pair(f->pass->features, i, j, t.a + r * RADIAL);
      memcpy(z + r * Z, offset_table(f->network) + pleat_frame2seq_offset(i, j) * Z, Z * sizeof *z);
    }
    pleat_linear_rows(&f->network->radial, t.count, t.a, RADIAL, &(pleat_epilogue){.add = z, .ld_add = Z}, z, Z,
                      t.products);
    bias_tile(f, &t);
  }
}

/* a = [z | e_i | e_j], and b = what the two residues give to the first linear. */
static void join_tile(const state *f, const tile *t) {
  for (int64_t r = 0; r < t->count; r++) {
    int64_t i = (t->first + r) / f->length, j = (t->first + r) % f->length;
    float *a = t->a + r * EDGE, *b = t->b + r * EDGE;
    const float *from_i = f->from_i + i * EDGE, *from_j = f->from_j + j * EDGE;
    memcpy(a, f->z + (t->first + r) * Z, Z * sizeof *a);
    memcpy(a + Z, f->embedded + i * E, E * sizeof *a);
    memcpy(a + Z + E, f->embedded + j * E, E * sizeof *a);
    for (int c = 0; c < EDGE; c++) b[c] = from_i[c] + from_j[c];
  }
}

/* z = norm(final(x + relu(second(relu(first(x)))))), x = [z | e_i | e_j]. */
static void update_tile(void *argument, int64_t begin, int64_t end, int thread) {
  const state *f = argument;
  const pleat_frame2seq_layer *layer = f->layer;
  const pleat_kernel_norm norm = {Z, layer->edge.gain, layer->edge.bias, epsilon, 0};
  for (int64_t item = begin; item < end; item++) {
    tile t = cut_tile(f, item, thread);
    float *z = f->z + t.first * Z;
    const pleat_epilogue onto = {.add = t.b, .ld_add = EDGE};
    const pleat_epilogue beside = {.activation = PLEAT_ACTIVATION_RELU, .add = t.a, .ld_add = EDGE};
    join_tile(f, &t);
    pleat_linear_rows(&layer->first, t.count, t.a, EDGE, &onto, t.b, EDGE, t.products);
    f->kernels->activate(t.count * EDGE, t.b, PLEAT_ACTIVATION_RELU, t.b);
    pleat_linear_rows(&layer->second, t.count, t.b, EDGE, &beside, t.a, EDGE, t.products);
    pleat_linear_rows(&layer->final, t.count, t.a, EDGE, NULL, z, Z, t.products);
    f->kernels->layer_norm(&norm, t.count, z, z);
    bias_tile(f, &t);
  }
}

static void update_pairs(pleat_run *run, state *f) {
  const pleat_frame2seq_layer *layer = f->layer;
  int64_t rows = f->length;
  size_t mark = pleat_arena_mark(run->arena);
  float *embedded = pleat_run_take(run, rows * E);
  float *from_i = pleat_run_take(run, rows * EDGE), *from_j = pleat_run_take(run, rows * EDGE);
  pleat_op_linear(run, &layer->embed, rows, f->s, C, NULL, embedded, E);
  pleat_op_linear(run, &layer->first_i, rows, embedded, E, NULL, from_i, EDGE);
  pleat_op_linear(run, &layer->first_j, rows, embedded, E, NULL, from_j, EDGE);
  f->embedded = embedded;
  f->from_i = from_i;
  f->from_j = from_j;
  for_each_tile(run, f, EDGE * (2 * Z + EDGE) + H * Z, update_tile, "frame2seq_edge");
  pleat_arena_release(run->arena, mark);
}

/* ---- Attention ---- */

/* Points of a row: x, y, z in thirds of (H,n) each -> R p + t; those before `split` of each head to `before`. */
static void place_points(const float *flat, const float *frame, int n, int split, float *before, float *after) {
  for (int h = 0; h < H; h++)
    for (int p = 0; p < n; p++) {
      float x = flat[h * n + p], y = flat[(H + h) * n + p], z = flat[(2 * H + h) * n + p];
      /* cppcheck-suppress nullPointerArithmetic ; without `after` split is n */
      float *to = p < split ? before + (h * split + p) * 3 : after + (h * (n - split) + p - split) * 3;
      for (int d = 0; d < 3; d++)
        to[d] = frame[3 * d] * x + frame[3 * d + 1] * y + frame[3 * d + 2] * z + frame[9 + d];
    }
}

static void prepare_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const state *f = argument;
  const float scale = sqrtf(1.0f / (3 * D));
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    const float *frame = f->pass->features->frames + 12 * i;
    for (int c = 0; c < H * D; c++) f->query[i * H * D + c] = f->q[i * H * D + c] * scale;
    for (int h = 0; h < H; h++) {
      const float *kv = f->kv + (i * H + h) * 2 * D;
      memcpy(f->key + (i * H + h) * D, kv, D * sizeof *kv);
      memcpy(f->value + (i * H + h) * D, kv + D, D * sizeof *kv);
    }
    place_points(f->qp + i * 3 * H * P, frame, P, P, f->query_points + i * H * P * 3, NULL);
    place_points(f->kvp + i * 3 * H * (P + W), frame, P + W, P, f->key_points + i * H * P * 3,
                 f->value_points + i * H * W * 3);
  }
}

/* Values, points in the residue's own frame (x, y, z, length by thirds), sums over pairs side by side. */
static void join_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const state *f = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    const float *frame = f->pass->features->frames + 12 * i;
    float *to = f->joined + i * VALUES, *place = to + H * D;
    memcpy(to, f->out + i * H * D, H * D * sizeof *to);
    for (int p = 0; p < H * W; p++) {
      const float *point = f->points + (i * H * W + p) * 3;
      float d[3], own[3], square = 1e-8f;
      for (int k = 0; k < 3; k++) d[k] = point[k] - frame[9 + k];
      for (int k = 0; k < 3; k++) {
        own[k] = frame[k] * d[0] + frame[3 + k] * d[1] + frame[6 + k] * d[2];
        square += own[k] * own[k];
        place[k * H * W + p] = own[k];
      }
      place[3 * H * W + p] = sqrtf(square);
    }
    memcpy(place + 4 * H * W, f->pairs + i * H * Z, H * Z * sizeof *to);
  }
}

static void take_attention(pleat_run *run, state *f) {
  int64_t rows = f->length;
  f->query = pleat_run_take(run, rows * H * D);
  f->key = pleat_run_take(run, rows * H * D);
  f->value = pleat_run_take(run, rows * H * D);
  f->query_points = pleat_run_take(run, rows * H * P * 3);
  f->key_points = pleat_run_take(run, rows * H * P * 3);
  f->value_points = pleat_run_take(run, rows * H * W * 3);
  f->out = pleat_run_take(run, rows * H * D);
  f->points = pleat_run_take(run, rows * H * W * 3);
  f->pairs = pleat_run_take(run, rows * H * Z);
  f->joined = pleat_run_take(run, rows * VALUES);
}

static void project(pleat_run *run, state *f) {
  const pleat_frame2seq_layer *layer = f->layer;
  int64_t rows = f->length;
  float *q = pleat_run_take(run, rows * H * D), *kv = pleat_run_take(run, rows * 2 * H * D);
  float *qp = pleat_run_take(run, rows * 3 * H * P), *kvp = pleat_run_take(run, rows * 3 * H * (P + W));
  pleat_op_linear(run, &layer->q, rows, f->s, C, NULL, q, H * D);
  pleat_op_linear(run, &layer->kv, rows, f->s, C, NULL, kv, 2 * H * D);
  pleat_op_linear(run, &layer->qp, rows, f->s, C, NULL, qp, 3 * H * P);
  pleat_op_linear(run, &layer->kvp, rows, f->s, C, NULL, kvp, 3 * H * (P + W));
  f->q = q;
  f->kv = kv;
  f->qp = qp;
  f->kvp = kvp;
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, ROW_GRAIN, prepare_rows, f);
}

/* s = norm(s + attention(s)). */
static void attend(pleat_run *run, state *f, int number) {
  const pleat_frame2seq_layer *layer = f->layer;
  int64_t rows = f->length;
  size_t mark = pleat_arena_mark(run->arena);
  take_attention(run, f);
  size_t projected = pleat_arena_mark(run->arena);
  project(run, f);
  pleat_arena_release(run->arena, projected);
  pleat_point_attention attention = {.length = rows, .heads = H, .width = D, .value_width = D, .query_points = P,
                                     .value_points = W, .q = f->query, .k = f->key, .v = f->value,
                                     .qp = f->query_points, .kp = f->key_points, .vp = f->value_points,
                                     .weight = layer->head_weight, .bias = f->bias, .mask = f->pass->features->mask,
                                     .out = f->out, .points = f->points, .pair = f->z, .pair_out = f->pairs,
                                     .pair_channels = Z};
  pleat_op_point_attention(run, &attention, 1);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, ROW_GRAIN, join_rows, f);
  pleat_trace_emit(run, f->joined, 1, rows, VALUES, 0, "model%d/layer%d/ipa_concat", f->pass->number, number);
  pleat_op_linear(run, &layer->o, rows, f->joined, VALUES, &(pleat_epilogue){.add = f->s, .ld_add = C}, f->s, C);
  pleat_op_layer_norm(run, rows, C, f->s, layer->tensors.norm_gain, layer->tensors.norm_bias, epsilon, 0, f->s);
  pleat_trace_emit(run, f->s, 1, rows, C, 0, "model%d/layer%d/norm_ipa", f->pass->number, number);
  pleat_arena_release(run->arena, mark);
}

/* ---- Transition ---- */

/* u = norm(u + l3 relu(l2 relu(l1 u))) over `width` channels. */
static void transform(pleat_run *run, const pleat_frame2seq_layer *layer, int64_t rows, int width, float *u) {
  const pleat_frame2seq_layer_tensors *t = &layer->tensors;
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU}, residual = {.add = u, .ld_add = width};
  float *a = pleat_run_take(run, rows * width), *b = pleat_run_take(run, rows * width);
  pleat_op_linear(run, &layer->transition[0], rows, u, width, &relu, a, width);
  pleat_op_linear(run, &layer->transition[1], rows, a, width, &relu, b, width);
  pleat_op_linear(run, &layer->transition[2], rows, b, width, &residual, u, width);
  pleat_op_layer_norm(run, rows, width, u, t->t_gain, t->t_bias, epsilon, 0, u);
}

static void transition(pleat_run *run, state *f) {
  const pleat_frame2seq_layer *layer = f->layer;
  size_t mark = pleat_arena_mark(run->arena);
  if (layer->tensors.before_w) {
    float *wide = pleat_run_take(run, f->length * WIDE);
    pleat_op_linear(run, &layer->before, f->length, f->s, C, NULL, wide, WIDE);
    transform(run, layer, f->length, WIDE, wide);
    pleat_op_linear(run, &layer->after, f->length, wide, WIDE, NULL, f->s, C);
  } else {
    transform(run, layer, f->length, C, f->s);
  }
  pleat_arena_release(run->arena, mark);
}

/* ---- Forward ---- */

static void start_single(pleat_run *run, state *f) {
  if (!pleat_run_idle(run))
    for (int64_t i = 0; i < f->length; i++)
      memcpy(f->s + i * C, f->network->letters + f->pass->letters[i] * C, C * sizeof *f->s);
  pleat_op_linear(run, &f->network->single, f->length, f->pass->features->single, SINGLE,
                  &(pleat_epilogue){.add = f->s, .ld_add = C}, f->s, C);
}

static void layer_forward(pleat_run *run, state *f, int number) {
  const pleat_frame2seq_pass *pass = f->pass;
  f->layer = &f->network->layers[number];
  attend(run, f, number);
  transition(run, f);
  pleat_trace_emit(run, f->s, 1, f->length, C, 0, "model%d/layer%d/s_out", pass->number, number);
  if (number + 1 < LAYERS) {
    f->next = f->layer + 1;
    update_pairs(run, f);
    pleat_trace_emit(run, f->z, 1, f->length, f->length, Z, "model%d/layer%d/z_out", pass->number, number);
  }
  pleat_run_progress(run, pass->done + pass->share * (number + 1) / LAYERS, "Frame2seq");
}

void pleat_frame2seq_forward(pleat_run *run, const pleat_frame2seq_network *network, const pleat_frame2seq_pass *pass,
                             float *logits) {
  int64_t rows = pass->features->length;
  state f = {.network = network, .pass = pass, .kernels = run->kernels, .length = rows, .next = network->layers};
  size_t mark = pleat_arena_mark(run->arena);
  f.s = pleat_run_take(run, rows * C);
  f.z = pleat_run_take(run, rows * rows * Z);
  f.bias = pleat_run_take(run, rows * rows * H);
  pleat_trace_emit(run, pass->features->single, 1, rows, SINGLE, 0, "model%d/s_input", pass->number);
  start_single(run, &f);
  for_each_tile(run, &f, RADIAL * Z + H * Z, start_tile, "frame2seq_pair");
  pleat_trace_emit(run, f.z, 1, rows, rows, Z, "model%d/z_after_edge_to_pair", pass->number);
  for (int layer = 0; layer < LAYERS; layer++) layer_forward(run, &f, layer);
  pleat_op_linear(run, &network->out, rows, f.s, C, NULL, logits, LETTERS);
  pleat_trace_emit(run, logits, 1, rows, LETTERS, 0, "model%d/logits", pass->number);
  pleat_arena_release(run->arena, mark);
}
