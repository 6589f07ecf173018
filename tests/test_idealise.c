/* Tests of the restrained minimiser: its gradient, and what it does to a chain of shortened bonds.
 * SPDX-License-Identifier: MIT */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "geometry/idealise.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"
#include "lib/random.h"
#include "tests/suites.h"

enum { LENGTH = 20, SIZE = LENGTH * 14 * 3 };

typedef struct chain {
  float positions[SIZE];
  int32_t types[LENGTH], chains[LENGTH];
} chain;

static pleat_sanity_model model_of(const chain *c) {
  return (pleat_sanity_model){.positions = c->positions, .types = c->types, .chains = c->chains, .length = LENGTH};
}

/* One residue of each type along an extended chain, the next residue `rise` angstrom further on. */
static void make_chain(float rise, chain *c) {
  float torsions[LENGTH * 14], backbone[LENGTH * 12] = {0}, frames[LENGTH * 8 * 12];
  for (int i = 0; i < LENGTH; i++) {
    c->types[i] = i;
    c->chains[i] = 0;
    for (int k = 0; k < 7; k++) {
      torsions[14 * i + 2 * k] = sinf((float)k);
      torsions[14 * i + 2 * k + 1] = cosf((float)k);
    }
    float sign = i % 2 ? -1 : 1; /* each residue turned over, so that C meets the next N */
    float *frame = backbone + 12 * i;
    frame[0] = 0.8944f;
    frame[1] = 0.4472f * sign * -1;
    frame[3] = 0.4472f * sign;
    frame[4] = 0.8944f;
    frame[8] = 1;
    frame[9] = rise * (float)i;
  }
  pleat_torsion_to_frames(LENGTH, c->types, torsions, backbone, frames);
  pleat_frames_to_atom14(LENGTH, c->types, frames, c->positions);
}

static void test_gradient_is_that_of_the_energy(void) {
  static chain c;
  static float moved[SIZE], probe[SIZE];
  static double gradient[SIZE], ignored[SIZE];
  pleat_context *context;
  pleat_random stream = pleat_random_stream(5, 0, 0);
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  make_chain(3.6f, &c);
  pleat_sanity_model model = model_of(&c);
  double energy, up, down, worst = 0, largest = 0;
  for (uint64_t i = 0; i < SIZE; i++) moved[i] = c.positions[i] + 0.05f * pleat_random_normal(&stream, i);
  CU_ASSERT_EQUAL_FATAL(pleat_idealise_energy(context, &model, moved, &energy, gradient), PLEAT_OK);
  for (int i = 0; i < SIZE; i += 17) {
    const float h = 0x1p-9f;
    memcpy(probe, moved, sizeof probe);
    probe[i] = moved[i] + h;
    double step = (double)probe[i];
    CU_ASSERT_EQUAL_FATAL(pleat_idealise_energy(context, &model, probe, &up, ignored), PLEAT_OK);
    probe[i] = moved[i] - h;
    step -= (double)probe[i];
    CU_ASSERT_EQUAL_FATAL(pleat_idealise_energy(context, &model, probe, &down, ignored), PLEAT_OK);
    worst = fmax(worst, fabs((up - down) / step - gradient[i]));
    largest = fmax(largest, fabs(gradient[i]));
  }
  CU_ASSERT(largest > 10);
  CU_ASSERT(worst < 1e-2 * largest);
  pleat_context_free(context);
}

static void test_short_bonds_become_standard(void) {
  static chain c;
  static float out[SIZE], again[SIZE];
  pleat_idealise_report report, second;
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  make_chain(3.6f, &c);
  pleat_sanity_model model = model_of(&c);
  CU_ASSERT_EQUAL_FATAL(pleat_idealise(context, &model, out, &report), PLEAT_OK);
  CU_ASSERT(fabs(report.c_n_before - 1.33) > 0.03);
  CU_ASSERT_DOUBLE_EQUAL(report.c_n_after, 1.33, 0.02);
  CU_ASSERT(report.bond_rms_after < report.bond_rms_before && report.bond_rms_after < 0.02);
  CU_ASSERT(report.moved_most > 0 && report.energy_after < report.energy_before);
  CU_ASSERT_EQUAL_FATAL(pleat_idealise(context, &model, again, &second), PLEAT_OK);
  CU_ASSERT_EQUAL(memcmp(out, again, sizeof out), 0);
  pleat_context_free(context);
}

static void test_refuses_what_is_not_finite(void) {
  static chain c;
  static float out[SIZE];
  pleat_idealise_report report;
  pleat_context *context;
  CU_ASSERT_EQUAL_FATAL(pleat_context_create(NULL, &context), PLEAT_OK);
  make_chain(3.6f, &c);
  c.positions[100] = NAN;
  pleat_sanity_model model = model_of(&c);
  CU_ASSERT_EQUAL(pleat_idealise(context, &model, out, &report), PLEAT_ERROR_INPUT);
  CU_ASSERT_PTR_NOT_NULL(strstr(pleat_context_error(context), "residue 3"));
  pleat_context_free(context);
}

void suite_idealise(void) {
  CU_pSuite suite = CU_add_suite("idealise", NULL, NULL);
  CU_add_test(suite, "gradient is that of the energy", test_gradient_is_that_of_the_energy);
  CU_add_test(suite, "short bonds become standard", test_short_bonds_become_standard);
  CU_add_test(suite, "refuses what is not finite", test_refuses_what_is_not_finite);
}
