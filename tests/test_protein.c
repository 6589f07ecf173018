/* Tests of protein chains from PDB files: SEQRES tells the sequence as _entity_poly_seq does, and where atoms are missing.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/protein.h"
#include "data/protein_place.h"
#include "lib/context.h"
#include "lib/text.h"
#include "tests/faults.h"
#include "tests/suites.h"

enum { ATOMS = PLEAT_RESIDUE_ATOM37 };

/* How the residues with atoms are numbered: by their places, or one after the other whatever is missing. */
typedef enum numbering { BY_PLACE, WITHOUT_GAPS } numbering;

static const char *name_of(char letter) {
  int type = pleat_residue_from_letter(letter);
  return type < 0 || type >= PLEAT_RESIDUE_UNKNOWN ? "UNK" : pleat_residue_types[type].name;
}

static void write_declared(const pleat_protein_chain *chain, pleat_text *text) {
  for (size_t i = 0; i < chain->length; i++) {
    if (i % 13 == 0)
      pleat_text_append(text, "%sSEQRES %3zu %s %4zu ", i ? "\n" : "", i / 13 + 1, chain->id, chain->length);
    pleat_text_append(text, " %s", name_of(chain->sequence[i]));
  }
  pleat_text_append(text, "\n");
}

static void write_atoms(const pleat_protein_chain *chain, numbering how, pleat_text *text) {
  int seen = 0;
  for (size_t i = 0; i < chain->length; i++) {
    bool any = false;
    for (int a = 0; a < ATOMS; a++) {
      const float *x = chain->positions + (i * ATOMS + (size_t)a) * 3;
      if (chain->present[i * ATOMS + (size_t)a] == 0) continue;
      seen += !any;
      any = true;
      pleat_text_append(text, "ATOM  %5d  %-3.3s %s %s%4d    %8.3f%8.3f%8.3f  1.00  0.00           %c\n", 1,
                        pleat_residue_atom37_names[a], name_of(chain->sequence[i]), chain->id,
                        how == BY_PLACE ? (int)i + 17 : seen, (double)x[0], (double)x[1], (double)x[2],
                        pleat_residue_atom37_names[a][0]);
    }
  }
  pleat_text_append(text, "TER\n");
}

static pleat_status read_text(pleat_context *context, const pleat_text *text, pleat_protein *protein) {
  char path[] = "/tmp/pleat-protein-XXXXXX";
  int file = mkstemp(path);
  CU_ASSERT_FATAL(file >= 0 && write(file, text->bytes, text->length) == (ssize_t)text->length);
  close(file);
  pleat_status status = pleat_protein_read(context, path, protein);
  unlink(path);
  return status;
}

static bool same_chain(const pleat_protein_chain *a, const pleat_protein_chain *b) {
  return a->length == b->length && !strcmp(a->sequence, b->sequence) &&
         !memcmp(a->present, b->present, a->length * ATOMS * sizeof *a->present) &&
         !memcmp(a->positions, b->positions, a->length * ATOMS * 3 * sizeof *a->positions);
}

static void check_as_pdb(pleat_context *context, const pleat_protein *cif, numbering how) {
  pleat_protein pdb;
  pleat_text text;
  pleat_text_init(&text, context);
  for (size_t c = 0; c < cif->count; c++) write_declared(&cif->chains[c], &text);
  for (size_t c = 0; c < cif->count; c++) write_atoms(&cif->chains[c], how, &text);
  CU_ASSERT_EQUAL_FATAL(read_text(context, &text, &pdb), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pdb.count, cif->count);
  for (size_t c = 0; c < cif->count; c++) CU_ASSERT(same_chain(&pdb.chains[c], &cif->chains[c]));
  pdb.chains[0].sequence[3] = 'X';
  CU_ASSERT_FALSE(same_chain(&pdb.chains[0], &cif->chains[0]));
  pleat_protein_free(&pdb);
  pleat_text_free(&text);
}

/* 3u8v and 4zey lack residues at both ends and in the middle. */
static void test_as_mmcif(void) {
  static const char *const entries[] = {"2q2k", "3u8v", "4i6p", "4zey"};
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    char path[300];
    pleat_protein cif;
    snprintf(path, sizeof path, "%s/msa/%s.cif.gz", PLEAT_TEST_GOLDEN, entries[i]);
    CU_ASSERT_EQUAL_FATAL(pleat_protein_read(context, path, &cif), PLEAT_OK);
    check_as_pdb(context, &cif, BY_PLACE);
    check_as_pdb(context, &cif, WITHOUT_GAPS);
    pleat_protein_free(&cif);
  }
  pleat_context_free(context);
}

static void keep_warning(void *user, pleat_log_level level, const char *text) {
  (void)level;
  snprintf(user, 200, "%s", text);
}

static const char atoms[] = "ATOM      1  CA  GLY A   4       1.000   2.000   3.000\n"
                            "ATOM      1  CA  ALA A   5       4.000   2.000   3.000\n";

static void test_that_do_not_fit(void) {
  static const char *const declared[] = {"SEQRES   1 A    3  GLY SER ALA\n", "SEQRES   1 A    1  GLY\n",
                                         "SEQRES   1 B    2  GLY ALA\n"};
  pleat_context *context;
  pleat_protein protein;
  char warning[200];
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  pleat_context_set_log(context, keep_warning, warning, PLEAT_LOG_WARNING);
  for (size_t i = 0; i < sizeof declared / sizeof *declared; i++) {
    pleat_text text;
    warning[0] = 0;
    pleat_text_init(&text, context);
    pleat_text_append(&text, "%s%s", declared[i], atoms);
    CU_ASSERT_EQUAL_FATAL(read_text(context, &text, &protein), PLEAT_OK);
    CU_ASSERT_STRING_EQUAL(protein.chains[0].sequence, "GA");
    CU_ASSERT_EQUAL(strstr(warning, "SEQRES records of chain A do not fit") != NULL, i < 2);
    pleat_protein_free(&protein);
    pleat_text_free(&text);
  }
  pleat_context_free(context);
}

/* ---- Places ---- */

static void check_places(const char *declared, const char *seen, const int *numbers, const char *want) {
  pleat_context *context;
  pleat_pdb_declared listed[32];
  pleat_protein_seen residues[32];
  size_t length = strlen(declared), count = strlen(seen), places[32];
  char got[33] = "";
  bool fits;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  for (size_t i = 0; i < length; i++) {
    strcpy(listed[i].chain, "A");
    strcpy(listed[i].name, name_of(declared[i]));
    got[i] = '-';
    got[i + 1] = 0;
  }
  for (size_t i = 0; i < count; i++) residues[i] = (pleat_protein_seen){name_of(seen[i]), numbers[i], i > 0};
  CU_ASSERT_EQUAL(pleat_protein_place(context, listed, length, residues, count, places, &fits), PLEAT_OK);
  CU_ASSERT_EQUAL(fits, want != NULL);
  for (size_t i = 0; fits && i < count; i++) got[places[i]] = seen[i];
  if (want) CU_ASSERT_STRING_EQUAL(got, want);
  pleat_context_free(context);
}

static void test_places(void) {
  check_places("GGGGGG", "GGG", (int[]){1, 2, 5}, "GG--G-");             /* as numbered */
  check_places("GAAAAAG", "GAAG", (int[]){-3, 0, 1, 3}, "G--AA-G");      /* from any first number */
  check_places("GSGSGS", "SGS", (int[]){52, 52, 53}, "-SGS--");          /* insertion codes */
  check_places("GSAPG", "GSG", (int[]){1, 2, 90}, "GS--G");              /* numbers that tell nothing */
  check_places("AGAGSPW", "AGSP", (int[]){7, 8, 9, 10}, "--AGSP-");      /* the names decide */
  check_places("GSA", "GAS", (int[]){1, 2, 3}, NULL);
  check_places("GS", "GSG", (int[]){1, 2, 3}, NULL);
  check_places("GSGS", "GGSS", (int[]){1, 3, 4, 6}, NULL);
}

static pleat_status read_some(pleat_context *context) {
  pleat_protein protein;
  pleat_text text;
  pleat_text_init(&text, context);
  pleat_text_append(&text, "SEQRES   1 A    3  SER GLY ALA\n%s", atoms);
  pleat_status status = text.status;
  if (!status) status = read_text(context, &text, &protein);
  if (!status) pleat_protein_free(&protein);
  pleat_text_free(&text);
  return status;
}

static void test_no_memory(void) { CU_ASSERT(test_faults_walk(read_some) > 8); }

void suite_protein(void) {
  CU_pSuite suite = CU_add_suite("protein", NULL, NULL);
  CU_add_test(suite, "a PDB file with SEQRES is read as its mmCIF file", test_as_mmcif);
  CU_add_test(suite, "SEQRES records that do not fit the atoms are said", test_that_do_not_fit);
  CU_add_test(suite, "places of residues in a declared sequence", test_places);
  CU_add_test(suite, "any failed allocation is survived", test_no_memory);
}
