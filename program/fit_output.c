/* The files that a fit leaves: tables of places, structures, the difference map, slices.
 * SPDX-License-Identifier: MIT */
#include "program/fit_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/output.h"

static bool say(const pleat_fit_output *output, pleat_status status) {
  if (status) fprintf(stderr, "pleat fit: %s\n", pleat_context_error(output->context));
  return !status;
}

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

static json_t *place_object(const pleat_fit_placement *p, size_t rank) {
  json_t *object = json_object(), *rotation = json_array(), *translation = json_array();
  for (int i = 0; i < 3; i++) {
    json_t *row = json_array();
    for (int j = 0; j < 3; j++) json_array_append_new(row, json_real(p->rotation[i][j]));
    json_array_append_new(rotation, row);
    json_array_append_new(translation, json_real(p->translation[i]));
  }
  json_object_set_new(object, "rank", json_integer((json_int_t)rank + 1));
  json_object_set_new(object, "score", json_real(p->score));
  json_object_set_new(object, "z_score", json_real(p->z_score));
  json_object_set_new(object, "confidence", json_real(p->confidence));
  json_object_set_new(object, "share", json_real(p->share));
  json_object_set_new(object, "scale", json_real(p->scale));
  json_object_set_new(object, "rotation", rotation);
  json_object_set_new(object, "translation", translation);
  return object;
}

/* Copies are numbered as they come: steps go copy after copy of a part. */
static size_t copy_of(const pleat_fit *fit, size_t step) {
  size_t copy = 0;
  while (copy < step && pleat_fit_step_part(fit, step - copy - 1) == pleat_fit_step_part(fit, step)) copy++;
  return copy;
}

static bool write_json(const pleat_fit_output *o) {
  json_t *root = json_object(), *steps = json_array();
  for (size_t s = 0; s < pleat_fit_step_count(o->fit); s++) {
    json_t *step = json_object(), *places = json_array();
    for (size_t r = 0; r < pleat_fit_count(o->fit, s); r++) {
      pleat_fit_placement place = pleat_fit_at(o->fit, s, r);
      json_array_append_new(places, place_object(&place, r));
    }
    json_object_set_new(step, "part", json_integer(pleat_fit_step_part(o->fit, s) + 1));
    json_object_set_new(step, "copy", json_integer((json_int_t)copy_of(o->fit, s) + 1));
    json_object_set_new(step, "places", places);
    json_array_append_new(steps, step);
  }
  json_object_set(root, "settings", o->settings);
  json_object_set_new(root, "steps", steps);
  char *path = pleat_output_path("%s/%s_fits.json", o->folder, o->name);
  bool good = pleat_output_write_json(path, root, 9);
  free(path);
  return good;
}

static bool write_table(const pleat_fit_output *o) {
  char *text = NULL, *path = pleat_output_path("%s/%s_fits.tsv", o->folder, o->name);
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (!out) abort();
  fprintf(out, "part\tcopy\trank\tscore\tz_score\tconfidence\tshare\tx\ty\tz\tr11\tr12\tr13\tr21\tr22\tr23\tr31\tr32\tr33\n");
  for (size_t s = 0; s < pleat_fit_step_count(o->fit); s++)
    for (size_t r = 0; r < pleat_fit_count(o->fit, s); r++) {
      pleat_fit_placement p = pleat_fit_at(o->fit, s, r);
      fprintf(out, "%d\t%zu\t%zu\t%.4f\t%.2f\t%.4f\t%.3f", pleat_fit_step_part(o->fit, s) + 1, copy_of(o->fit, s) + 1, r + 1,
              p.score, p.z_score, p.confidence, p.share);
      for (int d = 0; d < 3; d++) fprintf(out, "\t%.3f", p.translation[d]);
      for (int i = 0; i < 9; i++) fprintf(out, "\t%.6f", p.rotation[i / 3][i % 3]);
      fputc('\n', out);
    }
  if (fclose(out)) abort();
  bool good = pleat_output_write(path, text, length);
  free(text);
  free(path);
  return good;
}

/* ---- Structures and maps --------------------------------------------------------------------------------------- */

static bool write_structure(const pleat_fit_output *o, pleat_status status, pleat_structure *structure, char *path) {
  bool good = say(o, status ? status : pleat_structure_write(structure, path));
  pleat_structure_free(structure);
  free(path);
  return good;
}

/* The ranks of a fit of one part in one copy; else all parts at their best places. */
static bool write_structures(const pleat_fit_output *o) {
  pleat_structure *structure = NULL;
  if (pleat_fit_step_count(o->fit) > 1) {
    pleat_status status = pleat_fit_assembly(o->fit, &structure);
    return write_structure(o, status, structure, pleat_output_path("%s/%s_fitted.cif", o->folder, o->name));
  }
  for (size_t r = 0; r < pleat_fit_count(o->fit, 0); r++) {
    pleat_status status = pleat_fit_structure(o->fit, 0, r, &structure);
    char *path = pleat_output_path("%s/%s_fit_rank_%03zu.cif", o->folder, o->name, r + 1);
    if (!write_structure(o, status, structure, path)) return false;
  }
  return true;
}

static bool write_difference(const pleat_fit_output *o) {
  char *path = pleat_output_path("%s/%s_difference.mrc", o->folder, o->name);
  pleat_map *map = NULL;
  pleat_status status = pleat_fit_difference(o->fit, &map);
  if (!status) status = pleat_map_write(map, path);
  pleat_map_free(map);
  free(path);
  return say(o, status);
}

static bool write_slices(const pleat_fit_output *o) {
  char *path = pleat_output_path("%s/%s_slices.svg", o->folder, o->name);
  bool good = say(o, pleat_fit_write_slices(o->fit, path));
  free(path);
  return good;
}

bool pleat_fit_output_write(const pleat_fit_output *output) {
  return write_structures(output) && write_difference(output) && write_slices(output) && write_table(output) &&
         write_json(output);
}
