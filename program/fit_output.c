/* The files that a fit leaves: tables of places, structures, the difference map, slices.
 * SPDX-License-Identifier: MIT */
#include "program/fit_output.h"

#include <stdlib.h>

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

static json_t *place_object(const pleat_fit_placement *p, size_t rank) {
  json_t *object = json_object();
  json_object_set_new(object, "rank", json_integer((json_int_t)rank + 1));
  json_object_set_new(object, "score", json_real(p->score));
  json_object_set_new(object, "z_score", json_real(p->z_score));
  json_object_set_new(object, "confidence", json_real(p->confidence));
  json_object_set_new(object, "share", json_real(p->share));
  json_object_set_new(object, "scale", json_real(p->scale));
  pleat_placing_add_place(object, p->rotation, p->translation);
  return object;
}

/* Copies are numbered as they come: steps go copy after copy of a part. */
static size_t copy_of(const pleat_fit *fit, size_t step) {
  size_t copy = 0;
  while (copy < step && pleat_fit_step_part(fit, step - copy - 1) == pleat_fit_step_part(fit, step)) copy++;
  return copy;
}

static json_t *make_json(const pleat_placing *placing, const pleat_fit *fit) {
  json_t *root = json_object(), *steps = json_array();
  for (size_t s = 0; s < pleat_fit_step_count(fit); s++) {
    json_t *step = json_object(), *places = json_array();
    for (size_t r = 0; r < pleat_fit_count(fit, s); r++) {
      pleat_fit_placement place = pleat_fit_at(fit, s, r);
      json_array_append_new(places, place_object(&place, r));
    }
    json_object_set_new(step, "part", json_integer(pleat_fit_step_part(fit, s) + 1));
    json_object_set_new(step, "copy", json_integer((json_int_t)copy_of(fit, s) + 1));
    json_object_set_new(step, "places", places);
    json_array_append_new(steps, step);
  }
  json_object_set(root, "settings", placing->about);
  json_object_set_new(root, "steps", steps);
  return root;
}

static void print_table(const void *fit, FILE *out) {
  fprintf(out, "part\tcopy\trank\tscore\tz_score\tconfidence\tshare");
  pleat_placing_print_titles(out);
  for (size_t s = 0; s < pleat_fit_step_count(fit); s++)
    for (size_t r = 0; r < pleat_fit_count(fit, s); r++) {
      const pleat_fit_placement p = pleat_fit_at(fit, s, r);
      fprintf(out, "%d\t%zu\t%zu\t%.4f\t%.2f\t%.4f\t%.3f", pleat_fit_step_part(fit, s) + 1, copy_of(fit, s) + 1, r + 1, p.score,
              p.z_score, p.confidence, p.share);
      pleat_placing_print_place(out, p.rotation, p.translation);
    }
}

/* ---- Structures and maps --------------------------------------------------------------------------------------- */

/* The ranks of a fit of one part in one copy; else all parts at their best places. */
static bool write_structures(const pleat_placing *placing, const pleat_fit *fit) {
  pleat_structure *structure = NULL;
  if (pleat_fit_step_count(fit) > 1) {
    pleat_status status = pleat_fit_assembly(fit, &structure);
    return pleat_placing_write_structure(placing, status, structure, pleat_placing_path(placing, "_fitted.cif"));
  }
  for (size_t r = 0; r < pleat_fit_count(fit, 0); r++) {
    pleat_status status = pleat_fit_structure(fit, 0, r, &structure);
    char *path = pleat_placing_path(placing, "_fit_rank_%03zu.cif", r + 1);
    if (!pleat_placing_write_structure(placing, status, structure, path)) return false;
  }
  return true;
}

static bool write_difference(const pleat_placing *placing, const pleat_fit *fit) {
  char *path = pleat_placing_path(placing, "_difference.mrc");
  pleat_map *map = NULL;
  pleat_status status = pleat_fit_difference(fit, &map);
  if (!status) status = pleat_map_write(map, path);
  if (status) pleat_placing_fail(placing, status);
  pleat_map_free(map);
  free(path);
  return !status;
}

static bool write_slices(const pleat_placing *placing, const pleat_fit *fit) {
  char *path = pleat_placing_path(placing, "_slices.svg");
  pleat_status status = pleat_fit_write_slices(fit, path);
  if (status) pleat_placing_fail(placing, status);
  free(path);
  return !status;
}

bool pleat_fit_output_write(const pleat_placing *placing, const pleat_fit *fit) {
  return write_structures(placing, fit) && write_difference(placing, fit) && write_slices(placing, fit) &&
         pleat_placing_write_table(print_table, fit, pleat_placing_path(placing, "_fits.tsv")) &&
         pleat_placing_write_json(make_json(placing, fit), pleat_placing_path(placing, "_fits.json"));
}
