/* Refinement off the grid by the method of Gauss and Newton on the weighted correlation.
 * SPDX-License-Identifier: MIT */
#include "geometry/refine.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Points ---------------------------------------------------------------------------------------------------- */

static size_t count_points(const pleat_grid *weight, int stride) {
  size_t count = 0;
  for (int k = 0; k < weight->size[2]; k += stride)
    for (int j = 0; j < weight->size[1]; j += stride)
      for (int i = 0; i < weight->size[0]; i += stride)
        count += weight->values[((size_t)k * (size_t)weight->size[1] + (size_t)j) * (size_t)weight->size[0] + (size_t)i] > 0;
  return count;
}

static void add_point(pleat_refine_points *p, const pleat_grid *density, const pleat_grid *weight, const int at[3],
                      double cell) {
  size_t index = ((size_t)at[2] * (size_t)weight->size[1] + (size_t)at[1]) * (size_t)weight->size[0] + (size_t)at[0];
  int region[3];
  if (!(weight->values[index] > 0)) return;
  for (int d = 0; d < 3; d++) {
    p->position[3 * p->count + (size_t)d] = (float)(weight->origin[d] + at[d] * weight->spacing[d]);
    region[d] = (int)(at[d] * weight->spacing[d] / cell);
  }
  p->density[p->count] = density->values[index];
  p->weight[p->count] = weight->values[index];
  p->cell[p->count++] = (region[2] * p->cells[1] + region[1]) * p->cells[0] + region[0];
}

pleat_status pleat_refine_take(pleat_context *context, const pleat_grid *density, const pleat_grid *weight, int stride,
                               double cell, pleat_refine_points *points) {
  size_t count = count_points(weight, stride);
  memset(points, 0, sizeof *points);
  for (int d = 0; d < 3; d++) points->cells[d] = (int)(weight->size[d] * weight->spacing[d] / cell) + 1;
  pleat_status status = pleat_memory_take(context, 3 * count, sizeof(float), &points->position);
  if (!status) status = pleat_memory_take(context, count, sizeof(float), &points->density);
  if (!status) status = pleat_memory_take(context, count, sizeof(float), &points->weight);
  if (!status) status = pleat_memory_take(context, count, sizeof(int), &points->cell);
  if (status) {
    pleat_refine_release(context, points);
    return status;
  }
  for (int k = 0; k < weight->size[2]; k += stride)
    for (int j = 0; j < weight->size[1]; j += stride)
      for (int i = 0; i < weight->size[0]; i += stride) add_point(points, density, weight, (int[3]){i, j, k}, cell);
  return PLEAT_OK;
}

void pleat_refine_release(pleat_context *context, pleat_refine_points *points) {
  pleat_memory_release(context, points->position);
  pleat_memory_release(context, points->density);
  pleat_memory_release(context, points->weight);
  pleat_memory_release(context, points->cell);
  memset(points, 0, sizeof *points);
}

/* ---- Correlation and its derivatives ----------------------------------------------------------------------------- */

static size_t cell_count(const pleat_refine_points *p) {
  return (size_t)p->cells[0] * (size_t)p->cells[1] * (size_t)p->cells[2];
}

size_t pleat_refine_scratch(const pleat_refine_points *p) { return p->count + 6 * cell_count(p); }

typedef struct fit {
  const pleat_grid *map;
  const pleat_refine_points *points;
  double *use;   /* (count) weights of the points that count; 0: left out */
  double *cells; /* (6, cells) */
} fit;

/* Weighted sums over the points, and of the map's derivatives by the six parameters (translation, rotation about the
 * shape's centre). */
typedef struct sums {
  double w, t, r, tt, tr, rr;
  double d[6], td[6], rd[6], dd[6][6];
} sums;

static void add_to_sums(sums *s, double w, double t, double r, const double d[6]) {
  s->w += w, s->t += w * t, s->r += w * r;
  s->tt += w * t * t, s->tr += w * t * r, s->rr += w * r * r;
  for (int i = 0; i < 6; i++) {
    double wd = w * d[i];
    s->d[i] += wd;
    s->td[i] += wd * t;
    s->rd[i] += wd * r;
    for (int j = 0; j <= i; j++) s->dd[i][j] += wd * d[j];
  }
}

static void turn_point(const pleat_rigid *frame, const float *x, double turned[3]) {
  for (int d = 0; d < 3; d++)
    turned[d] = frame->rotation[3 * d] * (double)x[0] + frame->rotation[3 * d + 1] * (double)x[1] +
                frame->rotation[3 * d + 2] * (double)x[2];
}

static sums sum_up(const fit *f, const pleat_rigid *frame) {
  sums s = {0};
  for (size_t i = 0; i < f->points->count; i++) {
    double turned[3], at[3], g[3];
    if (!(f->use[i] > 0)) continue;
    turn_point(frame, f->points->position + 3 * i, turned);
    for (int d = 0; d < 3; d++) at[d] = turned[d] + frame->translation[d];
    double r = pleat_grid_sample(f->map, at, g);
    double d[6] = {g[0], g[1], g[2], turned[1] * g[2] - turned[2] * g[1], turned[2] * g[0] - turned[0] * g[2],
                   turned[0] * g[1] - turned[1] * g[0]};
    add_to_sums(&s, f->use[i], (double)f->points->density[i], r, d);
  }
  return s;
}

/* Pearson's coefficient; -1 where one side is flat. */
static double correlation(const sums *s) {
  double vt = s->tt - s->t * s->t / s->w, vr = s->rr - s->r * s->r / s->w, c = s->tr - s->t * s->r / s->w;
  return s->w > 0 && vt > 0 && vr > 1e-12 * s->rr ? c / sqrt(vt * vr) : -1;
}

/* Solves (A + damping diag A) x = b for the lower triangle of a positive matrix by Cholesky; false when it is not. */
static bool solve(const double a[6][6], double damping, const double b[6], double x[6]) {
  double l[6][6];
  for (int i = 0; i < 6; i++) {
    for (int j = 0; j <= i; j++) {
      double sum = a[i][j] * (i == j ? 1 + damping : 1);
      for (int k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
      if (i == j && !(sum > 0)) return false;
      l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
    }
  }
  for (int i = 0; i < 6; i++) {
    x[i] = b[i];
    for (int k = 0; k < i; k++) x[i] -= l[i][k] * x[k];
    x[i] /= l[i][i];
  }
  for (int i = 5; i >= 0; i--) {
    for (int k = i + 1; k < 6; k++) x[i] -= l[k][i] * x[k];
    x[i] /= l[i][i];
  }
  return true;
}

/* With u the map's values less their mean at unit length, r = t.u; its slope is (t - r u).u', and its curvature near the
 * top -r |u'|^2, u' being the derivative's part across 1 and u. */
static bool newton_step(const sums *s, double damping, double step[6]) {
  double vt = s->tt - s->t * s->t / s->w, vr = s->rr - s->r * s->r / s->w, r = correlation(s);
  double slope[6], bend[6][6], cross[6];
  for (int i = 0; i < 6; i++) {
    double td = s->td[i] - s->t * s->d[i] / s->w, rd = s->rd[i] - s->r * s->d[i] / s->w;
    cross[i] = rd / sqrt(vr);
    slope[i] = (td / sqrt(vt) - r * cross[i]) / sqrt(vr);
  }
  for (int i = 0; i < 6; i++)
    for (int j = 0; j <= i; j++)
      bend[i][j] = fmax(r, 0.05) * ((s->dd[i][j] - s->d[i] * s->d[j] / s->w) - cross[i] * cross[j]) / vr;
  return solve(bend, damping, slope, step);
}

static pleat_rigid moved(const pleat_rigid *frame, const double step[6]) {
  double angle = sqrt(step[3] * step[3] + step[4] * step[4] + step[5] * step[5]);
  double half = angle > 0 ? sin(angle / 2) / angle : 0.5;
  double q[4] = {cos(angle / 2), half * step[3], half * step[4], half * step[5]};
  pleat_rigid turn = pleat_rigid_identity(), out;
  pleat_rigid_from_quaternion(q, turn.rotation);
  out = pleat_rigid_compose(&turn, frame);
  for (int d = 0; d < 3; d++) out.translation[d] = frame->translation[d] + step[d];
  return out;
}

static sums climb(const fit *f, int steps, pleat_rigid *frame) {
  double damping = 1e-3, step[6];
  sums best = sum_up(f, frame);
  for (int n = 0; n < steps && damping < 1e4; n++) {
    if (correlation(&best) <= -1 || !newton_step(&best, damping, step)) break;
    pleat_rigid next = moved(frame, step);
    sums there = sum_up(f, &next);
    double gain = correlation(&there) - correlation(&best);
    if (!(gain > 0)) {
      damping *= 8;
      continue;
    }
    *frame = next;
    best = there;
    damping = fmax(damping / 8, 1e-6);
    if (gain < 1e-7) break;
  }
  return best;
}

/* ---- Regions that the map lacks ---------------------------------------------------------------------------------- */

/* Sums of each region and its 26 neighbours, axis by axis. */
static void add_neighbours(const pleat_refine_points *p, const double *of, double *near) {
  size_t n = cell_count(p), step = 1;
  memcpy(near, of, n * sizeof *near);
  for (int axis = 0; axis < 3; step *= (size_t)p->cells[axis++]) {
    int size = p->cells[axis];
    for (size_t line = 0; line < n / (size_t)size; line++) {
      double *at = near + line / step * step * (size_t)size + line % step, before = 0;
      for (int i = 0; i < size; i++, at += step) {
        double own = *at;
        *at += before + (i + 1 < size ? at[step] : 0);
        before = own;
      }
    }
  }
}

static int compare_numbers(const void *first, const void *second) {
  const double *a = first, *b = second;
  return (*a > *b) - (*a < *b);
}

/* The map's share of the density, region by region: cells[0..n) gets sum t (rho - level) / sum t^2 of each region, with
 * its neighbours where there is little density or `wide` asks for it, negative where there is none. Returns what the
 * strong regions have: the upper quartile. */
static double support(const fit *f, const pleat_rigid *frame, double level, bool wide) {
  const pleat_refine_points *p = f->points;
  size_t n = cell_count(p), used = 0;
  double *share = f->cells, *both = share + n, *own = both + n, *sorted = own + n, *both_near = sorted + n;
  double *own_near = both_near + n, most = 0;
  memset(share, 0, 4 * n * sizeof *share);
  for (size_t i = 0; i < p->count; i++) {
    double turned[3], t = (double)p->density[i], w = (double)p->weight[i];
    turn_point(frame, p->position + 3 * i, turned);
    for (int d = 0; d < 3; d++) turned[d] += frame->translation[d];
    both[p->cell[i]] += w * t * (pleat_grid_sample(f->map, turned, NULL) - level);
    own[p->cell[i]] += w * t * t;
  }
  for (size_t c = 0; c < n; c++) most = fmax(most, own[c]);
  add_neighbours(p, both, both_near);
  add_neighbours(p, own, own_near);
  for (size_t c = 0; c < n; c++) {
    bool strong = own[c] > 0.1 * most, alone = strong && !wide;
    double density = alone ? own[c] : own_near[c];
    share[c] = density > 0 ? (alone ? both[c] : both_near[c]) / density : -1;
    if (strong) sorted[used++] = share[c];
  }
  qsort(sorted, used, sizeof *sorted, compare_numbers);
  return used ? sorted[used * 3 / 4] : 0;
}

/* Leaves out the points of unsupported regions; false when nothing changed or too little would be left. */
static bool leave_out(const fit *f, const pleat_rigid *frame, double level, int round, double *kept) {
  static const double shares[] = {0.35, 0.5, 0.5, 0.88}; /* the last keeps away from where the map breaks off */
  bool wide = round == 0 || round >= 3;
  const pleat_refine_points *p = f->points;
  double strong = support(f, frame, level, wide), least = shares[round < 3 ? round : 3] * strong, all = 0, stay = 0;
  if (!(strong > 0)) return false;
  for (size_t i = 0; i < p->count; i++) {
    double mass = (double)p->weight[i] * (double)p->density[i];
    all += mass;
    if (f->cells[p->cell[i]] >= least) stay += mass;
  }
  if (!(stay > 0.15 * all)) return false;
  for (size_t i = 0; i < p->count; i++)
    f->use[i] = f->cells[p->cell[i]] >= least ? (double)p->weight[i] : 0;
  *kept = stay / all;
  return true;
}

void pleat_refine_run(const pleat_grid *map, const pleat_refine_points *points, int steps, int rounds, double *scratch,
                      pleat_refine_pose *pose) {
  fit f = {map, points, scratch, scratch + points->count};
  for (size_t i = 0; i < points->count; i++) f.use[i] = (double)points->weight[i];
  sums s = climb(&f, steps, &pose->frame);
  pose->share = 1;
  for (int round = 0; round < rounds; round++) {
    double vt = s.tt - s.t * s.t / s.w, slope = vt > 0 ? (s.tr - s.t * s.r / s.w) / vt : 0;
    if (round && pose->share > 0.95) break; /* nothing is missing */
    if (!leave_out(&f, &pose->frame, (s.r - slope * s.t) / s.w, round, &pose->share)) break;
    s = climb(&f, steps, &pose->frame);
  }
  double vt = s.tt - s.t * s.t / s.w;
  pose->score = correlation(&s);
  pose->scale = vt > 0 ? (s.tr - s.t * s.r / s.w) / vt : 0;
  pose->level = s.w > 0 ? (s.r - pose->scale * s.t) / s.w : 0;
}
