/* Grey pictures as PNG (ISO/IEC 15948), inside of other files.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_PNG_H
#define PLEAT_DATA_PNG_H

#include "lib/text.h"

/* Appends "data:image/png;base64,..." of pixels (height,width), 0 black to 255 white. */
void pleat_png_append_uri(pleat_text *text, const unsigned char *pixels, int width, int height);

#endif
