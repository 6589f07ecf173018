/* The residue graph, its edge features, and the layers that pass messages along it.
 * SPDX-License-Identifier: MIT */
#include "folding/message_passing.h"

#include <math.h>
#include <string.h>

#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_MESSAGE_C,
  WIDE = PLEAT_MESSAGE_WIDE,
  RBF = PLEAT_MESSAGE_RBF,
  OFFSETS = PLEAT_MESSAGE_OFFSETS,
  PAIRS = PLEAT_MESSAGE_PAIRS,
  EDGE = PLEAT_MESSAGE_EDGE,
  SCALE = 30,  /* of a message's sum */
  MOST_K = 128 /* neighbours that a graph can have */
};

/* ---- The graph ---- */

static void place_cb(const float *x, float *cb) {
  float b[3], c[3];
  for (int d = 0; d < 3; d++) b[d] = x[3 + d] - x[d], c[d] = x[6 + d] - x[3 + d];
  const float a[3] = {b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]};
  for (int d = 0; d < 3; d++) cb[d] = -0.58273431f * a[d] + 0.56802827f * b[d] - 0.54067466f * c[d] + x[3 + d];
}

float *pleat_message_place_atoms(pleat_run *run, int64_t length, const float *x) {
  float *atoms = pleat_run_take(run, length * PLEAT_MESSAGE_ATOMS * 3);
  if (pleat_run_idle(run)) return atoms;
  for (int64_t i = 0; i < length; i++) {
    memcpy(atoms + i * 15, x + i * 12, 12 * sizeof *x);
    place_cb(x + i * 12, atoms + i * 15 + 12);
  }
  return atoms;
}

/* Squared distance rounded as separate float32 operations, never fused, so that lists equal the published code's. */
static float squared(const float *a, const float *b) {
  float sum = 0;
  for (int d = 0; d < 3; d++) {
    float difference = a[d] - b[d];
    sum += (float)((double)difference * (double)difference);
  }
  return sum;
}

/* The K best so far of one row, by distance, then index. */
typedef struct nearest {
  int wanted, found;
  float *distance;
  int32_t *index;
  float square[MOST_K];
} nearest;

static bool goes_before(const nearest *best, int at, float distance, int32_t index) {
  return distance < best->distance[at] || (distance == best->distance[at] && index < best->index[at]);
}

static void insert(nearest *best, float square, float distance, int32_t index) {
  int at = best->found;
  if (best->found < best->wanted)
    best->found++;
  else if (!goes_before(best, --at, distance, index))
    return;
  for (; at > 0 && goes_before(best, at - 1, distance, index); at--) {
    best->distance[at] = best->distance[at - 1];
    best->index[at] = best->index[at - 1];
    best->square[at] = best->square[at - 1];
  }
  best->distance[at] = distance;
  best->index[at] = index;
  best->square[at] = square;
}

typedef struct graph_work {
  const pleat_message_graph *graph;
  const float *atoms, *mask;
} graph_work;

/* Residues that are there by their distance; the others all as far as the farthest of those. */
static void find_row(const graph_work *work, int64_t i) {
  const pleat_message_graph *graph = work->graph;
  int64_t length = graph->length, at = i * graph->neighbours;
  const float *ca = work->atoms + i * 15 + 3;
  nearest best = {.wanted = graph->neighbours, .distance = graph->distance + at, .index = graph->index + at};
  float most = 0;
  bool here = work->mask[i] > 0;
  for (int64_t j = 0; here && j < length; j++) {
    if (!(work->mask[j] > 0)) continue;
    float square = squared(ca, work->atoms + j * 15 + 3) + 1e-6f;
    if (square > most) most = square;
    if (best.found < best.wanted || square < best.square[best.wanted - 1])
      insert(&best, square, sqrtf(square), (int32_t)j);
  }
  most = sqrtf(most);
  for (int64_t j = 0; j < length && (best.found < best.wanted || best.distance[best.wanted - 1] >= most); j++)
    if (!here || !(work->mask[j] > 0)) insert(&best, most, most, (int32_t)j);
  while (best.found < best.wanted) insert(&best, most, most, (int32_t)i); /* distances that are no numbers */
}

static void graph_part(void *argument, int64_t begin, int64_t end, int thread) {
  const graph_work *work = argument;
  const pleat_message_graph *graph = work->graph;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    find_row(work, i);
    graph->count[i] = 0;
    for (int64_t e = i * graph->neighbours; e < (i + 1) * graph->neighbours; e++) {
      graph->mask[e] = work->mask[i] * work->mask[graph->index[e]];
      graph->count[i] += graph->mask[e];
    }
  }
}

void pleat_message_graph_make(pleat_run *run, int64_t length, int neighbours, const float *atoms, const float *mask,
                              pleat_message_graph *graph) {
  int k = neighbours < length ? neighbours : (int)length;
  int64_t edges = length * k;
  *graph = (pleat_message_graph){.length = length, .neighbours = k};
  graph->index = pleat_run_take_bytes(run, (size_t)edges * sizeof *graph->index);
  graph->distance = pleat_run_take(run, edges);
  graph->mask = pleat_run_take(run, edges);
  graph->count = pleat_run_take(run, length);
  run->flops += 10 * (double)length * (double)length;
  graph_work work = {graph, atoms, mask};
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, length, 16, graph_part, &work);
}

/* ---- Edge features ---- */

pleat_status pleat_message_edges_pack(pleat_context *context, pleat_message_edges *e) {
  for (int b = 0; b < RBF; b++)
    e->centre[b] = (float)(e->nearest + (double)b * (e->farthest - e->nearest) / (RBF - 1));
  PLEAT_TRY(pleat_linear_pack(context, e->tensors.embed_w, NULL, C, EDGE, &e->embed));
  return pleat_linear_pack(context, e->tensors.out_w, e->tensors.out_b, C, C, &e->out);
}

void pleat_message_edges_free(pleat_context *context, pleat_message_edges *e) {
  pleat_linear_free(context, &e->embed);
  pleat_linear_free(context, &e->out);
}

/* Nodes whose edges are worked on at a time: enough rows for every thread, few enough to stay in cache. */
static int64_t block_nodes(const pleat_run *run, int neighbours) {
  int64_t nodes = (3072 + 1024 * (int64_t)run->threads) / neighbours;
  return nodes > 0 ? nodes : 1;
}

typedef struct feature_work {
  const pleat_message_edges *edges;
  const pleat_message_graph *graph;
  const float *atoms;
  const pleat_backbone *backbone;
  int64_t first; /* node of the block */
  float *distances, *features;
} feature_work;

/* Place along the chain, clipped to 32 either way, in the first 16 columns. */
static void embed_offset(const feature_work *work, int64_t i, int64_t j, float *features) {
  const pleat_backbone *backbone = work->backbone;
  const pleat_message_edge_tensors *t = &work->edges->tensors;
  int64_t place = (int64_t)backbone->number[i] - backbone->number[j] + 32;
  if (place < 0) place = 0;
  if (place > 64) place = 64;
  if (backbone->chain[i] != backbone->chain[j]) place = OFFSETS - 1;
  for (int c = 0; c < RBF; c++) features[c] = t->offset_w[c * OFFSETS + place] + t->offset_b[c];
}

static void feature_part(void *argument, int64_t begin, int64_t end, int thread) {
  const feature_work *work = argument;
  const pleat_message_graph *graph = work->graph;
  (void)thread;
  for (int64_t row = begin; row < end; row++) {
    int64_t edge = work->first * graph->neighbours + row, i = edge / graph->neighbours, j = graph->index[edge];
    float *distance = work->distances + row * PAIRS;
    for (int p = 0; p < PAIRS; p++) {
      const unsigned char *pair = work->edges->pairs[p];
      distance[p] = sqrtf(squared(work->atoms + i * 15 + pair[0] * 3, work->atoms + j * 15 + pair[1] * 3) + 1e-6f);
    }
    if (work->edges->first_of_graph) distance[0] = graph->distance[edge];
    embed_offset(work, i, j, work->features + row * EDGE);
  }
}

void pleat_message_edges_forward(pleat_run *run, const pleat_message_edges *edges, const pleat_message_graph *graph,
                                 const float *atoms, const pleat_backbone *backbone, float *h_e) {
  const pleat_message_edge_tensors *t = &edges->tensors;
  const pleat_radial basis = {RBF, edges->centre, (edges->farthest - edges->nearest) / RBF};
  int64_t length = graph->length, block = block_nodes(run, graph->neighbours), k = graph->neighbours;
  size_t mark = pleat_arena_mark(run->arena);
  if (block > length) block = length;
  feature_work work = {edges, graph, atoms, backbone, 0, NULL, NULL};
  work.distances = pleat_run_take(run, block * k * PAIRS);
  work.features = pleat_run_take(run, block * k * EDGE);
  float *embedded = pleat_run_take(run, block * k * C), *all = run->trace ? pleat_run_take(run, length * k * C) : NULL;
  for (int64_t first = 0; first < length; first += block) {
    int64_t rows = (first + block < length ? block : length - first) * k;
    work.first = first;
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, rows, 64, feature_part, &work);
    pleat_op_radial(run, &basis, rows, PAIRS, work.distances, work.features + RBF, EDGE);
    pleat_op_linear(run, &edges->embed, rows, work.features, EDGE, NULL, embedded, C);
    pleat_op_layer_norm(run, rows, C, embedded, t->norm_gain, t->norm_bias, 1e-5f, 0, embedded);
    if (all && !pleat_run_idle(run)) memcpy(all + first * k * C, embedded, (size_t)(rows * C) * sizeof *all);
    pleat_op_linear(run, &edges->out, rows, embedded, C, NULL, h_e + first * k * C, C);
  }
  if (all) pleat_trace_emit(run, all, 1, length, k, C, "features/E");
  pleat_arena_release(run->arena, mark);
}

/* ---- Packing layers ---- */

#define FIELD(member) offsetof(pleat_message_tensors, member), false
#define LAYER_ROWS(prefix, parts)                                                                                   \
  {prefix ".%d.W1.weight", 2, {C, (parts) * C}, FIELD(w1)}, {prefix ".%d.W1.bias", 1, {C}, FIELD(b1)},              \
      {prefix ".%d.W2.weight", 2, {C, C}, FIELD(w2)}, {prefix ".%d.W2.bias", 1, {C}, FIELD(b2)},                    \
      {prefix ".%d.W3.weight", 2, {C, C}, FIELD(w3)}, {prefix ".%d.W3.bias", 1, {C}, FIELD(b3)},                    \
      {prefix ".%d.norm1.weight", 1, {C}, FIELD(norm1_gain)}, {prefix ".%d.norm1.bias", 1, {C}, FIELD(norm1_bias)}, \
      {prefix ".%d.norm2.weight", 1, {C}, FIELD(norm2_gain)}, {prefix ".%d.norm2.bias", 1, {C}, FIELD(norm2_bias)}, \
      {prefix ".%d.dense.W_in.weight", 2, {WIDE, C}, FIELD(in_w)},                                                  \
      {prefix ".%d.dense.W_in.bias", 1, {WIDE}, FIELD(in_b)},                                                       \
      {prefix ".%d.dense.W_out.weight", 2, {C, WIDE}, FIELD(out_w)}, {                                              \
    prefix ".%d.dense.W_out.bias", 1, {C}, FIELD(out_b)                                                             \
  }

const pleat_weight_row pleat_message_encoder_rows[] = {
    LAYER_ROWS("encoder_layers", 3),
    {"encoder_layers.%d.W11.weight", 2, {C, 3 * C}, FIELD(edge_w1)},
    {"encoder_layers.%d.W11.bias", 1, {C}, FIELD(edge_b1)},
    {"encoder_layers.%d.W12.weight", 2, {C, C}, FIELD(edge_w2)},
    {"encoder_layers.%d.W12.bias", 1, {C}, FIELD(edge_b2)},
    {"encoder_layers.%d.W13.weight", 2, {C, C}, FIELD(edge_w3)},
    {"encoder_layers.%d.W13.bias", 1, {C}, FIELD(edge_b3)},
    {"encoder_layers.%d.norm3.weight", 1, {C}, FIELD(norm3_gain)},
    {"encoder_layers.%d.norm3.bias", 1, {C}, FIELD(norm3_bias)},
    {0}};
const pleat_weight_row pleat_message_decoder_rows[] = {LAYER_ROWS("decoder_layers", 4), {0}};
const pleat_weight_row pleat_message_context_layer_rows[] = {LAYER_ROWS("context_encoder_layers", 3), {0}};
const pleat_weight_row pleat_message_y_layer_rows[] = {LAYER_ROWS("y_context_encoder_layers", 2), {0}};
#undef FIELD

typedef struct net_tensors {
  const float *w1, *b1, *w2, *b2, *w3, *b3;
} net_tensors;

/* Packs the parts of w1 and w3 / scale, from dense matrices that `block` (C,C) has room for one of. */
static pleat_status pack_blocks(pleat_context *context, const net_tensors *t, int scale, float *block, pleat_message_net *net) {
  for (int p = 0; p < net->parts; p++) {
    for (int c = 0; c < C; c++)
      memcpy(block + (size_t)c * C, t->w1 + ((size_t)c * (size_t)net->parts + (size_t)p) * C, C * sizeof *block);
    PLEAT_TRY(pleat_linear_pack_copy(context, block, p ? NULL : t->b1, C, C, &net->part[p]));
  }
  for (int i = 0; i < C * C; i++) block[i] = scale ? t->w3[i] / (float)scale : t->w3[i];
  return pleat_linear_pack_copy(context, block, scale ? NULL : net->out_bias, C, C, &net->out);
}

/* scale > 0: the third linear is divided by it and leaves its bias to the caller, who knows how many messages there are. */
static pleat_status pack_net(pleat_context *context, const net_tensors *t, int parts, int scale, pleat_message_net *net) {
  float *block;
  net->parts = parts;
  PLEAT_TRY(pleat_memory_take(context, C, sizeof *net->out_bias, &net->out_bias));
  for (int i = 0; i < C; i++) net->out_bias[i] = scale ? t->b3[i] / (float)scale : t->b3[i];
  PLEAT_TRY(pleat_linear_pack(context, t->w2, t->b2, C, C, &net->middle));
  PLEAT_TRY(pleat_memory_take(context, (size_t)C * C, sizeof *block, &block));
  pleat_status status = pack_blocks(context, t, scale, block, net);
  pleat_memory_release(context, block);
  return status;
}

static void free_net(pleat_context *context, pleat_message_net *net) {
  for (int p = 0; p < net->parts; p++) pleat_linear_free(context, &net->part[p]);
  pleat_linear_free(context, &net->middle);
  pleat_linear_free(context, &net->out);
  pleat_memory_release(context, net->out_bias);
  *net = (pleat_message_net){0};
}

pleat_status pleat_message_layer_pack(pleat_context *context, int parts, pleat_message_layer *layer) {
  const pleat_message_tensors *t = &layer->tensors;
  const net_tensors node = {t->w1, t->b1, t->w2, t->b2, t->w3, t->b3};
  const net_tensors edge = {t->edge_w1, t->edge_b1, t->edge_w2, t->edge_b2, t->edge_w3, t->edge_b3};
  PLEAT_TRY(pack_net(context, &node, parts, SCALE, &layer->node));
  if (t->edge_w1) PLEAT_TRY(pack_net(context, &edge, parts, 0, &layer->edge));
  PLEAT_TRY(pleat_linear_pack(context, t->in_w, t->in_b, WIDE, C, &layer->wide));
  return pleat_linear_pack(context, t->out_w, t->out_b, C, WIDE, &layer->narrow);
}

void pleat_message_layer_free(pleat_context *context, pleat_message_layer *layer) {
  free_net(context, &layer->node);
  free_net(context, &layer->edge);
  pleat_linear_free(context, &layer->wide);
  pleat_linear_free(context, &layer->narrow);
}

/* ---- Layers ---- */

/* h + count b3 / scale: what the third linear's product is added to. */
static void add_bias(const pleat_message_net *net, const pleat_message_rows *rows, float *h) {
  for (int64_t row = 0; row < rows->rows; row++) {
    float count = rows->count ? rows->count[row] : (float)rows->neighbours;
    for (int c = 0; c < C; c++) h[row * C + c] += count * net->out_bias[c];
  }
}

static void apply_mask(const pleat_message_rows *rows, float *h) {
  for (int64_t row = 0; row < rows->rows; row++)
    for (int c = 0; rows->mask[row] != 1 && c < C; c++) h[row * C + c] *= rows->mask[row];
}

void pleat_message_update(pleat_run *run, const pleat_message_layer *layer, const pleat_message_rows *rows, float *h) {
  const pleat_message_tensors *t = &layer->tensors;
  const pleat_epilogue plus_h = {.add = h, .ld_add = C}, gelu = {.activation = PLEAT_ACTIVATION_GELU};
  size_t mark = pleat_arena_mark(run->arena);
  float *wide = pleat_run_take(run, rows->rows * WIDE);
  if (!pleat_run_idle(run)) add_bias(&layer->node, rows, h);
  pleat_op_linear(run, &layer->node.out, rows->rows, rows->sum, C, &plus_h, h, C);
  pleat_op_layer_norm(run, rows->rows, C, h, t->norm1_gain, t->norm1_bias, 1e-5f, 0, h);
  pleat_op_linear(run, &layer->wide, rows->rows, h, C, &gelu, wide, WIDE);
  pleat_op_linear(run, &layer->narrow, rows->rows, wide, WIDE, &plus_h, h, C);
  pleat_op_layer_norm(run, rows->rows, C, h, t->norm2_gain, t->norm2_bias, 1e-5f, 0, h);
  if (rows->mask && !pleat_run_idle(run)) apply_mask(rows, h);
  pleat_arena_release(run->arena, mark);
}

/* One message of all nodes, block by block: sums over neighbours into `sum`, or (edge messages) norm3(h_e + W3 g) in place
 * into `h_e`. */
typedef struct sending {
  const pleat_message_layer *layer;
  const pleat_message_net *net;
  const pleat_message_pass *pass;
  pleat_message message; /* of all nodes, projected inputs that are taken by index in it */
  int edge_inputs;
  int64_t block;
  float *projected; /* (block K,C) of the inputs that are rows of edges */
  float *each;      /* (block K,C) */
  float *sum, *h_e;
} sending;

/* Projects the node itself and the inputs that are taken by index. */
static void project_nodes(pleat_run *run, sending *s, const float *h) {
  const pleat_message_pass *pass = s->pass;
  float *node = pleat_run_take(run, pass->nodes * C);
  pleat_op_linear(run, &s->net->part[0], pass->nodes, h, C, NULL, node, C);
  s->message = (pleat_message){.nodes = pass->nodes, .ld_node = C, .neighbours = pass->neighbours, .middle = &s->net->middle,
                               .node = node};
  for (int p = 0; p < s->net->parts - 1; p++) s->edge_inputs += !pass->input[p].index;
  int at = s->edge_inputs > 0; /* source 0 is theirs */
  for (int p = 0; p < s->net->parts - 1; p++) {
    const pleat_message_input *input = &pass->input[p];
    if (!input->index) continue;
    float *rows = pleat_run_take(run, input->count * C);
    pleat_op_linear(run, &s->net->part[p + 1], input->count, input->rows, C, NULL, rows, C);
    s->message.source[at++] = (pleat_message_source){rows, C, input->index};
  }
}

/* The projections of all inputs that are rows of edges, added up, of `rows` rows from edge `first` on. */
static void project_edges(pleat_run *run, const sending *s, int64_t first, int64_t rows) {
  const pleat_epilogue more = {.add = s->projected, .ld_add = C}, *add = NULL;
  for (int p = 0; p < s->net->parts - 1; p++) {
    const pleat_message_input *input = &s->pass->input[p];
    if (input->index) continue;
    pleat_op_linear(run, &s->net->part[p + 1], rows, input->rows + first * C, C, add, s->projected, C);
    add = &more;
  }
}

/* Nodes first .. first+nodes-1. */
static void send_block(pleat_run *run, const sending *s, int64_t first, int64_t nodes) {
  int64_t edge = first * s->pass->neighbours, edges = nodes * s->pass->neighbours;
  pleat_message m = s->message;
  m.nodes = nodes;
  m.node += first * C;
  for (int i = s->edge_inputs > 0; i < PLEAT_MESSAGE_SOURCES && m.source[i].rows; i++) m.source[i].index += edge;
  if (s->edge_inputs) {
    project_edges(run, s, edge, edges);
    m.source[0] = (pleat_message_source){s->projected, C, NULL};
  }
  if (s->sum) m.sum = s->sum + first * C;
  if (s->sum && s->pass->edge_mask) m.mask = s->pass->edge_mask + edge;
  m.each = s->each;
  pleat_op_message(run, &m);
  if (!s->h_e) return;
  float *h_e = s->h_e + edge * C;
  const pleat_epilogue plus = {.add = h_e, .ld_add = C};
  const pleat_message_tensors *t = &s->layer->tensors;
  pleat_op_linear(run, &s->net->out, edges, s->each, C, &plus, h_e, C);
  pleat_op_layer_norm(run, edges, C, h_e, t->norm3_gain, t->norm3_bias, 1e-5f, 0, h_e);
}

static void send_all(pleat_run *run, sending *s, const float *h) {
  const pleat_message_pass *pass = s->pass;
  size_t mark = pleat_arena_mark(run->arena);
  project_nodes(run, s, h);
  s->block = s->edge_inputs ? block_nodes(run, pass->neighbours) : pass->nodes;
  if (s->block > pass->nodes) s->block = pass->nodes;
  if (s->edge_inputs) s->projected = pleat_run_take(run, s->block * pass->neighbours * C);
  if (s->h_e) s->each = pleat_run_take(run, s->block * pass->neighbours * C);
  for (int64_t first = 0; first < pass->nodes; first += s->block)
    send_block(run, s, first, first + s->block < pass->nodes ? s->block : pass->nodes - first);
  pleat_arena_release(run->arena, mark);
}

void pleat_message_layer_forward(pleat_run *run, const pleat_message_layer *layer, const pleat_message_pass *pass, float *h) {
  size_t mark = pleat_arena_mark(run->arena);
  float *sum = pleat_run_take(run, pass->nodes * C);
  sending s = {.layer = layer, .net = &layer->node, .pass = pass, .sum = sum};
  send_all(run, &s, h);
  pleat_message_rows rows = {pass->nodes, pass->neighbours, sum, pass->edge_count, pass->mask};
  pleat_message_update(run, layer, &rows, h);
  pleat_arena_release(run->arena, mark);
}

void pleat_message_encoder_forward(pleat_run *run, const pleat_message_layer *layer, const pleat_message_graph *graph,
                                   const float *mask, float *h, float *h_e) {
  pleat_message_pass pass = {.nodes = graph->length,
                             .neighbours = graph->neighbours,
                             .edge_mask = graph->mask,
                             .edge_count = graph->count,
                             .mask = mask,
                             .input = {{h_e, NULL, 0}, {h, graph->index, graph->length}}};
  pleat_message_layer_forward(run, layer, &pass, h);
  sending s = {.layer = layer, .net = &layer->edge, .pass = &pass, .h_e = h_e};
  send_all(run, &s, h);
}
