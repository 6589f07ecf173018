/* What fit and dock share: the run, its mark, its files.
 * SPDX-License-Identifier: MIT */
#include "program/placing.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/rotation_list.h"

/* ---- The run ---- */

static json_t *describe(const pleat_options *options, const pleat_placing_told *told) {
  json_t *about = json_object();
  json_object_set_new(about, "pleat", json_string(pleat_version()));
  for (int i = 0; i < 2; i++) json_object_set_new(about, told->inputs[i], json_string(options->inputs[i]));
  for (size_t i = 0; i < told->count; i++) {
    const char *value = pleat_options_text(options, told->options[i]);
    if (value) json_object_set_new(about, pleat_options_row(told->options[i])->name, json_string(value));
  }
  return about;
}

bool pleat_placing_begin(pleat_placing *p, const pleat_options *options, char *name, const pleat_placing_told *told) {
  *p = (pleat_placing){.options = options, .name = name};
  if (pleat_context_create(NULL, &p->context)) return fprintf(stderr, "pleat: out of memory\n"), free(name), false;
  if (options->values[PLEAT_OPTION_THREADS])
    pleat_context_set_threads(p->context, (int)pleat_options_number(options, PLEAT_OPTION_THREADS));
  p->mark = pleat_placing_path(p, "_%s.done.txt", options->verb);
  p->about = describe(options, told);
  pleat_progress_start(&p->progress, pleat_options_flag(options, PLEAT_OPTION_QUIET), 1, 1);
  pleat_progress_catch_signals();
  pleat_context_set_progress(p->context, pleat_progress_report, &p->progress);
  return true;
}

void pleat_placing_end(pleat_placing *p) {
  pleat_progress_end(&p->progress);
  pleat_context_free(p->context);
  json_decref(p->about);
  free(p->rotations);
  free(p->wisdom);
  free(p->name);
  free(p->mark);
}

bool pleat_placing_read_rotations(pleat_placing *p) {
  const char *list = p->options->values[PLEAT_OPTION_ROTATIONS];
  p->wisdom = pleat_rotation_list_wisdom();
  return !list || pleat_rotation_list_read(p->options->verb, list, &p->rotations, &p->rotation_count);
}

bool pleat_placing_is_done(const pleat_placing *p) {
  json_error_t error;
  json_t *there = json_load_file(p->mark, 0, &error);
  bool done = there && json_equal(there, p->about) && !pleat_options_flag(p->options, PLEAT_OPTION_OVERWRITE);
  json_decref(there);
  if (done) fprintf(stderr, "pleat %s: %s is done already\n", p->options->verb, p->name);
  else unlink(p->mark);
  return done;
}

bool pleat_placing_mark_done(const pleat_placing *p) { return pleat_output_write_json(p->mark, json_incref(p->about), 17); }

int pleat_placing_fail(const pleat_placing *p, pleat_status status) {
  fprintf(stderr, "pleat %s: %s\n", p->options->verb, pleat_context_error(p->context));
  return status == PLEAT_ERROR_CANCELLED ? PLEAT_EXIT_STOPPED : PLEAT_EXIT_INPUTS;
}

/* ---- Files ---- */

char *pleat_placing_path(const pleat_placing *p, const char *format, ...) {
  char *tail = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&tail, format, arguments) < 0) abort();
  va_end(arguments);
  char *path = pleat_output_path("%s/%s%s", p->options->inputs[2], p->name, tail);
  free(tail);
  return path;
}

bool pleat_placing_write_structure(const pleat_placing *p, pleat_status status, pleat_structure *structure, char *path) {
  if (!status) status = pleat_structure_write(structure, path);
  if (status) pleat_placing_fail(p, status);
  pleat_structure_free(structure);
  free(path);
  return !status;
}

bool pleat_placing_write_table(void (*print)(const void *user, FILE *out), const void *user, char *path) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (!out) abort();
  print(user, out);
  if (fclose(out)) abort();
  bool good = pleat_output_write(path, text, length);
  free(text);
  free(path);
  return good;
}

bool pleat_placing_write_json(json_t *root, char *path) {
  bool good = pleat_output_write_json(path, root, 9);
  free(path);
  return good;
}

void pleat_placing_print_titles(FILE *out) { fputs("\tx\ty\tz\tr11\tr12\tr13\tr21\tr22\tr23\tr31\tr32\tr33\n", out); }

void pleat_placing_print_place(FILE *out, const double rotation[3][3], const double translation[3]) {
  for (int d = 0; d < 3; d++) fprintf(out, "\t%.3f", translation[d]);
  for (int i = 0; i < 9; i++) fprintf(out, "\t%.6f", rotation[i / 3][i % 3]);
  fputc('\n', out);
}

void pleat_placing_add_place(json_t *object, const double rotation[3][3], const double translation[3]) {
  json_t *rows = json_array(), *place = json_array();
  for (int i = 0; i < 3; i++) {
    json_t *row = json_array();
    for (int j = 0; j < 3; j++) json_array_append_new(row, json_real(rotation[i][j]));
    json_array_append_new(rows, row);
    json_array_append_new(place, json_real(translation[i]));
  }
  json_object_set_new(object, "rotation", rows);
  json_object_set_new(object, "translation", place);
}
