/* Blocks shared by models that pass messages between residues: ProteinMPNN, its sisters, the side-chain packer.
 * SPDX-License-Identifier: MIT
 *
 * Dauparas et al. 2022 (ProteinMPNN) and 2025 (LigandMPNN). L residues, K neighbours, C = 128 channels, N nodes of any
 * kind. Layers norm with epsilon 1e-5, GELU is exact. Arrays that a function here makes come from the run's arena and
 * stay until the caller releases his mark. */
#ifndef PLEAT_FOLDING_MESSAGE_PASSING_H
#define PLEAT_FOLDING_MESSAGE_PASSING_H

#include "folding/target.h"
#include "lib/op.h"
#include "lib/weights.h"

enum {
  PLEAT_MESSAGE_C = 128,
  PLEAT_MESSAGE_WIDE = 512,   /* of the transition */
  PLEAT_MESSAGE_PARTS = 4,    /* of a message's input, each C wide */
  PLEAT_MESSAGE_RBF = 16,     /* gaussians of a distance */
  PLEAT_MESSAGE_OFFSETS = 66, /* -32..32 along the chain, and other chain */
  PLEAT_MESSAGE_ATOMS = 5,    /* N CA C O CB */
  PLEAT_MESSAGE_PAIRS = 25,
  PLEAT_MESSAGE_EDGE = PLEAT_MESSAGE_RBF + PLEAT_MESSAGE_PAIRS * PLEAT_MESSAGE_RBF, /* 416 */
  PLEAT_MESSAGE_ELEMENTS = 120,
  PLEAT_MESSAGE_TYPE = PLEAT_MESSAGE_ELEMENTS + 19 + 8, /* element, group, period */
  PLEAT_MESSAGE_TYPE_NARROW = 64,
  PLEAT_MESSAGE_CONTEXT = PLEAT_MESSAGE_ATOMS * PLEAT_MESSAGE_RBF + PLEAT_MESSAGE_TYPE_NARROW + 4 /* 148 */
};

/* ---- The graph ---- */

/* Each residue's K nearest by CA, itself first, equal distances by index. */
typedef struct pleat_message_graph {
  int64_t length;
  int neighbours;  /* K = min(wanted, L) */
  int32_t *index;  /* (L,K) */
  float *distance; /* (L,K) angstrom; where a residue is missing, the row's greatest */
  float *mask;     /* (L,K) 1 where both are there */
  float *count;    /* (L) of neighbours that are there */
} pleat_message_graph;

/* atoms (L,5,3) from x (L,4,3) N CA C O: with CB where it would be of an ideal residue. */
float *pleat_message_place_atoms(pleat_run *run, int64_t length, const float *x);
void pleat_message_graph_make(pleat_run *run, int64_t length, int neighbours, const float *atoms, const float *mask,
                              pleat_message_graph *graph);

/* ---- Edge features ---- */

typedef struct pleat_message_edge_tensors {
  const float *offset_w, *offset_b; /* (16,66) */
  const float *embed_w;             /* (C,416) */
  const float *norm_gain, *norm_bias;
  const float *out_w, *out_b;       /* (C,C) W_e */
} pleat_message_edge_tensors;

/* Before packing the model sets `pairs` (25 pairs of atoms, place in N CA C O CB: of the residue, of the neighbour), the
 * range of the gaussians' centres, and whether the first pair's distance is the graph's own. */
typedef struct pleat_message_edges {
  pleat_message_edge_tensors tensors;
  const unsigned char (*pairs)[2];
  float nearest, farthest;
  bool first_of_graph;
  float centre[PLEAT_MESSAGE_RBF];
  pleat_linear embed, out;
} pleat_message_edges;

pleat_status pleat_message_edges_pack(pleat_context *context, pleat_message_edges *edges);
void pleat_message_edges_free(pleat_context *context, pleat_message_edges *edges);

/* h_E (L,K,C) = W_e(norm(embed([offset 16 | 25 x 16 gaussians]))). */
void pleat_message_edges_forward(pleat_run *run, const pleat_message_edges *edges, const pleat_message_graph *graph,
                                 const float *atoms, const pleat_backbone *backbone, float *h_e);

/* ---- Layers ---- */

typedef struct pleat_message_tensors {
  const float *w1, *b1, *w2, *b2, *w3, *b3;                               /* w1 (C, parts C) */
  const float *edge_w1, *edge_b1, *edge_w2, *edge_b2, *edge_w3, *edge_b3; /* of the encoder's second message */
  const float *norm1_gain, *norm1_bias, *norm2_gain, *norm2_bias, *norm3_gain, *norm3_bias;
  const float *in_w, *in_b, *out_w, *out_b;                               /* transition C, 512, C */
} pleat_message_tensors;

/* The three linears of one message, the first split into its input's parts. */
typedef struct pleat_message_net {
  int parts;
  pleat_linear part[PLEAT_MESSAGE_PARTS]; /* part[0], with b1, is the node itself */
  pleat_linear middle, out;               /* out: w3 / scale, where there is a scale without its bias */
  float *out_bias;                        /* (C) b3 / scale; owned */
} pleat_message_net;

typedef struct pleat_message_layer {
  pleat_message_tensors tensors;
  pleat_message_net node, edge; /* edge: encoder layers only */
  pleat_linear wide, narrow;
} pleat_message_layer;

/* encoder_layers.%d (3 parts: node, edge, neighbour), decoder_layers.%d (4), context_encoder_layers.%d (3) and
 * y_context_encoder_layers.%d (2): rows of pleat_message_tensors. */
extern const pleat_weight_row pleat_message_encoder_rows[], pleat_message_decoder_rows[], pleat_message_context_layer_rows[],
    pleat_message_y_layer_rows[];

/* `parts` of w1; the edge message is packed where its tensors are bound. */
pleat_status pleat_message_layer_pack(pleat_context *context, int parts, pleat_message_layer *layer);
void pleat_message_layer_free(pleat_context *context, pleat_message_layer *layer);

/* A part of a message's input: rows (N K,C), one an edge, without index; else rows (count,C), taken by index (N,K). */
typedef struct pleat_message_input {
  const float *rows; /* NULL ends the list */
  const int32_t *index;
  int64_t count;
} pleat_message_input;

typedef struct pleat_message_pass {
  int64_t nodes;
  int neighbours;
  const float *edge_mask, *edge_count; /* (N,K) and its sum over K (N); both NULL: all neighbours count */
  const float *mask;                   /* (N), multiplies the result; NULL: all 1 */
  pleat_message_input input[PLEAT_MESSAGE_PARTS - 1]; /* after the node itself, in the order of w1's columns */
} pleat_message_pass;

/* h (N,C) <- layer(h). Inputs may be h itself, taken by index. */
void pleat_message_layer_forward(pleat_run *run, const pleat_message_layer *layer, const pleat_message_pass *pass, float *h);

/* An encoder layer: h (L,C), then h_e (L,K,C), from each other. */
void pleat_message_encoder_forward(pleat_run *run, const pleat_message_layer *layer, const pleat_message_graph *graph,
                                   const float *mask, float *h, float *h_e);

/* The end of a layer on rows of any nodes: h (M,C) <- norm2(x + transition(x)) mask, x = norm1(h + (W3 sum + count b3)
 * / scale). count NULL: `neighbours` everywhere. */
typedef struct pleat_message_rows {
  int64_t rows;
  int neighbours;
  const float *sum, *count, *mask; /* (M,C), (M), (M) */
} pleat_message_rows;
void pleat_message_update(pleat_run *run, const pleat_message_layer *layer, const pleat_message_rows *rows, float *h);

/* ---- Context: atoms that are no protein ---- */

/* For each residue its A nearest context atoms, nearest first. */
typedef struct pleat_message_atoms {
  int count;        /* A */
  float *x;         /* (L,A,3) */
  int32_t *element; /* (L,A) */
  float *mask;      /* (L,A) 0 where there is none */
} pleat_message_atoms;

/* By the distance to the (virtual) CB. Without `backbone->atom_context` no atom of the context is seen. */
void pleat_message_atoms_find(pleat_run *run, const pleat_backbone *backbone, const float *atoms, int count,
                              pleat_message_atoms *found);

/* Adds the side chains of fixed residues among the first 16 neighbours, and keeps the nearest of both. */
void pleat_message_atoms_add_side_chains(pleat_run *run, const pleat_backbone *backbone, const pleat_message_graph *graph,
                                         const float *atoms, pleat_message_atoms *found);

typedef struct pleat_message_context_tensors {
  const float *type_w, *type_b;       /* (64,147) */
  const float *edge_w, *edge_b;       /* (C,148) node_project_down: residue and atom */
  const float *edge_gain, *edge_bias; /* norm_nodes */
  const float *out_w, *out_b;         /* (C,C) of that edge: W_v, in the packer W_e_context */
  const float *y_node_w, *y_edge_w;   /* (C,147), (C,16) */
  const float *y_node_gain, *y_node_bias, *y_edge_gain, *y_edge_bias;
  const float *y_node_out_w, *y_node_out_b, *y_edge_out_w, *y_edge_out_b; /* W_nodes_y, W_edges_y */
  const float *start_w, *start_b;     /* W_c */
  const float *end_w, *end_gain, *end_bias; /* V_C, V_C_norm */
} pleat_message_context_tensors;

enum { PLEAT_MESSAGE_CONTEXT_LAYERS = 2 };

typedef struct pleat_message_context {
  pleat_message_context_tensors tensors;
  pleat_message_layer layers[PLEAT_MESSAGE_CONTEXT_LAYERS], y_layers[PLEAT_MESSAGE_CONTEXT_LAYERS];
  float nearest, farthest;     /* of the gaussians; the model sets them before packing */
  float centre[PLEAT_MESSAGE_RBF];
  float *types;                /* owned: of each element type_linear's (64), then y_nodes' (C) */
  pleat_linear edge, edge_out, y_edge, y_edge_out, y_node_out, start, end;
} pleat_message_context;

/* All tensors but out_w and out_b, whose name differs; the layers have tables of their own (above). */
extern const pleat_weight_row pleat_message_context_rows[];

pleat_status pleat_message_context_pack(pleat_context *context, pleat_message_context *c);
void pleat_message_context_free(pleat_context *context, pleat_message_context *c);

/* h (L,C) += V_C_norm(V_C h_C), h_C the two context layers' result. atoms (L,5,3); mask (L). */
void pleat_message_context_forward(pleat_run *run, const pleat_message_context *c, const pleat_message_atoms *found,
                                   const float *atoms, const pleat_backbone *backbone, float *h);

#endif
