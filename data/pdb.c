/* PDB records by their columns, in and out.
 * SPDX-License-Identifier: MIT */
#include "data/pdb.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/hybrid36.h"
#include "data/number.h"

/* One line without its end, and where it is. Columns count from 1, as the format's description does. */
typedef struct pdb_line {
  const char *text;
  size_t length, number;
} pdb_line;

typedef struct pdb_reader {
  pleat_context *context;
  const pleat_structure_source *source;
  pleat_structure *structure;
  size_t at;          /* bytes read */
  pdb_line line;
  int model;          /* number of the model being read; 0 outside of one */
  bool done;
  bool ended[256];    /* chains whose TER has been seen, by their letter */
} pdb_reader;

static bool next_line(pdb_reader *reader) {
  const char *bytes = reader->source->bytes + reader->at;
  size_t rest = reader->source->length - reader->at;
  if (rest == 0) return false;
  const char *end = memchr(bytes, '\n', rest);
  size_t length = end ? (size_t)(end - bytes) : rest;
  reader->at += length + (end != NULL);
  if (length && bytes[length - 1] == '\r') length--;
  reader->line = (pdb_line){bytes, length, reader->line.number + 1};
  return true;
}

static bool is_record(const pdb_line *line, const char *name) {
  size_t length = strlen(name);
  if (line->length < length || memcmp(line->text, name, length) != 0) return false;
  for (size_t i = length; i < 6 && i < line->length; i++) {
    if (line->text[i] != ' ') return false;
  }
  return true;
}

static char column(const pdb_line *line, size_t at) { return at <= line->length ? line->text[at - 1] : ' '; }

/* Columns from..to without blanks around them; what is not printable becomes '?', so the text is fit for a sentence. */
static void field(const pdb_line *line, size_t from, size_t to, char *out) {
  size_t length = 0;
  while (from <= to && column(line, from) == ' ') from++;
  while (to >= from && column(line, to) == ' ') to--;
  for (size_t i = from; i <= to; i++) out[length++] = isgraph((unsigned char)column(line, i)) ? column(line, i) : '?';
  out[length] = 0;
}

static pleat_status read_number(pdb_reader *reader, const char *what, const size_t columns[2], double *value) {
  char text[16];
  field(&reader->line, columns[0], columns[1], text);
  PLEAT_CHECK(reader->context, pleat_number_parse(text, strlen(text), value), PLEAT_ERROR_FORMAT,
              "%s:%zu: %s (columns %zu-%zu) is '%s', a number is needed", reader->source->name, reader->line.number,
              what, columns[0], columns[1], text);
  return PLEAT_OK;
}

/* A blank field gives `otherwise`. */
static pleat_status read_float(pdb_reader *reader, const char *what, const size_t columns[2], float otherwise,
                               float *value) {
  char text[16];
  double number = otherwise;
  field(&reader->line, columns[0], columns[1], text);
  if (*text) PLEAT_TRY(read_number(reader, what, columns, &number));
  *value = (float)number;
  return PLEAT_OK;
}

static bool parse_integer(const char *text, int width, int *value) {
  return pleat_number_parse_int(text, strlen(text), value) || pleat_hybrid36_parse(text, width, value);
}

static bool is_element(const char *symbol) {
  static const char known[] =
      " H HE LI BE B C N O F NE NA MG AL SI P S CL AR K CA SC TI V CR MN FE CO NI CU ZN GA GE AS SE BR KR RB SR Y ZR "
      "NB MO TC RU RH PD AG CD IN SN SB TE I XE CS BA LA CE PR ND PM SM EU GD TB DY HO ER TM YB LU HF TA W RE OS IR "
      "PT AU HG TL PB BI PO AT RN FR RA AC TH PA U NP PU AM CM D X ";
  char padded[8] = " ";
  if (!*symbol || strlen(symbol) > 2) return false;
  strcat(strcat(padded, symbol), " ");
  return strstr(known, padded) != NULL;
}

/* Names of one-letter elements start in column 14 (" CA " carbon alpha, "CA  " calcium); hydrogens of four letters
 * ("HD11") fill all four. */
static void infer_element(const pdb_line *line, bool polymer, char element[4]) {
  char first = (char)toupper((unsigned char)column(line, 13)), second = (char)toupper((unsigned char)column(line, 14));
  char two[4] = {first, second, 0};
  char one = isalpha((unsigned char)first) ? first : second;
  memset(element, 0, 4);
  if (isalpha((unsigned char)first) && isalpha((unsigned char)second) && !polymer && is_element(two)) {
    memcpy(element, two, 3);
  } else if (isalpha((unsigned char)one)) {
    element[0] = one;
  } else {
    element[0] = 'X';
  }
}

static void read_element(const pdb_line *line, pleat_atom *atom) {
  char text[4] = "";
  field(line, 77, 78, text);
  for (char *c = text; *c; c++) *c = (char)toupper((unsigned char)*c);
  if (is_element(text)) memcpy(atom->element, text, sizeof text);
  else infer_element(line, pleat_residue_kind_of(atom->residue_name) != PLEAT_RESIDUE_KIND_OTHER, atom->element);
}

/* "2+", "1-" or, as some programs write, "+2". */
static int read_charge(const pdb_line *line) {
  char a = column(line, 79), b = column(line, 80);
  if (isdigit((unsigned char)b) && (a == '+' || a == '-')) return a == '-' ? '0' - b : b - '0';
  if (isdigit((unsigned char)a) && (b == '+' || b == '-')) return b == '-' ? '0' - a : a - '0';
  return 0;
}

static pleat_status read_names(pdb_reader *reader, pleat_structure_record *atom) {
  const pdb_line *line = &reader->line;
  char text[8];
  field(line, 13, 16, atom->site.name);
  field(line, 18, 21, atom->site.residue_name);
  field(line, 22, 22, atom->site.chain);
  if (!atom->site.residue_name[0]) strcpy(atom->site.residue_name, "UNK");
  PLEAT_CHECK(reader->context, atom->site.name[0], PLEAT_ERROR_FORMAT,
              "%s:%zu: the atom's name (columns 13-16) is blank", reader->source->name, line->number);
  field(line, 23, 26, text);
  PLEAT_CHECK(reader->context, parse_integer(text, 4, &atom->site.residue_number), PLEAT_ERROR_FORMAT,
              "%s:%zu: the residue number (columns 23-26) is '%s', an integer is needed", reader->source->name,
              line->number, text);
  atom->site.alternate = column(line, 17);
  atom->site.insertion_code = column(line, 27);
  if (!isgraph((unsigned char)atom->site.alternate)) atom->site.alternate = ' ';
  if (!isgraph((unsigned char)atom->site.insertion_code)) atom->site.insertion_code = ' ';
  return PLEAT_OK;
}

static pleat_status read_atom(pdb_reader *reader) {
  static const size_t x[] = {31, 38}, y[] = {39, 46}, z[] = {47, 54}, occupancy[] = {55, 60}, b_factor[] = {61, 66};
  pleat_structure_record atom = {.site.hetero = reader->line.text[0] == 'H'};
  char serial[8];
  PLEAT_CHECK(reader->context, reader->line.length > 46, PLEAT_ERROR_FORMAT,
              "%s:%zu: the line has %zu columns, the coordinates of an atom end in column 54", reader->source->name,
              reader->line.number, reader->line.length);
  PLEAT_TRY(read_names(reader, &atom));
  PLEAT_TRY(read_number(reader, "x", x, &atom.site.position[0]));
  PLEAT_TRY(read_number(reader, "y", y, &atom.site.position[1]));
  PLEAT_TRY(read_number(reader, "z", z, &atom.site.position[2]));
  PLEAT_TRY(read_float(reader, "the occupancy", occupancy, 1, &atom.site.occupancy));
  PLEAT_TRY(read_float(reader, "the B factor", b_factor, 0, &atom.site.b_factor));
  field(&reader->line, 7, 11, serial);
  /* Serials carry no meaning here, so "*****" of a file with over 99,999 atoms is no reason to refuse it. */
  if (!parse_integer(serial, 5, &atom.serial)) atom.serial = (int)(reader->structure->atom_count + 1);
  read_element(&reader->line, &atom.site);
  atom.charge = read_charge(&reader->line);
  atom.detached = reader->ended[(unsigned char)atom.site.chain[0]];
  return pleat_structure_add_atom(reader->structure, &atom);
}

/* Chooses the model: `source->model`, or the first that has atoms. */
static bool is_wanted(const pdb_reader *reader) {
  int wanted = reader->source->model, now = reader->model ? reader->model : 1;
  if (wanted) return now == wanted;
  return reader->structure->atom_count == 0 || reader->structure->model_number == now;
}

static void begin_model(pdb_reader *reader) {
  char text[16];
  int number;
  field(&reader->line, 7, 20, text);
  reader->model = pleat_number_parse_int(text, strlen(text), &number) && number > 0 ? number : reader->model + 1;
  memset(reader->ended, 0, sizeof reader->ended);
}

static pleat_status read_line(pdb_reader *reader) {
  const pdb_line *line = &reader->line;
  pleat_structure *structure = reader->structure;
  if (is_record(line, "ATOM") || is_record(line, "HETATM")) {
    if (!is_wanted(reader)) return PLEAT_OK;
    structure->model_number = reader->model ? reader->model : 1;
    return read_atom(reader);
  }
  if (is_record(line, "MODEL")) {
    if (structure->atom_count) reader->done = true;
    else begin_model(reader);
  } else if (is_record(line, "TER") && structure->atom_count) {
    reader->ended[(unsigned char)structure->atoms[structure->atom_count - 1].site.chain[0]] = true;
  } else if (is_record(line, "ENDMDL") || is_record(line, "END")) {
    reader->done = structure->atom_count > 0;
  }
  return PLEAT_OK;
}

pleat_status pleat_pdb_parse(const pleat_structure_source *source, pleat_structure *structure) {
  pdb_reader reader = {.context = structure->context, .source = source, .structure = structure};
  while (!reader.done && next_line(&reader)) PLEAT_TRY(read_line(&reader));
  PLEAT_CHECK(structure->context, structure->atom_count || !source->model, PLEAT_ERROR_NOT_FOUND,
              "%s: has no model %d with atoms", source->name, source->model);
  PLEAT_CHECK(structure->context, structure->atom_count, PLEAT_ERROR_FORMAT,
              "%s: has no atoms; it is neither a PDB file with ATOM records nor an mmCIF file", source->name);
  return PLEAT_OK;
}

pleat_status pleat_pdb_read_declared(pleat_context *context, const pleat_structure_source *source,
                                     pleat_pdb_declared **declared, size_t *count) {
  enum { FIRST = 20, STEP = 4, A_LINE = 13 };
  pdb_reader reader = {.context = context, .source = source};
  size_t capacity = 0;
  *declared = NULL;
  *count = 0;
  while (next_line(&reader)) {
    for (size_t i = 0; is_record(&reader.line, "SEQRES") && i < A_LINE; i++) {
      pleat_pdb_declared one;
      field(&reader.line, 12, 12, one.chain);
      field(&reader.line, FIRST + i * STEP, FIRST + i * STEP + 2, one.name);
      if (!one.name[0]) continue;
      PLEAT_TRY(pleat_memory_grow(context, declared, &capacity, *count + 1, sizeof **declared));
      (*declared)[(*count)++] = one;
    }
  }
  return PLEAT_OK;
}

typedef struct pdb_writer {
  const pleat_structure *structure;
  const char *name;
  pleat_text *text;
  int serial;
} pdb_writer;

#define FITS(writer, condition, ...)                                                                        \
  PLEAT_CHECK((writer)->structure->context, condition, PLEAT_ERROR_UNSUPPORTED, __VA_ARGS__)

static pleat_status check_columns(const pdb_writer *writer, const pleat_atom *atom) {
  const char *file = writer->name;
  FITS(writer, writer->serial <= PLEAT_HYBRID36_MOST_5, "%s: more than %d atoms do not fit a PDB file; write .cif instead",
       file, PLEAT_HYBRID36_MOST_5);
  FITS(writer, strlen(atom->chain) <= 1,
       "%s: the chain id '%s' is longer than a PDB file's one letter; write .cif instead", file, atom->chain);
  FITS(writer, strlen(atom->name) <= 4,
       "%s: the atom name '%s' is longer than a PDB file's four letters; write .cif instead", file, atom->name);
  FITS(writer, strlen(atom->residue_name) <= 4,
       "%s: the residue name '%s' is longer than fits a PDB file; write .cif instead", file, atom->residue_name);
  FITS(writer, atom->residue_number >= -999 && atom->residue_number <= PLEAT_HYBRID36_MOST_4,
       "%s: residue number %d does not fit a PDB file's four columns; write .cif instead", file, atom->residue_number);
  for (int k = 0; k < 3; k++) {
    FITS(writer, atom->position[k] > -999.9995 && atom->position[k] < 9999.9995,
         "%s: a coordinate of atom %d is not a number between -999.999 and 9999.999 and does not fit a PDB file", file,
         writer->serial);
  }
  FITS(writer,
       atom->b_factor > -99.995f && atom->b_factor < 999.994f && atom->occupancy > -99.995f &&
           atom->occupancy < 999.994f,
       "%s: the occupancy or B factor of atom %d does not fit a PDB file's six columns; write .cif instead", file,
       writer->serial);
  return PLEAT_OK;
}

static void format_name(const pleat_atom *atom, char name[8]) {
  bool indent = strlen(atom->element) < 2 && strlen(atom->name) < 4;
  snprintf(name, 8, indent ? " %-3.3s" : "%-4.4s", atom->name);
}

static void format_charge(int charge, char text[4]) {
  int size = charge < 0 ? -charge : charge;
  snprintf(text, 4, "  ");
  if (size > 0 && size < 10) snprintf(text, 4, "%d%c", size, charge < 0 ? '-' : '+');
}

static pleat_status write_atom(pdb_writer *writer, const pleat_structure_record *atom) {
  const pleat_atom *site = &atom->site;
  char name[8], charge[4], number[5][32], serial[16], residue[16];
  writer->serial++;
  PLEAT_TRY(check_columns(writer, site));
  pleat_hybrid36_format(writer->serial, 5, serial);
  pleat_hybrid36_format(site->residue_number, 4, residue);
  format_name(site, name);
  format_charge(atom->charge, charge);
  for (int k = 0; k < 3; k++) pleat_number_fixed(site->position[k], 3, number[k]);
  pleat_number_fixed(site->occupancy, 2, number[3]);
  pleat_number_fixed(site->b_factor, 2, number[4]);
  pleat_text_append(writer->text, "%-6s%5s %s%c%3s%s%c%4s%c   %8s%8s%8s%6s%6s          %2.2s%s\n",
                    site->hetero ? "HETATM" : "ATOM", serial, name, site->alternate, site->residue_name,
                    strlen(site->residue_name) > 3 ? "" : " ", site->chain[0] ? site->chain[0] : ' ',
                    residue, site->insertion_code, number[0], number[1], number[2], number[3], number[4],
                    site->element, charge);
  return PLEAT_OK;
}

static pleat_status write_end_of_chain(pdb_writer *writer, const pleat_atom *last) {
  char serial[16], residue[16];
  writer->serial++;
  PLEAT_TRY(check_columns(writer, last));
  pleat_hybrid36_format(writer->serial, 5, serial);
  pleat_hybrid36_format(last->residue_number, 4, residue);
  pleat_text_append(writer->text, "TER   %5s      %3s%s%c%4s%c%53s\n", serial, last->residue_name,
                    strlen(last->residue_name) > 3 ? "" : " ", last->chain[0] ? last->chain[0] : ' ', residue,
                    last->insertion_code, "");
  return PLEAT_OK;
}

/* A text over as many records as it needs, `width` bytes in each; what is not printable ASCII becomes '?'. */
static void write_remark(pdb_writer *writer, const char *record, const char *text) {
  enum { WIDTH = 69 };
  while (text && *text) {
    char piece[WIDTH + 1];
    size_t length = 0;
    for (; length < WIDTH && text[length]; length++) {
      piece[length] = isprint((unsigned char)text[length]) ? text[length] : '?';
    }
    piece[length] = 0;
    pleat_text_append(writer->text, "%s%s\n", record, piece);
    text += length;
  }
}

/* mkdssp takes no file without HEADER. TITLE is cut to its one line; the remarks carry the rest. */
static void write_head(pdb_writer *writer) {
  const pleat_structure_origin *origin = &writer->structure->origin;
  pleat_text_append(writer->text, "HEADER    %-40s%9s   %-4s\n",
                    writer->structure->predicted ? "PREDICTED MODEL" : "COORDINATES", "", "XXXX");
  if (!writer->structure->predicted) return;
  if (origin->title) {
    char title[70];
    snprintf(title, sizeof title, "%s", origin->title);
    write_remark(writer, "TITLE     ", title);
  }
  pleat_text_append(writer->text, "EXPDTA    THEORETICAL MODEL\n");
  if (origin->has_plddt) write_remark(writer, "REMARK   6 ", "B FACTORS ARE PLDDT, 0-100");
  write_remark(writer, "REMARK   6 MODEL ", origin->model_name);
  write_remark(writer, "REMARK   6 PLEAT ", origin->software_version);
  write_remark(writer, "REMARK   6 LICENCE OF THE WEIGHTS: ", origin->license);
}

pleat_status pleat_pdb_write(const pleat_structure *structure, const char *name, pleat_text *text) {
  pdb_writer writer = {structure, name, text, 0};
  write_head(&writer);
  for (size_t c = 0; c < structure->chain_count; c++) {
    const pleat_structure_chain *chain = &structure->chains[c];
    const pleat_structure_residue *last = &structure->residues[chain->first + chain->count - 1];
    for (size_t i = structure->residues[chain->first].first; i < last->first + last->count; i++) {
      PLEAT_TRY(write_atom(&writer, &structure->atoms[i]));
    }
    if (chain->kind == PLEAT_STRUCTURE_POLYMER) {
      PLEAT_TRY(write_end_of_chain(&writer, &structure->atoms[last->first + last->count - 1].site));
    }
  }
  pleat_text_append(text, "%-80s\n", "END");
  return text->status;
}
