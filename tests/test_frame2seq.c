/* Frame2seq with random weights: against plain double loops, same bits for any threads; what is fixed, tied, refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folding/model.h"
#include "lib/dispatch.h"
#include "lib/trace.h"
#include "tests/compare.h"
#include "tests/frame2seq_plain.h"
#include "tests/suites.h"

extern const pleat_model_def pleat_model_frame2seq;

enum { LENGTH = 41, SHORT = 9, LETTERS = PLEAT_TARGET_LETTERS, ATOM37 = PLEAT_TARGET_ATOMS, SAMPLES = 5, GAP = 4 };

/* The model with random weights, made once for all tests. */
static pleat_context *context;
static pleat_weights *files[3];
static void *model;

static pleat_status add_row(pleat_weights *weights, const pleat_weight_row *row, int block) {
  static float data[1 << 19];
  char name[160];
  pleat_tensor tensor = {.data = data, .dtype = PLEAT_DTYPE_F32, .rank = row->rank};
  memcpy(tensor.shape, row->shape, sizeof row->shape);
  snprintf(name, sizeof name, row->name, block);
  pleat_random stream = pleat_random_stream(3, pleat_random_hash(name), 0);
  float scale = row->rank == 2 ? sqrtf(3 / (float)row->shape[1]) : 0.3f;
  for (size_t i = 0; i < pleat_tensor_count(&tensor); i++)
    data[i] = scale * (2 * pleat_random_uniform(&stream, i) - 1) + (strstr(name, "norm.weight") != NULL);
  return pleat_weights_add(weights, name, &tensor);
}

static pleat_status add_weights(void) {
  const pleat_model_def *def = &pleat_model_frame2seq;
  for (int f = 0; f < 3; f++) PLEAT_TRY(pleat_weights_create(context, "random", &files[f]));
  for (const pleat_model_table *t = def->tables; t->rows; t++)
    for (int block = 0; block < t->blocks; block++)
      for (const pleat_weight_row *row = t->rows; row->name; row++) PLEAT_TRY(add_row(files[t->file], row, block));
  PLEAT_TRY(pleat_memory_take(context, 1, def->weights_size, &model));
  for (const pleat_model_table *t = def->tables; t->rows; t++)
    for (int block = 0; block < t->blocks; block++)
      PLEAT_TRY(pleat_weights_bind(context, files[t->file], t->rows, block,
                                   (char *)model + t->offset + (size_t)block * t->stride));
  return def->pack(context, model);
}

static int start(void) { return pleat_context_create(NULL, &context) || add_weights(); }

static int stop(void) {
  pleat_model_frame2seq.unload(context, model);
  pleat_memory_release(context, model);
  for (int f = 0; f < 3; f++) pleat_weights_free(files[f]);
  pleat_context_free(context);
  return 0;
}

/* A chain like a helix, with noise; residue GAP lacks its C. */
typedef struct chain {
  pleat_backbone backbone;
  float atoms[LENGTH * 9], there[LENGTH * ATOM37], designed[LENGTH], bias[LENGTH * LETTERS];
  int32_t letter[LENGTH], id[LENGTH];
} chain;

static void make_chain(chain *c, int64_t length) {
  pleat_random stream = pleat_random_stream(8, 0, 0);
  *c = (chain){.backbone = {.name = "helix", .length = length}};
  c->backbone.likely = c->atoms;
  c->backbone.atom_mask = c->there;
  c->backbone.designed = c->designed;
  c->backbone.bias = c->bias;
  c->backbone.letter = c->letter;
  c->backbone.chain = c->id;
  for (int64_t i = 0; i < length; i++) {
    c->designed[i] = i % 5 != 2;
    c->letter[i] = (int32_t)(i * 7 % 20);
    for (int a = 0; a < 3; a++) {
      const double turn = 1.745 * ((double)i + 0.3 * a), rise = 1.5 * (double)i + 1.2 * a, radius = a == 1 ? 2.3 : 1.6;
      const double ideal[3] = {radius * cos(turn), radius * sin(turn), rise};
      c->there[i * ATOM37 + a] = i != GAP || a != 2;
      for (int d = 0; d < 3; d++)
        c->atoms[i * 9 + a * 3 + d] =
          i == GAP && a == 2 ? 0 : (float)ideal[d] + 0.1f * pleat_random_normal(&stream, (uint64_t)(i * 9 + a * 3 + d));
    }
  }
}

static pleat_design_task task_of(const chain *c) {
  return (pleat_design_task){.backbone = &c->backbone, .samples = SAMPLES, .seed = 5, .temperature = 1};
}

/* Traced logits of each network and of the average, of the last pass. */
typedef struct listener {
  float logits[4][LENGTH * LETTERS];
} listener;

static void listen(void *user, const char *name, const float *data, int rank, const int64_t *shape) {
  listener *l = user;
  int network = 0;
  if (strcmp(name, "logits") && (sscanf(name, "model%d/", &network) != 1 || strcmp(name + 6, "/logits"))) return;
  if (rank == 3) memcpy(l->logits[network], data, (size_t)(shape[1] * shape[2]) * sizeof *data);
}

static pleat_status make_result(const pleat_design_def *def, const pleat_design_task *task, pleat_result **result) {
  PLEAT_TRY(pleat_result_create(context, "test", result));
  for (const pleat_model_output_def *o = def->outputs; o->name; o++) {
    size_t shape[4];
    float *data;
    for (int d = 0; d < o->rank; d++) {
      int64_t size = o->shape[d] == PLEAT_SHAPE_LENGTH ? task->backbone->length : o->shape[d];
      shape[d] = (size_t)(size == PLEAT_SHAPE_SAMPLES ? task->samples : size);
    }
    PLEAT_TRY(pleat_result_add_array(*result, o->name, o->rank, shape, &data));
  }
  return PLEAT_OK;
}

/* Measures and runs, as the session does; the result is the caller's. */
static pleat_status do_task(const pleat_design_def *def, pleat_design_task task, int threads, listener *heard,
                            pleat_result **result) {
  struct pleat_trace trace = {.fn = listen, .user = heard};
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = threads, .progress_share = 1};
  if (heard) run.trace = &trace;
  *result = NULL;
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  def->forward(&run, model, &task);
  if (run.status) return run.status;
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  pleat_status status = make_result(def, &task, result);
  task.result = *result;
  run.arena = &arena;
  if (!status) def->forward(&run, model, &task);
  CU_ASSERT_EQUAL(arena.used, 0);
  CU_ASSERT_EQUAL(arena.peak, measuring.peak);
  pleat_arena_free(context, &arena);
  return status ? status : run.status;
}

static pleat_result *design(const pleat_design_task *task, int threads, listener *heard) {
  pleat_result *result;
  CU_ASSERT_EQUAL_FATAL(do_task(&pleat_model_frame2seq.design, *task, threads, heard, &result), PLEAT_OK);
  return result;
}

static void check_against_plain(pleat_pool *pool, const chain *c, const listener *heard, int network) {
  double atoms[SHORT * 9];
  int mask[SHORT], given[SHORT];
  float want[SHORT * LETTERS];
  test_difference difference;
  for (int i = 0; i < SHORT; i++) {
    for (int d = 0; d < 9; d++) atoms[i * 9 + d] = c->atoms[i * 9 + d];
    mask[i] = i != GAP;
    given[i] = c->designed[i] > 0 ? PLEAT_TARGET_UNKNOWN : c->letter[i];
  }
  const plain_input input = {SHORT, atoms, mask, given};
  CU_ASSERT_EQUAL_FATAL(plain_frame2seq(pool, files[network - 1], network > 1, &input, want), PLEAT_OK);
  bool same = test_compare(heard->logits[network], want, SHORT * LETTERS, 2e-5, &difference);
  CU_ASSERT_TRUE(same);
  char text[160];
  test_compare_describe(&difference, text, sizeof text);
  if (!same) fprintf(stderr, "network %d: %s\n", network, text);
  want[7] += 1e-3f;
  CU_ASSERT_FALSE(test_compare(heard->logits[network], want, SHORT * LETTERS, 2e-5, &difference));
}

static void test_against_plain_loops(void) {
  static chain c;
  static listener heard;
  pleat_pool pool;
  make_chain(&c, SHORT);
  pleat_design_task task = task_of(&c);
  pleat_result_free(design(&task, 2, &heard));
  for (int network = 1; network <= 2; network++) {
    pleat_pool_init(&pool, context, 0);
    check_against_plain(&pool, &c, &heard, network);
    pleat_pool_free(&pool);
  }
  for (int i = 0; i < SHORT * LETTERS; i++) {
    double sum = (double)heard.logits[1][i] + heard.logits[2][i] + heard.logits[3][i];
    CU_ASSERT_DOUBLE_EQUAL(heard.logits[0][i], sum / 3, 1e-5);
  }
}

static bool same_arrays(const pleat_result *a, const pleat_result *b, const char *name, size_t count) {
  const float *x = pleat_result_find(a, name), *y = pleat_result_find(b, name);
  for (size_t i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return !memcmp(x, y, count * sizeof *x);
}

static void test_same_bits_for_threads_and_shards(void) {
  static chain c;
  make_chain(&c, LENGTH);
  pleat_design_task task = task_of(&c);
  pleat_result *one = design(&task, 1, NULL);
  for (int threads = 2; threads <= 3; threads++) {
    pleat_result *more = design(&task, threads, NULL);
    CU_ASSERT_TRUE(same_arrays(one, more, "S", SAMPLES * LENGTH));
    CU_ASSERT_TRUE(same_arrays(one, more, "log_probs", SAMPLES * LENGTH * LETTERS));
    CU_ASSERT_TRUE(same_arrays(one, more, "sampling_probs", SAMPLES * LENGTH * 20));
    pleat_result_free(more);
  }
  task.first_sample = 2;
  task.samples = 1;
  pleat_result *third = design(&task, 2, NULL);
  const float *of_one = pleat_result_find(one, "S") + 2 * LENGTH;
  CU_ASSERT_EQUAL(memcmp(pleat_result_find(third, "S"), of_one, LENGTH * sizeof(float)), 0);
  task.seed++;
  pleat_result *other = design(&task, 2, NULL);
  CU_ASSERT_NOT_EQUAL(memcmp(pleat_result_find(third, "S"), pleat_result_find(other, "S"), LENGTH * sizeof(float)), 0);
  pleat_result_free(other);
  pleat_result_free(third);
  pleat_result_free(one);
}

/* Fixed and incomplete residues keep their letter; omitted letters and X never come; probabilities add up. */
static void test_letters_that_may_not_come(void) {
  static chain c;
  make_chain(&c, LENGTH);
  c.letter[7] = PLEAT_TARGET_UNKNOWN;
  for (int i = 0; i < LENGTH; i++)
    for (int k = 0; k < 20; k += 2) c.bias[i * LETTERS + k] = -1e8f;
  pleat_design_task task = task_of(&c);
  task.temperature = 100;
  pleat_result *result = design(&task, 2, NULL);
  const float *letters = pleat_result_find(result, "S"), *p = pleat_result_find(result, "sampling_probs");
  for (int b = 0; b < SAMPLES; b++)
    for (int i = 0; i < LENGTH; i++) {
      int letter = (int)letters[b * LENGTH + i];
      double sum = 0;
      for (int k = 0; k < 20; k++) sum += p[(b * LENGTH + i) * 20 + k];
      if (i == GAP || i % 5 == 2) {
        CU_ASSERT_EQUAL(letter, c.letter[i]);
        CU_ASSERT_EQUAL(sum, 0);
      } else {
        CU_ASSERT_EQUAL(letter % 2, 1);
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-5);
      }
    }
  pleat_result_free(result);
}

/* Stored numbers of the exponential distribution decide as torch.multinomial does: the greatest p / e. */
static void test_stored_draws(void) {
  static chain c;
  static float numbers[LENGTH * SAMPLES * 20];
  make_chain(&c, LENGTH);
  pleat_random stream = pleat_random_stream(1, 2, 3);
  for (int i = 0; i < LENGTH * SAMPLES * 20; i++) numbers[i] = -logf(pleat_random_uniform(&stream, (uint64_t)i));
  pleat_array draws = {.name = "exponential", .rank = 3, .shape = {LENGTH, SAMPLES, 20}, .data = numbers};
  pleat_design_task task = task_of(&c);
  task.draws[PLEAT_DRAW_EXPONENTIAL] = &draws;
  pleat_result *result = design(&task, 2, NULL);
  const float *letters = pleat_result_find(result, "S"), *p = pleat_result_find(result, "sampling_probs");
  for (int b = 0; b < SAMPLES; b++)
    for (int i = 0; i < LENGTH; i++) {
      int best = 0;
      for (int k = 1; k < 20; k++) {
        const float *e = numbers + (i * SAMPLES + b) * 20, *each = p + (b * LENGTH + i) * 20;
        if (each[k] / e[k] > each[best] / e[best]) best = k;
      }
      if (i != GAP && i % 5 != 2) CU_ASSERT_EQUAL((int)letters[b * LENGTH + i], best);
    }
  pleat_result_free(result);
  draws.shape[0] = LENGTH - 1;
  CU_ASSERT_EQUAL(do_task(&pleat_model_frame2seq.design, task, 1, NULL, &result), PLEAT_ERROR_INPUT);
}

static void test_ties_get_one_letter(void) {
  static chain c;
  int64_t first[] = {0, 3, 5};
  int32_t member[] = {0, 10, 20, 3, 7};
  float weight[] = {1, 0.5f, 0.5f, 1, 1};
  make_chain(&c, LENGTH);
  c.designed[7] = 0;
  c.backbone.ties = (pleat_target_ties){2, first, member, weight};
  pleat_design_task task = task_of(&c);
  pleat_result *result = design(&task, 2, NULL);
  const float *letters = pleat_result_find(result, "S");
  for (int b = 0; b < SAMPLES; b++, letters += LENGTH) {
    CU_ASSERT_EQUAL(letters[10], letters[0]);
    CU_ASSERT_EQUAL(letters[20], letters[0]);
    CU_ASSERT_EQUAL((int)letters[3], c.letter[7]);
  }
  pleat_result_free(result);
}

/* Scored with the sequence, a residue's logits are those of a design of this residue alone. */
static void test_score_sees_all_others(void) {
  static chain c;
  static listener heard;
  pleat_result *score;
  make_chain(&c, SHORT);
  for (int i = 0; i < SHORT; i++) c.designed[i] = i == 5;
  pleat_design_task task = task_of(&c);
  pleat_result_free(design(&task, 2, &heard));
  task.samples = 2;
  task.single = task.use_sequence = true;
  CU_ASSERT_EQUAL_FATAL(do_task(&pleat_model_frame2seq.score, task, 2, NULL, &score), PLEAT_OK);
  const float *logits = pleat_result_find(score, "logits"), *log_probs = pleat_result_find(score, "log_probs");
  CU_ASSERT_EQUAL(memcmp(logits + 5 * LETTERS, heard.logits[0] + 5 * LETTERS, LETTERS * sizeof *logits), 0);
  CU_ASSERT_EQUAL(memcmp(logits, logits + SHORT * LETTERS, SHORT * LETTERS * sizeof *logits), 0);
  for (int i = 0; i < 2 * SHORT; i++) {
    double sum = 0;
    for (int k = 0; k < LETTERS; k++) sum += exp(log_probs[i * LETTERS + k]);
    CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-5);
  }
  pleat_result_free(score);
}

/* Without the sequence nothing is given, as in a design of all residues. */
static void test_score_without_sequence(void) {
  static chain c;
  static listener heard;
  pleat_result *score;
  make_chain(&c, SHORT);
  pleat_design_task task = task_of(&c);
  CU_ASSERT_EQUAL_FATAL(do_task(&pleat_model_frame2seq.score, task, 1, NULL, &score), PLEAT_OK);
  for (int i = 0; i < SHORT; i++) c.designed[i] = 1;
  pleat_result_free(design(&task, 1, &heard));
  CU_ASSERT_EQUAL(memcmp(pleat_result_find(score, "logits"), heard.logits[0], SHORT * LETTERS * sizeof(float)), 0);
  pleat_result_free(score);
}

static void expect_refusal(const chain *c, const char *word) {
  pleat_result *result;
  CU_ASSERT_EQUAL(do_task(&pleat_model_frame2seq.design, task_of(c), 1, NULL, &result), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), word));
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "helix"));
}

static void test_refusals(void) {
  static chain c;
  make_chain(&c, SHORT);
  c.id[SHORT - 1] = 1;
  expect_refusal(&c, "one chain");
  make_chain(&c, SHORT);
  memset(c.there, 0, sizeof c.there);
  expect_refusal(&c, "N, CA and C");
}

/* Residue 40 of 5L33 has alternates of occupancy 0.45 (A) and 0.55 (B): the model sees B. */
static void test_likeliest_alternate(void) {
  pleat_structure *structure;
  pleat_target *target;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_read(context, PLEAT_TEST_GOLDEN "/mpnn/5l33.pdb.gz", &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_target_create(context, "5L33", structure, NULL, &target), PLEAT_OK);
  const pleat_backbone *backbone = pleat_target_backbone(target);
  CU_ASSERT_DOUBLE_EQUAL(backbone->x[(41 * 4 + 1) * 3], 16.186, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(backbone->likely[(41 * 3 + 1) * 3], 16.207, 1e-5);
  for (int64_t i = 0; i < 23 * 9; i++) CU_ASSERT_EQUAL(backbone->likely[i], backbone->x[i / 9 * 12 + i % 9]);
  pleat_target_free(target);
  pleat_structure_free(structure);
}

static void test_one_residue(void) {
  static chain c;
  make_chain(&c, 1);
  pleat_design_task task = task_of(&c);
  pleat_result *result = design(&task, 2, NULL);
  CU_ASSERT_TRUE(same_arrays(result, result, "log_probs", SAMPLES * LETTERS));
  pleat_result_free(result);
}

void suite_frame2seq(void) {
  CU_pSuite suite = CU_add_suite("frame2seq", start, stop);
  CU_add_test(suite, "logits equal plain double loops", test_against_plain_loops);
  CU_add_test(suite, "same bits for any threads, shards of samples", test_same_bits_for_threads_and_shards);
  CU_add_test(suite, "letters that may not come", test_letters_that_may_not_come);
  CU_add_test(suite, "stored draws", test_stored_draws);
  CU_add_test(suite, "ties get one letter", test_ties_get_one_letter);
  CU_add_test(suite, "score sees all others", test_score_sees_all_others);
  CU_add_test(suite, "score without the sequence", test_score_without_sequence);
  CU_add_test(suite, "refusals", test_refusals);
  CU_add_test(suite, "likeliest alternate", test_likeliest_alternate);
  CU_add_test(suite, "one residue", test_one_residue);
}
