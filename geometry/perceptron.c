/* Perceptrons with e3nn's normalisation: what turns radial bases into the weights of tensor products.
 * SPDX-License-Identifier: MIT */
#include "geometry/perceptron.h"

#include <math.h>

#include "geometry/function.h"
#include "geometry/scratch.h"
#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/op.h"
#include "lib/team.h"

enum { LAYERS_MAX = 64, SIZE_MAX_OF_LAYER = 1 << 20, ROWS = 48 };

struct pleat_perceptron {
  pleat_context *context;
  const pleat_kernels *kernels;
  int layers, widest; /* widest: of the hidden layers */
  pleat_function function;
  pleat_linear *linear;
  pleat_scratch scratch;
};

static int64_t up(int64_t n) { return (n + 15) / 16 * 16; }

/* A layer's weights over sqrt(inputs), and times what the function before it is normalised by. */
static pleat_status pack_layer(pleat_perceptron *p, int layer, const int *sizes, const float *weights) {
  size_t count = (size_t)sizes[layer] * (size_t)sizes[layer + 1];
  double scale = (layer ? pleat_function_moment(p->function) : 1) / sqrt(sizes[layer]);
  float *scaled;
  PLEAT_TRY(pleat_memory_take(p->context, count, sizeof *scaled, &scaled));
  for (size_t i = 0; i < count; i++) scaled[i] = (float)(scale * (double)weights[i]);
  const pleat_linear_part part = {scaled, NULL, sizes[layer + 1]};
  pleat_status status = pleat_linear_pack_parts(p->context, &part, 1, sizes[layer], &p->linear[layer]);
  pleat_memory_release(p->context, scaled);
  return status;
}

static pleat_status fill(pleat_perceptron *p, const int *sizes, const float *weights) {
  PLEAT_TRY(pleat_dispatch_choose(p->context, &p->kernels));
  PLEAT_TRY(pleat_memory_take(p->context, (size_t)p->layers, sizeof *p->linear, &p->linear));
  for (int i = 0; i < p->layers; i++) {
    PLEAT_TRY(pack_layer(p, i, sizes, weights));
    weights += (size_t)sizes[i] * (size_t)sizes[i + 1];
    if (i && sizes[i] > p->widest) p->widest = sizes[i];
  }
  return pleat_scratch_take(p->context, pleat_perceptron_scratch(p, ROWS), &p->scratch);
}

pleat_status pleat_perceptron_create(pleat_context *context, const int *sizes, int layers, pleat_function function,
                                     const float *weights, pleat_perceptron **perceptron) {
  *perceptron = NULL;
  PLEAT_TRY(pleat_function_check(context, function));
  PLEAT_CHECK(context, layers >= 1 && layers <= LAYERS_MAX, PLEAT_ERROR_INPUT,
              "a perceptron of %d layers: 1 to %d are possible", layers, LAYERS_MAX);
  for (int i = 0; i <= layers; i++)
    PLEAT_CHECK(context, sizes[i] >= 1 && sizes[i] <= SIZE_MAX_OF_LAYER, PLEAT_ERROR_INPUT,
                "size %d of a perceptron is %d: sizes go from 1 to %d", i, sizes[i], SIZE_MAX_OF_LAYER);
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **perceptron, perceptron));
  pleat_perceptron *p = *perceptron;
  p->context = context, p->layers = layers, p->function = function;
  pleat_status status = fill(p, sizes, weights);
  if (!status) return status;
  pleat_perceptron_free(p);
  *perceptron = NULL;
  return status;
}

void pleat_perceptron_free(pleat_perceptron *p) {
  if (!p) return;
  for (int i = 0; p->linear && i < p->layers; i++) pleat_linear_free(p->context, &p->linear[i]);
  pleat_memory_release(p->context, p->linear);
  pleat_memory_release(p->context, p->scratch.block);
  pleat_memory_release(p->context, p);
}

int pleat_perceptron_in(const pleat_perceptron *p) { return p->linear[0].in; }
int pleat_perceptron_out(const pleat_perceptron *p) { return p->linear[p->layers - 1].out; }

int64_t pleat_perceptron_scratch(const pleat_perceptron *p, int64_t rows) {
  int64_t most = 0;
  for (int i = 0; i < p->layers; i++) {
    int64_t own = up(pleat_linear_scratch(&p->linear[i]));
    most = own > most ? own : most;
  }
  return 2 * up(rows * p->widest) + most;
}

void pleat_perceptron_rows(const pleat_perceptron *p, int64_t rows, const float *x, float *y, float *scratch) {
  float *hidden[2] = {scratch, scratch + up(rows * p->widest)}, *own = hidden[1] + up(rows * p->widest);
  for (int i = 0; i < p->layers; i++) {
    const pleat_linear *linear = &p->linear[i];
    bool last = i == p->layers - 1;
    float *to = last ? y : hidden[i % 2];
    pleat_linear_rows(linear, rows, x, linear->in, NULL, to, linear->out, own);
    if (!last) pleat_function_apply(p->kernels, p->function, rows * linear->out, to, to);
    x = to;
  }
}

typedef struct apply_work {
  const pleat_perceptron *perceptron;
  const float *x;
  float *y;
} apply_work;

static void apply_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const apply_work *w = argument;
  const pleat_perceptron *p = w->perceptron;
  pleat_perceptron_rows(p, end - begin, w->x + begin * pleat_perceptron_in(p), w->y + begin * pleat_perceptron_out(p),
                        pleat_scratch_of(&p->scratch, thread));
}

void pleat_perceptron_apply(pleat_perceptron *p, size_t count, const float *x, float *y) {
  apply_work w = {p, x, y};
  pleat_team_for(pleat_scratch_threads(&p->scratch, p->context), (int64_t)count, ROWS, apply_rows, &w);
}
