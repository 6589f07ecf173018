/* Wigner's 3j symbols in the basis of real harmonics, and D matrices of rotations.
 * SPDX-License-Identifier: MIT */
#include "geometry/wigner.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "lib/memory.h"

bool pleat_wigner_couples(int l1, int l2, int l3) { return abs(l1 - l2) <= l3 && l3 <= l1 + l2; }

/* 0! .. 34!: l1 + l2 + l3 + 1 is the greatest number met. */
typedef struct factorials {
  long double of[3 * PLEAT_DEGREE_MAX + 2];
} factorials;

static void fill_factorials(factorials *f) {
  f->of[0] = 1;
  for (int i = 1; i < 3 * PLEAT_DEGREE_MAX + 2; i++) f->of[i] = i * f->of[i - 1];
}

/* Clebsch-Gordan coefficient <l1 m1 l2 m2 | l3 m1+m2> by Racah's sum (Varshalovich et al. 1988, 8.2.1). The terms alternate:
 * in long double the result is good to 1e-15 up to degree 11. */
static double clebsch_gordan(const factorials *table, const int l[3], int m1, int m2) {
  const long double *f = table->of;
  int l1 = l[0], l2 = l[1], l3 = l[2], m3 = m1 + m2;
  if (abs(m3) > l3) return 0;
  long double sum = 0, square = (2 * l3 + 1) * f[l3 + l1 - l2] * f[l3 - l1 + l2] * f[l1 + l2 - l3] / f[l1 + l2 + l3 + 1];
  square *= f[l3 + m3] * f[l3 - m3] * f[l1 - m1] * f[l1 + m1] * f[l2 - m2] * f[l2 + m2];
  for (int k = 0; k <= l1 + l2 - l3; k++) {
    int rest[] = {l1 + l2 - l3 - k, l1 - m1 - k, l2 + m2 - k, l3 - l2 + m1 + k, l3 - l1 - m2 + k};
    long double below = f[k];
    for (int i = 0; i < 5; i++) below = rest[i] < 0 ? 0 : below * f[rest[i]];
    if (below > 0) sum += (k % 2 ? -1 : 1) / below;
  }
  return (double)(sqrtl(square) * sum);
}

/* How the real harmonic of order m is made of the complex ones of order +m and -m: (-i)^l times e3nn's matrix. */
static double complex share(int l, int m, int order) {
  static const double complex powers[] = {1, -I, -1, I};
  double complex turn = powers[l % 4], sign = order > 0 && order % 2 ? -1 : 1;
  if (m == 0) return order == 0 ? turn : 0;
  if (m > 0) return turn * sign * M_SQRT1_2;
  return turn * sign * M_SQRT1_2 * (order > 0 ? I : -I);
}

/* One entry; orders m count from -l. The sum over the complex orders +-m of each real one is real. */
static double entry_of(const factorials *table, const int l[3], const int m[3]) {
  double complex sum = 0;
  for (int s1 = m[0] ? -1 : 1; s1 <= 1; s1 += 2)
    for (int s2 = m[1] ? -1 : 1; s2 <= 1; s2 += 2) {
      int o1 = s1 * m[0], o2 = s2 * m[1], o3 = o1 + o2;
      if (abs(o3) != abs(m[2])) continue;
      sum += share(l[0], m[0], o1) * share(l[1], m[1], o2) * conj(share(l[2], m[2], o3)) *
             clebsch_gordan(table, l, o1, o2);
    }
  return creal(sum) / sqrt(2 * l[2] + 1);
}

int pleat_wigner_list(int l1, int l2, int l3, pleat_wigner_entry *entries) {
  int count = 0, l[3] = {l1, l2, l3};
  factorials table;
  fill_factorials(&table);
  for (int i = 0; i <= 2 * l1; i++)
    for (int j = 0; j <= 2 * l2; j++)
      for (int k = 0; k <= 2 * l3; k++) {
        int m[3] = {i - l1, j - l2, k - l3}, sum = abs(m[0]) + abs(m[1]), apart = abs(abs(m[0]) - abs(m[1]));
        if (abs(m[2]) != sum && abs(m[2]) != apart) continue;
        double value = entry_of(&table, l, m);
        if (fabs(value) > 1e-14) entries[count++] = (pleat_wigner_entry){i, j, k, value};
      }
  return count;
}

pleat_status pleat_wigner_3j(pleat_context *context, int l1, int l2, int l3, double *w) {
  int most = PLEAT_DEGREE_MAX, rows = 2 * l2 + 1, columns = 2 * l3 + 1;
  PLEAT_CHECK(context, l1 >= 0 && l2 >= 0 && l3 >= 0 && l1 <= most && l2 <= most && l3 <= most, PLEAT_ERROR_INPUT,
              "a 3j symbol of degrees %d, %d, %d: degrees go from 0 to %d", l1, l2, l3, most);
  PLEAT_CHECK(context, pleat_wigner_couples(l1, l2, l3), PLEAT_ERROR_INPUT,
              "degrees %d and %d do not couple to %d: the third must lie between %d and %d", l1, l2, l3, abs(l1 - l2),
              l1 + l2);
  pleat_wigner_entry *entries;
  PLEAT_TRY(pleat_memory_take(context, PLEAT_WIGNER_ENTRIES, sizeof *entries, &entries));
  int count = pleat_wigner_list(l1, l2, l3, entries);
  for (int i = 0; i < (2 * l1 + 1) * rows * columns; i++) w[i] = 0;
  for (const pleat_wigner_entry *e = entries; e < entries + count; e++)
    w[(e->i * rows + e->j) * columns + e->k] = e->value;
  pleat_memory_release(context, entries);
  return PLEAT_OK;
}

void pleat_wigner_rotation(double alpha, double beta, double gamma, double rotation[9]) {
  double ca = cos(alpha), sa = sin(alpha), cb = cos(beta), sb = sin(beta), cg = cos(gamma), sg = sin(gamma);
  const double product[9] = {ca * cg - sa * cb * sg, sa * sb, ca * sg + sa * cb * cg,   /* row x */
                             sb * sg,                cb,      -sb * cg,                 /* row y */
                             -sa * cg - ca * cb * sg, ca * sb, -sa * sg + ca * cb * cg}; /* row z */
  for (int i = 0; i < 9; i++) rotation[i] = product[i];
}

int pleat_wigner_d_offset(int l) { return l * (2 * l - 1) * (2 * l + 1) / 3; }

/* D of degree l from that of l - 1: D(k,k') = (2l+1) sum of w(i,j,k) w(i',j',k') D'(i,i') R(j,j'). */
static void next_d(int l, const double rotation[9], pleat_wigner_entry *entries, const double *before, double *d) {
  int size = 2 * l + 1, count = pleat_wigner_list(l - 1, 1, l, entries);
  for (int i = 0; i < size * size; i++) d[i] = 0;
  for (const pleat_wigner_entry *a = entries; a < entries + count; a++)
    for (const pleat_wigner_entry *b = entries; b < entries + count; b++)
      d[a->k * size + b->k] +=
          size * a->value * b->value * before[a->i * (2 * l - 1) + b->i] * rotation[a->j * 3 + b->j];
}

static bool is_rotation(const double r[9]) {
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      double dot = r[3 * i] * r[3 * j] + r[3 * i + 1] * r[3 * j + 1] + r[3 * i + 2] * r[3 * j + 2];
      if (!(fabs(dot - (i == j)) < 1e-4)) return false;
    }
  return r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]) > 0;
}

pleat_status pleat_wigner_d_all(pleat_context *context, int degree, const double rotation[9], double *d) {
  pleat_wigner_entry *entries;
  PLEAT_CHECK(context, degree >= 0 && degree <= PLEAT_DEGREE_MAX, PLEAT_ERROR_INPUT,
              "a D matrix of degree %d: degrees go from 0 to %d", degree, PLEAT_DEGREE_MAX);
  PLEAT_CHECK(context, is_rotation(rotation), PLEAT_ERROR_INPUT,
              "the matrix is no proper rotation: its rows must be orthonormal and its determinant 1");
  PLEAT_TRY(pleat_memory_take(context, PLEAT_WIGNER_ENTRIES, sizeof *entries, &entries));
  d[0] = 1;
  for (int i = 0; degree > 0 && i < 9; i++) d[1 + i] = rotation[i];
  for (int l = 2; l <= degree; l++)
    next_d(l, rotation, entries, d + pleat_wigner_d_offset(l - 1), d + pleat_wigner_d_offset(l));
  pleat_memory_release(context, entries);
  return PLEAT_OK;
}

pleat_status pleat_wigner_d(pleat_context *context, int l, const double rotation[9], double *d) {
  double *all;
  PLEAT_TRY(pleat_memory_take(context, (size_t)pleat_wigner_d_offset(PLEAT_DEGREE_MAX + 1), sizeof *all, &all));
  pleat_status status = pleat_wigner_d_all(context, l, rotation, all);
  for (int i = 0; !status && i < (2 * l + 1) * (2 * l + 1); i++) d[i] = all[pleat_wigner_d_offset(l) + i];
  pleat_memory_release(context, all);
  return status;
}
