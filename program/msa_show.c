/* What is in an alignment, on stdout: as a table, as JSON, as A3M.
 * SPDX-License-Identifier: MIT */
#include "program/msa_show.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "program/output.h"

static bool is_complex(const pleat_msa *msa) {
  return pleat_msa_chain_count(msa) > 1 || pleat_msa_chain_at(msa, 0).copies > 1;
}

static void show_json(const pleat_msa *msa, const pleat_msa_summary *summary, const size_t *residues) {
  json_t *object = json_object(), *chains = json_array(), *columns = json_array();
  for (size_t i = 0; i < pleat_msa_chain_count(msa); i++) {
    pleat_msa_chain chain = pleat_msa_chain_at(msa, i);
    json_array_append_new(chains, json_pack("{s:I, s:I}", "columns", (json_int_t)chain.columns, "copies",
                                            (json_int_t)chain.copies));
  }
  for (size_t i = 0; i < pleat_msa_column_count(msa); i++)
    json_array_append_new(columns, json_integer((json_int_t)residues[i]));
  json_object_set_new(object, "rows", json_integer((json_int_t)summary->rows));
  json_object_set_new(object, "unique_rows", json_integer((json_int_t)summary->unique_rows));
  json_object_set_new(object, "paired_rows", json_integer((json_int_t)summary->paired_rows));
  json_object_set_new(object, "columns", json_integer((json_int_t)pleat_msa_column_count(msa)));
  json_object_set_new(object, "chains", chains);
  json_object_set_new(object, "mean_coverage", pleat_output_number(summary->coverage));
  json_object_set_new(object, "mean_identity", pleat_output_number(summary->identity));
  json_object_set_new(object, "sequence_neff", pleat_output_number(summary->sequence_neff));
  json_object_set_new(object, "column_neff", pleat_output_number(summary->column_neff));
  json_object_set_new(object, "rows_by_column", columns);
  json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(object);
}

static void show_table(const pleat_msa *msa, const pleat_msa_summary *summary, const size_t *residues) {
  enum { A_LINE = 10 };
  const char *query = pleat_msa_row_at(msa, 0).residues;
  size_t columns = pleat_msa_column_count(msa);
  printf("rows           %8zu (%zu different)\ncolumns        %8zu\n", summary->rows, summary->unique_rows, columns);
  for (size_t i = 0; is_complex(msa) && i < pleat_msa_chain_count(msa); i++) {
    pleat_msa_chain chain = pleat_msa_chain_at(msa, i);
    printf("chain %-8zu %8zu columns, %zu times\n", i + 1, chain.columns, chain.copies);
  }
  if (pleat_msa_chain_count(msa) > 1) printf("paired rows    %8zu\n", summary->paired_rows);
  printf("mean coverage  %8.1f %%\nmean identity  %8.1f %%\n", 100 * summary->coverage, 100 * summary->identity);
  if (isfinite(summary->sequence_neff))
    printf("Neff, rows     %8.1f (by weights at 80 %% identity)\n", summary->sequence_neff);
  printf("Neff, columns  %8.2f (exp of the mean entropy)\n\nrows with a residue, by position:\n", summary->column_neff);
  for (size_t i = 0; i < columns; i++) {
    if (i % A_LINE == 0) printf("%6zu %.*s%*s", i + 1, (int)(columns - i < A_LINE ? columns - i : A_LINE), query + i,
                                (int)(columns - i < A_LINE ? A_LINE - (columns - i) : 0), "");
    printf(" %6zu%s", residues[i], i % A_LINE == A_LINE - 1 || i + 1 == columns ? "\n" : "");
  }
}

pleat_status pleat_msa_show(const pleat_msa *msa, bool json) {
  pleat_msa_summary summary;
  size_t *residues = calloc(pleat_msa_column_count(msa) + 1, sizeof *residues);
  if (!residues) abort();
  pleat_status status = pleat_msa_summarise(msa, &summary, residues);
  if (!status && json) show_json(msa, &summary, residues);
  else if (!status) show_table(msa, &summary, residues);
  free(residues);
  return status;
}

void pleat_msa_show_a3m(const pleat_msa *msa) {
  for (int what = 0; is_complex(msa) && what < 2; what++) {
    for (size_t i = 0; i < pleat_msa_chain_count(msa); i++) {
      pleat_msa_chain chain = pleat_msa_chain_at(msa, i);
      printf("%s%zu", i ? "," : what ? "\t" : "#", what ? chain.copies : chain.columns);
    }
    if (what) putchar('\n');
  }
  for (size_t i = 0; i < pleat_msa_row_count(msa); i++) {
    pleat_msa_row row = pleat_msa_row_at(msa, i);
    printf(">%s\n%s\n", row.header, row.aligned);
  }
}
