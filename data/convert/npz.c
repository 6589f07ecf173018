/* NumPy archives: the .npy header of versions 1 to 3, and arrays in C or Fortran order.
 * SPDX-License-Identifier: MIT
 *
 *     \x93NUMPY | major, minor | header length (u16, from version 2 u32) | {'descr': '<f4', 'fortran_order': False,
 *     'shape': (3, 4), } padded with blanks | data      (NEP 1) */
#include "data/convert/npz.h"

#include <ctype.h>
#include <string.h>

#include "lib/weights_set.h"

typedef struct npy {
  pleat_tensor tensor;
  bool fortran;
} npy;

/* Where the parser stands in a header; the member's bytes end with a 0, so reading one letter is always allowed. */
typedef struct scanner {
  const char *at, *end;
} scanner;

static const struct {
  const char *code;
  pleat_dtype dtype;
} dtypes[] = {
    {"<f4", PLEAT_DTYPE_F32}, {"<f8", PLEAT_DTYPE_F64}, {"<f2", PLEAT_DTYPE_F16},
    {"<i8", PLEAT_DTYPE_I64}, {"<i4", PLEAT_DTYPE_I32}, {"<i2", PLEAT_DTYPE_I16},
    {"|i1", PLEAT_DTYPE_I8},  {"|u1", PLEAT_DTYPE_U8},  {"|b1", PLEAT_DTYPE_BOOL},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes, MAX_NPY_HEADER = 1 << 16 };

static void skip_blanks(scanner *s) {
  while (s->at < s->end && isspace((unsigned char)*s->at)) s->at++;
}

/* Steps over `text` if it comes next. */
static bool take(scanner *s, const char *text) {
  size_t length = strlen(text);
  skip_blanks(s);
  if ((size_t)(s->end - s->at) < length || memcmp(s->at, text, length) != 0) return false;
  s->at += length;
  return true;
}

/* 'text' or "text" of up to 31 letters, without escapes. */
static bool take_quoted(scanner *s, char text[32]) {
  skip_blanks(s);
  if (s->at >= s->end || (*s->at != '\'' && *s->at != '"')) return false;
  char quote = *s->at++;
  size_t length = 0;
  while (s->at < s->end && *s->at != quote && length < 31) text[length++] = *s->at++;
  text[length] = 0;
  return s->at < s->end && *s->at++ == quote;
}

static bool take_size(scanner *s, int64_t *size) {
  *size = 0;
  skip_blanks(s);
  if (s->at >= s->end || !isdigit((unsigned char)*s->at)) return false;
  for (; s->at < s->end && isdigit((unsigned char)*s->at); s->at++)
    if (__builtin_mul_overflow(*size, (int64_t)10, size) ||
        __builtin_add_overflow(*size, (int64_t)(*s->at - '0'), size))
      return false;
  take(s, "L"); /* Python 2 wrote long integers so */
  return true;
}

static bool take_shape(scanner *s, pleat_tensor *tensor) {
  if (!take(s, "(")) return false;
  for (tensor->rank = 0; !take(s, ")"); tensor->rank++) {
    if (tensor->rank >= PLEAT_TENSOR_MAX_RANK || !take_size(s, &tensor->shape[tensor->rank])) return false;
    if (take(s, ",")) continue;
    tensor->rank++;
    return take(s, ")");
  }
  return true;
}

static bool find_dtype(const char *code, pleat_dtype *dtype) {
  for (int i = 0; i < DTYPES; i++) {
    *dtype = dtypes[i].dtype;
    if (strcmp(code, dtypes[i].code) == 0) return true;
  }
  return false;
}

/* One "'key': value" of the header; *descr receives the type's code. */
static bool take_entry(scanner *s, npy *array, char descr[32]) {
  char key[32];
  if (!take_quoted(s, key) || !take(s, ":")) return false;
  if (strcmp(key, "shape") == 0) return take_shape(s, &array->tensor);
  if (strcmp(key, "descr") == 0) return take_quoted(s, descr);
  if (strcmp(key, "fortran_order") != 0) return false;
  array->fortran = take(s, "True");
  return array->fortran || take(s, "False");
}

static bool take_dictionary(scanner *s, npy *array, char descr[32]) {
  int entries = 0;
  if (!take(s, "{")) return false;
  while (!take(s, "}")) {
    if (entries++ >= 3 || !take_entry(s, array, descr)) return false;
    if (!take(s, ",")) {
      if (!take(s, "}")) return false;
      break;
    }
  }
  return entries == 3;
}

/* Where header and data start; false when the bytes are no .npy file. */
static bool find_header(const char *bytes, size_t length, scanner *header) {
  uint32_t size = 0;
  if (length < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0 || bytes[6] < 1 || bytes[6] > 3) return false;
  size_t width = bytes[6] == 1 ? 2 : 4;
  memcpy(&size, bytes + 8, width);
  if (size > MAX_NPY_HEADER || size > length - 8 - width) return false;
  header->at = bytes + 8 + width;
  header->end = header->at + size;
  return true;
}

/* Column-major items into row-major order: the last index of the result runs fastest. */
static void reorder(const npy *array, const char *from, char *to) {
  size_t item = pleat_dtype_size(array->tensor.dtype), count = pleat_tensor_count(&array->tensor), place = 0;
  size_t stride[PLEAT_TENSOR_MAX_RANK], step = 1;
  int64_t index[PLEAT_TENSOR_MAX_RANK] = {0};
  for (int d = 0; d < array->tensor.rank; step *= (size_t)array->tensor.shape[d++]) stride[d] = step;
  for (size_t i = 0; i < count; i++) {
    memcpy(to + i * item, from + place * item, item);
    for (int d = array->tensor.rank; d-- > 0;) {
      place += stride[d];
      if (++index[d] < array->tensor.shape[d]) break;
      place -= stride[d] * (size_t)array->tensor.shape[d];
      index[d] = 0;
    }
  }
}

static pleat_status add_array(pleat_weights *weights, const char *name, npy *array, size_t bytes) {
  if (!array->fortran || array->tensor.rank < 2) return pleat_weights_add(weights, name, &array->tensor);
  char *dense;
  PLEAT_TRY(pleat_memory_take(weights->context, bytes, 1, &dense));
  reorder(array, array->tensor.data, dense);
  array->tensor.data = dense;
  pleat_status status = pleat_weights_add(weights, name, &array->tensor);
  pleat_memory_release(weights->context, dense);
  return status;
}

pleat_status pleat_npz_read_array(pleat_weights *weights, const char *name, const char *bytes, size_t length) {
  pleat_context *context = weights->context;
  npy array = {0};
  scanner header;
  char descr[32] = "";
  size_t needed;
  PLEAT_CHECK(context, find_header(bytes, length, &header), PLEAT_ERROR_FORMAT,
              "%s: array '%s' is not in NumPy's format", weights->path, name);
  const char *data = header.end;
  /* an unquoted descr is a record's list of fields: refused below, as is any code that is not in the table */
  bool good = take_dictionary(&header, &array, descr);
  PLEAT_CHECK(context, !strchr(descr, 'O'), PLEAT_ERROR_UNSUPPORTED,
              "%s: array '%s' holds Python objects, which are refused: only numbers are read", weights->path, name);
  PLEAT_CHECK(context, good, PLEAT_ERROR_FORMAT,
              "%s: the header of array '%s' is damaged or of a kind that holds no plain numbers", weights->path, name);
  PLEAT_CHECK(context, find_dtype(descr, &array.tensor.dtype), PLEAT_ERROR_UNSUPPORTED,
              "%s: array '%s' has the type %s, which is not read", weights->path, name, descr);
  PLEAT_CHECK(context,
              pleat_tensor_bytes(array.tensor.dtype, array.tensor.rank, array.tensor.shape, &needed) &&
                  needed == (size_t)(bytes + length - data),
              PLEAT_ERROR_FORMAT, "%s: array '%s' has a shape that does not fit its bytes", weights->path, name);
  array.tensor.data = (void *)data;
  return add_array(weights, name, &array, needed);
}

static bool is_array(const char *name, size_t *stem) {
  size_t length = name ? strlen(name) : 0;
  *stem = length > 4 ? length - 4 : 0;
  return length > 4 && strcmp(name + length - 4, ".npy") == 0;
}

bool pleat_npz_is_zip(const pleat_zip *zip) {
  size_t stem;
  for (size_t i = 0; i < pleat_zip_count(zip); i++)
    if (is_array(pleat_zip_name(zip, i), &stem)) return true;
  return false;
}

pleat_status pleat_npz_read(const pleat_zip *zip, pleat_weights *weights) {
  for (size_t i = 0; i < pleat_zip_count(zip); i++) {
    const char *member = pleat_zip_name(zip, i);
    char *bytes, name[PLEAT_WEIGHTS_MAX_NAME + 1];
    size_t length, stem;
    if (!is_array(member, &stem)) continue;
    PLEAT_CHECK(weights->context, stem < sizeof name, PLEAT_ERROR_FORMAT,
                "%s: an array's name is longer than %d letters", weights->path, PLEAT_WEIGHTS_MAX_NAME);
    memcpy(name, member, stem);
    name[stem] = 0;
    PLEAT_TRY(pleat_zip_read(zip, i, &bytes, &length));
    pleat_status status = pleat_npz_read_array(weights, name, bytes, length);
    pleat_memory_release(weights->context, bytes);
    PLEAT_TRY(status);
  }
  return PLEAT_OK;
}
