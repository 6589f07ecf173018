/* Tests of rigid docking: slopes of energies, the grid's sums, a bound complex found again with the same bits for any threads,
 * restraints.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dock.h"
#include "lib/random.h"
#include "tests/suites.h"

static pleat_context *context;
static pleat_structure *structure; /* two chains, A and B, bound to one another */
static pleat_dock_site *receptor_sites, *ligand_sites;

static size_t atoms(void) { return pleat_structure_atom_count(structure); }

static void take_partners(pleat_dock_partner *receptor, pleat_dock_partner *ligand) {
  *receptor = (pleat_dock_partner){.role = "receptor", .structure = structure, .sites = receptor_sites};
  *ligand = (pleat_dock_partner){.role = "ligand", .structure = structure, .sites = ligand_sites};
  CU_ASSERT_EQUAL_FATAL(pleat_dock_partner_take(context, false, receptor), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_partner_take(context, true, ligand), PLEAT_OK);
}

/* A pose a little off the bound one, moved further by `step` along one of the six parameters. */
static pleat_rigid near_pose(const pleat_dock_partner *ligand, int parameter, double step) {
  double q[4] = {1, 0, 0, 0};
  pleat_rigid frame = pleat_rigid_identity();
  if (parameter >= 3) q[parameter - 2] = step / 2;
  double length = sqrt(1 + step * step / 4 * (parameter >= 3));
  for (int d = 0; d < 4; d++) q[d] /= length;
  pleat_rigid_from_quaternion(q, frame.rotation);
  for (int d = 0; d < 3; d++) frame.translation[d] = ligand->centre[d] + 0.3 + (parameter == d ? step : 0);
  return frame;
}

/* The slope must be what energies to both sides say. */
static void test_slopes_are_derivatives(void) {
  pleat_dock_partner receptor, ligand;
  pleat_dock_cells *cells;
  double slope[6];
  take_partners(&receptor, &ligand);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_cells_take(context, &receptor.body, &cells), PLEAT_OK);
  pleat_rigid here = near_pose(&ligand, 0, 0);
  pleat_dock_energy e = pleat_dock_measure(&pleat_dock_standard_model, cells, &ligand.body, &here, slope);
  CU_ASSERT(e.shape < -20 && isfinite(e.total));
  for (int p = 0; p < 6; p++) {
    pleat_rigid up = near_pose(&ligand, p, 1e-3), down = near_pose(&ligand, p, -1e-3);
    double rise = pleat_dock_measure(&pleat_dock_standard_model, cells, &ligand.body, &up, NULL).total -
                  pleat_dock_measure(&pleat_dock_standard_model, cells, &ligand.body, &down, NULL).total;
    CU_ASSERT_DOUBLE_EQUAL(rise / 2e-3, slope[p], 0.02 * fabs(slope[p]) + 2);
  }
  pleat_dock_energy refined = pleat_dock_refine(&pleat_dock_standard_model, cells, &ligand.body, 10, 50, &here);
  CU_ASSERT(refined.total < e.total - 1);
  pleat_dock_cells_release(context, cells);
  pleat_dock_partner_release(context, &receptor);
  pleat_dock_partner_release(context, &ligand);
}

/* Without a rotation, a hit's energy is the sum over the ligand's atoms of amounts times the fields between their points. */
static void test_hits_are_sums_over_fields(void) {
  static const double identity[4] = {1, 0, 0, 0};
  pleat_dock_partner receptor, ligand;
  pleat_dock_fields fields;
  pleat_dock_hit hits[3];
  size_t found;
  take_partners(&receptor, &ligand);
  ligand.body.site[3] = 1;
  pleat_dock_job job = {.model = &pleat_dock_standard_model, .receptor = &receptor.body, .ligand = &ligand.body,
                        .rotations = identity, .count = 1, .peaks = 3, .spacing = 2, .apart = 4};
  CU_ASSERT_EQUAL_FATAL(pleat_dock_search(context, &job, hits, &found), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(found, 3);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_fields_take(context, &job, &fields), PLEAT_OK);
  for (int h = 0; h < 3; h++) {
    double sum = 0;
    for (size_t i = 0; i < ligand.body.count; i++) {
      double x[3];
      for (size_t d = 0; d < 3; d++) x[d] = ligand.body.position[3 * i + d] + hits[h].translation[d];
      for (int c = 0; c < fields.channels; c++)
        sum -= (double)fields.amount[c][i] * pleat_grid_interpolate(&fields.field[c], x);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, (double)hits[h].energy, 0.01 * fabs(sum));
  }
  pleat_dock_fields_release(context, &fields);
  pleat_dock_partner_release(context, &receptor);
  pleat_dock_partner_release(context, &ligand);
}

enum { ROTATIONS = 48 };

/* A few orientations at random, and one nine degrees off the bound one. */
static pleat_dock_settings coarse(void) {
  static double rotations[4 * ROTATIONS] = {0.9969, 0.05, -0.04, 0.045};
  pleat_dock_settings settings = pleat_dock_defaults();
  pleat_random stream = pleat_random_stream(3, 0, 0);
  for (uint64_t i = 1; i < ROTATIONS; i++) {
    double *q = rotations + 4 * i, length = 0;
    for (uint64_t d = 0; d < 4; d++) q[d] = (double)pleat_random_normal(&stream, 4 * i + d), length += q[d] * q[d];
    for (int d = 0; d < 4; d++) q[d] /= sqrt(length);
  }
  settings.rotations = rotations, settings.rotation_count = ROTATIONS;
  settings.spacing = 1.8, settings.refined = 60, settings.poses = 5;
  settings.receptor_sites = receptor_sites, settings.ligand_sites = ligand_sites;
  return settings;
}

static double deviation(const pleat_dock_pose *pose) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < atoms(); i++) {
    pleat_atom atom = pleat_structure_atom(structure, i);
    if (ligand_sites[i] == PLEAT_DOCK_SITE_ABSENT || strcmp(atom.name, "CA") != 0) continue;
    for (int r = 0; r < 3; r++) {
      const double *row = pose->rotation[r], *x = atom.position;
      sum += pow(row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + pose->translation[r] - x[r], 2);
    }
    count++;
  }
  return sqrt(sum / count);
}

static void test_finds_a_complex_with_any_threads(void) {
  pleat_dock_settings settings = coarse();
  pleat_dock *one, *three;
  pleat_structure *complex;
  double best = INFINITY;
  pleat_context_set_threads(context, 1);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_run(structure, structure, &settings, &one), PLEAT_OK);
  pleat_context_set_threads(context, 3);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_run(structure, structure, &settings, &three), PLEAT_OK);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_count(one), pleat_dock_count(three));
  for (size_t i = 0; i < pleat_dock_count(one); i++) {
    pleat_dock_pose a = pleat_dock_at(one, i), b = pleat_dock_at(three, i);
    CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof a), 0);
    CU_ASSERT_DOUBLE_EQUAL(a.score, a.shape + 0.3 * a.electrostatics + a.desolvation, 1e-6);
    best = fmin(best, deviation(&a));
  }
  CU_ASSERT(best < 5);
  CU_ASSERT_EQUAL_FATAL(pleat_dock_complex(one, 0, &complex), PLEAT_OK);
  CU_ASSERT_EQUAL(complex->chains[0].id[0], 'A');
  CU_ASSERT_EQUAL(complex->chains[complex->chain_count - 1].id[0], 'B');
  pleat_structure_free(complex);
  pleat_dock_free(one);
  pleat_dock_free(three);
}

/* The atoms of a residue of both chains get a site. */
static void mark(pleat_dock_site *sites, int number, pleat_dock_site site) {
  for (size_t i = 0; i < atoms(); i++)
    if (sites[i] != PLEAT_DOCK_SITE_ABSENT && pleat_structure_atom(structure, i).residue_number == number) sites[i] = site;
}

static double best_score(void) {
  pleat_dock_settings settings = coarse();
  pleat_dock *dock;
  if (pleat_dock_run(structure, structure, &settings, &dock)) return 0;
  double score = pleat_dock_at(dock, 0).score;
  pleat_dock_free(dock);
  return score;
}

/* The best pose touches the receptor's first residues or its last, or both: it is gone when those must not be touched. All
 * residues cannot be in the interface: a sentence. */
static void test_restraints_are_kept(void) {
  pleat_dock_settings settings = coarse();
  pleat_dock *dock;
  double best = best_score(), without[2];
  for (int half = 0; half < 2; half++) {
    for (int number = -5; number < 100; number++)
      mark(receptor_sites, number, (number > 35) == half ? PLEAT_DOCK_SITE_AVOIDED : PLEAT_DOCK_SITE_FREE);
    without[half] = best_score();
    CU_ASSERT(without[half] >= best - 1);
  }
  CU_ASSERT(fmax(without[0], without[1]) > best + 5);
  for (int number = -5; number < 100; number++) mark(receptor_sites, number, PLEAT_DOCK_SITE_WANTED);
  CU_ASSERT_EQUAL(pleat_dock_run(structure, structure, &settings, &dock), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "no pose has the wanted residues"));
  for (int number = -5; number < 100; number++) mark(receptor_sites, number, PLEAT_DOCK_SITE_FREE);
}

static void test_refuses_what_cannot_be(void) {
  pleat_dock_settings settings = coarse();
  pleat_dock *dock;
  settings.spacing = 0.1;
  CU_ASSERT_EQUAL(pleat_dock_run(structure, structure, &settings, &dock), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "0.1 angstrom apart"));
  settings = coarse();
  settings.receptor_sites = calloc(atoms(), sizeof *settings.receptor_sites);
  CU_ASSERT_FATAL(settings.receptor_sites != NULL);
  for (size_t i = 0; i < atoms(); i++) ((pleat_dock_site *)settings.receptor_sites)[i] = PLEAT_DOCK_SITE_ABSENT;
  CU_ASSERT_EQUAL(pleat_dock_run(structure, structure, &settings, &dock), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "the receptor has no atoms"));
  free((void *)settings.receptor_sites);
}

static int start(void) {
  char path[512];
  snprintf(path, sizeof path, "%s/msa/4i6p.cif.gz", PLEAT_TEST_GOLDEN);
  if (pleat_context_create(NULL, &context) || pleat_structure_read(context, path, &structure)) return 1;
  receptor_sites = calloc(atoms(), sizeof *receptor_sites);
  ligand_sites = calloc(atoms(), sizeof *ligand_sites);
  if (!receptor_sites || !ligand_sites) return 1;
  for (size_t i = 0; i < atoms(); i++) {
    char chain = pleat_structure_atom(structure, i).chain[0];
    receptor_sites[i] = chain == 'A' ? PLEAT_DOCK_SITE_FREE : PLEAT_DOCK_SITE_ABSENT;
    ligand_sites[i] = chain == 'B' ? PLEAT_DOCK_SITE_FREE : PLEAT_DOCK_SITE_ABSENT;
  }
  return 0;
}

static int stop(void) {
  free(receptor_sites);
  free(ligand_sites);
  pleat_structure_free(structure);
  pleat_context_free(context);
  return 0;
}

void suite_dock(void) {
  CU_pSuite suite = CU_add_suite("dock", start, stop);
  CU_add_test(suite, "slopes are derivatives of energies", test_slopes_are_derivatives);
  CU_add_test(suite, "hits are sums over fields", test_hits_are_sums_over_fields);
  CU_add_test(suite, "a complex is found, with the same bits for any threads", test_finds_a_complex_with_any_threads);
  CU_add_test(suite, "restraints are kept", test_restraints_are_kept);
  CU_add_test(suite, "what cannot be is refused", test_refuses_what_cannot_be);
}
