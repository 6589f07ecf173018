/* Frame2seq's published tensors by name, and how they are packed.
 * SPDX-License-Identifier: MIT */
#include "folding/frame2seq_network.h"

#include <math.h>

enum {
  C = PLEAT_FRAME2SEQ_C,
  Z = PLEAT_FRAME2SEQ_Z,
  H = PLEAT_FRAME2SEQ_H,
  D = PLEAT_FRAME2SEQ_D,
  P = PLEAT_FRAME2SEQ_P,
  W = PLEAT_FRAME2SEQ_W,
  E = PLEAT_FRAME2SEQ_E,
  LAYERS = PLEAT_FRAME2SEQ_LAYERS,
  VALUES = PLEAT_FRAME2SEQ_VALUES,
  EDGE = PLEAT_FRAME2SEQ_EDGE,
  WIDE = PLEAT_FRAME2SEQ_WIDE,
  SINGLE = PLEAT_FRAME2SEQ_SINGLE,
  RADIAL = PLEAT_FRAME2SEQ_PAIR,
  OFFSETS = PLEAT_FRAME2SEQ_OFFSETS,
  LETTERS = PLEAT_TARGET_LETTERS
};

/* ---- Weights ---- */

#define FIELD(member) offsetof(pleat_frame2seq_tensors, member), false
const pleat_weight_row pleat_frame2seq_rows[] = {
    {"sequence_to_single.weight", 2, {C, SINGLE}, FIELD(single_w)},
    {"sequence_to_single.bias", 1, {C}, FIELD(single_b)},
    {"edge_to_pair.weight", 2, {Z, RADIAL + OFFSETS}, FIELD(pair_w)},
    {"edge_to_pair.bias", 1, {Z}, FIELD(pair_b)},
    {"single_to_sequence.weight", 2, {LETTERS, C}, FIELD(out_w)},
    {"single_to_sequence.bias", 1, {LETTERS}, FIELD(out_b)},
    {"input_sequence_to_single.weight", 2, {C, LETTERS}, FIELD(letter_w)},
    {"input_sequence_to_single.bias", 1, {C}, FIELD(letter_b)},
    {"input_sequence_layer_norm.weight", 1, {C}, FIELD(letter_gain)},
    {"input_sequence_layer_norm.bias", 1, {C}, FIELD(letter_bias)},
    {0}};
#undef FIELD

#define FIELD(member) offsetof(pleat_frame2seq_layer_tensors, member), false
#define ATTENTION_ROWS                                                 \
  {"layers.%d.0.head_weights", 1, {H}, FIELD(head_weights)},           \
      {"layers.%d.0.linear_q.weight", 2, {H * D, C}, FIELD(q_w)},      \
      {"layers.%d.0.linear_q.bias", 1, {H * D}, FIELD(q_b)},           \
      {"layers.%d.0.linear_kv.weight", 2, {2 * H * D, C}, FIELD(kv_w)}, \
      {"layers.%d.0.linear_kv.bias", 1, {2 * H * D}, FIELD(kv_b)},     \
      {"layers.%d.0.linear_q_points.weight", 2, {3 * H * P, C}, FIELD(qp_w)}, \
      {"layers.%d.0.linear_q_points.bias", 1, {3 * H * P}, FIELD(qp_b)}, \
      {"layers.%d.0.linear_kv_points.weight", 2, {3 * H * (P + W), C}, FIELD(kvp_w)}, \
      {"layers.%d.0.linear_kv_points.bias", 1, {3 * H * (P + W)}, FIELD(kvp_b)}, \
      {"layers.%d.0.linear_b.weight", 2, {H, Z}, FIELD(b_w)},          \
      {"layers.%d.0.linear_b.bias", 1, {H}, FIELD(b_b)},               \
      {"layers.%d.0.linear_out.weight", 2, {C, VALUES}, FIELD(o_w)},   \
      {"layers.%d.0.linear_out.bias", 1, {C}, FIELD(o_b)},             \
      {"layers.%d.2.weight", 1, {C}, FIELD(norm_gain)},                \
      {"layers.%d.2.bias", 1, {C}, FIELD(norm_bias)}
#define TRANSITION_ROWS(place, width)                                                           \
  {"layers.%d." place ".layers.0.linear_1.weight", 2, {width, width}, FIELD(t_w[0])},           \
      {"layers.%d." place ".layers.0.linear_1.bias", 1, {width}, FIELD(t_b[0])},                \
      {"layers.%d." place ".layers.0.linear_2.weight", 2, {width, width}, FIELD(t_w[1])},       \
      {"layers.%d." place ".layers.0.linear_2.bias", 1, {width}, FIELD(t_b[1])},                \
      {"layers.%d." place ".layers.0.linear_3.weight", 2, {width, width}, FIELD(t_w[2])},       \
      {"layers.%d." place ".layers.0.linear_3.bias", 1, {width}, FIELD(t_b[2])},                \
      {"layers.%d." place ".layer_norm.weight", 1, {width}, FIELD(t_gain)},                     \
      {"layers.%d." place ".layer_norm.bias", 1, {width}, FIELD(t_bias)}
const pleat_weight_row pleat_frame2seq_layer_rows[] = {ATTENTION_ROWS, TRANSITION_ROWS("3", C), {0}};
const pleat_weight_row pleat_frame2seq_wide_layer_rows[] = {
    ATTENTION_ROWS,
    TRANSITION_ROWS("4", WIDE),
    {"layers.%d.3.weight", 2, {WIDE, C}, FIELD(before_w)},
    {"layers.%d.3.bias", 1, {WIDE}, FIELD(before_b)},
    {"layers.%d.5.weight", 2, {C, WIDE}, FIELD(after_w)},
    {"layers.%d.5.bias", 1, {C}, FIELD(after_b)},
    {0}};
#undef FIELD

#define FIELD(member) offsetof(pleat_frame2seq_edge_tensors, member), false
#define EDGE_ROWS(place)                                                                \
  {"layers.%d." place ".initial_embed.weight", 2, {E, C}, FIELD(embed_w)},              \
      {"layers.%d." place ".initial_embed.bias", 1, {E}, FIELD(embed_b)},               \
      {"layers.%d." place ".trunk.0.weight", 2, {EDGE, EDGE}, FIELD(first_w)},          \
      {"layers.%d." place ".trunk.0.bias", 1, {EDGE}, FIELD(first_b)},                  \
      {"layers.%d." place ".trunk.2.weight", 2, {EDGE, EDGE}, FIELD(second_w)},         \
      {"layers.%d." place ".trunk.2.bias", 1, {EDGE}, FIELD(second_b)},                 \
      {"layers.%d." place ".final_layer.weight", 2, {Z, EDGE}, FIELD(final_w)},         \
      {"layers.%d." place ".final_layer.bias", 1, {Z}, FIELD(final_b)},                 \
      {"layers.%d." place ".layer_norm.weight", 1, {Z}, FIELD(gain)},                   \
      {"layers.%d." place ".layer_norm.bias", 1, {Z}, FIELD(bias)}, {0}
const pleat_weight_row pleat_frame2seq_edge_rows[] = {EDGE_ROWS("4")};
const pleat_weight_row pleat_frame2seq_wide_edge_rows[] = {EDGE_ROWS("6")};
#undef FIELD

/* ---- Packing ---- */

/* A matrix (out, in), of which a layer takes the `count` columns from `first` on. */
typedef struct columns {
  const float *matrix, *bias;
  int out, in, first, count;
} columns;

static pleat_status pack_columns(pleat_context *context, const columns *from, pleat_linear *linear) {
  float *turned;
  PLEAT_TRY(pleat_memory_take(context, (size_t)from->count * (size_t)from->out, sizeof *turned, &turned));
  for (int k = 0; k < from->count; k++)
    for (int o = 0; o < from->out; o++)
      turned[(size_t)k * (size_t)from->out + (size_t)o] = from->matrix[o * from->in + from->first + k];
  pleat_status status = pleat_linear_pack_parts(context, &(pleat_linear_part){turned, from->bias, from->out}, 1,
                                                from->count, linear);
  pleat_memory_release(context, turned);
  return status;
}

static pleat_status pack_attention(pleat_context *context, pleat_frame2seq_layer *layer) {
  const pleat_frame2seq_layer_tensors *t = &layer->tensors;
  for (int h = 0; h < H; h++) {
    double w = t->head_weights[h], softplus = w > 20 ? w : log1p(exp(w));
    layer->head_weight[h] = (float)(softplus * sqrt(1 / (3 * (P * 9.0 / 2))));
  }
  PLEAT_TRY(pleat_linear_pack(context, t->q_w, t->q_b, H * D, C, &layer->q));
  PLEAT_TRY(pleat_linear_pack(context, t->kv_w, t->kv_b, 2 * H * D, C, &layer->kv));
  PLEAT_TRY(pleat_linear_pack(context, t->qp_w, t->qp_b, 3 * H * P, C, &layer->qp));
  PLEAT_TRY(pleat_linear_pack(context, t->kvp_w, t->kvp_b, 3 * H * (P + W), C, &layer->kvp));
  PLEAT_TRY(pleat_linear_pack(context, t->b_w, t->b_b, H, Z, &layer->b));
  return pleat_linear_pack(context, t->o_w, t->o_b, C, VALUES, &layer->o);
}

static pleat_status pack_transition(pleat_context *context, pleat_frame2seq_layer *layer) {
  const pleat_frame2seq_layer_tensors *t = &layer->tensors;
  int width = t->before_w ? WIDE : C;
  for (int i = 0; i < 3; i++)
    PLEAT_TRY(pleat_linear_pack(context, t->t_w[i], t->t_b[i], width, width, &layer->transition[i]));
  if (!t->before_w) return PLEAT_OK;
  PLEAT_TRY(pleat_linear_pack(context, t->before_w, t->before_b, WIDE, C, &layer->before));
  return pleat_linear_pack(context, t->after_w, t->after_b, C, WIDE, &layer->after);
}

static pleat_status pack_edge(pleat_context *context, pleat_frame2seq_layer *layer) {
  const pleat_frame2seq_edge_tensors *e = &layer->edge;
  PLEAT_TRY(pleat_linear_pack(context, e->embed_w, e->embed_b, E, C, &layer->embed));
  PLEAT_TRY(pack_columns(context, &(columns){e->first_w, NULL, EDGE, EDGE, 0, Z}, &layer->first));
  PLEAT_TRY(pack_columns(context, &(columns){e->first_w, e->first_b, EDGE, EDGE, Z, E}, &layer->first_i));
  PLEAT_TRY(pack_columns(context, &(columns){e->first_w, NULL, EDGE, EDGE, Z + E, E}, &layer->first_j));
  PLEAT_TRY(pleat_linear_pack(context, e->second_w, e->second_b, EDGE, EDGE, &layer->second));
  return pleat_linear_pack(context, e->final_w, e->final_b, Z, EDGE, &layer->final);
}

/* What a given letter adds: the norm of its column; without one, the norm of zeros, which is its bias. */
static void fill_letters(const pleat_frame2seq_tensors *t, float *letters) {
  for (int letter = 0; letter < LETTERS; letter++) {
    double mean = 0, square = 0, x[C];
    for (int c = 0; c < C; c++) {
      x[c] = letter == PLEAT_TARGET_UNKNOWN ? 0 : (double)t->letter_w[c * LETTERS + letter] + t->letter_b[c];
      mean += x[c] / C;
    }
    for (int c = 0; c < C; c++) square += (x[c] - mean) * (x[c] - mean) / C;
    for (int c = 0; c < C; c++)
      letters[letter * C + c] =
          (float)((x[c] - mean) / sqrt(square + 1e-5) * t->letter_gain[c] + t->letter_bias[c]);
  }
}

static void fill_offsets(const pleat_frame2seq_tensors *t, float *offsets) {
  for (int offset = 0; offset < OFFSETS; offset++)
    for (int c = 0; c < Z; c++)
      offsets[offset * Z + c] = t->pair_w[c * (RADIAL + OFFSETS) + RADIAL + offset] + t->pair_b[c];
}

pleat_status pleat_frame2seq_pack(pleat_context *context, pleat_frame2seq_network *network) {
  const pleat_frame2seq_tensors *t = &network->tensors;
  PLEAT_TRY(pleat_memory_take(context, LETTERS * C + OFFSETS * Z, sizeof *network->letters, &network->letters));
  fill_letters(t, network->letters);
  fill_offsets(t, network->letters + LETTERS * C);
  PLEAT_TRY(pleat_linear_pack(context, t->single_w, t->single_b, C, SINGLE, &network->single));
  PLEAT_TRY(pack_columns(context, &(columns){t->pair_w, NULL, Z, RADIAL + OFFSETS, 0, RADIAL}, &network->radial));
  PLEAT_TRY(pleat_linear_pack(context, t->out_w, t->out_b, LETTERS, C, &network->out));
  for (int l = 0; l < LAYERS; l++) {
    PLEAT_TRY(pack_attention(context, &network->layers[l]));
    PLEAT_TRY(pack_transition(context, &network->layers[l]));
    if (network->layers[l].edge.embed_w) PLEAT_TRY(pack_edge(context, &network->layers[l]));
  }
  return PLEAT_OK;
}

void pleat_frame2seq_unload(pleat_context *context, pleat_frame2seq_network *network) {
  for (int l = 0; l < LAYERS; l++) {
    pleat_frame2seq_layer *a = &network->layers[l];
    pleat_linear *linears[] = {&a->q,      &a->kv,    &a->qp,    &a->kvp,   &a->b,       &a->o,
                               &a->before, &a->after, &a->embed, &a->first, &a->first_i, &a->first_j,
                               &a->second, &a->final, &a->transition[0], &a->transition[1], &a->transition[2]};
    for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) pleat_linear_free(context, linears[i]);
  }
  pleat_linear_free(context, &network->single);
  pleat_linear_free(context, &network->radial);
  pleat_linear_free(context, &network->out);
  pleat_memory_release(context, network->letters);
  network->letters = NULL;
}
