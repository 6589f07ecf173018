/* Dense layers and layer norms as the published parameter files name them: <module>//weights (in, out), //bias;
 * //scale, //offset. SPDX-License-Identifier: MIT */
#ifndef PLEAT_FOLDING_DENSE_H
#define PLEAT_FOLDING_DENSE_H

#include "lib/op.h"
#include "lib/weights.h"

typedef struct pleat_dense {
  const float *weight, *bias; /* (in, out), (out) */
  pleat_linear linear;
} pleat_dense;

/* Binds and packs; `in` and `out` of 0 are taken from the file. A weight of rank 1 is (1, out). */
pleat_status pleat_dense_load(pleat_context *context, const pleat_weight_scope *scope, const char *module, int in,
                              int out, pleat_dense *dense);
void pleat_dense_free(pleat_context *context, pleat_dense *dense);

/* y (rows, out) = act(dense(x (rows, in))), both without gaps. */
void pleat_dense_forward(pleat_run *run, const pleat_dense *dense, int64_t rows, const float *x,
                         pleat_activation activation, float *y);
/* y = relu(dense(x)) of (d0,d1) rows, or of d1 when d0 is 0; dense(x) is traced as name/out. */
void pleat_dense_relu(pleat_run *run, const pleat_dense *dense, int64_t d0, int64_t d1, const float *x, const char *name,
                      float *y);
/* y += dense(x). */
void pleat_dense_add(pleat_run *run, const pleat_dense *dense, int64_t rows, const float *x, float *y);

typedef struct pleat_norm {
  const float *gain, *bias; /* (C) */
  int channels;
} pleat_norm;

/* `channels` 0: as the file says. */
pleat_status pleat_norm_load(pleat_context *context, const pleat_weight_scope *scope, const char *module, int channels,
                             pleat_norm *norm);
void pleat_norm_forward(pleat_run *run, const pleat_norm *norm, int64_t rows, const float *x, float *y);

#endif
