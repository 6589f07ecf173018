/* Node features of the side-chain packer from its context atoms.
 * SPDX-License-Identifier: MIT */
#include "folding/atom_context.h"

#include <math.h>
#include <string.h>

#include "folding/atom_pairs.h"
#include "lib/team.h"

enum {
  C = PLEAT_MESSAGE_C,
  RBF = PLEAT_MESSAGE_RBF,
  NARROW = PLEAT_ATOM_CONTEXT_NARROW,
  COUNT = PLEAT_ATOM_CONTEXT_COUNT,
  ELEMENTS = PLEAT_MESSAGE_ELEMENTS,
  PLACES = PLEAT_RESIDUE_ATOM14,
  PAIRS = PLEAT_ATOM_CONTEXT_PAIRS,
  WIDTH = PLEAT_ATOM_CONTEXT_WIDTH,
  INPUT = PLEAT_ATOM_CONTEXT_INPUT,
  ROWS = 64 /* residues at a time, so that their 3584 features stay in the second-level cache */
};

/* weight[o][pair][bin] = sum_n node[o][pair][n] narrow[n][bin]. */
static void fold_pairs(const pleat_atom_context_tensors *t, float *weight) {
  for (int row = 0; row < C * PAIRS; row++) {
    double sums[RBF] = {0};
    for (int n = 0; n < NARROW; n++)
      for (int bin = 0; bin < RBF; bin++) sums[bin] += (double)t->node_w[row * NARROW + n] * t->narrow_w[n * INPUT + bin];
    for (int bin = 0; bin < RBF; bin++) weight[row * RBF + bin] = (float)sums[bin];
  }
}

/* table[m][element][o] = sum_n (sum_a node[o][a][m][n]) (narrow[n][16 + element] + bias[n]). */
static void fold_elements(const pleat_atom_context_tensors *t, float *table) {
  for (int m = 0; m < COUNT; m++)
    for (int o = 0; o < C; o++) {
      double over_places[NARROW] = {0}, sums[ELEMENTS] = {0};
      for (int a = 0; a < PLACES; a++)
        for (int n = 0; n < NARROW; n++) over_places[n] += t->node_w[(o * PAIRS + a * COUNT + m) * NARROW + n];
      for (int n = 0; n < NARROW; n++)
        for (int element = 0; element < ELEMENTS; element++)
          sums[element] += over_places[n] * ((double)t->narrow_w[n * INPUT + RBF + element] + t->narrow_b[n]);
      for (int element = 0; element < ELEMENTS; element++) table[(m * ELEMENTS + element) * C + o] = (float)sums[element];
    }
}

pleat_status pleat_atom_context_pack(pleat_context *context, pleat_atom_context *c) {
  float *weight;
  PLEAT_TRY(pleat_memory_take(context, (size_t)COUNT * ELEMENTS * C, sizeof *c->elements, &c->elements));
  fold_elements(&c->tensors, c->elements);
  PLEAT_TRY(pleat_memory_take(context, (size_t)C * WIDTH, sizeof *weight, &weight));
  fold_pairs(&c->tensors, weight);
  pleat_status status = pleat_linear_pack_copy(context, weight, NULL, C, WIDTH, &c->pairs);
  pleat_memory_release(context, weight);
  return status;
}

void pleat_atom_context_free(pleat_context *context, pleat_atom_context *c) {
  pleat_linear_free(context, &c->pairs);
  pleat_memory_release(context, c->elements);
  c->elements = NULL;
}

void pleat_atom_context_fixed(pleat_run *run, const pleat_atom_context *c, const pleat_message_atoms *found,
                              int64_t length, float *fixed) {
  const float *table = c->elements;
  if (pleat_run_idle(run)) return;
  memset(fixed, 0, (size_t)length * C * sizeof *fixed);
  for (int64_t i = 0; i < length; i++)
    for (int m = 0; m < COUNT; m++) {
      const float *row = table + (m * ELEMENTS + found->element[i * COUNT + m]) * C;
      for (int channel = 0; channel < C; channel++) fixed[i * C + channel] += row[channel];
    }
}

typedef struct distance_work {
  const pleat_atom_context_chain *chain;
  int64_t first;
  float *distances; /* (rows, PAIRS) */
} distance_work;

/* FAR, whose features are all 0, where an atom is missing. */
static void fill_distances(void *argument, int64_t begin, int64_t end, int thread) {
  enum { FAR = 1000 };
  const distance_work *work = argument;
  const pleat_atom_context_chain *chain = work->chain;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    int64_t i = work->first + row;
    float *out = work->distances + row * PAIRS;
    for (int a = 0; a < PLACES; a++)
      for (int m = 0; m < COUNT; m++) {
        const float *x = chain->positions + (i * PLACES + a) * 3, *y = chain->found->x + (i * COUNT + m) * 3;
        float dx = x[0] - y[0], dy = x[1] - y[1], dz = x[2] - y[2];
        bool there = a < chain->atoms[i] && chain->found->mask[i * COUNT + m] != 0;
        *out++ = there ? sqrtf(dx * dx + dy * dy + dz * dz + 1e-6f) : FAR;
      }
  }
}

static void add_distances(pleat_run *run, const pleat_atom_context *c, const pleat_atom_context_chain *chain,
                          float *nodes) {
  size_t mark = pleat_arena_mark(run->arena);
  float *distances = pleat_run_take(run, ROWS * PAIRS), *features = pleat_run_take(run, ROWS * WIDTH);
  for (int64_t first = 0; first < chain->length; first += ROWS) {
    int64_t rows = chain->length - first < ROWS ? chain->length - first : ROWS;
    const pleat_epilogue add = {.add = nodes + first * C, .ld_add = C};
    distance_work work = {chain, first, distances};
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, 8, fill_distances, &work);
    pleat_op_radial(run, &pleat_atom_pairs_radial, rows, PAIRS, distances, features, WIDTH);
    pleat_op_linear(run, &c->pairs, rows, features, WIDTH, &add, nodes + first * C, C);
  }
  pleat_arena_release(run->arena, mark);
}

void pleat_atom_context_forward(pleat_run *run, const pleat_atom_context *c, const pleat_atom_context_chain *chain,
                                float *nodes) {
  if (!pleat_run_idle(run)) memcpy(nodes, chain->fixed, (size_t)chain->length * C * sizeof *nodes);
  if (chain->found) add_distances(run, c, chain, nodes);
  pleat_op_layer_norm(run, chain->length, C, nodes, c->tensors.norm_gain, c->tensors.norm_bias, 1e-5f, 0, nodes);
}
