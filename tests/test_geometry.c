/* Tests of geometry: rigid frames, residue tables, torsion angles.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "geometry/residue_geometry.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"
#include "geometry/vector.h"
#include "lib/random.h"
#include "tests/suites.h"
#include "tests/table.h"

/* The largest |a - b|; infinite when one is NaN. */
static double largest_difference(const double *a, const double *b, int count) {
  double largest = 0;
  for (int i = 0; i < count; i++) {
    double difference = fabs(a[i] - b[i]);
    if (isnan(difference)) return INFINITY;
    if (difference > largest) largest = difference;
  }
  return largest;
}

/* A random frame with a proper rotation. */
static pleat_rigid random_frame(uint32_t key) {
  pleat_random stream = pleat_random_stream(11, key, 0);
  pleat_rigid frame;
  double q[4] = {1, 0, 0, 0}, u[3];
  for (int i = 0; i < 3; i++) {
    u[i] = pleat_random_normal(&stream, (uint64_t)i);
    frame.translation[i] = 10 * pleat_random_normal(&stream, (uint64_t)i + 3);
  }
  pleat_rigid_update_quaternion(q, u);
  pleat_rigid_from_quaternion(q, frame.rotation);
  return frame;
}

static void test_quaternion_known_rotations(void) {
  double half = sqrt(0.5), z90[4] = {half, 0, 0, half}, r[9], want[9] = {0, -1, 0, 1, 0, 0, 0, 0, 1};
  pleat_rigid_from_quaternion(z90, r);
  CU_ASSERT(largest_difference(r, want, 9) < 1e-15);
  double q[4] = {1, 0, 0, 0}, u[3] = {0, 0, 1}; /* (1,0,0,1) normalised is 90 degrees about z */
  pleat_rigid_update_quaternion(q, u);
  CU_ASSERT(largest_difference(q, z90, 4) < 1e-15);
  float qf[4] = {1, 0, 0, 0}, uf[3] = {0, 0, 1}, rf[9];
  pleat_rigid_update_quaternion_f(qf, uf);
  pleat_rigid_from_quaternion_f(qf, rf);
  for (int i = 0; i < 9; i++) CU_ASSERT_DOUBLE_EQUAL(rf[i], want[i], 1e-6);
}

static void test_frames_compose_and_invert(void) {
  for (uint32_t key = 0; key < 20; key++) {
    pleat_rigid a = random_frame(2 * key), b = random_frame(2 * key + 1), ab = pleat_rigid_compose(&a, &b);
    double x[3] = {1, -2, 3}, y[3], z[3];
    pleat_rigid_apply(&b, x, y);
    pleat_rigid_apply(&a, y, y);
    pleat_rigid_apply(&ab, x, z);
    CU_ASSERT(largest_difference(y, z, 3) < 1e-12);
    pleat_rigid_apply_inverse(&ab, z, z);
    CU_ASSERT(largest_difference(x, z, 3) < 1e-12);
    pleat_rigid inverse = pleat_rigid_inverse(&a), one = pleat_rigid_compose(&a, &inverse), id = pleat_rigid_identity();
    CU_ASSERT(largest_difference(one.rotation, id.rotation, 9) < 1e-12);
    CU_ASSERT(largest_difference(one.translation, id.translation, 3) < 1e-12);
  }
}

static void test_backbone_frame(void) {
  double n[3] = {-1.458, 0, 0}, ca[3] = {0, 0, 0}, c[3] = {0.5, 1.4, 0};
  pleat_rigid id = pleat_rigid_identity(), frame = pleat_rigid_from_backbone(n, ca, c, 1e-8);
  CU_ASSERT(largest_difference(frame.rotation, id.rotation, 9) < 1e-7);
  pleat_rigid turn = random_frame(5);
  pleat_rigid_apply(&turn, n, n);
  pleat_rigid_apply(&turn, ca, ca);
  pleat_rigid_apply(&turn, c, c);
  frame = pleat_rigid_from_backbone(n, ca, c, 1e-8);
  CU_ASSERT(largest_difference(frame.rotation, turn.rotation, 9) < 1e-7);
  CU_ASSERT(largest_difference(frame.translation, turn.translation, 3) < 1e-12);
  frame = pleat_rigid_from_backbone(n, n, n, 1e-8); /* three equal points: a null rotation, but no NaN */
  CU_ASSERT_EQUAL(pleat_vector_length(frame.rotation), 0);
}

static void test_residue_tables(void) {
  int atoms = 0, chis = 0;
  for (int type = 0; type < PLEAT_GEOMETRY_TYPES; type++) {
    for (int place = 0; place < PLEAT_GEOMETRY_ATOMS; place++) {
      atoms += pleat_residue_has_atom(type, place);
      if (pleat_residue_has_atom(type, place))
        CU_ASSERT_EQUAL(pleat_residue_place(type, pleat_residue_atoms[type][place].name), place);
    }
    chis += pleat_residue_chi_count(type);
    CU_ASSERT_EQUAL(pleat_residue_type_of_letter(pleat_residue_letters[type]), type);
    CU_ASSERT_EQUAL(pleat_residue_type_of_name(pleat_residue_names[type]), type);
  }
  CU_ASSERT_EQUAL(atoms, 167);
  CU_ASSERT_EQUAL(chis, 39);
  CU_ASSERT_EQUAL(pleat_residue_place(0, "CG"), -1);
  CU_ASSERT_EQUAL(pleat_residue_place(0, ""), -1);
  CU_ASSERT_EQUAL(pleat_residue_type_of_letter('B'), PLEAT_GEOMETRY_UNKNOWN);
}

/* Every bond's length in the literature positions of one rigid group is near its Engh & Huber value. */
static void test_bonds_agree_with_positions(void) {
  int compared = 0;
  for (int type = 0; type < PLEAT_GEOMETRY_UNKNOWN; type++) {
    int count;
    const pleat_residue_bond *bonds = pleat_residue_bonds(type, &count);
    for (int i = 0; i < count; i++) {
      const pleat_residue_atom *atoms = pleat_residue_atoms[type];
      const pleat_residue_atom *a = &atoms[(int)bonds[i].a], *b = &atoms[(int)bonds[i].b];
      CU_ASSERT_FATAL(a->name[0] && b->name[0]);
      if (a->group != b->group) continue;
      CU_ASSERT_DOUBLE_EQUAL(pleat_vector_distance(a->position, b->position), bonds[i].length, 0.05);
      compared++;
    }
  }
  CU_ASSERT_EQUAL(compared, 81);
}

enum { ROW = 1 + 14 + 12 + 42 + 12 };

/* Atoms of golden row `row`, its torsions shifted by `shift`; returns the largest difference to the golden atoms. */
static double golden_row_difference(const double *row, double shift, double *frame_difference) {
  int32_t type = (int32_t)row[0];
  float torsions[14], backbone[12], frames[96], positions[42];
  double found[42], frame[12];
  for (int i = 0; i < 14; i++) torsions[i] = (float)(row[1 + i] + shift);
  for (int i = 0; i < 12; i++) backbone[i] = (float)row[15 + i];
  pleat_torsion_to_frames(1, &type, torsions, backbone, frames);
  pleat_frames_to_atom14(1, &type, frames, positions);
  for (int i = 0; i < 42; i++) found[i] = positions[i];
  for (int i = 0; i < 12; i++) frame[i] = frames[84 + i];
  *frame_difference = largest_difference(frame, row + 69, 12);
  return largest_difference(found, row + 27, 42);
}

static void test_atoms_match_alphafold(void) {
  static double rows[20 * ROW];
  CU_ASSERT_EQUAL_FATAL(test_table_read("geometry/build_atom14.tsv", ROW, rows, 20), 20);
  for (int i = 0; i < 20; i++) {
    double frame_difference, difference = golden_row_difference(rows + i * ROW, 0, &frame_difference);
    CU_ASSERT(difference < 2e-5);
    CU_ASSERT(frame_difference < 2e-5);
    CU_ASSERT(golden_row_difference(rows + i * ROW, 0.02, &frame_difference) > 1e-4); /* the check can fail */
  }
}

static void test_dihedral_matches_alphafold(void) {
  double rows[12 * 13], square[4][3] = {{1, 0, 0}, {0, 0, 0}, {0, 0, 1}, {0, 1, 1}};
  CU_ASSERT_EQUAL_FATAL(test_table_read("geometry/dihedral.tsv", 13, rows, 12), 12);
  for (int i = 0; i < 12; i++) {
    const double *r = rows + 13 * i;
    CU_ASSERT_DOUBLE_EQUAL(pleat_torsion_dihedral(r, r + 3, r + 6, r + 9), r[12], 2e-6);
  }
  CU_ASSERT_DOUBLE_EQUAL(pleat_torsion_dihedral(square[0], square[1], square[2], square[3]), 1.5707963267948966, 1e-12);
  CU_ASSERT_EQUAL(pleat_torsion_dihedral(square[0], square[1], square[1], square[3]), 0);
}

/* Angles that go in come out again: torsions -> frames -> atoms -> measured chis, and psi from the oxygen's side. */
static void test_torsions_come_back(void) {
  for (int32_t type = 0; type < PLEAT_GEOMETRY_UNKNOWN; type++) {
    float torsions[14], backbone[12], frames[96], positions[42];
    double chi[4] = {-1, 2.5, 0.7, -2.8}, atoms[42];
    pleat_rigid frame = random_frame((uint32_t)type);
    pleat_rigid_to_flat_f(&frame, backbone);
    for (int i = 0; i < 7; i++) {
      torsions[2 * i] = (float)sin(i < 3 ? 0.3 : chi[i - 3]);
      torsions[2 * i + 1] = (float)cos(i < 3 ? 0.3 : chi[i - 3]);
    }
    pleat_torsion_to_frames(1, &type, torsions, backbone, frames);
    pleat_frames_to_atom14(1, &type, frames, positions);
    for (int i = 0; i < 42; i++) atoms[i] = positions[i];
    pleat_torsion_angles angles = pleat_torsion_measure(atoms, &type, 0, 0, 0);
    CU_ASSERT(isnan(angles.phi) && isnan(angles.omega) && isnan(angles.psi));
    for (int i = 0; i < 4; i++) {
      if (i < pleat_residue_chi_count(type))
        CU_ASSERT_DOUBLE_EQUAL(angles.chi[i], chi[i], 2e-3) /* literature positions have 1e-3 angstrom */
      else
        CU_ASSERT(isnan(angles.chi[i]));
    }
  }
}

void suite_geometry(void) {
  CU_pSuite suite = CU_add_suite("geometry", NULL, NULL);
  CU_add_test(suite, "quaternions: known rotations", test_quaternion_known_rotations);
  CU_add_test(suite, "frames compose and invert", test_frames_compose_and_invert);
  CU_add_test(suite, "backbone frame", test_backbone_frame);
  CU_add_test(suite, "residue tables are whole", test_residue_tables);
  CU_add_test(suite, "bonds agree with literature positions", test_bonds_agree_with_positions);
  CU_add_test(suite, "atoms match AlphaFold", test_atoms_match_alphafold);
  CU_add_test(suite, "dihedral angles match AlphaFold", test_dihedral_matches_alphafold);
  CU_add_test(suite, "torsions come back", test_torsions_come_back);
}
