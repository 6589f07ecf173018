/* One block of AlphaFold 2 on arrays of one's own: evoformer_block PARAMS.npz|MODEL.h5 STACK NUMBER [SEQUENCES RESIDUES]
 * SPDX-License-Identifier: MIT
 *
 * STACK is where the file has the blocks, for instance alphafold/alphafold_iteration/evoformer/extra_msa_stack. */
#include <pleat_kernels.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers from -1 to 1, the same everywhere: a linear congruence modulo 2^32. */
static float *numbers(size_t count, uint32_t seed) {
  float *x = malloc(count * sizeof *x);
  for (size_t i = 0; x && i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 8) / 8388608.0f - 1;
  }
  return x;
}

static double mean_square(const float *x, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
  return sum / (double)count;
}

static pleat_status run(const pleat_block *block, size_t sequences, size_t length) {
  pleat_block_channels channels = pleat_block_get_channels(block);
  size_t msa = sequences * length * channels.msa, pair = length * length * channels.pair, bytes;
  pleat_block_arrays arrays = {
      .sequences = sequences, .length = length, .msa = numbers(msa, 1), .pair = numbers(pair, 2)};
  double flops = 0;
  pleat_status status = arrays.msa && arrays.pair ? PLEAT_OK : PLEAT_ERROR_MEMORY;
  if (status == PLEAT_OK) status = pleat_block_measure(block, &arrays, &bytes, &flops);
  if (status == PLEAT_OK) status = pleat_block_run(block, &arrays, NULL, 0);
  if (status == PLEAT_OK)
    printf("msa (%zu,%zu,%zu) mean square %.5f, pair (%zu,%zu,%zu) %.5f; %.3f GFLOP in %.1f MB of working memory\n",
           sequences, length, channels.msa, mean_square(arrays.msa, msa), length, length, channels.pair,
           mean_square(arrays.pair, pair), flops * 1e-9, (double)bytes * 1e-6);
  free(arrays.msa);
  free(arrays.pair);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_block *block = NULL;
  if ((argc != 4 && argc != 6) || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_block_kind kind = strstr(argv[2], "extra") ? PLEAT_BLOCK_EXTRA : PLEAT_BLOCK_EVOFORMER;
  pleat_status status = pleat_block_open(context, kind, argv[1], argv[2], atoi(argv[3]), &block);
  if (status == PLEAT_OK) status = run(block, argc > 4 ? (size_t)atol(argv[4]) : 32, argc > 5 ? (size_t)atol(argv[5]) : 24);
  if (status != PLEAT_OK) fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_block_free(block);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
