/* ProteinMPNN and its sisters with random weights on small made-up backbones: held against the plain double-precision
 * network, and the same bits for any threads, batches and splits of samples.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/mpnn.h"
#include "lib/dispatch.h"
#include "tests/compare.h"
#include "tests/plain_mpnn.h"
#include "tests/suites.h"

extern const pleat_model_def pleat_model_proteinmpnn_020, pleat_model_ligandmpnn_010,
    pleat_model_per_residue_membrane_mpnn;

/* A model with random weights, a backbone, and the pool that holds both. */
typedef struct bench {
  pleat_context *context;
  pleat_pool pool;
  const pleat_model_def *def;
  pleat_mpnn *model;
  pleat_backbone backbone;
  uint64_t next; /* place in the stream of random numbers */
  pleat_random stream;
} bench;

static float *numbers(bench *b, size_t count, double scale) {
  float *x;
  CU_ASSERT_EQUAL_FATAL(pleat_pool_take(&b->pool, count, sizeof *x, &x), PLEAT_OK);
  for (size_t i = 0; i < count; i++) x[i] = (float)(scale * pleat_random_normal(&b->stream, b->next++));
  return x;
}

/* ---- Weights ---- */

/* Gains near 1, so that no layer is lost in the next one's norm. */
static void bind_random(bench *b, const pleat_model_table *table) {
  for (int block = 0; block < table->blocks; block++)
    for (const pleat_weight_row *row = table->rows; row->name; row++) {
      size_t count = 1;
      for (int d = 0; d < row->rank; d++) count *= (size_t)row->shape[d];
      float *data = numbers(b, count, row->rank == 2 ? 1 / sqrt((double)row->shape[1]) : 0.1);
      bool gain = strstr(row->name, "norm") && strstr(row->name, "weight");
      for (size_t i = 0; gain && i < count; i++) data[i] += 1;
      memcpy((char *)b->model + table->offset + (size_t)block * table->stride + row->offset, &data, sizeof data);
    }
}

/* ---- Backbones ---- */

/* A helix that turns back on itself: L residues in two chains, a gap in the numbers, residue 3 without its atoms. */
static void make_backbone(bench *b, int64_t length) {
  pleat_backbone *x = &b->backbone;
  size_t n = (size_t)length;
  *x = (pleat_backbone){.name = "helix", .length = length, .x = numbers(b, n * 12, 0.3), .atoms = numbers(b, n * 111, 2),
                        .bias = numbers(b, n * 21, 0.1), .atom_context = true, .context_count = 40,
                        .context = numbers(b, 120, 6), .atom_mask = numbers(b, n * 37, 1)};
  float **masks[] = {&x->mask, &x->designed, &x->near_ligand};
  int32_t **tables[] = {&x->number, &x->chain, &x->letter, &x->label, &x->element};
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL_FATAL(pleat_pool_take(&b->pool, n, sizeof(float), masks[i]), PLEAT_OK);
  for (int i = 0; i < 5; i++) CU_ASSERT_EQUAL_FATAL(pleat_pool_take(&b->pool, n + 40, sizeof(int32_t), tables[i]), PLEAT_OK);
  for (int64_t i = 0; i < length; i++) {
    for (int atom = 0; atom < 4; atom++) {
      double turn = 1.745 * (double)i + 0.5 * atom, up = 1.5 * (double)(i < length / 2 ? i : length - i) + 0.4 * atom;
      float *at = x->x + i * 12 + atom * 3;
      at[0] += (float)(2.3 * cos(turn) + (i < length / 2 ? 0 : 9));
      at[1] += (float)(2.3 * sin(turn));
      at[2] += (float)up;
      for (int d = 0; i == 3 && d < 3; d++) at[d] = 0;
    }
    for (int a = 0; a < 37; a++) {
      x->atom_mask[i * 37 + a] = x->atom_mask[i * 37 + a] > 0.5f;
      for (int d = 0; d < 3; d++) x->atoms[(i * 37 + a) * 3 + d] += x->x[i * 12 + 3 + d];
    }
    x->mask[i] = i != 3;
    x->designed[i] = i % 5 != 1;
    x->number[i] = (int32_t)(i < 4 ? i : i + 7);
    x->chain[i] = i >= length * 2 / 3;
    x->letter[i] = (int32_t)(i * 7 % 21);
    x->label[i] = (int32_t)(i % 3);
  }
  static const int32_t elements[] = {6, 7, 8, 15, 16, 30, 53, 64, 79, 92, 11};
  for (int a = 0; a < 40; a++) x->element[a] = elements[a % 11];
}

static void open_bench(bench *b, const pleat_model_def *def, int64_t length, int neighbours) {
  *b = (bench){.def = def, .stream = pleat_random_stream(9, 0, 0)};
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &b->context), PLEAT_OK);
  pleat_context_set_threads(b->context, 1);
  pleat_pool_init(&b->pool, b->context, 0);
  CU_ASSERT_EQUAL_FATAL(pleat_pool_take(&b->pool, 1, sizeof *b->model, &b->model), PLEAT_OK);
  for (const pleat_model_table *table = def->tables; table->rows; table++) bind_random(b, table);
  CU_ASSERT_EQUAL_FATAL(def->pack(b->context, b->model), PLEAT_OK);
  b->model->neighbours = neighbours;
  make_backbone(b, length);
}

static void close_bench(bench *b) {
  b->def->unload(b->context, b->model);
  pleat_pool_free(&b->pool);
  pleat_context_free(b->context);
}

/* ---- Running ---- */

static pleat_result *make_result(bench *b, const pleat_design_def *def, int64_t samples) {
  pleat_result *result;
  CU_ASSERT_EQUAL_FATAL(pleat_result_create(b->context, "helix", &result), PLEAT_OK);
  for (const pleat_model_output_def *o = def->outputs; o->name; o++) {
    size_t shape[4];
    float *data;
    for (int d = 0; d < o->rank; d++)
      shape[d] = (size_t)(o->shape[d] == PLEAT_SHAPE_LENGTH ? b->backbone.length
                          : o->shape[d] == PLEAT_SHAPE_SAMPLES ? samples : o->shape[d]);
    CU_ASSERT_EQUAL_FATAL(pleat_result_add_array(result, o->name, o->rank, shape, &data), PLEAT_OK);
  }
  return result;
}

/* Measures, then runs; the two must agree about memory and FLOPs. */
static pleat_result *run_task(bench *b, const pleat_design_def *def, pleat_design_task task) {
  pleat_arena arena;
  pleat_run run = {.context = b->context, .arena = &arena, .threads = pleat_context_threads(b->context)};
  task.backbone = &b->backbone;
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(b->context, &run.kernels), PLEAT_OK);
  pleat_arena_init_measuring(&arena);
  def->forward(&run, b->model, &task);
  CU_ASSERT_EQUAL(arena.used, 0);
  double flops = run.flops;
  size_t peak = arena.peak;
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(b->context, peak, &arena), PLEAT_OK);
  run.flops = 0;
  task.result = make_result(b, def, task.samples);
  def->forward(&run, b->model, &task);
  CU_ASSERT_EQUAL(run.status, PLEAT_OK);
  CU_ASSERT_EQUAL(arena.used, 0);
  CU_ASSERT(arena.peak <= peak);
  if (!b->model->context.tensors.edge_w) CU_ASSERT_DOUBLE_EQUAL(run.flops, flops, 1e-9 * flops);
  pleat_arena_free(b->context, &arena);
  return task.result;
}

static void expect_close(const float *got, const double *want, int64_t count, double tolerance, const char *what) {
  double worst = 0;
  for (int64_t i = 0; i < count; i++) {
    double each = fabs(got[i] - want[i]) / (1 + fabs(want[i]));
    worst = each <= worst ? worst : each;
  }
  if (!(worst <= tolerance)) printf("\n%s: %g away, %g allowed\n", what, worst, tolerance);
  CU_ASSERT(worst <= tolerance);
}

enum { TOLERANCE_IN_1E6 = 30 };
static const double tolerance = TOLERANCE_IN_1E6 * 1e-6;

static void ranks_of(const float *order, int64_t length, int32_t *order_out, int32_t *rank) {
  for (int64_t step = 0; step < length; step++) {
    order_out[step] = (int32_t)order[step];
    rank[order_out[step]] = (int32_t)step;
  }
}

/* ---- Against the plain network ---- */

static void check_scores(bench *b, plain_mpnn *plain) {
  int64_t length = b->backbone.length;
  int32_t order[64], rank[64];
  for (int use_sequence = 0; use_sequence < 2; use_sequence++) {
    pleat_result *result = run_task(b, &b->def->score, (pleat_design_task){.samples = 2, .seed = 4, .use_sequence = use_sequence});
    for (int64_t s = 0; s < 2; s++) {
      ranks_of(pleat_result_find(result, "decoding_order") + s * length, length, order, rank);
      plain_mpnn_score(plain, rank, use_sequence);
      expect_close(pleat_result_find(result, "logits") + s * length * 21, plain->logits, length * 21, tolerance, "score");
    }
    pleat_result_free(result);
  }
}

/* Residue t last, or, without the sequence, first; only some residues, each is a plain pass of its own. */
static void check_singles(bench *b, plain_mpnn *plain) {
  int64_t length = b->backbone.length;
  int32_t order[64], rank[64];
  for (int use_sequence = 0; use_sequence < 2; use_sequence++) {
    pleat_result *result = run_task(b, &b->def->score,
                                    (pleat_design_task){.samples = 1, .single = true, .use_sequence = use_sequence});
    ranks_of(pleat_result_find(result, "decoding_order"), length, order, rank);
    for (int64_t t = 0; t < length; t += 5) {
      int32_t kept = rank[t];
      rank[t] = use_sequence ? (int32_t)length : -1;
      plain_mpnn_score(plain, rank, true);
      rank[t] = kept;
      expect_close(pleat_result_find(result, "logits") + t * 21, plain->logits + t * 21, 21, tolerance, "single");
    }
    pleat_result_free(result);
  }
}

static void test_scores_equal_the_plain_network(void) {
  bench b;
  plain_mpnn plain;
  open_bench(&b, &pleat_model_proteinmpnn_020, 31, 11);
  CU_ASSERT_EQUAL_FATAL(plain_mpnn_encode(&b.pool, b.model, &b.backbone, &plain), PLEAT_OK);
  check_scores(&b, &plain);
  check_singles(&b, &plain);
  /* the comparison must see a wrong letter */
  b.backbone.letter[7] = (b.backbone.letter[7] + 1) % 20;
  pleat_result *result = run_task(&b, &b.def->score, (pleat_design_task){.samples = 1, .use_sequence = true});
  b.backbone.letter[7] = (b.backbone.letter[7] + 19) % 20;
  int32_t order[64], rank[64];
  ranks_of(pleat_result_find(result, "decoding_order"), 31, order, rank);
  plain_mpnn_score(&plain, rank, true);
  double worst = 0;
  for (int i = 0; i < 31 * 21; i++) worst = fmax(worst, fabs(pleat_result_find(result, "logits")[i] - plain.logits[i]));
  CU_ASSERT(worst > 100 * tolerance);
  pleat_result_free(result);
  close_bench(&b);
}

static void test_labels_equal_the_plain_network(void) {
  bench b;
  plain_mpnn plain;
  open_bench(&b, &pleat_model_per_residue_membrane_mpnn, 12, 48);
  CU_ASSERT_EQUAL_FATAL(plain_mpnn_encode(&b.pool, b.model, &b.backbone, &plain), PLEAT_OK);
  check_scores(&b, &plain);
  close_bench(&b);
}

/* 40 atoms, of which a residue sees 25; then side chains too; then the ligand alone is hidden; then nothing is there. */
static void test_context_equals_the_plain_network(void) {
  bench b;
  open_bench(&b, &pleat_model_ligandmpnn_010, 7, 5);
  for (int variant = 0; variant < 5; variant++) {
    plain_mpnn plain;
    b.backbone.side_chain_context = variant == 1 || variant == 2;
    b.backbone.atom_context = variant != 2;
    b.backbone.context_count = variant == 3 ? 4 : variant == 4 ? 0 : 40;
    CU_ASSERT_EQUAL_FATAL(plain_mpnn_encode(&b.pool, b.model, &b.backbone, &plain), PLEAT_OK);
    check_scores(&b, &plain);
  }
  close_bench(&b);
}

/* Stored draws for `steps` steps of `samples` samples. */
typedef struct stored {
  pleat_array normals, exponential;
} stored;

static stored store_draws(bench *b, size_t samples, size_t steps) {
  size_t length = (size_t)b->backbone.length;
  float *normals = numbers(b, samples * length, 1), *each = numbers(b, steps * samples * 20, 1);
  for (size_t i = 0; i < steps * samples * 20; i++) each[i] = fabsf(each[i]) + 0.01f;
  return (stored){{"randn", normals, 2, {samples, length}}, {"exponential", each, 3, {steps, samples, 20}}};
}

/* Three tied residues with weights, two of a pair where one is fixed. */
static void tie(bench *b) {
  static int64_t start[] = {0, 3, 5};
  static int32_t member[] = {4, 9, 14, 12, 11};
  static float weight[] = {0.5f, 0.3f, 0.2f, 0.5f, 0.5f};
  b->backbone.ties = (pleat_target_ties){2, start, member, weight};
}

static void check_design(bench *b, plain_mpnn *plain, double temperature) {
  enum { SAMPLES = 3 };
  int64_t length = b->backbone.length;
  stored draws = store_draws(b, SAMPLES, (size_t)length);
  pleat_design_task task = {.samples = SAMPLES, .temperature = temperature};
  task.draws[PLEAT_DRAW_RANDN] = &draws.normals;
  task.draws[PLEAT_DRAW_EXPONENTIAL] = &draws.exponential;
  pleat_result *result = run_task(b, &b->def->design, task);
  for (int64_t s = 0; s < SAMPLES; s++) {
    int32_t order[64], rank[64], letters[64];
    float each[64 * 20];
    ranks_of(pleat_result_find(result, "decoding_order") + s * length, length, order, rank);
    for (int64_t step = 0; step < length; step++)
      memcpy(each + step * 20, draws.exponential.data + (step * SAMPLES + s) * 20, 20 * sizeof *each);
    plain_mpnn_design(plain, order, each, temperature, letters);
    for (int64_t i = 0; i < length; i++) {
      CU_ASSERT_EQUAL(pleat_result_find(result, "S")[s * length + i], (float)letters[i]);
      double want[21], sum = 0;
      for (int a = 0; a < 21; a++) sum += exp(plain->logits[i * 21 + a]);
      for (int a = 0; a < 21; a++)
        want[a] = (plain->logits[i * 21 + a] - log(sum)) * (b->backbone.mask[i] * b->backbone.designed[i]);
      expect_close(pleat_result_find(result, "log_probs") + (s * length + i) * 21, want, 21, tolerance, "log_probs");
    }
  }
  pleat_result_free(result);
}

static void test_designs_equal_the_plain_network(void) {
  bench b;
  plain_mpnn plain;
  open_bench(&b, &pleat_model_proteinmpnn_020, 23, 9);
  CU_ASSERT_EQUAL_FATAL(plain_mpnn_encode(&b.pool, b.model, &b.backbone, &plain), PLEAT_OK);
  check_design(&b, &plain, 0.5);
  tie(&b);
  check_design(&b, &plain, 1);
  close_bench(&b);
}

/* ---- What designs must keep to ---- */

static void test_designs_keep_their_constraints(void) {
  enum { SAMPLES = 9 };
  bench b;
  open_bench(&b, &pleat_model_proteinmpnn_020, 40, 16);
  tie(&b);
  for (int64_t i = 0; i < 40; i++) b.backbone.bias[i * 21 + 5] = -1e8f;
  pleat_result *result = run_task(&b, &b.def->design, (pleat_design_task){.samples = SAMPLES, .temperature = 5, .seed = 3});
  const float *letters = pleat_result_find(result, "S"), *probs = pleat_result_find(result, "sampling_probs");
  for (int64_t s = 0; s < SAMPLES; s++, letters += 40) {
    CU_ASSERT(letters[4] == letters[9] && letters[9] == letters[14]);
    for (int64_t i = 0; i < 40; i++) {
      bool designed = b.backbone.mask[i] * b.backbone.designed[i] > 0;
      double sum = 0;
      for (int a = 0; a < 20; a++) sum += probs[(s * 40 + i) * 20 + a];
      CU_ASSERT_DOUBLE_EQUAL(sum, designed, 1e-5);
      if (designed) CU_ASSERT(letters[i] != 5 && letters[i] < 20);
      if (!designed) CU_ASSERT_EQUAL(letters[i], (float)b.backbone.letter[i]);
    }
  }
  for (size_t i = 0; i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    size_t count = 1, odd = 0;
    for (int d = 0; d < array.rank; d++) count *= array.shape[d];
    for (size_t k = 0; k < count; k++) odd += !isfinite(array.data[k]);
    CU_ASSERT_EQUAL(odd, 0);
  }
  pleat_result_free(result);
  close_bench(&b);
}

/* At a high temperature letters are drawn as their probabilities say: each sample's own draws are independent. */
static void test_letters_come_as_often_as_they_should(void) {
  enum { SAMPLES = 400 };
  bench b;
  open_bench(&b, &pleat_model_proteinmpnn_020, 2, 4);
  pleat_result *result = run_task(&b, &b.def->design, (pleat_design_task){.samples = SAMPLES, .temperature = 0.5, .seed = 8});
  double expected = 0, drawn = 0, variance = 0;
  for (int64_t s = 0; s < SAMPLES; s++) { /* letters 0..9 of residue 0 against 10..19 */
    const float *probs = pleat_result_find(result, "sampling_probs") + s * 40;
    double low = 0;
    for (int a = 0; a < 10; a++) low += probs[a];
    expected += low;
    variance += low * (1 - low);
    drawn += pleat_result_find(result, "S")[s * 2] < 10;
  }
  CU_ASSERT(variance > 20);
  CU_ASSERT(fabs(drawn - expected) < 4 * sqrt(variance));
  pleat_result_free(result);
  close_bench(&b);
}

/* ---- Same bits ---- */

/* How many of `count` rows of `part`, which begins at sample `first` of `whole`, differ anywhere in any array. */
static int different_arrays(const pleat_result *whole, const pleat_result *part, size_t first, size_t count) {
  int different = 0;
  for (size_t i = 0; i < pleat_result_array_count(whole); i++) {
    pleat_array a = pleat_result_array_at(whole, i), b = pleat_result_array_at(part, i);
    size_t row = 1;
    for (int d = 1; d < a.rank; d++) row *= a.shape[d];
    different += memcmp(a.data + first * row, b.data, count * row * sizeof(float)) != 0;
  }
  return different;
}

static void check_same_bits(bench *b, const pleat_design_def *def, pleat_design_task task) {
  enum { SAMPLES = 19 };
  static const int64_t cuts[] = {0, 1, 9, 19};
  task.samples = SAMPLES;
  pleat_context_set_threads(b->context, 1);
  pleat_result *whole = run_task(b, def, task);
  for (int threads = 1; threads <= 3; threads++) {
    pleat_context_set_threads(b->context, threads);
    pleat_result *again = run_task(b, def, task);
    CU_ASSERT_EQUAL(different_arrays(whole, again, 0, SAMPLES), 0);
    pleat_result_free(again);
    for (int i = 0; i < 3; i++) {
      pleat_design_task part = task;
      part.first_sample = cuts[i];
      part.samples = cuts[i + 1] - cuts[i];
      again = run_task(b, def, part);
      CU_ASSERT_EQUAL(different_arrays(whole, again, (size_t)cuts[i], (size_t)part.samples), 0);
      pleat_result_find(again, "log_probs")[0] += 1; /* the comparison must see one changed number */
      CU_ASSERT_EQUAL(different_arrays(whole, again, (size_t)cuts[i], (size_t)part.samples), 1);
      pleat_result_free(again);
    }
  }
  pleat_context_set_threads(b->context, 1);
  pleat_result_free(whole);
}

static void test_same_bits_for_threads_and_splits(void) {
  bench b;
  open_bench(&b, &pleat_model_ligandmpnn_010, 26, 12);
  check_same_bits(&b, &b.def->design, (pleat_design_task){.temperature = 0.3, .seed = 12});
  tie(&b);
  check_same_bits(&b, &b.def->design, (pleat_design_task){.temperature = 0.3, .seed = 12});
  check_same_bits(&b, &b.def->score, (pleat_design_task){.use_sequence = true});
  check_same_bits(&b, &b.def->score, (pleat_design_task){.use_sequence = true, .single = true});
  close_bench(&b);
}

/* A sample of another target, or with another seed, has nothing to do with this one. */
static void test_seed_and_name_change_the_draws(void) {
  bench b;
  open_bench(&b, &pleat_model_proteinmpnn_020, 20, 8);
  const pleat_design_task task = {.samples = 2, .temperature = 1, .seed = 12};
  pleat_design_task other = task;
  pleat_result *first = run_task(&b, &b.def->design, task);
  other.seed = 13;
  pleat_result *seed = run_task(&b, &b.def->design, other);
  b.backbone.name = "other";
  pleat_result *name = run_task(&b, &b.def->design, task);
  CU_ASSERT(different_arrays(first, seed, 0, 2) > 0);
  CU_ASSERT(different_arrays(first, name, 0, 2) > 0);
  CU_ASSERT(memcmp(pleat_result_find(first, "S"), pleat_result_find(first, "S") + 20, 20 * sizeof(float)) != 0);
  pleat_result_free(first);
  pleat_result_free(seed);
  pleat_result_free(name);
  close_bench(&b);
}

/* ---- The graph ---- */

static void test_equal_distances_go_by_index(void) {
  enum { L = 9, K = 4 };
  bench b;
  open_bench(&b, &pleat_model_proteinmpnn_020, L, K);
  for (int i = 0; i < L; i++) /* on a line, so that each has equal neighbours on both sides */
    for (int k = 0; k < 12; k++) b.backbone.x[i * 12 + k] = k % 3 == 0 ? (float)i * 4 : 0;
  for (int i = 0; i < L; i++) b.backbone.mask[i] = 1;
  b.backbone.mask[2] = 0;
  pleat_arena arena;
  pleat_run run = {.context = b.context, .arena = &arena, .threads = 1};
  pleat_message_graph graph;
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(b.context, &run.kernels), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(b.context, 1 << 16, &arena), PLEAT_OK);
  const float *atoms = pleat_message_place_atoms(&run, L, b.backbone.x);
  pleat_message_graph_make(&run, L, K, atoms, b.backbone.mask, &graph);
  static const int32_t middle[K] = {5, 4, 6, 3}, missing[K] = {0, 1, 2, 3}, end[K] = {8, 7, 6, 5};
  CU_ASSERT_EQUAL(memcmp(graph.index + 5 * K, middle, sizeof middle), 0);
  CU_ASSERT_EQUAL(memcmp(graph.index + 2 * K, missing, sizeof missing), 0);
  CU_ASSERT_EQUAL(memcmp(graph.index + 8 * K, end, sizeof end), 0);
  CU_ASSERT_EQUAL(graph.count[2], 0);
  CU_ASSERT_EQUAL(graph.count[5], K);
  for (int k = 0; k < K; k++) CU_ASSERT_EQUAL(graph.distance[2 * K + k], 0);
  pleat_arena_free(b.context, &arena);
  close_bench(&b);
}

void suite_mpnn(void) {
  CU_pSuite suite = CU_add_suite("mpnn", NULL, NULL);
  CU_add_test(suite, "scores equal the plain network", test_scores_equal_the_plain_network);
  CU_add_test(suite, "labels equal the plain network", test_labels_equal_the_plain_network);
  CU_add_test(suite, "context equals the plain network", test_context_equals_the_plain_network);
  CU_add_test(suite, "designs equal the plain network", test_designs_equal_the_plain_network);
  CU_add_test(suite, "designs keep their constraints", test_designs_keep_their_constraints);
  CU_add_test(suite, "letters come as often as they should", test_letters_come_as_often_as_they_should);
  CU_add_test(suite, "same bits for threads and splits", test_same_bits_for_threads_and_splits);
  CU_add_test(suite, "seed and name change the draws", test_seed_and_name_change_the_draws);
  CU_add_test(suite, "equal distances go by index", test_equal_distances_go_by_index);
}
