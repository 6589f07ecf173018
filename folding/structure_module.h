/* The structure module: invariant point attention with pair bias, frames that move, side chains from torsions.
 * SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, algorithms 20 to 24, monomer and multimer. Frames (L,12) are rotation, then translation in the module's unit:
 * 10 angstrom in monomers, 20 in multimers. Where several processes share a run (lib/ranks.h), each attends from its own
 * residues and has the pairs' rows of those; all else is done by all. */
#ifndef PLEAT_FOLDING_STRUCTURE_MODULE_H
#define PLEAT_FOLDING_STRUCTURE_MODULE_H

#include "folding/dense.h"

/* As published. Monomer: scalar q, and k beside v; points with x, y and z in thirds. Multimer: three of each, points
 * with x, y and z within a head. */
typedef struct pleat_point_projection {
  const float *q_w, *q_b, *kv_w, *kv_b, *qp_w, *qp_b, *kvp_w, *kvp_b;
  const float *k_w, *v_w, *kp_w, *kp_b, *vp_w, *vp_b;
  const float *head_w, *bias_w, *bias_b, *out_w, *out_b;
} pleat_point_projection;

/* Invariant point attention of C channels: H heads of width D, values V, query points P, value points W, pairs Z. */
typedef struct pleat_invariant_attention {
  pleat_point_projection tensors;
  bool multimer;
  int channels, heads, width, value_width, query_points, value_points, pair_channels;
  pleat_linear all;                  /* C -> q (H,D), k (H,D), v (H,V), points q (H,P,3), k (H,P,3), v (H,W,3) */
  pleat_linear bias;                 /* Z -> H, times sqrt(1/3) */
  pleat_linear out_values, out_pair; /* (V + 4 W) H -> C and Z H -> C */
  float *head_weight;                /* (H) softplus(w) sqrt(1 / (3 P 9/2)); owned */
} pleat_invariant_attention;

/* The attention `module` of the scope by itself. On failure free what is there. */
pleat_status pleat_invariant_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                            bool multimer, pleat_invariant_attention *attention);
void pleat_invariant_attention_free(pleat_context *context, pleat_invariant_attention *attention);

typedef struct pleat_structure_module {
  bool multimer;
  float unit; /* angstrom */
  pleat_norm single_norm, pair_norm, attention_norm, transition_norm;
  pleat_dense initial, transition[3], update;
  pleat_invariant_attention attention;
  pleat_dense side_in[2], side_blocks[2][2], side_out; /* side chain network: of s and of the initial s */
} pleat_structure_module;

/* scope->prefix "..../structure_module/". On failure free what is there. */
pleat_status pleat_structure_module_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                         pleat_structure_module *module);
void pleat_structure_module_free(pleat_context *context, pleat_structure_module *module);

/* What an iteration works on. */
typedef struct pleat_structure_state {
  int64_t length;
  const float *mask;        /* (L) */
  const float *z, *bias;    /* (L,L,Z) normed; (H,L,L) from pleat_structure_bias */
  float *s;                 /* (L,C) */
  float *frames;            /* (L,12) */
  float *quaternions;       /* (L,4) of the frames; monomer only */
} pleat_structure_state;

void pleat_structure_bias(pleat_run *run, const pleat_structure_module *module, int64_t length, const float *z,
                          float *bias);
/* s += invariant point attention(s); rows whose mask is 0 come out arbitrary. Of the module only `attention` is used, and
 * by pleat_structure_bias, too. */
void pleat_structure_attend(pleat_run *run, const pleat_structure_module *module, const pleat_structure_state *state);
/* One of the module's iterations: attention, transition, frames. */
void pleat_structure_iterate(pleat_run *run, const pleat_structure_module *module, const pleat_structure_state *state);

/* Torsion angles (L,7,2) as (sin, cos) of omega, phi, psi, chi1..chi4, and as they were before their length was made 1
 * (or NULL); from s and the initial s, both (L,C). */
void pleat_structure_torsions(pleat_run *run, const pleat_structure_module *module, int64_t length,
                              const float *const s[2], float *raw, float *torsions);

typedef struct pleat_structure_result {
  float *s;         /* (L,C) for the pLDDT head */
  float *frames;    /* (L,12), module's unit */
  float *torsions;  /* (L,7,2) */
  float *positions; /* (L,14,3) angstrom */
} pleat_structure_result;

/* single (L,C), pair (L,L,Z) of the trunk; types (L) 0..20. */
typedef struct pleat_structure_input {
  int64_t length;
  const int32_t *types;
  const float *mask, *single, *pair;
} pleat_structure_input;

void pleat_structure_module_forward(pleat_run *run, const pleat_structure_module *module,
                                    const pleat_structure_input *input, const pleat_structure_result *result);

#endif
