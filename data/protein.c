/* From a structure file to its protein chains in atom37 order.
 * SPDX-License-Identifier: MIT */
#include "data/protein.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/cif_table.h"
#include "data/number.h"
#include "data/protein_place.h"
#include "data/structure.h"
#include "lib/file.h"

enum { ATOMS = PLEAT_RESIDUE_ATOM37, MOST_RESIDUES = 1000000 };

/* One residue of an entity as mmCIF declares it. */
typedef struct declared_residue {
  pleat_cif_token entity;
  int number;
  char letter;
  bool peptide;
} declared_residue;

typedef struct declared_chain {
  pleat_cif_token label, entity;
} declared_chain;

typedef struct protein_reader {
  pleat_context *context;
  const char *path;
  pleat_protein *protein;
  const pleat_structure *structure;
  unsigned char *keep; /* (atoms) */
  declared_residue *residues;
  size_t residue_count, residue_capacity;
  declared_chain *declared;
  size_t declared_count, declared_capacity;
  pleat_pdb_declared *listed; /* by SEQRES */
  size_t listed_count;
} protein_reader;

/* ---- What mmCIF declares ---- */

static bool is_given(const pleat_cif_token *value) {
  return value->text && value->length && !pleat_cif_is_empty(value);
}

static bool same_text(const pleat_cif_token *a, const pleat_cif_token *b) {
  return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

static pleat_status take_residue(void *user, const pleat_cif_token *values, size_t line) {
  protein_reader *reader = user;
  declared_residue residue = {.entity = values[0]};
  char name[8] = "";
  (void)line;
  if (!is_given(&values[0]) || !is_given(&values[2]) || values[2].length >= sizeof name) return PLEAT_OK;
  if (!pleat_number_parse_int(values[1].text, values[1].length, &residue.number)) return PLEAT_OK;
  memcpy(name, values[2].text, values[2].length);
  residue.letter = pleat_residue_letter(name);
  residue.peptide = pleat_residue_kind_of(name) == PLEAT_RESIDUE_KIND_PEPTIDE;
  const declared_residue *last = reader->residue_count ? &reader->residues[reader->residue_count - 1] : NULL;
  if (last && last->number == residue.number && same_text(&last->entity, &residue.entity)) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_grow(reader->context, &reader->residues, &reader->residue_capacity, reader->residue_count + 1,
                              sizeof *reader->residues));
  reader->residues[reader->residue_count++] = residue;
  return PLEAT_OK;
}

static pleat_status take_chain(void *user, const pleat_cif_token *values, size_t line) {
  protein_reader *reader = user;
  (void)line;
  if (!is_given(&values[0]) || !is_given(&values[1])) return PLEAT_OK;
  PLEAT_TRY(pleat_memory_grow(reader->context, &reader->declared, &reader->declared_capacity,
                              reader->declared_count + 1, sizeof *reader->declared));
  reader->declared[reader->declared_count++] = (declared_chain){values[0], values[1]};
  return PLEAT_OK;
}

/* The earliest revision is the release. */
static pleat_status take_date(void *user, const pleat_cif_token *values, size_t line) {
  char *released = ((protein_reader *)user)->protein->released;
  (void)line;
  if (!is_given(&values[0]) || values[0].length != 10) return PLEAT_OK;
  if (!*released || memcmp(values[0].text, released, 10) < 0) memcpy(released, values[0].text, 10);
  return PLEAT_OK;
}

static pleat_status read_declared(protein_reader *reader, const char *bytes, size_t length) {
  static const char *const atom[] = {"Cartn_x"}, *const residue[] = {"entity_id", "num", "mon_id"};
  static const char *const chain[] = {"id", "entity_id"}, *const date[] = {"revision_date"};
  static const pleat_cif_table tables[] = {{"_atom_site.", atom, 1, NULL},
                                           {"_entity_poly_seq.", residue, 3, take_residue},
                                           {"_struct_asym.", chain, 2, take_chain},
                                           {"_pdbx_audit_revision_history.", date, 1, take_date}};
  const pleat_structure_source source = {.bytes = bytes, .length = length, .name = reader->path};
  pleat_cif cif;
  if (!pleat_structure_is_cif(bytes, length))
    return pleat_pdb_read_declared(reader->context, &source, &reader->listed, &reader->listed_count);
  pleat_cif_init(&cif, reader->context, bytes, length, reader->path);
  return pleat_cif_read_tables(&cif, tables, sizeof tables / sizeof *tables, reader);
}

/* ---- Chains and atoms ---- */

static pleat_status add_chain(protein_reader *reader, const char *id, size_t length, pleat_protein_chain **out) {
  pleat_protein *protein = reader->protein;
  pleat_protein_chain *grown = NULL, chain = {.length = length};
  PLEAT_CHECK(reader->context, length <= MOST_RESIDUES, PLEAT_ERROR_UNSUPPORTED,
              "%s: chain %s has more than %d residues", reader->path, id, MOST_RESIDUES);
  PLEAT_TRY(pleat_pool_take(&protein->pool, protein->count + 1, sizeof *grown, &grown));
  if (protein->count) memcpy(grown, protein->chains, protein->count * sizeof *grown);
  snprintf(chain.id, sizeof chain.id, "%s", id);
  PLEAT_TRY(pleat_pool_take(&protein->pool, length + 1, 1, &chain.sequence));
  PLEAT_TRY(pleat_pool_take(&protein->pool, length * ATOMS * 3, sizeof *chain.positions, &chain.positions));
  PLEAT_TRY(pleat_pool_take(&protein->pool, length * ATOMS, sizeof *chain.present, &chain.present));
  protein->chains = grown;
  grown[protein->count] = chain;
  *out = &grown[protein->count++];
  return PLEAT_OK;
}

static void place_atom(const pleat_atom *atom, pleat_protein_chain *chain, size_t residue) {
  bool selenium = !strcmp(atom->name, "SE") && !strcmp(atom->residue_name, "MSE");
  int place = pleat_residue_atom37_index(selenium ? "SD" : atom->name);
  if (place < 0) return;
  for (int x = 0; x < 3; x++) chain->positions[(residue * ATOMS + (size_t)place) * 3 + x] = (float)atom->position[x];
  chain->present[residue * ATOMS + (size_t)place] = 1;
}

static float squared(const float *a, const float *b) {
  return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]);
}

static void name_arginine(pleat_protein_chain *chain, size_t residue) {
  const int cd = pleat_residue_atom37_index("CD"), nh1 = pleat_residue_atom37_index("NH1"), nh2 = nh1 + 1;
  float *x = chain->positions + residue * ATOMS * 3, *present = chain->present + residue * ATOMS;
  if (!(present[cd] * present[nh1] * present[nh2] > 0)) return;
  if (squared(x + 3 * nh1, x + 3 * cd) <= squared(x + 3 * nh2, x + 3 * cd)) return;
  for (int k = 0; k < 3; k++) {
    float other = x[3 * nh1 + k];
    x[3 * nh1 + k] = x[3 * nh2 + k];
    x[3 * nh2 + k] = other;
  }
}

static void name_arginines(const pleat_protein *protein) {
  for (size_t c = 0; c < protein->count; c++)
    for (size_t i = 0; i < protein->chains[c].length; i++)
      if (protein->chains[c].sequence[i] == 'R') name_arginine(&protein->chains[c], i);
}

static bool has_label(const pleat_structure_record *atom, const pleat_cif_token *label) {
  return strlen(atom->label_chain) == label->length && !memcmp(atom->label_chain, label->text, label->length);
}

/* The chain's residues among those declared: *first .. *first + *count; 0 when it is no protein. */
static void find_declared(const protein_reader *reader, const declared_chain *chain, size_t *first, size_t *count) {
  bool peptide = false;
  *first = *count = 0;
  while (*first < reader->residue_count && !same_text(&reader->residues[*first].entity, &chain->entity)) ++*first;
  for (size_t i = *first; i < reader->residue_count && same_text(&reader->residues[i].entity, &chain->entity); i++) {
    peptide |= reader->residues[i].peptide;
    ++*count;
  }
  if (!peptide) *count = 0;
}

/* The residues' places are told by label_seq_id, which counts them. */
static pleat_status read_labelled(protein_reader *reader, const declared_chain *declared) {
  const pleat_structure *structure = reader->structure;
  pleat_protein_chain *chain = NULL;
  size_t first, count;
  find_declared(reader, declared, &first, &count);
  for (size_t a = 0; count && a < structure->atom_count; a++) {
    const pleat_structure_record *atom = &structure->atoms[a];
    if (!reader->keep[a] || atom->label_number < 1 || !has_label(atom, &declared->label)) continue;
    if (!chain) PLEAT_TRY(add_chain(reader, atom->site.chain, count, &chain));
    size_t residue = (size_t)(atom->label_number - reader->residues[first].number);
    if (residue < count) place_atom(&atom->site, chain, residue);
  }
  for (size_t i = 0; chain && i < count; i++) chain->sequence[i] = reader->residues[first + i].letter;
  return PLEAT_OK;
}

static bool is_protein_of(const protein_reader *reader, size_t residue, const char *id) {
  const pleat_structure_chain *chain = &reader->structure->chains[reader->structure->residues[residue].chain];
  return chain->kind == PLEAT_STRUCTURE_POLYMER && !strcmp(chain->id, id);
}

/* Residues with atoms of the chains that their authors call one name, and where they go. */
typedef struct observed {
  const char *id;
  size_t count, length; /* of the residues, of the sequence */
  size_t *residues, *places;
  const pleat_pdb_declared *listed; /* NULL: the residues alone make the sequence */
} observed;

static pleat_status find_observed(const protein_reader *reader, pleat_pool *pool, observed *o, bool *peptide) {
  const pleat_structure *structure = reader->structure;
  PLEAT_TRY(pleat_pool_take(pool, structure->residue_count, sizeof *o->residues, &o->residues));
  PLEAT_TRY(pleat_pool_take(pool, structure->residue_count, sizeof *o->places, &o->places));
  for (size_t r = 0; r < structure->residue_count; r++) {
    if (!is_protein_of(reader, r, o->id)) continue;
    o->places[o->count] = o->count;
    o->residues[o->count++] = r;
    *peptide |= pleat_residue_kind_of(pleat_structure_residue_name(structure, r)) == PLEAT_RESIDUE_KIND_PEPTIDE;
  }
  o->length = o->count;
  return PLEAT_OK;
}

static const double *find_atom(const protein_reader *reader, size_t residue, const char *name) {
  const pleat_structure_residue *r = &reader->structure->residues[residue];
  for (size_t a = r->first; a < r->first + r->count; a++)
    if (!strcmp(reader->structure->atoms[a].site.name, name)) return reader->structure->atoms[a].site.position;
  return NULL;
}

/* Whether C of one residue can be bonded to N of the other; without these atoms nothing speaks against it. */
static bool is_bonded(const protein_reader *reader, size_t before, size_t residue) {
  const double longest = 2.5, *c = find_atom(reader, before, "C"), *n = find_atom(reader, residue, "N");
  return !c || !n || hypot(hypot(c[0] - n[0], c[1] - n[1]), c[2] - n[2]) <= longest;
}

/* By SEQRES, if it names this chain. */
static pleat_status place_observed(const protein_reader *reader, pleat_pool *pool, observed *o) {
  const pleat_structure *structure = reader->structure;
  pleat_pdb_declared *listed;
  pleat_protein_seen *seen;
  size_t length = 0;
  bool fits;
  PLEAT_TRY(pleat_pool_take(pool, reader->listed_count, sizeof *listed, &listed));
  PLEAT_TRY(pleat_pool_take(pool, o->count, sizeof *seen, &seen));
  for (size_t i = 0; i < reader->listed_count; i++)
    if (!strcmp(reader->listed[i].chain, o->id)) listed[length++] = reader->listed[i];
  if (!length) return PLEAT_OK;
  for (size_t i = 0; i < o->count; i++) {
    size_t r = o->residues[i];
    seen[i] = (pleat_protein_seen){pleat_structure_residue_name(structure, r),
                                   structure->atoms[structure->residues[r].first].site.residue_number,
                                   i > 0 && is_bonded(reader, o->residues[i - 1], r)};
  }
  PLEAT_TRY(pleat_protein_place(reader->context, listed, length, seen, o->count, o->places, &fits));
  if (!fits)
    pleat_log(reader->context, PLEAT_LOG_WARNING,
              "%s: the SEQRES records of chain %s do not fit its atoms; its sequence is that of the residues with atoms",
              reader->path, o->id);
  if (fits) o->listed = listed, o->length = length;
  return PLEAT_OK;
}

static pleat_status read_laid(protein_reader *reader, const observed *o) {
  const pleat_structure *structure = reader->structure;
  pleat_protein_chain *chain;
  PLEAT_TRY(add_chain(reader, o->id, o->length, &chain));
  for (size_t i = 0; o->listed && i < o->length; i++) chain->sequence[i] = pleat_residue_letter(o->listed[i].name);
  for (size_t i = 0; i < o->count; i++) {
    const pleat_structure_residue *residue = &structure->residues[o->residues[i]];
    chain->sequence[o->places[i]] = pleat_residue_letter(pleat_structure_residue_name(structure, o->residues[i]));
    for (size_t a = residue->first; a < residue->first + residue->count; a++)
      if (reader->keep[a]) place_atom(&structure->atoms[a].site, chain, o->places[i]);
  }
  return PLEAT_OK;
}

/* When any residue is an amino acid. */
static pleat_status read_observed(protein_reader *reader, const char *id) {
  observed o = {.id = id};
  pleat_pool pool;
  bool peptide = false;
  pleat_pool_init(&pool, reader->context, 0);
  pleat_status status = find_observed(reader, &pool, &o, &peptide);
  if (!status && peptide) status = place_observed(reader, &pool, &o);
  if (!status && peptide) status = read_laid(reader, &o);
  pleat_pool_free(&pool);
  return status;
}

static bool is_read(const pleat_protein *protein, const char *id) {
  for (size_t c = 0; c < protein->count; c++)
    if (!strcmp(protein->chains[c].id, id)) return true;
  return false;
}

static pleat_status read_chains(protein_reader *reader) {
  const pleat_structure *structure = reader->structure;
  PLEAT_TRY(pleat_memory_take(reader->context, structure->atom_count, 1, &reader->keep));
  pleat_structure_select_alternates(structure, reader->keep);
  for (size_t d = 0; d < reader->declared_count; d++) PLEAT_TRY(read_labelled(reader, &reader->declared[d]));
  for (size_t c = 0; c < structure->chain_count; c++)
    if (!is_read(reader->protein, structure->chains[c].id)) PLEAT_TRY(read_observed(reader, structure->chains[c].id));
  name_arginines(reader->protein);
  PLEAT_CHECK(reader->context, reader->protein->count, PLEAT_ERROR_INPUT, "%s: has no chain of amino acids",
              reader->path);
  return PLEAT_OK;
}

static pleat_status read_bytes(protein_reader *reader, const char *bytes, size_t length) {
  const pleat_structure_source source = {.bytes = bytes, .length = length, .name = reader->path};
  pleat_structure *structure;
  PLEAT_TRY(pleat_structure_parse(reader->context, &source, &structure));
  reader->structure = structure;
  pleat_status status = read_declared(reader, bytes, length);
  if (!status) status = read_chains(reader);
  pleat_structure_free(structure);
  pleat_memory_release(reader->context, reader->keep);
  pleat_memory_release(reader->context, reader->residues);
  pleat_memory_release(reader->context, reader->declared);
  pleat_memory_release(reader->context, reader->listed);
  return status;
}

pleat_status pleat_protein_read(pleat_context *context, const char *path, pleat_protein *protein) {
  protein_reader reader = {.context = context, .path = path, .protein = protein};
  char *bytes;
  size_t length;
  *protein = (pleat_protein){0};
  pleat_pool_init(&protein->pool, context, 0);
  PLEAT_TRY(pleat_file_read(context, path, 0, &bytes, &length));
  pleat_status status = read_bytes(&reader, bytes, length);
  pleat_memory_release(context, bytes);
  if (status) pleat_protein_free(protein);
  return status;
}

void pleat_protein_free(pleat_protein *protein) {
  pleat_pool_free(&protein->pool);
  protein->chains = NULL;
  protein->count = 0;
}
