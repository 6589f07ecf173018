/* Exhaustive six-dimensional search by Fourier transforms over translations, two rotations at a time.
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

enum { TURNS = 4 };

typedef float four __attribute__((vector_size(16)));
typedef int mask4 __attribute__((vector_size(16)));

/* a where the mask is set, else b, lane by lane. */
static inline four choose(mask4 mask, four a, four b) { return (four)((mask & (mask4)a) | (~mask & (mask4)b)); }

/* What one thread works in. Of pairs of grids: the spectra of two turned shapes and of their weights, what is transformed
 * back on the fine grid and twice on the coarse one. Of each of the pair: what scores are multiplied by, on the coarse grid
 * and along a row of the fine one, squared scores and their rows' greatest. */
typedef struct desk {
  float *memory, *shape, *work, *weight, *mean, *square, *inverse[2], *line[2], *score[2], *rows[2];
} desk;

typedef struct search {
  pleat_context *context;
  const pleat_search_job *job;
  pleat_grid_statistics about; /* the map */
  pleat_grid product, weight; /* of the shape, as they are laid */
  pleat_fft fine, coarse;     /* points twice as far apart on the latter, where weights are transformed */
  float *map[TURNS], *mean[TURNS], *square[TURNS]; /* spectra of rho, and of rho and rho^2 on the coarse grid */
  desk *desks;
  pleat_rotation_group *groups;
  size_t group_count;
  pleat_search_hit *hits; /* (count, peaks); score < 0: none */
  size_t first;           /* group that the present stretch starts with */
  double radius;          /* of the shape */
} search;

/* The least local variance that counts, for a sum of weights of 1 and a map of deviation 1; the weights are smoothed for
 * the coarse grid by so much of its spacing. */
static const float FLOOR = 0.01f;
static const double SMOOTHING = 0.4;

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

static size_t aligned(size_t floats) { return (floats + 15) / 16 * 16; }

static pleat_status take_desk(search *s, desk *d) {
  size_t fine = aligned(2 * s->fine.points), coarse = aligned(2 * s->coarse.points), line = aligned(2 * (size_t)s->fine.size[0]);
  size_t score = aligned(pleat_grid_points(s->job->map)), rows = aligned((size_t)s->fine.size[1] * (size_t)s->fine.size[2]);
  float *at = d->memory = pleat_fft_take(2 * fine + 4 * coarse + 2 * (line + score + rows));
  PLEAT_CHECK(s->context, at, PLEAT_ERROR_MEMORY, "out of memory: a search over %zu grid points", s->fine.points);
  d->shape = at, at += fine;
  d->work = at, at += fine;
  d->weight = at, at += coarse;
  d->mean = at, at += coarse;
  d->square = at, at += coarse;
  for (int i = 0; i < 2; i++) {
    d->inverse[i] = at, at += coarse / 2;
    d->line[i] = at, at += line;
    d->score[i] = at, at += score;
    d->rows[i] = at, at += rows;
  }
  return PLEAT_OK;
}

/* The map, less its mean, its deviation 1, in the corner of the grid; axes that half turn `turn` flips are reversed. */
static void place_map(const search *s, int turn, bool squared, float *pair) {
  const pleat_grid *map = s->job->map;
  const int *n = map->size;
  bool flip_x = turn >= 2, flip_y = turn == 1 || turn == 3, flip_z = turn == 1 || turn == 2;
  double scale = s->about.deviation > 0 ? 1 / s->about.deviation : 0;
  size_t at = 0;
  memset(pair, 0, 2 * s->fine.points * sizeof *pair);
  for (int k = 0; k < n[2]; k++)
    for (int j = 0; j < n[1]; j++) {
      size_t y = (size_t)(flip_y ? n[1] - 1 - j : j), z = (size_t)(flip_z ? n[2] - 1 - k : k);
      float *row = pair + 2 * (z * (size_t)s->fine.size[1] + y) * (size_t)s->fine.size[0];
      for (int i = 0; i < n[0]; i++) {
        double rho = ((double)map->values[at++] - s->about.mean) * scale;
        row[2 * (flip_x ? n[0] - 1 - i : i)] = (float)(squared ? rho * rho : rho);
      }
    }
}

/* The frequency of the fine grid that is frequency i of the coarse one; -1 for the highest of an even size, left out. */
static int same_frequency(int i, int coarse, int fine) {
  if (2 * i == coarse) return -1;
  return 2 * i < coarse ? i : i - coarse + fine;
}

/* The low frequencies of a spectrum. */
static void crop(const search *s, const float *fine, float *coarse) {
  const int *n = s->coarse.size, *m = s->fine.size;
  size_t at = 0;
  for (int k = 0; k < n[2]; k++)
    for (int j = 0; j < n[1]; j++)
      for (int i = 0; i < n[0]; i++, at++) {
        int x = same_frequency(i, n[0], m[0]), y = same_frequency(j, n[1], m[1]), z = same_frequency(k, n[2], m[2]);
        size_t from = ((size_t)z * (size_t)m[1] + (size_t)y) * (size_t)m[0] + (size_t)x;
        for (int part = 0; part < 2; part++)
          coarse[2 * at + (size_t)part] = x < 0 || y < 0 || z < 0 ? 0 : fine[2 * from + (size_t)part];
      }
}

static bool has_turn(const search *s, int turn) {
  for (size_t g = 0; g < s->group_count; g++)
    if (s->groups[g].member[turn] >= 0) return true;
  return false;
}

/* Laying a shape turned by a half turn on the map is laying the shape on the map turned: its axes reversed. */
static pleat_status transform_map(search *s, int turn) {
  if (!has_turn(s, turn)) return PLEAT_OK;
  s->map[turn] = pleat_fft_take(2 * s->fine.points);
  s->mean[turn] = pleat_fft_take(2 * s->coarse.points);
  s->square[turn] = pleat_fft_take(2 * s->coarse.points);
  PLEAT_CHECK(s->context, s->map[turn] && s->mean[turn] && s->square[turn], PLEAT_ERROR_MEMORY,
              "out of memory: a search over %zu grid points", s->fine.points);
  place_map(s, turn, true, s->map[turn]);
  pleat_fft_forward(&s->fine, NULL, s->map[turn]);
  crop(s, s->map[turn], s->square[turn]);
  place_map(s, turn, false, s->map[turn]);
  pleat_fft_forward(&s->fine, NULL, s->map[turn]);
  crop(s, s->map[turn], s->mean[turn]);
  return PLEAT_OK;
}

/* W (t - mean) / deviation for sums over the map's points, 0 where the shape is flat; W smoothed, eightfold for sums over
 * the coarse grid's points. */
static pleat_status prepare_shape(search *s) {
  const pleat_search_shape *shape = s->job->shape;
  double weight = 0, product = 0, square = 0, spacing = s->job->map->spacing[0];
  s->product = shape->product;
  PLEAT_TRY(pleat_grid_take(s->context, &s->product));
  s->weight = shape->weight;
  PLEAT_TRY(pleat_grid_take(s->context, &s->weight));
  size_t points = pleat_grid_points(&s->weight);
  for (size_t i = 0; i < points; i++) {
    double w = (double)shape->weight.values[i], wt = (double)shape->product.values[i];
    if (!(w > 0)) continue;
    weight += w, product += wt, square += wt * wt / w;
  }
  double mean = weight > 0 ? product / weight : 0, variance = square - product * mean;
  double scale = variance > 1e-12 * square ? sqrt(pow(spacing / shape->weight.spacing[0], 3) / variance) : 0;
  for (size_t i = 0; i < points; i++) {
    double w = (double)shape->weight.values[i], wt = (double)shape->product.values[i];
    s->product.values[i] = (float)((wt - mean * w) * scale);
    s->weight.values[i] = 8 * shape->weight.values[i];
  }
  return pleat_grid_blur(s->context, &s->weight, SMOOTHING * 2 * spacing);
}

static pleat_status prepare(search *s) {
  int fine[3], coarse[3], threads = pleat_context_threads(s->context);
  s->about = pleat_grid_describe(s->job->map);
  s->radius = pleat_search_radius(&s->job->shape->weight);
  for (int d = 0; d < 3; d++) {
    int reach = 2 * (int)ceil(s->radius / s->job->map->spacing[d]) + 3, map = s->job->map->size[d];
    coarse[d] = pleat_fft_good_size(((map > reach ? map : reach) + 1) / 2);
    fine[d] = 2 * coarse[d];
  }
  PLEAT_TRY(prepare_shape(s));
  PLEAT_TRY(pleat_rotations_group(s->context, s->job->rotations, s->job->count, &s->groups, &s->group_count));
  PLEAT_TRY(pleat_fft_create_pair(s->context, fine, s->job->wisdom, &s->fine));
  PLEAT_TRY(pleat_fft_create_pair(s->context, coarse, s->job->wisdom, &s->coarse));
  PLEAT_TRY(pleat_memory_take(s->context, (size_t)threads, sizeof *s->desks, &s->desks));
  for (int t = 0; t < threads; t++) PLEAT_TRY(take_desk(s, &s->desks[t]));
  for (int turn = 0; turn < TURNS; turn++) PLEAT_TRY(transform_map(s, turn));
  for (size_t h = 0; h < s->job->count * s->job->peaks; h++) s->hits[h].score = -1;
  return PLEAT_OK;
}

static void release(search *s) {
  for (int t = 0; s->desks && t < pleat_context_threads(s->context); t++) pleat_fft_release(s->desks[t].memory);
  pleat_memory_release(s->context, s->desks);
  pleat_memory_release(s->context, s->groups);
  for (int turn = 0; turn < TURNS; turn++) {
    pleat_fft_release(s->map[turn]);
    pleat_fft_release(s->mean[turn]);
    pleat_fft_release(s->square[turn]);
  }
  pleat_fft_free(&s->fine);
  pleat_fft_free(&s->coarse);
  pleat_grid_release(s->context, &s->product);
  pleat_grid_release(s->context, &s->weight);
}

/* ---- A shape in one orientation -------------------------------------------------------------------------------- */

/* Trilinear interpolation at a place in units of the grid's points. */
static inline float value_at(const pleat_grid *grid, const float place[3]) {
  int i = (int)place[0], j = (int)place[1], k = (int)place[2];
  float x = place[0] - (float)i, y = place[1] - (float)j, z = place[2] - (float)k;
  size_t row = (size_t)grid->size[0], layer = row * (size_t)grid->size[1];
  const float *v = grid->values + (size_t)k * layer + (size_t)j * row + (size_t)i, *w = v + layer;
  float a = v[0] + x * (v[1] - v[0]), b = v[row] + x * (v[row + 1] - v[row]);
  float c = w[0] + x * (w[1] - w[0]), d = w[row] + x * (w[row + 1] - w[row]);
  float near = a + y * (b - a), far = c + y * (d - c);
  return near + z * (far - near);
}

/* The points of a row first..last that lie within the grid: place + i step, in units of its points. */
static void clip(const pleat_grid *grid, const float place[3], const float step[3], int *first, int *last) {
  float low = (float)*first, high = (float)*last;
  for (int d = 0; d < 3; d++) {
    float from = 0.001f - place[d], to = (float)(grid->size[d] - 1) - 0.001f - place[d];
    if (fabsf(step[d]) < 1e-6f) {
      if (from > 0 || to < 0) high = low - 1;
      continue;
    }
    low = fmaxf(low, fminf(from / step[d], to / step[d]));
    high = fminf(high, fmaxf(from / step[d], to / step[d]));
  }
  *first = (int)ceilf(low);
  *last = low <= high ? (int)floorf(high) : *first - 1;
}

/* Adds a grid, turned, to one part of a pair, around point 0 of the transforms' grid, which goes on at its other end. */
static void lay(const pleat_grid *grid, const double rotation[9], double spacing, const pleat_fft *fft, int reach, float *part) {
  const int *n = fft->size;
  for (int k = -reach; k <= reach; k++)
    for (int j = -reach; j <= reach; j++) {
      int rest = reach * reach - k * k - j * j, last = rest < 0 ? -1 : (int)sqrt(rest), first = -last;
      size_t y = (size_t)(j < 0 ? j + n[1] : j), z = (size_t)(k < 0 ? k + n[2] : k);
      float place[3], step[3], at[3], *row = part + 2 * (z * (size_t)n[1] + y) * (size_t)n[0];
      for (int d = 0; d < 3; d++) { /* R^T x, in points of the grid */
        step[d] = (float)(rotation[d] * spacing / grid->spacing[d]);
        place[d] = (float)(((rotation[3 + d] * j + rotation[6 + d] * k) * spacing - grid->origin[d]) / grid->spacing[d]);
      }
      clip(grid, place, step, &first, &last);
      for (int i = first; i <= last; i++) {
        for (int d = 0; d < 3; d++) at[d] = place[d] + (float)i * step[d];
        row[2 * (i < 0 ? i + n[0] : i)] += value_at(grid, at);
      }
    }
}

/* Spectra of two turned shapes and their weights; `second` NULL: of one. */
static void transform_shapes(const search *s, const pleat_rotation_group *const pair[2], desk *d) {
  double spacing = s->job->map->spacing[0], smoothing = 2 * SMOOTHING * 2 * spacing;
  int fine = (int)ceil(s->radius / spacing) + 1, coarse = (int)ceil((s->radius + smoothing) / (2 * spacing));
  for (int axis = 0; axis < 3; axis++) /* what wraps around must not do so twice */
    if (coarse >= s->coarse.size[axis]) coarse = s->coarse.size[axis] - 1;
  memset(d->shape, 0, 2 * s->fine.points * sizeof *d->shape);
  memset(d->weight, 0, 2 * s->coarse.points * sizeof *d->weight);
  for (int i = 0; i < 2 && pair[i]; i++) {
    double rotation[9];
    pleat_rigid_from_quaternion(pair[i]->base, rotation);
    lay(&s->product, rotation, spacing, &s->fine, fine, d->shape + i);
    lay(&s->weight, rotation, 2 * spacing, &s->coarse, coarse, d->weight + i);
  }
  pleat_fft_forward_near(&s->fine, fine, NULL, d->shape);
  pleat_fft_forward_near(&s->coarse, coarse, NULL, d->weight);
}

/* ---- Scores at every translation -------------------------------------------------------------------------------- */

/* The correlations of a pair of grids of spectrum a with a map of spectrum b: those of the second, negated, are the
 * imaginary parts. */
static void correlate(const pleat_fft *fft, const float *a, const float *b, float *out) {
  pleat_correlate_turned(fft, &a, &b, 1, 0, out);
  pleat_fft_backward(fft, out, NULL);
}

/* 1 / (sum W rho^2 - (sum W rho)^2 / sum W) at each point of the coarse grid, for squares of sums as transforms there and
 * back leave them: multiplied by the number of points. */
static void invert(const search *s, desk *d) {
  float points = (float)s->fine.points;
  for (int i = 0; i < 2; i++) {
    float sum = d->weight[i] * points, sign = i ? -1 : 1, least = sum * FLOOR, share = sum > 0 ? 1 / sum : 0;
    const float *mean = d->mean + i, *square = d->square + i;
    for (size_t at = 0; at < s->coarse.points; at++) {
      float variance = sign * square[2 * at] - mean[2 * at] * mean[2 * at] * share;
      d->inverse[i][at] = sum > 0 ? 1 / (points * (variance > least ? variance : least)) : 0;
    }
  }
}

/* A coarse grid's values along row (j,k) of the fine grid, between its points by their mean. */
static void widen(const search *s, const float *coarse, int j, int k, float *line) {
  const int *n = s->coarse.size;
  int y[2] = {j / 2, (j + 1) / 2 % n[1]}, z[2] = {k / 2, (k + 1) / 2 % n[2]};
  const float *row[4];
  for (int corner = 0; corner < 4; corner++)
    row[corner] = coarse + ((size_t)z[corner / 2] * (size_t)n[1] + (size_t)y[corner % 2]) * (size_t)n[0];
  for (int i = 0; i < n[0]; i++) line[2 * i] = 0.25f * (row[0][i] + row[1][i] + row[2][i] + row[3][i]);
  for (int i = 0; i < n[0]; i++) line[2 * i + 1] = 0.5f * (line[2 * i] + line[i + 1 < n[0] ? 2 * i + 2 : 0]);
}

static inline float greatest(four values, float best) {
  for (int lane = 0; lane < 4; lane++) best = values[lane] > best ? values[lane] : best;
  return best;
}

/* Squared scores of a row of a pair, 0 where the correlation is negative, and the best of each. */
static void score_row(const float *pair, const float *const inverse[2], int count, float *const score[2], float *const best[2]) {
  const four zero = {0, 0, 0, 0};
  four best0 = zero, best1 = zero;
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    four a, b, first, second;
    memcpy(&a, pair + 2 * i, sizeof a), memcpy(&b, pair + 2 * i + 4, sizeof b);
    memcpy(&first, inverse[0] + i, sizeof first), memcpy(&second, inverse[1] + i, sizeof second);
    four g = {a[0], a[2], b[0], b[2]}, h = {a[1], a[3], b[1], b[3]};
    g = choose(g > zero, g * g * first, zero), h = choose(h < zero, h * h * second, zero);
    best0 = choose(g > best0, g, best0), best1 = choose(h > best1, h, best1);
    memcpy(score[0] + i, &g, sizeof g), memcpy(score[1] + i, &h, sizeof h);
  }
  *best[0] = greatest(best0, 0), *best[1] = greatest(best1, 0);
  for (; i < count; i++) {
    float g = pair[2 * i], h = -pair[2 * i + 1];
    score[0][i] = g > 0 ? g * g * inverse[0][i] : 0, score[1][i] = h > 0 ? h * h * inverse[1][i] : 0;
    *best[0] = fmaxf(*best[0], score[0][i]), *best[1] = fmaxf(*best[1], score[1][i]);
  }
}

static void score_all(const search *s, desk *d) {
  const int *n = s->job->map->size;
  for (int row = 0; row < n[1] * n[2]; row++) {
    int j = row % n[1], k = row / n[1];
    const float *pair = d->work + 2 * ((size_t)k * (size_t)s->fine.size[1] + (size_t)j) * (size_t)s->fine.size[0];
    size_t at = (size_t)row * (size_t)n[0];
    for (int i = 0; i < 2; i++) widen(s, d->inverse[i], j, k, d->line[i]);
    score_row(pair, (const float *[]){d->line[0], d->line[1]}, n[0], (float *[]){d->score[0] + at, d->score[1] + at},
              (float *[]){d->rows[0] + row, d->rows[1] + row});
  }
}

/* The best points of one rotation, turned back with the map. */
static void find_peaks(const search *s, desk *d, int i, int turn, int rotation) {
  const int *n = s->job->map->size;
  pleat_search_hit *hits = s->hits + (size_t)rotation * s->job->peaks;
  pleat_peaks peaks = {d->score[i], d->rows[i], {n[0], n[1], n[2]}, {n[0], n[1], n[2]}};
  int reach = (int)(s->job->apart / s->job->map->spacing[0]);
  for (size_t p = 0; p < s->job->peaks; p++) {
    float squared = pleat_peaks_next(&peaks, reach, hits[p].point);
    hits[p].score = squared > 0 ? sqrtf(squared) : -1;
    hits[p].rotation = rotation;
    for (int axis = 0; axis < 3; axis++)
      if (turn && axis != turn - 1) hits[p].point[axis] = n[axis] - 1 - hits[p].point[axis];
  }
}

static void search_pair(search *s, const pleat_rotation_group *const pair[2], desk *d) {
  transform_shapes(s, pair, d);
  for (int turn = 0; turn < TURNS; turn++) {
    int rotation[2] = {pair[0]->member[turn], pair[1] ? pair[1]->member[turn] : -1};
    if (rotation[0] < 0 && rotation[1] < 0) continue;
    correlate(&s->fine, d->shape, s->map[turn], d->work);
    correlate(&s->coarse, d->weight, s->mean[turn], d->mean);
    correlate(&s->coarse, d->weight, s->square[turn], d->square);
    invert(s, d);
    score_all(s, d);
    for (int i = 0; i < 2; i++)
      if (rotation[i] >= 0) find_peaks(s, d, i, turn, rotation[i]);
  }
}

static void search_pairs(void *argument, int64_t begin, int64_t end, int thread) {
  search *s = argument;
  for (int64_t p = begin; p < end; p++) {
    size_t at = s->first + 2 * (size_t)p;
    const pleat_rotation_group *pair[2] = {&s->groups[at], at + 1 < s->group_count ? &s->groups[at + 1] : NULL};
    search_pair(s, pair, &s->desks[thread]);
  }
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
    pleat_team_for(pleat_context_threads(s->context), (int64_t)(count + 1) / 2, 1, search_pairs, s);
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
