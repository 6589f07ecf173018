/* The files that a docking leaves: tables of poses, structures.
 * SPDX-License-Identifier: MIT */
#include "program/dock_output.h"

#include <stdio.h>
#include <stdlib.h>

#include "program/output.h"

static json_t *pose_object(const pleat_dock_pose *p, size_t rank) {
  json_t *object = json_object(), *rotation = json_array(), *translation = json_array();
  for (int i = 0; i < 3; i++) {
    json_t *row = json_array();
    for (int j = 0; j < 3; j++) json_array_append_new(row, json_real(p->rotation[i][j]));
    json_array_append_new(rotation, row);
    json_array_append_new(translation, json_real(p->translation[i]));
  }
  json_object_set_new(object, "rank", json_integer((json_int_t)rank + 1));
  json_object_set_new(object, "score", json_real(p->score));
  json_object_set_new(object, "shape", json_real(p->shape));
  json_object_set_new(object, "electrostatics", json_real(p->electrostatics));
  json_object_set_new(object, "desolvation", json_real(p->desolvation));
  json_object_set_new(object, "grid", json_real(p->grid));
  json_object_set_new(object, "members", json_integer((json_int_t)p->members));
  json_object_set_new(object, "contacts", json_integer((json_int_t)p->contacts));
  json_object_set_new(object, "rotation", rotation);
  json_object_set_new(object, "translation", translation);
  return object;
}

static bool write_json(const pleat_dock_output *o) {
  json_t *root = json_object(), *poses = json_array();
  for (size_t i = 0; i < pleat_dock_count(o->dock); i++) {
    pleat_dock_pose pose = pleat_dock_at(o->dock, i);
    json_array_append_new(poses, pose_object(&pose, i));
  }
  json_object_set(root, "settings", o->settings);
  json_object_set_new(root, "rotations_tried", json_integer((json_int_t)pleat_dock_rotation_count(o->dock)));
  json_object_set_new(root, "poses", poses);
  char *path = pleat_output_path("%s/%s_poses.json", o->folder, o->name);
  bool good = pleat_output_write_json(path, root, 9);
  free(path);
  return good;
}

static bool write_table(const pleat_dock_output *o) {
  char *text = NULL, *path = pleat_output_path("%s/%s_poses.tsv", o->folder, o->name);
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (!out) abort();
  fprintf(out, "rank\tscore\tshape\telectrostatics\tdesolvation\tgrid\tmembers\tcontacts\tx\ty\tz"
               "\tr11\tr12\tr13\tr21\tr22\tr23\tr31\tr32\tr33\n");
  for (size_t i = 0; i < pleat_dock_count(o->dock); i++) {
    pleat_dock_pose p = pleat_dock_at(o->dock, i);
    fprintf(out, "%zu\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%zu\t%zu", i + 1, p.score, p.shape, p.electrostatics, p.desolvation, p.grid,
            p.members, p.contacts);
    for (int d = 0; d < 3; d++) fprintf(out, "\t%.3f", p.translation[d]);
    for (int n = 0; n < 9; n++) fprintf(out, "\t%.6f", p.rotation[n / 3][n % 3]);
    fputc('\n', out);
  }
  if (fclose(out)) abort();
  bool good = pleat_output_write(path, text, length);
  free(text);
  free(path);
  return good;
}

static bool write_structure(const pleat_dock_output *o, pleat_status status, pleat_structure *structure, char *path) {
  if (!status) status = pleat_structure_write(structure, path);
  if (status) fprintf(stderr, "pleat dock: %s\n", pleat_context_error(o->context));
  pleat_structure_free(structure);
  free(path);
  return !status;
}

static bool write_structures(const pleat_dock_output *o) {
  for (size_t i = 0; i < pleat_dock_count(o->dock); i++) {
    pleat_structure *structure;
    pleat_status status = pleat_dock_ligand(o->dock, i, &structure);
    char *path = pleat_output_path("%s/%s_ligand_rank_%03zu.cif", o->folder, o->name, i + 1);
    if (!write_structure(o, status, structure, path)) return false;
    status = pleat_dock_complex(o->dock, i, &structure);
    path = pleat_output_path("%s/%s_complex_rank_%03zu.cif", o->folder, o->name, i + 1);
    if (!write_structure(o, status, structure, path)) return false;
  }
  return true;
}

bool pleat_dock_output_write(const pleat_dock_output *output) {
  return write_structures(output) && write_table(output) && write_json(output);
}
