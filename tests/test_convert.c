/* Tests of data/convert, data/catalog and data/store: published weight files read, hostile and damaged ones refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/convert/convert.h"
#include "data/store.h"
#include "data/tap_calibrators.h"
#include "lib/file.h"
#include "tests/allocator.h"
#include "tests/suites.h"

#define GOLDEN PLEAT_TEST_GOLDEN "/convert/"

static char folder[] = "/tmp/pleat-convert-XXXXXX", scratch[64];
static pleat_context *context;

static int set_up(void) {
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  strcat(strcpy(scratch, folder), "/scratch");
  return 0;
}

static int tear_down(void) {
  unlink(scratch);
  pleat_context_free(context);
  return rmdir(folder);
}

#define ASSERT_SENTENCE(text)                                                                                \
  do {                                                                                                       \
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), text));                                      \
    if (!strstr(pleat_context_error(context), text)) printf("\n  says: %s\n", pleat_context_error(context)); \
  } while (0)

static void check_refused(const char *path, pleat_status status, const char *sentence) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL(pleat_convert_read(context, path, &weights), status);
  CU_ASSERT_PTR_NULL(weights);
  ASSERT_SENTENCE(path);
  ASSERT_SENTENCE(sentence);
}

static void write_scratch(const void *bytes, size_t length) {
  CU_ASSERT_EQUAL_FATAL(pleat_file_write(context, scratch, bytes, length), PLEAT_OK);
}

/* True when tensor `name` has this type, shape and these values. */
static bool is_tensor(const pleat_weights *weights, const char *name, pleat_dtype dtype, const char *shape,
                      const double *values) {
  char text[100];
  const pleat_tensor *tensor = pleat_weights_find(weights, name);
  if (!tensor || tensor->dtype != dtype) return false;
  if (strcmp(pleat_tensor_describe(tensor->rank, tensor->shape, text, sizeof text), shape) != 0) return false;
  for (size_t i = 0; i < pleat_tensor_count(tensor); i++)
    if (pleat_tensor_value(tensor, i) != values[i]) return false;
  return true;
}

#define CHECK_TENSOR(weights, name, dtype, shape, ...) \
  CU_ASSERT(is_tensor(weights, name, PLEAT_DTYPE_##dtype, shape, (const double[]){__VA_ARGS__}))

static void test_flat_state_dictionary(void) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, GOLDEN "flat.pt", &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_count(weights), 2);
  CHECK_TENSOR(weights, "weight", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
  CHECK_TENSOR(weights, "bias", F32, "(2)", 0, 1);
  CU_ASSERT_FALSE(is_tensor(weights, "bias", PLEAT_DTYPE_F32, "(2)", (const double[]){0, 2}));
  CU_ASSERT_STRING_EQUAL(pleat_weights_describe(weights).source_file, "flat.pt");
  CU_ASSERT_EQUAL(strlen(pleat_weights_describe(weights).sha256), 64);
  pleat_weights_free(weights);
}

/* Containers in containers, views with strides, all types; as zip of two protocols and in the old format. */
static void test_nested_containers_and_views(void) {
  static const char *const files[] = {GOLDEN "nested.pt", GOLDEN "nested_protocol4.pt", GOLDEN "nested_legacy.pt"};
  for (int i = 0; i < 3; i++) {
    pleat_weights *weights;
    CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, files[i], &weights), PLEAT_OK);
    CHECK_TENSOR(weights, "model_state_dict.dense", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
    CHECK_TENSOR(weights, "model_state_dict.transposed", F32, "(6, 4)", 0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9,
                 15, 21, 4, 10, 16, 22, 5, 11, 17, 23);
    CHECK_TENSOR(weights, "model_state_dict.sliced", F32, "(2, 2)", 6, 9, 18, 21);
    CHECK_TENSOR(weights, "model_state_dict.expanded", F32, "(2, 3)", 0, 1, 2, 0, 1, 2);
    CHECK_TENSOR(weights, "model_state_dict.shared", F32, "(6)", 12, 13, 14, 15, 16, 17);
    CHECK_TENSOR(weights, "model_state_dict.scalar", F32, "()", 7.5);
    CHECK_TENSOR(weights, "model_state_dict.empty", F32, "(0, 3)", 0);
    CHECK_TENSOR(weights, "model_state_dict.parameter", F32, "(5)", 0, 1, 2, 3, 4);
    CHECK_TENSOR(weights, "types.0", F32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.1", F32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.2", F32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.3", I64, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.4", I32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.5", I16, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.6", I8, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.7", U8, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "types.8", BOOL, "(3)", 0, 1, 1);
    CHECK_TENSOR(weights, "num_edges", I64, "()", 48);
    CHECK_TENSOR(weights, "noise_level", F32, "()", 0.25);
    CHECK_TENSOR(weights, "flag", BOOL, "()", 1);
    CHECK_TENSOR(weights, "big", I64, "()", -1099511627776.0);
    CHECK_TENSOR(weights, "size.1", I64, "()", 5);
    CHECK_TENSOR(weights, "3", F32, "(1)", 0);
    CU_ASSERT_PTR_NULL(pleat_weights_find(weights, "name"));
    CU_ASSERT_PTR_NULL(pleat_weights_find(weights, "nothing"));
    pleat_weights_free(weights);
  }
}

static void test_numpy_archives(void) {
  static const char *const files[] = {GOLDEN "stored.npz", GOLDEN "deflated.npz"};
  pleat_weights *weights;
  for (int i = 0; i < 2; i++) {
    CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, files[i], &weights), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_weights_count(weights), 11);
    CHECK_TENSOR(weights, "dense", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
    CHECK_TENSOR(weights, "fortran", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
    CHECK_TENSOR(weights, "f8", F32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "f2", F32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "i8", I64, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "i4", I32, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "i1", I8, "(3)", 0, 1, 2);
    CHECK_TENSOR(weights, "b1", BOOL, "(3)", 0, 1, 1);
    CHECK_TENSOR(weights, "scalar", F32, "()", 7.5);
    CHECK_TENSOR(weights, "empty", F32, "(0, 3)", 0);
    CHECK_TENSOR(weights, "block/a//weights", F32, "(4)", 0, 1, 2, 3);
    pleat_weights_free(weights);
  }
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, GOLDEN "versions.npz", &weights), PLEAT_OK);
  CHECK_TENSOR(weights, "v1", F32, "(3)", 0, 1, 2);
  CHECK_TENSOR(weights, "v2", F32, "(3)", 0, 1, 2);
  CHECK_TENSOR(weights, "v3", F32, "(3)", 0, 1, 2);
  pleat_weights_free(weights);
}

static void test_safetensors(void) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, GOLDEN "good.safetensors", &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_count(weights), 9);
  CHECK_TENSOR(weights, "dense", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
  CHECK_TENSOR(weights, "f2", F32, "(3)", 0, 1, 2);
  CHECK_TENSOR(weights, "b1", BOOL, "(3)", 0, 1, 1);
  CHECK_TENSOR(weights, "empty", F32, "(0, 3)", 0);
  pleat_weights_free(weights);
}

static void check_safetensors(const char *json, size_t data, const char *sentence) {
  char bytes[1024] = {0};
  uint64_t length = strlen(json);
  memcpy(bytes, &length, sizeof length);
  memcpy(bytes + 8, json, length);
  write_scratch(bytes, 8 + length + data);
  if (sentence) {
    check_refused(scratch, PLEAT_ERROR_FORMAT, sentence);
    return;
  }
  pleat_weights *weights;
  CU_ASSERT_EQUAL(pleat_convert_read(context, scratch, &weights), PLEAT_OK);
  pleat_weights_free(weights);
}

#define ENTRY(name, dtype, shape, offsets) \
  "\"" name "\": {\"dtype\": \"" dtype "\", \"shape\": " shape ", \"data_offsets\": " offsets "}"

static void test_safetensors_with_bad_headers(void) {
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[0, 8]") ", " ENTRY("b", "I8", "[1]", "[8, 9]") "}", 9, NULL);
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[0, 8]") ", " ENTRY("b", "F32", "[1]", "[4, 8]") "}", 8,
                    "'b' overlaps");
  check_safetensors("{" ENTRY("a", "F32", "[1]", "[4, 8]") "}", 8, "leaves a hole");
  check_safetensors("{" ENTRY("a", "F32", "[1]", "[0, 4]") "}", 8, "bytes behind its last tensor");
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[0, 8]") "}", 7, "lies outside the file");
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[0, 9223372036854775807]") "}", 8, "lies outside the file");
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[-8, 0]") "}", 8, "lies outside the file");
  check_safetensors("{" ENTRY("a", "F32", "[2]", "[8, 0]") "}", 8, "lies outside the file");
  check_safetensors("{" ENTRY("a", "F32", "[4611686018427387904, 4]", "[0, 0]") "}", 8, "does not fit its bytes");
  check_safetensors("{" ENTRY("a", "F32", "[-1]", "[0, 8]") "}", 8, "impossible shape");
  check_safetensors("{" ENTRY("a", "F32", "[1,1,1,1,1,1,1,1,2]", "[0, 8]") "}", 8, "impossible shape");
  check_safetensors("{" ENTRY("a", "F8_E5M2", "[8]", "[0, 8]") "}", 8, "a type that is not read");
  check_safetensors("{" ENTRY("a", "I8", "[1]", "[0, 1]") ", " ENTRY("a", "I8", "[1]", "[1, 2]") "}", 2,
                    "JSON header is damaged");
  check_safetensors("{\"a\": 3}", 8, "a type that is not read");
  check_safetensors("{}", 0, "holds no tensors");
  check_safetensors("{\"a\": ", 8, "JSON header is damaged");
  write_scratch("\xff\0\0\0\0\0\0\0{}", 10);
  check_refused(scratch, PLEAT_ERROR_FORMAT, "cut short inside its header");
}

/* ---- Hostile and damaged files ---- */

static void test_pickle_that_calls_the_system(void) {
  unlink("/tmp/pleat-was-fooled");
  check_refused(GOLDEN "evil.pt", PLEAT_ERROR_UNSUPPORTED,
                "evil.pt: the pickle wants to call posix.system, which is refused: only tensors are read");
  CU_ASSERT_NOT_EQUAL(access("/tmp/pleat-was-fooled", F_OK), 0);
}

static void test_files_that_are_refused(void) {
  check_refused(GOLDEN "bomb.pt", PLEAT_ERROR_FORMAT, "would unpack to more than 100 times its size");
  check_refused(GOLDEN "objects.npz", PLEAT_ERROR_UNSUPPORTED, "array 'weight' holds Python objects");
  check_refused(GOLDEN "big_endian.npz", PLEAT_ERROR_UNSUPPORTED, "array 'weight' has the type >f4");
  check_refused(GOLDEN "make.py", PLEAT_ERROR_FORMAT, "is not a file of weights that pleat knows");
  check_refused(folder, PLEAT_ERROR_INPUT, "is not a regular file");
  check_refused("/nonexistent.pt", PLEAT_ERROR_NOT_FOUND, "cannot be opened");
  write_scratch("", 0);
  check_refused(scratch, PLEAT_ERROR_FORMAT, "is empty");
}

/* Every prefix of a file is refused with a sentence. */
static void check_truncations(const char *path) {
  char *bytes;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, path, 0, &bytes, &length), PLEAT_OK);
  for (size_t keep = 1; keep < length; keep += keep < 200 || length - keep < 200 ? 1 : 37) {
    pleat_weights *weights;
    write_scratch(bytes, keep);
    pleat_status status = pleat_convert_read(context, scratch, &weights);
    CU_ASSERT(status == PLEAT_ERROR_FORMAT || status == PLEAT_ERROR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(weights);
  }
  pleat_memory_release(context, bytes);
}

static void test_truncated_files(void) {
  check_truncations(GOLDEN "nested.pt");
  check_truncations(GOLDEN "nested_legacy.pt");
  check_truncations(GOLDEN "stored.npz");
  check_truncations(GOLDEN "deflated.npz");
  check_truncations(GOLDEN "good.safetensors");
}

/* The old format takes any pickle after its three leading ones, so hostile opcodes can be written by hand. */
static void check_pickle(const char *pickle, size_t length, pleat_status status, const char *sentence) {
  static const char lead[] =
      "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02";
  char bytes[1024];
  memcpy(bytes, lead, sizeof lead - 1);
  memcpy(bytes + sizeof lead - 1, pickle, length);
  write_scratch(bytes, sizeof lead - 1 + length);
  check_refused(scratch, status, sentence);
}
#define CHECK_PICKLE(pickle, sentence) check_pickle(pickle, sizeof pickle - 1, PLEAT_ERROR_FORMAT, sentence)
#define STORAGE                          \
  "(U\7storagectorch\nFloatStorage\nU\1" \
  "0U\3cpuK\4tQ"
#define TENSOR(offset, shape, stride) "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE offset shape stride "\x89}tR."
#define DATA            \
  "\x80\x02](U\1"       \
  "0e.\4\0\0\0\0\0\0\0" \
  "\0\0\0\0"            \
  "\0\0\x80\x3f"        \
  "\0\0\0\0"            \
  "\0\0\0\0"

static void test_pickles_by_hand(void) {
  pleat_weights *weights;
  check_pickle("c__builtin__\neval\n.", 19, PLEAT_ERROR_UNSUPPORTED,
               "wants to call __builtin__.eval, which is refused");
  check_pickle("U\2osU\6system\x93.", 14, PLEAT_ERROR_UNSUPPORTED, "wants to call os.system, which is refused");
  check_pickle("c\x1b[2J\nx\n.", 9, PLEAT_ERROR_UNSUPPORTED, "wants to call ?[2J.x");
  check_pickle("ctorch\nFloatStorage\n)R.", 23, PLEAT_ERROR_UNSUPPORTED, "wants to call torch.FloatStorage");
  CHECK_PICKLE("\x81.", "opcode 0x81 is not one that tensors need");
  CHECK_PICKLE("h\5.", "it recalls what it never stored");
  CHECK_PICKLE(")a.", "its stack is empty"); /* found by fuzzing: an empty tuple before anything was stacked */
  CHECK_PICKLE("Kq", "the pickle is damaged");
  CHECK_PICKLE("t.", "a mark is missing");
  CHECK_PICKLE("R.", "its stack is empty");
  CHECK_PICKLE("(R.", "its stack is empty");
  CHECK_PICKLE("}K\1K\2K\3e.", "a mark is missing");
  CHECK_PICKLE("}(K\1u.", "a key has no value");
  CHECK_PICKLE("Nr\xff\xff\xff\xff.", "its memo is too large");
  CHECK_PICKLE("X\xff\xff\xff\xff.", "a text is too long");
  CHECK_PICKLE("\x80\x01.", "its protocol is not 2 to 5");
  CHECK_PICKLE("\x8a\x09\1\1\1\1\1\1\1\1\1.", "more than 64 bits");
  CHECK_PICKLE("NQ.", "a persistent id is not a storage's");
  CHECK_PICKLE(TENSOR("K\0", "K\4\x85", "K\2\x85"), "a tensor reaches outside its storage");
  CHECK_PICKLE(TENSOR("K\1", "K\4\x85", "K\1\x85"), "a tensor reaches outside its storage");
  CHECK_PICKLE(TENSOR("K\0", "K\4\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"), "reaches outside its storage");
  CHECK_PICKLE(TENSOR("K\0", "K\4\x85", "J\xff\xff\xff\xff\x85"), "size or stride is not a count");
  CHECK_PICKLE(TENSOR("K\0", "K\4K\4\x86", "K\1\x85"), "reaches outside its storage");
  CHECK_PICKLE(TENSOR("K\0", "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "K\0K\0\x86") DATA,
               "far larger than the file itself");
  CHECK_PICKLE("]q\0h\0a.\x80\x02].", "nest too much");
  CHECK_PICKLE(
      "}U\1"
      "aK\1s.\x80\x02K\0.",
      "its list of storages is damaged");
  check_pickle("c__builtin__\neval\n.", 19, PLEAT_ERROR_UNSUPPORTED, "refused");
  static const char good[] =
      "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}." TENSOR("K\0", "K\2\x85",
                                                                                                     "K\1\x85") DATA;
  write_scratch(good, sizeof good - 1);
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, scratch, &weights), PLEAT_OK);
  CHECK_TENSOR(weights, "", F32, "(2)", 0, 1);
  pleat_weights_free(weights);
}

/* A flipped byte anywhere is refused or read, never more; the archive's checksums catch most. */
static void test_flipped_bytes(void) {
  char *bytes;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, GOLDEN "nested_legacy.pt", 0, &bytes, &length), PLEAT_OK);
  for (size_t at = 0; at < length; at += 3) {
    pleat_weights *weights;
    bytes[at] ^= 0x55;
    write_scratch(bytes, length);
    if (pleat_convert_read(context, scratch, &weights) == PLEAT_OK)
      pleat_weights_free(weights);
    else
      CU_ASSERT_PTR_NULL(weights);
    bytes[at] ^= 0x55;
  }
  pleat_memory_release(context, bytes);
}

static pleat_status read_file(pleat_context *with, void *path) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_convert_read(with, path, &weights));
  pleat_weights_free(weights);
  return PLEAT_OK;
}

static void test_every_allocation_may_fail(void) {
  CU_ASSERT(test_allocator_fail_each(read_file, GOLDEN "nested.pt") > 20);
  CU_ASSERT(test_allocator_fail_each(read_file, GOLDEN "nested_legacy.pt") > 20);
  CU_ASSERT(test_allocator_fail_each(read_file, GOLDEN "stored.npz") > 20);
  CU_ASSERT(test_allocator_fail_each(read_file, GOLDEN "good.safetensors") > 10);
  CU_ASSERT_EQUAL(test_allocator_fail_each(read_file, GOLDEN "evil.pt"), -1); /* fails for another reason: is seen */
}

/* ---- Catalogue and store ---- */

static void test_catalogue(void) {
  for (size_t i = 0; i < pleat_catalog_count; i++) {
    const pleat_catalog_row *row = &pleat_catalog[i];
    bool pinned = *row->sha256; /* of some files of AlphaFold only the whole archive's checksum is known */
    bool in_archive = strcmp(row->version, pleat_catalog_alphafold.file) == 0;
    CU_ASSERT(in_archive || pinned);
    CU_ASSERT_EQUAL(strspn(row->sha256, "0123456789abcdef"), pinned ? 64 : 0);
    CU_ASSERT_PTR_EQUAL(pleat_catalog_find_file(row->file), in_archive ? row : NULL);
    CU_ASSERT_PTR_EQUAL(pleat_catalog_find(row->model), row);
    CU_ASSERT_PTR_EQUAL(pleat_catalog_find_sha256(row->sha256), pinned ? row : NULL);
    CU_ASSERT(!*row->needs || pleat_catalog_find(row->needs));
    CU_ASSERT(row->parameters > 1e6 && *row->license && *row->citation && *row->member);
  }
  CU_ASSERT_PTR_NULL(pleat_catalog_find("nothing"));
}

static pleat_status refuse_it(pleat_context *with, const char *name, const pleat_weights *weights) {
  (void)weights;
  return pleat_status_fail(with, PLEAT_ERROR_SHAPE, "%s: does not fit", name);
}

static void test_import_find_verify(void) {
  char *path, wanted[100];
  pleat_weights *weights;
  CU_ASSERT_EQUAL(pleat_context_set_models_dir(context, folder), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_store_find(context, "tiny", &path), PLEAT_ERROR_NOT_FOUND);
  ASSERT_SENTENCE(folder);
  CU_ASSERT_EQUAL(pleat_store_find(context, "flashabb-not-here/../x", &path), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_store_import(context, GOLDEN "flat.pt", NULL, NULL, NULL, &path), PLEAT_ERROR_INPUT);
  ASSERT_SENTENCE("flat.pt: is not one of the published files that pleat knows (sha256 ");
  CU_ASSERT_EQUAL(pleat_store_import(context, GOLDEN "flat.pt", "../tiny", NULL, NULL, &path), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_store_import(context, GOLDEN "flat.pt", "tiny", NULL, refuse_it, &path), PLEAT_ERROR_SHAPE);
  CU_ASSERT_EQUAL(pleat_store_find(context, "tiny", &path), PLEAT_ERROR_NOT_FOUND);
  CU_ASSERT_EQUAL_FATAL(pleat_store_import(context, GOLDEN "flat.pt", "tiny", NULL, NULL, &path), PLEAT_OK);
  snprintf(wanted, sizeof wanted, "%s/tiny.h5", folder);
  CU_ASSERT_STRING_EQUAL(path, wanted);
  pleat_memory_release(context, path);
  CU_ASSERT_EQUAL(pleat_store_find(context, "tiny", &path), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(path, wanted);
  pleat_memory_release(context, path);
  CU_ASSERT_EQUAL_FATAL(pleat_store_open(context, "tiny", &weights), PLEAT_OK);
  CHECK_TENSOR(weights, "weight", F32, "(2, 3)", 0, 1, 2, 3, 4, 5);
  CU_ASSERT_STRING_EQUAL(pleat_weights_describe(weights).model, "tiny");
  pleat_weights_free(weights);
  CU_ASSERT_EQUAL(pleat_store_verify(context, "tiny", NULL), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_store_verify(context, wanted, refuse_it), PLEAT_ERROR_SHAPE);
  CU_ASSERT_EQUAL(pleat_store_verify(context, GOLDEN "flat.pt", NULL), PLEAT_OK);
  check_refused(wanted, PLEAT_ERROR_FORMAT, "a pleat model file is used as it is, without import");
  unlink(wanted);
  CU_ASSERT_EQUAL(pleat_store_import(context, GOLDEN "flat.pt", "tiny", "/dev/null/x", NULL, NULL), PLEAT_ERROR_IO);
  ASSERT_SENTENCE("/dev/null/x: the folder cannot be made");
  CU_ASSERT_EQUAL(pleat_context_set_models_dir(context, NULL), PLEAT_OK);
}

static pleat_status import_it(pleat_context *with, void *into) {
  char *path;
  PLEAT_TRY(pleat_store_import(with, GOLDEN "flat.pt", "tiny", into, NULL, &path));
  unlink(path);
  pleat_memory_release(with, path);
  PLEAT_TRY(pleat_context_set_models_dir(with, into));
  PLEAT_TRY(pleat_store_folder_for_writing(with, &path));
  pleat_memory_release(with, path);
  return PLEAT_OK;
}

static void test_every_allocation_of_an_import_may_fail(void) {
  CU_ASSERT(test_allocator_fail_each(import_it, folder) > 20);
}

/* Knots, between them, outside. */
static void test_isotonic_curves(void) {
  const pleat_isotonic *curve = &pleat_tap_calibrators[PLEAT_TAP_PSH_LOW];
  for (int c = 0; c < PLEAT_TAP_CALIBRATORS; c++)
    for (size_t i = 1; i < pleat_tap_calibrators[c].count; i++)
      CU_ASSERT(pleat_tap_calibrators[c].x[i] > pleat_tap_calibrators[c].x[i - 1]);
  CU_ASSERT_EQUAL(pleat_isotonic_value(curve, -1e9), curve->y[0]);
  CU_ASSERT_EQUAL(pleat_isotonic_value(curve, 1e9), curve->y[curve->count - 1]);
  CU_ASSERT_EQUAL(pleat_isotonic_value(curve, curve->x[7]), curve->y[7]);
  CU_ASSERT_DOUBLE_EQUAL(pleat_isotonic_value(curve, 0.5 * (curve->x[3] + curve->x[4])),
                         0.5 * (curve->y[3] + curve->y[4]), 1e-12);
}

void suite_convert(void) {
  CU_pSuite suite = CU_add_suite("convert", set_up, tear_down);
  CU_add_test(suite, "flat state dictionary", test_flat_state_dictionary);
  CU_add_test(suite, "nested containers and views, three formats of PyTorch", test_nested_containers_and_views);
  CU_add_test(suite, "NumPy archives", test_numpy_archives);
  CU_add_test(suite, "safetensors", test_safetensors);
  CU_add_test(suite, "safetensors with bad headers", test_safetensors_with_bad_headers);
  CU_add_test(suite, "a pickle that calls the system", test_pickle_that_calls_the_system);
  CU_add_test(suite, "files that are refused", test_files_that_are_refused);
  CU_add_test(suite, "truncated files", test_truncated_files);
  CU_add_test(suite, "pickles by hand", test_pickles_by_hand);
  CU_add_test(suite, "flipped bytes", test_flipped_bytes);
  CU_add_test(suite, "every allocation may fail", test_every_allocation_may_fail);
  CU_add_test(suite, "the catalogue", test_catalogue);
  CU_add_test(suite, "import, find, verify", test_import_find_verify);
  CU_add_test(suite, "every allocation of an import may fail", test_every_allocation_of_an_import_may_fail);
  CU_add_test(suite, "isotonic curves", test_isotonic_curves);
}
