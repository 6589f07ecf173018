/* Operations on pair tensors (L,L,C), row-major: triangle multiplication and the outer product mean.
 * SPDX-License-Identifier: MIT
 *
 * Both are sums over a third axis, so their operands are first laid out in panels, chunk by chunk, which keeps memory
 * bounded whatever the layers before need; then multiplied by the micro-kernel of dense layers. Manners are those of
 * lib/op.h: bits do not depend on threads or chunks. */
#ifndef PLEAT_LIB_PAIR_OP_H
#define PLEAT_LIB_PAIR_OP_H

#include "lib/op.h"

/* The sum of triangle multiplication (AlphaFold 2, algorithms 11 and 12):
 *   outgoing: out(i,j,c) = sum_k left(i,k,c) right(j,k,c);   incoming: out(i,j,c) = sum_k left(k,j,c) right(k,i,c)
 * Take, lay every row, multiply, then read rows. Sums run over k in ascending order. */
typedef struct pleat_triangle {
  int64_t length;
  int channels;
  bool incoming;
  float *rows;   /* (C,L,L): the operand of rows i, then the result; taken by pleat_triangle_take */
  float *panels; /* (C, panels of j, L, panel width): the other operand */
} pleat_triangle;

/* Takes both arrays from the arena: 2 C L^2 floats. */
void pleat_triangle_take(pleat_run *run, pleat_triangle *triangle);
/* x (count, L, 2C) are rows first..first+count-1 of left and right side by side, multiplied by mask (count, L), which
 * may be NULL. */
void pleat_op_triangle_lay(pleat_run *run, const pleat_triangle *triangle, int64_t first, int64_t count, const float *x,
                           const float *mask);
void pleat_op_triangle_multiply(pleat_run *run, const pleat_triangle *triangle);
/* y (count, L, C) = rows first..first+count-1 of the result. */
void pleat_op_triangle_rows(pleat_run *run, const pleat_triangle *triangle, int64_t first, int64_t count, float *y);

/* The outer product mean (AlphaFold 2, algorithm 10) after its projections:
 *   y(i,j,:) += (W o(i,j) + b) / (epsilon + sum_s mask(s,i) mask(s,j)),   o(i,j,(c,e)) = sum_s left(s,i,c) right(s,j,e)
 * No o of more than a few pairs is kept. Take, lay every row of the alignment, then multiply, panel by panel of j: several
 * processes have residues `first` .. `first + count - 1` each, as i, and take turns with theirs as j. */
typedef struct pleat_outer_product {
  int64_t sequences, length;
  int64_t first, count;       /* residues whose sides are laid, all of them in a process alone */
  int channels;               /* C, of each side */
  const float *mask;          /* (S,L); left and right are multiplied by it */
  const pleat_linear *linear; /* (C C) -> outputs */
  float epsilon;
  float *left;  /* (count,C,S) */
  float *right; /* (count, panels of C, S, panel width) */
} pleat_outer_product;

/* Right sides of residues first .. first + count - 1. */
typedef struct pleat_outer_panel {
  int64_t first, count;
  const float *right;
} pleat_outer_panel;

/* Floats of one residue's right side. */
int64_t pleat_outer_product_residue(const pleat_run *run, const pleat_outer_product *outer);
void pleat_outer_product_take(pleat_run *run, pleat_outer_product *outer);
/* x (count, residues, 2C): rows first..first+count-1 of left and right side by side, not yet masked. */
void pleat_op_outer_product_lay(pleat_run *run, const pleat_outer_product *outer, int64_t first, int64_t count,
                                const float *x);
/* y (residues i,L,out), in it the columns j of the panel. */
void pleat_op_outer_product(pleat_run *run, const pleat_outer_product *outer, const pleat_outer_panel *panel, float *y);

#endif
