/* Sizes, names and values of dense arrays.
 * SPDX-License-Identifier: MIT */
#include "lib/tensor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  size_t size;
} dtypes[] = {
    [PLEAT_DTYPE_F32] = {"float32", 4}, [PLEAT_DTYPE_F64] = {"float64", 8}, [PLEAT_DTYPE_F16] = {"float16", 2},
    [PLEAT_DTYPE_BF16] = {"bfloat16", 2}, [PLEAT_DTYPE_I64] = {"int64", 8}, [PLEAT_DTYPE_I32] = {"int32", 4},
    [PLEAT_DTYPE_I16] = {"int16", 2}, [PLEAT_DTYPE_I8] = {"int8", 1}, [PLEAT_DTYPE_U8] = {"uint8", 1},
    [PLEAT_DTYPE_BOOL] = {"bool", 1},
};

size_t pleat_dtype_size(pleat_dtype dtype) { return dtypes[dtype].size; }
const char *pleat_dtype_name(pleat_dtype dtype) { return dtypes[dtype].name; }

size_t pleat_tensor_count(const pleat_tensor *tensor) {
  size_t count = 1;
  for (int d = 0; d < tensor->rank; d++) count *= (size_t)tensor->shape[d];
  return count;
}

bool pleat_tensor_bytes(pleat_dtype dtype, int rank, const int64_t *shape, size_t *bytes) {
  *bytes = pleat_dtype_size(dtype);
  for (int d = 0; d < rank; d++)
    if (shape[d] < 0 || __builtin_mul_overflow(*bytes, (size_t)shape[d], bytes)) return false;
  return true;
}

const char *pleat_tensor_describe(int rank, const int64_t *shape, char *text, size_t size) {
  size_t used = 0;
  snprintf(text, size, "(");
  for (int d = 0; d < rank; d++) {
    used = strlen(text);
    snprintf(text + used, size - used, d ? ", %lld" : "%lld", (long long)shape[d]);
  }
  used = strlen(text);
  snprintf(text + used, size - used, ")");
  return text;
}

/* IEEE half precision, subnormals included. */
static double half_value(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * ldexp(fraction, -24);
  return sign * ldexp(1024 + fraction, exponent - 25);
}

/* The 2-byte and 1-byte integers and floats at `p`. */
static double small_value(pleat_dtype dtype, const unsigned char *p) {
  uint16_t word = 0;
  if (pleat_dtype_size(dtype) == 1) return dtype == PLEAT_DTYPE_I8 ? (int8_t)*p : *p;
  memcpy(&word, p, 2);
  if (dtype == PLEAT_DTYPE_F16) return half_value(word);
  if (dtype == PLEAT_DTYPE_I16) return (int16_t)word;
  uint32_t wide = (uint32_t)word << 16;
  float value;
  memcpy(&value, &wide, 4);
  return value;
}

double pleat_tensor_value(const pleat_tensor *tensor, size_t i) {
  const unsigned char *p = (const unsigned char *)tensor->data + i * pleat_dtype_size(tensor->dtype);
  float f32;
  double f64;
  int64_t i64;
  int32_t i32;
  switch (tensor->dtype) {
    case PLEAT_DTYPE_F32: memcpy(&f32, p, 4); return f32;
    case PLEAT_DTYPE_F64: memcpy(&f64, p, 8); return f64;
    case PLEAT_DTYPE_I64: memcpy(&i64, p, 8); return (double)i64;
    case PLEAT_DTYPE_I32: memcpy(&i32, p, 4); return i32;
    default: return small_value(tensor->dtype, p);
  }
}
