/* PNG files in memory (ISO/IEC 15948), by libpng.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PICTURE_H
#define PLEAT_DATA_PICTURE_H

#include "data/canvas.h"
#include "lib/text.h"

/* The whole file's bytes, which the caller releases. colors NULL: points are (height, width, 3), red, green and blue. */
pleat_status pleat_picture_pack(pleat_context *context, pleat_canvas_image image, unsigned char **bytes, size_t *length);

/* Appends the same as "data:image/png;base64,...", for pictures inside of other files. */
void pleat_picture_append_uri(pleat_text *text, pleat_canvas_image image);

#endif
