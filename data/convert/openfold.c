/* OpenFold's names and AlphaFold's: one table, and the change of shape that each of its rows stands for.
 * SPDX-License-Identifier: MIT
 *
 * OpenFold keeps a linear layer as (out, in), AlphaFold as (in, out); AlphaFold gives heads an axis of their own and stacks
 * the blocks of a module along the first axis. Of triangle multiplication with incoming edges OpenFold calls a what AlphaFold
 * calls right. The facts are those of openfold/utils/import_weights.py (OpenFold 2.2). */
#include "data/convert/openfold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/weights_set.h"

#define PUBLISHED "alphafold/alphafold_iteration/"
#define FIRST "input_embedder.linear_tf_m.weight" /* every version has it */

enum { MAX_BLOCKS = 1024, TEMPLATE_HEADS = 4 };

/* ---- The table ---- */

/* How a layer's tensors change. Sizes: i in, o out, h heads. */
typedef enum layer_kind {
  LINEAR, /* weight (o,i) to (i,o) */
  NORM,   /* as it is */
  SPLIT,  /* heads among the outputs: (o,i) to (i,h,o/h), bias (o) to (h,o/h) */
  MERGE,  /* heads among the inputs: (o,i) to (h,i/h,o) */
  OUTER,  /* (o,c*c) to (c,c,o) */
  COLUMN, /* of one input: (o,1) to (o) */
  SWAP    /* as LINEAR, the two halves of the outputs exchanged */
} layer_kind;

/* Where a row holds. */
typedef enum layer_scope { ALWAYS, MONOMER, MULTIMER, FUSED, UNFUSED } layer_scope;

typedef struct layer_row {
  bool in_stack;
  layer_scope scope;
  layer_kind kind;
  const char *from;          /* OpenFold's module, without ".weight" */
  const char *weight, *bias; /* the published names; of blocks: behind the stack's; NULL: has none */
  const char *heads;         /* the module whose weight has as many rows as there are heads */
} layer_row;

#define LAYER(STACK, SCOPE, KIND, FROM, TO) {STACK, SCOPE, KIND, FROM, TO "//weights", TO "//bias", NULL}
#define LAYER_NORM(STACK, SCOPE, FROM, TO) {STACK, SCOPE, NORM, FROM, TO "//scale", TO "//offset", NULL}
#define TOP(FROM, TO) LAYER(false, ALWAYS, LINEAR, FROM, TO)
#define TOP_NORM(FROM, TO) LAYER_NORM(false, ALWAYS, FROM, TO)
#define BLOCK(FROM, TO) LAYER(true, ALWAYS, LINEAR, FROM, TO)
#define BLOCK_NORM(FROM, TO) LAYER_NORM(true, ALWAYS, FROM, TO)
#define BARE(FROM, TO) {true, ALWAYS, LINEAR, FROM, TO, NULL, NULL}

#define ATTENTION(FROM, TO, HEADS)                                                    \
  {true, ALWAYS, SPLIT, FROM ".linear_q", TO "/attention//query_w", NULL, HEADS},     \
  {true, ALWAYS, SPLIT, FROM ".linear_k", TO "/attention//key_w", NULL, HEADS},       \
  {true, ALWAYS, SPLIT, FROM ".linear_v", TO "/attention//value_w", NULL, HEADS},     \
  ATTENTION_ENDS(FROM, TO, HEADS)
#define ATTENTION_ENDS(FROM, TO, HEADS)                                                                        \
  {true, ALWAYS, SPLIT, FROM ".linear_g", TO "/attention//gating_w", TO "/attention//gating_b", HEADS},        \
  {true, ALWAYS, MERGE, FROM ".linear_o", TO "/attention//output_w", TO "/attention//output_b", HEADS}
#define TRANSITION(FROM, TO)                                                              \
  BLOCK_NORM(FROM ".layer_norm", TO "/input_layer_norm"), BLOCK(FROM ".linear_1", TO "/transition1"), \
  BLOCK(FROM ".linear_2", TO "/transition2")
#define TRIANGLE_ATTENTION(FROM, TO)                                                                     \
  BLOCK_NORM(FROM ".layer_norm", TO "/query_norm"), BARE(FROM ".linear", TO "//feat_2d_weights"),        \
  ATTENTION(FROM ".mha", TO, FROM ".linear")
#define TRIANGLE_PRODUCT(FROM, TO, A, B, AB)                                                                  \
  LAYER_NORM(true, UNFUSED, FROM ".layer_norm_in", TO "/layer_norm_input"),                                   \
  LAYER_NORM(true, UNFUSED, FROM ".layer_norm_out", TO "/center_layer_norm"),                                 \
  LAYER_NORM(true, FUSED, FROM ".layer_norm_in", TO "/left_norm_input"),                                      \
  LAYER_NORM(true, FUSED, FROM ".layer_norm_out", TO "/center_norm"),                                         \
  BLOCK(FROM ".linear_a_p", TO "/" A "_projection"), BLOCK(FROM ".linear_b_p", TO "/" B "_projection"),       \
  BLOCK(FROM ".linear_a_g", TO "/" A "_gate"), BLOCK(FROM ".linear_b_g", TO "/" B "_gate"),                   \
  LAYER(true, ALWAYS, AB, FROM ".linear_ab_p", TO "/projection"),                                             \
  LAYER(true, ALWAYS, AB, FROM ".linear_ab_g", TO "/gate"),                                                   \
  BLOCK(FROM ".linear_z", TO "/output_projection"), BLOCK(FROM ".linear_g", TO "/gating_linear")

#define ROW "msa_row_attention_with_pair_bias"
#define GLOBAL "msa_column_global_attention"
#define TEMPLATE "template_embedder.template_pair_embedder."
#define SINGLE_TEMPLATE "evoformer/template_embedding/single_template_embedding/"
#define FOLD "structure_module/fold_iteration/"
#define POINTS FOLD "invariant_point_attention/"
#define IPA "structure_module.ipa"
#define IPA_HEADS(FROM, TO) \
  {false, MULTIMER, SPLIT, IPA "." FROM, POINTS TO "//weights", POINTS TO "//bias", IPA}
#define POINTWISE "template_embedder.template_pointwise_att.mha."
#define POINTWISE_TO "evoformer/template_embedding/attention//"
#define TEMPLATE_ATTENTION(FROM, TO) {false, ALWAYS, SPLIT, POINTWISE FROM, POINTWISE_TO TO, NULL, NULL}

static const layer_row rows[] = {
    TOP("input_embedder.linear_tf_m", "evoformer/preprocess_1d"),
    TOP("input_embedder.linear_msa_m", "evoformer/preprocess_msa"),
    TOP("input_embedder.linear_tf_z_i", "evoformer/left_single"),
    TOP("input_embedder.linear_tf_z_j", "evoformer/right_single"),
    LAYER(false, MONOMER, LINEAR, "input_embedder.linear_relpos", "evoformer/pair_activiations"),
    LAYER(false, MULTIMER, LINEAR, "input_embedder.linear_relpos", "evoformer/~_relative_encoding/position_activations"),
    TOP("recycling_embedder.linear", "evoformer/prev_pos_linear"),
    TOP_NORM("recycling_embedder.layer_norm_m", "evoformer/prev_msa_first_row_norm"),
    TOP_NORM("recycling_embedder.layer_norm_z", "evoformer/prev_pair_norm"),
    TOP("extra_msa_embedder.linear", "evoformer/extra_msa_activations"),
    TOP("evoformer.linear", "evoformer/single_activations"),

    /* blocks, of the main stack, of the extra rows', of the templates' */
    BLOCK_NORM("msa_att_row.layer_norm_m", ROW "/query_norm"),
    BLOCK_NORM("msa_att_row.layer_norm_z", ROW "/feat_2d_norm"),
    BARE("msa_att_row.linear_z", ROW "//feat_2d_weights"),
    ATTENTION("msa_att_row.mha", ROW, "msa_att_row.linear_z"),
    BLOCK_NORM("msa_att_col._msa_att.layer_norm_m", "msa_column_attention/query_norm"),
    ATTENTION("msa_att_col._msa_att.mha", "msa_column_attention", "msa_att_row.linear_z"),
    BLOCK_NORM("msa_att_col.layer_norm_m", GLOBAL "/query_norm"),
    {true, ALWAYS, SPLIT, "msa_att_col.global_attention.linear_q", GLOBAL "/attention//query_w", NULL,
     "msa_att_row.linear_z"},
    BARE("msa_att_col.global_attention.linear_k", GLOBAL "/attention//key_w"), /* one head for all queries */
    BARE("msa_att_col.global_attention.linear_v", GLOBAL "/attention//value_w"),
    ATTENTION_ENDS("msa_att_col.global_attention", GLOBAL, "msa_att_row.linear_z"),
    TRANSITION("msa_transition", "msa_transition"),
    BLOCK_NORM("outer_product_mean.layer_norm", "outer_product_mean/layer_norm_input"),
    BLOCK("outer_product_mean.linear_1", "outer_product_mean/left_projection"),
    BLOCK("outer_product_mean.linear_2", "outer_product_mean/right_projection"),
    {true, ALWAYS, OUTER, "outer_product_mean.linear_out", "outer_product_mean//output_w", "outer_product_mean//output_b",
     NULL},
    TRIANGLE_PRODUCT("tri_mul_out", "triangle_multiplication_outgoing", "left", "right", LINEAR),
    TRIANGLE_PRODUCT("tri_mul_in", "triangle_multiplication_incoming", "right", "left", SWAP),
    TRIANGLE_ATTENTION("tri_att_start", "triangle_attention_starting_node"),
    TRIANGLE_ATTENTION("tri_att_end", "triangle_attention_ending_node"),
    TRANSITION("pair_transition", "pair_transition"),

    /* templates */
    TOP_NORM("template_embedder.template_pair_stack.layer_norm", SINGLE_TEMPLATE "output_layer_norm"),
    TOP(TEMPLATE "linear", SINGLE_TEMPLATE "embedding2d"),
    TEMPLATE_ATTENTION("linear_q", "query_w"),
    TEMPLATE_ATTENTION("linear_k", "key_w"),
    TEMPLATE_ATTENTION("linear_v", "value_w"),
    {false, ALWAYS, MERGE, POINTWISE "linear_o", POINTWISE_TO "output_w", POINTWISE_TO "output_b", NULL},
    TOP("template_embedder.template_single_embedder.linear_1", "evoformer/template_single_embedding"),
    TOP("template_embedder.template_single_embedder.linear_2", "evoformer/template_projection"),
    TOP("template_embedder.template_single_embedder.template_single_embedder", "evoformer/template_single_embedding"),
    TOP("template_embedder.template_single_embedder.template_projector", "evoformer/template_projection"),
    TOP_NORM(TEMPLATE "query_embedding_layer_norm", SINGLE_TEMPLATE "query_embedding_norm"),
    TOP(TEMPLATE "dgram_linear", SINGLE_TEMPLATE "template_pair_embedding_0"),
    LAYER(false, ALWAYS, COLUMN, TEMPLATE "pseudo_beta_mask_linear", SINGLE_TEMPLATE "template_pair_embedding_1"),
    TOP(TEMPLATE "aatype_linear_1", SINGLE_TEMPLATE "template_pair_embedding_2"),
    TOP(TEMPLATE "aatype_linear_2", SINGLE_TEMPLATE "template_pair_embedding_3"),
    LAYER(false, ALWAYS, COLUMN, TEMPLATE "x_linear", SINGLE_TEMPLATE "template_pair_embedding_4"),
    LAYER(false, ALWAYS, COLUMN, TEMPLATE "y_linear", SINGLE_TEMPLATE "template_pair_embedding_5"),
    LAYER(false, ALWAYS, COLUMN, TEMPLATE "z_linear", SINGLE_TEMPLATE "template_pair_embedding_6"),
    LAYER(false, ALWAYS, COLUMN, TEMPLATE "backbone_mask_linear", SINGLE_TEMPLATE "template_pair_embedding_7"),
    TOP(TEMPLATE "query_embedding_linear", SINGLE_TEMPLATE "template_pair_embedding_8"),
    TOP("template_embedder.linear_t", "evoformer/template_embedding/output_linear"),

    /* structure module */
    TOP_NORM("structure_module.layer_norm_s", "structure_module/single_layer_norm"),
    TOP_NORM("structure_module.layer_norm_z", "structure_module/pair_layer_norm"),
    TOP("structure_module.linear_in", "structure_module/initial_projection"),
    LAYER(false, MONOMER, LINEAR, IPA ".linear_q", POINTS "q_scalar"),
    LAYER(false, MONOMER, LINEAR, IPA ".linear_kv", POINTS "kv_scalar"),
    LAYER(false, MONOMER, LINEAR, IPA ".linear_q_points.linear", POINTS "q_point_local"),
    LAYER(false, MONOMER, LINEAR, IPA ".linear_q_points", POINTS "q_point_local"), /* before OpenFold 2 */
    LAYER(false, MONOMER, LINEAR, IPA ".linear_kv_points.linear", POINTS "kv_point_local"),
    LAYER(false, MONOMER, LINEAR, IPA ".linear_kv_points", POINTS "kv_point_local"),
    IPA_HEADS("linear_q", "q_scalar_projection"),
    IPA_HEADS("linear_k", "k_scalar_projection"),
    IPA_HEADS("linear_v", "v_scalar_projection"),
    IPA_HEADS("linear_q_points.linear", "q_point_projection/point_projection"),
    IPA_HEADS("linear_k_points.linear", "k_point_projection/point_projection"),
    IPA_HEADS("linear_v_points.linear", "v_point_projection/point_projection"),
    {false, ALWAYS, NORM, IPA, POINTS "/trainable_point_weights", NULL, NULL}, /* head_weights */
    TOP(IPA ".linear_b", POINTS "attention_2d"),
    TOP(IPA ".linear_out", POINTS "output_projection"),
    TOP_NORM("structure_module.layer_norm_ipa", FOLD "attention_layer_norm"),
    TOP("structure_module.transition.layers.0.linear_1", FOLD "transition"),
    TOP("structure_module.transition.layers.0.linear_2", FOLD "transition_1"),
    TOP("structure_module.transition.layers.0.linear_3", FOLD "transition_2"),
    TOP_NORM("structure_module.transition.layer_norm", FOLD "transition_layer_norm"),
    LAYER(false, MONOMER, LINEAR, "structure_module.bb_update.linear", FOLD "affine_update"),
    LAYER(false, MULTIMER, LINEAR, "structure_module.bb_update.linear", FOLD "quat_rigid/rigid"),
    TOP("structure_module.angle_resnet.linear_in", FOLD "rigid_sidechain/input_projection"),
    TOP("structure_module.angle_resnet.linear_initial", FOLD "rigid_sidechain/input_projection_1"),
    TOP("structure_module.angle_resnet.layers.0.linear_1", FOLD "rigid_sidechain/resblock1"),
    TOP("structure_module.angle_resnet.layers.0.linear_2", FOLD "rigid_sidechain/resblock2"),
    TOP("structure_module.angle_resnet.layers.1.linear_1", FOLD "rigid_sidechain/resblock1_1"),
    TOP("structure_module.angle_resnet.layers.1.linear_2", FOLD "rigid_sidechain/resblock2_1"),
    TOP("structure_module.angle_resnet.linear_out", FOLD "rigid_sidechain/unnormalized_angles"),

    /* heads */
    TOP_NORM("aux_heads.plddt.layer_norm", "predicted_lddt_head/input_layer_norm"),
    TOP("aux_heads.plddt.linear_1", "predicted_lddt_head/act_0"),
    TOP("aux_heads.plddt.linear_2", "predicted_lddt_head/act_1"),
    TOP("aux_heads.plddt.linear_3", "predicted_lddt_head/logits"),
    TOP("aux_heads.distogram.linear", "distogram_head/half_logits"),
    TOP("aux_heads.masked_msa.linear", "masked_msa_head/logits"),
    TOP("aux_heads.experimentally_resolved.linear", "experimentally_resolved_head/logits"),
    TOP("aux_heads.tm.linear", "predicted_aligned_error_head/logits"),
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct {
  const char *from, *to;
  layer_scope scope;
} stacks[] = {
    {"evoformer.blocks.", "evoformer/evoformer_iteration/", ALWAYS},
    {"extra_msa_stack.blocks.", "evoformer/extra_msa_stack/", ALWAYS},
    {"template_embedder.template_pair_stack.blocks.", SINGLE_TEMPLATE "template_pair_stack/__layer_stack_no_state/", MONOMER},
    {"template_embedder.template_pair_stack.blocks.", SINGLE_TEMPLATE "template_embedding_iteration/", MULTIMER},
};
enum { STACKS = sizeof stacks / sizeof *stacks };

/* ---- Recognising names ---- */

/* One tensor of the file and what it is. */
typedef struct part {
  const pleat_tensor *tensor;
  const layer_row *row;
  bool is_bias, done;
  int stack, block; /* stack -1: of no stack, block 0 */
} part;

typedef struct renaming {
  const pleat_weights *from;
  pleat_weights *to;
  pleat_context *context;
  const char *prefix; /* of the names that count */
  size_t prefix_length;
  bool multimer, fused;
  part *parts;
  size_t count, capacity;
} renaming;

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static bool ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* What stands before the network's names: "", "model.", "ema.params." of averaged weights, which come first. */
static bool find_prefix(const pleat_weights *weights, const char **prefix, size_t *length) {
  bool found = false;
  for (size_t i = 0; i < pleat_weights_count(weights); i++) {
    const char *name = pleat_weights_name(weights, i);
    size_t before = ends_with(name, FIRST) ? strlen(name) - strlen(FIRST) : 0;
    if (!ends_with(name, FIRST) || (before && name[before - 1] != '.')) continue;
    if (found && !starts_with(name, "ema.")) continue;
    *prefix = name;
    *length = before;
    found = true;
  }
  return found;
}

bool pleat_openfold_is(const pleat_weights *weights) {
  const char *prefix;
  size_t length;
  return find_prefix(weights, &prefix, &length);
}

static bool holds(layer_scope scope, const renaming *r) {
  switch (scope) {
    case MONOMER: return !r->multimer;
    case MULTIMER: return r->multimer;
    case FUSED: return r->fused;
    case UNFUSED: return !r->fused;
    default: return true;
  }
}

/* The name as OpenFold 2 has it; versions before had templates' modules at the top, one of them named otherwise. */
static void modernise(const char *name, char *text, size_t size) {
  static const char old[] = "template_angle_embedder.";
  if (starts_with(name, old))
    snprintf(text, size, "template_embedder.template_single_embedder.%s", name + strlen(old));
  else if (starts_with(name, "template_") && !starts_with(name, "template_embedder."))
    snprintf(text, size, "template_embedder.%s", name);
  else
    snprintf(text, size, "%s", name);
}

/* Takes the stack and "7." off the front of a name, and the folder that some versions put around parts of a block. */
static const char *take_stack(const renaming *r, const char *name, part *p) {
  p->stack = -1;
  p->block = 0;
  for (int s = 0; s < STACKS; s++) {
    char *end;
    if (!starts_with(name, stacks[s].from) || !holds(stacks[s].scope, r)) continue;
    const char *digits = name + strlen(stacks[s].from);
    long block = *digits >= '0' && *digits <= '9' ? strtol(digits, &end, 10) : -1;
    if (block < 0 || block >= MAX_BLOCKS || *end != '.') continue;
    p->stack = s;
    p->block = (int)block;
    name = end + 1;
    if (starts_with(name, "core.")) return name + strlen("core.");
    return starts_with(name, "pair_stack.") ? name + strlen("pair_stack.") : name;
  }
  return name;
}

/* Fills in what `name` stands for; false when it is not in the table. */
static bool recognise(const renaming *r, const char *name, part *p) {
  char text[PLEAT_WEIGHTS_MAX_NAME + 64];
  modernise(name, text, sizeof text);
  const char *module = take_stack(r, text, p), *ending = strrchr(module, '.');
  if (!ending) return false;
  size_t length = (size_t)(ending - module);
  bool is_bias = strcmp(ending, ".bias") == 0;
  if (!is_bias && strcmp(ending, ".weight") != 0 && strcmp(ending, ".head_weights") != 0) return false;
  for (int i = 0; i < ROWS; i++) {
    const layer_row *row = &rows[i];
    if (row->in_stack != (p->stack >= 0) || !holds(row->scope, r)) continue;
    if (strncmp(row->from, module, length) != 0 || row->from[length] || (is_bias && !row->bias)) continue;
    p->row = row;
    p->is_bias = is_bias;
    return true;
  }
  return false;
}

/* Tables that some versions keep among the weights, which are the same in every file. */
static bool is_constant(const char *name) {
  static const char *const names[] = {"default_frames", "group_idx", "atom_mask", "lit_positions"};
  static const char module[] = "structure_module.";
  for (size_t i = 0; starts_with(name, module) && i < sizeof names / sizeof *names; i++)
    if (strcmp(name + strlen(module), names[i]) == 0) return true;
  return false;
}

static pleat_status collect(renaming *r) {
  for (size_t i = 0; i < pleat_weights_count(r->from); i++) {
    const char *name = pleat_weights_name(r->from, i);
    part p = {.tensor = pleat_weights_tensor(r->from, i)};
    if (strncmp(name, r->prefix, r->prefix_length) != 0 || is_constant(name + r->prefix_length)) continue;
    PLEAT_CHECK(r->context, recognise(r, name + r->prefix_length, &p), PLEAT_ERROR_SHAPE,
                "%s: is named as OpenFold does, but AlphaFold 2 has no place for its tensor '%s'",
                pleat_weights_path(r->from), name);
    PLEAT_CHECK(r->context, p.tensor->dtype == PLEAT_DTYPE_F32, PLEAT_ERROR_SHAPE,
                "%s: tensor '%s' has %s, the model wants float32", pleat_weights_path(r->from), name,
                pleat_dtype_name(p.tensor->dtype));
    PLEAT_TRY(pleat_memory_grow(r->context, &r->parts, &r->capacity, r->count + 1, sizeof *r->parts));
    r->parts[r->count++] = p;
  }
  return PLEAT_OK;
}

/* ---- Shapes ---- */

static bool is_same_place(const part *a, const part *b) {
  return a->row == b->row && a->is_bias == b->is_bias && a->stack == b->stack;
}

/* Rows of the weight that tells the heads of this part. */
static int64_t count_heads(const renaming *r, const part *p) {
  if (!p->row->heads) return TEMPLATE_HEADS;
  for (size_t i = 0; i < r->count; i++) {
    const part *other = &r->parts[i];
    if (other->stack == p->stack && other->block == p->block && !other->is_bias && other->tensor->rank > 0 &&
        strcmp(other->row->from, p->row->heads) == 0)
      return other->tensor->shape[0];
  }
  return 0;
}

/* Side of a square; 0: it is none. */
static int64_t root_of(int64_t square) {
  int64_t side = 1;
  while (side * side < square) side++;
  return side * side == square ? side : 0;
}

/* The published shape of one block's tensor; false when this tensor cannot have it. */
static bool shape_of(const renaming *r, const part *p, pleat_tensor *to) {
  const pleat_tensor *from = p->tensor;
  layer_kind kind = p->row->kind;
  bool vector = p->is_bias || kind == NORM;
  int64_t o = from->shape[0], i = from->shape[1], h = 1, c = 1;
  *to = (pleat_tensor){.dtype = PLEAT_DTYPE_F32};
  if (from->rank != (vector ? 1 : 2) || o < 1 || (!vector && i < 1)) return false;
  if (kind == SPLIT || (kind == MERGE && !vector)) h = count_heads(r, p);
  if (kind == OUTER && !vector) c = root_of(i);
  if (h < 1 || c < 1 || (kind == SPLIT ? o : i) % h || (kind == COLUMN && !vector && i != 1)) return false;
  if (kind == SWAP && o % 2) return false;
#define SHAPE(RANK, ...) *to = (pleat_tensor){.dtype = PLEAT_DTYPE_F32, .rank = RANK, .shape = {__VA_ARGS__}}
  if (kind == SPLIT && vector) SHAPE(2, h, o / h);
  else if (vector || kind == COLUMN) SHAPE(1, o);
  else if (kind == SPLIT) SHAPE(3, i, h, o / h);
  else if (kind == MERGE) SHAPE(3, h, i / h, o);
  else if (kind == OUTER) SHAPE(3, c, c, o);
  else SHAPE(2, i, o);
#undef SHAPE
  return true;
}

/* One block's numbers to their place: transposed, and the halves of the outputs exchanged where the table says so. */
static void place_numbers(const part *p, float *to) {
  const pleat_tensor *from = p->tensor;
  const float *numbers = from->data;
  int64_t o = from->shape[0], i = from->rank == 2 ? from->shape[1] : 1, half = p->row->kind == SWAP ? o / 2 : 0;
  for (int64_t row = 0; row < o; row++) {
    int64_t column = row < half ? row + half : row - half;
    for (int64_t k = 0; k < i; k++) to[k * o + column] = numbers[row * i + k];
  }
}

/* ---- Assembling ---- */

static pleat_status complain(const renaming *r, const part *p, const char *what) {
  char shape[100];
  return pleat_status_fail(
      r->context, PLEAT_ERROR_SHAPE, "%s: tensor '%s.%s' of OpenFold's names, block %d, %s (it has %s)",
      pleat_weights_path(r->from), p->row->from, p->is_bias ? "bias" : "weight", p->block, what,
      pleat_tensor_describe(p->tensor->rank, p->tensor->shape, shape, sizeof shape));
}

/* Which part is each block of the one that `first` begins; all must be there, once, and shaped alike. */
static pleat_status find_blocks(renaming *r, const part *first, const part *blocks[MAX_BLOCKS], int *count) {
  int last = -1;
  memset(blocks, 0, MAX_BLOCKS * sizeof *blocks);
  for (size_t i = 0; i < r->count; i++) {
    part *p = &r->parts[i];
    if (!is_same_place(p, first)) continue;
    p->done = true;
    if (blocks[p->block]) return complain(r, p, "is there twice");
    blocks[p->block] = p;
    if (p->block > last) last = p->block;
  }
  *count = last + 1;
  for (int b = 0; b <= last; b++) {
    if (!blocks[b]) return complain(r, first, "is there in some blocks of its stack, but not in all");
    if (blocks[b]->tensor->rank != first->tensor->rank ||
        memcmp(blocks[b]->tensor->shape, first->tensor->shape, (size_t)first->tensor->rank * sizeof(int64_t)) != 0)
      return complain(r, blocks[b], "is shaped otherwise than in other blocks");
  }
  return PLEAT_OK;
}

static pleat_status assemble(renaming *r, const part *first, const part *const *blocks, int count) {
  char name[PLEAT_WEIGHTS_MAX_NAME];
  pleat_tensor one, all;
  void *owned;
  size_t bytes;
  if (!shape_of(r, first, &one)) return complain(r, first, "does not have the shape that AlphaFold 2 needs");
  all = one;
  if (first->stack >= 0) {
    all.rank = one.rank + 1;
    all.shape[0] = count;
    memcpy(all.shape + 1, one.shape, (size_t)one.rank * sizeof *one.shape);
  }
  if (!pleat_tensor_bytes(all.dtype, all.rank, all.shape, &bytes)) return complain(r, first, "is too large");
  PLEAT_TRY(pleat_weights_take_data(r->context, bytes, &owned, &all.data));
  for (int b = 0; b < count; b++) place_numbers(blocks[b], (float *)all.data + (size_t)b * pleat_tensor_count(&one));
  snprintf(name, sizeof name, PUBLISHED "%s%s", first->stack < 0 ? "" : stacks[first->stack].to,
           first->is_bias ? first->row->bias : first->row->weight);
  pleat_status status = pleat_weights_append(r->to, name, &all, owned);
  if (status) pleat_memory_release(r->context, owned);
  return status;
}

static pleat_status assemble_all(renaming *r) {
  const part *blocks[MAX_BLOCKS];
  int count = 0;
  for (size_t i = 0; i < r->count; i++) {
    if (r->parts[i].done) continue;
    PLEAT_TRY(find_blocks(r, &r->parts[i], blocks, &count));
    PLEAT_TRY(assemble(r, &r->parts[i], blocks, count));
  }
  return PLEAT_OK;
}

pleat_status pleat_openfold_rename(const pleat_weights *from, pleat_weights *to) {
  renaming r = {.from = from, .to = to, .context = to->context};
  find_prefix(from, &r.prefix, &r.prefix_length);
  for (size_t i = 0; i < pleat_weights_count(from); i++) {
    const char *name = pleat_weights_name(from, i);
    r.multimer = r.multimer || ends_with(name, IPA ".linear_k.weight");
    r.fused = r.fused || ends_with(name, ".linear_ab_p.weight");
  }
  pleat_status status = collect(&r);
  if (!status) status = assemble_all(&r);
  pleat_memory_release(r.context, r.parts);
  return status;
}
