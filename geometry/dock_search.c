/* Exhaustive search for poses of a ligand in a receptor's fields: translations by Fourier transforms, rotation by rotation.
 * SPDX-License-Identifier: MIT
 *
 * Each channel of the ligand is transformed once for up to four rotations that half turns make of one another; the products
 * with all fields are summed before the one transform back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/correlate.h"
#include "geometry/dock.h"
#include "geometry/peaks.h"
#include "geometry/rotations.h"
#include "lib/team.h"

/* What one thread works in: a spectrum for each channel of the ligand, one of the sum, a real grid. */
typedef struct desk {
  float *memory, *channel[PLEAT_DOCK_CHANNELS], *sum, *grid, *rows;
} desk;

typedef struct search {
  pleat_context *context;
  const pleat_dock_job *job;
  pleat_dock_fields fields;
  pleat_fft fft;
  float *spectrum[PLEAT_DOCK_CHANNELS]; /* of the fields */
  desk *desks;
  pleat_rotation_group *groups;
  int reach;                 /* of the ligand, points */
  size_t group_count, first; /* first: group that the present stretch starts with */
  pleat_dock_hit *hits;      /* (count, peaks) */
} search;

/* ---- Preparing ------------------------------------------------------------------------------------------------- */

static size_t aligned(size_t floats) { return (floats + 15) / 16 * 16; }

static pleat_status take_desk(search *s, desk *d) {
  size_t spectrum = aligned(2 * s->fft.frequencies), real = aligned(s->fft.points);
  size_t rows = aligned((size_t)s->fft.size[1] * (size_t)s->fft.size[2]);
  d->memory = pleat_fft_take((size_t)(s->fields.channels + 1) * spectrum + real + rows);
  PLEAT_CHECK(s->context, d->memory, PLEAT_ERROR_MEMORY, "out of memory: docking on %zu grid points", s->fft.points);
  for (int c = 0; c < s->fields.channels; c++) d->channel[c] = d->memory + (size_t)c * spectrum;
  d->sum = d->memory + (size_t)s->fields.channels * spectrum;
  d->grid = d->sum + spectrum;
  d->rows = d->grid + real;
  return PLEAT_OK;
}

static void transform_field(search *s, int channel) {
  const pleat_grid *field = &s->fields.field[channel];
  float *grid = s->desks[0].grid;
  size_t at = 0, row = (size_t)field->size[0];
  memset(grid, 0, s->fft.points * sizeof *grid);
  for (int k = 0; k < field->size[2]; k++)
    for (int j = 0; j < field->size[1]; j++, at += row)
      memcpy(grid + ((size_t)k * (size_t)s->fft.size[1] + (size_t)j) * (size_t)s->fft.size[0], field->values + at,
             row * sizeof *grid);
  pleat_fft_forward(&s->fft, grid, s->spectrum[channel]);
}

static double radius_of(const pleat_dock_body *ligand) {
  double most = 0;
  for (size_t i = 0; i < ligand->count; i++) {
    const double *x = ligand->position + 3 * i;
    most = fmax(most, x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
  }
  return sqrt(most);
}

/* Transforms so large that the ligand never meets the receptor around both ends of the grid. */
static pleat_status prepare(search *s) {
  int size[3], threads = pleat_context_threads(s->context);
  PLEAT_TRY(pleat_dock_fields_take(s->context, s->job, &s->fields));
  s->reach = (int)ceil(radius_of(s->job->ligand) / s->job->spacing) + 1;
  for (int d = 0; d < 3; d++) size[d] = pleat_fft_good_size(s->fields.field[0].size[d] + 2 * s->reach);
  PLEAT_TRY(pleat_rotations_group(s->context, s->job->rotations, s->job->count, &s->groups, &s->group_count));
  PLEAT_TRY(pleat_fft_create(s->context, size, s->job->wisdom, &s->fft));
  PLEAT_TRY(pleat_memory_take(s->context, (size_t)threads, sizeof *s->desks, &s->desks));
  for (int t = 0; t < threads; t++) PLEAT_TRY(take_desk(s, &s->desks[t]));
  for (int c = 0; c < s->fields.channels; c++) {
    s->spectrum[c] = pleat_fft_take(2 * s->fft.frequencies);
    PLEAT_CHECK(s->context, s->spectrum[c], PLEAT_ERROR_MEMORY, "out of memory: docking on %zu grid points", s->fft.points);
    transform_field(s, c);
  }
  return PLEAT_OK;
}

static void release(search *s) {
  for (int t = 0; s->desks && t < pleat_context_threads(s->context); t++) pleat_fft_release(s->desks[t].memory);
  for (int c = 0; c < PLEAT_DOCK_CHANNELS; c++) pleat_fft_release(s->spectrum[c]);
  pleat_memory_release(s->context, s->desks);
  pleat_memory_release(s->context, s->groups);
  pleat_dock_fields_release(s->context, &s->fields);
  pleat_fft_free(&s->fft);
}

/* ---- One orientation -------------------------------------------------------------------------------------------- */

/* Shares an amount out over the eight points around a place of the cyclic grid. */
static void spread(const int size[3], const double place[3], float amount, float *grid) {
  int at[3][2];
  float part[3][2];
  for (int d = 0; d < 3; d++) {
    double whole = floor(place[d]);
    int first = (int)whole % size[d];
    if (first < 0) first += size[d];
    at[d][0] = first, at[d][1] = first + 1 < size[d] ? first + 1 : 0;
    part[d][1] = (float)(place[d] - whole), part[d][0] = 1 - part[d][1];
  }
  for (int corner = 0; corner < 8; corner++) {
    int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    size_t point = ((size_t)at[2][k] * (size_t)size[1] + (size_t)at[1][j]) * (size_t)size[0] + (size_t)at[0][i];
    grid[point] += amount * part[0][i] * part[1][j] * part[2][k];
  }
}

static void lay_ligand(const search *s, const double rotation[9], int channel, desk *d) {
  const pleat_dock_body *ligand = s->job->ligand;
  const float *amount = s->fields.amount[channel];
  memset(d->grid, 0, s->fft.points * sizeof *d->grid);
  for (size_t i = 0; i < ligand->count; i++) {
    const double *x = ligand->position + 3 * i;
    double place[3];
    if (amount[i] == 0) continue;
    for (int r = 0; r < 3; r++)
      place[r] = (rotation[3 * r] * x[0] + rotation[3 * r + 1] * x[1] + rotation[3 * r + 2] * x[2]) / s->job->spacing;
    spread(s->fft.size, place, amount[i], d->grid);
  }
  pleat_fft_forward_near(&s->fft, s->reach, d->grid, d->channel[channel]);
}

/* The ligand's middle at a point of the cyclic grid: those past the receptor's far end and its reach are before the near. */
static double coordinate(const search *s, int point, int axis) {
  const pleat_grid *field = &s->fields.field[0];
  int beyond = (s->fft.size[axis] - field->size[axis]) / 2;
  if (point >= field->size[axis] + beyond) point -= s->fft.size[axis];
  return field->origin[axis] + point * s->job->spacing;
}

static void find_hits(const search *s, desk *d, int rotation) {
  pleat_dock_hit *hits = s->hits + (size_t)rotation * s->job->peaks;
  pleat_peaks peaks = {.values = d->grid, .rows = d->rows};
  int reach = (int)(s->job->apart / s->job->spacing);
  memcpy(peaks.size, s->fft.size, sizeof peaks.size);
  memcpy(peaks.used, s->fft.size, sizeof peaks.used);
  pleat_peaks_start(&peaks);
  for (size_t p = 0; p < s->job->peaks; p++) {
    int point[3];
    hits[p].energy = -pleat_peaks_next(&peaks, reach, point) / (float)s->fft.points;
    hits[p].rotation = rotation;
    for (int axis = 0; axis < 3; axis++) hits[p].translation[axis] = coordinate(s, point[axis], axis);
  }
}

static void search_group(search *s, const pleat_rotation_group *group, desk *d) {
  double rotation[9];
  pleat_rigid_from_quaternion(group->base, rotation);
  for (int c = 0; c < s->fields.channels; c++) lay_ligand(s, rotation, c, d);
  for (int turn = 0; turn < 4; turn++) {
    if (group->member[turn] < 0) continue;
    pleat_correlate_turned(&s->fft, (const float *const *)d->channel, (const float *const *)s->spectrum,
                           s->fields.channels, turn, d->sum);
    pleat_fft_backward(&s->fft, d->sum, d->grid);
    find_hits(s, d, group->member[turn]);
  }
}

static void search_groups(void *argument, int64_t begin, int64_t end, int thread) {
  search *s = argument;
  for (int64_t g = begin; g < end; g++) search_group(s, &s->groups[s->first + (size_t)g], &s->desks[thread]);
}

static int compare_hits(const void *first, const void *second) {
  const pleat_dock_hit *a = first, *b = second;
  if (a->energy != b->energy) return a->energy < b->energy ? -1 : 1;
  if (a->rotation != b->rotation) return a->rotation < b->rotation ? -1 : 1;
  for (int d = 2; d >= 0; d--)
    if (a->translation[d] != b->translation[d]) return a->translation[d] < b->translation[d] ? -1 : 1;
  return 0;
}

static pleat_status run_groups(search *s) {
  enum { STRETCH = 32 };
  for (s->first = 0; s->first < s->group_count; s->first += STRETCH) {
    size_t count = s->group_count - s->first < STRETCH ? s->group_count - s->first : STRETCH;
    PLEAT_TRY(pleat_context_progress(s->context, (double)s->first / (double)s->group_count, "search"));
    pleat_team_for(pleat_context_threads(s->context), (int64_t)count, 1, search_groups, s);
  }
  return PLEAT_OK;
}

pleat_status pleat_dock_search(pleat_context *context, const pleat_dock_job *job, pleat_dock_hit *hits, size_t *found) {
  search s = {.context = context, .job = job, .hits = hits};
  *found = 0;
  pleat_status status = prepare(&s);
  if (!status) status = run_groups(&s);
  if (!status) {
    qsort(hits, job->count * job->peaks, sizeof *hits, compare_hits);
    while (*found < job->count * job->peaks && hits[*found].energy < 0) ++*found;
  }
  release(&s);
  return status;
}
