/* Fields of a receptor on a grid, which the ligand's atoms are laid in: shape, potential, contact energies, restraints.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "geometry/dock.h"

/* kcal/mol: a contact (a pair nearer than REACH), an atom overlapping (nearer than INSIDE to another), and a contact of an
 * atom that belongs in the interface, or does not. */
static const double REACH = 6, INSIDE = 2.5, FAR = 8, CONTACT = -0.05, OVERLAP = 1.5, BELONGS = -0.1, STRANGE = 0.5;

enum { SHAPE, CHARGE, FIRST_VECTOR, VECTORS = 2, SITES = FIRST_VECTOR + VECTORS };

/* The eigenvectors of the largest eigenvalues of a symmetric matrix, by powers of it. */
static void find_vectors(const pleat_dock_model *model, double vector[VECTORS][64], double value[VECTORS]) {
  size_t n = model->types;
  for (int v = 0; v < VECTORS; v++) {
    for (size_t i = 0; i < n; i++) vector[v][i] = 1 + 0.1 * (double)(i * i % 7);
    for (int round = 0; round < 200; round++) {
      double next[64], length = 0;
      for (size_t i = 0; i < n; i++) {
        next[i] = 0;
        for (size_t j = 0; j < n; j++) next[i] += (double)model->contact[i * n + j] * vector[v][j];
        for (int u = 0; u < v; u++) {
          double along = 0;
          for (size_t j = 0; j < n; j++) along += vector[u][j] * vector[v][j];
          next[i] -= value[u] * along * vector[u][i];
        }
      }
      value[v] = 0;
      for (size_t i = 0; i < n; i++) length += next[i] * next[i], value[v] += next[i] * vector[v][i];
      for (size_t i = 0; i < n && length > 0; i++) vector[v][i] = next[i] / sqrt(length);
    }
  }
}

static pleat_status take(pleat_context *context, const pleat_dock_job *job, pleat_dock_fields *f) {
  const pleat_dock_body *receptor = job->receptor;
  f->channels = SITES;
  for (size_t i = 0; i < job->ligand->count; i++)
    if (job->ligand->site[i]) f->channels = SITES + 1;
  PLEAT_TRY(pleat_grid_around(context, receptor->position, receptor->count, job->spacing, FAR, NULL, &f->field[SHAPE]));
  for (int c = 0; c < f->channels; c++) {
    PLEAT_TRY(pleat_memory_take(context, job->ligand->count, sizeof **f->amount, &f->amount[c]));
    if (c == SHAPE) continue;
    f->field[c] = f->field[SHAPE];
    PLEAT_TRY(pleat_grid_take(context, &f->field[c]));
  }
  return PLEAT_OK;
}

/* What one atom of the receptor adds at a point. */
typedef struct source {
  double charge, site, vector[VECTORS];
} source;

static void add_at(pleat_dock_fields *f, float *nearest, size_t at, double r2, const source *s) {
  double r = sqrt(r2), screen = r <= 6 ? 4 : r < 8 ? 38 * r - 224 : 80;
  nearest[at] = fminf(nearest[at], (float)r2);
  f->field[CHARGE].values[at] += (float)(s->charge / (screen * fmax(r, 2)));
  if (r2 >= REACH * REACH) return;
  f->field[SHAPE].values[at] += (float)s->site;
  for (int v = 0; v < VECTORS; v++) f->field[FIRST_VECTOR + v].values[at] += (float)s->vector[v];
  if (f->channels > SITES) f->field[SITES].values[at] += 1;
}

/* Adds an atom at the points of the grid that are near it. */
static void add_atom(pleat_dock_fields *f, float *nearest, const double x[3], const source *s) {
  const pleat_grid *g = &f->field[SHAPE];
  int from[3], to[3];
  for (int d = 0; d < 3; d++) {
    from[d] = (int)fmax(0, ceil((x[d] - FAR - g->origin[d]) / g->spacing[d]));
    to[d] = (int)fmin(g->size[d] - 1, floor((x[d] + FAR - g->origin[d]) / g->spacing[d]));
  }
  for (int k = from[2]; k <= to[2]; k++)
    for (int j = from[1]; j <= to[1]; j++)
      for (int i = from[0]; i <= to[0]; i++) {
        double a = g->origin[0] + i * g->spacing[0] - x[0], b = g->origin[1] + j * g->spacing[1] - x[1];
        double c = g->origin[2] + k * g->spacing[2] - x[2], r2 = a * a + b * b + c * c;
        size_t at = ((size_t)k * (size_t)g->size[1] + (size_t)j) * (size_t)g->size[0] + (size_t)i;
        if (r2 < FAR * FAR) add_at(f, nearest, at, r2, s);
      }
}

/* Sums of the atoms to minus energies; inside of the receptor there is overlap alone. */
static void finish(const pleat_dock_model *model, const double value[VECTORS], const float *nearest, pleat_dock_fields *f) {
  for (size_t i = 0; i < pleat_grid_points(&f->field[SHAPE]); i++) {
    double inside = (double)nearest[i] < INSIDE * INSIDE, out = 1 - inside;
    f->field[SHAPE].values[i] = (float)(out * -(double)f->field[SHAPE].values[i] - inside * model->shape * OVERLAP);
    f->field[CHARGE].values[i] *= (float)(-332.06 * out * model->electrostatic);
    for (int v = 0; v < VECTORS; v++)
      f->field[FIRST_VECTOR + v].values[i] *= (float)(-out * value[v] * model->desolvation);
    if (f->channels > SITES) f->field[SITES].values[i] *= (float)-out;
  }
}

static double bonus(signed char site) { return site > 0 ? BELONGS : site < 0 ? STRANGE : 0; }

static pleat_status fill(pleat_context *context, const pleat_dock_job *job, pleat_dock_fields *f) {
  const pleat_dock_body *receptor = job->receptor, *ligand = job->ligand;
  double vector[VECTORS][64], value[VECTORS];
  float *nearest;
  PLEAT_CHECK(context, job->model->types <= 64, PLEAT_ERROR_INPUT, "%zu types of atoms are too many: 64 can be had",
              job->model->types);
  size_t points = pleat_grid_points(&f->field[SHAPE]);
  PLEAT_TRY(pleat_memory_take(context, points, sizeof *nearest, &nearest));
  find_vectors(job->model, vector, value);
  for (size_t i = 0; i < points; i++) nearest[i] = INFINITY;
  for (size_t i = 0; i < receptor->count; i++) {
    source s = {.charge = (double)receptor->charge[i], .site = job->model->shape * CONTACT + bonus(receptor->site[i])};
    for (int v = 0; v < VECTORS; v++) s.vector[v] = vector[v][receptor->type[i]];
    add_atom(f, nearest, receptor->position + 3 * i, &s);
  }
  finish(job->model, value, nearest, f);
  for (size_t i = 0; i < ligand->count; i++) {
    f->amount[SHAPE][i] = 1;
    f->amount[CHARGE][i] = ligand->charge[i];
    for (int v = 0; v < VECTORS; v++) f->amount[FIRST_VECTOR + v][i] = (float)vector[v][ligand->type[i]];
    if (f->channels > SITES) f->amount[SITES][i] = (float)bonus(ligand->site[i]);
  }
  pleat_memory_release(context, nearest);
  return PLEAT_OK;
}

pleat_status pleat_dock_fields_take(pleat_context *context, const pleat_dock_job *job, pleat_dock_fields *fields) {
  memset(fields, 0, sizeof *fields);
  pleat_status status = take(context, job, fields);
  if (!status) status = fill(context, job, fields);
  if (status) pleat_dock_fields_release(context, fields);
  return status;
}

void pleat_dock_fields_release(pleat_context *context, pleat_dock_fields *fields) {
  for (int c = 0; c < PLEAT_DOCK_CHANNELS; c++) {
    pleat_grid_release(context, &fields->field[c]);
    pleat_memory_release(context, fields->amount[c]);
  }
}
