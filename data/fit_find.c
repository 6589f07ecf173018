/* The places of one part in a map: search on a grid, refinement off it, likelihoods, copy after copy.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/fit.h"
#include "geometry/rotations.h"
#include "lib/team.h"

enum {
  PEAKS = 4, CANDIDATES = 80, MORE_A_COPY = 24, FINE = 4, COARSE_POINTS = 3000, FINE_POINTS = 12000,
  PIECES = 4, CANDIDATES_A_PIECE = 60
};
static const double ALL_THERE = 0.95; /* the share of a structure from which on nothing is missing */
static const double HOPELESS = 25;    /* places whose log-likelihood is so much lower than the best one's are left as they are */

/* A place on the way: its pose, and the logarithm of its likelihood. */
typedef struct candidate {
  pleat_refine_pose pose;
  double likelihood, points; /* points: independent ones that the score is of */
} candidate;

typedef struct finder {
  pleat_fit *fit;
  const pleat_fit_part *part;
  pleat_context *context;
  candidate *list;
  size_t count, room;
  int *piece;      /* (atoms) of the part: which piece of it each belongs to */
  double middle[PIECES][3];
  /* of a round of refinement */
  const pleat_grid *map;
  pleat_refine_points points;
  double *scratch, volume; /* volume: of the part's weights, in cubes of the resolution */
  size_t each;
  int steps, rounds;
} finder;

/* ---- Search ---------------------------------------------------------------------------------------------------- */

/* A map as coarse as wanted, or a copy of the finer one where it is not much finer. */
static pleat_status make_level(const pleat_fit *fit, double spacing, pleat_grid *level, double *blur) {
  const double *own = fit->rest.spacing;
  double least = fmin(own[0], fmin(own[1], own[2])), most = fmax(own[0], fmax(own[1], own[2]));
  if (spacing > 1.1 * most || most - least > 1e-3 * least)
    return pleat_grid_resample(fit->context, &fit->rest, fmax(spacing, least), level, blur);
  *level = fit->rest;
  *blur = 0;
  PLEAT_TRY(pleat_grid_take(fit->context, level));
  memcpy(level->values, fit->rest.values, pleat_grid_points(level) * sizeof *level->values);
  for (int d = 0; d < 3; d++) level->spacing[d] = own[0];
  return PLEAT_OK;
}

/* Weights around the atoms of one piece only, whose middle becomes the shape's. */
static void narrow(const finder *f, int piece, pleat_search_shape *shape) {
  memset(shape->weight.values, 0, pleat_grid_points(&shape->weight) * sizeof *shape->weight.values);
  for (size_t i = 0; i < f->part->count; i++)
    if (f->piece[i] == piece)
      pleat_grid_mark(&shape->weight, f->part->positions + 3 * i, 3 + f->fit->settings.resolution / 4, 1);
  for (int d = 0; d < 3; d++) {
    shape->weight.origin[d] -= f->middle[piece][d];
    shape->product.origin[d] -= f->middle[piece][d];
  }
}

/* The part (piece < 0) or a piece of it as the search takes it: with twice the map's points, weights by depth where
 * asked. */
static pleat_status make_search_shape(const finder *f, int piece, double spacing, double sigma, pleat_search_shape *shape) {
  const pleat_fit_settings *settings = &f->fit->settings;
  memset(shape, 0, sizeof *shape);
  pleat_status status = pleat_fit_make_shape(f->fit, f->part, spacing / 2, sigma, &shape->product, &shape->weight);
  if (!status && piece >= 0) narrow(f, piece, shape);
  if (!status && settings->laplace) status = pleat_grid_laplace(f->context, &shape->product, 2);
  if (!status && settings->core_weighted) status = pleat_grid_depth(f->context, &shape->weight);
  for (size_t i = 0; !status && i < pleat_grid_points(&shape->weight); i++)
    shape->product.values[i] *= shape->weight.values[i];
  return status;
}

static pleat_status search_map(finder *f, int piece, const pleat_grid *map, double blur, pleat_search_hit *hits,
                               size_t *found) {
  const pleat_fit_settings *settings = &f->fit->settings;
  double sigma = pleat_map_sigma(settings->resolution);
  pleat_search_shape shape;
  pleat_status status = make_search_shape(f, piece, map->spacing[0], sqrt(sigma * sigma + blur * blur), &shape);
  pleat_search_job job = {.map = map, .shape = &shape, .rotations = f->fit->rotations, .count = settings->rotation_count,
                          .peaks = PEAKS, .apart = settings->resolution, .wisdom = settings->wisdom};
  if (!status) status = pleat_search_run(f->context, &job, hits, found);
  pleat_grid_release(f->context, &shape.product);
  pleat_grid_release(f->context, &shape.weight);
  return status;
}

static double distance(const double a[3], const double b[3]) {
  double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return sqrt(x * x + y * y + z * z);
}

static double angle_between(const pleat_rigid *a, const pleat_rigid *b) {
  double trace = 0;
  for (int i = 0; i < 9; i++) trace += a->rotation[i] * b->rotation[i];
  return acos(fmax(-1, fmin(1, (trace - 1) / 2)));
}

/* Whether one of the first `count` candidates is the same place. */
static bool is_known(const candidate *list, size_t count, const pleat_rigid *frame, double apart, double angle) {
  for (size_t c = 0; c < count; c++)
    if (distance(list[c].pose.frame.translation, frame->translation) < apart &&
        angle_between(&list[c].pose.frame, frame) < angle)
      return true;
  return false;
}

/* Up to `most` of the best hits that are different places, at the end of the list. */
static void choose_hits(finder *f, int piece, const pleat_grid *map, const pleat_search_hit *hits, size_t found, size_t most) {
  static const double none[3] = {0, 0, 0};
  const pleat_fit_settings *settings = &f->fit->settings;
  const double *middle = piece < 0 ? none : f->middle[piece];
  candidate *list = f->list + f->count;
  size_t count = 0;
  for (size_t h = 0; h < found && count < most && f->count + count < f->room; h++) {
    pleat_rigid frame = pleat_rigid_identity();
    double moved[3];
    pleat_rigid_from_quaternion(f->fit->rotations + 4 * (size_t)hits[h].rotation, frame.rotation);
    pleat_rigid_apply(&frame, middle, moved);
    for (int d = 0; d < 3; d++)
      frame.translation[d] = map->origin[d] + hits[h].point[d] * map->spacing[d] - moved[d];
    if (is_known(list, count, &frame, fmax(settings->resolution / 2, map->spacing[0]), 1.5 * settings->angle)) continue;
    list[count++].pose.frame = frame;
  }
  f->count += count;
}

/* Searches for the whole part (pieces 0), or for each of its pieces. */
static pleat_status search(finder *f, int pieces, size_t most) {
  const pleat_fit_settings *settings = &f->fit->settings;
  pleat_grid map;
  pleat_search_hit *hits = NULL;
  double blur;
  size_t found = 0;
  PLEAT_TRY(make_level(f->fit, settings->resolution / settings->sampling, &map, &blur));
  pleat_status status = pleat_memory_take(f->context, settings->rotation_count * PEAKS, sizeof *hits, &hits);
  if (!status && settings->laplace) status = pleat_grid_laplace(f->context, &map, 1);
  for (int piece = pieces ? 0 : -1; piece < pieces && !status; piece++) {
    status = search_map(f, piece, &map, blur, hits, &found);
    if (!status) choose_hits(f, piece, &map, hits, found, most);
  }
  pleat_memory_release(f->context, hits);
  pleat_grid_release(f->context, &map);
  return status;
}

static size_t nearest_middle(const finder *f, const double *x, size_t count) {
  size_t best = 0;
  for (size_t p = 1; p < count; p++)
    if (distance(x, f->middle[p]) < distance(x, f->middle[best])) best = p;
  return best;
}

/* Cuts the part into pieces about as wide as each other: k-means, from atoms that lie far apart. */
static void cut(finder *f) {
  const pleat_fit_part *part = f->part;
  memset(f->middle[0], 0, sizeof f->middle[0]);
  for (size_t p = 0; p < PIECES; p++) {
    size_t farthest = 0;
    double most = -1;
    for (size_t i = 0; i < part->count; i++) {
      const double *x = part->positions + 3 * i;
      double away = distance(x, f->middle[nearest_middle(f, x, p ? p : 1)]);
      if (away > most) most = away, farthest = i;
    }
    memcpy(f->middle[p], part->positions + 3 * farthest, sizeof f->middle[p]);
  }
  for (int round = 0; round < 12; round++) {
    double sum[PIECES][4] = {{0}};
    for (size_t i = 0; i < part->count; i++) {
      size_t p = nearest_middle(f, part->positions + 3 * i, PIECES);
      f->piece[i] = (int)p;
      for (size_t d = 0; d < 3; d++) sum[p][d] += part->positions[3 * i + d];
      sum[p][3]++;
    }
    for (size_t p = 0; p < PIECES; p++)
      for (size_t d = 0; d < 3 && sum[p][3] > 0; d++) f->middle[p][d] = sum[p][d] / sum[p][3];
  }
}

/* ---- Refinement ------------------------------------------------------------------------------------------------ */

static void judge(finder *f, candidate *c) {
  double score = fmax(0, c->pose.score);
  c->points = f->volume * c->pose.share;
  c->likelihood = -0.5 * c->points * log(fmax(1 - score * score, 1e-6));
}

static void refine_some(void *argument, int64_t begin, int64_t end, int thread) {
  finder *f = argument;
  for (int64_t i = begin; i < end; i++) {
    pleat_refine_run(f->map, &f->points, f->steps, f->rounds, f->scratch + (size_t)thread * f->each, &f->list[i].pose);
    judge(f, &f->list[i]);
  }
}

static int compare_candidates(const void *first, const void *second) {
  const candidate *a = first, *b = second;
  if (a->likelihood != b->likelihood) return a->likelihood > b->likelihood ? -1 : 1;
  return memcmp(&a->pose.frame, &b->pose.frame, sizeof a->pose.frame);
}

/* Sorts by likelihood and drops what ran into the place of a better one. */
static void sort_out(finder *f) {
  size_t kept = 0;
  double apart = f->fit->settings.resolution / 3;
  qsort(f->list, f->count, sizeof *f->list, compare_candidates);
  for (size_t i = 0; i < f->count; i++)
    if (!is_known(f->list, kept, &f->list[i].pose.frame, apart, 0.14)) f->list[kept++] = f->list[i];
  f->count = kept;
}

/* Refines the first `count` candidates on at most about `most` points. */
static pleat_status refine(finder *f, size_t count, const pleat_grid *density, const pleat_grid *weight, size_t most) {
  size_t points = 0, all = pleat_grid_points(weight);
  int stride = 1, threads = pleat_context_threads(f->context);
  for (size_t i = 0; i < all; i++) points += weight->values[i] > 0;
  while (points / (size_t)(stride * stride * stride) > most) stride++;
  PLEAT_TRY(pleat_refine_take(f->context, density, weight, stride, fmax(f->fit->settings.resolution / 2, 4), &f->points));
  f->each = pleat_refine_scratch(&f->points);
  pleat_status status = pleat_memory_take(f->context, f->each * (size_t)threads, sizeof *f->scratch, &f->scratch);
  if (!status) pleat_team_for(threads, (int64_t)count, 1, refine_some, f);
  pleat_memory_release(f->context, f->scratch);
  pleat_refine_release(f->context, &f->points);
  return status;
}

static pleat_status refine_coarsely(finder *f, const pleat_grid *density, const pleat_grid *weight) {
  f->steps = 8, f->rounds = 4;
  PLEAT_TRY(refine(f, f->count, density, weight, COARSE_POINTS));
  sort_out(f);
  return PLEAT_OK;
}

static pleat_status search_pieces(finder *f) {
  PLEAT_TRY(pleat_memory_take(f->context, f->part->count, sizeof *f->piece, &f->piece));
  cut(f);
  return search(f, PIECES, CANDIDATES_A_PIECE);
}

/* How many of the first `most` candidates may still be the right one. */
static size_t hopeful(const finder *f, size_t most) {
  size_t count = 0;
  while (count < f->count && count < most && f->list[count].likelihood > f->list[0].likelihood - HOPELESS) count++;
  return count;
}

/* Poses whose structure the map has in part only get their last step. */
static pleat_status polish(finder *f, const pleat_grid *map, double blur, const pleat_grid *density, const pleat_grid *weight) {
  double sigma = pleat_map_sigma(f->fit->settings.resolution), spacing = map->spacing[0];
  pleat_grid sharp, unused;
  pleat_fit_polish_input input = {map, density, weight, &sharp, f->volume * pow(f->fit->settings.resolution / spacing, 3),
                                  pleat_search_radius(weight)};
  size_t count = hopeful(f, f->fit->settings.fits);
  PLEAT_TRY(pleat_fit_make_shape(f->fit, f->part, spacing, sqrt(sigma * sigma + blur * blur - spacing * spacing / 3), &sharp,
                                 &unused));
  pleat_status status = PLEAT_OK;
  for (size_t i = 0; i < count && !status; i++)
    if (f->list[i].pose.share < ALL_THERE) status = pleat_fit_polish(f->fit, &input, &f->list[i].pose);
  pleat_grid_release(f->context, &sharp);
  pleat_grid_release(f->context, &unused);
  return status;
}

/* Refines all candidates on few points and the best of them on many. The points are no multiple of the map's apart, so
 * that they lie everywhere between its own. Where the map lacks a share of the structure at the best place, the search for
 * the whole of it may have been led astray by the gap: then each of its pieces is searched for (once). */
static pleat_status refine_all(finder *f) {
  const pleat_fit_settings *settings = &f->fit->settings;
  double blur, sigma = pleat_map_sigma(settings->resolution), resolution = settings->resolution;
  pleat_grid map, density = {0}, weight = {0};
  PLEAT_TRY(make_level(f->fit, resolution / 5, &map, &blur));
  f->map = &map;
  double spline = map.spacing[0] * map.spacing[0] / 3, spacing = 0.93 * map.spacing[0];
  pleat_status status =
      pleat_fit_make_shape(f->fit, f->part, spacing, sqrt(sigma * sigma + blur * blur + spline), &density, &weight);
  f->volume = 0;
  for (size_t i = 0; !status && i < pleat_grid_points(&weight); i++) f->volume += weight.values[i] > 0;
  f->volume *= pow(spacing / resolution, 3);
  if (!status) status = refine_coarsely(f, &density, &weight);
  if (!status && f->list[0].pose.share < ALL_THERE && !f->piece) {
    status = search_pieces(f);
    if (!status) status = refine_coarsely(f, &density, &weight);
  }
  size_t fine = hopeful(f, FINE + settings->fits);
  f->steps = 15, f->rounds = 8;
  if (!status) status = refine(f, fine, &density, &weight, FINE_POINTS);
  if (!status) sort_out(f);
  if (!status) status = polish(f, &map, blur, &density, &weight);
  pleat_grid_release(f->context, &density);
  pleat_grid_release(f->context, &weight);
  pleat_grid_release(f->context, &map);
  return status;
}

/* ---- Results --------------------------------------------------------------------------------------------------- */

/* The share of a place among itself and those that are not wanted: all but the best `wanted`. */
static double confidence(const finder *f, size_t rank, size_t wanted) {
  double others = 0, own = f->list[rank].likelihood;
  for (size_t i = 0; i < f->count; i++)
    if (i != rank && i >= wanted - (rank >= wanted)) others += exp(fmin(700, f->list[i].likelihood - own));
  for (size_t i = 0; rank >= wanted && i < wanted; i++) others += exp(fmin(700, f->list[i].likelihood - own));
  return 1 / (1 + others);
}

static pleat_status take_step(finder *f, size_t left, pleat_fit_step *step) {
  step->count = f->count < f->fit->settings.fits ? f->count : f->fit->settings.fits;
  PLEAT_TRY(pleat_memory_take(f->context, step->count, sizeof *step->placements, &step->placements));
  for (size_t i = 0; i < step->count; i++) {
    pleat_fit_placement *place = &step->placements[i];
    const candidate *c = &f->list[i];
    pleat_fit_place(f->part, &c->pose.frame, place);
    place->score = c->pose.score;
    place->z_score = atanh(fmax(-0.999999, fmin(0.999999, c->pose.score))) * sqrt(fmax(c->points - 3, 1));
    place->confidence = confidence(f, i, left);
    place->share = c->pose.share;
    place->scale = c->pose.scale;
  }
  return PLEAT_OK;
}

/* What is placed leaves the list. */
static void drop_first(finder *f) {
  f->count--;
  memmove(f->list, f->list + 1, f->count * sizeof *f->list);
}

pleat_status pleat_fit_find(pleat_fit *fit, size_t part, pleat_fit_step *steps) {
  finder f = {.fit = fit, .part = &fit->parts[part], .context = fit->context};
  size_t most = CANDIDATES + MORE_A_COPY * fit->settings.copies;
  f.room = most + PIECES * CANDIDATES_A_PIECE;
  PLEAT_TRY(pleat_memory_take(f.context, f.room, sizeof *f.list, &f.list));
  pleat_status status = search(&f, 0, most);
  if (!status && !f.count)
    status = pleat_status_fail(f.context, PLEAT_ERROR_INPUT, "the structure correlates with the map nowhere");
  for (size_t copy = 0; copy < fit->settings.copies && !status; copy++) {
    steps[copy].part = part, steps[copy].copy = copy;
    if (!f.count)
      status = pleat_status_fail(fit->context, PLEAT_ERROR_INPUT, "the map has places for %zu copies only", copy);
    if (!status) status = refine_all(&f);
    if (!status) status = take_step(&f, fit->settings.copies - copy, &steps[copy]);
    if (!status) status = pleat_fit_subtract(fit, f.part, &steps[copy].placements[0], &fit->rest);
    if (!status) drop_first(&f);
  }
  pleat_memory_release(fit->context, f.list);
  pleat_memory_release(fit->context, f.piece);
  return status;
}
