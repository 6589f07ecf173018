/* Weights in fewer bits: rounded copies for the layers, and compressed sets of tensors.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/precision.h"
#include "lib/weights_set.h"

#define SCALE_SUFFIX "#scale"

/* A tensor seen as `rows` runs of its last axis. */
typedef struct row_view {
  size_t rows, width;
} row_view;

static row_view view_rows(const pleat_tensor *tensor) {
  size_t count = pleat_tensor_count(tensor), width = tensor->rank ? (size_t)tensor->shape[tensor->rank - 1] : 1;
  return (row_view){width ? count / width : 0, width};
}

static void round_row(const float *from, size_t width, pleat_precision precision, float *to) {
  float scale = precision == PLEAT_PRECISION_INT8 ? pleat_row_scale(from, width, PLEAT_INT8_MOST) : 1;
  for (size_t i = 0; i < width; i++)
    to[i] = precision == PLEAT_PRECISION_INT8 ? scale * (float)pleat_row_round(from[i], scale, PLEAT_INT8_MOST)
                                              : pleat_bf16_value(pleat_bf16_round(from[i]));
}

/* The scales of a tensor of whole numbers. */
static pleat_status find_scales(const pleat_weights *weights, const pleat_weights_entry *entry, const float **scales) {
  char name[PLEAT_WEIGHTS_MAX_NAME + sizeof SCALE_SUFFIX];
  snprintf(name, sizeof name, "%s" SCALE_SUFFIX, entry->name);
  const pleat_tensor *tensor = pleat_weights_find(weights, name);
  bool good = tensor && tensor->dtype == PLEAT_DTYPE_F32 && pleat_tensor_count(tensor) == view_rows(&entry->tensor).rows;
  PLEAT_CHECK(weights->context, good, PLEAT_ERROR_FORMAT,
              "%s: tensor '%s' has 8 bits but no scale for each row; compress the model again", weights->path, entry->name);
  *scales = tensor->data;
  return PLEAT_OK;
}

pleat_status pleat_weights_round(const pleat_weights *weights, const pleat_weights_entry *entry, size_t first, size_t count,
                                 const float **data) {
  const pleat_tensor *tensor = &entry->tensor;
  size_t width = view_rows(tensor).width;
  const float *scales = NULL;
  float *to;
  if (tensor->dtype == PLEAT_DTYPE_I8) PLEAT_TRY(find_scales(weights, entry, &scales));
  PLEAT_TRY(pleat_pool_take(weights->rounded, count, sizeof *to, &to));
  *data = to;
  for (size_t at = first; at < first + count; at += width, to += width) {
    if (tensor->dtype == PLEAT_DTYPE_F32)
      round_row((const float *)tensor->data + at, width, weights->context->precision, to);
    for (size_t i = 0; tensor->dtype == PLEAT_DTYPE_BF16 && i < width; i++)
      to[i] = pleat_bf16_value(((const uint16_t *)tensor->data)[at + i]);
    for (size_t i = 0; tensor->dtype == PLEAT_DTYPE_I8 && i < width; i++)
      to[i] = scales[at / width] * (float)((const int8_t *)tensor->data)[at + i];
  }
  return PLEAT_OK;
}

void pleat_weights_drop_rounded(const pleat_weights *weights) { pleat_pool_free(weights->rounded); }

/* ---- Compressing ---- */

bool pleat_weights_rounds(const pleat_weights_entry *entry) {
  return !entry->kept && entry->tensor.dtype == PLEAT_DTYPE_F32 && entry->tensor.rank >= 2;
}

static void compress_rows(const float *from, row_view view, pleat_precision precision, void *to, float *scales) {
  for (size_t row = 0; row < view.rows; row++, from += view.width)
    for (size_t i = 0; i < view.width; i++) {
      if (precision == PLEAT_PRECISION_BF16) ((uint16_t *)to)[row * view.width + i] = pleat_bf16_round(from[i]);
      if (precision == PLEAT_PRECISION_BF16) continue;
      if (i == 0) scales[row] = pleat_row_scale(from, view.width, PLEAT_INT8_MOST);
      ((int8_t *)to)[row * view.width + i] = (int8_t)pleat_row_round(from[i], scales[row], PLEAT_INT8_MOST);
    }
}

/* Appends memory for a tensor to be filled. */
static pleat_status append_empty(pleat_weights *to, const char *name, pleat_tensor *tensor) {
  size_t bytes = 0;
  void *owned;
  pleat_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape, &bytes);
  PLEAT_TRY(pleat_weights_take_data(to->context, bytes, &owned, &tensor->data));
  pleat_status status = pleat_weights_append(to, name, tensor, owned);
  if (status) pleat_memory_release(to->context, owned);
  return status;
}

static pleat_status append_compressed(const pleat_weights_entry *entry, pleat_precision precision, pleat_weights *to) {
  pleat_tensor tensor = entry->tensor, scales = entry->tensor;
  char name[PLEAT_WEIGHTS_MAX_NAME + sizeof SCALE_SUFFIX];
  snprintf(name, sizeof name, "%s" SCALE_SUFFIX, entry->name);
  tensor.dtype = precision == PLEAT_PRECISION_BF16 ? PLEAT_DTYPE_BF16 : PLEAT_DTYPE_I8;
  PLEAT_TRY(append_empty(to, entry->name, &tensor));
  scales.rank = tensor.rank - 1;
  if (precision == PLEAT_PRECISION_INT8) PLEAT_TRY(append_empty(to, name, &scales));
  compress_rows(entry->tensor.data, view_rows(&entry->tensor), precision, tensor.data, scales.data);
  return PLEAT_OK;
}

static pleat_status compress_all(const pleat_weights *weights, pleat_precision precision, pleat_weights *to) {
  pleat_weights_about about = weights->about;
  about.precision = pleat_precision_name(precision);
  PLEAT_TRY(pleat_weights_set_about(to, &about));
  for (size_t i = 0; i < weights->count; i++) {
    const pleat_weights_entry *entry = &weights->entries[i];
    PLEAT_TRY(pleat_weights_rounds(entry) ? append_compressed(entry, precision, to) : pleat_weights_add(to, entry->name, &entry->tensor));
  }
  return PLEAT_OK;
}

pleat_status pleat_weights_compress(const pleat_weights *weights, pleat_precision precision, pleat_weights **compressed) {
  *compressed = NULL;
  PLEAT_CHECK(weights->context, !*weights->about.precision, PLEAT_ERROR_INPUT,
              "%s: is compressed already (%s); compress the float32 model", weights->path, weights->about.precision);
  PLEAT_TRY(pleat_weights_create(weights->context, weights->path, compressed));
  pleat_status status = compress_all(weights, precision, *compressed);
  if (status) {
    pleat_weights_free(*compressed);
    *compressed = NULL;
  }
  return status;
}

/* sum (w - rounded)^2 of a row. */
static double row_loss(const float *row, size_t width, int bits) {
  int most = bits == 8 ? PLEAT_INT8_MOST : PLEAT_INT4_MOST;
  float scale = bits < 16 ? pleat_row_scale(row, width, most) : 1;
  double loss = 0;
  for (size_t i = 0; i < width && bits < 32; i++) {
    float rounded = bits == 16 ? pleat_bf16_value(pleat_bf16_round(row[i])) : scale * (float)pleat_row_round(row[i], scale, most);
    loss += ((double)row[i] - rounded) * ((double)row[i] - rounded);
  }
  return loss;
}

void pleat_weights_size_up(const pleat_weights *weights, pleat_compression sizes[PLEAT_COMPRESSIONS]) {
  static const int bits[PLEAT_COMPRESSIONS] = {32, 16, 8, 4};
  for (int s = 0; s < PLEAT_COMPRESSIONS; s++) {
    double loss = 0, all = 0, bytes = 0;
    for (size_t i = 0; i < weights->count; i++) {
      const pleat_tensor *tensor = &weights->entries[i].tensor;
      row_view view = view_rows(tensor);
      bool rounds = pleat_weights_rounds(&weights->entries[i]);
      double numbers = (double)pleat_tensor_count(tensor);
      bytes += rounds ? numbers * bits[s] / 8 + (bits[s] < 16 ? 4.0 * (double)view.rows : 0)
                      : numbers * (double)pleat_dtype_size(tensor->dtype);
      for (size_t row = 0; rounds && row < view.rows; row++) {
        const float *at = (const float *)tensor->data + row * view.width;
        loss += row_loss(at, view.width, bits[s]);
        for (size_t k = 0; k < view.width; k++) all += (double)at[k] * at[k];
      }
    }
    sizes[s] = (pleat_compression){bits[s], bytes, all > 0 ? sqrt(loss / all) : 0};
  }
}
