/* pleat's density maps and rigid fitting: structures placed into cryo-EM maps, and onto one another.
 * SPDX-License-Identifier: MIT
 *
 * Rules beside those of pleat.h, which hold here too:
 * - Point (i,j,k) of a map lies at origin + (i,j,k) * spacing, in angstrom; its value is values[(k NY + j) NX + i].
 * - A placement maps a position x of the structure's file to rotation x + translation.
 * - Results have the same bits for any number of threads.
 */
#ifndef PLEAT_FIT_H
#define PLEAT_FIT_H

#include "pleat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Maps ------------------------------------------------------------------------------------------------------ */

typedef struct pleat_map pleat_map;

/* Reads an MRC or CCP4 map, plain or gzipped: modes 0, 1, 2, 6 and 12, either byte order, any order of axes, which become
 * x, y, z. The place of its first point is the header's origin where that is not 0, else its start indices. Boxes with
 * angles other than 90 degrees are PLEAT_ERROR_UNSUPPORTED; a file that is too short, sizes that are none and values that
 * are not finite are PLEAT_ERROR_FORMAT. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_map_read(pleat_context *context, const char *path, pleat_map **map);

/* The same from bytes in memory, not gzipped; `name` is what sentences call them. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_map_parse(pleat_context *context, const char *bytes, size_t length,
                                                         const char *name, pleat_map **map);

/* Writes MRC2014, mode 2; gzipped when the name ends in .gz. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_map_write(const pleat_map *map, const char *path);
PLEAT_API void pleat_map_free(pleat_map *map);

typedef struct pleat_map_info {
  size_t size[3];       /* NX, NY, NZ */
  double spacing[3], origin[3];
  double least, greatest, mean, deviation;
} pleat_map_info;

/* A map of the caller's numbers, which are copied; of info, size, spacing and origin are looked at. values NULL: all 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_map_create(pleat_context *context, const pleat_map_info *info,
                                                          const float *values, pleat_map **map);
PLEAT_API pleat_map_info pleat_map_describe(const pleat_map *map);
PLEAT_API const float *pleat_map_values(const pleat_map *map);

/* The density of a structure at a resolution: atoms (waters left out) as normal densities of standard deviation
 * resolution / (pi sqrt 2) and weight their atomic number, on cubes of edge `spacing` with a margin of `resolution`
 * around. `like` not NULL: on the points of that map instead. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_map_simulate(pleat_context *context, const pleat_structure *structure,
                                                            double resolution, double spacing, const pleat_map *like,
                                                            pleat_map **map);

/* ---- Fitting --------------------------------------------------------------------------------------------------- */

/* A structure is fitted as a whole or in parts, each of which may be in the map several times. What is placed is subtracted
 * before the next is looked for. Start from pleat_fit_defaults. */
typedef struct pleat_fit_settings {
  double resolution;       /* of the map, angstrom; at least twice the map's spacing */
  double angle;            /* no orientation is farther from one that is tried, radian */
  const double *rotations; /* (rotation_count,4) quaternions (w,x,y,z) to try instead; NULL: a uniform set by `angle` */
  size_t rotation_count;
  double sampling;         /* points per resolution of the search; a finer map is made as coarse */
  int core_weighted;       /* 1: the inside of the structure counts more (Wu et al., J. Struct. Biol. 141, 63 (2003)) */
  int laplace;             /* 1: the search is on the Laplacian of both densities (Chacon & Wriggers, JMB 317, 375 (2002)) */
  const int *parts;        /* of each atom of the structure, from 0; -1: left out; NULL: one part without waters */
  size_t copies;           /* of each part */
  size_t fits;             /* reported for each copy, best first */
  const char *wisdom;      /* file that keeps FFTW's plans; NULL: plans are estimated */
} pleat_fit_settings;

PLEAT_API pleat_fit_settings pleat_fit_defaults(double resolution);

typedef struct pleat_fit pleat_fit;

/* PLEAT_ERROR_INPUT with a sentence for a map without contrast, a structure that is larger than the map, a resolution finer
 * than twice the map's spacing, or a part without atoms. Map and structure must outlive the fit. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_run(const pleat_map *map, const pleat_structure *structure,
                                                       const pleat_fit_settings *settings, pleat_fit **fit);
PLEAT_API void pleat_fit_free(pleat_fit *fit);

/* A place that was found. */
typedef struct pleat_fit_placement {
  double score;      /* local cross-correlation, -1..1, after refinement */
  double z_score;    /* Fisher's: atanh(score) sqrt(n - 3), n the independent points that the score is of */
  double confidence; /* 0..1: of being the right one among those found, from the likelihoods (1 - score^2)^(-n/2) */
  double share;      /* of the density that the map has at this place, 0..1 */
  double scale;      /* the map is scale * density there */
  double rotation[3][3], translation[3];
} pleat_fit_placement;

/* Steps: copy after copy of part after part, the largest first. Each has at least one placement, best first. */
PLEAT_API size_t pleat_fit_step_count(const pleat_fit *fit);
PLEAT_API int pleat_fit_step_part(const pleat_fit *fit, size_t step);
PLEAT_API size_t pleat_fit_count(const pleat_fit *fit, size_t step);
PLEAT_API pleat_fit_placement pleat_fit_at(const pleat_fit *fit, size_t step, size_t rank);

/* The atoms of a step's part at one of its places. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_structure(const pleat_fit *fit, size_t step, size_t rank,
                                                             pleat_structure **structure);

/* All steps at their best places; further copies get chain names that are free. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_assembly(const pleat_fit *fit, pleat_structure **structure);

/* The map less the densities of the assembly. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_difference(const pleat_fit *fit, pleat_map **map);

/* Three slices of the map through the middle of the assembly, atoms of the trace near each on top, as SVG. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_write_slices(const pleat_fit *fit, const char *path);

/* Rigid domains of a prediction from its aligned errors (count,count): residues joined by average linkage while the mean
 * error between two groups, both ways, is below `cutoff` angstrom. domains (count) gets numbers from 0, the largest first;
 * -1 for residues in groups of fewer than `least`. *domain_count may be 0. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_fit_domains(pleat_context *context, const float *pae, size_t count,
                                                           double cutoff, size_t least, int *domains,
                                                           size_t *domain_count);

#ifdef __cplusplus
}
#endif
#endif
