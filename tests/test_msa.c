/* Tests of alignments in and out: against the published parsers' answers, round trips, and the sentences for bad files.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msa/msa.h"
#include "tests/faults.h"
#include "tests/golden_msa.h"
#include "tests/suites.h"

/* Rows whose residues or deletion counts are not those stored under parse/NAME; -1: another number of rows. */
static long count_wrong_rows(const pleat_msa *msa, hid_t file, const char *name) {
  char path[256];
  size_t count, width;
  long wrong = 0;
  snprintf(path, sizeof path, "parse/%s/sequences", name);
  char *texts = golden_msa_texts(file, path, &count, &width);
  snprintf(path, sizeof path, "parse/%s/deletion_matrix", name);
  golden_array deletions = golden_msa_array(file, path);
  int32_t *counts = calloc(msa->columns, sizeof *counts);
  for (size_t i = 0; count == msa->row_count && i < count; i++) {
    bool good = width == msa->columns && !memcmp(texts + i * width, msa->rows[i].residues, width);
    pleat_msa_deletions(msa, i, counts);
    for (size_t c = 0; good && c < width; c++) good = deletions.data[i * width + c] == (float)counts[c];
    wrong += !good;
  }
  wrong = count == msa->row_count ? wrong : -1;
  free(counts);
  free(texts);
  golden_array_free(&deletions);
  return wrong;
}

static void test_published_parsers(void) {
  static const char *const names[] = {"bfd_uniclust_hits.a3m", "mgnify_hits.sto", "uniref90_hits.sto"};
  pleat_context *context = golden_msa_context();
  hid_t file = golden_msa_open();
  for (int i = 0; i < 3; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s.gz", names[i]);
    pleat_msa *msa = golden_msa_read(context, path);
    CU_ASSERT_EQUAL(count_wrong_rows(msa, file, names[i]), 0);
    /* The comparison sees one changed letter and a lost row. */
    char *letter = (char *)msa->rows[7].residues + 5, kept = *letter;
    *letter = kept == 'W' ? 'Y' : 'W';
    CU_ASSERT_EQUAL(count_wrong_rows(msa, file, names[i]), 1);
    msa->row_count--;
    CU_ASSERT_EQUAL(count_wrong_rows(msa, file, names[i]), -1);
    pleat_msa_free(msa);
  }
  H5Fclose(file);
  pleat_context_free(context);
}

static void test_stockholm_is_its_a3m(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *sto = golden_msa_read(context, "uniref90_hits.sto.gz");
  pleat_msa *a3m = golden_msa_read(context, "uniref90_hits.sto.dedup_noempty.a3m.gz");
  size_t same = 0;
  CU_ASSERT_EQUAL(sto->row_count, 57);
  CU_ASSERT_EQUAL(a3m->row_count, 56);
  CU_ASSERT_STRING_EQUAL(sto->rows[1].name, "UniRef90_D7BIZ4/1-73");
  CU_ASSERT_PTR_NOT_NULL(strstr(sto->rows[1].header, "/1-73 [subseq from] Uncharacterized protein n=1"));
  for (size_t i = 0, j = 0; i < sto->row_count && j < a3m->row_count; i++) {
    if (strcmp(sto->rows[i].name, a3m->rows[j].name) != 0) continue; /* the duplicate */
    same += !strcmp(sto->rows[i].aligned, a3m->rows[j].aligned);
    j++;
  }
  CU_ASSERT_EQUAL(same, 56);
  pleat_msa_free(sto);
  pleat_msa_free(a3m);
  pleat_context_free(context);
}

static bool same_rows(const pleat_msa *a, const pleat_msa *b, bool headers) {
  if (a->row_count != b->row_count || a->columns != b->columns || a->chain_count != b->chain_count) return false;
  for (size_t i = 0; i < a->row_count; i++) {
    if (strcmp(a->rows[i].aligned, b->rows[i].aligned) != 0 || a->rows[i].chain != b->rows[i].chain) return false;
    if (headers && strcmp(a->rows[i].header, b->rows[i].header) != 0) return false;
  }
  return true;
}

static const char small_a3m[] =
    ">query of five\nACDEF\n>one\nA-ghDEFkl\n>two  with words\nmAC-EF\n>two again\n--xD--\n";

static void test_round_trips(void) {
  static const char *const names[] = {"x.a3m", "x.sto", "x.fasta", "x.stockholm", "x.fa"};
  char path[64] = "";
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "small.a3m", small_a3m), *again;
  for (int i = 0; i < 5; i++) {
    snprintf(path, sizeof path, "/tmp/pleat-msa-%ld-%s", (long)getpid(), names[i]);
    CU_ASSERT_EQUAL_FATAL(pleat_msa_write(msa, path), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_msa_read(context, path, &again), PLEAT_OK);
    CU_ASSERT(same_rows(msa, again, names[i][2] != 's'));
    again->rows[1].chain = 1;
    CU_ASSERT_FALSE(same_rows(msa, again, false));
    if (names[i][2] == 's') CU_ASSERT_STRING_EQUAL(again->rows[3].name, "two/4");
    pleat_msa_free(again);
    unlink(path);
  }
  CU_ASSERT_EQUAL(pleat_msa_write(msa, "/tmp/pleat-msa.xyz"), PLEAT_ERROR_INPUT);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_formats_are_told_by_content(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *a3m = golden_msa_parse(context, "x", ">q\nACD\nEF\n>r\nA-gDEF\n");
  pleat_msa *fasta = golden_msa_parse(context, "x", ">q\nAC.DEF\n>r\na-Gdef\n");
  pleat_msa *sto = golden_msa_parse(context, "x", "# STOCKHOLM 1.0\nq AC.D\nr a-Gd\n\nq EF\nr EF\n//\n");
  CU_ASSERT_STRING_EQUAL(a3m->rows[1].aligned, "A-gDEF");
  CU_ASSERT(same_rows(a3m, fasta, true));
  CU_ASSERT(same_rows(a3m, sto, true));
  pleat_msa_free(a3m);
  pleat_msa_free(fasta);
  pleat_msa_free(sto);
  pleat_context_free(context);
}

static void test_colabfold_complex(void) {
  static const char text[] = "#3,2\t1,2\n>101\t102\nACDEF\n>u1\tu2\nA-DgE-\n>101\nACD--\n>s\nA-Dh--\n>102\n---EF\n";
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", text);
  const char *part;
  size_t length;
  pleat_text out;
  CU_ASSERT_EQUAL_FATAL(msa->chain_count, 2);
  CU_ASSERT_EQUAL(msa->chains[1].from, 3);
  CU_ASSERT_EQUAL(msa->chains[1].copies, 2);
  CU_ASSERT_EQUAL(msa->rows[1].chain, PLEAT_MSA_PAIRED);
  CU_ASSERT_EQUAL(msa->rows[2].chain, 0);
  CU_ASSERT_EQUAL(msa->rows[4].chain, 1);
  pleat_msa_slice(msa, 1, 3, 2, &part, &length);
  CU_ASSERT(length == 3 && !memcmp(part, "gE-", 3)); /* an insertion belongs to the column behind it */
  pleat_msa_slice(msa, 3, 0, 3, &part, &length);
  CU_ASSERT(length == 3 && !memcmp(part, "A-D", 3));
  pleat_text_init(&out, context);
  CU_ASSERT_EQUAL(pleat_msa_write_a3m(msa, &out), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(out.bytes, text);
  CU_ASSERT_EQUAL(pleat_msa_write_stockholm(msa, &out), PLEAT_ERROR_UNSUPPORTED);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "only A3M"));
  pleat_text_free(&out);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_query_is_checked(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", ">q\nACDEF\n");
  CU_ASSERT_EQUAL(pleat_msa_check_query(msa, "ACDEF"), PLEAT_OK);
  CU_ASSERT_EQUAL(pleat_msa_check_query(msa, "ACWEF"), PLEAT_ERROR_INPUT);
  CU_ASSERT_STRING_EQUAL(pleat_context_error(context),
                         "x.a3m: its first row, 'q', is not the query: residue 3 is D there and W in the query (of 5 "
                         "and 5 residues)");
  CU_ASSERT_EQUAL(pleat_msa_check_query(msa, "ACDE"), PLEAT_ERROR_INPUT);
  CU_ASSERT_STRING_EQUAL(pleat_context_error(context),
                         "x.a3m: its first row, 'q', has 5 residues, the query has 4: this is the alignment of another "
                         "sequence");
  pleat_msa_free(msa);
  pleat_context_free(context);
}

/* Names that would be a comment or the end of a Stockholm file come back as rows. */
static void test_odd_names(void) {
  pleat_context *context = golden_msa_context();
  static const char odd[] = ">q\nACD\n>#a\nAC-\n>/\nA-D\n>/\n-CD\n>//\nA--\n>\n--D\n";
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", odd), *again;
  pleat_text text;
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_write_stockholm(msa, &text), PLEAT_OK);
  again = golden_msa_parse(context, "y.sto", text.bytes);
  CU_ASSERT(same_rows(msa, again, false));
  pleat_text_free(&text);
  pleat_msa_free(again);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

/* HH-suite's rows of secondary structure are passed over, and a row that only has such a name is not lost. */
static void test_annotations(void) {
  pleat_context *context = golden_msa_context();
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", ">ss_pred x\nCCC\n>q\nACD\n>ss_conf\n093\n>sa_dssp\r\r\nBBB\n"
                                          ">sa_dssp\vz\nBBB\n>ss_predicted\nA-D\n");
  pleat_msa *sto = golden_msa_parse(context, "x.sto", "q ACD\nss_pred A-D\n"), *again;
  pleat_text text;
  CU_ASSERT_EQUAL(msa->row_count, 2);
  CU_ASSERT_STRING_EQUAL(msa->rows[1].name, "ss_predicted");
  pleat_text_init(&text, context);
  CU_ASSERT_EQUAL_FATAL(pleat_msa_write_a3m(sto, &text), PLEAT_OK);
  again = golden_msa_parse(context, "y.a3m", text.bytes);
  CU_ASSERT_EQUAL(again->row_count, 2);
  pleat_text_free(&text);
  pleat_msa_free(again);
  pleat_msa_free(sto);
  pleat_msa_free(msa);
  pleat_context_free(context);
}

static void test_bad_files(void) {
  static const struct {
    const char *name, *text, *sentence;
  } cases[] = {
      {"x.a3m", "", "x.a3m: is empty; an alignment begins with its query: a line '>NAME', then the sequence"},
      {"x.a3m", "ACD\n", "x.a3m:1: a row begins with a line '>NAME', and this is before the first one"},
      {"x.a3m", ">q\nACD\n>r s\nAC\n",
       "x.a3m:3: row 2, 'r s', has 2 columns, the first row has 3; all rows must be aligned to the first one"},
      {"x.a3m", ">q\nACD\n>r\nA1D\n",
       "x.a3m:4:2: character '1' is not a residue; rows are made of letters, '-' and '.'"},
      {"x.a3m", ">q\nACD\n>r\n\xC3\xA9\n",
       "x.a3m:4:1: byte 0xc3 is not a residue; rows are made of letters, '-' and '.'"},
      {"x.a3m", ">q\nACd\n", "x.a3m:1: the first row must be the query, but has 1 lower-case letters, which mean "
                             "insertions"},
      {"x.a3m", ">q\nA-D\n>r\nACD\n",
       "x.a3m:1: the first row must be the query, but has gaps; columns are to be the query's residues (reformat.pl -M "
       "first makes them so)"},
      {"x.a3m", ">q\nacd\n", "x.a3m:1: the first row has no column (a capital letter); it must be the query"},
      {"x.a3m", ">q\nACD\n>r\n>s\nACD\n", "x.a3m:3: row 'r' has no sequence"},
      {"x.a3m", ">ss_pred\nCCC\n", "x.a3m: has no rows; an alignment begins with its query"},
      {"x.a3m", "#3,2\t1\n>q\nACDEF\n",
       "x.a3m:1: should tell the chains of a complex as '#LENGTH,LENGTH<TAB>COPIES,COPIES', at most 512 of them"},
      {"x.a3m", "#3,2\t1,1\n>q\nACDE\n",
       "x.a3m: its first line tells chains of 5 residues in all, but the rows have 4 columns"},
      {"x.fasta", ">q\nACD\n>r\nAC\n",
       "x.fasta:3: row 2, 'r', has 2 characters, the first row has 3; the sequences must be aligned"},
      {"x.sto", "# STOCKHOLM 1.0\n//\n",
       "x.sto: is empty; a Stockholm alignment has at least one row: a name, blanks, and aligned residues"},
      {"x.sto", "q ACD\nr ACD\n\nq AC\n",
       "x.sto:2: row 2, 'r', has 3 characters, the first row has 5; the file is damaged or cut off"},
      {"x.sto", "q ACD EF\n", "x.sto:1: is not a row of a Stockholm alignment: a name, blanks, and aligned residues"},
      {"x.sto", "q A*D\n", "x.sto:1:4: character '*' is not a residue; rows are made of letters, '-' and '.'"},
      {"x.sto", "q ACD\n//\nq ACD\n",
       "x.sto:3: a second alignment begins here, behind '//'; give each one a file of its own"},
  };
  pleat_context *context = golden_msa_context();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_msa *msa;
    CU_ASSERT_EQUAL(pleat_msa_parse(context, cases[i].text, strlen(cases[i].text), cases[i].name, &msa),
                    PLEAT_ERROR_FORMAT);
    CU_ASSERT_PTR_NULL(msa);
    CU_ASSERT_STRING_EQUAL(pleat_context_error(context), cases[i].sentence);
    if (strcmp(pleat_context_error(context), cases[i].sentence)) fprintf(stderr, "%s\n", pleat_context_error(context));
  }
  pleat_context_free(context);
}

static void test_many_rows(void) {
  enum { ROWS = 100000 };
  pleat_context *context = golden_msa_context();
  pleat_text text;
  pleat_text_init(&text, context);
  for (int i = 0; i < ROWS; i++) pleat_text_append(&text, ">row%d\nACDEFGHIKLMNPQRSTVWY\n", i);
  pleat_msa *msa = golden_msa_parse(context, "x.a3m", text.bytes), *again;
  CU_ASSERT_EQUAL(msa->row_count, ROWS);
  CU_ASSERT_STRING_EQUAL(msa->rows[ROWS - 1].name, "row99999");
  text.length = 0;
  CU_ASSERT_EQUAL_FATAL(pleat_msa_write_stockholm(msa, &text), PLEAT_OK);
  again = golden_msa_parse(context, "x.sto", text.bytes);
  CU_ASSERT(same_rows(msa, again, true));
  pleat_msa_free(again);
  pleat_msa_free(msa);
  pleat_text_free(&text);
  pleat_context_free(context);
}

static pleat_status read_and_write(pleat_context *context) {
  static const char sto[] = "# STOCKHOLM 1.0\n#=GS r DE some words\nq AC.D\nr a-Gd\n\nq EF\nr EF\n//\n";
  pleat_msa *a3m = NULL, *stockholm = NULL, *fasta = NULL;
  pleat_text text;
  pleat_text_init(&text, context);
  pleat_status status = pleat_msa_parse(context, small_a3m, strlen(small_a3m), "x.a3m", &a3m);
  if (!status) status = pleat_msa_parse(context, sto, strlen(sto), "x.sto", &stockholm);
  if (!status) status = pleat_msa_write_stockholm(a3m, &text);
  text.length = 0;
  if (!status) status = pleat_msa_write_fasta(a3m, &text);
  if (!status) status = pleat_msa_parse(context, text.bytes, text.length, "x.fa", &fasta);
  if (!status) status = pleat_msa_write_a3m(fasta, &text);
  pleat_text_free(&text);
  pleat_msa_free(a3m);
  pleat_msa_free(stockholm);
  pleat_msa_free(fasta);
  return status;
}

static void test_faults(void) { CU_ASSERT(test_faults_walk(read_and_write) > 20); }

void suite_msa(void) {
  CU_pSuite suite = CU_add_suite("msa", NULL, NULL);
  CU_add_test(suite, "published parsers' answers, letter by letter", test_published_parsers);
  CU_add_test(suite, "a Stockholm file is its published A3M", test_stockholm_is_its_a3m);
  CU_add_test(suite, "round trips through A3M, Stockholm, FASTA", test_round_trips);
  CU_add_test(suite, "formats are told by content", test_formats_are_told_by_content);
  CU_add_test(suite, "ColabFold's complexes", test_colabfold_complex);
  CU_add_test(suite, "another sequence than the query", test_query_is_checked);
  CU_add_test(suite, "odd names", test_odd_names);
  CU_add_test(suite, "HH-suite's rows of secondary structure", test_annotations);
  CU_add_test(suite, "sentences for bad files", test_bad_files);
  CU_add_test(suite, "100,000 rows", test_many_rows);
  CU_add_test(suite, "no memory", test_faults);
}
