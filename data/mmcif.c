/* The meaning of mmCIF's atom table (mmcif_pdbx dictionary 5).
 * SPDX-License-Identifier: MIT */
#include "data/mmcif.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/cif.h"
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
  pleat_cif cif;
  pleat_cif_token token;     /* the one looked at */
  int *columns;              /* of the loop being read: which of ours each is, or -1 */
  size_t column_count, column_capacity;
  pleat_cif_token row[COLUMNS]; /* values of one atom; text NULL where the file has none */
  bool row_used;             /* the row came from items outside a loop and is not an atom yet */
} mmcif_reader;

static pleat_status next(mmcif_reader *reader) { return pleat_cif_next(&reader->cif, &reader->token); }

/* Which of our columns a tag is; -1 for others. */
static int find_column(const pleat_cif_token *tag) {
  static const char category[] = "_atom_site.";
  size_t length = sizeof category - 1;
  if (tag->length <= length || strncasecmp(tag->text, category, length) != 0) return -1;
  for (int i = 0; i < COLUMNS; i++) {
    if (tag->length - length == strlen(column_names[i]) &&
        strncasecmp(tag->text + length, column_names[i], tag->length - length) == 0) return i;
  }
  return -1;
}

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
              reader->source->name, reader->token.line, column_names[first], column_names[second]);
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
                reader->source->name, reader->token.line, column_names[X + k]);
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

static pleat_status add_row(mmcif_reader *reader) {
  pleat_structure_record atom = {0};
  pleat_structure *structure = reader->structure;
  int model = 1;
  reader->row_used = false;
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

/* The names of a loop's columns; whether any is ours. */
static pleat_status read_loop_head(mmcif_reader *reader, bool *ours) {
  *ours = false;
  reader->column_count = 0;
  PLEAT_TRY(next(reader));
  for (; reader->token.kind == PLEAT_CIF_TAG; reader->column_count++) {
    PLEAT_TRY(pleat_memory_grow(reader->context, &reader->columns, &reader->column_capacity, reader->column_count + 1,
                                sizeof *reader->columns));
    reader->columns[reader->column_count] = find_column(&reader->token);
    *ours |= reader->columns[reader->column_count] >= 0;
    PLEAT_TRY(next(reader));
  }
  PLEAT_CHECK(reader->context, reader->column_count, PLEAT_ERROR_FORMAT, "%s:%zu: loop_ is not followed by any _name",
              reader->source->name, reader->token.line);
  return PLEAT_OK;
}

static pleat_status read_loop(mmcif_reader *reader) {
  bool ours;
  size_t start = reader->token.line, values = 0;
  PLEAT_TRY(read_loop_head(reader, &ours));
  if (ours) memset(reader->row, 0, sizeof reader->row);
  for (; reader->token.kind == PLEAT_CIF_VALUE; values++) {
    size_t column = values % reader->column_count;
    if (ours && reader->columns[column] >= 0) reader->row[reader->columns[column]] = reader->token;
    if (ours && column + 1 == reader->column_count) PLEAT_TRY(add_row(reader));
    PLEAT_TRY(next(reader));
  }
  PLEAT_CHECK(
      reader->context, values % reader->column_count == 0, PLEAT_ERROR_FORMAT,
      "%s:%zu: the loop that begins in line %zu has %zu values, which do not fill rows of its %zu columns; the file "
      "is cut off or damaged",
      reader->source->name, reader->token.line, start, values, reader->column_count);
  return PLEAT_OK;
}

/* _name value; a table of one atom may be written so, too. */
static pleat_status read_item(mmcif_reader *reader) {
  pleat_cif_token tag = reader->token;
  int column = find_column(&tag);
  PLEAT_TRY(next(reader));
  PLEAT_CHECK(reader->context, reader->token.kind == PLEAT_CIF_VALUE, PLEAT_ERROR_FORMAT,
              "%s:%zu:%zu: %.*s has no value", reader->source->name, tag.line, tag.column,
              (int)(tag.length < 80 ? tag.length : 80), tag.text);
  if (column >= 0) {
    if (!reader->row_used) memset(reader->row, 0, sizeof reader->row);
    reader->row[column] = reader->token;
    reader->row_used = true;
  }
  return next(reader);
}

static pleat_status read_blocks(mmcif_reader *reader) {
  PLEAT_TRY(next(reader));
  while (reader->token.kind != PLEAT_CIF_END) {
    pleat_cif_token token = reader->token;
    if (reader->row_used && (token.kind != PLEAT_CIF_TAG || find_column(&token) < 0)) {
      int column = token.kind == PLEAT_CIF_TAG && token.length > 11 && strncasecmp(token.text, "_atom_site.", 11) == 0;
      if (!column) PLEAT_TRY(add_row(reader));
    }
    if (token.kind == PLEAT_CIF_DATA && reader->structure->atom_count) return PLEAT_OK;
    PLEAT_CHECK(reader->context, token.kind != PLEAT_CIF_VALUE, PLEAT_ERROR_FORMAT,
                "%s:%zu:%zu: the value '%.*s' belongs to no _name", reader->source->name, token.line, token.column,
                (int)(token.length < 40 ? token.length : 40), token.text);
    if (token.kind == PLEAT_CIF_LOOP) PLEAT_TRY(read_loop(reader));
    else if (token.kind == PLEAT_CIF_TAG) PLEAT_TRY(read_item(reader));
    else PLEAT_TRY(next(reader));
  }
  return reader->row_used ? add_row(reader) : PLEAT_OK;
}

pleat_status pleat_mmcif_parse(const pleat_structure_source *source, pleat_structure *structure) {
  mmcif_reader reader = {.context = structure->context, .source = source, .structure = structure};
  pleat_cif_init(&reader.cif, structure->context, source->bytes, source->length, source->name);
  pleat_status status = read_blocks(&reader);
  pleat_memory_release(structure->context, reader.columns);
  PLEAT_TRY(status);
  PLEAT_CHECK(structure->context, structure->atom_count || !source->model, PLEAT_ERROR_NOT_FOUND,
              "%s: has no model %d with atoms", source->name, source->model);
  PLEAT_CHECK(structure->context, structure->atom_count, PLEAT_ERROR_FORMAT,
              "%s: is a CIF file without an _atom_site table, so without atoms", source->name);
  return PLEAT_OK;
}
