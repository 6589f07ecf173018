/* Graphs: checks the ends of edges and orders edges by receiver.
 * SPDX-License-Identifier: MIT */
#include "geometry/graph.h"

static pleat_status check_ends(pleat_context *context, size_t nodes, size_t edges, const int32_t *senders,
                               const int32_t *receivers) {
  PLEAT_CHECK(context, nodes < INT32_MAX && edges < INT32_MAX, PLEAT_ERROR_INPUT,
              "a graph of %zu nodes and %zu edges: fewer than 2147483647 of each are possible", nodes, edges);
  for (size_t e = 0; e < edges; e++)
    PLEAT_CHECK(
        context, senders[e] >= 0 && (size_t)senders[e] < nodes && receivers[e] >= 0 && (size_t)receivers[e] < nodes,
        PLEAT_ERROR_INPUT, "edge %zu of the graph goes from node %d to node %d; its %zu nodes are counted from 0", e,
        (int)senders[e], (int)receivers[e], nodes);
  return PLEAT_OK;
}

/* Counting sort: edges of one receiver stay in the caller's order. */
static void order_edges(pleat_graph *g, const int32_t *senders, const int32_t *receivers) {
  for (int64_t e = 0; e < g->edges; e++) g->start[receivers[e] + 1]++;
  for (int64_t n = 0; n < g->nodes; n++) g->start[n + 1] += g->start[n];
  for (int64_t e = 0; e < g->edges; e++) {
    int64_t place = g->start[receivers[e]]++;
    g->edge[place] = (int32_t)e, g->sender[place] = senders[e], g->receiver[place] = receivers[e];
  }
  for (int64_t n = g->nodes; n > 0; n--) g->start[n] = g->start[n - 1]; /* each was moved to its end */
  g->start[0] = 0;
}

pleat_status pleat_graph_create(pleat_context *context, size_t nodes, size_t edges, const int32_t *senders,
                                const int32_t *receivers, pleat_graph **graph) {
  *graph = NULL;
  PLEAT_TRY(check_ends(context, nodes, edges, senders, receivers));
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **graph, graph));
  pleat_graph *g = *graph;
  g->context = context, g->nodes = (int64_t)nodes, g->edges = (int64_t)edges;
  pleat_status status = pleat_memory_take(context, edges + 1, sizeof *g->edge, &g->edge);
  if (!status) status = pleat_memory_take(context, edges + 1, sizeof *g->sender, &g->sender);
  if (!status) status = pleat_memory_take(context, edges + 1, sizeof *g->receiver, &g->receiver);
  if (!status) status = pleat_memory_take(context, nodes + 2, sizeof *g->start, &g->start);
  if (!status) {
    order_edges(g, senders, receivers);
    return status;
  }
  pleat_graph_free(g);
  *graph = NULL;
  return status;
}

void pleat_graph_free(pleat_graph *g) {
  if (!g) return;
  void *blocks[] = {g->edge, g->sender, g->receiver, g->start};
  for (int i = 0; i < 4; i++) pleat_memory_release(g->context, blocks[i]);
  pleat_memory_release(g->context, g);
}
