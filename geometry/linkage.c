/* Groups by average linkage, through chains of nearest neighbours.
 * SPDX-License-Identifier: MIT */
#include "geometry/linkage.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct linkage {
  float *distances;
  size_t count, *size, *chain; /* size 0: joined to another */
  int *parent;
} linkage;

/* The nearest living neighbour of a; `before` wins ties, so that chains end. */
static size_t nearest(const linkage *l, size_t a, size_t before) {
  size_t best = before;
  float least = before < l->count ? l->distances[a * l->count + before] : INFINITY;
  for (size_t b = 0; b < l->count; b++)
    if (b != a && l->size[b] && l->distances[a * l->count + b] < least) least = l->distances[a * l->count + b], best = b;
  return best;
}

static void join(linkage *l, size_t a, size_t b) {
  size_t n = l->count;
  float wa = (float)l->size[a] / (float)(l->size[a] + l->size[b]), wb = 1 - wa;
  for (size_t c = 0; c < n; c++) {
    float mean = wa * l->distances[a * n + c] + wb * l->distances[b * n + c];
    l->distances[a * n + c] = l->distances[c * n + a] = mean;
  }
  l->size[a] += l->size[b];
  l->size[b] = 0;
  l->parent[b] = (int)a;
}

/* Joins pairs that are each other's nearest. Average linkage never brings a joined group nearer than its parts were, so
 * pairs beyond the cutoff can stay apart at once. */
static void join_all(linkage *l, double cutoff) {
  for (size_t start = 0; start < l->count; start++) {
    size_t length = 0;
    if (!l->size[start]) continue;
    l->chain[length++] = start;
    while (length) {
      size_t top = l->chain[length - 1], before = length > 1 ? l->chain[length - 2] : l->count;
      size_t next = nearest(l, top, before);
      if (next == l->count || !((double)l->distances[top * l->count + next] < cutoff)) break;
      if (next != before) {
        l->chain[length++] = next;
        continue;
      }
      join(l, top < before ? top : before, top < before ? before : top);
      length -= 2;
      if (!length && l->size[start]) l->chain[length++] = start;
    }
  }
}

typedef struct group {
  size_t size;
  int first;
} group;

static int compare_groups(const void *first, const void *second) {
  const group *a = first, *b = second;
  if (a->size != b->size) return a->size > b->size ? -1 : 1;
  return (a->first > b->first) - (a->first < b->first);
}

static void number_groups(const linkage *l, group *list, int *labels, size_t *groups) {
  *groups = 0;
  for (size_t i = 0; i < l->count; i++)
    if (l->size[i]) list[(*groups)++] = (group){l->size[i], (int)i};
  qsort(list, *groups, sizeof *list, compare_groups);
  for (size_t i = 0; i < l->count; i++) {
    int root = (int)i;
    while (!l->size[root]) root = l->parent[root];
    for (size_t g = 0; g < *groups; g++)
      if (list[g].first == root) labels[i] = (int)g;
  }
}

pleat_status pleat_linkage_average(pleat_context *context, float *distances, size_t count, double cutoff, int *labels,
                                   size_t *groups) {
  linkage l = {.distances = distances, .count = count};
  group *list = NULL;
  pleat_status status = pleat_memory_take(context, count + 1, sizeof *l.size, &l.size);
  if (!status) status = pleat_memory_take(context, count + 2, sizeof *l.chain, &l.chain);
  if (!status) status = pleat_memory_take(context, count + 1, sizeof *l.parent, &l.parent);
  if (!status) status = pleat_memory_take(context, count + 1, sizeof *list, &list);
  if (!status) {
    for (size_t i = 0; i < count; i++) l.size[i] = 1;
    join_all(&l, cutoff);
    number_groups(&l, list, labels, groups);
  }
  pleat_memory_release(context, l.size);
  pleat_memory_release(context, l.chain);
  pleat_memory_release(context, l.parent);
  pleat_memory_release(context, list);
  return status;
}
