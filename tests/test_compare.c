/* Tests of pleat_structure_compare on small structures built in memory, and on FlashABB's models where the goldens are.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/structure.h"
#include "lib/random.h"
#include "tests/suites.h"

static pleat_context *context;

static int start(void) { return pleat_context_create(NULL, &context) != PLEAT_OK; }

static int stop(void) {
  pleat_context_free(context);
  return 0;
}

static const char sequence[] = "EVQLVESGGGLVQPGGSLRLSCAAS";

static const char *three_letters(char letter) { return pleat_residue_types[pleat_residue_from_letter(letter)].name; }

/* A chain with backbone atoms of made-up but fixed places; `first` numbers residues, `offset` skips letters. */
static void add_chain(pleat_text *text, char chain, const char *letters, int first, size_t offset, double noise) {
  static const char *const atoms[] = {"N", "CA", "C", "O"};
  pleat_random shape = pleat_random_stream(5, 0, 0), shake = pleat_random_stream(6, (uint32_t)chain, 0);
  double x[3] = {0, 0, 0};
  for (size_t i = 0; letters[i]; i++)
    for (size_t a = 0; a < 4; a++) {
      for (int k = 0; k < 3; k++) x[k] += pleat_random_normal(&shape, (i * 4 + a) * 3 + (uint64_t)k);
      if (i < offset) continue;
      pleat_text_append(text, "ATOM  %5zu  %-3s %s %c%4d    %8.3f%8.3f%8.3f  1.00  0.00           %c\n", i * 4 + a + 1,
                        atoms[a], three_letters(letters[i]), chain, first + (int)i,
                        x[0] + noise * pleat_random_normal(&shake, i * 12 + a * 3), x[1], x[2], atoms[a][0]);
    }
  pleat_text_append(text, "TER\n");
}

static pleat_structure *parse(pleat_text *text) {
  pleat_structure *structure = NULL;
  pleat_structure_source source = {text->bytes, text->length, "test.pdb", 0};
  CU_ASSERT_EQUAL_FATAL(pleat_structure_parse(context, &source, &structure), PLEAT_OK);
  pleat_text_free(text);
  return structure;
}

static pleat_structure *one_chain(char chain, int first, size_t offset, double noise) {
  pleat_text text;
  pleat_text_init(&text, context);
  add_chain(&text, chain, sequence, first, offset, noise);
  return parse(&text);
}

static void check_equal(pleat_structure *model, pleat_structure *reference, size_t residues, double tm) {
  pleat_comparison found;
  pleat_residue_deviation rows[64];
  CU_ASSERT_EQUAL_FATAL(pleat_structure_compare(model, reference, &found, rows, 64), PLEAT_OK);
  CU_ASSERT_EQUAL(found.residues, residues);
  CU_ASSERT_EQUAL(found.atoms, 4 * residues);
  CU_ASSERT(found.rmsd_ca < 1e-3);
  CU_ASSERT(found.rmsd_all < 1e-3);
  CU_ASSERT_DOUBLE_EQUAL(found.lddt, 1, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(found.tm_score, tm, 1e-4);
  CU_ASSERT(rows[0].distance < 1e-3);
  pleat_structure_free(model);
  pleat_structure_free(reference);
}

static void test_matches_by_number_and_by_sequence(void) {
  check_equal(one_chain('H', 1, 0, 0), one_chain('H', 1, 0, 0), 25, 1);
  check_equal(one_chain('A', 1, 0, 0), one_chain('H', 1, 0, 0), 25, 1);    /* other chain id: in order */
  check_equal(one_chain('H', 101, 0, 0), one_chain('H', 1, 0, 0), 25, 1);  /* other numbers: by sequence */
  check_equal(one_chain('H', 1, 5, 0), one_chain('H', 1, 0, 0), 20, 0.8);  /* five residues missing */
  check_equal(one_chain('H', 4, 0, 0), one_chain('H', 1, 5, 0), 20, 1);
}

static void test_differences_are_seen(void) {
  pleat_structure *model = one_chain('H', 1, 0, 2), *reference = one_chain('H', 1, 0, 0);
  pleat_comparison found;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_compare(model, reference, &found, NULL, 0), PLEAT_OK);
  CU_ASSERT(found.rmsd_ca > 0.5 && found.rmsd_all > 0.5);
  CU_ASSERT(found.lddt < 0.95);
  pleat_structure_free(model);
  pleat_structure_free(reference);
}

static void test_two_chains_in_other_order(void) {
  pleat_text text;
  pleat_text_init(&text, context);
  add_chain(&text, 'H', sequence, 1, 0, 0);
  add_chain(&text, 'L', sequence, 31, 0, 0.5);
  pleat_structure *reference = parse(&text);
  pleat_text_init(&text, context);
  add_chain(&text, 'L', sequence, 31, 0, 0.5);
  add_chain(&text, 'H', sequence, 1, 0, 0);
  check_equal(parse(&text), reference, 50, 1);
}

static void test_no_protein_is_an_error(void) {
  pleat_text text;
  pleat_text_init(&text, context);
  pleat_text_append(&text, "HETATM    1 ZN    ZN A   1      10.000  10.000  10.000  1.00  0.00          ZN\n");
  pleat_structure *zinc = parse(&text), *protein = one_chain('A', 1, 0, 0);
  pleat_comparison found;
  CU_ASSERT_EQUAL(pleat_structure_compare(zinc, protein, &found, NULL, 0), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "C-alpha"));
  pleat_structure_free(zinc);
  pleat_structure_free(protein);
}

/* RMSDs of FlashABB's models to crystal structures, as its authors' code and numpy give them (exp_rmsd.json). */
static void test_flashabb_against_crystals(void) {
  static const struct {
    const char *id;
    double rmsd, tm;
  } rows[] = {{"1JPS", 0.807, 0.9806}, {"4M5Z", 1.169, 0.9662}, {"3RVW", 0.566, 0.9905},
              {"2GFB", 2.021, 0.9567}, {"9HZJ", 6.168, 0.7652}, {"4Y7M", 4.884, 0.7745}};
  const char *golden = getenv("PLEAT_GOLDEN"), *top = getenv("top_srcdir");
  char path[2][1024];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    pleat_structure *model, *reference;
    pleat_comparison found;
    const char *folder = golden ? golden : top ? top : ".", *below = golden ? "" : "/../shared/golden";
    snprintf(path[0], sizeof path[0], "%s%s/flashabb/pdb/fv_%s.pdb", folder, below, rows[i].id);
    snprintf(path[1], sizeof path[1], "%s%s/flashabb/exp/%s_Fv.pdb", folder, below, rows[i].id);
    if (access(path[0], R_OK) != 0) return; /* the long goldens are not on this machine */
    CU_ASSERT_EQUAL_FATAL(pleat_structure_read(context, path[0], &model), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_structure_read(context, path[1], &reference), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_structure_compare(model, reference, &found, NULL, 0), PLEAT_OK);
    CU_ASSERT_DOUBLE_EQUAL(found.rmsd_ca, rows[i].rmsd, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(found.tm_score, rows[i].tm, 0.0005);
    pleat_structure_free(model);
    pleat_structure_free(reference);
  }
}

void suite_compare(void) {
  CU_pSuite suite = CU_add_suite("compare", start, stop);
  CU_add_test(suite, "matches by number and by sequence", test_matches_by_number_and_by_sequence);
  CU_add_test(suite, "differences are seen", test_differences_are_seen);
  CU_add_test(suite, "two chains in another order", test_two_chains_in_other_order);
  CU_add_test(suite, "no protein is an error", test_no_protein_is_an_error);
  CU_add_test(suite, "FlashABB against crystals", test_flashabb_against_crystals);
}
