/* Parts of a structure that are fitted: which atoms they are, their density, and taking it out of a map.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/fit.h"

static int part_of(const pleat_fit *fit, size_t atom) {
  if (fit->settings.parts) return fit->settings.parts[atom];
  const char *residue = fit->structure->atoms[atom].site.residue_name;
  return pleat_residue_kind_of(residue) == PLEAT_RESIDUE_KIND_WATER ? -1 : 0;
}

static pleat_status fill_part(pleat_fit *fit, int label, size_t count, pleat_fit_part *part) {
  *part = (pleat_fit_part){.label = label};
  PLEAT_TRY(pleat_memory_take(fit->context, count, sizeof *part->atoms, &part->atoms));
  PLEAT_TRY(pleat_memory_take(fit->context, 3 * count, sizeof *part->positions, &part->positions));
  PLEAT_TRY(pleat_memory_take(fit->context, count, sizeof *part->weights, &part->weights));
  for (size_t i = 0; i < fit->structure->atom_count; i++) {
    const pleat_atom *atom = &fit->structure->atoms[i].site;
    if (part_of(fit, i) != label) continue;
    part->atoms[part->count] = i;
    part->weights[part->count] = (float)pleat_map_atomic_number(atom->element) * (atom->alternate == ' ' ? 1 : atom->occupancy);
    for (size_t d = 0; d < 3; d++) {
      part->positions[3 * part->count + d] = atom->position[d];
      part->centre[d] += atom->position[d] / (double)count;
    }
    part->count++;
  }
  for (size_t i = 0; i < 3 * part->count; i++) part->positions[i] -= part->centre[i % 3];
  return PLEAT_OK;
}

static int compare_parts(const void *first, const void *second) {
  const pleat_fit_part *a = first, *b = second;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return (a->label > b->label) - (a->label < b->label);
}

pleat_status pleat_fit_take_parts(pleat_fit *fit) {
  size_t *counts, most = 0, atoms = fit->structure->atom_count;
  for (size_t i = 0; i < atoms; i++)
    if (part_of(fit, i) >= (int)most) most = (size_t)part_of(fit, i) + 1;
  PLEAT_CHECK(fit->context, most > 0, PLEAT_ERROR_INPUT, "no atom of the structure is left to be fitted");
  PLEAT_CHECK(fit->context, most <= atoms, PLEAT_ERROR_INPUT, "parts must be numbered from 0 without gaps");
  PLEAT_TRY(pleat_memory_take(fit->context, most, sizeof *counts, &counts));
  for (size_t i = 0; i < atoms; i++)
    if (part_of(fit, i) >= 0) counts[part_of(fit, i)]++;
  pleat_status status = pleat_memory_take(fit->context, most, sizeof *fit->parts, &fit->parts);
  for (size_t p = 0; p < most && !status; p++) {
    if (!counts[p]) status = pleat_status_fail(fit->context, PLEAT_ERROR_INPUT, "part %zu has no atoms", p);
    if (!status) status = fill_part(fit, (int)p, counts[p], &fit->parts[fit->part_count++]);
  }
  pleat_memory_release(fit->context, counts);
  if (!status) qsort(fit->parts, fit->part_count, sizeof *fit->parts, compare_parts);
  return status;
}

void pleat_fit_release_parts(pleat_fit *fit) {
  for (size_t p = 0; p < fit->part_count; p++) {
    pleat_memory_release(fit->context, fit->parts[p].atoms);
    pleat_memory_release(fit->context, fit->parts[p].positions);
    pleat_memory_release(fit->context, fit->parts[p].weights);
  }
  pleat_memory_release(fit->context, fit->parts);
}

/* Least and greatest width of the part over directions that cover half of the sphere by a spiral. */
static void widths(const pleat_fit_part *part, double *least, double *most) {
  enum { DIRECTIONS = 150 };
  *least = INFINITY;
  *most = 0;
  for (int n = 0; n < DIRECTIONS; n++) {
    double z = (n + 0.5) / DIRECTIONS, r = sqrt(1 - z * z), turn = n * M_PI * (3 - sqrt(5)), low = INFINITY, high = -INFINITY;
    double direction[3] = {r * cos(turn), r * sin(turn), z};
    for (size_t i = 0; i < part->count; i++) {
      const double *x = part->positions + 3 * i;
      double along = x[0] * direction[0] + x[1] * direction[1] + x[2] * direction[2];
      low = fmin(low, along);
      high = fmax(high, along);
    }
    *least = fmin(*least, high - low);
    *most = fmax(*most, high - low);
  }
}

pleat_status pleat_fit_check_size(const pleat_fit *fit, const pleat_fit_part *part) {
  const pleat_grid *map = &fit->map->grid;
  double least, most, box[3], shortest = INFINITY, diagonal = 0;
  for (int d = 0; d < 3; d++) {
    box[d] = map->size[d] * map->spacing[d];
    shortest = fmin(shortest, box[d]);
    diagonal += box[d] * box[d];
  }
  widths(part, &least, &most);
  PLEAT_CHECK(fit->context, least <= shortest && most <= sqrt(diagonal), PLEAT_ERROR_INPUT,
              "the structure is larger than the map: it is %.0f to %.0f angstrom wide, the map's box %.0f x %.0f x %.0f",
              least, most, box[0], box[1], box[2]);
  return PLEAT_OK;
}

/* Weights: points within 3 angstrom and a quarter of the resolution of an atom. */
pleat_status pleat_fit_make_shape(const pleat_fit *fit, const pleat_fit_part *part, double spacing, double sigma,
                                  pleat_grid *density, pleat_grid *weight) {
  static const double zero[3] = {0, 0, 0};
  double reach = 3 + fit->settings.resolution / 4;
  weight->values = NULL;
  PLEAT_TRY(pleat_grid_around(fit->context, part->positions, part->count, spacing, reach + 3 * spacing, zero, density));
  *weight = *density;
  pleat_status status = pleat_grid_take(fit->context, weight);
  if (status) return pleat_grid_release(fit->context, density), status;
  pleat_grid_add_atoms(density, part->positions, part->weights, part->count, sigma);
  pleat_grid_mark_near(weight, part->positions, part->count, reach);
  return PLEAT_OK;
}

void pleat_fit_place(const pleat_fit_part *part, const pleat_rigid *frame, pleat_fit_placement *placement) {
  double moved[3];
  pleat_rigid_apply(frame, part->centre, moved);
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) placement->rotation[i][j] = frame->rotation[3 * i + j];
    placement->translation[i] = 2 * frame->translation[i] - moved[i]; /* R (x - c) + t = R x + t - R c */
  }
}

pleat_rigid pleat_fit_frame(const pleat_fit_placement *placement) {
  pleat_rigid frame;
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) frame.rotation[3 * i + j] = placement->rotation[i][j];
    frame.translation[i] = placement->translation[i];
  }
  return frame;
}

pleat_status pleat_fit_subtract(const pleat_fit *fit, const pleat_fit_part *part, const pleat_fit_placement *placement,
                                pleat_grid *grid) {
  pleat_rigid frame = pleat_fit_frame(placement);
  double *positions, scale = fmax(0, placement->scale);
  float *weights = NULL;
  PLEAT_TRY(pleat_memory_take(fit->context, 3 * part->count, sizeof *positions, &positions));
  pleat_status status = pleat_memory_take(fit->context, part->count, sizeof *weights, &weights);
  for (size_t i = 0; i < part->count && !status; i++) {
    pleat_rigid_apply(&frame, fit->structure->atoms[part->atoms[i]].site.position, positions + 3 * i);
    weights[i] = (float)(-scale * (double)part->weights[i]);
  }
  if (!status) pleat_grid_add_atoms(grid, positions, weights, part->count, pleat_map_sigma(fit->settings.resolution));
  pleat_memory_release(fit->context, positions);
  pleat_memory_release(fit->context, weights);
  return status;
}
