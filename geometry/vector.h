/* Three-vectors in double: the few operations that geometry needs.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_GEOMETRY_VECTOR_H
#define PLEAT_GEOMETRY_VECTOR_H

#include <math.h>

static inline void pleat_vector_subtract(const double a[3], const double b[3], double out[3]) {
  for (int i = 0; i < 3; i++) out[i] = a[i] - b[i];
}

static inline double pleat_vector_dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* out must not be a or b. */
static inline void pleat_vector_cross(const double a[3], const double b[3], double out[3]) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

static inline double pleat_vector_length(const double a[3]) { return sqrt(pleat_vector_dot(a, a)); }

/* a / sqrt(|a|^2 + epsilon); the null vector stays null. */
static inline void pleat_vector_normalise(double a[3], double epsilon) {
  double squared = pleat_vector_dot(a, a) + epsilon, scale = squared > 0 ? 1 / sqrt(squared) : 0;
  for (int i = 0; i < 3; i++) a[i] *= scale;
}

/* a -= (a.b) b, for a unit vector b. */
static inline void pleat_vector_reject(double a[3], const double b[3]) {
  double along = pleat_vector_dot(a, b);
  for (int i = 0; i < 3; i++) a[i] -= along * b[i];
}

static inline double pleat_vector_distance2(const double a[3], const double b[3]) {
  double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return x * x + y * y + z * z;
}

static inline double pleat_vector_distance(const double a[3], const double b[3]) {
  return sqrt(pleat_vector_distance2(a, b));
}

#endif
