/* PyTorch weight files: the pickle's containers are walked, and each tensor is cut from its storage.
 * SPDX-License-Identifier: MIT */
#include "data/convert/torch.h"

#include <stdio.h>
#include <string.h>

#include "data/convert/pickle.h"
#include "lib/weights_set.h"

enum { MAX_DEPTH = 64, MAX_VISITS = 2000000, MAX_EXPANSION = 8, POOL_PER_BYTE = 256, POOL_BASE = 1 << 20 };

/* The raw bytes of one storage, read when a tensor first needs it. */
typedef struct loaded_storage {
  const char *key; /* in the pickle's pool */
  char *block;     /* owned; NULL when `bytes` points into the file's bytes */
  const char *bytes;
  size_t length;
} loaded_storage;

typedef struct reader {
  pleat_context *context;
  pleat_weights *weights;
  const char *path;
  const pleat_zip *zip; /* NULL for legacy files, whose storages are all loaded at the start */
  char prefix[256];     /* folder of data.pkl in the archive, with its slash */
  pleat_pool pool;
  loaded_storage *storages;
  size_t storage_count, storage_capacity;
  char name[PLEAT_WEIGHTS_MAX_NAME + 1];
  size_t visits, bytes_out, bytes_limit;
} reader;

/* ---- Storages ---- */

static pleat_status add_storage(reader *r, const loaded_storage *storage) {
  PLEAT_TRY(
      pleat_memory_grow(r->context, &r->storages, &r->storage_capacity, r->storage_count + 1, sizeof *r->storages));
  r->storages[r->storage_count++] = *storage;
  return PLEAT_OK;
}

static pleat_status read_member(reader *r, const char *key) {
  char member[512];
  size_t index;
  loaded_storage storage = {.key = key};
  snprintf(member, sizeof member, "%sdata/%.200s", r->prefix, key);
  PLEAT_CHECK(r->context, pleat_zip_find(r->zip, member, &index), PLEAT_ERROR_FORMAT,
              "%s: the archive lacks '%s', which a tensor needs", r->path, member);
  PLEAT_TRY(pleat_zip_read(r->zip, index, &storage.block, &storage.length));
  storage.bytes = storage.block;
  pleat_status status = add_storage(r, &storage);
  if (status) pleat_memory_release(r->context, storage.block);
  return status;
}

static loaded_storage *known_storage(const reader *r, const char *key) {
  for (size_t i = r->storage_count; i-- > 0;)
    if (strcmp(r->storages[i].key, key) == 0) return &r->storages[i];
  return NULL;
}

static pleat_status find_storage(reader *r, const pleat_pickle_storage *wanted, const loaded_storage **out) {
  size_t bytes;
  *out = known_storage(r, wanted->key);
  if (!*out && r->zip) {
    PLEAT_TRY(read_member(r, wanted->key));
    *out = known_storage(r, wanted->key);
  }
  PLEAT_CHECK(r->context,
              *out && !__builtin_mul_overflow((size_t)wanted->count, pleat_dtype_size(wanted->dtype), &bytes) &&
                  bytes <= (*out)->length,
              PLEAT_ERROR_FORMAT, "%s: the numbers of tensor '%s' are missing or cut short", r->path, r->name);
  return PLEAT_OK;
}

/* ---- Tensors ---- */

static bool is_dense(const pleat_pickle_tensor *tensor) {
  int64_t expected = 1;
  for (int d = tensor->rank; d-- > 0;) {
    if (tensor->shape[d] != 1 && tensor->stride[d] != expected) return false;
    expected *= tensor->shape[d];
  }
  return true;
}

/* Copies a strided view into dense row-major order, the last index fastest. */
static void gather(const pleat_pickle_tensor *from, const char *base, char *out, size_t count) {
  size_t item = pleat_dtype_size(from->storage->dtype);
  int64_t index[PLEAT_TENSOR_MAX_RANK] = {0};
  uint64_t place = 0; /* unsigned: the stride of a dimension of size 1 may be anything */
  for (size_t i = 0; i < count; i++) {
    memcpy(out + i * item, base + place * item, item);
    for (int d = from->rank; d-- > 0;) {
      place += (uint64_t)from->stride[d];
      if (++index[d] < from->shape[d]) break;
      place -= (uint64_t)from->stride[d] * (uint64_t)from->shape[d];
      index[d] = 0;
    }
  }
}

static pleat_status add_strided(reader *r, const pleat_pickle_tensor *from, const char *base, pleat_tensor *tensor,
                                size_t bytes) {
  char *dense;
  PLEAT_TRY(pleat_memory_take(r->context, bytes, 1, &dense));
  gather(from, base, dense, pleat_tensor_count(tensor));
  tensor->data = dense;
  pleat_status status = pleat_weights_add(r->weights, r->name, tensor);
  pleat_memory_release(r->context, dense);
  return status;
}

static pleat_status add_tensor(reader *r, const pleat_pickle_tensor *from) {
  pleat_tensor tensor = {.dtype = from->storage->dtype, .rank = from->rank};
  const loaded_storage *storage;
  size_t bytes;
  memcpy(tensor.shape, from->shape, sizeof tensor.shape);
  PLEAT_CHECK(r->context,
              pleat_tensor_bytes(PLEAT_DTYPE_I64, tensor.rank, tensor.shape, &bytes) &&
                  pleat_tensor_bytes(tensor.dtype, tensor.rank, tensor.shape, &bytes) &&
                  bytes <= r->bytes_limit - r->bytes_out,
              PLEAT_ERROR_FORMAT, "%s: its tensors, up to '%s', are far larger than the file itself", r->path, r->name);
  r->bytes_out += bytes;
  PLEAT_TRY(find_storage(r, from->storage, &storage));
  if (bytes == 0) return pleat_weights_add(r->weights, r->name, &tensor);
  const char *base = storage->bytes + (size_t)from->offset * pleat_dtype_size(tensor.dtype);
  if (!is_dense(from)) return add_strided(r, from, base, &tensor, bytes);
  tensor.data = (void *)base;
  return pleat_weights_add(r->weights, r->name, &tensor);
}

static pleat_status add_number(reader *r, const pleat_pickle_value *v) {
  float real = (float)v->real;
  uint8_t flag = (uint8_t)(v->integer != 0);
  int64_t integer = v->integer;
  pleat_tensor tensor = {.data = &integer, .dtype = PLEAT_DTYPE_I64};
  if (v->kind == PLEAT_PICKLE_BOOL) tensor = (pleat_tensor){.data = &flag, .dtype = PLEAT_DTYPE_BOOL};
  if (v->kind == PLEAT_PICKLE_REAL) tensor = (pleat_tensor){.data = &real, .dtype = PLEAT_DTYPE_F32};
  return pleat_weights_add(r->weights, r->name, &tensor);
}

/* ---- The walk ---- */

static pleat_status visit(reader *r, const pleat_pickle_value *v, int depth);

/* Visits a child with ".key" behind the name, which is put back afterwards. */
static pleat_status visit_child(reader *r, const char *key, const pleat_pickle_value *child, int depth) {
  size_t used = strlen(r->name);
  size_t written = (size_t)snprintf(r->name + used, sizeof r->name - used, used ? ".%s" : "%s", key);
  PLEAT_CHECK(r->context, written < sizeof r->name - used, PLEAT_ERROR_FORMAT,
              "%s: a tensor's name is longer than %d letters", r->path, PLEAT_WEIGHTS_MAX_NAME);
  PLEAT_TRY(visit(r, child, depth + 1));
  r->name[used] = 0;
  return PLEAT_OK;
}

static pleat_status visit_items(reader *r, const pleat_pickle_value *v, int depth) {
  char number[24];
  for (size_t i = 0; i < v->list.count; i++) {
    snprintf(number, sizeof number, "%zu", i);
    PLEAT_TRY(visit_child(r, number, v->list.items[i], depth));
  }
  return PLEAT_OK;
}

/* Keys are texts or whole numbers; entries under other keys hold no weights. */
static pleat_status visit_entries(reader *r, const pleat_pickle_value *v, int depth) {
  char number[24];
  for (size_t i = 0; i + 1 < v->list.count; i += 2) {
    const pleat_pickle_value *key = v->list.items[i];
    const char *text = number;
    if (key->kind == PLEAT_PICKLE_TEXT)
      text = key->text.bytes;
    else if (key->kind == PLEAT_PICKLE_INTEGER)
      snprintf(number, sizeof number, "%lld", (long long)key->integer);
    else
      continue;
    PLEAT_TRY(visit_child(r, text, v->list.items[i + 1], depth));
  }
  return PLEAT_OK;
}

static pleat_status visit(reader *r, const pleat_pickle_value *v, int depth) {
  PLEAT_CHECK(r->context, depth < MAX_DEPTH, PLEAT_ERROR_FORMAT, "%s: its containers nest more than %d deep", r->path,
              MAX_DEPTH);
  PLEAT_CHECK(r->context, ++r->visits < MAX_VISITS, PLEAT_ERROR_FORMAT, "%s: its containers hold more than %d values",
              r->path, MAX_VISITS);
  switch (v->kind) {
    case PLEAT_PICKLE_TENSOR: return add_tensor(r, v->tensor);
    case PLEAT_PICKLE_DICT: return visit_entries(r, v, depth);
    case PLEAT_PICKLE_LIST:
    case PLEAT_PICKLE_TUPLE: return visit_items(r, v, depth);
    case PLEAT_PICKLE_BOOL:
    case PLEAT_PICKLE_INTEGER:
    case PLEAT_PICKLE_REAL: return add_number(r, v);
    default: return PLEAT_OK;
  }
}

static void start(reader *r, pleat_weights *weights, size_t pickle_bytes, size_t all_bytes) {
  *r = (reader){.context = weights->context, .weights = weights, .path = weights->path};
  r->bytes_limit = MAX_EXPANSION * all_bytes + POOL_BASE;
  pleat_pool_init(&r->pool, r->context, POOL_BASE + POOL_PER_BYTE * pickle_bytes);
}

static void finish(reader *r) {
  for (size_t i = 0; i < r->storage_count; i++) pleat_memory_release(r->context, r->storages[i].block);
  pleat_memory_release(r->context, r->storages);
  pleat_pool_free(&r->pool);
}

/* ---- Zip ---- */

/* The member "PREFIX/data.pkl", or "data.pkl". */
static bool find_pickle(const pleat_zip *zip, size_t *index) {
  for (size_t i = 0; i < pleat_zip_count(zip); i++) {
    const char *name = pleat_zip_name(zip, i);
    size_t length = name ? strlen(name) : 0;
    *index = i;
    if (length >= 8 && strcmp(name + length - 8, "data.pkl") == 0 && (length == 8 || name[length - 9] == '/'))
      return true;
  }
  return false;
}

bool pleat_torch_is_zip(const pleat_zip *zip) {
  size_t index;
  return find_pickle(zip, &index);
}

static pleat_status check_byte_order(reader *r) {
  char member[300], *bytes;
  size_t index, length;
  snprintf(member, sizeof member, "%sbyteorder", r->prefix);
  if (!pleat_zip_find(r->zip, member, &index)) return PLEAT_OK;
  PLEAT_TRY(pleat_zip_read(r->zip, index, &bytes, &length));
  bool little = strcmp(bytes, "little") == 0;
  pleat_memory_release(r->context, bytes);
  PLEAT_CHECK(r->context, little, PLEAT_ERROR_UNSUPPORTED,
              "%s: was written on a big-endian machine; only little-endian files are read", r->path);
  return PLEAT_OK;
}

static pleat_status read_pickled(reader *r, const char *bytes, size_t length) {
  const pleat_pickle_source source = {r->path, (const unsigned char *)bytes, length};
  const pleat_pickle_value *root;
  size_t position = 0;
  PLEAT_TRY(pleat_pickle_read(&r->pool, &source, &position, &root));
  PLEAT_TRY(check_byte_order(r));
  return visit(r, root, 0);
}

pleat_status pleat_torch_read_zip(const pleat_zip *zip, pleat_weights *weights) {
  pleat_context *context = weights->context;
  char *bytes;
  size_t index, length;
  PLEAT_CHECK(context, find_pickle(zip, &index), PLEAT_ERROR_FORMAT, "%s: the archive holds no data.pkl",
              weights->path);
  const char *name = pleat_zip_name(zip, index);
  size_t prefix = strlen(name) - strlen("data.pkl");
  PLEAT_TRY(pleat_zip_read(zip, index, &bytes, &length));
  reader r;
  start(&r, weights, length, pleat_zip_total(zip));
  r.zip = zip;
  pleat_status status = prefix < sizeof r.prefix ? PLEAT_OK
                                                 : pleat_status_fail(context, PLEAT_ERROR_FORMAT,
                                                                     "%s: a folder's name is too long", weights->path);
  if (!status) {
    memcpy(r.prefix, name, prefix);
    status = read_pickled(&r, bytes, length);
  }
  finish(&r);
  pleat_memory_release(context, bytes);
  return status;
}

/* ---- Files of torch < 1.6: magic, protocol, machine, the object, the storages' keys, then their bytes ---- */

/* LONG1 0x1950a86a20f9469cfc6c in a pickle of protocol 2 */
static const char legacy_magic[15] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

bool pleat_torch_is_legacy(const char *bytes, size_t length) {
  return length >= sizeof legacy_magic && memcmp(bytes, legacy_magic, sizeof legacy_magic) == 0;
}

/* A storage's count of items does not tell its bytes; the tensors that use it do: they make the list. */
static pleat_status list_storages(reader *r, const pleat_pickle_value *v, int depth) {
  PLEAT_CHECK(r->context, ++r->visits < MAX_VISITS && depth < MAX_DEPTH, PLEAT_ERROR_FORMAT,
              "%s: its containers nest too much", r->path);
  if (v->kind == PLEAT_PICKLE_TENSOR && !known_storage(r, v->tensor->storage->key))
    return add_storage(
        r, &(loaded_storage){.key = v->tensor->storage->key, .length = pleat_dtype_size(v->tensor->storage->dtype)});
  if (v->kind != PLEAT_PICKLE_DICT && v->kind != PLEAT_PICKLE_LIST && v->kind != PLEAT_PICKLE_TUPLE) return PLEAT_OK;
  for (size_t i = 0; i < v->list.count; i++) PLEAT_TRY(list_storages(r, v->list.items[i], depth + 1));
  return PLEAT_OK;
}

/* For each key in turn: the count of items (int64), then the items. Until it is placed, a storage's length is its
 * item's size. */
static pleat_status place_storages(reader *r, const pleat_pickle_source *source, size_t position,
                                   const pleat_pickle_value *keys) {
  for (size_t i = 0; i < keys->list.count; i++) {
    const pleat_pickle_value *key = keys->list.items[i];
    loaded_storage *storage = key->kind == PLEAT_PICKLE_TEXT ? known_storage(r, key->text.bytes) : NULL;
    uint64_t count;
    size_t bytes;
    bool good = storage && !storage->bytes && source->length - position >= sizeof count;
    if (good) memcpy(&count, source->bytes + position, sizeof count);
    good = good && !__builtin_mul_overflow(count, storage->length, &bytes) &&
           bytes <= source->length - position - sizeof count;
    PLEAT_CHECK(r->context, good, PLEAT_ERROR_FORMAT, "%s: the numbers of its tensors are damaged or cut short",
                r->path);
    storage->bytes = (const char *)source->bytes + position + sizeof count;
    storage->length = bytes;
    position += sizeof count + bytes;
  }
  for (size_t i = 0; i < r->storage_count; i++)
    PLEAT_CHECK(r->context, r->storages[i].bytes, PLEAT_ERROR_FORMAT,
                "%s: the numbers of a tensor are not in its list of storages", r->path);
  return PLEAT_OK;
}

static pleat_status read_legacy(reader *r, const pleat_pickle_source *source) {
  const pleat_pickle_value *skipped, *root, *keys;
  size_t position = sizeof legacy_magic;
  PLEAT_TRY(pleat_pickle_read(&r->pool, source, &position, &skipped)); /* protocol 1001 */
  PLEAT_TRY(pleat_pickle_read(&r->pool, source, &position, &skipped)); /* sizes of C types, byte order */
  PLEAT_TRY(pleat_pickle_read(&r->pool, source, &position, &root));
  PLEAT_TRY(pleat_pickle_read(&r->pool, source, &position, &keys));
  PLEAT_CHECK(r->context, keys->kind == PLEAT_PICKLE_LIST, PLEAT_ERROR_FORMAT, "%s: its list of storages is damaged",
              r->path);
  PLEAT_TRY(list_storages(r, root, 0));
  PLEAT_TRY(place_storages(r, source, position, keys));
  r->visits = 0;
  return visit(r, root, 0);
}

pleat_status pleat_torch_read_legacy(pleat_weights *weights, const char *bytes, size_t length) {
  const pleat_pickle_source source = {weights->path, (const unsigned char *)bytes, length};
  reader r;
  start(&r, weights, length, length);
  pleat_status status = read_legacy(&r, &source);
  finish(&r);
  return status;
}
