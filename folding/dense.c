/* Dense layers and layer norms of the published parameter files.
 * SPDX-License-Identifier: MIT */
#include "folding/dense.h"

#include <stddef.h>
#include <stdio.h>

#include "lib/trace.h"

enum { LETTER_IN = -1, LETTER_OUT = -2 };

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_dense, field), true}
static const pleat_weight_row dense_table[] = {
  ROW("//weights", weight, 2, LETTER_IN, LETTER_OUT), ROW("//bias", bias, 1, LETTER_OUT), {0}};
static const pleat_weight_row scalar_table[] = {
  ROW("//weights", weight, 1, LETTER_OUT), ROW("//bias", bias, 1, LETTER_OUT), {0}};
#undef ROW

static bool is_scalar(const pleat_weight_scope *scope, const char *module) {
  char name[300];
  snprintf(name, sizeof name, "%s%s//weights", scope->prefix, module);
  const pleat_tensor *tensor = pleat_weights_find(scope->weights, name);
  return tensor && tensor->rank == (scope->block < 0 ? 1 : 2);
}

pleat_status pleat_dense_load(pleat_context *context, const pleat_weight_scope *scope, const char *module, int in,
                              int out, pleat_dense *d) {
  int64_t letters[8] = {in, out};
  bool scalar = in <= 1 && is_scalar(scope, module);
  *d = (pleat_dense){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, scalar ? scalar_table : dense_table, letters, d));
  const pleat_linear_part part = {d->weight, d->bias, (int)letters[1]};
  return pleat_linear_pack_parts(context, &part, 1, scalar ? 1 : (int)letters[0], &d->linear);
}

void pleat_dense_free(pleat_context *context, pleat_dense *d) { pleat_linear_free(context, &d->linear); }

void pleat_dense_forward(pleat_run *run, const pleat_dense *d, int64_t rows, const float *x,
                         pleat_activation activation, float *y) {
  const pleat_epilogue epilogue = {.activation = activation};
  pleat_op_linear(run, &d->linear, rows, x, d->linear.in, activation ? &epilogue : NULL, y, d->linear.out);
}

void pleat_dense_add(pleat_run *run, const pleat_dense *d, int64_t rows, const float *x, float *y) {
  const pleat_epilogue epilogue = {.add = y, .ld_add = d->linear.out};
  pleat_op_linear(run, &d->linear, rows, x, d->linear.in, &epilogue, y, d->linear.out);
}

void pleat_dense_relu(pleat_run *run, const pleat_dense *d, int64_t d0, int64_t d1, const float *x, const char *name,
                      float *y) {
  int64_t rows = (d0 ? d0 : 1) * d1, out = d->linear.out;
  pleat_dense_forward(run, d, rows, x, run->trace ? PLEAT_ACTIVATION_NONE : PLEAT_ACTIVATION_RELU, y);
  if (!run->trace) return;
  if (d0) pleat_trace_emit(run, y, d0, d1, out, 0, "%s/out", name);
  else pleat_trace_emit(run, y, d1, out, 0, 0, "%s/out", name);
  pleat_op_activate(run, rows * out, y, PLEAT_ACTIVATION_RELU, y);
}

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_norm, field), false}
static const pleat_weight_row norm_table[] = {
  ROW("//scale", gain, 1, LETTER_OUT), ROW("//offset", bias, 1, LETTER_OUT), {0}};
#undef ROW

pleat_status pleat_norm_load(pleat_context *context, const pleat_weight_scope *scope, const char *module, int channels,
                             pleat_norm *norm) {
  int64_t letters[8] = {0, channels};
  *norm = (pleat_norm){0};
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, module, norm_table, letters, norm));
  norm->channels = (int)letters[1];
  return PLEAT_OK;
}

void pleat_norm_forward(pleat_run *run, const pleat_norm *norm, int64_t rows, const float *x, float *y) {
  pleat_op_layer_norm(run, rows, norm->channels, x, norm->gain, norm->bias, 1e-5f, 0, y);
}
