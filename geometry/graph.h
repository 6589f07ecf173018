/* Graphs inside the library: edges ordered by receiver.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_GRAPH_H
#define PLEAT_GEOMETRY_GRAPH_H

#include <stdint.h>

#include "lib/memory.h"
#include "pleat_kernels.h"

/* Place p of the order holds edge[p] of the caller, which goes from sender[p] to receiver[p]; node n receives those at
 * places start[n] .. start[n+1]-1, in the caller's order. */
struct pleat_graph {
  pleat_context *context;
  int64_t nodes, edges;
  int32_t *edge, *sender, *receiver;
  int64_t *start;
};

#endif
