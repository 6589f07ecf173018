/* Tests of structures: residue tables, PDB and mmCIF in and out, what odd and broken files do.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/hybrid36.h"
#include "data/mmcif.h"
#include "data/number.h"
#include "data/pdb.h"
#include "lib/file.h"
#include "tests/faults.h"
#include "tests/suites.h"

#define GOLDEN(name) PLEAT_TEST_GOLDEN "/structure/" name

static void test_residue_tables(void) {
  const char *letters = "ARNDCQEGHILKMFPSTWYVX";
  for (int i = 0; i < PLEAT_RESIDUE_TYPES; i++) {
    CU_ASSERT_EQUAL(pleat_residue_types[i].letter, letters[i]);
    CU_ASSERT_EQUAL(pleat_residue_from_letter(letters[i]), i);
    CU_ASSERT_EQUAL(pleat_residue_from_name(pleat_residue_types[i].name), i);
    for (int a = 0; a < PLEAT_RESIDUE_ATOM14 && pleat_residue_types[i].atom14[a][0]; a++) {
      CU_ASSERT(pleat_residue_atom37_index(pleat_residue_types[i].atom14[a]) >= 0);
      CU_ASSERT_EQUAL(pleat_residue_atom14_index(i, pleat_residue_types[i].atom14[a]), a);
    }
    for (int c = 0; c < 4 * pleat_residue_types[i].chi_count; c++) {
      CU_ASSERT(pleat_residue_atom14_index(i, pleat_residue_types[i].chi[c / 4][c % 4]) >= 0);
    }
  }
  CU_ASSERT_STRING_EQUAL(pleat_residue_types[17].atom14[13], "CH2");
  CU_ASSERT_STRING_EQUAL(pleat_residue_atom37_names[36], "OXT");
  CU_ASSERT_EQUAL(pleat_residue_parent("MSE"), pleat_residue_from_letter('m'));
  CU_ASSERT_EQUAL(pleat_residue_parent("HID"), pleat_residue_from_letter('H'));
  CU_ASSERT_EQUAL(pleat_residue_parent("HOH"), -1);
  CU_ASSERT_EQUAL(pleat_residue_from_name("MSE"), -1);
  CU_ASSERT_EQUAL(pleat_residue_from_letter('B'), -1);
  CU_ASSERT_EQUAL(pleat_residue_letter("DG"), 'G');
  CU_ASSERT_EQUAL(pleat_residue_kind_of("HOH"), PLEAT_RESIDUE_KIND_WATER);
}

static void test_numbers(void) {
  static const struct {
    const char *text;
    double value;
  } good[] = {{" -1.500 ", -1.5}, {"1e3", 1000}, {".5", 0.5}, {"7.", 7}, {"+2.5E-1", 0.25}, {"123456.789", 123456.789}};
  static const char *const bad[] = {"",     " ",  "nan",      "inf", "1.2.3", "1,5",
                                    "0x10", "1e", "********", "-",   "1 2",   "1e999"};
  double value;
  char buffer[32];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    CU_ASSERT(pleat_number_parse(good[i].text, strlen(good[i].text), &value));
    CU_ASSERT_EQUAL(value, good[i].value);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CU_ASSERT_FALSE(pleat_number_parse(bad[i], strlen(bad[i]), &value));
  CU_ASSERT_STRING_EQUAL(pleat_number_fixed(-0.0004, 3, buffer), "0.000");
  CU_ASSERT_STRING_EQUAL(pleat_number_fixed(-12.3456, 3, buffer), "-12.346");
  CU_ASSERT_STRING_EQUAL(pleat_number_fixed(99.999, 2, buffer), "100.00");
}

static pleat_context *new_context(void) {
  pleat_context *context = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  return context;
}

static pleat_structure *read_golden(pleat_context *context, const char *path) {
  pleat_structure *structure = NULL;
  pleat_status status = pleat_structure_read(context, path, &structure);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  return structure;
}

static pleat_status parse_text(pleat_context *context, const char *text, pleat_structure **structure) {
  pleat_structure_source source = {text, strlen(text), "file", 0};
  return pleat_structure_parse(context, &source, structure);
}

typedef pleat_status (*write_fn)(const pleat_structure *structure, const char *name, pleat_text *text);

static pleat_structure *through(const pleat_structure *structure, write_fn write) {
  pleat_text text;
  pleat_structure *again = NULL;
  pleat_text_init(&text, structure->context);
  CU_ASSERT_EQUAL_FATAL(write(structure, "again", &text), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(parse_text(structure->context, text.bytes, &again), PLEAT_OK);
  pleat_text_free(&text);
  return again;
}

/* Index of the first atom that is not the same in both (coordinates to 0.0005, as files keep them), -1 for none. */
static long first_difference(const pleat_structure *a, const pleat_structure *b) {
  for (size_t i = 0; i < a->atom_count && i < b->atom_count; i++) {
    const pleat_atom *x = &a->atoms[i].site, *y = &b->atoms[i].site;
    bool same = !strcmp(x->chain, y->chain) && !strcmp(x->residue_name, y->residue_name) && !strcmp(x->name, y->name) &&
                !strcmp(x->element, y->element) && x->residue_number == y->residue_number &&
                x->insertion_code == y->insertion_code && x->alternate == y->alternate && x->hetero == y->hetero &&
                fabsf(x->occupancy - y->occupancy) < 0.006f && fabsf(x->b_factor - y->b_factor) < 0.006f &&
                a->atoms[i].charge == b->atoms[i].charge;
    for (int k = 0; k < 3; k++) same = same && fabs(x->position[k] - y->position[k]) < 0.0005001;
    if (!same) return (long)i;
  }
  return a->atom_count == b->atom_count ? -1 : (long)(a->atom_count < b->atom_count ? a->atom_count : b->atom_count);
}

static void check_round_trips(const char *path, size_t atoms) {
  pleat_context *context = new_context();
  pleat_structure *structure = read_golden(context, path);
  pleat_structure *pdb = through(structure, pleat_pdb_write), *cif = through(structure, pleat_mmcif_write);
  pleat_structure *back = through(cif, pleat_pdb_write);
  CU_ASSERT_EQUAL(structure->atom_count, atoms);
  CU_ASSERT_EQUAL(first_difference(structure, pdb), -1);
  CU_ASSERT_EQUAL(first_difference(structure, cif), -1);
  CU_ASSERT_EQUAL(first_difference(structure, back), -1);
  CU_ASSERT_EQUAL(structure->residue_count, cif->residue_count);
  CU_ASSERT_EQUAL(structure->chain_count, cif->chain_count);
  CU_ASSERT_EQUAL(structure->entity_count, cif->entity_count);
  /* The comparison itself must see a shifted, a renamed and a missing atom. */
  cif->atoms[7].site.position[1] += 0.001;
  CU_ASSERT_EQUAL(first_difference(structure, cif), 7);
  strcpy(cif->atoms[3].site.name, "QQ");
  CU_ASSERT_EQUAL(first_difference(structure, cif), 3);
  pdb->atom_count--;
  CU_ASSERT_EQUAL(first_difference(structure, pdb), (long)atoms - 1);
  pleat_structure_free(structure);
  pleat_structure_free(pdb);
  pleat_structure_free(cif);
  pleat_structure_free(back);
  pleat_context_free(context);
}

static void test_round_trips_keep_every_atom(void) {
  check_round_trips(GOLDEN("6mrr.pdb.gz"), 1273);
  check_round_trips(GOLDEN("1bc8.pdb.gz"), 1356);
}

/* Our ATOM lines are the archive's own, byte by byte (serials included: 6MRR is one chain in the archive's order). */
static void test_pdb_lines_are_the_archives(void) {
  pleat_context *context = new_context();
  pleat_structure *structure = read_golden(context, GOLDEN("6mrr.pdb.gz"));
  char *original;
  size_t length, lines = 0, wrong = 0;
  pleat_text text;
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_pdb_write(structure, "x.pdb", &text), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, GOLDEN("6mrr.pdb.gz"), 0, &original, &length), PLEAT_OK);
  for (char *line = strtok(original, "\n"); line; line = strtok(NULL, "\n")) {
    if (strncmp(line, "ATOM  ", 6) && strncmp(line, "HETATM", 6) && strncmp(line, "TER", 3)) continue;
    lines++;
    wrong += strstr(text.bytes, line) == NULL;
  }
  CU_ASSERT_EQUAL(lines, 1274);
  CU_ASSERT_EQUAL(wrong, 0);
  CU_ASSERT_EQUAL(strncmp(text.bytes, "HEADER    ", 10), 0);
  pleat_memory_release(context, original);
  pleat_text_free(&text);
  pleat_structure_free(structure);
  pleat_context_free(context);
}

static void test_index_of_6mrr_and_1bc8(void) {
  pleat_context *context = new_context();
  pleat_structure *structure = read_golden(context, GOLDEN("6mrr.pdb.gz"));
  unsigned char keep[1273];
  size_t kept = 0;
  pleat_structure_select_alternates(structure, keep);
  for (size_t i = 0; i < structure->atom_count; i++) kept += keep[i];
  CU_ASSERT_EQUAL(kept, 1273 - 46);
  CU_ASSERT_EQUAL(structure->chain_count, 2);
  CU_ASSERT_EQUAL(structure->chains[0].count, 68);
  CU_ASSERT_EQUAL(structure->chains[1].kind, PLEAT_STRUCTURE_WATER);
  pleat_structure_free(structure);
  structure = read_golden(context, GOLDEN("1bc8.pdb.gz"));
  size_t polymers = 0, ligands = 0;
  for (size_t c = 0; c < structure->chain_count; c++) {
    polymers += structure->chains[c].kind == PLEAT_STRUCTURE_POLYMER;
    ligands += structure->chains[c].kind == PLEAT_STRUCTURE_LIGAND;
  }
  CU_ASSERT_EQUAL(polymers, 3); /* two strands of DNA and the protein */
  CU_ASSERT_EQUAL(ligands, 2);  /* two zinc ions, */
  CU_ASSERT_EQUAL(structure->entity_count, 5); /* which are one entity */
  pleat_structure_free(structure);
  pleat_context_free(context);
}

static void test_odd_pdb(void) {
  pleat_context *context = new_context();
  pleat_structure *s = read_golden(context, GOLDEN("odd.pdb"));
  CU_ASSERT_EQUAL(s->model_number, 2);
  CU_ASSERT_EQUAL(s->residue_count, 6);
  CU_ASSERT_EQUAL(s->chain_count, 3);
  CU_ASSERT_EQUAL(s->chains[0].count, 4); /* GLY 52, GLY 52A, ALA 52B, MSE 10000: the HETATM before TER belongs */
  CU_ASSERT_EQUAL(s->atoms[1].site.insertion_code, 'A');
  CU_ASSERT_EQUAL(s->atoms[1].site.occupancy, 1);
  CU_ASSERT_EQUAL(s->atoms[4].serial, 100000);
  CU_ASSERT_EQUAL(s->atoms[4].site.residue_number, 10000);
  CU_ASSERT_STRING_EQUAL(s->atoms[4].site.element, "SE");
  CU_ASSERT_STRING_EQUAL(s->atoms[5].site.element, "CA");
  CU_ASSERT_EQUAL(s->atoms[5].charge, 2);
  CU_ASSERT_EQUAL(s->atoms[5].site.residue_number, -5);
  CU_ASSERT_STRING_EQUAL(s->atoms[6].site.element, "O");
  pleat_structure *again = through(s, pleat_mmcif_write);
  CU_ASSERT_EQUAL(first_difference(s, again), -1);
  pleat_structure_free(again);
  unsigned char keep[7];
  pleat_structure_select_alternates(s, keep);
  CU_ASSERT_EQUAL(memcmp(keep, "\1\1\0\1\1\1\1", 7), 0);
  pleat_structure_free(s);
  CU_ASSERT_EQUAL(pleat_structure_read_model(context, GOLDEN("odd.pdb"), 7, &s), PLEAT_OK);
  CU_ASSERT_EQUAL(s->atom_count, 1);
  CU_ASSERT_EQUAL(s->atoms[0].site.position[2], 7);
  pleat_structure_free(s);
  CU_ASSERT_EQUAL(pleat_structure_read_model(context, GOLDEN("odd.pdb"), 1, &s), PLEAT_ERROR_NOT_FOUND);
  CU_ASSERT_PTR_NULL(s);
  pleat_context_free(context);
}

static void test_odd_cif(void) {
  pleat_context *context = new_context();
  pleat_structure *s = read_golden(context, GOLDEN("odd.cif"));
  CU_ASSERT_EQUAL_FATAL(s->atom_count, 3);
  CU_ASSERT_EQUAL(s->atoms[0].site.position[0], 1.5);
  CU_ASSERT_EQUAL(s->atoms[0].site.position[1], -2.25);
  CU_ASSERT_EQUAL(s->atoms[0].site.position[2], 3);
  CU_ASSERT_STRING_EQUAL(s->atoms[0].site.name, "C5'");
  CU_ASSERT_STRING_EQUAL(s->atoms[0].site.chain, "Heavy");
  CU_ASSERT_EQUAL(s->atoms[0].site.alternate, ' ');
  CU_ASSERT_EQUAL(s->atoms[1].site.alternate, 'A');
  CU_ASSERT_EQUAL(s->atoms[1].site.insertion_code, 'B');
  CU_ASSERT_EQUAL(s->atoms[1].site.occupancy, 1);
  CU_ASSERT_STRING_EQUAL(s->atoms[2].site.element, "ZN");
  CU_ASSERT_EQUAL(s->atoms[2].site.hetero, 1);
  CU_ASSERT_EQUAL(s->chain_count, 2);
  CU_ASSERT_EQUAL(s->chains[1].kind, PLEAT_STRUCTURE_LIGAND);
  pleat_structure *again = through(s, pleat_mmcif_write);
  CU_ASSERT_EQUAL(first_difference(s, again), -1);
  pleat_structure_free(again);
  pleat_structure_free(s);
  pleat_context_free(context);
}

#define LINE(x) "ATOM      1  N   GLY A   1    " x "   0.000   0.000  1.00  0.00           N\n"
#define CIF_HEAD                                                                                             \
  "data_x\nloop_\n_atom_site.label_atom_id\n_atom_site.label_comp_id\n_atom_site.auth_asym_id\n_atom_site.Cartn_x\n" \
  "_atom_site.Cartn_y\n_atom_site.Cartn_z\n"

static void test_broken_files_get_a_sentence(void) {
  static const struct {
    const char *bytes, *sentence;
  } cases[] = {
      {"", "file: is empty"},
      {"<html>nothing</html>\n", "file: has no atoms"},
      {"data_x\n_a.b 1\n", "without an _atom_site table"},
      {"\n" LINE("********"), "file:2: x (columns 31-38) is '********', a number is needed"},
      {LINE("     nan"), "file:1: x (columns 31-38) is 'nan'"},
      {LINE("     inf"), "is 'inf'"},
      {"ATOM      1  N   GLY A   1       0.0\n", "file:1: the line has 36 columns"},
      {"ATOM      1      GLY A   1       0.000   0.000   0.000\n", "the atom's name (columns 13-16) is blank"},
      {"ATOM      1  N   GLY A  xx       0.000   0.000   0.000\n", "the residue number (columns 23-26) is 'xx'"},
      {CIF_HEAD "N GLY A 1 2 3\nCA GLY A 1 2\n", "has 11 values, which do not fill rows of its 6 columns"},
      {CIF_HEAD "N GLY A 1 2 nan\n", "file:9:13: _atom_site.Cartn_z is 'nan', a number is needed"},
      {CIF_HEAD "N GLY A 1 2 ?\n", "the atom has no _atom_site.Cartn_z"},
      {CIF_HEAD "N GLY ? 1 2 3\n", "the atom has neither _atom_site.auth_asym_id nor .label_asym_id"},
      {CIF_HEAD "N GLY ABCDEFGHI 1 2 3\n", "is 9 characters long, at most 7 can be kept"},
      {CIF_HEAD "N GLY A 'a 2 3\n", "file:9:9: the quote ' that begins here does not end on its line"},
      {"data_x\n_a.b\n;text\n", "file:3: the text that begins here"},
      {"data_x\n_a.b loop_\n", "file:2:1: _a.b has no value"},
      {"data_x\nloop_\n1 2\n", "file:3: loop_ is not followed by any _name"},
      {"data_x\nstray\n", "the value 'stray' belongs to no _name"},
      {"data_x\nglobal_\n", "the reserved word global_"},
  };
  pleat_context *context = new_context();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_structure *structure;
    pleat_status status = parse_text(context, cases[i].bytes, &structure);
    CU_ASSERT(status == PLEAT_ERROR_FORMAT || status == PLEAT_ERROR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(structure);
    bool said = strstr(pleat_context_error(context), cases[i].sentence) != NULL;
    if (!said) fprintf(stderr, "case %zu: %s\n", i, pleat_context_error(context));
    CU_ASSERT(said);
  }
  pleat_context_free(context);
}

static pleat_structure_record glycine_atom(const char *chain, int number) {
  pleat_structure_record atom = {
      .site = {.residue_name = "GLY", .residue_number = number, .name = "CA", .element = "C"}};
  strcpy(atom.site.chain, chain);
  atom.site.insertion_code = atom.site.alternate = ' ';
  atom.site.occupancy = 1;
  atom.site.b_factor = 90.5f;
  return atom;
}

/* The path of a file with that ending that no other run of these tests uses. */
static const char *own_path(const char *ending) {
  static char path[64];
  snprintf(path, sizeof path, "/tmp/pleat-structure-%ld.%s", (long)getpid(), ending);
  return path;
}

/* Writes one atom changed by hand and expects the sentence. */
static void expect_refusal(const pleat_structure_record *atom, const char *ending, const char *sentence) {
  const char *path = own_path(ending);
  pleat_context *context = new_context();
  pleat_structure *structure;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_add_atom(structure, atom), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  CU_ASSERT_NOT_EQUAL(pleat_structure_write(structure, path), PLEAT_OK);
  bool said = strstr(pleat_context_error(context), sentence) != NULL;
  if (!said) fprintf(stderr, "%s: %s\n", path, pleat_context_error(context));
  CU_ASSERT(said);
  CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
  pleat_structure_free(structure);
  pleat_context_free(context);
}

static void test_what_does_not_fit_is_refused(void) {
  pleat_structure_record atom = glycine_atom("AB", 1);
  expect_refusal(&atom, "pdb", "the chain id 'AB' is longer");
  atom = glycine_atom("A", -1000);
  expect_refusal(&atom, "ent", "residue number -1000 does not fit");
  atom = glycine_atom("A", 1);
  expect_refusal(&atom, "xyz", "the ending must be .pdb");
  atom.site.position[2] = NAN;
  expect_refusal(&atom, "pdb", "is not a number between");
  expect_refusal(&atom, "cif", "not finite");
  atom.site.position[2] = -1000;
  expect_refusal(&atom, "pdb", "does not fit a PDB file");
  atom = glycine_atom("A", 1);
  atom.site.b_factor = 1000;
  expect_refusal(&atom, "pdb", "B factor");
}

/* 100,000 atoms of 10,000 residues and some, read back as they were; the columns are those of the format's description. */
static void test_large_structures_are_written_in_hybrid_36(void) {
  enum { ATOMS = 100002, PER_RESIDUE = 9 };
  pleat_context *context = new_context();
  pleat_structure *structure, *back = NULL;
  pleat_text text;
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  for (int i = 0; i < ATOMS; i++) {
    pleat_structure_record atom = glycine_atom("A", i / PER_RESIDUE);
    snprintf(atom.site.name, sizeof atom.site.name, "X%d", i % PER_RESIDUE);
    if (pleat_structure_add_atom(structure, &atom)) break;
  }
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_pdb_write(structure, "big.pdb", &text), PLEAT_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(text.bytes, "\nATOM  99999  X8  GLY AA0UU "));
  CU_ASSERT_PTR_NOT_NULL(strstr(text.bytes, "\nATOM  A0000  X0  GLY AA0UV "));
  pleat_structure_source source = {text.bytes, text.length, "big.pdb", 0};
  CU_ASSERT_EQUAL_FATAL(pleat_structure_parse(context, &source, &back), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_structure_atom_count(back), ATOMS);
  CU_ASSERT_EQUAL(back->atoms[ATOMS - 1].site.residue_number, (ATOMS - 1) / PER_RESIDUE);
  pleat_structure_free(back);
  pleat_text_free(&text);
  pleat_structure_free(structure);
  pleat_context_free(context);
}

static void test_hybrid_36(void) {
  static const struct { int value, width; const char *text; } known[] = {
      {-999, 4, "-999"}, {9999, 4, "9999"}, {10000, 4, "A000"}, {10035, 4, "A00Z"}, {1223055, 4, "ZZZZ"},
      {1223056, 4, "a000"}, {PLEAT_HYBRID36_MOST_4, 4, "zzzz"}, {99999, 5, "99999"}, {100000, 5, "A0000"},
      {43770015, 5, "ZZZZZ"}, {43770016, 5, "a0000"}, {PLEAT_HYBRID36_MOST_5, 5, "zzzzz"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    char text[16];
    int value = 0;
    pleat_hybrid36_format(known[i].value, known[i].width, text);
    CU_ASSERT_STRING_EQUAL(text, known[i].text);
    bool letters = known[i].text[0] > '9';
    CU_ASSERT_EQUAL(pleat_hybrid36_parse(text, known[i].width, &value), letters);
    if (letters) CU_ASSERT_EQUAL(value, known[i].value);
  }
}

/* Three chains, the first two alike, with metadata that needs each way of quoting. */
static pleat_structure *make_prediction(pleat_context *context) {
  static const char *const chains[] = {"H", "L", "X"};
  pleat_structure *structure;
  pleat_structure_origin origin = {.title = "it's a \"test\"",
                                   .model_name = "tiny",
                                   .software_version = "0.1.0",
                                   .weights_sha256 = "00ff",
                                   .license = "CC BY 4.0",
                                   .citation = "A paper's line\n;and more",
                                   .has_plddt = true};
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  for (int i = 0; i < 8; i++) {
    pleat_structure_record atom = glycine_atom(chains[i / 3], i % 3 + 1);
    atom.site.position[0] = 3.8 * i;
    CU_ASSERT_EQUAL_FATAL(pleat_structure_add_atom(structure, &atom), PLEAT_OK);
  }
  CU_ASSERT_EQUAL_FATAL(pleat_structure_set_origin(structure, &origin), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  return structure;
}

static void test_modelcif(void) {
  static const char *const expected[] = {"_audit_conform.dict_name                 mmcif_ma.dic",
                                         "\n;it's a \"test\"\n;\n",
                                         "\n;A paper's line\n ;and more\n;\n",
                                         "'CC BY 4.0'",
                                         "weights sha256 00ff",
                                         "_ma_qa_metric_global.metric_value\n1 1 1 90.50\n",
                                         "\nH 1 ?\nL 1 ?\nX 2 ?\n",
                                         "\n1 1 H 1 GLY 2 90.50\n",
                                         "\n8 1 X 2 GLY 2 90.50\n",
                                         "data_it_s_a__test_\n",
                                         "_pdbx_data_usage.name\n1 license",
                                         "2 Model 'model coordinates'",
                                         "'Ab initio model'",
                                         "'H,L'\n;GGG\n;"};
  pleat_context *context = new_context();
  pleat_structure *structure = make_prediction(context), *again;
  pleat_text text;
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_mmcif_write(structure, "x.cif", &text), PLEAT_OK);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    bool there = strstr(text.bytes, expected[i]) != NULL;
    if (!there) fprintf(stderr, "not written: %s\n", expected[i]);
    CU_ASSERT(there);
  }
  CU_ASSERT_EQUAL(structure->entity_count, 2);
  again = through(structure, pleat_mmcif_write);
  CU_ASSERT_EQUAL(first_difference(structure, again), -1);
  pleat_text_free(&text);
  pleat_structure_free(structure);
  pleat_structure_free(again);
  pleat_context_free(context);
}

/* Found by fuzzing: an atom without a residue name was written as '?', which the reader then refused. */
static void test_blank_residue_name_is_unknown(void) {
  pleat_context *context = new_context();
  pleat_structure *structure, *again;
  CU_ASSERT_EQUAL_FATAL(parse_text(context, "ATOM      3  C4'         1      18.917   8.315  13.559\n", &structure),
                        PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(structure->atoms[0].site.residue_name, "UNK");
  again = through(structure, pleat_mmcif_write);
  CU_ASSERT_EQUAL(again->atom_count, 1);
  pleat_structure_free(structure);
  pleat_structure_free(again);
  pleat_context_free(context);
}

/* Chains without a usable id of their own get labels that no other chain has. */
static void test_labels_are_unique(void) {
  static const char *const ids[] = {"", "A", "B", "A", "B!"};
  pleat_context *context = new_context();
  pleat_structure *structure;
  CU_ASSERT_EQUAL_FATAL(pleat_structure_create(context, &structure), PLEAT_OK);
  for (int i = 0; i < 5; i++) {
    pleat_structure_record atom = glycine_atom(ids[i], 1);
    CU_ASSERT_EQUAL(pleat_structure_add_atom(structure, &atom), PLEAT_OK);
  }
  CU_ASSERT_EQUAL_FATAL(pleat_structure_finish(structure), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(structure->chain_count, 5);
  CU_ASSERT_STRING_EQUAL(structure->chains[1].label, "A");
  for (int i = 0; i < 5; i++) {
    for (int j = 0; j < i; j++) CU_ASSERT_STRING_NOT_EQUAL(structure->chains[i].label, structure->chains[j].label);
  }
  pleat_structure_free(structure);
  pleat_context_free(context);
}

static pleat_status read_and_write(pleat_context *context) {
  static const char *const files[] = {GOLDEN("odd.pdb"), GOLDEN("odd.cif"), GOLDEN("1bc8.pdb.gz")};
  for (int i = 0; i < 3; i++) {
    pleat_structure *structure;
    pleat_structure_origin origin = {.title = "title", .citation = "citation"};
    PLEAT_TRY(pleat_structure_read(context, files[i], &structure));
    pleat_status status = pleat_structure_set_origin(structure, &origin);
    if (!status) status = pleat_structure_write(structure, own_path("cif"));
    if (!status && i == 2) status = pleat_structure_write(structure, own_path("pdb"));
    pleat_structure_free(structure);
    PLEAT_TRY(status);
  }
  return PLEAT_OK;
}

static void test_no_failed_allocation_leaks(void) {
  CU_ASSERT(test_faults_walk(read_and_write) > 10);
  unlink(own_path("cif"));
  unlink(own_path("pdb"));
}

void suite_structure(void) {
  CU_pSuite suite = CU_add_suite("structure", NULL, NULL);
  CU_add_test(suite, "residue tables", test_residue_tables);
  CU_add_test(suite, "numbers in and out", test_numbers);
  CU_add_test(suite, "round trips keep every atom", test_round_trips_keep_every_atom);
  CU_add_test(suite, "PDB lines are the archive's", test_pdb_lines_are_the_archives);
  CU_add_test(suite, "residues, chains, entities, alternates", test_index_of_6mrr_and_1bc8);
  CU_add_test(suite, "an odd PDB file", test_odd_pdb);
  CU_add_test(suite, "an odd mmCIF file", test_odd_cif);
  CU_add_test(suite, "broken files get a sentence", test_broken_files_get_a_sentence);
  CU_add_test(suite, "what does not fit is refused", test_what_does_not_fit_is_refused);
  CU_add_test(suite, "large structures are written in hybrid-36", test_large_structures_are_written_in_hybrid_36);
  CU_add_test(suite, "hybrid-36", test_hybrid_36);
  CU_add_test(suite, "ModelCIF", test_modelcif);
  CU_add_test(suite, "a blank residue name is UNK", test_blank_residue_name_is_unknown);
  CU_add_test(suite, "labels are unique", test_labels_are_unique);
  CU_add_test(suite, "no failed allocation leaks", test_no_failed_allocation_leaks);
}
