/* Tests of targets: settings and their contradictions, sequences, samples as structures, stored draws, large targets.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "folding/target.h"
#include "tests/suites.h"

/* Chains B, A, C of alanines, numbered from 1, in this order in the file; zinc beside the first residue. */
typedef struct chain_lengths {
  int b, a, c;
} chain_lengths;

static pleat_context *new_context(void) {
  pleat_context *context = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  return context;
}

static void add_atom(pleat_structure *structure, const char *name, const char *element, const pleat_atom *residue,
                     const double place[3]) {
  pleat_structure_record record = {.site = *residue};
  snprintf(record.site.name, sizeof record.site.name, "%s", name);
  snprintf(record.site.element, sizeof record.site.element, "%s", element);
  memcpy(record.site.position, place, sizeof record.site.position);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_add_atom(structure, &record), PLEAT_OK);
}

static void add_chain(pleat_structure *structure, char chain, int length) {
  static const char *const names[5] = {"N", "CA", "C", "O", "CB"};
  static const double places[5][3] = {{0, 0, 0}, {1.2, 0.8, 0}, {2.5, 0, 0}, {2.5, -1.2, 0}, {1.2, 1.6, 1.2}};
  for (int i = 0; i < length; i++) {
    pleat_atom residue = {.chain = {chain}, .residue_name = "ALA", .residue_number = i + 1, .insertion_code = ' ',
                          .alternate = ' ', .occupancy = 1};
    for (int atom = 0; atom < 5; atom++) {
      double place[3] = {3.8 * i + places[atom][0], places[atom][1], places[atom][2] + 20 * (chain - 'A')};
      add_atom(structure, names[atom], (const char[2]){names[atom][0], 0}, &residue, place);
    }
  }
}

static pleat_target *make_target(pleat_context *context, chain_lengths lengths) {
  pleat_structure *structure;
  pleat_target *target = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  add_chain(structure, 'B', lengths.b);
  add_chain(structure, 'A', lengths.a);
  add_chain(structure, 'C', lengths.c);
  pleat_atom zinc = {.chain = "B", .residue_name = "ZN", .residue_number = 9000, .insertion_code = ' ',
                     .alternate = ' ', .hetero = 1, .occupancy = 1};
  add_atom(structure, "ZN", "ZN", &zinc, (const double[3]){1, 5, 20});
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  pleat_status status = pleat_target_create(context, "made", structure, NULL, &target);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  pleat_structure_free(structure);
  return target;
}

static void expect_sentence(pleat_context *context, const char *sentence) {
  bool there = strstr(pleat_context_error(context), sentence) != NULL;
  if (!there) fprintf(stderr, "'%s' is not in '%s'\n", sentence, pleat_context_error(context));
  CU_ASSERT(there);
}

static void test_coordinates_beyond_reason_are_refused(void) {
  pleat_context *context = new_context();
  pleat_structure *structure;
  pleat_target *target;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  add_chain(structure, 'A', 2);
  structure->atoms[6].site.position[1] = -1e300;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_create(context, "far", structure, NULL, &target), PLEAT_ERROR_INPUT);
  expect_sentence(context, "far: atom CA of residue A2 has the coordinate -1e+300 angstrom, which cannot be");
  pleat_structure_free(structure);
  pleat_context_free(context);
}

/* ---- Settings ---- */

static void test_the_table_of_settings(void) {
  pleat_context *context = new_context();
  pleat_target *target = make_target(context, (chain_lengths){3, 3, 0});
  CU_ASSERT(pleat_target_option_count() >= 15);
  for (size_t i = 0; i < pleat_target_option_count(); i++) {
    pleat_option_info option = pleat_target_option(i);
    CU_ASSERT(option.name[0] && option.help[0] && option.value);
    for (size_t j = 0; j < i; j++) CU_ASSERT(strcmp(pleat_target_option(j).name, option.name) != 0);
    CU_ASSERT_EQUAL(pleat_target_set_option(target, option.name, option.value), PLEAT_OK); /* the start is valid */
  }
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "fixed", "A1"), PLEAT_ERROR_NOT_FOUND);
  expect_sentence(context, "there is no setting 'fixed' of a target, they are fixed_residues, ");
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_a_wrong_value_is_one_sentence_and_changes_nothing(void) {
  static const struct {
    const char *name, *value, *sentence;
    pleat_status status;
  } bad[] = {
    {"fixed_residues", "A1 A9", "fixed_residues: there is no residue 'A9' in made", PLEAT_ERROR_NOT_FOUND},
    {"fixed_residues", "A1A", "the chains are B, A", PLEAT_ERROR_NOT_FOUND},
    {"redesigned_residues", "1", "a residue is named by chain, number and insertion code", PLEAT_ERROR_NOT_FOUND},
    {"chains_to_design", "A,Z", "chains_to_design: there is no chain 'Z' in made, its chains are B, A",
     PLEAT_ERROR_NOT_FOUND},
    {"bias_AA", "A:-1.0,B:2", "'B' is no amino acid", PLEAT_ERROR_INPUT},
    {"bias_AA", "A=1", "'A=1' is not LETTER:NUMBER", PLEAT_ERROR_INPUT},
    {"bias_AA", "A:inf", "is not LETTER:NUMBER", PLEAT_ERROR_INPUT},
    {"bias_AA", "A:1,A:2", "A is given twice", PLEAT_ERROR_INPUT},
    {"omit_AA", "CGZ", "'Z' is no amino acid", PLEAT_ERROR_INPUT},
    {"symmetry_residues", "A1,A2|", "there is no residue ''", PLEAT_ERROR_NOT_FOUND},
    {"symmetry_residues", "A1,B9", "there is no residue 'B9'", PLEAT_ERROR_NOT_FOUND},
    {"symmetry_weights", "0.5,x", "'x' is no number", PLEAT_ERROR_INPUT},
    {"homo_oligomer", "yes", "takes 0 or 1, not 'yes'", PLEAT_ERROR_INPUT},
    {"global_transmembrane_label", "2", "takes 0 or 1, not '2'", PLEAT_ERROR_INPUT},
    {"ligand_mpnn_cutoff_for_score", "-1", "takes a distance in angstrom", PLEAT_ERROR_INPUT},
    {"sequence", "AAA:AAAA", "chain B of made has 3 residues, 4 letters are given", PLEAT_ERROR_INPUT},
    {"sequence", "AAA", "no letters are given for chain B", PLEAT_ERROR_INPUT},
    {"sequence", "AAA:AAA:A", "more chains are given than the 2 of made", PLEAT_ERROR_INPUT},
    {"sequence", "AAA:AJA", "'J' is no amino acid", PLEAT_ERROR_INPUT},
  };
  pleat_context *context = new_context();
  pleat_target *target = make_target(context, (chain_lengths){3, 3, 0});
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CU_ASSERT_EQUAL(pleat_target_set_option(target, bad[i].name, bad[i].value), bad[i].status);
    expect_sentence(context, bad[i].sentence);
  }
  CU_ASSERT_EQUAL(pleat_target_add_bias(target, "A9", 'C', 1), PLEAT_ERROR_NOT_FOUND);
  CU_ASSERT_EQUAL(pleat_target_add_bias(target, NULL, 'J', 1), PLEAT_ERROR_INPUT);
  CU_ASSERT_EQUAL(pleat_target_add_bias(target, NULL, 'C', NAN), PLEAT_ERROR_INPUT);
  const pleat_backbone *b = pleat_target_backbone(target);
  for (int64_t i = 0; i < b->length; i++) CU_ASSERT_EQUAL(b->designed[i], 1);
  for (int64_t i = 0; i < b->length * PLEAT_TARGET_LETTERS; i++) CU_ASSERT_EQUAL(b->bias[i], 0);
  CU_ASSERT_EQUAL(b->ties.count, 0);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_contradictions_are_said_before_a_run(void) {
  static const struct {
    const char *set[2][2];
    const char *sentence;
  } bad[] = {
    {{{"fixed_residues", "A1 A2"}, {"redesigned_residues", "B1,A2"}}, "residue A2 is in fixed_residues and in"},
    {{{"chains_to_design", "A"}, {"redesigned_residues", "B1"}}, "chain B is not in chains_to_design"},
    {{{"transmembrane_buried", "A1"}, {"transmembrane_interface", "A1"}}, "residue A1 is in transmembrane_buried and"},
    {{{"transmembrane_buried", "A1"}, {"global_transmembrane_label", "1"}}, "global_transmembrane_label is 1"},
    {{{"symmetry_residues", "A1,A2|B1,A2"}, {"omit_AA", ""}}, "residue A2 is named twice"},
    {{{"symmetry_residues", "A1,A1"}, {"omit_AA", ""}}, "residue A1 is named twice"},
    {{{"symmetry_residues", "A1,A2"}, {"symmetry_weights", "1|1"}}, "2 groups of weights are given for 1 groups"},
    {{{"symmetry_residues", "A1,A2"}, {"symmetry_weights", "1,1,1"}}, "group 1 has 3 weights for 2 residues"},
    {{{"symmetry_weights", "1,1"}, {"omit_AA", ""}}, "1 groups of weights are given for 0 groups"},
    {{{"symmetry_residues", "A1,A2"}, {"homo_oligomer", "1"}}, "homo_oligomer ties residues itself"},
    {{{"symmetry_residues", "A1,A2"}, {"fixed_residues", "A2"}}, "residues A1 and A2 are tied, but"},
    {{{"homo_oligomer", "1"}, {"chains_to_design", "A"}}, "residues A1 and B1 are tied, but"},
    {{{"homo_oligomer", "1"}, {"omit_AA", ""}}, "residue B4 has no partner in chain A of made"},
    {{{"omit_AA", "ACDEFGHIKLMNPQRSTVWY"}, {"bias_AA", "A:3"}}, "every letter is omitted at residue B1"},
    {{{"fixed_residues", "A1 A2 A3 B1 B2 B3 B4"}, {"omit_AA", ""}}, "every residue is fixed"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    for (int order = 0; order < 2; order++) {
      pleat_context *context = new_context();
      bool uneven = strstr(bad[i].sentence, "B4") || strstr(bad[i].sentence, "every residue");
      pleat_target *target = make_target(context, (chain_lengths){uneven ? 4 : 3, 3, 0});
      CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
      for (int k = 0; k < 2; k++) {
        const char *const *set = bad[i].set[k ^ order];
        CU_ASSERT_EQUAL(pleat_target_set_option(target, set[0], set[1]), PLEAT_OK);
        CU_ASSERT_STRING_EQUAL(pleat_context_error(context), "");
      }
      CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_ERROR_INPUT);
      expect_sentence(context, bad[i].sentence);
      for (size_t k = 0; k < pleat_target_option_count(); k++) {
        pleat_option_info start = pleat_target_option(k);
        CU_ASSERT_EQUAL(pleat_target_set_option(target, start.name, start.value), PLEAT_OK);
      }
      CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK); /* taken back, all is well again */
      pleat_target_free(target);
      pleat_context_free(context);
    }
}

static bool same_floats(const float *a, const float *b, int64_t count) {
  return memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static void test_the_order_of_settings_is_free(void) {
  static const char *const set[][2] = {
    {"fixed_residues", "A1 B1 C2"}, {"chains_to_design", "A,B,C"}, {"bias_AA", "A:-1.5,W:2"}, {"omit_AA", "CW"},
    {"symmetry_residues", "A2,B2|A3,C3"}, {"symmetry_weights", "0.25,0.75|1,2"}, {"transmembrane_buried", "A2"},
    {"transmembrane_interface", "B3,C1"}, {"ligand_mpnn_cutoff_for_score", "6"}, {"sequence", "ACD:EFG:HIK"}};
  enum { COUNT = sizeof set / sizeof *set };
  pleat_context *context = new_context();
  pleat_target *one = make_target(context, (chain_lengths){3, 3, 3});
  pleat_target *other = make_target(context, (chain_lengths){3, 3, 3});
  CU_ASSERT_EQUAL(pleat_target_add_bias(one, "A1", 'a', -3), PLEAT_OK);
  for (int i = 0; i < COUNT; i++) {
    CU_ASSERT_EQUAL(pleat_target_set_option(one, set[i][0], set[i][1]), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_target_set_option(other, set[COUNT - 1 - i][0], set[COUNT - 1 - i][1]), PLEAT_OK);
  }
  CU_ASSERT_EQUAL(pleat_target_add_bias(other, "A1", 'A', -3), PLEAT_OK);
  const pleat_backbone *a = pleat_target_backbone(one), *b = pleat_target_backbone(other);
  CU_ASSERT(same_floats(a->designed, b->designed, 9) && same_floats(a->near_ligand, b->near_ligand, 9));
  CU_ASSERT(same_floats(a->bias, b->bias, 9 * PLEAT_TARGET_LETTERS));
  CU_ASSERT(memcmp(a->letter, b->letter, 9 * 4) == 0 && memcmp(a->label, b->label, 9 * 4) == 0);
  CU_ASSERT(a->ties.count == 2 && b->ties.count == 2 && memcmp(a->ties.member, b->ties.member, 4 * 4) == 0);
  CU_ASSERT(same_floats(a->ties.weight, b->ties.weight, 4));
  CU_ASSERT_EQUAL(a->ties.member[0], 4); /* A2 is the fifth in the file */
  CU_ASSERT_EQUAL(a->ties.member[1], 1);
  CU_ASSERT_EQUAL(a->bias[3 * PLEAT_TARGET_LETTERS], -4.5f); /* A1 */
  CU_ASSERT_EQUAL(a->bias[1], -1e8f);
  CU_ASSERT(a->label[4] == 2 && a->label[2] == 1 && a->label[6] == 1 && a->label[0] == 0);
  CU_ASSERT(a->designed[3] == 0 && a->designed[0] == 0 && a->designed[7] == 0 && a->designed[1] == 1);
  CU_ASSERT(a->near_ligand[0] == 1 && a->near_ligand[3] == 0);
  CU_ASSERT_EQUAL(pleat_target_residue_at(one, 3).designed, 0);
  pleat_target_free(one);
  pleat_target_free(other);
  pleat_context_free(context);
}

/* ---- Ties ---- */

static void test_chains_tied_as_a_homo_oligomer(void) {
  pleat_context *context = new_context();
  pleat_target *target = make_target(context, (chain_lengths){3, 3, 3});
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "homo_oligomer", "1"), PLEAT_OK);
  const pleat_target_ties *ties = &pleat_target_backbone(target)->ties;
  CU_ASSERT_EQUAL_FATAL(ties->count, 3);
  for (int g = 0; g < 3; g++) {
    CU_ASSERT(ties->start[g] == 3 * g && ties->start[g + 1] == 3 * g + 3);
    CU_ASSERT(ties->member[3 * g] == 3 + g && ties->member[3 * g + 1] == g && ties->member[3 * g + 2] == 6 + g);
    CU_ASSERT_EQUAL(ties->weight[3 * g], 1 / 3.0f);
  }
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_kept_letters_may_not_contradict_a_tie(void) {
  pleat_context *context = new_context();
  pleat_target *target = make_target(context, (chain_lengths){3, 3, 0});
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "sequence", "ACA:AAA"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "symmetry_residues", "A1,A2"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "fixed_residues", "A1 A2 A3"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_ERROR_INPUT);
  expect_sentence(context, "residues A1 and A2 are tied and both fixed, but one is A and the other C");
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "symmetry_residues", "A1,A3"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  pleat_target_free(target);
  pleat_context_free(context);
}

/* A residue without a whole backbone keeps its letter, which is not forced upon those tied to it. */
static void test_incomplete_residues_leave_their_group(void) {
  pleat_context *context = new_context();
  pleat_structure *structure;
  pleat_target *target;
  const char *path = PLEAT_TEST_GOLDEN "/structure/target_odd.pdb";
  CU_ASSERT_EQUAL_FATAL(pleat_structure_read(context, path, &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_target_create(context, "odd", structure, NULL, &target), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "symmetry_residues", "A8,A9,A20|A1,A2"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "symmetry_weights", "1,2,3|1,1"), PLEAT_OK);
  const pleat_target_ties *ties = &pleat_target_backbone(target)->ties;
  CU_ASSERT(ties->count == 2 && ties->start[1] == 2 && ties->start[2] == 4);
  CU_ASSERT(ties->member[0] == 7 && ties->member[1] == 11);
  CU_ASSERT_DOUBLE_EQUAL(ties->weight[0], 1.5, 1e-6);
  CU_ASSERT_DOUBLE_EQUAL(ties->weight[1], 4.5, 1e-6);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  pleat_target_free(target);
  pleat_structure_free(structure);
  pleat_context_free(context);
}

/* ---- Sequences, samples, draws ---- */

static void test_sequences_are_joined_by_name_of_chain(void) {
  pleat_context *context = new_context();
  pleat_pool pool;
  const char *sequence;
  pleat_target *target = make_target(context, (chain_lengths){2, 3, 1});
  pleat_pool_init(&pool, context, 0);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "sequence", "CDE:FG:X"), PLEAT_OK);
  const pleat_backbone *b = pleat_target_backbone(target);
  CU_ASSERT_EQUAL(pleat_target_letters[b->letter[0]], 'F'); /* chain B stands first in the file */
  CU_ASSERT_EQUAL(pleat_target_residue_at(target, 0).letter, 'A');
  CU_ASSERT_EQUAL(pleat_target_make_sequence(target, b->letter, &pool, &sequence), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(sequence, "CDE:FG:X");
  pleat_pool_free(&pool);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_a_sample_is_protein_then_context(void) {
  pleat_context *context = new_context();
  pleat_structure *structure;
  pleat_target *target = make_target(context, (chain_lengths){1, 1, 0});
  const int32_t letters[2] = {18, 5}; /* W G */
  float positions[2 * 14 * 3], mask[2 * 14], factors[2 * 14];
  for (int i = 0; i < 2 * 14; i++) {
    mask[i] = i < 14 || i < 14 + 4;
    factors[i] = (float)i;
    for (int k = 0; k < 3; k++) positions[i * 3 + k] = (float)(i + k);
  }
  pleat_target_sample sample = {letters, positions, mask, factors, 14};
  CU_ASSERT_EQUAL_FATAL(pleat_target_make_structure(target, &sample, &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_atom_count(structure), 14 + 4 + 1);
  pleat_atom nitrogen = pleat_structure_atom(structure, 8), oxygen = pleat_structure_atom(structure, 17);
  CU_ASSERT_STRING_EQUAL(nitrogen.name, "NE1"); /* the ninth in data/residue's order */
  CU_ASSERT_STRING_EQUAL(nitrogen.element, "N");
  CU_ASSERT_STRING_EQUAL(nitrogen.residue_name, "TRP");
  CU_ASSERT_STRING_EQUAL(nitrogen.chain, "B");
  CU_ASSERT(nitrogen.position[1] == 9 && nitrogen.b_factor == 8 && !nitrogen.hetero && nitrogen.occupancy == 1);
  CU_ASSERT_STRING_EQUAL(oxygen.residue_name, "GLY");
  CU_ASSERT_STRING_EQUAL(oxygen.chain, "A");
  pleat_atom zinc = pleat_structure_atom(structure, 18);
  CU_ASSERT(strcmp(zinc.name, "ZN") == 0 && zinc.hetero && zinc.b_factor == 0 && zinc.residue_number == 9000);
  pleat_structure_free(structure);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_stored_draws_must_fit(void) {
  static float numbers[2 * 20 * 4];
  pleat_context *context = new_context();
  pleat_target *target = make_target(context, (chain_lengths){2, 2, 0});
  pleat_array good[] = {{"randn", numbers, 2, {2, 4}}, {"exponential", numbers, 3, {1, 2, 20}},
                        {"uniform", numbers, 2, {4, 4}}, {"angles", numbers, 4, {1, 2, 4, 4}}};
  pleat_array bad[] = {{"randn", numbers, 2, {2, 5}},      {"randn", numbers, 3, {1, 2, 4}},
                       {"uniform", numbers, 2, {4, 3}},    {"exponential", numbers, 3, {1, 2, 21}},
                       {"randn", numbers, 2, {0, 4}},      {"angles", numbers, 4, {1, 2, 3, 4}},
                       {"randn", numbers, 2, {SIZE_MAX / 2, 4}}};
  for (int kind = 0; kind < PLEAT_DRAW_KINDS; kind++) {
    CU_ASSERT_PTR_NULL(pleat_target_draws(target, (pleat_draw_kind)kind));
    CU_ASSERT_EQUAL(pleat_target_set_draws(target, &good[kind]), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_target_set_draws(target, &good[kind]), PLEAT_OK);
    const pleat_array *own = pleat_target_draws(target, (pleat_draw_kind)kind);
    CU_ASSERT(own && own->data != numbers && own->rank == good[kind].rank && own->shape[0] == good[kind].shape[0]);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CU_ASSERT_EQUAL(pleat_target_set_draws(target, &bad[i]), PLEAT_ERROR_INPUT);
    expect_sentence(context, "with L = 4 residues");
  }
  numbers[3] = NAN;
  CU_ASSERT_EQUAL(pleat_target_set_draws(target, &good[0]), PLEAT_ERROR_INPUT);
  expect_sentence(context, "number 4 of the draws 'randn' is not finite");
  good[0].name = "normal";
  CU_ASSERT_EQUAL(pleat_target_set_draws(target, &good[0]), PLEAT_ERROR_NOT_FOUND);
  pleat_target_free(target);
  pleat_context_free(context);
}

/* ---- Size ---- */

/* Seconds of processor time to make a target of 2 L residues and set what costs most. */
static double time_of(int length) {
  pleat_context *context = new_context();
  char *list = calloc((size_t)length, 8);
  size_t at = 0;
  for (int i = 1; i <= length; i += 2) at += (size_t)sprintf(list + at, "A%d B%d ", i, i);
  clock_t begin = clock();
  pleat_target *target = make_target(context, (chain_lengths){length, length, 0});
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "homo_oligomer", "1"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "fixed_residues", list), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_backbone(target)->length, 2 * length);
  CU_ASSERT_EQUAL(pleat_target_backbone(target)->ties.count, length);
  double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
  pleat_target_free(target);
  pleat_context_free(context);
  free(list);
  return seconds;
}

/* A quadratic search would cost 64 times as much, and whole seconds; the bound leaves room for slow machines. */
static void test_twenty_thousand_residues(void) {
  double small = time_of(1250), large = time_of(10000);
  CU_ASSERT(large < 24 * small + 0.2);
}

void suite_target_settings(void) {
  CU_pSuite suite = CU_add_suite("target_settings", NULL, NULL);
  CU_add_test(suite, "coordinates beyond reason are refused", test_coordinates_beyond_reason_are_refused);
  CU_add_test(suite, "the table of settings", test_the_table_of_settings);
  CU_add_test(suite, "a wrong value is one sentence and changes nothing",
              test_a_wrong_value_is_one_sentence_and_changes_nothing);
  CU_add_test(suite, "contradictions are said before a run", test_contradictions_are_said_before_a_run);
  CU_add_test(suite, "the order of settings is free", test_the_order_of_settings_is_free);
  CU_add_test(suite, "chains tied as a homo-oligomer", test_chains_tied_as_a_homo_oligomer);
  CU_add_test(suite, "kept letters may not contradict a tie", test_kept_letters_may_not_contradict_a_tie);
  CU_add_test(suite, "incomplete residues leave their group", test_incomplete_residues_leave_their_group);
  CU_add_test(suite, "sequences are joined by name of chain", test_sequences_are_joined_by_name_of_chain);
  CU_add_test(suite, "a sample is protein, then context", test_a_sample_is_protein_then_context);
  CU_add_test(suite, "stored draws must fit", test_stored_draws_must_fit);
  CU_add_test(suite, "twenty thousand residues", test_twenty_thousand_residues);
}
