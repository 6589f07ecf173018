/* Tests of lib: memory, arena, random numbers, files, text, team.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/file.h"
#include "lib/random.h"
#include "lib/team.h"
#include "lib/tensor.h"
#include "lib/text.h"
#include "tests/suites.h"

static void test_arena_measures_what_it_takes(void) {
  pleat_context *context;
  pleat_arena measuring, real;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_arena_init_measuring(&measuring);
  size_t mark = pleat_arena_mark(&measuring);
  pleat_arena_take(&measuring, 100);
  pleat_arena_take(&measuring, 1);
  CU_ASSERT_EQUAL(measuring.peak, 192);
  pleat_arena_release(&measuring, mark);
  CU_ASSERT_EQUAL(measuring.used, 0);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(context, measuring.peak, &real), PLEAT_OK);
  char *first = pleat_arena_take(&real, 100);
  CU_ASSERT_PTR_NOT_NULL_FATAL(first);
  CU_ASSERT_EQUAL((uintptr_t)first % PLEAT_ARENA_ALIGNMENT, 0);
  CU_ASSERT_PTR_NOT_NULL(pleat_arena_take(&real, 1));
  CU_ASSERT_PTR_NULL(pleat_arena_take(&real, 1));
  pleat_arena_free(context, &real);
  pleat_context_free(context);
}

/* Known answers of Philox4x32-10 from the Random123 distribution's kat_vectors. */
static void test_random_known_answers(void) {
  uint32_t words[4];
  pleat_random zeros = pleat_random_stream(0, 0, 0);
  pleat_random_words(&zeros, 0, words);
  CU_ASSERT_EQUAL(words[0], 0x6627e8d5u);
  CU_ASSERT_EQUAL(words[1], 0xe169c58du);
  CU_ASSERT_EQUAL(words[2], 0xbc57ac4cu);
  CU_ASSERT_EQUAL(words[3], 0x9b00dbd8u);
  pleat_random ones = pleat_random_stream(UINT64_MAX, UINT32_MAX, UINT32_MAX);
  pleat_random_words(&ones, UINT64_MAX, words);
  CU_ASSERT_EQUAL(words[0], 0x408f276du);
  CU_ASSERT_EQUAL(words[1], 0x41c83b0eu);
  CU_ASSERT_EQUAL(words[2], 0xa20bc7c6u);
  CU_ASSERT_EQUAL(words[3], 0x6d5451fdu);
}

static void test_random_moments(void) {
  pleat_random stream = pleat_random_stream(7, pleat_random_hash("target"), 0);
  double sum = 0, squares = 0;
  enum { N = 20000 };
  for (int i = 0; i < N; i++) {
    double x = pleat_random_normal(&stream, (uint64_t)i);
    sum += x;
    squares += x * x;
  }
  CU_ASSERT_DOUBLE_EQUAL(sum / N, 0, 0.03);
  CU_ASSERT_DOUBLE_EQUAL(squares / N, 1, 0.05);
}

static void test_file_write_is_whole_or_nothing(void) {
  pleat_context *context;
  char path[] = "/tmp/pleat-test-XXXXXX", *bytes;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  close(mkstemp(path));
  CU_ASSERT_EQUAL(pleat_file_write(context, path, "hello", 5), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, path, 0, &bytes, &length), PLEAT_OK);
  CU_ASSERT_EQUAL(length, 5);
  CU_ASSERT_STRING_EQUAL(bytes, "hello");
  pleat_memory_release(context, bytes);
  CU_ASSERT_EQUAL(pleat_file_read(context, path, 4, &bytes, &length), PLEAT_ERROR_FORMAT);
  CU_ASSERT_PTR_NULL(bytes);
  unlink(path);
  CU_ASSERT_EQUAL(pleat_file_write(context, "/nonexistent/folder/file", "x", 1), PLEAT_ERROR_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "/nonexistent/folder/file"));
  pleat_context_free(context);
}

static void add_up(void *argument, int64_t begin, int64_t end, int thread) {
  int64_t *sums = argument;
  (void)thread;
  for (int64_t i = begin; i < end; i++) sums[i] += i + 1;
}

static void test_team_visits_every_item_once(void) {
  for (int threads = 1; threads <= 5; threads++) {
    int64_t sums[103] = {0}, wrong = 0;
    pleat_team_for(threads, 103, 10, add_up, sums);
    for (int i = 0; i < 103; i++) wrong += sums[i] != i + 1;
    CU_ASSERT_EQUAL(wrong, 0);
  }
}

static void test_tensor_values(void) {
  uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7c00}, brain[] = {0x3f80, 0xc000};
  pleat_tensor f16 = {halves, PLEAT_DTYPE_F16, 1, {4}}, bf16 = {brain, PLEAT_DTYPE_BF16, 1, {2}};
  CU_ASSERT_EQUAL(pleat_tensor_value(&f16, 0), 1);
  CU_ASSERT_EQUAL(pleat_tensor_value(&f16, 1), -2);
  CU_ASSERT_EQUAL(pleat_tensor_value(&f16, 2), ldexp(1, -24));
  CU_ASSERT(isinf(pleat_tensor_value(&f16, 3)));
  CU_ASSERT_EQUAL(pleat_tensor_value(&bf16, 0), 1);
  CU_ASSERT_EQUAL(pleat_tensor_value(&bf16, 1), -2);
  size_t bytes;
  int64_t huge[] = {INT64_MAX, 2};
  CU_ASSERT_FALSE(pleat_tensor_bytes(PLEAT_DTYPE_F32, 2, huge, &bytes));
}

void suite_lib(void) {
  CU_pSuite suite = CU_add_suite("lib", NULL, NULL);
  CU_add_test(suite, "arena measures what it takes", test_arena_measures_what_it_takes);
  CU_add_test(suite, "random numbers: known answers", test_random_known_answers);
  CU_add_test(suite, "random numbers: moments", test_random_moments);
  CU_add_test(suite, "file write is whole or nothing", test_file_write_is_whole_or_nothing);
  CU_add_test(suite, "team visits every item once", test_team_visits_every_item_once);
  CU_add_test(suite, "tensor values of small types", test_tensor_values);
}
