/* Contexts in several threads at once, each with a team of threads of its own: the same bits as alone. Under the thread sanitizer
 * (make check-tsan) it also shows that they share nothing unguarded.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/model.h"
#include "tests/random_alphafold.h"
#include "tests/random_weights.h"

enum { THREADS = 2, MOST = 1 << 16, ROUNDS = 2 };
static const char *const names[] = {"flashabb", "proteinmpnn_v_48_020", "alphafold2_ptm_model_3"};
static char folder[] = "/tmp/pleat-threads-XXXXXX";

/* What one thread makes: all numbers of its results one after the other. */
typedef struct work {
  float *numbers;
  size_t count;
  char sentence[512];
} work;

static int fail(work *w, const pleat_context *context) {
  snprintf(w->sentence, sizeof w->sentence, "%s", pleat_context_error(context));
  return 1;
}

static void keep(work *w, const pleat_result *result) {
  for (size_t i = 0; i < pleat_result_array_count(result); i++) {
    pleat_array array = pleat_result_array_at(result, i);
    size_t count = 1;
    for (int d = 0; d < array.rank; d++) count *= array.shape[d];
    if (w->count + count > MOST) continue;
    memcpy(w->numbers + w->count, array.data, count * sizeof *array.data);
    w->count += count;
  }
}

static int predict(work *w, pleat_context *context, const char *name, const char *sequence) {
  pleat_model *model = NULL;
  pleat_query *query = NULL;
  pleat_result *result = NULL;
  int bad = pleat_model_open(context, name, &model) || pleat_query_create(context, "q", sequence, &query) ||
            (pleat_model_heeds(model, "msa") && pleat_query_set_msa(query, NULL)) ||
            pleat_predict(model, (const pleat_query *const *)&query, 1, &result);
  if (bad) fail(w, context);
  else keep(w, result);
  pleat_result_free(result);
  pleat_query_free(query);
  pleat_model_free(model);
  return bad;
}

static int design(work *w, pleat_context *context) {
  pleat_structure *structure = NULL;
  pleat_target *target = NULL;
  pleat_model *model = NULL;
  pleat_result *result = NULL;
  const pleat_design_settings settings = {.samples = 2, .seed = 3, .temperature = 0.5};
  int bad = pleat_structure_read(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", &structure) ||
            pleat_target_create(context, "t", structure, NULL, &target) || pleat_model_open(context, names[1], &model) ||
            pleat_design(model, target, &settings, &result);
  if (bad) fail(w, context);
  else keep(w, result);
  pleat_result_free(result);
  pleat_model_free(model);
  pleat_target_free(target);
  pleat_structure_free(structure);
  return bad;
}

static void *run(void *argument) {
  work *w = argument;
  pleat_context *context;
  w->count = 0;
  if (pleat_context_create(NULL, &context)) return NULL;
  pleat_context_set_threads(context, 2);
  if (!pleat_context_set_models_dir(context, folder) && !predict(w, context, names[0], "EVQLVESGGG:DIQMTQSPSS") &&
      !design(w, context))
    predict(w, context, names[2], "MKTAYIAKQRQ");
  pleat_context_free(context);
  return NULL;
}

static int write_models(void) {
  pleat_context *context;
  int bad = !mkdtemp(folder) || pleat_context_create(NULL, &context);
  if (bad) return 1;
  for (size_t i = 0; pleat_models[i] && !bad; i++)
    for (size_t n = 0; n < sizeof names / sizeof names[0] && !bad; n++) {
      if (strcmp(pleat_models[i]->name, names[n])) continue;
      bad = random_alphafold_is(names[n]) ? random_alphafold_write(context, folder, names[n])
                                          : random_weights_write(context, folder, pleat_models[i], 0, RANDOM_DAMAGE_NONE);
    }
  if (bad) fprintf(stderr, "threads: %s\n", pleat_context_error(context));
  pleat_context_free(context);
  return bad;
}

static void remove_models(void) {
  for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s.h5", folder, names[n]);
    unlink(path);
  }
  rmdir(folder);
}

static int differ(const work *a, const work *b) {
  if (*b->sentence || *a->sentence) return fprintf(stderr, "threads: %s%s\n", a->sentence, b->sentence), 1;
  if (a->count && a->count == b->count && !memcmp(a->numbers, b->numbers, a->count * sizeof *a->numbers)) return 0;
  return fprintf(stderr, "threads: %zu and %zu numbers differ\n", a->count, b->count), 1;
}

int main(void) {
  work alone = {.numbers = calloc(MOST, sizeof(float))}, together[THREADS] = {0};
  int bad = write_models();
  if (!bad) run(&alone);
  for (int round = 0; round < ROUNDS && !bad; round++) {
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) {
      if (!together[t].numbers) together[t].numbers = calloc(MOST, sizeof(float));
      if (pthread_create(&threads[t], NULL, run, &together[t])) return 1;
    }
    for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
    for (int t = 0; t < THREADS; t++) bad |= differ(&alone, &together[t]);
  }
  if (!bad) printf("threads: %zu numbers of %d threads are those of one\n", alone.count, THREADS);
  for (int t = 0; t < THREADS; t++) free(together[t].numbers);
  free(alone.numbers);
  remove_models();
  return bad;
}
