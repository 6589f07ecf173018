/* Places a structure in a map and writes it there: fit map.mrc structure.cif resolution placed.cif
 * SPDX-License-Identifier: MIT */
#include <pleat_fit.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_map *map = NULL;
  pleat_structure *structure = NULL, *placed = NULL;
  pleat_fit *fit = NULL;
  if (argc != 5 || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_fit_settings settings = pleat_fit_defaults(strtod(argv[3], NULL));
  pleat_status status = pleat_map_read(context, argv[1], &map);
  if (status == PLEAT_OK) status = pleat_structure_read(context, argv[2], &structure);
  if (status == PLEAT_OK) status = pleat_fit_run(map, structure, &settings, &fit);
  if (status == PLEAT_OK) status = pleat_fit_structure(fit, 0, 0, &placed);
  if (status == PLEAT_OK) status = pleat_structure_write(placed, argv[4]);
  if (status == PLEAT_OK) {
    pleat_fit_placement best = pleat_fit_at(fit, 0, 0);
    printf("score %.3f, z-score %.1f, confidence %.2f\n", best.score, best.z_score, best.confidence);
  } else {
    fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  }
  pleat_structure_free(placed);
  pleat_fit_free(fit);
  pleat_structure_free(structure);
  pleat_map_free(map);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
