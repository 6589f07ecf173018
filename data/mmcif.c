/* The meaning of mmCIF's atom table (mmcif_pdbx dictionary 5).
 * SPDX-License-Identifier: MIT */
#include "data/mmcif.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/cif_table.h"
#include "data/number.h"

/* The columns of _atom_site that are used. */
enum column {
  GROUP, SERIAL, ELEMENT, LABEL_ATOM, ALTERNATE, LABEL_COMPONENT, LABEL_CHAIN, LABEL_NUMBER, INSERTION,
  X, Y, Z, OCCUPANCY, B_FACTOR, CHARGE, AUTHOR_NUMBER, AUTHOR_COMPONENT, AUTHOR_CHAIN, AUTHOR_ATOM, MODEL, COLUMNS
};

static const char *const column_names[COLUMNS] = {
    "group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id", "label_asym_id",
    "label_seq_id", "pdbx_PDB_ins_code", "Cartn_x", "Cartn_y", "Cartn_z", "occupancy", "B_iso_or_equiv",
    "pdbx_formal_charge", "auth_seq_id", "auth_comp_id", "auth_asym_id", "auth_atom_id", "pdbx_PDB_model_num"};

typedef struct mmcif_reader {
  pleat_context *context;
  const pleat_structure_source *source;
  pleat_structure *structure;
  const pleat_cif_token *row; /* (COLUMNS) values of one atom; text NULL where the file has none */
  size_t line;
} mmcif_reader;

/* The first of two columns that has a value; NULL when neither has. */
static const pleat_cif_token *value_of(const mmcif_reader *reader, int first, int second) {
  const pleat_cif_token *values[] = {&reader->row[first], &reader->row[second]};
  for (int i = 0; i < 2; i++) {
    if (values[i]->text && values[i]->length && !pleat_cif_is_empty(values[i])) return values[i];
  }
  return NULL;
}

static pleat_status copy_value(mmcif_reader *reader, const pleat_cif_token *value, const char *what, char *out,
                               size_t size) {
  PLEAT_CHECK(reader->context, value->length < size, PLEAT_ERROR_UNSUPPORTED,
              "%s:%zu:%zu: the %s is %zu characters long, at most %zu can be kept", reader->source->name, value->line,
              value->column, what, value->length, size - 1);
  for (size_t i = 0; i < value->length; i++) {
    PLEAT_CHECK(reader->context, isgraph((unsigned char)value->text[i]), PLEAT_ERROR_FORMAT,
                "%s:%zu:%zu: the %s has a blank or unprintable character", reader->source->name, value->line,
                value->column, what);
  }
  memcpy(out, value->text, value->length);
  return PLEAT_OK;
}

/* A text that every atom must have, from the first of two columns that gives one. */
static pleat_status need_text(mmcif_reader *reader, int first, int second, char *out) {
  const pleat_cif_token *value = value_of(reader, first, second);
  PLEAT_CHECK(reader->context, value, PLEAT_ERROR_FORMAT, "%s:%zu: the atom has neither _atom_site.%s nor .%s",
              reader->source->name, reader->line, column_names[first], column_names[second]);
  return copy_value(reader, value, column_names[first], out, 8);
}

static pleat_status read_number(mmcif_reader *reader, int column, double *number) {
  const pleat_cif_token *value = value_of(reader, column, column);
  if (!value) return PLEAT_OK;
  size_t length = value->length;
  const char *error = memchr(value->text, '(', length); /* a standard uncertainty, "12.34(5)" */
  if (error) length = (size_t)(error - value->text);
  PLEAT_CHECK(reader->context, pleat_number_parse(value->text, length, number), PLEAT_ERROR_FORMAT,
              "%s:%zu:%zu: _atom_site.%s is '%.*s', a number is needed", reader->source->name, value->line,
              value->column, column_names[column], (int)(value->length < 40 ? value->length : 40), value->text);
  return PLEAT_OK;
}

static pleat_status read_integer(mmcif_reader *reader, int first, int second, int *number) {
  const pleat_cif_token *value = value_of(reader, first, second);
  if (!value) return PLEAT_OK;
  PLEAT_CHECK(reader->context, pleat_number_parse_int(value->text, value->length, number), PLEAT_ERROR_FORMAT,
              "%s:%zu:%zu: _atom_site.%s is '%.*s', an integer is needed", reader->source->name, value->line,
              value->column, column_names[first], (int)(value->length < 40 ? value->length : 40), value->text);
  return PLEAT_OK;
}

static pleat_status read_position(mmcif_reader *reader, double position[3]) {
  for (int k = 0; k < 3; k++) {
    const pleat_cif_token *value = value_of(reader, X + k, X + k);
    PLEAT_CHECK(reader->context, value, PLEAT_ERROR_FORMAT, "%s:%zu: the atom has no _atom_site.%s",
                reader->source->name, reader->line, column_names[X + k]);
    PLEAT_TRY(read_number(reader, X + k, &position[k]));
  }
  return PLEAT_OK;
}

static char one_letter(const mmcif_reader *reader, int column) {
  const pleat_cif_token *value = value_of(reader, column, column);
  return value && isgraph((unsigned char)value->text[0]) ? value->text[0] : ' ';
}

/* "C", in capitals; without the column the first letter of the atom's name. */
static void read_element(const mmcif_reader *reader, pleat_atom *atom) {
  const pleat_cif_token *value = value_of(reader, ELEMENT, ELEMENT);
  size_t length = 0;
  for (size_t i = 0; value && i < value->length && length < 2; i++) {
    if (isalpha((unsigned char)value->text[i])) atom->element[length++] = (char)toupper((unsigned char)value->text[i]);
  }
  for (const char *c = atom->name; !length && *c; c++) {
    if (isalpha((unsigned char)*c)) atom->element[length++] = (char)toupper((unsigned char)*c);
  }
  if (!length) atom->element[0] = 'X';
}

static pleat_status read_numbers(mmcif_reader *reader, pleat_structure_record *atom) {
  double occupancy = 1, b_factor = 0;
  PLEAT_TRY(read_position(reader, atom->site.position));
  PLEAT_TRY(read_number(reader, OCCUPANCY, &occupancy));
  PLEAT_TRY(read_number(reader, B_FACTOR, &b_factor));
  PLEAT_TRY(read_integer(reader, AUTHOR_NUMBER, LABEL_NUMBER, &atom->site.residue_number));
  PLEAT_TRY(read_integer(reader, LABEL_NUMBER, LABEL_NUMBER, &atom->label_number));
  PLEAT_TRY(read_integer(reader, CHARGE, CHARGE, &atom->charge));
  atom->site.occupancy = (float)occupancy;
  atom->site.b_factor = (float)b_factor;
  if (!reader->row[SERIAL].text ||
      !pleat_number_parse_int(reader->row[SERIAL].text, reader->row[SERIAL].length, &atom->serial)) {
    atom->serial = (int)(reader->structure->atom_count + 1);
  }
  return PLEAT_OK;
}

static pleat_status add_row(void *user, const pleat_cif_token *values, size_t line) {
  mmcif_reader *reader = user;
  pleat_structure_record atom = {0};
  pleat_structure *structure = reader->structure;
  int model = 1;
  reader->row = values;
  reader->line = line;
  PLEAT_TRY(read_integer(reader, MODEL, MODEL, &model));
  if (reader->source->model ? model != reader->source->model
                            : structure->atom_count && model != structure->model_number) {
    return PLEAT_OK;
  }
  structure->model_number = model;
  PLEAT_TRY(need_text(reader, LABEL_ATOM, AUTHOR_ATOM, atom.site.name));
  PLEAT_TRY(need_text(reader, LABEL_COMPONENT, AUTHOR_COMPONENT, atom.site.residue_name));
  PLEAT_TRY(need_text(reader, AUTHOR_CHAIN, LABEL_CHAIN, atom.site.chain));
  const pleat_cif_token *label = value_of(reader, LABEL_CHAIN, LABEL_CHAIN);
  if (label) PLEAT_TRY(copy_value(reader, label, column_names[LABEL_CHAIN], atom.label_chain, sizeof atom.label_chain));
  PLEAT_TRY(read_numbers(reader, &atom));
  read_element(reader, &atom.site);
  atom.site.alternate = one_letter(reader, ALTERNATE);
  atom.site.insertion_code = one_letter(reader, INSERTION);
  const pleat_cif_token *group = value_of(reader, GROUP, GROUP);
  atom.site.hetero = group && pleat_cif_is(group, "HETATM");
  return pleat_structure_add_atom(structure, &atom);
}

pleat_status pleat_mmcif_parse(const pleat_structure_source *source, pleat_structure *structure) {
  const pleat_cif_table atoms = {"_atom_site.", column_names, COLUMNS, add_row};
  mmcif_reader reader = {.context = structure->context, .source = source, .structure = structure};
  pleat_cif cif;
  pleat_cif_init(&cif, structure->context, source->bytes, source->length, source->name);
  PLEAT_TRY(pleat_cif_read_tables(&cif, &atoms, 1, &reader));
  PLEAT_CHECK(structure->context, structure->atom_count || !source->model, PLEAT_ERROR_NOT_FOUND,
              "%s: has no model %d with atoms", source->name, source->model);
  PLEAT_CHECK(structure->context, structure->atom_count, PLEAT_ERROR_FORMAT,
              "%s: is a CIF file without an _atom_site table, so without atoms", source->name);
  return PLEAT_OK;
}
