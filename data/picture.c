/* PNG files in memory, by libpng's simplified interface.
 * SPDX-License-Identifier: MIT */
#include "data/picture.h"

#include <png.h>
#include <string.h>

pleat_status pleat_picture_pack(pleat_context *context, pleat_canvas_image image, unsigned char **bytes, size_t *length) {
  unsigned char map[256][3];
  png_alloc_size_t size = 0;
  png_image about;
  memset(&about, 0, sizeof about);
  about.version = PNG_IMAGE_VERSION;
  about.width = (png_uint_32)image.width;
  about.height = (png_uint_32)image.height;
  about.format = image.colors ? PNG_FORMAT_RGB_COLORMAP : PNG_FORMAT_RGB;
  about.colormap_entries = image.colors ? 256 : 0;
  for (int i = 0; image.colors && i < 256; i++)
    for (int k = 0; k < 3; k++) map[i][k] = (unsigned char)(image.colors[i] >> (16 - 8 * k));
  bool good = png_image_write_to_memory(&about, NULL, &size, 0, image.points, 0, map);
  PLEAT_CHECK(context, good, PLEAT_ERROR_MEMORY, "a picture cannot be packed as PNG: %s", about.message);
  PLEAT_TRY(pleat_memory_take(context, size, 1, bytes));
  good = png_image_write_to_memory(&about, *bytes, &size, 0, image.points, 0, map);
  if (!good) pleat_memory_release(context, *bytes);
  PLEAT_CHECK(context, good, PLEAT_ERROR_MEMORY, "a picture cannot be packed as PNG: %s", about.message);
  *length = size;
  return PLEAT_OK;
}
