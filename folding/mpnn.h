/* ProteinMPNN and its sisters: an encoder of the backbone, a decoder of sequences in any order.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al. 2022 (ProteinMPNN), Goverde et al. 2024 (SolubleMPNN), Dauparas et al. 2025 (LigandMPNN, membrane
 * models). One struct for all of them: what a model lacks is not bound and stays NULL. */
#ifndef PLEAT_FOLDING_MPNN_H
#define PLEAT_FOLDING_MPNN_H

#include "folding/message_passing.h"
#include "folding/model.h"

enum {
  PLEAT_MPNN_LAYERS = 3, /* of the encoder, and of the decoder */
  PLEAT_MPNN_NEIGHBOURS = 48,
  PLEAT_MPNN_LIGAND_NEIGHBOURS = 32,
  PLEAT_MPNN_LIGAND_ATOMS = 25,
  PLEAT_MPNN_LETTERS = PLEAT_TARGET_LETTERS,
  PLEAT_MPNN_LABELS = 3
};

typedef struct pleat_mpnn_tensors {
  const float *letters;                                                   /* (21,C) W_s */
  const float *out_w, *out_b;                                             /* (21,C) */
  const float *label_w, *label_gain, *label_bias, *label_out_w, *label_out_b; /* (C,3), membrane models only */
} pleat_mpnn_tensors;

typedef struct pleat_mpnn {
  pleat_mpnn_tensors tensors;
  pleat_message_edges edges;
  pleat_message_layer encoder[PLEAT_MPNN_LAYERS], decoder[PLEAT_MPNN_LAYERS];
  pleat_message_context context; /* LigandMPNN only */
  pleat_linear out, label_out;
  int neighbours;
} pleat_mpnn;

/* The parts of a decoder layer's first linear. */
enum {
  PLEAT_MPNN_PART_NODE, PLEAT_MPNN_PART_EDGE, PLEAT_MPNN_PART_LETTER, PLEAT_MPNN_PART_NEIGHBOUR, PLEAT_MPNN_PARTS
};

/* A backbone ready for decoding: all that no sequence changes. Decoder layer l sees of a neighbour j the rows
 * edge[l](i,k) + earlier(j) when j comes before i in the order, edge[l](i,k) + encoded[l](j) when it does not. */
typedef struct pleat_mpnn_encoded {
  const pleat_mpnn *model;
  const pleat_backbone *backbone;
  pleat_message_graph graph;
  float *h;                          /* (L,C) the encoder's result, the decoder's first state */
  float *node;                       /* (L,C) of the first decoder layer */
  float *edge[PLEAT_MPNN_LAYERS];    /* (L,K,C) */
  float *encoded[PLEAT_MPNN_LAYERS]; /* (L,C) */
  float *letters[PLEAT_MPNN_LAYERS]; /* (21,C) what a letter adds */
} pleat_mpnn_encoded;

/* From the run's arena; the caller releases. */
void pleat_mpnn_encode(pleat_run *run, const pleat_mpnn *model, const pleat_backbone *backbone, pleat_mpnn_encoded *encoded);

/* Decoder layer l on M rows of residues, each with its own view of its neighbours: indices (M,K), -1: nothing.
 * h (M,C) <- layer(h). node (M,C) is what the layer makes of h, or NULL: made here. */
typedef struct pleat_mpnn_rows {
  int64_t count;
  const float *node, *mask;      /* (M,C), (M) */
  const int32_t *edge, *encoded; /* rows of edge[l], of encoded[l] */
  const int32_t *earlier;        /* rows of `states` */
  const float *states;           /* (any,C) of the neighbours that come before: projected, with their letter */
  const int32_t *other;          /* the same again, of other_states; or both NULL */
  const float *other_states;
} pleat_mpnn_rows;
void pleat_mpnn_decoder_forward(pleat_run *run, const pleat_mpnn_encoded *encoded, int layer, const pleat_mpnn_rows *rows,
                                float *h);

/* Decoding order of one sample: by (designed + 1e-4) |normal|, so fixed residues come first; tied positions together, when
 * the first of them comes up. order[step] and rank[residue] (L). `normals` (L) stored, or NULL: the stream's places 0..L-1.
 * group (L): each residue's tie group or -1, of pleat_mpnn_groups. free: no residue is fixed and none is tied. */
typedef struct pleat_mpnn_draws {
  pleat_random stream;
  const float *normals;
  bool free;
} pleat_mpnn_draws;
void pleat_mpnn_order(pleat_run *run, const pleat_backbone *backbone, const int32_t *group, const pleat_mpnn_draws *draws,
                      int32_t *order, int32_t *rank);
int32_t *pleat_mpnn_groups(pleat_run *run, const pleat_backbone *backbone);

/* The draws of the task's sample b; tied positions share the first stored order, as published. */
pleat_mpnn_draws pleat_mpnn_draws_of(const pleat_design_task *task, int64_t b);

/* log softmax of 21 logits. */
void pleat_mpnn_log_softmax(const float *logits, float *log_probs);

/* The design and score tasks of the family. */
void pleat_mpnn_design(pleat_run *run, const void *weights, const pleat_design_task *task);
void pleat_mpnn_score(pleat_run *run, const void *weights, const pleat_design_task *task);

/* ---- What the models' definitions share ---- */

pleat_status pleat_mpnn_pack(pleat_context *context, void *weights);
void pleat_mpnn_unload(pleat_context *context, void *weights);

extern const pleat_weight_row pleat_mpnn_model_rows[], pleat_mpnn_edge_rows[], pleat_mpnn_label_rows[],
    pleat_mpnn_context_out_rows[];

#define PLEAT_MPNN_PREFIX "model_state_dict." /* of the published files' names */
#define PLEAT_MPNN_TABLES                                                                                       \
  {pleat_mpnn_model_rows, 0, 1, PLEAT_MPNN_PREFIX, offsetof(pleat_mpnn, tensors), 0},                                          \
      {pleat_mpnn_edge_rows, 0, 1, PLEAT_MPNN_PREFIX, offsetof(pleat_mpnn, edges) + offsetof(pleat_message_edges, tensors), 0}, \
      {pleat_message_encoder_rows, 0, PLEAT_MPNN_LAYERS, PLEAT_MPNN_PREFIX, offsetof(pleat_mpnn, encoder),                     \
       sizeof(pleat_message_layer)},                                                                            \
  {                                                                                                             \
    pleat_message_decoder_rows, 0, PLEAT_MPNN_LAYERS, PLEAT_MPNN_PREFIX, offsetof(pleat_mpnn, decoder),                        \
        sizeof(pleat_message_layer)                                                                             \
  }

#define PLEAT_MPNN_NOTES                                                                                                 \
  "Tied positions get one letter drawn from their weighted logits and the last position's bias; a position that is fixed " \
  "keeps its own letter (in the published code it also forced that letter on the positions after it). Scores of single " \
  "residues are what their names say: with the sequence every residue is given all others, without it none; the published " \
  "single_aa_score has the two exchanged."

/* Settings of targets that all members heed, see pleat_model_def; a member adds its own behind. */
#define PLEAT_MPNN_HEEDS " symmetry_residues symmetry_weights homo_oligomer "

#define PLEAT_MPNN_TASKS                                                                                           \
  .pass_rows = 1, .weights_size = sizeof(pleat_mpnn), .pack = pleat_mpnn_pack, .unload = pleat_mpnn_unload,        \
  .design = {{{"S", 2, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH}},                                                 \
              {"log_probs", 3, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH, PLEAT_MPNN_LETTERS}},                     \
              {"sampling_probs", 3, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH, PLEAT_TARGET_DRAWN}},                \
              {"decoding_order", 2, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH}}},                                   \
             pleat_mpnn_design},                                                                                   \
  .score = {{{"logits", 3, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH, PLEAT_MPNN_LETTERS}},                         \
             {"log_probs", 3, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH, PLEAT_MPNN_LETTERS}},                      \
             {"decoding_order", 2, {PLEAT_SHAPE_SAMPLES, PLEAT_SHAPE_LENGTH}}},                                    \
            pleat_mpnn_score}

#endif
