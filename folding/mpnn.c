/* ProteinMPNN and its sisters: weights, encoder, one decoder layer.
 * SPDX-License-Identifier: MIT */
#include "folding/mpnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trace.h"

enum { C = PLEAT_MESSAGE_C, LETTERS = PLEAT_MPNN_LETTERS, LAYERS = PLEAT_MPNN_LAYERS, LABELS = PLEAT_MPNN_LABELS };

/* ---- Weights ---- */

#define FIELD(member) offsetof(pleat_mpnn_tensors, member), false
#define KEPT(member) offsetof(pleat_mpnn_tensors, member), true
const pleat_weight_row pleat_mpnn_model_rows[] = {{"W_s.weight", 2, {LETTERS, C}, KEPT(letters)},
                                                  {"W_out.weight", 2, {LETTERS, C}, FIELD(out_w)},
                                                  {"W_out.bias", 1, {LETTERS}, FIELD(out_b)},
                                                  {0}};
const pleat_weight_row pleat_mpnn_label_rows[] = {{"features.node_embedding.weight", 2, {C, LABELS}, KEPT(label_w)},
                                                  {"features.norm_nodes.weight", 1, {C}, FIELD(label_gain)},
                                                  {"features.norm_nodes.bias", 1, {C}, FIELD(label_bias)},
                                                  {"W_v.weight", 2, {C, C}, FIELD(label_out_w)},
                                                  {"W_v.bias", 1, {C}, FIELD(label_out_b)},
                                                  {0}};
#undef KEPT
#undef FIELD

#define FIELD(member) offsetof(pleat_message_edge_tensors, member), false
#define KEPT(member) offsetof(pleat_message_edge_tensors, member), true
const pleat_weight_row pleat_mpnn_edge_rows[] = {
    {"features.embeddings.linear.weight", 2, {PLEAT_MESSAGE_RBF, PLEAT_MESSAGE_OFFSETS}, KEPT(offset_w)},
    {"features.embeddings.linear.bias", 1, {PLEAT_MESSAGE_RBF}, FIELD(offset_b)},
    {"features.edge_embedding.weight", 2, {C, PLEAT_MESSAGE_EDGE}, FIELD(embed_w)},
    {"features.norm_edges.weight", 1, {C}, FIELD(norm_gain)},
    {"features.norm_edges.bias", 1, {C}, FIELD(norm_bias)},
    {"W_e.weight", 2, {C, C}, FIELD(out_w)},
    {"W_e.bias", 1, {C}, FIELD(out_b)},
    {0}};
#undef KEPT
#undef FIELD

#define FIELD(member) offsetof(pleat_message_context_tensors, member), false
const pleat_weight_row pleat_mpnn_context_out_rows[] = {
    {"W_v.weight", 2, {C, C}, FIELD(out_w)}, {"W_v.bias", 1, {C}, FIELD(out_b)}, {0}};
#undef FIELD

/* The published order of atom pairs, of N CA C O CB. */
enum { N, CA, CC, O, CB };
static const unsigned char pairs[PLEAT_MESSAGE_PAIRS][2] = {
    {CA, CA}, {N, N},  {CC, CC}, {O, O},   {CB, CB}, {CA, N},  {CA, CC}, {CA, O},  {CA, CB},
    {N, CC},  {N, O},  {N, CB},  {CB, CC}, {CB, O},  {O, CC},  {N, CA},  {CC, CA}, {O, CA},
    {CB, CA}, {CC, N}, {O, N},   {CB, N},  {CC, CB}, {O, CB},  {CC, O}};

pleat_status pleat_mpnn_pack(pleat_context *context, void *weights) {
  pleat_mpnn *m = weights;
  bool ligand = m->context.tensors.edge_w != NULL;
  m->neighbours = ligand ? PLEAT_MPNN_LIGAND_NEIGHBOURS : PLEAT_MPNN_NEIGHBOURS;
  m->edges.pairs = pairs;
  m->edges.nearest = m->context.nearest = 2;
  m->edges.farthest = m->context.farthest = 22;
  m->edges.first_of_graph = true;
  PLEAT_TRY(pleat_message_edges_pack(context, &m->edges));
  for (int i = 0; i < LAYERS; i++) {
    PLEAT_TRY(pleat_message_layer_pack(context, 3, &m->encoder[i]));
    PLEAT_TRY(pleat_message_layer_pack(context, PLEAT_MPNN_PARTS, &m->decoder[i]));
  }
  if (ligand) PLEAT_TRY(pleat_message_context_pack(context, &m->context));
  if (m->tensors.label_w)
    PLEAT_TRY(pleat_linear_pack(context, m->tensors.label_out_w, m->tensors.label_out_b, C, C, &m->label_out));
  return pleat_linear_pack(context, m->tensors.out_w, m->tensors.out_b, LETTERS, C, &m->out);
}

void pleat_mpnn_unload(pleat_context *context, void *weights) {
  pleat_mpnn *m = weights;
  pleat_message_edges_free(context, &m->edges);
  for (int i = 0; i < LAYERS; i++) {
    pleat_message_layer_free(context, &m->encoder[i]);
    pleat_message_layer_free(context, &m->decoder[i]);
  }
  pleat_message_context_free(context, &m->context);
  pleat_linear_free(context, &m->label_out);
  pleat_linear_free(context, &m->out);
}

/* ---- Encoder ---- */

/* The first state: nothing, or what the transmembrane label says. */
static void start_nodes(pleat_run *run, const pleat_mpnn *m, const pleat_backbone *b, float *h) {
  const pleat_mpnn_tensors *t = &m->tensors;
  size_t mark = pleat_arena_mark(run->arena);
  float *embedded = t->label_w ? pleat_run_take(run, b->length * C) : NULL;
  if (!t->label_w) {
    if (!pleat_run_idle(run)) memset(h, 0, (size_t)(b->length * C) * sizeof *h);
    return;
  }
  for (int64_t i = 0; i < b->length && !pleat_run_idle(run); i++)
    for (int c = 0; c < C; c++) embedded[i * C + c] = t->label_w[c * LABELS + b->label[i]];
  pleat_op_layer_norm(run, b->length, C, embedded, t->label_gain, t->label_bias, 1e-5f, 0, embedded);
  pleat_trace_emit(run, embedded, 1, b->length, C, 0, "features/V");
  pleat_op_linear(run, &m->label_out, b->length, embedded, C, NULL, h, C);
  pleat_arena_release(run->arena, mark);
}

static void emit_neighbours(pleat_run *run, const pleat_message_graph *graph) {
  if (!run->trace) return;
  int64_t edges = graph->length * graph->neighbours;
  size_t mark = pleat_arena_mark(run->arena);
  float *index = pleat_run_take(run, edges);
  for (int64_t e = 0; e < edges && !pleat_run_idle(run); e++) index[e] = (float)graph->index[e];
  pleat_trace_emit(run, index, 1, graph->length, graph->neighbours, 0, "features/E_idx");
  pleat_arena_release(run->arena, mark);
}

static void add_context(pleat_run *run, const pleat_mpnn *m, const pleat_backbone *b, const pleat_message_graph *graph,
                        const float *atoms, float *h) {
  pleat_message_atoms found;
  size_t mark = pleat_arena_mark(run->arena);
  if (!m->context.tensors.edge_w) return;
  pleat_message_atoms_find(run, b, atoms, PLEAT_MPNN_LIGAND_ATOMS, &found);
  if (b->side_chain_context) pleat_message_atoms_add_side_chains(run, b, graph, atoms, &found);
  pleat_trace_emit(run, found.mask, 1, b->length, found.count, 0, "features/Y_m");
  pleat_message_context_forward(run, &m->context, &found, atoms, b, h);
  pleat_arena_release(run->arena, mark);
}

/* h (L,C) and h_e (L,K,C). */
static void run_encoder(pleat_run *run, const pleat_mpnn *m, const pleat_backbone *b, pleat_message_graph *graph, float *h,
                        float *h_e) {
  const float *atoms = pleat_message_place_atoms(run, b->length, b->x);
  int64_t length = b->length, k = graph->neighbours;
  pleat_message_edges_forward(run, &m->edges, graph, atoms, b, h_e);
  start_nodes(run, m, b, h);
  for (int i = 0; i < LAYERS; i++) {
    pleat_run_progress(run, 0.1 * i / LAYERS, "encoder");
    pleat_message_encoder_forward(run, &m->encoder[i], graph, b->mask, h, h_e);
    pleat_trace_emit(run, h, 1, length, C, 0, "encoder/layer%d_h_V", i);
    pleat_trace_emit(run, h_e, 1, length, k, C, "encoder/layer%d_h_E", i);
  }
  add_context(run, m, b, graph, atoms, h);
  pleat_trace_emit(run, h, 1, length, C, 0, "encoder/h_V");
}

/* The decoder's part of the encoder's states, once for all sequences. */
static void project(pleat_run *run, const pleat_mpnn_encoded *e, const float *h_e) {
  const pleat_mpnn *m = e->model;
  int64_t length = e->graph.length, edges = length * e->graph.neighbours;
  pleat_op_linear(run, &m->decoder[0].node.part[PLEAT_MPNN_PART_NODE], length, e->h, C, NULL, e->node, C);
  for (int i = 0; i < LAYERS; i++) {
    const pleat_linear *part = m->decoder[i].node.part;
    pleat_op_linear(run, &part[PLEAT_MPNN_PART_EDGE], edges, h_e, C, NULL, e->edge[i], C);
    pleat_op_linear(run, &part[PLEAT_MPNN_PART_NEIGHBOUR], length, e->h, C, NULL, e->encoded[i], C);
    pleat_op_linear(run, &part[PLEAT_MPNN_PART_LETTER], LETTERS, m->tensors.letters, C, NULL, e->letters[i], C);
  }
}

static void make_graph(pleat_run *run, const pleat_mpnn *m, const pleat_backbone *b, pleat_message_graph *graph) {
  pleat_message_graph_make(run, b->length, m->neighbours, pleat_message_place_atoms(run, b->length, b->x), b->mask, graph);
  emit_neighbours(run, graph);
}

void pleat_mpnn_encode(pleat_run *run, const pleat_mpnn *m, const pleat_backbone *b, pleat_mpnn_encoded *e) {
  *e = (pleat_mpnn_encoded){.model = m, .backbone = b};
  make_graph(run, m, b, &e->graph);
  int64_t length = b->length, edges = length * e->graph.neighbours;
  e->h = pleat_run_take(run, length * C);
  e->node = pleat_run_take(run, length * C);
  for (int i = 0; i < LAYERS; i++) {
    e->edge[i] = pleat_run_take(run, edges * C);
    e->encoded[i] = pleat_run_take(run, length * C);
    e->letters[i] = pleat_run_take(run, LETTERS * C);
  }
  size_t mark = pleat_arena_mark(run->arena);
  float *h_e = pleat_run_take(run, edges * C);
  run_encoder(run, m, b, &e->graph, e->h, h_e);
  project(run, e, h_e);
  pleat_arena_release(run->arena, mark);
}

/* ---- Decoder ---- */

void pleat_mpnn_decoder_forward(pleat_run *run, const pleat_mpnn_encoded *e, int layer, const pleat_mpnn_rows *rows,
                                float *h) {
  const pleat_message_layer *l = &e->model->decoder[layer];
  size_t mark = pleat_arena_mark(run->arena);
  float *sum = pleat_run_take(run, rows->count * C), *node = rows->node ? NULL : pleat_run_take(run, rows->count * C);
  if (node) pleat_op_linear(run, &l->node.part[PLEAT_MPNN_PART_NODE], rows->count, h, C, NULL, node, C);
  pleat_message message = {.nodes = rows->count, .ld_node = C, .neighbours = e->graph.neighbours,
                           .middle = &l->node.middle, .node = node ? node : rows->node,
                           .source = {{e->edge[layer], C, rows->edge},
                                      {e->encoded[layer], C, rows->encoded},
                                      {rows->states, C, rows->earlier},
                                      {rows->other_states, C, rows->other}},
                           .sum = sum};
  pleat_op_message(run, &message);
  pleat_message_rows update = {rows->count, e->graph.neighbours, sum, NULL, rows->mask};
  pleat_message_update(run, l, &update, h);
  pleat_arena_release(run->arena, mark);
}

/* ---- Order ---- */

pleat_mpnn_draws pleat_mpnn_draws_of(const pleat_design_task *task, int64_t b) {
  const pleat_array *normals = task->draws[PLEAT_DRAW_RANDN];
  const pleat_backbone *backbone = task->backbone;
  pleat_mpnn_draws draws = {.stream = pleat_design_stream(task, b)};
  if (normals) draws.normals = normals->data + (backbone->ties.count ? 0 : b * backbone->length);
  return draws;
}

int32_t *pleat_mpnn_groups(pleat_run *run, const pleat_backbone *b) {
  int32_t *group = pleat_run_take_bytes(run, (size_t)b->length * sizeof *group);
  if (pleat_run_idle(run)) return group;
  for (int64_t i = 0; i < b->length; i++) group[i] = -1;
  for (int64_t g = b->ties.count; g-- > 0;)
    for (int64_t m = b->ties.start[g]; m < b->ties.start[g + 1]; m++) group[b->ties.member[m]] = (int32_t)g;
  return group;
}

typedef struct order_key {
  float key;
  int32_t residue;
} order_key;

static int compare_keys(const void *a, const void *b) {
  const order_key *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->residue < y->residue ? -1 : x->residue > y->residue;
}

static void fill_keys(const pleat_backbone *b, const pleat_mpnn_draws *draws, order_key *keys) {
  for (int64_t i = 0; i < b->length; i++) {
    float normal = draws->normals ? draws->normals[i] : pleat_random_normal(&draws->stream, (uint64_t)i);
    float designed = draws->free ? 0 : b->mask[i] * b->designed[i];
    keys[i] = (order_key){(designed + 0.0001f) * fabsf(normal), (int32_t)i};
  }
}

void pleat_mpnn_order(pleat_run *run, const pleat_backbone *b, const int32_t *group, const pleat_mpnn_draws *draws,
                      int32_t *order, int32_t *rank) {
  size_t mark = pleat_arena_mark(run->arena), length = (size_t)b->length;
  order_key *keys = pleat_run_take_bytes(run, length * sizeof *keys);
  if (!pleat_run_idle(run)) {
    fill_keys(b, draws, keys);
    qsort(keys, length, sizeof *keys, compare_keys);
    int32_t step = 0;
    for (size_t i = 0; i < length; i++) rank[i] = -1;
    for (size_t i = 0; i < length; i++) {
      int32_t residue = keys[i].residue, g = draws->free ? -1 : group[residue];
      if (rank[residue] >= 0) continue;
      if (g < 0) order[rank[residue] = step++] = residue;
      for (int64_t m = g < 0 ? 0 : b->ties.start[g]; g >= 0 && m < b->ties.start[g + 1]; m++) {
        int32_t member = b->ties.member[m];
        if (rank[member] < 0) order[rank[member] = step++] = member;
      }
    }
  }
  pleat_arena_release(run->arena, mark);
}

void pleat_mpnn_log_softmax(const float *logits, float *log_probs) {
  double most = logits[0], sum = 0;
  for (int a = 1; a < LETTERS; a++) most = logits[a] > most ? logits[a] : most;
  for (int a = 0; a < LETTERS; a++) sum += exp(logits[a] - most);
  for (int a = 0; a < LETTERS; a++) log_probs[a] = (float)(logits[a] - most - log(sum));
}
