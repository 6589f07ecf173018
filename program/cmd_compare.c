/* pleat compare: superposes two structures and prints RMSD, TM-score, GDT, lDDT as a table or JSON.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>

#include "pleat.h"
#include "program/output.h"
#include "program/verbs.h"

typedef struct compare_run {
  pleat_context *context;
  pleat_structure *model, *reference;
  pleat_comparison comparison;
  pleat_residue_deviation *rows;
  size_t capacity;
} compare_run;

static json_t *row_object(const pleat_residue_deviation *row) {
  char code[2] = {row->insertion_code, 0};
  json_t *object = json_object();
  json_object_set_new(object, "chain", json_string(row->chain));
  json_object_set_new(object, "residue_number", json_integer(row->residue_number));
  json_object_set_new(object, "insertion_code", json_string(row->insertion_code == ' ' ? "" : code));
  json_object_set_new(object, "residue_name", json_string(row->residue_name));
  json_object_set_new(object, "distance", pleat_output_number(row->distance));
  json_object_set_new(object, "lddt", pleat_output_number(row->lddt));
  return object;
}

static json_t *transform_object(const pleat_comparison *c) {
  json_t *rotation = json_array(), *translation = json_array(), *object = json_object();
  for (int i = 0; i < 3; i++) {
    json_t *row = json_array();
    for (int j = 0; j < 3; j++) json_array_append_new(row, pleat_output_number(c->rotation[i][j]));
    json_array_append_new(rotation, row);
    json_array_append_new(translation, pleat_output_number(c->translation[i]));
  }
  json_object_set_new(object, "rotation", rotation);
  json_object_set_new(object, "translation", translation);
  return object;
}

static void print_json(const compare_run *run, const pleat_options *options) {
  const pleat_comparison *c = &run->comparison;
  json_t *object = json_object();
  json_object_set_new(object, "model", json_string(options->inputs[0]));
  json_object_set_new(object, "reference", json_string(options->inputs[1]));
  json_object_set_new(object, "residues", json_integer((json_int_t)c->residues));
  json_object_set_new(object, "atoms", json_integer((json_int_t)c->atoms));
  json_object_set_new(object, "rmsd_ca", pleat_output_number(c->rmsd_ca));
  json_object_set_new(object, "rmsd_all", pleat_output_number(c->rmsd_all));
  json_object_set_new(object, "tm_score", pleat_output_number(c->tm_score));
  json_object_set_new(object, "gdt_ts", pleat_output_number(c->gdt_ts));
  json_object_set_new(object, "gdt_ha", pleat_output_number(c->gdt_ha));
  json_object_set_new(object, "lddt", pleat_output_number(c->lddt));
  json_object_set_new(object, "transform", transform_object(c));
  if (pleat_options_flag(options, PLEAT_OPTION_PER_RESIDUE)) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->residues && i < run->capacity; i++)
      json_array_append_new(list, row_object(&run->rows[i]));
    json_object_set_new(object, "per_residue", list);
  }
  json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(object);
}

static void print_table(const compare_run *run, const pleat_options *options) {
  const pleat_comparison *c = &run->comparison;
  printf("residues  %8zu\natoms     %8zu\n", c->residues, c->atoms);
  printf("RMSD CA   %8.3f A\nRMSD all  %8.3f A\n", c->rmsd_ca, c->rmsd_all);
  printf("TM-score  %8.4f\nGDT-TS    %8.4f\nGDT-HA    %8.4f\nlDDT      %8.4f\n", c->tm_score, c->gdt_ts, c->gdt_ha,
         c->lddt);
  if (!pleat_options_flag(options, PLEAT_OPTION_PER_RESIDUE)) return;
  printf("\nchain residue  distance    lDDT\n");
  for (size_t i = 0; i < c->residues && i < run->capacity; i++) {
    const pleat_residue_deviation *row = &run->rows[i];
    printf("%-4s %s%5d%c %9.3f  %6.4f\n", row->chain, row->residue_name, row->residue_number, row->insertion_code,
           row->distance, row->lddt);
  }
}

static pleat_status compare(compare_run *run, const pleat_options *options) {
  pleat_status status = pleat_structure_read(run->context, options->inputs[0], &run->model);
  if (!status) status = pleat_structure_read(run->context, options->inputs[1], &run->reference);
  if (status) return status;
  run->capacity = pleat_structure_atom_count(run->reference);
  run->rows = calloc(run->capacity + 1, sizeof *run->rows);
  if (!run->rows) abort();
  return pleat_structure_compare(run->model, run->reference, &run->comparison, run->rows, run->capacity);
}

int pleat_verb_compare(const pleat_options *options) {
  compare_run run = {0};
  if (pleat_context_create(NULL, &run.context)) return fprintf(stderr, "pleat: out of memory\n"), PLEAT_EXIT_INPUTS;
  pleat_status status = compare(&run, options);
  if (status)
    fprintf(stderr, "pleat compare: %s\n", pleat_context_error(run.context));
  else if (pleat_options_flag(options, PLEAT_OPTION_JSON))
    print_json(&run, options);
  else
    print_table(&run, options);
  pleat_structure_free(run.model);
  pleat_structure_free(run.reference);
  pleat_context_free(run.context);
  free(run.rows);
  return status ? PLEAT_EXIT_INPUTS : PLEAT_EXIT_DONE;
}
