/* Folds one antibody from sequences in memory and writes the structure: fold_antibody HEAVY:LIGHT out.pdb
 * SPDX-License-Identifier: MIT */
#include <pleat.h>
#include <stdio.h>

static pleat_status fold(pleat_context *context, const char *sequence, const char *path) {
  pleat_model *model = NULL;
  pleat_query *query = NULL;
  pleat_result *result = NULL;
  pleat_array plddt;
  pleat_status status = pleat_model_open(context, "flashabb", &model);
  if (status == PLEAT_OK) status = pleat_query_create(context, "antibody", sequence, &query);
  if (status == PLEAT_OK) status = pleat_predict(model, (const pleat_query *const *)&query, 1, &result);
  if (status == PLEAT_OK) status = pleat_result_array(result, "plddt", &plddt);
  if (status == PLEAT_OK) status = pleat_result_write(result, path);
  if (status == PLEAT_OK) {
    double sum = 0;
    for (size_t i = 0; i < plddt.shape[0]; i++) sum += plddt.data[i];
    printf("%s: %zu residues, mean pLDDT %.1f\n", path, plddt.shape[0], sum / (double)plddt.shape[0]);
  }
  pleat_result_free(result);
  pleat_query_free(query);
  pleat_model_free(model);
  return status;
}

int main(int argc, char **argv) {
  pleat_context *context;
  if (argc != 3 || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_status status = fold(context, argv[1], argv[2]);
  if (status != PLEAT_OK) fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
