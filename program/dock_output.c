/* The files that a docking leaves: tables of poses, structures.
 * SPDX-License-Identifier: MIT */
#include "program/dock_output.h"

static json_t *pose_object(const pleat_dock_pose *p, size_t rank) {
  json_t *object = json_object();
  json_object_set_new(object, "rank", json_integer((json_int_t)rank + 1));
  json_object_set_new(object, "score", json_real(p->score));
  json_object_set_new(object, "shape", json_real(p->shape));
  json_object_set_new(object, "electrostatics", json_real(p->electrostatics));
  json_object_set_new(object, "desolvation", json_real(p->desolvation));
  json_object_set_new(object, "grid", json_real(p->grid));
  json_object_set_new(object, "members", json_integer((json_int_t)p->members));
  json_object_set_new(object, "contacts", json_integer((json_int_t)p->contacts));
  pleat_placing_add_place(object, p->rotation, p->translation);
  return object;
}

static json_t *make_json(const pleat_placing *placing, const pleat_dock *dock) {
  json_t *root = json_object(), *poses = json_array();
  for (size_t i = 0; i < pleat_dock_count(dock); i++) {
    pleat_dock_pose pose = pleat_dock_at(dock, i);
    json_array_append_new(poses, pose_object(&pose, i));
  }
  json_object_set(root, "settings", placing->about);
  json_object_set_new(root, "rotations_tried", json_integer((json_int_t)pleat_dock_rotation_count(dock)));
  json_object_set_new(root, "poses", poses);
  return root;
}

static void print_table(const void *dock, FILE *out) {
  fprintf(out, "rank\tscore\tshape\telectrostatics\tdesolvation\tgrid\tmembers\tcontacts");
  pleat_placing_print_titles(out);
  for (size_t i = 0; i < pleat_dock_count(dock); i++) {
    const pleat_dock_pose p = pleat_dock_at(dock, i);
    fprintf(out, "%zu\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%zu\t%zu", i + 1, p.score, p.shape, p.electrostatics, p.desolvation, p.grid,
            p.members, p.contacts);
    pleat_placing_print_place(out, p.rotation, p.translation);
  }
}

static bool write_structures(const pleat_placing *placing, const pleat_dock *dock) {
  for (size_t i = 0; i < pleat_dock_count(dock); i++) {
    pleat_structure *structure;
    pleat_status status = pleat_dock_ligand(dock, i, &structure);
    char *path = pleat_placing_path(placing, "_ligand_rank_%03zu.cif", i + 1);
    if (!pleat_placing_write_structure(placing, status, structure, path)) return false;
    status = pleat_dock_complex(dock, i, &structure);
    path = pleat_placing_path(placing, "_complex_rank_%03zu.cif", i + 1);
    if (!pleat_placing_write_structure(placing, status, structure, path)) return false;
  }
  return true;
}

bool pleat_dock_output_write(const pleat_placing *placing, const pleat_dock *dock) {
  return write_structures(placing, dock) &&
         pleat_placing_write_table(print_table, dock, pleat_placing_path(placing, "_poses.tsv")) &&
         pleat_placing_write_json(make_json(placing, dock), pleat_placing_path(placing, "_poses.json"));
}
