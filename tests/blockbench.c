/* Times one block of AlphaFold 2's trunk step by step, or its structure module, against this machine's peak.
 * SPDX-License-Identifier: MIT
 *
 * blockbench main|extra SEQUENCES RESIDUES [THREADS [ROUNDS]]
 * blockbench structure 1 RESIDUES [THREADS [ROUNDS]]
 *
 * Prints tab-separated rows: the peak of fused multiply-adds measured in the same run, then each step and the whole.
 * GFLOP are those of products alone (of the structure module all that its operations count); seconds are medians, by
 * the wall clock and of the processor a thread; shares of peak by both. PLEAT_VERBOSE=op adds a line for each operation.
 * Weights are random, of the published sizes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/evoformer.h"
#include "folding/speed.h"
#include "folding/structure_module.h"
#include "lib/dispatch.h"
#include "tests/benchmark.h"
#include "tests/random_alphafold.h"

#define ITERATION "alphafold/alphafold_iteration/"
enum { STEPS = PLEAT_EVOFORMER_STEPS, WHOLE = STEPS, MULTIPLICATION, ROWS, MOST_ROUNDS = 50 };

static const char *const row_names[ROWS] = {
  "row attention", "column attention", "alignment transition", "outer product mean",
  "triangle multiplication, outgoing", "triangle multiplication, incoming", "triangle attention, starting",
  "triangle attention, ending", "pair transition", "whole block", "both triangle multiplications"};

/* What is timed, and what came out: seconds of each row in each round. */
typedef struct bench {
  const pleat_evoformer_block *block; /* NULL: the structure module */
  const pleat_structure_module *structure;
  pleat_evoformer_pass pass;
  pleat_structure_input input;
  pleat_structure_result result;
  int threads, rounds, round, step;
  double began[2]; /* of the step, by both clocks */
  double flops[ROWS], seconds[2][ROWS][MOST_ROUNDS];
} bench;

static const clockid_t clocks[2] = {CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID};

static void print_line(void *user, pleat_log_level level, const char *message) {
  (void)user, (void)level;
  puts(message);
}

/* FLOPs of a block's products; m, z: channels of alignment and pairs; heads of I channels in all. */
static void count_products(bench *b) {
  const pleat_evoformer_block *block = b->block;
  const pleat_gated_attention *row = &block->row, *column = &block->column, *triangle = &block->pair.starting;
  const pleat_global_attention *global = &block->global;
  double S = (double)b->pass.sequences, L = (double)b->pass.length, SL = S * L, LL = L * L;
  double m = row->channels, z = row->pair_channels;
  double hidden = block->outer.hidden, hidden_pair = block->pair.outgoing.hidden;
  double row_I = row->heads * row->width, column_I = column->heads * column->width;
  double global_I = global->heads * global->width, triangle_I = triangle->heads * triangle->width;
  bool main = block->kind == PLEAT_EVOFORMER_MAIN;
  b->flops[0] = 10 * SL * m * row_I + 2 * LL * z * row->heads + 4 * SL * L * row_I;
  b->flops[1] = main ? 10 * SL * m * column_I + 4 * S * SL * column_I
                     : 4 * SL * m * (global_I + global->width) + 2 * L * m * global_I + 4 * SL * global_I;
  b->flops[2] = 4 * SL * m * block->transition.l1.out;
  b->flops[3] = 4 * SL * m * hidden + 2 * LL * hidden * hidden * (S + z);
  b->flops[4] = b->flops[5] = LL * (10 * z * hidden_pair + 2 * z * z) + 2 * LL * L * hidden_pair;
  b->flops[6] = b->flops[7] = 10 * LL * z * triangle_I + 2 * LL * z * triangle->heads + 4 * LL * L * triangle_I;
  b->flops[8] = 4 * LL * z * block->pair.transition.l1.out;
  for (int i = 0; i < STEPS; i++) b->flops[WHOLE] += b->flops[i];
  b->flops[MULTIPLICATION] = b->flops[4] + b->flops[5];
}

static void start_step(bench *b) {
  for (int c = 0; c < 2; c++) b->began[c] = benchmark_seconds(clocks[c]);
}

static void end_step(void *user) {
  bench *b = user;
  for (int c = 0; c < 2; c++) {
    double now = benchmark_seconds(clocks[c]);
    b->seconds[c][b->step][b->round] = (now - b->began[c]) / (c ? b->threads : 1);
    b->began[c] = now;
  }
  b->step++;
}

static void forward(pleat_run *run, bench *b) {
  if (b->block) pleat_evoformer_block_forward(run, b->block, &b->pass);
  else pleat_structure_module_forward(run, b->structure, &b->input, &b->result);
}

static void time_round(pleat_run *run, bench *b) {
  b->step = b->block ? 0 : WHOLE;
  start_step(b);
  forward(run, b);
  if (!b->block) end_step(b);
  for (int c = 0; b->block && c < 2; c++) {
    double (*took)[MOST_ROUNDS] = b->seconds[c];
    took[WHOLE][b->round] = 0;
    for (int i = 0; i < STEPS; i++) took[WHOLE][b->round] += took[i][b->round];
    took[MULTIPLICATION][b->round] = took[4][b->round] + took[5][b->round];
  }
}

static pleat_status measure_peak(pleat_context *context, int threads, double *peak) {
  pleat_speed_row rows[PLEAT_SPEED_ROWS];
  const pleat_speed_row *row = &rows[PLEAT_SPEED_ROWS - 1];
  PLEAT_TRY(pleat_speed_measure_rows(context, threads, rows));
  if (row->flops / row->seconds > *peak) *peak = row->flops / row->seconds;
  return PLEAT_OK;
}

static void print_rows(bench *b, double peak) {
  printf("part\tGFLOP\ts\tprocessor s a thread\tshare of peak\tby processor\n");
  for (int i = b->block ? 0 : WHOLE; i < (b->block ? ROWS : WHOLE + 1); i++) {
    double median[2];
    for (int c = 0; c < 2; c++) median[c] = benchmark_median(b->seconds[c][i], b->rounds);
    const char *name = b->block ? row_names[i] : "structure module";
    printf("%s\t%.2f\t%.4f\t%.4f\t%.3f\t%.3f\n", name, b->flops[i] * 1e-9, median[0], median[1],
           b->flops[i] / median[0] / peak, b->flops[i] / median[1] / peak);
  }
}

/* The peak is the greater of those before and after. */
static pleat_status time_rounds(pleat_context *context, bench *b) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = b->threads,
                   .between = b->block ? end_step : NULL, .between_user = b};
  double peak = 0;
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  forward(&run, b);
  if (b->block) count_products(b);
  else b->flops[WHOLE] = run.flops;
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  pleat_status status = measure_peak(context, b->threads, &peak);
  time_round(&run, b); /* warms up: the next one takes its place */
  for (b->round = 0; b->round < b->rounds; b->round++) time_round(&run, b);
  pleat_arena_free(context, &arena);
  if (!status) status = run.status;
  if (!status) status = measure_peak(context, b->threads, &peak);
  if (status) return status;
  long long sequences = b->pass.sequences, length = b->pass.length;
  printf("# %lld sequences, %lld residues, %d threads, peak %.1f GFLOP/s, %.0f MB of working memory\n", sequences, length,
         b->threads, peak * 1e-9, (double)measuring.peak * 1e-6);
  print_rows(b, peak);
  return PLEAT_OK;
}

static pleat_status time_block(pleat_context *context, const pleat_weights *weights, bool extra, bench *b) {
  int64_t S = b->pass.sequences, L = b->pass.length;
  const char *stack = extra ? ITERATION "evoformer/extra_msa_stack/" : ITERATION "evoformer/evoformer_iteration/";
  const pleat_evoformer_kind kind = extra ? PLEAT_EVOFORMER_EXTRA : PLEAT_EVOFORMER_MAIN;
  const pleat_weight_scope scope = {weights, stack, 0};
  pleat_evoformer_block block;
  pleat_pool pool;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_evoformer_block_load(context, &scope, kind, false, &block);
  b->pass.m = benchmark_numbers(&pool, S * L * block.row.channels, 1, &status);
  b->pass.z = benchmark_numbers(&pool, L * L * block.row.pair_channels, 2, &status);
  b->pass.m_mask = benchmark_numbers(&pool, S * L, 0, &status);
  b->pass.z_mask = benchmark_numbers(&pool, L * L, 0, &status);
  b->block = &block;
  if (!status) status = time_rounds(context, b);
  pleat_pool_free(&pool);
  pleat_evoformer_block_free(context, &block);
  return status;
}

static pleat_status time_structure(pleat_context *context, const pleat_weights *weights, bench *b) {
  int64_t L = b->pass.length;
  const pleat_weight_scope scope = {weights, ITERATION "structure_module/", -1};
  pleat_structure_module module;
  pleat_pool pool;
  int32_t *types;
  pleat_pool_init(&pool, context, 0);
  pleat_status status = pleat_structure_module_load(context, &scope, false, &module);
  if (!status) status = pleat_pool_take(&pool, (size_t)L, sizeof *types, &types);
  b->input = (pleat_structure_input){.length = L, .types = types, .mask = benchmark_numbers(&pool, L, 0, &status),
                                     .single = benchmark_numbers(&pool, L * module.attention.channels, 1, &status),
                                     .pair = benchmark_numbers(&pool, L * L * module.attention.pair_channels, 2, &status)};
  b->result = (pleat_structure_result){.s = benchmark_numbers(&pool, L * module.attention.channels, 0, &status),
                                       .frames = benchmark_numbers(&pool, L * 12, 0, &status),
                                       .torsions = benchmark_numbers(&pool, L * 14, 0, &status),
                                       .positions = benchmark_numbers(&pool, L * 42, 0, &status)};
  b->structure = &module;
  if (!status) status = time_rounds(context, b);
  pleat_pool_free(&pool);
  pleat_structure_module_free(context, &module);
  return status;
}

static pleat_status run_bench(pleat_context *context, const char *what, bench *b) {
  pleat_weights *weights;
  PLEAT_TRY(random_alphafold_make(context, "alphafold2_ptm_model_3", &weights));
  pleat_status status = strcmp(what, "structure") ? time_block(context, weights, !strcmp(what, "extra"), b)
                                                  : time_structure(context, weights, b);
  pleat_weights_free(weights);
  return status;
}

int main(int argc, char **argv) {
  static bench b;
  pleat_context *context;
  const char *verbose = getenv("PLEAT_VERBOSE");
  if (argc < 4 || atoll(argv[2]) < 1 || atoll(argv[3]) < 1) {
    fprintf(stderr, "blockbench main|extra|structure SEQUENCES RESIDUES [THREADS [ROUNDS]]\n");
    return 2;
  }
  b.pass = (pleat_evoformer_pass){.sequences = atoll(argv[2]), .length = atoll(argv[3])};
  b.threads = argc > 4 ? atoi(argv[4]) : 2;
  b.rounds = argc > 5 ? atoi(argv[5]) : 3;
  b.rounds = b.rounds < 1 ? 1 : b.rounds < MOST_ROUNDS ? b.rounds : MOST_ROUNDS;
  if (pleat_context_create(NULL, &context)) return 1;
  if (verbose && !strcmp(verbose, "op")) pleat_context_set_log(context, print_line, NULL, PLEAT_LOG_DEBUG);
  pleat_status status = run_bench(context, argv[1], &b);
  if (status) fprintf(stderr, "blockbench: %s\n", pleat_context_error(context));
  pleat_context_free(context);
  return status ? 1 : 0;
}
