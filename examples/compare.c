/* Says how well a model agrees with a reference structure, and where it does so least: compare model.pdb reference.cif
 * SPDX-License-Identifier: MIT */
#include <pleat.h>
#include <stdio.h>

static void print_comparison(const pleat_comparison *comparison, const pleat_residue_deviation *rows, size_t count) {
  printf("%zu residues: RMSD %.3f, TM-score %.4f, GDT_TS %.4f, lDDT %.4f\n", comparison->residues, comparison->rmsd_ca,
         comparison->tm_score, comparison->gdt_ts, comparison->lddt);
  size_t worst = 0;
  for (size_t i = 1; i < count; i++)
    if (rows[i].distance > rows[worst].distance) worst = i;
  if (count > 0)
    printf("farthest: chain %s %s %d, %.2f angstrom\n", rows[worst].chain, rows[worst].residue_name,
           rows[worst].residue_number, rows[worst].distance);
}

int main(int argc, char **argv) {
  static pleat_residue_deviation rows[4096];
  pleat_context *context;
  pleat_structure *model = NULL, *reference = NULL;
  pleat_comparison comparison;
  if (argc != 3 || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_status status = pleat_structure_read(context, argv[1], &model);
  if (status == PLEAT_OK) status = pleat_structure_read(context, argv[2], &reference);
  if (status == PLEAT_OK) status = pleat_structure_compare(model, reference, &comparison, rows, 4096);
  if (status == PLEAT_OK) print_comparison(&comparison, rows, comparison.residues < 4096 ? comparison.residues : 4096);
  if (status != PLEAT_OK) fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_structure_free(model);
  pleat_structure_free(reference);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
