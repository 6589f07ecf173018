/* Tests of data/convert/tar and of importing what lies in an archive: members found where they are, hostile archives refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/convert/convert.h"
#include "data/convert/tar.h"
#include "data/store.h"
#include "lib/file.h"
#include "tests/allocator.h"
#include "tests/suites.h"

#define GOLDEN PLEAT_TEST_GOLDEN "/convert/"
enum { BLOCK = 512, ROOM = 1 << 16 };

static char folder[] = "/tmp/pleat-tar-XXXXXX", archive[64];
static pleat_context *context;
static char *made; /* the archive being written */
static size_t used;

static int set_up(void) {
  if (!mkdtemp(folder) || pleat_context_create(NULL, &context)) return 1;
  strcat(strcpy(archive, folder), "/a.tar");
  made = calloc(1, ROOM);
  return made == NULL;
}

static int tear_down(void) {
  unlink(archive);
  free(made);
  pleat_context_free(context);
  return rmdir(folder);
}

/* ---- Writing archives ---- */

static void seal(char *header) {
  unsigned sum = 0;
  memset(header + 148, ' ', 8);
  for (int i = 0; i < BLOCK; i++) sum += (unsigned char)header[i];
  snprintf(header + 148, 8, "%06o", sum);
}

/* A header, the bytes, and blanks up to the next block; returns the header, for faults to be put in. */
static char *add(const char *name, char type, const void *bytes, size_t length) {
  char *header = made + used;
  CU_ASSERT_FATAL(used + 4 * BLOCK + length < ROOM);
  snprintf(header, 100, "%s", name);
  snprintf(header + 124, 12, "%011zo", length);
  header[156] = type;
  memcpy(header + 257, "ustar\0" "00", 8);
  seal(header);
  if (length) memcpy(header + BLOCK, bytes, length);
  used += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
  return header;
}

static void restart(void) {
  memset(made, 0, ROOM);
  used = 0;
}

/* Two blocks of zeros end an archive. */
static void write_archive(void) {
  CU_ASSERT_EQUAL_FATAL(pleat_file_write(context, archive, made, used + 2 * BLOCK), PLEAT_OK);
}

#define ASSERT_SENTENCE(text)                                                                                \
  do {                                                                                                       \
    CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), text));                                      \
    if (!strstr(pleat_context_error(context), text)) printf("\n  says: %s\n", pleat_context_error(context)); \
  } while (0)

#define CHECK_REFUSED(code, sentence)                               \
  do {                                                              \
    pleat_tar tar_;                                                 \
    write_archive();                                                \
    CU_ASSERT_EQUAL(pleat_tar_open(context, archive, &tar_), code); \
    CU_ASSERT_PTR_NULL(tar_.members);                               \
    ASSERT_SENTENCE(archive);                                       \
    ASSERT_SENTENCE(sentence);                                      \
  } while (0)

/* ---- Members ---- */

static void test_members(void) {
  pleat_tar tar;
  char large[700];
  memset(large, 'x', sizeof large);
  restart();
  add("folder/", '5', NULL, 0);
  add("folder/one", '0', "abc", 3);
  add("pax", 'x', "30 mtime=1670353726.123456789\n", 30);
  add("folder/two..three", 0, large, sizeof large);
  char *header = add("last", '0', "z", 1);
  strcpy(header + 345, "long/prefix");
  seal(header);
  write_archive();
  CU_ASSERT_TRUE(pleat_tar_is(archive));
  CU_ASSERT_EQUAL_FATAL(pleat_tar_open(context, archive, &tar), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(tar.count, 3);
  CU_ASSERT_STRING_EQUAL(tar.members[0].name, "folder/one");
  CU_ASSERT_STRING_EQUAL(tar.members[1].name, "folder/two..three");
  CU_ASSERT_STRING_EQUAL(tar.members[2].name, "long/prefix/last");
  CU_ASSERT_EQUAL(tar.members[1].length, sizeof large);
  CU_ASSERT_EQUAL(memcmp(made + tar.members[0].offset, "abc", 3), 0);
  CU_ASSERT_EQUAL(memcmp(made + tar.members[1].offset, large, sizeof large), 0);
  CU_ASSERT_EQUAL(made[tar.members[2].offset], 'z');
  pleat_tar_close(&tar);
  memcpy(header + 257, "ustar  ", 8); /* GNU tar's own: no prefix there */
  seal(header);
  write_archive();
  CU_ASSERT_EQUAL_FATAL(pleat_tar_open(context, archive, &tar), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(tar.members[2].name, "last");
  pleat_tar_close(&tar);
  CU_ASSERT_FALSE(pleat_tar_is(GOLDEN "stored.npz"));
  CU_ASSERT_FALSE(pleat_tar_is(folder));
}

static void test_hostile_names(void) {
  static const char *const names[] = {"../up", "/etc/passwd", "a/../../b", "a/..", "..", "bad\nname", "bad\033[2J"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    restart();
    add("good", '0', "abc", 3);
    add(names[i], '0', "abc", 3);
    CHECK_REFUSED(PLEAT_ERROR_FORMAT, "a member's path is absolute, leaves the archive or is not text");
  }
}

static void test_hostile_kinds(void) {
  static const struct {
    char type;
    const char *sentence;
  } kinds[] = {{'1', "is a link"}, {'2', "is a link"}, {'3', "is neither"}, {'6', "is neither"}, {'L', "is neither"},
               {'K', "is neither"}, {'S', "is neither"}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    restart();
    add("odd", kinds[i].type, NULL, 0);
    CHECK_REFUSED(PLEAT_ERROR_UNSUPPORTED, kinds[i].sentence);
  }
  static const char *const records[] = {"20 path=../../etc/x\n", "11 size=99\n", "17 linkpath=/etc\n", "22 GNU.sparse.major=1\n"};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
    restart();
    add("pax", 'x', records[i], strlen(records[i]));
    CHECK_REFUSED(PLEAT_ERROR_UNSUPPORTED, "an extended header of the archive changes a name or a size");
  }
  restart();
  add("pax", 'g', "\0 path=/x\n", 10);
  CHECK_REFUSED(PLEAT_ERROR_UNSUPPORTED, "an extended header of the archive changes a name or a size");
}

static void test_hostile_numbers(void) {
  restart();
  char *header = add("large", '0', "abc", 3);
  memcpy(header + 124, "77777777777", 12);
  seal(header);
  CHECK_REFUSED(PLEAT_ERROR_FORMAT, "has 8589934591 bytes by its header, but the archive ends before");
  memcpy(header + 124, "\200\0\0\0\0\0\0\0\0\0\0\3", 12);
  seal(header);
  CHECK_REFUSED(PLEAT_ERROR_FORMAT, "has a size that cannot be read");
  memcpy(header + 124, "           ", 12);
  seal(header);
  CHECK_REFUSED(PLEAT_ERROR_FORMAT, "has a size that cannot be read");
  header[0] = 'L';
  CHECK_REFUSED(PLEAT_ERROR_FORMAT, "the header of member 1 is damaged");
  restart();
  add("twice", '0', "abc", 3);
  add("twice", '0', "abd", 3);
  CHECK_REFUSED(PLEAT_ERROR_FORMAT, "holds two members called 'twice'");
}

/* Cut anywhere: refused, but for the padding of the end itself. */
static void test_cut_short(void) {
  pleat_tar tar;
  restart();
  add("one", '0', "abc", 3);
  add("two", '0', "abc", 3);
  for (size_t length = BLOCK; length < used + BLOCK; length += 64) {
    CU_ASSERT_EQUAL_FATAL(pleat_file_write(context, archive, made, length), PLEAT_OK);
    CU_ASSERT_EQUAL(pleat_tar_open(context, archive, &tar), PLEAT_ERROR_FORMAT);
    ASSERT_SENTENCE("cut short");
  }
}

/* ---- Import ---- */

static void add_file(const char *name, const char *path, size_t length) {
  char *bytes;
  size_t all;
  CU_ASSERT_EQUAL_FATAL(pleat_file_read(context, path, 0, &bytes, &all), PLEAT_OK);
  add(name, '0', bytes, length ? length : all);
  pleat_memory_release(context, bytes);
}

static void make_good_archive(void) {
  restart();
  add("LICENSE", '0', "CC BY 4.0", 9);
  add_file("params/params_model_1_ptm.npz", GOLDEN "stored.npz", 0);
  add_file("params_model_3_multimer_v3.npz", GOLDEN "deflated.npz", 0);
  add_file("params_model_9.npz", GOLDEN "stored.npz", 0);
  write_archive();
}

static void check_installed(const char *name, bool there) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s.h5", folder, name);
  CU_ASSERT_EQUAL(access(path, F_OK) == 0, there);
  unlink(path);
}

static void test_import(void) {
  char *path;
  pleat_weights *from_archive, *alone;
  make_good_archive();
  CU_ASSERT_EQUAL_FATAL(pleat_store_import(context, archive, NULL, folder, NULL, &path), PLEAT_OK);
  CU_ASSERT_STRING_EQUAL(path, folder);
  pleat_memory_release(context, path);
  check_installed("alphafold2_multimer_v3_model_3", true);
  char model[128];
  snprintf(model, sizeof model, "%s/alphafold2_ptm_model_1.h5", folder);
  CU_ASSERT_EQUAL_FATAL(pleat_store_open(context, model, &from_archive), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_convert_read(context, GOLDEN "stored.npz", &alone), PLEAT_OK);
  pleat_weights_about about = pleat_weights_describe(from_archive);
  CU_ASSERT_STRING_EQUAL(about.source_file, "params_model_1_ptm.npz");
  CU_ASSERT_STRING_EQUAL(about.sha256, pleat_weights_describe(alone).sha256);
  CU_ASSERT_STRING_EQUAL(about.license, ""); /* it is not the published file */
  CU_ASSERT_EQUAL(pleat_weights_count(from_archive), pleat_weights_count(alone));
  pleat_weights_free(from_archive);
  pleat_weights_free(alone);
  check_installed("alphafold2_ptm_model_1", true);
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, "alphafold2_ptm_model_1", folder, NULL, NULL), PLEAT_OK);
  check_installed("alphafold2_multimer_v3_model_3", false);
  check_installed("alphafold2_ptm_model_1", true);
}

static void test_import_refuses(void) {
  make_good_archive();
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, "alphafold2_ptm_model_1,alphafold2_model_2", folder, NULL, NULL),
                  PLEAT_ERROR_NOT_FOUND);
  ASSERT_SENTENCE("a.tar: holds no params_model_2.npz, the file of alphafold2_model_2");
  check_installed("alphafold2_ptm_model_1", false);
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, "alphafold2_ptm_model", folder, NULL, NULL), PLEAT_ERROR_NOT_FOUND);
  ASSERT_SENTENCE("a.tar: holds no file of alphafold2_ptm_model");
  add_file("b/params_model_1_ptm.npz", GOLDEN "stored.npz", 0);
  write_archive();
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, NULL, folder, NULL, NULL), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("a.tar: holds params_model_1_ptm.npz twice");
  restart();
  add_file("params_model_1.npz", GOLDEN "stored.npz", 300);
  write_archive();
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, NULL, folder, NULL, NULL), PLEAT_ERROR_FORMAT);
  ASSERT_SENTENCE("a.tar/params_model_1.npz: the zip archive is damaged or cut short");
  restart();
  add("README", '0', "text", 4);
  write_archive();
  CU_ASSERT_EQUAL(pleat_store_import(context, archive, NULL, folder, NULL, NULL), PLEAT_ERROR_NOT_FOUND);
  ASSERT_SENTENCE("a.tar: holds no file of parameters that pleat knows");
}

static pleat_status import_it(pleat_context *with, void *into) {
  return pleat_store_import(with, archive, "alphafold2_ptm_model_1", into, NULL, NULL);
}

static void test_every_allocation_may_fail(void) {
  make_good_archive();
  CU_ASSERT(test_allocator_fail_each(import_it, folder) > 20);
  check_installed("alphafold2_ptm_model_1", true);
}

void suite_tar(void) {
  CU_pSuite suite = CU_add_suite("tar archives", set_up, tear_down);
  CU_add_test(suite, "members where they lie, of both formats", test_members);
  CU_add_test(suite, "paths that leave the archive are refused", test_hostile_names);
  CU_add_test(suite, "links, devices and extended names are refused", test_hostile_kinds);
  CU_add_test(suite, "sizes and checksums that lie are refused", test_hostile_numbers);
  CU_add_test(suite, "archives cut short are refused", test_cut_short);
  CU_add_test(suite, "known files are imported, all or by name", test_import);
  CU_add_test(suite, "what is missing, twice there or damaged is said", test_import_refuses);
  CU_add_test(suite, "every allocation may fail", test_every_allocation_may_fail);
}
