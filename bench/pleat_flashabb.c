/* Times FlashABB in process through pleat's public API: prints the seconds of each call on one batch of sequences.
 * SPDX-License-Identifier: MIT
 *
 * pleat_flashabb MODELS_DIR FASTA COUNT REPEATS THREADS */
#include <pleat.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Predicts the first `count` queries `repeats` + 1 times; the first call warms up and is not printed. */
static pleat_status time_calls(pleat_model *model, const pleat_query_list *list, size_t count, int repeats) {
  const pleat_query **queries = calloc(count, sizeof *queries);
  pleat_result **results = calloc(count, sizeof *results);
  pleat_status status = queries && results ? PLEAT_OK : PLEAT_ERROR_MEMORY;
  for (size_t i = 0; status == PLEAT_OK && i < count; i++) queries[i] = pleat_query_list_get(list, i);
  for (int repeat = 0; status == PLEAT_OK && repeat <= repeats; repeat++) {
    double begin = seconds();
    status = pleat_predict(model, queries, count, results);
    if (status == PLEAT_OK && repeat > 0) printf("%.6f\n", seconds() - begin);
    for (size_t i = 0; status == PLEAT_OK && i < count; i++) pleat_result_free(results[i]);
  }
  free(queries);
  free(results);
  return status;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: pleat_flashabb MODELS_DIR FASTA COUNT REPEATS THREADS\n");
    return 1;
  }
  pleat_context *context = NULL;
  pleat_model *model = NULL;
  pleat_query_list *list = NULL;
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_context_set_threads(context, atoi(argv[5]));
  pleat_status status = pleat_context_set_models_dir(context, argv[1]);
  if (status == PLEAT_OK) status = pleat_model_open(context, "flashabb", &model);
  if (status == PLEAT_OK) status = pleat_query_list_read(context, argv[2], &list);
  if (status == PLEAT_OK && pleat_query_list_count(list) < (size_t)atoi(argv[3])) {
    fprintf(stderr, "pleat_flashabb: %s has fewer than %s sequences\n", argv[2], argv[3]);
    status = PLEAT_ERROR_INPUT;
  }
  if (status == PLEAT_OK) status = time_calls(model, list, (size_t)atoi(argv[3]), atoi(argv[4]));
  if (status != PLEAT_OK) fprintf(stderr, "pleat_flashabb: %s\n", pleat_context_error(context));
  pleat_query_list_free(list);
  pleat_model_free(model);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 1;
}
