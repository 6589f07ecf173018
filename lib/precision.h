/* Numbers in fewer bits: bfloat16, and whole numbers with a scale for each row.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_LIB_PRECISION_H
#define PLEAT_LIB_PRECISION_H

#include <math.h>
#include <string.h>

#include "lib/context.h"

enum { PLEAT_INT8_MOST = 127, PLEAT_INT4_MOST = 7 };

size_t pleat_precision_bytes(pleat_precision precision); /* of one number */

/* The upper half of a float32, rounded to the nearest, ties to even. x is finite. */
static inline uint16_t pleat_bf16_round(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static inline float pleat_bf16_value(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* The scale with which a row of `count` numbers goes into -most..most; 1 for a row of zeros. */
static inline float pleat_row_scale(const float *row, size_t count, int most) {
  float greatest = 0;
  for (size_t i = 0; i < count; i++) greatest = fabsf(row[i]) > greatest ? fabsf(row[i]) : greatest;
  return greatest > 0 ? greatest / (float)most : 1;
}

/* The whole number for x; a scale that is tiny may round it out of range. */
static inline int pleat_row_round(float x, float scale, int most) {
  long n = lrintf(x / scale);
  return (int)(n > most ? most : n < -most ? -most : n);
}

#endif
