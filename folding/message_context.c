/* LigandMPNN's context: atoms that are no protein, as a small graph around each residue.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "folding/message_passing.h"
#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_MESSAGE_C,
  RBF = PLEAT_MESSAGE_RBF,
  ELEMENTS = PLEAT_MESSAGE_ELEMENTS,
  TYPE = PLEAT_MESSAGE_TYPE,
  NARROW = PLEAT_MESSAGE_TYPE_NARROW,
  CONTEXT = PLEAT_MESSAGE_CONTEXT,
  TYPE_ROW = NARROW + C,
  MOST_ATOMS = 64,        /* that a residue can see */
  SIDE_CHAIN_RESIDUES = 16,
  SIDE_CHAIN_FIRST = 5,   /* of atom37, after N CA C CB O */
  SIDE_CHAIN_LAST = 35,   /* the one after it, OXT, is no side chain */
  BLOCK = 16              /* residues worked on at a time */
};

/* ---- Elements ---- */

/* First element of each period, and the one after the last. */
static const int period_start[] = {0, 1, 3, 11, 19, 37, 55, 87, 119};

static int period_of(int element) {
  int period = 0;
  while (period < 7 && element >= period_start[period + 1]) period++;
  return period;
}

/* 1..18; the lanthanides and actinides count as group 3; 0 for no element. */
static int group_of(int element) {
  int period = period_of(element), place = element - period_start[period] + 1;
  if (period == 0) return 0;
  if (period == 1) return element == 1 ? 1 : 18;
  if (place <= 2) return place;
  if (period <= 3) return place + 10;
  if (period <= 5) return place;
  return place <= 17 ? 3 : place - 14;
}

/* y (out) = the sum of the three columns of w (out,147) that stand for the element. */
static void add_columns(const float *w, int element, int out, float *y) {
  int group = ELEMENTS + group_of(element), period = ELEMENTS + 19 + period_of(element);
  for (int c = 0; c < out; c++, w += TYPE) y[c] += w[element] + w[group] + w[period];
}

static void fill_types(const pleat_message_context_tensors *t, float *types) {
  for (int element = 0; element < ELEMENTS - 1; element++, types += TYPE_ROW) {
    memcpy(types, t->type_b, NARROW * sizeof *types);
    memset(types + NARROW, 0, C * sizeof *types);
    add_columns(t->type_w, element, NARROW, types);
    add_columns(t->y_node_w, element, C, types + NARROW);
  }
}

/* ---- Packing ---- */

#define FIELD(member) offsetof(pleat_message_context_tensors, member), false
const pleat_weight_row pleat_message_context_rows[] = {
    {"features.type_linear.weight", 2, {NARROW, TYPE}, FIELD(type_w)},
    {"features.type_linear.bias", 1, {NARROW}, FIELD(type_b)},
    {"features.node_project_down.weight", 2, {C, CONTEXT}, FIELD(edge_w)},
    {"features.node_project_down.bias", 1, {C}, FIELD(edge_b)},
    {"features.norm_nodes.weight", 1, {C}, FIELD(edge_gain)},
    {"features.norm_nodes.bias", 1, {C}, FIELD(edge_bias)},
    {"features.y_nodes.weight", 2, {C, TYPE}, FIELD(y_node_w)},
    {"features.y_edges.weight", 2, {C, RBF}, FIELD(y_edge_w)},
    {"features.norm_y_nodes.weight", 1, {C}, FIELD(y_node_gain)},
    {"features.norm_y_nodes.bias", 1, {C}, FIELD(y_node_bias)},
    {"features.norm_y_edges.weight", 1, {C}, FIELD(y_edge_gain)},
    {"features.norm_y_edges.bias", 1, {C}, FIELD(y_edge_bias)},
    {"W_nodes_y.weight", 2, {C, C}, FIELD(y_node_out_w)},
    {"W_nodes_y.bias", 1, {C}, FIELD(y_node_out_b)},
    {"W_edges_y.weight", 2, {C, C}, FIELD(y_edge_out_w)},
    {"W_edges_y.bias", 1, {C}, FIELD(y_edge_out_b)},
    {"W_c.weight", 2, {C, C}, FIELD(start_w)},
    {"W_c.bias", 1, {C}, FIELD(start_b)},
    {"V_C.weight", 2, {C, C}, FIELD(end_w)},
    {"V_C_norm.weight", 1, {C}, FIELD(end_gain)},
    {"V_C_norm.bias", 1, {C}, FIELD(end_bias)},
    {0}};
#undef FIELD

pleat_status pleat_message_context_pack(pleat_context *context, pleat_message_context *c) {
  const pleat_message_context_tensors *t = &c->tensors;
  for (int b = 0; b < RBF; b++)
    c->centre[b] = (float)(c->nearest + (double)b * (c->farthest - c->nearest) / (RBF - 1));
  PLEAT_TRY(pleat_memory_take(context, (size_t)ELEMENTS * TYPE_ROW, sizeof *c->types, &c->types));
  fill_types(t, c->types);
  for (int i = 0; i < PLEAT_MESSAGE_CONTEXT_LAYERS; i++) {
    PLEAT_TRY(pleat_message_layer_pack(context, 3, &c->layers[i]));
    PLEAT_TRY(pleat_message_layer_pack(context, 2, &c->y_layers[i]));
  }
  PLEAT_TRY(pleat_linear_pack(context, t->edge_w, t->edge_b, C, CONTEXT, &c->edge));
  PLEAT_TRY(pleat_linear_pack(context, t->out_w, t->out_b, C, C, &c->edge_out));
  PLEAT_TRY(pleat_linear_pack(context, t->y_edge_w, NULL, C, RBF, &c->y_edge));
  PLEAT_TRY(pleat_linear_pack(context, t->y_edge_out_w, t->y_edge_out_b, C, C, &c->y_edge_out));
  PLEAT_TRY(pleat_linear_pack(context, t->y_node_out_w, t->y_node_out_b, C, C, &c->y_node_out));
  PLEAT_TRY(pleat_linear_pack(context, t->start_w, t->start_b, C, C, &c->start));
  return pleat_linear_pack(context, t->end_w, NULL, C, C, &c->end);
}

void pleat_message_context_free(pleat_context *context, pleat_message_context *c) {
  pleat_linear *linears[] = {&c->edge, &c->edge_out, &c->y_edge, &c->y_edge_out, &c->y_node_out, &c->start, &c->end};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
  for (int i = 0; i < PLEAT_MESSAGE_CONTEXT_LAYERS; i++) {
    pleat_message_layer_free(context, &c->layers[i]);
    pleat_message_layer_free(context, &c->y_layers[i]);
  }
  pleat_memory_release(context, c->types);
  c->types = NULL;
}

/* ---- Which atoms ---- */

static float squared(const float *a, const float *b) {
  float sum = 0;
  for (int d = 0; d < 3; d++) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

/* One candidate for a residue's list. */
typedef struct candidate {
  float square; /* of the distance to CB */
  const float *x;
  int32_t element;
  float mask;
} candidate;

/* The nearest so far, nearest first; of equal ones the first that came. */
typedef struct nearest {
  int wanted, found;
  candidate list[MOST_ATOMS];
} nearest;

static void offer(nearest *best, const candidate *one) {
  int at = best->found;
  if (best->found < best->wanted)
    best->found++;
  else if (!(one->square < best->list[--at].square))
    return;
  for (; at > 0 && one->square < best->list[at - 1].square; at--) best->list[at] = best->list[at - 1];
  best->list[at] = *one;
}

static void keep(const nearest *best, int64_t residue, pleat_message_atoms *found) {
  float x[MOST_ATOMS * 3]; /* the list may point at what is written */
  for (int a = 0; a < best->found; a++) memcpy(x + a * 3, best->list[a].x, 3 * sizeof *x);
  for (int a = best->found * 3; a < best->wanted * 3; a++) x[a] = 0;
  memcpy(found->x + residue * best->wanted * 3, x, (size_t)best->wanted * 3 * sizeof *x);
  for (int a = 0; a < best->wanted; a++) {
    int64_t at = residue * best->wanted + a;
    found->element[at] = a < best->found ? best->list[a].element : 0;
    found->mask[at] = a < best->found ? best->list[a].mask : 0;
  }
}

typedef struct atoms_work {
  const pleat_backbone *backbone;
  const pleat_message_graph *graph; /* side chains only */
  const float *atoms;
  pleat_message_atoms *found;
} atoms_work;

/* A missing residue has no CB: the first atoms are its nearest, which nothing looks at. */
static void atoms_part(void *argument, int64_t begin, int64_t end, int thread) {
  const atoms_work *work = argument;
  const pleat_backbone *b = work->backbone;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    nearest best = {.wanted = work->found->count};
    for (int64_t a = 0; a < b->context_count; a++) {
      float square = b->mask[i] > 0 ? squared(work->atoms + i * 15 + 12, b->context + a * 3) : 1000;
      const candidate one = {square, b->context + a * 3, b->element[a], b->atom_context ? 1 : 0};
      offer(&best, &one);
    }
    keep(&best, i, work->found);
  }
}

void pleat_message_atoms_find(pleat_run *run, const pleat_backbone *backbone, const float *atoms, int count,
                              pleat_message_atoms *found) {
  int64_t rows = backbone->length * count;
  found->count = count;
  found->x = pleat_run_take(run, rows * 3);
  found->element = pleat_run_take_bytes(run, (size_t)rows * sizeof *found->element);
  found->mask = pleat_run_take(run, rows);
  run->flops += 8 * (double)backbone->length * (double)backbone->context_count;
  atoms_work work = {backbone, NULL, atoms, found};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, backbone->length, 16, atoms_part, &work);
}

static int element_of(const char *atom) {
  switch (pleat_residue_atom_element(atom)) {
    case 'N': return 7;
    case 'O': return 8;
    case 'S': return 16;
    default: return 6;
  }
}

static void offer_side_chain(const atoms_work *work, int64_t i, int64_t j, nearest *best) {
  const pleat_backbone *b = work->backbone;
  if (b->designed[j] > 0) return;
  for (int a = SIDE_CHAIN_FIRST; a <= SIDE_CHAIN_LAST; a++) {
    int64_t at = j * PLEAT_TARGET_ATOMS + a;
    if (!(b->atom_mask[at] > 0)) continue;
    const float *x = b->atoms + at * 3;
    const candidate one = {squared(work->atoms + i * 15 + 12, x), x, element_of(pleat_residue_atom37_names[a]), 1};
    offer(best, &one);
  }
}

static void side_chain_part(void *argument, int64_t begin, int64_t end, int thread) {
  const atoms_work *work = argument;
  const pleat_message_graph *graph = work->graph;
  int count = work->found->count;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    nearest best = {.wanted = count};
    if (!(work->backbone->mask[i] > 0)) continue;
    for (int k = 0; k < graph->neighbours && k < SIDE_CHAIN_RESIDUES; k++)
      offer_side_chain(work, i, graph->index[i * graph->neighbours + k], &best);
    for (int64_t at = i * count; at < (i + 1) * count; at++) {
      if (!(work->found->mask[at] > 0)) continue;
      const float *x = work->found->x + at * 3;
      const candidate one = {squared(work->atoms + i * 15 + 12, x), x, work->found->element[at], 1};
      offer(&best, &one);
    }
    keep(&best, i, work->found);
  }
}

void pleat_message_atoms_add_side_chains(pleat_run *run, const pleat_backbone *backbone, const pleat_message_graph *graph,
                                         const float *atoms, pleat_message_atoms *found) {
  atoms_work work = {backbone, graph, atoms, found};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, backbone->length, 16, side_chain_part, &work);
}

/* ---- Forward ---- */

/* Residues first .. first+count-1, each with its first `width` atoms; P = width (width+1) / 2 pairs a <= b. */
typedef struct block {
  const pleat_message_context *c;
  const pleat_message_atoms *found;
  const float *atoms, *mask, *types; /* types (119,C): y nodes by element */
  int64_t first, count;
  int width;
  float *x, *edge;                      /* (count width, 148), (count width, C) */
  float *pair_distance, *pair_rbf, *pair; /* (count P), (count P, 16), (count P, C) */
  float *y, *y_mask, *y_count;          /* (count width, C), (count width, width), (count width) */
  int32_t *y_index;                     /* (count width, width) rows of `pair` */
  float *present, *presents;            /* (count width), (count) how many */
} block;

/* The frame of the residue: e1 along N - CA, e2 in the plane with C. */
static void make_frame(const float *atoms, float frame[3][3]) {
  float length = 0, along = 0, other[3];
  for (int d = 0; d < 3; d++) frame[0][d] = atoms[d] - atoms[3 + d], other[d] = atoms[6 + d] - atoms[3 + d];
  for (int d = 0; d < 3; d++) length += frame[0][d] * frame[0][d];
  length = fmaxf(sqrtf(length), 1e-12f);
  for (int d = 0; d < 3; d++) frame[0][d] /= length, along += frame[0][d] * other[d];
  length = 0;
  for (int d = 0; d < 3; d++) frame[1][d] = other[d] - frame[0][d] * along, length += frame[1][d] * frame[1][d];
  length = fmaxf(sqrtf(length), 1e-12f);
  for (int d = 0; d < 3; d++) frame[1][d] /= length;
  for (int d = 0; d < 3; d++)
    frame[2][d] = frame[0][(d + 1) % 3] * frame[1][(d + 2) % 3] - frame[0][(d + 2) % 3] * frame[1][(d + 1) % 3];
}

/* The atom's direction in the frame as four sines and cosines. */
static void put_angles(const float frame[3][3], const float *ca, const float *x, float *angles) {
  float local[3] = {0};
  for (int p = 0; p < 3; p++)
    for (int d = 0; d < 3; d++) local[p] += frame[p][d] * (x[d] - ca[d]);
  float flat = local[0] * local[0] + local[1] * local[1];
  float rxy = sqrtf(flat + 1e-8f), r = sqrtf(flat + local[2] * local[2]) + 1e-8f;
  angles[0] = local[0] / rxy;
  angles[1] = local[1] / rxy;
  angles[2] = rxy / r;
  angles[3] = local[2] / r;
}

/* Gaussians of the five distances come later, from the first five columns. */
static void fill_residue(const block *b, int64_t i) {
  const pleat_message_atoms *found = b->found;
  const float *atoms = b->atoms + (b->first + i) * 15;
  float frame[3][3];
  make_frame(atoms, frame);
  b->presents[i] = 0;
  for (int a = 0; a < b->width; a++) {
    int64_t row = i * b->width + a, from = (b->first + i) * found->count + a;
    const float *type = b->c->types + (int64_t)found->element[from] * TYPE_ROW;
    float *x = b->x + row * CONTEXT, *after = x + PLEAT_MESSAGE_ATOMS * RBF;
    for (int d = 0; d < PLEAT_MESSAGE_ATOMS; d++) x[d] = sqrtf(squared(atoms + d * 3, found->x + from * 3) + 1e-6f);
    memcpy(after, type, NARROW * sizeof *after);
    put_angles((const float(*)[3])frame, atoms + 3, found->x + from * 3, after + NARROW);
    memcpy(b->y + row * C, b->types + (int64_t)found->element[from] * C, C * sizeof *b->y);
    b->present[row] = found->mask[from];
    b->presents[i] += found->mask[from];
  }
}

static void fill_pairs(const block *b, int64_t i) {
  int width = b->width, pairs = width * (width + 1) / 2;
  const float *x = b->found->x + (b->first + i) * b->found->count * 3;
  int64_t at = i * pairs;
  for (int a = 0; a < width; a++)
    for (int o = a; o < width; o++, at++) {
      int64_t there = (i * width + a) * width + o, back = (i * width + o) * width + a;
      b->pair_distance[at] = sqrtf(squared(x + a * 3, x + o * 3) + 1e-6f);
      b->y_index[there] = b->y_index[back] = (int32_t)at;
      b->y_mask[there] = b->y_mask[back] = b->present[i * width + a] * b->present[i * width + o];
    }
  for (int a = 0; a < width; a++) b->y_count[i * width + a] = b->present[i * width + a] * b->presents[i];
}

static void fill_part(void *argument, int64_t begin, int64_t end, int thread) {
  const block *b = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    fill_residue(b, i);
    fill_pairs(b, i);
  }
}

/* Atoms that any residue of the block sees; those after them are all absent. */
static int used_width(const block *b) {
  int count = b->found->count, width = 0;
  for (int64_t i = b->first; i < b->first + b->count; i++)
    for (int a = width; a < count; a++)
      if (b->found->mask[i * count + a] > 0) width = a + 1;
  return width > 0 ? width : 1;
}

static void take_block(pleat_run *run, block *b) {
  int64_t atoms = b->count * b->width, pairs = atoms * (b->width + 1) / 2;
  b->x = pleat_run_take(run, atoms * CONTEXT);
  b->edge = pleat_run_take(run, atoms * C);
  b->pair_distance = pleat_run_take(run, pairs);
  b->pair_rbf = pleat_run_take(run, pairs * RBF);
  b->pair = pleat_run_take(run, pairs * C);
  b->y = pleat_run_take(run, atoms * C);
  b->y_mask = pleat_run_take(run, atoms * b->width);
  b->y_count = pleat_run_take(run, atoms);
  b->y_index = pleat_run_take_bytes(run, (size_t)(atoms * b->width) * sizeof *b->y_index);
  b->present = pleat_run_take(run, atoms);
  b->presents = pleat_run_take(run, b->count);
}

/* Edges between residue and atom, and between atoms. */
static void embed_block(pleat_run *run, const block *b) {
  const pleat_message_context *c = b->c;
  const pleat_message_context_tensors *t = &c->tensors;
  const pleat_radial basis = {RBF, c->centre, (c->farthest - c->nearest) / RBF};
  int64_t atoms = b->count * b->width, pairs = atoms * (b->width + 1) / 2;
  size_t mark = pleat_arena_mark(run->arena);
  float *distances = pleat_run_take(run, atoms * PLEAT_MESSAGE_ATOMS), *normed = pleat_run_take(run, pairs * C);
  for (int64_t i = 0; i < atoms && !pleat_run_idle(run); i++)
    memcpy(distances + i * PLEAT_MESSAGE_ATOMS, b->x + i * CONTEXT, PLEAT_MESSAGE_ATOMS * sizeof *distances);
  pleat_op_radial(run, &basis, atoms, PLEAT_MESSAGE_ATOMS, distances, b->x, CONTEXT);
  pleat_op_linear(run, &c->edge, atoms, b->x, CONTEXT, NULL, normed, C);
  pleat_op_layer_norm(run, atoms, C, normed, t->edge_gain, t->edge_bias, 1e-5f, 0, normed);
  pleat_op_linear(run, &c->edge_out, atoms, normed, C, NULL, b->edge, C);
  pleat_op_radial(run, &basis, pairs, 1, b->pair_distance, b->pair_rbf, RBF);
  pleat_op_linear(run, &c->y_edge, pairs, b->pair_rbf, RBF, NULL, normed, C);
  pleat_op_layer_norm(run, pairs, C, normed, t->y_edge_gain, t->y_edge_bias, 1e-5f, 0, normed);
  pleat_op_linear(run, &c->y_edge_out, pairs, normed, C, NULL, b->pair, C);
  pleat_arena_release(run->arena, mark);
}

/* h (count,C) of the block's residues. */
static void run_block(pleat_run *run, block *b, float *h) {
  size_t mark = pleat_arena_mark(run->arena);
  b->width = pleat_run_idle(run) ? b->found->count : used_width(b);
  int64_t atoms = b->count * b->width;
  take_block(run, b);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, b->count, 1, fill_part, b);
  embed_block(run, b);
  const pleat_message_pass y = {.nodes = atoms, .neighbours = b->width, .edge_mask = b->y_mask, .edge_count = b->y_count,
                                .mask = b->present, .input = {{b->pair, b->y_index, atoms * (b->width + 1) / 2}}};
  const pleat_message_pass residues = {.nodes = b->count, .neighbours = b->width, .edge_mask = b->present,
                                       .edge_count = b->presents, .mask = b->mask + b->first,
                                       .input = {{b->edge, NULL, 0}, {b->y, NULL, 0}}};
  for (int i = 0; i < PLEAT_MESSAGE_CONTEXT_LAYERS; i++) {
    pleat_message_layer_forward(run, &b->c->y_layers[i], &y, b->y);
    pleat_message_layer_forward(run, &b->c->layers[i], &residues, h);
  }
  pleat_arena_release(run->arena, mark);
}

/* Each element's first state: W_nodes_y(norm(y_nodes)). */
static float *make_types(pleat_run *run, const pleat_message_context *c) {
  float *types = pleat_run_take(run, ELEMENTS * C), *normed = pleat_run_take(run, ELEMENTS * C);
  for (int e = 0; e < ELEMENTS && !pleat_run_idle(run); e++)
    memcpy(normed + e * C, c->types + (size_t)e * TYPE_ROW + NARROW, C * sizeof *normed);
  pleat_op_layer_norm(run, ELEMENTS, C, normed, c->tensors.y_node_gain, c->tensors.y_node_bias, 1e-5f, 0, normed);
  pleat_op_linear(run, &c->y_node_out, ELEMENTS, normed, C, NULL, types, C);
  return types;
}

void pleat_message_context_forward(pleat_run *run, const pleat_message_context *c, const pleat_message_atoms *found,
                                   const float *atoms, const pleat_backbone *backbone, float *h) {
  int64_t length = backbone->length;
  size_t mark = pleat_arena_mark(run->arena);
  float *h_c = pleat_run_take(run, length * C), *end = pleat_run_take(run, length * C);
  block b = {.c = c, .found = found, .atoms = atoms, .mask = backbone->mask, .types = make_types(run, c)};
  pleat_op_linear(run, &c->start, length, h, C, NULL, h_c, C);
  for (b.first = 0; b.first < length; b.first += BLOCK) {
    b.count = b.first + BLOCK < length ? BLOCK : length - b.first;
    run_block(run, &b, h_c + b.first * C);
  }
  pleat_trace_emit(run, h_c, 1, length, C, 0, "encoder/context_h_V_%d", PLEAT_MESSAGE_CONTEXT_LAYERS - 1);
  pleat_op_linear(run, &c->end, length, h_c, C, NULL, end, C);
  pleat_op_layer_norm(run, length, C, end, c->tensors.end_gain, c->tensors.end_bias, 1e-5f, 0, end);
  pleat_trace_emit(run, end, 1, length, C, 0, "encoder/V_C_norm");
  for (int64_t i = 0; i < length * C && !pleat_run_idle(run); i++) h[i] += end[i];
  pleat_arena_release(run->arena, mark);
}
