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

/* ---- Odd files ---- */

typedef struct test_log {
  char text[8192];
  size_t length;
} test_log;

static void listen(void *user, pleat_log_level level, const char *text) {
  test_log *said = user;
  int wrote = snprintf(said->text + said->length, sizeof said->text - said->length, "%d %s\n", (int)level, text);
  said->length += (size_t)wrote < sizeof said->text - said->length ? (size_t)wrote : 0;
}

static void expect_letters(const pleat_target *target, const char *letters) {
  char own[256] = "";
  for (size_t i = 0; i < pleat_target_residue_count(target) && i < sizeof own - 1; i++)
    own[i] = pleat_target_residue_at(target, i).letter;
  CU_ASSERT_STRING_EQUAL(own, letters);
}

static int64_t count_atoms(const pleat_backbone *backbone, int64_t residue) {
  float sum = 0;
  for (int a = 0; a < PLEAT_TARGET_ATOMS; a++) sum += backbone->atom_mask[residue * PLEAT_TARGET_ATOMS + a];
  return (int64_t)sum;
}

/* What tests/golden/structure/make_odd.py wrote, from PDB and from mmCIF. */
static void check_odd_target(const char *path) {
  pleat_context *context = new_context();
  test_log *log = calloc(1, sizeof *log);
  pleat_context_set_log(context, listen, log, PLEAT_LOG_INFO);
  pleat_target *target = read_target(context, path, NULL);
  const pleat_backbone *b = pleat_target_backbone(target);
  static const int32_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 22, 23, 25, 26, 27, 28, 29, 3, 4, 5};
  expect_letters(target, "MMHECSXAGSLTIDSHIPGAG");
  CU_ASSERT_EQUAL_FATAL(b->length, 21);
  for (int i = 0; i < 21; i++) {
    CU_ASSERT_EQUAL(b->number[i], numbers[i]);
    CU_ASSERT_EQUAL(b->mask[i], i != 10);
    CU_ASSERT_EQUAL(b->chain[i], i >= 18);
    CU_ASSERT_EQUAL(pleat_target_residue_at(target, (size_t)i).complete, i != 10);
  }
  CU_ASSERT_EQUAL(pleat_target_residue_at(target, 8).insertion_code, 'A');
  CU_ASSERT_STRING_EQUAL(pleat_target_residue_at(target, 1).name, "MSE");
  CU_ASSERT_EQUAL(b->atom_mask[1 * PLEAT_TARGET_ATOMS + 18], 1); /* selenium stands for SD */
  CU_ASSERT_EQUAL(b->atom_mask[16 * PLEAT_TARGET_ATOMS + 12], 1); /* CD of isoleucine for CD1 */
  CU_ASSERT_EQUAL(count_atoms(b, 13), 5);                        /* CG has occupancy 0 */
  CU_ASSERT_EQUAL(count_atoms(b, 17), 5);                        /* OXT is left out */
  CU_ASSERT_DOUBLE_EQUAL(b->x[11 * 12 + 4], 0.8, 1e-6);          /* alternate A, though B has the higher occupancy */
  CU_ASSERT_EQUAL(b->context_count, 4 + 9 + 3 + 9 + 1);
  CU_ASSERT_EQUAL(b->element[b->context_count - 1], 30);
  static const char *const parts[] = {
    "A2 MSE (M), A3 HIE (H), A4 GLH (E), A5 CYX (C), A6 SEP (S), A25 HISE (H)", "A7 ABC", "A9 LEU", "A10 VAL",
    "A22 LYS", "B101 LYS, A201 LYS", "A302 MOS MO"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) CU_ASSERT(strstr(log->text, parts[i]) != NULL);
  CU_ASSERT(strstr(log->text, "DUM") == NULL);
  pleat_target_free(target);
  pleat_context_free(context);
  free(log);
}

static void test_odd_residues_are_kept_or_named(void) {
  check_odd_target(PLEAT_TEST_GOLDEN "/structure/target_odd.pdb");
  check_odd_target(PLEAT_TEST_GOLDEN "/structure/target_odd.cif");
}

static void test_occupancy_zero_counts_when_asked(void) {
  pleat_context *context = new_context();
  pleat_target_selection selection = {"A", 1};
  pleat_target *target = read_target(context, PLEAT_TEST_GOLDEN "/structure/target_odd.pdb", &selection);
  expect_letters(target, "MMHECSXAGSLTIKDSHIP");
  CU_ASSERT_EQUAL(count_atoms(pleat_target_backbone(target), 14), 6);
  CU_ASSERT_EQUAL(pleat_target_backbone(target)->context_count, 4 + 9 + 1);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_structures_that_cannot_be_designed_say_so(void) {
  static const struct {
    const char *file, *chains, *sentence;
    pleat_status status;
  } bad[] = {
    {"ca_only.pdb", NULL, "no residue has its whole backbone", PLEAT_ERROR_INPUT},
    {"no_protein.pdb", NULL, "has no protein residue", PLEAT_ERROR_INPUT},
    {"target_odd.pdb", "C", "has no protein residue", PLEAT_ERROR_INPUT},
    {"twice.pdb", NULL, "residue A2 is there twice", PLEAT_ERROR_INPUT},
    {"target_odd.pdb", "A,Q", "chains: there is no chain 'Q' in odd, its chains are A, B, C", PLEAT_ERROR_NOT_FOUND},
    {"stars.pdb", NULL, "stars.pdb:1: x (columns 31-38) is '********'", PLEAT_ERROR_FORMAT},
    {"nan.pdb", NULL, "nan.pdb:2: x (columns 31-38) is 'nan'", PLEAT_ERROR_FORMAT},
    {"ca_only.cif", NULL, "no residue has its whole backbone", PLEAT_ERROR_INPUT},
    {"twice.cif", NULL, "residue A2 is there twice", PLEAT_ERROR_INPUT},
    {"nan.cif", NULL, "nan.cif:20:29: _atom_site.Cartn_y is 'nan'", PLEAT_ERROR_FORMAT},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    pleat_context *context = new_context();
    pleat_structure *structure = NULL;
    pleat_target *target = NULL;
    pleat_target_selection selection = {bad[i].chains, 0};
    char path[512];
    snprintf(path, sizeof path, "%s/structure/%s", PLEAT_TEST_GOLDEN, bad[i].file);
    pleat_status status = pleat_structure_read(context, path, &structure);
    if (!status) status = pleat_target_create(context, "odd", structure, &selection, &target);
    CU_ASSERT_EQUAL(status, bad[i].status);
    CU_ASSERT_PTR_NULL(target);
    if (!strstr(pleat_context_error(context), bad[i].sentence)) fprintf(stderr, "%s\n", pleat_context_error(context));
    CU_ASSERT(strstr(pleat_context_error(context), bad[i].sentence) != NULL);
    pleat_structure_free(structure);
    pleat_context_free(context);
  }
}

/* Chains without a name, alternates 1 and 2, insertion codes on both sides, negative numbers, UNK. */
static void test_unusual_names_are_kept(void) {
  pleat_context *context = new_context();
  pleat_target *target = read_target(context, PLEAT_TEST_GOLDEN "/structure/names.pdb", NULL);
  const pleat_backbone *b = pleat_target_backbone(target);
  expect_letters(target, "AXSGVTHCX");
  CU_ASSERT_EQUAL_FATAL(b->length, 9);
  CU_ASSERT_DOUBLE_EQUAL(b->x[5 * 12 + 4], 0.9, 1e-6); /* neither alternate is A: that of the higher occupancy */
  CU_ASSERT_EQUAL(pleat_target_set_option(target, "fixed_residues", "-1 1A 3"), PLEAT_OK);
  CU_ASSERT(b->designed[0] == 0 && b->designed[2] == 0 && b->designed[3] == 1 && b->designed[6] == 0);
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  pleat_target_free(target);
  pleat_context_free(context);
}

static void test_one_residue_and_a_chosen_model(void) {
  pleat_context *context = new_context();
  pleat_structure *structure;
  pleat_target *target = read_target(context, PLEAT_TEST_GOLDEN "/structure/one_residue.pdb", NULL);
  expect_letters(target, "A");
  CU_ASSERT_EQUAL(pleat_target_check(target), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_backbone(target)->context_count, 0);
  pleat_target_free(target);
  const char *path = PLEAT_TEST_GOLDEN "/structure/two_models.pdb";
  CU_ASSERT_EQUAL_FATAL(pleat_structure_read_model(context, path, 7, &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_target_create(context, "second", structure, NULL, &target), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_target_residue_count(target), 2);
  pleat_target_free(target);
  pleat_structure_free(structure);
  pleat_context_free(context);
}

/* ---- What breaks half-way leaves nothing behind ---- */

static pleat_status read_set_and_sample(pleat_context *context) {
  static const char *const set[][2] = {{"symmetry_residues", "A1,A2|A3,B1"}, {"symmetry_weights", "1,2|0.5,0.5"},
                                       {"fixed_residues", "A8A"}, {"ligand_mpnn_cutoff_for_score", "5"}};
  pleat_structure *structure = NULL, *sample = NULL;
  pleat_target *target = NULL;
  float draws[2 * 21] = {0};
  pleat_array randn = {"randn", draws, 2, {2, 21}};
  PLEAT_TRY(pleat_structure_read(context, PLEAT_TEST_GOLDEN "/structure/target_odd.pdb", &structure));
  pleat_status status = pleat_target_create(context, "odd", structure, NULL, &target);
  pleat_structure_free(structure);
  for (size_t i = 0; !status && i < sizeof set / sizeof *set; i++)
    status = pleat_target_set_option(target, set[i][0], set[i][1]);
  if (!status) status = pleat_target_set_draws(target, &randn);
  if (!status) status = pleat_target_check(target);
  const pleat_backbone *b = target ? pleat_target_backbone(target) : NULL;
  static const float mask[21 * 4] = {1, 1, 1, 1}, factors[21 * 4];
  if (!status) {
    pleat_target_sample made = {b->letter, b->x, mask, factors, 4};
    status = pleat_target_make_structure(target, &made, &sample);
  }
  pleat_structure_free(sample);
  pleat_target_free(target);
  return status;
}

static void test_no_memory_leaves_nothing_behind(void) { CU_ASSERT(test_faults_walk(read_set_and_sample) > 20); }

void suite_target(void) {
  CU_pSuite suite = CU_add_suite("target", NULL, NULL);
  CU_add_test(suite, "targets are what the published code parses", test_targets_are_what_the_published_code_parses);
  CU_add_test(suite, "the comparison sees a difference", test_the_comparison_sees_a_difference);
  CU_add_test(suite, "odd residues are kept or named", test_odd_residues_are_kept_or_named);
  CU_add_test(suite, "occupancy 0 counts when asked", test_occupancy_zero_counts_when_asked);
  CU_add_test(suite, "structures that cannot be designed say so", test_structures_that_cannot_be_designed_say_so);
  CU_add_test(suite, "unusual names are kept", test_unusual_names_are_kept);
  CU_add_test(suite, "one residue, and a chosen model", test_one_residue_and_a_chosen_model);
  CU_add_test(suite, "no memory leaves nothing behind", test_no_memory_leaves_nothing_behind);
}
