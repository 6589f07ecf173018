/* What networks of geometric vectors read of a backbone: a graph of nearest neighbours with scalars and vectors.
 * SPDX-License-Identifier: MIT
 *
 * Ingraham et al., NeurIPS 2019; Jing et al., ICLR 2021; with the numbers of ESM-IF1 (Hsu et al., ICML 2022). */
#include <math.h>
#include <stdlib.h>

#include "lib/memory.h"
#include "lib/team.h"
#include "pleat_kernels.h"

enum { NODE = PLEAT_BACKBONE_NODE_SCALARS, EDGE = PLEAT_BACKBONE_EDGE_SCALARS, BINS = 16, WAVES = 8, GRAIN = 16 };
static const double epsilon = 1e-8, longest = 20; /* angstrom */

typedef struct neighbour {
  double distance;
  int32_t index;
} neighbour;

typedef struct work {
  const pleat_backbone *backbone;
  const pleat_backbone_features *features;
  neighbour *room;    /* (threads, length) */
  size_t *place, each; /* where the edges of a residue start, and how many there are */
} work;

static void subtract(const float *a, const float *b, double d[3]) {
  for (int i = 0; i < 3; i++) d[i] = (double)a[i] - (double)b[i];
}

static double length_of(const double v[3]) { return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + epsilon); }

/* v / sqrt(v^2 + 1e-8); 0 for what is not finite. */
static void direct(double v[3]) {
  double length = length_of(v);
  for (int i = 0; i < 3; i++) v[i] = isfinite(v[i] / length) ? v[i] / length : 0;
}

static void cross(const double a[3], const double b[3], double c[3]) {
  for (int i = 0; i < 3; i++) c[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* The torsion about atoms first+1, first+2 of the chain of N, CA, C; cosines are kept 1e-7 away from +-1. */
static double torsion(const float *atoms, int64_t first) {
  double u[3][3], before[3], after[3];
  for (int i = 0; i < 3; i++) subtract(atoms + 3 * (first + i + 1), atoms + 3 * (first + i), u[i]), direct(u[i]);
  cross(u[0], u[1], before), direct(before);
  cross(u[1], u[2], after), direct(after);
  double side = dot(u[0], after), cosine = fmin(fmax(dot(before, after), -1 + 1e-7), 1 - 1e-7);
  return (side > 0) * acos(cosine) - (side < 0) * acos(cosine);
}

static void put(const double v[3], float *to) {
  for (int i = 0; i < 3; i++) to[i] = (float)v[i];
}

/* Cosines and sines of phi, psi, omega (0 where an end of the chain has none), and whether there are coordinates. */
static void node_scalars(const pleat_backbone *b, int64_t i, float *s) {
  int64_t torsions = 3 * (int64_t)b->length - 3;
  for (int a = 0; a < 3; a++) {
    int64_t first = 3 * i + a - 1;
    double angle = first >= 0 && first < torsions ? torsion(b->atoms, first) : 0;
    s[a] = (float)cos(angle), s[3 + a] = (float)sin(angle);
  }
  s[6] = b->present && b->present[i] == 0 ? 0 : 1;
}

/* To the next CA, to the one before, and where CB would be. */
static void node_vectors(const pleat_backbone *b, int64_t i, float *v) {
  const float *n = b->atoms + 9 * i, *ca = n + 3, *c = n + 6;
  double next[3] = {0}, before[3] = {0}, to_c[3], to_n[3], middle[3], across[3], side[3];
  if (i + 1 < (int64_t)b->length) subtract(ca + 9, ca, next), direct(next);
  if (i > 0) subtract(ca - 9, ca, before), direct(before);
  subtract(c, ca, to_c), direct(to_c);
  subtract(n, ca, to_n), direct(to_n);
  for (int d = 0; d < 3; d++) middle[d] = to_c[d] + to_n[d];
  direct(middle);
  cross(to_c, to_n, across), direct(across);
  for (int d = 0; d < 3; d++) side[d] = -middle[d] * sqrt(1 / 3.0) - across[d] * sqrt(2 / 3.0);
  put(next, v), put(before, v + 3), put(side, v + 6);
}

static void edge(const pleat_backbone *b, int64_t from, int64_t to, double distance, float *s, float *v) {
  double between[3];
  for (int i = 0; i < BINS; i++) s[i] = (float)exp(-pow((distance - longest * i / (BINS - 1)) * BINS / longest, 2));
  for (int i = 0; i < WAVES; i++) {
    double angle = (double)(from - to) * exp(-i * log(10000) / WAVES);
    s[BINS + i] = (float)cos(angle), s[BINS + WAVES + i] = (float)sin(angle);
  }
  s[BINS + 2 * WAVES] = s[BINS + 2 * WAVES + 1] = 0; /* neither end is without coordinates */
  subtract(b->atoms + 9 * from + 3, b->atoms + 9 * to + 3, between), direct(between);
  put(between, v);
}

static int by_distance(const void *a, const void *b) {
  const neighbour *x = a, *y = b;
  if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static bool is_present(const pleat_backbone *b, size_t i) { return !b->present || b->present[i] != 0; }

/* The nearest residues with coordinates, itself first, in order of distance. */
static void sort_neighbours(const pleat_backbone *b, int64_t i, neighbour *room) {
  size_t count = 0;
  for (size_t j = 0; j < b->length; j++) {
    double d[3];
    if (!is_present(b, j)) continue;
    subtract(b->atoms + 9 * j + 3, b->atoms + 9 * i + 3, d);
    room[count++] = (neighbour){length_of(d), (int32_t)j};
  }
  qsort(room, count, sizeof *room, by_distance);
}

static size_t count_present(const pleat_backbone *b) {
  size_t count = 0;
  for (size_t i = 0; i < b->length; i++) count += is_present(b, i);
  return count;
}

/* Edges of each residue with coordinates. */
static size_t edges_each(const pleat_backbone *b) {
  size_t present = count_present(b), most = b->neighbours > 0 ? (size_t)b->neighbours : 0;
  return present < most ? present : most;
}

size_t pleat_backbone_edges(const pleat_backbone *backbone) { return count_present(backbone) * edges_each(backbone); }

static void residues(void *argument, int64_t begin, int64_t end, int thread) {
  const work *w = argument;
  const pleat_backbone *b = w->backbone;
  const pleat_backbone_features *f = w->features;
  neighbour *room = w->room + (size_t)thread * b->length;
  for (int64_t i = begin; i < end; i++) {
    node_scalars(b, i, f->node_s + i * NODE), node_vectors(b, i, f->node_v + i * 9);
    if (!is_present(b, (size_t)i)) continue;
    sort_neighbours(b, i, room);
    for (size_t n = 0, at = w->place[i]; n < w->each; n++, at++) {
      f->senders[at] = (int32_t)i, f->receivers[at] = room[n].index;
      edge(b, i, room[n].index, room[n].distance, f->edge_s + at * EDGE, f->edge_v + at * 3);
    }
  }
}

pleat_status pleat_backbone_read(pleat_context *context, const pleat_backbone *backbone, const pleat_backbone_features *features) {
  int threads = pleat_context_threads(context);
  work w = {.backbone = backbone, .features = features, .each = edges_each(backbone)};
  PLEAT_CHECK(context, backbone->length > 0 && backbone->length < INT32_MAX && backbone->neighbours > 0, PLEAT_ERROR_INPUT,
              "a graph of %zu residues with %d neighbours: at least one of each is needed", backbone->length, backbone->neighbours);
  PLEAT_TRY(pleat_memory_take(context, (size_t)threads * backbone->length, sizeof *w.room, &w.room));
  pleat_status status = pleat_memory_take(context, backbone->length, sizeof *w.place, &w.place);
  for (size_t i = 0, at = 0; !status && i < backbone->length; i++) w.place[i] = at, at += is_present(backbone, i) ? w.each : 0;
  if (!status) pleat_team_for(threads, (int64_t)backbone->length, GRAIN, residues, &w);
  pleat_memory_release(context, w.room);
  pleat_memory_release(context, w.place);
  return status;
}
