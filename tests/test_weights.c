/* Tests of lib/weights: model files written, mapped, verified and bound; damaged and foreign files refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/hdf5.h"
#include "lib/weights.h"
#include "tests/allocator.h"
#include "tests/suites.h"

static char folder[] = "/tmp/pleat-weights-XXXXXX", model[64], other[64];
static pleat_context *context;

static int set_up(void) {
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  strcat(strcpy(model, folder), "/model.h5");
  strcat(strcpy(other, folder), "/other.h5");
  return 0;
}

static int tear_down(void) {
  unlink(model);
  unlink(other);
  pleat_context_free(context);
  return rmdir(folder);
}

#define ASSERT_SENTENCE(text)                                                                                \
  do {                                                                                                       \
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), text));                                      \
    if (!strstr(pleat_context_error(context), text)) printf("\n  says: %s\n", pleat_context_error(context)); \
  } while (0)

static const float values[6] = {1, -2.5f, 3e-40f, 0, -0.0f, 1e30f};
static const int64_t integers[2] = {INT64_MIN, 7};
static const uint16_t halves[3] = {0x3c00, 0xc000, 0x3800};
static const uint8_t flags[2] = {0, 1};

/* Every kind of tensor; "z.first" comes first although it sorts last. */
static pleat_status fill(pleat_weights *weights) {
  const pleat_weights_about about = {"tiny", "tiny.pt", "00ff", "MIT", "Nobody (2026)", ""};
  PLEAT_TRY(pleat_weights_set_about(weights, &about));
  PLEAT_TRY(pleat_weights_add(weights, "z.first", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 2, {2, 3}}));
  PLEAT_TRY(pleat_weights_add(weights, "block.0.gain", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 1, {4}}));
  PLEAT_TRY(pleat_weights_add(weights, "integers", &(pleat_tensor){(void *)integers, PLEAT_DTYPE_I64, 1, {2}}));
  PLEAT_TRY(pleat_weights_add(weights, "halves", &(pleat_tensor){(void *)halves, PLEAT_DTYPE_F16, 1, {3}}));
  PLEAT_TRY(pleat_weights_add(weights, "flags", &(pleat_tensor){(void *)flags, PLEAT_DTYPE_BOOL, 1, {2}}));
  PLEAT_TRY(pleat_weights_add(weights, "scalar", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 0, {0}}));
  PLEAT_TRY(pleat_weights_add(weights, "empty", &(pleat_tensor){NULL, PLEAT_DTYPE_F32, 2, {0, 3}}));
  return pleat_weights_add(weights, "a/b//weights", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 1, {1}});
}

static pleat_status write_model(pleat_context *with, const char *path) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_weights_create(with, "memory", &weights));
  pleat_status status = fill(weights);
  if (!status) status = pleat_weights_write(weights, path);
  pleat_weights_free(weights);
  return status;
}

static void check_tensor(const pleat_weights *weights, const char *name, const pleat_tensor *wanted) {
  const pleat_tensor *tensor = pleat_weights_find(weights, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
  CU_ASSERT_EQUAL(tensor->dtype, wanted->dtype);
  CU_ASSERT_EQUAL_FATAL(tensor->rank, wanted->rank);
  CU_ASSERT_EQUAL(memcmp(tensor->shape, wanted->shape, (size_t)tensor->rank * sizeof *tensor->shape), 0);
  size_t bytes = pleat_tensor_count(wanted) * pleat_dtype_size(wanted->dtype);
  CU_ASSERT(bytes == 0 || memcmp(tensor->data, wanted->data, bytes) == 0);
  CU_ASSERT_EQUAL((uintptr_t)tensor->data % 64, 0);
}

static void test_model_file_keeps_every_bit(void) {
  pleat_weights *weights;
  static const float from_halves[3] = {1, -2, 0.5f};
  CU_ASSERT_EQUAL_FATAL(write_model(context, model), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_open(context, model, &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_count(weights), 8);
  CU_ASSERT_STRING_EQUAL(pleat_weights_name(weights, 0), "z.first");
  check_tensor(weights, "z.first", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 2, {2, 3}});
  check_tensor(weights, "integers", &(pleat_tensor){(void *)integers, PLEAT_DTYPE_I64, 1, {2}});
  check_tensor(weights, "halves", &(pleat_tensor){(void *)from_halves, PLEAT_DTYPE_F32, 1, {3}});
  check_tensor(weights, "flags", &(pleat_tensor){(void *)flags, PLEAT_DTYPE_BOOL, 1, {2}});
  check_tensor(weights, "scalar", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 0, {0}});
  check_tensor(weights, "empty", &(pleat_tensor){NULL, PLEAT_DTYPE_F32, 2, {0, 3}});
  check_tensor(weights, "a/b//weights", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 1, {1}});
  CU_ASSERT_PTR_NULL(pleat_weights_find(weights, "a/b/weights"));
  pleat_weights_about about = pleat_weights_describe(weights);
  CU_ASSERT_STRING_EQUAL(about.model, "tiny");
  CU_ASSERT_STRING_EQUAL(about.source_file, "tiny.pt");
  CU_ASSERT_STRING_EQUAL(about.sha256, "00ff");
  CU_ASSERT_STRING_EQUAL(about.license, "MIT");
  CU_ASSERT_STRING_EQUAL(about.citation, "Nobody (2026)");
  CU_ASSERT_EQUAL(pleat_weights_verify(weights), PLEAT_OK);
  pleat_weights_free(weights);
}

static void test_same_weights_same_bytes(void) {
  char *first, *second;
  size_t a, b;
  CU_ASSERT_EQUAL_FATAL(write_model(context, model), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(write_model(context, other), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, model, 0, &first, &a), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, other, 0, &second, &b), PLEAT_OK);
  CU_ASSERT(a == b && memcmp(first, second, a) == 0);
  pleat_memory_release(context, first);
  pleat_memory_release(context, second);
}

static void test_two_tensors_of_one_name(void) {
  pleat_weights *weights;
  const pleat_tensor one = {(void *)values, PLEAT_DTYPE_F32, 1, {1}};
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "memory", &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_add(weights, "w", &one), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_add(weights, "w", &one), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("memory: holds two tensors named 'w'");
  char name[16];
  for (int i = 0; i < 1000; i++) {
    snprintf(name, sizeof name, "n%d", i);
    CU_ASSERT_EQUAL(pleat_weights_add(weights, name, &one), PLEAT_OK);
  }
  CU_ASSERT_PTR_NOT_NULL(pleat_weights_find(weights, "n999"));
  CU_ASSERT_PTR_NULL(pleat_weights_find(weights, "n1000"));
  pleat_weights_free(weights);
}

/* ---- Binding ---- */

typedef struct fields {
  const float *gain, *table;
} fields;

static pleat_status bind_one(const pleat_weights *weights, const pleat_weight_row *row, fields *bound) {
  const pleat_weight_row rows[2] = {*row, {0}};
  return pleat_weights_bind(context, weights, rows, 0, bound);
}

static void test_binding(void) {
  pleat_weights *weights;
  fields bound = {NULL, NULL};
  static const pleat_weight_row good[] = {
      {"block.%d.gain", 1, {4}, offsetof(fields, gain), false}, {"z.first", 2, {2, 3}, offsetof(fields, table), false}, {0}};
  CU_ASSERT_EQUAL_FATAL(pleat_weights_create(context, "FILE", &weights), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(fill(weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_bind(context, weights, good, 0, &bound), PLEAT_OK);
  CU_ASSERT_PTR_EQUAL(bound.gain, pleat_weights_find(weights, "block.0.gain")->data);
  CU_ASSERT_PTR_EQUAL(bound.table, pleat_weights_find(weights, "z.first")->data);
  CU_ASSERT_EQUAL(pleat_weights_bind(context, weights, good, 3, &bound), PLEAT_ERROR_SHAPE);
  ASSERT_SENTENCE("block.3.gain: missing in FILE; the model wants (4)");
  CU_ASSERT_EQUAL(bind_one(weights, &(pleat_weight_row){"z.first", 2, {3, 2}, 0, false}, &bound), PLEAT_ERROR_SHAPE);
  ASSERT_SENTENCE("z.first: FILE has (2, 3), model wants (3, 2)");
  CU_ASSERT_EQUAL(bind_one(weights, &(pleat_weight_row){"z.first", 1, {6}, 0, false}, &bound), PLEAT_ERROR_SHAPE);
  ASSERT_SENTENCE("z.first: FILE has (2, 3), model wants (6)");
  CU_ASSERT_EQUAL(bind_one(weights, &(pleat_weight_row){"integers", 1, {2}, 0, false}, &bound), PLEAT_ERROR_SHAPE);
  ASSERT_SENTENCE("integers: FILE has int64, model wants float32");
  for (int bad = 0; bad < 3; bad++) {
    ((float *)pleat_weights_find(weights, "z.first")->data)[5] = bad == 0 ? NAN : bad == 1 ? INFINITY : -INFINITY;
    CU_ASSERT_EQUAL(pleat_weights_bind(context, weights, good, 0, &bound), PLEAT_ERROR_SHAPE);
    ASSERT_SENTENCE("z.first: FILE holds values that are not finite");
  }
  pleat_weights_free(weights);
}

/* ---- Damage ---- */

/* `model` with `length` bytes kept and the bit `flip` of byte `at` turned, as `other`. */
static void damage(size_t keep, size_t at, int flip) {
  char *bytes;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, model, 0, &bytes, &length), PLEAT_OK);
  if (at < length) bytes[at] = (char)(bytes[at] ^ flip);
  CU_ASSERT_EQUAL_FATAL(pleat_file_write(context, other, bytes, keep < length ? keep : length), PLEAT_OK);
  pleat_memory_release(context, bytes);
}

/* Where in the file the bytes of `name` are. */
static size_t place_of(const char *name, size_t *length) {
  pleat_weights *weights;
  char *bytes;
  CU_ASSERT_EQUAL_FATAL(pleat_weights_open(context, model, &weights), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, model, 0, &bytes, length), PLEAT_OK);
  const pleat_tensor *tensor = pleat_weights_find(weights, name);
  size_t size = pleat_tensor_count(tensor) * pleat_dtype_size(tensor->dtype), at = 0;
  while (at + size <= *length && memcmp(bytes + at, tensor->data, size) != 0) at += 64;
  pleat_memory_release(context, bytes);
  pleat_weights_free(weights);
  return at;
}

static void test_verify_finds_a_flipped_bit(void) {
  pleat_weights *weights;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(write_model(context, model), PLEAT_OK);
  size_t at = place_of("z.first", &length);
  CU_ASSERT_FATAL(at < length);
  damage(SIZE_MAX, at + 9, 4);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_open(context, other, &weights), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_verify(weights), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("tensor 'z.first' is damaged (its checksum differs)");
  pleat_weights_free(weights);
}

static void test_truncated_model_files(void) {
  pleat_weights *weights;
  struct stat about;
  CU_ASSERT_EQUAL_FATAL(write_model(context, model), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(stat(model, &about), 0);
  size_t length = (size_t)about.st_size;
  for (int i = 0; i < 40; i++) {
    damage(length * (size_t)i / 40, SIZE_MAX, 0);
    CU_ASSERT_EQUAL(pleat_weights_open(context, other, &weights), PLEAT_ERROR_FORMAT);
    CU_ASSERT_PTR_NULL(weights);
    ASSERT_SENTENCE("other.h5");
  }
}

static void test_what_is_no_model_file(void) {
  pleat_weights *weights;
  CU_ASSERT_EQUAL(pleat_weights_open(context, "/nonexistent.h5", &weights), PLEAT_ERROR_NOT_FOUND);
  CU_ASSERT_EQUAL(pleat_weights_open(context, folder, &weights), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_weights_open(context, "/dev/zero", &weights), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL_FATAL(pleat_file_write(context, other, "hello world", 11), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_weights_open(context, other, &weights), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("is not a model file (HDF5)");
}

/* ---- HDF5 files that others made ---- */

typedef void (*foreign_part)(hid_t file);

static void make_foreign(foreign_part part) {
  pleat_hdf5_guard guard;
  pleat_hdf5_enter(&guard);
  hid_t file = H5Fcreate(other, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
  uint32_t version = 1;
  pleat_hdf5_write_text(file, "format", "pleat-model");
  hid_t attribute = H5Acreate2(file, "format_version", H5T_STD_U32LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_UINT32, &version);
  H5Aclose(attribute);
  H5Sclose(space);
  part(file);
  H5Fclose(file);
  pleat_hdf5_leave(&guard);
}

static void make_dataset(hid_t file, const char *name, hid_t type, hid_t list, const void *data) {
  hid_t space = H5Screate_simple(1, (hsize_t[]){4}, NULL);
  hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
  if (data) H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  H5Dclose(dataset);
  H5Sclose(space);
}

static void with_other_numbers(hid_t file) {
  make_dataset(file, "big", H5T_IEEE_F32BE, H5P_DEFAULT, values);
  make_dataset(file, "double", H5T_IEEE_F64LE, H5P_DEFAULT, values);
}

static void with_chunks(hid_t file) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, (hsize_t[]){2});
  make_dataset(file, "w", H5T_IEEE_F32LE, list, values);
  H5Pclose(list);
}

static void with_external(hid_t file) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(list, "/etc/hostname", 0, 16);
  make_dataset(file, "w", H5T_IEEE_F32LE, list, NULL);
  H5Pclose(list);
}

static void with_soft_link(hid_t file) { H5Lcreate_soft("/nowhere", file, "w", H5P_DEFAULT, H5P_DEFAULT); }
static void with_external_link(hid_t file) {
  H5Lcreate_external("/etc/passwd", "/", file, "w", H5P_DEFAULT, H5P_DEFAULT);
}
static void with_circle(hid_t file) {
  H5Gclose(H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Lcreate_hard(file, "g", file, "g/g", H5P_DEFAULT, H5P_DEFAULT);
}
static void with_texts(hid_t file) { make_dataset(file, "w", H5T_C_S1, H5P_DEFAULT, NULL); }
static void without_data(hid_t file) { make_dataset(file, "w", H5T_IEEE_F32LE, H5P_DEFAULT, NULL); }

static void test_numbers_of_other_machines(void) {
  pleat_weights *weights;
  make_foreign(with_other_numbers);
  CU_ASSERT_EQUAL_FATAL(pleat_weights_open(context, other, &weights), PLEAT_OK);
  check_tensor(weights, "big", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 1, {4}});
  check_tensor(weights, "double", &(pleat_tensor){(void *)values, PLEAT_DTYPE_F32, 1, {4}});
  CU_ASSERT_EQUAL(pleat_weights_verify(weights), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("has no checksum");
  pleat_weights_free(weights);
}

static void test_foreign_files_are_refused(void) {
  static const struct {
    foreign_part part;
    pleat_status status;
    const char *sentence;
  } cases[] = {
      {with_chunks, PLEAT_ERROR_UNSUPPORTED, "tensor 'w' is chunked, compressed or kept in another file"},
      {with_external, PLEAT_ERROR_UNSUPPORTED, "tensor 'w' is chunked, compressed or kept in another file"},
      {with_soft_link, PLEAT_ERROR_UNSUPPORTED, "'w' is a link to something else"},
      {with_external_link, PLEAT_ERROR_UNSUPPORTED, "'w' is a link to something else"},
      {with_circle, PLEAT_ERROR_FORMAT, "is neither a tensor nor a folder of tensors"},
      {with_texts, PLEAT_ERROR_UNSUPPORTED, "tensor 'w' is of a type that no model uses"},
      {without_data, PLEAT_ERROR_FORMAT, "tensor 'w' lies outside the file"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_weights *weights;
    make_foreign(cases[i].part);
    CU_ASSERT_EQUAL(pleat_weights_open(context, other, &weights), cases[i].status);
    CU_ASSERT_PTR_NULL(weights);
    ASSERT_SENTENCE(cases[i].sentence);
  }
}

/* ---- Memory and disk ---- */

static pleat_status write_and_read(pleat_context *with, void *path) {
  pleat_weights *weights;
  PLEAT_TRY(write_model(with, path));
  PLEAT_TRY(pleat_weights_open(with, path, &weights));
  pleat_status status = pleat_weights_verify(weights);
  pleat_weights_free(weights);
  return status;
}

static void test_every_allocation_may_fail(void) { CU_ASSERT(test_allocator_fail_each(write_and_read, model) > 10); }

static void test_full_disk_and_bad_folder(void) {
  struct stat before, after;
  CU_ASSERT_EQUAL_FATAL(stat("/dev/full", &before), 0);
  CU_ASSERT_EQUAL(write_model(context, "/dev/full"), PLEAT_ERROR_IO);
  ASSERT_SENTENCE("/dev/full: cannot be written: No space left on device");
  CU_ASSERT_EQUAL(stat("/dev/full", &after), 0);
  CU_ASSERT_EQUAL(before.st_rdev, after.st_rdev);
  CU_ASSERT_EQUAL(pleat_file_write(context, "/dev/full", "x", 1), PLEAT_ERROR_IO);
  CU_ASSERT_EQUAL(write_model(context, "/nonexistent/model.h5"), PLEAT_ERROR_IO);
  ASSERT_SENTENCE("/nonexistent/model.h5: cannot be written: No such file or directory");
  CU_ASSERT_EQUAL(write_model(context, model), PLEAT_OK); /* libhdf5 is still in order */
}

void suite_weights(void) {
  CU_pSuite suite = CU_add_suite("weights", set_up, tear_down);
  CU_add_test(suite, "a model file keeps every bit", test_model_file_keeps_every_bit);
  CU_add_test(suite, "the same weights give the same bytes", test_same_weights_same_bytes);
  CU_add_test(suite, "two tensors of one name", test_two_tensors_of_one_name);
  CU_add_test(suite, "binding names what is missing, misshapen or not finite", test_binding);
  CU_add_test(suite, "verify finds a flipped bit", test_verify_finds_a_flipped_bit);
  CU_add_test(suite, "truncated model files", test_truncated_model_files);
  CU_add_test(suite, "what is no model file", test_what_is_no_model_file);
  CU_add_test(suite, "numbers of other machines", test_numbers_of_other_machines);
  CU_add_test(suite, "foreign files are refused", test_foreign_files_are_refused);
  CU_add_test(suite, "every allocation may fail", test_every_allocation_may_fail);
  CU_add_test(suite, "full disk and bad folder", test_full_disk_and_bad_folder);
}
