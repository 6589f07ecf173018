/* Maps behind the public handle: making, describing, and the density of a structure.
 * SPDX-License-Identifier: MIT */
#include "data/map.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "data/structure.h"

double pleat_map_sigma(double resolution) { return resolution / (M_PI * sqrt(2)); }

int pleat_map_atomic_number(const char *element) {
  static const struct {
    const char *symbol;
    int number;
  } elements[] = {{"H", 1},   {"D", 1},   {"C", 6},   {"N", 7},   {"O", 8},   {"F", 9},   {"NA", 11}, {"MG", 12}, {"P", 15},
                  {"S", 16},  {"CL", 17}, {"K", 19},  {"CA", 20}, {"MN", 25}, {"FE", 26}, {"CO", 27}, {"NI", 28}, {"CU", 29},
                  {"ZN", 30}, {"SE", 34}, {"BR", 35}, {"MO", 42}, {"CD", 48}, {"I", 53},  {"W", 74},  {"AU", 79}, {"HG", 80}};
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
    if (!strcasecmp(elements[i].symbol, element)) return elements[i].number;
  return 6;
}

void pleat_map_free(pleat_map *map) {
  if (!map) return;
  pleat_context *context = map->context;
  pleat_grid_release(context, &map->grid);
  pleat_memory_release(context, map);
}

pleat_status pleat_map_create(pleat_context *context, const pleat_map_info *info, const float *values, pleat_map **map) {
  pleat_grid grid = {0};
  *map = NULL;
  for (int d = 0; d < 3; d++) {
    PLEAT_CHECK(context, info->size[d] > 0 && info->size[d] < 1 << 20 && info->spacing[d] > 0 && isfinite(info->origin[d]),
                PLEAT_ERROR_INPUT, "a map of %zu x %zu x %zu points %g angstrom apart cannot be", info->size[0],
                info->size[1], info->size[2], info->spacing[d]);
    grid.size[d] = (int)info->size[d];
    grid.spacing[d] = info->spacing[d];
    grid.origin[d] = info->origin[d];
  }
  PLEAT_TRY(pleat_grid_take(context, &grid));
  pleat_status status = pleat_memory_take(context, 1, sizeof **map, map);
  if (status) {
    pleat_grid_release(context, &grid);
    return status;
  }
  if (values) memcpy(grid.values, values, pleat_grid_points(&grid) * sizeof *values);
  **map = (pleat_map){context, grid};
  return PLEAT_OK;
}

pleat_map_info pleat_map_describe(const pleat_map *map) {
  pleat_map_info info = {0};
  pleat_grid_statistics about = pleat_grid_describe(&map->grid);
  for (int d = 0; d < 3; d++) {
    info.size[d] = (size_t)map->grid.size[d];
    info.spacing[d] = map->grid.spacing[d];
    info.origin[d] = map->grid.origin[d];
  }
  info.least = about.least, info.greatest = about.greatest;
  info.mean = about.mean, info.deviation = about.deviation;
  return info;
}

const float *pleat_map_values(const pleat_map *map) { return map->grid.values; }

pleat_status pleat_map_like(const pleat_map *map, pleat_map **copy) {
  pleat_map_info info = pleat_map_describe(map);
  return pleat_map_create(map->context, &info, NULL, copy);
}

/* Positions and weights of the atoms that make density; the caller releases both. */
static pleat_status dense_atoms(const pleat_structure *structure, double **positions, float **weights, size_t *count) {
  *count = 0;
  *weights = NULL;
  PLEAT_TRY(pleat_memory_take(structure->context, 3 * structure->atom_count, sizeof **positions, positions));
  PLEAT_TRY(pleat_memory_take(structure->context, structure->atom_count, sizeof **weights, weights));
  for (size_t i = 0; i < structure->atom_count; i++) {
    const pleat_atom *atom = &structure->atoms[i].site;
    if (pleat_residue_kind_of(atom->residue_name) == PLEAT_RESIDUE_KIND_WATER) continue;
    memcpy(*positions + 3 * *count, atom->position, sizeof atom->position);
    (*weights)[(*count)++] = (float)pleat_map_atomic_number(atom->element) * (atom->alternate == ' ' ? 1 : atom->occupancy);
  }
  return PLEAT_OK;
}

pleat_status pleat_map_simulate(pleat_context *context, const pleat_structure *structure, double resolution,
                                double spacing, const pleat_map *like, pleat_map **map) {
  double *positions = NULL;
  float *weights = NULL;
  size_t count;
  *map = NULL;
  PLEAT_CHECK(context, resolution > 0 && (like || spacing > 0), PLEAT_ERROR_INPUT,
              "a density of resolution %g angstrom with points %g angstrom apart cannot be", resolution, spacing);
  pleat_status status = dense_atoms(structure, &positions, &weights, &count);
  if (!status && !count)
    status = pleat_status_fail(context, PLEAT_ERROR_INPUT, "the structure has no atoms that make density");
  if (!status && like) status = pleat_map_like(like, map);
  if (!status && !like) {
    pleat_grid grid;
    status = pleat_grid_around(context, positions, count, spacing, resolution, NULL, &grid);
    if (!status) status = pleat_memory_take(context, 1, sizeof **map, map);
    if (!status) **map = (pleat_map){context, grid};
    else pleat_grid_release(context, &grid);
  }
  if (!status) pleat_grid_add_atoms(&(*map)->grid, positions, weights, count, pleat_map_sigma(resolution));
  pleat_memory_release(context, positions);
  pleat_memory_release(context, weights);
  return status;
}
