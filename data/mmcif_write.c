/* mmCIF out; for predicted structures the tables of ModelCIF (mmcif_ma dictionary 1.4.9; Vallat et al. 2023) with it.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/mmcif.h"
#include "data/mmcif_writer.h"
#include "data/number.h"

void pleat_mmcif_put(pleat_mmcif_writer *writer, const char *text) { pleat_text_append_bytes(writer->text, text, strlen(text)); }

/* A text a reader takes for one bare value, not for a name, a quote, a comment, a reserved word or "nothing". */
static bool is_bare(const char *text) {
  static const char *const reserved[] = {"data_", "save_", "loop_", "stop_", "global_"};
  if (strchr("_#$'\";[]", text[0])) return false; /* the empty text, too: strchr finds its end */
  if (strcmp(text, ".") == 0 || strcmp(text, "?") == 0) return false;
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
    if (strncasecmp(text, reserved[i], strlen(reserved[i])) == 0) return false;
  }
  for (const char *c = text; *c; c++) {
    if (!isgraph((unsigned char)*c) || *c == '\'' || *c == '"') return false;
  }
  return true;
}

/* CIF 1.1 is ASCII: other bytes become '?'. */
static void put_clean(pleat_mmcif_writer *writer, const char *text, bool lines) {
  for (; *text; text++) {
    char c = isspace((unsigned char)*text) ? ' ' : '?';
    if (isprint((unsigned char)*text) || (*text == '\n' && lines)) c = *text;
    pleat_text_append_bytes(writer->text, &c, 1);
    if (c == '\n' && text[1] == ';') pleat_mmcif_put(writer, " ");
  }
}

/* A value of any content, quoted as it needs; NULL gives '?'. Ends without a blank. */
void pleat_mmcif_put_value(pleat_mmcif_writer *writer, const char *text) {
  if (!text || !*text) {
    pleat_mmcif_put(writer, "?");
  } else if (is_bare(text)) {
    pleat_mmcif_put(writer, text);
  } else if (!strchr(text, '\n') && (!strchr(text, '\'') || !strchr(text, '"')) && strlen(text) < 1000) {
    const char *quote = strchr(text, '\'') ? "\"" : "'";
    pleat_mmcif_put(writer, quote);
    put_clean(writer, text, false);
    pleat_mmcif_put(writer, quote);
  } else {
    pleat_mmcif_put(writer, "\n;");
    put_clean(writer, text, true);
    pleat_mmcif_put(writer, "\n;");
  }
}

void pleat_mmcif_put_item(pleat_mmcif_writer *writer, const char *tag, const char *value) {
  pleat_text_append(writer->text, "%-40s ", tag);
  pleat_mmcif_put_value(writer, value);
  pleat_mmcif_put(writer, "\n");
}

/* loop_ with `items` of a category, blank-separated. */
void pleat_mmcif_put_loop(pleat_mmcif_writer *writer, const char *category, const char *items) {
  pleat_mmcif_put(writer, "#\nloop_\n");
  while (*items) {
    size_t length = strcspn(items, " ");
    pleat_text_append(writer->text, "_%s.%.*s\n", category, (int)length, items);
    items += length + (items[length] == ' ');
  }
}

static const pleat_structure_chain *entity_chain(const pleat_mmcif_writer *writer, size_t entity) {
  return &writer->structure->chains[writer->first_chain[entity]];
}

/* What most residues of a polymer are. */
static pleat_residue_kind polymer_kind(const pleat_structure *structure, const pleat_structure_chain *chain) {
  size_t counts[PLEAT_RESIDUE_KIND_WATER + 1] = {0};
  pleat_residue_kind best = PLEAT_RESIDUE_KIND_PEPTIDE;
  for (size_t i = 0; i < chain->count; i++) {
    counts[pleat_residue_kind_of(pleat_structure_residue_name(structure, chain->first + i))]++;
  }
  if (counts[PLEAT_RESIDUE_KIND_DNA] > counts[best]) best = PLEAT_RESIDUE_KIND_DNA;
  if (counts[PLEAT_RESIDUE_KIND_RNA] > counts[best]) best = PLEAT_RESIDUE_KIND_RNA;
  return best;
}

static const char *polymer_type(pleat_residue_kind kind) {
  if (kind == PLEAT_RESIDUE_KIND_DNA) return "polydeoxyribonucleotide";
  return kind == PLEAT_RESIDUE_KIND_RNA ? "polyribonucleotide" : "polypeptide(L)";
}

static void write_entities(pleat_mmcif_writer *writer) {
  static const char *const types[] = {"polymer", "non-polymer", "water"};
  pleat_mmcif_put_loop(writer, "entity", "id type src_method pdbx_description");
  for (size_t e = 0; e < writer->structure->entity_count; e++) {
    const pleat_structure_chain *chain = entity_chain(writer, e);
    const char *method = writer->structure->predicted ? "man" : "?";
    pleat_text_append(writer->text, "%zu %s %s ", e + 1, types[chain->kind], method);
    if (chain->kind == PLEAT_STRUCTURE_POLYMER) pleat_text_append(writer->text, "'Chain %s'", chain->label);
    else if (chain->kind == PLEAT_STRUCTURE_WATER) pleat_mmcif_put(writer, "water");
    else pleat_mmcif_put_value(writer, pleat_structure_residue_name(writer->structure, chain->first));
    pleat_mmcif_put(writer, "\n");
  }
}

/* One letter a residue in a text field, 80 a line; what has no letter of its own is (NAME) unless `canonical`. */
static void put_sequence(pleat_mmcif_writer *writer, const pleat_structure_chain *chain, bool canonical) {
  size_t width = 0;
  pleat_mmcif_put(writer, "\n;");
  for (size_t i = 0; i < chain->count; i++) {
    const char *name = pleat_structure_residue_name(writer->structure, chain->first + i);
    bool standard = pleat_residue_from_name(name) >= 0 || (!name[1] && pleat_residue_letter(name) != 'X');
    size_t length = canonical || standard ? 1 : strlen(name) + 2;
    if (width + length > 80) pleat_mmcif_put(writer, "\n");
    width = width + length > 80 ? length : width + length;
    if (length == 1) pleat_text_append(writer->text, "%c", pleat_residue_letter(name));
    else pleat_text_append(writer->text, "(%s)", name);
  }
  pleat_mmcif_put(writer, "\n;");
}

/* The author ids of all chains of an entity, "A,B". */
static void put_strands(pleat_mmcif_writer *writer, size_t entity) {
  const char *between = "";
  pleat_mmcif_put(writer, "'");
  for (size_t c = 0; c < writer->structure->chain_count; c++) {
    const pleat_structure_chain *chain = &writer->structure->chains[c];
    if (chain->entity != entity) continue;
    pleat_text_append(writer->text, "%s%s", between, chain->id[0] ? chain->id : chain->label);
    between = ",";
  }
  pleat_mmcif_put(writer, "'");
}

static bool has_polymer(const pleat_mmcif_writer *writer) {
  for (size_t e = 0; e < writer->structure->entity_count; e++) {
    if (entity_chain(writer, e)->kind == PLEAT_STRUCTURE_POLYMER) return true;
  }
  return false;
}

static void write_polymers(pleat_mmcif_writer *writer) {
  pleat_mmcif_put_loop(
      writer, "entity_poly",
      "entity_id type nstd_linkage nstd_monomer pdbx_strand_id pdbx_seq_one_letter_code pdbx_seq_one_letter_code_can");
  for (size_t e = 0; e < writer->structure->entity_count; e++) {
    const pleat_structure_chain *chain = entity_chain(writer, e);
    if (chain->kind != PLEAT_STRUCTURE_POLYMER) continue;
    pleat_text_append(writer->text, "%zu %s no ? ", e + 1, polymer_type(polymer_kind(writer->structure, chain)));
    put_strands(writer, e);
    put_sequence(writer, chain, false);
    put_sequence(writer, chain, true);
    pleat_mmcif_put(writer, "\n");
  }
  pleat_mmcif_put_loop(writer, "entity_poly_seq", "entity_id num mon_id hetero");
  for (size_t e = 0; e < writer->structure->entity_count; e++) {
    const pleat_structure_chain *chain = entity_chain(writer, e);
    for (size_t i = 0; chain->kind == PLEAT_STRUCTURE_POLYMER && i < chain->count; i++) {
      pleat_text_append(writer->text, "%zu %zu ", e + 1, i + 1);
      pleat_mmcif_put_value(writer, pleat_structure_residue_name(writer->structure, chain->first + i));
      pleat_mmcif_put(writer, " n\n");
    }
  }
}

static void write_asyms(pleat_mmcif_writer *writer) {
  pleat_mmcif_put_loop(writer, "struct_asym", "id entity_id details");
  for (size_t c = 0; c < writer->structure->chain_count; c++) {
    const pleat_structure_chain *chain = &writer->structure->chains[c];
    pleat_mmcif_put_value(writer, chain->label);
    pleat_text_append(writer->text, " %zu ?\n", chain->entity + 1);
  }
}

static const char *author_chain(const pleat_structure_chain *chain) { return chain->id[0] ? chain->id : chain->label; }

/* A one-letter code, `none` for a blank. */
static void put_code(pleat_mmcif_writer *writer, char code, const char *none) {
  char text[2] = {code, 0};
  if (code == ' ') pleat_mmcif_put(writer, none);
  else pleat_mmcif_put_value(writer, text);
}

static void write_scheme_row(pleat_mmcif_writer *writer, const pleat_structure_chain *chain, size_t place) {
  const pleat_structure *structure = writer->structure;
  const pleat_atom *atom = &structure->atoms[structure->residues[chain->first + place].first].site;
  pleat_mmcif_put_value(writer, chain->label);
  pleat_text_append(writer->text, " %zu %zu ", chain->entity + 1, place + 1);
  pleat_mmcif_put_value(writer, atom->residue_name);
  pleat_text_append(writer->text, " %d %d ", atom->residue_number, atom->residue_number);
  pleat_mmcif_put_value(writer, atom->residue_name);
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, atom->residue_name);
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, author_chain(chain));
  pleat_mmcif_put(writer, " ");
  put_code(writer, atom->insertion_code, ".");
  pleat_mmcif_put(writer, "\n");
}

static void write_scheme(pleat_mmcif_writer *writer) {
  pleat_mmcif_put_loop(
      writer, "pdbx_poly_seq_scheme",
      "asym_id entity_id seq_id mon_id pdb_seq_num auth_seq_num pdb_mon_id auth_mon_id pdb_strand_id pdb_ins_code");
  for (size_t c = 0; c < writer->structure->chain_count; c++) {
    const pleat_structure_chain *chain = &writer->structure->chains[c];
    if (chain->kind != PLEAT_STRUCTURE_POLYMER) continue;
    for (size_t i = 0; i < chain->count; i++) write_scheme_row(writer, chain, i);
  }
}

static const char *component_type(const char *name) {
  if (strcmp(name, "GLY") == 0) return "'peptide linking'";
  switch (pleat_residue_kind_of(name)) {
    case PLEAT_RESIDUE_KIND_PEPTIDE: return "'L-peptide linking'";
    case PLEAT_RESIDUE_KIND_DNA: return "'DNA linking'";
    case PLEAT_RESIDUE_KIND_RNA: return "'RNA linking'";
    default: return "non-polymer";
  }
}

/* Rows for the distinct names of `count` texts that lie `stride` bytes apart, in order of first appearance. */
static pleat_status write_components(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  const char **seen = NULL;
  size_t count = 0, capacity = 0;
  pleat_mmcif_put_loop(writer, "chem_comp", "id type name");
  for (size_t i = 0; i < structure->atom_count; i++) {
    const char *name = structure->atoms[i].site.residue_name;
    size_t at = 0;
    if (i > 0 && strcmp(name, structure->atoms[i - 1].site.residue_name) == 0) continue;
    while (at < count && strcmp(seen[at], name) != 0) at++;
    if (at < count) continue;
    pleat_status status = pleat_memory_grow(structure->context, &seen, &capacity, count + 1, sizeof *seen);
    if (status) {
      pleat_memory_release(structure->context, seen);
      return status;
    }
    seen[count++] = name;
    pleat_mmcif_put_value(writer, name);
    pleat_text_append(writer->text, " %s ?\n", component_type(name));
  }
  pleat_memory_release(structure->context, seen);
  return PLEAT_OK;
}

static void write_atom_types(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  char seen[512] = " ";
  size_t length = 1;
  pleat_mmcif_put_loop(writer, "atom_type", "symbol");
  for (size_t i = 0; i < structure->atom_count && length + 5 < sizeof seen; i++) {
    char padded[8];
    snprintf(padded, sizeof padded, " %.2s ", structure->atoms[i].site.element);
    if (strstr(seen, padded)) continue;
    length += (size_t)snprintf(seen + length, sizeof seen - length, "%.2s ", structure->atoms[i].site.element);
    pleat_mmcif_put_value(writer, structure->atoms[i].site.element);
    pleat_mmcif_put(writer, "\n");
  }
}

static void write_atom(pleat_mmcif_writer *writer, const pleat_structure_chain *chain, const pleat_structure_residue *residue,
                       size_t index) {
  const pleat_structure_record *atom = &writer->structure->atoms[index];
  const pleat_atom *site = &atom->site;
  char numbers[5][32], place[16] = ".", charge[16] = "?";
  for (int k = 0; k < 3; k++) pleat_number_fixed(site->position[k], 3, numbers[k]);
  pleat_number_fixed(site->occupancy, 2, numbers[3]);
  pleat_number_fixed(site->b_factor, 2, numbers[4]);
  if (residue->label_number) snprintf(place, sizeof place, "%d", residue->label_number);
  if (atom->charge) snprintf(charge, sizeof charge, "%d", atom->charge);
  pleat_text_append(writer->text, "%s %zu ", site->hetero ? "HETATM" : "ATOM", index + 1);
  pleat_mmcif_put_value(writer, site->element);
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, site->name);
  pleat_mmcif_put(writer, " ");
  put_code(writer, site->alternate, ".");
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, site->residue_name);
  pleat_text_append(writer->text, " %s %zu %s ", chain->label, chain->entity + 1, place);
  put_code(writer, site->insertion_code, "?");
  pleat_text_append(writer->text, " %s %s %s %s %s %s %d ", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
                    charge, site->residue_number);
  pleat_mmcif_put_value(writer, site->residue_name);
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, author_chain(chain));
  pleat_mmcif_put(writer, " ");
  pleat_mmcif_put_value(writer, site->name);
  pleat_text_append(writer->text, " %d\n", writer->structure->model_number);
}

static void write_atoms(pleat_mmcif_writer *writer) {
  const pleat_structure *structure = writer->structure;
  pleat_mmcif_put_loop(
      writer, "atom_site",
      "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id label_seq_id "
      "pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy B_iso_or_equiv pdbx_formal_charge auth_seq_id auth_comp_id "
      "auth_asym_id auth_atom_id pdbx_PDB_model_num");
  for (size_t r = 0; r < structure->residue_count; r++) {
    const pleat_structure_residue *residue = &structure->residues[r];
    for (size_t i = 0; i < residue->count; i++) {
      write_atom(writer, &structure->chains[residue->chain], residue, residue->first + i);
    }
  }
  pleat_mmcif_put(writer, "#\n");
}

static void write_head(pleat_mmcif_writer *writer, const char *id) {
  const pleat_structure *structure = writer->structure;
  pleat_text_append(writer->text, "data_%s\n#\n", id);
  pleat_mmcif_put_item(writer, "_entry.id", id);
  pleat_mmcif_put(writer, "#\n");
  pleat_mmcif_put_item(writer, "_audit_conform.dict_name", structure->predicted ? "mmcif_ma.dic" : "mmcif_pdbx.dic");
  pleat_mmcif_put_item(writer, "_audit_conform.dict_version", structure->predicted ? "1.4.9" : "5.279");
  if (!structure->predicted) return;
  pleat_mmcif_put(writer, "#\n");
  pleat_mmcif_put_item(writer, "_struct.entry_id", id);
  pleat_mmcif_put_item(writer, "_struct.title", structure->origin.title);
}

/* The block's name: the title, or the file's name without folder and ending; letters that CIF allows in it. */
static void make_id(const pleat_structure *structure, const char *name, char id[80]) {
  const char *slash = strrchr(name, '/'), *from = slash ? slash + 1 : name;
  const char *dot = strrchr(from, '.');
  size_t length = dot && dot > from ? (size_t)(dot - from) : strlen(from);
  if (structure->origin.title) {
    from = structure->origin.title;
    length = strlen(from);
  }
  if (length > 75) length = 75;
  for (size_t i = 0; i < length; i++) id[i] = isalnum((unsigned char)from[i]) || from[i] == '-' ? from[i] : '_';
  id[length] = 0;
  if (!length) strcpy(id, "structure");
}

static pleat_status check_finite(const pleat_structure *structure, const char *name) {
  for (size_t i = 0; i < structure->atom_count; i++) {
    const pleat_atom *atom = &structure->atoms[i].site;
    bool good = fabs(atom->occupancy) < 1e6 && fabs(atom->b_factor) < 1e6;
    for (int k = 0; k < 3; k++) good = good && fabs(atom->position[k]) < 1e6;
    PLEAT_CHECK(
        structure->context, good, PLEAT_ERROR_INPUT,
        "%s: atom %zu (%s of residue %s %d) has a coordinate, occupancy or B factor that is not finite or beyond a "
        "million; nothing was written",
        name, i + 1, atom->name, atom->residue_name, atom->residue_number);
  }
  return PLEAT_OK;
}

static pleat_status write_file(pleat_mmcif_writer *writer, const char *id) {
  write_head(writer, id);
  if (writer->structure->predicted) {
    pleat_modelcif_write_origin(writer);
  }
  write_entities(writer);
  if (has_polymer(writer)) write_polymers(writer);
  write_asyms(writer);
  if (has_polymer(writer)) write_scheme(writer);
  PLEAT_TRY(write_components(writer));
  write_atom_types(writer);
  if (writer->structure->predicted) {
    pleat_modelcif_write_model(writer);
  }
  write_atoms(writer);
  return writer->text->status;
}

pleat_status pleat_mmcif_write(const pleat_structure *structure, const char *name, pleat_text *text) {
  char id[80];
  size_t *first_chain;
  PLEAT_TRY(check_finite(structure, name));
  PLEAT_TRY(pleat_memory_take(structure->context, structure->entity_count, sizeof *first_chain, &first_chain));
  for (size_t c = structure->chain_count; c-- > 0;) first_chain[structure->chains[c].entity] = c;
  pleat_mmcif_writer writer = {structure, text, first_chain};
  make_id(structure, name, id);
  pleat_status status = write_file(&writer, id);
  pleat_memory_release(structure->context, first_chain);
  return status;
}
