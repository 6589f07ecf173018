/* Ideal geometry of the twenty amino acids: atoms of the rigid groups, torsion angles, bonds, bond angles, radii.
 * SPDX-License-Identifier: MIT
 *
 * Residue types count from 0 in the order ARNDCQEGHILKMFPSTWYV, then X (20), which has no atoms. A residue's atoms have
 * 14 places, N CA C O first and CB fifth; the eight rigid groups are backbone, omega (no atoms), phi (no heavy atoms),
 * psi (O), chi1 to chi4. */
#ifndef PLEAT_GEOMETRY_RESIDUE_GEOMETRY_H
#define PLEAT_GEOMETRY_RESIDUE_GEOMETRY_H

#include "geometry/rigid.h"

enum {
  PLEAT_GEOMETRY_TYPES = 21,
  PLEAT_GEOMETRY_UNKNOWN = 20,
  PLEAT_GEOMETRY_ATOMS = 14,
  PLEAT_GEOMETRY_GROUPS = 8,
  PLEAT_GEOMETRY_CHIS = 4
};

/* Places that every residue shares (CB is absent in glycine). */
enum { PLEAT_ATOM_N, PLEAT_ATOM_CA, PLEAT_ATOM_C, PLEAT_ATOM_O, PLEAT_ATOM_CB };

/* One place of a residue: the atom's name ("" when the place is empty), its rigid group, its position in that group. */
typedef struct pleat_residue_atom {
  char name[4];
  signed char group;
  double position[3];
} pleat_residue_atom;

/* (type, place): restype_atom14_* of AlphaFold 2 in one. */
extern const pleat_residue_atom pleat_residue_atoms[PLEAT_GEOMETRY_TYPES][PLEAT_GEOMETRY_ATOMS];

/* "ARNDCQEGHILKMFPSTWYVX" and the three-letter names in that order; X is "UNK". */
extern const char pleat_residue_letters[PLEAT_GEOMETRY_TYPES + 1];
extern const char pleat_residue_names[PLEAT_GEOMETRY_TYPES][4];

/* The type of a one-letter or three-letter name; PLEAT_GEOMETRY_UNKNOWN when it is none of the twenty. */
int pleat_residue_type_of_letter(char letter);
int pleat_residue_type_of_name(const char *name);

/* 1 where the residue has an atom at this place; the place of a named atom, or -1. */
int pleat_residue_has_atom(int type, int place);
int pleat_residue_place(int type, const char *name);

/* How many chi angles there are, and the four places that define angle `chi` (0..3). */
int pleat_residue_chi_count(int type);
void pleat_residue_chi_places(int type, int chi, int places[4]);

/* restype_rigid_group_default_frame: group's frame relative to the group it turns with (the backbone for groups up to
 * chi1, the chi before for the others). All zero for a chi that the residue does not have, as in AlphaFold 2. */
pleat_rigid pleat_residue_default_frame(int type, int group);

/* A bond between two places of one residue, length in angstrom, and an angle a-b-c in radian, with the standard
 * deviations of Engh & Huber (1991, 2001). */
typedef struct pleat_residue_bond {
  signed char a, b;
  double length, deviation;
} pleat_residue_bond;
typedef struct pleat_residue_angle {
  signed char a, b, c;
  double angle, deviation;
} pleat_residue_angle;

/* The table of a type and its number of rows. */
const pleat_residue_bond *pleat_residue_bonds(int type, int *count);
const pleat_residue_angle *pleat_residue_angles(int type, int *count);

/* Peptide bond C-N, and the angles CA-C-N, O-C-N and C-N-CA, to a next residue that is or is not proline. */
typedef struct pleat_residue_peptide {
  double c_n, ca_c_n, o_c_n, c_n_ca;
} pleat_residue_peptide;
pleat_residue_peptide pleat_residue_peptide_geometry(int next_type);

/* Van der Waals radius in angstrom (Bondi 1964) of an atom by its name; 1.7 for elements other than C N O S. */
double pleat_residue_radius(const char *atom_name);

#endif
