/* Structures, aligned errors and coverage as the small JSON that a report page unfolds.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/report_parts.h"

json_t *pleat_report_text(const char *text) {
  json_t *value = json_string(text);
  if (value) return value;
  char *copy = strdup(text);
  if (!copy) abort();
  for (char *c = copy; *c; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
  value = json_string(copy);
  free(copy);
  return value;
}

static void append_integer(json_t *list, long value) { json_array_append_new(list, json_integer(value)); }

/* ---- Structures ---- */

typedef struct structure_lists {
  json_t *chain, *number, *name, *count, *confidence, *hetero; /* one entry a residue */
  json_t *atom, *element, *x, *y, *z;                          /* one entry an atom */
} structure_lists;

static json_t *add_list(json_t *object, const char *key) {
  json_t *list = json_array();
  json_object_set_new(object, key, list);
  return list;
}

static bool same_residue(const pleat_atom *a, const pleat_atom *b) {
  return a->residue_number == b->residue_number && a->insertion_code == b->insertion_code && !strcmp(a->chain, b->chain) &&
         !strcmp(a->residue_name, b->residue_name);
}

static void add_residue(structure_lists *lists, const pleat_atom *atom) {
  char number[16];
  snprintf(number, sizeof number, "%d%.*s", atom->residue_number, atom->insertion_code != ' ', &atom->insertion_code);
  json_array_append_new(lists->chain, pleat_report_text(atom->chain));
  json_array_append_new(lists->number, json_string(number));
  json_array_append_new(lists->name, pleat_report_text(atom->residue_name));
  append_integer(lists->hetero, atom->hetero != 0);
  json_array_append_new(lists->confidence, isfinite(atom->b_factor) ? json_real(round(100 * atom->b_factor) / 100) : json_null());
}

static long hundredths(double value) { return isfinite(value) && fabs(value) < 1e6 ? lround(100 * value) : 0; }

static void add_atom(structure_lists *lists, const pleat_atom *atom, long last[3]) {
  json_t *axes[3] = {lists->x, lists->y, lists->z};
  json_array_append_new(lists->atom, pleat_report_text(atom->name));
  json_array_append_new(lists->element, pleat_report_text(atom->element));
  for (int d = 0; d < 3; d++) {
    long here = hundredths(atom->position[d]);
    append_integer(axes[d], here - last[d]);
    last[d] = here;
  }
}

json_t *pleat_report_structure(pleat_context *context, const char *path) {
  pleat_structure *structure;
  if (pleat_structure_read(context, path, &structure)) return NULL;
  json_t *object = json_object();
  structure_lists lists = {
      add_list(object, "chain"),      add_list(object, "number"), add_list(object, "name"),    add_list(object, "count"),
      add_list(object, "confidence"), add_list(object, "hetero"), add_list(object, "atom"),    add_list(object, "element"),
      add_list(object, "x"),          add_list(object, "y"),      add_list(object, "z"),
  };
  pleat_atom before = {0};
  long last[3] = {0}, atoms = 0;
  for (size_t i = 0; i < pleat_structure_atom_count(structure); i++) {
    pleat_atom atom = pleat_structure_atom(structure, i);
    if (atom.alternate != ' ' && atom.alternate != 'A' && atom.alternate != '1') continue;
    if (!json_array_size(lists.chain) || !same_residue(&atom, &before)) {
      if (json_array_size(lists.chain)) append_integer(lists.count, atoms);
      add_residue(&lists, &atom);
      atoms = 0;
    }
    add_atom(&lists, &atom, last);
    atoms++;
    before = atom;
  }
  append_integer(lists.count, atoms);
  pleat_structure_free(structure);
  return object;
}

/* ---- Aligned errors ---- */

enum { MOST_ERRORS = 1024, ERROR_STEPS = 4 };

/* Mean over the block of `step` rows and columns at (row, column), those inside the square. */
static double block_mean(const json_t *pae, size_t row, size_t column, size_t step) {
  size_t length = json_array_size(pae), count = 0;
  double sum = 0;
  for (size_t i = row; i < row + step && i < length; i++)
    for (size_t j = column; j < column + step && j < length; j++, count++)
      sum += json_number_value(json_array_get(json_array_get(pae, i), j));
  return count ? sum / (double)count : 0;
}

json_t *pleat_report_errors(const json_t *pae) {
  size_t length = json_array_size(pae), step = (length + MOST_ERRORS - 1) / MOST_ERRORS;
  if (!length) return NULL;
  for (size_t i = 0; i < length; i++)
    if (json_array_size(json_array_get(pae, i)) != length) return NULL;
  json_t *object = json_object(), *rows = add_list(object, "rows");
  for (size_t i = 0; i < length; i += step) {
    json_t *row = json_array();
    long last = 0;
    for (size_t j = 0; j < length; j += step) {
      long here = lround(ERROR_STEPS * block_mean(pae, i, j, step));
      append_integer(row, here - last);
      last = here;
    }
    json_array_append_new(rows, row);
  }
  json_object_set_new(object, "length", json_integer((json_int_t)length));
  json_object_set_new(object, "step", json_integer((json_int_t)step));
  json_object_set_new(object, "per_angstrom", json_integer(ERROR_STEPS));
  return object;
}

/* ---- Alignments ---- */

json_t *pleat_report_coverage(pleat_context *context, const char *path) {
  pleat_msa *msa;
  pleat_msa_summary summary;
  if (pleat_msa_read(context, path, &msa)) return NULL;
  size_t columns = pleat_msa_column_count(msa), *residues = calloc(columns + 1, sizeof *residues);
  if (!residues) abort();
  json_t *object = NULL;
  if (!pleat_msa_summarise(msa, &summary, residues)) {
    object = json_pack("{s:I, s:I, s:f, s:f}", "rows", (json_int_t)summary.rows, "unique_rows",
                       (json_int_t)summary.unique_rows, "coverage", summary.coverage, "identity", summary.identity);
    if (isfinite(summary.sequence_neff)) json_object_set_new(object, "neff", json_real(summary.sequence_neff));
    json_t *list = add_list(object, "residues");
    for (size_t i = 0; i < columns; i++) append_integer(list, (long)residues[i]);
  }
  free(residues);
  pleat_msa_free(msa);
  return object;
}
