/* Exhaustive six-dimensional search by Fourier transforms over translations, rotation by rotation.
 * SPDX-License-Identifier: MIT */
#include "geometry/search.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/correlate.h"
#include "geometry/peaks.h"
#include "geometry/rigid.h"
#include "geometry/rotations.h"
#include "lib/team.h"

typedef float four __attribute__((vector_size(16)));
typedef int mask4 __attribute__((vector_size(16)));

/* a where the mask is set, else b, lane by lane. */
static inline four choose(mask4 mask, four a, four b) { return (four)((mask & (mask4)a) | (~mask & (mask4)b)); }

/* What one thread works in: spectra of the shape, one that is transformed back, and three real grids. */
typedef struct desk {
  float *memory, *product, *weight, *work, *sum, *mean, *square, *rows;
} desk;

typedef struct search {
  pleat_context *context;
  const pleat_search_job *job;
  pleat_fft fft;
  float *map, *map2; /* spectra of rho and rho^2 */
  desk *desks;
  pleat_rotation_group *groups;
  size_t group_count;
  pleat_search_hit *hits; /* (count, peaks); score < 0: none */
  size_t first;           /* group that the present stretch starts with */
  double radius;          /* of the shape */
  float floor;            /* the least local variance that counts, for a sum of weights of 1 */
} search;

/* ---- Preparing ------------------------------------------------------------------------------------------------- */

double pleat_search_radius(const pleat_grid *weight) {
  double most = 0;
  size_t at = 0;
  for (int k = 0; k < weight->size[2]; k++)
    for (int j = 0; j < weight->size[1]; j++)
      for (int i = 0; i < weight->size[0]; i++, at++) {
        if (!(weight->values[at] > 0)) continue;
        double x = weight->origin[0] + i * weight->spacing[0], y = weight->origin[1] + j * weight->spacing[1];
        double z = weight->origin[2] + k * weight->spacing[2];
        most = fmax(most, x * x + y * y + z * z);
      }
  return sqrt(most);
}

/* Copies the map into the corner of a grid of the transforms' size, less its mean, its deviation 1. */
static void place_map(const search *s, float *grid) {
  const pleat_grid *map = s->job->map;
  pleat_grid_statistics about = pleat_grid_describe(map);
  double scale = about.deviation > 0 ? 1 / about.deviation : 0;
  size_t at = 0;
  memset(grid, 0, s->fft.points * sizeof *grid);
  for (int k = 0; k < map->size[2]; k++)
    for (int j = 0; j < map->size[1]; j++) {
      float *row = grid + ((size_t)k * (size_t)s->fft.size[1] + (size_t)j) * (size_t)s->fft.size[0];
      for (int i = 0; i < map->size[0]; i++) row[i] = (float)(((double)map->values[at++] - about.mean) * scale);
    }
}

static size_t aligned(size_t floats) { return (floats + 15) / 16 * 16; }

static pleat_status take_desk(search *s, desk *d) {
  size_t spectrum = aligned(2 * s->fft.frequencies), real = aligned(s->fft.points);
  size_t rows = aligned((size_t)s->fft.size[1] * (size_t)s->fft.size[2]);
  d->memory = pleat_fft_take(3 * spectrum + 3 * real + rows);
  PLEAT_CHECK(s->context, d->memory, PLEAT_ERROR_MEMORY, "out of memory: a search over %zu grid points", s->fft.points);
  d->product = d->memory;
  d->weight = d->product + spectrum;
  d->work = d->weight + spectrum;
  d->sum = d->work + spectrum;
  d->mean = d->sum + real;
  d->square = d->mean + real;
  d->rows = d->square + real;
  return PLEAT_OK;
}

static pleat_status transform_map(search *s) {
  s->map = pleat_fft_take(2 * s->fft.frequencies);
  s->map2 = pleat_fft_take(2 * s->fft.frequencies);
  PLEAT_CHECK(s->context, s->map && s->map2, PLEAT_ERROR_MEMORY, "out of memory: a search over %zu grid points",
              s->fft.points);
  float *grid = s->desks[0].sum;
  place_map(s, grid);
  memcpy(s->desks[0].mean, grid, s->fft.points * sizeof *grid);
  for (size_t i = 0; i < s->fft.points; i++) s->desks[0].square[i] = grid[i] * grid[i];
  pleat_fft_forward(&s->fft, s->desks[0].mean, s->map);
  pleat_fft_forward(&s->fft, s->desks[0].square, s->map2);
  return PLEAT_OK;
}

static pleat_status prepare(search *s) {
  int size[3], threads = pleat_context_threads(s->context);
  s->radius = pleat_search_radius(&s->job->shape->weight);
  for (int d = 0; d < 3; d++) {
    int reach = 2 * (int)ceil(s->radius / s->job->map->spacing[d]) + 3;
    size[d] = pleat_fft_good_size(s->job->map->size[d] > reach ? s->job->map->size[d] : reach);
  }
  PLEAT_TRY(pleat_rotations_group(s->context, s->job->rotations, s->job->count, &s->groups, &s->group_count));
  PLEAT_TRY(pleat_fft_create(s->context, size, s->job->wisdom, &s->fft));
  PLEAT_TRY(pleat_memory_take(s->context, (size_t)threads, sizeof *s->desks, &s->desks));
  for (int t = 0; t < threads; t++) PLEAT_TRY(take_desk(s, &s->desks[t]));
  s->floor = 0.01f;
  return transform_map(s);
}

static void release(search *s) {
  for (int t = 0; s->desks && t < pleat_context_threads(s->context); t++) pleat_fft_release(s->desks[t].memory);
  pleat_memory_release(s->context, s->desks);
  pleat_memory_release(s->context, s->groups);
  pleat_fft_release(s->map);
  pleat_fft_release(s->map2);
  pleat_fft_free(&s->fft);
}

/* ---- A shape in one orientation -------------------------------------------------------------------------------- */

/* Trilinear interpolation in both grids of the shape at a place in units of their points. */
static void shape_at(const pleat_search_shape *shape, const float place[3], float *product, float *weight) {
  const int *n = shape->weight.size;
  int i = (int)place[0], j = (int)place[1], k = (int)place[2];
  float x = place[0] - (float)i, y = place[1] - (float)j, z = place[2] - (float)k;
  size_t row = (size_t)n[0], layer = row * (size_t)n[1], at = (size_t)k * layer + (size_t)j * row + (size_t)i;
  const float *grids[2] = {shape->product.values + at, shape->weight.values + at};
  float result[2];
  for (int g = 0; g < 2; g++) {
    const float *v = grids[g];
    float a = v[0] + x * (v[1] - v[0]), b = v[row] + x * (v[row + 1] - v[row]);
    float c = v[layer] + x * (v[layer + 1] - v[layer]);
    float d = v[layer + row] + x * (v[layer + row + 1] - v[layer + row]);
    float near = a + y * (b - a), far = c + y * (d - c);
    result[g] = near + z * (far - near);
  }
  *product = result[0];
  *weight = result[1];
}

/* What normalises a shape: sums of W, W t and W t^2 over its points. */
typedef struct moments {
  double weight, product, square;
} moments;

/* One row of points of the turned shape: from (x0, j, k) on, `place` moving by `step` a point. */
typedef struct shape_row {
  float place[3], step[3];
  int first, last; /* points of x, from -reach to reach */
  float *product, *weight;
  int size;        /* NX of the transforms, for the points below 0 */
} shape_row;

static void lay_row(const pleat_search_shape *shape, shape_row *row, moments *m) {
  const int *n = shape->weight.size;
  for (int i = row->first; i <= row->last; i++) {
    float at[3], product, weight;
    int inside = 1;
    for (int d = 0; d < 3; d++) {
      at[d] = row->place[d] + (float)i * row->step[d];
      inside &= at[d] >= 0 && at[d] < (float)(n[d] - 1);
    }
    if (!inside) continue;
    shape_at(shape, at, &product, &weight);
    if (!(weight > 0)) continue;
    int x = i < 0 ? i + row->size : i;
    row->product[x] = product;
    row->weight[x] = weight;
    m->weight += (double)weight;
    m->product += (double)product;
    m->square += (double)product * (double)product / (double)weight;
  }
}

static int reach_of(const search *s) { return (int)ceil(s->radius / s->job->map->spacing[0]) + 1; }

/* The turned shape around point 0 of the transforms' grid, which goes on at its other end. */
static moments lay_shape(const search *s, const double quaternion[4], float *product, float *weight) {
  const pleat_search_shape *shape = s->job->shape;
  double rotation[9], spacing = s->job->map->spacing[0];
  int reach = reach_of(s);
  moments m = {0};
  pleat_rigid_from_quaternion(quaternion, rotation);
  memset(product, 0, s->fft.points * sizeof *product);
  memset(weight, 0, s->fft.points * sizeof *weight);
  for (int k = -reach; k <= reach; k++)
    for (int j = -reach; j <= reach; j++) {
      double rest = (double)reach * reach - (double)k * k - (double)j * j;
      if (rest < 0) continue;
      size_t y = (size_t)(j < 0 ? j + s->fft.size[1] : j), z = (size_t)(k < 0 ? k + s->fft.size[2] : k);
      size_t at = (z * (size_t)s->fft.size[1] + y) * (size_t)s->fft.size[0];
      int width = (int)sqrt(rest);
      shape_row row = {.first = -width, .last = width, .product = product + at, .weight = weight + at,
                       .size = s->fft.size[0]};
      for (int d = 0; d < 3; d++) { /* R^T x, in points of the shape */
        double grid = shape->weight.spacing[d];
        row.step[d] = (float)(rotation[d] * spacing / grid);
        row.place[d] = (float)(((rotation[3 + d] * j + rotation[6 + d] * k) * spacing - shape->weight.origin[d]) / grid);
      }
      lay_row(shape, &row, &m);
    }
  return m;
}

/* product = W (t - mean) / deviation; false when the shape is flat in this orientation. */
static bool normalise(const search *s, const moments *m, float *product, const float *weight) {
  if (!(m->weight > 0)) return false;
  double mean = m->product / m->weight, variance = m->square - m->product * mean;
  if (!(variance > 1e-12 * m->square)) return false;
  float shift = (float)mean, scale = (float)(1 / sqrt(variance));
  for (size_t i = 0; i < s->fft.points; i++) product[i] = (product[i] - shift * weight[i]) * scale;
  return true;
}

/* ---- Scores at every translation -------------------------------------------------------------------------------- */

/* The correlation of the shape, given half turn `turn` (pleat_rotation_group), with the map of spectrum b. */
static void correlate(const search *s, const float *a, const float *b, int turn, float *work, float *out) {
  pleat_correlate_turned(&s->fft, &a, &b, 1, turn, work);
  pleat_fft_backward(&s->fft, work, out);
}

/* The squared score of each point of a row, 0 where the correlation is negative, in place of the sum; returns the best. */
static float score_row(float *sum, const float *mean, const float *square, int count, float inverse_weight, float least) {
  four best4 = {0, 0, 0, 0}, inverse = best4 + inverse_weight, floor4 = best4 + least, zero = {0, 0, 0, 0};
  float best = 0;
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    four g, m, q;
    memcpy(&g, sum + i, sizeof g), memcpy(&m, mean + i, sizeof m), memcpy(&q, square + i, sizeof q);
    four v = q - m * m * inverse;
    v = choose(v > floor4, v, floor4);
    four r = choose(g > zero, g * g / v, zero);
    best4 = choose(r > best4, r, best4);
    memcpy(sum + i, &r, sizeof r);
  }
  for (; i < count; i++) {
    float v = square[i] - mean[i] * mean[i] * inverse_weight;
    sum[i] = sum[i] > 0 ? sum[i] * sum[i] / (v > least ? v : least) : 0;
    if (sum[i] > best) best = sum[i];
  }
  for (int l = 0; l < 4; l++)
    if (best4[l] > best) best = best4[l];
  return best;
}

static pleat_peaks peaks_of(const search *s, const desk *d) {
  pleat_peaks peaks = {.values = d->sum, .rows = d->rows};
  memcpy(peaks.size, s->fft.size, sizeof peaks.size);
  memcpy(peaks.used, s->job->map->size, sizeof peaks.used);
  return peaks;
}

static void score_all(const search *s, desk *d, double weight) {
  const int *n = s->job->map->size;
  pleat_peaks peaks = peaks_of(s, d);
  /* Fourier transforms there and back multiply by the number of points */
  float points = (float)s->fft.points, inverse = (float)(1 / (weight * points));
  float least = (float)(weight * points) * s->floor;
  for (int row = 0; row < n[1] * n[2]; row++) {
    size_t at = (size_t)(pleat_peaks_row(&peaks, row) - d->sum);
    d->rows[row] = score_row(d->sum + at, d->mean + at, d->square + at, n[0], inverse, least);
  }
}

static void find_peaks(const search *s, desk *d, int rotation) {
  pleat_search_hit *hits = s->hits + (size_t)rotation * s->job->peaks;
  pleat_peaks peaks = peaks_of(s, d);
  int reach = (int)(s->job->apart / s->job->map->spacing[0]);
  for (size_t p = 0; p < s->job->peaks; p++) {
    float squared = pleat_peaks_next(&peaks, reach, hits[p].point) / (float)s->fft.points;
    hits[p].score = squared > 0 ? sqrtf(squared) : -1;
    hits[p].rotation = rotation;
  }
}

static void search_group(search *s, const pleat_rotation_group *group, desk *d) {
  moments m = lay_shape(s, group->base, d->sum, d->mean);
  bool good = normalise(s, &m, d->sum, d->mean);
  if (good) {
    pleat_fft_forward_near(&s->fft, reach_of(s), d->sum, d->product);
    pleat_fft_forward_near(&s->fft, reach_of(s), d->mean, d->weight);
  }
  for (int turn = 0; turn < 4; turn++) {
    int rotation = group->member[turn];
    if (rotation < 0) continue;
    for (size_t p = 0; p < s->job->peaks; p++) s->hits[(size_t)rotation * s->job->peaks + p].score = -1;
    if (!good) continue;
    correlate(s, d->product, s->map, turn, d->work, d->sum);
    correlate(s, d->weight, s->map, turn, d->work, d->mean);
    correlate(s, d->weight, s->map2, turn, d->work, d->square);
    score_all(s, d, m.weight);
    find_peaks(s, d, rotation);
  }
}

static void search_groups(void *argument, int64_t begin, int64_t end, int thread) {
  search *s = argument;
  for (int64_t g = begin; g < end; g++) search_group(s, &s->groups[s->first + (size_t)g], &s->desks[thread]);
}

static int compare_hits(const void *first, const void *second) {
  const pleat_search_hit *a = first, *b = second;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  if (a->rotation != b->rotation) return a->rotation < b->rotation ? -1 : 1;
  for (int d = 2; d >= 0; d--)
    if (a->point[d] != b->point[d]) return a->point[d] < b->point[d] ? -1 : 1;
  return 0;
}

static pleat_status run_groups(search *s) {
  enum { STRETCH = 64 };
  for (s->first = 0; s->first < s->group_count; s->first += STRETCH) {
    size_t count = s->group_count - s->first < STRETCH ? s->group_count - s->first : STRETCH;
    PLEAT_TRY(pleat_context_progress(s->context, (double)s->first / (double)s->group_count, "search"));
    pleat_team_for(pleat_context_threads(s->context), (int64_t)count, 1, search_groups, s);
  }
  return PLEAT_OK;
}

pleat_status pleat_search_run(pleat_context *context, const pleat_search_job *job, pleat_search_hit *hits,
                              size_t *found) {
  search s = {.context = context, .job = job, .hits = hits};
  *found = 0;
  pleat_status status = prepare(&s);
  if (!status) status = run_groups(&s);
  if (!status) {
    qsort(hits, job->count * job->peaks, sizeof *hits, compare_hits);
    while (*found < job->count * job->peaks && hits[*found].score > 0) ++*found;
  }
  release(&s);
  return status;
}
