/* The safetensors format, its header by jansson.
 * SPDX-License-Identifier: MIT
 *
 *     u64 n | n bytes of JSON {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...} | data */
#include "data/convert/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/weights_set.h"

enum { MAX_HEADER = 100 << 20 }; /* as the format's own reader */

static const struct {
  const char *name;
  pleat_dtype dtype;
} dtypes[] = {
    {"F32", PLEAT_DTYPE_F32}, {"F64", PLEAT_DTYPE_F64},   {"F16", PLEAT_DTYPE_F16}, {"BF16", PLEAT_DTYPE_BF16},
    {"I64", PLEAT_DTYPE_I64}, {"I32", PLEAT_DTYPE_I32},   {"I16", PLEAT_DTYPE_I16}, {"I8", PLEAT_DTYPE_I8},
    {"U8", PLEAT_DTYPE_U8},   {"BOOL", PLEAT_DTYPE_BOOL},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* One tensor of the header: its bytes are data[begin, end). */
typedef struct byte_range {
  size_t begin, end;
  const char *name;
} byte_range;

typedef struct body {
  pleat_weights *weights;
  const char *data;
  size_t length;
  byte_range *ranges;
  size_t count;
} body;

bool pleat_safetensors_is(const char *head, size_t length) {
  uint64_t header;
  if (length < sizeof header + 1) return false;
  memcpy(&header, head, sizeof header);
  return header >= 2 && header <= MAX_HEADER && head[sizeof header] == '{';
}

static pleat_status bad(const body *b, const char *name, const char *what) {
  return pleat_status_fail(b->weights->context, PLEAT_ERROR_FORMAT, "%s: tensor '%.200s' %s", b->weights->path, name,
                           what);
}

static bool read_dtype(const json_t *entry, pleat_dtype *dtype) {
  const char *text = json_string_value(json_object_get(entry, "dtype"));
  for (int i = 0; text && i < DTYPES; i++) {
    *dtype = dtypes[i].dtype;
    if (strcmp(text, dtypes[i].name) == 0) return true;
  }
  return false;
}

static bool read_shape(const json_t *entry, pleat_tensor *tensor) {
  const json_t *shape = json_object_get(entry, "shape");
  if (!json_is_array(shape) || json_array_size(shape) > PLEAT_TENSOR_MAX_RANK) return false;
  tensor->rank = (int)json_array_size(shape);
  for (int d = 0; d < tensor->rank; d++) {
    const json_t *size = json_array_get(shape, (size_t)d);
    if (!json_is_integer(size) || json_integer_value(size) < 0) return false;
    tensor->shape[d] = json_integer_value(size);
  }
  return true;
}

static bool read_range(const body *b, const json_t *entry, byte_range *range) {
  const json_t *offsets = json_object_get(entry, "data_offsets");
  const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
  if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) return false;
  if (json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin)) return false;
  range->begin = (size_t)json_integer_value(begin);
  range->end = (size_t)json_integer_value(end);
  return range->end <= b->length;
}

static pleat_status read_entry(body *b, const char *name, const json_t *entry) {
  pleat_tensor tensor = {0};
  byte_range *range = &b->ranges[b->count];
  size_t bytes;
  range->name = name;
  if (!read_dtype(entry, &tensor.dtype)) return bad(b, name, "has a type that is not read");
  if (!read_shape(entry, &tensor)) return bad(b, name, "has an impossible shape");
  if (!read_range(b, entry, range)) return bad(b, name, "lies outside the file, which is cut short or damaged");
  if (!pleat_tensor_bytes(tensor.dtype, tensor.rank, tensor.shape, &bytes) || bytes != range->end - range->begin)
    return bad(b, name, "has a shape that does not fit its bytes");
  tensor.data = (void *)(b->data + range->begin);
  b->count++;
  return pleat_weights_add(b->weights, name, &tensor);
}

static int by_begin(const void *left, const void *right) {
  const byte_range *a = left, *b = right;
  if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
  return (a->end > b->end) - (a->end < b->end);
}

/* The ranges cover the data once, without overlap or hole. */
static pleat_status check_cover(body *b) {
  size_t end = 0;
  qsort(b->ranges, b->count, sizeof *b->ranges, by_begin);
  for (size_t i = 0; i < b->count; i++) {
    if (b->ranges[i].begin != end)
      return bad(b, b->ranges[i].name, "overlaps another tensor or leaves a hole before it");
    end = b->ranges[i].end;
  }
  PLEAT_CHECK(b->weights->context, end == b->length, PLEAT_ERROR_FORMAT, "%s: has bytes behind its last tensor",
              b->weights->path);
  return PLEAT_OK;
}

static pleat_status read_entries(body *b, json_t *header) {
  const char *name;
  json_t *entry;
  PLEAT_TRY(pleat_memory_take(b->weights->context, json_object_size(header), sizeof *b->ranges, &b->ranges));
  json_object_foreach(header, name, entry) {
    if (strcmp(name, "__metadata__") != 0) PLEAT_TRY(read_entry(b, name, entry));
  }
  return check_cover(b);
}

pleat_status pleat_safetensors_read(pleat_weights *weights, const char *bytes, size_t length) {
  json_error_t error;
  uint64_t size = 0;
  PLEAT_CHECK(weights->context, pleat_safetensors_is(bytes, length), PLEAT_ERROR_FORMAT,
              "%s: is not a safetensors file", weights->path);
  memcpy(&size, bytes, sizeof size);
  PLEAT_CHECK(weights->context, size <= length - sizeof size, PLEAT_ERROR_FORMAT, "%s: is cut short inside its header",
              weights->path);
  json_t *header = json_loadb(bytes + sizeof size, size, JSON_REJECT_DUPLICATES, &error);
  PLEAT_CHECK(weights->context, header && json_is_object(header), (json_decref(header), PLEAT_ERROR_FORMAT),
              "%s: its JSON header is damaged at byte %d: %s", weights->path, error.position, error.text);
  body b = {.weights = weights, .data = bytes + sizeof size + size, .length = length - sizeof size - size};
  pleat_status status = read_entries(&b, header);
  pleat_memory_release(weights->context, b.ranges);
  json_decref(header);
  return status;
}
