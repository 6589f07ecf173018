/* Tests of MRC and CCP4 maps: what other programs write is read, what is written is read again, what is no map is refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pleat_fit.h"
#include "tests/suites.h"

static pleat_context *context;

static pleat_map *read_map(const char *name) {
  char path[512];
  pleat_map *map;
  snprintf(path, sizeof path, "%s/map/%s", PLEAT_TEST_GOLDEN, name);
  CU_ASSERT_EQUAL_FATAL(pleat_map_read(context, path, &map), PLEAT_OK);
  return map;
}

/* Largest difference from the values that make.py gives, x + 10 y + 100 z, scaled and shifted as mode 0 needs it. */
static double worst(const pleat_map *map, double scale, double shift) {
  double most = 0;
  for (int i = 0; i < 60; i++) {
    double want = trunc((i % 5 + 10 * (i / 5 % 4) + 100 * (i / 20)) * scale + shift);
    most = fmax(most, fabs(want - (double)pleat_map_values(map)[i]));
  }
  return most;
}

static void check_place(const pleat_map *map) {
  static const double origin[3] = {-3, 6, 1.5};
  static const size_t size[3] = {5, 4, 3};
  pleat_map_info info = pleat_map_describe(map);
  for (int d = 0; d < 3; d++) {
    CU_ASSERT_EQUAL(info.size[d], size[d]);
    CU_ASSERT_DOUBLE_EQUAL(info.spacing[d], 1.5, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(info.origin[d], origin[d], 1e-6);
  }
}

static void test_reads_what_others_write(void) {
  static const char *const names[] = {"mode2.mrc",  "mode2.mrc.gz", "mode1.mrc",      "mode6.mrc",
                                      "mode12.mrc", "extended.mrc", "big_endian.mrc", "axes.ccp4"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    pleat_map *map = read_map(names[i]);
    check_place(map);
    CU_ASSERT(worst(map, 1, 0) == 0);
    CU_ASSERT(worst(map, 1, 1) == 1); /* the comparison must see a difference */
    pleat_map_free(map);
  }
  pleat_map *bytes = read_map("mode0.mrc"), *plain = read_map("plain.ccp4"); /* its header lists symmetry */
  CU_ASSERT(worst(plain, 1, 0) == 0);
  pleat_map_free(plain);
  CU_ASSERT(worst(bytes, 0.25, -20) == 0);
  pleat_map_free(bytes);
}

static void test_reads_what_it_writes(void) {
  static const char *const endings[] = {"mrc", "map.gz"};
  pleat_map *map = read_map("axes.ccp4"), *again;
  for (size_t i = 0; i < 2; i++) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/pleat-map-%ld.%s", (long)getpid(), endings[i]);
    CU_ASSERT_EQUAL_FATAL(pleat_map_write(map, path), PLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(pleat_map_read(context, path, &again), PLEAT_OK);
    check_place(again);
    CU_ASSERT(worst(again, 1, 0) == 0);
    pleat_map_free(again);
    unlink(path);
  }
  pleat_map_free(map);
}

/* mode2.mrc with one word of its header changed, or cut off. */
static pleat_status parse_changed(int word, int value, size_t cut) {
  char path[512], *bytes = calloc(1, 4096);
  snprintf(path, sizeof path, "%s/map/mode2.mrc", PLEAT_TEST_GOLDEN);
  FILE *file = fopen(path, "rb");
  CU_ASSERT_FATAL(file && bytes);
  size_t length = fread(bytes, 1, 4096, file);
  fclose(file);
  memcpy(bytes + 4 * word, &value, 4);
  pleat_map *map;
  pleat_status status = pleat_map_parse(context, bytes, length - cut, "changed.mrc", &map);
  CU_ASSERT(status ? !map && strstr(pleat_context_error(context), "changed.mrc: ") : map != NULL);
  pleat_map_free(map);
  free(bytes);
  return status;
}

static void test_refuses_what_is_no_map(void) {
  CU_ASSERT_EQUAL(parse_changed(3, 2, 0), PLEAT_OK);
  CU_ASSERT_EQUAL(parse_changed(3, 2, 1), PLEAT_ERROR_FORMAT); /* cut off in the values, the header */
  CU_ASSERT_EQUAL(parse_changed(3, 2, 1000), PLEAT_ERROR_FORMAT);
  CU_ASSERT_EQUAL(parse_changed(3, 4, 0), PLEAT_ERROR_UNSUPPORTED);
  CU_ASSERT_EQUAL(parse_changed(3, 99999, 0), PLEAT_ERROR_FORMAT);
  CU_ASSERT_EQUAL(parse_changed(0, 0, 0), PLEAT_ERROR_FORMAT); /* sizes */
  CU_ASSERT_EQUAL(parse_changed(0, -5, 0), PLEAT_ERROR_FORMAT);
  CU_ASSERT_EQUAL(parse_changed(2, 0x7fffffff, 0), PLEAT_ERROR_FORMAT);
  CU_ASSERT_EQUAL(parse_changed(16, 2, 0), PLEAT_ERROR_FORMAT); /* axes 2, 2, 3 */
  CU_ASSERT_EQUAL(parse_changed(23, 1 << 30, 0), PLEAT_ERROR_FORMAT); /* extended header */
  CU_ASSERT_EQUAL(parse_changed(23, -8, 0), PLEAT_ERROR_FORMAT);
  CU_ASSERT_EQUAL(parse_changed(10, 0, 0), PLEAT_ERROR_FORMAT); /* cell */
  CU_ASSERT_EQUAL(parse_changed(13, 0x42f00000, 0), PLEAT_ERROR_UNSUPPORTED); /* an angle of 120 degrees */
  CU_ASSERT_EQUAL(parse_changed(260, 0x7fc00000, 0), PLEAT_ERROR_FORMAT); /* a value that is not a number */
}

static int start(void) { return pleat_context_create(NULL, &context); }

static int stop(void) {
  pleat_context_free(context);
  return 0;
}

void suite_map(void) {
  CU_pSuite suite = CU_add_suite("map", start, stop);
  CU_add_test(suite, "maps of mrcfile and gemmi are read: modes, orders of bytes and axes", test_reads_what_others_write);
  CU_add_test(suite, "what is written is read again", test_reads_what_it_writes);
  CU_add_test(suite, "what is no map is refused in a sentence", test_refuses_what_is_no_map);
}
