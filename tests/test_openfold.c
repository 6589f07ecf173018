/* Tests of data/convert/openfold: what OpenFold's import makes of published parameters becomes those again, bit by bit.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "data/convert/convert.h"
#include "data/convert/openfold.h"
#include "data/convert/torch.h"
#include "tests/allocator.h"
#include "tests/suites.h"

#define GOLDEN PLEAT_TEST_GOLDEN "/convert/openfold_"

static pleat_context *context;

static int set_up(void) { return pleat_context_create(NULL, &context) != PLEAT_OK; }

static int tear_down(void) {
  pleat_context_free(context);
  return 0;
}

#define ASSERT_SENTENCE(text)                                                                                \
  do {                                                                                                       \
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), text));                                      \
    if (!strstr(pleat_context_error(context), text)) printf("\n  says: %s\n", pleat_context_error(context)); \
  } while (0)

/* How many tensors of `wanted` are not there, or differ in a bit. */
static size_t count_different(const pleat_weights *wanted, const pleat_weights *has) {
  size_t different = 0;
  for (size_t i = 0; i < pleat_weights_count(wanted); i++) {
    const pleat_tensor *a = pleat_weights_tensor(wanted, i), *b = pleat_weights_find(has, pleat_weights_name(wanted, i));
    bool same = b && a->rank == b->rank && a->dtype == b->dtype &&
                memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0 &&
                memcmp(a->data, b->data, pleat_tensor_count(a) * sizeof(float)) == 0;
    if (!same && !different) printf("\n  differs: %s\n", pleat_weights_name(wanted, i));
    different += !same;
  }
  return different;
}

static pleat_weights *read_file(const char *path) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, path, &weights), PLEAT_OK);
  return weights;
}

static void check_same(const char *published, const char *renamed) {
  pleat_weights *a = read_file(published), *b = read_file(renamed);
  CU_ASSERT(pleat_weights_count(a) > 300);
  CU_ASSERT_EQUAL(pleat_weights_count(a), pleat_weights_count(b));
  CU_ASSERT_EQUAL(count_different(a, b), 0);
  CU_ASSERT_STRING_EQUAL(pleat_weights_describe(b).source_file, strrchr(renamed, '/') + 1);
  pleat_weights_free(a);
  pleat_weights_free(b);
}

static void test_monomer(void) { check_same(GOLDEN "monomer.npz", GOLDEN "monomer.pt"); }
static void test_multimer(void) { check_same(GOLDEN "multimer.npz", GOLDEN "multimer.pt"); }

static void test_comparison_can_fail(void) {
  pleat_weights *monomer = read_file(GOLDEN "monomer.npz"), *multimer = read_file(GOLDEN "multimer.pt");
  CU_ASSERT(count_different(monomer, multimer) > 300);
  ((float *)pleat_weights_tensor(monomer, 7)->data)[0] += 1;
  pleat_weights *again = read_file(GOLDEN "monomer.pt");
  CU_ASSERT_EQUAL(count_different(monomer, again), 1);
  pleat_weights_free(monomer);
  pleat_weights_free(multimer);
  pleat_weights_free(again);
}

/* ---- Other names, and files with faults: built from the published ones back to OpenFold's names ---- */

/* The state dictionary as it is in the file: read by the reader of .pt files, before names are settled. */
static pleat_weights *read_state(const char *path) {
  pleat_zip *zip;
  pleat_weights *weights;
  CU_ASSERT_EQUAL_FATAL(pleat_zip_open(context, path, &zip), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, path, &weights), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_torch_read_zip(zip, weights), PLEAT_OK);
  pleat_zip_close(zip);
  return weights;
}

/* `text` with the first `old` replaced. */
static void replace(char *text, const char *old, const char *with) {
  char rest[1024], *at = strstr(text, old);
  if (!at) return;
  strcpy(rest, at + strlen(old));
  strcat(strcpy(at, with), rest);
}

/* As versions before OpenFold 2 named them. */
static void make_old(char *name) {
  replace(name, "template_embedder.template_single_embedder.", "template_angle_embedder.");
  replace(name, "template_embedder.", "");
  if (strncmp(name, "template", 8) != 0) replace(name, ".pair_stack.", ".core.");
  if (strstr(name, "blocks.")) replace(name, ".msa_transition", ".core.msa_transition");
  if (strstr(name, "blocks.")) replace(name, ".outer_product_mean", ".core.outer_product_mean");
  replace(name, "points.linear", "points");
}

static void make_averaged(char *name) {
  char copy[1024];
  strcpy(copy, name);
  strcat(strcpy(name, "ema.params."), copy);
}

typedef void (*renamer)(char *name);

static void add_all(pleat_weights *to, const pleat_weights *from, renamer rename) {
  for (size_t i = 0; i < pleat_weights_count(from); i++) {
    char name[1024];
    strcpy(name, pleat_weights_name(from, i));
    rename(name);
    CU_ASSERT_EQUAL_FATAL(pleat_weights_add(to, name, pleat_weights_tensor(from, i)), PLEAT_OK);
  }
}

static pleat_weights *empty(void) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "made", &weights), PLEAT_OK);
  return weights;
}

static void check_renamed(const pleat_weights *state) {
  pleat_weights *wanted = read_file(GOLDEN "monomer.npz"), *has = empty();
  CU_ASSERT_TRUE(pleat_openfold_is(state));
  CU_ASSERT_FALSE(pleat_openfold_is(wanted));
  CU_ASSERT_EQUAL(pleat_openfold_rename(state, has), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_count(has), pleat_weights_count(wanted));
  CU_ASSERT_EQUAL(count_different(wanted, has), 0);
  pleat_weights_free(wanted);
  pleat_weights_free(has);
}

static void make_live(char *name) {
  char copy[1024];
  strcpy(copy, name);
  strcat(strcpy(name, "state_dict.model."), copy);
}

static void test_older_names_and_checkpoints(void) {
  pleat_weights *state = read_state(GOLDEN "monomer.pt"), *other = read_state(GOLDEN "monomer.pt");
  pleat_weights *old = empty(), *checkpoint = empty();
  const int64_t step = 5;
  add_all(old, state, make_old);
  check_renamed(old);
  for (size_t i = 0; i < pleat_weights_count(other); i++) ((float *)pleat_weights_tensor(other, i)->data)[0] += 1;
  add_all(checkpoint, other, make_live);
  add_all(checkpoint, state, make_averaged);
  CU_ASSERT_EQUAL(pleat_weights_add(checkpoint, "global_step", &(pleat_tensor){.data = (void *)(uintptr_t)&step,
                                                                               .dtype = PLEAT_DTYPE_I64}), PLEAT_OK);
  check_renamed(checkpoint);
  pleat_weights_free(state);
  pleat_weights_free(other);
  pleat_weights_free(old);
  pleat_weights_free(checkpoint);
}

/* ---- Faults ---- */

static const char *victim;
static enum { DROP, ADD, RESHAPE, INTEGERS } fault;

/* The golden state with one tensor dropped, added, misshapen, or of another type. */
static void check_refused(int how, const char *name, const char *sentence) {
  pleat_weights *state = read_state(GOLDEN "monomer.pt"), *damaged = empty(), *out = empty();
  victim = name;
  fault = how;
  for (size_t i = 0; i < pleat_weights_count(state); i++) {
    pleat_tensor tensor = *pleat_weights_tensor(state, i);
    bool is_it = strcmp(pleat_weights_name(state, i), victim) == 0;
    if (is_it && fault == DROP) continue;
    if (is_it && fault == RESHAPE) tensor.shape[tensor.rank - 1]--;
    if (is_it && fault == INTEGERS) tensor.dtype = PLEAT_DTYPE_I32;
    CU_ASSERT_EQUAL(pleat_weights_add(damaged, pleat_weights_name(state, i), &tensor), PLEAT_OK);
  }
  if (fault == ADD) CU_ASSERT_EQUAL(pleat_weights_add(damaged, name, pleat_weights_tensor(state, 0)), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_openfold_rename(damaged, out), PLEAT_ERROR_SHAPE);
  ASSERT_SENTENCE("made: ");
  ASSERT_SENTENCE(sentence);
  pleat_weights_free(state);
  pleat_weights_free(damaged);
  pleat_weights_free(out);
}

static void test_faults(void) {
  check_refused(ADD, "input_embedder.linear_preemb_m.weight",
                "AlphaFold 2 has no place for its tensor 'input_embedder.linear_preemb_m.weight'");
  check_refused(ADD, "evoformer.blocks.1024.msa_att_row.linear_z.weight", "has no place for");
  check_refused(ADD, "evoformer.blocks.-1.msa_att_row.linear_z.weight", "has no place for");
  check_refused(ADD, "evoformer.blocks.1.core.msa_transition.linear_1.bias",
                "'msa_transition.linear_1.bias' of OpenFold's names, block 1, is there twice");
  check_refused(DROP, "evoformer.blocks.1.msa_transition.linear_1.bias",
                "'msa_transition.linear_1.bias' of OpenFold's names, block 0, is there in some blocks");
  check_refused(DROP, "evoformer.blocks.0.msa_att_row.linear_z.weight", "does not have the shape"); /* how many heads? */
  check_refused(RESHAPE, "evoformer.blocks.2.msa_transition.linear_1.bias",
                "block 2, is shaped otherwise than in other blocks (it has (19))");
  check_refused(RESHAPE, "extra_msa_stack.blocks.0.outer_product_mean.linear_out.weight",
                "does not have the shape that AlphaFold 2 needs (it has (6, 3))");
  check_refused(RESHAPE, "extra_msa_stack.blocks.0.msa_att_row.mha.linear_o.weight", "does not have the shape");
  check_refused(INTEGERS, "aux_heads.tm.linear.bias", "tensor 'aux_heads.tm.linear.bias' has int32, the model wants float32");
}

static pleat_status read_it(pleat_context *with, void *path) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_convert_read(with, path, &weights));
  pleat_weights_free(weights);
  return PLEAT_OK;
}

static void test_every_allocation_may_fail(void) {
  CU_ASSERT(test_allocator_fail_each(read_it, GOLDEN "multimer.pt") > 300);
}

void suite_openfold(void) {
  CU_pSuite suite = CU_add_suite("OpenFold's names", set_up, tear_down);
  CU_add_test(suite, "a monomer's tensors, bit by bit", test_monomer);
  CU_add_test(suite, "a multimer's tensors, bit by bit", test_multimer);
  CU_add_test(suite, "the comparison can fail", test_comparison_can_fail);
  CU_add_test(suite, "names before OpenFold 2, and averaged weights of a checkpoint", test_older_names_and_checkpoints);
  CU_add_test(suite, "tensors unknown, missing, twice there or misshapen are named", test_faults);
  CU_add_test(suite, "every allocation may fail", test_every_allocation_may_fail);
}
