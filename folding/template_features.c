/* Numbers from a template's atoms; facts as in the published code (AlphaFold 2.3).
 * SPDX-License-Identifier: MIT */
#include "folding/template_features.h"

#include <math.h>
#include <string.h>

#include "data/residue.h"
#include "geometry/rigid.h"
#include "geometry/torsion.h"

enum { ATOMS = PLEAT_RESIDUE_ATOM37, N = 0, CA = 1, C = 2, CB = 3, O = 4, TORSIONS = 7 };

static const float *position(const pleat_template_atoms *a, int64_t residue, int atom) {
  return a->positions + (residue * ATOMS + atom) * 3;
}

static float present(const pleat_template_atoms *a, int64_t residue, int atom) {
  return a->present[residue * ATOMS + atom];
}

void pleat_template_beta(const pleat_template_atoms *a, float *beta, float *mask) {
  const int glycine = pleat_residue_from_letter('G');
  for (int64_t i = 0; i < a->length; i++) {
    int atom = a->types[i] == glycine ? CA : CB;
    memcpy(beta + 3 * i, position(a, i, atom), 3 * sizeof *beta);
    mask[i] = present(a, i, atom);
  }
}

void pleat_template_frames(const pleat_template_atoms *a, float *frames, float *mask) {
  for (int64_t i = 0; i < a->length; i++) {
    pleat_rigid frame = pleat_rigid_identity();
    double n[3], ca[3], c[3];
    for (int x = 0; x < 3; x++) {
      n[x] = position(a, i, N)[x];
      ca[x] = position(a, i, CA)[x];
      c[x] = position(a, i, C)[x];
    }
    mask[i] = present(a, i, N) * present(a, i, CA) * present(a, i, C);
    if (mask[i] > 0) frame = pleat_rigid_from_points(c, ca, n, 1e-12);
    pleat_rigid_to_flat_f(&frame, frames + 12 * i);
  }
}

/* ---- Torsions ---- */

static float dot(const float a[3], const float b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static void normalize(float v[3]) {
  float length = sqrtf(dot(v, v) + 1e-8f);
  for (int x = 0; x < 3; x++) v[x] /= length;
}

/* R^T x + (-(R^T t)): as the published code has it, not R^T (x - t). */
static float along(const float axis[3], const float x[3], const float t[3]) { return dot(axis, x) + -dot(axis, t); }

/* (sin, cos) of the dihedral angle of four points: the fourth in the frame of the first three (AlphaFold 2's
 * rigids_from_3_points). */
static void torsion(const float *const p[4], float sin_cos[2]) {
  float e0[3], e1[3], e2[3];
  for (int x = 0; x < 3; x++) e0[x] = p[2][x] - p[1][x];
  for (int x = 0; x < 3; x++) e1[x] = p[0][x] - p[2][x];
  normalize(e0);
  float c = dot(e1, e0);
  for (int x = 0; x < 3; x++) e1[x] -= c * e0[x];
  normalize(e1);
  for (int x = 0; x < 3; x++) e2[x] = e0[(x + 1) % 3] * e1[(x + 2) % 3] - e0[(x + 2) % 3] * e1[(x + 1) % 3];
  float y = along(e1, p[3], p[2]), z = along(e2, p[3], p[2]), length = sqrtf(z * z + y * y + 1e-8f);
  sin_cos[0] = z / length;
  sin_cos[1] = y / length;
}

/* Places in atom37 of a side-chain torsion's four atoms; false when the type does not have it. */
static bool chi_atoms(int32_t type, int chi, int places[4]) {
  if (type < 0 || type >= PLEAT_RESIDUE_UNKNOWN || chi >= pleat_residue_types[type].chi_count) return false;
  for (int k = 0; k < 4; k++) places[k] = pleat_residue_atom37_index(pleat_residue_types[type].chi[chi][k]);
  return true;
}

/* Torsion `kind` of residue i; positions of the residue before the first are 0. */
static float measure(const pleat_template_atoms *a, int64_t i, int kind, float sin_cos[2]) {
  static const float origin[3];
  static const int places[3][4] = {{CA, C, N, CA}, {C, N, CA, C}, {N, CA, C, O}}, before[3] = {2, 1, 0};
  int chi[4] = {0, 0, 0, 0};
  bool side = kind >= 3, there = !side || chi_atoms(a->types[i], kind - 3, chi);
  const float *p[4];
  float mask = there;
  for (int k = 0; k < 4; k++) {
    bool earlier = !side && k < before[kind];
    int atom = side ? chi[k] : places[kind][k];
    p[k] = earlier && i == 0 ? origin : position(a, i - earlier, atom);
    mask *= earlier && i == 0 ? 0 : present(a, i - earlier, atom);
  }
  torsion(p, sin_cos);
  return mask;
}

void pleat_template_torsions(const pleat_template_atoms *a, float *torsions, float *mask) {
  for (int64_t i = 0; i < a->length; i++)
    for (int kind = 0; kind < TORSIONS; kind++) {
      float *to = torsions + (i * TORSIONS + kind) * 2;
      mask[i * TORSIONS + kind] = measure(a, i, kind, to);
      if (kind == 2) to[0] = -to[0], to[1] = -to[1];
    }
}

static void type_one_hot(int32_t type, float *features) {
  for (int k = 0; k < PLEAT_TEMPLATE_TYPES; k++) features[k] = k == type;
}

void pleat_template_monomer_features(const pleat_template_atoms *a, float *features, float *row_mask) {
  for (int64_t i = 0; i < a->length; i++, features += PLEAT_TEMPLATE_MONOMER_FEATURES) {
    float *angles = features + PLEAT_TEMPLATE_TYPES, *other = angles + 2 * TORSIONS, *mask = other + 2 * TORSIONS;
    int32_t type = a->types[i];
    type_one_hot(type, features);
    for (int kind = 0; kind < TORSIONS; kind++) {
      mask[kind] = measure(a, i, kind, angles + 2 * kind);
      float turned = kind == 2 ? -1 : 1;
      float swapped = kind >= 3 && type < PLEAT_RESIDUE_UNKNOWN && pleat_residue_types[type].chi_periodic[kind - 3];
      for (int x = 0; x < 2; x++) {
        angles[2 * kind + x] *= turned;
        other[2 * kind + x] = angles[2 * kind + x] * (1 - 2 * swapped);
      }
    }
    row_mask[i] = mask[2];
  }
}

void pleat_template_multimer_features(const pleat_template_atoms *a, float *features, float *row_mask) {
  for (int64_t i = 0; i < a->length; i++, features += PLEAT_TEMPLATE_MULTIMER_FEATURES) {
    type_one_hot(a->types[i], features);
    for (int chi = 0; chi < PLEAT_RESIDUE_CHIS; chi++) {
      float *to = features + PLEAT_TEMPLATE_TYPES + chi;
      double p[4][3], angle = 0;
      int atoms[4];
      bool there = chi_atoms(a->types[i], chi, atoms);
      for (int k = 0; there && k < 4; k++)
        for (int x = 0; x < 3; x++) p[k][x] = position(a, i, atoms[k])[x];
      for (int k = 0; there && k < 4; k++) there = present(a, i, atoms[k]) > 0;
      if (there) angle = pleat_torsion_dihedral(p[0], p[1], p[2], p[3]);
      to[0] = there ? (float)sin(angle) : 0;
      to[4] = there ? (float)cos(angle) : 0;
      to[8] = there;
    }
    row_mask[i] = features[PLEAT_TEMPLATE_TYPES + 8];
  }
}
