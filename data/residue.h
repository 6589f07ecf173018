/* Amino acids: letters, names, atoms in AlphaFold 2's orders, side-chain torsions, parents of modified residues.
 * SPDX-License-Identifier: MIT */
#ifndef PLEAT_DATA_RESIDUE_H
#define PLEAT_DATA_RESIDUE_H

#include <stdbool.h>

/* Types 0..19 follow the letters ARNDCQEGHILKMFPSTWYV; 20 is the unknown residue X, "UNK". */
enum {
  PLEAT_RESIDUE_UNKNOWN = 20,
  PLEAT_RESIDUE_TYPES = 21,
  PLEAT_RESIDUE_ATOM14 = 14,
  PLEAT_RESIDUE_ATOM37 = 37,
  PLEAT_RESIDUE_CHIS = 4
};

typedef struct pleat_residue_type {
  char letter;
  char name[4];                                /* "ALA" */
  char atom14[PLEAT_RESIDUE_ATOM14][4];        /* atom names, "" where there is none; X has the backbone and CB */
  int chi_count;
  char chi[PLEAT_RESIDUE_CHIS][4][4];          /* the four atoms of each side-chain torsion */
  bool chi_periodic[PLEAT_RESIDUE_CHIS];       /* turning by pi gives the same atoms with two names swapped */
} pleat_residue_type;

extern const pleat_residue_type pleat_residue_types[PLEAT_RESIDUE_TYPES];
extern const char pleat_residue_atom37_names[PLEAT_RESIDUE_ATOM37][4];

/* The type of a letter, upper or lower case; PLEAT_RESIDUE_UNKNOWN for X, -1 for what is no letter of the 20 or X. */
int pleat_residue_from_letter(char letter);

/* The type of a standard three-letter name or "UNK"; -1 for any other. */
int pleat_residue_from_name(const char *name);

/* The same, and a modified residue gives its parent: "MSE" -> MET, "HID" -> HIS; -1 when there is none. */
int pleat_residue_parent(const char *name);

/* Place of an atom name in atom14 of a type, or in atom37; -1 when it is not there. */
int pleat_residue_atom14_index(int type, const char *atom);
int pleat_residue_atom37_index(const char *atom);

/* Element of a heavy atom of the 20 amino acids: the first letter of its name ("CA" -> 'C'). */
char pleat_residue_atom_element(const char *atom);

/* What a component of a polymer is, by its name. */
typedef enum pleat_residue_kind {
  PLEAT_RESIDUE_KIND_OTHER, PLEAT_RESIDUE_KIND_PEPTIDE, PLEAT_RESIDUE_KIND_DNA, PLEAT_RESIDUE_KIND_RNA,
  PLEAT_RESIDUE_KIND_WATER
} pleat_residue_kind;
pleat_residue_kind pleat_residue_kind_of(const char *name);

/* One letter of any residue: its own, its parent's, the nucleotide's, or 'X'. */
char pleat_residue_letter(const char *name);

#endif
