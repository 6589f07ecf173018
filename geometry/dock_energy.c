/* Energies of pairs of atoms between two rigid bodies, their slopes, and refinement of poses.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "geometry/dock.h"

static const double CUTOFF = 8, DEPTH = 0.15, COULOMB = 332.06;

/* Atoms in the order of their cells, cells along x first, so that neighbours along x lie in one stretch. */
typedef struct site {
  float x, y, z, radius, charge;
  unsigned type;
  size_t atom;
} site;

struct pleat_dock_cells {
  int size[3];
  double origin[3];
  size_t *start; /* (cells + 1) */
  site *sites;
};

static int clamp(double x, int count) { return x < 0 ? 0 : x >= count ? count - 1 : (int)x; }

static size_t cell_of(const pleat_dock_cells *c, const double x[3]) {
  int at[3];
  for (int d = 0; d < 3; d++) at[d] = clamp((x[d] - c->origin[d]) / CUTOFF, c->size[d]);
  return ((size_t)at[2] * (size_t)c->size[1] + (size_t)at[1]) * (size_t)c->size[0] + (size_t)at[0];
}

static size_t lay_cells(pleat_dock_cells *c, const pleat_dock_body *body) {
  size_t cells = 1;
  for (size_t d = 0; d < 3; d++) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < body->count; i++) {
      least = fmin(least, body->position[3 * i + d]);
      most = fmax(most, body->position[3 * i + d]);
    }
    c->origin[d] = least;
    c->size[d] = (int)((most - least) / CUTOFF) + 1;
    cells *= (size_t)c->size[d];
  }
  return cells;
}

static void fill(pleat_dock_cells *c, const pleat_dock_body *body, size_t cells) {
  for (size_t i = 0; i < body->count; i++) c->start[cell_of(c, body->position + 3 * i) + 1]++;
  for (size_t n = 0; n < cells; n++) c->start[n + 1] += c->start[n];
  for (size_t i = body->count; i-- > 0;) { /* from each cell's end backwards, which start[cell + 1] becomes */
    const double *x = body->position + 3 * i;
    size_t place = --c->start[cell_of(c, x) + 1];
    c->sites[place] = (site){(float)x[0], (float)x[1], (float)x[2], body->radius[i], body->charge[i], body->type[i], i};
  }
  memmove(c->start, c->start + 1, cells * sizeof *c->start);
  c->start[cells] = body->count;
}

pleat_status pleat_dock_cells_take(pleat_context *context, const pleat_dock_body *receptor, pleat_dock_cells **cells) {
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **cells, cells));
  size_t count = lay_cells(*cells, receptor);
  pleat_status status = pleat_memory_take(context, count + 1, sizeof *(*cells)->start, &(*cells)->start);
  if (!status) status = pleat_memory_take(context, receptor->count, sizeof *(*cells)->sites, &(*cells)->sites);
  if (!status) fill(*cells, receptor, count);
  if (status) {
    pleat_dock_cells_release(context, *cells);
    *cells = NULL;
  }
  return status;
}

void pleat_dock_cells_release(pleat_context *context, pleat_dock_cells *cells) {
  if (!cells) return;
  pleat_memory_release(context, cells->start);
  pleat_memory_release(context, cells->sites);
  pleat_memory_release(context, cells);
}

/* The stretches of sites around a place: up to nine, [from, to) each; returns how many. */
static int stretches(const pleat_dock_cells *c, const double x[3], size_t from[9], size_t to[9]) {
  int at[3], count = 0;
  for (int d = 0; d < 3; d++) {
    double cell = floor((x[d] - c->origin[d]) / CUTOFF);
    if (cell < -1 || cell > c->size[d]) return 0;
    at[d] = (int)cell;
  }
  int first = at[0] > 0 ? at[0] - 1 : 0, last = at[0] + 1 < c->size[0] ? at[0] + 1 : c->size[0] - 1;
  for (int k = at[2] - 1; k <= at[2] + 1; k++)
    for (int j = at[1] - 1; j <= at[1] + 1; j++) {
      if (j < 0 || k < 0 || j >= c->size[1] || k >= c->size[2]) continue;
      size_t row = ((size_t)k * (size_t)c->size[1] + (size_t)j) * (size_t)c->size[0];
      from[count] = c->start[row + (size_t)first];
      to[count] = c->start[row + (size_t)last + 1];
      count++;
    }
  return count;
}

/* ---- Pairs ----------------------------------------------------------------------------------------------------- */

/* Each gives an energy and its derivative by r^2. */
static double shape_of(double r2, double r0, double *slope) {
  double square = r0 * r0, s = fmin(square / r2, 2), s2 = s * s, s3 = s2 * s, change = 12 * DEPTH * (s3 - s2);
  double e = square / (CUTOFF * CUTOFF), end = e * e * e * (3 * e - 4); /* which makes it vanish at the cutoff */
  *slope = -change * s2 / square;
  return DEPTH * (3 * s * s3 - 4 * s3 - end) + (square / r2 > 2 ? *slope * (r2 - square / 2) : 0);
}

static double screened(double r) { return 1 / (r * (r <= 6 ? 4 : r < 8 ? 38 * r - 224 : 80)); }

static double charges_of(double r2, double q, double *slope) {
  double r = sqrt(r2), end = 1 / (80 * CUTOFF);
  *slope = 0;
  if (q == 0) return 0;
  if (r < 2) return COULOMB * q * (screened(2) - end);
  double value = screened(r), by_r = r <= 6 ? -value / r : -value * (1 / r + 38 / (38 * r - 224));
  *slope = COULOMB * q * by_r / (2 * r);
  return COULOMB * q * (value - end);
}

static double contact_of(double r2, double energy, double *slope) {
  const double near = 5.5, far = 6.5;
  *slope = 0;
  if (r2 >= far * far) return 0;
  if (r2 <= near * near) return energy;
  double r = sqrt(r2), t = (far - r) / (far - near);
  *slope = -energy * 6 * t * (1 - t) / (far - near) / (2 * r);
  return energy * t * t * (3 - 2 * t);
}

static void add_pair(const pleat_dock_model *m, const site *a, const pleat_dock_body *ligand, size_t i, double r2,
                     pleat_dock_energy *e, double *slope) {
  double ds, dq, dc;
  float contact = m->contact[(size_t)a->type * m->types + ligand->type[i]];
  e->shape += shape_of(r2, (double)a->radius + (double)ligand->radius[i], &ds);
  e->electrostatic += charges_of(r2, (double)a->charge * (double)ligand->charge[i], &dq);
  e->desolvation += contact_of(r2, (double)contact, &dc);
  *slope = m->shape * ds + m->electrostatic * dq + m->desolvation * dc;
}

static void move(const pleat_dock_body *ligand, size_t i, const pleat_rigid *frame, double x[3]) {
  pleat_rigid_apply(frame, ligand->position + 3 * i, x);
}

pleat_dock_energy pleat_dock_measure(const pleat_dock_model *model, const pleat_dock_cells *cells,
                                     const pleat_dock_body *ligand, const pleat_rigid *frame, double slope[6]) {
  pleat_dock_energy e = {0};
  double total[6] = {0};
  for (size_t i = 0; i < ligand->count; i++) {
    double x[3], force[3] = {0}, arm[3];
    size_t from[9], to[9];
    move(ligand, i, frame, x);
    int count = stretches(cells, x, from, to);
    float fx = (float)x[0], fy = (float)x[1], fz = (float)x[2];
    for (int n = 0; n < count; n++)
      for (const site *a = cells->sites + from[n]; a < cells->sites + to[n]; a++) {
        float dx = fx - a->x, dy = fy - a->y, dz = fz - a->z, r2 = dx * dx + dy * dy + dz * dz;
        double by_square;
        if (!(r2 < (float)(CUTOFF * CUTOFF))) continue;
        add_pair(model, a, ligand, i, fmax((double)r2, 1e-2), &e, &by_square);
        force[0] += 2 * by_square * (double)dx, force[1] += 2 * by_square * (double)dy;
        force[2] += 2 * by_square * (double)dz;
      }
    for (int d = 0; d < 3; d++) arm[d] = x[d] - frame->translation[d], total[d] += force[d];
    total[3] += arm[1] * force[2] - arm[2] * force[1];
    total[4] += arm[2] * force[0] - arm[0] * force[2];
    total[5] += arm[0] * force[1] - arm[1] * force[0];
  }
  if (slope) memcpy(slope, total, sizeof total);
  e.total = model->shape * e.shape + model->electrostatic * e.electrostatic + model->desolvation * e.desolvation;
  return e;
}

size_t pleat_dock_contacts(const pleat_dock_cells *cells, const pleat_dock_body *ligand, const pleat_rigid *frame,
                           double cutoff, unsigned char *near_receptor, unsigned char *near_ligand) {
  size_t pairs = 0;
  for (size_t i = 0; i < ligand->count; i++) {
    double x[3];
    size_t from[9], to[9];
    move(ligand, i, frame, x);
    int count = stretches(cells, x, from, to);
    for (int n = 0; n < count; n++)
      for (const site *a = cells->sites + from[n]; a < cells->sites + to[n]; a++) {
        double dx = x[0] - (double)a->x, dy = x[1] - (double)a->y, dz = x[2] - (double)a->z;
        if (!(dx * dx + dy * dy + dz * dz < cutoff * cutoff)) continue;
        if (near_receptor) near_receptor[a->atom] = 1;
        if (near_ligand) near_ligand[i] = 1;
        pairs++;
      }
  }
  return pairs;
}

/* ---- Refinement ------------------------------------------------------------------------------------------------ */

/* The frame moved by a step of translation and rotation (times `width`) about its origin. */
static pleat_rigid stepped(const pleat_rigid *frame, const double step[6], double width) {
  double turn[3], angle = 0, q[4];
  for (int d = 0; d < 3; d++) turn[d] = step[3 + d] / width, angle += turn[d] * turn[d];
  angle = sqrt(angle);
  double half = angle > 0 ? sin(angle / 2) / angle : 0.5;
  q[0] = cos(angle / 2);
  for (int d = 0; d < 3; d++) q[d + 1] = half * turn[d];
  pleat_rigid rotation = pleat_rigid_identity();
  pleat_rigid_from_quaternion(q, rotation.rotation);
  pleat_rigid out = pleat_rigid_compose(&rotation, frame);
  for (int d = 0; d < 3; d++) out.translation[d] = frame->translation[d] + step[d];
  return out;
}

static double dot(const double a[6], const double b[6]) {
  double sum = 0;
  for (int i = 0; i < 6; i++) sum += a[i] * b[i];
  return sum;
}

/* The inverse Hessian after a step s that changed the slope by y (Broyden, Fletcher, Goldfarb, Shanno). */
static void update(double h[6][6], const double s[6], const double y[6]) {
  double sy = dot(s, y), hy[6], yhy = 0;
  if (!(sy > 1e-10)) return;
  for (int i = 0; i < 6; i++) hy[i] = dot(h[i], y);
  yhy = dot(y, hy);
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) h[i][j] += (1 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy;
}

/* A step downhill of at most an angstrom; the steepest where the Hessian's is none. */
static void direct(const double h[6][6], const double g[6], double step[6]) {
  for (int i = 0; i < 6; i++) step[i] = -dot(h[i], g);
  if (!(dot(step, g) < 0))
    for (int i = 0; i < 6; i++) step[i] = -g[i];
  double length = sqrt(dot(step, step));
  for (int i = 0; i < 6 && length > 1; i++) step[i] /= length;
}

pleat_dock_energy pleat_dock_refine(const pleat_dock_model *model, const pleat_dock_cells *cells,
                                    const pleat_dock_body *ligand, double width, int steps, pleat_rigid *frame) {
  double h[6][6] = {{0}}, g[6], next[6], step[6], change[6];
  for (int i = 0; i < 6; i++) h[i][i] = 0.01;
  pleat_dock_energy energy = pleat_dock_measure(model, cells, ligand, frame, g);
  for (int d = 3; d < 6; d++) g[d] /= width;
  for (int n = 0; n < steps; n++) {
    direct(h, g, step);
    double downhill = dot(step, g), scale = 1;
    bool better = false;
    for (int tries = 0; tries < 6 && !better; tries++, scale /= 3) {
      double part[6];
      for (int i = 0; i < 6; i++) part[i] = scale * step[i];
      pleat_rigid there = stepped(frame, part, width);
      pleat_dock_energy e = pleat_dock_measure(model, cells, ligand, &there, next);
      if (!(e.total <= energy.total + 1e-4 * scale * downhill)) continue;
      better = energy.total - e.total > 1e-3;
      for (int d = 3; d < 6; d++) next[d] /= width;
      for (int i = 0; i < 6; i++) change[i] = next[i] - g[i];
      update(h, part, change);
      memcpy(g, next, sizeof g);
      *frame = there, energy = e;
      break;
    }
    if (!better) break;
  }
  return energy;
}
