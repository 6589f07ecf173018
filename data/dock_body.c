/* Structures as bodies of atoms for docking: radii, charges, types of atomic contact energies.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/dock.h"

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

/* Atom types of the contact energies, and one that has none. */
enum { BACKBONE_N, BACKBONE_CA, BACKBONE_C, BACKBONE_O, GLYCINE_CA, BETA, LYSINE_N, LYSINE_CD, ACID_O, ARGININE_N, AMIDE,
       ARGININE_NE, ALCOHOL, HISTIDINE_N, TYROSINE, GAMMA, METHYL, SULFUR, OTHER, TYPES };

/* Zhang, Vasmatzis, Cornette & DeLisi, J. Mol. Biol. 267, 707 (1997), divided by 21, which makes them kcal/mol. */
#define ROW(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)                                                       \
  {a / 21.f, b / 21.f, c / 21.f, d / 21.f, e / 21.f, f / 21.f, g / 21.f, h / 21.f, i / 21.f, j / 21.f,                    \
   k / 21.f, l / 21.f, m / 21.f, n / 21.f, o / 21.f, p / 21.f, q / 21.f, r / 21.f, 0}
static const float contact[TYPES][TYPES] = {
    ROW(-0.724f, -0.903f, -0.722f, -0.322f, -0.331f, -0.603f, 1.147f, 0.937f, 0.752f, 0.502f, 0.405f, 0.495f,
        -0.116f, -0.092f, -0.412f, -0.499f, -1.005f, -2.06f),
    ROW(-0.903f, -0.842f, -0.85f, -0.332f, -0.365f, -0.531f, 1.139f, 0.918f, 0.852f, 0.452f, 0.445f, 0.436f,
        -0.044f, -0.165f, -0.539f, -0.59f, -1.123f, -2.028f),
    ROW(-0.722f, -0.85f, -0.704f, -0.371f, -0.308f, -0.499f, 1.14f, 0.846f, 0.788f, 0.49f, 0.408f, 0.418f,
        -0.045f, -0.089f, -0.415f, -0.478f, -0.963f, -2.033f),
    ROW(-0.322f, -0.332f, -0.371f, -0.016f, 0.205f, -0.059f, 1.414f, 1.075f, 1.152f, 0.831f, 0.758f, 0.649f,
        0.383f, 0.241f, -0.073f, -0.166f, -0.65f, -1.65f),
    ROW(-0.331f, -0.365f, -0.308f, 0.205f, 0.182f, -0.009f, 1.502f, 1.385f, 1.192f, 0.912f, 0.872f, 0.943f,
        0.434f, 0.392f, -0.062f, -0.021f, -0.342f, -1.212f),
    ROW(-0.603f, -0.531f, -0.499f, -0.059f, -0.009f, -0.469f, 1.31f, 1.01f, 0.859f, 0.671f, 0.591f, 0.565f,
        0.122f, 0.0f, -0.438f, -0.533f, -1.034f, -1.8f),
    ROW(1.147f, 1.139f, 1.14f, 1.414f, 1.502f, 1.31f, 3.018f, 2.911f, 1.157f, 2.635f, 1.848f, 2.699f, 1.587f,
        1.557f, 1.004f, 1.34f, 1.252f, 0.7f),
    ROW(0.937f, 0.918f, 0.846f, 1.075f, 1.385f, 1.01f, 2.911f, 2.811f, 0.989f, 2.439f, 1.622f, 2.525f, 1.361f,
        1.277f, 0.685f, 0.938f, 0.814f, 0.411f),
    ROW(0.752f, 0.852f, 0.788f, 1.152f, 1.192f, 0.859f, 1.157f, 0.989f, -1.978f, 0.695f, 1.386f, 0.641f,
        1.002f, 0.642f, 0.618f, 0.894f, 0.792f, -0.029f),
    ROW(0.502f, 0.452f, 0.49f, 0.831f, 0.912f, 0.671f, 2.635f, 2.439f, 0.695f, 1.589f, 1.395f, 1.515f, 1.022f,
        0.948f, 0.457f, 0.707f, 0.586f, 0.021f),
    ROW(0.405f, 0.445f, 0.408f, 0.758f, 0.872f, 0.591f, 1.848f, 1.622f, 1.386f, 1.395f, 1.3f, 1.283f, 0.931f,
        0.829f, 0.484f, 0.633f, 0.389f, -0.046f),
    ROW(0.495f, 0.436f, 0.418f, 0.649f, 0.943f, 0.565f, 2.699f, 2.525f, 0.641f, 1.515f, 1.283f, 1.309f, 0.921f,
        0.777f, 0.265f, 0.484f, 0.274f, -0.253f),
    ROW(-0.116f, -0.044f, -0.045f, 0.383f, 0.434f, 0.122f, 1.587f, 1.361f, 1.002f, 1.022f, 0.931f, 0.921f,
        0.559f, 0.319f, 0.301f, 0.212f, -0.155f, -0.949f),
    ROW(-0.092f, -0.165f, -0.089f, 0.241f, 0.392f, 0.0f, 1.557f, 1.277f, 0.642f, 0.948f, 0.829f, 0.777f,
        0.319f, -0.301f, -0.159f, -0.132f, -0.338f, -1.324f),
    ROW(-0.412f, -0.539f, -0.415f, -0.073f, -0.062f, -0.438f, 1.004f, 0.685f, 0.618f, 0.457f, 0.484f, 0.265f,
        0.301f, -0.159f, -0.314f, -0.478f, -0.964f, -1.41f),
    ROW(-0.499f, -0.59f, -0.478f, -0.166f, -0.021f, -0.533f, 1.34f, 0.938f, 0.894f, 0.707f, 0.633f, 0.484f,
        0.212f, -0.132f, -0.478f, -0.687f, -1.24f, -1.784f),
    ROW(-1.005f, -1.123f, -0.963f, -0.65f, -0.342f, -1.034f, 1.252f, 0.814f, 0.792f, 0.586f, 0.389f, 0.274f,
        -0.155f, -0.338f, -0.964f, -1.24f, -1.873f, -2.402f),
    ROW(-2.06f, -2.028f, -2.033f, -1.65f, -1.212f, -1.8f, 0.7f, 0.411f, -0.029f, 0.021f, -0.046f, -0.253f,
        -0.949f, -1.324f, -1.41f, -1.784f, -2.402f, -3.742f),
};

/* Per kcal/mol of each term: close contacts say most of bound partners, charges least (they move, and screen). */
const pleat_dock_model pleat_dock_standard_model = {
    .contact = &contact[0][0], .types = TYPES, .shape = 1, .electrostatic = 0.3, .desolvation = 1};

/* Side-chain atoms beyond the beta carbon; "*" ends a name that any other begins with. */
static const struct {
  const char *residue, *atom;
  unsigned char type;
} side_chains[] = {
    {"GLY", "CA", GLYCINE_CA},  {"PRO", "CD", BETA},        {"PRO", "CG", BETA},       {"SER", "CB", ALCOHOL},
    {"SER", "OG", ALCOHOL},     {"THR", "OG1", ALCOHOL},    {"THR", "CG2", GAMMA},     {"LYS", "CG", GAMMA},
    {"LYS", "CD", LYSINE_CD},   {"LYS", "CE", LYSINE_N},    {"LYS", "NZ", LYSINE_N},   {"ASP", "CG", ACID_O},
    {"ASP", "OD*", ACID_O},     {"GLU", "CG", GAMMA},       {"GLU", "CD", ACID_O},     {"GLU", "OE*", ACID_O},
    {"ARG", "CG", GAMMA},       {"ARG", "CD", ARGININE_NE}, {"ARG", "NE", ARGININE_NE}, {"ARG", "CZ", ARGININE_N},
    {"ARG", "NH*", ARGININE_N}, {"ASN", "CG", AMIDE},       {"ASN", "OD1", AMIDE},     {"ASN", "ND2", AMIDE},
    {"GLN", "CG", GAMMA},       {"GLN", "CD", AMIDE},       {"GLN", "OE1", AMIDE},     {"GLN", "NE2", AMIDE},
    {"HIS", "CG", HISTIDINE_N}, {"HIS", "CD2", HISTIDINE_N}, {"HIS", "CE1", HISTIDINE_N}, {"HIS", "N*", HISTIDINE_N},
    {"TRP", "NE1", HISTIDINE_N}, {"TRP", "C*", GAMMA},      {"PHE", "C*", GAMMA},      {"TYR", "OH", ALCOHOL},
    {"TYR", "CE*", TYROSINE},   {"TYR", "CZ", TYROSINE},    {"TYR", "C*", GAMMA},      {"MET", "CG", GAMMA},
    {"MET", "SD", GAMMA},       {"MET", "SE", GAMMA},       {"MET", "CE", METHYL},     {"ILE", "CG1", GAMMA},
    {"ILE", "CG2", METHYL},     {"ILE", "CD1", METHYL},     {"LEU", "CG", GAMMA},      {"LEU", "CD*", METHYL},
    {"VAL", "CG*", METHYL},     {"CYS", "SG", SULFUR},
};

/* Charges of FTDock (Gabb, Jackson & Sternberg 1997), phosphates in their manner. */
static const struct {
  const char *residue, *atom; /* residue NULL: any */
  float charge;
} charges[] = {{"PRO", "N", -0.1f}, {NULL, "N", 0.55f},   {NULL, "O", -0.55f},   {NULL, "OXT", -0.55f},
               {"ARG", "NH*", 0.5f}, {"ASP", "OD*", -0.5f}, {"GLU", "OE*", -0.5f}, {"LYS", "NZ", 1},
               {NULL, "OP1", -0.5f}, {NULL, "OP2", -0.5f},  {NULL, "O1P", -0.5f},  {NULL, "O2P", -0.5f}};

/* ---- Atoms ----------------------------------------------------------------------------------------------------- */

static bool names(const char *pattern, const char *name) {
  size_t length = strlen(pattern);
  return pattern[length - 1] == '*' ? !strncmp(pattern, name, length - 1) : !strcmp(pattern, name);
}

static unsigned char type_of(const char *residue, const char *atom) {
  static const char *const backbone[] = {"N", "CA", "C", "O"};
  int parent = pleat_residue_parent(residue);
  if (parent < 0) return OTHER;
  const char *own = pleat_residue_types[parent].name;
  if (!strcmp(own, "GLY") && !strcmp(atom, "CA")) return GLYCINE_CA;
  for (int i = 0; i < 4; i++)
    if (!strcmp(atom, backbone[i])) return (unsigned char)i;
  if (!strcmp(atom, "OXT")) return BACKBONE_O;
  if (!strcmp(atom, "CB") && strcmp(own, "SER") != 0) return BETA;
  for (size_t i = 0; i < sizeof side_chains / sizeof *side_chains; i++)
    if (!strcmp(side_chains[i].residue, own) && names(side_chains[i].atom, atom)) return side_chains[i].type;
  return OTHER;
}

static float charge_of(const pleat_structure_record *record) {
  int parent = pleat_residue_parent(record->site.residue_name);
  const char *own = parent >= 0 ? pleat_residue_types[parent].name : record->site.residue_name;
  pleat_residue_kind kind = pleat_residue_kind_of(record->site.residue_name);
  if (parent < 0 && kind == PLEAT_RESIDUE_KIND_OTHER) return (float)record->charge;
  for (size_t i = 0; i < sizeof charges / sizeof *charges; i++)
    if ((!charges[i].residue || !strcmp(charges[i].residue, own)) && names(charges[i].atom, record->site.name))
      return charges[i].charge;
  return (float)record->charge;
}

/* Half the distance at which pairs are best: hydrogens are counted in. */
static float radius_of(const char *element) {
  static const struct {
    const char *element;
    float radius;
  } radii[] = {{"C", 1.85f}, {"N", 1.6f}, {"O", 1.5f}, {"S", 1.9f}, {"SE", 2}, {"P", 1.9f}};
  for (size_t i = 0; i < sizeof radii / sizeof *radii; i++)
    if (!strcasecmp(radii[i].element, element)) return radii[i].radius;
  return 1.6f;
}

static pleat_dock_site site_of(const pleat_dock_partner *p, size_t atom) {
  return p->sites ? p->sites[atom] : PLEAT_DOCK_SITE_FREE;
}

static bool counts(const pleat_dock_partner *p, const unsigned char *keep, size_t atom) {
  const pleat_atom *site = &p->structure->atoms[atom].site;
  return keep[atom] && site_of(p, atom) != PLEAT_DOCK_SITE_ABSENT && strcmp(site->element, "H") != 0 &&
         strcmp(site->element, "D") != 0 && pleat_residue_kind_of(site->residue_name) != PLEAT_RESIDUE_KIND_WATER;
}

static void add_atom(pleat_dock_partner *p, size_t atom, size_t residue) {
  const pleat_structure_record *record = &p->structure->atoms[atom];
  pleat_dock_body *b = &p->body;
  pleat_dock_site site = site_of(p, atom);
  memcpy(b->position + 3 * b->count, record->site.position, sizeof record->site.position);
  b->radius[b->count] = radius_of(record->site.element);
  b->charge[b->count] = charge_of(record);
  b->type[b->count] = type_of(record->site.residue_name, record->site.name);
  b->site[b->count] = site == PLEAT_DOCK_SITE_WANTED ? 1 : site == PLEAT_DOCK_SITE_AVOIDED ? -1 : 0;
  if (site == PLEAT_DOCK_SITE_WANTED && (!b->count || p->residue[b->count - 1] != residue || b->site[b->count - 1] != 1))
    p->wanted++;
  p->residue[b->count++] = residue;
}

static void centre(pleat_dock_partner *p) {
  pleat_dock_body *b = &p->body;
  for (size_t i = 0; i < 3 * b->count; i++) p->centre[i % 3] += b->position[i] / (double)b->count;
  for (size_t i = 0; i < 3 * b->count; i++) b->position[i] -= p->centre[i % 3];
}

static pleat_status take(pleat_context *context, size_t count, pleat_dock_partner *p) {
  PLEAT_TRY(pleat_memory_take(context, 3 * count, sizeof *p->body.position, &p->body.position));
  PLEAT_TRY(pleat_memory_take(context, count, sizeof *p->body.radius, &p->body.radius));
  PLEAT_TRY(pleat_memory_take(context, count, sizeof *p->body.charge, &p->body.charge));
  PLEAT_TRY(pleat_memory_take(context, count, sizeof *p->body.type, &p->body.type));
  PLEAT_TRY(pleat_memory_take(context, count, sizeof *p->body.site, &p->body.site));
  return pleat_memory_take(context, count, sizeof *p->residue, &p->residue);
}

pleat_status pleat_dock_partner_take(pleat_context *context, bool centred, pleat_dock_partner *partner) {
  const pleat_structure *structure = partner->structure;
  unsigned char *keep;
  size_t count = 0;
  PLEAT_TRY(pleat_memory_take(context, structure->atom_count, sizeof *keep, &keep));
  pleat_structure_select_alternates(structure, keep);
  for (size_t i = 0; i < structure->atom_count; i++) count += counts(partner, keep, i);
  pleat_status status = take(context, count, partner);
  for (size_t r = 0; r < structure->residue_count && !status; r++) {
    const pleat_structure_residue *residue = &structure->residues[r];
    for (size_t i = residue->first; i < residue->first + residue->count; i++)
      if (counts(partner, keep, i)) add_atom(partner, i, r);
  }
  pleat_memory_release(context, keep);
  PLEAT_TRY(status);
  PLEAT_CHECK(context, partner->body.count > 0, PLEAT_ERROR_INPUT, "the %s has no atoms that can be docked", partner->role);
  if (centred) centre(partner);
  return PLEAT_OK;
}

void pleat_dock_partner_release(pleat_context *context, pleat_dock_partner *partner) {
  pleat_memory_release(context, partner->body.position);
  pleat_memory_release(context, partner->body.radius);
  pleat_memory_release(context, partner->body.charge);
  pleat_memory_release(context, partner->body.type);
  pleat_memory_release(context, partner->body.site);
  pleat_memory_release(context, partner->residue);
}
