/* Tests of templates: structures and features against the published pipeline's, filters, folders, what cannot be used.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/protein.h"
#include "folding/templates.h"
#include "msa/template.h"
#include "tests/faults.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

#define FOLDER PLEAT_TEST_GOLDEN "/msa"
#define HITS FOLDER "/hits.hhr.gz"

enum { MOST_PATH = 300 };
static const char query_text[] = "MAAHKGAEHHHKAAEHHEQAAKHHHAAAEHHEKGEHEQAAHHADTAYAHHKHAEEHAAQAAKHDAEHHAPKPH";
static const char like_3u8v[] = "THVGHGIKHLEDAIKHGEEGHVGVATKHAQEAIEHLRASEHKSH";

static hid_t open_golden(void) {
  hid_t file = H5Fopen(FOLDER "/templates.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_FATAL(file >= 0);
  return file;
}

static pleat_query *make_query(pleat_context *context, const char *sequence) {
  pleat_query *query;
  CU_ASSERT_EQUAL_FATAL(pleat_query_create(context, "q", sequence, &query), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_set_msa(query, NULL), PLEAT_OK);
  return query;
}

static void make_path(char path[MOST_PATH]) {
  strcpy(path, "/tmp/pleat-templates-XXXXXX");
  int file = mkstemp(path);
  CU_ASSERT_FATAL(file >= 0);
  close(file);
}

/* A new folder with links to structures of the golden ones. */
static void make_folder(char path[MOST_PATH], const char *const *entries) {
  strcpy(path, "/tmp/pleat-templates-XXXXXX");
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
  for (; *entries; entries++) {
    char from[MOST_PATH], to[MOST_PATH + 40];
    snprintf(from, sizeof from, FOLDER "/%s", *entries);
    snprintf(to, sizeof to, "%s/%s", path, *entries);
    CU_ASSERT_EQUAL_FATAL(symlink(from, to), 0);
  }
}

static void remove_folder(const char *path, const char *const *entries) {
  for (; *entries; entries++) {
    char file[MOST_PATH + 40];
    snprintf(file, sizeof file, "%s/%s", path, *entries);
    unlink(file);
  }
  CU_ASSERT_EQUAL(rmdir(path), 0);
}

/* How many numbers of a dataset are not those of the other file's. */
static size_t different(hid_t got_file, const char *got_name, hid_t want_file, const char *want_name) {
  golden_array got = {0}, want = {0};
  size_t count = 1, wrong;
  CU_ASSERT_FATAL(golden_read(got_file, got_name, &got));
  CU_ASSERT_FATAL(golden_read(want_file, want_name, &want));
  int more = got.rank - want.rank; /* the axis of one pass */
  CU_ASSERT_FATAL(more == 0 || (more == 1 && got.shape[0] == 1));
  for (int d = 0; d < want.rank; d++) {
    CU_ASSERT_EQUAL_FATAL(got.shape[d + more], want.shape[d]);
    count *= want.shape[d];
  }
  wrong = golden_msa_different(got.data, want.data, count);
  golden_array_free(&got);
  golden_array_free(&want);
  return wrong;
}

/* ---- Structures ---- */

static void check_chain(hid_t file, const char *entry, const pleat_protein_chain *chain) {
  char name[80], sequence[200];
  golden_array positions = {0}, mask = {0};
  snprintf(name, sizeof name, "mmcif/%s/chain_%s/seqres", entry, chain->id);
  CU_ASSERT_FATAL(golden_read_text(file, name, 0, sequence, sizeof sequence));
  CU_ASSERT_STRING_EQUAL(chain->sequence, sequence);
  snprintf(name, sizeof name, "mmcif/%s/chain_%s/atom37_positions", entry, chain->id);
  CU_ASSERT_FATAL(golden_read(file, name, &positions) && positions.shape[0] == chain->length);
  snprintf(name, sizeof name, "mmcif/%s/chain_%s/atom37_mask", entry, chain->id);
  CU_ASSERT_FATAL(golden_read(file, name, &mask));
  CU_ASSERT_EQUAL(golden_msa_different(chain->positions, positions.data, chain->length * 111), 0);
  CU_ASSERT_EQUAL(golden_msa_different(chain->present, mask.data, chain->length * 37), 0);
  CU_ASSERT(golden_msa_different(chain->positions, positions.data + 3, chain->length * 111 - 3) > 0);
  golden_array_free(&positions);
  golden_array_free(&mask);
}

static void test_structures(void) {
  static const struct {
    const char *entry, *date;
    size_t chains;
  } cases[] = {{"2q2k", "2008-02-05", 2}, {"3u8v", "2012-10-31", 2}, {"4i6p", NULL, 2}, {"4zey", NULL, 1}};
  pleat_context *context = golden_msa_context();
  hid_t file = open_golden();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_protein protein;
    char path[MOST_PATH], name[80], date[20];
    snprintf(path, sizeof path, FOLDER "/%s.cif.gz", cases[i].entry);
    CU_ASSERT_EQUAL_FATAL(pleat_protein_read(context, path, &protein), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(protein.count, cases[i].chains);
    for (size_t c = 0; c < protein.count; c++) check_chain(file, cases[i].entry, &protein.chains[c]);
    snprintf(name, sizeof name, "mmcif/%s/release_date", cases[i].entry);
    CU_ASSERT_FATAL(golden_read_text(file, name, 0, date, sizeof date));
    CU_ASSERT_STRING_EQUAL(protein.released, date);
    pleat_protein_free(&protein);
  }
  H5Fclose(file);
  pleat_context_free(context);
}

/* A PDB file has the residues that have atoms. */
static void test_structure_without_declarations(void) {
  pleat_context *context = golden_msa_context();
  pleat_protein protein;
  CU_ASSERT_EQUAL_FATAL(pleat_protein_read(context, PLEAT_TEST_GOLDEN "/structure/6mrr.pdb.gz", &protein), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(protein.count, 1);
  CU_ASSERT_EQUAL(strlen(protein.chains[0].sequence), protein.chains[0].length);
  CU_ASSERT_STRING_EQUAL(protein.released, "");
  CU_ASSERT_EQUAL(protein.chains[0].present[0] * protein.chains[0].present[1], 1);
  pleat_protein_free(&protein);
  CU_ASSERT_EQUAL(pleat_protein_read(context, PLEAT_TEST_GOLDEN "/structure/no_protein.pdb", &protein),
                  PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "no chain of amino acids"));
  pleat_context_free(context);
}

/* ---- Features ---- */

static void test_monomer_features(void) {
  static const char *const names[] = {"aatype",      "all_atom_positions", "all_atom_masks", "mask",
                                      "pseudo_beta", "pseudo_beta_mask",   "sum_probs"};
  static const double identity[] = {11. / 32, 5. / 20, 4. / 16, 4. / 17};
  const pleat_template_source source = {.folder = FOLDER, .hits = HITS};
  const pleat_features_options options = {.model = "alphafold2_model_1", .passes = 1};
  pleat_context *context = golden_msa_context();
  pleat_query *query = make_query(context, query_text);
  char path[MOST_PATH];
  CU_ASSERT_EQUAL_FATAL(pleat_query_add_templates(query, &source), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_template_count(query), 4);
  for (size_t t = 0; t < 4; t++) {
    pleat_template_info info = pleat_query_template_at(query, t);
    CU_ASSERT_PTR_NULL(info.refused);
    CU_ASSERT_DOUBLE_EQUAL(info.identity, identity[t], 1e-9);
  }
  CU_ASSERT_STRING_EQUAL(pleat_query_template_at(query, 0).name, "3u8v_A");
  CU_ASSERT_DOUBLE_EQUAL(pleat_query_template_at(query, 0).coverage, 32. / 73, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(pleat_query_template_at(query, 1).sum_probs, 10.8, 1e-9);
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path), PLEAT_OK);
  hid_t got = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), want = open_golden();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char mine[80], published[80];
    snprintf(mine, sizeof mine, "features/template_%s", names[i]);
    snprintf(published, sizeof published, "process_monomer_tmpl/final/template_%s", names[i]);
    CU_ASSERT_EQUAL(different(got, mine, want, published), 0);
  }
  CU_ASSERT(different(got, "features/template_pseudo_beta_mask", want, "process_monomer_tmpl/final/template_aatype") > 0);
  H5Fclose(got);
  H5Fclose(want);
  unlink(path);
  pleat_query_free(query);
  pleat_context_free(context);
}

/* A chain's stored templates, whose types are one-hot or numbers. */
static void add_stored(pleat_query *query, hid_t file, char letter, int chain) {
  char name[120];
  golden_array types, positions, present;
  pleat_templates *templates = query->templates;
  snprintf(name, sizeof name, "multimer/multi_a2b/chain_%c/template_aatype", letter);
  CU_ASSERT_FATAL(golden_read(file, name, &types) && types.rank == 2);
  snprintf(name, sizeof name, "multimer/multi_a2b/chain_%c/template_all_atom_positions", letter);
  CU_ASSERT_FATAL(golden_read(file, name, &positions));
  snprintf(name, sizeof name, "multimer/multi_a2b/chain_%c/template_all_atom_mask", letter);
  CU_ASSERT_FATAL(golden_read(file, name, &present));
  size_t L = types.shape[1];
  for (size_t t = 0; t < types.shape[0]; t++) {
    pleat_template *to = &templates->list[templates->count++];
    *to = (pleat_template){.info = {.name = "x", .path = "", .chain = chain}, .sequence = query->sequence[chain],
                           .length = (int64_t)L};
    CU_ASSERT_FATAL(!pleat_pool_take(&query->template_pool, L, sizeof(int32_t), &to->types) &&
                    !pleat_pool_take(&query->template_pool, L * 111, sizeof(float), &to->positions) &&
                    !pleat_pool_take(&query->template_pool, L * 37, sizeof(float), &to->present));
    for (size_t i = 0; i < L; i++) to->types[i] = (int32_t)types.data[t * L + i];
    memcpy(to->positions, positions.data + t * L * 111, L * 111 * sizeof(float));
    memcpy(to->present, present.data + t * L * 37, L * 37 * sizeof(float));
  }
  golden_array_free(&types);
  golden_array_free(&positions);
  golden_array_free(&present);
}

/* Chains' templates side by side as the published merging has them. */
static void test_merged_features(void) {
  static const char *const names[] = {"aatype", "all_atom_positions", "all_atom_mask"};
  const pleat_features_options options = {.model = "alphafold2_multimer", .passes = 1};
  char sequence[100] = "", a[20], path[MOST_PATH];
  pleat_context *context = golden_msa_context();
  hid_t want = open_golden();
  snprintf(a, sizeof a, "%.15s", query_text + 9);
  snprintf(sequence, sizeof sequence, "%s:%s:%.18s", a, a, query_text + 27);
  pleat_query *query = make_query(context, sequence);
  CU_ASSERT_FATAL(!pleat_pool_take(&query->template_pool, 1, sizeof(pleat_templates), &query->templates));
  CU_ASSERT_FATAL(!pleat_pool_take(&query->template_pool, 8, sizeof(pleat_template), &query->templates->list));
  add_stored(query, want, 'A', 0);
  add_stored(query, want, 'C', 2);
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path), PLEAT_OK);
  hid_t got = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char mine[80], published[80];
    snprintf(mine, sizeof mine, "features/template_%s", names[i]);
    snprintf(published, sizeof published, "multimer/multi_a2b/merged/template_%s", names[i]);
    CU_ASSERT_EQUAL(different(got, mine, want, published), 0);
  }
  H5Fclose(got);
  H5Fclose(want);
  unlink(path);
  pleat_query_free(query);
  pleat_context_free(context);
}

/* Models 3 to 5 take none: their features have no template, and nobody is left in doubt. */
static void take_warning(void *user, pleat_log_level level, const char *text) {
  (void)level;
  snprintf(user, 200, "%s", text);
}

static void test_models_without_templates(void) {
  const pleat_template_source source = {.folder = FOLDER, .hits = HITS};
  const pleat_features_options options = {.model = "alphafold2_ptm_model_4", .passes = 1};
  pleat_context *context = golden_msa_context();
  pleat_query *query = make_query(context, query_text);
  char path[MOST_PATH], warning[200] = "";
  pleat_context_set_log(context, take_warning, warning, PLEAT_LOG_WARNING);
  CU_ASSERT_EQUAL_FATAL(pleat_query_add_templates(query, &source), PLEAT_OK);
  make_path(path);
  CU_ASSERT_EQUAL_FATAL(pleat_query_write_features(query, &options, path), PLEAT_OK);
  hid_t got = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  CU_ASSERT_EQUAL(H5Lexists(got, "features/template_aatype", H5P_DEFAULT), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(warning, "4 templates given are not used"));
  H5Fclose(got);
  unlink(path);
  pleat_query_free(query);
  pleat_context_free(context);
}

/* ---- Filters ---- */

static bool is_useful(const char *hit, int columns, const char *query) {
  const pleat_hhr_hit made = {.hit = hit, .query = hit, .length = strlen(hit), .aligned_columns = columns};
  char reason[PLEAT_TEMPLATE_REASON];
  bool useful = pleat_template_is_useful(&made, query, reason);
  CU_ASSERT(useful == !*reason);
  return useful;
}

static void test_filters(void) {
  const char *query = "ACDEFGHIKLMNPQRSTVWYACDEFGHIKLMNPQRSTVWY"; /* 40 */
  CU_ASSERT_TRUE(is_useful("ACDEFGHIKL", 5, query));
  CU_ASSERT_FALSE(is_useful("ACDEFGHIKL", 4, query));             /* no more than a tenth */
  CU_ASSERT_FALSE(is_useful("ACDEFGHIK", 9, query));              /* 9 residues */
  CU_ASSERT_FALSE(is_useful("ACDE-----F", 10, query));            /* gaps are none */
  CU_ASSERT_FALSE(is_useful(query, 40, query));
  CU_ASSERT_FALSE(is_useful("ACDEFGHIKLMNPQRSTV-WYACDEFGHIKLMNPQRSTVW", 39, query)); /* 39 of 40 of the query */
  CU_ASSERT_TRUE(is_useful("ACDEFGHIKLMNPQRSTVWYACDEFGHIKLMNPQRSTV", 38, query));   /* exactly 95 % */
  CU_ASSERT_TRUE(is_useful("ACDEFGHIKLMNPQRSTVWYACDEFGHIKLMNPQRSTVWA", 40, query));  /* another letter */
}

/* Places of the stretch in chains A and B, joined: "B 3 4 5"; "": an error. */
static void find(const char *stretch, const char *id, const char *a, const char *b, char text[200]) {
  const char *const ids[] = {"A", "B"}, *const sequences[] = {a, b};
  const pleat_template_chains chains = {ids, sequences, b ? 2 : 1, "x.cif"};
  pleat_context *context = golden_msa_context();
  pleat_template_place place;
  int32_t places[60];
  *text = 0;
  if (pleat_template_find(context, stretch, id, &chains, places, &place) == PLEAT_OK) {
    sprintf(text, "%s%s", ids[place.chain], place.realigned ? "*" : "");
    for (size_t i = 0; stretch[i]; i++) sprintf(text + strlen(text), " %d", places[i]);
  }
  pleat_context_free(context);
}

static void test_stretches(void) {
  char text[200];
  find("DEF", "A", "ACDEFG", "ADEF", text);
  CU_ASSERT_STRING_EQUAL(text, "A 2 3 4");
  find("DEF", "B", "ACDEFG", "ADEF", text);
  CU_ASSERT_STRING_EQUAL(text, "B 1 2 3");
  find("DEF", "A", "ACDEYG", "ADEF", text); /* only in another chain */
  CU_ASSERT_STRING_EQUAL(text, "B 1 2 3");
  find("DXF", "B", "ACDEEF", "ADEF", text); /* X is any letter, */
  CU_ASSERT_STRING_EQUAL(text, "B 1 2 3");
  find("DEF", "B", "AAXEFF", "ADDD", text); /* on either side */
  CU_ASSERT_STRING_EQUAL(text, "A 2 3 4");
  find("ACDEFGHIKLMN", "A", "WWACDEFGHIYKLMNW", NULL, text); /* one residue more in the structure */
  CU_ASSERT_STRING_EQUAL(text, "A* 2 3 4 5 6 7 8 9 11 12 13 14");
  find("ACDEFGHIKLMN", "Z", "WWACDEFGHIYKLMNW", NULL, text); /* the only chain there is */
  CU_ASSERT_STRING_EQUAL(text, "A* 2 3 4 5 6 7 8 9 11 12 13 14");
  find("ACDEFGHIKLMN", "Z", "WWACDEFGHIYKLMNW", "WWWW", text);
  CU_ASSERT_STRING_EQUAL(text, "");
  find("ACDEFGHIKLMN", "A", "ACDEWWHIKLMN", NULL, text); /* 10 of 12 equal */
  CU_ASSERT_STRING_EQUAL(text, "");
}

/* ---- Folders ---- */

static void test_folder(void) {
  static const char *const entries[] = {"3u8v.cif.gz", NULL};
  pleat_context *context = golden_msa_context();
  char folder[MOST_PATH], sequence[200];
  make_folder(folder, entries);
  const pleat_template_source source = {.folder = folder};
  snprintf(sequence, sizeof sequence, "%s:%s", "MKTAYIAKQRQISFVKSHFSRQ", like_3u8v);
  pleat_query *query = make_query(context, sequence);
  CU_ASSERT_EQUAL_FATAL(pleat_query_add_templates(query, &source), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_template_count(query), 1);
  pleat_template_info info = pleat_query_template_at(query, 0);
  CU_ASSERT(info.chain == 1 && info.identity == 1 && info.coverage == 1 && isnan(info.sum_probs) && info.digest);
  pleat_query_free(query);
  query = make_query(context, "MKTAYIAKQRQISFVKSHFSRQ");
  CU_ASSERT_EQUAL(pleat_query_add_templates(query, &source), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "3u8v.cif.gz: is not similar to q"));
  pleat_query_free(query);
  remove_folder(folder, entries);
  pleat_context_free(context);
}

/* ---- What cannot be used ---- */

static void test_refused(void) {
  static const char *const some[] = {"3u8v.cif.gz", NULL}, *const none[] = {NULL};
  char one[MOST_PATH], empty[MOST_PATH];
  make_folder(one, some);
  make_folder(empty, none);
  const struct {
    pleat_template_source source;
    const char *sequence, *sentence;
  } cases[] = {
      {{.folder = NULL}, query_text, "is not given"},
      {{.folder = "/nowhere"}, query_text, "is no folder"},
      {{.folder = empty}, query_text, "no .cif, .mmcif, .pdb or .ent file"},
      {{.folder = one, .hits = HITS}, query_text, "hit 3, 4ZEY_A: its structure, 4ZEY.cif (or .pdb, or .gz of these), is not in"},
      {{.folder = FOLDER, .hits = HITS}, "MKTAYIAKQR", "no chain of q has all their aligned parts"},
      {{.folder = FOLDER, .hits = HITS, .latest = "2018"}, query_text, "should be written 2018-04-30, not '2018'"},
      {{.folder = FOLDER, .hits = HITS, .latest = "1999-12-31"}, query_text, "none of its hits can be a template; 2q2k_A: it was "
                                                                             "released on 2008-02-05, after 1999-12-31"},
      {{.folder = FOLDER, .hits = "/nowhere.hhr"}, query_text, "/nowhere.hhr"}};
  pleat_context *context = golden_msa_context();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_query *query = make_query(context, cases[i].sequence);
    CU_ASSERT_NOT_EQUAL(pleat_query_add_templates(query, &cases[i].source), PLEAT_OK);
    bool said = strstr(pleat_context_error(context), cases[i].sentence);
    if (!said) fprintf(stderr, "\n    %s", pleat_context_error(context));
    CU_ASSERT_TRUE(said);
    pleat_query_free(query);
  }
  pleat_context_free(context);
  remove_folder(one, some);
  remove_folder(empty, none);
}

/* Those left out by a date are kept with the reason; the others move up. */
static void test_date(void) {
  const pleat_template_source source = {.folder = FOLDER, .hits = HITS, .latest = "2008-02-05"};
  pleat_context *context = golden_msa_context();
  pleat_query *query = make_query(context, query_text);
  CU_ASSERT_EQUAL_FATAL(pleat_query_add_templates(query, &source), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_template_count(query), 4);
  for (size_t i = 0; i < 4; i++) CU_ASSERT_EQUAL(pleat_query_template_at(query, i).refused != NULL, i < 3);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_query_template_at(query, 0).refused, "it was released on"));
  pleat_query_free(query);
  pleat_context_free(context);
}

static pleat_status add_some(pleat_context *context) {
  const pleat_template_source source = {.folder = FOLDER, .hits = HITS, .latest = "2008-02-05"};
  pleat_query *query = NULL;
  pleat_status status = pleat_query_create(context, "q", query_text, &query);
  if (!status) status = pleat_query_add_templates(query, &source);
  pleat_query_free(query);
  return status;
}

static void test_no_memory(void) { CU_ASSERT(test_faults_walk(add_some) > 20); }

void suite_templates(void) {
  CU_pSuite suite = CU_add_suite("templates", NULL, NULL);
  CU_add_test(suite, "structures as published", test_structures);
  CU_add_test(suite, "structures without declared sequences", test_structure_without_declarations);
  CU_add_test(suite, "a monomer's features as published", test_monomer_features);
  CU_add_test(suite, "a complex's features as published", test_merged_features);
  CU_add_test(suite, "models that take none", test_models_without_templates);
  CU_add_test(suite, "filters", test_filters);
  CU_add_test(suite, "stretches in structures", test_stretches);
  CU_add_test(suite, "folders of structures", test_folder);
  CU_add_test(suite, "what cannot be used is said", test_refused);
  CU_add_test(suite, "the latest date", test_date);
  CU_add_test(suite, "any failed allocation is survived", test_no_memory);
}
