/* From a structure to a target: which residues are protein, which atoms are context, and what is unusual in them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "folding/target_parts.h"
#include "geometry/neighbor.h"

enum { ROLE_NONE, ROLE_CONTEXT, ROLE_PROTEIN };
enum { NOTE_PARENT, NOTE_UNKNOWN, NOTE_INCOMPLETE, NOTE_NO_CA, NOTE_EMPTY_CA, NOTE_FREE, NOTE_ELEMENT, NOTES };

/* One kind of message for the log; goes out whenever its line is full, and after so many lines only counts. */
enum { NOTE_LINES = 4 };
typedef struct target_note {
  char places[900];
  size_t length, lines, more;
} target_note;

typedef struct target_reader {
  pleat_target *target;
  const pleat_structure *structure;
  bool zero_occupancy;
  unsigned char *keep;   /* (atoms) 0: the lesser alternate, or occupancy 0 */
  unsigned char *role;   /* (residues) */
  int32_t *chain;        /* (structure's chains) index into the target's chains */
  bool *selected;        /* (target's chains) */
  int32_t *bond;         /* (residues) union-find over peptide bonds */
  bool *anchored;        /* (residues) by root: an ATOM residue is among those bonded to it */
  bool has_atom_protein; /* an amino acid in ATOM records */
  target_note notes[NOTES];
} target_reader;

/* ---- What is said in the log ---- */

static void say(target_reader *reader, int kind) {
  static const struct {
    pleat_log_level level;
    const char *text;
  } heads[NOTES] = {
    {PLEAT_LOG_INFO, "modified residues that count as their parent"},
    {PLEAT_LOG_WARNING, "residues of no known parent, they count as X"},
    {PLEAT_LOG_WARNING, "residues without all of N, CA, C and O, they keep their letter and take no part"},
    {PLEAT_LOG_WARNING, "residues without a CA, they are not in the sequence and their atoms count as context"},
    {PLEAT_LOG_WARNING, "residues whose CA has occupancy 0, they are not in the sequence"},
    {PLEAT_LOG_INFO, "amino acids outside of the chains, they count as context"},
    {PLEAT_LOG_WARNING, "context atoms of elements that the models do not know, they are left out"},
  };
  target_note *note = &reader->notes[kind];
  if (note->length)
    pleat_log(reader->target->context, heads[kind].level, "%s: %s:%s", reader->target->backbone.name, heads[kind].text,
              note->places);
  if (note->more)
    pleat_log(reader->target->context, heads[kind].level, "%s: %s: %zu more", reader->target->backbone.name,
              heads[kind].text, note->more);
  note->length = note->more = 0;
}

static void note_place(target_reader *reader, int kind, const pleat_atom *atom, const char *what) {
  target_note *note = &reader->notes[kind];
  char icode[2] = {atom->insertion_code == ' ' ? 0 : atom->insertion_code, 0};
  if (note->length > sizeof note->places - 64) {
    say(reader, kind);
    note->lines++;
  }
  if (note->lines == NOTE_LINES) {
    note->more++;
    return;
  }
  note->length += (size_t)snprintf(note->places + note->length, sizeof note->places - note->length, "%s %s%d%s %s%s",
                                   note->length ? "," : "", atom->chain, atom->residue_number, icode,
                                   atom->residue_name, what);
}

/* ---- Atoms of a residue ---- */

static const pleat_structure_record *first_atom(const target_reader *reader, size_t residue) {
  return &reader->structure->atoms[reader->structure->residues[residue].first];
}

/* The atom called `name`, NULL when there is none; only among kept ones when `kept`. */
static const pleat_structure_record *find_atom(const target_reader *reader, size_t residue, const char *name,
                                               bool kept) {
  const pleat_structure_residue *r = &reader->structure->residues[residue];
  for (size_t i = r->first; i < r->first + r->count; i++)
    if ((!kept || reader->keep[i]) && strcmp(reader->structure->atoms[i].site.name, name) == 0)
      return &reader->structure->atoms[i];
  return NULL;
}

/* Calcium is called CA, too. */
static bool has_ca(const target_reader *reader, size_t residue) {
  const pleat_structure_record *ca = find_atom(reader, residue, "CA", false);
  return ca && strcasecmp(ca->site.element, "C") == 0;
}

static bool has_backbone(const target_reader *reader, size_t residue) {
  return has_ca(reader, residue) && find_atom(reader, residue, "N", false) && find_atom(reader, residue, "C", false);
}

static bool is_amino_acid(const target_reader *reader, size_t residue) {
  return pleat_residue_kind_of(pleat_structure_residue_name(reader->structure, residue)) == PLEAT_RESIDUE_KIND_PEPTIDE;
}

static bool is_standard(const target_reader *reader, size_t residue) {
  int type = pleat_residue_from_name(pleat_structure_residue_name(reader->structure, residue));
  return type >= 0 && type != PLEAT_RESIDUE_UNKNOWN;
}

/* ---- Alternates ---- */

static bool is_given(const target_reader *reader, const pleat_atom *atom) {
  return reader->zero_occupancy || atom->occupancy > 0;
}

/* The conformer of a residue: A where there is one, as the published code has it (whatever its occupancy); else the one
 * of highest occupancy. ' ' when there are no alternates. */
static char choose_conformer(const target_reader *reader, const pleat_structure_residue *residue) {
  const pleat_structure_record *atoms = reader->structure->atoms;
  char best = ' ';
  float occupancy = -1;
  for (size_t i = residue->first; i < residue->first + residue->count; i++) {
    const pleat_atom *atom = &atoms[i].site;
    if (atom->alternate == ' ' || !is_given(reader, atom)) continue;
    if (atom->alternate == 'A') return 'A';
    if (atom->occupancy > occupancy) best = atom->alternate, occupancy = atom->occupancy;
  }
  return best;
}

/* A backbone atom that the chosen conformer lacks is taken from another one, so that no residue is lost. */
static void keep_backbone(target_reader *reader, size_t residue) {
  static const char *const names[4] = {"N", "CA", "C", "O"};
  const pleat_structure_residue *r = &reader->structure->residues[residue];
  for (int n = 0; n < 4; n++) {
    size_t best = SIZE_MAX;
    if (find_atom(reader, residue, names[n], true)) continue;
    for (size_t i = r->first; i < r->first + r->count; i++) {
      const pleat_atom *atom = &reader->structure->atoms[i].site;
      if (strcmp(atom->name, names[n]) != 0 || !is_given(reader, atom)) continue;
      if (best == SIZE_MAX || atom->occupancy > reader->structure->atoms[best].site.occupancy) best = i;
    }
    if (best != SIZE_MAX) reader->keep[best] = 1;
  }
}

static void select_atoms(target_reader *reader) {
  for (size_t r = 0; r < reader->structure->residue_count; r++) {
    const pleat_structure_residue *residue = &reader->structure->residues[r];
    char conformer = choose_conformer(reader, residue);
    for (size_t i = residue->first; i < residue->first + residue->count; i++) {
      const pleat_atom *atom = &reader->structure->atoms[i].site;
      reader->keep[i] = is_given(reader, atom) && (atom->alternate == ' ' || atom->alternate == conformer);
    }
    if (conformer != ' ' && is_amino_acid(reader, r)) keep_backbone(reader, r);
  }
}

/* ---- Chains ---- */

/* Author chains by first appearance: what ProDy calls the chain index. */
static pleat_status index_chains(target_reader *reader) {
  const pleat_structure *structure = reader->structure;
  pleat_target *target = reader->target;
  PLEAT_TRY(pleat_pool_take(&target->pool, structure->chain_count, sizeof *target->chains, &target->chains));
  for (size_t c = 0; c < structure->chain_count; c++) {
    int32_t id = target->chain_count;
    for (int32_t i = 0; i < target->chain_count && id == target->chain_count; i++)
      if (strcmp(target->chains[i], structure->chains[c].id) == 0) id = i;
    reader->chain[c] = id;
    if (id < target->chain_count) continue;
    memcpy(target->chains[id], structure->chains[c].id, sizeof *target->chains);
    target->chain_count++;
  }
  return PLEAT_OK;
}

static pleat_status select_chains(target_reader *reader, const char *chains) {
  pleat_target *target = reader->target;
  char name[64];
  bool any = chains && *chains;
  for (int32_t i = 0; i < target->chain_count; i++) reader->selected[i] = !any;
  while (any && pleat_target_next_piece(&chains, ",", name)) {
    if (!name[0]) continue;
    PLEAT_TRY(pleat_target_check_chain(target, "chains", name));
    for (int32_t i = 0; i < target->chain_count; i++)
      if (strcmp(target->chains[i], name) == 0) reader->selected[i] = true;
  }
  return PLEAT_OK;
}

static int32_t chain_of(const target_reader *reader, size_t residue) {
  return reader->chain[reader->structure->residues[residue].chain];
}

/* ---- Peptide bonds: they tell a modified residue of a chain from a free amino acid ---- */

static int32_t find_root(int32_t *bond, int32_t i) {
  while (bond[i] != i) i = bond[i] = bond[bond[i]];
  return i;
}

/* Points 2r and 2r + 1 are N and C of residue r. */
static void join_bonded(void *argument, size_t first, size_t second, double distance2) {
  target_reader *reader = argument;
  size_t a = first / 2, b = second / 2;
  (void)distance2;
  if (first % 2 == second % 2 || chain_of(reader, a) != chain_of(reader, b)) return;
  reader->bond[find_root(reader->bond, (int32_t)a)] = find_root(reader->bond, (int32_t)b);
}

static pleat_status find_bonds(target_reader *reader, double *points) {
  static const char *const ends[2] = {"N", "C"};
  size_t residues = reader->structure->residue_count;
  for (size_t r = 0; r < residues; r++)
    for (int end = 0; end < 2; end++) {
      const pleat_structure_record *atom = find_atom(reader, r, ends[end], false);
      for (int k = 0; k < 3; k++) points[(2 * r + (size_t)end) * 3 + (size_t)k] = atom ? atom->site.position[k] : 1e16;
    }
  /* 1.33 angstrom in a peptide bond, 2.46 between N and C of one residue. */
  PLEAT_TRY(pleat_neighbor_pairs(reader->target->context, points, 2 * residues, 2.0, join_bonded, reader));
  for (size_t r = 0; r < residues; r++)
    if (!first_atom(reader, r)->site.hetero && has_backbone(reader, r))
      reader->anchored[find_root(reader->bond, (int32_t)r)] = true;
  return PLEAT_OK;
}

/* Only hetero residues with a backbone need the bonds. */
static pleat_status index_bonds(target_reader *reader) {
  bool needed = false;
  double *points;
  for (size_t r = 0; r < reader->structure->residue_count; r++) {
    reader->bond[r] = (int32_t)r;
    bool hetero = first_atom(reader, r)->site.hetero, backbone = has_backbone(reader, r);
    needed = needed || (hetero && backbone);
    reader->has_atom_protein = reader->has_atom_protein || (!hetero && has_ca(reader, r));
  }
  if (!needed) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_take(reader->target->context, reader->structure->residue_count, 6 * sizeof *points, &points));
  pleat_status status = find_bonds(reader, points);
  pleat_memory_release(reader->target->context, points);
  return status;
}

/* ---- Roles ---- */

/* A hetero residue belongs to a chain where a peptide bond or the file's own numbering of the polymer says so; a
 * modified one between two gaps also does, and in a file without ATOM records all do. */
static bool is_in_chain(target_reader *reader, size_t residue, pleat_structure_kind kind) {
  const pleat_structure_record *atom = first_atom(reader, residue);
  bool backbone = has_backbone(reader, residue), known = is_amino_acid(reader, residue);
  if (atom->label_number > 0 || (known && !reader->has_atom_protein)) return known || backbone;
  if (backbone && reader->anchored[find_root(reader->bond, (int32_t)residue)]) return true;
  return known && kind == PLEAT_STRUCTURE_POLYMER && !(backbone && is_standard(reader, residue));
}

static int find_role(target_reader *reader, size_t residue) {
  pleat_structure_kind kind = reader->structure->chains[reader->structure->residues[residue].chain].kind;
  const pleat_structure_record *atom = first_atom(reader, residue);
  bool known = is_amino_acid(reader, residue);
  if (kind == PLEAT_STRUCTURE_WATER || !reader->selected[chain_of(reader, residue)]) return ROLE_NONE;
  /* Points that the OPM server draws a membrane with. */
  if (strcmp(atom->site.residue_name, "DUM") == 0) return ROLE_NONE;
  if (atom->site.hetero && !is_in_chain(reader, residue, kind)) {
    if (known) note_place(reader, NOTE_FREE, &atom->site, "");
    return ROLE_CONTEXT;
  }
  if (!known) return has_backbone(reader, residue) ? ROLE_PROTEIN : ROLE_CONTEXT;
  if (has_ca(reader, residue)) return ROLE_PROTEIN;
  note_place(reader, NOTE_NO_CA, &atom->site, "");
  return ROLE_CONTEXT;
}

/* Roles of all residues; *length counts those of the sequence, *others the atoms of the context. */
static void find_roles(target_reader *reader, size_t *length, size_t *others) {
  for (size_t r = 0; r < reader->structure->residue_count; r++) {
    const pleat_structure_residue *residue = &reader->structure->residues[r];
    reader->role[r] = (unsigned char)find_role(reader, r);
    if (reader->role[r] == ROLE_PROTEIN && !find_atom(reader, r, "CA", true)) {
      note_place(reader, NOTE_EMPTY_CA, &first_atom(reader, r)->site, "");
      reader->role[r] = ROLE_NONE;
    }
    if (reader->role[r] == ROLE_PROTEIN) ++*length;
    if (reader->role[r] == ROLE_CONTEXT)
      for (size_t i = residue->first; i < residue->first + residue->count; i++) *others += reader->keep[i];
  }
}

/* ---- Context ---- */

/* Atomic number; 0 for hydrogen, molybdenum and what is no element. The published table spells molybdenum "Mb", so no
 * model has seen it. */
static int32_t context_element(const char *symbol) {
  static const char known[][4] = {
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc",
    "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr",
    "Nb", "", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr",
    "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt",
    "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk",
    "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv",
    "Ts", "Og"};
  for (int32_t i = 1; i < (int32_t)(sizeof known / sizeof *known); i++)
    if (known[i][0] && strcasecmp(known[i], symbol) == 0) return i + 1;
  return 0;
}

static void add_context_atom(target_reader *reader, const pleat_structure_record *record) {
  pleat_target *target = reader->target;
  pleat_backbone *backbone = &target->backbone;
  pleat_structure_record *own = &target->others[target->other_count++];
  *own = *record;
  own->site.b_factor = 0;
  own->detached = own->detached || own->site.hetero;
  int32_t element = context_element(record->site.element);
  if (!element) {
    char name[16];
    snprintf(name, sizeof name, " %s", record->site.name);
    bool hydrogen = strcasecmp(record->site.element, "H") == 0 || strcasecmp(record->site.element, "D") == 0;
    if (!hydrogen) note_place(reader, NOTE_ELEMENT, &record->site, name);
    return;
  }
  for (int k = 0; k < 3; k++) backbone->context[backbone->context_count * 3 + k] = (float)record->site.position[k];
  backbone->element[backbone->context_count++] = element;
}

static pleat_status read_context(target_reader *reader, size_t others) {
  pleat_target *target = reader->target;
  PLEAT_TRY(pleat_pool_take(&target->pool, others, sizeof *target->others, &target->others));
  PLEAT_TRY(pleat_pool_take(&target->pool, others, 3 * sizeof(float), &target->backbone.context));
  PLEAT_TRY(pleat_pool_take(&target->pool, others, sizeof(int32_t), &target->backbone.element));
  for (size_t r = 0; r < reader->structure->residue_count; r++) {
    const pleat_structure_residue *residue = &reader->structure->residues[r];
    for (size_t i = residue->first; reader->role[r] == ROLE_CONTEXT && i < residue->first + residue->count; i++)
      if (reader->keep[i]) add_context_atom(reader, &reader->structure->atoms[i]);
  }
  return PLEAT_OK;
}

/* ---- Residues of the sequence ---- */

static int atom_place(const char *name, char letter) {
  static const struct {
    char letter; /* 0: any */
    char name[4], place[4];
  } others[] = {{'M', "SE", "SD"}, {'C', "SE", "SG"}, {'I', "CD", "CD1"}, {0, "OT1", "O"}};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if ((!others[i].letter || others[i].letter == letter) && strcmp(others[i].name, name) == 0) name = others[i].place;
  int place = pleat_residue_atom37_index(name);
  return place == PLEAT_TARGET_ATOMS - 1 ? -1 : place; /* OXT is no part of what the models were trained on */
}

static void read_atoms(target_reader *reader, size_t residue, const char *name, int64_t at) {
  pleat_backbone *backbone = &reader->target->backbone;
  const pleat_structure_residue *r = &reader->structure->residues[residue];
  for (size_t i = r->first; i < r->first + r->count; i++) {
    const pleat_atom *atom = &reader->structure->atoms[i].site;
    int place = atom_place(atom->name, reader->target->residues[at].letter);
    if (!reader->keep[i] || place < 0 || strcmp(atom->residue_name, name) != 0) continue;
    for (int k = 0; k < 3; k++)
      backbone->atoms[(at * PLEAT_TARGET_ATOMS + place) * 3 + k] = (float)atom->position[k];
    backbone->atom_mask[at * PLEAT_TARGET_ATOMS + place] = 1;
  }
}

/* N, CA and C at their likeliest place: the alternate of highest occupancy, the first on ties. */
static void read_likely(const target_reader *reader, size_t residue, const char *name, float *likely) {
  static const char *const names[3] = {"N", "CA", "C"};
  const pleat_structure_residue *r = &reader->structure->residues[residue];
  for (int n = 0; n < 3; n++) {
    float occupancy = -1;
    for (size_t i = r->first; i < r->first + r->count; i++) {
      const pleat_atom *atom = &reader->structure->atoms[i].site;
      if (strcmp(atom->name, names[n]) != 0 || strcmp(atom->residue_name, name) != 0) continue;
      if (!is_given(reader, atom) || atom->occupancy <= occupancy) continue;
      occupancy = atom->occupancy;
      for (int k = 0; k < 3; k++) likely[n * 3 + k] = (float)atom->position[k];
    }
  }
}

static void take_backbone(pleat_backbone *backbone, int64_t at) {
  static const int place[4] = {0, 1, 2, 4}; /* N CA C O of atom37 */
  backbone->mask[at] = 1;
  for (int atom = 0; atom < 4; atom++) {
    int64_t from = at * PLEAT_TARGET_ATOMS + place[atom];
    memcpy(&backbone->x[(at * 4 + atom) * 3], &backbone->atoms[from * 3], 3 * sizeof(float));
    backbone->mask[at] *= backbone->atom_mask[from];
  }
}

static void note_residue(target_reader *reader, const pleat_atom *atom, const pleat_target_residue *residue) {
  char letter[8] = {' ', '(', residue->letter, ')', 0};
  if (pleat_residue_from_name(atom->residue_name) < 0 && residue->letter != 'X')
    note_place(reader, NOTE_PARENT, atom, letter);
  if (residue->letter == 'X') note_place(reader, NOTE_UNKNOWN, atom, "");
  if (!residue->complete) note_place(reader, NOTE_INCOMPLETE, atom, "");
}

static void read_residue(target_reader *reader, size_t residue, int64_t at) {
  pleat_target *target = reader->target;
  const pleat_structure_record *ca = find_atom(reader, residue, "CA", true);
  pleat_target_residue *own = &target->residues[at];
  int parent = pleat_residue_parent(ca->site.residue_name);
  memcpy(own->chain, ca->site.chain, sizeof own->chain);
  memcpy(own->name, ca->site.residue_name, sizeof own->name);
  own->number = ca->site.residue_number;
  own->insertion_code = ca->site.insertion_code;
  own->letter = parent < 0 ? 'X' : pleat_residue_types[parent].letter;
  target->first[at] = *first_atom(reader, residue);
  target->native[at] = target->backbone.letter[at] = pleat_target_letter_index(own->letter);
  target->backbone.chain[at] = chain_of(reader, residue);
  read_atoms(reader, residue, ca->site.residue_name, at);
  read_likely(reader, residue, ca->site.residue_name, &target->backbone.likely[at * 9]);
  take_backbone(&target->backbone, at);
  own->complete = target->backbone.mask[at] > 0;
  note_residue(reader, &ca->site, own);
}

static pleat_status take_arrays(pleat_target *target, size_t length) {
  pleat_backbone *backbone = &target->backbone;
  backbone->length = (int64_t)length;
  struct {
    void *array;
    size_t size;
  } arrays[] = {{&target->residues, sizeof *target->residues}, {&target->first, sizeof *target->first},
                {&target->native, 4}, {&target->codes, sizeof *target->codes}, {&target->sorted, 4},
                {&target->flags, 1}, {&target->added, PLEAT_TARGET_LETTERS * sizeof *target->added},
                {&backbone->x, 12 * sizeof(float)}, {&backbone->mask, sizeof(float)}, {&backbone->number, 4},
                {&backbone->chain, 4}, {&backbone->letter, 4}, {&backbone->designed, sizeof(float)},
                {&backbone->bias, PLEAT_TARGET_LETTERS * sizeof(float)}, {&backbone->label, 4},
                {&backbone->atoms, 3 * PLEAT_TARGET_ATOMS * sizeof(float)},
                {&backbone->likely, 9 * sizeof(float)},
                {&backbone->atom_mask, PLEAT_TARGET_ATOMS * sizeof(float)}, {&backbone->near_ligand, sizeof(float)},
                {&backbone->ties.member, 4}, {&backbone->ties.weight, sizeof(float)}};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    PLEAT_TRY(pleat_pool_take(&target->pool, length, arrays[i].size, arrays[i].array));
  PLEAT_TRY(pleat_pool_take(&target->pool, length + 1, sizeof *target->chain_start, &target->chain_start));
  return pleat_pool_take(&target->pool, length + 1, sizeof *backbone->ties.start, &backbone->ties.start);
}

/* A number that repeats the one before (insertion codes) moves it and all that follow up by one. */
static void number_residues(pleat_target *target) {
  int32_t moved = 0;
  for (int64_t i = 0; i < target->backbone.length; i++) {
    if (i > 0 && target->residues[i].number == target->residues[i - 1].number) moved++;
    target->backbone.number[i] = (int32_t)((uint32_t)target->residues[i].number + (uint32_t)moved);
  }
}

static pleat_status read_residues(target_reader *reader, size_t length) {
  pleat_target *target = reader->target;
  const char *name = target->backbone.name;
  bool whole = false;
  PLEAT_CHECK(target->context, length > 0, PLEAT_ERROR_INPUT,
              "%s: has no protein residue%s, there is nothing to design", name,
              reader->notes[NOTE_NO_CA].length ? " with a CA" : "");
  PLEAT_TRY(take_arrays(target, length));
  for (size_t r = 0, at = 0; r < reader->structure->residue_count; r++)
    if (reader->role[r] == ROLE_PROTEIN) read_residue(reader, r, (int64_t)at++);
  for (size_t i = 0; i < length; i++) whole = whole || target->residues[i].complete;
  PLEAT_CHECK(target->context, whole, PLEAT_ERROR_INPUT,
              "%s: no residue has its whole backbone (N, CA, C and O); models with CA atoms only cannot be used", name);
  number_residues(target);
  return PLEAT_OK;
}

/* No cell or membrane is a tenth of a millimetre wide; beyond that single precision could not tell atoms apart. */
static pleat_status check_coordinates(const target_reader *reader) {
  for (size_t i = 0; i < reader->structure->atom_count; i++) {
    const pleat_atom *atom = &reader->structure->atoms[i].site;
    for (int k = 0; k < 3; k++)
      PLEAT_CHECK(reader->target->context, fabs(atom->position[k]) < 1e6, PLEAT_ERROR_INPUT,
                  "%s: atom %s of residue %s%d has the coordinate %g angstrom, which cannot be",
                  reader->target->backbone.name, atom->name, atom->chain, atom->residue_number, atom->position[k]);
  }
  return PLEAT_OK;
}

static pleat_status read_all(target_reader *reader, const pleat_target_selection *selection) {
  size_t length = 0, others = 0;
  PLEAT_TRY(check_coordinates(reader));
  PLEAT_TRY(index_chains(reader));
  PLEAT_TRY(select_chains(reader, selection ? selection->chains : NULL));
  select_atoms(reader);
  PLEAT_TRY(index_bonds(reader));
  find_roles(reader, &length, &others);
  PLEAT_TRY(read_residues(reader, length));
  PLEAT_TRY(read_context(reader, others));
  for (int kind = 0; kind < NOTES; kind++) say(reader, kind);
  return PLEAT_OK;
}

pleat_status pleat_target_read(pleat_target *target, const pleat_structure *structure,
                               const pleat_target_selection *selection) {
  pleat_pool pool;
  target_reader *reader;
  pleat_pool_init(&pool, target->context, 0);
  pleat_status status = pleat_pool_take(&pool, 1, sizeof *reader, &reader);
  if (!status) {
    *reader = (target_reader){.target = target, .structure = structure,
                              .zero_occupancy = selection && selection->zero_occupancy};
    status = pleat_pool_take(&pool, structure->atom_count, 1, &reader->keep);
  }
  if (!status) status = pleat_pool_take(&pool, structure->residue_count, 1, &reader->role);
  if (!status) status = pleat_pool_take(&pool, structure->chain_count, sizeof *reader->chain, &reader->chain);
  if (!status) status = pleat_pool_take(&pool, structure->chain_count, 1, &reader->selected);
  if (!status) status = pleat_pool_take(&pool, structure->residue_count, sizeof *reader->bond, &reader->bond);
  if (!status) status = pleat_pool_take(&pool, structure->residue_count, 1, &reader->anchored);
  if (!status) status = read_all(reader, selection);
  pleat_pool_free(&pool);
  return status;
}
