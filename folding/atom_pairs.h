/* Edge features of the side-chain packer: distances of every atom of a residue to every atom of its neighbours.
 * SPDX-License-Identifier: MIT
 *
 *   pairs(i,k) = P(letter i) + Q(letter j) + sum_ab W(a,b) rbf(|x(i,a) - x(j,b)|), a of i, b of j = neighbour(i,k)
 *
 * is a product of 3178 features, most of them zero: a residue has 4 to 14 of its 14 places, counted from the first.
 * Places are cut into four classes (0-4, 5-6, 7-8, 9-13), so that the product falls into 16 blocks, and edges are
 * sorted by the classes that their residues reach; the block of the first five places (backbone and CB) and the
 * letters do not move with the side chains and are worked out once. */
#ifndef PLEAT_FOLDING_ATOM_PAIRS_H
#define PLEAT_FOLDING_ATOM_PAIRS_H

#include "folding/target.h"
#include "lib/op.h"
#include "lib/run.h"

enum {
  PLEAT_ATOM_PAIRS_PLACES = PLEAT_RESIDUE_ATOM14,
  PLEAT_ATOM_PAIRS_CLASSES = 4,
  PLEAT_ATOM_PAIRS_BINS = 16,
  PLEAT_ATOM_PAIRS_C = 128,
  PLEAT_ATOM_PAIRS_NEIGHBOURS = 32, /* at most */
  PLEAT_ATOM_PAIRS_INPUTS = PLEAT_ATOM_PAIRS_PLACES * PLEAT_ATOM_PAIRS_PLACES * PLEAT_ATOM_PAIRS_BINS,
  PLEAT_ATOM_PAIRS_WIDTH = PLEAT_ATOM_PAIRS_INPUTS + 2 * PLEAT_TARGET_LETTERS
};

typedef struct pleat_atom_pairs {
  const float *gain, *bias; /* of the norm that follows */
  pleat_linear block[PLEAT_ATOM_PAIRS_CLASSES][PLEAT_ATOM_PAIRS_CLASSES]; /* (class of a, class of b) */
  float *tables;            /* owned: P and Q, (2,21,C), then the blocks' weights */
} pleat_atom_pairs;

/* Centres 0 to 20 angstrom, of all distances of the packer. */
extern const pleat_radial pleat_atom_pairs_radial;

/* weight (C, WIDTH): features (a,b,bin), then the two letters. */
pleat_status pleat_atom_pairs_pack(pleat_context *context, const float *weight, const float *gain, const float *bias,
                                   pleat_atom_pairs *pairs);
void pleat_atom_pairs_free(pleat_context *context, pleat_atom_pairs *pairs);

/* Edges of L residues with K neighbours, in the order of work. */
typedef struct pleat_atom_graph {
  int64_t length, blocks;
  int neighbours;
  const int32_t *neighbour; /* (L,K) */
  const int32_t *letter;    /* (L) ProteinMPNN's */
  const int32_t *atoms;     /* (L) how many places are taken */
  int32_t *residue;         /* (L) sorted by class; in the arena */
  int32_t *start;           /* (blocks + 1) of each block in `residue`; all residues of a block have one class */
} pleat_atom_graph;

/* Fills residue, start and blocks; the rest is the caller's. Takes from the arena what stays. */
void pleat_atom_graph_sort(pleat_run *run, pleat_atom_graph *graph);

/* What does not move: out (L K, C) from positions (L,14,3). */
void pleat_op_atom_pairs_fixed(pleat_run *run, const pleat_atom_pairs *pairs, const pleat_atom_graph *graph,
                               const float *positions, float *out);

/* norm(fixed + the rest): out (L K, C), fixed as above. */
void pleat_op_atom_pairs(pleat_run *run, const pleat_atom_pairs *pairs, const pleat_atom_graph *graph,
                         const float *positions, const float *fixed, float *out);

#endif
