/* What updates pairs: triangle multiplication, triangle attention, transition; in the trunk and for templates.
 * SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, algorithms 11 to 15.
 * Pairs z are (L,L,Z), row-major, masks (L,L). All functions add their result to z. Where several processes share a run
 * (lib/ranks.h), z and masks are the rows of this one's share; triangle multiplication gives each some of the channels. */
#ifndef PLEAT_FOLDING_PAIR_STACK_H
#define PLEAT_FOLDING_PAIR_STACK_H

#include "folding/gated_attention.h"
#include "lib/trace.h"

/* Layer norm, dense layer with relu, dense layer (algorithms 9 and 15). */
typedef struct pleat_transition {
  const float *norm_gain, *norm_bias, *l1_w, *l1_b, *l2_w, *l2_b;
  int channels;
  pleat_linear l1, l2;
} pleat_transition;

pleat_status pleat_transition_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                   pleat_transition *transition);
void pleat_transition_free(pleat_context *context, pleat_transition *transition);

/* x (rows, C) += transition(x). */
void pleat_transition_add(pleat_run *run, const pleat_transition *transition, int64_t rows, float *x);

/* Triangle multiplication. The published files have it in two spellings, both read: with left and right projections and
 * gates of their own (monomer, multimer v1 and v2), and with both in one matrix (multimer v3). */
typedef struct pleat_triangle_multiplication {
  const float *norm_gain, *norm_bias, *center_gain, *center_bias;
  const float *left_w, *left_b, *right_w, *right_b, *left_gate_w, *left_gate_b, *right_gate_w, *right_gate_b;
  const float *projection_w, *projection_b, *gate_w, *gate_b; /* (Z, 2T): left, then right */
  const float *out_w, *out_b, *out_gate_w, *out_gate_b;
  int channels, hidden; /* Z, T */
  pleat_linear projection, gate, out, out_gate;
} pleat_triangle_multiplication;

pleat_status pleat_triangle_multiplication_load(pleat_context *context, const pleat_weight_scope *scope,
                                                const char *module, pleat_triangle_multiplication *multiplication);
void pleat_triangle_multiplication_free(pleat_context *context, pleat_triangle_multiplication *multiplication);
void pleat_triangle_multiplication_add(pleat_run *run, const pleat_triangle_multiplication *multiplication,
                                       bool incoming, int64_t length, const float *mask, float *z);

/* The five together. */
typedef struct pleat_pair_block {
  pleat_triangle_multiplication outgoing, incoming;
  pleat_gated_attention starting, ending;
  pleat_transition transition;
} pleat_pair_block;

typedef enum pleat_pair_order {
  PLEAT_PAIR_MULTIPLY_FIRST, /* trunk, and templates of multimer */
  PLEAT_PAIR_ATTEND_FIRST    /* templates of monomer */
} pleat_pair_order;

pleat_status pleat_pair_block_load(pleat_context *context, const pleat_weight_scope *scope, pleat_pair_block *block);
void pleat_pair_block_free(pleat_context *context, pleat_pair_block *block);
void pleat_pair_block_add(pleat_run *run, const pleat_pair_block *block, pleat_pair_order order, int64_t length,
                          const float *mask, float *z);

/* An operation of a block is done: what it added is traced, and the run is between two operations. */
void pleat_pair_block_step(pleat_run *run, pleat_trace_watch *watch, const char *name);

#endif
