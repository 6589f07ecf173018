/* Tests of fitting: sets of rotations, a known place found again with the same bits for any threads, what cannot be refused.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/rotations.h"
#include "lib/random.h"
#include "pleat_fit.h"
#include "tests/suites.h"

static pleat_context *context;
static pleat_structure *structure;

/* No orientation may be farther from the set than its angle. */
static void test_rotations_cover_all(void) {
  pleat_random stream = pleat_random_stream(5, 0, 0);
  double *set, worst = 0;
  size_t count;
  CU_ASSERT_EQUAL_FATAL(pleat_rotations_uniform(context, 0.4, &set, &count), PLEAT_OK);
  for (uint64_t n = 0; n < 500; n++) {
    double q[4], length = 0, nearest = 9;
    for (uint64_t d = 0; d < 4; d++) q[d] = (double)pleat_random_normal(&stream, 4 * n + d), length += q[d] * q[d];
    for (int d = 0; d < 4; d++) q[d] /= sqrt(length);
    for (size_t i = 0; i < count; i++) nearest = fmin(nearest, pleat_rotations_angle(q, set + 4 * i));
    worst = fmax(worst, nearest);
  }
  CU_ASSERT(worst < 0.4 && worst > 0.25);
  free(set);
}

/* Every member is in one group, and the group's base and half turn give it back. */
static void test_groups_hold_all_members(void) {
  double *set;
  size_t count, group_count, seen = 0;
  pleat_rotation_group *groups;
  CU_ASSERT_EQUAL_FATAL(pleat_rotations_uniform(context, 0.5, &set, &count), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_rotations_group(context, set, count, &groups, &group_count), PLEAT_OK);
  for (size_t g = 0; g < group_count; g++)
    for (int h = 0; h < 4; h++) {
      const double *b = groups[g].base;
      double turned[4][4] = {{b[0], b[1], b[2], b[3]}, {-b[1], b[0], -b[3], b[2]}, {-b[2], b[3], b[0], -b[1]}, {-b[3], -b[2], b[1], b[0]}};
      if (groups[g].member[h] < 0) continue;
      CU_ASSERT(pleat_rotations_angle(turned[h], set + 4 * groups[g].member[h]) < 1e-3);
      seen++;
    }
  CU_ASSERT_EQUAL(seen, count);
  CU_ASSERT(group_count < count / 3);
  free(set);
  free(groups);
}

/* The structure's density at 8 angstrom where it is, with a margin of zeros. */
static pleat_map *make_map(void) {
  pleat_map *map, *wide;
  CU_ASSERT_EQUAL_FATAL(pleat_map_simulate(context, structure, 8, 2.5, NULL, &map), PLEAT_OK);
  pleat_map_info info = pleat_map_describe(map);
  for (int d = 0; d < 3; d++) info.size[d] += 6, info.origin[d] -= 3 * 2.5;
  CU_ASSERT_EQUAL_FATAL(pleat_map_create(context, &info, NULL, &wide), PLEAT_OK);
  pleat_map_free(map);
  CU_ASSERT_EQUAL_FATAL(pleat_map_simulate(context, structure, 8, 2.5, wide, &map), PLEAT_OK);
  pleat_map_free(wide);
  return map;
}

static pleat_fit_placement fit_with(const pleat_map *map, int threads) {
  pleat_fit_settings settings = pleat_fit_defaults(8);
  pleat_fit *fit;
  settings.angle = 0.4;
  pleat_context_set_threads(context, threads);
  CU_ASSERT_EQUAL_FATAL(pleat_fit_run(map, structure, &settings, &fit), PLEAT_OK);
  pleat_fit_placement best = pleat_fit_at(fit, 0, 0);
  pleat_fit_free(fit);
  return best;
}

static void test_finds_the_place_with_any_threads(void) {
  pleat_map *map = make_map();
  pleat_fit_placement one = fit_with(map, 1), three = fit_with(map, 3);
  double trace = one.rotation[0][0] + one.rotation[1][1] + one.rotation[2][2];
  CU_ASSERT(acos(fmin(1, (trace - 1) / 2)) < 0.02);
  CU_ASSERT(one.score > 0.98 && one.confidence > 0.9 && one.share > 0.95);
  CU_ASSERT_EQUAL(memcmp(&one, &three, sizeof one), 0);
  pleat_map_free(map);
}

static void refuse(const pleat_map *map, double resolution, const char *sentence) {
  pleat_fit_settings settings = pleat_fit_defaults(resolution);
  pleat_fit *fit;
  CU_ASSERT_EQUAL(pleat_fit_run(map, structure, &settings, &fit), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NULL(fit);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), sentence));
}

static void test_refuses_what_cannot_be(void) {
  pleat_map_info small = {.size = {8, 8, 8}, .spacing = {2, 2, 2}}, large = {.size = {40, 40, 40}, .spacing = {2, 2, 2}};
  float *values = calloc(512, sizeof *values);
  pleat_map *map;
  CU_ASSERT_FATAL(values != NULL);
  values[100] = 1;
  CU_ASSERT_EQUAL_FATAL(pleat_map_create(context, &small, values, &map), PLEAT_OK);
  refuse(map, 8, "the structure is larger than the map");
  refuse(map, 3, "is finer than a map of points 2 angstrom apart can have: at least 4");
  pleat_map_free(map);
  CU_ASSERT_EQUAL_FATAL(pleat_map_create(context, &large, NULL, &map), PLEAT_OK);
  refuse(map, 8, "the map is empty");
  pleat_map_free(map);
  free(values);
}

/* Two blocks of residues that know their own, not each other; one residue that knows nobody. */
static void test_domains_by_aligned_errors(void) {
  enum { L = 21 };
  float pae[L * L];
  int domains[L];
  size_t count;
  for (int i = 0; i < L; i++)
    for (int j = 0; j < L; j++) pae[i * L + j] = i == j ? 0 : i < 12 && j < 12 ? 2 : i >= 12 && j >= 12 && i < 20 && j < 20 ? 3 : 25;
  CU_ASSERT_EQUAL_FATAL(pleat_fit_domains(context, pae, L, 5, 3, domains, &count), PLEAT_OK);
  CU_ASSERT_EQUAL(count, 2);
  for (int i = 0; i < L; i++) CU_ASSERT_EQUAL(domains[i], i < 12 ? 0 : i < 20 ? 1 : -1);
}

static int start(void) {
  char path[512];
  snprintf(path, sizeof path, "%s/structure/1bc8.pdb.gz", PLEAT_TEST_GOLDEN);
  return pleat_context_create(NULL, &context) || pleat_structure_read(context, path, &structure);
}

static int stop(void) {
  pleat_structure_free(structure);
  pleat_context_free(context);
  return 0;
}

void suite_fit(void) {
  CU_pSuite suite = CU_add_suite("fit", start, stop);
  CU_add_test(suite, "rotations cover all orientations", test_rotations_cover_all);
  CU_add_test(suite, "groups of half turns hold all rotations", test_groups_hold_all_members);
  CU_add_test(suite, "a known place is found, with the same bits for any threads", test_finds_the_place_with_any_threads);
  CU_add_test(suite, "what cannot be is refused", test_refuses_what_cannot_be);
  CU_add_test(suite, "domains by aligned errors", test_domains_by_aligned_errors);
}
