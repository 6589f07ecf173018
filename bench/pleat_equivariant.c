/* The message-passing layer of peer_equivariant.py, and Gaunt products degree by degree; prints the seconds of each
 * call. SPDX-License-Identifier: MIT
 *
 * pleat_equivariant depthwise|connected EDGES REPEATS THREADS
 * pleat_equivariant sparse|fourier DEGREE REPEATS THREADS        4096 products, all three degrees alike */
#include <math.h>
#include <pleat_kernels.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NEIGHBOURS = 20, BINS = 8, HARMONICS = 9, PRODUCTS = 4096, WARM = 2 };
static const char *const irreps = "32x0e+32x1o+32x2e";

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Numbers from -1 to 1 by a linear congruence modulo 2^32. */
static float *draw(size_t count) {
  static uint32_t seed = 1;
  float *x = malloc(count * sizeof *x);
  if (!x) exit(2);
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 8) / 8388608.0f - 1;
  }
  return x;
}

static void must(pleat_context *context, pleat_status status) {
  if (status == PLEAT_OK) return;
  fprintf(stderr, "%s\n", pleat_context_error(context));
  exit(2);
}

typedef struct layer {
  pleat_context *context;
  size_t nodes, edges;
  pleat_tensor *tensor;
  pleat_irreps_linear *first, *last;
  pleat_perceptron *perceptron;
  int32_t *senders, *receivers;
  float *x, *vectors, *weights_first, *weights_last; /* given */
  float *hidden, *y, *lengths, *basis, *sums, *out;  /* worked out */
} layer;

static void open_layer(layer *l, bool connected, size_t edges) {
  pleat_context *c = l->context;
  l->edges = edges, l->nodes = edges / NEIGHBOURS;
  must(c, connected ? pleat_tensor_create_connected(c, irreps, "0e+1o+2e", irreps, NULL, &l->tensor)
                    : pleat_tensor_create_depthwise(c, irreps, "0e+1o+2e", "0e+1o+2e", NULL, &l->tensor));
  const char *middle = pleat_irreps_text(pleat_tensor_irreps(l->tensor, 2));
  size_t dim = 32 * 9, dim_middle = (size_t)pleat_irreps_dimension(pleat_tensor_irreps(l->tensor, 2));
  const int sizes[] = {BINS, connected ? 16 : 64, pleat_tensor_weight_count(l->tensor)};
  float *weights = draw((size_t)sizes[1] * (size_t)(sizes[0] + sizes[2]));
  must(c, pleat_perceptron_create(c, sizes, 2, PLEAT_FUNCTION_SILU, weights, &l->perceptron));
  must(c, pleat_irreps_linear_create(c, irreps, irreps, &l->first));
  must(c, pleat_irreps_linear_create(c, middle, irreps, &l->last));
  l->weights_first = draw((size_t)pleat_irreps_linear_weight_count(l->first));
  l->weights_last = draw((size_t)pleat_irreps_linear_weight_count(l->last));
  l->x = draw(l->nodes * dim), l->vectors = draw(3 * edges), l->hidden = draw(l->nodes * dim),
  l->out = draw(l->nodes * dim);
  l->y = draw(HARMONICS * edges), l->lengths = draw(edges), l->basis = draw(BINS * edges),
  l->sums = draw(l->nodes * dim_middle);
  l->senders = malloc(edges * sizeof *l->senders), l->receivers = malloc(edges * sizeof *l->receivers);
  if (!l->senders || !l->receivers) exit(2);
  for (size_t e = 0; e < edges; e++) {
    l->senders[e] = (int32_t)(fabsf(l->y[e]) * (float)l->nodes) % (int32_t)l->nodes;
    l->receivers[e] = (int32_t)(e / NEIGHBOURS);
  }
  free(weights);
}

/* The graph is new in every call, as edge lists are for the peer. */
static void run_layer(layer *l) {
  const pleat_harmonics harmonics = {2, PLEAT_HARMONICS_COMPONENT, 1};
  const pleat_radial_basis radial = {PLEAT_RADIAL_BESSEL, 0, 5, BINS, 1};
  pleat_graph *graph;
  for (size_t e = 0; e < l->edges; e++) {
    const float *v = l->vectors + 3 * e;
    l->lengths[e] = sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  }
  must(l->context, pleat_graph_create(l->context, l->nodes, l->edges, l->senders, l->receivers, &graph));
  must(l->context, pleat_harmonics_evaluate_f(l->context, &harmonics, l->edges, l->vectors, l->y));
  must(l->context, pleat_radial_evaluate_f(l->context, &radial, l->edges, l->lengths, l->basis));
  for (size_t i = 0; i < l->edges * BINS; i++) l->basis[i] *= sqrtf(BINS);
  pleat_irreps_linear_apply(l->first, l->nodes, l->x, l->weights_first, NULL, l->hidden);
  const pleat_messages messages = {
      .y = l->y, .perceptron = l->perceptron, .scalars = l->basis, .scale = 1 / sqrtf(NEIGHBOURS)};
  must(l->context, pleat_tensor_convolve(l->tensor, graph, &messages, l->hidden, l->sums));
  pleat_irreps_linear_apply(l->last, l->nodes, l->sums, l->weights_last, NULL, l->out);
  pleat_graph_free(graph);
}

static void time_layer(pleat_context *context, bool connected, size_t edges, int repeats) {
  layer l = {.context = context};
  open_layer(&l, connected, edges);
  for (int i = -WARM; i < repeats; i++) {
    double begin = now();
    run_layer(&l);
    if (i >= 0) printf("%.9f\n", now() - begin);
  }
  float *const arrays[] = {l.x, l.vectors, l.weights_first, l.weights_last, l.hidden,
                           l.y, l.lengths, l.basis,         l.sums,         l.out};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) free(arrays[i]);
  free(l.senders), free(l.receivers);
  pleat_tensor_free(l.tensor), pleat_perceptron_free(l.perceptron);
  pleat_irreps_linear_free(l.first), pleat_irreps_linear_free(l.last);
}

static void time_products(pleat_context *context, pleat_gaunt_way way, int degree, int repeats) {
  pleat_gaunt *gaunt;
  must(context, pleat_gaunt_create(context, degree, degree, degree, way, &gaunt));
  size_t size = PRODUCTS * (size_t)((degree + 1) * (degree + 1));
  float *x = draw(size), *y = draw(size), *z = draw(size);
  for (int i = -1; i < repeats; i++) {
    double begin = now();
    pleat_gaunt_apply(gaunt, PRODUCTS, x, y, z);
    if (i >= 0) printf("%.9f\n", now() - begin);
  }
  free(x), free(y), free(z);
  pleat_gaunt_free(gaunt);
}

int main(int argc, char **argv) {
  pleat_context *context;
  if (argc != 5 || atoi(argv[2]) < 1 || atoi(argv[3]) < 1) {
    fprintf(
        stderr,
        "usage: pleat_equivariant depthwise|connected EDGES REPEATS THREADS | sparse|fourier DEGREE REPEATS THREADS\n");
    return 1;
  }
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 2;
  pleat_context_set_threads(context, atoi(argv[4]));
  if (!strcmp(argv[1], "depthwise") || !strcmp(argv[1], "connected"))
    time_layer(context, argv[1][0] == 'c', (size_t)atoi(argv[2]), atoi(argv[3]));
  else
    time_products(context, argv[1][0] == 's' ? PLEAT_GAUNT_SPARSE : PLEAT_GAUNT_FOURIER, atoi(argv[2]), atoi(argv[3]));
  pleat_context_free(context);
  return 0;
}
