/* Hybrid-36: whole numbers in few columns.
 * SPDX-License-Identifier: MIT */
#include "data/hybrid36.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Decimals that fit, numbers of each case of letter, and the base-36 value of A000...: 10^w, 26 36^(w-1), 10 36^(w-1). */
typedef struct ranges {
  int decimals, letters, first;
} ranges;

static ranges ranges_of(int width) {
  ranges r = {10, 26, 10};
  for (int i = 1; i < width; i++) {
    r.decimals *= 10;
    r.letters *= 36;
    r.first *= 36;
  }
  return r;
}

bool pleat_hybrid36_parse(const char *text, int width, int *value) {
  ranges r = ranges_of(width);
  bool upper = isupper((unsigned char)text[0]), lower = islower((unsigned char)text[0]);
  long sum = 0;
  if (strlen(text) != (size_t)width || (!upper && !lower)) return false;
  for (int i = 0; i < width; i++) {
    int c = (unsigned char)text[i];
    if (!isdigit(c) && !(upper ? isupper(c) : islower(c))) return false;
    sum = sum * 36 + (isdigit(c) ? c - '0' : toupper(c) - 'A' + 10);
  }
  *value = (int)(sum - r.first + r.decimals + (lower ? r.letters : 0));
  return true;
}

void pleat_hybrid36_format(int value, int width, char text[16]) {
  ranges r = ranges_of(width);
  if (value < r.decimals) {
    snprintf(text, 16, "%d", value);
    return;
  }
  value -= r.decimals;
  const char *digits = value < r.letters ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789abcdefghijklmnopqrstuvwxyz";
  value = value % r.letters + r.first;
  for (int i = width - 1; i >= 0; i--, value /= 36) text[i] = digits[value % 36];
  text[width] = 0;
}
