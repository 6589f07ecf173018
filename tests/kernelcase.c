/* Problems for kernels: text to inputs, to results.
 * SPDX-License-Identifier: MIT */
#include "tests/kernelcase.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dispatch.h"
#include "lib/kernel/kernels.h"
#include "lib/precision.h"
#include "lib/random.h"

#define SIZE(c, letter) ((c)->problem.size[(letter) - 'a'])

bool kernel_problem_says(const kernel_problem *problem, const char *word) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, ":%s:", word);
  return strstr(problem->words, quoted) != NULL;
}

bool kernel_problem_parse(const char *text, kernel_problem *problem) {
  static const char *const kinds[] = {"linear", "norm", "softmax", "activate", "attention", "point",
                                      "triangle", "outer", "message", "radial"};
  const char *colon = strchr(text, ':');
  bool known = false;
  *problem = (kernel_problem){.words = ":"};
  for (int i = 0; i < 26; i++) problem->size[i] = 1;
  if (!colon || colon - text >= (ptrdiff_t)sizeof problem->kind) return false;
  memcpy(problem->kind, text, (size_t)(colon - text));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) known = known || !strcmp(problem->kind, kinds[i]);
  const char *at = colon + 1;
  while (*at >= 'a' && *at <= 'z') {
    char *end;
    long long size = strtoll(at + 1, &end, 10);
    if (end == at + 1 || size < 1) return false;
    problem->size[*at - 'a'] = size;
    at = end;
  }
  if (!known || (*at && *at != ':') || strlen(at) + 2 > sizeof problem->words) return false;
  if (*at) snprintf(problem->words, sizeof problem->words, "%s:", at);
  return true;
}

/* `count` numbers of normal distribution; NULL and a failed *status when there is no memory. */
static float *numbers(kernel_case *c, int64_t count, double scale, pleat_status *status) {
  float *x = NULL;
  pleat_random stream = pleat_random_stream(11, (uint32_t)c->pool.used, 0);
  if (!*status) *status = pleat_pool_take(&c->pool, (size_t)count + 16, sizeof *x, &x);
  x = (float *)(((uintptr_t)x + 63) / 64 * 64); /* as from an arena */
  for (int64_t i = 0; !*status && i < count; i++) x[i] = (float)(scale * pleat_random_normal(&stream, (uint64_t)i));
  return x;
}

static float *numbers_if(kernel_case *c, const char *word, int64_t count, double scale, pleat_status *status) {
  return kernel_problem_says(&c->problem, word) ? numbers(c, count, scale, status) : NULL;
}

/* 1 or 0 at random, or 0 everywhere; NULL without one of the words. */
static float *mask_if(kernel_case *c, int64_t count, pleat_status *status) {
  bool absent = kernel_problem_says(&c->problem, "absent");
  if (!absent && !kernel_problem_says(&c->problem, "mask")) return NULL;
  float *mask = numbers(c, count, 1, status);
  for (int64_t i = 0; !*status && i < count; i++) mask[i] = !absent && mask[i] > -0.5f;
  return mask;
}

static void outputs(kernel_case *c, int i, int64_t count, pleat_status *status) {
  c->count[i] = count;
  c->got[i] = numbers(c, count, 1, status);
  c->want[i] = numbers(c, count, 1, status);
}

/* One odd number in the middle of an input. */
static void spoil(const kernel_case *c, float *x, int64_t count) {
  if (!x) return;
  if (kernel_problem_says(&c->problem, "nan")) x[count / 2] = NAN;
  if (kernel_problem_says(&c->problem, "inf")) x[count / 2] = INFINITY;
  if (kernel_problem_says(&c->problem, "minusinf")) x[count / 2] = -INFINITY;
}

static pleat_activation activation_of(const kernel_problem *problem) {
  static const char *const names[] = {"none", "relu", "gelu", "sigmoid", "silu"};
  int found = 0;
  for (int i = 1; i < 5; i++)
    if (kernel_problem_says(problem, names[i])) found = i;
  return (pleat_activation)found;
}

/* Packs the weight in the precision that the words ask for, and rounds it likewise for the reference. */
static pleat_status pack_weight(kernel_case *c, int64_t out, int64_t in) {
  bool half = kernel_problem_says(&c->problem, "bf16"), whole = kernel_problem_says(&c->problem, "int8");
  c->context->precision = half ? PLEAT_PRECISION_BF16 : whole ? PLEAT_PRECISION_INT8 : PLEAT_PRECISION_FP32;
  pleat_status status = pleat_linear_pack(c->context, c->weight, c->bias, (int)out, (int)in, &c->linear);
  c->context->precision = PLEAT_PRECISION_FP32;
  for (float *row = c->weight; (half || whole) && row < c->weight + out * in; row += in) {
    float scale = pleat_row_scale(row, (size_t)in, PLEAT_INT8_MOST);
    for (int64_t k = 0; k < in; k++)
      row[k] = half ? pleat_bf16_value(pleat_bf16_round(row[k])) : scale * (float)pleat_row_round(row[k], scale, PLEAT_INT8_MOST);
  }
  return status;
}

static pleat_status make_linear(kernel_case *c) {
  int64_t m = SIZE(c, 'm'), n = SIZE(c, 'n'), k = SIZE(c, 'k');
  pleat_status status = PLEAT_OK;
  c->rows = m;
  c->tolerance = 2e-7 * (double)k + 1e-6;
  c->flops = 2.0 * (double)m * (double)n * (double)k;
  c->x = numbers(c, m * k, 1, &status);
  c->weight = numbers(c, n * k, 1 / sqrt((double)k), &status);
  c->bias = numbers_if(c, "bias", n, 1, &status);
  c->gate = numbers_if(c, "gate", m * n, 1, &status);
  c->add = numbers_if(c, "add", m * n, 1, &status);
  outputs(c, 0, m * n, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, m * k);
  c->epilogue = (pleat_epilogue){activation_of(&c->problem), c->gate, n, c->add, n};
  return pack_weight(c, n, k);
}

static pleat_status make_rows(kernel_case *c) {
  int64_t m = SIZE(c, 'm'), n = SIZE(c, 'c');
  double scale = kernel_problem_says(&c->problem, "far") ? 1e4 : 1;
  pleat_status status = PLEAT_OK;
  c->rows = m;
  c->tolerance = 2e-6;
  c->flops = 8.0 * (double)(m * n);
  c->x = numbers(c, m * n, scale, &status);
  c->gain = numbers(c, n, 1, &status);
  c->bias = numbers(c, n, 1, &status);
  outputs(c, 0, m * n, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, m * n);
  return PLEAT_OK;
}

static pleat_status make_attention(kernel_case *c) {
  int64_t b = SIZE(c, 'b'), h = SIZE(c, 'h'), q = SIZE(c, 'q'), k = SIZE(c, 'k'), d = SIZE(c, 'd'), row = h * d;
  pleat_status status = PLEAT_OK;
  c->rows = b;
  c->tolerance = 5e-6;
  c->flops = 4.0 * (double)(b * h * d) * (double)(q * k);
  float *keys = numbers(c, b * k * row, 1, &status);
  c->attention = (pleat_attention){
    .batches = b, .queries = q, .keys = k, .heads = (int)h, .width = (int)d, .scale = 1 / sqrtf((float)d),
    .q = numbers(c, b * q * row, 1, &status), .k = keys, .v = numbers(c, b * k * row, 1, &status),
    .bias = numbers_if(c, "bias", h * q * k, 1, &status), .mask = mask_if(c, b * k, &status),
    .gate = numbers_if(c, "gate", b * q * row, 1, &status),
    .q_batch = q * row, .q_row = row, .q_head = d, .k_batch = k * row, .k_row = row, .k_head = d, .v_batch = k * row,
    .v_row = row, .v_head = d, .out_batch = q * row, .out_row = row, .out_head = d, .bias_head = q * k, .bias_row = k,
    .mask_batch = k, .average_absent = kernel_problem_says(&c->problem, "average")};
  outputs(c, 0, b * q * row, &status);
  PLEAT_TRY(status);
  spoil(c, keys, b * k * row);
  return PLEAT_OK;
}

/* Pairs of c channels for a sequence; those of absent keys are NaN, as nobody may look at them. */
static pleat_status add_pairs(kernel_case *c, pleat_point_attention *a, int64_t at) {
  int64_t channels = SIZE(c, 'c'), l = a->length;
  pleat_status status = PLEAT_OK;
  float *pair = numbers(c, l * l * channels, 1, &status);
  PLEAT_TRY(status);
  for (int64_t i = 0; a->mask && i < l * l * channels; i++)
    if (!(a->mask[i / channels % l] > 0)) pair[i] = NAN;
  a->pair = pair;
  a->pair_channels = (int)channels;
  a->pair_out = c->got[3] + at * a->heads * channels;
  return PLEAT_OK;
}

/* One sequence of FlashABB's shape: D 16, V 16, P 4, W 8, 128 bins, two chains; results from `at` on in the outputs. */
static pleat_status make_sequence(kernel_case *c, int64_t s, int64_t l, int64_t at) {
  enum { D = 16, V = 16, P = 4, W = 8, B = 128 };
  int64_t h = SIZE(c, 'h');
  pleat_status status = PLEAT_OK;
  pleat_random stream = pleat_random_stream(5, (uint32_t)s, 0);
  int32_t *index = NULL;
  float *kp = numbers(c, l * h * P * 3, 0.5, &status);
  status = status ? status : pleat_pool_take(&c->pool, (size_t)l, sizeof *index, &index);
  c->sequences[s] = (pleat_point_attention){
    .length = l, .heads = (int)h, .width = D, .value_width = V, .query_points = P, .value_points = W,
    .q = numbers(c, l * h * D, 0.25, &status), .k = numbers(c, l * h * D, 1, &status), .v = numbers(c, l * h * V, 1, &status),
    .qp = numbers(c, l * h * P * 3, 0.5, &status), .kp = kp, .vp = numbers(c, l * h * W * 3, 1, &status),
    .weight = numbers(c, h, 1, &status), .bias = numbers_if(c, "bias", h * l * l, 1, &status), .mask = mask_if(c, l, &status),
    .index = index, .bins = B};
  PLEAT_TRY(status);
  for (int64_t j = 0; j < l; j++) {
    uint32_t words[4];
    pleat_random_words(&stream, (uint64_t)j, words);
    index[j] = kernel_problem_says(&c->problem, "scatter") ? (int32_t)words[0] : (int32_t)(j < l / 2 ? j : j + 500);
  }
  spoil(c, kp, l * h * P * 3);
  c->sequences[s].out = c->got[0] + at * h * V;
  c->sequences[s].points = c->got[1] + at * h * W * 3;
  c->sequences[s].spectrum = c->got[2] + at * h * B;
  return kernel_problem_says(&c->problem, "pair") ? add_pairs(c, &c->sequences[s], at) : PLEAT_OK;
}

static pleat_status make_point(kernel_case *c) {
  int64_t b = SIZE(c, 'b'), l = SIZE(c, 'l'), h = SIZE(c, 'h'), total = 0, at = 0;
  pleat_status status = PLEAT_OK;
  PLEAT_CHECK(c->context, b <= KERNEL_CASE_SEQUENCES, PLEAT_ERROR_INPUT, "at most %d sequences", KERNEL_CASE_SEQUENCES);
  c->rows = b;
  c->tolerance = 1e-5;
  for (int64_t s = 0; s < b; s++) total += l > s ? l - s : 1;
  outputs(c, 0, total * h * 16, &status);
  outputs(c, 1, total * h * 24, &status);
  outputs(c, 2, total * h * 128, &status);
  if (kernel_problem_says(&c->problem, "pair")) outputs(c, 3, total * h * SIZE(c, 'c'), &status);
  PLEAT_TRY(status);
  for (int64_t s = 0; s < b; s++) {
    int64_t length = l > s ? l - s : 1;
    PLEAT_TRY(make_sequence(c, s, length, at));
    at += length;
    c->flops += (double)(h * length * length) * 182.0; /* 2 (D + V + 3W) + 9P + exp */
  }
  return PLEAT_OK;
}

static bool is_pair(const kernel_case *c) {
  return !strcmp(c->problem.kind, "triangle") || !strcmp(c->problem.kind, "outer");
}

static pleat_status make_triangle(kernel_case *c) {
  int64_t l = SIZE(c, 'l'), channels = SIZE(c, 'c');
  pleat_status status = PLEAT_OK;
  c->rows = 1;
  c->tolerance = 2e-7 * (double)l + 1e-6;
  c->flops = 2.0 * (double)(l * l) * (double)(l * channels);
  c->triangle = (pleat_triangle){.length = l, .channels = (int)channels,
                                 .incoming = kernel_problem_says(&c->problem, "incoming")};
  c->x = numbers(c, l * l * 2 * channels, 1, &status);
  c->mask = mask_if(c, l * l, &status);
  outputs(c, 0, l * l * channels, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, l * l * 2 * channels);
  return PLEAT_OK;
}

static pleat_status make_outer(kernel_case *c) {
  int64_t s = SIZE(c, 's'), l = SIZE(c, 'l'), channels = SIZE(c, 'c'), out = SIZE(c, 'o'), in = channels * channels;
  pleat_status status = PLEAT_OK;
  c->rows = 1;
  c->tolerance = 3e-6;
  c->flops = 2.0 * (double)(l * l) * (double)in * (double)(s + out);
  c->x = numbers(c, s * l * 2 * channels, 1, &status);
  c->mask = mask_if(c, s * l, &status);
  if (!c->mask) c->mask = numbers(c, s * l, 1, &status);
  for (int64_t i = 0; !status && i < s * l && !kernel_problem_says(&c->problem, "mask"); i++)
    c->mask[i] = !kernel_problem_says(&c->problem, "absent");
  c->weight = numbers(c, out * in, 1 / sqrt((double)in), &status);
  c->bias = numbers_if(c, "bias", out, 1, &status);
  outputs(c, 0, l * l * out, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, s * l * 2 * channels);
  c->outer = (pleat_outer_product){.sequences = s, .length = l, .count = l, .channels = (int)channels, .mask = c->mask,
                                   .linear = &c->linear, .epsilon = 1e-3f};
  return pack_weight(c, out, in);
}

/* Three sources: one row an edge, and two tables of 2n rows, of which about a quarter of the edges take none. */
static pleat_status make_message(kernel_case *c) {
  int64_t n = SIZE(c, 'n'), k = SIZE(c, 'k'), w = SIZE(c, 'c');
  pleat_status status = PLEAT_OK;
  pleat_random stream = pleat_random_stream(6, 0, 0);
  c->rows = n;
  c->tolerance = 1e-6 * (double)k + 4e-7 * (double)w;
  c->flops = 2.0 * (double)(n * k) * (double)(w * w);
  c->weight = numbers(c, w * w, 1 / sqrt((double)w), &status);
  c->bias = numbers_if(c, "bias", w, 1, &status);
  c->x = numbers(c, n * k * w, 1, &status);
  c->message = (pleat_message){
    .nodes = n, .ld_node = w, .neighbours = (int)k, .middle = &c->linear, .node = numbers(c, n * w, 1, &status),
    .source = {{c->x, w, NULL}}, .mask = mask_if(c, n * k, &status)};
  for (int s = 1; s < 3; s++) {
    int32_t *index = NULL;
    c->message.source[s] = (pleat_message_source){numbers(c, 2 * n * w, 1, &status), w, NULL};
    status = status ? status : pleat_pool_take(&c->pool, (size_t)(n * k), sizeof *index, &index);
    for (int64_t i = 0; !status && i < n * k; i++)
      index[i] = (int32_t)(pleat_random_uniform(&stream, (uint64_t)(s * n * k + i)) * 2.6 * (double)n) - 1;
    for (int64_t i = 0; !status && i < n * k; i++) index[i] = index[i] < 2 * n ? index[i] : -1;
    c->message.source[s].index = index;
  }
  if (!kernel_problem_says(&c->problem, "nosum")) outputs(c, 0, n * w, &status);
  if (kernel_problem_says(&c->problem, "each")) outputs(c, 1, n * k * w, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, n * k * w);
  return pack_weight(c, w, w);
}

static pleat_status make_radial(kernel_case *c) {
  int64_t m = SIZE(c, 'm'), d = SIZE(c, 'd'), b = SIZE(c, 'b');
  pleat_status status = PLEAT_OK;
  c->rows = m;
  c->tolerance = 1e-6;
  c->flops = 20.0 * (double)(m * d * b);
  c->x = numbers(c, m * d, 8, &status);
  c->gain = numbers(c, b, 8, &status);
  c->radial = (pleat_radial){(int)b, c->gain, 1.25f};
  outputs(c, 0, m * d * b, &status);
  PLEAT_TRY(status);
  spoil(c, c->x, m * d);
  return PLEAT_OK;
}

pleat_status kernel_case_make(pleat_context *context, const kernel_problem *problem, kernel_case *made) {
  *made = (kernel_case){.problem = *problem, .context = context};
  pleat_pool_init(&made->pool, context, 0);
  if (!strcmp(problem->kind, "linear")) return make_linear(made);
  if (!strcmp(problem->kind, "attention")) return make_attention(made);
  if (!strcmp(problem->kind, "point")) return make_point(made);
  if (!strcmp(problem->kind, "triangle")) return make_triangle(made);
  if (!strcmp(problem->kind, "outer")) return make_outer(made);
  if (!strcmp(problem->kind, "message")) return make_message(made);
  if (!strcmp(problem->kind, "radial")) return make_radial(made);
  return make_rows(made);
}

void kernel_case_free(kernel_case *made) {
  pleat_linear_free(made->context, &made->linear);
  pleat_pool_free(&made->pool);
}

static void run_attention(kernel_case *c, pleat_run *run, int64_t begin, int64_t end) {
  pleat_attention a = c->attention;
  a.q += begin * a.q_batch;
  a.k += begin * a.k_batch;
  a.v += begin * a.v_batch;
  if (a.mask) a.mask += begin * a.mask_batch;
  if (a.gate) a.gate += begin * a.out_batch;
  a.out = c->got[0] + begin * a.out_batch;
  a.batches = end - begin;
  pleat_op_attention(run, &a);
}

static void run_linear(kernel_case *c, pleat_run *run, int64_t begin, int64_t end) {
  int64_t n = SIZE(c, 'n'), k = SIZE(c, 'k');
  pleat_epilogue e = c->epilogue;
  if (e.gate) e.gate += begin * n;
  if (e.add) e.add += begin * n;
  bool plain = !e.activation && !e.gate && !e.add;
  pleat_op_linear(run, &c->linear, end - begin, c->x + begin * k, k, plain ? NULL : &e, c->got[0] + begin * n, n);
}

/* In chunks that depend on the number of threads: bits must depend on neither. */
static void run_triangle(kernel_case *c, pleat_run *run) {
  pleat_triangle *t = &c->triangle;
  int64_t l = t->length, chunk = 1 + 9 * run->threads;
  pleat_triangle_take(run, t);
  for (int64_t first = 0; first < l; first += chunk)
    pleat_op_triangle_lay(run, t, first, first + chunk < l ? chunk : l - first, c->x + first * l * 2 * t->channels,
                          c->mask ? c->mask + first * l : NULL);
  pleat_op_triangle_multiply(run, t);
  for (int64_t first = 0; first < l; first += chunk)
    pleat_op_triangle_rows(run, t, first, first + chunk < l ? chunk : l - first, c->got[0] + first * l * t->channels);
}

static void run_outer(kernel_case *c, pleat_run *run) {
  pleat_outer_product *o = &c->outer;
  int64_t chunk = 1 + 9 * run->threads, s = o->sequences;
  pleat_outer_product_take(run, o);
  if (!pleat_run_idle(run)) memset(c->got[0], 0, (size_t)c->count[0] * sizeof(float));
  for (int64_t first = 0; first < s; first += chunk)
    pleat_op_outer_product_lay(run, o, first, first + chunk < s ? chunk : s - first,
                               c->x + first * o->length * 2 * o->channels);
  pleat_op_outer_product(run, o, &(pleat_outer_panel){0, o->length, o->right}, c->got[0]);
}

static void run_pair(kernel_case *c, pleat_run *run) {
  size_t mark = pleat_arena_mark(run->arena);
  c->problem.kind[0] == 't' ? run_triangle(c, run) : run_outer(c, run);
  pleat_arena_release(run->arena, mark);
}

/* Nodes begin..end-1; without "each" only the sums, without "sum" only the rows. */
static pleat_message part_of_message(const kernel_case *c, float *const *out, int64_t begin, int64_t end) {
  pleat_message m = c->message;
  int64_t edge = begin * m.neighbours, width = m.ld_node;
  m.nodes = end - begin;
  m.node += begin * width;
  m.source[0].rows += edge * width;
  for (int s = 1; s < 3; s++) m.source[s].index += edge;
  if (m.mask) m.mask += edge;
  m.sum = out[0] ? out[0] + begin * width : NULL;
  m.each = out[1] ? out[1] + edge * width : NULL;
  return m;
}

static void run_message(kernel_case *c, pleat_run *run, int64_t begin, int64_t end) {
  pleat_message m = part_of_message(c, c->got, begin, end);
  pleat_op_message(run, &m);
}

static void run_radial(kernel_case *c, pleat_run *run, int64_t begin, int64_t end) {
  int64_t d = SIZE(c, 'd'), row = d * SIZE(c, 'b');
  pleat_op_radial(run, &c->radial, end - begin, (int)d, c->x + begin * d, c->got[0] + begin * row, row);
}

void kernel_case_run(kernel_case *c, pleat_run *run, int64_t begin, int64_t end) {
  int64_t n = SIZE(c, 'c'), rows = end - begin;
  float rate = kernel_problem_says(&c->problem, "dropout") ? 0.1f : 0;
  if (is_pair(c)) {
    run_pair(c, run);
    return;
  }
  switch (c->problem.kind[0] == 'a' ? c->problem.kind[1] : c->problem.kind[0]) {
    case 'l': run_linear(c, run, begin, end); break;
    case 'n': pleat_op_layer_norm(run, rows, (int)n, c->x + begin * n, c->gain, c->bias, 1e-5f, rate, c->got[0] + begin * n); break;
    case 's': pleat_op_softmax(run, rows, (int)n, c->x + begin * n, c->got[0] + begin * n); break;
    case 'c': pleat_op_activate(run, rows * n, c->x + begin * n, activation_of(&c->problem), c->got[0] + begin * n); break;
    case 't': run_attention(c, run, begin, end); break;
    case 'm': run_message(c, run, begin, end); break;
    case 'r': run_radial(c, run, begin, end); break;
    default: pleat_op_point_attention(run, c->sequences + begin, rows);
  }
}

static void refer_point(kernel_case *c) {
  double *weight = NULL;
  if (pleat_pool_take(&c->pool, (size_t)SIZE(c, 'l'), sizeof *weight, &weight)) return;
  for (int64_t s = 0; s < SIZE(c, 'b'); s++) {
    pleat_point_attention a = c->sequences[s];
    a.out = c->want[0] + (a.out - c->got[0]);
    a.points = c->want[1] + (a.points - c->got[1]);
    a.spectrum = c->want[2] + (a.spectrum - c->got[2]);
    if (a.pair) a.pair_out = c->want[3] + (a.pair_out - c->got[3]);
    pleat_reference_point(&a, weight);
  }
}

static void refer_pair(kernel_case *c) {
  memset(c->want[0], 0, (size_t)c->count[0] * sizeof(float));
  if (c->problem.kind[0] == 't')
    pleat_reference_triangle(&c->triangle, c->x, c->mask, c->want[0]);
  else
    pleat_reference_outer_product(&c->outer, c->weight, c->x, c->want[0]);
}

static void refer_message(kernel_case *c) {
  pleat_message m = part_of_message(c, c->want, 0, c->rows);
  double *hidden = NULL;
  if (pleat_pool_take(&c->pool, (size_t)m.ld_node, sizeof *hidden, &hidden)) return;
  pleat_reference_message(&m, hidden);
}

void kernel_case_refer(kernel_case *c) {
  pleat_kernel_linear linear = {.rows = SIZE(c, 'm'), .in = (int)SIZE(c, 'k'), .out = (int)SIZE(c, 'n'), .x = c->x, .bias = c->bias,
                                .ld_x = SIZE(c, 'k'), .ld_y = SIZE(c, 'n'), .epilogue = &c->epilogue, .y = c->want[0]};
  pleat_kernel_norm norm = {(int)SIZE(c, 'c'), c->gain, c->bias, 1e-5f, kernel_problem_says(&c->problem, "dropout") ? 0.1f : 0};
  pleat_attention attention = c->attention;
  attention.out = c->want[0];
  if (is_pair(c)) {
    refer_pair(c);
    return;
  }
  switch (c->problem.kind[0] == 'a' ? c->problem.kind[1] : c->problem.kind[0]) {
    case 'l': pleat_reference_linear(&linear, c->weight); break;
    case 'n': pleat_reference_layer_norm(&norm, c->rows, c->x, c->want[0]); break;
    case 's': pleat_reference_softmax(c->rows, norm.channels, c->x, c->want[0]); break;
    case 'c': pleat_reference_activate(c->count[0], c->x, activation_of(&c->problem), c->want[0]); break;
    case 't': pleat_reference_attention(&attention); break;
    case 'm': refer_message(c); break;
    case 'r': pleat_reference_radial(&c->radial, c->rows, (int)SIZE(c, 'd'), c->x, c->want[0]); break;
    default: refer_point(c);
  }
}

pleat_status kernel_case_do(kernel_case *c, int threads, int64_t begin, int64_t end) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = c->context, .arena = &measuring, .threads = threads};
  PLEAT_TRY(pleat_dispatch_choose(c->context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  kernel_case_run(c, &run, begin, end);
  double flops = run.flops;
  PLEAT_TRY(pleat_arena_create(c->context, measuring.peak, &arena));
  run.arena = &arena;
  run.flops = 0;
  kernel_case_run(c, &run, begin, end);
  if (!run.status && (arena.used != 0 || arena.peak != measuring.peak || flops != run.flops))
    run.status = pleat_status_fail(c->context, PLEAT_ERROR_MEMORY, "the measuring run and the run differ");
  pleat_arena_free(c->context, &arena);
  return run.status;
}
