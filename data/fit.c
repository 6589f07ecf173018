/* Fitting structures into maps: settings, the run over parts and copies, and what comes of it.
 * SPDX-License-Identifier: MIT */
#include "data/fit.h"

#include <math.h>
#include <string.h>

#include "data/assembly.h"
#include "geometry/linkage.h"
#include "geometry/rotations.h"

pleat_fit_settings pleat_fit_defaults(double resolution) {
  return (pleat_fit_settings){.resolution = resolution, .angle = 12 * M_PI / 180, .sampling = 8.0 / 3, .core_weighted = 1,
                              .copies = 1, .fits = 10};
}

static pleat_status check_settings(const pleat_fit *fit) {
  const pleat_fit_settings *s = &fit->settings;
  const double *spacing = fit->map->grid.spacing;
  double widest = fmax(spacing[0], fmax(spacing[1], spacing[2]));
  pleat_grid_statistics about = pleat_grid_describe(&fit->map->grid);
  PLEAT_CHECK(fit->context, about.deviation > 0, PLEAT_ERROR_INPUT, "the map is empty: all its values are %g", about.mean);
  PLEAT_CHECK(fit->context, s->resolution > 0 && s->resolution >= 2 * widest * (1 - 1e-3), PLEAT_ERROR_INPUT,
              "a resolution of %g angstrom is finer than a map of points %g angstrom apart can have: at least %g",
              s->resolution, widest, 2 * widest);
  PLEAT_CHECK(fit->context, s->resolution <= 100, PLEAT_ERROR_INPUT,
              "a resolution of %g angstrom is too coarse to fit a structure by", s->resolution);
  PLEAT_CHECK(fit->context, s->rotations || (s->angle >= 0.02 && s->angle <= 1.1), PLEAT_ERROR_INPUT,
              "rotations %g degrees apart: 1.2 to 63 can be had", s->angle * 180 / M_PI);
  PLEAT_CHECK(fit->context, s->sampling >= 2 && s->sampling <= 16, PLEAT_ERROR_INPUT,
              "%g points per resolution: 2 to 16 can be had", s->sampling);
  PLEAT_CHECK(fit->context, s->copies >= 1 && s->copies <= 1000 && s->fits >= 1 && s->fits <= 1000, PLEAT_ERROR_INPUT,
              "copies and fits must be 1 to 1000, not %zu and %zu", s->copies, s->fits);
  return PLEAT_OK;
}

static pleat_status take_rotations(pleat_fit *fit) {
  pleat_fit_settings *s = &fit->settings;
  if (!s->rotations) return pleat_rotations_uniform(fit->context, s->angle, &fit->rotations, &s->rotation_count);
  PLEAT_CHECK(fit->context, s->rotation_count > 0, PLEAT_ERROR_INPUT, "the set of rotations is empty");
  PLEAT_TRY(pleat_memory_take(fit->context, 4 * s->rotation_count, sizeof *fit->rotations, &fit->rotations));
  for (size_t i = 0; i < s->rotation_count; i++) {
    const double *q = s->rotations + 4 * i;
    double length = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    PLEAT_CHECK(fit->context, length > 0.99 && length < 1.01, PLEAT_ERROR_INPUT,
                "rotation %zu of the set is no unit quaternion: its length is %g", i + 1, length);
    for (int d = 0; d < 4; d++) fit->rotations[4 * i + (size_t)d] = q[d] / length;
  }
  return PLEAT_OK;
}

static pleat_status run(pleat_fit *fit) {
  PLEAT_TRY(check_settings(fit));
  PLEAT_TRY(take_rotations(fit));
  PLEAT_TRY(pleat_fit_take_parts(fit));
  for (size_t p = 0; p < fit->part_count; p++) PLEAT_TRY(pleat_fit_check_size(fit, &fit->parts[p]));
  fit->rest = fit->map->grid;
  PLEAT_TRY(pleat_grid_take(fit->context, &fit->rest));
  memcpy(fit->rest.values, fit->map->grid.values, pleat_grid_points(&fit->rest) * sizeof *fit->rest.values);
  fit->step_count = fit->part_count * fit->settings.copies;
  PLEAT_TRY(pleat_memory_take(fit->context, fit->step_count, sizeof *fit->steps, &fit->steps));
  for (size_t p = 0; p < fit->part_count; p++) PLEAT_TRY(pleat_fit_find(fit, p, fit->steps + p * fit->settings.copies));
  return PLEAT_OK;
}

pleat_status pleat_fit_run(const pleat_map *map, const pleat_structure *structure, const pleat_fit_settings *settings,
                           pleat_fit **fit) {
  *fit = NULL;
  PLEAT_TRY(pleat_memory_take(map->context, 1, sizeof **fit, fit));
  **fit = (pleat_fit){.context = map->context, .map = map, .structure = structure, .settings = *settings};
  pleat_status status = run(*fit);
  (*fit)->settings.parts = NULL; /* the caller's arrays are no longer needed */
  (*fit)->settings.rotations = NULL;
  if (status) {
    pleat_fit_free(*fit);
    *fit = NULL;
  }
  return status;
}

void pleat_fit_free(pleat_fit *fit) {
  if (!fit) return;
  pleat_context *context = fit->context;
  pleat_fit_release_parts(fit);
  for (size_t s = 0; fit->steps && s < fit->step_count; s++) pleat_memory_release(context, fit->steps[s].placements);
  pleat_memory_release(context, fit->steps);
  pleat_memory_release(context, fit->rotations);
  if (fit->rest.values != fit->map->grid.values) pleat_grid_release(context, &fit->rest);
  pleat_memory_release(context, fit);
}

size_t pleat_fit_step_count(const pleat_fit *fit) { return fit->step_count; }
int pleat_fit_step_part(const pleat_fit *fit, size_t step) { return fit->parts[fit->steps[step].part].label; }
size_t pleat_fit_count(const pleat_fit *fit, size_t step) { return fit->steps[step].count; }

pleat_fit_placement pleat_fit_at(const pleat_fit *fit, size_t step, size_t rank) {
  return fit->steps[step].placements[rank];
}

/* ---- Structures and maps of the result ------------------------------------------------------------------------- */

/* Adds the atoms whose step is not 0 (counted from 1) at the places of those steps, in the structure's own order. */
static pleat_status add_atoms(const pleat_fit *fit, const size_t *step_of, size_t rank, bool rename, pleat_assembly *a) {
  pleat_assembly_begin_copy(a);
  for (size_t i = 0; i < fit->structure->atom_count; i++) {
    if (!step_of[i]) continue;
    pleat_structure_record record = fit->structure->atoms[i];
    pleat_rigid frame = pleat_fit_frame(&fit->steps[step_of[i] - 1].placements[rank]);
    pleat_rigid_apply(&frame, record.site.position, record.site.position);
    if (rename) pleat_assembly_rename(a, false, &record);
    PLEAT_TRY(pleat_structure_add_atom(a->structure, &record));
  }
  return PLEAT_OK;
}

static void mark_atoms(const pleat_fit *fit, size_t step, size_t *step_of) {
  const pleat_fit_part *part = &fit->parts[fit->steps[step].part];
  for (size_t i = 0; i < part->count; i++) step_of[part->atoms[i]] = step + 1;
}

static pleat_status finish(const pleat_fit *fit, pleat_status status, pleat_structure **structure) {
  if (!status && fit->structure->predicted) status = pleat_structure_set_origin(*structure, &fit->structure->origin);
  if (!status) status = pleat_structure_finish(*structure);
  if (status) {
    pleat_structure_free(*structure);
    *structure = NULL;
  }
  return status;
}

pleat_status pleat_fit_structure(const pleat_fit *fit, size_t step, size_t rank, pleat_structure **structure) {
  pleat_assembly a = {0};
  size_t *step_of;
  *structure = NULL;
  PLEAT_TRY(pleat_memory_take(fit->context, fit->structure->atom_count, sizeof *step_of, &step_of));
  pleat_status status = pleat_structure_create(fit->context, structure);
  a.structure = *structure;
  mark_atoms(fit, step, step_of);
  if (!status) status = add_atoms(fit, step_of, rank, false, &a);
  pleat_memory_release(fit->context, step_of);
  return finish(fit, status, structure);
}

/* Copy after copy, each with all parts. */
static pleat_status assemble(const pleat_fit *fit, pleat_assembly *a, size_t *step_of) {
  pleat_assembly_reserve(a, fit->structure);
  for (size_t copy = 0; copy < fit->settings.copies; copy++) {
    for (size_t s = 0; s < fit->step_count; s++)
      if (fit->steps[s].copy == copy) mark_atoms(fit, s, step_of);
    PLEAT_TRY(add_atoms(fit, step_of, 0, copy > 0, a));
  }
  return PLEAT_OK;
}

pleat_status pleat_fit_assembly(const pleat_fit *fit, pleat_structure **structure) {
  pleat_assembly *a = NULL;
  size_t *step_of;
  *structure = NULL;
  PLEAT_TRY(pleat_memory_take(fit->context, fit->structure->atom_count, sizeof *step_of, &step_of));
  pleat_status status = pleat_memory_take(fit->context, 1, sizeof *a, &a);
  if (!status) status = pleat_structure_create(fit->context, structure);
  if (!status) {
    a->structure = *structure;
    status = assemble(fit, a, step_of);
  }
  pleat_memory_release(fit->context, a);
  pleat_memory_release(fit->context, step_of);
  return finish(fit, status, structure);
}

pleat_status pleat_fit_difference(const pleat_fit *fit, pleat_map **map) {
  PLEAT_TRY(pleat_map_like(fit->map, map));
  memcpy((*map)->grid.values, fit->rest.values, pleat_grid_points(&fit->rest) * sizeof *fit->rest.values);
  return PLEAT_OK;
}

pleat_status pleat_fit_domains(pleat_context *context, const float *pae, size_t count, double cutoff, size_t least,
                               int *domains, size_t *domain_count) {
  float *distances;
  size_t groups, kept = 0;
  PLEAT_TRY(pleat_memory_take(context, count * count + 1, sizeof *distances, &distances));
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++) distances[i * count + j] = 0.5f * (pae[i * count + j] + pae[j * count + i]);
  pleat_status status = pleat_linkage_average(context, distances, count, cutoff, domains, &groups);
  pleat_memory_release(context, distances);
  if (status) return status;
  for (size_t g = 0; g < groups; g++) { /* the largest come first */
    size_t size = 0;
    for (size_t i = 0; i < count; i++) size += domains[i] == (int)g;
    if (size >= least) kept = g + 1;
  }
  for (size_t i = 0; i < count; i++)
    if (domains[i] >= (int)kept) domains[i] = -1;
  *domain_count = kept;
  return PLEAT_OK;
}
