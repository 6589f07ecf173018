/* pleat's rigid docking: one structure laid on another at every place and in every orientation.
 * SPDX-License-Identifier: MIT
 *
 * Rules beside those of pleat.h, which hold here too:
 * - A pose maps a position x of the ligand's file to rotation x + translation, in the receptor's coordinates.
 * - Energies are in kcal/mol, the lower the better. They rank poses; they are no binding free energies.
 * - Results have the same bits for any number of threads, and do not depend on how the ligand lies in its file beyond the
 *   spacing of the rotations that are tried.
 */
#ifndef PLEAT_DOCK_H
#define PLEAT_DOCK_H

#include "pleat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an atom is to the docking. */
typedef enum pleat_dock_site {
  PLEAT_DOCK_SITE_FREE = 0,
  PLEAT_DOCK_SITE_WANTED = 1,  /* of a residue that must be in the interface */
  PLEAT_DOCK_SITE_AVOIDED = 2, /* of a residue that must not */
  PLEAT_DOCK_SITE_ABSENT = 3   /* as if it were not in the file */
} pleat_dock_site;

/* Start from pleat_dock_defaults. */
typedef struct pleat_dock_settings {
  double angle;            /* no orientation is farther from one that is tried, radian */
  const double *rotations; /* (rotation_count,4) quaternions (w,x,y,z) to try instead; NULL: a uniform set by `angle` */
  size_t rotation_count;
  double spacing;          /* of the grid, angstrom */
  size_t refined;          /* poses of the grid that are refined off it */
  size_t poses;            /* that are reported, best first */
  double cluster;          /* of poses whose ligands' RMSD is less than this, angstrom, the best one is reported */
  const pleat_dock_site *receptor_sites, *ligand_sites; /* of each atom; NULL: all free */
  double share;            /* of each partner's wanted residues that must be in contact, 0..1 */
  const char *wisdom;      /* file that keeps FFTW's plans; NULL: plans are estimated */
} pleat_dock_settings;

PLEAT_API pleat_dock_settings pleat_dock_defaults(void);

typedef struct pleat_dock pleat_dock;

/* Waters, hydrogens and all but one of alternate atoms are left out of the energies. PLEAT_ERROR_INPUT with a sentence for
 * partners without atoms, settings out of range, and restraints that no pose meets. Both structures are of one context;
 * they and the settings' arrays of sites must outlive the docking. */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_dock_run(const pleat_structure *receptor, const pleat_structure *ligand,
                                                        const pleat_dock_settings *settings, pleat_dock **dock);
PLEAT_API void pleat_dock_free(pleat_dock *dock);

typedef struct pleat_dock_pose {
  double score;                              /* weighted sum of the three terms after refinement */
  double shape, electrostatics, desolvation; /* pairs that touch or overlap; charges; atomic contact energies */
  double grid;                               /* the energy on the grid that it was found by */
  size_t members;                            /* refined poses that it stands for, itself among them */
  size_t contacts;                           /* pairs of residues with atoms nearer than 5 angstrom */
  double rotation[3][3], translation[3];
} pleat_dock_pose;

PLEAT_API size_t pleat_dock_count(const pleat_dock *dock);
PLEAT_API pleat_dock_pose pleat_dock_at(const pleat_dock *dock, size_t rank);

/* The orientations that were tried. */
PLEAT_API size_t pleat_dock_rotation_count(const pleat_dock *dock);

/* The ligand in a pose, and receptor and ligand together (chains of the ligand get free names where the receptor has
 * theirs). */
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_dock_ligand(const pleat_dock *dock, size_t rank, pleat_structure **structure);
PLEAT_API PLEAT_RESULT_USED pleat_status pleat_dock_complex(const pleat_dock *dock, size_t rank, pleat_structure **structure);

#ifdef __cplusplus
}
#endif
#endif
