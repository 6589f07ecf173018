/* Model files: writing. libhdf5 builds the file in memory, then it goes to the disk in one piece.
 * SPDX-License-Identifier: MIT
 *
 * A write that fails inside libhdf5 (a full disk) leaves it with a file that it can never close; in memory, in a block
 * that was taken before, no write fails. */
#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "lib/weights_hdf5.h"

enum { ALIGNMENT = 64, META_BLOCK = 1 << 20, BYTES_PER_TENSOR = 4096 };

/* The file in memory. Lent to libhdf5's core driver, which believes that it grows and frees it. */
typedef struct file_image {
  char *bytes;
  size_t capacity;
} file_image;

static void *lend(size_t size, H5FD_file_image_op_t op, void *user) {
  const file_image *image = user;
  (void)op;
  return size <= image->capacity ? image->bytes : NULL;
}

static void *lend_again(void *block, size_t size, H5FD_file_image_op_t op, void *user) {
  (void)block;
  return lend(size, op, user);
}

static herr_t keep(void *block, H5FD_file_image_op_t op, void *user) {
  (void)block, (void)op, (void)user;
  return 0;
}

static void *same_user(void *user) { return user; }

static herr_t keep_user(void *user) {
  (void)user;
  return 0;
}

typedef struct file_lists {
  hid_t file_create, access, link, dataset;
} file_lists;

/* No times and tracked creation order: the same weights give the same bytes, in the publisher's order. */
static bool make_lists(file_lists *lists) {
  lists->file_create = H5Pcreate(H5P_FILE_CREATE);
  lists->access = pleat_hdf5_file_access();
  lists->link = H5Pcreate(H5P_LINK_CREATE);
  lists->dataset = H5Pcreate(H5P_DATASET_CREATE);
  return H5Pset_link_creation_order(lists->file_create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0 &&
         H5Pset_obj_track_times(lists->file_create, 0) >= 0 && H5Pset_alignment(lists->access, 1, ALIGNMENT) >= 0 &&
         H5Pset_meta_block_size(lists->access, META_BLOCK) >= 0 &&
         H5Pset_small_data_block_size(lists->access, 0) >= 0 && H5Pset_create_intermediate_group(lists->link, 1) >= 0 &&
         H5Pset_layout(lists->dataset, H5D_CONTIGUOUS) >= 0 &&
         H5Pset_alloc_time(lists->dataset, H5D_ALLOC_TIME_EARLY) >= 0 &&
         H5Pset_fill_time(lists->dataset, H5D_FILL_TIME_NEVER) >= 0 && H5Pset_obj_track_times(lists->dataset, 0) >= 0;
}

static void close_lists(const file_lists *lists) {
  const hid_t all[] = {lists->file_create, lists->access, lists->link, lists->dataset};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i] >= 0) H5Pclose(all[i]);
}

static herr_t write_number(hid_t object, const char *name, uint32_t value) {
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute = H5Acreate2(object, name, H5T_STD_U32LE, space, H5P_DEFAULT, H5P_DEFAULT);
  herr_t status = attribute < 0 ? -1 : H5Awrite(attribute, H5T_NATIVE_UINT32, &value);
  if (attribute >= 0) H5Aclose(attribute);
  if (space >= 0) H5Sclose(space);
  return status;
}

/* HDF5 reads "a//b" and "/a" as paths "a/b" and "a"; such names are kept in an attribute as well. */
static bool survives_as_path(const char *name) {
  size_t length = strlen(name);
  return length && name[0] != '/' && name[length - 1] != '/' && !strstr(name, "//") && !strstr(name, "./") &&
         strcmp(name, ".") != 0;
}

static bool fill_dataset(hid_t dataset, hid_t type, const pleat_weights_entry *entry) {
  return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, entry->tensor.data) >= 0 &&
         write_number(dataset, PLEAT_WEIGHTS_CRC, pleat_weights_checksum(&entry->tensor)) >= 0 &&
         (survives_as_path(entry->name) || pleat_hdf5_write_text(dataset, PLEAT_WEIGHTS_EXACT_NAME, entry->name) >= 0);
}

static bool write_tensor(hid_t file, const file_lists *lists, const pleat_weights_entry *entry) {
  const pleat_tensor *tensor = &entry->tensor;
  hsize_t sizes[PLEAT_TENSOR_MAX_RANK];
  for (int d = 0; d < tensor->rank; d++) sizes[d] = (hsize_t)tensor->shape[d];
  hid_t space = tensor->rank ? H5Screate_simple(tensor->rank, sizes, NULL) : H5Screate(H5S_SCALAR);
  hid_t type = pleat_weights_type(tensor->dtype);
  hid_t dataset = H5Dcreate2(file, entry->name, type, space, lists->link, lists->dataset, H5P_DEFAULT);
  bool good = dataset >= 0 && fill_dataset(dataset, type, entry);
  if (dataset >= 0 && H5Dclose(dataset) < 0) good = false;
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  return good;
}

static bool write_about(hid_t file, const pleat_weights_about *about) {
  return pleat_hdf5_write_text(file, "format", PLEAT_WEIGHTS_FORMAT) >= 0 &&
         write_number(file, "format_version", PLEAT_WEIGHTS_FORMAT_VERSION) >= 0 &&
         pleat_hdf5_write_text(file, "model", about->model) >= 0 &&
         pleat_hdf5_write_text(file, "source_file", about->source_file) >= 0 &&
         pleat_hdf5_write_text(file, "sha256", about->sha256) >= 0 &&
         (!*about->precision || pleat_hdf5_write_text(file, "precision", about->precision) >= 0) &&
         pleat_hdf5_write_text(file, "license", about->license) >= 0 &&
         pleat_hdf5_write_text(file, "citation", about->citation) >= 0;
}

/* More than the file can need: its data, and for each tensor a header, its name in two indices, and attributes. */
static size_t estimate(const pleat_weights *weights) {
  const pleat_weights_about *about = &weights->about;
  size_t bytes = 4 * META_BLOCK + strlen(about->citation) + strlen(about->license) + strlen(about->model) +
                 strlen(about->source_file) + strlen(about->sha256);
  for (size_t i = 0; i < weights->count; i++) {
    const pleat_weights_entry *entry = &weights->entries[i];
    bytes += pleat_tensor_count(&entry->tensor) * pleat_dtype_size(entry->tensor.dtype);
    bytes += BYTES_PER_TENSOR + 8 * strlen(entry->name);
  }
  return (bytes / META_BLOCK + 1) * META_BLOCK;
}

/* The superblock's end-of-file address; version 0 has it at byte 40, versions 2 and 3 at byte 28. */
static size_t end_of(const file_image *image) {
  uint64_t end;
  memcpy(&end, image->bytes + (image->bytes[8] == 0 ? 40 : 28), sizeof end);
  return end <= image->capacity ? (size_t)end : image->capacity;
}

static bool build(const pleat_weights *weights, const file_lists *lists, char *reason, size_t size) {
  hid_t file = H5Fcreate("model", H5F_ACC_TRUNC, lists->file_create, lists->access);
  bool good = file >= 0 && write_about(file, &weights->about);
  for (size_t i = 0; good && i < weights->count; i++) good = write_tensor(file, lists, &weights->entries[i]);
  if (!good) pleat_hdf5_reason(reason, size);
  if (file >= 0 && H5Fclose(file) < 0 && good) {
    good = false;
    pleat_hdf5_reason(reason, size);
  }
  return good;
}

static pleat_status build_image(const pleat_weights *weights, const char *path, file_image *image) {
  H5FD_file_image_callbacks_t callbacks = {lend, NULL, lend_again, keep, same_user, keep_user, image};
  char reason[256] = "libhdf5 has no memory";
  pleat_hdf5_guard guard;
  file_lists lists;
  pleat_hdf5_enter(&guard);
  bool good = make_lists(&lists) && H5Pset_fapl_core(lists.access, META_BLOCK, 0) >= 0 &&
              H5Pset_file_image_callbacks(lists.access, &callbacks) >= 0 &&
              build(weights, &lists, reason, sizeof reason);
  close_lists(&lists);
  pleat_hdf5_leave(&guard);
  PLEAT_CHECK(weights->context, good, PLEAT_ERROR_IO, "%s: the model file cannot be built: %s", path, reason);
  return PLEAT_OK;
}

pleat_status pleat_weights_write(const pleat_weights *weights, const char *path) {
  pleat_context *context = weights->context;
  file_image image = {NULL, estimate(weights)};
  PLEAT_TRY(pleat_memory_take(context, image.capacity, 1, &image.bytes));
  pleat_status status = build_image(weights, path, &image);
  if (!status) status = pleat_file_write(context, path, image.bytes, end_of(&image));
  pleat_memory_release(context, image.bytes);
  return status;
}
