/* Writes the density of a structure as a map with a margin: simulate STRUCTURE RESOLUTION SPACING MAP.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "pleat_fit.h"

static int fail(pleat_context *context) {
  fprintf(stderr, "simulate: %s\n", pleat_context_error(context));
  return 1;
}

int main(int argc, char **argv) {
  pleat_context *context;
  pleat_structure *structure;
  pleat_map *tight, *wide, *map;
  if (argc != 5 || pleat_context_create(NULL, &context)) return 1;
  double resolution = atof(argv[2]), spacing = atof(argv[3]);
  if (pleat_structure_read(context, argv[1], &structure)) return fail(context);
  if (pleat_map_simulate(context, structure, resolution, spacing, NULL, &tight)) return fail(context);
  pleat_map_info info = pleat_map_describe(tight);
  for (int d = 0; d < 3; d++) info.size[d] += 8, info.origin[d] -= 4 * spacing;
  if (pleat_map_create(context, &info, NULL, &wide)) return fail(context);
  if (pleat_map_simulate(context, structure, resolution, spacing, wide, &map)) return fail(context);
  if (pleat_map_write(map, argv[4])) return fail(context);
  pleat_map_free(map);
  pleat_map_free(wide);
  pleat_map_free(tight);
  pleat_structure_free(structure);
  pleat_context_free(context);
  return 0;
}
