/* Model files: opening (mapped) and verifying HDF5.
 * SPDX-License-Identifier: MIT
 *
 * libhdf5 is not made for hostile files. What is cheap to refuse is refused here before any data is touched; model
 * files from strangers are best made again from the published weights by `pleat models import`. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/weights_hdf5.h"

enum { MAX_DEPTH = 32, MAX_ATTRIBUTE = 1 << 14 };

uint32_t pleat_weights_checksum(const pleat_tensor *tensor) {
  return (uint32_t)crc32_z(0, tensor->data, pleat_tensor_count(tensor) * pleat_dtype_size(tensor->dtype));
}

/* The upper half of a float32: 8 bits of exponent, 7 of fraction. */
static hid_t bf16_type(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (type < 0) return type;
  if (H5Tset_fields(type, 15, 7, 8, 0, 7) >= 0 && H5Tset_size(type, 2) >= 0 && H5Tset_ebias(type, 127) >= 0) return type;
  H5Tclose(type);
  return -1;
}

static bool is_type(hid_t type, pleat_dtype dtype) {
  hid_t native = pleat_weights_type(dtype);
  bool same = native >= 0 && H5Tequal(type, native) > 0;
  if (native >= 0) H5Tclose(native);
  return same;
}

hid_t pleat_weights_type(pleat_dtype dtype) {
  switch (dtype) {
    case PLEAT_DTYPE_I64: return H5Tcopy(H5T_NATIVE_INT64);
    case PLEAT_DTYPE_I32: return H5Tcopy(H5T_NATIVE_INT32);
    case PLEAT_DTYPE_I16: return H5Tcopy(H5T_NATIVE_INT16);
    case PLEAT_DTYPE_I8: return H5Tcopy(H5T_NATIVE_INT8);
    case PLEAT_DTYPE_U8: return H5Tcopy(H5T_NATIVE_UINT8);
    case PLEAT_DTYPE_BF16: return bf16_type();
    case PLEAT_DTYPE_BOOL: break;
    default: return H5Tcopy(H5T_NATIVE_FLOAT);
  }
  hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  const int8_t no = 0, yes = 1;
  if (type >= 0) {
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
  }
  return type;
}

/* ---- Opening ---- */

/* One walk through a file's groups. H5Literate hands it to visit_link; the status sticks. */
typedef struct walk_state {
  pleat_weights *weights;
  char prefix[PLEAT_WEIGHTS_MAX_NAME + 2]; /* "group/group/" */
  int depth;
  size_t links;
  pleat_status status;
} walk_state;

/* A text attribute into *out; "" when there is none. */
static pleat_status read_text(pleat_weights *weights, hid_t object, const char *name, const char **out) {
  char *text = NULL;
  *out = "";
  if (H5Aexists(object, name) <= 0) return PLEAT_OK;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  size_t size = type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 ? H5Tget_size(type) : 0;
  bool good = size > 0 && size <= MAX_ATTRIBUTE && H5Sget_simple_extent_npoints(space) == 1;
  pleat_status status = good ? pleat_pool_take(&weights->texts, size + 1, 1, &text) : PLEAT_OK;
  if (text) good = H5Aread(attribute, type, text) >= 0;
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  if (attribute >= 0) H5Aclose(attribute);
  PLEAT_TRY(status);
  PLEAT_CHECK(weights->context, good, PLEAT_ERROR_FORMAT, "%s: attribute '%s' is not a text", weights->path, name);
  *out = text;
  return PLEAT_OK;
}

/* A whole number attribute; false when there is none. */
static bool read_number(hid_t object, const char *name, uint32_t *value) {
  if (H5Aexists(object, name) <= 0) return false;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  bool good = type >= 0 && H5Tget_class(type) == H5T_INTEGER && H5Sget_simple_extent_npoints(space) == 1 &&
              H5Aread(attribute, H5T_NATIVE_UINT32, value) >= 0;
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
  if (attribute >= 0) H5Aclose(attribute);
  return good;
}

/* The dtype for an HDF5 type; *as_is when the bytes in the file can be used where they lie. */
static bool dtype_of(hid_t type, pleat_dtype *dtype, bool *as_is) {
  H5T_class_t class = H5Tget_class(type);
  size_t size = H5Tget_size(type);
  if (class == H5T_FLOAT && size <= 8) {
    *dtype = is_type(type, PLEAT_DTYPE_BF16) ? PLEAT_DTYPE_BF16 : PLEAT_DTYPE_F32;
  } else if (class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2 &&
             (size == 1 || size == 2 || size == 4 || size == 8)) {
    *dtype = size == 8 ? PLEAT_DTYPE_I64 : size == 4 ? PLEAT_DTYPE_I32 : size == 2 ? PLEAT_DTYPE_I16 : PLEAT_DTYPE_I8;
  } else if (class == H5T_INTEGER && size == 1) {
    *dtype = PLEAT_DTYPE_U8;
  } else if (class == H5T_ENUM && size == 1) {
    *dtype = PLEAT_DTYPE_BOOL;
    *as_is = true;
    return true;
  } else {
    return false;
  }
  *as_is = is_type(type, *dtype);
  return true;
}

static bool read_shape(hid_t dataset, pleat_tensor *tensor) {
  hsize_t sizes[H5S_MAX_RANK];
  hid_t space = H5Dget_space(dataset);
  H5S_class_t class = space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);
  tensor->rank = class == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : class == H5S_SCALAR ? 0 : -1;
  bool good = tensor->rank >= 0 && tensor->rank <= PLEAT_TENSOR_MAX_RANK;
  if (good && tensor->rank > 0) good = H5Sget_simple_extent_dims(space, sizes, NULL) == tensor->rank;
  for (int d = 0; good && d < tensor->rank; d++) {
    tensor->shape[d] = (int64_t)sizes[d];
    good = sizes[d] <= INT64_MAX;
  }
  if (space >= 0) H5Sclose(space);
  return good;
}

/* Contiguous, unfiltered, inside this file: the only layout that pleat writes and reads. */
static bool is_plain_layout(hid_t dataset) {
  hid_t list = H5Dget_create_plist(dataset);
  bool plain = list >= 0 && H5Pget_layout(list) == H5D_CONTIGUOUS && H5Pget_nfilters(list) == 0 &&
               H5Pget_external_count(list) == 0;
  if (list >= 0) H5Pclose(list);
  return plain;
}

/* Data that cannot be used in place: read, and converted to this machine's numbers, by libhdf5. */
static pleat_status read_converted(walk_state *walk, const char *name, hid_t dataset, pleat_tensor *tensor,
                                   size_t bytes) {
  pleat_weights *weights = walk->weights;
  void *owned;
  PLEAT_TRY(pleat_weights_take_data(weights->context, bytes, &owned, &tensor->data));
  hid_t type = pleat_weights_type(tensor->dtype);
  bool good = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor->data) >= 0;
  if (type >= 0) H5Tclose(type);
  pleat_status status = good ? pleat_weights_append(weights, name, tensor, owned)
                             : pleat_status_fail(weights->context, PLEAT_ERROR_FORMAT, "%s: tensor '%s' cannot be read",
                                                 weights->path, name);
  if (status) pleat_memory_release(weights->context, owned);
  return status;
}

static pleat_status place_data(walk_state *walk, const char *name, hid_t dataset, size_t item, pleat_tensor *tensor,
                               bool as_is) {
  pleat_weights *weights = walk->weights;
  size_t bytes, in_file, end;
  haddr_t offset = H5Dget_offset(dataset);
  PLEAT_CHECK(weights->context,
              pleat_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape, &bytes) &&
                  !__builtin_mul_overflow(pleat_tensor_count(tensor), item, &in_file),
              PLEAT_ERROR_FORMAT, "%s: tensor '%s' has an impossible shape", weights->path, name);
  if (bytes == 0) {
    tensor->data = weights->map;
    return pleat_weights_append(weights, name, tensor, NULL);
  }
  PLEAT_CHECK(
      weights->context,
      offset != HADDR_UNDEF && !__builtin_add_overflow((size_t)offset, in_file, &end) && end <= weights->map_bytes,
      PLEAT_ERROR_FORMAT, "%s: tensor '%s' lies outside the file, which is cut short or damaged", weights->path, name);
  if (!as_is || offset % pleat_dtype_size(tensor->dtype)) return read_converted(walk, name, dataset, tensor, bytes);
  tensor->data = (char *)weights->map + offset;
  return pleat_weights_append(weights, name, tensor, NULL);
}

static pleat_status read_dataset(walk_state *walk, hid_t dataset, const char *path) {
  pleat_weights *weights = walk->weights;
  pleat_tensor tensor = {0};
  const char *exact;
  bool as_is = false;
  PLEAT_TRY(read_text(weights, dataset, PLEAT_WEIGHTS_EXACT_NAME, &exact));
  const char *name = *exact ? exact : path;
  PLEAT_CHECK(weights->context, is_plain_layout(dataset), PLEAT_ERROR_UNSUPPORTED,
              "%s: tensor '%s' is chunked, compressed or kept in another file; only plain data is read", weights->path,
              name);
  hid_t type = H5Dget_type(dataset);
  bool known = type >= 0 && dtype_of(type, &tensor.dtype, &as_is);
  size_t item = type >= 0 ? H5Tget_size(type) : 0;
  if (type >= 0) H5Tclose(type);
  PLEAT_CHECK(weights->context, known, PLEAT_ERROR_UNSUPPORTED, "%s: tensor '%s' is of a type that no model uses",
              weights->path, name);
  PLEAT_CHECK(weights->context, read_shape(dataset, &tensor), PLEAT_ERROR_FORMAT,
              "%s: tensor '%s' has an impossible shape", weights->path, name);
  return place_data(walk, name, dataset, item, &tensor, as_is);
}

static pleat_status walk_group(walk_state *walk, hid_t group);

static pleat_status read_object(walk_state *walk, hid_t object, const char *name) {
  pleat_weights *weights = walk->weights;
  size_t used = strlen(walk->prefix);
  PLEAT_CHECK(weights->context, used + strlen(name) + 1 < sizeof walk->prefix, PLEAT_ERROR_FORMAT,
              "%s: a name in it is longer than %d letters", weights->path, PLEAT_WEIGHTS_MAX_NAME);
  strcpy(walk->prefix + used, name);
  pleat_status status;
  H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_DATASET) {
    status = read_dataset(walk, object, walk->prefix);
  } else if (kind == H5I_GROUP && walk->depth < MAX_DEPTH) {
    strcat(walk->prefix, "/");
    status = walk_group(walk, object);
  } else {
    status = pleat_status_fail(weights->context, PLEAT_ERROR_FORMAT,
                               "%s: '%s' is neither a tensor nor a folder of tensors", weights->path, walk->prefix);
  }
  walk->prefix[used] = 0;
  return status;
}

static pleat_status follow_link(walk_state *walk, hid_t group, const char *name, H5L_type_t type) {
  pleat_weights *weights = walk->weights;
  PLEAT_CHECK(weights->context, type == H5L_TYPE_HARD, PLEAT_ERROR_UNSUPPORTED,
              "%s: '%s%.100s' is a link to something else, which is refused", weights->path, walk->prefix, name);
  PLEAT_CHECK(weights->context, ++walk->links <= 2 * PLEAT_WEIGHTS_MAX_TENSORS, PLEAT_ERROR_FORMAT,
              "%s: holds more than %d tensors, which no model does", weights->path, PLEAT_WEIGHTS_MAX_TENSORS);
  hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  PLEAT_CHECK(weights->context, object >= 0, PLEAT_ERROR_FORMAT, "%s: '%s%.100s' cannot be opened: the file is damaged",
              weights->path, walk->prefix, name);
  pleat_status status = read_object(walk, object, name);
  H5Oclose(object);
  return status;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  walk_state *walk = user;
  walk->status = follow_link(walk, group, name, info->type);
  return walk->status ? 1 : 0;
}

static pleat_status walk_group(walk_state *walk, hid_t group) {
  unsigned order = 0;
  hid_t list = H5Gget_create_plist(group);
  if (list >= 0) {
    H5Pget_link_creation_order(list, &order);
    H5Pclose(list);
  }
  hsize_t start = 0;
  walk->depth++;
  herr_t result = H5Literate(group, order & H5P_CRT_ORDER_INDEXED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC,
                             &start, visit_link, walk);
  walk->depth--;
  PLEAT_TRY(walk->status);
  PLEAT_CHECK(walk->weights->context, result >= 0, PLEAT_ERROR_FORMAT, "%s: its list of tensors is damaged",
              walk->weights->path);
  return PLEAT_OK;
}

static pleat_status read_about(pleat_weights *weights, hid_t file) {
  const char *format;
  uint32_t version = 0;
  PLEAT_TRY(read_text(weights, file, "format", &format));
  PLEAT_CHECK(weights->context, strcmp(format, PLEAT_WEIGHTS_FORMAT) == 0, PLEAT_ERROR_FORMAT,
              "%s: is HDF5, but not a pleat model file; `pleat models import` makes one from published weights",
              weights->path);
  PLEAT_CHECK(weights->context,
              read_number(file, "format_version", &version) && version == PLEAT_WEIGHTS_FORMAT_VERSION,
              PLEAT_ERROR_UNSUPPORTED, "%s: has format version %u, this pleat reads %d; import the weights again",
              weights->path, version, PLEAT_WEIGHTS_FORMAT_VERSION);
  PLEAT_TRY(read_text(weights, file, "model", &weights->about.model));
  PLEAT_TRY(read_text(weights, file, "source_file", &weights->about.source_file));
  PLEAT_TRY(read_text(weights, file, "sha256", &weights->about.sha256));
  PLEAT_TRY(read_text(weights, file, "license", &weights->about.license));
  PLEAT_TRY(read_text(weights, file, "precision", &weights->about.precision));
  return read_text(weights, file, "citation", &weights->about.citation);
}

/* Runs `visit` on the opened file, inside libhdf5's lock. */
static pleat_status with_file(pleat_weights *weights, pleat_status (*visit)(pleat_weights *, hid_t)) {
  pleat_hdf5_guard guard;
  pleat_hdf5_enter(&guard);
  hid_t access = pleat_hdf5_file_access();
  hid_t file = H5Fopen(weights->path, H5F_ACC_RDONLY, access);
  pleat_status status = file >= 0 ? visit(weights, file)
                                  : pleat_status_fail(weights->context, PLEAT_ERROR_FORMAT,
                                                      "%s: is a damaged or incomplete HDF5 file", weights->path);
  if (file >= 0) H5Fclose(file);
  if (access >= 0) H5Pclose(access);
  pleat_hdf5_leave(&guard);
  return status;
}

static pleat_status read_file(pleat_weights *weights, hid_t file) {
  walk_state walk = {.weights = weights};
  PLEAT_TRY(read_about(weights, file));
  hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
  pleat_status status = walk_group(&walk, root);
  if (root >= 0) H5Gclose(root);
  return status;
}

/* Maps a regular file that starts as HDF5 files do. */
static pleat_status map_descriptor(pleat_weights *weights, int descriptor) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  struct stat about;
  PLEAT_CHECK(weights->context, fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode), PLEAT_ERROR_INPUT,
              "%s: is not a regular file, a model file is needed", weights->path);
  PLEAT_CHECK(weights->context, about.st_size >= (off_t)sizeof signature, PLEAT_ERROR_FORMAT,
              "%s: is empty or too short for a model file", weights->path);
  void *map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
  PLEAT_CHECK(weights->context, map != MAP_FAILED, PLEAT_ERROR_IO, "%s: cannot be mapped: %s", weights->path,
              strerror(errno));
  weights->map = map;
  weights->map_bytes = (size_t)about.st_size;
  PLEAT_CHECK(weights->context, memcmp(map, signature, sizeof signature) == 0, PLEAT_ERROR_FORMAT,
              "%s: is not a model file (HDF5)", weights->path);
  return PLEAT_OK;
}

static pleat_status map_file(pleat_weights *weights) {
  int descriptor = open(weights->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  PLEAT_CHECK(weights->context, descriptor >= 0, errno == ENOENT ? PLEAT_ERROR_NOT_FOUND : PLEAT_ERROR_IO,
              "%s: cannot be opened: %s", weights->path, strerror(errno));
  pleat_status status = map_descriptor(weights, descriptor);
  close(descriptor);
  return status;
}

pleat_status pleat_weights_open(pleat_context *context, const char *path, pleat_weights **out) {
  pleat_weights *weights;
  *out = NULL;
  PLEAT_TRY(pleat_weights_create(context, path, &weights));
  pleat_status status = map_file(weights);
  if (!status) status = with_file(weights, read_file);
  if (status) {
    pleat_weights_free(weights);
    return status;
  }
  *out = weights;
  return PLEAT_OK;
}

/* ---- Verifying ---- */

static pleat_status verify_tensor(const pleat_weights *weights, hid_t file, const pleat_weights_entry *entry) {
  uint32_t written = 0;
  hid_t dataset = H5Dopen2(file, entry->name, H5P_DEFAULT);
  bool found = dataset >= 0 && read_number(dataset, PLEAT_WEIGHTS_CRC, &written);
  if (dataset >= 0) H5Dclose(dataset);
  PLEAT_CHECK(weights->context, found, PLEAT_ERROR_FORMAT, "%s: tensor '%s' has no checksum; import the weights again",
              weights->path, entry->name);
  PLEAT_CHECK(weights->context, written == pleat_weights_checksum(&entry->tensor), PLEAT_ERROR_FORMAT,
              "%s: tensor '%s' is damaged (its checksum differs); import the weights again", weights->path,
              entry->name);
  return PLEAT_OK;
}

static pleat_status verify_file(pleat_weights *weights, hid_t file) {
  for (size_t i = 0; i < weights->count; i++) PLEAT_TRY(verify_tensor(weights, file, &weights->entries[i]));
  return PLEAT_OK;
}

pleat_status pleat_weights_verify(const pleat_weights *weights) {
  if (!weights->map) return PLEAT_OK; /* weights in memory were checked by the archive that they came from */
  return with_file((pleat_weights *)weights, verify_file);
}
