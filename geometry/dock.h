/* Rigid docking of two bodies of atoms: an exhaustive search on grids by Fourier transforms, and energies of pairs that
 * poses are refined by.
 * SPDX-License-Identifier: MIT
 *
 * The energy of a pose, in kcal/mol, is a weighted sum over pairs of atoms nearer than 8 angstrom:
 *     shape           eps (3 (r0/r)^8 - 4 (r0/r)^6), r0 the sum of both radii, linear in r^2 below r0/sqrt(2) (the soft
 *                     potential of Zacharias, Protein Sci. 12, 1271 (2003))
 *     electrostatics  332 q q' / (e(r) r), e = 4 up to 6 angstrom, 38 r - 224 up to 8, 80 beyond (Gabb, Jackson &
 *                     Sternberg, J. Mol. Biol. 272, 106 (1997)); no nearer than 2 angstrom
 *     desolvation     contact energies e(type,type') of pairs nearer than 6 angstrom, fading out from 5.5 to 6.5 (Zhang,
 *                     Vasmatzis, Cornette & DeLisi, J. Mol. Biol. 267, 707 (1997))
 * On the grid atoms of the ligand are points in fields of the receptor (Katchalski-Katzir et al., PNAS 89, 2195 (1992)):
 * contacts outside and overlap inside in place of the shape's pairs (Chen & Weng, Proteins 51, 397 (2003)), the potential,
 * and the two largest eigenvectors of the contact energies. */
#ifndef PLEAT_GEOMETRY_DOCK_H
#define PLEAT_GEOMETRY_DOCK_H

#include "geometry/grid.h"
#include "geometry/rigid.h"

typedef struct pleat_dock_body {
  size_t count;
  double *position;    /* (count,3) angstrom */
  float *radius;       /* (count) angstrom */
  float *charge;       /* (count) in units of the proton's */
  unsigned char *type; /* (count) row of the contact energies */
  signed char *site;   /* (count) 1: belongs in the interface, -1: does not, 0: free */
} pleat_dock_body;

/* Contact energies (types,types), symmetric, kcal/mol; weights of the three terms. */
typedef struct pleat_dock_model {
  const float *contact;
  size_t types;
  double shape, electrostatic, desolvation;
} pleat_dock_model;

/* ---- Search ---------------------------------------------------------------------------------------------------- */

typedef struct pleat_dock_job {
  const pleat_dock_model *model;
  const pleat_dock_body *receptor, *ligand; /* the ligand around position 0 */
  const double *rotations;                  /* (count,4) unit quaternions */
  size_t count;
  size_t peaks;                             /* kept of each rotation, best first */
  double spacing, apart;                    /* of the grid; of the peaks of one rotation; angstrom */
  const char *wisdom;                       /* file of FFTW's plans; NULL: none */
} pleat_dock_job;

typedef struct pleat_dock_hit {
  float energy; /* on the grid, below 0 */
  int rotation;
  double translation[3];
} pleat_dock_hit;

/* hits: room for count * peaks, filled best first (equal energies by rotation and place); *found of them. The same hits for
 * any number of threads. Reports progress. */
pleat_status pleat_dock_search(pleat_context *context, const pleat_dock_job *job, pleat_dock_hit *hits, size_t *found);

/* The receptor's fields, and what the ligand's atoms are multiplied by in each. */
enum { PLEAT_DOCK_CHANNELS = 5 };
typedef struct pleat_dock_fields {
  int channels;
  pleat_grid field[PLEAT_DOCK_CHANNELS]; /* of one size: minus the energy of a unit of the channel */
  float *amount[PLEAT_DOCK_CHANNELS];    /* (ligand's count) */
} pleat_dock_fields;

/* Fields over the receptor and what is near it. */
pleat_status pleat_dock_fields_take(pleat_context *context, const pleat_dock_job *job, pleat_dock_fields *fields);
void pleat_dock_fields_release(pleat_context *context, pleat_dock_fields *fields);

/* ---- Energies of pairs ----------------------------------------------------------------------------------------- */

typedef struct pleat_dock_energy {
  double shape, electrostatic, desolvation; /* kcal/mol, unweighted */
  double total;                             /* weighted */
} pleat_dock_energy;

/* The receptor's atoms by cells of space. */
typedef struct pleat_dock_cells pleat_dock_cells;
pleat_status pleat_dock_cells_take(pleat_context *context, const pleat_dock_body *receptor, pleat_dock_cells **cells);
void pleat_dock_cells_release(pleat_context *context, pleat_dock_cells *cells);

/* Of the ligand moved by `frame`. slope (6), which may be NULL: derivatives of the total by translation and by rotation
 * about the frame's origin. */
pleat_dock_energy pleat_dock_measure(const pleat_dock_model *model, const pleat_dock_cells *cells,
                                     const pleat_dock_body *ligand, const pleat_rigid *frame, double slope[6]);

/* Up to `steps` steps of the BFGS method on the six parameters; `width` is the length that a radian counts for. The total
 * never rises. */
pleat_dock_energy pleat_dock_refine(const pleat_dock_model *model, const pleat_dock_cells *cells,
                                    const pleat_dock_body *ligand, double width, int steps, pleat_rigid *frame);

/* near_receptor (receptor's count) and near_ligand (ligand's count) become 1 where an atom of the other is nearer than
 * `cutoff`, at most 8 angstrom; either may be NULL. Returns the number of such pairs. */
size_t pleat_dock_contacts(const pleat_dock_cells *cells, const pleat_dock_body *ligand, const pleat_rigid *frame,
                           double cutoff, unsigned char *near_receptor, unsigned char *near_ligand);

#endif
