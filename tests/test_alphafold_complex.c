/* Tests of a complex's features, of templates and of their structures against all that AlphaFold's own pipeline recorded.
 * SPDX-License-Identifier: MIT
 *
 * features/features.h5 of $PLEAT_GOLDEN/alphafold2. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/protein.h"
#include "data/residue.h"
#include "data/structure.h"
#include "folding/alphafold_template.h"
#include "folding/templates.h"
#include "lib/dispatch.h"
#include "msa/filter.h"
#include "msa/pair.h"
#include "tests/alphafold_arrays.h"
#include "tests/alphafold_golden.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

enum { MOST_PATH = 300, ATOM37 = PLEAT_RESIDUE_ATOM37 };
#define FOLDER PLEAT_TEST_GOLDEN "/msa"
#define COMPLEX "multimer/multi_a2b"

static hid_t open_features(void) { return alphafold_open("features/features.h5"); }

/* ---- Structures ---- */

static void check_numbers(hid_t file, const char *group, const pleat_structure *structure, const pleat_protein_chain *chain) {
  char path[120];
  size_t wrong = 0, at = 0;
  snprintf(path, sizeof path, "%s/author_residue_number", group);
  golden_array want = golden_msa_array(file, path);
  for (size_t r = 0; r < structure->residue_count; r++) {
    const pleat_structure_residue *residue = &structure->residues[r];
    const pleat_structure_chain *of = &structure->chains[residue->chain];
    if (of->kind != PLEAT_STRUCTURE_POLYMER || strcmp(of->id, chain->id)) continue;
    at = (size_t)structure->atoms[residue->first].label_number - 1;
    CU_ASSERT_FATAL(at < want.shape[0]);
    wrong += want.data[at] != (float)structure->atoms[residue->first].site.residue_number;
  }
  CU_ASSERT_EQUAL(wrong, 0);
  golden_array_free(&want);
}

static void check_chain(hid_t file, const char *entry, const pleat_structure *structure, const pleat_protein_chain *chain) {
  char group[60];
  size_t L = chain->length;
  float *missing = alphafold_zeros(L);
  snprintf(group, sizeof group, "mmcif/%s/chain_%s", entry, chain->id);
  for (size_t i = 0; i < L; i++) {
    missing[i] = 1;
    for (size_t a = 0; a < ATOM37; a++)
      if (chain->present[i * ATOM37 + a] != 0) missing[i] = 0;
  }
  alphafold_check_text(file, group, "seqres", chain->sequence);
  alphafold_check(file, group, "is_missing", (alphafold_block){missing, 0, L, 1});
  alphafold_check(file, group, "atom37_positions", (alphafold_block){chain->positions, 0, L, ATOM37 * 3});
  alphafold_check(file, group, "atom37_mask", (alphafold_block){chain->present, 0, L, ATOM37});
  check_numbers(file, group, structure, chain);
  free(missing);
}

static void test_structures(void) {
  static const char *const entries[] = {"2q2k", "3u8v", "4i6p", "4zey"};
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  for (int i = 0; i < 4; i++) {
    pleat_protein protein;
    pleat_structure *structure;
    char path[MOST_PATH], group[40];
    snprintf(path, sizeof path, FOLDER "/%s.cif.gz", entries[i]);
    snprintf(group, sizeof group, "mmcif/%s", entries[i]);
    CU_ASSERT_EQUAL_FATAL(pleat_protein_read(context, path, &protein), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_structure_read(context, path, &structure), PLEAT_OK);
    for (size_t c = 0; c < protein.count; c++) check_chain(file, entries[i], structure, &protein.chains[c]);
    alphafold_check_text(file, group, "release_date", protein.released);
    pleat_structure_free(structure);
    pleat_protein_free(&protein);
  }
  pleat_context_free(context);
  H5Fclose(file);
}

/* ---- Templates ---- */

static void make_path(char path[MOST_PATH]) {
  strcpy(path, "/tmp/pleat-complex-XXXXXX");
  int file = mkstemp(path);
  CU_ASSERT_FATAL(file >= 0);
  close(file);
}

/* Recorded types are one-hot in HH-suite's order; ours numbers in the models'. */
static void check_types(hid_t file, const char *name, const golden_array *types) {
  size_t T = types->shape[types->rank - 2], L = types->shape[types->rank - 1];
  float *hot = alphafold_zeros(T * L * 22);
  for (size_t i = 0; i < T * L; i++) {
    char letter = "ARNDCQEGHILKMFPSTWYVX-"[(int)types->data[i]];
    hot[i * 22 + (size_t)(strchr(golden_msa_hhblits, letter) - golden_msa_hhblits)] = 1;
  }
  alphafold_check(file, name, "template_aatype", (alphafold_block){hot, T, L, 22});
  free(hot);
}

/* An array of the file that pleat has written, against that of several groups. */
static void check_written(hid_t got, hid_t want, const char *name, const char *const *places, const char *as) {
  char path[80];
  snprintf(path, sizeof path, "features/%s", name);
  golden_array mine = golden_msa_array(got, path);
  size_t T = mine.shape[1], width = 1;
  for (int d = 3; d < mine.rank; d++) width *= mine.shape[d];
  const alphafold_block b = {mine.data, T, mine.rank > 2 ? mine.shape[2] : 1, width};
  for (; *places; places++) alphafold_check(want, *places, as, mine.rank > 2 ? b : (alphafold_block){mine.data, 0, T, 1});
  golden_array_free(&mine);
}

static void check_described(hid_t file, const pleat_query *query, const char *sequence) {
  size_t names, sequences;
  char **name = golden_read_texts(file, "templates/template_domain_names", &names);
  char **template = golden_read_texts(file, "templates/template_sequence", &sequences);
  CU_ASSERT_FATAL(names == 4 && sequences == 4 && pleat_query_template_count(query) == 4);
  golden_array masks = golden_msa_array(file, "templates/template_all_atom_masks");
  for (size_t t = 0; t < 4; t++) {
    pleat_template_info info = pleat_query_template_at(query, t);
    size_t equal = 0, aligned = 0;
    CU_ASSERT_STRING_EQUAL(info.name, name[t]);
    for (size_t i = 0; sequence[i]; i++) {
      aligned += template[t][i] != '-';
      equal += template[t][i] == sequence[i];
    }
    CU_ASSERT_DOUBLE_EQUAL(info.identity, (double)equal / (double)aligned, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(info.coverage, (double)aligned / (double)strlen(sequence), 1e-12);
  }
  alphafold_check_text(file, "templates", "errors", "[]");
  alphafold_check_text(file, "templates", "warnings", "[]");
  alphafold_check_text(file, "templates", "query", sequence);
  golden_array_free(&masks);
  golden_texts_free(name, names);
  golden_texts_free(template, sequences);
}

static void test_templates(void) {
  static const char *const raw[] = {"templates", "process_monomer_tmpl/final", NULL};
  static const char *const types[] = {"process_monomer_tmpl/final", "process_monomer_tmpl/steps/n08_fix_templates_aatype", NULL};
  static const char *const mask[] = {"process_monomer_tmpl/final", "process_monomer_tmpl/steps/n09_make_template_mask", NULL};
  static const char *const beta[] = {"process_monomer_tmpl/final", "process_monomer_tmpl/steps/n10_make_pseudo_beta", NULL};
  const pleat_template_source source = {.folder = FOLDER, .hits = FOLDER "/hits.hhr.gz"};
  const pleat_features_options options = {.model = "alphafold2_model_1", .passes = 1};
  char path[MOST_PATH], sequence[100];
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  pleat_query *query;
  pleat_msa *msa = golden_msa_read(context, "bfd_uniclust_hits.a3m.gz");
  snprintf(sequence, sizeof sequence, "%s", msa->rows[0].residues);
  pleat_msa_free(msa);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "q", sequence, &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, NULL), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_add_templates(query, &source), PLEAT_OK);
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path), PLEAT_OK);
  hid_t got = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  golden_array numbers = golden_msa_array(got, "features/template_aatype");
  check_types(file, "templates", &numbers);
  check_types(file, "process_monomer_tmpl/steps/n00_correct_msa_restypes", &numbers);
  check_written(got, file, "template_aatype", types, "template_aatype");
  check_written(got, file, "template_mask", mask, "template_mask");
  check_written(got, file, "template_pseudo_beta", beta, "template_pseudo_beta");
  check_written(got, file, "template_pseudo_beta_mask", beta, "template_pseudo_beta_mask");
  check_written(got, file, "template_all_atom_positions", raw, "template_all_atom_positions");
  check_written(got, file, "template_all_atom_masks", raw, "template_all_atom_masks");
  check_written(got, file, "template_sum_probs", raw, "template_sum_probs");
  check_described(file, query, sequence);
  golden_array_free(&numbers);
  H5Fclose(got);
  unlink(path);
  pleat_query_free(query);
  pleat_context_free(context);
  H5Fclose(file);
}

/* One recorded attention of pairs to their templates, whose arrays are (rows, T, C); ours (T, rows, C). */
static double attention_ratio(pleat_context *context, hid_t units, const char *shape, const pleat_alphafold_template *t) {
  char path[100];
  golden_array arrays[4];
  static const char *const names[] = {"in/q", "in/m", "in/tmask", "out/out"};
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/mono_template/pointwise_attention/%s", shape, names[i]);
    arrays[i] = golden_msa_array(units, path);
  }
  size_t rows = arrays[1].shape[0], T = arrays[1].shape[1], C = arrays[1].shape[2];
  float *pairs = alphafold_zeros(rows * T * C), *z = alphafold_copy(arrays[0].data, alphafold_count(&arrays[0]));
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < T; k++)
      memcpy(pairs + (k * rows + r) * C, arrays[1].data + (r * T + k) * C, C * sizeof *pairs);
  const pleat_template_stack stack = {(int64_t)T, (int64_t)(rows * C), pairs, arrays[2].data};
  pleat_arena arena;
  pleat_run run = {.context = context, .arena = &arena, .threads = 2};
  CU_ASSERT_EQUAL_FATAL(pleat_dispatch_choose(context, &run.kernels), PLEAT_OK);
  pleat_arena_init_measuring(&arena);
  pleat_alphafold_template_attend(&run, t, (int64_t)rows, &stack, z);
  CU_ASSERT_EQUAL_FATAL(pleat_arena_create(context, arena.peak, &arena), PLEAT_OK);
  pleat_alphafold_template_attend(&run, t, (int64_t)rows, &stack, z);
  double ratio = alphafold_ratio(z, arrays[0].data, &arrays[3]);
  z[5] += 0.01f;
  CU_ASSERT(alphafold_ratio(z, arrays[0].data, &arrays[3]) > 10);
  pleat_arena_free(context, &arena);
  free(pairs);
  free(z);
  for (int i = 0; i < 4; i++) golden_array_free(&arrays[i]);
  return ratio;
}

static void test_attention(void) {
  static const char *const shapes[] = {"s1n3", "s8n16", "s5n13_masked"};
  char folder[1100];
  alphafold_files f;
  pleat_alphafold_template t;
  if (!alphafold_whole_folder(folder, sizeof folder)) return;
  pleat_context *context = golden_msa_context();
  CU_ASSERT_TRUE_FATAL(alphafold_files_open(context, folder, &f));
  const pleat_weight_scope scope = {f.parameters[0], ALPHAFOLD_PREFIX "evoformer/", -1};
  CU_ASSERT_EQUAL_FATAL(pleat_alphafold_template_load(context, &scope, false, &t), PLEAT_OK);
  for (int i = 0; i < 3; i++) CU_ASSERT(attention_ratio(context, f.units, shapes[i], &t) <= 10);
  pleat_alphafold_template_free(context, &t);
  alphafold_files_close(&f);
  pleat_context_free(context);
}

/* ---- A complex ---- */

/* What a chain's sequence tells. */
static void check_sequence(hid_t file, char letter, const char *sequence, size_t rows) {
  char group[60], domain[20];
  size_t L = strlen(sequence);
  float *index = alphafold_zeros(L), *types = alphafold_zeros(L), *zeros = alphafold_zeros(L);
  float length = (float)L, count = (float)rows;
  snprintf(group, sizeof group, COMPLEX "/chain_%c", letter);
  snprintf(domain, sizeof domain, "chain_%c", letter == 'B' ? 'A' : letter); /* the same features, made once */
  for (size_t i = 0; i < L; i++) {
    index[i] = (float)i;
    types[i] = (float)pleat_residue_from_letter(sequence[i]);
  }
  alphafold_check_text(file, group, "sequence", sequence);
  alphafold_check_text(file, group, "domain_name", domain);
  alphafold_check_text(file, group, "auth_chain_id", domain + 6);
  alphafold_check(file, group, "aatype", (alphafold_block){types, 0, L, 1});
  alphafold_check(file, group, "residue_index", (alphafold_block){index, 0, L, 1});
  alphafold_check(file, group, "between_segment_residues", (alphafold_block){zeros, 0, L, 1});
  alphafold_check(file, group, "seq_length", (alphafold_block){&length, 0, 1, 1});
  alphafold_check(file, group, "num_alignments", (alphafold_block){&count, 0, 1, 1});
  free(index);
  free(types);
  free(zeros);
}

/* Rows of the chain's own alignment have no species: the file's texts of them are empty. */
static void check_chain_alignments(hid_t file, char letter, const pleat_msa *own, const pleat_msa *pairing) {
  char group[60];
  snprintf(group, sizeof group, COMPLEX "/chain_%c", letter);
  alphafold_check_alignment(file, group, "", own);
  alphafold_check_alignment(file, group, "_all_seq", pairing);
  alphafold_check_texts(file, group, "msa_species_identifiers_all_seq", pairing, alphafold_species_of);
}

/* Share of letters that are the query's, and of gaps, of every row that may be paired. */
static void check_shares(hid_t file, int chain, const pleat_msa *pairing) {
  char group[60];
  size_t rows = pairing->row_count, L = pairing->columns;
  float *similarity = alphafold_zeros(rows), *gap = alphafold_zeros(rows);
  snprintf(group, sizeof group, COMPLEX "/msa_stats/chain%d", chain);
  for (size_t i = 0; i < rows; i++) {
    pleat_filter_match match = pleat_filter_compare(pairing->rows[0].residues, pairing->rows[i].residues, L);
    similarity[i] = (float)match.equal / (float)L;
    gap[i] = (float)(L - match.both) / (float)L;
  }
  alphafold_check(file, group, "similarity", (alphafold_block){similarity, 0, rows, 1});
  alphafold_check(file, group, "gap", (alphafold_block){gap, 0, rows, 1});
  free(similarity);
  free(gap);
}

static void test_chains(void) {
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  hid_t small = golden_msa_open();
  pleat_msa_part parts[2];
  golden_msa_parts(context, small, parts);
  for (int chain = 0; chain < 3; chain++) {
    const pleat_msa_part *part = &parts[chain == 2];
    check_sequence(file, "ABC"[chain], part->msa->rows[0].residues, part->msa->row_count);
    check_chain_alignments(file, "ABC"[chain], part->msa, part->pairing);
    check_shares(file, chain, part->pairing);
  }
  golden_msa_free_parts(parts);
  H5Fclose(small);
  pleat_context_free(context);
  H5Fclose(file);
}

/* Rows with `present` chains of three, the first two of which are equal: each recorded one must be in the table, and no other. */
static void check_pairs(hid_t file, const pleat_pair_table *table, int present) {
  char path[80];
  size_t count = 0, found = 0;
  snprintf(path, sizeof path, COMPLEX "/pair_sequences/%d_chains", present);
  golden_array want = golden_msa_array(file, path);
  for (size_t i = 0; i < table->count; i++) {
    const int64_t *row = table->rows + 2 * i;
    if (2 * (row[0] >= 0) + (row[1] >= 0) != present) continue;
    count++;
    for (size_t k = 0; k < want.shape[0]; k++) {
      const float *r = want.data + 3 * k;
      found += r[0] == (float)row[0] && r[1] == (float)row[0] && r[2] == (float)row[1];
    }
  }
  CU_ASSERT_EQUAL(count, want.shape[0]);
  CU_ASSERT_EQUAL(found, count);
  golden_array_free(&want);
}

/* Equal chains share their templates. */
static void check_shared_templates(hid_t file) {
  static const char *const names[] = {"template_aatype", "template_all_atom_positions", "template_all_atom_mask"};
  for (int i = 0; i < 3; i++) {
    char path[80];
    snprintf(path, sizeof path, COMPLEX "/chain_A/%s", names[i]);
    golden_array a = golden_msa_array(file, path);
    size_t width = (size_t)alphafold_count(&a) / a.shape[0] / a.shape[1];
    alphafold_check(file, COMPLEX "/chain_B", names[i], (alphafold_block){a.data, a.shape[0], a.shape[1], width});
    golden_array_free(&a);
  }
}

/* The merged alignment, which is padded with empty rows. */
static void check_rows(hid_t file, const pleat_msa *msa) {
  size_t rows = msa->row_count, L = msa->columns;
  float *ids = alphafold_zeros(rows * L), *deletions = alphafold_zeros(rows * L), *ones = alphafold_zeros(rows * L);
  float first = 1, count = (float)rows;
  alphafold_encode(msa, false, ids, deletions);
  for (size_t i = 0; i < rows * L; i++) ones[i] = 1;
  alphafold_check(file, COMPLEX "/merged", "msa_mask", (alphafold_block){ones, rows, L, 1});
  alphafold_check(file, COMPLEX "/merged", "deletion_matrix", (alphafold_block){deletions, rows, L, 1});
  alphafold_check(file, COMPLEX "/merged", "num_alignments", (alphafold_block){&count, 0, 1, 1});
  alphafold_check(file, COMPLEX "/merged", "cluster_bias_mask", (alphafold_block){&first, 0, 1, 1}); /* the query's row */
  golden_array padded = golden_msa_array(file, COMPLEX "/merged/msa");
  CU_ASSERT_EQUAL(golden_msa_different(ids, padded.data, rows * L), 0);
  golden_array_free(&padded);
  float *all[] = {ids, deletions, ones};
  for (int i = 0; i < 3; i++) free(all[i]);
}

/* What is inserted before each column, on average over the rows of the chain's own alignment. */
static void check_means(hid_t file, const pleat_msa_part parts[2]) {
  golden_array want = golden_msa_array(file, COMPLEX "/merged/deletion_mean");
  size_t at = 0;
  for (int chain = 0; chain < 3; chain++) {
    const pleat_msa *msa = parts[chain == 2].msa;
    size_t rows = msa->row_count, L = msa->columns;
    float *ids = alphafold_zeros(rows * L), *deletions = alphafold_zeros(rows * L), *mean = alphafold_zeros(L);
    alphafold_encode(msa, false, ids, deletions);
    for (size_t i = 0; i < rows * L; i++) mean[i % L] += deletions[i] / (float)rows;
    for (size_t i = 0; i < L; i++) CU_ASSERT_DOUBLE_EQUAL(want.data[at++], mean[i], 1e-6);
    free(ids);
    free(deletions);
    free(mean);
  }
  golden_array_free(&want);
}

static void check_merged(hid_t file, hid_t got, size_t L) {
  static const char *const names[] = {"aatype", "residue_index", "asym_id", "entity_id", "sym_id", "seq_mask"};
  float *ones = alphafold_zeros(L), *zeros = alphafold_zeros(L * ATOM37 * 3), *atoms = alphafold_zeros(L * ATOM37);
  float length = (float)L, three = 3;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[60];
    snprintf(path, sizeof path, "features/%s", names[i]);
    golden_array mine = golden_msa_array(got, path);
    CU_ASSERT_EQUAL((size_t)alphafold_count(&mine), L);
    alphafold_check(file, COMPLEX "/merged", names[i], (alphafold_block){mine.data, 0, L, 1});
    for (size_t k = 0; i == 0 && k < L * PLEAT_RESIDUE_ATOM14; k++) {
      const char *name = pleat_residue_types[(int)mine.data[k / PLEAT_RESIDUE_ATOM14]].atom14[k % PLEAT_RESIDUE_ATOM14];
      if (*name) atoms[k / PLEAT_RESIDUE_ATOM14 * ATOM37 + (size_t)pleat_residue_atom37_index(name)] = 1;
    }
    golden_array_free(&mine);
  }
  for (size_t i = 0; i < L; i++) ones[i] = 1;
  alphafold_check(file, COMPLEX "/merged", "entity_mask", (alphafold_block){ones, 0, L, 1});
  alphafold_check(file, COMPLEX "/merged", "seq_length", (alphafold_block){&length, 0, 1, 1});
  alphafold_check(file, COMPLEX "/merged", "assembly_num_chains", (alphafold_block){&three, 0, 1, 1});
  /* a prediction knows the atoms that there are, not where */
  alphafold_check(file, COMPLEX "/merged", "all_atom_positions", (alphafold_block){zeros, 0, L, ATOM37 * 3});
  alphafold_check(file, COMPLEX "/merged", "all_atom_mask", (alphafold_block){atoms, 0, L, ATOM37});
  free(atoms);
  free(ones);
  free(zeros);
}

static void test_complex(void) {
  const pleat_features_options options = {.model = "alphafold2_multimer", .passes = 1};
  hid_t file = open_features();
  if (file < 0) return;
  pleat_context *context = golden_msa_context();
  hid_t small = golden_msa_open();
  char sequence[100], path[MOST_PATH];
  pleat_msa_part parts[2];
  pleat_pair_table table;
  pleat_query *query;
  golden_msa_parts(context, small, parts);
  CU_ASSERT_EQUAL_FATAL(
      pleat_pair_find(context, parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &table), PLEAT_OK);
  for (int present = 0; present <= 3; present++) check_pairs(file, &table, present);
  pleat_pair_free(context, &table);
  pleat_msa *complex, *expanded;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_pair(parts, 2, PLEAT_MSA_PAIRING_ALPHAFOLD, PLEAT_MSA_SPECIES_MNEMONIC, &complex), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_expand(complex, 0, &expanded), PLEAT_OK);
  check_rows(file, expanded);
  check_means(file, parts);
  pleat_msa_free(complex);
  pleat_msa_free(expanded);
  check_shared_templates(file);
  const char *a = parts[0].msa->rows[0].residues, *c = parts[1].msa->rows[0].residues;
  snprintf(sequence, sizeof sequence, "%s:%s:%s", a, a, c);
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "q", sequence, &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, NULL), PLEAT_OK);
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path), PLEAT_OK);
  hid_t got = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  check_merged(file, got, strlen(sequence) - 2);
  H5Fclose(got);
  unlink(path);
  pleat_query_free(query);
  golden_msa_free_parts(parts);
  H5Fclose(small);
  pleat_context_free(context);
  H5Fclose(file);
}

void suite_alphafold_complex(void) {
  CU_pSuite suite = CU_add_suite("alphafold_complex", NULL, NULL);
  CU_add_test(suite, "structures as parsed", test_structures);
  CU_add_test(suite, "a monomer's templates at every step", test_templates);
  CU_add_test(suite, "attention to templates", test_attention);
  CU_add_test(suite, "chains of a complex", test_chains);
  CU_add_test(suite, "chains paired and merged", test_complex);
}
