/* Tables of amino acids and their look-up.
 * SPDX-License-Identifier: MIT */
#include "data/residue.h"

#include <stddef.h>
#include <string.h>

/* IUPAC atom names; orders of Jumper et al. 2021, supplementary tables 2 and 3. */
const pleat_residue_type pleat_residue_types[PLEAT_RESIDUE_TYPES] = {
  {'A', "ALA", {"N", "CA", "C", "O", "CB"}, 0,
   {{""}}, {false}},
  {'R', "ARG", {"N", "CA", "C", "O", "CB", "CG", "CD", "NE", "CZ", "NH1", "NH2"}, 4,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD"}, {"CB", "CG", "CD", "NE"}, {"CG", "CD", "NE", "CZ"}},
   {false, false, false, false}},
  {'N', "ASN", {"N", "CA", "C", "O", "CB", "CG", "OD1", "ND2"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "OD1"}}, {false, false}},
  {'D', "ASP", {"N", "CA", "C", "O", "CB", "CG", "OD1", "OD2"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "OD1"}}, {false, true}},
  {'C', "CYS", {"N", "CA", "C", "O", "CB", "SG"}, 1,
   {{"N", "CA", "CB", "SG"}}, {false}},
  {'Q', "GLN", {"N", "CA", "C", "O", "CB", "CG", "CD", "OE1", "NE2"}, 3,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD"}, {"CB", "CG", "CD", "OE1"}}, {false, false, false}},
  {'E', "GLU", {"N", "CA", "C", "O", "CB", "CG", "CD", "OE1", "OE2"}, 3,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD"}, {"CB", "CG", "CD", "OE1"}}, {false, false, true}},
  {'G', "GLY", {"N", "CA", "C", "O"}, 0,
   {{""}}, {false}},
  {'H', "HIS", {"N", "CA", "C", "O", "CB", "CG", "ND1", "CD2", "CE1", "NE2"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "ND1"}}, {false, false}},
  {'I', "ILE", {"N", "CA", "C", "O", "CB", "CG1", "CG2", "CD1"}, 2,
   {{"N", "CA", "CB", "CG1"}, {"CA", "CB", "CG1", "CD1"}}, {false, false}},
  {'L', "LEU", {"N", "CA", "C", "O", "CB", "CG", "CD1", "CD2"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD1"}}, {false, false}},
  {'K', "LYS", {"N", "CA", "C", "O", "CB", "CG", "CD", "CE", "NZ"}, 4,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD"}, {"CB", "CG", "CD", "CE"}, {"CG", "CD", "CE", "NZ"}},
   {false, false, false, false}},
  {'M', "MET", {"N", "CA", "C", "O", "CB", "CG", "SD", "CE"}, 3,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "SD"}, {"CB", "CG", "SD", "CE"}}, {false, false, false}},
  {'F', "PHE", {"N", "CA", "C", "O", "CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD1"}}, {false, true}},
  {'P', "PRO", {"N", "CA", "C", "O", "CB", "CG", "CD"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD"}}, {false, false}},
  {'S', "SER", {"N", "CA", "C", "O", "CB", "OG"}, 1,
   {{"N", "CA", "CB", "OG"}}, {false}},
  {'T', "THR", {"N", "CA", "C", "O", "CB", "OG1", "CG2"}, 1,
   {{"N", "CA", "CB", "OG1"}}, {false}},
  {'W', "TRP", {"N", "CA", "C", "O", "CB", "CG", "CD1", "CD2", "NE1", "CE2", "CE3", "CZ2", "CZ3", "CH2"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD1"}}, {false, false}},
  {'Y', "TYR", {"N", "CA", "C", "O", "CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ", "OH"}, 2,
   {{"N", "CA", "CB", "CG"}, {"CA", "CB", "CG", "CD1"}}, {false, true}},
  {'V', "VAL", {"N", "CA", "C", "O", "CB", "CG1", "CG2"}, 1,
   {{"N", "CA", "CB", "CG1"}}, {false}},
  {'X', "UNK", {"N", "CA", "C", "O", "CB"}, 0,
   {{""}}, {false}},
};

const char pleat_residue_atom37_names[PLEAT_RESIDUE_ATOM37][4] = {
  "N", "CA", "C", "CB", "O", "CG", "CG1", "CG2", "OG", "OG1", "SG", "CD", "CD1", "CD2", "ND1", "ND2", "OD1",
  "OD2", "SD", "CE", "CE1", "CE2", "CE3", "NE", "NE1", "NE2", "OE1", "OE2", "CH2", "NH1", "NH2", "OH", "CZ",
  "CZ2", "CZ3", "NZ", "OXT"};

/* Modified residues and the names force fields give to protonation states (PDB chemical components, AMBER, CHARMM). */
static const struct {
  char name[4], parent[4];
} parents[] = {
  {"MSE", "MET"}, {"FME", "MET"}, {"MHO", "MET"}, {"SME", "MET"}, {"CXM", "MET"}, {"SEP", "SER"}, {"SAC", "SER"},
  {"DHA", "SER"}, {"TPO", "THR"}, {"PTR", "TYR"}, {"TYS", "TYR"}, {"NIY", "TYR"}, {"IYR", "TYR"}, {"CSO", "CYS"},
  {"CSD", "CYS"}, {"CME", "CYS"}, {"CSS", "CYS"}, {"OCS", "CYS"}, {"CAS", "CYS"}, {"CSX", "CYS"}, {"SMC", "CYS"},
  {"SCY", "CYS"}, {"SNC", "CYS"}, {"YCM", "CYS"}, {"CSW", "CYS"}, {"CYX", "CYS"}, {"CYM", "CYS"}, {"CYG", "CYS"},
  {"SEC", "CYS"}, {"MLY", "LYS"}, {"M3L", "LYS"}, {"MLZ", "LYS"}, {"ALY", "LYS"}, {"KCX", "LYS"}, {"LLP", "LYS"},
  {"LYN", "LYS"}, {"PYL", "LYS"}, {"HYL", "LYS"}, {"HID", "HIS"}, {"HIE", "HIS"}, {"HIP", "HIS"}, {"HSD", "HIS"},
  {"HSE", "HIS"}, {"HSP", "HIS"}, {"NEP", "HIS"}, {"HIC", "HIS"}, {"MHS", "HIS"}, {"ASH", "ASP"}, {"BFD", "ASP"},
  {"PHD", "ASP"}, {"GLH", "GLU"}, {"PCA", "GLU"}, {"CGU", "GLU"}, {"MEN", "ASN"}, {"AGM", "ARG"}, {"ARN", "ARG"},
  {"HYP", "PRO"}, {"DPR", "PRO"}, {"ORN", "ARG"}, {"TRQ", "TRP"}, {"TRN", "TRP"}, {"HTR", "TRP"}, {"NLE", "LEU"},
  {"MLE", "LEU"}, {"AIB", "ALA"}, {"ABA", "ALA"}, {"MAA", "ALA"}, {"DAL", "ALA"}, {"SAR", "GLY"}, {"GL3", "GLY"},
  {"MVA", "VAL"}, {"MGN", "GLN"}, {"PHI", "PHE"}, {"MEA", "PHE"}, {"CIR", "ARG"}, {"CY1", "CYS"}, {"CAF", "CYS"},
  {"CCS", "CYS"}, {"CSR", "CYS"}, {"QCS", "CYS"}, {"BCS", "CYS"}, {"IAS", "ASP"}, {"SNN", "ASN"}, {"TRO", "TRP"},
  {"FTR", "TRP"}, {"DLY", "LYS"}, {"DAR", "ARG"}, {"DTH", "THR"}, {"DSN", "SER"}, {"DVA", "VAL"}, {"DLE", "LEU"},
  {"DIL", "ILE"}, {"DGL", "GLU"}, {"DGN", "GLN"}, {"DAS", "ASP"}, {"DSG", "ASN"}, {"DCY", "CYS"}, {"DHI", "HIS"},
  {"DPN", "PHE"}, {"DTR", "TRP"}, {"DTY", "TYR"}, {"MED", "MET"},
};

static const char *const dna_names[] = {"DA", "DC", "DG", "DT", "DU", "DI"};
static const char *const rna_names[] = {"A",   "C",   "G",   "U",   "I",   "PSU", "5MC", "OMC",
                                        "OMG", "1MA", "2MG", "7MG", "M2G", "H2U", "5MU"};
static const char *const water_names[] = {"HOH", "DOD", "WAT", "H2O", "TIP", "TIP3", "TIP4", "SOL"};

int pleat_residue_from_letter(char letter) {
  for (int type = 0; type < PLEAT_RESIDUE_TYPES; type++) {
    char own = pleat_residue_types[type].letter;
    if (letter == own || letter == own - 'A' + 'a') return type;
  }
  return -1;
}

int pleat_residue_from_name(const char *name) {
  for (int type = 0; type < PLEAT_RESIDUE_TYPES; type++) {
    if (strcmp(pleat_residue_types[type].name, name) == 0) return type;
  }
  return -1;
}

/* Force fields write protonation as a fourth letter (HISE, LYSH, ASPP) and termini as a first one (NALA, CGLY). */
static int parent_of_long_name(const char *name) {
  char front[4] = {name[0], name[1], name[2], 0};
  int type = strchr("123ABDEHNPX", name[3]) ? pleat_residue_from_name(front) : -1;
  return type < 0 && strchr("NC", name[0]) ? pleat_residue_parent(name + 1) : type;
}

int pleat_residue_parent(const char *name) {
  int type = pleat_residue_from_name(name);
  for (size_t i = 0; type < 0 && i < sizeof parents / sizeof *parents; i++) {
    if (strcmp(parents[i].name, name) == 0) type = pleat_residue_from_name(parents[i].parent);
  }
  return type < 0 && strlen(name) == 4 ? parent_of_long_name(name) : type;
}

int pleat_residue_atom14_index(int type, const char *atom) {
  if (type < 0 || type >= PLEAT_RESIDUE_TYPES || !*atom) return -1;
  for (int i = 0; i < PLEAT_RESIDUE_ATOM14; i++) {
    if (strcmp(pleat_residue_types[type].atom14[i], atom) == 0) return i;
  }
  return -1;
}

int pleat_residue_atom37_index(const char *atom) {
  for (int i = 0; i < PLEAT_RESIDUE_ATOM37; i++) {
    if (strcmp(pleat_residue_atom37_names[i], atom) == 0) return i;
  }
  return -1;
}

char pleat_residue_atom_element(const char *atom) { return atom[0]; }

static bool is_among(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) return true;
  }
  return false;
}
#define IS_AMONG(name, names) is_among(name, names, sizeof names / sizeof *names)

pleat_residue_kind pleat_residue_kind_of(const char *name) {
  if (pleat_residue_parent(name) >= 0) return PLEAT_RESIDUE_KIND_PEPTIDE;
  if (IS_AMONG(name, water_names)) return PLEAT_RESIDUE_KIND_WATER;
  if (IS_AMONG(name, dna_names)) return PLEAT_RESIDUE_KIND_DNA;
  if (IS_AMONG(name, rna_names)) return PLEAT_RESIDUE_KIND_RNA;
  return PLEAT_RESIDUE_KIND_OTHER;
}

char pleat_residue_letter(const char *name) {
  int type = pleat_residue_parent(name);
  if (type >= 0) return pleat_residue_types[type].letter;
  pleat_residue_kind kind = pleat_residue_kind_of(name);
  if (kind == PLEAT_RESIDUE_KIND_DNA) return name[1];
  if (kind == PLEAT_RESIDUE_KIND_RNA && !name[1]) return name[0];
  return 'X';
}
