/* Docks one structure onto another and writes the best complex: dock receptor.pdb ligand.cif complex.cif
 * SPDX-License-Identifier: MIT */
#include <pleat_dock.h>
#include <stdio.h>

static void print_poses(const pleat_dock *dock) {
  for (size_t i = 0; i < pleat_dock_count(dock); i++) {
    pleat_dock_pose pose = pleat_dock_at(dock, i);
    printf("%2zu  score %.1f = shape %.1f, electrostatics %.1f, desolvation %.1f; stands for %zu poses\n", i + 1, pose.score,
           pose.shape, pose.electrostatics, pose.desolvation, pose.members);
  }
}

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_structure *receptor = NULL, *ligand = NULL, *complex = NULL;
  pleat_dock *dock = NULL;
  pleat_dock_settings settings = pleat_dock_defaults();
  if (argc != 4 || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  settings.poses = 3;
  pleat_status status = pleat_structure_read(context, argv[1], &receptor);
  if (status == PLEAT_OK) status = pleat_structure_read(context, argv[2], &ligand);
  if (status == PLEAT_OK) status = pleat_dock_run(receptor, ligand, &settings, &dock);
  if (status == PLEAT_OK) print_poses(dock);
  if (status == PLEAT_OK) status = pleat_dock_complex(dock, 0, &complex);
  if (status == PLEAT_OK) status = pleat_structure_write(complex, argv[3]);
  if (status != PLEAT_OK) fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_structure_free(complex);
  pleat_dock_free(dock);
  pleat_structure_free(receptor);
  pleat_structure_free(ligand);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
