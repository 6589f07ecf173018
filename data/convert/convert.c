/* Finds a weight file's format from its content and reads it.
 * SPDX-License-Identifier: MIT */
#include "data/convert/convert.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "data/convert/npz.h"
#include "data/convert/openfold.h"
#include "data/convert/safetensors.h"
#include "data/convert/torch.h"
#include "lib/file.h"

enum { STEP = 1 << 16, HEAD = 16 };
static const size_t largest_file = (size_t)1 << 36;

static pleat_status check_regular(pleat_context *context, const char *path, struct stat *about) {
  PLEAT_CHECK(context, stat(path, about) == 0, errno == ENOENT ? PLEAT_ERROR_NOT_FOUND : PLEAT_ERROR_IO,
              "%s: cannot be opened: %s", path, strerror(errno));
  PLEAT_CHECK(context, S_ISREG(about->st_mode), PLEAT_ERROR_INPUT,
              "%s: is not a regular file, a file of weights is needed", path);
  PLEAT_CHECK(context, about->st_size > 0, PLEAT_ERROR_FORMAT, "%s: is empty", path);
  return PLEAT_OK;
}

/* ---- sha256 ---- */

/* Of `length` bytes from where the stream stands. */
static int digest_stream(FILE *stream, size_t length, EVP_MD_CTX *digest, unsigned char hash[EVP_MAX_MD_SIZE],
                         char *block) {
  if (EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) return 0;
  while (length > 0) {
    size_t got = fread(block, 1, length < STEP ? length : STEP, stream);
    if (got == 0 || EVP_DigestUpdate(digest, block, got) != 1) return 0;
    length -= got;
  }
  return EVP_DigestFinal_ex(digest, hash, NULL) == 1;
}

static pleat_status digest_place(pleat_context *context, const pleat_convert_place *place, FILE *stream,
                                 char digits[65]) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  char *block;
  PLEAT_TRY(pleat_memory_take(context, STEP, 1, &block));
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  int good = digest && fseeko(stream, (off_t)place->offset, SEEK_SET) == 0 &&
             digest_stream(stream, place->length, digest, hash, block);
  EVP_MD_CTX_free(digest);
  pleat_memory_release(context, block);
  PLEAT_CHECK(context, good, PLEAT_ERROR_IO, "%s: cannot be read to compute its sha256", place->name);
  for (int i = 0; i < 32; i++) snprintf(digits + 2 * i, 3, "%02x", hash[i]);
  return PLEAT_OK;
}

static pleat_status sha256_at(pleat_context *context, const pleat_convert_place *place, char digits[65]) {
  FILE *stream = fopen(place->path, "rbe");
  PLEAT_CHECK(context, stream, PLEAT_ERROR_IO, "%s: cannot be opened: %s", place->path, strerror(errno));
  pleat_status status = digest_place(context, place, stream, digits);
  fclose(stream);
  return status;
}

static pleat_status whole_file(pleat_context *context, const char *path, pleat_convert_place *place) {
  struct stat about;
  PLEAT_TRY(check_regular(context, path, &about));
  *place = (pleat_convert_place){path, path, 0, (size_t)about.st_size};
  return PLEAT_OK;
}

pleat_status pleat_convert_sha256(pleat_context *context, const char *path, char digits[65]) {
  pleat_convert_place place;
  PLEAT_TRY(whole_file(context, path, &place));
  return sha256_at(context, &place, digits);
}

/* ---- Reading by content ---- */

static pleat_status read_head(pleat_context *context, const char *path, char head[HEAD], size_t *length) {
  *length = 0;
  FILE *stream = fopen(path, "rbe");
  PLEAT_CHECK(context, stream, PLEAT_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  *length = fread(head, 1, HEAD, stream);
  fclose(stream);
  return PLEAT_OK;
}

bool pleat_convert_is_model_file(const char *path) {
  char head[HEAD] = {0};
  FILE *stream = fopen(path, "rbe");
  if (!stream) return false;
  size_t length = fread(head, 1, HEAD, stream);
  fclose(stream);
  return length >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static pleat_status read_archive(pleat_context *context, const pleat_convert_place *place, pleat_weights *weights) {
  const pleat_zip_place in = {place->path, place->name, place->offset, place->length};
  pleat_zip *zip;
  PLEAT_TRY(pleat_zip_open_at(context, &in, &zip));
  pleat_status status =
      pleat_torch_is_zip(zip) ? pleat_torch_read_zip(zip, weights)
      : pleat_npz_is_zip(zip)
          ? pleat_npz_read(zip, weights)
          : pleat_status_fail(context, PLEAT_ERROR_FORMAT,
                              "%s: is a zip archive, but holds neither PyTorch nor NumPy weights", place->name);
  pleat_zip_close(zip);
  return status;
}

typedef pleat_status (*bytes_reader)(pleat_weights *weights, const char *bytes, size_t length);

static pleat_status read_bytes(pleat_context *context, const char *path, pleat_weights *weights, bytes_reader reader) {
  char *bytes;
  size_t length;
  PLEAT_TRY(pleat_file_read(context, path, largest_file, &bytes, &length));
  pleat_status status = reader(weights, bytes, length);
  pleat_memory_release(context, bytes);
  return status;
}

static pleat_status read_by_content(pleat_context *context, const pleat_convert_place *place, pleat_weights *weights) {
  const char *path = place->path;
  char head[HEAD] = {0};
  size_t length;
  PLEAT_TRY(read_head(context, path, head, &length));
  if (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0) return read_archive(context, place, weights);
  if (pleat_torch_is_legacy(head, length)) return read_bytes(context, path, weights, pleat_torch_read_legacy);
  if (pleat_safetensors_is(head, length)) return read_bytes(context, path, weights, pleat_safetensors_read);
  PLEAT_CHECK(context, !pleat_convert_is_model_file(path), PLEAT_ERROR_FORMAT,
              "%s: is HDF5, not a published file of weights; a pleat model file is used as it is, without import",
              path);
  return pleat_status_fail(context, PLEAT_ERROR_FORMAT,
                           "%s: is not a file of weights that pleat knows (.pt, .ckpt, .npz, .safetensors)", path);
}

/* What is known of the weights before their tensors are read. */
static pleat_status start(pleat_context *context, const pleat_convert_place *place, pleat_weights *weights) {
  char digits[65];
  const char *slash = strrchr(place->name, '/');
  PLEAT_TRY(sha256_at(context, place, digits));
  const pleat_weights_about about = {.source_file = slash ? slash + 1 : place->name, .sha256 = digits};
  return pleat_weights_set_about(weights, &about);
}

/* Weights under OpenFold's names become the published ones; what is known of the file stays. */
static pleat_status settle_names(pleat_context *context, pleat_weights **weights) {
  pleat_weights *renamed;
  if (!pleat_openfold_is(*weights)) return PLEAT_OK;
  const pleat_weights_about about = pleat_weights_describe(*weights);
  PLEAT_TRY(pleat_weights_create(context, pleat_weights_path(*weights), &renamed));
  pleat_status status = pleat_weights_set_about(renamed, &about);
  if (!status) status = pleat_openfold_rename(*weights, renamed);
  pleat_weights_free(status ? renamed : *weights);
  if (!status) *weights = renamed;
  return status;
}

typedef pleat_status (*place_reader)(pleat_context *context, const pleat_convert_place *place, pleat_weights *weights);

static pleat_status read_with(pleat_context *context, const pleat_convert_place *place, place_reader reader,
                              pleat_weights **out) {
  pleat_weights *weights;
  PLEAT_TRY(pleat_weights_create(context, place->name, &weights));
  pleat_status status = start(context, place, weights);
  if (!status) status = reader(context, place, weights);
  if (!status && !pleat_weights_count(weights))
    status = pleat_status_fail(context, PLEAT_ERROR_FORMAT, "%s: holds no tensors", place->name);
  if (!status) status = settle_names(context, &weights);
  if (status) {
    pleat_weights_free(weights);
    return status;
  }
  *out = weights;
  return PLEAT_OK;
}

pleat_status pleat_convert_read(pleat_context *context, const char *path, pleat_weights **weights) {
  pleat_convert_place place;
  *weights = NULL;
  PLEAT_TRY(whole_file(context, path, &place));
  return read_with(context, &place, read_by_content, weights);
}

pleat_status pleat_convert_read_at(pleat_context *context, const pleat_convert_place *place, pleat_weights **weights) {
  *weights = NULL;
  return read_with(context, place, read_archive, weights);
}
