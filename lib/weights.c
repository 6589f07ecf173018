/* Named tensors in memory: adding, finding, and binding them to a model's fields.
 * SPDX-License-Identifier: MIT */
#include "lib/weights.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/weights_set.h"

enum { DATA_ALIGNMENT = 64 };

pleat_status pleat_weights_create(pleat_context *context, const char *path, pleat_weights **out) {
  pleat_weights *weights;
  *out = NULL;
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof *weights, &weights));
  weights->context = context;
  weights->about = (pleat_weights_about){"", "", "", "", "", ""};
  pleat_pool_init(&weights->texts, context, 0);
  char *copy = NULL;
  pleat_status status = pleat_pool_copy_text(&weights->texts, path, strlen(path), &copy);
  if (!status) status = pleat_pool_take(&weights->texts, 1, sizeof *weights->rounded, &weights->rounded);
  if (!status) pleat_pool_init(weights->rounded, context, 0);
  weights->path = copy;
  if (status) {
    pleat_weights_free(weights);
    return status;
  }
  *out = weights;
  return PLEAT_OK;
}

void pleat_weights_free(pleat_weights *weights) {
  if (!weights) return;
  pleat_context *context = weights->context;
  for (size_t i = 0; i < weights->count; i++) pleat_memory_release(context, weights->entries[i].owned);
  if (weights->map) munmap(weights->map, weights->map_bytes);
  pleat_memory_release(context, weights->entries);
  pleat_memory_release(context, weights->slots);
  if (weights->rounded) pleat_pool_free(weights->rounded);
  pleat_pool_free(&weights->texts);
  pleat_memory_release(context, weights);
}

const char *pleat_weights_path(const pleat_weights *weights) { return weights->path; }
pleat_weights_about pleat_weights_describe(const pleat_weights *weights) { return weights->about; }
size_t pleat_weights_count(const pleat_weights *weights) { return weights->count; }
const char *pleat_weights_name(const pleat_weights *weights, size_t index) { return weights->entries[index].name; }
const pleat_tensor *pleat_weights_tensor(const pleat_weights *weights, size_t index) {
  return &weights->entries[index].tensor;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_name(const char *name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
  return hash ^ hash >> 32;
}

/* The slot where `name` is, or the free one where it would go. The table is never full. */
static uint32_t *slot_of(const pleat_weights *weights, const char *name) {
  size_t i = hash_name(name) & (weights->slot_count - 1);
  while (weights->slots[i] && strcmp(weights->entries[weights->slots[i] - 1].name, name) != 0)
    i = (i + 1) & (weights->slot_count - 1);
  return &weights->slots[i];
}

static pleat_weights_entry *find_entry(const pleat_weights *weights, const char *name) {
  if (!weights->slot_count) return NULL;
  uint32_t slot = *slot_of(weights, name);
  return slot ? &weights->entries[slot - 1] : NULL;
}

const pleat_tensor *pleat_weights_find(const pleat_weights *weights, const char *name) {
  const pleat_weights_entry *entry = find_entry(weights, name);
  return entry ? &entry->tensor : NULL;
}

/* Keeps the hash table at most half full. */
static pleat_status grow_slots(pleat_weights *weights) {
  if (weights->slot_count > 2 * weights->count) return PLEAT_OK;
  size_t wanted = weights->slot_count ? 2 * weights->slot_count : 64;
  uint32_t *slots;
  PLEAT_TRY(pleat_memory_take(weights->context, wanted, sizeof *slots, &slots));
  pleat_memory_release(weights->context, weights->slots);
  weights->slots = slots;
  weights->slot_count = wanted;
  for (size_t i = 0; i < weights->count; i++) *slot_of(weights, weights->entries[i].name) = (uint32_t)i + 1;
  return PLEAT_OK;
}

pleat_status pleat_weights_append(pleat_weights *weights, const char *name, const pleat_tensor *tensor, void *owned) {
  pleat_context *context = weights->context;
  char *copy;
  PLEAT_CHECK(context, weights->count < PLEAT_WEIGHTS_MAX_TENSORS, PLEAT_ERROR_FORMAT,
              "%s: holds more than %d tensors, which no model does", weights->path, PLEAT_WEIGHTS_MAX_TENSORS);
  PLEAT_CHECK(context, strlen(name) <= PLEAT_WEIGHTS_MAX_NAME, PLEAT_ERROR_FORMAT,
              "%s: a tensor's name is longer than %d letters", weights->path, PLEAT_WEIGHTS_MAX_NAME);
  PLEAT_CHECK(context, !pleat_weights_find(weights, name), PLEAT_ERROR_FORMAT, "%s: holds two tensors named '%s'",
              weights->path, name);
  PLEAT_TRY(grow_slots(weights));
  PLEAT_TRY(
      pleat_memory_grow(context, &weights->entries, &weights->capacity, weights->count + 1, sizeof *weights->entries));
  PLEAT_TRY(pleat_pool_copy_text(&weights->texts, name, strlen(name), &copy));
  uint32_t *slot = slot_of(weights, copy);
  weights->entries[weights->count] = (pleat_weights_entry){copy, *tensor, owned, false};
  *slot = (uint32_t)++weights->count;
  return PLEAT_OK;
}

pleat_status pleat_weights_take_data(pleat_context *context, size_t bytes, void **owned, void **data) {
  PLEAT_CHECK(context, bytes < SIZE_MAX - DATA_ALIGNMENT, PLEAT_ERROR_MEMORY, "out of memory: a tensor has %zu bytes",
              bytes);
  PLEAT_TRY(pleat_memory_take(context, bytes + DATA_ALIGNMENT, 1, owned));
  *data = (void *)(((uintptr_t)*owned + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT);
  return PLEAT_OK;
}

static bool is_small_or_large_float(pleat_dtype dtype) {
  return dtype == PLEAT_DTYPE_F64 || dtype == PLEAT_DTYPE_F16 || dtype == PLEAT_DTYPE_BF16;
}

pleat_status pleat_weights_add(pleat_weights *weights, const char *name, const pleat_tensor *tensor) {
  pleat_context *context = weights->context;
  pleat_tensor kept = *tensor;
  void *owned;
  size_t bytes;
  bool convert = is_small_or_large_float(tensor->dtype);
  if (convert) kept.dtype = PLEAT_DTYPE_F32;
  PLEAT_CHECK(context,
              tensor->rank >= 0 && tensor->rank <= PLEAT_TENSOR_MAX_RANK &&
                  pleat_tensor_bytes(kept.dtype, kept.rank, kept.shape, &bytes),
              PLEAT_ERROR_FORMAT, "%s: tensor '%s' has an impossible shape", weights->path, name);
  PLEAT_TRY(pleat_weights_take_data(context, bytes, &owned, &kept.data));
  if (convert)
    for (size_t i = 0; i < bytes / sizeof(float); i++) ((float *)kept.data)[i] = (float)pleat_tensor_value(tensor, i);
  else if (bytes)
    memcpy(kept.data, tensor->data, bytes);
  pleat_status status = pleat_weights_append(weights, name, &kept, owned);
  if (status) pleat_memory_release(context, owned);
  return status;
}

static pleat_status copy_about(pleat_weights *weights, const char *text, const char **out) {
  char *copy;
  if (!text) text = "";
  PLEAT_TRY(pleat_pool_copy_text(&weights->texts, text, strlen(text), &copy));
  *out = copy;
  return PLEAT_OK;
}

pleat_status pleat_weights_set_about(pleat_weights *weights, const pleat_weights_about *about) {
  pleat_weights_about copy = {"", "", "", "", "", ""};
  PLEAT_TRY(copy_about(weights, about->model, &copy.model));
  PLEAT_TRY(copy_about(weights, about->source_file, &copy.source_file));
  PLEAT_TRY(copy_about(weights, about->sha256, &copy.sha256));
  PLEAT_TRY(copy_about(weights, about->license, &copy.license));
  PLEAT_TRY(copy_about(weights, about->citation, &copy.citation));
  PLEAT_TRY(copy_about(weights, about->precision, &copy.precision));
  weights->about = copy;
  return PLEAT_OK;
}

/* The row's name with its %d filled in. */
static const char *row_name(const pleat_weight_row *row, int block, char *text, size_t size) {
  const char *gap = strstr(row->name, "%d");
  if (!gap)
    snprintf(text, size, "%s", row->name);
  else
    snprintf(text, size, "%.*s%d%s", (int)(gap - row->name), row->name, block, gap + 2);
  return text;
}

/* No exponent is all ones: neither infinite nor NaN. In integers, so that it is one pass at memory speed. */
static bool is_finite(const float *data, size_t count) {
  uint32_t bad = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, data + i, sizeof bits);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  return !bad;
}

static bool same_shape(const pleat_tensor *tensor, const pleat_weight_row *row) {
  if (tensor->rank != row->rank) return false;
  for (int d = 0; d < row->rank; d++)
    if (tensor->shape[d] != row->shape[d]) return false;
  return true;
}

/* float32, or what a compressed file has in its place. */
static bool has_type(const pleat_weights *weights, const pleat_tensor *tensor, bool rounds) {
  if (tensor->dtype == PLEAT_DTYPE_F32) return true;
  return rounds && *weights->about.precision && (tensor->dtype == PLEAT_DTYPE_BF16 || tensor->dtype == PLEAT_DTYPE_I8);
}

/* The row's tensor under `name`, checked; of a stack, its slice `block`. */
static pleat_status bind_named(pleat_context *context, const pleat_weights *weights, const char *name,
                               const pleat_weight_row *row, int block, void *fields) {
  char has[200], wants[200];
  pleat_weights_entry *entry = find_entry(weights, name);
  const pleat_tensor *tensor = entry ? &entry->tensor : NULL;
  bool stacked = block >= 0, rounds = !row->exact && row->rank - stacked >= 2;
  PLEAT_CHECK(context, tensor, PLEAT_ERROR_SHAPE, "%s: missing in %s; the model wants %s", name, weights->path,
              pleat_tensor_describe(row->rank, row->shape, wants, sizeof wants));
  PLEAT_CHECK(context, same_shape(tensor, row), PLEAT_ERROR_SHAPE, "%s: %s has %s, model wants %s", name, weights->path,
              pleat_tensor_describe(tensor->rank, tensor->shape, has, sizeof has),
              pleat_tensor_describe(row->rank, row->shape, wants, sizeof wants));
  PLEAT_CHECK(context, has_type(weights, tensor, rounds), PLEAT_ERROR_SHAPE, "%s: %s has %s, model wants float32", name,
              weights->path, pleat_dtype_name(tensor->dtype));
  size_t count = pleat_tensor_count(tensor) / (size_t)(stacked ? tensor->shape[0] : 1), first = stacked ? (size_t)block * count : 0;
  const float *data = (const float *)tensor->data + first;
  entry->kept = entry->kept || !rounds;
  if (rounds && (context->precision != PLEAT_PRECISION_FP32 || tensor->dtype != PLEAT_DTYPE_F32))
    PLEAT_TRY(pleat_weights_round(weights, entry, first, count, &data));
  PLEAT_CHECK(context, is_finite(data, count), PLEAT_ERROR_SHAPE,
              "%s: %s holds values that are not finite (NaN or infinite)", name, weights->path);
  memcpy((char *)fields + row->offset, &data, sizeof data);
  return PLEAT_OK;
}

static pleat_status bind_row(pleat_context *context, const pleat_weights *weights, const pleat_weight_row *row,
                             int block, void *fields) {
  char name[PLEAT_WEIGHTS_MAX_NAME];
  return bind_named(context, weights, row_name(row, block, name, sizeof name), row, -1, fields);
}

pleat_status pleat_weights_bind(pleat_context *context, const pleat_weights *weights, const pleat_weight_row *rows,
                                int block, void *fields) {
  for (; rows->name; rows++) PLEAT_TRY(bind_row(context, weights, rows, block, fields));
  return PLEAT_OK;
}

enum { MAX_LETTER = 1 << 16 /* no layer is wider */ };

/* The row with its letters filled in and the stack's axis in front; a letter without a value gets the file's size. */
static pleat_weight_row fill_letters(const pleat_weight_row *row, const pleat_tensor *tensor, bool stacked,
                                     int64_t letters[8]) {
  pleat_weight_row full = *row;
  full.rank += stacked;
  if (stacked) full.shape[0] = tensor && tensor->rank > 0 && tensor->shape[0] > 0 ? tensor->shape[0] : 1;
  for (int d = 0; d < row->rank; d++) {
    int64_t size = row->shape[d], *letter = size < 0 ? &letters[-size - 1] : NULL;
    int64_t has = tensor && tensor->rank == full.rank ? tensor->shape[d + stacked] : 0;
    if (letter && !*letter && has <= MAX_LETTER) *letter = has;
    full.shape[d + stacked] = !letter ? size : *letter > 0 ? *letter : 1;
  }
  return full;
}

pleat_status pleat_weights_bind_scope(pleat_context *context, const pleat_weight_scope *scope, const char *module,
                                      const pleat_weight_row *rows, int64_t letters[8], void *fields) {
  for (; rows->name; rows++) {
    char name[PLEAT_WEIGHTS_MAX_NAME];
    snprintf(name, sizeof name, "%s%s%s", scope->prefix, module, rows->name);
    const pleat_tensor *tensor = pleat_weights_find(scope->weights, name);
    pleat_weight_row full = fill_letters(rows, tensor, scope->block >= 0, letters);
    PLEAT_CHECK(context, scope->block < full.shape[0] || scope->block < 0, PLEAT_ERROR_SHAPE,
                "%s: %s has %lld blocks, block %d is wanted", name, scope->weights->path, (long long)full.shape[0],
                scope->block);
    PLEAT_TRY(bind_named(context, scope->weights, name, &full, scope->block, fields));
  }
  return PLEAT_OK;
}

bool pleat_weights_scope_has(const pleat_weight_scope *scope, const char *name) {
  char full[PLEAT_WEIGHTS_MAX_NAME];
  snprintf(full, sizeof full, "%s%s", scope->prefix, name);
  return pleat_weights_find(scope->weights, full) != NULL;
}
