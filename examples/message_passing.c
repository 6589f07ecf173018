/* An equivariant layer of message passing from its kernels, on the edges of a small graph of points.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <pleat_kernels.h>
#include <stdio.h>

enum { N = 12, E = N * (N - 1), BINS = 8, HIDDEN = 16, MOST = 4096 };
static const char *const irreps = "8x0e+4x1o+2x2e";
static float place[N][3], vectors[E][3], lengths[E], y[E * 9], basis[E * BINS], w[MOST], w2[MOST];
static float x[N * 30], sums[N * MOST], out[N * 30];
static int32_t senders[E], receivers[E];

/* Numbers from -1 to 1: a linear congruence modulo 2^32. */
static void fill(float *to, int count) {
  static uint32_t seed = 1;
  for (int i = 0; i < count; i++) to[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
}

static void connect(void) { /* every point to every other */
  for (int e = 0; e < E; e++) {
    float *v = vectors[e];
    senders[e] = e / (N - 1), receivers[e] = e % (N - 1) + (e % (N - 1) >= senders[e]);
    for (int d = 0; d < 3; d++) v[d] = 4 * (place[receivers[e]][d] - place[senders[e]][d]);
    lengths[e] = sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  }
}

static pleat_graph *graph;
static pleat_tensor *product;
static pleat_irreps_linear *last;
static pleat_perceptron *radial;

static pleat_status layer(pleat_context *c) {
  pleat_status status = pleat_tensor_create_depthwise(c, irreps, "0e+1o+2e", "0e+1o+2e", NULL, &product);
  if (status) return status;
  const int sizes[] = {BINS, HIDDEN, pleat_tensor_weight_count(product)};
  status = pleat_irreps_linear_create(c, pleat_irreps_text(pleat_tensor_irreps(product, 2)), irreps, &last);
  if (!status) status = pleat_perceptron_create(c, sizes, 2, PLEAT_FUNCTION_SILU, w, &radial);
  if (!status) status = pleat_graph_create(c, N, E, senders, receivers, &graph);
  if (!status) status = pleat_harmonics_evaluate_f(c, &(pleat_harmonics){2, PLEAT_HARMONICS_COMPONENT, 1}, E, vectors[0], y);
  if (!status) status = pleat_radial_evaluate_f(c, &(pleat_radial_basis){PLEAT_RADIAL_COSINE, 0, 8, BINS, 1}, E, lengths, basis);
  const pleat_messages messages = {.y = y, .perceptron = radial, .scalars = basis, .scale = 1 / sqrtf(N - 1)};
  if (!status) status = pleat_tensor_convolve(product, graph, &messages, x, sums);
  if (!status) pleat_irreps_linear_apply(last, N, sums, w2, NULL, out);
  return status;
}

int main(void) {
  double squares = 0;
  pleat_context *c;
  fill(place[0], N * 3), fill(x, N * 30), fill(w, MOST), fill(w2, MOST), connect();
  if (pleat_context_create(NULL, &c) != PLEAT_OK) return 1;
  pleat_status status = layer(c);
  for (int i = 0; i < N * 30; i++) squares += (double)out[i] * (double)out[i];
  if (status) fprintf(stderr, "%s\n", pleat_context_error(c));
  else printf("%s at %d points, %d messages: mean square %.5f\n", irreps, N, E, squares / (N * 30));
  pleat_tensor_free(product), pleat_irreps_linear_free(last), pleat_perceptron_free(radial), pleat_graph_free(graph);
  pleat_context_free(c);
  return status == PLEAT_OK ? 0 : 2;
}
