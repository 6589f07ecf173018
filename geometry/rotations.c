/* Sets of rotations that cover all orientations evenly.
 * SPDX-License-Identifier: MIT */
#include "geometry/rotations.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void multiply(const double a[4], const double b[4], double out[4]) {
  double w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  double x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  double y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  double z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
  out[0] = w, out[1] = x, out[2] = y, out[3] = z;
}

double pleat_rotations_angle(const double a[4], const double b[4]) {
  double dot = fabs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]);
  return 2 * acos(fmin(1, dot));
}

/* ---- The lattice ----------------------------------------------------------------------------------------------- */

/* The rotation angle whose homochoric radius (3/4 (t - sin t))^(1/3) is r, by Newton's method. */
static double angle_of_radius(double r) {
  double t = 2 * r;
  for (int step = 0; step < 20; step++) {
    double slope = 1 - cos(t);
    if (slope < 1e-12) break;
    t -= (t - sin(t) - 4 * r * r * r / 3) / slope;
  }
  return t;
}

/* The rotation of a point in homochoric coordinates; false outside the octahedral group's fundamental zone. */
static bool rotation_of_point(const double h[3], double q[4]) {
  double r = sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]);
  double angle = angle_of_radius(r), scale = r > 0 ? tan(angle / 2) / r : 0, sum = 0, largest = 0;
  if (angle > 1.1) return false; /* the zone's corners lie at 1.0966 */
  for (int d = 0; d < 3; d++) {
    double x = fabs(h[d] * scale);
    sum += x;
    largest = fmax(largest, x);
  }
  if (largest > sqrt(2) - 1 || sum > 1) return false;
  q[0] = cos(angle / 2);
  for (int d = 0; d < 3; d++) q[d + 1] = r > 0 ? sin(angle / 2) * h[d] / r : 0;
  return true;
}

/* The 24 rotations of a cube: 1, half of (1,1,1,1) and of (1,1,0,0) with all signs and places. */
static void octahedral_group(double group[24][4]) {
  int count = 0;
  for (int place = 0; place < 4; place++) {
    memset(group[count], 0, sizeof group[count]);
    group[count++][place] = 1;
  }
  for (int signs = 0; signs < 8; signs++, count++) {
    group[count][0] = 0.5;
    for (int d = 0; d < 3; d++) group[count][d + 1] = signs >> d & 1 ? -0.5 : 0.5;
  }
  for (int a = 0; a < 4; a++)
    for (int b = a + 1; b < 4; b++)
      for (int sign = -1; sign <= 1; sign += 2, count++) {
        memset(group[count], 0, sizeof group[count]);
        group[count][a] = sqrt(0.5);
        group[count][b] = sign * sqrt(0.5);
      }
}

typedef struct lattice {
  pleat_context *context;
  double (*points)[4];
  size_t count, capacity;
} lattice;

static pleat_status fill_zone(lattice *zone, double edge) {
  int reach = (int)ceil(0.6 / edge) + 1;
  for (int half = 0; half < 2; half++)
    for (int i = -reach; i <= reach; i++)
      for (int j = -reach; j <= reach; j++)
        for (int k = -reach; k <= reach; k++) {
          double shift = half ? 0.5 : 0, h[3] = {(i + shift) * edge, (j + shift) * edge, (k + shift) * edge}, q[4];
          if (!rotation_of_point(h, q)) continue;
          PLEAT_TRY(pleat_memory_grow(zone->context, &zone->points, &zone->capacity, zone->count + 1, sizeof q));
          memcpy(zone->points[zone->count++], q, sizeof q);
        }
  return PLEAT_OK;
}

pleat_status pleat_rotations_uniform(pleat_context *context, double angle, double **quaternions, size_t *count) {
  lattice zone = {.context = context};
  double group[24][4];
  *quaternions = NULL;
  /* A body-centred lattice of edge a covers space within a sqrt(5)/4, and homochoric distance is half the angle; the
   * zone's seams take a tenth more, as measured. */
  pleat_status status = fill_zone(&zone, 2 * angle / sqrt(5) * 0.9);
  *count = 24 * zone.count;
  if (!status) status = pleat_memory_take(context, 4 * *count + 1, sizeof **quaternions, quaternions);
  octahedral_group(group);
  for (size_t i = 0; i < zone.count && !status; i++)
    for (size_t g = 0; g < 24; g++) multiply(group[g], zone.points[i], *quaternions + 4 * (24 * i + g));
  pleat_memory_release(context, zone.points);
  return status;
}

/* ---- Groups of half turns -------------------------------------------------------------------------------------- */

typedef struct entry {
  double base[4];
  int turn, member;
} entry;

static double rounded(double x) { return round(x * 1e5); }

static int compare_bases(const double a[4], const double b[4]) {
  for (int d = 0; d < 4; d++)
    if (rounded(a[d]) != rounded(b[d])) return rounded(a[d]) < rounded(b[d]) ? -1 : 1;
  return 0;
}

/* Of the four orientations that half turns make of q, the one whose components are the last in order, the first of them
 * positive: the same one for all four. */
static entry entry_of(const double q[4], int member) {
  static const double turns[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  entry e = {.base = {-1}, .member = member};
  for (int turn = 0; turn < 4; turn++)
    for (int sign = -1; sign <= 1; sign += 2) {
      double base[4];
      multiply(turns[turn], q, base); /* a half turn undoes itself */
      for (int d = 0; d < 4; d++) base[d] *= sign;
      if (compare_bases(base, e.base) <= 0) continue;
      memcpy(e.base, base, sizeof base);
      e.turn = turn;
    }
  return e;
}

static int compare_entries(const void *first, const void *second) {
  const entry *a = first, *b = second;
  int order = compare_bases(a->base, b->base);
  if (order) return order;
  return (a->member > b->member) - (a->member < b->member);
}

static bool same_base(const entry *a, const pleat_rotation_group *b) {
  return pleat_rotations_angle(a->base, b->base) < 1e-4;
}

pleat_status pleat_rotations_group(pleat_context *context, const double *quaternions, size_t count,
                                   pleat_rotation_group **groups, size_t *group_count) {
  entry *entries;
  *group_count = 0;
  *groups = NULL;
  PLEAT_TRY(pleat_memory_take(context, count + 1, sizeof *entries, &entries));
  pleat_status status = pleat_memory_take(context, count + 1, sizeof **groups, groups);
  for (size_t i = 0; i < count && !status; i++) entries[i] = entry_of(quaternions + 4 * i, (int)i);
  if (!status) qsort(entries, count, sizeof *entries, compare_entries);
  for (size_t i = 0; i < count && !status; i++) {
    pleat_rotation_group *last = *group_count ? *groups + *group_count - 1 : NULL;
    if (!last || !same_base(&entries[i], last) || last->member[entries[i].turn] >= 0) {
      last = *groups + (*group_count)++;
      memcpy(last->base, entries[i].base, sizeof last->base);
      for (int h = 0; h < 4; h++) last->member[h] = -1;
    }
    last->member[entries[i].turn] = entries[i].member;
  }
  pleat_memory_release(context, entries);
  return status;
}
