/* Merges what several searches found, thins it out and says what is left: merge_alignments OUT.a3m IN...
 * SPDX-License-Identifier: MIT */
#include <pleat.h>
#include <stdio.h>

enum { MOST = 16 };

static pleat_status merge(pleat_context *context, char **paths, size_t count, pleat_msa **merged) {
  pleat_msa *parts[MOST] = {NULL};
  const pleat_msa *given[MOST];
  pleat_status status = PLEAT_OK;
  for (size_t i = 0; status == PLEAT_OK && i < count; i++) {
    status = pleat_msa_read(context, paths[i], &parts[i]);
    given[i] = parts[i];
  }
  if (status == PLEAT_OK) status = pleat_msa_merge(given, NULL, count, merged);
  for (size_t i = 0; i < count; i++) pleat_msa_free(parts[i]);
  return status;
}

int main(int argc, char **argv) {
  const pleat_msa_filter_options options = {.min_coverage = 0.5, .max_identity = 0.9};
  pleat_context *context;
  pleat_msa *merged = NULL, *thin = NULL;
  pleat_msa_summary summary;
  if (argc < 3 || argc - 2 > MOST || pleat_context_create(NULL, &context) != PLEAT_OK) return 1;
  pleat_status status = merge(context, argv + 2, (size_t)argc - 2, &merged);
  if (status == PLEAT_OK) status = pleat_msa_filter(merged, &options, &thin);
  if (status == PLEAT_OK) status = pleat_msa_write(thin, argv[1]);
  if (status == PLEAT_OK) status = pleat_msa_summarise(thin, &summary, NULL);
  if (status == PLEAT_OK)
    printf("%zu of %zu rows, mean coverage %.2f, Neff %.1f\n", summary.rows, pleat_msa_row_count(merged),
           summary.coverage, summary.sequence_neff);
  else
    fprintf(stderr, "%s: %s\n", pleat_status_name(status), pleat_context_error(context));
  pleat_msa_free(merged);
  pleat_msa_free(thin);
  pleat_context_free(context);
  return status == PLEAT_OK ? 0 : 2;
}
