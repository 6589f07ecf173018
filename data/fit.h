/* A fit behind the public handle, and the densities of its parts that search and refinement work on.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_FIT_H
#define PLEAT_DATA_FIT_H

#include "data/map.h"
#include "data/structure.h"
#include "geometry/refine.h"
#include "geometry/search.h"

/* The atoms of a part, around their centre. */
typedef struct pleat_fit_part {
  int label;
  size_t count;
  size_t *atoms;      /* (count) of the structure */
  double *positions;  /* (count,3), less centre */
  float *weights;     /* (count) atomic numbers */
  double centre[3];
} pleat_fit_part;

typedef struct pleat_fit_step {
  size_t part, copy, count;
  pleat_fit_placement *placements; /* (count), of the structure's own coordinates */
} pleat_fit_step;

struct pleat_fit {
  pleat_context *context;
  const pleat_map *map;
  const pleat_structure *structure;
  pleat_fit_settings settings;
  double *rotations; /* (settings.rotation_count,4) */
  pleat_fit_part *parts;
  size_t part_count;
  pleat_fit_step *steps;
  size_t step_count;
  pleat_grid rest; /* the map less what is placed */
};

/* The parts that the settings tell, the largest first. */
pleat_status pleat_fit_take_parts(pleat_fit *fit);
void pleat_fit_release_parts(pleat_fit *fit);

/* PLEAT_ERROR_INPUT when the part cannot lie in the map. */
pleat_status pleat_fit_check_size(const pleat_fit *fit, const pleat_fit_part *part);

/* Density and weights of a part on cubes of `spacing`, its atoms of standard deviation `sigma`. */
pleat_status pleat_fit_make_shape(const pleat_fit *fit, const pleat_fit_part *part, double spacing, double sigma,
                                  pleat_grid *density, pleat_grid *weight);

/* What the last step needs of a part: the map as coarse as it is refined on; density and weights of the part as the map's
 * splines see them; the density that is sharper by what splines on its own points smooth; how many of the map's points lie
 * where the weights are, and how far they reach. */
typedef struct pleat_fit_polish_input {
  const pleat_grid *map, *density, *weight, *sharp;
  double points, radius;
} pleat_fit_polish_input;

/* Moves a pose to where it is best by those points of the map that have their share of the structure. */
pleat_status pleat_fit_polish(const pleat_fit *fit, const pleat_fit_polish_input *input, pleat_refine_pose *pose);

/* Frame of the part's centred positions to a placement of the structure's own, and back. */
void pleat_fit_place(const pleat_fit_part *part, const pleat_rigid *frame, pleat_fit_placement *placement);
pleat_rigid pleat_fit_frame(const pleat_fit_placement *placement);

/* Takes the density of a placed part out of the grid. */
pleat_status pleat_fit_subtract(const pleat_fit *fit, const pleat_fit_part *part, const pleat_fit_placement *placement,
                                pleat_grid *grid);

/* The places of one part, copy after copy: fills `steps` (copies) and subtracts the best of each from fit->rest. */
pleat_status pleat_fit_find(pleat_fit *fit, size_t part, pleat_fit_step *steps);

#endif
