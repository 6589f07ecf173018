/* Templates in the network; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/alphafold_template.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "data/residue.h"
#include "folding/template_features.h"
#include "geometry/rigid.h"
#include "lib/memory.h"
#include "lib/team.h"
#include "lib/trace.h"

#define EMBEDDING "template_embedding/"
#define SINGLE EMBEDDING "single_template_embedding/"

enum {
  BINS = 39, /* of distances; what follows them among the monomer's 88 features: */
  BETA_PRESENT = BINS,
  TYPE_J = BETA_PRESENT + 1,
  TYPE_I = TYPE_J + PLEAT_TEMPLATE_TYPES,
  DIRECTION = TYPE_I + PLEAT_TEMPLATE_TYPES, /* unused by the published models */
  BACKBONE_PRESENT = DIRECTION + 3,
  FEATURES = BACKBONE_PRESENT + 1,
  MAX_BLOCKS = 64
};
enum { PART_DISTANCE, PART_BETA, PART_TYPE_J, PART_TYPE_I, PART_X, PART_Y, PART_Z, PART_BACKBONE, PART_QUERY };
enum { C = -1, H = -2, D = -3, Z = -4 };

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- Loading ---- */

#define ROW(name, field, rank, ...) {name, rank, {__VA_ARGS__}, offsetof(pleat_alphafold_template, field), false}
static const pleat_weight_row attention_table[] = {
  ROW("//query_w", q_w, 3, Z, H, D), ROW("//key_w", k_w, 3, C, H, D), ROW("//value_w", v_w, 3, C, H, D),
  ROW("//output_w", out_w, 3, H, D, Z), ROW("//output_b", out_b, 1, Z), {0}};
#undef ROW

bool pleat_alphafold_template_is(const pleat_weight_scope *scope) {
  return pleat_weights_scope_has(scope, "template_projection//weights");
}

static pleat_status load_monomer(pleat_context *context, const pleat_weight_scope *scope, pleat_alphafold_template *t) {
  int64_t letters[8] = {0};
  PLEAT_TRY(pleat_dense_load(context, scope, SINGLE "embedding2d", FEATURES, 0, &t->pair));
  letters[0] = t->pair.linear.out;
  PLEAT_TRY(pleat_weights_bind_scope(context, scope, EMBEDDING "attention", attention_table, letters, t));
  t->heads = (int)letters[1];
  t->width = (int)letters[2];
  int inner = t->heads * t->width, c = (int)letters[0], z = (int)letters[3];
  const pleat_linear_part q = {t->q_w, NULL, inner}, out = {t->out_w, t->out_b, z};
  const pleat_linear_part kv[] = {{t->k_w, NULL, inner}, {t->v_w, NULL, inner}};
  PLEAT_TRY(pleat_linear_pack_parts(context, &q, 1, z, &t->q));
  PLEAT_TRY(pleat_linear_pack_parts(context, kv, 2, c, &t->kv));
  return pleat_linear_pack_parts(context, &out, 1, inner, &t->out);
}

static pleat_status load_multimer(pleat_context *context, const pleat_weight_scope *scope,
                                  pleat_alphafold_template *t) {
  static const int inputs[PLEAT_TEMPLATE_PARTS] = {BINS, 1, PLEAT_TEMPLATE_TYPES, PLEAT_TEMPLATE_TYPES, 1, 1, 1, 1, 0};
  int c = 0;
  for (int i = 0; i < PLEAT_TEMPLATE_PARTS; i++) {
    char name[100];
    snprintf(name, sizeof name, SINGLE "template_pair_embedding_%d", i);
    PLEAT_TRY(pleat_dense_load(context, scope, name, inputs[i], c, &t->parts[i]));
    c = t->parts[0].linear.out;
  }
  int z = t->parts[PART_QUERY].linear.in;
  PLEAT_TRY(pleat_norm_load(context, scope, SINGLE "query_embedding_norm", z, &t->query_norm));
  return pleat_dense_load(context, scope, EMBEDDING "output_linear", c, z, &t->output);
}

static pleat_status load_blocks(pleat_context *context, const pleat_weight_scope *scope, pleat_alphafold_template *t) {
  char prefix[200], name[240];
  snprintf(prefix, sizeof prefix, "%s%s", scope->prefix,
           t->multimer ? SINGLE "template_embedding_iteration/" : SINGLE "template_pair_stack/__layer_stack_no_state/");
  snprintf(name, sizeof name, "%spair_transition/transition1//bias", prefix);
  const pleat_tensor *tensor = pleat_weights_find(scope->weights, name);
  int count = tensor && tensor->rank == 2 ? (int)lesser(tensor->shape[0], MAX_BLOCKS + 1) : 0;
  PLEAT_CHECK(context, count > 0 && count <= MAX_BLOCKS, PLEAT_ERROR_SHAPE, "%s: no blocks of templates under %s",
              pleat_weights_path(scope->weights), prefix);
  PLEAT_TRY(pleat_memory_take(context, (size_t)count, sizeof *t->blocks, &t->blocks));
  for (int b = 0; b < count; b++) {
    const pleat_weight_scope block = {scope->weights, prefix, b};
    t->block_count = b + 1;
    PLEAT_TRY(pleat_pair_block_load(context, &block, &t->blocks[b]));
    PLEAT_CHECK(context, t->blocks[b].transition.channels == t->output_norm.channels, PLEAT_ERROR_SHAPE,
                "%s: blocks of templates differ in width from their embedding", pleat_weights_path(scope->weights));
  }
  return PLEAT_OK;
}

pleat_status pleat_alphafold_template_load(pleat_context *context, const pleat_weight_scope *scope, bool multimer,
                                           pleat_alphafold_template *t) {
  *t = (pleat_alphafold_template){.multimer = multimer};
  int features = multimer ? PLEAT_TEMPLATE_MULTIMER_FEATURES : PLEAT_TEMPLATE_MONOMER_FEATURES;
  PLEAT_TRY(multimer ? load_multimer(context, scope, t) : load_monomer(context, scope, t));
  int c = multimer ? t->parts[0].linear.out : t->pair.linear.out;
  PLEAT_TRY(pleat_norm_load(context, scope, SINGLE "output_layer_norm", c, &t->output_norm));
  PLEAT_TRY(load_blocks(context, scope, t));
  PLEAT_TRY(pleat_dense_load(context, scope, "template_single_embedding", features, 0, &t->single));
  return pleat_dense_load(context, scope, "template_projection", t->single.linear.out, 0, &t->projection);
}

void pleat_alphafold_template_free(pleat_context *context, pleat_alphafold_template *t) {
  pleat_dense *layers[] = {&t->pair, &t->output, &t->single, &t->projection};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) pleat_dense_free(context, layers[i]);
  for (int i = 0; i < PLEAT_TEMPLATE_PARTS; i++) pleat_dense_free(context, &t->parts[i]);
  for (int b = 0; b < t->block_count; b++) pleat_pair_block_free(context, &t->blocks[b]);
  pleat_memory_release(context, t->blocks);
  t->blocks = NULL;
  t->block_count = 0;
  pleat_linear_free(context, &t->q);
  pleat_linear_free(context, &t->kv);
  pleat_linear_free(context, &t->out);
}

/* ---- One template's pairs ---- */

static pleat_template_atoms atoms_of(const pleat_alphafold_input *in, int64_t t) {
  return (pleat_template_atoms){in->length, in->template_types + t * in->length,
                                in->template_positions + t * in->length * 111,
                                in->template_atoms + t * in->length * 37};
}

/* What a template's pairs are made of, residue by residue. */
typedef struct pair_work {
  const pleat_alphafold_template *layers;
  const pleat_alphafold_input *input;
  const int32_t *types;
  float *beta, *beta_mask, *frames, *backbone; /* (L,3), (L), (L,12), (L) */
  int64_t first;                               /* row of the pairs */
  float *pairs;                                /* (own rows,L,Ct) */
} pair_work;

static void add_row(const pleat_dense *dense, int row, float scale, float *y) {
  const float *weight = dense->weight + (int64_t)row * dense->linear.out;
  for (int c = 0; c < dense->linear.out; c++) y[c] += scale * weight[c];
}

static int distance_bin(const float *beta, int64_t i, int64_t j) {
  float x = beta[3 * i] - beta[3 * j], y = beta[3 * i + 1] - beta[3 * j + 1], z = beta[3 * i + 2] - beta[3 * j + 2];
  return pleat_alphafold_distance_bin(x * x + y * y + z * z, BINS);
}

/* All features count only where both residues have a backbone. */
static void monomer_pair(const pair_work *w, int64_t i, int64_t j, float *y) {
  const pleat_dense *pair = &w->layers->pair;
  memcpy(y, pair->bias, (size_t)pair->linear.out * sizeof *y);
  if (w->backbone[i] * w->backbone[j] == 0) return;
  int bin = distance_bin(w->beta, i, j);
  if (bin >= 0) add_row(pair, bin, 1, y);
  if (w->beta_mask[i] * w->beta_mask[j] > 0) add_row(pair, BETA_PRESENT, 1, y);
  add_row(pair, TYPE_J + w->types[j], 1, y);
  add_row(pair, TYPE_I + w->types[i], 1, y);
  add_row(pair, BACKBONE_PRESENT, 1, y);
}

/* Adds to y, which holds the embedded query pair. Types count everywhere, all else within a chain. */
static void multimer_pair(const pair_work *w, int64_t i, int64_t j, float *y) {
  const pleat_dense *parts = w->layers->parts;
  bool chain = w->input->asym[i] == w->input->asym[j];
  for (int p = 0; p < PART_QUERY; p++)
    for (int c = 0; c < parts[p].linear.out; c++) y[c] += parts[p].bias[c];
  add_row(&parts[PART_TYPE_J], w->types[j], 1, y);
  add_row(&parts[PART_TYPE_I], w->types[i], 1, y);
  if (chain && w->beta_mask[i] * w->beta_mask[j] > 0) {
    int bin = distance_bin(w->beta, i, j);
    if (bin >= 0) add_row(&parts[PART_DISTANCE], bin, 1, y);
    add_row(&parts[PART_BETA], 0, 1, y);
  }
  if (!chain || w->backbone[i] * w->backbone[j] == 0) return;
  float v[3];
  pleat_rigid_apply_inverse_f(w->frames + 12 * i, w->frames + 12 * j + 9, v);
  float length = fmaxf(sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]), 1e-6f);
  for (int x = 0; x < 3; x++) add_row(&parts[PART_X + x], 0, v[x] / length, y);
  add_row(&parts[PART_BACKBONE], 0, 1, y);
}

static void pair_part(void *argument, int64_t begin, int64_t end, int thread) {
  const pair_work *work = argument;
  int64_t length = work->input->length, channels = work->layers->output_norm.channels;
  (void)thread;
  for (int64_t i = work->first + begin; i < work->first + end; i++)
    for (int64_t j = 0; j < length; j++) {
      float *y = work->pairs + ((i - work->first) * length + j) * channels;
      work->layers->multimer ? multimer_pair(work, i, j, y) : monomer_pair(work, i, j, y);
    }
}

/* pairs (L,L,Ct) = dense(LN(z)) in chunks. */
static void embed_query(pleat_run *run, const pleat_alphafold_template *t, int64_t rows, const float *z, float *pairs) {
  int64_t channels = t->query_norm.channels, chunk = lesser(rows, pleat_run_chunk_rows(run));
  size_t mark = pleat_arena_mark(run->arena);
  float *n = pleat_run_take(run, chunk * channels);
  for (int64_t first = 0; first < rows; first += chunk) {
    int64_t count = lesser(chunk, rows - first);
    pleat_norm_forward(run, &t->query_norm, count, z + first * channels, n);
    pleat_dense_forward(run, &t->parts[PART_QUERY], count, n, PLEAT_ACTIVATION_NONE,
                        pairs + first * t->output_norm.channels);
  }
  pleat_arena_release(run->arena, mark);
}

static void run_blocks(pleat_run *run, const pleat_alphafold_template *t, int64_t length, const float *mask,
                       float *pairs) {
  const char *stack = t->multimer ? "template_embedding_iteration" : "template_pair_stack";
  pleat_pair_order order = t->multimer ? PLEAT_PAIR_MULTIPLY_FIRST : PLEAT_PAIR_ATTEND_FIRST;
  for (int b = 0; b < t->block_count; b++) {
    size_t name = pleat_trace_enter(run, "%s/b%d/", stack, b);
    pleat_pair_block_add(run, &t->blocks[b], order, length, mask, pairs);
    if (t->multimer) pleat_trace_emit(run, pairs, length, length, t->output_norm.channels, 0, "out");
    pleat_trace_leave(run, name);
  }
}

/* Recordings of monomers count what leaves the stack, once a template, as if it left the blocks one by one. */
static void trace_stack(pleat_run *run, const pleat_alphafold_template *t, int64_t index, int64_t length,
                        const float *pairs) {
  pleat_trace_emit(run, pairs, length, length, t->output_norm.channels, 0,
                   "evoformer/" SINGLE "t%d/template_pair_stack/b%d/out", (int)index / t->block_count,
                   (int)index % t->block_count);
}

/* pairs (L,L,Ct) of template `index`, through its blocks. */
static void embed_template(pleat_run *run, const pleat_alphafold_template *t, const pleat_alphafold_input *in,
                           int64_t index, const float *const z_and_mask[2], float *pairs) {
  int64_t length = in->length, channels = t->output_norm.channels;
  pleat_span rows = pleat_ranks_own_share(run, length);
  size_t mark = pleat_arena_mark(run->arena);
  size_t name = pleat_trace_enter(run, "evoformer/" SINGLE "t%d/", (int)index);
  const pleat_template_atoms atoms = atoms_of(in, index);
  pair_work work = {.layers = t, .input = in, .types = atoms.types, .first = rows.first, .pairs = pairs};
  work.beta = pleat_run_take(run, length * 3);
  work.beta_mask = pleat_run_take(run, length);
  work.frames = pleat_run_take(run, length * 12);
  work.backbone = pleat_run_take(run, length);
  if (t->multimer) embed_query(run, t, rows.count * length, z_and_mask[0], pairs);
  if (t->multimer) pleat_trace_emit(run, pairs, length, length, channels, 0, "template_pair_embedding_8/out");
  if (!pleat_run_idle(run)) {
    pleat_template_beta(&atoms, work.beta, work.beta_mask);
    pleat_template_frames(&atoms, work.frames, work.backbone);
    pleat_team_for(run->threads, rows.count, 1, pair_part, &work);
  }
  pleat_arena_release(run->arena, mark);
  if (!t->multimer) pleat_trace_emit(run, pairs, length, length, channels, 0, "embedding2d/out");
  run_blocks(run, t, length, z_and_mask[1], pairs);
  pleat_trace_leave(run, name);
  if (!t->multimer) trace_stack(run, t, index, length, pairs);
  pleat_norm_forward(run, &t->output_norm, rows.count * length, pairs, pairs);
  pleat_trace_emit(run, pairs, length, length, channels, 0, "evoformer/" SINGLE "t%d/out", (int)index);
}

/* ---- Monomer: attention to templates ---- */

typedef struct attend_work {
  const pleat_alphafold_template *layers;
  int64_t rows, count;
  const float *q, *kv, *mask; /* (rows, H D), (T, rows, 2 H D), (T) */
  float *out;                 /* (rows, H D) */
} attend_work;

static void attend_head(const attend_work *w, int64_t row, int head) {
  int64_t width = w->layers->width, inner = w->layers->heads * width;
  const float *q = w->q + row * inner + head * width;
  float *out = w->out + row * inner + head * width, most = -INFINITY, sum = 0, scale = 1 / sqrtf((float)width);
  for (int64_t d = 0; d < width; d++) out[d] = 0;
  for (int64_t t = 0; t < w->count; t++) { /* with a running maximum */
    const float *k = w->kv + (t * w->rows + row) * 2 * inner + head * width, *v = k + inner;
    float logit = 0;
    if (w->mask[t] == 0) continue;
    for (int64_t d = 0; d < width; d++) logit += q[d] * k[d];
    logit *= scale;
    float now = fmaxf(most, logit), shrink = expf(most - now), weight = expf(logit - now);
    for (int64_t d = 0; d < width; d++) out[d] = out[d] * shrink + weight * v[d];
    sum = sum * shrink + weight;
    most = now;
  }
  for (int64_t d = 0; d < width; d++) out[d] /= sum;
}

static void attend_part(void *argument, int64_t begin, int64_t end, int thread) {
  const attend_work *work = argument;
  (void)thread;
  for (int64_t row = begin; row < end; row++)
    for (int head = 0; head < work->layers->heads; head++) attend_head(work, row, head);
}

void pleat_alphafold_template_attend(pleat_run *run, const pleat_alphafold_template *t, int64_t rows,
                                     const pleat_template_stack *templates, float *z) {
  int64_t inner = t->q.out, c = t->kv.in, channels = t->q.in, chunk = lesser(rows, pleat_run_chunk_rows(run));
  size_t mark = pleat_arena_mark(run->arena);
  float *q = pleat_run_take(run, chunk * inner), *out = pleat_run_take(run, chunk * inner);
  float *kv = pleat_run_take(run, templates->count * chunk * 2 * inner);
  for (int64_t first = 0; first < rows; first += chunk, z += chunk * channels) {
    int64_t count = lesser(chunk, rows - first);
    attend_work work = {t, count, templates->count, q, kv, templates->mask, out};
    pleat_op_linear(run, &t->q, count, z, channels, NULL, q, inner);
    for (int64_t k = 0; k < templates->count; k++) {
      const float *pairs = templates->pairs + k * templates->step + first * c;
      if (templates->mask[k] == 0) continue;
      pleat_op_linear(run, &t->kv, count, pairs, c, NULL, kv + k * count * 2 * inner, 2 * inner);
    }
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, count, 64, attend_part, &work);
    pleat_op_linear(run, &t->out, count, out, inner, &(pleat_epilogue){.add = z, .ld_add = channels}, z, channels);
  }
  pleat_arena_release(run->arena, mark);
}

static int64_t own_pairs(const pleat_run *run, const pleat_alphafold_input *in) {
  return pleat_ranks_own_share(run, in->length).count * in->length;
}

static void monomer_pairs(pleat_run *run, const pleat_alphafold_template *t, const pleat_alphafold_input *in,
                          const float *z_mask, float *z) {
  int64_t square = own_pairs(run, in), size = square * t->output_norm.channels;
  float *pairs = pleat_run_take(run, in->templates * size);
  const pleat_template_stack stack = {in->templates, size, pairs, in->template_mask};
  bool any = false;
  for (int64_t k = 0; k < in->templates; k++) {
    if (in->template_mask[k] == 0) continue;
    any = true;
    embed_template(run, t, in, k, (const float *[]){z, z_mask}, pairs + k * size);
  }
  if (any) pleat_alphafold_template_attend(run, t, square, &stack, z);
}

/* ---- Multimer: their mean ---- */

typedef struct mean_work {
  const float *from;
  float *to, scale;
  bool first, last;
} mean_work;

/* to = from, or += from; the last time times scale, and not below 0. */
static void mean_part(void *argument, int64_t begin, int64_t end, int thread) {
  const mean_work *work = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) {
    float sum = (work->first ? 0 : work->to[i]) + work->from[i];
    work->to[i] = work->last ? fmaxf(sum * work->scale, 0) : sum;
  }
}

/* Whether template k is the one before it again, as those that are not there are: what it gives is there already. */
static bool is_repeated(const pleat_run *run, const pleat_alphafold_input *in, int64_t k) {
  int64_t L = in->length, atoms = L * PLEAT_RESIDUE_ATOM37;
  if (pleat_run_idle(run) || run->trace || k == 0) return false;
  const int32_t *types = in->template_types + k * L;
  const float *positions = in->template_positions + k * atoms * 3, *present = in->template_atoms + k * atoms;
  return !memcmp(types, types - L, (size_t)L * sizeof *types) &&
         !memcmp(present, present - atoms, (size_t)atoms * sizeof *present) &&
         !memcmp(positions, positions - atoms * 3, (size_t)(atoms * 3) * sizeof *positions);
}

static void multimer_pairs(pleat_run *run, const pleat_alphafold_template *t, const pleat_alphafold_input *in,
                           const float *z_mask, float *z) {
  int64_t square = own_pairs(run, in), size = square * t->output_norm.channels;
  float *pairs = pleat_run_take(run, size), *sum = pleat_run_take(run, size);
  for (int64_t k = 0; k < in->templates; k++) {
    mean_work work = {pairs, sum, 1 / (float)in->templates, k == 0, k == in->templates - 1};
    if (!is_repeated(run, in, k)) embed_template(run, t, in, k, (const float *[]){z, z_mask}, pairs);
    if (!pleat_run_idle(run)) pleat_team_for(run->threads, size, 16384, mean_part, &work);
  }
  pleat_dense_add(run, &t->output, square, sum, z);
}

void pleat_alphafold_template_pairs(pleat_run *run, const pleat_alphafold_template *t, const pleat_alphafold_input *in,
                                    const float *z_mask, float *z) {
  if (in->templates <= 0) return;
  size_t mark = pleat_arena_mark(run->arena);
  pleat_trace_watch watch =
      pleat_trace_watch_begin(run, z, in->length, in->length, t->multimer ? t->output.linear.out : t->out.out);
  t->multimer ? multimer_pairs(run, t, in, z_mask, z) : monomer_pairs(run, t, in, z_mask, z);
  pleat_trace_added(run, &watch, "evoformer/template_embedding");
  pleat_arena_release(run->arena, mark);
}

/* ---- Rows for the alignment ---- */

void pleat_alphafold_template_rows(pleat_run *run, const pleat_alphafold_template *t, const pleat_alphafold_input *in,
                                   float *m, float *mask) {
  int64_t rows = in->templates * in->length, width = t->single.linear.in;
  size_t mark = pleat_arena_mark(run->arena);
  float *features = pleat_run_take(run, rows * width), *hidden = pleat_run_take(run, rows * t->single.linear.out);
  for (int64_t k = 0; k < in->templates && !pleat_run_idle(run); k++) {
    const pleat_template_atoms atoms = atoms_of(in, k);
    float *to = features + k * in->length * width, *row_mask = mask + k * in->length;
    if (t->multimer)
      pleat_template_multimer_features(&atoms, to, row_mask);
    else
      pleat_template_monomer_features(&atoms, to, row_mask);
  }
  pleat_trace_emit(run, features, in->templates, in->length, width, 0, "evoformer/template_single_embedding/input");
  pleat_dense_relu(run, &t->single, in->templates, in->length, features, "evoformer/template_single_embedding", hidden);
  pleat_dense_forward(run, &t->projection, rows, hidden, PLEAT_ACTIVATION_NONE, m);
  pleat_arena_release(run->arena, mark);
}
