/* Convolution layers of geometric vector perceptrons: messages along edges, their mean, and a feed-forward step.
 * SPDX-License-Identifier: MIT
 *
 * Jing et al., ICLR 2021, equations 6 and 7, as the encoder of ESM-IF1 has them. */
#include <string.h>

#include "geometry/graph.h"
#include "geometry/gvp.h"
#include "geometry/scratch.h"
#include "lib/dispatch.h"
#include "lib/team.h"

/* Edges and nodes of which a thread works out messages and updates at once. */
enum { EDGES = 64, NODES = 8, NORMS = 2 };

struct pleat_gvp_layer {
  pleat_context *context;
  const pleat_kernels *kernels;
  pleat_gvp **message, **forward;
  int messages, forwards;
  pleat_gvp_size node, edge;
  double epsilon;
  float *gain[NORMS], *bias[NORMS];
};

static pleat_status copy(const pleat_gvp_weights *w, const char *name, size_t size, float **to) {
  const pleat_array *array;
  PLEAT_TRY(pleat_gvp_want(w, name, 1, size, 0, &array));
  PLEAT_TRY(pleat_memory_take(w->context, size, sizeof **to, to));
  memcpy(*to, array->data, sizeof **to * size);
  return PLEAT_OK;
}

static pleat_status check_sizes(pleat_gvp_layer *l) {
  pleat_gvp_size in = pleat_gvp_get_size(l->message[0], 0), first = pleat_gvp_get_size(l->forward[0], 0);
  l->node = pleat_gvp_get_size(l->message[l->messages - 1], 1);
  pleat_gvp_size back = pleat_gvp_get_size(l->forward[l->forwards - 1], 1), node = l->node;
  l->edge = (pleat_gvp_size){in.scalars - 2 * node.scalars, in.vectors - 2 * node.vectors};
  PLEAT_CHECK(l->context, l->edge.scalars >= 0 && l->edge.vectors >= 0, PLEAT_ERROR_SHAPE,
              "messages take %d scalars and %d vectors, fewer than two nodes have (%d and %d each)", in.scalars,
              in.vectors, node.scalars, node.vectors);
  PLEAT_CHECK(l->context,
              first.scalars == node.scalars && first.vectors == node.vectors && back.scalars == node.scalars &&
                  back.vectors == node.vectors,
              PLEAT_ERROR_SHAPE,
              "the feed-forward part takes %d scalars and %d vectors and gives %d and %d, messages give %d and %d",
              first.scalars, first.vectors, back.scalars, back.vectors, node.scalars, node.vectors);
  return PLEAT_OK;
}

static pleat_status fill(pleat_gvp_layer *l, const pleat_gvp_weights *w) {
  static const char *const gains[] = {"norm.0.scalar_norm.weight", "norm.1.scalar_norm.weight"};
  static const char *const biases[] = {"norm.0.scalar_norm.bias", "norm.1.scalar_norm.bias"};
  PLEAT_CHECK(l->context, l->epsilon > 0, PLEAT_ERROR_INPUT, "the norms of a layer need an epsilon above 0, not %g",
              l->epsilon);
  PLEAT_TRY(pleat_dispatch_choose(l->context, &l->kernels));
  PLEAT_TRY(pleat_gvp_create_chain(w, "conv.message_func", &l->message, &l->messages));
  PLEAT_TRY(pleat_gvp_create_chain(w, "ff_func", &l->forward, &l->forwards));
  PLEAT_TRY(check_sizes(l));
  for (int i = 0; i < NORMS; i++) {
    PLEAT_TRY(copy(w, gains[i], (size_t)l->node.scalars, &l->gain[i]));
    PLEAT_TRY(copy(w, biases[i], (size_t)l->node.scalars, &l->bias[i]));
  }
  return PLEAT_OK;
}

pleat_status pleat_gvp_layer_create(pleat_context *context, const pleat_array *weights, size_t count,
                                    const char *prefix, double epsilon, pleat_gvp_layer **layer) {
  const pleat_gvp_weights w = {context, weights, count, prefix};
  *layer = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **layer, layer));
  (*layer)->context = context;
  (*layer)->epsilon = epsilon;
  pleat_status status = fill(*layer, &w);
  if (!status) return status;
  pleat_gvp_layer_free(*layer);
  *layer = NULL;
  return status;
}

void pleat_gvp_layer_free(pleat_gvp_layer *l) {
  if (!l) return;
  pleat_gvp_free_chain(l->context, l->message, l->messages);
  pleat_gvp_free_chain(l->context, l->forward, l->forwards);
  for (int i = 0; i < NORMS; i++) {
    pleat_memory_release(l->context, l->gain[i]);
    pleat_memory_release(l->context, l->bias[i]);
  }
  pleat_memory_release(l->context, l);
}

/* ---- Run ------------------------------------------------------------------------------------------------------- */

typedef struct work {
  const pleat_gvp_layer *layer;
  const pleat_graph *graph;
  const float *edge_s, *edge_v, *s, *v; /* s and v as they come */
  float *s_out, *v_out;
  pleat_scratch scratch;
} work;

static int wide_s(const pleat_gvp_layer *l) { return 2 * l->node.scalars + l->edge.scalars; }
static int wide_v(const pleat_gvp_layer *l) { return 2 * l->node.vectors + l->edge.vectors; }

static int64_t scratch_of(const pleat_gvp_layer *l) {
  int64_t messages = pleat_gvp_chain_scratch(l->message, l->messages, EDGES);
  int64_t forward = pleat_gvp_chain_scratch(l->forward, l->forwards, NODES);
  return pleat_gvp_up(EDGES * wide_s(l)) + pleat_gvp_up(EDGES * 3 * wide_v(l)) + pleat_gvp_up(EDGES * l->node.scalars) +
         pleat_gvp_up(EDGES * 3 * l->node.vectors) + (messages > forward ? messages : forward);
}

/* The pieces of thread memory: joined rows, results, and what the chains need. */
typedef struct pieces {
  float *s, *v, *s_out, *v_out, *own;
} pieces;

static pieces cut(const work *w, int thread) {
  const pleat_gvp_layer *l = w->layer;
  pieces p = {.s = pleat_scratch_of(&w->scratch, thread)};
  p.v = p.s + pleat_gvp_up(EDGES * wide_s(l));
  p.s_out = p.v + pleat_gvp_up(EDGES * 3 * wide_v(l));
  p.v_out = p.s_out + pleat_gvp_up(EDGES * l->node.scalars);
  p.own = p.v_out + pleat_gvp_up(EDGES * 3 * l->node.vectors);
  return p;
}

/* Copies `channels` vectors (channels,3) to columns `first` of a row (3,wide). */
static void place_vectors(const float *from, int channels, int first, int wide, float *to) {
  for (int c = 0; c < channels; c++)
    for (int d = 0; d < 3; d++) to[d * wide + first + c] = from[3 * c + d];
}

/* [sender, edge, receiver] of the edges at places begin.. */
static void join(const work *w, int64_t begin, int64_t rows, const pieces *p) {
  const pleat_gvp_layer *l = w->layer;
  int ns = l->node.scalars, nv = l->node.vectors, es = l->edge.scalars, ev = l->edge.vectors;
  for (int64_t r = 0; r < rows; r++) {
    int64_t from = w->graph->sender[begin + r], to = w->graph->receiver[begin + r], edge = w->graph->edge[begin + r];
    float *s = p->s + r * wide_s(l), *v = p->v + r * 3 * wide_v(l);
    memcpy(s, w->s + from * ns, sizeof *s * (size_t)ns);
    if (es) memcpy(s + ns, w->edge_s + edge * es, sizeof *s * (size_t)es);
    memcpy(s + ns + es, w->s + to * ns, sizeof *s * (size_t)ns);
    if (nv) place_vectors(w->v + from * 3 * nv, nv, 0, wide_v(l), v);
    if (ev) place_vectors(w->edge_v + edge * 3 * ev, ev, nv, wide_v(l), v);
    if (nv) place_vectors(w->v + to * 3 * nv, nv, nv + ev, wide_v(l), v);
  }
}

static void add_rows(int64_t count, const float *x, float scale, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] += scale * x[i];
}

/* s_out, v_out of a node: itself and the mean of its messages. Sums run over edges in order. */
static void receive(const work *w, int64_t node, const pieces *p) {
  const pleat_gvp_layer *l = w->layer;
  int ns = l->node.scalars, nv = 3 * l->node.vectors;
  float *s = w->s_out + node * ns, *v = w->v_out + node * nv;
  int64_t begin = w->graph->start[node], end = w->graph->start[node + 1];
  memset(s, 0, sizeof *s * (size_t)ns), memset(v, 0, sizeof *v * (size_t)nv);
  for (int64_t at = begin; at < end; at += EDGES) {
    int64_t rows = end - at < EDGES ? end - at : EDGES;
    join(w, at, rows, p);
    pleat_gvp_chain_rows(l->message, l->messages, rows, p->s, p->v, p->s_out, p->v_out, p->own);
    pleat_gvp_gather(rows, l->node.vectors, p->v_out, p->v);
    for (int64_t r = 0; r < rows; r++) add_rows(ns, p->s_out + r * ns, 1, s), add_rows(nv, p->v + r * nv, 1, v);
  }
  float mean = end > begin ? 1 / (float)(end - begin) : 0;
  for (int i = 0; i < ns; i++) s[i] = w->s[node * ns + i] + mean * s[i];
  for (int i = 0; i < nv; i++) v[i] = w->v[node * nv + i] + mean * v[i];
}

static void update(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  const pleat_gvp_layer *l = w->layer;
  pieces p = cut(w, thread);
  int ns = l->node.scalars, nv = 3 * l->node.vectors;
  int64_t rows = end - begin;
  float *s = w->s_out + begin * ns, *v = w->v_out + begin * nv;
  for (int64_t node = begin; node < end; node++) receive(w, node, &p);
  pleat_gvp_normalize_rows(l->kernels, l->node, rows, l->gain[0], l->bias[0], l->epsilon, s, v);
  pleat_gvp_spread(rows, l->node.vectors, v, p.v);
  pleat_gvp_chain_rows(l->forward, l->forwards, rows, s, p.v, p.s_out, p.v_out, p.own);
  pleat_gvp_gather(rows, l->node.vectors, p.v_out, p.v);
  add_rows(rows * ns, p.s_out, 1, s), add_rows(rows * nv, p.v, 1, v);
  pleat_gvp_normalize_rows(l->kernels, l->node, rows, l->gain[1], l->bias[1], l->epsilon, s, v);
}

pleat_status pleat_gvp_layer_apply(pleat_gvp_layer *l, const pleat_graph *graph, const float *edge_s,
                                   const float *edge_v, float *s, float *v) {
  size_t count_s = (size_t)graph->nodes * (size_t)l->node.scalars,
         count_v = (size_t)graph->nodes * 3 * (size_t)l->node.vectors;
  float *block;
  work w = {.layer = l, .graph = graph, .edge_s = edge_s, .edge_v = edge_v, .s = s, .v = v};
  PLEAT_TRY(pleat_scratch_take(l->context, scratch_of(l), &w.scratch));
  pleat_status status = pleat_memory_take(l->context, count_s + count_v + 1, sizeof *block, &block);
  if (!status) {
    w.s_out = block, w.v_out = block + count_s;
    pleat_team_for(w.scratch.threads, graph->nodes, NODES, update, &w);
    memcpy(s, w.s_out, sizeof *s * count_s);
    if (count_v) memcpy(v, w.v_out, sizeof *v * count_v);
    pleat_memory_release(l->context, block);
  }
  pleat_memory_release(l->context, w.scratch.block);
  return status;
}

/* ---- The norm alone -------------------------------------------------------------------------------------------- */

typedef struct norm_work {
  const pleat_kernels *kernels;
  pleat_gvp_size size;
  const float *gain, *bias;
  double epsilon;
  float *s, *v;
} norm_work;

static void norm_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const norm_work *w = argument;
  (void)thread;
  pleat_gvp_normalize_rows(w->kernels, w->size, end - begin, w->gain, w->bias, w->epsilon,
                           w->s + begin * w->size.scalars, w->size.vectors ? w->v + begin * 3 * w->size.vectors : NULL);
}

pleat_status pleat_gvp_normalize(pleat_context *context, pleat_gvp_size size, size_t count, const float *gain,
                                 const float *bias, double epsilon, float *s, float *v) {
  norm_work w = {NULL, size, gain, bias, epsilon, s, v};
  PLEAT_TRY(pleat_dispatch_choose(context, &w.kernels));
  PLEAT_CHECK(
      context, size.scalars > 0 && size.vectors >= 0 && epsilon > 0, PLEAT_ERROR_INPUT,
      "a norm of %d scalars and %d vectors with epsilon %g: at least one scalar and an epsilon above 0 are needed",
      size.scalars, size.vectors, epsilon);
  pleat_team_for(pleat_context_threads(context), (int64_t)count, NODES, norm_rows, &w);
  return PLEAT_OK;
}
