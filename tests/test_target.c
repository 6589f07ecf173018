/* Tests of targets: what they read from structures, against the published code's parsing and by hand-made odd files.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folding/target.h"
#include "lib/file.h"
#include "tests/faults.h"
#include "tests/suites.h"

/* ---- What the published code parsed ---- */

/* One table of tests/golden/mpnn being held against a target; see make.py there for its lines. */
typedef struct golden_case {
  const char *table, *structure;
} golden_case;

static const golden_case golden_cases[] = {
  {"mpnn/1BC8_ligand_sidechain_context.tsv.gz", "structure/1bc8.pdb.gz"},
  {"mpnn/1BC8_symmetry_bias_omit.tsv.gz", "structure/1bc8.pdb.gz"},
  {"mpnn/2GFB_insertion_codes.tsv.gz", "mpnn/2gfb.pdb.gz"},
  {"mpnn/3HTN_ligand.tsv.gz", "mpnn/3htn.pdb.gz"},
  {"mpnn/3HTN_protein_multichain.tsv.gz", "mpnn/3htn.pdb.gz"},
  {"mpnn/4GYT_homooligomer.tsv.gz", "mpnn/4gyt.pdb.gz"},
  {"mpnn/5L33_protein_detail.tsv.gz", "mpnn/5l33.pdb.gz"},
  {"mpnn/6MRR_membrane_global1.tsv.gz", "structure/6mrr.pdb.gz"},
  {"mpnn/6MRR_membrane_per_residue.tsv.gz", "structure/6mrr.pdb.gz"},
};

typedef struct golden_check {
  const pleat_target *target;
  const pleat_backbone *backbone;
  int64_t residues, context, groups; /* lines seen */
  double atoms;                      /* lines of atoms seen */
  int differences;
} golden_check;

static void expect(golden_check *check, bool same) { check->differences += !same; }

/* The next field of a line, terminated; "" at its end. */
static const char *next_field(char **at) {
  char *field = *at;
  size_t length = strcspn(field, "\t");
  *at = field + length + (field[length] != 0);
  field[length] = 0;
  return field;
}

static void expect_float(golden_check *check, char **at, float value) {
  expect(check, strtof(next_field(at), NULL) == value);
}

static void check_residue(golden_check *check, char *at) {
  const pleat_backbone *b = check->backbone;
  int64_t i = check->residues++;
  if (i >= b->length) return expect(check, false);
  pleat_target_residue r = pleat_target_residue_at(check->target, (size_t)i);
  char place[32], icode[2] = {r.insertion_code == ' ' ? 0 : r.insertion_code, 0};
  snprintf(place, sizeof place, "%s%d%s", r.chain, r.number, icode);
  expect(check, strcmp(next_field(&at), place) == 0);
  char letter = next_field(&at)[0];
  /* The published code calls selenomethionine X. */
  expect(check, letter == (strcmp(r.name, "MSE") == 0 && r.letter == 'M' ? 'X' : r.letter));
  expect(check, pleat_target_letters[b->letter[i]] == r.letter);
  expect_float(check, &at, b->mask[i]);
  expect_float(check, &at, (float)b->number[i]);
  expect_float(check, &at, (float)b->chain[i]);
  expect_float(check, &at, b->designed[i]);
  const char *label = next_field(&at), *near = next_field(&at);
  if (label[0] != '-') expect(check, atoi(label) == b->label[i]);
  if (near[0] != '-') expect(check, strtof(near, NULL) == b->near_ligand[i]);
  for (int k = 0; k < 12; k++) expect_float(check, &at, b->x[i * 12 + k]);
}

static void check_atom(golden_check *check, char *at) {
  long i = strtol(next_field(&at), NULL, 10), place = strtol(next_field(&at), NULL, 10);
  check->atoms++;
  expect(check, check->backbone->atom_mask[i * PLEAT_TARGET_ATOMS + place] == 1);
  for (int k = 0; k < 3; k++)
    expect_float(check, &at, check->backbone->atoms[(i * PLEAT_TARGET_ATOMS + place) * 3 + k]);
}

static void check_context(golden_check *check, char *at) {
  int64_t i = check->context++;
  if (i >= check->backbone->context_count) return expect(check, false);
  expect(check, strtol(next_field(&at), NULL, 10) == check->backbone->element[i]);
  for (int k = 0; k < 3; k++) expect_float(check, &at, check->backbone->context[i * 3 + k]);
}

static void check_bias(golden_check *check, char *at) {
  long i = strtol(next_field(&at), NULL, 10);
  for (int k = 0; k < PLEAT_TARGET_LETTERS; k++)
    expect_float(check, &at, check->backbone->bias[i * PLEAT_TARGET_LETTERS + k]);
}

static void check_group(golden_check *check, char *at) {
  const pleat_target_ties *ties = &check->backbone->ties;
  int64_t g = check->groups++;
  if (g >= ties->count) return expect(check, false);
  for (int64_t i = ties->start[g]; i < ties->start[g + 1]; i++) {
    char *pair = NULL;
    expect(check, strtol(next_field(&at), &pair, 10) == ties->member[i]);
    expect(check, pair && pair[0] == ':' && strtof(pair + 1, NULL) == ties->weight[i]);
  }
  expect(check, !*at);
}

static void check_line(golden_check *check, char *line) {
  char *at = line + 2;
  switch (line[0]) {
    case 'R': check_residue(check, at); break;
    case 'A': check_atom(check, at); break;
    case 'B': check_bias(check, at); break;
    case 'T': check_group(check, at); break;
    case 'C': check_context(check, at); break;
    default: expect(check, line[0] == 'S'); break;
  }
}

/* Settings stand before all else in a table; "chains" was given while making the target. */
static pleat_status apply_setting(pleat_target *target, char *line) {
  char *at = line + 2;
  const char *name = next_field(&at);
  if (strcmp(name, "chains") == 0) return PLEAT_OK;
  if (strcmp(name, "bias") != 0) return pleat_target_set_option(target, name, next_field(&at));
  const char *place = next_field(&at), *letter = next_field(&at);
  return pleat_target_add_bias(target, place, letter[0], strtod(next_field(&at), NULL));
}

static int compare_table(pleat_target *target, char *text) {
  golden_check check = {target, pleat_target_backbone(target), 0, 0, 0, 0, 0};
  double atoms = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    if (line[0] == 'S') CU_ASSERT_EQUAL(apply_setting(target, line), PLEAT_OK);
    check_line(&check, line);
  }
  for (int64_t i = 0; i < check.backbone->length * PLEAT_TARGET_ATOMS; i++) atoms += check.backbone->atom_mask[i];
  expect(&check, check.residues == check.backbone->length);
  expect(&check, !check.context || check.context == check.backbone->context_count);
  expect(&check, check.groups == check.backbone->ties.count);
  expect(&check, !check.atoms || check.atoms == atoms);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  return check.differences;
}

static pleat_context *new_context(void) {
  pleat_context *context = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  return context;
}

static pleat_target *read_target(pleat_context *context, const char *path, const pleat_target_selection *selection) {
  pleat_structure *structure = NULL;
  pleat_target *target = NULL;
  pleat_status status = pleat_structure_read(context, path, &structure);
  if (!status) status = pleat_target_create(context, "target", structure, selection, &target);
  if (status) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  pleat_structure_free(structure);
  return target;
}

static void test_targets_are_what_the_published_code_parses(void) {
  for (size_t i = 0; i < sizeof golden_cases / sizeof *golden_cases; i++) {
    pleat_context *context = new_context();
    char path[512], *text = NULL;
    size_t length;
    pleat_target_selection selection = {strstr(golden_cases[i].table, "2GFB") ? "A,B" : NULL, 0};
    snprintf(path, sizeof path, "%s/%s", PLEAT_TEST_GOLDEN, golden_cases[i].structure);
    pleat_target *target = read_target(context, path, &selection);
    snprintf(path, sizeof path, "%s/%s", PLEAT_TEST_GOLDEN, golden_cases[i].table);
    CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, path, 0, &text, &length), PLEAT_OK);
    int differences = compare_table(target, text);
    if (differences) fprintf(stderr, "%s: %d differences\n", golden_cases[i].table, differences);
    CU_ASSERT_EQUAL(differences, 0);
    pleat_memory_release(context, text);
    pleat_target_free(target);
    pleat_context_free(context);
  }
}

static void test_the_comparison_sees_a_difference(void) {
  pleat_context *context = new_context();
  pleat_target *target = read_target(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", NULL);
  char wrong[] = "R\tA1\tG\t1\t1\t0\t1\t0\t-\t1\t2\t3\n", context_atom[] = "C\t6\t0\t0\t0\n";
  char group[] = "T\t0:0.5\t1:0.5\n";
  CU_ASSERT(compare_table(target, wrong) >= 12);
  CU_ASSERT(compare_table(target, context_atom) >= 1);
  CU_ASSERT(compare_table(target, group) >= 1);
  pleat_target_free(target);
  pleat_context_free(context);
}

void suite_target(void) {
  CU_pSuite suite = CU_add_suite("target", NULL, NULL);
  CU_add_test(suite, "targets are what the published code parses", test_targets_are_what_the_published_code_parses);
  CU_add_test(suite, "the comparison sees a difference", test_the_comparison_sees_a_difference);
}
