/* Times designing, packing and Frame2seq in process through pleat's public API: prints the seconds of each call, or the
 * native sequence recovery of each design.
 * SPDX-License-Identifier: MIT
 *
 * pleat_design (design|pack|frame2seq|recovery) MODELS_DIR PDB COUNT REPEATS THREADS */
#include <pleat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct bench {
  const char *what;
  pleat_model *model;
  pleat_target *target;
  size_t count;
} bench;

static pleat_status call(const bench *b, uint64_t seed, pleat_result **result) {
  const pleat_design_settings design = {.samples = b->count, .seed = seed, .temperature = 0.1};
  const pleat_pack_settings pack = {
      .samples = b->count, .seed = seed, .steps = 3, .candidates = 16, .repack_everything = 1, .ligand_context = 1};
  return strcmp(b->what, "pack") ? pleat_design(b->model, b->target, &design, result)
                                 : pleat_pack(b->model, b->target, &pack, result);
}

/* Calls `repeats` times, after one call to warm up when times are wanted. */
static pleat_status run(const bench *b, int repeats) {
  int recovery = !strcmp(b->what, "recovery");
  for (int repeat = recovery; repeat <= repeats; repeat++) {
    pleat_result *result;
    pleat_array native;
    double begin = seconds();
    pleat_status status = call(b, (uint64_t)repeat, &result);
    if (status) return status;
    if (!recovery && repeat) printf("%.6f\n", seconds() - begin);
    if (recovery && (status = pleat_result_array(result, "seq_rec", &native))) return status;
    for (size_t i = 0; recovery && i < b->count; i++) printf("%.4f\n", (double)native.data[i]);
    pleat_result_free(result);
  }
  return PLEAT_OK;
}

static const char *model_of(const char *what) {
  if (!strcmp(what, "pack")) return "ligandmpnn_sc_v_32_002_16";
  return strcmp(what, "frame2seq") ? "proteinmpnn_v_48_020" : "frame2seq";
}

static pleat_status prepare(pleat_context *context, char **argv, bench *b) {
  pleat_structure *structure = NULL;
  pleat_status status = pleat_context_set_models_dir(context, argv[2]);
  if (!status) status = pleat_model_open(context, model_of(b->what), &b->model);
  if (!status) status = pleat_structure_read(context, argv[3], &structure);
  if (!status) status = pleat_target_create(context, "bench", structure, NULL, &b->target);
  pleat_structure_free(structure);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context = NULL;
  if (argc != 7) {
    fprintf(stderr, "usage: pleat_design (design|pack|frame2seq|recovery) MODELS_DIR PDB COUNT REPEATS THREADS\n");
    return 1;
  }
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_context_set_threads(context, atoi(argv[6]));
  bench b = {.what = argv[1], .count = (size_t)atoi(argv[4])};
  pleat_status status = prepare(context, argv, &b);
  if (!status) status = run(&b, atoi(argv[5]));
  if (status) fprintf(stderr, "pleat_design: %s\n", pleat_context_error(context));
  pleat_target_free(b.target);
  pleat_model_free(b.model);
  pleat_context_free(context);
  return status ? 1 : 0;
}
