/* Times blocks of AlphaFold 2's trunk over MPI ranks, and counts what whole passes would cost on more of them.
 * SPDX-License-Identifier: MIT
 *
 * mpirun -np R ranksbench block SEQUENCES RESIDUES [ROUNDS]   a main block on R ranks of one thread
 * ranksbench pass CORES LATENCY BANDWIDTH SEQUENCES EXTRA RESIDUES RANKS...
 *                                                            a pass of 48 blocks, dry, as the first of so many ranks sees it
 *
 * Both print a row of a table (tab-separated, with the names first). Weights are random, of the published sizes. Nothing of a
 * pass is done, so that any size and number of ranks can be asked for: its operations are timed by this machine's speed of one
 * thread, times the cores of a rank; its exchanges hold the line between ranks (LATENCY seconds a message, BANDWIDTH bytes a
 * second) one after the other from their start on, and a rank waits for those that are not there when it needs them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/alphafold.h"
#include "folding/speed.h"
#include "lib/dispatch.h"
#include "pleat_mpi.h"
#include "tests/benchmark.h"
#include "tests/random_alphafold.h"

enum { PUBLISHED_BLOCKS = 48, PUBLISHED_EXTRA = 4 };

/* Bytes a second that each rank sends and receives in an exchange of `bytes`, all at once. */
static double exchange_speed(const pleat_ranks *ranks, size_t bytes) {
  enum { ROUNDS = 9 };
  double took[ROUNDS];
  size_t count = (size_t)ranks->count, *offset = calloc(count + 1, sizeof *offset);
  char *from = malloc(bytes * count), *to = malloc(bytes * count);
  if (!offset || !from || !to) abort();
  memset(from, 1, bytes * count), memset(to, 1, bytes * count);
  for (size_t r = 0; r <= count; r++) offset[r] = r * bytes;
  for (int k = 0; k < ROUNDS; k++) {
    double began = benchmark_seconds(CLOCK_MONOTONIC);
    if (ranks->start(ranks->user, 0, from, offset, to, offset) || ranks->finish(ranks->user, 0)) abort();
    took[k] = benchmark_seconds(CLOCK_MONOTONIC) - began;
  }
  free(from), free(to), free(offset);
  return count > 1 ? (double)bytes * (double)(count - 1) / benchmark_median(took, ROUNDS) : 0;
}

/* ---- A block ---- */

static pleat_status time_block(pleat_context *context, const pleat_alphafold *network, const int64_t sizes[2], int rounds) {
  enum { MOST = 100 };
  int64_t S = sizes[0], L = sizes[1];
  const pleat_evoformer_block *block = &network->blocks[0];
  pleat_arena measuring, arena;
  pleat_pool pool;
  pleat_status status = PLEAT_OK;
  pleat_run run = {.context = context, .arena = &measuring, .threads = 1,
                   .ranks = context->ranks.count > 1 ? &context->ranks : NULL};
  double took[MOST];
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_pool_init(&pool, context, 0);
  int64_t own_s = pleat_ranks_own_share(&run, S).count, own = pleat_ranks_own_share(&run, L).count;
  const pleat_evoformer_pass pass = {.sequences = S, .length = L,
                                     .m = benchmark_numbers(&pool, own_s * L * block->row.channels, 1, &status),
                                     .z = benchmark_numbers(&pool, own * L * block->row.pair_channels, 2, &status),
                                     .m_mask = benchmark_numbers(&pool, S * L, 0, &status),
                                     .z_mask = benchmark_numbers(&pool, own * L, 0, &status)};
  pleat_arena_init_measuring(&measuring);
  pleat_evoformer_block_forward(&run, block, &pass);
  if (!status) status = pleat_arena_create(context, measuring.peak, &arena);
  if (status) return status;
  run.arena = &arena;
  rounds = rounds < MOST ? rounds : MOST;
  for (int k = -1; k < rounds; k++) { /* the first one warms up */
    if (k <= 0) run.moving = run.moves = run.moved = run.messages = 0;
    double began = benchmark_seconds(CLOCK_MONOTONIC);
    pleat_evoformer_block_forward(&run, block, &pass);
    if (k >= 0) took[k] = benchmark_seconds(CLOCK_MONOTONIC) - began;
  }
  if (pleat_ranks_own(&run) == 0) {
    printf("sequences\tresidues\tranks\tseconds\tquickest\tof_them_exchanging\texchanges\tmessages\tmegabytes\tgigabytes_a_second\n");
    double middle = benchmark_median(took, rounds);
    printf("%lld\t%lld\t%d\t%.4f\t%.4f\t%.4f\t%.0f\t%.0f\t%.2f", (long long)S, (long long)L, pleat_ranks_count(&run),
           middle, took[0], run.moving / rounds, run.moves / rounds, run.messages / rounds, run.moved / rounds / 1e6);
  }
  double speed = run.ranks ? exchange_speed(run.ranks, 4 << 20) : 0;
  if (pleat_ranks_own(&run) == 0) printf("\t%.3f\n", speed / 1e9);
  pleat_arena_free(context, &arena);
  pleat_pool_free(&pool);
  return run.status;
}

/* ---- A pass, dry ---- */

static void repeat_blocks(const pleat_evoformer_block *one, int count, pleat_evoformer_block *all) {
  for (int b = 0; b < count; b++) all[b] = *one;
}

typedef struct pass_model {
  int64_t sequences, extra, length;
  pleat_speed speed; /* of a rank */
  pleat_network network;
} pass_model;

static pleat_status count_pass(pleat_context *context, const pleat_alphafold *network, const pass_model *model, int ranks) {
  static pleat_evoformer_block blocks[PUBLISHED_BLOCKS], extra[PUBLISHED_EXTRA];
  pleat_alphafold whole = *network;
  pleat_alphafold_state state;
  pleat_alphafold_output output;
  pleat_arena arena;
  const pleat_ranks table = {.count = ranks};
  pleat_run run = {.context = context, .arena = &arena, .threads = 1, .speed = &model->speed, .network = &model->network,
                   .ranks = ranks > 1 ? &table : NULL};
  const pleat_alphafold_input input = {.sequences = model->sequences, .extra_sequences = model->extra, .length = model->length};
  pleat_aligned_error error = {.residues = model->length, .chains = 1};
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  repeat_blocks(&network->blocks[0], whole.block_count = PUBLISHED_BLOCKS, whole.blocks = blocks);
  repeat_blocks(&network->extra[0], whole.extra_count = PUBLISHED_EXTRA, whole.extra = extra);
  pleat_arena_init_measuring(&arena);
  error.pae = pleat_run_take(&run, model->length * model->length);
  pleat_alphafold_state_take(&run, &whole, model->length, &state);
  pleat_alphafold_pass(&run, &whole, &input, NULL, &state, &output);
  pleat_alphafold_error(&run, &whole.heads, model->length, state.z, NULL, &error);
  printf("%lld\t%lld\t%lld\t%d\t%.5g\t%.5g\t%.4g\t%.0f\t%.0f\t%.1f\t%.1f\n", (long long)model->sequences,
         (long long)model->extra, (long long)model->length, ranks, run.seconds - run.waited, run.waited, run.flops, run.moves,
         run.messages, run.moved / 1e6, (double)arena.peak / 1e6);
  return run.status;
}

static pleat_status count_passes(pleat_context *context, const pleat_alphafold *network, int count, char **argv) {
  pass_model model = {.network = {atof(argv[1]), atof(argv[2])}, .sequences = atoll(argv[3]), .extra = atoll(argv[4]),
                      .length = atoll(argv[5])};
  PLEAT_TRY(pleat_speed_measure(context, &model.speed));
  for (int kind = 0; kind < PLEAT_OP_KINDS; kind++) model.speed.flops[kind] *= atof(argv[0]), model.speed.bytes[kind] *= atof(argv[0]);
  printf("sequences\textra\tresidues\tranks\tcompute\twaited\tflops\texchanges\tmessages\tmegabytes\tmemory_megabytes\n");
  for (int i = 6; i < count; i++) PLEAT_TRY(count_pass(context, network, &model, atoi(argv[i])));
  return PLEAT_OK;
}

static pleat_status work(pleat_context *context, const pleat_mpi *mpi, int argc, char **argv) {
  pleat_weights *weights;
  pleat_alphafold *network = NULL;
  pleat_context_set_threads(context, 1);
  PLEAT_TRY(random_alphafold_make(context, "alphafold2_ptm_model_3", &weights));
  pleat_status status = pleat_alphafold_load(context, weights, &network);
  if (!status && !strcmp(argv[1], "pass")) status = count_passes(context, network, argc - 2, argv + 2);
  else if (!status) {
    pleat_context_set_ranks(context, pleat_mpi_ranks(mpi));
    status = time_block(context, network, (int64_t[]){atoll(argv[2]), atoll(argv[3])}, argc > 4 ? atoi(argv[4]) : 3);
  }
  pleat_alphafold_free(context, network);
  pleat_weights_free(weights);
  return status;
}

int main(int argc, char **argv) {
  int level;
  pleat_context *context;
  bool block = argc > 3 && !strcmp(argv[1], "block"), pass = argc > 8 && !strcmp(argv[1], "pass");
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level)) return 1;
  pleat_mpi *mpi = pleat_mpi_create(MPI_COMM_WORLD);
  bool bad = !mpi || pleat_context_create(NULL, &context) != PLEAT_OK;
  if (bad || !(block || pass)) {
    fprintf(stderr, "ranksbench block SEQUENCES RESIDUES [ROUNDS] | pass CORES LATENCY BANDWIDTH SEQUENCES EXTRA RESIDUES RANKS...\n");
    return MPI_Abort(MPI_COMM_WORLD, 2);
  }
  pleat_status status = work(context, mpi, argc, argv);
  if (status) fprintf(stderr, "ranksbench: %s\n", pleat_context_error(context));
  pleat_context_free(context);
  pleat_mpi_free(mpi);
  MPI_Finalize();
  return status != PLEAT_OK;
}
