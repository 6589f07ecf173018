/* Geometric vector perceptrons inside the library: rows on the calling thread, and finding their weights.
 * SPDX-License-Identifier: MIT
 *
 * Inside, vectors lie as (rows,3,V), so that mixing channels is one matrix product over 3 rows. */
#ifndef PLEAT_GEOMETRY_GVP_H
#define PLEAT_GEOMETRY_GVP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/kernel/kernels.h"
#include "pleat_kernels.h"

/* A list of named arrays, of which those after `prefix` are meant. */
typedef struct pleat_gvp_weights {
  pleat_context *context;
  const pleat_array *arrays;
  size_t count;
  const char *prefix;
} pleat_gvp_weights;

/* The array prefix + name, or NULL. */
const pleat_array *pleat_gvp_find(const pleat_gvp_weights *weights, const char *name);

/* The same, which must be there with `rank` axes of these sizes (0: any). */
pleat_status pleat_gvp_want(const pleat_gvp_weights *weights, const char *name, int rank, size_t first, size_t second,
                            const pleat_array **array);

/* One behind another: gvps[i] takes what gvps[i-1] gives; all activated but the last, as many as there are. */
pleat_status pleat_gvp_create_chain(const pleat_gvp_weights *weights, const char *name, pleat_gvp ***gvps, int *count);
void pleat_gvp_free_chain(pleat_context *context, pleat_gvp **gvps, int count);

/* Floats of scratch for `rows` rows, multiples of 16. */
int64_t pleat_gvp_scratch(const pleat_gvp *gvp, int64_t rows);
int64_t pleat_gvp_chain_scratch(pleat_gvp *const *gvps, int count, int64_t rows);

/* Of rows s (rows,Si) and v (rows,3,Vi); scratch 64-byte aligned. */
void pleat_gvp_rows(const pleat_gvp *gvp, int64_t rows, const float *s, const float *v, float *s_out, float *v_out,
                    float *scratch);
void pleat_gvp_chain_rows(pleat_gvp *const *gvps, int count, int64_t rows, const float *s, const float *v, float *s_out,
                          float *v_out, float *scratch);

/* pleat_gvp_normalize of rows, vectors (rows,V,3). */
void pleat_gvp_normalize_rows(const pleat_kernels *kernels, pleat_gvp_size size, int64_t rows, const float *gain,
                              const float *bias, double epsilon, float *s, float *v);

/* (channels,3) to (3,channels) of each row, and back. */
void pleat_gvp_spread(int64_t rows, int channels, const float *from, float *to);
void pleat_gvp_gather(int64_t rows, int channels, const float *from, float *to);

static inline int64_t pleat_gvp_up(int64_t n) { return (n + 15) / 16 * 16; }

#endif
