/* PNG files in memory, by libpng's simplified interface.
 * SPDX-License-Identifier: MIT */
#include "data/picture.h"

#include <png.h>
#include <string.h>

pleat_status pleat_picture_pack(pleat_context *context, pleat_canvas_image image, unsigned char **bytes, size_t *length) {
  unsigned char map[256][3];
  png_image about;
  memset(&about, 0, sizeof about);
  about.version = PNG_IMAGE_VERSION;
  about.width = (png_uint_32)image.width;
  about.height = (png_uint_32)image.height;
  about.format = image.colors ? PNG_FORMAT_RGB_COLORMAP : PNG_FORMAT_RGB;
  about.colormap_entries = image.colors ? 256 : 0;
  for (int i = 0; image.colors && i < 256; i++)
    for (int k = 0; k < 3; k++) map[i][k] = (unsigned char)(image.colors[i] >> (16 - 8 * k));
  about.flags = PNG_IMAGE_FLAG_FAST; /* measured on plots: a fifth of the time, files up to two fifths larger */
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(about);
  PLEAT_TRY(pleat_memory_take(context, size, 1, bytes));
  bool good = png_image_write_to_memory(&about, *bytes, &size, 0, image.points, 0, map);
  if (!good) pleat_memory_release(context, *bytes);
  PLEAT_CHECK(context, good, PLEAT_ERROR_MEMORY, "a picture cannot be packed as PNG: %s", about.message);
  *length = size;
  return PLEAT_OK;
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

void pleat_picture_append_uri(pleat_text *text, pleat_canvas_image image) {
  unsigned char *bytes;
  size_t length;
  pleat_status status = pleat_picture_pack(text->context, image, &bytes, &length);
  if (!text->status) text->status = status;
  if (status) return;
  pleat_text_append(text, "data:image/png;base64,");
  append_base64(text, bytes, length);
  pleat_memory_release(text->context, bytes);
}
