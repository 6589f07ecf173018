/* Calibration curves of FlashTAP: developability scores to the probability of a flag.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_TAP_CALIBRATORS_H
#define PLEAT_DATA_TAP_CALIBRATORS_H

#include <stddef.h>

/* A piecewise linear curve through (x, y), x ascending; constant outside. */
typedef struct pleat_isotonic {
  const char *name;
  size_t count;
  const double *x, *y;
} pleat_isotonic;

enum { PLEAT_TAP_PSH_LOW, PLEAT_TAP_PSH_HIGH, PLEAT_TAP_PPC, PLEAT_TAP_PNC, PLEAT_TAP_SFVCSP, PLEAT_TAP_CALIBRATORS };
extern const pleat_isotonic pleat_tap_calibrators[PLEAT_TAP_CALIBRATORS];

/* The curve's value at x. A hydrophobic patch score (PSH) is flagged with 1 - (1 - low(x)) (1 - high(x)), the other
 * scores with their own curve, any of the four with 1 - product of (1 - p). */
double pleat_isotonic_value(const pleat_isotonic *curve, double x);

#endif
