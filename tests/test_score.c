/* Tests of geometry: superposition, neighbours, TM-score, GDT, lDDT, the sanity gate.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "geometry/neighbor.h"
#include "geometry/residue_geometry.h"
#include "geometry/sanity.h"
#include "geometry/score.h"
#include "geometry/superpose.h"
#include "geometry/torsion.h"
#include "geometry/vector.h"
#include "lib/random.h"
#include "tests/suites.h"
#include "tests/table.h"

static pleat_context *context;

static int start(void) { return pleat_context_create(NULL, &context) != PLEAT_OK; }

static int stop(void) {
  pleat_context_free(context);
  return 0;
}

static pleat_rigid some_frame(double a, double b, double c) {
  pleat_rigid frame = {.translation = {10 * a, -20 * b, 30 * c}};
  double q[4] = {1, 0, 0, 0}, u[3] = {a, b, c};
  pleat_rigid_update_quaternion(q, u);
  pleat_rigid_from_quaternion(q, frame.rotation);
  return frame;
}

static void random_points(uint32_t key, double *points, size_t count, double spread) {
  pleat_random stream = pleat_random_stream(3, key, 0);
  for (size_t i = 0; i < 3 * count; i++) points[i] = spread * pleat_random_normal(&stream, i);
}

static double determinant(const double *r) {
  double normal[3];
  pleat_vector_cross(r + 3, r + 6, normal);
  return pleat_vector_dot(r, normal);
}

static void test_superposition_finds_a_known_move(void) {
  double points[30], moved[30];
  pleat_rigid frame = some_frame(0.3, -2, 0.9);
  random_points(1, points, 10, 5);
  for (int i = 0; i < 10; i++) pleat_rigid_apply(&frame, points + 3 * i, moved + 3 * i);
  pleat_superposition found = pleat_superpose(points, moved, NULL, 10);
  CU_ASSERT(found.rmsd < 1e-12);
  for (int i = 0; i < 9; i++) CU_ASSERT_DOUBLE_EQUAL(found.frame.rotation[i], frame.rotation[i], 1e-12);
  moved[0] += 1; /* no longer the same shape */
  CU_ASSERT(pleat_superpose(points, moved, NULL, 10).rmsd > 0.1);
}

static void test_superposition_never_mirrors(void) {
  double points[30], mirror[30];
  random_points(2, points, 10, 5);
  for (int i = 0; i < 30; i++) mirror[i] = i % 3 == 2 ? -points[i] : points[i];
  pleat_superposition found = pleat_superpose(points, mirror, NULL, 10);
  CU_ASSERT_DOUBLE_EQUAL(determinant(found.frame.rotation), 1, 1e-12);
  CU_ASSERT(found.rmsd > 0.5);
}

static void test_superposition_weights(void) {
  double points[12], moved[12], weights[4] = {1, 1, 1, 0}, twice[4] = {2, 1, 1, 1};
  random_points(3, points, 4, 5);
  memcpy(moved, points, sizeof points);
  moved[9] += 100;
  CU_ASSERT(pleat_superpose(points, moved, weights, 4).rmsd < 1e-12);
  double doubled[15], doubled_moved[15]; /* a weight of two is the same as the point twice */
  memcpy(doubled, points, sizeof points);
  memcpy(doubled_moved, moved, sizeof moved);
  memcpy(doubled + 12, points, 3 * sizeof *points);
  memcpy(doubled_moved + 12, moved, 3 * sizeof *moved);
  CU_ASSERT_DOUBLE_EQUAL(pleat_superpose(points, moved, twice, 4).rmsd,
                         pleat_superpose(doubled, doubled_moved, NULL, 5).rmsd, 1e-9);
  CU_ASSERT(isnan(pleat_superpose(points, moved, NULL, 0).rmsd));
}

/* One point, two points, points on a line and in a plane: the best move is still found, and it is a rotation. */
static void test_superposition_degenerate(void) {
  double points[18] = {0, 0, 0, 1, 0, 0, 2, 0, 0, 3.5, 0, 0, 0, 2, 0, 1, -1, 0}, moved[18];
  pleat_rigid frame = some_frame(1, 2, -0.5);
  for (int i = 0; i < 6; i++) pleat_rigid_apply(&frame, points + 3 * i, moved + 3 * i);
  for (size_t count = 1; count <= 6; count++) {
    pleat_superposition found = pleat_superpose(points, moved, NULL, count);
    CU_ASSERT(found.rmsd < 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(determinant(found.frame.rotation), 1, 1e-12);
  }
  double two[6] = {0, 0, 0, 1, 0, 0}, longer[6] = {0, 0, 0, 0, 3, 0};
  CU_ASSERT_DOUBLE_EQUAL(pleat_superpose(two, longer, NULL, 2).rmsd, 1, 1e-12);
}

typedef struct pair_count {
  size_t count;
  double sum;
} pair_count;

static void count_pair(void *argument, size_t first, size_t second, double distance2) {
  pair_count *pairs = argument;
  pairs->count += first < second;
  pairs->sum += distance2;
}

static void test_neighbours_equal_brute_force(void) {
  static double points[3 * 500];
  for (int k = 0; k < 4; k++) {
    random_points(10 + (uint32_t)k, points, 500, k == 3 ? 1e5 : 8);
    points[30] = k == 1 ? NAN : points[30];
    points[60] = k == 2 ? 1e300 : points[60];
    double cutoff = 1.5 + 2 * k;
    pair_count found = {0, 0}, wanted = {0, 0};
    CU_ASSERT_EQUAL(pleat_neighbor_pairs(context, points, 500, cutoff, count_pair, &found), PLEAT_OK);
    for (size_t i = 0; i < 500; i++)
      for (size_t j = i + 1; j < 500; j++) {
        double d2 = pleat_vector_distance2(points + 3 * i, points + 3 * j);
        if (d2 < cutoff * cutoff) count_pair(&wanted, i, j, d2);
      }
    CU_ASSERT_EQUAL(found.count, wanted.count);
    CU_ASSERT_DOUBLE_EQUAL(found.sum, wanted.sum, 1e-6);
  }
  CU_ASSERT_EQUAL(pleat_neighbor_pairs(context, points, 0, 1, count_pair, NULL), PLEAT_OK);
}

enum { CA = 125 };

static void read_9hzj(double *model, double *reference) {
  static double rows[CA * 6];
  CU_ASSERT_EQUAL_FATAL(test_table_read("geometry/ca_9hzj.tsv", 6, rows, CA), CA);
  for (int i = 0; i < CA; i++) {
    memcpy(model + 3 * i, rows + 6 * i, 3 * sizeof *rows);
    memcpy(reference + 3 * i, rows + 6 * i + 3, 3 * sizeof *rows);
  }
}

static void test_scores_of_a_real_pair(void) {
  static double model[3 * CA], reference[3 * CA];
  pleat_score_tm_result found;
  pleat_rigid frame = some_frame(-1, 0.2, 3);
  read_9hzj(model, reference);
  for (int turn = 0; turn < 2; turn++) {
    CU_ASSERT_DOUBLE_EQUAL(pleat_superpose(model, reference, NULL, CA).rmsd, 6.168, 0.001);
    CU_ASSERT_EQUAL(pleat_score_tm(context, model, reference, CA, CA, &found), PLEAT_OK);
    CU_ASSERT_DOUBLE_EQUAL(found.tm, 0.7652, 0.0005);
    CU_ASSERT_DOUBLE_EQUAL(found.gdt_ts, 0.7480, 0.0005);
    CU_ASSERT_DOUBLE_EQUAL(found.gdt_ha, 0.6080, 0.0005);
    for (int i = 0; i < CA; i++) pleat_rigid_apply(&frame, model + 3 * i, model + 3 * i);
  }
  CU_ASSERT_EQUAL(pleat_score_tm(context, model, reference, CA, 2 * CA, &found), PLEAT_OK);
  CU_ASSERT(found.tm < 0.5);
  for (int i = 0; i < 3 * CA; i += 3) model[i] = -model[i]; /* the mirror image must not score */
  CU_ASSERT_EQUAL(pleat_score_tm(context, model, reference, CA, CA, &found), PLEAT_OK);
  CU_ASSERT(found.tm < 0.5);
}

static void test_scores_of_small_and_equal_sets(void) {
  double points[36];
  pleat_score_tm_result found;
  random_points(20, points, 12, 10);
  for (size_t count = 1; count <= 12; count++) {
    CU_ASSERT_EQUAL(pleat_score_tm(context, points, points, count, count, &found), PLEAT_OK);
    CU_ASSERT_DOUBLE_EQUAL(found.tm, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(found.gdt_ts, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(found.gdt_ha, 1, 1e-9);
  }
  CU_ASSERT_EQUAL(pleat_score_tm(context, points, points, 0, 5, &found), PLEAT_OK);
  CU_ASSERT_EQUAL(found.tm, 0);
  CU_ASSERT_DOUBLE_EQUAL(pleat_score_tm_d0(100), 1.24 * cbrt(85) - 1.8, 1e-12);
  CU_ASSERT_EQUAL(pleat_score_tm_d0(10), 0.5);
}

static void test_lddt_matches_alphafold(void) {
  static double rows[93 * 8], model[93 * 3], reference[93 * 3], found[93];
  static int32_t residue[93];
  size_t count = 0;
  double global;
  CU_ASSERT_EQUAL_FATAL(test_table_read("geometry/lddt_ca.tsv", 8, rows, 93), 93);
  for (int32_t i = 0; i < 93; i++) {
    if (rows[8 * i] == 0) continue;
    memcpy(model + 3 * count, rows + 8 * i + 1, 3 * sizeof *rows);
    memcpy(reference + 3 * count, rows + 8 * i + 4, 3 * sizeof *rows);
    residue[count++] = i;
  }
  pleat_score_atoms atoms = {model, reference, residue, NULL, count, 93};
  CU_ASSERT_EQUAL(pleat_score_lddt(context, &atoms, found, &global), PLEAT_OK);
  CU_ASSERT_DOUBLE_EQUAL(global, 0.81222001, 1e-6);
  for (int i = 0; i < 93; i++)
    if (rows[8 * i] != 0) CU_ASSERT_DOUBLE_EQUAL(found[i], rows[8 * i + 7], 1e-6);
  model[30] += 3;
  CU_ASSERT_EQUAL(pleat_score_lddt(context, &atoms, NULL, &global), PLEAT_OK);
  CU_ASSERT(global < 0.812);
  atoms.count = 1;
  CU_ASSERT_EQUAL(pleat_score_lddt(context, &atoms, found, &global), PLEAT_OK);
  CU_ASSERT(isnan(global));
}

/* ---- The sanity gate, on an alanine chain built from its torsions ---- */

enum { CHAIN = 30 };
static float chain[CHAIN * 42];
static int32_t chain_types[CHAIN], chain_ids[CHAIN];

/* Residue i sits 3.8 angstrom along x: extended, connected well enough for the gate. */
static void build_chain(void) {
  float torsions[14] = {0}, backbone[12] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, frames[96];
  for (int i = 0; i < 7; i++) torsions[2 * i + 1] = 1;
  for (int32_t i = 0; i < CHAIN; i++) {
    chain_types[i] = chain_ids[i] = 0;
    backbone[9] = 3.4f * (float)i;
    pleat_torsion_to_frames(1, chain_types + i, torsions, backbone, frames);
    pleat_frames_to_atom14(1, chain_types + i, frames, chain + 42 * i);
  }
}

static bool chain_passes(pleat_geometry_report *report, const char *word) {
  pleat_sanity_model model = {chain, chain_types, chain_ids, CHAIN};
  char reason[160];
  CU_ASSERT_EQUAL(pleat_sanity_measure(context, &model, report), PLEAT_OK);
  bool passes = pleat_sanity_passes(report, reason, sizeof reason);
  CU_ASSERT_EQUAL(passes, reason[0] == 0);
  if (word) CU_ASSERT_PTR_NOT_NULL(strstr(reason, word));
  return passes;
}

static void test_sanity_passes_a_chain(void) {
  pleat_geometry_report report;
  build_chain();
  CU_ASSERT_TRUE(chain_passes(&report, NULL));
  CU_ASSERT_EQUAL(report.bonds, CHAIN - 1);
  CU_ASSERT_EQUAL(report.clashes, 0);
}

static void test_sanity_finds_each_fault(void) {
  pleat_geometry_report report;
  build_chain();
  chain[42 * 5 + 3] = NAN;
  CU_ASSERT_FALSE(chain_passes(&report, "finite"));
  CU_ASSERT_EQUAL(report.not_finite, 1);
  build_chain();
  for (int i = 42 * 10; i < 42 * CHAIN; i += 3) chain[i] += 2;
  CU_ASSERT_FALSE(chain_passes(&report, "after residue 10"));
  for (int i = 10; i < CHAIN; i++) chain_ids[i] = 1; /* two chains: no bond there to break */
  CU_ASSERT_TRUE(chain_passes(&report, NULL));
  build_chain();
  for (int i = 0; i < CHAIN * 42; i += 3) chain[i + 2] = -chain[i + 2];
  CU_ASSERT_FALSE(chain_passes(&report, "wrong hand"));
  CU_ASSERT_EQUAL(report.wrong_hands, CHAIN);
}

static void test_sanity_counts_clashes(void) {
  pleat_geometry_report report;
  build_chain();
  memcpy(chain + 42 * 20 + 12, chain + 42 * 2 + 12, 3 * sizeof *chain); /* CB of residue 21 onto that of 3 */
  CU_ASSERT_TRUE(chain_passes(&report, NULL));
  CU_ASSERT_EQUAL(report.impossible, 1);
  CU_ASSERT(report.clashes >= 1);
  CU_ASSERT_EQUAL(report.nearest, 0);
  memcpy(chain + 42 * 21 + 12, chain + 42 * 4 + 12, 3 * sizeof *chain);
  CU_ASSERT_FALSE(chain_passes(&report, "not bonded"));
}

void suite_score(void) {
  CU_pSuite suite = CU_add_suite("score", start, stop);
  CU_add_test(suite, "superposition finds a known move", test_superposition_finds_a_known_move);
  CU_add_test(suite, "superposition never mirrors", test_superposition_never_mirrors);
  CU_add_test(suite, "superposition with weights", test_superposition_weights);
  CU_add_test(suite, "superposition of few, linear and planar points", test_superposition_degenerate);
  CU_add_test(suite, "neighbours equal brute force", test_neighbours_equal_brute_force);
  CU_add_test(suite, "scores of a real pair", test_scores_of_a_real_pair);
  CU_add_test(suite, "scores of small and equal sets", test_scores_of_small_and_equal_sets);
  CU_add_test(suite, "lDDT matches AlphaFold", test_lddt_matches_alphafold);
  CU_add_test(suite, "sanity passes a chain", test_sanity_passes_a_chain);
  CU_add_test(suite, "sanity finds each fault", test_sanity_finds_each_fault);
  CU_add_test(suite, "sanity counts clashes", test_sanity_counts_clashes);
}
