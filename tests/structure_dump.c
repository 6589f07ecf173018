/* Reads a structure and prints one row an atom, or writes it anew: structure_dump IN [OUT]; for differential tests.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "pleat.h"

static void print_atom(const pleat_atom *atom) {
  printf("%s\t%s\t%d\t%c\t%s\t%c\t%s\t%d\t%.3f\t%.3f\t%.3f\t%.2f\t%.2f\n", atom->chain, atom->residue_name,
         atom->residue_number, atom->insertion_code, atom->name, atom->alternate, atom->element, atom->hetero,
         atom->position[0], atom->position[1], atom->position[2], (double)atom->occupancy, (double)atom->b_factor);
}

static pleat_status dump(pleat_context *context, const char *input, const char *output) {
  pleat_structure *structure;
  pleat_status status = pleat_structure_read(context, input, &structure);
  if (status) return status;
  if (output) status = pleat_structure_write(structure, output);
  for (size_t i = 0; !output && i < pleat_structure_atom_count(structure); i++) {
    pleat_atom atom = pleat_structure_atom(structure, i);
    print_atom(&atom);
  }
  pleat_structure_free(structure);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context;
  if (argc < 2 || pleat_context_create(NULL, &context)) return 2;
  pleat_status status = dump(context, argv[1], argc > 2 ? argv[2] : NULL);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  pleat_context_free(context);
  return status != PLEAT_OK;
}
