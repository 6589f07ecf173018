/* Times one Evoformer block in process through pleat's public API: prints the seconds of each call.
 * SPDX-License-Identifier: MIT
 *
 * pleat_evoformer WEIGHTS.npz SEQUENCES RESIDUES REPEATS THREADS wall|processor
 *
 * processor: processor seconds a thread, which other load on the machine hardly changes. */
#include <pleat_kernels.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(int processor, int threads) {
  struct timespec now;
  if (processor) return (double)clock() / CLOCKS_PER_SEC / threads;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Numbers from -1 to 1, the same everywhere: a linear congruence modulo 2^32. */
static float *numbers(size_t count, uint32_t seed) {
  float *x = malloc(count * sizeof *x);
  for (size_t i = 0; x && i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 8) / 8388608.0f - 1;
  }
  return x;
}

/* The first call warms up and is not printed. */
static pleat_status time_calls(const pleat_block *block, char **argv) {
  size_t sequences = (size_t)atol(argv[2]), residues = (size_t)atol(argv[3]);
  int repeats = atoi(argv[4]), threads = atoi(argv[5]), processor = !strcmp(argv[6], "processor");
  pleat_block_channels channels = pleat_block_get_channels(block);
  pleat_block_arrays arrays = {.sequences = sequences,
                               .length = residues,
                               .msa = numbers(sequences * residues * channels.msa, 1),
                               .pair = numbers(residues * residues * channels.pair, 2)};
  size_t bytes = 0;
  pleat_status status = arrays.msa && arrays.pair ? PLEAT_OK : PLEAT_ERROR_MEMORY;
  if (status == PLEAT_OK) status = pleat_block_measure(block, &arrays, &bytes, NULL);
  void *workspace = malloc(bytes);
  if (!workspace) status = PLEAT_ERROR_MEMORY;
  for (int repeat = 0; status == PLEAT_OK && repeat <= repeats; repeat++) {
    double begin = seconds(processor, threads);
    status = pleat_block_run(block, &arrays, workspace, bytes);
    if (status == PLEAT_OK && repeat > 0) printf("%.6f\n", seconds(processor, threads) - begin);
  }
  free(workspace);
  free(arrays.msa);
  free(arrays.pair);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context = NULL;
  pleat_block *block = NULL;
  if (argc != 7) {
    fprintf(stderr, "usage: pleat_evoformer WEIGHTS.npz SEQUENCES RESIDUES REPEATS THREADS wall|processor\n");
    return 1;
  }
  if (pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_context_set_threads(context, atoi(argv[5]));
  pleat_status status = pleat_block_open(context, PLEAT_BLOCK_EVOFORMER, argv[1], "evoformer_iteration", -1, &block);
  if (status == PLEAT_OK) status = time_calls(block, argv);
  if (status != PLEAT_OK) fprintf(stderr, "pleat_evoformer: %s\n", pleat_context_error(context));
  pleat_block_free(block);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 1;
}
