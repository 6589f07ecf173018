/* Counts what malloc and its kin are asked for, by any library, while a model that has run before runs again: nothing.
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folding/evoformer.h"
#include "folding/session.h"
#include "lib/dispatch.h"
#include "tests/random_alphafold.h"
#include "tests/random_weights.h"

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
#define COUNTS 1
#else
#define COUNTS 0 /* sanitizers bring an allocator of their own */
#endif

static atomic_long requests;
#if COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  ++requests;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++requests;
  return __libc_calloc(count, size);
}
void *realloc(void *block, size_t size) {
  ++requests;
  return __libc_realloc(block, size);
}
void *memalign(size_t alignment, size_t size) {
  ++requests;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++requests;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **block, size_t alignment, size_t size) {
  ++requests;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : 12;
}
#endif

/* ---- A model whose forward pass is watched ---- */

static const char *const names[] = {"flashabb", "proteinmpnn_v_48_020"};
enum { MODELS = 2, DESIGNS = 1 /* the first model that works on structures */ };
static char folder[] = "/tmp/pleat-allocations-XXXXXX";
static const pleat_model_def *watched;
static long inside;   /* requests of the last pass */
static bool careless; /* takes some on purpose: the count must see it */

static void begin(pleat_run *run, long *before) {
  *before = requests;
  if (!careless || pleat_arena_measures(run->arena)) return;
  void *volatile block = malloc(64); /* volatile: compilers leave out what is freed unused */
  free(block);
}

static void end(const pleat_run *run, long before) {
  if (!pleat_arena_measures(run->arena)) inside = requests - before;
}

static void forward_sequences(pleat_run *run, const void *weights, const pleat_pass *pass) {
  long before;
  begin(run, &before);
  watched->forward(run, weights, pass);
  end(run, before);
}

static void forward_design(pleat_run *run, const void *weights, const pleat_design_task *task) {
  long before;
  begin(run, &before);
  watched->design.forward(run, weights, task);
  end(run, before);
}

static int run_sequences(pleat_context *context, pleat_model *model) {
  pleat_query *query = NULL;
  pleat_result *result = NULL;
  int bad = pleat_query_create(context, "q", "EVQLVESGGG:DIQMTQSPSS", &query) ||
            pleat_predict(model, (const pleat_query *const *)&query, 1, &result);
  pleat_result_free(result);
  pleat_query_free(query);
  return bad;
}

static int run_design(pleat_context *context, pleat_model *model) {
  const pleat_design_settings settings = {.samples = 2, .seed = 3, .temperature = 0.5};
  pleat_structure *structure = NULL;
  pleat_target *target = NULL;
  pleat_result *result = NULL;
  int bad = pleat_structure_read(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", &structure) ||
            pleat_target_create(context, "t", structure, NULL, &target) || pleat_design(model, target, &settings, &result);
  pleat_result_free(result);
  pleat_target_free(target);
  pleat_structure_free(structure);
  return bad;
}

/* Runs it twice; *inside is that of the second pass. */
static int run_twice(pleat_context *context, int m) {
  pleat_model *model;
  if (pleat_model_open(context, names[m], &model)) return 1;
  pleat_model_def def = *model->def;
  watched = model->def;
  def.forward = def.forward ? forward_sequences : NULL;
  def.design.forward = def.design.forward ? forward_design : NULL;
  model->def = &def;
  int bad = 0;
  for (int pass = 0; pass < 2 && !bad; pass++) {
    inside = -1;
    bad = m >= DESIGNS ? run_design(context, model) : run_sequences(context, model);
  }
  model->def = watched;
  pleat_model_free(model);
  return bad;
}

static int check(pleat_context *context, int m) {
  int bad = run_twice(context, m);
  if (bad) return fprintf(stderr, "allocations: %s: %s\n", names[m], pleat_context_error(context)), 1;
  printf("allocations: %s: %ld in its second pass\n", names[m], inside);
  return inside != 0;
}

/* ---- A block of AlphaFold 2's trunk ---- */

enum { ROWS = 9, RESIDUES = 21 };

static void run_block(pleat_run *run, const pleat_evoformer_block *block, float *memory) {
  int c = block->row.channels;
  float *m_mask = memory, *z_mask = m_mask + ROWS * RESIDUES, *m = z_mask + RESIDUES * RESIDUES;
  for (int i = 0; i < RESIDUES * (ROWS + RESIDUES); i++) memory[i] = 1;
  pleat_evoformer_block_forward(run, block, &(pleat_evoformer_pass){.sequences = ROWS, .length = RESIDUES, .m = m,
    .z = m + ROWS * RESIDUES * c, .m_mask = m_mask, .z_mask = z_mask});
}

static pleat_status block_twice(pleat_context *context, const pleat_evoformer_block *block, float *memory) {
  pleat_arena measuring, arena;
  pleat_run run = {.context = context, .arena = &measuring, .threads = 2};
  PLEAT_TRY(pleat_dispatch_choose(context, &run.kernels));
  pleat_arena_init_measuring(&measuring);
  run_block(&run, block, memory);
  PLEAT_TRY(pleat_arena_create(context, measuring.peak, &arena));
  run.arena = &arena;
  for (int pass = 0; pass < 2; pass++) {
    long before = requests;
    run_block(&run, block, memory);
    inside = requests - before;
  }
  pleat_arena_free(context, &arena);
  return run.status;
}

static int check_block(pleat_context *context) {
  pleat_weights *weights = NULL;
  pleat_evoformer_block block = {0};
  float *memory = NULL;
  pleat_status status = random_alphafold_make(context, "alphafold2_ptm_model_3", &weights);
  const pleat_weight_scope scope = {weights, "alphafold/alphafold_iteration/evoformer/evoformer_iteration/", 0};
  if (!status) status = pleat_evoformer_block_load(context, &scope, PLEAT_EVOFORMER_MAIN, false, &block);
  size_t count = RESIDUES * (ROWS + RESIDUES) * (1 + (size_t)block.row.channels + (size_t)block.row.pair_channels);
  if (!status) status = pleat_memory_take(context, count, sizeof *memory, &memory);
  if (!status) status = block_twice(context, &block, memory);
  printf("allocations: Evoformer block: %ld in its second pass\n", inside);
  pleat_memory_release(context, memory);
  pleat_evoformer_block_free(context, &block);
  pleat_weights_free(weights);
  return status || inside != 0;
}

static int write_models(pleat_context *context) {
  int bad = !mkdtemp(folder) || pleat_context_set_models_dir(context, folder);
  for (int m = 0; m < MODELS && !bad; m++)
    bad = random_weights_write(context, folder, pleat_models_find(names[m]), 0, RANDOM_DAMAGE_NONE) != PLEAT_OK;
  return bad;
}

static void remove_models(void) {
  for (int m = 0; m < MODELS; m++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s.h5", folder, names[m]);
    unlink(path);
  }
  rmdir(folder);
}

int main(void) {
  pleat_context *context;
  if (!COUNTS) return printf("allocations: skipped: this build's malloc is not to be counted\n"), 77;
  if (pleat_context_create(NULL, &context)) return 1;
  pleat_context_set_threads(context, 2);
  int bad = write_models(context);
  for (int m = 0; m < MODELS && !bad; m++) bad = check(context, m);
  if (!bad) bad = check_block(context);
  careless = true;
  if (!bad && (run_twice(context, 0) || inside != 1))
    bad = fprintf(stderr, "allocations: one block was taken on purpose, %ld were counted\n", inside) > 0;
  remove_models();
  pleat_context_free(context);
  return bad;
}
