/* Tests of sequences in: FASTA, tables, folders, names, and the sentences for what cannot be used.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/query.h"
#include "lib/file.h"
#include "tests/faults.h"
#include "tests/suites.h"

static pleat_context *new_context(void) {
  pleat_context *context = NULL;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  return context;
}

/* Whether entry `index` has this name and these chains, written "CHAIN:CHAIN"; NULL chains: it has an error. */
static bool entry_is(const pleat_query_list *list, size_t index, const char *name, const char *chains) {
  char joined[256] = "";
  const pleat_query *query = pleat_query_list_get(list, index);
  if (strcmp(pleat_query_list_name(list, index), name) != 0) return false;
  if (!query) return !chains && pleat_query_list_error(list, index);
  for (int i = 0; i < query->chains; i++) strcat(strcat(joined, i ? ":" : ""), query->sequence[i]);
  return chains && strcmp(joined, chains) == 0 && strcmp(pleat_query_name(query), name) == 0 &&
         !pleat_query_list_error(list, index);
}

static pleat_query_list *parse(pleat_context *context, const char *text) {
  pleat_query_list *list = NULL;
  pleat_status status = pleat_query_list_parse(context, text, strlen(text), "file", &list);
  if (status) fprintf(stderr, "%s\n", pleat_context_error(context));
  CU_ASSERT_EQUAL_FATAL(status, PLEAT_OK);
  return list;
}

static void test_fasta(void) {
  pleat_context *context = new_context();
  pleat_query_list *list =
      parse(context, "; a comment\r\n\r\n>one of two \r\nacd\r\n EF *\r\n>one of two\nGG:HH*\n# x\n>h\nEV:\n>l\n|DI");
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_count(list), 4);
  CU_ASSERT(entry_is(list, 0, "one_of_two", "ACDEF"));
  CU_ASSERT(entry_is(list, 1, "one_of_two_1", "GG:HH"));
  CU_ASSERT(entry_is(list, 2, "h", "EV:"));
  CU_ASSERT(entry_is(list, 3, "l", ":DI"));
  /* The comparison sees a wrong name, a wrong chain, a missing slot. */
  CU_ASSERT_FALSE(entry_is(list, 0, "one", "ACDEF"));
  CU_ASSERT_FALSE(entry_is(list, 0, "one_of_two", "ACDEG"));
  CU_ASSERT_FALSE(entry_is(list, 2, "h", "EV"));
  pleat_query_list_free(list);
  pleat_context_free(context);
}

static void test_names_are_safe_and_unique(void) {
  pleat_context *context = new_context();
  pleat_query_list *list =
      parse(context, ">../etc/passwd\nA\n>a_1\nA\n>a\nA\n>a\nA\n>A\nA\n>\nA\n>\nA\n>\xC3\xA9-b.c\nA\n");
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_count(list), 8);
  CU_ASSERT(entry_is(list, 0, "_._etc_passwd", "A"));
  CU_ASSERT(entry_is(list, 1, "a_1", "A"));
  CU_ASSERT(entry_is(list, 2, "a", "A"));
  CU_ASSERT(entry_is(list, 3, "a_2", "A"));
  CU_ASSERT(entry_is(list, 4, "A_3", "A"));
  CU_ASSERT(entry_is(list, 5, "query", "A"));
  CU_ASSERT(entry_is(list, 6, "query_1", "A"));
  CU_ASSERT(entry_is(list, 7, "__-b.c", "A"));
  pleat_query_list_free(list);
  char *text = malloc(2000);
  memset(text, 'x', 2000);
  memcpy(text, ">", 1);
  memcpy(text + 1990, "\nA\n", 4);
  list = parse(context, text);
  CU_ASSERT_EQUAL(strlen(pleat_query_list_name(list, 0)), 150);
  pleat_query_list_free(list);
  free(text);
  pleat_context_free(context);
}

static void test_table(void) {
  pleat_context *context = new_context();
  pleat_query_list *list = parse(context, "note,ID,sequence\nx,a,\"ACD:EF\"\n,\"b,\"\"c\"\"\",gg\n\nx,d\n");
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_count(list), 3);
  CU_ASSERT(entry_is(list, 0, "a", "ACD:EF"));
  CU_ASSERT(entry_is(list, 1, "b__c_", "GG"));
  CU_ASSERT(entry_is(list, 2, "d", NULL));
  CU_ASSERT_STRING_EQUAL(pleat_query_list_error(list, 2), "file:5: d: the sequence is empty");
  pleat_query_list_free(list);
  list = parse(context, "id\tsequence\na\tACD\n");
  CU_ASSERT(entry_is(list, 0, "a", "ACD"));
  pleat_query_list_free(list);
  pleat_context_free(context);
}

static void test_bad_entries_stay_with_their_sentence(void) {
  pleat_context *context = new_context();
  pleat_query_list *list =
      parse(context, ">digit\nAC:D\nE1\n>empty\n>colon\n:\n>stop\nA*C\n>gap\nA-C\n>good\nBJOUZX\n>byte\nA\xFF\n");
  static const char *const expected[] = {
      "file:1: digit: character '1' at position 3 of chain 2 is not a letter", "file:4: empty: the sequence is empty",
      "file:5: colon: the sequence is empty", "file:7: stop: character '*' at position 2 of chain 1",
      "file:9: gap: character '-' at position 2 of chain 1", NULL, "file:13: byte: byte 0xff at position 2 of chain 1"};
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_count(list), 7);
  for (size_t i = 0; i < 7; i++) {
    const char *error = pleat_query_list_error(list, i);
    CU_ASSERT_EQUAL(error != NULL, expected[i] != NULL);
    CU_ASSERT_EQUAL(pleat_query_list_get(list, i) == NULL, expected[i] != NULL);
    if (error && expected[i]) CU_ASSERT_PTR_NOT_NULL(strstr(error, expected[i]));
  }
  pleat_query_list_free(list);
  pleat_query *query;
  CU_ASSERT_EQUAL(pleat_query_create(context, "x", "AC D1", &query), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NULL(query);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "query 'x': character '1' at position 4 of chain 1"));
  CU_ASSERT_EQUAL(pleat_query_create(context, NULL, "", &query), PLEAT_ERROR_INPUT);
  pleat_context_free(context);
}

static void test_files_that_hold_no_sequences(void) {
  static const struct {
    const char *bytes, *sentence;
  } cases[] = {{"", "file: is empty"},
               {"\n# only a comment\n", "file: is empty"},
               {"\nMKV\n", "file:2: is neither FASTA"},
               {"HEADER    PDB\n", "file:1: is neither FASTA"},
               {"id,seq\na,AC\n", "columns id and sequence"},
               {"id,sequence\n", "file: has no sequences"}};
  pleat_context *context = new_context();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pleat_query_list *list;
    CU_ASSERT_EQUAL(pleat_query_list_parse(context, cases[i].bytes, strlen(cases[i].bytes), "file", &list),
                    PLEAT_ERROR_FORMAT);
    CU_ASSERT_PTR_NULL(list);
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), cases[i].sentence));
  }
  pleat_query_list *list;
  CU_ASSERT_EQUAL(pleat_query_list_read(context, "/nonexistent/x.fasta", &list), PLEAT_ERROR_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "/nonexistent/x.fasta"));
  pleat_context_free(context);
}

/* b.fa, a.csv, c.fasta (not FASTA) and a file of another kind in a new folder. */
static void make_folder(char *folder) {
  static const char *const files[][2] = {
      {"b.fa", ">x\nAC\n"}, {"a.csv", "id,sequence\nx,GG\n"}, {"c.fasta", "nothing\n"}, {"notes.txt", ">no\nAA\n"}};
  char path[128];
  pleat_context *context = new_context();
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
    CU_ASSERT_EQUAL(pleat_file_write(context, path, files[i][1], strlen(files[i][1])), PLEAT_OK);
  }
  pleat_context_free(context);
}

static void remove_folder(const char *folder) {
  static const char *const files[] = {"b.fa", "a.csv", "c.fasta", "notes.txt"};
  char path[128];
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i]);
    unlink(path);
  }
  rmdir(folder);
}

static void test_folder(void) {
  char folder[] = "/tmp/pleat-folder-XXXXXX";
  pleat_context *context = new_context();
  pleat_query_list *list = NULL;
  make_folder(folder);
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_read(context, folder, &list), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_query_list_count(list), 3);
  CU_ASSERT(entry_is(list, 0, "x", "GG"));
  CU_ASSERT(entry_is(list, 1, "x_1", "AC"));
  CU_ASSERT(entry_is(list, 2, "c.fasta", NULL));
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_query_list_error(list, 2), "/c.fasta:1: is neither FASTA"));
  pleat_query_list_free(list);
  remove_folder(folder);
  CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0700), 0);
  CU_ASSERT_EQUAL(pleat_query_list_read(context, folder, &list), PLEAT_ERROR_NOT_FOUND);
  rmdir(folder);
  pleat_context_free(context);
}

static char fault_folder[64];

static pleat_status read_fault_folder(pleat_context *context) {
  static const char text[] = ">a\nACD:EF\n>a\nA1\n>c\nGG\n";
  pleat_query_list *list;
  PLEAT_TRY(pleat_query_list_read(context, fault_folder, &list));
  pleat_query_list_free(list);
  PLEAT_TRY(pleat_query_list_parse(context, text, strlen(text), "file", &list));
  pleat_query_list_free(list);
  return PLEAT_OK;
}

static void test_no_failed_allocation_leaks(void) {
  strcpy(fault_folder, "/tmp/pleat-folder-XXXXXX");
  make_folder(fault_folder);
  CU_ASSERT(test_faults_walk(read_fault_folder) > 10);
  remove_folder(fault_folder);
}

void suite_fasta(void) {
  CU_pSuite suite = CU_add_suite("fasta", NULL, NULL);
  CU_add_test(suite, "FASTA", test_fasta);
  CU_add_test(suite, "names are safe and unique", test_names_are_safe_and_unique);
  CU_add_test(suite, "tables", test_table);
  CU_add_test(suite, "bad entries stay with their sentence", test_bad_entries_stay_with_their_sentence);
  CU_add_test(suite, "files that hold no sequences", test_files_that_hold_no_sequences);
  CU_add_test(suite, "folders", test_folder);
  CU_add_test(suite, "no failed allocation leaks", test_no_failed_allocation_leaks);
}
