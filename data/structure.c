/* Building a structure, its index of residues, chains and entities, and the public access to it.
 * SPDX-License-Identifier: MIT */
#include "data/structure.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "data/mmcif.h"
#include "data/pdb.h"
#include "lib/file.h"

pleat_status pleat_structure_create(pleat_context *context, pleat_structure **structure) {
  PLEAT_TRY(pleat_memory_take(context, 1, sizeof **structure, structure));
  (*structure)->context = context;
  (*structure)->model_number = 1;
  pleat_pool_init(&(*structure)->pool, context, 0);
  return PLEAT_OK;
}

void pleat_structure_free(pleat_structure *structure) {
  if (!structure) return;
  pleat_context *context = structure->context;
  pleat_memory_release(context, structure->atoms);
  pleat_memory_release(context, structure->residues);
  pleat_memory_release(context, structure->chains);
  pleat_pool_free(&structure->pool);
  pleat_memory_release(context, structure);
}

pleat_status pleat_structure_add_atom(pleat_structure *structure, const pleat_structure_record *atom) {
  PLEAT_TRY(pleat_memory_grow(structure->context, &structure->atoms, &structure->atom_capacity,
                              structure->atom_count + 1, sizeof *structure->atoms));
  structure->atoms[structure->atom_count++] = *atom;
  return PLEAT_OK;
}

static pleat_status copy_origin_text(pleat_structure *structure, const char *text, const char **copy) {
  char *out = NULL;
  if (text && *text) PLEAT_TRY(pleat_pool_copy_text(&structure->pool, text, strlen(text), &out));
  *copy = out;
  return PLEAT_OK;
}

pleat_status pleat_structure_set_origin(pleat_structure *structure, const pleat_structure_origin *origin) {
  pleat_structure_origin *own = &structure->origin;
  PLEAT_TRY(copy_origin_text(structure, origin->title, &own->title));
  PLEAT_TRY(copy_origin_text(structure, origin->model_name, &own->model_name));
  PLEAT_TRY(copy_origin_text(structure, origin->software_version, &own->software_version));
  PLEAT_TRY(copy_origin_text(structure, origin->weights_sha256, &own->weights_sha256));
  PLEAT_TRY(copy_origin_text(structure, origin->license, &own->license));
  PLEAT_TRY(copy_origin_text(structure, origin->license_url, &own->license_url));
  PLEAT_TRY(copy_origin_text(structure, origin->citation, &own->citation));
  own->has_plddt = origin->has_plddt;
  own->aligned = origin->aligned;
  own->templated = origin->templated;
  own->pae = origin->pae;
  own->has_iptm = origin->has_iptm;
  own->ptm = origin->ptm;
  own->iptm = origin->iptm;
  structure->predicted = true;
  return PLEAT_OK;
}

const char *pleat_structure_residue_name(const pleat_structure *structure, size_t residue) {
  return structure->atoms[structure->residues[residue].first].site.residue_name;
}

/* Residues of one number but two names are one residue only where alternates say so (microheterogeneity). */
static bool same_residue(const pleat_structure_record *a, const pleat_structure_record *b) {
  if (a->site.residue_number != b->site.residue_number || a->site.insertion_code != b->site.insertion_code)
    return false;
  if (strcmp(a->site.chain, b->site.chain) != 0 || strcmp(a->label_chain, b->label_chain) != 0) return false;
  return b->site.alternate != ' ' || strcmp(a->site.residue_name, b->site.residue_name) == 0;
}

static pleat_status index_residues(pleat_structure *structure) {
  for (size_t i = 0; i < structure->atom_count; i++) {
    if (i > 0 && same_residue(&structure->atoms[i - 1], &structure->atoms[i])) {
      structure->residues[structure->residue_count - 1].count++;
      continue;
    }
    PLEAT_TRY(pleat_memory_grow(structure->context, &structure->residues, &structure->residue_capacity,
                                structure->residue_count + 1, sizeof *structure->residues));
    structure->residues[structure->residue_count++] = (pleat_structure_residue){.first = i, .count = 1};
  }
  return PLEAT_OK;
}

/* mmCIF numbers the residues of polymers only; without its labels, names and record types tell. */
static pleat_structure_kind kind_of_residue(const pleat_structure *structure, size_t residue) {
  const pleat_structure_record *atom = &structure->atoms[structure->residues[residue].first];
  pleat_residue_kind kind = pleat_residue_kind_of(atom->site.residue_name);
  if (kind == PLEAT_RESIDUE_KIND_WATER) return PLEAT_STRUCTURE_WATER;
  if (atom->label_number > 0) return PLEAT_STRUCTURE_POLYMER;
  if (atom->label_chain[0] && atom->site.hetero) return PLEAT_STRUCTURE_LIGAND;
  if (!atom->site.hetero) return PLEAT_STRUCTURE_POLYMER;
  return kind == PLEAT_RESIDUE_KIND_OTHER || atom->detached ? PLEAT_STRUCTURE_LIGAND : PLEAT_STRUCTURE_POLYMER;
}

/* Whether `residue` goes on with the chain of the residue before it, whose kind was `kind`. */
static bool same_chain(const pleat_structure *structure, size_t residue, pleat_structure_kind before,
                       pleat_structure_kind kind) {
  const pleat_structure_record *a = &structure->atoms[structure->residues[residue - 1].first];
  const pleat_structure_record *b = &structure->atoms[structure->residues[residue].first];
  if (before != kind || strcmp(a->site.chain, b->site.chain) != 0) return false;
  if (strcmp(a->label_chain, b->label_chain) != 0) return false;
  if (kind == PLEAT_STRUCTURE_POLYMER) return a->detached == b->detached;
  return kind == PLEAT_STRUCTURE_WATER;
}

static pleat_status index_chains(pleat_structure *structure) {
  pleat_structure_kind before = PLEAT_STRUCTURE_POLYMER;
  for (size_t i = 0; i < structure->residue_count; i++) {
    const pleat_structure_record *atom = &structure->atoms[structure->residues[i].first];
    pleat_structure_kind kind = kind_of_residue(structure, i);
    if (i == 0 || !same_chain(structure, i, before, kind)) {
      PLEAT_TRY(pleat_memory_grow(structure->context, &structure->chains, &structure->chain_capacity,
                                  structure->chain_count + 1, sizeof *structure->chains));
      pleat_structure_chain *chain = &structure->chains[structure->chain_count++];
      *chain = (pleat_structure_chain){.first = i, .kind = kind};
      memcpy(chain->id, atom->site.chain, sizeof chain->id);
      memcpy(chain->label, atom->label_chain, sizeof chain->label);
    }
    pleat_structure_chain *chain = &structure->chains[structure->chain_count - 1];
    chain->count++;
    structure->residues[i].chain = structure->chain_count - 1;
    structure->residues[i].label_number = kind == PLEAT_STRUCTURE_POLYMER ? (int)chain->count : 0;
    before = kind;
  }
  return PLEAT_OK;
}

/* Labels are at most 7 characters: as one number they compare and hash at once. */
static uint64_t label_key(const char label[8]) {
  uint64_t key = 0;
  for (int i = 0; i < 8 && label[i]; i++) key = key << 8 | (unsigned char)label[i];
  return key;
}

/* The labels in use: an open-addressed table of keys, 0 is free; never more than half full. */
typedef struct label_set {
  uint64_t *slots;
  size_t mask;
} label_set;

static bool label_set_add(label_set *set, const char label[8]) {
  uint64_t key = label_key(label);
  size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & set->mask;
  for (; set->slots[at]; at = (at + 1) & set->mask) {
    if (set->slots[at] == key) return false;
  }
  set->slots[at] = key;
  return true;
}

/* "A" .. "Z", "AA", "BA", ...: the wwPDB's order of asym ids. */
static void label_from_counter(size_t counter, char label[8]) {
  size_t length = 0;
  memset(label, 0, 8);
  for (size_t rest = counter + 1; rest > 0 && length < 7; rest = (rest - 1) / 26) {
    label[length++] = (char)('A' + (rest - 1) % 26);
  }
}

static bool is_plain_label(const char *label) {
  if (!*label) return false;
  return strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == strlen(label);
}

/* Keeps the labels of the file where they are unique; a polymer without one is called as its author called it. */
static void choose_labels(pleat_structure *structure, label_set *set) {
  for (size_t i = 0; i < structure->chain_count; i++) {
    pleat_structure_chain *chain = &structure->chains[i];
    if (!chain->label[0] && chain->kind == PLEAT_STRUCTURE_POLYMER && is_plain_label(chain->id)) {
      memcpy(chain->label, chain->id, sizeof chain->label);
    }
    if (chain->label[0] && !label_set_add(set, chain->label)) chain->label[0] = 0;
  }
  size_t counter = 0;
  for (size_t i = 0; i < structure->chain_count; i++) {
    pleat_structure_chain *chain = &structure->chains[i];
    if (chain->label[0]) continue;
    do label_from_counter(counter++, chain->label);
    while (!label_set_add(set, chain->label));
  }
}

static pleat_status label_chains(pleat_structure *structure) {
  label_set set = {.mask = 15};
  while (set.mask < 2 * structure->chain_count) set.mask = set.mask * 2 + 1;
  PLEAT_TRY(pleat_memory_take(structure->context, set.mask + 1, sizeof *set.slots, &set.slots));
  choose_labels(structure, &set);
  pleat_memory_release(structure->context, set.slots);
  return PLEAT_OK;
}

static bool same_entity(const pleat_structure *structure, const pleat_structure_chain *a,
                        const pleat_structure_chain *b) {
  if (a->kind != b->kind) return false;
  if (a->kind == PLEAT_STRUCTURE_WATER) return true;
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++) {
    if (strcmp(pleat_structure_residue_name(structure, a->first + i),
               pleat_structure_residue_name(structure, b->first + i)) != 0) return false;
  }
  return true;
}

/* FNV-1a over kind, length and residue names, so that most unlike chains differ at once. */
static uint64_t entity_hash(const pleat_structure *structure, const pleat_structure_chain *chain) {
  uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)chain->kind;
  for (size_t i = 0; chain->kind != PLEAT_STRUCTURE_WATER && i < chain->count; i++) {
    hash = (hash ^ label_key(pleat_structure_residue_name(structure, chain->first + i))) * UINT64_C(1099511628211);
  }
  return hash;
}

/* Entities are numbered in the order of their first chains; `firsts` and `hashes` hold one item an entity. */
static void number_entities(pleat_structure *structure, uint64_t *hashes, size_t *firsts) {
  for (size_t i = 0; i < structure->chain_count; i++) {
    pleat_structure_chain *chain = &structure->chains[i];
    uint64_t hash = entity_hash(structure, chain);
    size_t entity = 0;
    while (entity < structure->entity_count &&
           (hashes[entity] != hash || !same_entity(structure, chain, &structure->chains[firsts[entity]]))) entity++;
    chain->entity = entity;
    if (entity < structure->entity_count) continue;
    hashes[structure->entity_count] = hash;
    firsts[structure->entity_count++] = i;
  }
}

static pleat_status index_entities(pleat_structure *structure) {
  uint64_t *hashes;
  size_t *firsts;
  PLEAT_TRY(pleat_memory_take(structure->context, structure->chain_count, sizeof *hashes, &hashes));
  pleat_status status = pleat_memory_take(structure->context, structure->chain_count, sizeof *firsts, &firsts);
  if (!status) number_entities(structure, hashes, firsts);
  pleat_memory_release(structure->context, firsts);
  pleat_memory_release(structure->context, hashes);
  return status;
}

pleat_status pleat_structure_finish(pleat_structure *structure) {
  PLEAT_CHECK(structure->context, structure->atom_count > 0, PLEAT_ERROR_INPUT, "the structure has no atoms");
  structure->residue_count = structure->chain_count = structure->entity_count = 0;
  PLEAT_TRY(index_residues(structure));
  PLEAT_TRY(index_chains(structure));
  PLEAT_TRY(label_chains(structure));
  return index_entities(structure);
}

void pleat_structure_select_alternates(const pleat_structure *structure, unsigned char *keep) {
  memset(keep, 1, structure->atom_count);
  for (size_t r = 0; r < structure->residue_count; r++) {
    size_t first = structure->residues[r].first, end = first + structure->residues[r].count;
    for (size_t i = first; i < end; i++) {
      const pleat_atom *atom = &structure->atoms[i].site;
      if (atom->alternate == ' ') continue;
      for (size_t j = first; j < i; j++) {
        const pleat_atom *other = &structure->atoms[j].site;
        if (!keep[j] || other->alternate == ' ' || strcmp(other->name, atom->name) != 0) continue;
        keep[other->occupancy >= atom->occupancy ? i : j] = 0;
        break;
      }
    }
  }
}

size_t pleat_structure_atom_count(const pleat_structure *structure) { return structure->atom_count; }

pleat_atom pleat_structure_atom(const pleat_structure *structure, size_t index) { return structure->atoms[index].site; }

static bool starts_with(const char *text, size_t length, const char *word) {
  return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* mmCIF begins with a data block's name, after comments; PDB records never begin that way. */
bool pleat_structure_is_cif(const char *bytes, size_t length) {
  size_t at = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  while (at < length && (strchr(" \t\r\n", bytes[at]) ? bytes[at] != 0 : bytes[at] == '#')) {
    if (bytes[at++] != '#') continue;
    while (at < length && bytes[at] != '\n') at++;
  }
  const char *text = bytes + at;
  size_t rest = length - at;
  return starts_with(text, rest, "data_") || starts_with(text, rest, "loop_") || starts_with(text, rest, "_");
}

pleat_status pleat_structure_parse(pleat_context *context, const pleat_structure_source *source,
                                   pleat_structure **structure) {
  *structure = NULL;
  PLEAT_CHECK(context, source->length > 0, PLEAT_ERROR_FORMAT, "%s: is empty, a PDB or mmCIF file is needed",
              source->name);
  pleat_structure *made;
  PLEAT_TRY(pleat_structure_create(context, &made));
  pleat_status status = pleat_structure_is_cif(source->bytes, source->length) ? pleat_mmcif_parse(source, made)
                                                                      : pleat_pdb_parse(source, made);
  if (!status) status = pleat_structure_finish(made);
  if (status) pleat_structure_free(made);
  else *structure = made;
  return status;
}

pleat_status pleat_structure_read_model(pleat_context *context, const char *path, int model,
                                        pleat_structure **structure) {
  pleat_structure_source source = {.name = path, .model = model};
  char *bytes;
  *structure = NULL;
  PLEAT_TRY(pleat_file_read(context, path, 0, &bytes, &source.length));
  source.bytes = bytes;
  pleat_status status = pleat_structure_parse(context, &source, structure);
  pleat_memory_release(context, bytes);
  return status;
}

pleat_status pleat_structure_read(pleat_context *context, const char *path, pleat_structure **structure) {
  return pleat_structure_read_model(context, path, 0, structure);
}

static bool ends_with(const char *path, const char *ending) {
  size_t length = strlen(path), tail = strlen(ending);
  return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

static pleat_status format_file(const pleat_structure *structure, const char *path, pleat_text *text) {
  bool pdb = ends_with(path, ".pdb") || ends_with(path, ".ent");
  PLEAT_CHECK(structure->context, pdb || ends_with(path, ".cif") || ends_with(path, ".mmcif"), PLEAT_ERROR_INPUT,
              "%s: the ending must be .pdb, .ent, .cif or .mmcif, it chooses the format", path);
  PLEAT_TRY(pdb ? pleat_pdb_write(structure, path, text) : pleat_mmcif_write(structure, path, text));
  return text->status;
}

pleat_status pleat_structure_write(const pleat_structure *structure, const char *path) {
  pleat_text text;
  pleat_text_init(&text, structure->context);
  pleat_status status = format_file(structure, path, &text);
  if (!status) status = pleat_file_write(structure->context, path, text.bytes, text.length);
  pleat_text_free(&text);
  return status;
}

pleat_status pleat_structure_fits(const pleat_structure *structure, const char *path) {
  pleat_text text;
  pleat_text_init(&text, structure->context);
  pleat_status status = format_file(structure, path, &text);
  pleat_text_free(&text);
  return status;
}
