/* Tests of the Evoformer's blocks against recordings of the published code: every module, every shape, every mask.
 * SPDX-License-Identifier: MIT
 *
 * The small recordings of tests/golden/alphafold2 always; the whole ones of $PLEAT_GOLDEN/alphafold2, or of
 * ../shared/golden beside the source, where they are. A result is right when it differs by at most 10 times as much as
 * the published code in float32 differs from itself in float64. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/evoformer.h"
#include "lib/dispatch.h"
#include "lib/random.h"
#include "tests/alphafold_golden.h"
#include "tests/faults.h"
#include "tests/suites.h"

#define EVOFORMER ALPHAFOLD_PREFIX "evoformer/"
#define TEMPLATES EVOFORMER "template_embedding/single_template_embedding/"

typedef enum unit_kind {
  UNIT_ROW, UNIT_COLUMN, UNIT_GLOBAL, UNIT_TRANSITION, UNIT_OUTER, UNIT_OUTGOING, UNIT_INCOMING, UNIT_STARTING,
  UNIT_ENDING, UNIT_MAIN, UNIT_MAIN_OUTER_FIRST, UNIT_EXTRA, UNIT_EXTRA_OUTER_FIRST, UNIT_PAIR_BLOCK
} unit_kind;

typedef struct unit {
  const char *stack, *module, *prefix;
  unit_kind kind;
  bool multimer;
} unit;

#define MAIN EVOFORMER "evoformer_iteration/"
#define EXTRA EVOFORMER "extra_msa_stack/"
#define MONOMER_TEMPLATE TEMPLATES "template_pair_stack/__layer_stack_no_state/"
static const unit units[] = {
  {"mono_evo", "msa_row_attention_with_pair_bias", MAIN, UNIT_ROW, false},
  {"mono_evo", "msa_column_attention", MAIN, UNIT_COLUMN, false},
  {"mono_evo", "msa_transition", MAIN, UNIT_TRANSITION, false},
  {"mono_evo", "outer_product_mean", MAIN, UNIT_OUTER, false},
  {"mono_evo", "triangle_multiplication_outgoing", MAIN, UNIT_OUTGOING, false},
  {"mono_evo", "triangle_multiplication_incoming", MAIN, UNIT_INCOMING, false},
  {"mono_evo", "triangle_attention_starting_node", MAIN, UNIT_STARTING, false},
  {"mono_evo", "triangle_attention_ending_node", MAIN, UNIT_ENDING, false},
  {"mono_evo", "pair_transition", MAIN, UNIT_TRANSITION, false},
  {"mono_evo", "block", MAIN, UNIT_MAIN, false},
  {"mono_extra", "msa_row_attention_with_pair_bias", EXTRA, UNIT_ROW, false},
  {"mono_extra", "msa_column_global_attention", EXTRA, UNIT_GLOBAL, false},
  {"mono_extra", "msa_transition", EXTRA, UNIT_TRANSITION, false},
  {"mono_extra", "outer_product_mean", EXTRA, UNIT_OUTER, false},
  {"mono_extra", "block", EXTRA, UNIT_EXTRA, false},
  {"mono_template", "triangle_attention_starting_node", MONOMER_TEMPLATE, UNIT_STARTING, false},
  {"mono_template", "triangle_attention_ending_node", MONOMER_TEMPLATE, UNIT_ENDING, false},
  {"mono_template", "pair_transition", MONOMER_TEMPLATE, UNIT_TRANSITION, false},
  {"multi_evo", "triangle_multiplication_outgoing", MAIN, UNIT_OUTGOING, true},
  {"multi_evo", "triangle_multiplication_incoming", MAIN, UNIT_INCOMING, true},
  {"multi_evo", "block", MAIN, UNIT_MAIN_OUTER_FIRST, true},
  {"multi_extra", "block", EXTRA, UNIT_EXTRA_OUTER_FIRST, true},
  {"multi_template", "template_embedding_iteration", TEMPLATES "template_embedding_iteration/", UNIT_PAIR_BLOCK, true},
};

typedef union module {
  pleat_gated_attention attention;
  pleat_global_attention global;
  pleat_transition transition;
  pleat_outer_mean outer;
  pleat_triangle_multiplication multiplication;
  pleat_pair_block pair;
  pleat_evoformer_block block;
} module;

static pleat_status load(pleat_context *context, const unit *u, const pleat_weight_scope *s, module *m) {
  bool first = u->kind == UNIT_MAIN_OUTER_FIRST || u->kind == UNIT_EXTRA_OUTER_FIRST;
  memset(m, 0, sizeof *m);
  switch (u->kind) {
    case UNIT_ROW: return pleat_gated_attention_load(context, s, u->module, PLEAT_GATED_PAIR, &m->attention);
    case UNIT_COLUMN: return pleat_gated_attention_load(context, s, u->module, PLEAT_GATED_PLAIN, &m->attention);
    case UNIT_STARTING:
    case UNIT_ENDING: return pleat_gated_attention_load(context, s, u->module, PLEAT_GATED_TRIANGLE, &m->attention);
    case UNIT_GLOBAL: return pleat_global_attention_load(context, s, u->module, &m->global);
    case UNIT_TRANSITION: return pleat_transition_load(context, s, u->module, &m->transition);
    case UNIT_OUTER: return pleat_outer_mean_load(context, s, u->module, &m->outer);
    case UNIT_OUTGOING:
    case UNIT_INCOMING: return pleat_triangle_multiplication_load(context, s, u->module, &m->multiplication);
    case UNIT_PAIR_BLOCK: return pleat_pair_block_load(context, s, &m->pair);
    case UNIT_MAIN:
    case UNIT_MAIN_OUTER_FIRST:
      return pleat_evoformer_block_load(context, s, PLEAT_EVOFORMER_MAIN, first, &m->block);
    default: return pleat_evoformer_block_load(context, s, PLEAT_EVOFORMER_EXTRA, first, &m->block);
  }
}

static void unload(pleat_context *context, const unit *u, module *m) {
  switch (u->kind) {
    case UNIT_ROW:
    case UNIT_COLUMN:
    case UNIT_STARTING:
    case UNIT_ENDING: pleat_gated_attention_free(context, &m->attention); break;
    case UNIT_GLOBAL: pleat_global_attention_free(context, &m->global); break;
    case UNIT_TRANSITION: pleat_transition_free(context, &m->transition); break;
    case UNIT_OUTER: pleat_outer_mean_free(context, &m->outer); break;
    case UNIT_OUTGOING:
    case UNIT_INCOMING: pleat_triangle_multiplication_free(context, &m->multiplication); break;
    case UNIT_PAIR_BLOCK: pleat_pair_block_free(context, &m->pair); break;
    default: pleat_evoformer_block_free(context, &m->block);
  }
}

/* A module's activations, updated in place: m the alignment (or what the module works on), z the pairs. */
typedef struct state {
  int64_t rows, columns;
  float *m, *z, *m_mask, *z_mask;
} state;

static void forward(pleat_run *run, const unit *u, const module *m, const state *s) {
  const pleat_gated_pass pass = {s->rows, s->columns, s->m, s->m_mask, u->kind == UNIT_COLUMN, NULL};
  const pleat_evoformer_pass both = {s->rows, s->columns, s->m, s->z, s->m_mask, s->z_mask};
  size_t mark = pleat_arena_mark(run->arena);
  switch (u->kind) {
    case UNIT_ROW: {
      pleat_gated_pass biased = pass;
      float *bias = pleat_run_take(run, m->attention.heads * s->columns * s->columns);
      pleat_gated_attention_bias(run, &m->attention, s->columns, s->z, false, bias);
      biased.bias = bias;
      pleat_gated_attention_add(run, &m->attention, &biased);
      break;
    }
    case UNIT_COLUMN: pleat_gated_attention_add(run, &m->attention, &pass); break;
    case UNIT_GLOBAL: pleat_global_attention_add(run, &m->global, &pass); break;
    case UNIT_TRANSITION: pleat_transition_add(run, &m->transition, s->rows * s->columns, s->m); break;
    case UNIT_OUTER: pleat_outer_mean_add(run, &m->outer, &both); break;
    case UNIT_OUTGOING:
    case UNIT_INCOMING:
      pleat_triangle_multiplication_add(run, &m->multiplication, u->kind == UNIT_INCOMING, s->rows, s->m_mask, s->m);
      break;
    case UNIT_STARTING:
    case UNIT_ENDING:
      pleat_triangle_attention_add(run, &m->attention, u->kind == UNIT_ENDING, s->rows, s->m_mask, s->m);
      break;
    case UNIT_PAIR_BLOCK:
      pleat_pair_block_add(run, &m->pair, PLEAT_PAIR_MULTIPLY_FIRST, s->rows, s->m_mask, s->m);
      break;
    default: pleat_evoformer_block_forward(run, &m->block, &both);
  }
  pleat_arena_release(run->arena, mark);
}

/* Measures, then runs; the status of both, and that they agree. */
static pleat_status measure_and_run(pleat_context *context, const unit *u, const module *m, const state *s, int threads,
                                    int64_t chunk_rows) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = threads, .chunk_rows = chunk_rows};
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  forward(&run, u, m, s);
  double flops = run.flops;
  run.flops = 0;
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  forward(&run, u, m, s);
  CU_ASSERT_EQUAL(arena.used, 0);
  CU_ASSERT_EQUAL(arena.peak, measuring.peak);
  CU_ASSERT_EQUAL(flops, run.flops);
  pleat_arena_free(context, &arena);
  return run.status;
}

/* ---- Against recordings ---- */

enum { ARRAYS = 6 };
typedef struct recording {
  golden_array m, z, m_mask, z_mask, out_m, out_z; /* out_z of blocks only; out_m of modules is their update */
} recording;

static bool read_one(hid_t file, const char *shape, const unit *u, const char *name, golden_array *array) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s/%s/%s", shape, u->stack, u->module, name);
  return golden_read(file, path, array);
}

static bool read_recording(hid_t file, const char *shape, const unit *u, recording *r) {
  memset(r, 0, sizeof *r);
  if (!strcmp(u->module, "block"))
    return read_one(file, shape, u, "in/msa", &r->m) && read_one(file, shape, u, "in/pair", &r->z) &&
           read_one(file, shape, u, "in/msa_mask", &r->m_mask) &&
           read_one(file, shape, u, "in/pair_mask", &r->z_mask) &&
           read_one(file, shape, u, "out/msa", &r->out_m) && read_one(file, shape, u, "out/pair", &r->out_z);
  if (u->kind == UNIT_ROW && !read_one(file, shape, u, "in/pair", &r->z)) return false;
  return read_one(file, shape, u, "in/act", &r->m) && read_one(file, shape, u, "in/mask", &r->m_mask) &&
         read_one(file, shape, u, "out/out", u->kind == UNIT_OUTER ? &r->out_z : &r->out_m);
}

static void free_recording(recording *r) {
  golden_array *arrays[ARRAYS] = {&r->m, &r->z, &r->m_mask, &r->z_mask, &r->out_m, &r->out_z};
  for (int i = 0; i < ARRAYS; i++) golden_array_free(arrays[i]);
}

/* The worst ratio of one unit on one shape; two runs whose threads and chunks differ must agree in every bit. */
static double compare_unit(pleat_context *context, const unit *u, const module *m, const recording *r) {
  bool block = u->kind >= UNIT_MAIN;
  const golden_array *z = r->z.data ? &r->z : &r->out_z;
  int64_t m_count = alphafold_count(&r->m), z_count = z->data ? alphafold_count(z) : 1;
  double worst = 0;
  float *first[2] = {NULL, NULL};
  for (int round = 0; round < 2; round++) {
    state s = {(int64_t)r->m.shape[0], (int64_t)r->m.shape[1], alphafold_copy(r->m.data, m_count),
               alphafold_copy(r->z.data, z_count), r->m_mask.data, r->z_mask.data};
    CU_ASSERT_EQUAL(measure_and_run(context, u, m, &s, 1 + 2 * round, round ? 5 : 0), PLEAT_OK);
    if (r->out_m.data) worst = fmax(worst, alphafold_ratio(s.m, block ? NULL : r->m.data, &r->out_m));
    if (r->out_z.data) worst = fmax(worst, alphafold_ratio(s.z, NULL, &r->out_z));
    if (round) {
      CU_ASSERT_EQUAL(memcmp(first[0], s.m, (size_t)m_count * sizeof(float)), 0);
      CU_ASSERT_EQUAL(memcmp(first[1], s.z, (size_t)z_count * sizeof(float)), 0);
      free(s.m);
      free(s.z);
    } else {
      first[0] = s.m;
      first[1] = s.z;
    }
  }
  free(first[0]);
  free(first[1]);
  return worst;
}

static bool has_parameters(const alphafold_files *f, const unit *u) {
  pleat_weight_scope scope = {f->parameters[u->multimer], u->prefix, 0};
  char name[120];
  bool whole = u->kind >= UNIT_MAIN;
  for (size_t i = 0; i < pleat_weights_count(scope.weights); i++) {
    snprintf(name, sizeof name, "%s%s", u->prefix, whole ? "pair_transition" : u->module);
    if (!strncmp(pleat_weights_name(scope.weights, i), name, strlen(name))) return true;
  }
  return false;
}

/* All units whose parameters the folder holds; how many comparisons that were. */
static int compare_folder(const char *folder) {
  static const char *const shapes[] = {"s1n3", "s8n16", "s5n13_masked"};
  pleat_context *context;
  alphafold_files f;
  int done = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  if (!alphafold_files_open(context, folder, &f)) {
    pleat_context_free(context);
    return 0;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    const unit *u = &units[i];
    pleat_weight_scope scope = {f.parameters[u->multimer], u->prefix, 0};
    module m;
    double worst = 0;
    if (!has_parameters(&f, u)) continue;
    pleat_status status = load(context, u, &scope, &m);
    if (status) printf("\n    %s", pleat_context_error(context));
    CU_ASSERT_EQUAL(status, PLEAT_OK);
    for (size_t s = 0; !status && s < sizeof shapes / sizeof *shapes; s++) {
      recording r;
      if (H5Lexists(f.units, shapes[s], H5P_DEFAULT) > 0 && read_recording(f.units, shapes[s], u, &r)) {
        double ratio = compare_unit(context, u, &m, &r);
        worst = fmax(worst, ratio);
        CU_ASSERT(ratio <= 10);
        done++;
        free_recording(&r);
      }
    }
    if (getenv("PLEAT_VERBOSE")) printf("\n    %-15s %-35s %6.2f times the noise", u->stack, u->module, worst);
    unload(context, u, &m);
  }
  alphafold_files_close(&f);
  pleat_context_free(context);
  return done;
}

static void test_small_recordings(void) { CU_ASSERT_EQUAL(compare_folder(PLEAT_TEST_GOLDEN "/alphafold2"), 16); }

static void test_whole_recordings(void) {
  char folder[1024];
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  CU_ASSERT_EQUAL(compare_folder(folder), 3 * (int)(sizeof units / sizeof *units));
}

/* A shifted result, and one with a NaN, must be noticed. */
static void test_comparison_can_fail(void) {
  float good[4] = {1, 2, 3, 4}, bad[4] = {1, 2, 3.001f, 4}, spoiled[4] = {1, NAN, 3, 4}, before[4] = {0, 0, 1, 0};
  golden_array want = {.data = good, .rank = 1, .shape = {4}, .noise = 1e-6};
  CU_ASSERT_EQUAL(alphafold_ratio(good, NULL, &want), 0);
  CU_ASSERT(alphafold_ratio(bad, NULL, &want) > 100);
  CU_ASSERT(alphafold_ratio(good, before, &want) > 100);
  CU_ASSERT(isinf(alphafold_ratio(spoiled, NULL, &want)));
}

/* ---- Weights that do not fit ---- */

static void test_wrong_parameters_are_named(void) {
  pleat_context *context;
  alphafold_files f;
  pleat_evoformer_block block;
  pleat_gated_attention attention;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, PLEAT_TEST_GOLDEN "/alphafold2", &f));
  CU_ASSERT_EQUAL(pleat_evoformer_count(f.parameters[0], EXTRA), 1);
  CU_ASSERT_EQUAL(pleat_evoformer_count(f.parameters[0], "nothing/"), 0);
  /* a block that is not there */
  pleat_weight_scope scope = {f.parameters[0], EXTRA, 1};
  CU_ASSERT_EQUAL(pleat_evoformer_block_load(context, &scope, PLEAT_EVOFORMER_EXTRA, false, &block), PLEAT_ERROR_SHAPE);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "has 1 blocks, block 1 is wanted"));
  pleat_evoformer_block_free(context, &block);
  /* a main block read from the extra stack: its column attention is missing */
  scope.block = 0;
  CU_ASSERT_EQUAL(pleat_evoformer_block_load(context, &scope, PLEAT_EVOFORMER_MAIN, false, &block), PLEAT_ERROR_SHAPE);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "msa_column_attention/query_norm//scale: missing"));
  pleat_evoformer_block_free(context, &block);
  /* a stack taken for a single module */
  scope.block = -1;
  CU_ASSERT_EQUAL(pleat_gated_attention_load(context, &scope, "triangle_attention_starting_node", PLEAT_GATED_TRIANGLE,
                                             &attention), PLEAT_ERROR_SHAPE);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "has (1, 128)"));
  pleat_gated_attention_free(context, &attention);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

/* ---- Several chunks ---- */

/* Enough rows for several chunks of every kind, against one chunk of all. */
static void test_chunks_change_no_bits(void) {
  enum { S = 21, L = 37 };
  pleat_context *context;
  alphafold_files f;
  module m;
  const unit extra = {"", "block", EXTRA, UNIT_EXTRA, false};
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, PLEAT_TEST_GOLDEN "/alphafold2", &f));
  pleat_weight_scope scope = {f.parameters[0], EXTRA, 0};
  CU_ASSERT_EQUAL_FATAL(load(context, &extra, &scope, &m), PLEAT_OK);
  float *want_m = NULL, *want_z = NULL;
  static const int64_t chunk_rows[] = {1 << 20, 1, 100, 600};
  for (int round = 0; round < 4; round++) {
    pleat_random stream = pleat_random_stream(3, 0, 0);
    state s = {S, L, alphafold_copy(NULL, S * L * 64), alphafold_copy(NULL, L * L * 128), alphafold_copy(NULL, S * L),
               alphafold_copy(NULL, L * L)};
    for (int64_t i = 0; i < S * L * 64; i++) s.m[i] = (float)pleat_random_normal(&stream, (uint64_t)i);
    for (int64_t i = 0; i < L * L * 128; i++) s.z[i] = (float)pleat_random_normal(&stream, (uint64_t)(i + (1 << 22)));
    for (int64_t i = 0; i < S * L; i++) s.m_mask[i] = i % 11 != 3;
    for (int64_t i = 0; i < L * L; i++) s.z_mask[i] = i % 7 != 2;
    CU_ASSERT_EQUAL(measure_and_run(context, &extra, &m, &s, 1 + round, chunk_rows[round]), PLEAT_OK);
    if (round) {
      CU_ASSERT_EQUAL(memcmp(want_m, s.m, S * L * 64 * sizeof(float)), 0);
      CU_ASSERT_EQUAL(memcmp(want_z, s.z, L * L * 128 * sizeof(float)), 0);
      free(s.m);
      free(s.z);
    } else {
      want_m = s.m;
      want_z = s.z;
      CU_ASSERT(isfinite(want_z[77]) && want_z[77] != 0);
    }
    free(s.m_mask);
    free(s.z_mask);
  }
  free(want_m);
  free(want_z);
  unload(context, &extra, &m);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

/* ---- Padding ---- */

/* State of S x L with the numbers of the S0 x L0 one in its corner, and other numbers, masked, around. */
static state padded_state(int64_t S, int64_t L, int64_t S0, int64_t L0) {
  pleat_random stream = pleat_random_stream(9, 0, 0);
  state s = {S, L, alphafold_copy(NULL, S * L * 64), alphafold_copy(NULL, L * L * 128), alphafold_copy(NULL, S * L),
             alphafold_copy(NULL, L * L)};
  for (int64_t r = 0; r < S; r++)
    for (int64_t i = 0; i < L; i++) {
      s.m_mask[r * L + i] = r < S0 && i < L0;
      for (int64_t c = 0; c < 64; c++)
        s.m[(r * L + i) * 64 + c] = (float)pleat_random_normal(&stream, (uint64_t)((r * 100 + i) * 64 + c));
    }
  for (int64_t i = 0; i < L; i++)
    for (int64_t j = 0; j < L; j++) {
      s.z_mask[i * L + j] = i < L0 && j < L0;
      for (int64_t c = 0; c < 128; c++)
        s.z[(i * L + j) * 128 + c] =
            (float)pleat_random_normal(&stream, (uint64_t)((i * 100 + j) * 128 + c) + (1 << 22));
    }
  return s;
}

static void free_state(state *s) {
  free(s->m);
  free(s->z);
  free(s->m_mask);
  free(s->z_mask);
}

enum { REAL_S = 6, REAL_L = 11, MORE_S = 9, MORE_L = 35 };

/* Real rows of the alignment and of pairs whose bits padding has changed. */
static int count_changed(const state *plain, const state *padded) {
  int changed = 0;
  for (int r = 0; r < REAL_S; r++)
    changed += memcmp(plain->m + r * REAL_L * 64, padded->m + r * MORE_L * 64, REAL_L * 64 * sizeof(float)) != 0;
  for (int i = 0; i < REAL_L; i++)
    changed += memcmp(plain->z + i * REAL_L * 128, padded->z + i * MORE_L * 128, REAL_L * 128 * sizeof(float)) != 0;
  return changed;
}

/* What surrounds the real rows and residues changes no bit of theirs; it does as soon as either mask is ignored. */
static void test_padding_changes_nothing(void) {
  pleat_context *context;
  alphafold_files f;
  module m;
  const unit extra = {"", "block", EXTRA, UNIT_EXTRA, false};
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, PLEAT_TEST_GOLDEN "/alphafold2", &f));
  pleat_weight_scope scope = {f.parameters[0], EXTRA, 0};
  CU_ASSERT_EQUAL_FATAL(load(context, &extra, &scope, &m), PLEAT_OK);
  state plain = padded_state(REAL_S, REAL_L, REAL_S, REAL_L);
  CU_ASSERT_EQUAL(measure_and_run(context, &extra, &m, &plain, 2, 0), PLEAT_OK);
  for (int ignored = 0; ignored < 3; ignored++) { /* no mask, the alignment's, that of pairs */
    state padded = padded_state(MORE_S, MORE_L, REAL_S, REAL_L);
    for (int i = 0; ignored == 1 && i < MORE_S * MORE_L; i++) padded.m_mask[i] = 1;
    for (int i = 0; ignored == 2 && i < MORE_L * MORE_L; i++) padded.z_mask[i] = 1;
    CU_ASSERT_EQUAL(measure_and_run(context, &extra, &m, &padded, 2, 0), PLEAT_OK);
    CU_ASSERT_EQUAL(count_changed(&plain, &padded) > 0, ignored > 0);
    free_state(&padded);
  }
  free_state(&plain);
  unload(context, &extra, &m);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

/* ---- No memory ---- */

/* Loads the extra block from a copy of its weights; the file itself is read with plenty. */
static const pleat_weights *weights_of_faults;
static pleat_status load_extra(pleat_context *context) {
  pleat_evoformer_block block;
  const pleat_weight_scope scope = {weights_of_faults, EXTRA, 0};
  pleat_status status = pleat_evoformer_block_load(context, &scope, PLEAT_EVOFORMER_EXTRA, false, &block);
  pleat_evoformer_block_free(context, &block);
  return status;
}

static void test_loading_survives_no_memory(void) {
  pleat_context *context;
  alphafold_files f;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, PLEAT_TEST_GOLDEN "/alphafold2", &f));
  weights_of_faults = f.parameters[0];
  CU_ASSERT(test_faults_walk(load_extra) > 60);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

void suite_evoformer(void) {
  CU_pSuite suite = CU_add_suite("evoformer", NULL, NULL);
  CU_add_test(suite, "modules agree with the published code", test_small_recordings);
  CU_add_test(suite, "all modules agree with the published code", test_whole_recordings);
  CU_add_test(suite, "the comparison can fail", test_comparison_can_fail);
  CU_add_test(suite, "wrong parameters are named", test_wrong_parameters_are_named);
  CU_add_test(suite, "chunks and threads change no bits", test_chunks_change_no_bits);
  CU_add_test(suite, "padding changes no bits of real residues", test_padding_changes_nothing);
  CU_add_test(suite, "loading survives any failed allocation", test_loading_survives_no_memory);
}
