/* Geometric vector perceptrons: scalars from scalars and norms of vectors, vectors from vectors.
 * SPDX-License-Identifier: MIT
 *
 * Jing et al., ICLR 2021, algorithm 1; the gate from scalars is that of arXiv:2106.03843. */
#include "geometry/gvp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "geometry/scratch.h"
#include "lib/dispatch.h"
#include "lib/op.h"
#include "lib/team.h"

enum { ROWS = 32, NAME = 256, CHAIN_MAX = 64 };
static const double norm_epsilon = 1e-8;

struct pleat_gvp {
  pleat_context *context;
  const pleat_kernels *kernels;
  int si, vi, h, so, vo;
  bool activates, gated; /* gated: by scalars */
  pleat_linear wh, ws, wv, wg;
  float *bias_s, *bias_g; /* copies */
  pleat_scratch scratch;
};

/* ---- Weights by name ------------------------------------------------------------------------------------------- */

const pleat_array *pleat_gvp_find(const pleat_gvp_weights *w, const char *name) {
  size_t length = strlen(w->prefix);
  for (size_t i = 0; i < w->count; i++)
    if (!strncmp(w->arrays[i].name, w->prefix, length) && !strcmp(w->arrays[i].name + length, name))
      return &w->arrays[i];
  return NULL;
}

pleat_status pleat_gvp_want(const pleat_gvp_weights *w, const char *name, int rank, size_t first, size_t second,
                            const pleat_array **array) {
  const pleat_array *a = *array = pleat_gvp_find(w, name);
  PLEAT_CHECK(w->context, a, PLEAT_ERROR_SHAPE, "the weights have no array '%s%s'", w->prefix, name);
  PLEAT_CHECK(w->context, a->data && a->rank == rank, PLEAT_ERROR_SHAPE, "'%s' has %d axes, %d are wanted", a->name,
              a->rank, rank);
  size_t want[2] = {first, second};
  for (int i = 0; i < rank; i++)
    PLEAT_CHECK(w->context, a->shape[i] > 0 && a->shape[i] < 1 << 20 && (!want[i] || a->shape[i] == want[i]),
                PLEAT_ERROR_SHAPE, "'%s' has size %zu on axis %d, %zu is wanted", a->name, a->shape[i], i, want[i]);
  return PLEAT_OK;
}

static pleat_status pack(pleat_gvp *g, const pleat_array *weight, const pleat_array *bias, float **kept,
                         pleat_linear *linear) {
  int out = (int)weight->shape[0], in = (int)weight->shape[1];
  if (bias) {
    PLEAT_TRY(pleat_memory_take(g->context, (size_t)out, sizeof **kept, kept));
    memcpy(*kept, bias->data, sizeof **kept * (size_t)out);
  }
  /* transposed, so that the packed layer keeps nothing of the caller's */
  float *turned;
  PLEAT_TRY(pleat_memory_take(g->context, (size_t)out * (size_t)in, sizeof *turned, &turned));
  for (int o = 0; o < out; o++)
    for (int i = 0; i < in; i++) turned[i * out + o] = weight->data[o * in + i];
  const pleat_linear_part part = {turned, bias ? *kept : NULL, out};
  pleat_status status = pleat_linear_pack_parts(g->context, &part, 1, in, linear);
  pleat_memory_release(g->context, turned);
  return status;
}

static pleat_status fill_vectors(pleat_gvp *g, const pleat_gvp_weights *w) {
  const pleat_array *wh, *wv, *wg, *bias;
  PLEAT_TRY(pleat_gvp_want(w, "wh.weight", 2, 0, 0, &wh));
  g->h = (int)wh->shape[0], g->vi = (int)wh->shape[1];
  PLEAT_TRY(pack(g, wh, NULL, NULL, &g->wh));
  if (!pleat_gvp_find(w, "wv.weight")) return PLEAT_OK;
  PLEAT_TRY(pleat_gvp_want(w, "wv.weight", 2, 0, wh->shape[0], &wv));
  g->vo = (int)wv->shape[0];
  PLEAT_TRY(pack(g, wv, NULL, NULL, &g->wv));
  if (!pleat_gvp_find(w, "wg.weight")) return PLEAT_OK;
  PLEAT_TRY(pleat_gvp_want(w, "wg.weight", 2, wv->shape[0], (size_t)g->so, &wg));
  PLEAT_TRY(pleat_gvp_want(w, "wg.bias", 1, wv->shape[0], 0, &bias));
  g->gated = true;
  return pack(g, wg, bias, &g->bias_g, &g->wg);
}

static pleat_status fill(pleat_gvp *g, const pleat_gvp_weights *w) {
  const pleat_array *ws, *bias;
  PLEAT_TRY(pleat_dispatch_choose(g->context, &g->kernels));
  PLEAT_TRY(pleat_gvp_want(w, "ws.weight", 2, 0, 0, &ws));
  PLEAT_TRY(pleat_gvp_want(w, "ws.bias", 1, ws->shape[0], 0, &bias));
  g->so = (int)ws->shape[0];
  if (pleat_gvp_find(w, "wh.weight")) PLEAT_TRY(fill_vectors(g, w));
  g->si = (int)ws->shape[1] - g->h;
  PLEAT_CHECK(g->context, g->si >= 0, PLEAT_ERROR_SHAPE, "'%s' takes %zu numbers, but '%swh.weight' alone gives %d",
              ws->name, ws->shape[1], w->prefix, g->h);
  PLEAT_TRY(pack(g, ws, bias, &g->bias_s, &g->ws));
  return pleat_scratch_take(
      g->context, pleat_gvp_scratch(g, ROWS) + pleat_gvp_up(3 * ROWS * g->vi) + pleat_gvp_up(3 * ROWS * g->vo),
      &g->scratch);
}

static pleat_status create(const pleat_gvp_weights *w, bool activate, pleat_gvp **gvp) {
  *gvp = NULL;
  PLEAT_TRY(pleat_memory_take(w->context, 1, sizeof **gvp, gvp));
  (*gvp)->context = w->context;
  (*gvp)->activates = activate;
  pleat_status status = fill(*gvp, w);
  if (!status) return status;
  pleat_gvp_free(*gvp);
  *gvp = NULL;
  return status;
}

pleat_status pleat_gvp_create(pleat_context *context, const pleat_array *weights, size_t count, const char *prefix,
                              int activate, pleat_gvp **gvp) {
  const pleat_gvp_weights w = {context, weights, count, prefix};
  return create(&w, activate, gvp);
}

void pleat_gvp_free(pleat_gvp *g) {
  if (!g) return;
  pleat_linear *all[] = {&g->wh, &g->ws, &g->wv, &g->wg};
  for (int i = 0; i < 4; i++) pleat_linear_free(g->context, all[i]);
  pleat_memory_release(g->context, g->bias_s);
  pleat_memory_release(g->context, g->bias_g);
  pleat_memory_release(g->context, g->scratch.block);
  pleat_memory_release(g->context, g);
}

pleat_gvp_size pleat_gvp_get_size(const pleat_gvp *g, int which) {
  return which ? (pleat_gvp_size){g->so, g->vo} : (pleat_gvp_size){g->si, g->vi};
}

/* ---- Rows ------------------------------------------------------------------------------------------------------ */

void pleat_gvp_spread(int64_t rows, int channels, const float *from, float *to) {
  for (int64_t r = 0; r < rows; r++, from += 3 * channels, to += 3 * channels)
    for (int c = 0; c < channels; c++)
      for (int d = 0; d < 3; d++) to[d * channels + c] = from[3 * c + d];
}

void pleat_gvp_gather(int64_t rows, int channels, const float *from, float *to) {
  for (int64_t r = 0; r < rows; r++, from += 3 * channels, to += 3 * channels)
    for (int c = 0; c < channels; c++)
      for (int d = 0; d < 3; d++) to[3 * c + d] = from[d * channels + c];
}

static int64_t scratch_of_layers(const pleat_gvp *g) {
  const pleat_linear *all[] = {&g->wh, &g->ws, &g->wv, &g->wg};
  int64_t most = 0;
  for (int i = 0; i < 4; i++) {
    int64_t own = all[i]->out ? pleat_gvp_up(pleat_linear_scratch(all[i])) : 0;
    most = own > most ? own : most;
  }
  return most;
}

int64_t pleat_gvp_scratch(const pleat_gvp *g, int64_t rows) {
  return scratch_of_layers(g) + pleat_gvp_up(3 * rows * g->h) + pleat_gvp_up(rows * (g->si + g->h)) +
         pleat_gvp_up(rows * g->vo);
}

/* norm (rows, channels), rows ld apart, of v (rows,3,channels). */
static void norms(int64_t rows, int channels, const float *v, float *norm, int ld) {
  for (int64_t r = 0; r < rows; r++)
    for (int c = 0; c < channels; c++) {
      const float *x = v + 3 * r * channels + c;
      float square = x[0] * x[0] + x[channels] * x[channels] + x[2 * channels] * x[2 * channels];
      norm[r * ld + c] = sqrtf(square + (float)norm_epsilon);
    }
}

static void gate_vectors(const pleat_gvp *g, int64_t rows, const float *s, float *v, float *gate, float *scratch) {
  const pleat_epilogue sigmoid = {.activation = PLEAT_ACTIVATION_SIGMOID};
  if (g->gated) {
    pleat_linear_rows(&g->wg, rows, s, g->so, &sigmoid, gate, g->vo, scratch);
  } else {
    norms(rows, g->vo, v, gate, g->vo);
    g->kernels->activate(rows * g->vo, gate, PLEAT_ACTIVATION_SIGMOID, gate);
  }
  for (int64_t r = 0; r < rows; r++)
    for (int d = 0; d < 3; d++)
      for (int c = 0; c < g->vo; c++) v[(3 * r + d) * g->vo + c] *= gate[r * g->vo + c];
}

void pleat_gvp_rows(const pleat_gvp *g, int64_t rows, const float *s, const float *v, float *s_out, float *v_out,
                    float *scratch) {
  const pleat_epilogue relu = {.activation = PLEAT_ACTIVATION_RELU};
  int wide = g->si + g->h;
  float *vh = scratch + scratch_of_layers(g), *joined = vh + pleat_gvp_up(3 * rows * g->h),
        *gate = joined + pleat_gvp_up(rows * wide);
  if (g->vi) {
    pleat_linear_rows(&g->wh, 3 * rows, v, g->vi, NULL, vh, g->h, scratch);
    for (int64_t r = 0; g->si && r < rows; r++) memcpy(joined + r * wide, s + r * g->si, sizeof *s * (size_t)g->si);
    norms(rows, g->h, vh, joined + g->si, wide);
    s = joined;
  }
  pleat_linear_rows(&g->ws, rows, s, wide, g->activates ? &relu : NULL, s_out, g->so, scratch);
  if (!g->vo) return;
  pleat_linear_rows(&g->wv, 3 * rows, vh, g->h, NULL, v_out, g->vo, scratch);
  if (g->activates) gate_vectors(g, rows, s_out, v_out, gate, scratch);
}

typedef struct apply_work {
  const pleat_gvp *gvp;
  const float *s, *v;
  float *s_out, *v_out;
} apply_work;

static void apply_rows(void *argument, int64_t begin, int64_t end, int thread) {
  const apply_work *w = argument;
  const pleat_gvp *g = w->gvp;
  int64_t rows = end - begin;
  float *in = pleat_scratch_of(&g->scratch, thread), *out = in + pleat_gvp_up(3 * ROWS * g->vi);
  if (g->vi) pleat_gvp_spread(rows, g->vi, w->v + begin * 3 * g->vi, in);
  pleat_gvp_rows(g, rows, g->si ? w->s + begin * g->si : NULL, in, w->s_out + begin * g->so, out,
                 out + pleat_gvp_up(3 * ROWS * g->vo));
  if (g->vo) pleat_gvp_gather(rows, g->vo, out, w->v_out + begin * 3 * g->vo);
}

void pleat_gvp_apply(pleat_gvp *g, size_t count, const float *s, const float *v, float *s_out, float *v_out) {
  apply_work w = {g, s, v, s_out, v_out};
  pleat_team_for(pleat_scratch_threads(&g->scratch, g->context), (int64_t)count, ROWS, apply_rows, &w);
}

/* ---- Chains ---------------------------------------------------------------------------------------------------- */

static void name_link(const pleat_gvp_weights *w, const char *name, int index, char *prefix) {
  snprintf(prefix, NAME, "%s%s.%d.", w->prefix, name, index);
}

static int count_links(const pleat_gvp_weights *w, const char *name) {
  char prefix[NAME];
  int count = 0;
  for (; count < CHAIN_MAX; count++) {
    name_link(w, name, count, prefix);
    const pleat_gvp_weights link = {w->context, w->arrays, w->count, prefix};
    if (!pleat_gvp_find(&link, "ws.weight")) break;
  }
  return count;
}

static pleat_status fill_chain(const pleat_gvp_weights *w, const char *name, pleat_gvp **gvps, int count) {
  char prefix[NAME];
  for (int i = 0; i < count; i++) {
    name_link(w, name, i, prefix);
    const pleat_gvp_weights link = {w->context, w->arrays, w->count, prefix};
    PLEAT_TRY(create(&link, i < count - 1, &gvps[i]));
    PLEAT_CHECK(w->context, i == 0 || (gvps[i]->si == gvps[i - 1]->so && gvps[i]->vi == gvps[i - 1]->vo),
                PLEAT_ERROR_SHAPE, "'%s' takes %d scalars and %d vectors, but what is before it gives %d and %d",
                prefix, gvps[i]->si, gvps[i]->vi, gvps[i - 1]->so, gvps[i - 1]->vo);
  }
  return PLEAT_OK;
}

pleat_status pleat_gvp_create_chain(const pleat_gvp_weights *w, const char *name, pleat_gvp ***gvps, int *count) {
  PLEAT_CHECK(w->context, strlen(w->prefix) + strlen(name) + 8 < NAME, PLEAT_ERROR_INPUT,
              "the prefix '%.80s...' is too long", w->prefix);
  *count = count_links(w, name);
  PLEAT_CHECK(w->context, *count > 0, PLEAT_ERROR_SHAPE, "the weights have no array '%s%s.0.ws.weight'", w->prefix,
              name);
  PLEAT_TRY(pleat_memory_take(w->context, (size_t)*count, sizeof **gvps, gvps));
  return fill_chain(w, name, *gvps, *count);
}

void pleat_gvp_free_chain(pleat_context *context, pleat_gvp **gvps, int count) {
  for (int i = 0; gvps && i < count; i++) pleat_gvp_free(gvps[i]);
  pleat_memory_release(context, gvps);
}

/* Room for results between two links, both in turn. */
static int64_t chain_rows(pleat_gvp *const *gvps, int count, int64_t rows, bool vectors) {
  int64_t most = 0;
  for (int i = 0; i < count; i++) {
    int64_t own = pleat_gvp_up(rows * (vectors ? 3 * gvps[i]->vo : gvps[i]->so));
    most = own > most ? own : most;
  }
  return most;
}

int64_t pleat_gvp_chain_scratch(pleat_gvp *const *gvps, int count, int64_t rows) {
  int64_t most = 0;
  for (int i = 0; i < count; i++) {
    int64_t own = pleat_gvp_scratch(gvps[i], rows);
    most = own > most ? own : most;
  }
  return most + 2 * chain_rows(gvps, count, rows, false) + 2 * chain_rows(gvps, count, rows, true);
}

void pleat_gvp_chain_rows(pleat_gvp *const *gvps, int count, int64_t rows, const float *s, const float *v, float *s_out,
                          float *v_out, float *scratch) {
  int64_t wide_s = chain_rows(gvps, count, rows, false), wide_v = chain_rows(gvps, count, rows, true);
  float *own = scratch + 2 * wide_s + 2 * wide_v;
  for (int i = 0; i < count; i++) {
    bool last = i == count - 1;
    float *to_s = last ? s_out : scratch + i % 2 * wide_s, *to_v = last ? v_out : scratch + 2 * wide_s + i % 2 * wide_v;
    pleat_gvp_rows(gvps[i], rows, s, v, to_s, to_v, own);
    s = to_s, v = to_v;
  }
}

/* ---- Norm ------------------------------------------------------------------------------------------------------ */

static double square_of(const float *v) {
  return (double)v[0] * (double)v[0] + (double)v[1] * (double)v[1] + (double)v[2] * (double)v[2];
}

static void normalize_vectors(int channels, double epsilon, float *v) {
  double sum = 0;
  int present = 0;
  for (int c = 0; c < channels; c++) {
    double square = square_of(v + 3 * c) + epsilon;
    if (square > 2 * epsilon) sum += square, present++;
  }
  double scale = 1 / sqrt(sum / (epsilon + present) + epsilon);
  for (int c = 0; c < channels; c++) {
    bool is_present = square_of(v + 3 * c) + epsilon > 2 * epsilon;
    for (int d = 0; d < 3; d++) v[3 * c + d] = is_present ? (float)(scale * (double)v[3 * c + d]) : 0;
  }
}

void pleat_gvp_normalize_rows(const pleat_kernels *kernels, pleat_gvp_size size, int64_t rows, const float *gain,
                              const float *bias, double epsilon, float *s, float *v) {
  const pleat_kernel_norm norm = {.channels = size.scalars, .gain = gain, .bias = bias, .epsilon = 1e-5f};
  kernels->layer_norm(&norm, rows, s, s);
  for (int64_t r = 0; r < rows && size.vectors; r++) normalize_vectors(size.vectors, epsilon, v + r * 3 * size.vectors);
}
