/* Message passing: tensor products of the senders' rows with rows of the edges, summed over each node's edges.
 * SPDX-License-Identifier: MIT
 *
 * A message lives only as long as sixteen edges are worked on, and so do weights that come from a perceptron. Where the
 * second input has single copies, as harmonics have, and every copy goes its own way (the depth-wise product), rows are
 * laid out with copies side by side, and a message is added to its sum as it is made. */
#include <string.h>

#include "geometry/graph.h"
#include "geometry/perceptron.h"
#include "geometry/tensor_product.h"
#include "lib/team.h"

/* Edges whose weights are made at once, and nodes of a piece of work. */
enum { EDGES_MOST = 96, FLOATS_AT_ONCE = 1 << 16, NODES = 8 };

typedef struct work {
  const pleat_tensor *tensor;
  const pleat_graph *graph;
  const pleat_messages *messages;
  const float *x;
  float *z, *spread; /* spread: x with copies side by side, or NULL */
  pleat_scratch scratch;
  int64_t edges; /* at once */
} work;

static int64_t up(int64_t n) { return (n + 15) / 16 * 16; }

/* Floats of a thread: the kernel's, the weights of the edges at work, their scalars in order, the perceptron's own. */
static int64_t scratch_of(const work *w) {
  const pleat_perceptron *p = w->messages->perceptron;
  int64_t weights = w->messages->each ? w->tensor->kernel.weight_count : 0;
  if (!p) return up(w->edges * weights) + w->tensor->scratch.each;
  return up(w->edges * pleat_perceptron_out(p)) + up(w->edges * pleat_perceptron_in(p)) +
         pleat_perceptron_scratch(p, w->edges) + w->tensor->scratch.each;
}

static void take_rows(const float *from, const int32_t *index, int64_t rows, int width, float *to) {
  for (int64_t r = 0; r < rows; r++)
    memcpy(to + r * width, from + (int64_t)index[r] * width, sizeof *to * (size_t)width);
}

/* Weights of the edges at places begin..begin+rows-1, row by row. */
static const float *weigh(const work *w, int64_t begin, int64_t rows, float *scratch) {
  const pleat_messages *m = w->messages;
  const int32_t *edge = w->graph->edge + begin;
  float *weights = scratch + w->tensor->scratch.each;
  if (!m->perceptron) {
    take_rows(m->weights, edge, rows, w->tensor->kernel.weight_count, weights);
    return weights;
  }
  int in = pleat_perceptron_in(m->perceptron);
  float *scalars = weights + up(w->edges * pleat_perceptron_out(m->perceptron));
  take_rows(m->scalars, edge, rows, in, scalars);
  pleat_perceptron_rows(m->perceptron, rows, scalars, weights, scalars + up(w->edges * in));
  return weights;
}

static void add_depthwise(const work *w, int64_t at, int64_t rows, const float *weights, bool shared, float *scratch) {
  const pleat_kernel_tensor *k = &w->tensor->kernel;
  const pleat_graph *g = w->graph;
  for (int64_t r = 0; r < rows; r++)
    w->tensor->kernels->depthwise(k, w->spread + (int64_t)g->sender[at + r] * k->dimension1,
                                  w->messages->y + (int64_t)g->edge[at + r] * k->dimension2,
                                  shared ? weights : weights + r * k->weight_count, scratch,
                                  w->z + (int64_t)g->receiver[at + r] * k->dimension_out);
}

static void add_products(const work *w, int64_t at, int64_t rows, const float *weights, bool shared, float *scratch) {
  pleat_kernel_tensor kernel = w->tensor->kernel;
  kernel.x1 = w->x, kernel.x2 = w->messages->y, kernel.y = w->z, kernel.weights = weights, kernel.shared = shared;
  kernel.index1 = w->graph->sender + at, kernel.index2 = w->graph->edge + at, kernel.target = w->graph->receiver + at;
  w->tensor->kernels->tensor(&kernel, 0, rows, scratch);
}

static void nodes(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  const pleat_graph *g = w->graph;
  float *scratch = pleat_scratch_of(&w->scratch, thread);
  int width = w->tensor->kernel.dimension_out;
  bool shared = !w->messages->perceptron && !w->messages->each;
  memset(w->z + begin * width, 0, sizeof *w->z * (size_t)((end - begin) * width));
  for (int64_t at = g->start[begin]; at < g->start[end]; at += w->edges) {
    int64_t left = g->start[end] - at, rows = left < w->edges ? left : w->edges;
    const float *weights = shared ? w->messages->weights : weigh(w, at, rows, scratch);
    (w->spread ? add_depthwise : add_products)(w, at, rows, weights, shared, scratch);
  }
  for (int64_t i = begin * width; w->messages->scale != 1 && i < end * width; i++) w->z[i] *= w->messages->scale;
  for (int64_t node = begin; w->spread && node < end; node++) {
    pleat_irreps_gather(w->tensor->irreps[2], w->z + node * width, scratch);
    memcpy(w->z + node * width, scratch, sizeof *scratch * (size_t)width);
  }
}

static void spread_nodes(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  int width = w->tensor->kernel.dimension1;
  (void)thread;
  for (int64_t node = begin; node < end; node++)
    pleat_irreps_spread(w->tensor->irreps[0], w->x + node * width, w->spread + node * width);
}

static bool is_depthwise(const pleat_tensor *t) {
  for (const pleat_kernel_tensor_path *p = t->steps; p < t->steps + t->count; p++)
    if (p->pairs != PLEAT_TENSOR_PAIRS_ALL || p->copies2 != 1 || p->swapped || p->mixes || p->copies_out != p->copies1)
      return false;
  return true;
}

static pleat_status check(const pleat_tensor *t, const pleat_messages *m) {
  int count = t->kernel.weight_count;
  PLEAT_CHECK(
      t->context, count == 0 || m->weights || (m->perceptron && m->scalars), PLEAT_ERROR_INPUT,
      "the tensor product of a convolution has %d weights, but neither weights nor a perceptron with scalars are given",
      count);
  PLEAT_CHECK(t->context, !m->perceptron || pleat_perceptron_out(m->perceptron) == count, PLEAT_ERROR_INPUT,
              "a perceptron that gives %d numbers for a tensor product of %d weights",
              pleat_perceptron_out(m->perceptron), count);
  PLEAT_CHECK(t->context, !m->perceptron || count > 0, PLEAT_ERROR_INPUT,
              "a perceptron for a tensor product without weights");
  return PLEAT_OK;
}

/* In pieces of edges whose weights stay in the cache. */
static pleat_status run(work *w) {
  pleat_context *context = w->tensor->context;
  w->edges = FLOATS_AT_ONCE / (w->tensor->kernel.weight_count + 1) / PLEAT_TENSOR_LANES * PLEAT_TENSOR_LANES;
  if (w->edges > EDGES_MOST) w->edges = EDGES_MOST;
  if (w->edges < PLEAT_TENSOR_LANES) w->edges = PLEAT_TENSOR_LANES;
  PLEAT_TRY(pleat_scratch_take(context, scratch_of(w), &w->scratch));
  if (w->spread) pleat_team_for(w->scratch.threads, w->graph->nodes, NODES, spread_nodes, w);
  pleat_team_for(w->scratch.threads, w->graph->nodes, NODES, nodes, w);
  pleat_memory_release(context, w->scratch.block);
  return PLEAT_OK;
}

pleat_status pleat_tensor_convolve(pleat_tensor *t, const pleat_graph *graph, const pleat_messages *messages,
                                   const float *x, float *z) {
  work w = {.tensor = t, .graph = graph, .messages = messages, .x = x, .z = z};
  PLEAT_TRY(check(t, messages));
  if (is_depthwise(t))
    PLEAT_TRY(pleat_memory_take(t->context, (size_t)graph->nodes * (size_t)t->kernel.dimension1 + 1, sizeof *w.spread,
                                &w.spread));
  pleat_status status = run(&w);
  pleat_memory_release(t->context, w.spread);
  return status;
}
