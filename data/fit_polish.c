/* The last step of a fit where the map lacks part of the structure: the pose by what the map has, told apart in space.
 * SPDX-License-Identifier: MIT
 *
 * Which points of the map count is decided where they lie and not by the structure's own regions, which would move with it
 * and draw the pose towards the gap. A point counts where the map's density, averaged around it, is what the structure at
 * the present pose says, and where none nearer than MARGIN times the resolution is otherwise. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "data/fit.h"

static const double SUPPORTED = 0.5, AROUND = 0.5, MARGIN = 0.5, LEAST_SHARE = 0.1;

typedef struct polisher {
  const pleat_fit *fit;
  pleat_context *context;
  const pleat_fit_polish_input *in;
  pleat_grid map;            /* what of the map is near the structure */
  pleat_grid both, own, gap; /* on it: t (rho - level) and t^2 averaged; 1 where points do not count */
  pleat_refine_points points;
} polisher;

/* Where point `at` of the map lies, and the same place in the structure's own coordinates. */
static void place_of(const polisher *p, const pleat_refine_pose *pose, size_t at, double x[3], double inside[3]) {
  for (int d = 0; d < 3; d++) {
    size_t size = (size_t)p->map.size[d];
    x[d] = p->map.origin[d] + (double)(at % size) * p->map.spacing[d];
    at /= size;
  }
  pleat_rigid_apply_inverse(&pose->frame, x, inside);
}

/* t^2 and t (rho - level) within the structure's reach, both averaged. */
static pleat_status average(polisher *p, const pleat_refine_pose *pose) {
  for (size_t at = 0; at < pleat_grid_points(&p->map); at++) {
    double x[3], inside[3];
    place_of(p, pose, at, x, inside);
    double t = pleat_grid_interpolate(p->in->weight, inside) > 0 ? pleat_grid_interpolate(p->in->density, inside) : 0;
    p->own.values[at] = (float)(t * t);
    p->both.values[at] = (float)(t * ((double)p->map.values[at] - pose->level));
    p->gap.values[at] = 0;
  }
  PLEAT_TRY(pleat_grid_blur(p->context, &p->own, AROUND * p->fit->settings.resolution));
  return pleat_grid_blur(p->context, &p->both, AROUND * p->fit->settings.resolution);
}

/* Marks what lies near points without support; of those that are left, fills points with the map's values. */
static void choose(polisher *p, const pleat_refine_pose *pose) {
  double margin = MARGIN * p->fit->settings.resolution;
  for (int pass = 0; pass < 2; pass++)
    for (size_t at = 0; at < pleat_grid_points(&p->map); at++) {
      double x[3], inside[3];
      place_of(p, pose, at, x, inside);
      if (!(pleat_grid_interpolate(p->in->weight, inside) > 0)) continue;
      if (pass == 0) {
        bool supported = (double)p->both.values[at] >= SUPPORTED * pose->scale * (double)p->own.values[at];
        if (!supported) pleat_grid_mark(&p->gap, x, margin, 1);
      } else if (!(p->gap.values[at] > 0)) {
        for (size_t d = 0; d < 3; d++)
          p->points.position[3 * p->points.count + d] = (float)(x[d] - pose->frame.translation[d]);
        p->points.density[p->points.count] = p->map.values[at];
        p->points.weight[p->points.count++] = 1;
      }
    }
}

/* Refines the inverse pose, of the map's points in the structure's density, and turns it round. */
static void turn(polisher *p, double *scratch, pleat_refine_pose *pose) {
  pleat_refine_pose inverse = {.frame = pleat_rigid_inverse(&pose->frame)};
  double centre[3];
  memcpy(centre, pose->frame.translation, sizeof centre);
  memset(inverse.frame.translation, 0, sizeof inverse.frame.translation);
  pleat_refine_run(p->in->sharp, &p->points, 20, 0, scratch, &inverse);
  pleat_rigid back = pleat_rigid_inverse(&inverse.frame);
  pose->frame = back;
  for (int d = 0; d < 3; d++) pose->frame.translation[d] += centre[d];
}

/* Copies the box of the map that the structure and what is averaged with it can lie in. */
static pleat_status take_map(polisher *p, const double middle[3]) {
  const pleat_grid *all = p->in->map;
  double reach = p->in->radius + 2 * p->fit->settings.resolution;
  int from[3];
  for (int d = 0; d < 3; d++) {
    double low = floor((middle[d] - reach - all->origin[d]) / all->spacing[d]);
    double high = ceil((middle[d] + reach - all->origin[d]) / all->spacing[d]);
    from[d] = (int)fmin(fmax(low, 0), all->size[d] - 1);
    p->map.size[d] = (int)fmin(fmax(high, from[d]), all->size[d] - 1) - from[d] + 1;
    p->map.spacing[d] = all->spacing[d];
    p->map.origin[d] = all->origin[d] + from[d] * all->spacing[d];
  }
  PLEAT_TRY(pleat_grid_take(p->context, &p->map));
  size_t row = (size_t)p->map.size[0], width = (size_t)all->size[0], height = (size_t)all->size[1];
  float *to = p->map.values;
  for (int k = 0; k < p->map.size[2]; k++)
    for (int j = 0; j < p->map.size[1]; j++, to += row)
      memcpy(to, all->values + ((size_t)(from[2] + k) * height + (size_t)(from[1] + j)) * width + (size_t)from[0],
             row * sizeof *to);
  return PLEAT_OK;
}

static pleat_status take(polisher *p, const double middle[3]) {
  PLEAT_TRY(take_map(p, middle));
  size_t most = pleat_grid_points(&p->map);
  p->both = p->own = p->gap = p->map;
  p->both.values = p->own.values = p->gap.values = NULL;
  PLEAT_TRY(pleat_grid_take(p->context, &p->both));
  PLEAT_TRY(pleat_grid_take(p->context, &p->own));
  PLEAT_TRY(pleat_grid_take(p->context, &p->gap));
  for (int d = 0; d < 3; d++) p->points.cells[d] = 1;
  PLEAT_TRY(pleat_memory_take(p->context, 3 * most, sizeof(float), &p->points.position));
  PLEAT_TRY(pleat_memory_take(p->context, most, sizeof(float), &p->points.density));
  PLEAT_TRY(pleat_memory_take(p->context, most, sizeof(float), &p->points.weight));
  return pleat_memory_take(p->context, most, sizeof(int), &p->points.cell);
}

static pleat_status polish(polisher *p, pleat_refine_pose *pose) {
  double *scratch;
  for (int round = 0; round < 3 && pose->scale > 0; round++) {
    PLEAT_TRY(average(p, pose));
    p->points.count = 0;
    choose(p, pose);
    if (!((double)p->points.count > LEAST_SHARE * p->in->points)) break;
    PLEAT_TRY(pleat_memory_take(p->context, pleat_refine_scratch(&p->points), sizeof *scratch, &scratch));
    turn(p, scratch, pose);
    pleat_memory_release(p->context, scratch);
  }
  return PLEAT_OK;
}

pleat_status pleat_fit_polish(const pleat_fit *fit, const pleat_fit_polish_input *input, pleat_refine_pose *pose) {
  polisher p = {.fit = fit, .context = fit->context, .in = input};
  pleat_status status = take(&p, pose->frame.translation);
  if (!status) status = polish(&p, pose);
  pleat_refine_release(p.context, &p.points);
  pleat_grid_release(p.context, &p.map);
  pleat_grid_release(p.context, &p.both);
  pleat_grid_release(p.context, &p.own);
  pleat_grid_release(p.context, &p.gap);
  return status;
}
