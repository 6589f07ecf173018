/* Grey pictures as PNG, inside of other files.
 * SPDX-License-Identifier: MIT */
#include "data/png.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

static void put_four(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Length, type and bytes, then the checksum of the latter two. */
static void append_chunk(pleat_text *file, const char *type, const void *bytes, size_t length) {
  unsigned char four[4];
  uLong sum = crc32(crc32(0, (const Bytef *)type, 4), bytes ? bytes : (const void *)"", (uInt)length);
  put_four(four, (uint32_t)length);
  pleat_text_append_bytes(file, four, 4);
  pleat_text_append_bytes(file, type, 4);
  if (length) pleat_text_append_bytes(file, bytes, length);
  put_four(four, (uint32_t)sum);
  pleat_text_append_bytes(file, four, 4);
}

static pleat_status append_picture(pleat_text *file, const unsigned char *pixels, int width, int height) {
  pleat_text rows;
  unsigned char head[13] = {0}, *packed = NULL;
  pleat_text_init(&rows, file->context);
  for (int y = 0; y < height; y++) {
    pleat_text_append_bytes(&rows, "", 1); /* this row has no filter */
    pleat_text_append_bytes(&rows, pixels + (size_t)y * (size_t)width, (size_t)width);
  }
  uLongf length = compressBound((uLong)rows.length);
  pleat_status status = rows.status ? rows.status : pleat_memory_take(file->context, length, 1, &packed);
  if (!status && compress(packed, &length, (const Bytef *)rows.bytes, (uLong)rows.length) != Z_OK)
    status = pleat_status_fail(file->context, PLEAT_ERROR_MEMORY, "out of memory: compressing a picture");
  put_four(head, (uint32_t)width);
  put_four(head + 4, (uint32_t)height);
  head[8] = 8; /* bits of grey */
  if (!status) {
    pleat_text_append_bytes(file, "\x89PNG\r\n\x1a\n", 8);
    append_chunk(file, "IHDR", head, sizeof head);
    append_chunk(file, "IDAT", packed, length);
    append_chunk(file, "IEND", NULL, 0);
  }
  pleat_memory_release(file->context, packed);
  pleat_text_free(&rows);
  return status;
}

static void append_base64(pleat_text *text, const unsigned char *bytes, size_t length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < length; i += 3) {
    size_t left = length - i;
    uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    char four[4] = {digits[three >> 18], digits[three >> 12 & 63], left > 1 ? digits[three >> 6 & 63] : '=',
                    left > 2 ? digits[three & 63] : '='};
    pleat_text_append_bytes(text, four, 4);
  }
}

void pleat_png_append_uri(pleat_text *text, const unsigned char *pixels, int width, int height) {
  pleat_text file;
  pleat_text_init(&file, text->context);
  pleat_status status = append_picture(&file, pixels, width, height);
  if (!status) status = file.status;
  if (!status) {
    pleat_text_append(text, "data:image/png;base64,");
    append_base64(text, (const unsigned char *)file.bytes, file.length);
  } else if (!text->status) {
    text->status = status;
  }
  pleat_text_free(&file);
}
