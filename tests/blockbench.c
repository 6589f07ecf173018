/* Times one block of AlphaFold 2's trunk: blockbench PARAMS.npz main|extra SEQUENCES RESIDUES [THREADS [ROUNDS]]
 * SPDX-License-Identifier: MIT
 *
 * Prints the quickest round's wall and processor time, GFLOP/s by both, and the memory beside alignment and pairs.
 * PLEAT_VERBOSE=op adds a line for each operation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/convert/convert.h"
#include "folding/evoformer.h"
#include "lib/dispatch.h"
#include "tests/benchmark.h"

#define TRUNK "alphafold/alphafold_iteration/evoformer/"

static void print_line(void *user, pleat_log_level level, const char *message) {
  (void)user, (void)level;
  puts(message);
}

static pleat_status time_block(pleat_context *context, const pleat_evoformer_block *block,
                               const pleat_evoformer_pass *pass, int threads, int rounds) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = threads};
  double wall = 1e30, processor = 1e30;
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  pleat_evoformer_block_forward(&run, block, pass);
  double gflop = run.flops * 1e-9;
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  for (int round = 0; round < rounds; round++) {
    double began = benchmark_seconds(CLOCK_MONOTONIC), used = benchmark_seconds(CLOCK_PROCESS_CPUTIME_ID);
    pleat_evoformer_block_forward(&run, block, pass);
    double took = benchmark_seconds(CLOCK_MONOTONIC) - began;
    used = benchmark_seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    wall = took < wall ? took : wall;
    processor = used < processor ? used : processor;
  }
  printf("s%lld l%lld %d threads: %.3f s (%.3f s of processor), %.1f GFLOP, %.1f GFLOP/s (%.1f by processor), %.0f MB"
         "\n", (long long)pass->sequences, (long long)pass->length, threads, wall, processor, gflop, gflop / wall,
         gflop / processor, (double)measuring.peak * 1e-6);
  pleat_arena_free(context, &arena);
  return run.status;
}

static pleat_status bench(pleat_context *context, int argc, char **argv) {
  bool extra = !strcmp(argv[2], "extra");
  int64_t S = atoll(argv[3]), L = atoll(argv[4]);
  pleat_weights *weights;
  pleat_evoformer_block block;
  pleat_pool pool;
  PLEAT_TRY(pleat_convert_read(context, argv[1], &weights));
  const pleat_weight_scope scope = {weights, extra ? TRUNK "extra_msa_stack/" : TRUNK "evoformer_iteration/", 0};
  pleat_evoformer_kind kind = extra ? PLEAT_EVOFORMER_EXTRA : PLEAT_EVOFORMER_MAIN;
  pleat_status status = pleat_evoformer_block_load(context, &scope, kind, false, &block);
  pleat_pool_init(&pool, context, 0);
  const pleat_evoformer_pass pass = {.sequences = S, .length = L,
                                     .m = benchmark_numbers(&pool, S * L * block.row.channels, 1, &status),
                                     .z = benchmark_numbers(&pool, L * L * block.row.pair_channels, 2, &status),
                                     .m_mask = benchmark_numbers(&pool, S * L, 0, &status),
                                     .z_mask = benchmark_numbers(&pool, L * L, 0, &status)};
  if (!status)
    status = time_block(context, &block, &pass, argc > 5 ? atoi(argv[5]) : 2, argc > 6 ? atoi(argv[6]) : 3);
  pleat_pool_free(&pool);
  pleat_evoformer_block_free(context, &block);
  pleat_weights_free(weights);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context;
  const char *verbose = getenv("PLEAT_VERBOSE");
  if (argc < 5 || atoll(argv[3]) < 1 || atoll(argv[4]) < 1) {
    fprintf(stderr, "blockbench PARAMS.npz main|extra SEQUENCES RESIDUES [THREADS [ROUNDS]]\n");
    return 2;
  }
  if (pleat_context_create(NULL, &context)) return 1;
  if (verbose && !strcmp(verbose, "op")) pleat_context_set_log(context, print_line, NULL, PLEAT_LOG_DEBUG);
  pleat_status status = bench(context, argc, argv);
  if (status) fprintf(stderr, "blockbench: %s\n", pleat_context_error(context));
  pleat_context_free(context);
  return status ? 1 : 0;
}
