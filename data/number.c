/* Decimal numbers without strtod and printf, which follow the locale's decimal point.
 * SPDX-License-Identifier: MIT */
#include "data/number.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void trim(const char **text, size_t *length) {
  while (*length && is_blank(**text)) ++*text, --*length;
  while (*length && is_blank((*text)[*length - 1])) --*length;
}

/* mantissa * 10^exponent; correctly rounded while the mantissa is below 2^53 and |exponent| <= 22 (Clinger 1990),
 * which every coordinate is. */
static double scale(double mantissa, int exponent) {
  if (exponent >= 0 && exponent <= 22) return mantissa * powers_of_ten[exponent];
  if (exponent < 0 && exponent >= -22) return mantissa / powers_of_ten[-exponent];
  return mantissa * pow(10, exponent);
}

/* Digits with at most one point into mantissa and exponent; how many digits there were. */
static size_t parse_digits(const char **text, const char *end, double *mantissa, int *exponent) {
  size_t digits = 0;
  uint64_t value = 0;
  bool point = false;
  for (; *text < end && (is_digit(**text) || (**text == '.' && !point)); ++*text) {
    if (**text == '.') {
      point = true;
      continue;
    }
    digits++;
    if (value < UINT64_C(900000000000000)) {
      value = value * 10 + (uint64_t)(**text - '0');
      *exponent -= point;
    } else {
      *exponent += !point;
    }
  }
  *mantissa = (double)value;
  return digits;
}

bool pleat_number_parse(const char *text, size_t length, double *value) {
  trim(&text, &length);
  const char *end = text + length;
  bool negative = length && *text == '-';
  if (length && (*text == '-' || *text == '+')) text++;
  double mantissa;
  int exponent = 0, power = 0;
  if (!parse_digits(&text, end, &mantissa, &exponent)) return false;
  if (text < end && (*text == 'e' || *text == 'E')) {
    if (!pleat_number_parse_int(text + 1, (size_t)(end - text - 1), &power)) return false;
    if (power > 400 || power < -400) return false;
    text = end;
  }
  *value = (negative ? -1 : 1) * scale(mantissa, exponent + power);
  return text == end && isfinite(*value);
}

bool pleat_number_parse_int(const char *text, size_t length, int *value) {
  trim(&text, &length);
  bool negative = length && *text == '-';
  size_t at = length && (*text == '-' || *text == '+');
  long long sum = 0;
  if (at >= length) return false;
  for (; at < length; at++) {
    if (!is_digit(text[at])) return false;
    sum = sum * 10 + (text[at] - '0');
    if (sum > INT_MAX) return false;
  }
  *value = (int)(negative ? -sum : sum);
  return true;
}

const char *pleat_number_fixed(double value, int decimals, char buffer[32]) {
  long long unit = (long long)powers_of_ten[decimals], scaled = llround(value * powers_of_ten[decimals]);
  const char *sign = scaled < 0 ? "-" : "";
  if (scaled < 0) scaled = -scaled;
  if (decimals == 0) snprintf(buffer, 32, "%s%lld", sign, scaled);
  else snprintf(buffer, 32, "%s%lld.%0*lld", sign, scaled / unit, decimals, scaled % unit);
  return buffer;
}
