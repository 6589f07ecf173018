/* Operations of the forward pass on a run: each names its shapes, asks for scratch, splits rows over the team.
 * SPDX-License-Identifier: MIT
 *
 * Letters: M rows, L residues, H heads, C channels, D head width. All arrays are float32; `ld` is the distance between
 * rows in floats. No op allocates outside the arena; none fails: see lib/run.h. A row of a result depends on its own
 * inputs only, never on M, on the other rows or on the number of threads: the bits of one sequence are the same alone
 * and in any batch. Ops add their FLOPs and bytes to the run in both modes. */
#ifndef PLEAT_LIB_OP_H
#define PLEAT_LIB_OP_H

#include "lib/run.h"

typedef enum pleat_activation {
  PLEAT_ACTIVATION_NONE, PLEAT_ACTIVATION_RELU, PLEAT_ACTIVATION_GELU /* exact, erf */, PLEAT_ACTIVATION_SIGMOID,
  PLEAT_ACTIVATION_SILU
} pleat_activation;

/* A dense layer y = x W^T + b, its weights packed once for the kernels of this machine. Made by pleat_linear_pack. */
typedef struct pleat_linear {
  int in, out;
  const float *bias;   /* (out) or NULL; not owned */
  void *block;         /* owned; holds: */
  void *packed;        /* panels for the micro-kernel, 64-byte aligned; NULL when the chosen one reads `weight` as it is */
  float *scale;        /* (out), whole panels; of int8 */
  pleat_precision precision; /* of the panels: the context's when they were packed */
  const float *weight; /* (out, in) row-major; not owned */
  const struct pleat_kernels *kernels; /* that it was packed for */
  const struct pleat_gemm *gemm;       /* who multiplies: chosen by (out, in) when packing; lib/gemm.h */
  void *copy;                          /* owned: what pleat_linear_pack_copy keeps */
} pleat_linear;

pleat_status pleat_linear_pack(pleat_context *context, const float *weight, const float *bias, int out, int in,
                               pleat_linear *linear);

/* The same for a weight and a bias that go afterwards: copies what is still needed. */
pleat_status pleat_linear_pack_copy(pleat_context *context, const float *weight, const float *bias, int out, int in,
                                    pleat_linear *linear);

/* Outputs of a layer that is put together from several weights stored as (in, out), one row an input: haiku's order. */
typedef struct pleat_linear_part {
  const float *weight; /* (in, out) row-major */
  const float *bias;   /* (out) or NULL */
  int out;
} pleat_linear_part;

/* Packs the parts side by side as one layer, part 0's outputs first. Copies what it needs: parts may go afterwards. */
pleat_status pleat_linear_pack_parts(pleat_context *context, const pleat_linear_part *parts, int count, int in,
                                     pleat_linear *linear);
void pleat_linear_free(pleat_context *context, pleat_linear *linear);

/* What happens to x W^T + b before it is stored: activation, then gate, then sum. */
typedef struct pleat_epilogue {
  pleat_activation activation;
  const float *gate; /* (M, out) rows ld_gate apart, multiplied; or NULL; may be y itself */
  int64_t ld_gate;
  const float *add;  /* (M, out) rows ld_add apart, added; or NULL; may be y itself */
  int64_t ld_add;
} pleat_epilogue;

/* y (M,out) = act(x (M,in) W^T + b) * gate + add. `epilogue` NULL: none. y may not overlap x. */
void pleat_op_linear(pleat_run *run, const pleat_linear *linear, int64_t rows, const float *x, int64_t ld_x,
                     const pleat_epilogue *epilogue, float *y, int64_t ld_y);

/* The same for a few rows on the calling thread: for work that has a team of its own. Its FLOPs are the caller's to add;
 * `scratch` has pleat_linear_scratch floats. */
int64_t pleat_linear_scratch(const pleat_linear *linear);
void pleat_linear_rows(const pleat_linear *linear, int64_t rows, const float *x, int64_t ld_x,
                       const pleat_epilogue *epilogue, float *y, int64_t ld_y, float *scratch);

/* y (M,C) = (x - mean) / sqrt(var + epsilon) * gain + bias, per row over C channels. `dropout_rate` r > 0 applies the
 * dropout-layernorm correction of FlashABB: y = c LN(x) + (1-c) bias, c = sqrt((1-r) / (1 + r mean^2 / var)).
 * y may be x. Rows are dense. */
void pleat_op_layer_norm(pleat_run *run, int64_t rows, int channels, const float *x, const float *gain, const float *bias,
                         float epsilon, float dropout_rate, float *y);

/* y = softmax over the last axis of x (M,C). y may be x. */
void pleat_op_softmax(pleat_run *run, int64_t rows, int channels, const float *x, float *y);

/* y[i] = act(x[i]); y may be x. */
void pleat_op_activate(pleat_run *run, int64_t count, const float *x, pleat_activation activation, float *y);

/* Attention with additive bias and mask, in tiles: no (Q,K) matrix is kept.
 *   out(b,q,h,:) = sum_k softmax_k( scale * <q(b,q,h,:), k(b,k,h,:)> + bias(h,q,k) + mask(b,k) ) v(b,k,h,:)
 * q (B,Q,H,D), k and v (B,K,H,D), out (B,Q,H,D): strides in floats between b, rows and heads; D is dense.
 * bias (H,Q,K) or NULL, with a stride between b (0: the same for all); mask (B,K), 1 present, 0 absent, or NULL.
 * When all keys of a row are absent, its result is 0; with `average_absent` it is the mean of v over all keys, as in
 * code that puts a large negative number in place of absent logits (AlphaFold 2). */
typedef struct pleat_attention {
  int64_t batches, queries, keys;
  int heads, width;
  float scale;
  const float *q, *k, *v, *bias, *mask, *gate; /* gate: as out, multiplied by it; or NULL */
  float *out;
  int64_t q_batch, q_row, q_head, k_batch, k_row, k_head, v_batch, v_row, v_head, out_batch, out_row, out_head;
  int64_t bias_batch, bias_head, bias_row, mask_batch;
  bool average_absent;
} pleat_attention;
void pleat_op_attention(pleat_run *run, const pleat_attention *attention);

/* Invariant point attention of one sequence (AlphaFold 2, algorithm 22, without or with the pair bias):
 *   a(h,i,j) = softmax_j( <q(i,h,:), k(j,h,:)> + bias(h,i,j) - 0.5 weight(h) sum_p |qp(i,h,p) - kp(j,h,p)|^2 )
 *   out(i,h,:) = sum_j a v(j,h,:);  points(i,h,p) = sum_j a vp(j,h,p)
 * q,k (L,H,D) with q scaled already, v (L,H,V), qp,kp (L,H,P,3), vp (L,H,W,3) in the global frame, all dense.
 * bias (H,L,L) or NULL; mask (L) of keys or NULL. out (L,H,V), points (L,H,W,3).
 * spectrum (L,H,B) or NULL: spectrum(i,h,b) = sum of a(h,i,j) over j with (index(j) - index(i)) mod B = b.
 * pair (L,L,Cz), dense, or NULL: pair_out(i,h,c) = sum_j a(h,i,j) pair(i,j,c), (L,H,Cz). Pairs of absent keys are not
 * looked at. Takes H * L * min(L, 256) floats of the run's memory.
 * With `queries` Q > 0 there are Q rows i of their own: q, qp, bias (H,Q,L), pair (Q,L,Cz) and all results have them; without
 * spectrum. */
typedef struct pleat_point_attention {
  int64_t length, queries;
  int heads, width, value_width, query_points, value_points;
  const float *q, *k, *v, *qp, *kp, *vp, *weight, *bias, *mask;
  float *out, *points, *spectrum;
  const int32_t *index; /* (L); for spectrum */
  int bins;
  const float *pair;
  float *pair_out;
  int pair_channels; /* Cz */
} pleat_point_attention;

static inline int64_t pleat_point_rows(const pleat_point_attention *a) { return a->queries > 0 ? a->queries : a->length; }

/* `count` independent sequences of a batch, each with its own length. */
void pleat_op_point_attention(pleat_run *run, const pleat_point_attention *sequences, int64_t count);

/* Messages on a graph of N nodes with K neighbours each: the inner two of the three layers of ProteinMPNN's message
 * (Dauparas et al. 2022). The first is split by source, so that the part of a node is worked out once a node:
 *   h(n,k) = gelu( node(n) + sum_s source_s(row_s(n,k)) ),   g(n,k) = gelu( middle(h(n,k)) )
 *   sum(n) = sum_k mask(n,k) g(n,k),   each(n,k) = g(n,k)
 * row_s(n,k) is index_s[n K + k], n K + k where index_s is NULL; a row of -1 adds nothing. All rows have C floats, C =
 * middle->in = middle->out, a multiple of 32. node (N,C), rows ld_node apart; sum (N,C) and each (N K,C) dense, one of
 * them may be NULL. The third layer commutes with the sum, so it is the caller's, once a node. */
enum { PLEAT_MESSAGE_SOURCES = 4 };
typedef struct pleat_message_source {
  const float *rows;    /* NULL ends the list */
  int64_t ld;
  const int32_t *index; /* (N,K) or NULL */
} pleat_message_source;

typedef struct pleat_message {
  int64_t nodes, ld_node;
  int neighbours;
  const pleat_linear *middle;
  const float *node;
  pleat_message_source source[PLEAT_MESSAGE_SOURCES];
  const float *mask; /* (N,K) or NULL: all 1 */
  float *sum, *each;
} pleat_message;
void pleat_op_message(pleat_run *run, const pleat_message *message);

/* y (M, D B), rows ld_y apart: distances x (M,D) in a basis of B gaussians, exp(-((x - centre) / width)^2). */
typedef struct pleat_radial {
  int bins; /* B, a multiple of 16 */
  const float *centre;
  float width;
} pleat_radial;
void pleat_op_radial(pleat_run *run, const pleat_radial *basis, int64_t rows, int distances, const float *x, float *y,
                     int64_t ld_y);

#endif
