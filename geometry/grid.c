/* Scalar fields on regular grids: densities of atoms, smoothing, sampling between the points.
 * SPDX-License-Identifier: MIT */
#include "geometry/grid.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

size_t pleat_grid_points(const pleat_grid *grid) {
  return (size_t)grid->size[0] * (size_t)grid->size[1] * (size_t)grid->size[2];
}

pleat_status pleat_grid_take(pleat_context *context, pleat_grid *grid) {
  size_t points = 1;
  grid->values = NULL;
  for (int d = 0; d < 3; d++) {
    PLEAT_CHECK(context, grid->size[d] >= 1 && points <= INT_MAX / (size_t)grid->size[d], PLEAT_ERROR_INPUT,
                "a grid of %d x %d x %d points cannot be: sizes start at 1 and 2^31 points are the most", grid->size[0],
                grid->size[1], grid->size[2]);
    points *= (size_t)grid->size[d];
  }
  return pleat_memory_take(context, points, sizeof(float), &grid->values);
}

void pleat_grid_release(pleat_context *context, pleat_grid *grid) {
  pleat_memory_release(context, grid->values);
  grid->values = NULL;
}

pleat_status pleat_grid_around(pleat_context *context, const double *positions, size_t count, double spacing,
                               double margin, const double *centre, pleat_grid *grid) {
  grid->values = NULL;
  for (int d = 0; d < 3; d++) {
    double least = INFINITY, most = -INFINITY, zero = centre ? centre[d] : 0;
    for (size_t i = 0; i < count; i++) {
      least = fmin(least, positions[3 * i + (size_t)d]);
      most = fmax(most, positions[3 * i + (size_t)d]);
    }
    double from = floor((least - margin - zero) / spacing), to = ceil((most + margin - zero) / spacing);
    PLEAT_CHECK(context, to - from < 32768, PLEAT_ERROR_INPUT,
                "the structure spans %.0f angstrom, too far for a grid of points %g angstrom apart", most - least, spacing);
    grid->size[d] = (int)(to - from) + 1;
    grid->spacing[d] = spacing;
    grid->origin[d] = zero + from * spacing;
  }
  return pleat_grid_take(context, grid);
}

/* ---- Atoms ----------------------------------------------------------------------------------------------------- */

/* The points first..last of one axis within `reach` of x; false when there are none. */
static bool range_of(const pleat_grid *grid, int axis, double x, double reach, int *first, int *last) {
  double from = ceil((x - reach - grid->origin[axis]) / grid->spacing[axis]);
  double to = floor((x + reach - grid->origin[axis]) / grid->spacing[axis]);
  *first = from < 0 ? 0 : from > grid->size[axis] ? grid->size[axis] : (int)from;
  *last = to >= grid->size[axis] ? grid->size[axis] - 1 : to < 0 ? -1 : (int)to;
  return *first <= *last;
}

enum { REACH_MOST = 256 }; /* points of one axis within the reach of an atom */

static void add_atom(pleat_grid *grid, const double position[3], double weight, double sigma) {
  float profile[3][REACH_MOST];
  int first[3], last[3];
  for (int d = 0; d < 3; d++) {
    double scale = grid->spacing[d] > 0 ? 1 / (sigma * sqrt(2 * M_PI)) : 0;
    if (!range_of(grid, d, position[d], 4 * sigma, &first[d], &last[d])) return;
    if (last[d] - first[d] >= REACH_MOST) last[d] = first[d] + REACH_MOST - 1;
    for (int i = first[d]; i <= last[d]; i++) {
      double x = (grid->origin[d] + i * grid->spacing[d] - position[d]) / sigma;
      profile[d][i - first[d]] = (float)(scale * exp(-0.5 * x * x));
    }
  }
  int width = last[0] - first[0] + 1;
  for (int k = first[2]; k <= last[2]; k++)
    for (int j = first[1]; j <= last[1]; j++) {
      float *row = grid->values + ((size_t)k * (size_t)grid->size[1] + (size_t)j) * (size_t)grid->size[0] + first[0];
      float factor = (float)weight * profile[2][k - first[2]] * profile[1][j - first[1]];
      for (int i = 0; i < width; i++) row[i] += factor * profile[0][i];
    }
}

void pleat_grid_add_atoms(pleat_grid *grid, const double *positions, const float *weights, size_t count, double sigma) {
  for (size_t i = 0; i < count; i++) add_atom(grid, positions + 3 * i, weights ? (double)weights[i] : 1, sigma);
}

void pleat_grid_mark(pleat_grid *grid, const double position[3], double radius, float value) {
  int first[3], last[3];
  for (int d = 0; d < 3; d++)
    if (!range_of(grid, d, position[d], radius, &first[d], &last[d])) return;
  for (int k = first[2]; k <= last[2]; k++)
    for (int j = first[1]; j <= last[1]; j++) {
      double z = grid->origin[2] + k * grid->spacing[2] - position[2];
      double y = grid->origin[1] + j * grid->spacing[1] - position[1], rest = radius * radius - z * z - y * y;
      float *row = grid->values + ((size_t)k * (size_t)grid->size[1] + (size_t)j) * (size_t)grid->size[0];
      for (int i = first[0]; i <= last[0]; i++) {
        double x = grid->origin[0] + i * grid->spacing[0] - position[0];
        if (x * x <= rest) row[i] = value;
      }
    }
}

void pleat_grid_mark_near(pleat_grid *grid, const double *positions, size_t count, double radius) {
  for (size_t i = 0; i < count; i++) pleat_grid_mark(grid, positions + 3 * i, radius, 1);
}

/* ---- Filters --------------------------------------------------------------------------------------------------- */

/* Convolves the lines of one axis with a symmetric kernel of 2 reach + 1 taps, kernel[0] in the middle. */
static void convolve(pleat_grid *grid, int axis, const float *kernel, int reach, float *line) {
  size_t n = (size_t)grid->size[axis], stride = axis == 0 ? 1 : axis == 1 ? (size_t)grid->size[0]
                                                        : (size_t)grid->size[0] * (size_t)grid->size[1];
  size_t lines = pleat_grid_points(grid) / n, pad = (size_t)reach;
  memset(line, 0, (n + 2 * pad) * sizeof *line);
  for (size_t l = 0; l < lines; l++) {
    float *at = grid->values + l / stride * stride * n + l % stride;
    for (size_t i = 0; i < n; i++) line[pad + i] = at[i * stride];
    for (size_t i = 0; i < n; i++) {
      float sum = kernel[0] * line[pad + i];
      for (size_t r = 1; r <= pad; r++) sum += kernel[r] * (line[pad + i - r] + line[pad + i + r]);
      at[i * stride] = sum;
    }
  }
}

pleat_status pleat_grid_blur(pleat_context *context, pleat_grid *grid, double sigma) {
  enum { REACH = 512 };
  if (!(sigma > 0)) return PLEAT_OK;
  for (int d = 0; d < 3; d++) {
    float kernel[REACH + 1], *line;
    double s = sigma / grid->spacing[d], sum = 0;
    int reach = (int)fmin(ceil(4 * s), REACH);
    for (int r = 0; r <= reach; r++) sum += (r ? 2 : 1) * exp(-0.5 * r * r / (s * s));
    for (int r = 0; r <= reach; r++) kernel[r] = (float)(exp(-0.5 * r * r / (s * s)) / sum);
    PLEAT_TRY(pleat_memory_take(context, (size_t)grid->size[d] + 2 * (size_t)reach, sizeof *line, &line));
    convolve(grid, d, kernel, reach, line);
    pleat_memory_release(context, line);
  }
  return PLEAT_OK;
}

static float value_at(const pleat_grid *grid, int i, int j, int k) {
  if (i < 0 || j < 0 || k < 0 || i >= grid->size[0] || j >= grid->size[1] || k >= grid->size[2]) return 0;
  return grid->values[((size_t)k * (size_t)grid->size[1] + (size_t)j) * (size_t)grid->size[0] + (size_t)i];
}

pleat_status pleat_grid_laplace(pleat_context *context, pleat_grid *grid, int step) {
  float *out;
  size_t at = 0;
  PLEAT_TRY(pleat_memory_take(context, pleat_grid_points(grid), sizeof *out, &out));
  for (int k = 0; k < grid->size[2]; k++)
    for (int j = 0; j < grid->size[1]; j++)
      for (int i = 0; i < grid->size[0]; i++, at++)
        out[at] = 6 * grid->values[at] - value_at(grid, i - step, j, k) - value_at(grid, i + step, j, k) -
                  value_at(grid, i, j - step, k) - value_at(grid, i, j + step, k) - value_at(grid, i, j, k - step) -
                  value_at(grid, i, j, k + step);
  pleat_memory_release(context, grid->values);
  grid->values = out;
  return PLEAT_OK;
}

/* The points deeper than `level` are those whose six neighbours all are at least that deep. */
static size_t deepen(pleat_grid *grid, float level) {
  size_t at = 0, changed = 0;
  for (int k = 0; k < grid->size[2]; k++)
    for (int j = 0; j < grid->size[1]; j++)
      for (int i = 0; i < grid->size[0]; i++, at++) {
        if (grid->values[at] < level) continue;
        float least = fminf(fminf(value_at(grid, i - 1, j, k), value_at(grid, i + 1, j, k)),
                            fminf(value_at(grid, i, j - 1, k), value_at(grid, i, j + 1, k)));
        least = fminf(least, fminf(value_at(grid, i, j, k - 1), value_at(grid, i, j, k + 1)));
        if (least >= level) grid->values[at] = level + 1, changed++;
      }
  return changed;
}

pleat_status pleat_grid_depth(pleat_context *context, pleat_grid *grid) {
  (void)context;
  for (size_t i = 0; i < pleat_grid_points(grid); i++) grid->values[i] = grid->values[i] > 0;
  for (float level = 1; deepen(grid, level); level++) continue;
  return PLEAT_OK;
}

/* ---- Between the points ---------------------------------------------------------------------------------------- */

/* Weights of the four points around x > -2 of cubic B-splines, and their derivatives; returns the first point. */
static int spline(double x, float weight[4], float slope[4]) {
  int whole = (int)(x + 2) - 2;
  float t = (float)(x - whole), u = 1 - t, tt = t * t, uu = u * u;
  weight[0] = uu * u * (1.0f / 6);
  weight[1] = (4 - 6 * tt + 3 * tt * t) * (1.0f / 6);
  weight[2] = (4 - 6 * uu + 3 * uu * u) * (1.0f / 6);
  weight[3] = tt * t * (1.0f / 6);
  slope[0] = -0.5f * uu;
  slope[1] = 1.5f * tt - 2 * t;
  slope[2] = 2 * u - 1.5f * uu;
  slope[3] = 0.5f * tt;
  return whole - 1;
}

typedef float four __attribute__((vector_size(16)));

/* The 4 x 4 x 4 values around a place, 0 outside of the grid; `box` when they do not lie in the grid as they are. */
static const float *block_at(const pleat_grid *grid, const int first[3], float box[64], size_t *row, size_t *layer) {
  const int *n = grid->size;
  *row = (size_t)n[0], *layer = *row * (size_t)n[1];
  bool inside = true;
  for (int d = 0; d < 3; d++) inside &= first[d] >= 0 && first[d] + 4 <= n[d];
  if (inside) return grid->values + (size_t)first[2] * *layer + (size_t)first[1] * *row + (size_t)first[0];
  for (int c = 0; c < 64; c++) box[c] = value_at(grid, first[0] + c % 4, first[1] + c / 4 % 4, first[2] + c / 16);
  *row = 4, *layer = 16;
  return box;
}

static inline float dot(const float weight[4], four values) {
  return weight[0] * values[0] + weight[1] * values[1] + (weight[2] * values[2] + weight[3] * values[3]);
}

double pleat_grid_sample(const pleat_grid *grid, const double position[3], double gradient[3]) {
  float w[3][4], s[3][4], box[64];
  int first[3];
  size_t row, layer;
  four value = {0, 0, 0, 0}, y = value, z = value;
  if (gradient) gradient[0] = gradient[1] = gradient[2] = 0;
  for (int d = 0; d < 3; d++) {
    double x = (position[d] - grid->origin[d]) / grid->spacing[d];
    if (!(x > -2 && x < grid->size[d] + 1)) return 0;
    first[d] = spline(x, w[d], s[d]);
  }
  const float *block = block_at(grid, first, box, &row, &layer);
  for (size_t c = 0; c < 4; c++) {
    const float *at = block + c * layer;
    four v[4];
    for (size_t b = 0; b < 4; b++) memcpy(&v[b], at + b * row, sizeof v[b]);
    four sum = w[1][0] * v[0] + w[1][1] * v[1] + (w[1][2] * v[2] + w[1][3] * v[3]);
    value += w[2][c] * sum;
    if (!gradient) continue;
    y += w[2][c] * (s[1][0] * v[0] + s[1][1] * v[1] + (s[1][2] * v[2] + s[1][3] * v[3]));
    z += s[2][c] * sum;
  }
  if (gradient) {
    gradient[0] = (double)dot(s[0], value) / grid->spacing[0];
    gradient[1] = (double)dot(w[0], y) / grid->spacing[1];
    gradient[2] = (double)dot(w[0], z) / grid->spacing[2];
  }
  return (double)dot(w[0], value);
}

double pleat_grid_interpolate(const pleat_grid *grid, const double position[3]) {
  int at[3];
  double part[3], sum = 0;
  for (int d = 0; d < 3; d++) {
    double x = (position[d] - grid->origin[d]) / grid->spacing[d];
    if (!(x >= 0 && x <= grid->size[d] - 1)) return 0;
    at[d] = x >= grid->size[d] - 1 ? grid->size[d] - 2 : (int)x;
    if (at[d] < 0) at[d] = 0;
    part[d] = x - at[d];
  }
  for (int corner = 0; corner < 8; corner++) {
    int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    double weight = (i ? part[0] : 1 - part[0]) * (j ? part[1] : 1 - part[1]) * (k ? part[2] : 1 - part[2]);
    if (weight > 0) sum += weight * (double)value_at(grid, at[0] + i, at[1] + j, at[2] + k);
  }
  return sum;
}

/* Copies a field onto the points of another grid, between the points by B-splines. */
static void sample_all(const pleat_grid *from, pleat_grid *to) {
  size_t at = 0;
  for (int k = 0; k < to->size[2]; k++)
    for (int j = 0; j < to->size[1]; j++)
      for (int i = 0; i < to->size[0]; i++) {
        int point[3] = {i, j, k};
        double position[3];
        for (int d = 0; d < 3; d++) position[d] = to->origin[d] + point[d] * to->spacing[d];
        to->values[at++] = (float)pleat_grid_sample(from, position, NULL);
      }
}

pleat_status pleat_grid_resample(pleat_context *context, const pleat_grid *grid, double spacing, pleat_grid *coarse,
                                 double *blur) {
  pleat_grid smooth = *grid;
  double finest = fmin(grid->spacing[0], fmin(grid->spacing[1], grid->spacing[2]));
  double wanted = 0.4 * spacing, own = finest / sqrt(3), sigma = sqrt(fmax(0, wanted * wanted - own * own));
  for (int d = 0; d < 3; d++) {
    double points = floor((grid->size[d] - 1) * grid->spacing[d] / spacing + 1e-6) + 1;
    coarse->size[d] = points < 32768 ? (int)points : 32768;
    coarse->spacing[d] = spacing;
    coarse->origin[d] = grid->origin[d] + 0.5 * ((grid->size[d] - 1) * grid->spacing[d] - (points - 1) * spacing);
  }
  PLEAT_TRY(pleat_grid_take(context, coarse));
  pleat_status status = pleat_grid_take(context, &smooth);
  if (!status) {
    memcpy(smooth.values, grid->values, pleat_grid_points(grid) * sizeof *grid->values);
    status = pleat_grid_blur(context, &smooth, sigma);
  }
  if (!status) sample_all(&smooth, coarse);
  pleat_grid_release(context, &smooth);
  if (status) pleat_grid_release(context, coarse);
  *blur = sqrt(own * own + sigma * sigma);
  return status;
}

pleat_grid_statistics pleat_grid_describe(const pleat_grid *grid) {
  pleat_grid_statistics s = {INFINITY, -INFINITY, 0, 0};
  size_t points = pleat_grid_points(grid);
  double squares = 0;
  for (size_t i = 0; i < points; i++) {
    double v = (double)grid->values[i];
    s.least = fmin(s.least, v);
    s.greatest = fmax(s.greatest, v);
    s.mean += v;
  }
  s.mean /= (double)points;
  for (size_t i = 0; i < points; i++) squares += ((double)grid->values[i] - s.mean) * ((double)grid->values[i] - s.mean);
  s.deviation = sqrt(squares / (double)points);
  return s;
}
