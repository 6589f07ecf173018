/* Optimal superposition of two sets of points by the quaternion method, and the RMSD it leaves.
 * SPDX-License-Identifier: MIT */
#include "geometry/superpose.h"

#include "geometry/vector.h"

/* Pairs of points: all of them (chosen NULL) or those that `chosen` lists. */
typedef struct pairs {
  const double *moving, *fixed, *weights;
  const size_t *chosen;
  size_t count;
} pairs;

static size_t pair_index(const pairs *p, size_t i) { return p->chosen ? p->chosen[i] : i; }
static double pair_weight(const pairs *p, size_t i) { return p->weights ? p->weights[pair_index(p, i)] : 1; }

static double centres(const pairs *p, double moving[3], double fixed[3]) {
  double total = 0;
  for (int k = 0; k < 3; k++) moving[k] = fixed[k] = 0;
  for (size_t i = 0; i < p->count; i++) {
    size_t at = 3 * pair_index(p, i);
    double weight = pair_weight(p, i);
    total += weight;
    for (int k = 0; k < 3; k++) {
      moving[k] += weight * p->moving[at + (size_t)k];
      fixed[k] += weight * p->fixed[at + (size_t)k];
    }
  }
  for (int k = 0; k < 3 && total > 0; k++) {
    moving[k] /= total;
    fixed[k] /= total;
  }
  return total;
}

/* s[i][j] = sum of weight * moving_i * fixed_j about the centres. */
static void covariance(const pairs *p, const double moving[3], const double fixed[3], double s[3][3]) {
  for (int i = 0; i < 9; i++) s[i / 3][i % 3] = 0;
  for (size_t i = 0; i < p->count; i++) {
    size_t at = 3 * pair_index(p, i);
    double weight = pair_weight(p, i), a[3], b[3];
    pleat_vector_subtract(p->moving + at, moving, a);
    pleat_vector_subtract(p->fixed + at, fixed, b);
    for (int j = 0; j < 9; j++) s[j / 3][j % 3] += weight * a[j / 3] * b[j % 3];
  }
}

static void key_matrix(double s[3][3], double k[4][4]) {
  k[0][0] = s[0][0] + s[1][1] + s[2][2];
  k[1][1] = s[0][0] - s[1][1] - s[2][2];
  k[2][2] = -s[0][0] + s[1][1] - s[2][2];
  k[3][3] = -s[0][0] - s[1][1] + s[2][2];
  k[0][1] = k[1][0] = s[1][2] - s[2][1];
  k[0][2] = k[2][0] = s[2][0] - s[0][2];
  k[0][3] = k[3][0] = s[0][1] - s[1][0];
  k[1][2] = k[2][1] = s[0][1] + s[1][0];
  k[1][3] = k[3][1] = s[2][0] + s[0][2];
  k[2][3] = k[3][2] = s[1][2] + s[2][1];
}

/* One Jacobi rotation that clears m[p][q]; v gathers the eigenvectors as columns (Golub & Van Loan, 8.5). */
static void jacobi_turn(double m[4][4], double v[4][4], int p, int q) {
  if (m[p][q] == 0) return;
  double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
  double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
  for (int i = 0; i < 4; i++) {
    double a = m[i][p], b = m[i][q];
    m[i][p] = c * a - s * b;
    m[i][q] = s * a + c * b;
  }
  for (int i = 0; i < 4; i++) {
    double a = m[p][i], b = m[q][i];
    m[p][i] = c * a - s * b;
    m[q][i] = s * a + c * b;
    a = v[i][p];
    b = v[i][q];
    v[i][p] = c * a - s * b;
    v[i][q] = s * a + c * b;
  }
  m[p][q] = m[q][p] = 0;
}

/* The unit eigenvector of the largest eigenvalue; m is destroyed. */
static void largest_eigenvector(double m[4][4], double vector[4]) {
  double v[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  for (int sweep = 0; sweep < 30; sweep++) {
    double off = 0, diagonal = 0;
    for (int p = 0; p < 4; p++) {
      diagonal += fabs(m[p][p]);
      for (int q = p + 1; q < 4; q++) off += fabs(m[p][q]);
    }
    if (off <= 1e-16 * diagonal) break;
    for (int p = 0; p < 3; p++)
      for (int q = p + 1; q < 4; q++) jacobi_turn(m, v, p, q);
  }
  int best = 0;
  for (int i = 1; i < 4; i++)
    if (m[i][i] > m[best][best]) best = i;
  for (int i = 0; i < 4; i++) vector[i] = v[i][best];
}

static double rmsd_of(const pairs *p, const pleat_rigid *frame) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < p->count; i++) {
    size_t at = 3 * pair_index(p, i);
    double moved[3], weight = pair_weight(p, i);
    pleat_rigid_apply(frame, p->moving + at, moved);
    sum += weight * pleat_vector_distance2(moved, p->fixed + at);
    total += weight;
  }
  return total > 0 ? sqrt(sum / total) : NAN;
}

static pleat_rigid best_frame(const pairs *p) {
  pleat_rigid frame = pleat_rigid_identity();
  double moving[3], fixed[3], s[3][3], k[4][4], quaternion[4], turned[3];
  if (!(centres(p, moving, fixed) > 0)) return frame;
  covariance(p, moving, fixed, s);
  key_matrix(s, k);
  largest_eigenvector(k, quaternion);
  pleat_rigid_from_quaternion(quaternion, frame.rotation);
  pleat_rigid_apply(&frame, moving, turned);
  pleat_vector_subtract(fixed, turned, frame.translation);
  return frame;
}

pleat_superposition pleat_superpose(const double *moving, const double *fixed, const double *weights, size_t count) {
  pairs all = {moving, fixed, weights, NULL, count};
  pleat_superposition result = {.frame = best_frame(&all)};
  result.rmsd = rmsd_of(&all, &result.frame);
  return result;
}

pleat_superposition pleat_superpose_chosen(const double *moving, const double *fixed, const size_t *chosen,
                                           size_t chosen_count) {
  pairs some = {moving, fixed, NULL, chosen, chosen_count};
  pleat_superposition result = {.frame = best_frame(&some)};
  result.rmsd = rmsd_of(&some, &result.frame);
  return result;
}

double pleat_superpose_rmsd(const pleat_rigid *frame, const double *moving, const double *fixed, const double *weights,
                            size_t count) {
  pairs all = {moving, fixed, weights, NULL, count};
  return rmsd_of(&all, frame);
}
