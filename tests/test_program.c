/* Tests of the command's parts: the options of design, score and pack under LigandMPNN's names, lists of structures, JSON
 * side files, stored draws, FASTA texts.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/draws.h"
#include "program/inputs.h"
#include "program/options.h"
#include "program/output.h"
#include "program/sequence_text.h"
#include "program/side_file.h"
#include "tests/suites.h"

/* ---- What is said on stderr ---- */

static char said[4096];
static int kept_stderr;

static void listen(void) {
  fflush(stderr);
  kept_stderr = dup(STDERR_FILENO);
  FILE *file = tmpfile();
  dup2(fileno(file), STDERR_FILENO);
  fclose(file);
}

static void hear(void) {
  fflush(stderr);
  lseek(STDERR_FILENO, 0, SEEK_SET);
  ssize_t got = read(STDERR_FILENO, said, sizeof said - 1);
  said[got > 0 ? got : 0] = 0;
  dup2(kept_stderr, STDERR_FILENO);
  close(kept_stderr);
}

/* ---- Options ---- */

/* Parses up to four words; the sentence of a refusal is in `said`. */
static bool parse(unsigned bit, const char *a, const char *b, const char *c, pleat_options *options) {
  static const char *inputs[8];
  static char words[3][512];
  char *argv[3];
  const char *given[3] = {a, b, c};
  int count = 0;
  for (; count < 3 && given[count]; count++) {
    snprintf(words[count], sizeof words[count], "%s", given[count]);
    argv[count] = words[count];
  }
  *options = (pleat_options){.inputs = inputs};
  listen();
  bool ok = pleat_options_parse("design", bit, count, argv, options);
  hear();
  return ok;
}

/* The flags of LigandMPNN's run.py and score.py. */
static const struct {
  const char *flag, *value;
  unsigned verbs;
} published[] = {
#define RUN PLEAT_VERB_BIT_DESIGN
#define BOTH (PLEAT_VERB_BIT_DESIGN | PLEAT_VERB_BIT_SCORE)
#define ONLY PLEAT_VERB_BIT_SCORE
    {"model_type", "ligand_mpnn", BOTH}, {"checkpoint_protein_mpnn", "x.pt", BOTH},
    {"checkpoint_ligand_mpnn", "x.pt", BOTH}, {"checkpoint_per_residue_label_membrane_mpnn", "x.pt", BOTH},
    {"checkpoint_global_label_membrane_mpnn", "x.pt", BOTH}, {"checkpoint_soluble_mpnn", "x.pt", BOTH},
    {"fasta_seq_separation", ":", RUN}, {"verbose", "1", BOTH}, {"pdb_path", "x.pdb", BOTH},
    {"pdb_path_multi", "x.json", BOTH}, {"fixed_residues", "A12 A13", BOTH}, {"fixed_residues_multi", "x.json", BOTH},
    {"redesigned_residues", "A12", BOTH}, {"redesigned_residues_multi", "x.json", BOTH}, {"bias_AA", "A:-1.0", RUN},
    {"bias_AA_per_residue", "x.json", RUN}, {"bias_AA_per_residue_multi", "x.json", RUN}, {"omit_AA", "CG", RUN},
    {"omit_AA_per_residue", "x.json", RUN}, {"omit_AA_per_residue_multi", "x.json", RUN},
    {"symmetry_residues", "A1,A2", BOTH}, {"symmetry_weights", "1,1", RUN}, {"homo_oligomer", "1", BOTH},
    {"out_folder", "out", BOTH}, {"file_ending", "_x", BOTH}, {"zero_indexed", "1", RUN}, {"seed", "111", BOTH},
    {"batch_size", "2", BOTH}, {"number_of_batches", "3", BOTH}, {"temperature", "0.1", RUN}, {"save_stats", "1", RUN},
    {"ligand_mpnn_use_atom_context", "0", BOTH}, {"ligand_mpnn_cutoff_for_score", "8.0", BOTH},
    {"ligand_mpnn_use_side_chain_context", "1", BOTH}, {"chains_to_design", "A,B", BOTH},
    {"parse_these_chains_only", "A,B", BOTH}, {"transmembrane_buried", "A1", BOTH},
    {"transmembrane_interface", "A2", BOTH}, {"global_transmembrane_label", "1", BOTH},
    {"parse_atoms_with_zero_occupancy", "1", BOTH}, {"pack_side_chains", "1", RUN}, {"checkpoint_path_sc", "x.pt", RUN},
    {"number_of_packs_per_design", "4", RUN}, {"sc_num_denoising_steps", "3", RUN}, {"sc_num_samples", "16", RUN},
    {"repack_everything", "0", RUN}, {"force_hetatm", "0", RUN}, {"packed_suffix", "_packed", RUN},
    {"pack_with_ligand_context", "1", RUN}, {"use_sequence", "1", ONLY}, {"autoregressive_score", "1", ONLY},
    {"single_aa_score", "0", ONLY},
};

static void test_published_flags(void) {
  pleat_options options;
  const unsigned verbs[] = {PLEAT_VERB_BIT_DESIGN, PLEAT_VERB_BIT_SCORE};
  for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
    char word[80], dashed[80];
    snprintf(word, sizeof word, "--%s", published[i].flag);
    snprintf(dashed, sizeof dashed, "%s", word);
    for (char *c = dashed; *c; c++) *c = *c == '_' ? '-' : *c;
    for (int v = 0; v < 2; v++) {
      bool wanted = (published[i].verbs & verbs[v]) != 0;
      CU_ASSERT_EQUAL(parse(verbs[v], word, published[i].value, NULL, &options), wanted);
      CU_ASSERT_EQUAL(parse(verbs[v], dashed, published[i].value, NULL, &options), wanted);
      CU_ASSERT_EQUAL(options.input_count, 0); /* the value belongs to the flag */
    }
  }
  CU_ASSERT_FALSE(parse(PLEAT_VERB_BIT_PREDICT, "--omit_AA", "C", NULL, &options));
}

static void test_switches(void) {
  pleat_options options;
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, "--pack_side_chains", "in.pdb", "out", &options));
  CU_ASSERT(pleat_options_flag(&options, PLEAT_OPTION_PACK_SIDE_CHAINS));
  CU_ASSERT_EQUAL(options.input_count, 2);
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, "--zero_indexed", "0", "in.pdb", &options));
  CU_ASSERT_FALSE(pleat_options_flag(&options, PLEAT_OPTION_ZERO_INDEXED));
  CU_ASSERT_EQUAL(options.input_count, 1);
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, "--pack-with-ligand-context=0", NULL, NULL, &options));
  CU_ASSERT_FALSE(pleat_options_flag(&options, PLEAT_OPTION_PACK_LIGAND_CONTEXT));
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, "in.pdb", NULL, NULL, &options));
  CU_ASSERT(pleat_options_flag(&options, PLEAT_OPTION_PACK_LIGAND_CONTEXT)); /* on unless it is switched off */
  CU_ASSERT_FALSE(parse(PLEAT_VERB_BIT_DESIGN, "--homo_oligomer=yes", NULL, NULL, &options));
  CU_ASSERT_STRING_EQUAL(said, "pleat design: --homo-oligomer is 0 or 1, not 'yes'\n");
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, "--fixed_residues", "", "in.pdb", &options)); /* as if it were not there */
  CU_ASSERT_EQUAL(options.input_count, 1);
  CU_ASSERT_FALSE(parse(PLEAT_VERB_BIT_PREDICT, "--memory", "", NULL, &options));
  CU_ASSERT_FALSE(parse(PLEAT_VERB_BIT_DESIGN, "--omit_A", "C", NULL, &options));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "did you mean --omit-AA?"));
}

static void test_defaults_of_verbs(void) {
  CU_ASSERT_STRING_EQUAL(pleat_options_fallback(PLEAT_OPTION_MODEL, PLEAT_VERB_BIT_PREDICT), "flashabb");
  CU_ASSERT_STRING_EQUAL(pleat_options_fallback(PLEAT_OPTION_MODEL, PLEAT_VERB_BIT_DESIGN), "proteinmpnn");
  CU_ASSERT_STRING_EQUAL(pleat_options_fallback(PLEAT_OPTION_MODEL, PLEAT_VERB_BIT_PACK), "packer");
  CU_ASSERT_STRING_EQUAL(pleat_options_fallback(PLEAT_OPTION_BATCH_SIZE, PLEAT_VERB_BIT_EMBED), "32");
  CU_ASSERT_STRING_EQUAL(pleat_options_fallback(PLEAT_OPTION_BATCH_SIZE, PLEAT_VERB_BIT_SCORE), "1");
}

/* ---- Lists of structures ---- */

static char folder[64];

static void write_text(const char *name, const char *text) {
  char *path = pleat_output_path("%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  if (!file) abort();
  fputs(text, file);
  fclose(file);
  free(path);
}

static int make_folder(void) {
  snprintf(folder, sizeof folder, "/tmp/pleat-program-XXXXXX");
  if (!mkdtemp(folder)) return 1;
  char *more = pleat_output_path("%s/more", folder);
  int bad = mkdir(more, 0777);
  free(more);
  const char *const names[] = {"a.pdb", "b.cif.gz", "more/a.ent", "more/.hidden.pdb", "more/-odd name.PDB"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) write_text(names[i], "ATOM\n");
  write_text("more/notes.txt", "nothing\n");
  return bad;
}

static int remove_folder(void) {
  char *command = pleat_output_path("rm -r '%s'", folder);
  int bad = system(command);
  free(command);
  return bad != 0;
}

static bool add(pleat_inputs *inputs, const char *name) {
  char *path = pleat_output_path("%s/%s", folder, name);
  listen();
  bool ok = pleat_inputs_add(inputs, "design", path);
  hear();
  free(path);
  return ok;
}

static bool names_are(const pleat_inputs *inputs, const char *joined) {
  char text[512] = "";
  for (size_t i = 0; i < inputs->count; i++) strcat(strcat(text, i ? " " : ""), inputs->list[i].name);
  return !strcmp(text, joined);
}

static void test_inputs(void) {
  pleat_inputs inputs = {0};
  write_text("list", "# mine\n\na.pdb\nmore/a.ent  \n");
  write_text("paths.json", "{\"a.pdb\": \"\", \"b.cif.gz\": 3}");
  CU_ASSERT(add(&inputs, "a.pdb"));
  CU_ASSERT(add(&inputs, "more"));
  CU_ASSERT(add(&inputs, "list"));
  CU_ASSERT(add(&inputs, "paths.json"));
  pleat_inputs_finish(&inputs, 0, 1, false);
  CU_ASSERT(names_are(&inputs, "a _odd_name a_2 a_3 a_4 a_5 b"));
  CU_ASSERT_STRING_EQUAL(inputs.list[4].given, "more/a.ent");
  CU_ASSERT_EQUAL(access(inputs.list[4].path, R_OK), 0); /* found beside the list */
  pleat_inputs_free(&inputs);
}

static void test_shards_share_names(void) {
  for (size_t shard = 0; shard < 2; shard++) {
    pleat_inputs inputs = {0};
    for (int i = 0; i < 3; i++) CU_ASSERT(add(&inputs, "a.pdb"));
    pleat_inputs_finish(&inputs, shard, 2, false);
    CU_ASSERT_EQUAL(inputs.total, 3);
    CU_ASSERT(names_are(&inputs, shard ? "a_2" : "a a_3"));
    pleat_inputs_free(&inputs);
  }
}

static void test_bad_lists(void) {
  pleat_inputs inputs = {0};
  char *empty = pleat_output_path("%s/empty", folder);
  CU_ASSERT_EQUAL(mkdir(empty, 0777), 0);
  free(empty);
  write_text("broken.json", "{\"a.pdb\": ");
  write_text("number.json", "3");
  CU_ASSERT_FALSE(add(&inputs, "missing.pdb"));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "missing.pdb': No such file"));
  CU_ASSERT_FALSE(add(&inputs, "empty"));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "no .pdb, .ent, .cif or .mmcif file is in this folder"));
  CU_ASSERT_FALSE(add(&inputs, "broken.json"));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "broken.json:1:"));
  CU_ASSERT_FALSE(add(&inputs, "number.json"));
  CU_ASSERT_EQUAL(inputs.count, 0);
  pleat_inputs_finish(&inputs, 0, 1, false);
  pleat_inputs_free(&inputs);
}

/* ---- Side files ---- */

static bool read_side(const char *option, const char *name, const char *rival, pleat_side_files *files) {
  pleat_options options;
  char *path = pleat_output_path("%s=%s/%s", option, folder, name);
  CU_ASSERT(parse(PLEAT_VERB_BIT_DESIGN, path, rival, NULL, &options));
  listen();
  bool ok = pleat_side_files_read(&options, files);
  hear();
  free(path);
  return ok;
}

static void test_side_files(void) {
  pleat_side_files files;
  pleat_input input = {.path = "dir/x.pdb", .given = "dir/x.pdb", .name = "x"}, other = {.path = "y", .given = "y", .name = "y"};
  write_text("fixed.json", "{\"x.pdb\": \"A1 A2\"}");
  write_text("list.json", "[1]");
  CU_ASSERT(read_side("--fixed-residues-multi", "fixed.json", NULL, &files));
  char *text = pleat_side_files_describe(&files, &input), *none = pleat_side_files_describe(&files, &other);
  CU_ASSERT_STRING_EQUAL(text, " fixed-residues-multi=\"A1 A2\"");
  CU_ASSERT_STRING_EQUAL(none, "");
  free(text);
  free(none);
  pleat_side_files_free(&files);
  CU_ASSERT_FALSE(read_side("--fixed-residues-multi", "list.json", NULL, &files));
  pleat_side_files_free(&files);
  CU_ASSERT_FALSE(read_side("--fixed-residues-multi", "missing.json", NULL, &files));
  pleat_side_files_free(&files);
  CU_ASSERT_FALSE(read_side("--fixed-residues-multi", "fixed.json", "--fixed-residues=A1", &files));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "say the same thing"));
  pleat_side_files_free(&files);
}

/* ---- Draws ---- */

static void add_set(hid_t place, const char *name, int rank, const hsize_t *shape, float first) {
  float data[256];
  for (int i = 0; i < 256; i++) data[i] = first + (float)i;
  hid_t space = H5Screate_simple(rank, shape, NULL), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  hid_t set = H5Dcreate2(place, name, H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
  CU_ASSERT(set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(set);
  H5Pclose(links);
  H5Sclose(space);
}

static bool read_draws(const char *tail, pleat_draws *draws) {
  char *place = pleat_output_path("%s/draws.h5%s", folder, tail);
  *draws = (pleat_draws){0};
  listen();
  bool ok = pleat_draws_read("design", place, draws);
  hear();
  free(place);
  return ok;
}

static void test_draws(void) {
  pleat_draws draws;
  char *path = pleat_output_path("%s/draws.h5", folder);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  add_set(file, "sample/randn", 2, (hsize_t[]){2, 5}, 0);
  add_set(file, "sample/exp_noise_by_step", 3, (hsize_t[]){5, 2, 20}, 0);
  add_set(file, "in/random_uniform", 3, (hsize_t[]){1, 5, 4}, 0);
  add_set(file, "step0/predicted_samples", 4, (hsize_t[]){3, 1, 5, 4}, 0);
  add_set(file, "step1/predicted_samples", 4, (hsize_t[]){3, 1, 5, 4}, 1000);
  add_set(file, "bad/randn", 1, (hsize_t[]){5}, 0);
  H5Fclose(file);
  CU_ASSERT(read_draws(":sample", &draws));
  CU_ASSERT(draws.array[0].rank == 2 && draws.array[0].shape[0] == 2 && draws.array[0].shape[1] == 5);
  CU_ASSERT(draws.array[1].rank == 3 && draws.array[1].shape[0] == 5 && draws.array[1].data[199] == 199);
  CU_ASSERT_PTR_NULL(draws.array[2].data);
  pleat_draws_free(&draws);
  CU_ASSERT(read_draws("", &draws));
  CU_ASSERT(draws.array[2].rank == 2 && draws.array[2].shape[0] == 5 && draws.array[2].shape[1] == 4);
  const pleat_array *angles = &draws.array[3];
  CU_ASSERT(angles->rank == 4 && angles->shape[0] == 2 && angles->shape[1] == 3 && angles->shape[2] == 5);
  CU_ASSERT(angles->data[59] == 59 && angles->data[60] == 1000 && angles->data[119] == 1059);
  pleat_draws_free(&draws);
  CU_ASSERT_FALSE(read_draws(":bad", &draws));
  pleat_draws_free(&draws);
  CU_ASSERT_FALSE(read_draws(":nowhere", &draws));
  CU_ASSERT_PTR_NOT_NULL(strstr(said, "no such group"));
  CU_ASSERT_FALSE(read_draws(":step0/predicted_samples", &draws));
  pleat_draws_free(&draws);
  free(path);
}

/* ---- Texts ---- */

static void test_numbers(void) {
  char text[32];
  CU_ASSERT_STRING_EQUAL(pleat_sequence_number(0.1, text), "0.1");
  CU_ASSERT_STRING_EQUAL(pleat_sequence_number(1, text), "1.0");
  CU_ASSERT_STRING_EQUAL(pleat_sequence_number(100, text), "100.0");
  CU_ASSERT_STRING_EQUAL(pleat_sequence_number(1e-6, text), "1e-06");
  CU_ASSERT_STRING_EQUAL(pleat_sequence_number(0.30000000000000004, text), "0.30000000000000004");
}

/* Chains by their names, whatever the order of the file; 'X' for what is no letter. */
static void test_sequence_order(void) {
  pleat_target_residue residues[3] = {{.chain = "B", .letter = 'K', .designed = 1},
                                      {.chain = "B", .letter = 'X'},
                                      {.chain = "A", .letter = 'M'}};
  pleat_sequence_order order = {.count = 3, .chains = 2, .residues = residues, .place = (size_t[]){2, 0, 1}, .start = (size_t[]){0, 1, 3}};
  pleat_growing text = {0};
  pleat_sequence_add(&text, &order, NULL, "/");
  CU_ASSERT_STRING_EQUAL(text.text, "M/KX");
  pleat_growing_add(&text, " ");
  pleat_sequence_add(&text, &order, (const float[]){0, 20, 19}, ":");
  CU_ASSERT_STRING_EQUAL(text.text, "M/KX Y:AX");
  pleat_growing_add(&text, " ");
  pleat_sequence_add_chains(&text, &order, 1);
  pleat_sequence_add_chains(&text, &order, 0);
  CU_ASSERT_STRING_EQUAL(text.text, "M/KX Y:AX ['B']['A']");
  free(text.text);
}

void suite_program(void) {
  CU_pSuite suite = CU_add_suite("program", make_folder, remove_folder);
  CU_add_test(suite, "every flag of LigandMPNN is an option", test_published_flags);
  CU_add_test(suite, "switches take 0 and 1, texts may be empty", test_switches);
  CU_add_test(suite, "defaults differ from verb to verb", test_defaults_of_verbs);
  CU_add_test(suite, "structures from files, folders and lists", test_inputs);
  CU_add_test(suite, "names do not depend on shards", test_shards_share_names);
  CU_add_test(suite, "lists that cannot be used", test_bad_lists);
  CU_add_test(suite, "JSON side files", test_side_files);
  CU_add_test(suite, "stored draws", test_draws);
  CU_add_test(suite, "numbers as Python writes them", test_numbers);
  CU_add_test(suite, "sequences chain by chain", test_sequence_order);
}
