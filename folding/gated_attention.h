/* The attentions of the Evoformer: along rows or columns of an alignment or a pair tensor, gated, with pair bias; and
 * the global attention of the extra alignment. SPDX-License-Identifier: MIT
 *
 * AlphaFold 2, algorithms 7, 8, 13, 14 and 19, with the weights of the published parameter files (haiku names).
 * Activations x are (R,N,C), row-major: an alignment (S,L,C) or pairs (L,L,C). All functions add their result to x. Where
 * several processes share a run (lib/ranks.h), x, z and their masks are the rows of this one's share; biases are whole.
 * Work goes in chunks of whole rows (columns), so scratch memory grows with the longer side only, not with R N. */
#ifndef PLEAT_FOLDING_GATED_ATTENTION_H
#define PLEAT_FOLDING_GATED_ATTENTION_H

#include "lib/op.h"
#include "lib/ranks.h"
#include "lib/weights.h"

typedef struct pleat_gated_attention {
  const float *norm_gain, *norm_bias;              /* (C) */
  const float *q_w, *k_w, *v_w, *gate_w, *gate_b;  /* (C,H,D), gate_b (H,D) */
  const float *out_w, *out_b;                      /* (H,D,C), (C) */
  const float *pair_gain, *pair_bias, *feat_2d_w;  /* (Z), (Z,H); NULL where there is none */
  int channels, heads, width, pair_channels;
  pleat_linear qkv, gate, out, bias;
} pleat_gated_attention;

/* Which tensors a module has beside its attention. */
typedef enum pleat_gated_attention_kind {
  PLEAT_GATED_PLAIN,    /* msa_column_attention */
  PLEAT_GATED_PAIR,     /* msa_row_attention_with_pair_bias: its bias comes from another tensor, normed by itself */
  PLEAT_GATED_TRIANGLE  /* triangle_attention_*: its bias comes from x as normed for the attention */
} pleat_gated_attention_kind;

/* Binds and packs scope's `module`; on failure free what is there. */
pleat_status pleat_gated_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                        pleat_gated_attention_kind kind, pleat_gated_attention *attention);
void pleat_gated_attention_free(pleat_context *context, pleat_gated_attention *attention);

/* bias (H,L,L) from pairs z (L,L,Z): bias(h,i,j) = LN(z(i,j)) . w_h, or of z(j,i) when `transposed`. */
void pleat_gated_attention_bias(pleat_run *run, const pleat_gated_attention *attention, int64_t length, const float *z,
                                bool transposed, float *bias);

/* bias (H,L,L) = w_h . z(i,j) of pairs z (L,L,Z), which are normed first when there is a gain. Over several ranks each has its
 * rows of it; those of the others are then on their way, head h as lib/ranks.h's gathering number h, which
 * pleat_gated_attention_add finishes. */
typedef struct pleat_pair_bias {
  const pleat_linear *linear; /* Z -> H */
  const float *gain, *offset; /* (Z) or NULL */
  int64_t length;
  bool transposed; /* of z(j,i) instead */
  bool own_rows;   /* (H, own rows, L): those of this process alone */
} pleat_pair_bias;
void pleat_pair_bias_fill(pleat_run *run, const pleat_pair_bias *pair_bias, const float *z, float *bias);

typedef struct pleat_gated_pass {
  int64_t rows, columns;
  float *x;          /* (R,N,C) */
  const float *mask; /* (R,N): absent items are no keys; where all are absent, all are alike */
  bool by_column;    /* attention among the R items of each column; else among the N items of each row */
  const float *bias; /* (H, items, items), the same for all rows (columns); or NULL */
} pleat_gated_pass;

void pleat_gated_attention_add(pleat_run *run, const pleat_gated_attention *attention, const pleat_gated_pass *pass);

/* Triangle attention around the starting or the ending node. z (L,L,C), mask (L,L). */
void pleat_triangle_attention_add(pleat_run *run, const pleat_gated_attention *attention, bool ending, int64_t length,
                                  const float *mask, float *z);

/* Global attention along columns (algorithm 19): one query a column from the mean over rows, keys and values of a
 * single head, gated row by row. */
typedef struct pleat_global_attention {
  const float *norm_gain, *norm_bias;
  const float *q_w, *k_w, *v_w, *gate_w, *gate_b, *out_w, *out_b; /* k_w, v_w (C,D) */
  int channels, heads, width;
  pleat_linear q, kv, gate, out;
} pleat_global_attention;

pleat_status pleat_global_attention_load(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                         pleat_global_attention *attention);
void pleat_global_attention_free(pleat_context *context, pleat_global_attention *attention);
void pleat_global_attention_add(pleat_run *run, const pleat_global_attention *attention, const pleat_gated_pass *pass);

#endif
