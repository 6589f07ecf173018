/* Blocks of AlphaFold 2 for researchers: one module on the caller's arrays, its weights by name.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "data/convert/convert.h"
#include "folding/evoformer.h"
#include "folding/structure_module.h"
#include "lib/dispatch.h"
#include "lib/memory.h"
#include "pleat_kernels.h"

enum { MAX_PREFIX = 400, MAX_LENGTH = 1 << 17, MAX_SEQUENCES = 1 << 24 };

typedef union block_module {
  pleat_evoformer_block evoformer;
  pleat_gated_attention attention;
  pleat_global_attention global;
  pleat_transition transition;
  pleat_outer_mean outer;
  pleat_triangle_multiplication multiplication;
  pleat_pair_block pair;
  pleat_structure_module structure; /* its attention alone */
} block_module;

struct pleat_block {
  pleat_context *context;
  pleat_block_kind kind;
  pleat_weights *weights; /* owned; the module points into it */
  block_module module;
  pleat_block_channels channels;
};

/* ---- Loading ---- */

static pleat_block_channels evoformer_channels(const pleat_evoformer_block *b) {
  return (pleat_block_channels){(size_t)b->row.channels, (size_t)b->row.pair_channels, 0};
}

/* Whole blocks: their modules are under prefix/. */
static pleat_status load_whole(pleat_block *b, const pleat_weight_scope *scope) {
  pleat_evoformer_kind kind = b->kind <= PLEAT_BLOCK_EVOFORMER_OUTER_FIRST ? PLEAT_EVOFORMER_MAIN : PLEAT_EVOFORMER_EXTRA;
  bool first = b->kind == PLEAT_BLOCK_EVOFORMER_OUTER_FIRST || b->kind == PLEAT_BLOCK_EXTRA_OUTER_FIRST;
  pleat_weight_scope inner = *scope;
  char prefix[MAX_PREFIX + 2];
  snprintf(prefix, sizeof prefix, "%s/", scope->prefix);
  inner.prefix = prefix;
  if (b->kind == PLEAT_BLOCK_PAIR) {
    PLEAT_TRY(pleat_pair_block_load(b->context, &inner, &b->module.pair));
    b->channels.pair = (size_t)b->module.pair.transition.channels;
    return PLEAT_OK;
  }
  PLEAT_TRY(pleat_evoformer_block_load(b->context, &inner, kind, first, &b->module.evoformer));
  b->channels = evoformer_channels(&b->module.evoformer);
  return PLEAT_OK;
}

static pleat_status load_attention(pleat_block *b, const pleat_weight_scope *scope, const char *module) {
  pleat_gated_attention *a = &b->module.attention;
  bool triangle = b->kind == PLEAT_BLOCK_TRIANGLE_STARTING || b->kind == PLEAT_BLOCK_TRIANGLE_ENDING;
  pleat_gated_attention_kind kind = triangle                                 ? PLEAT_GATED_TRIANGLE
                                    : b->kind == PLEAT_BLOCK_ROW_ATTENTION ? PLEAT_GATED_PAIR
                                                                             : PLEAT_GATED_PLAIN;
  PLEAT_TRY(pleat_gated_attention_load(b->context, scope, module, kind, a));
  b->channels.msa = triangle ? 0 : (size_t)a->channels;
  b->channels.pair = kind == PLEAT_GATED_PLAIN ? 0 : (size_t)a->pair_channels;
  return PLEAT_OK;
}

static pleat_status load_points(pleat_block *b, const pleat_weight_scope *scope, const char *module) {
  bool multimer = b->kind == PLEAT_BLOCK_POINT_ATTENTION_MULTIMER;
  pleat_invariant_attention *a = &b->module.structure.attention;
  b->module.structure.unit = multimer ? 20 : 10;
  PLEAT_TRY(pleat_invariant_attention_load(b->context, scope, module, multimer, a));
  b->channels.single = (size_t)a->channels;
  b->channels.pair = (size_t)a->pair_channels;
  return PLEAT_OK;
}

/* Modules: their arrays are named prefix + what the module has. */
static pleat_status load_module(pleat_block *b, const pleat_weight_scope *scope) {
  const char *module = scope->prefix;
  pleat_weight_scope outer = {scope->weights, "", scope->block};
  block_module *m = &b->module;
  switch (b->kind) {
    case PLEAT_BLOCK_GLOBAL_ATTENTION:
      PLEAT_TRY(pleat_global_attention_load(b->context, &outer, module, &m->global));
      b->channels.msa = (size_t)m->global.channels;
      return PLEAT_OK;
    case PLEAT_BLOCK_MSA_TRANSITION:
    case PLEAT_BLOCK_PAIR_TRANSITION:
      PLEAT_TRY(pleat_transition_load(b->context, &outer, module, &m->transition));
      *(b->kind == PLEAT_BLOCK_MSA_TRANSITION ? &b->channels.msa : &b->channels.pair) = (size_t)m->transition.channels;
      return PLEAT_OK;
    case PLEAT_BLOCK_OUTER_PRODUCT_MEAN:
      PLEAT_TRY(pleat_outer_mean_load(b->context, &outer, module, &m->outer));
      b->channels = (pleat_block_channels){(size_t)m->outer.channels, (size_t)m->outer.out.out, 0};
      return PLEAT_OK;
    case PLEAT_BLOCK_TRIANGLE_OUTGOING:
    case PLEAT_BLOCK_TRIANGLE_INCOMING:
      PLEAT_TRY(pleat_triangle_multiplication_load(b->context, &outer, module, &m->multiplication));
      b->channels.pair = (size_t)m->multiplication.channels;
      return PLEAT_OK;
    case PLEAT_BLOCK_POINT_ATTENTION:
    case PLEAT_BLOCK_POINT_ATTENTION_MULTIMER: return load_points(b, &outer, module);
    default: return load_attention(b, &outer, module);
  }
}

static bool is_whole(pleat_block_kind kind) { return kind <= PLEAT_BLOCK_EXTRA_OUTER_FIRST || kind == PLEAT_BLOCK_PAIR; }

/* Makes a block of `weights`, which are freed with it, or at once on failure. */
static pleat_status make(pleat_context *context, pleat_block_kind kind, pleat_weights *weights, const char *prefix,
                         int number, pleat_block **block) {
  const pleat_weight_scope scope = {weights, prefix, number};
  pleat_block *b = NULL;
  pleat_status status = pleat_memory_take(context, 1, sizeof *b, &b);
  if (status) {
    pleat_weights_free(weights);
    return status;
  }
  b->context = context;
  b->kind = kind;
  b->weights = weights;
  status = is_whole(kind) ? load_whole(b, &scope) : load_module(b, &scope);
  if (status) pleat_block_free(b);
  else *block = b;
  return status;
}

static pleat_status check_what(pleat_context *context, pleat_block_kind kind, const char *prefix) {
  bool known = kind >= PLEAT_BLOCK_EVOFORMER && kind <= PLEAT_BLOCK_POINT_ATTENTION_MULTIMER;
  PLEAT_CHECK(context, known, PLEAT_ERROR_INPUT, "there is no kind of block %d", (int)kind);
  PLEAT_CHECK(context, prefix && strlen(prefix) <= MAX_PREFIX, PLEAT_ERROR_INPUT,
              "a block's prefix has at most %d letters", MAX_PREFIX);
  return PLEAT_OK;
}

static pleat_status copy_arrays(pleat_context *context, const pleat_array *arrays, size_t count, pleat_weights *weights) {
  for (size_t i = 0; i < count; i++) {
    const pleat_array *a = &arrays[i];
    PLEAT_CHECK(context, a->name && a->data && a->rank >= 0 && a->rank <= 4, PLEAT_ERROR_INPUT,
                "array %zu of a block's weights has no name, no data or more than 4 dimensions", i);
    pleat_tensor tensor = {.data = (void *)a->data, .dtype = PLEAT_DTYPE_F32, .rank = a->rank};
    for (int d = 0; d < a->rank; d++) {
      PLEAT_CHECK(context, a->shape[d] <= INT_MAX, PLEAT_ERROR_INPUT, "%s: has %zu in dimension %d, which is too many",
                  a->name, a->shape[d], d + 1);
      tensor.shape[d] = (int64_t)a->shape[d];
    }
    PLEAT_TRY(pleat_weights_add(weights, a->name, &tensor));
  }
  return PLEAT_OK;
}

pleat_status pleat_block_create(pleat_context *context, pleat_block_kind kind, const pleat_array *arrays, size_t count,
                                const char *prefix, pleat_block **block) {
  pleat_weights *weights;
  *block = NULL;
  PLEAT_TRY(check_what(context, kind, prefix));
  PLEAT_TRY(pleat_weights_create(context, "the set of given arrays", &weights));
  pleat_status status = copy_arrays(context, arrays, count, weights);
  if (!status) return make(context, kind, weights, prefix, -1, block);
  pleat_weights_free(weights);
  return status;
}

pleat_status pleat_block_open(pleat_context *context, pleat_block_kind kind, const char *path, const char *prefix,
                              int number, pleat_block **block) {
  size_t length = strlen(path);
  bool mapped = length > 3 && !strcmp(path + length - 3, ".h5");
  pleat_weights *weights;
  *block = NULL;
  PLEAT_TRY(check_what(context, kind, prefix));
  PLEAT_TRY(mapped ? pleat_weights_open(context, path, &weights) : pleat_convert_read(context, path, &weights));
  return make(context, kind, weights, prefix, number < 0 ? -1 : number, block);
}

static void free_module(pleat_context *context, pleat_block_kind kind, block_module *m) {
  switch (kind) {
    case PLEAT_BLOCK_EVOFORMER:
    case PLEAT_BLOCK_EVOFORMER_OUTER_FIRST:
    case PLEAT_BLOCK_EXTRA:
    case PLEAT_BLOCK_EXTRA_OUTER_FIRST: pleat_evoformer_block_free(context, &m->evoformer); break;
    case PLEAT_BLOCK_GLOBAL_ATTENTION: pleat_global_attention_free(context, &m->global); break;
    case PLEAT_BLOCK_MSA_TRANSITION:
    case PLEAT_BLOCK_PAIR_TRANSITION: pleat_transition_free(context, &m->transition); break;
    case PLEAT_BLOCK_OUTER_PRODUCT_MEAN: pleat_outer_mean_free(context, &m->outer); break;
    case PLEAT_BLOCK_TRIANGLE_OUTGOING:
    case PLEAT_BLOCK_TRIANGLE_INCOMING: pleat_triangle_multiplication_free(context, &m->multiplication); break;
    case PLEAT_BLOCK_PAIR: pleat_pair_block_free(context, &m->pair); break;
    case PLEAT_BLOCK_POINT_ATTENTION:
    case PLEAT_BLOCK_POINT_ATTENTION_MULTIMER: pleat_invariant_attention_free(context, &m->structure.attention); break;
    default: pleat_gated_attention_free(context, &m->attention);
  }
}

void pleat_block_free(pleat_block *block) {
  if (!block) return;
  free_module(block->context, block->kind, &block->module);
  pleat_weights_free(block->weights);
  pleat_memory_release(block->context, block);
}

pleat_block_channels pleat_block_get_channels(const pleat_block *block) { return block->channels; }

/* ---- Running ---- */

/* The caller's mask, or one of ones. */
static const float *mask_of(pleat_run *run, const float *mask, int64_t count) {
  if (mask) return mask;
  float *ones = pleat_run_take(run, count);
  for (int64_t i = 0; !pleat_run_idle(run) && i < count; i++) ones[i] = 1;
  return ones;
}

static void attend_rows(pleat_run *run, const pleat_gated_attention *a, const pleat_gated_pass *rows, const float *z) {
  pleat_gated_pass biased = *rows;
  float *bias = pleat_run_take(run, a->heads * rows->columns * rows->columns);
  pleat_gated_attention_bias(run, a, rows->columns, z, false, bias);
  biased.bias = bias;
  pleat_gated_attention_add(run, a, &biased);
}

static void attend_points(pleat_run *run, const pleat_structure_module *m, const pleat_block_arrays *x) {
  int64_t L = (int64_t)x->length;
  float *bias = pleat_run_take(run, m->attention.heads * L * L), *frames = pleat_run_take(run, L * 12);
  for (int64_t i = 0; !pleat_run_idle(run) && i < L * 12; i++)
    frames[i] = i % 12 < 9 ? x->frames[i] : x->frames[i] / m->unit;
  pleat_structure_state state = {.length = L, .mask = mask_of(run, x->single_mask, L), .z = x->pair, .bias = bias,
                                 .s = x->single, .frames = frames};
  pleat_structure_bias(run, m, L, x->pair, bias);
  pleat_structure_attend(run, m, &state);
}

static void forward_alignment(pleat_run *run, const pleat_block *b, const pleat_block_arrays *x) {
  int64_t S = (int64_t)x->sequences, L = (int64_t)x->length;
  const block_module *m = &b->module;
  pleat_gated_pass columns = {S, L, x->msa, mask_of(run, x->msa_mask, S * L), true, NULL};
  pleat_gated_pass rows = columns;
  pleat_evoformer_pass both = {S, L, x->msa, x->pair, columns.mask, NULL};
  rows.by_column = false;
  switch (b->kind) {
    case PLEAT_BLOCK_ROW_ATTENTION: attend_rows(run, &m->attention, &rows, x->pair); break;
    case PLEAT_BLOCK_COLUMN_ATTENTION: pleat_gated_attention_add(run, &m->attention, &columns); break;
    case PLEAT_BLOCK_GLOBAL_ATTENTION: pleat_global_attention_add(run, &m->global, &columns); break;
    case PLEAT_BLOCK_MSA_TRANSITION: pleat_transition_add(run, &m->transition, S * L, x->msa); break;
    case PLEAT_BLOCK_OUTER_PRODUCT_MEAN: pleat_outer_mean_add(run, &m->outer, &both); break;
    default:
      both.z_mask = mask_of(run, x->pair_mask, L * L);
      pleat_evoformer_block_forward(run, &m->evoformer, &both);
  }
}

static void forward_pairs(pleat_run *run, const pleat_block *b, const pleat_block_arrays *x) {
  int64_t L = (int64_t)x->length;
  const block_module *m = &b->module;
  const float *mask = mask_of(run, x->pair_mask, L * L);
  bool incoming = b->kind == PLEAT_BLOCK_TRIANGLE_INCOMING, ending = b->kind == PLEAT_BLOCK_TRIANGLE_ENDING;
  switch (b->kind) {
    case PLEAT_BLOCK_TRIANGLE_OUTGOING:
    case PLEAT_BLOCK_TRIANGLE_INCOMING:
      pleat_triangle_multiplication_add(run, &m->multiplication, incoming, L, mask, x->pair);
      break;
    case PLEAT_BLOCK_TRIANGLE_STARTING:
    case PLEAT_BLOCK_TRIANGLE_ENDING: pleat_triangle_attention_add(run, &m->attention, ending, L, mask, x->pair); break;
    case PLEAT_BLOCK_PAIR_TRANSITION: pleat_transition_add(run, &m->transition, L * L, x->pair); break;
    default: pleat_pair_block_add(run, &m->pair, PLEAT_PAIR_MULTIPLY_FIRST, L, mask, x->pair);
  }
}

static void forward(pleat_run *run, const pleat_block *block, const pleat_block_arrays *arrays) {
  size_t mark = pleat_arena_mark(run->arena);
  if (block->channels.msa) forward_alignment(run, block, arrays);
  else if (block->channels.single) attend_points(run, &block->module.structure, arrays);
  else forward_pairs(run, block, arrays);
  pleat_arena_release(run->arena, mark);
}

static pleat_status check_sizes(const pleat_block *block, const pleat_block_arrays *arrays) {
  PLEAT_CHECK(block->context, arrays->length >= 1 && arrays->length <= MAX_LENGTH, PLEAT_ERROR_INPUT,
              "a block works on 1 to %d residues, not %zu", MAX_LENGTH, arrays->length);
  PLEAT_CHECK(block->context,
              !block->channels.msa || (arrays->sequences >= 1 && arrays->sequences <= MAX_SEQUENCES), PLEAT_ERROR_INPUT,
              "this block works on 1 to %d sequences, not %zu", MAX_SEQUENCES, arrays->sequences);
  return PLEAT_OK;
}

static pleat_status check_arrays(const pleat_block *block, const pleat_block_arrays *arrays) {
  const char *missing = NULL;
  PLEAT_TRY(check_sizes(block, arrays));
  if (block->channels.msa && !arrays->msa) missing = "msa";
  if (block->channels.pair && !arrays->pair) missing = "pair";
  if (block->channels.single && !arrays->single) missing = "single";
  if (block->channels.single && !arrays->frames) missing = "frames";
  PLEAT_CHECK(block->context, !missing, PLEAT_ERROR_INPUT, "this block takes the array '%s', which is NULL", missing);
  return PLEAT_OK;
}

/* What a run with these rows a chunk needs, to the byte, the arena's alignment included. */
static pleat_status measure(const pleat_block *block, const pleat_block_arrays *arrays, pleat_run *run, size_t *bytes) {
  pleat_arena arena;
  PLEAT_TRY(pleat_dispatch_choose(block->context, &run->kernels));
  pleat_arena_init_measuring(&arena);
  run->arena = &arena;
  run->flops = 0;
  forward(run, block, arrays);
  run->arena = NULL;
  *bytes = arena.peak + PLEAT_ARENA_ALIGNMENT;
  return run->status;
}

static pleat_run run_of(const pleat_block *block) {
  return (pleat_run){.context = block->context, .threads = pleat_context_threads(block->context)};
}

pleat_status pleat_block_measure(const pleat_block *block, const pleat_block_arrays *arrays, size_t *workspace,
                                 double *flops) {
  pleat_run run = run_of(block);
  PLEAT_TRY(check_sizes(block, arrays));
  PLEAT_TRY(measure(block, arrays, &run, workspace));
  if (flops) *flops = run.flops;
  return PLEAT_OK;
}

/* The largest chunks for which `room` is enough. */
static pleat_status fit(const pleat_block *block, const pleat_block_arrays *arrays, size_t room, pleat_run *run,
                        size_t *bytes) {
  PLEAT_TRY(measure(block, arrays, run, bytes));
  while (*bytes > room && pleat_run_halve_chunks(run)) PLEAT_TRY(measure(block, arrays, run, bytes));
  PLEAT_CHECK(block->context, *bytes <= room, PLEAT_ERROR_LIMIT,
              "the block needs at least %.3f MB of working memory for these sizes, but is given %.3f MB",
              (double)*bytes / 1e6, (double)room / 1e6);
  return PLEAT_OK;
}

static pleat_status run_in(const pleat_block *block, const pleat_block_arrays *arrays, pleat_run *run,
                           pleat_arena *arena) {
  run->arena = arena;
  forward(run, block, arrays);
  return run->status;
}

/* An arena in the caller's memory. */
static pleat_arena arena_in(void *memory, size_t bytes) {
  uintptr_t start = ((uintptr_t)memory + PLEAT_ARENA_ALIGNMENT - 1) / PLEAT_ARENA_ALIGNMENT * PLEAT_ARENA_ALIGNMENT;
  return (pleat_arena){.base = (char *)start, .size = bytes - PLEAT_ARENA_ALIGNMENT, .block = memory};
}

pleat_status pleat_block_run(const pleat_block *block, const pleat_block_arrays *arrays, void *workspace, size_t bytes) {
  pleat_context *context = block->context;
  pleat_run run = run_of(block);
  size_t room = context->memory_limit ? context->memory_limit : SIZE_MAX, need;
  pleat_arena arena;
  PLEAT_TRY(check_arrays(block, arrays));
  PLEAT_TRY(fit(block, arrays, workspace ? bytes : room, &run, &need));
  if (workspace) {
    arena = arena_in(workspace, need);
    return run_in(block, arrays, &run, &arena);
  }
  PLEAT_TRY(pleat_arena_create(context, need - PLEAT_ARENA_ALIGNMENT, &arena));
  pleat_status status = run_in(block, arrays, &run, &arena);
  pleat_arena_free(context, &arena);
  return status;
}
